local answer = require "eimf.llm.answer"
local scratch = require "spec.scratch"

describe("eimf.llm.answer", function ()
  local json = '{"a": [1, "}"], "b": "say \\"{\\""}'

  it("finds JSON wherever a model puts it", function ()
    local texts = {
      json, "\n " .. json .. " \n",
      "```json\n" .. json .. "\n```", "```\n" .. json .. "```", "```" .. json .. "```",
      "Sure, {here} it is:\n```json\n" .. json .. "\n```\nAnything else?", "Well: " .. json .. " I hope {that} helps",
      "<think>\nmaybe {\"a\": 2}?\n</think>\n\n" .. json, "I say \"hi\" [1 2] " .. json,
    }
    for _, text in ipairs(texts) do
      local value, found = answer.json(text)
      assert.same({ a = { 1, "}" }, b = 'say "{"' }, value)
      assert.equal(json, (found:gsub("^%s+", ""):gsub("%s+$", "")))
    end
    assert.same({ { n = 1 } }, (answer.json('The list: [{"n": 1}].')))
  end)

  it("gives the text where there is none", function ()
    local texts = { "", "I cannot", '{"a": [1, 2', "{", "[[[[", "{} or []", '"text"', "12", "null", "``` ```" }
    for _, text in ipairs(texts) do
      local value, found = answer.json(text)
      assert.is_true(value == nil or next(value) == nil)
      assert.equal(text, found)
    end
  end)

  it("takes its time for nothing", function ()
    local since = os.clock()
    for _, size in ipairs { 1e5, 1e6 } do
      for _, piece in ipairs { "{", '{"', "[1, ", "```", "<think>", '\\"' } do
        answer.json(piece:rep(math.floor(size / #piece)))
      end
    end
    assert.is_true(os.clock() - since < 10, tostring(os.clock() - since))
  end)

  it("survives any bytes", function ()
    local number = scratch.numbers(7)
    for _ = 1, 500 do
      local _, found = answer.json(scratch.mutated("```json\n" .. json .. "\n```", number))
      assert.is_string(found)
    end
  end)
end)
