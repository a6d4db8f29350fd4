local made = require "spec.esim.made"
local prompt = require "eimf.esim.prompt"

describe("eimf.esim.prompt", function ()
  local template = made.template
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

    it("shows each group of the example with its answer", function ()
      local one = { name = "two words", description = "d" }
      local t = grouped { example = { titles = { { "a", "b" }, { "c" } }, interests = { one, one } } }
      local answered = '\nAnswer:\n{"description": "d", "name": "two words"}'
      assert.is_truthy(only(t, SIX, {}, 4).system:find("- a\n- b" .. answered .. "\n\n- c" .. answered, 1, true))
    end)
  end)
end)
