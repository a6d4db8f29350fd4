--- Starts the OpenAI-compatible server of the specs (spec/llm/server.c says how it behaves) and stops it.
local json = require "eimf.json"

local server = {}

local program = (os.getenv("EIMF_BUILD") or "build") .. "/llm_server"

local Server = {}
Server.__index = Server

local function fetch (url)
  local http = require "eimf.http"
  local transfer = http.start { url = url, timeout = 5 }
  local state
  repeat state = transfer:step(100) until not state or state.done
  return state and state.body
end

--- What the server has counted: requests, answers (paid for), keys, most at once, repairs.
function Server:counts () return json.decode((fetch(self.url .. "/counts"))) end

--- Counts from nothing again.
function Server:reset () fetch(self.url .. "/reset") end

--- The address of a way to behave: server:at "fenced", server:at "first=2+status=500".
function Server:at (mode) return self.url .. "/" .. mode .. "/v1" end

--- Ends it.
function Server:stop ()
  fetch(self.url .. "/stop")
  self.pipe:close()
end

--- Starts it.
-- @treturn[1] server with url, port
-- @treturn[2] nil
-- @treturn[2] string why not: the spec says so and is pending
function server.start ()
  local file = io.open(program, "rb")
  if not file then return nil, program .. " is not built" end
  file:close()
  if not pcall(require, "eimf.http") then return nil, "eimf.http is not built" end
  local pipe = io.popen("exec " .. program .. " </dev/null")
  local port = assert(tonumber(pipe:read("*l")))
  return setmetatable({ pipe = pipe, port = port, url = "http://127.0.0.1:" .. port }, Server)
end

return server
