--- What users like, as a page that a person reads. Neighbours: offline, text_table.
-- @module eimf.esim.report

local OFFLINE = require "eimf.esim.offline".SOURCE
local text_table = require "eimf.text_table"

local report = {}

local TITLES = 4                         -- typical titles shown of a cluster

--- Who answered, in full: the rule is never taken for a model.
-- @tparam string source "llm:NAME" or "offline rule"
-- @treturn string
function report.source (source)
  return source == OFFLINE and "the offline rule, not an LLM" or source
end

-- How many interests, and who answered for how many clusters; what the rule added to answers is told apart.
local function counted (semantics)
  local n, added, sources = 0, 0, {}
  local list = {}
  for _, cluster in ipairs(semantics.clusters) do
    n = n + #cluster.interests
    for _, interest in ipairs(cluster.interests) do added = added + (interest.by and 1 or 0) end
    if not sources[cluster.source] then list[#list + 1] = cluster.source end
    sources[cluster.source] = (sources[cluster.source] or 0) + 1
  end
  for i, source in ipairs(list) do list[i] = ("%d by %s"):format(sources[source], report.source(source)) end
  local answered = table.concat(list, ", ")
  if added > 0 then
    answered = ("%s; %d interests, of what answers left out, by %s"):format(answered, added, report.source(OFFLINE))
  end
  return n, answered
end

local function distinct_names (semantics)
  local n, seen = 0, {}
  for _, cluster in ipairs(semantics.clusters) do
    for _, interest in ipairs(cluster.interests) do
      local name = interest.name:lower()
      if not seen[name] then n, seen[name] = n + 1, true end
    end
  end
  return n
end

local function add_clustering (rows, semantics, set)
  local n, answered = counted(semantics)
  rows[2] = { "users", ("%d, of them %d without text (no cluster)"):format(set.n_users,
    semantics.n_users_without_text) }
  rows[3] = { "clusters", ("%d; %s"):format(#semantics.clusters, semantics.clustering) }
  rows[4] = { "interests", ("%d, %d different names; clusters answered: %s"):format(n, distinct_names(semantics),
    answered) }
end

--- The summary: what went in, how many clusters and interests, who answered, what it cost.
-- @tparam table semantics
-- @tparam table set
-- @treturn string lines
function report.summary (semantics, set)
  local rows = {
    { "texts", ("%s; %d of %d items without one"):format(semantics.encoder, semantics.n_without_text,
                                                        semantics.items:dim(1)) },
  }
  if semantics.clustering then add_clustering(rows, semantics, set) end
  if semantics.asked then rows[#rows + 1] = { "asked", semantics.asked } end
  for _, note in ipairs(semantics.notes or {}) do rows[#rows + 1] = { "note", note } end
  return set.provenance .. "\n" .. text_table.format(rows)
end

local function add_cluster (lines, g, cluster, set)
  local function add (...) lines[#lines + 1] = string.format(...) end
  add("")
  add("cluster %d: %d users, like user %s; answered by %s; confidence %.2f", g, cluster.size,
      set.users[cluster.exemplar], report.source(cluster.source), cluster.confidence)
  for _, interest in ipairs(cluster.interests) do
    add("  * %s: %s  [%d titles%s]", interest.name, interest.description, #interest.items,
        interest.by and "; by " .. report.source(interest.by) or "")
  end
  add("  typical titles:")
  for i = 1, math.min(TITLES, #cluster.titles) do add("    %s", cluster.titles[i]) end
  if cluster.reason then
    add("  %s: %s", cluster.source == OFFLINE and "why the rule" or "used in part", cluster.reason)
  end
end

--- The whole report: the summary, then every cluster, the largest first.
-- @tparam table semantics
-- @tparam table set
-- @treturn string lines
function report.text (semantics, set)
  local lines, order = { report.summary(semantics, set) }, {}
  for g in ipairs(semantics.clusters) do order[g] = g end
  table.sort(order, function (a, b)
    local x, y = semantics.clusters[a].size, semantics.clusters[b].size
    return x > y or x == y and a < b
  end)
  for _, g in ipairs(order) do add_cluster(lines, g, semantics.clusters[g], set) end
  lines[#lines + 1] = ""
  return table.concat(lines, "\n")
end

return report
