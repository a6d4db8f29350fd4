--- The published data sets that are known by name, and where their files are.
-- One table. A size or checksum stands here only where it is published or was
-- found the same in several independent places; where it is nil, what comes
-- over the net is checked against the server's own length alone, and the code
-- says "checksum unknown, not verified".
--
-- Fields of a data set: title; terms; open = the file that `data.open` reads;
-- files = { { name, url, size (bytes), md5, sha256 }, ... }; folders = names of
-- the folder it may lie in; by_hand = why it cannot be fetched.
-- @module eimf.data.published

local AMAZON = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles/"
local AMAZON_TERMS = "offered for research, citation asked (McAuley et al., SIGIR 2015; He and McAuley, WWW 2016)"

local function amazon (folder, category, title)
  local reviews, meta = "reviews_" .. category .. "_5.json.gz", "meta_" .. category .. ".json.gz"
  return {
    title = "Amazon product data 2014, " .. title .. ", 5-core", terms = AMAZON_TERMS,
    folders = { folder }, open = reviews,
    files = { { name = reviews, url = AMAZON .. reviews }, { name = meta, url = AMAZON .. meta } },
  }
end

local published = {
  beauty = amazon("beauty", "Beauty", "Beauty"),
  office = amazon("office", "Office_Products", "Office Products"),
  grocery = amazon("grocery", "Grocery_and_Gourmet_Food", "Grocery and Gourmet Food"),

  ["ml-1m"] = {
    title = "MovieLens 1M",
    terms = "research use only, no redistribution, acknowledgement required (GroupLens, University of Minnesota)",
    folders = { "ml-1m", "ml1m" }, open = "ml-1m.zip",
    files = { {
      name = "ml-1m.zip", url = "https://files.grouplens.org/datasets/movielens/ml-1m.zip",
      md5 = "c4d9eecfca2ab87c1945afe126590906",
      sha256 = "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    } },
  },

  ["online-retail"] = {
    title = "UCI Online Retail", terms = "CC BY 4.0 (D. Chen, 2015, doi 10.24432/C5BW33)",
    folders = { "online-retail", "online_retail" },
    by_hand = "it is published as a spreadsheet: save that as CSV and open it with columns = {...}",
  },
}

published.ml1m = published["ml-1m"]
published.online_retail = published["online-retail"]

return published
