-- Prompts to the test server (spec/llm/server.c) at a known latency: throughput beside concurrency / latency, and
-- memory. The latency of one request alone, client and loopback included, is measured first.
--   lua5.4 bench/llm.lua prompts=1000 concurrency=16 latency_ms=100 titles=50
require "recipes.path"
local llm = require "eimf.llm"
local options = require "eimf.options"
local server = require "spec.llm.server"
local system = require "eimf.system"

local opt = assert(options.parse(arg, { prompts = 1000, concurrency = 16, latency_ms = 100, titles = 50, alone = 10 }))
local TITLE = "%d. Scotch Thermal Laminating Pouches, 8.9 Inches x 11.4 Inches, %d Pouches"

local function requests (n, salt)
  local list = {}
  for i = 1, n do
    local lines = {}
    for k = 1, opt.titles do lines[k] = TITLE:format(k, i * 100 + k) end
    list[i] = { system = "What does this person like?", user = salt .. table.concat(lines, "\n"), template = "bench/1" }
  end
  return list
end

-- Resident memory now, in MiB.
local function resident ()
  local text = io.open("/proc/self/status"):read("*a")
  return tonumber(text:match("VmRSS:%s*(%d+)")) / 1024
end

local running = assert(server.start())
local cache = os.tmpname()
os.remove(cache)

local function ask (list, concurrency, on_result)
  local client = assert(llm.open { url = running:at("ms=" .. opt.latency_ms), model = "bench", cache = cache,
    concurrency = concurrency })
  local since = system.now()
  assert(client:ask(list, { on_result = on_result }))
  local seconds = system.now() - since
  client:close()
  return seconds, client.account
end

local alone = ask(requests(opt.alone, "alone "), 1) / opt.alone
local list = requests(opt.prompts, "")
local memory, at, done, warm = {}, { 0.25, 0.5, 0.75, 1 }, 0, nil
local seconds, account = ask(list, opt.concurrency, function ()
  done = done + 1
  if done == math.ceil(opt.prompts / 10) then collectgarbage() warm = resident() end
  for _, share in ipairs(at) do
    if done == math.ceil(share * opt.prompts) then
      collectgarbage()
      memory[#memory + 1] = ("%.1f"):format(resident())
    end
  end
end)
local rate, bound = opt.prompts / seconds, opt.concurrency / alone
print(("one at a time: %.1f ms a prompt (the server waits %d ms)"):format(alone * 1e3, opt.latency_ms))
print(("%d prompts, concurrency %d: %.2f s, %.1f prompts/s; concurrency / latency = %.1f: %.1f %% of it"):format(
  opt.prompts, opt.concurrency, seconds, rate, bound, 100 * rate / bound))
print(("resident MiB after a tenth: %.1f; after each quarter: %s; peak %.1f"):format(warm,
  table.concat(memory, ", "), system.peak_rss()))
print(account)
local counts = running:counts()
print(("server: %d requests, %d answers, at most %d at once"):format(counts.requests, counts.answers, counts.most))
local again = ask(list, opt.concurrency)
print(("the same from the cache: %.0f ms, %d requests"):format(again * 1e3,
  running:counts().requests - counts.requests))
running:stop()
os.remove(cache)
