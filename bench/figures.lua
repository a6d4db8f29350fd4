--- What benches print, read back: our figure, the peers', ratios, shares of the limit; and the machine.
local figures = {}

-- Where our own figure stands, the first that is found: the whole of it, and the unit that a peer's is in.
local OURS = {
  { "epoch [%d.]+ s[^,]*, ([%d.]+) examples/s", "examples/s", "epoch ([%d.]+ s[^,]*)," },
  { "ms/step, ([%d.]+) examples/s", "examples/s", "([%d.]+ ms)/step" },
  { ": [%d.]+ s, ([%d.]+) users/s", "users/s" },
  { ": ([%d.]+) ms an iteration", "ms" },
}

local function ours_of (text)
  for _, form in ipairs(OURS) do
    local figure = text:match(form[1])
    if figure then
      local more = form[3] and text:match(form[3])
      return ("%s %s%s"):format(figure, form[2], more and ", " .. more or ""), form[2]
    end
  end
  local alone, joint, ratio = text:match("alone ([%d.]+) ms/step, joint ([%d.]+) ms/step, ratio ([%d.]+)")
  if not alone then return nil end
  return joint .. " ms a step", "ms", { { name = "the backbone alone", figure = alone, times = ratio } }
end

-- Lines of peers: "  NAME: FIGURE/s; ours is TIMESx", "  NAME: FIGURE ms, ...; ours is TIMESx", "  NAME: not measured".
local function peer_of (line)
  local name, rest = line:match("^  ([%w][%w -]*): (.*)$")
  if not name or name:match("^the better") then return nil end
  local figure, times = rest:match("^([%d.]+)[/ ]m?s.*; ours is ([%d.]+)x")
  if figure then return { name = name, figure = figure, ratio = tonumber(times) } end
  return rest:match("^not measured") and { name = name } or nil
end

--- What one bench printed.
-- @tparam string text
-- @treturn table { ours = text or nil, unit, peers = { { name, figure, ratio, times }, ... }, share = text or nil }:
--   a peer without a figure was not measured; `times` in place of a ratio is how much longer we take, by intention
function figures.read (text)
  local ours, unit, peers = ours_of(text)
  local out, shares = { ours = ours, unit = unit, peers = peers or {} }, {}
  for line in text:gmatch("[^\n]+") do
    local peer = not peers and peer_of(line)
    if peer then out.peers[#out.peers + 1] = peer end
    shares[#shares + 1] = line:match("; share (%d+ %%)")
  end
  out.share = shares[1] and table.concat(shares, ", ")
  return out
end

--- The best peer's ratio: the least.
-- @tparam table found of `read`
-- @treturn ?number
function figures.least (found)
  local least
  for _, peer in ipairs(found.peers) do
    if peer.ratio then least = math.min(least or peer.ratio, peer.ratio) end
  end
  return least
end

--- Rows of the table for one work: one for each peer, our own figure and the share in the first.
-- @tparam string name
-- @tparam table found of `read`
-- @treturn {{string,...},...} work, ours, peer, theirs, ratio, share
function figures.rows (name, found)
  if not found.ours then return { { name, "not measured" } } end
  local rows = {}
  for i, peer in ipairs(found.peers) do
    rows[i] = { "", "", peer.name, peer.figure and ("%s %s"):format(peer.figure, found.unit) or "not measured",
      peer.ratio and ("%.1f"):format(peer.ratio) or peer.times and ("takes %s times as long"):format(peer.times) or "" }
  end
  rows[1] = rows[1] or { "", "", "", "", "" }
  rows[1][1], rows[1][2], rows[1][6] = name, found.ours, found.share or "not measured"
  return rows
end

local function first (path, pattern)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text:match(pattern)
end

--- The machine in one line.
-- @treturn string
function figures.machine ()
  local _, cores = (first("/proc/cpuinfo", "^.*$") or ""):gsub("processor%s*:", "")
  return ("%s, %d cores, %.0f GiB of memory, load of others at the start %s"):format(
    first("/proc/cpuinfo", "model name%s*:%s*([^\n]+)") or "unknown processor", cores,
    tonumber(first("/proc/meminfo", "MemTotal:%s*(%d+)") or 0) / 2 ^ 20, first("/proc/loadavg", "^%S+") or "unknown")
end

return figures
