local made = require "spec.esim.made"
local prompt = require "eimf.esim.prompt"
local scratch = require "spec.scratch"
local template = require "eimf.esim.template"

describe("eimf.esim.template", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local toy = made.template

  local function refused (words, code, from)
    local t, message, got = template.load(from)
    assert.is_nil(t)
    assert.are.equal(code, got)
    assert.is_truthy(message:find(words, 1, true), message)
    assert.is_nil(message:find("\n", 1, true))
  end

  it("loads the templates of the tree, whose examples keep the contract", function ()
    for _, name in ipairs { "goods", "goods_groups", "films", "films_groups" } do
      local t = assert(template.load("recipes/prompts/" .. name .. ".lua"))
      local request = prompt.requests(t, { "a", "b", "c", "d", "e" }, { { 1, 3 }, { 2, 4, 5 } }, 4)[1]
      assert.are.equal(name, t.name)
      assert.is_truthy(request.system:find("at most 30 words", 1, true))
      assert.is_nil((request.system .. request.user):find("{%l+}"))
    end
  end)

  it("refuses a table that is no template, with the reason", function ()
    refused("unknown field 'titel'", "BAD_TEMPLATE", toy { titel = "x" })
    refused("'version' is a string, not a number", "BAD_TEMPLATE", toy { version = "2" })
    refused("'user' has no {titles}", "BAD_TEMPLATE", toy { user = "answer" })
    refused("{user} in 'system' is not known", "BAD_TEMPLATE", toy { system = "{user}" })
    refused("'title' has no {number}", "BAD_TEMPLATE", toy { title = "{title}" })
    refused("'title' has no {title}", "BAD_TEMPLATE", toy { title = "{number}" })
    refused("'order' is neither \"groups\" nor \"time\"", "BAD_TEMPLATE", toy { order = "size" })
    refused("'ask' is neither \"cluster\" nor \"group\"", "BAD_TEMPLATE", toy { ask = "user" })
    refused("'shown' is no number of titles", "BAD_TEMPLATE", toy { shown = 1.5 })
    refused("the example breaks the contract: interest 2: there is no item 3", "BAD_TEMPLATE", toy {
      example = { titles = { { "a" } }, interests = { { name = "two words", description = "d", items = { 1 } },
                                                      { name = "more words", description = "d", items = { 3 } } } } })
    local one = { name = "two words", description = "d" }
    refused("the example breaks the contract: group 2: the interest has no name", "BAD_TEMPLATE",
      toy { ask = "group", title = "- {title}", example = { titles = { { "a" }, { "b" } }, interests = { one } } })
    refused("the example has no titles", "BAD_TEMPLATE", toy { example = { interests = {} } })
    local t = toy()
    t.name = nil
    refused("no field 'name'", "BAD_TEMPLATE", t)
  end)

  it("refuses a file that is missing, no Lua, no table, or reaches out", function ()
    refused("No such file", "ENOENT", folder .. "/none.lua")
    refused("bad.lua", "BAD_TEMPLATE", scratch.put(folder .. "/bad.lua", "return {"))
    refused("returns a nil, not a table", "BAD_TEMPLATE", scratch.put(folder .. "/nil.lua", "local x = 1"))
    refused("os", "BAD_TEMPLATE", scratch.put(folder .. "/out.lua", "os.execute('true') return {}"))
  end)

  it("tells templates apart by all their texts", function ()
    assert.are.equal(template.key(toy()), template.key(toy()))
    assert.are_not.equal(template.key(toy()), template.key(toy { system = "x" }))
  end)
end)
