local made = require "spec.esim.made"
local report = require "eimf.esim.report"
local tensor = require "eimf.tensor"

describe("eimf.esim.report", function ()
  local set = made.set({ { 1 }, { 2 }, { 1 } }, made.titles(2))
  local semantics = {
    items = tensor.zeros(2, 3), encoder = "toy encoder", clustering = "toy clusters", n_without_text = 1,
    n_users_without_text = 0, notes = { "a note" }, asked = "toy: 2 prompts",
    clusters = {
      { exemplar = 2, size = 1, titles = { "t1" }, source = "offline rule", confidence = 0.5, reason = "not JSON",
        interests = { { name = "small one", description = "few", items = { 1 } } } },
      { exemplar = 1, size = 2, titles = { "t1", "t2", "t3", "t4", "t5" }, source = "llm:toy", confidence = 0.25,
        interests = { { name = "big one", description = "many", items = { 1, 2 } },
                      { name = "Small One", description = "again", items = { 1 } } } },
    },
  }

  it("says what went in, what came out, who answered, what it cost", function ()
    local text = report.summary(semantics, set)
    for _, words in ipairs { "made\n", "toy encoder; 1 of 2 items without one", "3, of them 0 without text",
                             "2; toy clusters", "3, 2 different names", "toy: 2 prompts", "a note",
                             "1 by the offline rule, not an LLM, 1 by llm:toy" } do
      assert.is_truthy(text:find(words, 1, true), words)
    end
  end)

  it("shows clusters, the largest first", function ()
    local text = report.text(semantics, set)
    local big, small = text:find("cluster 2: 2 users, like user u1; answered by llm:toy; confidence 0.25", 1, true),
      text:find("cluster 1: 1 users, like user u2; answered by the offline rule, not an LLM", 1, true)
    assert.is_true(big < small)
    assert.is_truthy(text:find("  * big one: many  [2 titles]\n", 1, true))
    assert.is_truthy(text:find("    t4\n", 1, true))
    assert.is_nil(text:find("t5", 1, true))
    assert.is_truthy(text:find("why the rule: not JSON", 1, true))
  end)
end)
