local grammar = require "eimf.data.grammar"
local vocabulary = require "eimf.data.vocabulary"

describe("eimf.data.grammar", function ()
  it("has sixty interests in twelve families", function ()
    local families, n = {}, 0
    for _, interest in ipairs(vocabulary) do
      if not families[interest.family] then n = n + 1 end
      families[interest.family] = (families[interest.family] or 0) + 1
    end
    assert.same({ 60, 12, 5 }, { grammar.n_interests, n, families.Beauty })
  end)

  it("gives no noun or trait to two interests", function ()
    local owner = {}
    for _, interest in ipairs(vocabulary) do
      for _, list in ipairs { interest.nouns, interest.traits } do
        assert.equal(5, #list)
        for _, word in ipairs(list) do
          assert.is_nil(owner[word])
          owner[word] = interest.name
        end
      end
    end
  end)

  local function has_any (title, words)
    for _, word in ipairs(words) do
      if title:lower():find(word, 1, true) then return true end
    end
  end

  it("carries the interest in noun and trait", function ()
    for interest = 1, grammar.n_interests do
      for rank = 0, 40 do
        local title = grammar.title(3, interest, rank)
        assert.is_truthy(has_any(title, vocabulary[interest].nouns))
        assert.is_truthy(has_any(title, vocabulary[interest].traits))
      end
    end
  end)

  it("is a function of seed, interest and rank", function ()
    assert.equal(grammar.title(1, 5, 9), grammar.title(1, 5, 9))
    assert.not_equal(grammar.title(1, 5, 9), grammar.title(2, 5, 9))
  end)

  it("seldom makes the same title twice", function ()
    local seen, same = {}, 0
    for rank = 0, 9999 do
      local title = grammar.title(1, 7, rank)
      if seen[title] then same = same + 1 end
      seen[title] = true
    end
    assert.is_true(same < 50)
  end)

  it("shares a brand within a line", function ()
    local brands = {}
    for rank = 0, 7 do
      for word in grammar.title(1, 1, rank):gmatch("%a+") do brands[word] = (brands[word] or 0) + 1 end
    end
    local most = 0
    for _, n in pairs(brands) do most = math.max(most, n) end
    assert.equal(8, most)
  end)
end)
