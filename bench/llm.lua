-- Prompts to the test server (spec/llm/server.c) at a known latency: throughput beside concurrency / latency, and
-- memory. The latency of one request alone, client and loopback included, is measured first.
--   lua5.4 bench/llm.lua prompts=1000 concurrency=16 latency_ms=100 titles=50
require "recipes.path"
local llm = require "eimf.llm"
local server = require "spec.llm.server"
local system = require "eimf.system"
local given = require "bench.given"

local opt = given.options({ prompts = 1000, concurrency = 16, latency_ms = 100, titles = 50, alone = 10 }, {
  prompts = { "integer", min = 1, max = 1000000 },
  concurrency = { "integer", min = 1, max = 256 }, latency_ms = { "integer", min = 0, max = 60000 },
  titles = { "integer", min = 1, max = 10000, help = "of each prompt" },
  alone = { "integer", min = 1, max = 1000000, help = "prompts asked one after the other" },
})
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

-- Seconds and the account of all prompts of a list; `bench` has the server running and the cache's path.
local function ask (bench, list, concurrency, on_result)
  local client = assert(llm.open { url = bench.running:at("ms=" .. opt.latency_ms), model = "bench",
    cache = bench.cache, concurrency = concurrency })
  local since = system.now()
  assert(client:ask(list, { on_result = on_result }))
  local seconds = system.now() - since
  client:close()
  return seconds, client.account
end

local function measure (bench)
  local alone = ask(bench, requests(opt.alone, "alone "), 1) / opt.alone
  local list = requests(opt.prompts, "")
  local memory, at, done, warm = {}, { 0.25, 0.5, 0.75, 1 }, 0, nil
  local seconds, account = ask(bench, list, opt.concurrency, function ()
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
  local counts = bench.running:counts()
  print(("server: %d requests, %d answers, at most %d at once"):format(counts.requests, counts.answers, counts.most))
  local again = ask(bench, list, opt.concurrency)
  print(("the same from the cache: %.0f ms, %d requests"):format(again * 1e3,
    bench.running:counts().requests - counts.requests))
end

given.run(function ()
  local bench = { running = assert(server.start()), cache = os.tmpname() }
  os.remove(bench.cache)
  local done, message = pcall(measure, bench)
  bench.running:stop()                 -- whatever happened: Lua's end waits for the pipe to it
  os.remove(bench.cache)
  if not done then error(message, 0) end
end)
