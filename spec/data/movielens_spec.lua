local data = require "eimf.data"
local made = require "spec.data.made"
local scratch = require "spec.scratch"

local RATINGS = "1::1193::5::978300760\n1::661::3::978302109\n1::73::3::978300760\n2::73::4::978298413\n"
local MOVIES = "73::Mis\233rables, Les (1995)::Drama|Musical\n661::James and the Giant Peach (1996)::Animation\n"
               .. "9::Not rated (1999)::Drama\n"

describe("eimf.data.movielens", function ()
  local folder
  before_each(function () folder = scratch.folder() end)
  after_each(function () scratch.remove(folder) end)

  local function check (set)
    assert.are.same({ ["1"] = { "1193", "73", "661" }, ["2"] = { "73" } }, made.sequences(set))
    assert.are.same({ "73", "1193", "661" }, set.item_ids)
    assert.are.same({ "Misérables, Les (1995)", nil, "James and the Giant Peach (1996)" }, set.titles)
    assert.are.same({ { "Drama", "Musical" }, nil, { "Animation" } }, set.categories)
  end

  it("reads the folder, and one that is named by its ratings", function ()
    scratch.put(folder .. "/ratings.dat", RATINGS)
    scratch.put(folder .. "/movies.dat", MOVIES)
    check(assert(data.open(folder, { core = 0 })))
    check(assert(data.open(folder .. "/ratings.dat", { core = 0 })))
    os.remove(folder .. "/movies.dat")
    assert.are.same({}, assert(data.open(folder, { core = 0 })).titles)
  end)

  it("reads the zip", function ()
    local path = scratch.put(folder .. "/ml-1m.zip", made.zip {
      { "ml-1m/", "", stored = true }, { "ml-1m/movies.dat", MOVIES }, { "ml-1m/ratings.dat", RATINGS } })
    check(assert(data.open(path, { core = 0 })))
  end)

  it("says what the zip lacks, and where a line is bad", function ()
    local path = scratch.put(folder .. "/x.zip", made.zip { { "a", "b" } })
    assert.are.same({ nil, path .. ": holds no ratings.dat", "ENOENT" }, { data.open(path) })
    path = scratch.put(folder .. "/x.zip", made.zip { { "m/ratings.dat", RATINGS .. "1:2:3\n" } })
    assert.are.same({ nil, path .. "/m/ratings.dat:5: user::item::rating::time expected", "BAD_LINE" },
                    { data.open(path) })
    path = scratch.put(folder .. "/x.zip", made.zip { { "m/ratings.dat", RATINGS .. "1::2::3::x\n" } })
    assert.are.same({ nil, path .. "/m/ratings.dat:5: time is no finite number or date: 'x'", "BAD_LINE" },
                    { data.open(path) })
    scratch.put(folder .. "/ratings.dat", RATINGS)
    scratch.put(folder .. "/movies.dat", MOVIES .. "no title\n")
    assert.are.same({ nil, folder .. "/movies.dat:4: item::title::genres expected", "BAD_LINE" },
                    { data.open(folder, { core = 0 }) })
    assert.are.equal(1, assert(data.open(folder, { core = 0, on_bad_line = "skip" })).skipped)
  end)
end)
