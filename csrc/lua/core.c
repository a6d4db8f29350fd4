/*
** core.c: opens eimf.core, one flat table of functions. The names are the
** kernels'; lua/eimf gives them their faces.
*/

/***
The kernels, one function each; outputs come first and are passed in. lua/eimf gives them their faces.
@module eimf.core
*/
#include "lua_functions.h"

static const luaL_Reg *const areas[] = {
  eimfL_tensor_functions,
  eimfL_value_functions,
  eimfL_fused_functions,
  eimfL_attention_functions,
  eimfL_dense_functions,
  eimfL_gru_functions,
  eimfL_math_functions,
  eimfL_elementwise_functions,
  eimfL_routing_functions,
  eimfL_rows_functions,
  eimfL_table_functions,
  eimfL_svd_functions,
  eimfL_text_functions,
  eimfL_semantic_functions,
  eimfL_metrics_functions,
  eimfL_resample_functions,
  eimfL_events_functions,
  eimfL_names_functions,
  eimfL_jagged_functions,
  eimfL_files_functions,
  eimfL_journal_functions,
  eimfL_safetensors_functions,
  eimfL_info_functions,
  eimfL_catalogue_functions,
  eimfL_affinity_functions,
  eimfL_cluster_functions,
  eimfL_clusters_functions,
};

int luaopen_eimf_core (lua_State *L);

__attribute__((visibility("default")))
int luaopen_eimf_core (lua_State *L) {
  luaL_checkversion(L);
  eimfL_checkblas(L);
  eimfL_tensor_class(L);
  eimfL_names_class(L);
  lua_createtable(L, 0, 128);
  for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
    luaL_setfuncs(L, areas[i], 0);
  return 1;
}
