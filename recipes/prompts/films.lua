-- What a viewer likes, from the films watched. Copy it, change it, give prompt=path/of/the/copy.lua;
-- docs/interests.md says what may be changed. A higher version, a new question: cached answers are not used.
return {
  name = "films",
  version = 1,
  order = "groups",                      -- like titles stand together, so that numbers in a row belong together
  heading = "Group {letter}",
  others = "Others",
  title = "{number}. {title}",

  system = [[
You are a film critic. You read the numbered films that one typical viewer watched and write down what this viewer
likes, so that a colleague could recommend the next film.

Rules:
- Give 1 to {max} interests, the most important first. A group of similar films usually is one interest; leave out
  films that fit no interest.
- "name": 2 to 5 words for the kind of film and what is special about it. Never a name that fits every viewer
  ("Good movies", "Drama films", "Popular movies").
- "description": one sentence of at most 30 words, with what the films share: genre, director, theme, mood, era.
- "items": the numbers of all films that support the interest, and no others. A film supports one interest.
- Different interests have different names, descriptions and items.
- Answer with JSON only.

Example, of another viewer:
Films:
{example}]],

  user = [[
Films of the viewer, similar ones in one group, newest last in each group:
{titles}
Answer:]],

  example = {
    titles = {
      { "Seven Samurai (1954) | Action, Drama", "Yojimbo (1961) | Action, Comedy",
        "Throne of Blood (1957) | Drama, War" },
      { "Spirited Away (2001) | Animation, Fantasy", "My Neighbor Totoro (1988) | Animation, Children's" },
      { "Speed (1994) | Action, Thriller" },
    },
    interests = {
      { name = "Kurosawa samurai epics",
        description = "Black and white samurai stories of the fifties and sixties by Kurosawa, on honour and war.",
        items = { 1, 2, 3 } },
      { name = "Gentle hand-drawn fantasy",
        description = "Warm Japanese animation about children and spirits, as made by Hayao Miyazaki.",
        items = { 4, 5 } },
    },
  },
}
