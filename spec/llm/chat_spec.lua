local chat = require "eimf.llm.chat"
local json = require "eimf.json"

describe("eimf.llm.chat", function ()
  local client = { model = "m", options = { temperature = 0, max_tokens = 64, json_schema = "auto" } }
  local request = { system = "s", user = "u", template = "t/1", schema = { type = "object" } }

  local function key (c, r) return chat.key(c, r, chat.messages(r)) end

  local function changed (t, name, value)
    local copy = {}
    for k, v in pairs(t) do copy[k] = v end
    copy[name] = value
    return copy
  end

  it("has a key for everything that changes an answer", function ()
    local seen = { [key(client, request)] = true }
    local function new (c, r)
      local k = key(c, r)
      assert.matches("^%x+$", k)
      assert.equal(32, #k)
      assert.is_nil(seen[k])
      seen[k] = true
    end
    for name, value in pairs { system = "S", user = "U", template = "t/2", schema = { type = "array" } } do
      new(client, changed(request, name, value))
    end
    new(changed(client, "model", "M"), request)
    for name, value in pairs { temperature = 0.5, max_tokens = 65, json_schema = false, extra = { top_p = 0.5 } } do
      new({ model = "m", options = changed(client.options, name, value) }, request)
    end
    new(client, changed(changed(request, "system", "su"), "user", ""))
    assert.equal(key(client, request), key(client, changed(request, "number", 3)))
  end)

  it("makes the body that servers know", function ()
    local body = json.decode(json.encode(chat.body(client, request, chat.messages(request), true)))
    assert.same({ { role = "system", content = "s" }, { role = "user", content = "u" } }, body.messages)
    assert.same({ "m", 0, 64, false }, { body.model, body.temperature, body.max_tokens, body.stream })
    local schema = { name = "answer", strict = true, schema = { type = "object" } }
    assert.same({ type = "json_schema", json_schema = schema }, body.response_format)
    assert.is_nil(chat.body(client, request, {}, false).response_format)
  end)

  it("mends bytes that are no UTF-8", function ()
    local mark = "\239\191\189"
    local cases = {
      { "plain", "plain" },
      { "caf\195\169 \226\130\172 \240\159\152\128", "caf\195\169 \226\130\172 \240\159\152\128" },
      { "a\255b", "a" .. mark .. "b" }, { "\195", mark }, { "\195\169\195", "\195\169" .. mark },
      { "\192\175", mark .. mark }, { "\237\160\128", mark .. mark .. mark }, { "\226\130x", mark .. mark .. "x" },
      { "\244\144\128\128", mark .. mark .. mark .. mark }, { "a\0b\255", "a\0b" .. mark },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], chat.utf8(case[1])) end
    for i = 128, 255 do
      for j = 128, 255 do
        assert.truthy(utf8.len(chat.utf8(string.char(i, j, i, j, j)), 1, -1))
      end
    end
  end)

  it("estimates tokens, rather too many than too few", function ()
    local n = chat.estimate(chat.messages { user = ("laminating pouches "):rep(100) })
    assert.is_true(n > 400 and n < 800)
    assert.is_true(chat.estimate(chat.messages { user = ("\228\184\173"):rep(100) }) >= 100)
  end)

  it("reads replies, and says what is wrong with others", function ()
    local entry = chat.read { choices = { { message = { content = "x" }, finish_reason = "stop" } },
                              usage = { prompt_tokens = 3, completion_tokens = 4 } }
    assert.same({ text = "x", finish = "stop", prompt_tokens = 3, completion_tokens = 4 }, entry)
    assert.equal("", chat.read(json.decode('{"choices": [{"message": {"content": null}}]}')).text)
    assert.matches("no money", select(2, chat.read { error = { message = "no money" } }))
    for _, text in ipairs { "[]", '{"choices": 3}', '{"choices": []}', '{"choices": [null]}', '{"choices": [{}]}',
                            '{"choices": null, "error": null}', '{"choices": [{"message": "x"}]}' } do
      local good, message = chat.read(json.decode(text))
      assert.is_nil(good)
      assert.is_string(message)
    end
    local odd = json.decode('{"choices": [{"message": {}}], "usage": {"prompt_tokens": -1}}')
    assert.is_nil(chat.read(odd).prompt_tokens)
  end)
end)
