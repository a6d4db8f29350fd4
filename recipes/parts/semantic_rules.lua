-- Options of what users like, in words: texts, clusters, who is asked and how. Taken by recipes/interests.lua
-- and by every recipe that trains with interests; recipes/parts/semantics.lua builds from them.
return {
  encoder    = { one_of = { "lsa", "http", "file" }, default = "lsa", help = "of texts" },
  encoder_url = { "string", default = "", help = "of an OpenAI-compatible embeddings endpoint" },
  encoder_model = { "string", default = "", help = "its model" },
  vectors    = { "string", default = "", help = "encoder=file: .npy or .safetensors with a row for each item" },
  text_dim   = { "integer", min = 1, max = 4096, default = 256, help = "width of lsa vectors" },
  centre     = { "boolean", default = false, help = "user vectors minus their mean" },
  recency    = { "number", min = 0, below = 1, default = 0,
                 help = "in user vectors a title one step older weighs 1 - recency times" },
  category   = { "boolean", default = true, help = "texts of items with their category" },

  preference = { "number", default = -10, help = "of affinity propagation: lower, fewer clusters" },
  damping    = { "number", min = 0.5, below = 1, default = 0.9 },
  form       = { "string", default = "auto", help = "of affinity propagation: auto, dense, sparse, landmark, ..." },
  clusters   = { "integer", min = 0, default = 0, help = "how many are wanted; 0: as the preference gives" },
  exemplars  = { one_of = { "affinity", "kmedoids", "random" }, default = "affinity" },

  llm        = { "string", default = "offline", help = "offline, a URL, or openai, dashscope, ollama, llamacpp" },
  model      = { "string", default = "", help = "of the LLM" },
  prompt     = { "string", default = "goods", help = "goods, films, or the path of a template" },
  interests_per_user = { "integer", min = 1, max = 16, default = 4, help = "at most, of a cluster" },
  typical    = { "integer", min = 1, max = 50, default = 1, help = "users of a cluster whose titles are shown" },
  max_titles = { "integer", min = 1, max = 1000, default = 50, help = "shown of a cluster" },
  support    = { "number", min = 0, max = 1, default = 0.5,
                 help = "vectors of interests from words (0) to supporting titles (1)" },
  shuffle    = { one_of = { "none", "titles", "clusters" }, default = "none", help = "controls" },

  budget_requests = { "integer", min = 0, default = 0, help = "of the LLM, at most; 0: no limit" },
  budget_tokens = { "integer", min = 0, default = 0, help = "of the LLM, at most; 0: no limit" },
  on_budget  = { one_of = { "stop", "fallback" }, default = "stop", help = "fallback: the offline rule for the rest" },
  concurrency = { "integer", min = 1, max = 256, default = 4, help = "requests at once" },
  timeout    = { "number", above = 0, default = 300, help = "seconds of one request" },
  price_in   = { "number", min = 0, default = 0, help = "of a million prompt tokens" },
  price_out  = { "number", min = 0, default = 0, help = "of a million tokens answered" },
  dry_run    = { "boolean", default = false, help = "print what would be asked, ask nothing" },
  cache      = { "string", default = "runs/cache", help = "folder of answers, vectors, clusters" },
}
