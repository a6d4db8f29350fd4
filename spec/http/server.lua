--- Starts the HTTP server of the specs (spec/http/server.c) and stops it.
local server = {}

local program = (os.getenv("EIMF_BUILD") or "build") .. "/http_server"

--- Starts it.
-- @treturn[1] table with url ("http://127.0.0.1:port") and stop()
-- @treturn[2] nil
-- @treturn[2] string why not: the spec says so and is pending
function server.start ()
  local file = io.open(program, "rb")
  if not file then return nil, program .. " is not built" end
  file:close()
  local ok, http = pcall(require, "eimf.http")
  if not ok then return nil, "eimf.http is not built" end
  local pipe = io.popen("exec " .. program .. " </dev/null")
  local url = "http://127.0.0.1:" .. assert(tonumber(pipe:read("*l")))
  local function stop ()
    local transfer = http.start { url = url .. "/stop" }
    repeat local state = transfer:step(100) until not state or state.done
    pipe:close()
  end
  return { url = url, stop = stop }
end

return server
