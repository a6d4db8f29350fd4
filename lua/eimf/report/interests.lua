--- Interests of a run in a report. Neighbour: esim/report.
-- @module eimf.report.interests

local source = require "eimf.esim.report".source

local CLUSTERS = 60                      -- shown in words, the largest
local TITLES = 4                         -- typical titles beside a cluster's interests
local WIDESPREAD = 12                    -- names of interests in a plot

local function by_size (clusters)
  local sorted = {}
  for g, cluster in ipairs(clusters) do sorted[g] = cluster end
  table.sort(sorted, function (a, b)
    if a.size ~= b.size then return a.size > b.size end
    return a.exemplar < b.exemplar
  end)
  return sorted
end

-- Names of interests with the users of clusters that have them, the most users first.
local function widespread (clusters)
  local users, names = {}, {}
  for _, cluster in ipairs(clusters) do
    for _, interest in ipairs(cluster.interests) do
      if not users[interest.name] then names[#names + 1] = interest.name end
      users[interest.name] = (users[interest.name] or 0) + cluster.size
    end
  end
  table.sort(names, function (a, b)
    if users[a] ~= users[b] then return users[a] > users[b] end
    return a < b
  end)
  local points = {}
  for i = 1, math.min(WIDESPREAD, #names) do points[i] = { names[i], users[names[i]] } end
  return points
end

local function in_words (cluster)
  local lines = {}
  for j, interest in ipairs(cluster.interests) do
    lines[j] = ("%s: %s [%d titles]"):format(interest.name, interest.description, #interest.items)
  end
  return table.concat(lines, "\n")
end

--- Adds what users like, in words: sizes of clusters, the most widespread interests, interests beside typical titles.
-- @tparam document doc
-- @tparam {table,...} given clusters, as in semantics/interests.jsonl
local function add (doc, given)
  local clusters, sizes, rows = by_size(given), {}, {}
  for g, cluster in ipairs(clusters) do sizes[g] = { g, cluster.size } end
  for g = 1, math.min(CLUSTERS, #clusters) do
    local cluster = clusters[g]
    local titles = table.concat(cluster.titles, "\n", 1, math.min(TITLES, #cluster.titles))
    rows[g] = { g, cluster.size, in_words(cluster), titles, source(cluster.source) }
  end
  doc:heading("What users like, in words")
  doc:plot { title = "Sizes of clusters", x_label = "cluster, the largest first", y_label = "users", style = "bars",
             series = { { name = "users", points = sizes } } }
  doc:plot { title = "The most widespread interests", x_label = "interest", y_label = "users of clusters that have it",
             style = "bars", series = { { name = "users", points = widespread(clusters) } } }
  doc:table { title = "Interests beside typical titles", rows = rows,
              columns = { "cluster", "users", "interests", "typical titles", "answered by" },
              note = #clusters > CLUSTERS and ("the %d largest of %d clusters"):format(CLUSTERS, #clusters) or nil }
end

return add
