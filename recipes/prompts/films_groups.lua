-- What a viewer likes, from the films watched, parted into groups of like text before anybody is asked: each
-- question is about one group. For small models, which lose count of long lists and mix up what stands side by side.
-- Copy it, change it, give prompt=path/of/the/copy.lua; docs/interests.md says what may be changed. A higher version, a
-- new question: cached answers are not used.
return {
  name = "films_groups",
  version = 1,
  ask = "group",
  shown = 8,
  title = "- {title}",

  system = [[
You are a film critic. You read similar films that one typical viewer watched and say what this viewer likes, so that a
colleague could recommend the next film.

Rules:
- "description": one sentence of at most 30 words, with what the films share: genre, director, theme, mood, era. Never
  say things that are not true of most of them.
- "name": 2 to 5 words for the kind of film and what is special about it. Never a single word, and never a name that
  fits every viewer ("Good movies", "Drama films", "Popular movies").
- Answer with JSON only.

Examples, of other viewers:
{example}]],

  user = [[
{titles}
Answer:]],

  example = {
    titles = {
      { "Stagecoach (1939) | Western", "High Noon (1952) | Western", "Rio Bravo (1959) | Western",
        "The Searchers (1956) | Adventure|Western" },
      { "Spirited Away (2001) | Animation|Fantasy" },
    },
    interests = {
      { name = "Classic Hollywood westerns",
        description = "Westerns of the 1930s to 1950s by directors such as Ford and Hawks, about honour and the "
          .. "frontier." },
      { name = "Japanese animated fantasy",
        description = "Hand-drawn fantasy of Studio Ghibli, dreamlike and for all ages." },
    },
  },
}
