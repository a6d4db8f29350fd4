-- Made files for the specs of eimf.data: gzip, zip, the folder form.
local zlib = require "zlib"

local made = {}

local GZIP_BITS, RAW_BITS = 31, -15

function made.gzip (text)
  return (zlib.deflate(6, GZIP_BITS)(text, "finish"))
end

local function le (value, size)
  local out = {}
  for i = 1, size do
    out[i] = string.char(value % 256)
    value = value // 256
  end
  return table.concat(out)
end

-- A zip archive of { {name, text, stored = boolean}, ... }.
function made.zip (members, comment)
  local body, directory, at = {}, {}, 0
  for _, m in ipairs(members) do
    local name, text = m[1], m[2]
    local packed = m.stored and text or zlib.deflate(6, RAW_BITS)(text, "finish")
    local common = le(m.flags or 0, 2) .. le(m.method or (m.stored and 0 or 8), 2) .. le(0, 4)
                   .. le(m.crc or math.tointeger((zlib.crc32()(text))), 4) .. le(#packed, 4) .. le(#text, 4)
                   .. le(#name, 2)
    local extra = "xx"
    local header = "PK\3\4" .. le(20, 2) .. common .. le(#extra, 2) .. name .. extra
    directory[#directory + 1] = "PK\1\2" .. le(20, 2) .. le(20, 2) .. common .. le(0, 2) .. le(0, 2) .. le(0, 2)
                                .. le(0, 2) .. le(0, 4) .. le(at, 4) .. name
    body[#body + 1] = header .. packed
    at = at + #header + #packed
  end
  local listing = table.concat(directory)
  comment = comment or ""
  return table.concat(body) .. listing .. "PK\5\6" .. le(0, 4) .. le(#members, 2) .. le(#members, 2)
         .. le(#listing, 4) .. le(at, 4) .. le(#comment, 2) .. comment
end

-- interactions.tsv of rows { user, item, time }.
function made.tsv (rows)
  local out = { "user\titem\trating\ttimestamp" }
  for _, r in ipairs(rows) do out[#out + 1] = r[1] .. "\t" .. r[2] .. "\t\t" .. r[3] end
  return table.concat(out, "\n") .. "\n"
end

-- A set's sequences by raw names: { user = {item, item, ...} }.
function made.sequences (set)
  local starts, ids, out = set.offsets:totable(), set.items:totable(), {}
  for u = 1, set.n_users do
    local list = {}
    for i = starts[u] + 1, starts[u + 1] do list[#list + 1] = set.item_ids[ids[i]] end
    out[set.users[u]] = list
  end
  return out
end

return made
