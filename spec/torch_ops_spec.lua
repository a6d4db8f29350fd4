--- Operations against torch: forward and backward, in every instruction set. The values are made by
-- tools/golden_torch.py, which holds the formulas.
local core = require "eimf.core"
local golden = require "spec.golden"
local param = require "eimf.param"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

-- name of a case = { inputs that get gradients, run = function (tape, inputs as values, the case's arrays) }
local CASES = {
  self_attentive = { "h", "p", "w1", "w2" },
  self_attentive_chunks = { "h", "p", "w1", "w2" },
  self_attentive_without_positions = { "h", "w1", "w2" },
  sampled_softmax = { "u", "pos", "c" },
  sampled_softmax_plain = { "u", "pos", "c" },
  sampled_softmax_large_logits = { "u", "pos", "c" },
  full_softmax = { "u", "c" },
  full_softmax_tiles = { "u", "c" },
  readout = { "v", run = function (t, x, case) return (t:readout(x.v, t:constant(case.e))) end },
  layer_norm = { "x", "gain", "bias", run = function (t, x) return t:layer_norm(x.x, x.gain, x.bias) end },
  leaky_relu = { "x", run = function (t, x) return t:leaky_relu(x.x, 0.2) end },
  segment_weighted_sum = { "w", "x", run = function (t, x, case)
    return t:segment_weighted_sum(x.w, x.x, case.offsets)
  end },
}

for name, own in pairs { profile_softmax = false, profile_softmax_many_rows = false, profile_softmax_own = true } do
  CASES[name] = { "x", "z", run = function (t, x, case)
    local profile = { offsets = case.offsets, columns = case.columns, weights = case.weights, rows = case.rows }
    if own then profile.own, profile.owner, profile.bonus = case.own, case.owner, 3 end
    return t:profile_softmax(x.x, x.z, profile, 1.5)
  end }
end

for name, grouped in pairs { info_nce = false, info_nce_groups = true } do
  CASES[name] = { "a", "b", run = function (t, x, case)
    return t:info_nce(x.a, x.b, grouped and case.groups or nil, 0.7)
  end }
end

CASES.target_attention = { "z", "e", run = function (t, x, case)
  return t:target_attention(x.z, x.e, 1.5, { counts = case.counts, rows = case.rows })
end }

for name, case in pairs(CASES) do
  if name:find "^self_attentive" then
    case.run = function (t, x, arrays) return t:self_attentive(x.h, arrays.offsets, x.p, x.w1, x.w2) end
  elseif name:find "^full_softmax" then
    case.run = function (t, x, arrays) return t:full_softmax(x.u, x.c, arrays.target, arrays.bias) end
  elseif name:find "^sampled_softmax_" then
    case.run = function (t, x) return t:sampled_softmax(x.u, x.pos, x.c) end
  end
end

function CASES.sampled_softmax.run (t, x, arrays)
  return t:sampled_softmax(x.u, x.pos, x.c,
    { target = arrays.target, ids = arrays.ids, bias = arrays.bias, pos_bias = arrays.pos_bias })
end

for _, name in ipairs { "softmax", "log_softmax", "log_sum_exp", "l2_normalise", "tanh", "sigmoid", "exp", "gelu",
                        "relu" } do
  CASES[name] = { "x", run = function (t, x) return t[name](t, x.x) end }
end

for _, name in ipairs { "segment_sum", "segment_mean", "segment_softmax" } do
  CASES[name] = { "x", run = function (t, x, case) return t[name](t, x.x, case.offsets) end }
end

for _, op in ipairs { "matmul", "bmm" } do
  for suffix, transposes in pairs { [""] = {}, _ta = { ta = true }, _tb = { tb = true },
                                    _ta_tb = op == "matmul" and { ta = true, tb = true } or nil } do
    CASES[op .. suffix] = { "a", "b", run = function (t, x) return t[op](t, x.a, x.b, transposes) end }
  end
end

local function sorted (names)
  local list = {}
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The output of a case and the inputs with their gradients.
local function computed (name, arrays)
  local case, t, inputs = CASES[name], tape.new(), {}
  for _, input in ipairs(case) do inputs[input] = golden.leaf(t, arrays[input]) end
  local y = case.run(t, inputs, arrays)
  golden.pull(t, y, arrays.dy)
  return y, inputs
end

describe("operations against torch:", function ()
  for _, name in ipairs(sorted(CASES)) do
    golden.each_level(it, name, function ()
      local arrays = golden.case(name)
      local y, inputs = computed(name, arrays)
      golden.near(y.data, arrays.y, "FORWARD", "y")
      for input, value in pairs(inputs) do
        golden.near(value:grad(), arrays["d_" .. input], "GRADIENT", "d_" .. input)
      end
    end)
  end

  golden.each_level(it, "exp leaves float32 where torch's does", function ()
    local y = tape.plain:exp(tape.plain:constant(tensor.tensor { 88.7, -90, 88.73, math.huge, -math.huge, 0 / 0 })).data
    assert.is_true(math.abs(y:get(1) / math.exp(88.7) - 1) < 1e-5)
    assert.is_true(y:get(2) < 1e-38)
    assert.are.same({ math.huge, math.huge, 0 }, y:rows(3, 5):totable())
    assert.is_true(y:get(6) ~= y:get(6))
  end)

  golden.each_level(it, "the same bits with one thread and with two", function ()
    local function bits (name, threads)
      local before = core.threads()
      core.threads(threads)
      local y, inputs = computed(name, golden.case(name))
      core.threads(before)
      local all = { y.data:tostring() }
      for i, input in ipairs(CASES[name]) do all[i + 1] = inputs[input]:grad():tostring() end
      return table.concat(all)
    end
    for _, name in ipairs { "self_attentive_chunks", "sampled_softmax", "full_softmax_tiles",
                            "profile_softmax_many_rows", "info_nce_groups" } do   -- the large ones
      assert.is_true(bits(name, 1) == bits(name, 2), name)
    end
  end)

  golden.each_level(it, "backward adds to gradients that are there", function ()
    local arrays, t = golden.case "self_attentive", tape.new()
    local inputs = {}
    for _, input in ipairs(CASES.self_attentive) do
      inputs[input] = param.new { data = arrays[input], name = input }
      inputs[input]:grad():fill_(1)
    end
    golden.pull(t, CASES.self_attentive.run(t, inputs, arrays), arrays.dy)
    for _, input in ipairs(CASES.self_attentive) do
      local ones = tape.plain:constant(arrays[input]:clone():fill_(1))
      local want = tape.plain:add(ones, tape.plain:constant(arrays["d_" .. input])).data
      golden.near(inputs[input]:grad(), want, "GRADIENT", "1 + d_" .. input)
    end
  end)

  golden.each_level(it, "the read-out chooses as torch's argmax", function ()
    local arrays, t = golden.case "readout", tape.plain
    local _, choice = t:readout(t:constant(arrays.v), t:constant(arrays.e))
    assert.are.same(arrays.choice:totable(), choice:totable())
  end)

  it("has a spec for every golden case", function ()
    local pipe = assert(io.popen "ls spec/golden/torch")
    for name in pipe:lines() do
      local elsewhere = name:find "adam" or name == "trajectory"
      assert.is_truthy(CASES[name] or elsewhere, name)
    end
    pipe:close()
  end)
end)
