-- What a shopper likes, from the products bought, parted into groups of like text before anybody is asked: each
-- question is about one group. For small models, which lose count of long lists and mix up what stands side by side.
-- Copy it, change it, give prompt=path/of/the/copy.lua; docs/interests.md says what may be changed. A higher version, a
-- new question: cached answers are not used.
return {
  name = "goods_groups",
  version = 2,
  ask = "group",
  shown = 6,
  title = "- {title}",

  system = [[
You are an analyst of a shop. You read similar products that one typical shopper bought and say what this shopper likes,
so that a colleague could recommend the next product.

Rules:
- "description": one sentence of at most 30 words, with what the titles share: kind of product, brand, function, price
  level, ingredient or material, occasion. Use words of the titles. Never say things that the titles do not show.
- "name": 2 to 5 words for the kind of product and what is special about it. Never a single word, and never a name that
  fits every shopper of the shop ("Personal care", "Beauty products", "Office supplies", "Home essentials").
- Answer with JSON only.

Examples, of another shop:
{example}]],

  user = [[
{titles}
Answer:]],

  example = {
    titles = {
      { "Hario V60 Ceramic Coffee Dripper, Size 02, White", "Baratza Encore Conical Burr Coffee Grinder",
        "Chemex Bonded Filters, Square, 100 Count", "Fellow Stagg Gooseneck Pour-Over Kettle, Matte Black" },
      { "Petzl Actik Core Rechargeable Headlamp" },
    },
    interests = {
      { name = "Manual pour-over coffee",
        description = "Coffee dripper, burr grinder, bonded filters and gooseneck kettle of specialist brands, for "
          .. "making filter coffee by hand." },
      { name = "Rechargeable Petzl headlamps",
        description = "Light headlamp of Petzl with rechargeable battery, for camping and running at night." },
    },
  },
}
