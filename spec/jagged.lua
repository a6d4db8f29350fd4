--- A jagged batch of histories, given as tables of ids, oldest first.
local tensor = require "eimf.tensor"

return function (histories)
  local ids, offsets = {}, { 0 }
  for b, history in ipairs(histories) do
    for _, id in ipairs(history) do ids[#ids + 1] = id end
    offsets[b + 1] = #ids
  end
  return { ids = #ids > 0 and tensor.ids(ids) or tensor.zeros_ids(0), offsets = tensor.ids(offsets) }
end
