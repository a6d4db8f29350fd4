--- A language model behind any OpenAI-compatible chat endpoint, asked many questions whose answers are JSON: from
-- a cache where they were paid for before, several at once where not, checked, asked again with the error where an
-- answer cannot be used, and left to a fallback where that does not help either.
--
-- The key comes from the environment: `EIMF_LLM_KEY`, else the preset's own variable.
-- Neighbours: eimf.endpoint.
-- @module eimf.llm
-- @usage
-- local client = assert(llm.open { url = "http://127.0.0.1:8091", model = "qwen", cache = "answers.jsonl" })
-- local results = assert(client:ask({ { user = "Name a colour as JSON" } }))
-- print(results[1].source, client.account)

local account = require "eimf.llm.account"
local answer = require "eimf.llm.answer"
local asking = require "eimf.llm.asking"
local cache = require "eimf.llm.cache"
local chat = require "eimf.llm.chat"
local endpoint = require "eimf.endpoint"
local options = require "eimf.options"

local llm = { json = answer.json }

local Client = {}
Client.__index = Client

local KEY = "EIMF_LLM_KEY"

--- Known servers: url, key_env, and the model where the server has an obvious one.
llm.presets = {
  openai = { url = "https://api.openai.com/v1", key_env = "OPENAI_API_KEY", model = "gpt-4o-mini" },
  dashscope = { url = "https://dashscope.aliyuncs.com/compatible-mode/v1", key_env = "DASHSCOPE_API_KEY",
                model = "qwen-turbo" },                    -- the paper's
  ollama = { url = "http://127.0.0.1:11434/v1" },
  llamacpp = { url = "http://127.0.0.1:8080/v1" },
}

local OPTIONS = {
  url = { "string" }, preset = { one_of = { "openai", "dashscope", "ollama", "llamacpp" } }, model = { "string" },
  cache = { "string" }, key_env = { "string" }, concurrency = { "integer", min = 1, max = 256, default = 4 },
  timeout = { "number", above = 0, default = 120 }, connect_timeout = { "number", above = 0, default = 10 },
  max_retries = { "integer", min = 0, max = 100, default = 6 }, backoff = { "number", above = 0, default = 1 },
  max_bytes = { "integer", min = 1, default = 8388608 }, seed = { "integer", min = 0 }, ca_file = { "string" },
  budget_requests = { "integer", min = 0 }, budget_tokens = { "integer", min = 0 },
  on_budget = { one_of = { "stop", "fallback" }, default = "stop" },
  max_tokens = { "integer", min = 1, default = 512 }, temperature = { "number", min = 0, default = 0 },
  json_schema = { "string|boolean", default = "auto" }, extra = { "table" },
  repairs = { "integer", min = 0, max = 5, default = 1 },
  price_in = { "number", min = 0 }, price_out = { "number", min = 0 }, notice = { "function" },
  interrupted = { "function" },
}
local ASK_OPTIONS = { check = { "function" }, salvage = { "function" }, fallback = { "function" },
                      on_result = { "function" }, on_budget = { one_of = { "stop", "fallback" } } }
-- Those that the endpoint takes as they are.
local PASSED = { "concurrency", "timeout", "connect_timeout", "max_retries", "backoff", "max_bytes", "seed", "ca_file",
                 "notice", "interrupted" }

local function key_of (opt, preset)
  local names = { opt.key_env or KEY, preset.key_env }
  for i = 1, 2 do
    local key = names[i] and os.getenv(names[i])
    if key and key ~= "" then return key end
  end
  return nil, table.concat(names, " or ")
end

local function open_endpoint (opt, url, key)
  local given = { url = endpoint.join(url, "chat/completions"), key = key, max_requests = opt.budget_requests }
  for _, name in ipairs(PASSED) do given[name] = opt[name] end
  return endpoint.open(given)
end

local function bad_option (words) error("eimf.llm: " .. words, 3) end

