-- Naive twins of ranking and metrics, for specs: the definitions written down, nothing clever.
local naive = {}

local function score (interests, item)
  local best
  for _, v in ipairs(interests) do
    local s = 0
    for d = 1, #v do s = s + v[d] * item[d] end
    if best == nil or s > best then best = s end
  end
  return best
end

-- interests[u][k][d], items[id + 1][d], exclude[u] = list -> ids[u], scores[u].
function naive.rank (interests, items, n, exclude)
  local ids, scores = {}, {}
  for u, v in ipairs(interests) do
    local out, list = {}, {}
    for _, id in ipairs(exclude and exclude[u] or {}) do out[id] = true end
    for id = 1, #items - 1 do
      if not out[id] then list[#list + 1] = { id = id, score = score(v, items[id + 1]) } end
    end
    table.sort(list, function (a, b)
      if a.score ~= b.score then return a.score > b.score end
      return a.id < b.id
    end)
    ids[u], scores[u] = {}, {}
    for i = 1, n do
      ids[u][i] = list[i] and list[i].id or 0
      scores[u][i] = list[i] and list[i].score or -math.huge
    end
  end
  return ids, scores
end

local function distinct (list)
  local out, seen = {}, {}
  for _, id in ipairs(list) do
    if id ~= 0 and not seen[id] then
      seen[id] = true
      out[#out + 1] = id
    end
  end
  return out
end

local function gain (i) return 1 / (math.log(1 + i) / math.log(2)) end

local function ideal (count)
  local sum = 0
  for i = 1, count do sum = sum + gain(i) end
  return sum
end

-- One user: ranked ids, targets -> recall, ndcg, hit, mrr at n; nil without targets.
function naive.user (ranked, targets, n, form)
  targets = distinct(targets)
  if #targets == 0 then return nil end
  local hits, gains, first = 0, 0, nil
  for place, target in ipairs(targets) do
    for r = 1, n do
      if ranked[r] == target then
        hits = hits + 1
        gains = gains + gain(form == "target_index" and place or r)
        first = math.min(first or r, r)
      end
    end
  end
  local top = ideal(form == "standard" and math.min(#targets, n) or hits)
  return { recall = hits / #targets, ndcg = hits > 0 and gains / top or 0, hit = hits > 0 and 1 or 0,
           mrr = first and 1 / first or 0 }
end

-- Means over users with targets.
function naive.metrics (ranked, targets, cuts, form)
  local sums, users = {}, 0
  for u, list in ipairs(ranked) do
    for c, n in ipairs(cuts) do
      local values = naive.user(list, targets[u], n, form)
      if values and c == 1 then users = users + 1 end
      for name, value in pairs(values or {}) do sums[name .. "@" .. n] = (sums[name .. "@" .. n] or 0) + value end
    end
  end
  for name, sum in pairs(sums) do sums[name] = sum / users end
  sums.users = users
  return sums
end

return naive
