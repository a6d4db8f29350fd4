local data = require "eimf.data"
local made = require "spec.data.made"
local scratch = require "spec.scratch"

describe("eimf.data", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local ROWS = made.tsv { { "u", "a", 0 }, { "u", "b", 1 }, { "u", "c", 2 } }

  it("detects forms by name, and takes an option over it", function ()
    scratch.put(folder .. "/interactions.tsv", ROWS)
    local wanted = assert(data.open(folder, { core = 0 })):fingerprint()
    assert.are.equal(wanted, assert(data.open(folder .. "/interactions.tsv", { core = 0 })):fingerprint())
    local columns = { user = "user", item = "item", time = "timestamp" }
    local set = assert(data.open(folder .. "/interactions.tsv", { core = 0, columns = columns }))
    assert.are.equal(wanted, set:fingerprint())
    local path = scratch.put(folder .. "/plain", "user,item\nu,a\nu,b\nu,c\n")
    assert.are.equal(wanted, assert(data.open(path, { core = 0, form = "csv" })):fingerprint())
    local none, message, code = data.open(path)
    assert.is_nil(none)
    assert.are.equal(1, (message:find(path .. ": the form of this file is not known", 1, true)))
    assert.are.equal("BAD_FORMAT", code)
  end)

  it("says that neither a path nor a known name was given", function ()
    local set, message, code = data.open(folder .. "/none")
    assert.is_nil(set)
    assert.is_truthy(message:find(folder .. "/none", 1, true))
    assert.is_nil(message:find("\n", 1, true))
    assert.are.equal("ENOENT", code)
  end)

  it("finds a name below the root, and calls the set so", function ()
    os.execute("mkdir " .. folder .. "/office")
    scratch.put(folder .. "/office/interactions.tsv", ROWS)
    local env = os.getenv("EIMF_DATA")
    if env and env ~= "" then return pending("EIMF_DATA is set: it comes first") end
    local set = assert(data.open("office", { core = 0, root = folder }))
    assert.are.equal("office, unfiltered, " .. folder .. "/office", set.provenance)
  end)

  it("opens the generated catalogue, and in place of what cannot be had, aloud", function ()
    local set = assert(data.open("generated", { preset = "tiny", seed = 2, core = 5 }))
    assert.is_true(set.generated)
    local same = assert(data.open("generated", { generated = { preset = "tiny", seed = 2 } }))
    assert.are.equal(set:fingerprint(), same:fingerprint())
    if os.getenv("EIMF_DATA") then return end
    local said
    set = assert(data.open("grocery", { root = folder, download = false, generated = { preset = "tiny" },
                                        notice = function (line) said = line end }))
    assert.is_true(set.generated)
    assert.are.equal("grocery", set.in_place_of)
    assert.are.equal(said, set.notice)
  end)

  it("raises for a wrong call", function ()
    scratch.put(folder .. "/interactions.tsv", ROWS)
    for wanted, opts in pairs {
      ["unknown option 'kore'"] = { kore = 5 }, ["unknown form 'xml'"] = { form = "xml" },
      ["option 'columns' is for CSV, not for tsv"] = { form = "tsv", columns = {} },
      ["core must be a whole number >= 0, got -1"] = { core = -1 }, ["on_bad_line must be"] = { on_bad_line = "x" },
    } do
      local ok, message = pcall(data.open, folder, opts)
      assert.is_false(ok)
      assert.is_truthy(message:find(wanted, 1, true), message)
    end
    assert.has_error(function () data.open() end)
    assert.has_error(function () data.open("") end)
  end)

  it("reads real Beauty and ML-1M, fast and small", function ()
    local root = os.getenv("EIMF_DATA")
    if not root or root == "" then return pending("EIMF_DATA is not set: no real data here") end
    local set = assert(data.open(root .. "/beauty"))
    assert.are.same({ 22363, 12101, 198502 }, { set.n_users, set.n_items, set.n_interactions })
    local start = os.clock()
    set = assert(data.open(root .. "/ml-1m"))
    local split = assert(set:split())
    assert.is_true(os.clock() - start < 5)
    assert.are.same({ 6040, 3416, 999602 }, { set.n_users, set.n_items, set.n_interactions })
    assert.are.same({ 6031, 6040 }, { split.valid.users:size(), split.test.users:size() })
  end)

  it("keeps to the well-known core of Online Retail", function ()
    local root = os.getenv("EIMF_DATA")
    if not root or root == "" then return pending("EIMF_DATA is not set: no real data here") end
    local set = assert(data.open(root .. "/online-retail"))
    assert.are.same({ 4109, 3184, 386217 }, { set.n_users, set.n_items, set.n_interactions })
  end)
end)
