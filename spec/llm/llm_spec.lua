local account = require "eimf.llm.account"
local files = require "eimf.files"
local llm = require "eimf.llm"
local scratch = require "spec.scratch"
local server = require "spec.llm.server"
local system = require "eimf.system"
local toy = require "spec.llm.toy"

describe("eimf.llm", function ()
  local running, missing = server.start()
  if not running then
    pending("skipped: " .. missing)
    return
  end
  local folder, cache

  before_each(function ()
    running:reset()
    folder = scratch.folder()
    cache = folder .. "/answers.jsonl"
  end)
  after_each(function () scratch.remove(folder) end)
  teardown(function () running:stop() end)

  local function open (mode, changes) return toy.open(running:at(mode), changes) end

  local function ask (client, n, changes)
    local opt = {}
    for name, value in pairs(toy.ask) do opt[name] = value end
    for name, value in pairs(changes or {}) do opt[name] = value end
    return client:ask(toy.requests(n), opt)
  end

  it("answers in the order of the requests", function ()
    local client = open("good", { concurrency = 7, cache = cache })
    local results, sums = ask(client, 30)
    assert.same({ ["llm:toy"] = 30 }, toy.sources(results))
    local names = {}
    for i, result in ipairs(results) do
      assert.same({ false, 0 }, { result.cached, result.repairs })
      assert.is_nil(result.reason)
      names[i] = result.value[1].name
    end
    assert.same({ 30, 30, 0, 0 }, { sums.prompts, sums.requests, sums.cached, sums.retries })
    assert.equal(600, sums.completion_tokens)
    for i, result in ipairs((ask(open("good", { cache = cache }), 30))) do
      assert.same({ true, names[i] }, { result.cached, result.value[1].name })
    end
    assert.equal(30, running:counts().requests)
  end)

  it("asks nothing that it asked before, in memory or in the cache", function ()
    local client = open("good")
    ask(client, 5)
    ask(client, 8)
    assert.equal(8, running:counts().requests)
    assert.same({ 13, 5 }, { client.account.prompts, client.account.cached })
  end)

  it("asks equal prompts once", function ()
    local list = toy.requests(3)
    for i = 4, 9 do list[i] = list[1] end
    local client = open("good", { cache = cache })
    local results = assert(client:ask(list, toy.ask))
    assert.equal(3, running:counts().requests)
    assert.same(results[1].value, results[9].value)
    assert.same({ false, true }, { results[1].cached, results[9].cached })
  end)

  it("tells results as they come", function ()
    local seen = {}
    local results = ask(open("good"), 12, { on_result = function (i, result) seen[i] = result end })
    assert.same(seen, results)
  end)

  it("climbs down the ladder: fences, prose and thoughts are nothing", function ()
    for _, mode in ipairs { "fenced", "prose", "think" } do
      running:reset()
      local results = ask(open(mode), 4)
      assert.same({ ["llm:toy"] = 4 }, toy.sources(results))
      assert.equal(4, running:counts().requests)
    end
  end)

  it("asks again with the error, once", function ()
    local client = open("mend", { cache = cache })
    local results = ask(client, 4)
    assert.same({ ["llm:toy"] = 4 }, toy.sources(results))
    assert.same({ 8, 4 }, { running:counts().requests, running:counts().repairs })
    assert.same({ 1, 4 }, { results[1].repairs, client.account.repairs })
    ask(open("mend", { cache = cache }), 4)
    assert.equal(8, running:counts().requests)
  end)

  it("leaves to the fallback what cannot be used, and says why", function ()
    local reasons = { empty = "no interest", range = "999", text = "not JSON", short = "cut after 512 tokens" }
    for mode, reason in pairs(reasons) do
      running:reset()
      local client = open(mode)
      local results = ask(client, 2)
      assert.same({ ["offline rule"] = 2 }, toy.sources(results))
      assert.same({ "by rule", 1 }, { results[1].value, results[1].repairs })
      assert.matches(reason, results[1].reason)
      assert.same({ 4, 2 }, { running:counts().requests, client.account.fallbacks })
    end
    local bare = assert(open("text", { repairs = 0 }):ask(toy.requests(1)))[1]
    assert.same({ "offline rule", "it is not JSON" }, { bare.source, bare.reason })
    assert.is_nil(bare.value)
  end)

  it("uses what a last answer is still good for, and says why not all of it", function ()
    local client, asked = open("range"), {}
    local results = ask(client, 2, { salvage = function (text, request, value)
      asked[#asked + 1] = { type(text), request.user, type(value) }
      return request.user == toy.requests(2)[1].user and "in part" or nil
    end })
    assert.same({ "in part", "llm:toy", true, 1 }, { results[1].value, results[1].source, results[1].salvaged,
                                                     results[1].repairs })
    assert.matches("999", results[1].reason)
    assert.same({ "by rule", "offline rule" }, { results[2].value, results[2].source })
    assert.same({ 1, 1, 2 }, { client.account.salvaged, client.account.fallbacks, #asked })
    assert.same({ "string", "table" }, { asked[1][1], asked[1][3] })
    assert.matches(", 1 used in part, 1 by the offline rule", tostring(client.account))
  end)

  it("uses a schema until the server refuses it", function ()
    local client = open("schema", { concurrency = 1 })
    assert.same({ ["llm:toy"] = 6 }, toy.sources(ask(client, 6)))
    assert.equal(7, running:counts().requests)
    running:reset()
    assert.same({ ["llm:toy"] = 2 }, toy.sources(ask(open("schema", { json_schema = false }), 2)))
    assert.equal(2, running:counts().requests)
    running:reset()
    local results = ask(open("schema", { json_schema = true }), 2)
    assert.matches("response_format", results[1].reason)
  end)

  it("spends no more than its budgets", function ()
    local client = open("good", { cache = cache, budget_requests = 7 })
    local results, message, code = ask(client, 20)
    assert.is_nil(results)
    assert.equal("BUDGET", code)
    assert.matches("7 of 20 prompts have their answer, kept in " .. cache, message, 1, true)
    assert.same({ 7, 7 }, { running:counts().requests, running:counts().answers })
    results = ask(open("good", { cache = cache, budget_requests = 3 }), 20, { on_budget = "fallback" })
    assert.same({ ["llm:toy"] = 10, ["offline rule"] = 10 }, toy.sources(results))
    client = open("good", { cache = cache, budget_tokens = 4000, on_budget = "fallback" })
    results = ask(client, 20)
    assert.is_true(toy.sources(results)["llm:toy"] > 13)
    assert.is_true(client.account.prompt_tokens + client.account.completion_tokens <= 4000)
    assert.equal("BUDGET", select(3, ask(open("good", { budget_tokens = 10 }), 2)))
    assert.equal(0, #assert(open("good", { budget_requests = 0 }):ask({})))
  end)

  it("says what asking would be, and sends nothing", function ()
    local client = open("good", { cache = cache, price_in = 2, price_out = 10, max_tokens = 100 })
    ask(client, 3)
    running:reset()
    local list = toy.requests(10)
    list[11] = list[10]
    local dry = client:dry_run(list)
    assert.same({ 11, 3, 7, 700 }, { dry.n, dry.cached, dry.to_ask, dry.completion_tokens })
    assert.is_true(dry.prompt_tokens > 50 and dry.prompt_tokens < 400)
    assert.is_true(math.abs(dry.cost - (dry.prompt_tokens * 2 + 7000) / 1e6) < 1e-12)
    assert.matches("user: titles 10", dry.text, 1, true)
    assert.matches("7 to ask toy", dry.summary, 1, true)
    assert.equal(0, running:counts().requests)
    open("good", { cache = folder .. "/new.jsonl" }):dry_run(list)
    assert.is_false(files.exists(folder .. "/new.jsonl"))
  end)

  it("keeps an account that a report can print", function ()
    local client = open("first=1+status=500", { price_in = 1, price_out = 2 })
    local sums = select(2, ask(client, 3))
    assert.same({ 3, 4, 1, 60 }, { sums.prompts, sums.requests, sums.retries, sums.completion_tokens })
    assert.is_true(math.abs(sums.cost - (sums.prompt_tokens + 120) / 1e6) < 1e-12)
    assert.matches("^toy: 3 prompts, 0 from the cache, 4 requests %(1 retries, 0 repairs%), %d+ %+ 60 tokens, cost 0.0",
      tostring(sums))
    local large = account.new("m")
    large:pay(1234567, 100)
    assert.matches("1,234,567 + 100 tokens", tostring(large), 1, true)
    assert.is_nil(large.cost)
  end)

  it("knows servers by name, and wants their key", function ()
    for name, preset in pairs(llm.presets) do
      local client = assert(llm.open { preset = name, model = "m" })
      assert.equal(preset.url .. "/chat/completions", client.endpoint.url)
      if preset.key_env and not os.getenv(preset.key_env) and not os.getenv("EIMF_LLM_KEY") then
        local _, message, code = client:ask(toy.requests(1))
        assert.equal("NO_KEY", code)
        assert.matches("EIMF_LLM_KEY or " .. preset.key_env, message, 1, true)
      end
      client:close()
      client:close()
    end
    assert.equal("qwen-turbo", assert(llm.open { preset = "dashscope" }).model)
  end)

  it("raises on a wrong call", function ()
    assert.error_matches(function () llm.open { url = "http://x/", model = "m", temprature = 1 } end, "temprature")
    assert.error_matches(function () llm.open { model = "m" } end, "url")
    assert.error_matches(function () llm.open { url = "http://x/" } end, "model")
    local wrong = { url = "http://x/", model = "m", json_schema = "often" }
    assert.error_matches(function () llm.open(wrong) end, "json_schema")
    assert.error_matches(function () open("good"):ask({ { system = "s" } }) end, "request 1")
    assert.error_matches(function () open("good"):ask("?") end, "list")
    assert.error_matches(function () open("good"):ask({}, { chek = print }) end, "chek")
    assert.equal("BAD_URL", select(3, llm.open { url = "h:1", model = "m" }))
  end)

  it("passes on an error of the caller's, and lets go of its claims", function ()
    local client = open("ms=20", { cache = cache })
    assert.error_matches(function () ask(client, 9, { on_result = function () error("mine", 0) end }) end, "^mine$")
    local since = system.now()
    assert(ask(open("ms=20", { cache = cache }), 9))
    assert.is_true(system.now() - since < 3)
  end)

  local real = os.getenv("EIMF_LLM_URL")
  if real then
    it("asks the real server of EIMF_LLM_URL", function ()
      local client = assert(llm.open { url = real, model = os.getenv("EIMF_LLM_MODEL") or "real", cache = cache,
                                       max_tokens = 64, timeout = 300 })
      local schema = { type = "object", properties = { colour = { type = "string" } }, required = { "colour" },
                       additionalProperties = false }
      local results, sums = assert(client:ask({ { schema = schema, user =
        'Name the colour of grass as JSON, for example {"colour": "blue"}. JSON only.' } }))
      assert.is_string(results[1].value.colour)
      print("\n" .. tostring(sums) .. ": " .. results[1].value.colour)
    end)
  else
    pending("the real server: EIMF_LLM_URL is not set")
  end
end)
