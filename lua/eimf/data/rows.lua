--- What the readers share: the loop over lines with its policy for bad ones,
-- and the reading of times.
-- @module eimf.data.rows
local rows = {}

local find, match = string.find, string.match

local POLICIES = { error = true, skip = true }
local STRICT = { skip = false }
local DAY, HOUR, MINUTE = 86400, 3600, 60

--- Policy for bad lines; counts what it skips.
-- @tparam[opt="error"] string on_bad_line "error" | "skip"
-- @treturn table policy { skip = boolean, skipped = 0, first = nil or "file:line: reason" }
function rows.policy (on_bad_line)
  on_bad_line = on_bad_line or "error"
  if not POLICIES[on_bad_line] then
    error(string.format("on_bad_line must be \"error\" or \"skip\", got %q", tostring(on_bad_line)), 3)
  end
  return { skip = on_bad_line == "skip", skipped = 0 }
end

--- One bad line: a failure, or counted.
-- @tparam table policy
-- @tparam string name of the file
-- @tparam integer number of the line
-- @tparam string reason
-- @treturn[1] boolean true where it is skipped
-- @treturn[2] nil
-- @treturn[2] string message "file:line: reason"
-- @treturn[2] string code "BAD_LINE"
function rows.bad (policy, name, number, reason)
  local message = string.format("%s:%d: %s", name, number, reason)
  if not policy.skip then return nil, message, "BAD_LINE" end
  policy.skipped = policy.skipped + 1
  policy.first = policy.first or message
  return true
end

--- Gives every line that is not empty to `consume`, and closes the text.
-- @tparam table text lines (see `eimf.data.lines`)
-- @tparam table policy
-- @tparam function consume (line, number) -> true | nil, reason | nil, reason, code;
-- with a code the file is refused whatever the policy
-- @tparam[opt] function take takes ordinary lines before they come to `consume` (see `Lines:each`)
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code
function rows.feed (text, policy, consume, take)
  for number, line, reason in text:each(take) do
    local ok, fatal = line == "", nil
    if line and not ok then ok, reason, fatal = consume(line, number) end
    if not ok then
      local _, message, code = rows.bad(fatal and STRICT or policy, text.name, number, reason)
      if message then
        text:close()
        return nil, message, fatal or code
      end
    end
  end
  return text:close()
end

-- Days from 1970-01-01 of a date in the Gregorian calendar: years begin in
-- March, so that the leap day is their last.
local function days (year, month, day)
  local floor = math.floor
  if month < 3 then year = year - 1 end
  local shifted = (month + 9) % 12
  return 365 * year + floor(year / 4) - floor(year / 100) + floor(year / 400)
         + floor((153 * shifted + 2) / 5) + day - 719469
end

local function iso_time (text)
  local year, month, day, rest = match(text, "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if not year or month < 1 or month > 12 or day < 1 or day > 31 then return nil end
  if rest == "" then return days(year, month, day) * DAY end
  local hour, minute, second = match(rest, "^[T ](%d%d):(%d%d):?([%d.]*)Z?$")
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second == "" and "0" or second)
  if not (hour and minute and second and hour < 24 and minute < 60 and second < 61) then return nil end
  return days(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second
end

--- A time: a decimal number, or a date "2014-07-23", "2014-07-23 08:15:00",
-- read as UTC.
-- @tparam string text
-- @treturn[1] number finite
-- @treturn[2] nil
-- @treturn[2] string reason
function rows.time (text)
  local time
  if find(text, "^[-+]?[%d.]+[eE]?[-+]?%d*$") then time = tonumber(text) else time = iso_time(text) end
  if time and time - time == 0 then return time end
  return nil, string.format("time is no finite number or date: '%s'", text:sub(1, 40))
end

return rows
