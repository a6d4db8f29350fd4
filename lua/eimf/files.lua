--- Files and folders, so that a good file is never lost: what is written whole appears whole or not at all.
-- The world's refusals are `nil, "path: reason", code` with code as in "ENOENT", "EACCES", "ENOSPC".
-- @module eimf.files

require "eimf.boot".prepare()           -- before the core: see eimf.info
local core = require "eimf.core"

local files = {}

--- Writes a whole file: to `path.PID.tmp`, flushed to the disk, then renamed over `path`.
-- Killed or out of disk at any moment, `path` holds either its old bytes or the new ones.
-- @tparam string path
-- @tparam string|{string,...} text one string, or pieces written one after the other
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @usage assert(files.write("runs/beauty/metrics.json", cjson.encode(metrics)))
function files.write (path, text)
  return core.write_atomic(path, text)
end


--- Adds a line to a file, made where missing; one write, so that a killed process leaves no torn line.
-- @tparam string path
-- @tparam string line without its line feed
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @usage assert(files.append_line("runs/beauty/log.jsonl", '{"epoch":1}'))
function files.append_line (path, line)
  return core.file_append(path, line .. "\n")
end


-- nil, "path: reason", code from what an io function returned after nil.
local function refused (path, message, number)
  local reason = tostring(message)
  if reason:sub(1, #path + 2) ~= path .. ": " then reason = path .. ": " .. reason end
  return nil, reason, core.errno_name(number or 0)
end


--- Reads a whole file.
-- @tparam string path
-- @treturn string its bytes
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @usage local text = assert(files.read("runs/beauty/log.jsonl"))
function files.read (path)
  local f, message, number = io.open(path, "rb")
  if not f then return refused(path, message, number) end
  local text, why, code = f:read("*a")
  f:close()
  if not text then return refused(path, why or "not readable", code) end
  return text
end


--- What a path names.
-- @tparam string path
-- @treturn string|nil "file", "folder", "other"; nil where there is nothing
function files.kind (path)
  return core.path_kind(path)
end


--- Is there something at the path?
-- @tparam string path
-- @treturn boolean
function files.exists (path)
  return core.path_kind(path) ~= nil
end


-- One folder; there already is as good as made now, even when somebody else makes it meanwhile.
local function make_folder (path)
  if core.path_kind(path) == "folder" then return true end
  local done, message, code = core.folder_make(path)
  if done or core.path_kind(path) == "folder" then return true end
  return nil, message, code
end


--- Makes a folder and those above it; nothing happens where they are there.
-- @tparam string path
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
-- @usage assert(files.mkdirs("runs/beauty"))
function files.mkdirs (path)
  for stop in path:gmatch("[^/]+()") do
    local done, message, code = make_folder(path:sub(1, stop - 1))
    if not done then return nil, message, code end
  end
  return true
end


--- Removes a file or an empty folder.
-- @tparam string path
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function files.remove (path)
  return core.file_remove(path)
end


return files
