--- Where a data set is looked for: the path as given; `$EIMF_DATA/NAME`;
-- `data/NAME`; else the download of the published files is offered (asked on a
-- terminal, or agreed to by download = true or EIMF_DOWNLOAD=1; never without).
-- Where nothing comes of that because there is no network or no consent, the
-- answer is the generated catalogue, and a notice says so: never silently.
-- Neighbours: published, fetch, source.
-- @module eimf.data.locate
local fetch = require "eimf.data.fetch"
local published = require "eimf.data.published"
local source = require "eimf.data.source"

local locate = {}

local OPTIONS = { download = true, ask = true, notice = true, root = true, fetch = true }

local function to_stderr (line)
  io.stderr:write(line, "\n")
end

-- What `data.open` is given for a folder: the file of published form where it
-- is there, else the folder, where it is there.
local function in_folder (folder, set)
  for _, form in ipairs { "interactions.tsv", "interactions.tsv.gz", "ratings.dat" } do
    if source.kind(folder .. "/" .. form) == "file" then return folder end
  end
  if set.open then
    for _, name in ipairs { set.open, (set.open:gsub("%.gz$", "")) } do
      if source.kind(folder .. "/" .. name) == "file" then return folder .. "/" .. name end
    end
  end
end

-- Folders to look in, best first.
local function folders_of (set, root)
  local out, env = {}, os.getenv("EIMF_DATA")
  for _, top in ipairs { env and env ~= "" and env or false, root } do
    for _, name in ipairs(top and set.folders or {}) do out[#out + 1] = top .. "/" .. name end
  end
  return out
end

local function names ()
  local out = {}
  for name in pairs(published) do out[#out + 1] = name end
  table.sort(out)
  return table.concat(out, ", ")
end

local function ask_terminal (question)
  if not (fetch.terminal(0) and fetch.terminal(2)) then return false end
  io.stderr:write(question, " [y/N] ")
  local answer = io.stdin:read("*l")
  return answer ~= nil and answer:lower():match("^%s*y") ~= nil
end

local function question_of (name, set, folder)
  local list = {}
  for _, file in ipairs(set.files) do
    list[#list + 1] = string.format("  %s (%s, %s)", file.url, file.size and file.size .. " bytes" or "size unknown",
                                    (file.sha256 or file.md5) and "checksum known" or "checksum unknown, not verified")
  end
  return string.format("%s is not here. %s; terms: %s.\n%s\nDownload to %s?", name, set.title, set.terms,
                       table.concat(list, "\n"), folder)
end

local function agreed (opts, name, set, folder)
  if opts.download ~= nil then return opts.download end
  if os.getenv("EIMF_DOWNLOAD") == "1" then return true end
  return (opts.ask or ask_terminal)(question_of(name, set, folder))
end

local function fetch_all (set, folder, opts, notice)
  for _, file in ipairs(set.files) do
    local result, message, code = (opts.fetch or fetch.file) {
      url = file.url, path = folder .. "/" .. file.name, size = file.size, md5 = file.md5, sha256 = file.sha256,
      progress = fetch.printer(file.name),
    }
    if not result then return nil, message, code end
    notice(string.format("%s: %s", file.name, result))
  end
  return folder .. "/" .. set.open
end

local function fall_back (name, looked, why, notice)
  local line = string.format("%s: not in %s; %s; going on with the GENERATED catalogue", name,
                             table.concat(looked, ", "), why)
  notice(line)
  return { generated = true, notice = line, in_place_of = name }
end

local function offer (name, set, looked, opts, notice)
  local folder = (opts.root or "data") .. "/" .. set.folders[1]
  if set.by_hand then return fall_back(name, looked, set.by_hand, notice) end
  if not agreed(opts, name, set, folder) then
    return fall_back(name, looked, "no download agreed to (EIMF_DOWNLOAD=1 agrees)", notice)
  end
  local path, message, code = fetch_all(set, folder, opts, notice)
  if path then return { path = path } end
  if fetch.no_network(code) then return fall_back(name, looked, "no network (" .. message .. ")", notice) end
  return nil, message, code
end

local function check (name, opts)
  if type(name) ~= "string" then error("locate.find: a path or a name expected, got " .. tostring(name), 3) end
  for key in pairs(opts) do
    if not OPTIONS[key] then error("locate.find: unknown option '" .. tostring(key) .. "'", 3) end
  end
end

--- Finds a data set, or says what stands in for it.
-- @tparam string name a path, or "beauty", "office", "grocery", "ml-1m", "online-retail"
-- @tparam[opt] table opts download = true | false (nil: EIMF_DOWNLOAD=1, else asked on a terminal);
-- notice = function (line), default: to standard error; root = "data"; ask = function (question) -> boolean;
-- fetch = function as `fetch.file`
-- @treturn[1] table path = what `data.open` reads; or generated = true, notice = the line that says why,
-- in_place_of = name
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "ENOENT" for a path that is not there and no known name; those of `fetch.file`
function locate.find (name, opts)
  opts = opts or {}
  check(name, opts)
  if source.kind(name) then return { path = name } end
  local set = published[name]
  if not set then
    return nil, string.format("%s: no such file or folder, and no known data set (generated, %s)", name, names()),
           "ENOENT"
  end
  local looked = folders_of(set, opts.root or "data")
  for _, folder in ipairs(looked) do
    local path = in_folder(folder, set)
    if path then return { path = path } end
  end
  return offer(name, set, looked, opts, opts.notice or to_stderr)
end

return locate
