local borrow = require "eimf.esim.borrow"
local esim = require "eimf.esim"
local made = require "spec.esim.made"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local tensor = require "eimf.tensor"

describe("eimf.esim.borrow", function ()
  local folder, set, split, options, other

  before_each(function ()
    folder = scratch.folder()
    set = made.three_groups()
    split = assert(set:split())
    options = { set = set, train = split.train, held_out = { split.valid, split.test }, encoder = made.encoder(),
                cluster = { preference = -2 }, out = folder .. "/out" }
    other = assert(esim.build(options))
    options.out = nil
  end)
  after_each(function () scratch.remove(folder) end)

  local function path () return folder .. "/out/semantics.safetensors" end

  it("has the words of the other's interests encoded as titles here are", function ()
    local got = assert(borrow.build(options, path()))
    options.support = 0
    local words = assert(esim.build(options))
    assert.are.same(words.interests:totable(), got.interests:totable())
    assert.are.same(other.items:totable(), got.items:totable())
    assert.are.same(other.owner:totable(), got.owner:totable())
    assert.are.equal(#other.clusters, #got.clusters)
    assert.are.equal(0, got.llm_calls)
    assert.are_not.equal(other.hash, got.hash)
    assert.is_truthy(got.notes[1]:find(path(), 1, true))
    for _, label in ipairs(got.labels:totable()) do assert.are.equal(1, label) end
  end)

  it("teaches a model", function ()
    local eimf = require "eimf"
    local head = esim.head.new({ dim = 8, start = "bank", share = "bank" }, assert(borrow.build(options, path())),
      eimf.rng(1))
    local items = eimf.param { data = tensor.zeros(set.n_items + 1, 8), name = "items", sparse = true }
    head:begin(items)
    assert.is_true(require("eimf.core").sum_squares(items.data) > 0)
  end)

  it("takes vectors as they are where the encoder knows no texts, if they are as wide", function ()
    local vectors = folder .. "/items.safetensors"
    assert(safetensors.save(vectors, { items = other.items }, {}))
    options.encoder = assert(require("eimf.text").open { encoder = "file", vectors = vectors })
    local got = assert(borrow.build(options, path()))
    assert.are.same(other.interests:totable(), got.interests:totable())
    local narrow = tensor.zeros(set.n_items, 3)
    narrow:fill_(1)
    assert(safetensors.save(vectors, { items = narrow }, {}))
    options.encoder = assert(require("eimf.text").open { encoder = "file", vectors = vectors })
    local none, message, code = borrow.build(options, path())
    assert.are.same({ nil, "NO_TEXT_ENCODER" }, { none, code })
    assert.is_truthy(message:find("32 wide beside titles 3 wide", 1, true), message)
  end)

  it("says what is wrong with the other's file", function ()
    local none, message, code = borrow.build(options, folder .. "/none.safetensors")
    assert.are.same({ nil, "ENOENT" }, { none, code })
    assert.is_truthy(message:find("none.safetensors", 1, true))
  end)
end)
