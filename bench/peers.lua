--- Runs what others measure beside our own figures: the scripts of a folder of peers, each of which prints one line
-- with "N users/s" or "N examples/s". Only the ratio counts, taken on one machine in the same minutes.
local peers = {}

local FOLDERS = { "../shared/peers", "peers" }

local function exists (path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end


local function quoted (text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end


--- Adds the options that say where the peers are: `peers`, a folder ("none": do not run any; the default is
-- ../shared/peers where that exists), and `python` ($EIMF_PYTHON or python3).
-- @tparam table defaults of a benchmark, changed
-- @treturn table the same
function peers.defaults (defaults)
  defaults.peers, defaults.python = "none", os.getenv("EIMF_PYTHON") or "python3"
  for _, folder in ipairs(FOLDERS) do
    if exists(folder .. "/README.md") then
      defaults.peers = folder
      break
    end
  end
  return defaults
end


--- Why scripts with sizes of their own are not measured beside ours: the first option that is none of theirs. A folder
-- of peers other than the usual ones may have other scripts, and is taken at its word.
-- @tparam table opt
-- @tparam table sizes { max_len = 20, ... } of the scripts in the usual folders
-- @treturn ?string
function peers.unlike (opt, sizes)
  local usual = false
  for _, folder in ipairs(FOLDERS) do usual = usual or opt.peers == folder end
  if not usual then return nil end
  local names = {}
  for name in pairs(sizes) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if opt[name] ~= sizes[name] then
      return ("its script has %s=%s, not %s"):format(name, sizes[name], opt[name])
    end
  end
  return nil
end


--- Runs one script and reads its rate.
-- @tparam table opt `peers`, `python`
-- @tparam string script "full_rank.py"
-- @tparam table args its arguments
-- @treturn number users or examples a second
-- @treturn[2] nil
-- @treturn[2] string why there is none
function peers.run (opt, script, args)
  if opt.peers == "none" then return nil, "no folder of peers given" end
  local path = opt.peers .. "/" .. script
  if not exists(path) then return nil, path .. " does not exist" end
  local words = { quoted(opt.python), quoted(path) }
  for _, argument in ipairs(args) do words[#words + 1] = quoted(argument) end
  local pipe = assert(io.popen(table.concat(words, " ") .. " 2>&1"))
  local text = pipe:read("*a")
  pipe:close()
  local rate = text:gsub(",", ""):match("([%d.]+) users/s") or text:gsub(",", ""):match("([%d.]+) examples/s")
  if tonumber(rate) then return tonumber(rate) end
  return nil, ("%s gave no rate: %s"):format(script, text:match("([^\n]+)%s*$") or "it printed nothing")
end


--- Prints a peer's rate and how many times ours that is.
-- @tparam string name of the peer
-- @tparam number ours
-- @tparam ?number theirs nil: it was not measured
-- @tparam[opt] string why it was not
-- @treturn ?number ours / theirs
function peers.report (name, ours, theirs, why)
  if not theirs then
    print(("  %s: not measured%s"):format(name, why and " (" .. why .. ")" or ""))
    return nil
  end
  print(("  %s: %.0f/s; ours is %.2fx"):format(name, theirs, ours / theirs))
  return ours / theirs
end


return peers
