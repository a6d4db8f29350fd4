-- Tasks of the out-of-memory sweep: transfers started, failed, dropped; the generated catalogue. See tools/oom_host.c.
local generated = require "eimf.data.generated"
local http = require "eimf.http"

local NOWHERE = "http://127.0.0.1:1/"
local path = os.tmpname()

local function finish (transfer)
  local state, message, code
  repeat state, message, code = transfer:step(50) until not state or state.done
  return state, message, code
end

return {
  refused = function ()
    local state, _, code = finish(assert(http.start { url = NOWHERE, headers = { "X-A: b" }, body = "text" }))
    assert(not state and code == "COULDNT_CONNECT")
  end,

  to_a_file = function ()
    local transfer = assert(http.start { url = NOWHERE, file = path, resume = true })
    assert(not finish(transfer))
    transfer:close()
    os.remove(path)
  end,

  dropped = function ()
    local client = http.client()
    assert(client:start { url = NOWHERE })
    assert(client:start { url = NOWHERE })
  end,

  no_file = function () assert(not http.start { url = NOWHERE, file = "/none/x" }) end,

  wrong_call = function ()
    local ok, message = pcall(http.start, { url = NOWHERE, wrong = 1 })
    if message:find("not enough memory", 1, true) then error(message, 0) end
    assert(not ok and message:find("wrong", 1, true), message)
  end,

  catalogue = function ()
    local set = generated.open { users = 20, items = 40, interests = 4 }
    assert(set.titles[1] and set.n_users == 20)
  end,
}
