local prompt = require "eimf.esim.prompt"
local scratch = require "spec.scratch"

describe("eimf.esim.prompt", function ()
  local folder

  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function template (fields)
    local t = { name = "toy", version = 2, title = "{number}. {title}", system = "At most {max}.\n{example}",
                user = "{n} titles:\n{titles}\nAnswer:" }
    for key, value in pairs(fields or {}) do t[key] = value end
    return t
  end

  local function refused (words, code, from)
    local t, message, got = prompt.load(from)
    assert.is_nil(t)
    assert.are.equal(code, got)
    assert.is_truthy(message:find(words, 1, true), message)
    assert.is_nil(message:find("\n", 1, true))
  end

  local TITLES = { "kettle", "tent", "grinder", "lamp", "rope" }

  local function only (...)
    local list = prompt.requests(...)
    assert.are.equal(1, #list)
    return list[1]
  end

  it("numbers titles in groups, oldest first within each, the rest last", function ()
    local t = template { heading = "Group {letter}", others = "Others" }
    local request = only(t, TITLES, { { 3, 1 }, { 2, 5 }, { 4 } }, 3)
    assert.are.same({ 1, 3, 2, 5, 4 }, request.order)
    assert.are.equal("5 titles:\nGroup A\n1. kettle\n2. grinder\n\nGroup B\n3. tent\n4. rope\n\nOthers\n5. lamp\n"
      .. "Answer:", request.user)
    assert.are.equal("At most 3.\n", request.system)
    assert.are.equal("toy/2", request.template)
    assert.are.equal(5, request.n)
    assert.are.equal(5, request.schema.properties.interests.items.properties.items.items.maximum)
  end)

  it("numbers titles by time where the template wants that, without headings", function ()
    local request = only(template { order = "time", heading = "Group {letter}" }, TITLES, { { 3, 1 } }, 4)
    assert.are.same({ 1, 2, 3, 4, 5 }, request.order)
    assert.are.equal("5 titles:\n1. kettle\n2. tent\n3. grinder\n4. lamp\n5. rope\nAnswer:", request.user)
  end)

  it("leaves braces, percent signs and the caller's groups alone", function ()
    local groups = { { 2, 1 } }
    local request = only(template(), { "{max} 100% %1", "{titles}" }, groups, 4)
    assert.is_truthy(request.user:find("1. {max} 100% %1\n2. {titles}\n", 1, true), request.user)
    assert.are.same({ { 2, 1 } }, groups)
  end)

  it("shows the example as titles and answer", function ()
    local example = { titles = { { "a", "b" }, { "c" } },
                      interests = { { name = "two words", description = "d", items = { 1, 2 } } } }
    local request = only(template { example = example }, TITLES, {}, 4)
    assert.is_truthy(request.system:find("1. a\n2. b\n\n3. c\nAnswer:\n{\"interests\": [{", 1, true), request.system)
  end)

  describe("about groups", function ()
    local function grouped (fields)
      local t = template { ask = "group", title = "- {title}", heading = "Group {letter}" }
      for key, value in pairs(fields or {}) do t[key] = value end
      return t
    end

    local SIX = { "kettle", "tent", "grinder", "lamp", "rope", "soap" }

    it("asks about each of the largest groups by itself, by its most central titles", function ()
      local list = prompt.requests(grouped { shown = 2 }, SIX, { { 3, 1, 5 }, { 2, 4 }, { 6 } }, 2)
      assert.are.equal(2, #list)
      assert.are.equal("2 titles:\n- grinder\n- kettle\nAnswer:", list[1].user)
      assert.are.equal("2 titles:\n- tent\n- lamp\nAnswer:", list[2].user)
      assert.are.same({ { 3, 1, 5 }, { 2, 4 } }, { list[1].items, list[2].items })
      assert.is_nil(list[1].order)
      assert.are.same({ "description", "name" }, list[1].schema.required)
      assert.are.equal("3 titles:\n- grinder\n- kettle\n- rope\nAnswer:",
        prompt.requests(grouped(), SIX, { { 3, 1, 5 } }, 2)[1].user)
    end)

    it("takes all titles for one group where there is none", function ()
      local request = only(grouped(), { "kettle", "tent" }, {}, 4)
      assert.are.equal("2 titles:\n- kettle\n- tent\nAnswer:", request.user)
      assert.are.same({ 1, 2 }, request.items)
    end)

    it("shows each group of the example with its answer, and refuses one without", function ()
      local one = { name = "two words", description = "d" }
      local t = grouped { example = { titles = { { "a", "b" }, { "c" } }, interests = { one, one } } }
      local answered = '\nAnswer:\n{"description": "d", "name": "two words"}'
      assert.is_truthy(only(t, SIX, {}, 4).system:find("- a\n- b" .. answered .. "\n\n- c" .. answered, 1, true))
      refused("the example breaks the contract: group 2: the interest has no name", "BAD_TEMPLATE",
        grouped { example = { titles = { { "a" }, { "b" } }, interests = { one } } })
    end)
  end)

  it("loads the templates of the tree, whose examples keep the contract", function ()
    for _, name in ipairs { "goods", "goods_groups", "films", "films_groups" } do
      local t = assert(prompt.load("recipes/prompts/" .. name .. ".lua"))
      local request = prompt.requests(t, TITLES, { { 1, 3 }, { 2, 4, 5 } }, 4)[1]
      assert.are.equal(name, t.name)
      assert.is_truthy(request.system:find("at most 30 words", 1, true))
      assert.is_nil((request.system .. request.user):find("{%l+}"))
    end
  end)

  it("refuses a table that is no template, with the reason", function ()
    refused("unknown field 'titel'", "BAD_TEMPLATE", template { titel = "x" })
    refused("'version' is a string, not a number", "BAD_TEMPLATE", template { version = "2" })
    refused("'user' has no {titles}", "BAD_TEMPLATE", template { user = "answer" })
    refused("{user} in 'system' is not known", "BAD_TEMPLATE", template { system = "{user}" })
    refused("'title' has no {number}", "BAD_TEMPLATE", template { title = "{title}" })
    refused("'title' has no {title}", "BAD_TEMPLATE", template { title = "{number}" })
    refused("'order' is neither \"groups\" nor \"time\"", "BAD_TEMPLATE", template { order = "size" })
    refused("'ask' is neither \"cluster\" nor \"group\"", "BAD_TEMPLATE", template { ask = "user" })
    refused("'shown' is no number of titles", "BAD_TEMPLATE", template { shown = 1.5 })
    refused("the example breaks the contract: interest 2: there is no item 3", "BAD_TEMPLATE", template {
      example = { titles = { { "a" } }, interests = { { name = "two words", description = "d", items = { 1 } },
                                                      { name = "more words", description = "d", items = { 3 } } } } })
    refused("the example has no titles", "BAD_TEMPLATE", template { example = { interests = {} } })
    local t = template()
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
    assert.are.equal(prompt.key(template()), prompt.key(template()))
    assert.are_not.equal(prompt.key(template()), prompt.key(template { system = "x" }))
  end)
end)
