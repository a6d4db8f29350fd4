local models = require "eimf.models"
local rng = require "eimf.rng"
local tape = require "eimf.tape"
local jagged = require "spec.jagged"

describe("eimf.models", function ()
  it("names its backbones and makes each of them", function ()
    assert.are.same({ "popular", "dnn", "gru4rec", "sasrec", "mind", "comirec_dr", "comirec_sa", "re4", "remi" },
      models.names)
    for _, name in ipairs(models.names) do assert.are.equal("function", type(models[name])) end
  end)

  it("has nothing under other names", function ()
    for _, name in ipairs { "init", "sasrec2", "../tape", "" } do assert.is_nil(models[name]) end
  end)

  it("fills in the defaults of each backbone's options", function ()
    for _, name in ipairs(models.trained) do
      local model = models[name]({ dim = 8, max_len = 6 }, 50, rng.new(1))
      local v = model:interests(tape.plain, jagged { { 1, 2, 3 }, { 50 } }).data
      local K = ({ dnn = 1, gru4rec = 1, sasrec = 1 })[name] or models.options(name).n_interests
      assert.are.same({ 2, K, 8 }, v:shape(), name)
      assert.are.equal(64, models[name](nil, 5, rng.new(1)).items.data:dim(2), name)
    end
  end)

  it("makes the same model of what is given and of all options written out", function ()
    local short = models.sasrec({ dim = 8 }, 9, rng.new(3)):params()
    local whole = models.sasrec(models.options("sasrec", { dim = 8 }), 9, rng.new(3)):params()
    for i, p in ipairs(whole) do assert.are.equal(p.data:tostring(), short[i].data:tostring(), p.name) end
    assert.are.equal(#whole, #short)
  end)

  it("leaves the caller's table as it is", function ()
    local opt = { dim = 8 }
    models.comirec_sa(opt, 9, rng.new(1))
    assert.are.same({ dim = 8 }, opt)
  end)

  local function refused (wanted, name, ...)
    local ok, message = pcall(models[name], ...)
    assert.is_false(ok, wanted)
    assert.is_truthy(message:find(wanted, 1, true), message)
  end

  it("raises for options that a backbone does not know or that make no sense", function ()
    for _, name in ipairs(models.names) do
      refused(("eimf.models.%s: unknown option 'bogus'"):format(name), name, { bogus = 1 }, 9, rng.new(1))
      refused(("eimf.models.%s: option 'dropout': 2 is not a number"):format(name), name, { dropout = 2 }, 9,
        rng.new(1))
      refused("a table of options expected, got a number", name, 5, 9, rng.new(1))
    end
    refused("eimf.models.comirec_sa: option 'dim': 'a' is not a whole number from 1 to 4096", "comirec_sa",
      { dim = "a" }, 9, rng.new(1))
    refused("unknown option 'dimm'; did you mean 'dim'?", "mind", { dimm = 8 }, 9, rng.new(1))
    refused("eimf.models.comirec_sa: unknown option 'lambda_routing'", "comirec_sa", { lambda_routing = 1 }, 9,
      rng.new(1))
  end)

  it("raises for a number of items that is none, and where there are no random numbers", function ()
    for _, n in ipairs { 0, -1, 1.5, 1e10, "9", 0 / 0 } do
      refused("bad argument #2 to 'dnn' (n_items: a whole number from 1", "dnn", {}, n, rng.new(1))
      refused("expected, got " .. tostring(n), "popular", {}, n)
    end
    refused("bad argument #2 to 'mind' (n_items: a whole number from 1 to 2147483646 expected, got nil)", "mind", {})
    refused("bad argument #3 to 'mind' (rng: eimf.rng(seed) expected, got nil)", "mind", {}, 9)
    refused("bad argument #3 to 'mind' (rng: eimf.rng(seed) expected, got 1)", "mind", {}, 9, 1)
  end)

  it("blames the caller", function ()
    local ok, message = pcall(function () local m = models.dnn({ bogus = 1 }, 9, rng.new(1)) return m end)
    assert.is_false(ok)
    assert.are.equal("init_spec.lua", message:match("([%w_]+%.lua):%d+: "))
    ok, message = pcall(function () local o = models.options("dnn", { bogus = 1 }) return o end)
    assert.is_false(ok)
    assert.are.equal("init_spec.lua", message:match("([%w_]+%.lua):%d+: "))
  end)

  it("picks what a backbone is built from out of a run's options", function ()
    local run = { backbone = "mind", lr = 0.1, dim = 8, iterations = 2, heads = 4, dynamic_k = false }
    assert.are.same({ dim = 8, iterations = 2, dynamic_k = false }, models.pick("mind", run))
    assert.are.same({ dim = 8, heads = 4 }, models.pick("sasrec", run))
  end)
end)
