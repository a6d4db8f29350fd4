-- Loading a file of interactions that is made on the spot: rows and bytes a second beside merely reading that file
-- (merely inflating it, with gzip=true), by turns in one run; and memory. Processor time, for other work goes on.
--   lua5.4 bench/load.lua rows=10000000 users=200000 items=30000 gzip=false times=3
require "recipes.path"
local builder = require "eimf.data.builder"
local files = require "eimf.files"
local rows = require "eimf.data.rows"
local source = require "eimf.data.source"
local system = require "eimf.system"
local tsv = require "eimf.data.tsv"
local given = require "bench.given"

local WHOLE = { "integer", min = 1, max = 1000000000 }
local opt = given.options({ rows = 1000000, users = 200000, items = 30000, gzip = false, times = 3,
                            core = 5 },
                          { rows = WHOLE, users = WHOLE, items = WHOLE, times = WHOLE,
                            core = { "integer", min = 0, max = 1000, help = "0: no filter" } })

local MB, LINES, SINCE, GZIP_BITS = 1e6, 4096, 1300000000, 31

-- The folder form with users by chance and items of falling popularity, in no order; bytes of text, and of the file.
local function make (path)
  local out = assert(io.open(path, "wb"))
  local pack = opt.gzip and require("zlib").deflate(6, GZIP_BITS) or function (text) return text end
  local random, format, lines, size = math.random, string.format, { "user\titem\trating\ttimestamp\n" }, 0
  local function flush (how)
    local text = table.concat(lines)
    out:write((pack(text, how)))
    lines, size = {}, size + #text
  end
  math.randomseed(1)
  for i = 1, opt.rows do
    local item = math.floor(opt.items * random() ^ 2) + 1
    lines[#lines + 1] = format("%d\t%d\t%d\t%d\n", random(opt.users), item, random(5), SINCE + random(100000000))
    if i % LINES == 0 then flush() end
  end
  flush(opt.gzip and "finish" or nil)
  local packed = out:seek()
  out:close()
  return size, packed
end

-- Processor time of f and what it gives, a message included.
local function timed (f, ...)
  collectgarbage()
  local since = os.clock()
  local result, why = f(...)
  return os.clock() - since, result, why
end

local function read (path)
  local from = assert(source.open(path))
  for _ in from.read do end            -- luacheck: ignore 542
  from.close()
end

local function parse (path)
  local into = builder.new()
  assert(tsv.read_interactions(path, into, rows.policy()))
  return into
end

-- Bytes that Lua holds now.
local function held ()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count") * 1024
end

local best, bytes, interactions = {}, {}, 0
local function keep (what, seconds) best[what] = math.min(best[what] or math.huge, seconds) end

local function load (path, empty)
  keep("read", (timed(read, path)))
  local seconds, into = timed(parse, path)
  keep("parse", seconds)
  bytes.parsed = held() - empty
  local built, set, why = timed(into.build, into, { name = "made", path = path, core = opt.core })
  keep("build", built)
  into = nil                           -- luacheck: ignore 311
  if not set then
    given.fail("%s; rows=%d leave some, and so does core=0", why, opt.core * math.max(opt.users, opt.items))
  end
  bytes.set, interactions = held() - empty, set.n_interactions
end

-- Makes the file and loads it; bytes of its text.
local function measure (path)
  local size, packed = make(path)
  print(("%d rows of %d users and %d items: %.1f MB%s"):format(opt.rows, opt.users, opt.items, size / MB,
    opt.gzip and (", %.1f MB as gzip"):format(packed / MB) or ""))
  local empty = held()
  for _ = 1, opt.times do load(path, empty) end
  return size
end

local function report (size)
  local function line (what, seconds)
    print(("%-22s %7.3f s %12.0f rows/s %8.0f MB/s %8.2f times"):format(what, seconds, opt.rows / seconds,
      size / MB / seconds, seconds / best.read))
  end
  line(opt.gzip and "inflate" or "read", best.read)
  line("read and parse", best.parse)
  line("sort, filter, number", best.build)
  line("all", best.parse + best.build)
  local peak = system.peak_rss()
  print(("bytes a row: %.1f parsed, names and all; %.1f as a set of %d rows; peak of the process %.1f (%.0f MB)")
    :format(bytes.parsed / opt.rows, bytes.set / opt.rows, interactions, peak * 2 ^ 20 / opt.rows, peak))
end

given.run(function ()
  local folder = os.tmpname()
  os.remove(folder)
  assert(files.mkdirs(folder))
  local path = folder .. "/interactions.tsv" .. (opt.gzip and ".gz" or "")
  local done, result = pcall(measure, path)
  os.remove(path)                      -- it can be large: whatever happened
  os.remove(folder)
  if not done then error(result, 0) end
  report(result)
end)
