local answer = require "eimf.esim.answer"
local made = require "spec.esim.made"
local offline = require "eimf.esim.offline"

describe("eimf.esim.offline", function ()
  local titles = made.titles(45)
  local rule = offline.new(titles, made.encoder():encode(titles), 4)

  it("finds the kinds of a user's titles, larger groups first", function ()
    local found = rule:interests { 1, 4, 2, 7, 5, 10, 13 }
    local kinds = {}
    for j, interest in ipairs(found) do
      local kind
      for _, p in ipairs(interest.items) do
        local k = ({ 1, 1, 2, 1, 2, 1, 1 })[p]
        assert.is_true(kind == nil or kind == k)
        kind = k
      end
      kinds[j] = kind
    end
    assert.are.equal(1, kinds[1])
    assert.is_truthy(found[1].name:find("coffee") or found[1].name:find("kettle") or found[1].name:find("grinder"))
  end)

  it("keeps the contract that LLMs must keep", function ()
    for _, ids in ipairs { { 1 }, { 1, 2 }, { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { 44, 45, 1, 17 } } do
      local _, reason = answer.check_list(rule:interests(ids), #ids, 4)
      assert.is_nil(reason)
    end
  end)

  it("describes long titles in 30 words at most", function ()
    local long = {}
    for i = 1, 6 do long[i] = ("word%d kettle "):format(i):rep(40) end
    local found = offline.new(long, made.encoder():encode(long), 4):interests { 1, 2, 3, 4, 5, 6 }
    assert.is_nil(select(2, answer.check_list(found, 6, 4)))
  end)

  it("takes items without vectors as one interest", function ()
    local texts = { "???", "!!!" }
    local found = offline.new(texts, made.encoder():encode(texts), 4):interests { 2, 1 }
    assert.are.same({ 1, 2 }, found[1].items)
    assert.are.equal(1, #found)
  end)
end)
