local answer = require "eimf.esim.answer"
local json = require "eimf.json"

describe("eimf.esim.answer", function ()
  local function one (fields)
    local entry = { name = "Pour-over coffee", description = "Makes filter coffee by hand.", items = { 2, 1 } }
    for key, value in pairs(fields or {}) do entry[key] = value end
    return entry
  end

  local function refused (words, list, n, most)
    local value, reason = answer.check(list, n or 5, most or 4)
    assert.is_nil(value)
    assert.is_truthy(reason:find(words, 1, true), reason)
  end

  it("takes what keeps the contract, as text, fenced text or decoded", function ()
    local wanted = { one() }
    assert.are.same(wanted, answer.check(json.encode { interests = wanted }, 5, 4))
    assert.are.same(wanted, answer.check(json.encode(wanted), 5, 4))
    assert.are.same(wanted, answer.check("```json\n" .. json.encode(wanted) .. "\n```\n", 5, 4))
    assert.are.same(wanted, answer.check({ interests = wanted }, 5, 4))
  end)

  it("takes numbers in any form once each, and texts without their blanks", function ()
    local got = answer.check({ one { items = { "3", 3, 1.0 }, name = "  Pour-over \n coffee " } }, 5, 4)
    assert.are.same({ 3, 1 }, got[1].items)
    assert.are.equal("Pour-over coffee", got[1].name)
  end)

  it("keeps only letters that are UTF-8", function ()
    local got = answer.check({ one { name = "Caf\195\169 \255\195 au lait" } }, 5, 4)
    assert.are.equal("Caf\195\169 ?? au lait", got[1].name)
  end)

  it("finds what an answer that breaks the contract is still good for", function ()
    local good, other = one(), one { name = "Hand grinders" }
    assert.are.same({ good }, answer.usable({ interests = { one { name = "Coffee" }, good } }, 5, 4))
    assert.are.same({ good }, answer.usable({ good, one() }, 5, 4))                          -- the name a second time
    assert.are.same({ good, other }, answer.usable({ good, "x", one { items = { 9 } }, other }, 5, 4))
    assert.are.same({ good }, answer.usable({ good, other }, 5, 1))
    for _, value in ipairs { {}, { interests = {} }, { one { items = {} } }, 12, "text" } do
      assert.is_nil(answer.usable(value, 5, 4))
    end
    assert.is_nil(answer.usable(nil, 5, 4))
  end)

  it("refuses with a sentence what breaks it", function ()
    refused("not JSON", "I think they like coffee.")
    refused("no interests", "{}")
    refused("no interests", '{"interests": []}')
    refused("no interests", "12")
    refused("no object", { "coffee" })
    refused("there are 5 interests; at most 4", { one(), one(), one(), one(), one() })
    refused("has no name", { one { name = 3 } })
    refused("has 1 words", { one { name = "Coffee" } })
    refused("has 6 words", { one { name = "Coffee made by hand at home" } })
    refused("given twice", { one(), one { name = "pour-over COFFEE" } })
    refused("has no description", { one { description = " " } })
    refused("has 31 words; at most 30", { one { description = ("word "):rep(31) } })
    refused("has no item numbers", { one { items = {} } })
    refused("has no item numbers", { one { items = "1, 2" } })
    refused("there is no item 6, the last is 5", { one { items = { 1, 6 } } })
    refused("there is no item 0", { one { items = { 0 } } })
    refused("'two' is no item number", { one { items = { "two" } } })
    refused("'1.5' is no item number", { one { items = { 1.5 } } })
  end)

  it("says the contract as a schema without empty tables", function ()
    local text = json.encode(answer.schema(7, 3))
    assert.is_truthy(text:find('"maximum": 7', 1, true))
    assert.is_truthy(text:find('"maxItems": 3', 1, true))
    assert.is_nil(text:find("[]", 1, true))
    assert.is_nil(text:find("{}", 1, true))
  end)
end)
