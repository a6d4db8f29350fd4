local json = require "eimf.json"
local naming = require "eimf.esim.naming"

describe("eimf.esim.naming", function ()
  local ITEMS = { 4, 2 }
  local GOOD = { name = "Pour-over coffee", description = "Makes filter coffee by hand." }

  local function refused (words, value)
    local got, reason = naming.check(value, ITEMS)
    assert.is_nil(got)
    assert.is_truthy(reason:find(words, 1, true), reason)
  end

  it("gives the group its words, and the words the group's titles", function ()
    local wanted = { { name = GOOD.name, description = GOOD.description, items = ITEMS } }
    for _, form in ipairs { GOOD, json.encode(GOOD), "```json\n" .. json.encode(GOOD) .. "\n```", { GOOD },
                            { interests = { GOOD } } } do
      assert.are.same(wanted, naming.check(form, ITEMS))
    end
  end)

  it("refuses with a sentence what breaks the contract", function ()
    refused("not JSON", "I think they like coffee.")
    refused("is no object", 12)
    refused("has no name", {})
    refused("has no name", { GOOD, GOOD })
    refused("the name of the interest, 'Coffee', has 1 words", { name = "Coffee", description = "d" })
    refused("has no description", { name = "Light tents" })
    refused("the description of the interest has 31 words", { name = "Light tents", description = ("word "):rep(31) })
  end)

  it("says the contract in a schema whose keys come in the alphabet's order", function ()
    assert.is_truthy(json.encode(naming.schema()):find('"description": {.*"name": {'))
  end)
end)
