local made = require "spec.esim.made"
local titles = require "eimf.esim.titles"

describe("eimf.esim.titles", function ()
  local set = made.set({ { 1, 2, 1, 3, 4 }, { 5, 6 }, { 4 } }, {})
  local texts = { "a", "b", "", "d", "e", "f" }

  it("are the newest with a text, each once, oldest first", function ()
    assert.are.same({ 2, 1, 4 }, titles.of_user(set, texts, 1, 10))
    assert.are.same({ 1, 4 }, titles.of_user(set, texts, 1, 2))
    assert.are.same({ 5, 6 }, titles.of_user(set, texts, 2, 50))
    assert.are.same({}, titles.of_user(set, { "", "", "", "", "", "" }, 1, 5))
  end)

  it("of several users are taken in turns", function ()
    assert.are.same({ 2, 5, 1, 6, 4 }, titles.of_users(set, texts, { 1, 2, 3 }, 10))
    assert.are.same({ 6, 4 }, titles.of_users(set, texts, { 1, 2, 3 }, 2))
    assert.are.same({ 1, 4 }, titles.of_users(set, texts, { 1 }, 2))
  end)

  it("are cut between letters, blanks made single", function ()
    assert.are.equal("one two", titles.cut("  one \n two "))
    assert.are.equal("caf\195\169...", titles.cut("caf\195\169, bar", 5))
    assert.are.equal("caf\195\169", titles.cut("caf\195\169", 4))
    assert.are.equal("", titles.cut(""))
  end)
end)
