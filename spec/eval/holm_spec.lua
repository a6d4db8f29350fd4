local holm = require "eimf.eval.holm"

local function near (wanted, got)
  assert.are.equal(#wanted, #got)
  for i, x in ipairs(wanted) do assert.near(x, got[i], 1e-12) end
end

describe("eimf.eval.holm", function ()
  it("multiplies the smallest most, in the order given", function ()     -- statsmodels.multipletests(p, method="holm")
    near({ 0.03, 0.06, 0.06 }, holm { 0.01, 0.04, 0.03 })
    near({ 0.012, 1, 0.02, 0.032, 1 }, holm { 0.0024, 0.75, 0.005, 0.032 / 3, 0.5 })
  end)

  it("is never above 1, nor below the p it adjusts", function ()
    near({ 1, 1, 1 }, holm { 0.9, 0.5, 0.8 })
    near({ 0.2 }, holm { 0.2 })
    near({}, holm {})
    near({ 0.04, 0.04 }, holm { 0.02, 0.02 })
  end)
end)
