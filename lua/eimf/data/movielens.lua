--- MovieLens 1M: ratings.dat (user::item::rating::time) and movies.dat
-- (item::title::genre|genre, Latin-1), in a folder or in the published zip.
-- Neighbours: builder, items, lines, rows, source, zip.
-- @module eimf.data.movielens
local builder = require "eimf.data.builder"
local items = require "eimf.data.items"
local lines = require "eimf.data.lines"
local rows = require "eimf.data.rows"
local source = require "eimf.data.source"
local zip = require "eimf.data.zip"

local movielens = {}

local RATINGS, MOVIES = "ratings.dat", "movies.dat"
local RATINGS_LAYOUT = { separator = "::", n_columns = 4, user = 1, item = 2, time = 4 }   -- what RATING_ROW matches
local RATING_ROW = "^([^:]+)::([^:]+)::[^:]*::([^:]*)$"
local MOVIE_ROW = "^(%d+)::(.*)::([^:]*)$"

local function rating_consumer (into)
  return function (line)
    local user, item, text = line:match(RATING_ROW)
    if not user then return nil, "user::item::rating::time expected" end
    local time, reason = rows.time(text)
    if not time then return nil, reason end
    into:add(user, item, time)
    return true
  end
end

local function movie_consumer (set, ids)
  return function (line)
    local item, title, genres = line:match(MOVIE_ROW)
    if not item then return nil, "item::title::genres expected" end
    if not ids[item] then return true end
    local list = {}
    for genre in genres:gmatch("[^|]+") do list[#list + 1] = genre end
    items.describe(set, ids[item], title, list)
    return true
  end
end

-- How a member is opened: name -> source | nil, message, code.
local function opener (path)
  if not path:find("%.zip$") then
    return function (name)
      local from, message, code = source.open(path .. "/" .. name)
      return from, message, code
    end
  end
  local archive, message, code = zip.open(path)
  if not archive then return nil, message, code end
  return function (name) return archive:member(name) end
end

local function feed (from, encoding, policy, consume, take)
  return rows.feed(lines.from(from, { encoding = encoding }), policy, consume, take)
end

--- Opens a folder or a zip archive.
-- @tparam string path
-- @tparam table opts core, on_bad_line, name
-- @treturn[1] table set
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function movielens.open (path, opts)
  local member, message, code = opener(path)
  if not member then return nil, message, code end
  return builder.open {
    path = path, opts = opts,
    interactions = function (into, policy)
      local from, why, what = member(RATINGS)
      if not from then return nil, why, what end
      return feed(from, "utf8", policy, rating_consumer(into), into:reader(RATINGS_LAYOUT))
    end,
    items = function (set, ids, policy)
      local from, why, what = member(MOVIES)
      if not from then return what == "ENOENT" or nil, why, what end
      return feed(from, "latin1", policy, movie_consumer(set, ids))
    end,
  }
end

return movielens
