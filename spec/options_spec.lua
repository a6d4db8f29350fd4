local options = require "eimf.options"

describe("eimf.options", function ()
  local defaults = {
    data = "beauty", dim = 64, lr = 1e-3, dropout = 0, resume = false, backbone = "comirec_sa", batch = 256,
  }
  local spec = {
    dim = { "integer", min = 1, max = 4096, help = "width of vectors" },
    batch = { "integer", min = 1 },
    lr = { "number", above = 0 },
    dropout = { "number", min = 0, below = 1 },
    backbone = { one_of = { "popular", "dnn", "comirec_sa" } },
    out = { "string" },
  }

  describe("parse()", function ()
    local function parsed (...) return assert(options.parse({ ... }, defaults, spec)) end

    local function refused (...)
      local opt, message, code = options.parse({ ... }, defaults, spec)
      assert.is_nil(opt)
      assert.are.equal("BAD_OPTION", code)
      return message
    end

    it("fills in defaults", function ()
      assert.are.same(defaults, parsed())
    end)

    it("takes name=value of every type", function ()
      local opt = parsed("data=a=b", "dim=32", "lr=3e-4", "dropout=0.5", "resume=true", "backbone=dnn", "out=runs/x")
      assert.are.same({ data = "a=b", dim = 32, lr = 3e-4, dropout = 0.5, resume = true, backbone = "dnn", batch = 256,
        out = "runs/x" }, opt)
      assert.are.equal("32", tostring(opt.dim))
      assert.are.equal("1000", tostring(parsed("dim=1e3").dim))
      assert.is_false(parsed("resume=no").resume)
    end)

    it("does not change the defaults", function ()
      parsed("dim=32").dim = 7
      assert.are.equal(64, defaults.dim)
    end)

    it("suggests the nearest name for one that is unknown", function ()
      assert.are.equal("unknown option 'bacth'; did you mean 'batch'?", refused("bacth=1"))
      assert.are.equal("unknown option '--dim'; did you mean 'dim'?", refused("--dim=1"))
      assert.are.equal("unknown option 'temperature'", refused("temperature=1"))
      assert.are.equal("unknown option 'x'", refused("x=1"))
    end)

    it("refuses values out of range or of another type", function ()
      assert.are.equal("option 'batch': 0 is not a whole number of at least 1", refused("batch=0"))
      assert.are.equal("option 'dim': -1 is not a whole number from 1 to 4096", refused("dim=-1"))
      assert.are.equal("option 'dim': 4097 is not a whole number from 1 to 4096", refused("dim=4097"))
      assert.are.equal("option 'dim': 1.5 is not a whole number from 1 to 4096", refused("dim=1.5"))
      assert.are.equal("option 'lr': 0 is not a number above 0", refused("lr=0"))
      assert.are.equal("option 'dropout': 1 is not a number of at least 0 and below 1", refused("dropout=1"))
      assert.are.equal("option 'resume': maybe is not true or false", refused("resume=maybe"))
      assert.are.equal("option 'backbone': sasrec is not one of popular, dnn, comirec_sa", refused("backbone=sasrec"))
      for _, text in ipairs { "nan", "inf", "1e999", "0x10", " 5", "5 ", "1e", ".", "-", "1,5" } do
        assert.are.equal("option 'lr': " .. text .. " is not a number above 0", refused("lr=" .. text))
      end
    end)

    it("refuses what is given twice, has no value or is no option", function ()
      assert.are.equal("option 'dim' is given twice", refused("dim=1", "dim=1"))
      assert.are.equal("option 'resume' is given twice", refused("resume=false", "resume=true"))
      assert.are.equal("option 'data' has no value; expected text", refused("data="))
      assert.are.equal("'resume' is not name=value", refused("resume"))
      assert.are.equal("'=1' is not name=value", refused("=1"))
      assert.are.equal("'a?b' is not name=value", refused("a\nb"))
    end)

    it("asks for required options", function ()
      local opt, message, code = options.parse({}, {}, { path = { "string", required = true } })
      assert.is_nil(opt)
      assert.are.equal("option 'path' is missing; expected text", message)
      assert.are.equal("BAD_OPTION", code)
    end)

    it("lists the options for help", function ()
      for _, word in ipairs { "help", "--help", "-h" } do
        local opt, listing, code = options.parse({ "dim=8", word }, defaults, { dim = { "integer" } })
        assert.is_nil(opt)
        assert.are.equal("HELP", code)
        assert.is_truthy(listing:find("dim=64", 1, true))
      end
    end)

    it("raises for a default that breaks its rule", function ()
      assert.error_matches(function () options.parse({}, { dim = 0 }, spec) end,
        "default of option 'dim': 0 is not a whole number from 1 to 4096")
    end)
  end)

  describe("check()", function ()
    local rules = {
      n_items = { "integer", min = 1, required = true },
      dim = { "integer", min = 1, default = 64 },
      bias = true,
      negatives = { "table|function" },
      form = { one_of = { "standard", "paper" }, default = "standard" },
    }

    local function model (opts) return options.check("eimf.models.dnn", opts, rules) end

    local function refused (opts)
      local done, message = pcall(model, opts)
      assert.is_false(done)
      return (message:gsub("^[^:]+:%d+: ", ""))
    end

    it("gives a new table with the defaults", function ()
      local given = { n_items = 10, bias = false }
      assert.are.same({ n_items = 10, dim = 64, bias = false, form = "standard" }, model(given))
      assert.are.same({ n_items = 10, bias = false }, given)
      assert.are.equal(print, model({ n_items = 1, negatives = print }).negatives)
    end)

    it("raises for unknown names, wrong types and ranges, and what is missing", function ()
      assert.are.equal("eimf.models.dnn: unknown option 'n_item'; did you mean 'n_items'?", refused { n_item = 1 })
      assert.are.equal("eimf.models.dnn: unknown option '1'", refused { 5 })
      local missing = "eimf.models.dnn: option 'n_items' is missing; expected a whole number of at least 1"
      assert.are.equal(missing, refused {})
      assert.are.equal(missing, refused())
      assert.are.equal("eimf.models.dnn: option 'dim': 0 is not a whole number of at least 1",
        refused { n_items = 1, dim = 0 })
      assert.are.equal("eimf.models.dnn: option 'dim': '64' is not a whole number of at least 1",
        refused { n_items = 1, dim = "64" })
      assert.are.equal("eimf.models.dnn: option 'bias': 1 is not true or false", refused { n_items = 1, bias = 1 })
      assert.are.equal("eimf.models.dnn: option 'negatives': 'x' is not a table or function",
        refused { n_items = 1, negatives = "x" })
      assert.are.equal("eimf.models.dnn: option 'form': a table is not one of standard, paper",
        refused { n_items = 1, form = {} })
      assert.are.equal("eimf.models.dnn: a table of options expected, got a number", refused(5))
    end)

    it("refuses numbers that are not finite", function ()
      for _, value in ipairs { 0 / 0, math.huge, -math.huge } do
        assert.is_false(pcall(options.check, "x", { lr = value }, { lr = 0.1 }))
      end
    end)

    it("blames the caller of the constructor", function ()
      local function build () model { n_items = 0 } end
      local chunk = assert(load("local model = ...\nmodel { n_items = 0 }", "=caller"))
      local function constructor (opts)
        local opt = options.check("c", opts, rules)
        return opt
      end
      local _, message = pcall(chunk, constructor)
      assert.are.equal("caller:2: c: option 'n_items': 0 is not a whole number of at least 1", message)
      assert.is_false(pcall(build))
    end)
  end)

  describe("describe()", function ()
    it("lists names, defaults, what is allowed and help, sorted", function ()
      local text = options.describe({ dim = 64, name = "x", list = { 1 } },
        { dim = { "integer", min = 1, help = "width" }, out = { "string" } })
      assert.are.equal(table.concat({
        "  dim=64    a whole number of at least 1; width",
        "  list=...  a table",
        "  name=x    text",
        "  out=      text",
      }, "\n"), text)
    end)
  end)
end)
