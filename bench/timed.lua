--- Seconds of a step: `warm_up` steps are not counted, then the mean of as many as `seconds` hold.
local system = require "eimf.system"

return function (step, warm_up, seconds)
  for i = 1, warm_up do step(i) end
  local n, since = 0, system.now()
  while system.now() - since < seconds do
    n = n + 1
    step(n)
  end
  return (system.now() - since) / n
end
