local eimf = require "eimf"
local files = require "eimf.files"
local item_loss = require "eimf.nn.item_loss"
local json = require "eimf.json"
local scratch = require "spec.scratch"
local toy = require "spec.toy"

describe("eimf.run", function ()
  local folder, set, split

  before_each(function ()
    folder = scratch.folder()
    set = assert(eimf.data.open("generated", { preset = "tiny" }))
    split = assert(set:split())
  end)

  after_each(function () scratch.remove(folder) end)

  local function options (changes)
    local opt = { out = folder .. "/run", seed = 1, epochs = 3, patience = 5, metric = "ndcg@10", examples = "prefix",
                  batch = 512, resume = false, checkpoint_seconds = 1000, threads = 1, lr = 0.01 }
    for name, value in pairs(toy.options) do opt[name] = value end
    opt.dropout = 0.3
    for name, value in pairs(changes or {}) do opt[name] = value end
    return opt
  end

  -- Everything of a run; `values` are what the evaluations say, one after the other.
  local function fields (opt, values)
    local model = toy.model(set.n_items, opt.seed, opt)
    local n = 0
    return {
      opt = opt, set = set, split = split, model = model, tape = eimf.tape { seed = opt.seed },
      optim = eimf.optim.adam { params = model:params(), lr = opt.lr },
      evaluate = function ()
        n = n + 1
        return { ["ndcg@10"] = values and values[n] or model.items.data:get(2, 1) }
      end,
    }
  end

  -- The loop of a recipe; `watch` is called after every step and ends the loop by returning true.
  local function train (opt, values, watch)
    local f = fields(opt, values)
    local run = assert(eimf.run.open(f))
    run.progress.say = function () end
    local loss = item_loss.new { n_items = set.n_items, seed = opt.seed }
    for _, batch in run:batches() do
      local l = loss:forward(f.tape, f.model:interests(f.tape, batch.history), f.model.items, batch.targets)
      f.tape:backward(l)
      f.optim:step()
      if run:step(f.tape, l) or watch and watch(run) then break end
    end
    return run, toy.bytes(f.model)
  end

  local function records ()
    local list = {}
    for line in files.read(folder .. "/run/log.jsonl"):gmatch("[^\n]+") do
      list[#list + 1] = assert(json.decode(line))
    end
    return list
  end

  it("trains every epoch, and logs loss, value and whether it is the best", function ()
    local run = train(options(), { 0.1, 0.3, 0.2 })
    assert.is_true(run:finished())
    assert.are.equal(3 * run.steps, run:steps_done())
    local log = records()
    assert.are.equal(3, #log)
    for e, line in ipairs(log) do
      assert.are.same({ e, e * run.steps, e ~= 3 }, { line.epoch, line.step, line.best })
      assert.is_true(line.loss > 0)
      assert.are.equal(({ 0.1, 0.3, 0.2 })[e], line.valid["ndcg@10"])
    end
    assert.is_true(log[3].loss < log[1].loss)
  end)

  it("keeps the weights of the best epoch, and puts them back", function ()
    local run, last = train(options(), { 0.1, 0.3, 0.2 })
    assert.are.equal(2, run.stopper.at)
    assert(run:restore_best())
    local best = toy.bytes(run.model)
    assert.are_not.equal(last, best)
    local _, after_two = train(options { epochs = 2, out = folder .. "/two" }, { 0.1, 0.3 })
    assert.are.equal(after_two, best)
  end)

  it("stops early when patience is used up", function ()
    local run = train(options { epochs = 50, patience = 2 }, { 0.1, 0.3, 0.2, 0.25, 0.9 })
    assert.are.equal(4, #records())
    assert.is_true(run:finished())
    assert.are.equal(2, run.stopper.at)
  end)

  it("writes the options as they were", function ()
    local opt = options()
    train(opt)
    assert.are.same(opt, json.decode(files.read(folder .. "/run/options.json")))
  end)

  it("goes on from a checkpoint to the same bits, wherever it was stopped", function ()
    local run, bytes = train(options())
    local snapshot, log = files.read(run.snapshot_path), files.read(run.log_path)
    local out = folder .. "/cut"
    for _, stop in ipairs { 1, run.steps - 1, run.steps, run.steps + 1, 2 * run.steps } do
      local sittings, last = 0
      repeat
        local left = stop
        local going
        going, last = train(options { out = out, resume = sittings > 0, checkpoint_seconds = 0 }, nil, function ()
          left = left - 1
          return left == 0
        end)
        sittings = sittings + 1
      until going:finished()
      assert.is_true(sittings >= math.floor(3 * run.steps / stop), stop .. " steps a sitting")
      assert.are.equal(bytes, last)
      assert.are.equal(snapshot, files.read(out .. "/snapshot.safetensors"))
      assert.are.equal(log, files.read(out .. "/log.jsonl"))
      os.execute("rm -rf " .. out)
    end
  end)

  it("writes again what a killed run had logged beyond its checkpoint", function ()
    train(options { epochs = 1 })
    local line = files.read(folder .. "/run/log.jsonl")
    assert(files.append_line(folder .. "/run/log.jsonl", '{"epoch": 2, "step": 1000}'))
    assert(files.append_line(folder .. "/run/log.jsonl", '{"torn'))
    local run = assert(eimf.run.open(fields(options { epochs = 2, resume = true })))
    assert.are.equal(line, files.read(run.log_path))
    assert.are.equal(2, run.epoch)
  end)

  it("trains longer when it is resumed with more epochs", function ()
    train(options { epochs = 1 })
    local run = train(options { epochs = 2, resume = true })
    assert.are.equal(2 * run.steps, run:steps_done())
    assert.are.equal(2, #records())
  end)

  local function refused (opt, code, words)
    local before = files.read(folder .. "/run/log.jsonl")
    local run, message, got = eimf.run.open(fields(opt))
    assert.is_nil(run)
    assert.are.equal(code, got, message)
    assert.is_truthy(message:find(words, 1, true), message)
    assert.is_nil(message:find("\n", 1, true))
    assert.are.equal(before, files.read(folder .. "/run/log.jsonl"))
  end

  it("does not go on with other options, and names the first that differs", function ()
    train(options { epochs = 1 })
    refused(options { resume = true, lr = 0.02 }, "OTHER_OPTIONS", "now lr=0.02")
    assert(eimf.run.open(fields(options { resume = true, threads = 2, patience = 9, epochs = 7 })))
  end)

  it("does not go on with other data, neither of the checkpoint nor of the snapshot", function ()
    train(options { epochs = 1 })
    local path, fingerprint = folder .. "/run/snapshot.safetensors", set:fingerprint()
    local good = files.read(path)
    assert(files.write(path, (good:gsub(fingerprint, ("0"):rep(#fingerprint)))))
    refused(options { resume = true }, "OTHER_DATA", "snapshot.safetensors: made from other data")
    assert(files.write(path, good:sub(1, #good // 2)))
    refused(options { resume = true }, "BAD_FORMAT", path)
    assert(files.remove(path))
    refused(options { resume = true }, "ENOENT", path)
    assert(files.write(path, good))
    set = assert(eimf.data.open("generated", { preset = "tiny", seed = 2 }))
    split = assert(set:split())
    refused(options { resume = true }, "OTHER_DATA", "checkpoint.safetensors: made from other data")
  end)

  it("does not go on from a checkpoint that is damaged or none", function ()
    train(options { epochs = 1 })
    local path = folder .. "/run/checkpoint.safetensors"
    local good = files.read(path)
    assert(files.write(path, good:sub(1, #good // 2)))
    refused(options { resume = true }, "BAD_FORMAT", path)
    assert(files.write(path, ""))
    refused(options { resume = true }, "BAD_FORMAT", path)
    assert(files.write(path, files.read(folder .. "/run/snapshot.safetensors")))
    refused(options { resume = true }, "BAD_FORMAT", "not an eimf checkpoint")
    assert(files.write(path, (good:gsub('"number.at"', '"number.ta"'))))
    refused(options { resume = true }, "BAD_FORMAT", "no 'at'")
  end)

  it("goes on from a checkpoint with random damage or refuses it, and never raises", function ()
    train(options { epochs = 1 })
    local path, number, refusals = folder .. "/run/checkpoint.safetensors", scratch.numbers(5), 0
    local good = files.read(path)
    local header = string.unpack("<I8", good) + 8
    for _ = 1, 60 do
      scratch.put(path, scratch.mutated(good:sub(1, header), number) .. good:sub(header + 1))
      local run, message, code = eimf.run.open(fields(options { resume = true }))
      if not run then
        refusals = refusals + 1
        assert.is_truthy(message:find(path, 1, true), message)
        assert.is_nil(message:find("\n", 1, true), message)
        assert.is_string(code)
      end
    end
    assert.is_true(refusals > 30, refusals .. " of 60 refused")
  end)

  it("finds before training what could not be written at its end", function ()
    scratch.put(folder .. "/file", "")
    local run, message, code = eimf.run.open(fields(options { out = folder .. "/file" }))
    assert.is_nil(run)
    assert.are.equal(folder .. "/file: File exists", message)
    assert.are.equal("EEXIST", code)
    for _, name in ipairs { "metrics.json", "snapshot.safetensors", "checkpoint.safetensors", "log.jsonl" } do
      assert(files.mkdirs(folder .. "/run/" .. name))
      run, message, code = eimf.run.open(fields(options()))
      assert.is_nil(run)
      assert.are.equal(folder .. "/run/" .. name .. ": not a file", message)
      assert.are.equal("EISDIR", code)
      assert(files.remove(folder .. "/run/" .. name))
    end
  end)

  it("stops at a loss that is not a number, with the step and the tensors, and keeps the good checkpoint", function ()
    train(options { epochs = 1 })
    local good = files.read(folder .. "/run/checkpoint.safetensors")
    local steps = records()[1].step
    local f = fields(options { resume = true, checkpoint_seconds = 0 })
    local run = assert(eimf.run.open(f))
    f.model.positions.data:fill_(0 / 0)
    local _, batch = run:batches()()
    local loss = item_loss.new { n_items = set.n_items }
    local l = loss:forward(f.tape, f.model:interests(f.tape, batch.history), f.model.items, batch.targets)
    local fine, message = pcall(run.step, run, f.tape, l)
    assert.is_false(fine)
    assert.are.equal(("step %d: the loss is nan; not finite in 'positions'"):format(steps + 1),
      (message:gsub("%-nan", "nan")))
    assert.are.equal(good, files.read(folder .. "/run/checkpoint.safetensors"))
  end)

  it("keeps the good checkpoint where a finite loss left parameters that are not", function ()
    train(options { epochs = 1 })
    local good = files.read(folder .. "/run/checkpoint.safetensors")
    local f = fields(options { resume = true, checkpoint_seconds = 0, epochs = 2 })
    local run = assert(eimf.run.open(f))
    run:batches()
    f.model.w1.data:set(1, 1, math.huge)
    local l = f.tape:constant(eimf.tensor { 5 })
    local fine, message = pcall(run.step, run, f.tape, l)
    assert.is_false(fine)
    assert.is_truthy(message:find("not finite in 'w1'", 1, true), message)
    assert.are.equal(good, files.read(folder .. "/run/checkpoint.safetensors"))
  end)

  local function interrupt ()
    io.popen(("kill -INT %d"):format(assert(io.open("/proc/self/stat")):read("n"))):close()
  end

  it("ends with a checkpoint after Ctrl-C", function ()
    finally(function () eimf.system.trap() end)
    local sent
    local run = train(options(), nil, function ()
      if not sent then interrupt() end
      sent = true
    end)
    assert.is_true(run.interrupted)
    assert.are.equal(2, run:steps_done())
    local going = assert(eimf.run.open(fields(options { resume = true })))
    assert.are.equal(2, going:steps_done())
  end)

  it("ends at its first step after a Ctrl-C that came before it was opened", function ()
    finally(function () eimf.system.trap() end)
    eimf.system.trap()
    interrupt()
    local run = train(options())
    assert.is_true(run.interrupted)
    assert.are.equal(1, run:steps_done())
  end)
end)
