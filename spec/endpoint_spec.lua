local endpoint = require "eimf.endpoint"
local files = require "eimf.files"
local reply = require "eimf.endpoint.reply"
local server = require "spec.llm.server"
local system = require "eimf.system"
local url = require "eimf.endpoint.url"

describe("eimf.endpoint.url", function ()
  it("joins a server and a task", function ()
    local wanted = "http://h:1/v1/embeddings"
    for _, base in ipairs { "http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/", wanted } do
      assert.equal(wanted, endpoint.join(base, "embeddings"))
    end
    assert.equal("https://h/x/embeddings?version=2", endpoint.join("https://h/x?version=2", "embeddings"))
  end)

  it("shows no query and no password", function ()
    assert.equal("http://h/v1", url.shown("http://me:secret@h/v1?key=secret"))
    local _, message, code = url.check("http://me:secret@h/v1")
    assert.equal("BAD_URL", code)
    assert.is_nil(message:find("secret"))
    for _, bad in ipairs { "", "h:1", "ftp://h/", "http://", "http://h/\nX: 1", "x://me:secret@h" } do
      _, message, code = url.check(bad)
      assert.equal("BAD_URL", code)
      assert.is_nil(message:find("secret"))
    end
  end)

  it("takes a key as a header can hold it, and never shows one that it refuses", function ()
    assert.equal("sk-1", url.key(" sk-1\n"))
    assert.is_false(url.key("  "))
    local _, message, code = url.key("sk-1\r\nX: 2")
    assert.equal("BAD_KEY", code)
    assert.is_nil(message:find("sk", 1, true))
  end)

  it("knows what is read on its way", function ()
    for _, private in ipairs { "https://h/", "http://localhost:1/", "http://127.0.0.1/", "http://[::1]:80/" } do
      assert.is_true(url.private(private))
    end
    assert.is_false(url.private("http://example.org/"))
    assert.is_false(url.private("http://localhost.example.org/"))
  end)
end)

