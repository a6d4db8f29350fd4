rockspec_format = "3.0"
package = "eimf"
version = "scm-1"
source = {
  url = "git+https://github.com/eimf/eimf.git",
}
description = {
  summary = "Multi-interest recommendation: a small differentiable-tensor core in C, models and experiments in Lua",
  detailed = [[
Tensors inside Lua userdata, a tape with pooled memory, fused kernels chosen for the processor at run time,
ComiRec and its kin, exact evaluation over all items, and serving without I/O.]],
  homepage = "https://github.com/eimf/eimf",
  license = "MIT",
}
dependencies = {
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1.0",
  "lua-zlib >= 1.2",
}
external_dependencies = {
  -- Libraries, not headers: LuaRocks does not look for headers in Debian's multiarch folders; CMake does.
  OPENBLAS = { library = "openblas" },
  CURL = { library = "curl" },
}
build = {
  type = "cmake",
  -- The paths of an install pass are computed before LuaRocks has chosen the tree, so it would miss it
  -- when packing; the table below does not.
  install_pass = false,
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    EIMF_TESTS = "OFF",
    LUA_INCDIR = "$(LUA_INCDIR)",
    OPENBLAS_LIBDIR = "$(OPENBLAS_LIBDIR)",
    CURL_LIBDIR = "$(CURL_LIBDIR)",
    BLA_VENDOR = "OpenBLAS",
  },
  install = {
    lib = {
      ["eimf.boot"] = "build.luarocks/lib/eimf/boot.so",
      ["eimf.core"] = "build.luarocks/lib/eimf/core.so",
      ["eimf.http"] = "build.luarocks/lib/eimf/http.so",
      ["eimf.system"] = "build.luarocks/lib/eimf/system.so",
    },
    lua = {                            -- written by: lua5.4 tools/make_rockspec.lua
      ["eimf.checkpoint"] = "lua/eimf/checkpoint.lua",
      ["eimf.data.amazon"] = "lua/eimf/data/amazon.lua",
      ["eimf.data.builder"] = "lua/eimf/data/builder.lua",
      ["eimf.data.csv"] = "lua/eimf/data/csv.lua",
      ["eimf.data.encoding"] = "lua/eimf/data/encoding.lua",
      ["eimf.data.examples"] = "lua/eimf/data/examples.lua",
      ["eimf.data.fetch"] = "lua/eimf/data/fetch.lua",
      ["eimf.data.generated"] = "lua/eimf/data/generated.lua",
      ["eimf.data.grammar"] = "lua/eimf/data/grammar.lua",
      ["eimf.data.init"] = "lua/eimf/data/init.lua",
      ["eimf.data.items"] = "lua/eimf/data/items.lua",
      ["eimf.data.lines"] = "lua/eimf/data/lines.lua",
      ["eimf.data.locate"] = "lua/eimf/data/locate.lua",
      ["eimf.data.movielens"] = "lua/eimf/data/movielens.lua",
      ["eimf.data.published"] = "lua/eimf/data/published.lua",
      ["eimf.data.python_literal"] = "lua/eimf/data/python_literal.lua",
      ["eimf.data.rows"] = "lua/eimf/data/rows.lua",
      ["eimf.data.set"] = "lua/eimf/data/set.lua",
      ["eimf.data.source"] = "lua/eimf/data/source.lua",
      ["eimf.data.split"] = "lua/eimf/data/split.lua",
      ["eimf.data.tsv"] = "lua/eimf/data/tsv.lua",
      ["eimf.data.vocabulary"] = "lua/eimf/data/vocabulary.lua",
      ["eimf.data.zip"] = "lua/eimf/data/zip.lua",
      ["eimf.files"] = "lua/eimf/files.lua",
      ["eimf.info"] = "lua/eimf/info.lua",
      ["eimf.init"] = "lua/eimf/init.lua",
      ["eimf.json"] = "lua/eimf/json.lua",
      ["eimf.models.comirec_sa"] = "lua/eimf/models/comirec_sa.lua",
      ["eimf.models.dnn"] = "lua/eimf/models/dnn.lua",
      ["eimf.models.init"] = "lua/eimf/models/init.lua",
      ["eimf.models.popular"] = "lua/eimf/models/popular.lua",
      ["eimf.nn.embedding"] = "lua/eimf/nn/embedding.lua",
      ["eimf.nn.item_loss"] = "lua/eimf/nn/item_loss.lua",
      ["eimf.nn.linear"] = "lua/eimf/nn/linear.lua",
      ["eimf.npy"] = "lua/eimf/npy.lua",
      ["eimf.ops.elementwise"] = "lua/eimf/ops/elementwise.lua",
      ["eimf.ops.interests"] = "lua/eimf/ops/interests.lua",
      ["eimf.ops.linear"] = "lua/eimf/ops/linear.lua",
      ["eimf.ops.losses"] = "lua/eimf/ops/losses.lua",
      ["eimf.ops.rows"] = "lua/eimf/ops/rows.lua",
      ["eimf.ops.segments"] = "lua/eimf/ops/segments.lua",
      ["eimf.ops.shape"] = "lua/eimf/ops/shape.lua",
      ["eimf.ops.shapes"] = "lua/eimf/ops/shapes.lua",
      ["eimf.ops.table"] = "lua/eimf/ops/table.lua",
      ["eimf.optim"] = "lua/eimf/optim.lua",
      ["eimf.option_rules"] = "lua/eimf/option_rules.lua",
      ["eimf.options"] = "lua/eimf/options.lua",
      ["eimf.param"] = "lua/eimf/param.lua",
      ["eimf.pool"] = "lua/eimf/pool.lua",
      ["eimf.progress"] = "lua/eimf/progress.lua",
      ["eimf.report"] = "lua/eimf/report.lua",
      ["eimf.rng"] = "lua/eimf/rng.lua",
      ["eimf.run"] = "lua/eimf/run.lua",
      ["eimf.safetensors"] = "lua/eimf/safetensors.lua",
      ["eimf.serve"] = "lua/eimf/serve.lua",
      ["eimf.snapshot"] = "lua/eimf/snapshot.lua",
      ["eimf.stopper"] = "lua/eimf/stopper.lua",
      ["eimf.tape"] = "lua/eimf/tape.lua",
      ["eimf.tensor"] = "lua/eimf/tensor.lua",
      ["eimf.text_table"] = "lua/eimf/text_table.lua",
    },
  },
  copy_directories = { "docs", "recipes" },
}
test = {
  type = "command",
  command = "./run tests",
}
