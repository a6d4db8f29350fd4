-- What README shows is what happens.
local child = require "spec.child"
local files = require "eimf.files"

describe("README.md", function ()
  local text = assert(files.read("README.md"))

  it("has an example that runs, with its output", function ()
    local code, shown = text:match("\n## A small program\n.-```lua\n(.-)```\n\n```\n(.-)```\n")
    local status, printed, said = child.lua(code)
    assert.are.equal(0, status, said)
    local numbers = {}
    for x in printed:gmatch(" (0%.%d+)") do numbers[#numbers + 1] = tonumber(x) end
    assert.are.equal((shown:gsub(" 0%.%d+", " x")), (printed:gsub(" 0%.%d+", " x")))
    local i = 0
    for x in shown:gmatch(" (0%.%d+)") do                    -- other processors round differently
      i = i + 1
      assert.is_true(math.abs(numbers[i] - tonumber(x)) <= 0.05, printed)
    end
    assert.is_true(i > 0)
  end)

  it("names files and pages that are there", function ()
    for path in text:gmatch("[%w_%.]*/?[%w_]+/[%w_]+%.%a+") do
      if path:match("^docs/") or path:match("^recipes/") or path:match("^examples/") or path:match("^spec/") then
        assert.is_true(files.exists(path), path)
      end
    end
    for _, name in ipairs { "beauty", "office", "grocery", "ml1m", "online_retail" } do
      assert.is_true(files.exists("recipes/" .. name .. ".lua"), name)
    end
  end)

  it("asks for the packages that ./run installs", function ()
    local listed, needed = text:match("\napt install ([^\n]+)"), files.read("run"):match('NEEDED="\n(.-)\n"')
    local packages = {}
    for name in needed:gmatch("([^|\n]+)|[^\n]*") do packages[#packages + 1] = name end
    assert.are.equal(table.concat(packages, " "), listed)
    assert.are.equal(listed, files.read("docs/troubleshooting.md"):match("\napt install ([^\n]+)"))
  end)
end)
