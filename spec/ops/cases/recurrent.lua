--- Cases of gradient checks; spec/gradcheck.lua says what they hold.
local gradcheck = require "spec.gradcheck"

local function case_of (reset)
  return {
    "reset " .. reset, inputs = { { 11, 5 }, { 5, 9 }, { 3, 9 }, { 9 }, { 9 } },
    big = { { 900, 33 }, { 33, 54 }, { 18, 54 }, { 54 }, { 54 } },
    run = function (t, x, wx, wh, bx, bh)
      return t:gru(x, gradcheck.offsets(x.data:dim(1)), wx, wh, bx, bh, reset)
    end,
  }
end

return { gru = { case_of "after", case_of "before" } }
