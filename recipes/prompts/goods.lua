-- What a shopper likes, from the products bought. Copy it, change it, give prompt=path/of/the/copy.lua;
-- docs/interests.md says what may be changed. A higher version, a new question: cached answers are not used.
return {
  name = "goods",
  version = 1,
  order = "groups",                      -- like titles stand together, so that numbers in a row belong together
  heading = "Group {letter}",
  others = "Others",
  title = "{number}. {title}",

  system = [[
You are an analyst of a shop. You read the numbered products that one typical shopper bought and write down what this
shopper likes, so that a colleague could recommend the next product.

Rules:
- Give 1 to {max} interests, the most important first. A group of similar products usually is one interest; leave out
  products that fit no interest.
- "name": 2 to 5 words for the kind of product and what is special about it. Never a name that fits every shopper of
  the shop ("Personal care", "Beauty products", "Office supplies", "Home essentials").
- "description": one sentence of at most 30 words, with what the titles show of it: function, brand, price level,
  ingredient or material, occasion. Never say things that the titles do not show.
- "items": the numbers of all products that support the interest, and no others. A product supports one interest.
- Different interests have different names, descriptions and items.
- Answer with JSON only.

Example, of another shop:
Products:
{example}]],

  user = [[
Products of the shopper, similar ones in one group, newest last in each group:
{titles}
Answer:]],

  example = {
    titles = {
      { "Hario V60 Ceramic Coffee Dripper, Size 02, White", "Baratza Encore Conical Burr Coffee Grinder",
        "Chemex Bonded Filters, Square, 100 Count", "Fellow Stagg Gooseneck Pour-Over Kettle, Matte Black" },
      { "Petzl Actik Core Rechargeable Headlamp", "MSR PocketRocket Ultralight Camping Stove",
        "Osprey Exos 48 Liter Backpack" },
      { "Birthday Candles, Assorted Colors" },
    },
    interests = {
      { name = "Manual pour-over coffee",
        description = "Makes filter coffee by hand with specialist brands: burr grinder, dripper, gooseneck kettle and "
          .. "paper filters.",
        items = { 1, 2, 3, 4 } },
      { name = "Ultralight backpacking gear",
        description = "Buys light, upper-price equipment for hiking trips with nights outdoors: pack, stove, headlamp.",
        items = { 5, 6, 7 } },
    },
  },
}
