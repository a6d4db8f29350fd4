--- What specs of files need: a folder that is theirs, bytes in files, another process with little disk.
local files = require "eimf.files"

local scratch = {}

--- A new empty folder.
function scratch.folder ()
  local path = os.tmpname()
  os.remove(path)
  assert(files.mkdirs(path))
  return path
end


--- Removes a folder that scratch.folder made, with everything in it.
function scratch.remove (folder)
  assert(folder:match("^/tmp/lua_%w+$"), folder)
  os.execute("rm -rf '" .. folder .. "'")
end


--- Temporaries that writes left: in a folder, or beside a path; "" where there are none.
function scratch.temporaries (path)
  local pipe = io.popen(("ls -d %s/*.tmp %s.*.tmp 2>/dev/null"):format(path, path))
  local names = pipe:read("*a")
  pipe:close()
  return names
end


--- Puts bytes into a file without ceremony.
function scratch.put (path, bytes)
  os.remove(path)                        -- ext4 waits for the disk where a file is cut to nothing and written again
  local f = assert(io.open(path, "wb"))
  assert(f:write(bytes))
  assert(f:close())
  return path
end


--- Runs Lua code in a process where no file can grow past `blocks` of 512 bytes, as if the disk were full;
-- returns what it printed.
function scratch.with_small_disk (blocks, code)
  local script = scratch.put(os.tmpname(), code)
  local command = ("trap '' XFSZ; ulimit -f %d; LUA_PATH='%s' LUA_CPATH='%s' lua5.4 %s 2>&1"):format(
    blocks, package.path, package.cpath, script)
  local pipe = assert(io.popen(command))
  local printed = pipe:read("*a")
  pipe:close()
  os.remove(script)
  return printed
end


--- A small generator for fuzzing, the same everywhere: next_number(n) is within 1..n.
function scratch.numbers (seed)
  local state = seed
  return function (n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end


--- Bytes with one to four random changes: a byte set, cut out, put in, doubled, or the tail cut off.
function scratch.mutated (bytes, number)
  for _ = 1, number(4) do
    local at, kind = number(#bytes + 1), number(6)
    local left, right = bytes:sub(1, at - 1), bytes:sub(at + 1)
    if kind == 1 then bytes = left .. string.char(number(256) - 1) .. right
    elseif kind == 2 then bytes = left .. right
    elseif kind == 3 then bytes = left .. string.char(number(256) - 1) .. bytes:sub(at)
    elseif kind == 4 then bytes = left .. bytes:sub(at, at + number(16)) .. bytes:sub(at)
    elseif kind == 5 then bytes = left
    else bytes = left .. ("0123456789{}[]\",:-\\ "):sub(number(20)):sub(1, 1) .. right end
  end
  return bytes
end


return scratch
