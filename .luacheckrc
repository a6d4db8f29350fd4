std = "lua54"
max_line_length = 120
include_files = { "**/*.lua", "*.rockspec" }
exclude_files = { "build*", "rockspec" }

-- The library stays in what 5.1 to 5.4 share.
files["lua"] = {
  std = "min",
  read_globals = {
    "unpack", "jit",
    table = { fields = { "unpack" } },
    package = { other_fields = true },
    string = { other_fields = true },
    math = { other_fields = true },
  },
}
files["spec"] = { std = "lua54+busted" }
files["*.rockspec"] = { std = "rockspec" }
files["config.ld"] = { std = "ldoc" }
