local server = require "spec.http.server"

describe("eimf.http", function ()
  local running, missing = server.start()
  if not running then
    pending("skipped: " .. missing)
    return
  end
  local http = require "eimf.http"
  local path = os.tmpname()

  teardown(function ()
    running.stop()
    os.remove(path)
  end)

  local function finish (transfer)
    while true do
      local state, message, code, body = transfer:step(200)
      if not state or state.done then return state, message, code, body end
    end
  end

  local function get (where, options)
    options = options or {}
    options.url = where:find("://", 1, true) and where or running.url .. where
    local transfer, message, code = http.start(options)
    if not transfer then return nil, message, code end
    return finish(transfer)
  end

  local function content ()
    local file = assert(io.open(path, "rb"))
    local text = file:read("*a")
    file:close()
    return text
  end

  local function alphabet (n)
    local letters = "abcdefghijklmnopqrstuvwxyz"
    return letters:rep(math.floor(n / 26) + 1):sub(1, n)
  end

  it("keeps a body in memory", function ()
    local state = assert(get("/bytes/100"))
    assert.same({ 200, 100, 100, alphabet(100) }, { state.status, state.received, state.total, state.body })
  end)

  it("takes a body of unknown length", function ()
    local state = assert(get("/chunked/70000"))
    assert.is_nil(state.total)
    assert.equal(alphabet(70000), state.body)
  end)

  it("posts a body with headers", function ()
    assert.equal("hello", assert(get("/echo", { body = "hello", headers = { "X-Test: 1" } })).body)
  end)

  it("follows redirects, but not for ever", function ()
    assert.equal("abcde", assert(get("/moved/bytes/5")).body)
    assert.equal("TOO_MANY_REDIRECTS", select(3, get("/loop")))
  end)

  it("names what failed", function ()
    local expected = {
      ["/nowhere"] = "HTTP_404", ["/status/503"] = "HTTP_503", ["/cut/1000/10"] = "PARTIAL_FILE",
      ["http://127.0.0.1:1/"] = "COULDNT_CONNECT", ["file:///etc/passwd"] = "UNSUPPORTED_PROTOCOL",
    }
    for where, code in pairs(expected) do
      local state, message, got = get(where)
      assert.is_nil(state)
      assert.is_string(message)
      assert.equal(code, got)
    end
  end)

  it("gives the text of an error answer, and never writes it to the file", function ()
    local _, _, code, body = get("/status/429", { file = path })
    assert.same({ "HTTP_429", "so it is\n", "" }, { code, body, content() })
  end)

  it("gives up at the time and size allowed", function ()
    assert.equal("TIMEDOUT", select(3, get("/slow", { timeout = 0.2 })))
    assert.equal("TOO_LARGE", select(3, get("/bytes/5000", { max_bytes = 100 })))
    assert.equal("TOO_LARGE", select(3, get("/chunked/5000", { max_bytes = 100 })))
  end)

  it("tells where it would be sent on, when it is not to follow", function ()
    local transfer = assert(http.start { url = running.url .. "/moved/bytes/5?x=1", redirects = 0 })
    local state = assert(finish(transfer))
    local answer = transfer:answer()
    assert.same({ 301, 301, true }, { state.status, answer.status, answer.connected })
    assert.equal(running.url .. "/bytes/5?x=1", answer.location)
    transfer:close()
    assert.same({ status = 301 }, transfer:answer())
    transfer = assert(http.start { url = "http://127.0.0.1:1/" })
    finish(transfer)
    assert.same({ status = 0, connected = false }, transfer:answer())
  end)

  it("waits, with something under way and with nothing", function ()
    local system = require "eimf.system"
    local client = http.client()
    local since = system.now()
    client:wait(120)
    local seconds = system.now() - since
    assert.is_true(seconds > 0.1 and seconds < 2)
    client:start { url = running.url .. "/slow" }
    client:step(1)
    client:wait(10)
    client:close()
    client:wait(5000)
    assert.is_true(system.now() - since < 4)
  end)

  it("does not wait for others where one is over", function ()
    local system = require "eimf.system"
    local client = http.client()
    local slow = assert(client:start { url = running.url .. "/slow" })
    local quick = assert(client:start { url = running.url .. "/bytes/5" })
    local since = system.now()
    for _ = 1, 200 do
      client:step(0)
      if quick:state().done then break end
      client:wait(100)                                     -- its answer comes now; the step that sees it must not wait
      client:step(5000)
    end
    assert.is_true(quick:state().done)
    assert.is_false(slow:state().done)
    assert.is_true(system.now() - since < 4)
    client:close()
  end)

  it("resumes a file that was cut", function ()
    assert.equal("PARTIAL_FILE", select(3, get("/cut/100000/40000", { file = path })))
    assert.equal(40000, #content())
    local state = assert(get("/bytes/100000", { file = path, resume = true }))
    assert.same({ 206, 40000, 100000 }, { state.status, state.resumed_from, state.received })
    assert.equal(alphabet(100000), content())
  end)

  it("says when a file cannot be resumed", function ()
    assert(get("/bytes/100", { file = path }))
    assert.equal("RANGE_ERROR", select(3, get("/norange/200", { file = path, resume = true })))
    assert.equal("HTTP_416", select(3, get("/bytes/100", { file = path, resume = true })))
    assert.equal(alphabet(100), content())
  end)

  it("reports a file that cannot be written", function ()
    assert.equal("ENOENT", select(3, get("/bytes/5", { file = "no/such/folder/file" })))
    local full = io.open("/dev/full", "wb")
    if full then
      full:close()
      assert.equal("WRITE_ERROR", select(3, get("/bytes/500000", { file = "/dev/full" })))
    end
  end)

  it("steps many transfers at once", function ()
    local client, transfers = http.client(), {}
    for i = 1, 30 do transfers[i] = assert(client:start { url = running.url .. "/bytes/" .. i }) end
    repeat until client:step(100) == 0
    for i = 1, 30 do assert.equal(alphabet(i), transfers[i]:state().body) end
    client:close()
  end)

  it("closes in any order, any number of times", function ()
    local client = http.client()
    local transfer = client:start { url = running.url .. "/slow" }
    client:step(10)
    client:close()
    client:close()
    assert.equal("CLOSED", select(3, transfer:step(10)))
    transfer:close()
    transfer:close()
    assert.has_error(function () client:start { url = running.url } end)
    local dropped = http.start { url = running.url .. "/slow" }
    dropped:step(10)
    dropped = nil                                          -- luacheck: ignore
    collectgarbage()
    collectgarbage()
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () http.start { url = "http://x/", fil = 1 } end, "fil")
    assert.error_matches(function () http.start {} end, "url")
    assert.error_matches(function () http.start { url = "http://x/", timeout = "soon" } end, "timeout")
  end)
end)
