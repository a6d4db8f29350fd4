local checkpoint = require "eimf.checkpoint"
local files = require "eimf.files"
local safetensors = require "eimf.safetensors"
local scratch = require "spec.scratch"
local snapshot = require "eimf.snapshot"
local toy = require "spec.toy"

describe("eimf.checkpoint", function ()
  local folder, path, model, adam

  before_each(function ()
    folder = scratch.folder()
    path = folder .. "/checkpoint.safetensors"
    model = toy.model(5)
    adam = toy.adam(model)
  end)

  after_each(function () scratch.remove(folder) end)

  it("gives back parameters, moments and steps of the optimiser to the bit", function ()
    assert(checkpoint.save(path, model, adam, {}))
    local other = toy.model(5, 2)
    local fresh = toy.adam(other)
    fresh:step()
    assert(checkpoint.restore(assert(checkpoint.load(path)), other, fresh))
    assert.are.equal(toy.bytes(model), toy.bytes(other))
    assert.are.equal(adam.t, fresh.t)
    local moments = fresh:state()
    for name, x in pairs(adam:state()) do assert.are.equal(x:tostring(), moments[name]:tostring(), name) end
    assert.are_not.equal(0, moments["adam.v.items"]:get(2, 1))
  end)

  it("gives back every value as it was: no digit is lost, and a text that looks like a number stays a text", function ()
    local state = {
      epoch = 3, loss_sum = 0.1 + 0.2, best = 1 / 3, large = 2 ^ 53 - 1, fingerprint = "1234567890123456",
      other = "12345678901234e5", flag = true, off = false, options = "a=1\nb=x y", nothing = "",
    }
    assert(checkpoint.save(path, model, adam, state))
    local loaded = assert(checkpoint.load(path)).state
    for name, value in pairs(state) do
      assert.are.equal(value, loaded[name], name)
      assert.are.equal(type(value), type(loaded[name]), name)
    end
  end)

  it("changes nothing where a tensor is missing or has another shape", function ()
    assert(checkpoint.save(path, model, adam, {}))
    local other = toy.model(6)
    local fresh = toy.adam(other)
    local before = toy.bytes(other)
    local done, message, code = checkpoint.restore(assert(checkpoint.load(path)), other, fresh)
    assert.is_nil(done)
    assert.is_truthy(message:find(path .. ": tensor 'adam.%w.items' is missing or has another shape"), message)
    assert.are.equal("BAD_FORMAT", code)
    assert.are.equal(before, toy.bytes(other))
  end)

  it("refuses a snapshot, and a file without the number of steps", function ()
    assert(snapshot.save(path, model, toy.options, toy.set(5)))
    local saved, message, code = checkpoint.load(path)
    assert.is_nil(saved)
    assert.are.equal(path .. ": not an eimf checkpoint: its format is not 'eimf checkpoint 1'", message)
    assert.are.equal("BAD_FORMAT", code)
    assert(checkpoint.save(path, model, adam, {}))
    local file = assert(safetensors.load(path))
    file.metadata["number.optim_t"] = "soon"
    assert(safetensors.save(path, file.tensors, file.metadata))
    saved, message = checkpoint.restore(assert(checkpoint.load(path)), model, adam)
    assert.is_nil(saved)
    assert.are.equal(path .. ": no number of steps", message)
  end)

  it("leaves the good checkpoint where the disk is full", function ()
    assert(checkpoint.save(path, model, adam, { epoch = 1 }))
    local before = files.read(path)
    local printed = scratch.with_small_disk(1, ([[
      local toy = require "spec.toy"
      local model = toy.model(5, 2)
      print(require "eimf.checkpoint".save(%q, model, toy.adam(model), { epoch = 2 }))
    ]]):format(path))
    assert.are.equal(("nil\t%s: File too large\tEFBIG\n"):format(path), printed)
    assert.are.equal(before, files.read(path))
  end)
end)