--- Opens a client; nothing is asked and no file is made yet.
-- @tparam table opt `url` or `preset` ("openai", "dashscope", "ollama", "llamacpp"); `model`; `cache` (path);
-- `concurrency` (4); `timeout`, `connect_timeout` (120 and 10 s); `max_retries` (6), `backoff` (1 s), `max_bytes`
-- (8 MiB); `budget_requests` (sent in all, retries included), `budget_tokens`, `on_budget` ("stop" or "fallback");
-- `max_tokens` (512), `temperature` (0), `json_schema` ("auto": used where a request has a schema, left out when the
-- server refuses it; true; false), `extra` (more fields of the body), `repairs` (1); `price_in`, `price_out` (for a
-- million tokens); `key_env` (variable of the key instead of EIMF_LLM_KEY); `ca_file`, `seed`, `notice`, `interrupted`
-- as `eimf.endpoint` has them
-- @treturn client with `account`, `model`, `cache`
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "BAD_URL", "BAD_KEY", "NO_HTTP", or the cache's
function llm.open (opt)
  opt = options.check("eimf.llm", opt, OPTIONS)
  local preset = llm.presets[opt.preset] or {}
  local url, model = opt.url or preset.url, opt.model or preset.model
  if not url then bad_option("option 'url' or 'preset' is missing") end
  if not model then bad_option("option 'model' is missing") end
  if type(opt.json_schema) == "string" and opt.json_schema ~= "auto" then
    bad_option("option 'json_schema' must be \"auto\", true or false")
  end
  local key, wanted = key_of(opt, preset)
  local ep, message, code = open_endpoint(opt, url, key)
  if not ep then return nil, message, code end
  local answers
  answers, message, code = cache.open(opt.cache)
  if not answers then return nil, message, code end
  return setmetatable({ options = opt, model = model, endpoint = ep, cache = answers,
    missing_key = not key and preset.key_env and wanted or nil, schema = opt.json_schema ~= false,
    account = account.new(model, opt.price_in, opt.price_out) }, Client)
end

--- Can it ask? Called before the first request of a call; makes the cache.
-- @treturn boolean true
-- @treturn[2] nil
-- @treturn[2] string message
-- @treturn[2] string code "NO_KEY", or the cache's
function Client:ready ()
  if self.missing_key then
    return nil, ("%s: a key is needed and none is set: %s"):format(self.endpoint.url, self.missing_key), "NO_KEY"
  end
  return self.cache:prepare()
end

local function check_requests (requests)
  if type(requests) ~= "table" then error("eimf.llm: a list of requests expected, got a " .. type(requests), 3) end
  for i, request in ipairs(requests) do
    if type(request) ~= "table" or type(request.user) ~= "string" then
      error(("eimf.llm: request %d has no text 'user'"):format(i), 3)
    end
  end
end

--- Asks. What was asked before comes from the cache; equal requests are asked once.
-- @tparam {table,...} requests each `user`, and optionally `system`, `template` (its name and version, part of the
-- cache's key), `schema` (a JSON schema without empty tables)
-- @tparam[opt] table opt `check` (function (text, request, value) -> what the answer is worth; or nil, reason; text is
-- the answer freed from fences and prose, value its JSON or nil), `salvage` (the same for a last answer that `check`
-- refused: what it is still good for, or nil), `fallback` (function (request, reason) -> value),
-- `on_result` (function (i, result), as they come), `on_budget`
-- @treturn {table,...} results: value, source ("llm:<model>" or "offline rule"), cached, repairs, salvaged, reason (why
-- the fallback, or why in part)
-- @treturn account
-- @treturn[2] nil what was paid for is in the cache
-- @treturn[2] string message
-- @treturn[2] string code "BUDGET", "NO_KEY", "ENOSPC", or one of `endpoint:run`
function Client:ask (requests, opt)
  check_requests(requests)
  return asking.new(self, requests, options.check("eimf.llm.ask", opt, ASK_OPTIONS)):run()
end

local function dry_text (found)
  local lines = {}
  for i, messages in ipairs(found.prompts) do
    lines[#lines + 1] = ("--- prompt %d of %d ---"):format(i, found.n)
    for _, m in ipairs(messages) do lines[#lines + 1] = m.role .. ": " .. m.content end
  end
  lines[#lines + 1] = found.summary
  return table.concat(lines, "\n")
end

--- What asking would send: nothing is sent.
-- @tparam {table,...} requests
-- @treturn table n, cached (have their answer), to_ask, prompt_tokens (estimate, of those to ask), completion_tokens
-- (at most), cost (at most; nil without prices), summary (one line), text (all prompts, then the line)
function Client:dry_run (requests)
  check_requests(requests)
  local found = { n = #requests, cached = 0, to_ask = 0, prompt_tokens = 0, prompts = {} }
  local seen = {}
  for i, request in ipairs(requests) do
    local messages = chat.messages(request)
    local key = chat.key(self, request, messages)
    found.prompts[i] = messages
    if self.cache:get(key) then
      found.cached = found.cached + 1
    elseif not seen[key] then
      seen[key], found.to_ask = true, found.to_ask + 1
      found.prompt_tokens = found.prompt_tokens + chat.estimate(messages)
    end
  end
  found.completion_tokens = found.to_ask * self.options.max_tokens
  found.cost = self.account:price(found.prompt_tokens, found.completion_tokens)
  found.summary = ("%d prompts, %d answered in the cache, %d to ask %s: about %d tokens, answers of at most %d%s")
    :format(found.n, found.cached, found.to_ask, self.model, found.prompt_tokens, found.completion_tokens,
      found.cost and (", cost at most %.4f"):format(found.cost) or "")
  found.text = dry_text(found)
  found.prompts = nil
  return found
end

--- Closes connections and the cache. Closing twice does nothing.
function Client:close ()
  self.endpoint:close()
  self.cache:close()
end

return llm
