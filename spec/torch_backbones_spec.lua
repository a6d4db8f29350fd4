--- Backbones against torch models of the same definition, in every instruction set: interests, losses and gradients
-- of a batch, and 20 steps of Adam (lazy, which a full softmax makes move every row all the same). The files are made
-- by tools/golden_models.py from bench/peers, one for each form of a backbone, and say in their metadata which.
local golden = require "spec.golden"
local item_loss = require "eimf.nn.item_loss"
local models = require "eimf.models"
local optim = require "eimf.optim"
local rng = require "eimf.rng"
local safetensors = require "eimf.safetensors"
local tape = require "eimf.tape"
local tensor = require "eimf.tensor"

local FOLDER = "spec/golden/models/"
local LR = 0.01                          -- of tools/golden_models.py

-- Options from lines of name=value.
local function options_of (lines)
  local opt = {}
  for name, value in lines:gmatch("([%w_]+)=([^\n]*)") do
    if value == "true" or value == "false" then opt[name] = value == "true"
    else opt[name] = tonumber(value) or value end
  end
  return opt
end

-- Options of losses by their names in a file.
local function losses_of (metadata)
  local out = {}
  for key, lines in pairs(metadata) do
    if key:find "^loss%." then out[key:sub(6)] = options_of(lines) end
  end
  return out
end

-- Of every file { name, backbone, arrays, losses, model () -> one with the file's parameters }.
local function cases ()
  local list = {}
  for file in assert(io.popen("ls " .. FOLDER)):lines() do
    local loaded = assert(safetensors.load(FOLDER .. file))
    local arrays, backbone = loaded.tensors, loaded.metadata.backbone
    list[#list + 1] = {
      name = file:match("^(.*)%.safetensors$"), backbone = backbone, arrays = arrays,
      losses = losses_of(loaded.metadata),
      model = function ()
        local n_items = arrays["initial.items"]:dim(1) - 1
        local opt = models.options(backbone, options_of(loaded.metadata.options))
        local model = models[backbone](opt, n_items, rng.new(1))
        for _, p in ipairs(model:params()) do p.data:copy_(arrays["initial." .. p.name]) end
        return model
      end,
    }
  end
  return list
end

local CASES = cases()

local function loss_over_items (model, options)
  local opt = { n_items = model.items.data:dim(1) - 1 }
  for name, value in pairs(options) do opt[name] = value end
  return item_loss.new(opt)
end

-- The loss over items and the model's own, as recipes/eimf.lua adds them.
local function loss_of (t, model, batch, options)
  local loss = loss_over_items(model, options)
  local v, aux = model:interests(t, batch.history)
  local value, chosen, choice = loss:forward(t, v, model.items, batch.targets)
  local step = { items = model.items, interests = v, aux = aux, chosen = chosen, choice = choice, batch = batch,
                 item_loss = loss }
  for _, more in ipairs(model.extra and model:extra(t, step) or {}) do value = t:add(value, more) end
  return value, v
end

local function batch_of (ids, offsets, targets)
  return { history = { ids = ids, offsets = offsets }, targets = targets, size = targets:size(), rows = ids:size() }
end

-- The batches of the 20 steps, from ids laid end to end and lengths (steps, B).
local function batches_of (arrays)
  local start, batches = 0, {}
  for step, lengths in ipairs(arrays["steps.lengths"]:totable()) do
    local offsets, B = { 0 }, #lengths
    for b, n in ipairs(lengths) do offsets[b + 1] = offsets[b] + n end
    batches[step] = batch_of(arrays["steps.ids"]:rows(start + 1, start + offsets[B + 1]):clone(), tensor.ids(offsets),
      arrays["steps.targets"]:rows((step - 1) * B + 1, step * B):clone())
    start = start + offsets[B + 1]
  end
  return batches
end

-- Every parameter's gradient beside the file's.
local function gradients_near (model, arrays, loss)
  for _, p in ipairs(model:params()) do
    golden.near(golden.gradient(p), arrays[("%s.d_%s"):format(loss, p.name)], "GRADIENT", "d_" .. p.name)
  end
end

describe("backbones against torch:", function ()
  it("every backbone that learns is among them", function ()
    local found = {}
    for _, case in ipairs(CASES) do found[case.backbone] = true end
    for _, name in ipairs(models.trained) do assert.is_true(found[name], name) end
  end)

  for _, case in ipairs(CASES) do
    local arrays = case.arrays

    it(case.name .. " has torch's parameters", function ()
      local names = {}
      for _, p in ipairs(case.model():params()) do names["initial." .. p.name] = true end
      for name in pairs(arrays) do
        if name:find "^initial%." then assert.is_true(names[name], name) end
      end
    end)

    for loss, options in pairs(case.losses) do
      golden.each_level(it, ("%s, loss %s"):format(case.name, loss), function ()
        local model, t = case.model(), tape.new()
        local value, v = loss_of(t, model, batch_of(arrays.ids, arrays.offsets, arrays.targets), options)
        golden.near(v.data, arrays.interests, "FORWARD", "interests")
        golden.near(value.data, arrays[loss .. ".loss"], "FORWARD", "loss")
        t:backward(value)
        gradients_near(model, arrays, loss)
      end)
    end

    if arrays.every then
      golden.each_level(it, case.name .. ", after every row", function ()
        local model, t = case.model(), tape.new()
        local v = model:every(t, { ids = arrays.ids, offsets = arrays.offsets })
        golden.near(v.data:reshape(arrays.ids:size(), -1), arrays.every, "FORWARD", "interests")
        local value = loss_over_items(model, {}):forward(t, v, model.items, arrays.nexts)
        golden.near(value.data, arrays["every.loss"], "FORWARD", "loss")
        t:backward(value)
        gradients_near(model, arrays, "every")
      end)
    end

    golden.each_level(it, case.name .. ", 20 steps", function ()
      local model, t, losses = case.model(), tape.new(), {}
      local adam = optim.adam { params = model:params(), lr = LR }
      for step, batch in ipairs(batches_of(arrays)) do
        local value = loss_of(t, model, batch, {})
        losses[step] = value.data:get(1)
        t:backward(value)
        adam:step()
        t:reset()
      end
      golden.near(tensor.tensor(losses), arrays["steps.losses"], "TRAJECTORY", "losses")
      for _, p in ipairs(model:params()) do golden.near(p.data, arrays["steps." .. p.name], "TRAJECTORY", p.name) end
    end)
  end
end)
