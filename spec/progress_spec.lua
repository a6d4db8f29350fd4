local child = require "spec.child"
local progress = require "eimf.progress"

describe("eimf.progress", function ()
  it("writes durations as people read them", function ()
    assert.are.equal("0:00", progress.duration(0))
    assert.are.equal("0:09", progress.duration(8.6))
    assert.are.equal("1:15", progress.duration(75))
    assert.are.equal("1:00:00", progress.duration(3599.7))
    assert.are.equal("27:46:40", progress.duration(100000))
  end)

  local STATE = [[{ epoch = 1, epochs = 3, step = 50, steps = 100, loss = 5.25, examples = 12800, seconds = 2,
                    step_of_run = 50 }]]

  it("writes plain lines, and only those that stay, where nobody watches", function ()
    local _, printed, said = child.lua(([[
      local p = require "eimf.progress".new()
      p:show(%s)
      p:say "epoch 1 done"
    ]]):format(STATE))
    assert.are.equal("", printed)
    assert.are.equal("epoch 1 done\n", said)
  end)

  it("renews one line on a terminal: epoch, share, loss, examples a second, time left", function ()
    local _, printed, said = child.lua(([[
      local p = require "eimf.progress".new()
      p.terminal = true
      p:show(%s)
      p:show(%s)                     -- sooner than a person can see: not shown
      p:say "epoch 1 done"
    ]]):format(STATE, STATE))
    assert.are.equal("", printed)
    local line = "epoch 1/3   50 %  loss 5.2500  6400 examples/s  0:02 left in this epoch"
    assert.are.equal("\r" .. line .. (" "):rep(78 - #line) .. "\r" .. (" "):rep(78) .. "\repoch 1 done\n", said)
  end)
end)