describe("eimf.endpoint.reply", function ()
  it("finds a server's own words", function ()
    assert.equal("no", reply.words('{"error": {"message": "no"}}'))
    assert.equal("no", reply.words('{"error": "no"}'))
    assert.equal("no", reply.words('{"detail": "no"}'))
    assert.equal("plain text", reply.words("plain\n  text "))
    assert.equal("", reply.words(nil))
    assert.is_true(#reply.words(("x"):rep(1000)) < 210)
  end)
end)

describe("eimf.endpoint", function ()
  local running, missing = server.start()
  if not running then
    pending("skipped: " .. missing)
    return
  end
  local other = assert(server.start())

  before_each(function ()
    running:reset()
    other:reset()
  end)

  teardown(function ()
    running:stop()
    other:stop()
  end)

  local function open (mode, changes)
    local opt = { url = mode:find("://", 1, true) and mode or endpoint.join(running:at(mode), "chat/completions"),
                  backoff = 0.02, max_retries = 3, seed = 1 }
    for name, value in pairs(changes or {}) do opt[name] = value end
    return assert(endpoint.open(opt))
  end

  -- Sends n requests; what came for each: a table, or { code =, message = }.
  local function run (ep, n, done)
    local sent, got = 0, {}
    local good, message, code = ep:run(function ()
      sent = sent + 1
      return sent <= n and { body = { messages = { "prompt " .. sent } }, number = sent } or nil
    end, function (request, value, why, why_code)
      got[request.number] = value or { message = why, code = why_code }
      return done and done(request, value, why, why_code)
    end)
    return good, message, code, got
  end

  it("asks several at once", function ()
    local ep = open("ms=50", { concurrency = 5 })
    local good, _, _, got = run(ep, 21)
    assert.is_true(good)
    assert.equal(21, #got)
    for i = 1, 21 do assert.is_table(got[i].choices) end
    assert.same({ 21, 21, 5 }, { ep.requests, ep.answers, running:counts().most })
  end)

  it("asks one alone until it knows that the server answers", function ()
    local _, _, code = run(open("status=401", { concurrency = 8 }), 20)
    assert.equal("AUTH", code)
    assert.equal(1, running:counts().requests)
  end)

  it("tries again where that can help, and only there", function ()
    local tried = { ["status=408"] = 4, ["status=429"] = 4, ["status=500"] = 4, ["status=503"] = 4, cut = 4, close = 4,
                    ["status=400"] = 1, ["status=401"] = 1, ["status=403"] = 1, ["status=404"] = 1, ["status=422"] = 1,
                    html = 1, broken = 1, ["ms=2000"] = 3 }
    for mode, n in pairs(tried) do
      running:reset()
      local ep = open(mode, { timeout = mode == "ms=2000" and 0.1 or 5 })
      run(ep, 1)
      assert.same({ mode, n }, { mode, running:counts().requests })
      assert.equal(n - 1, ep.retries)
    end
  end)

  it("gets through where trouble passes", function ()
    for _, mode in ipairs { "first=2+status=500", "first=2+status=429", "first=2+cut", "first=2+close" } do
      running:reset()
      local good, _, _, got = run(open(mode), 5)
      assert.is_true(good)
      assert.is_table(got[5].choices)
      assert.same({ 7, 5 }, { running:counts().requests, running:counts().answers })
    end
  end)

  it("waits as long as Retry-After asks, with everything", function ()
    local since = system.now()
    assert.is_true((run(open("first=2+wait=1+status=429", { concurrency = 2 }), 4)))
    assert.is_true(system.now() - since >= 2)
    assert.equal(6, running:counts().requests)
  end)

  it("does not wait for an hour", function ()
    local _, message, code = run(open("wait=3600+status=429"), 1)
    assert.equal("RATE_LIMITED", code)
    assert.matches("asks to wait 3600 s", message, 1, true)
    assert.equal(1, running:counts().requests)
  end)

  it("doubles its waits", function ()
    local since = system.now()
    run(open("status=500", { backoff = 0.1, max_retries = 3 }), 1)
    local seconds = system.now() - since
    assert.is_true(seconds > 0.35 and seconds < 3, tostring(seconds))
  end)

  it("stops at once where no request can do better", function ()
    local codes = { ["status=401"] = "AUTH", ["status=403"] = "AUTH", ["status=402"] = "QUOTA", quota = "QUOTA",
                    ["status=404"] = "NOT_FOUND", ["status=429"] = "RATE_LIMITED" }
    for mode, expected in pairs(codes) do
      local good, message, code, got = run(open("after=3+" .. mode, { concurrency = 1 }), 20)
      assert.is_nil(good)
      assert.equal(expected, code)
      assert.matches("127.0.0.1", message, 1, true)
      assert.equal(3, #got)
      running:reset()
    end
  end)

  it("tells one request's failure and goes on", function ()
    local good, _, _, got = run(open("first=1+status=400"), 3)
    assert.is_true(good)
    assert.equal("HTTP_400", got[1].code)
    assert.matches("so it is", got[1].message)
    assert.is_table(got[3].choices)
  end)

  it("gives up after many failures in a row, unless they are taken care of", function ()
    local told = 0
    local _, message, code = run(open("html"), 100, function () told = told + 1 end)
    assert.same({ "BAD_TYPE", 8 }, { code, told })
    assert.matches("text/html", message, 1, true)
    assert.is_true((run(open("html"), 100, function () return true end)))
  end)

  it("says soon that nobody is there", function ()
    local since = system.now()
    local _, message, code = run(open("http://127.0.0.1:1/v1/embeddings", { max_retries = 50 }), 10)
    assert.equal("UNREACHABLE", code)
    assert.matches("tried 3 times", message, 1, true)
    assert.is_true(system.now() - since < 5)
  end)

  it("speaks TLS with those alone who do", function ()
    local https = running:at("good"):gsub("^http", "https") .. "/embeddings"
    local _, _, code = run(open(https), 1)
    assert.equal("UNREACHABLE", code)
  end)

  it("reads no more than max_bytes, of answers and of errors", function ()
    local before = system.peak_rss()
    local _, _, _, got = run(open("first=1+huge"), 2)
    assert.equal("TOO_LARGE", got[1].code)
    assert.is_table(got[2].choices)
    running:reset()
    _, _, _, got = run(open("hugebad", { max_retries = 0 }), 1)
    assert.equal("HTTP_500", got[1].code)
    assert.is_true(#got[1].message < 500)
    assert.is_true(system.peak_rss() - before < 60)
  end)

  it("sends nothing to where it is sent on, least of all the key", function ()
    local ep = open("moved=" .. other.port, { key = "sk-right" })
    local _, message, code = run(ep, 5)
    assert.equal("REDIRECT", code)
    assert.matches(tostring(other.port), message, 1, true)
    assert.is_nil(message:find("sk-right", 1, true))
    assert.same({ 1, 1, 0, 0 }, { running:counts().requests, running:counts().keys, other:counts().requests,
      other:counts().keys })
  end)

  it("sends the key in its header and shows it nowhere", function ()
    local notices = {}
    local ep = open("auth", { key = "sk-wrong\n", notice = function (text) notices[#notices + 1] = text end })
    local _, message, code = run(ep, 1)
    assert.equal("AUTH", code)
    assert.matches("[key]", message, 1, true)
    assert.equal(1, running:counts().keys)
    local function walk (x, seen)
      assert.is_nil(tostring(x):find("sk-wrong", 1, true))
      if type(x) ~= "table" or seen[x] then return end
      seen[x] = true
      for k, v in pairs(x) do walk(k, seen) walk(v, seen) end
    end
    walk(ep, {})
    walk({ message, notices }, {})
    assert.is_true((run(open("auth", { key = "sk-right" }), 3)))
  end)

  it("sends no header where there is no key", function ()
    run(open("good"), 2)
    assert.equal(0, running:counts().keys)
  end)

  it("says when a key would travel readable", function ()
    local said
    assert(endpoint.open { url = "http://example.org/v1", key = "sk-1", notice = function (text) said = text end })
    assert.matches("no https", said, 1, true)
    assert.is_nil(said:find("sk-1", 1, true))
  end)

  it("sends at most max_requests, retries included, and takes what was sent", function ()
    local ep = open("ms=20", { max_requests = 7 })
    local _, message, code, got = run(ep, 20)
    assert.same({ "BUDGET", 7, 7 }, { code, #got, running:counts().answers })
    assert.matches("all 7 requests", message, 1, true)
    running:reset()
    _, _, code = run(open("status=500", { max_requests = 2 }), 1)
    assert.same({ "BUDGET", 2 }, { code, running:counts().requests })
  end)

  it("is interrupted", function ()
    local n = 0
    local function interrupted () n = n + 1 return n > 3 end
    local since = system.now()
    local _, _, code = run(open("ms=5000", { interrupted = interrupted }), 3)
    assert.equal("INTERRUPTED", code)
    assert.is_true(system.now() - since < 2)
  end)

  it("asks a source again that has nothing yet", function ()
    local calls, answered = 0, 0
    local ep = open("good")
    assert.is_true(ep:run(function ()
      calls = calls + 1
      if calls < 3 then return false end
      if calls == 3 then return { body = "{}" } end
    end, function () answered = answered + 1 end))
    assert.equal(1, answered)
  end)

  it("takes requests that an answer makes", function ()
    local queue, answered = { { body = {} } }, 0
    assert.is_true(open("good"):run(function () return table.remove(queue) end, function ()
      answered = answered + 1
      if answered < 4 then queue[1] = { body = {} } end
    end))
    assert.equal(4, answered)
  end)

  it("can be stopped by whoever takes the answers", function ()
    local ep = open("good", { concurrency = 1 })
    local _, message, code, got = run(ep, 9, function (request)
      if request.number == 2 then ep:stop("enough", "ENOUGH") end
    end)
    assert.same({ "enough", "ENOUGH", 2 }, { message, code, #got })
  end)

  it("passes on an error of the caller's, and works after it", function ()
    local ep = open("good")
    assert.error_matches(function () run(ep, 5, function () error("mine", 0) end) end, "^mine$")
    assert.is_true((run(ep, 5)))
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () endpoint.open { url = "http://x/", timout = 1 } end, "timout")
    assert.error_matches(function () endpoint.open {} end, "url")
    assert.error_matches(function () endpoint.open { url = "http://x/", concurrency = 0 } end, "concurrency")
  end)

  it("is loaded by nothing that serves", function ()
    assert.is_nil(files.read("lua/eimf/serve.lua"):find("endpoint", 1, true))
  end)
end)
