--- What a form of Affinity Propagation takes, before it takes it.
-- @module eimf.cluster.memory

local core = require "eimf.core"

local memory = {}

local FLOAT = 4
local GIGABYTE = 1e9

local function padded (n) return math.ceil(n / 16) * 16 end


local function rectangle (N, M)
  return 2 * FLOAT * N * padded(M) + FLOAT * core.affinity_work(N, M, padded(M))
end


local BYTES = {
  dense = function (N) return rectangle(N, N) end,
  landmark = function (N, o) return rectangle(N, math.min(N, o.landmarks)) end,
  sparse = function (N, o)                -- a symmetric graph has at most twice the entries; lists of neighbours before
    local entries = N * math.min(N, 2 * o.neighbours + 1)
    return (3 * entries + 2 * N * o.neighbours) * FLOAT + FLOAT * core.affinity_work(N, N, 0)
  end,
  two_level = function (N, o)
    local part = math.min(N, o.part)
    return rectangle(part, part)
  end,
  sklearn = function (N) return 3 * 8 * N * N end,
}

--- Bytes that a form takes at its peak, beside the vectors.
-- @tparam string form "dense", "sparse", "landmark", "two_level" or "sklearn"
-- @tparam integer N points
-- @tparam table o `neighbours`, `landmarks`, `part`
-- @treturn number
function memory.bytes (form, N, o) return BYTES[form](N, o) end


--- Bytes that the machine has to give, as far as it says.
-- @treturn number infinite where nobody says
function memory.available ()
  local file = io.open("/proc/meminfo", "rb")
  local text = file and file:read("*a") or ""
  if file then file:close() end
  local kilobytes = text:match("MemAvailable:%s*(%d+) kB")
  return kilobytes and tonumber(kilobytes) * 1024 or math.huge
end


--- nil where there is room; else what to say.
-- @tparam string form
-- @tparam integer N
-- @tparam table o as in `bytes`
-- @tparam ?number most bytes allowed; default: what is available
-- @treturn ?string
function memory.refusal (form, N, o, most)
  local bytes, room = memory.bytes(form, N, o), most or memory.available()
  if bytes <= room then return nil end
  local text = ("%s Affinity Propagation of %d points takes %.2f GB and %.2f GB are %s"):format(form, N,
    bytes / GIGABYTE, room / GIGABYTE, most and "allowed" or "free")
  local sparse = memory.bytes("sparse", N, o)
  if form == "sparse" then return text .. "; fewer neighbours take less" end
  return ("%s; form = \"sparse\" with neighbours = %d takes %.2f GB"):format(text, o.neighbours, sparse / GIGABYTE)
end


return memory
