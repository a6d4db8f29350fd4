local artifact = require "eimf.esim.artifact"
local files = require "eimf.files"
local made = require "spec.esim.made"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local tensor = require "eimf.tensor"

describe("eimf.esim.artifact", function ()
  local folder, path
  local set = made.set({ { 1, 2 }, { 2, 1 } }, made.titles(2))

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/semantics.safetensors"
  end)
  after_each(function () scratch.remove(folder) end)

  local function semantics (more)
    local s = {
      items = tensor.tensor { { 1, 0 }, { 0, 1 } }, interests = tensor.tensor { { 0, 1 } }, owner = tensor.ids { 1 },
      offsets = tensor.ids { 0, 1 }, labels = tensor.ids { 1, 0 }, nearness = tensor.tensor { 1, 0 },
      hash = "0123", encoder = "toy", clustering = "toy",
      n_without_text = 0, n_users_without_text = 1, incomplete = false, llm_calls = 0, notes = {}, seconds = 1.5,
      account = { requests = 0 },
      clusters = { { exemplar = 1, size = 1, titles = { "Café au lait" }, source = "offline rule", confidence = 1,
                     interests = { { name = "good coffee", description = "with milk", items = { 1 } } } } },
    }
    for key, value in pairs(more or {}) do s[key] = value end
    return s
  end

  it("gives back what was saved", function ()
    assert(artifact.save(folder, semantics(), set))
    local s = assert(artifact.load(path, "0123"))
    assert.are.same(semantics().clusters, s.clusters)
    assert.are.same({ { 0, 1 } }, s.interests:totable())
    assert.are.same({ 1, 0 }, s.labels:totable())
    assert.are.equal("toy", s.encoder)
    assert.is_nil(s.account)
  end)

  it("writes the line of the contract", function ()
    assert(artifact.save(folder, semantics(), set))
    assert.are.equal('{"confidence": 1, "exemplar": 1, "interests": [{"description": "with milk", "items": [1], '
      .. '"name": "good coffee"}], "size": 1, "source": "offline rule", "titles": ["Café au lait"], "user": "u1"}\n',
      files.read(folder .. "/interests.jsonl"))
  end)

  it("is stale where the hash is another", function ()
    assert(artifact.save(folder, semantics(), set))
    local s, _, code = artifact.load(path, "4567")
    assert.are.same({ nil, "STALE" }, { s, code })
    assert.are.equal("ENOENT", (select(3, artifact.load(folder .. "/none"))))
  end)

  it("refuses what is no artifact or does not fit together", function ()
    local function refused (words)
      local s, message, code = artifact.load(path)
      assert.are.same({ nil, "BAD_FORMAT" }, { s, code })
      assert.is_truthy(message:find(words, 1, true), message)
    end
    assert(safetensors.save(path, { items = tensor.tensor { { 1 } } }))
    refused "not an artifact"
    assert(artifact.save(folder, semantics { owner = tensor.ids { 1, 1 } }, set))
    refused "do not fit each other"
    assert(artifact.save(folder, semantics { offsets = tensor.ids { 0, 1, 1 } }, set))
    refused "do not fit each other"
    assert(artifact.save(folder, semantics { nearness = tensor.tensor { 1 } }, set))
    refused "do not fit each other"
    assert(safetensors.save(path, { items = tensor.tensor { { 1 } } },
      { format = artifact.FORM, semantics = '{"clusters": []}' }))
    refused "no tensor"
    assert(safetensors.save(path, { items = tensor.tensor { { 1 } } }, { format = artifact.FORM, semantics = "{" }))
    refused "damaged metadata"
  end)

  it("hashes training, texts and all that is named", function ()
    local train = { offsets = tensor.ids { 0, 2 }, items = tensor.ids { 1, 2 } }
    local other = { offsets = tensor.ids { 0, 2 }, items = tensor.ids { 2, 1 } }
    local base = artifact.hash(train, { "a", "b" }, { "x", "y" })
    assert.are.equal(base, artifact.hash(train, { "a", "b" }, { "x", "y" }))
    assert.are_not.equal(base, artifact.hash(other, { "a", "b" }, { "x", "y" }))
    assert.are_not.equal(base, artifact.hash(train, { "b", "a" }, { "x", "y" }))
    assert.are_not.equal(base, artifact.hash(train, { "a", "b" }, { "xy", "" }))
  end)
end)
