--- A small model, optimiser and set, for specs of what is around them.
local eimf = require "eimf"
local optim = require "eimf.optim"

local toy = {}

--- A set of n items, with what snapshots ask for.
function toy.set (n, fingerprint)
  local set = { name = "toy", n_items = n, item_ids = {}, titles = {}, provenance = "made for a spec" }
  for i = 1, n do set.item_ids[i], set.titles[i] = "raw" .. i, "Title " .. i end
  function set.fingerprint () return fingerprint or "0123456789abcdef" end
  return set
end


toy.options = { backbone = "comirec_sa", dim = 4, n_interests = 2, max_len = 3, init = "normal", dropout = 0 }

--- A ComiRec-SA of random weights.
function toy.model (n_items, seed, opt)
  return eimf.models.comirec_sa(eimf.models.pick("comirec_sa", opt or toy.options), n_items, eimf.rng(seed or 1))
end


--- Adam over a model, with moments that are not zero.
function toy.adam (model)
  local adam = optim.adam { params = model:params(), lazy = false }
  for _, p in ipairs(model:params()) do p:grad():fill_(0.25) end
  adam:step()
  return adam
end


--- The bytes of all parameters, one after the other.
function toy.bytes (model)
  local all = {}
  for _, p in ipairs(model:params()) do all[#all + 1] = p.data:tostring() end
  return table.concat(all)
end


return toy
