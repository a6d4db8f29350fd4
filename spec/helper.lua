-- Runs before every spec, in every ring.
require "eimf.boot".prepare()        -- before anything loads libopenblas

-- The ring "collector": objects are collected as early as Lua can, so that one that C still uses shows.
if os.getenv("EIMF_COLLECTOR") == "aggressive" then
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", 10000)
end
