/*
** lua_functions.h: what each binding file of eimf.core offers to core.c.
** One array for each area; a new area adds a line here and one in core.c.
*/
#ifndef EIMF_LUA_FUNCTIONS_H
#define EIMF_LUA_FUNCTIONS_H

#include "lua_compat.h"

void eimfL_tensor_class (lua_State *L);
void eimfL_names_class (lua_State *L);
extern const luaL_Reg eimfL_value_methods[];        /* of the tensor class */

extern const luaL_Reg eimfL_tensor_functions[];     /* lua_tensor.c */
extern const luaL_Reg eimfL_value_functions[];      /* lua_values.c */
extern const luaL_Reg eimfL_events_functions[];     /* lua_events.c */
extern const luaL_Reg eimfL_names_functions[];      /* lua_names.c */
extern const luaL_Reg eimfL_jagged_functions[];     /* lua_jagged.c */
extern const luaL_Reg eimfL_fused_functions[];      /* lua_fused.c */
extern const luaL_Reg eimfL_attention_functions[];  /* lua_attention.c */
extern const luaL_Reg eimfL_dense_functions[];      /* lua_dense.c */
extern const luaL_Reg eimfL_gru_functions[];        /* lua_gru.c */
extern const luaL_Reg eimfL_math_functions[];       /* lua_math.c */
extern const luaL_Reg eimfL_elementwise_functions[];  /* lua_elementwise.c */
extern const luaL_Reg eimfL_routing_functions[];    /* lua_routing.c */
extern const luaL_Reg eimfL_rows_functions[];       /* lua_rows.c */
extern const luaL_Reg eimfL_table_functions[];      /* lua_table.c */
extern const luaL_Reg eimfL_semantic_functions[];   /* lua_semantic.c */
extern const luaL_Reg eimfL_svd_functions[];        /* lua_svd.c */
extern const luaL_Reg eimfL_text_functions[];       /* lua_text.c */
extern const luaL_Reg eimfL_metrics_functions[];     /* lua_metrics.c */
extern const luaL_Reg eimfL_resample_functions[];    /* lua_resample.c */
extern const luaL_Reg eimfL_files_functions[];      /* lua_files.c */
extern const luaL_Reg eimfL_journal_functions[];    /* lua_journal.c */
extern const luaL_Reg eimfL_safetensors_functions[];  /* lua_safetensors.c */
extern const luaL_Reg eimfL_catalogue_functions[];  /* lua_catalogue.c */
extern const luaL_Reg eimfL_affinity_functions[];   /* lua_affinity.c */
extern const luaL_Reg eimfL_cluster_functions[];    /* lua_cluster.c */
extern const luaL_Reg eimfL_clusters_functions[];   /* lua_clusters.c */
extern const luaL_Reg eimfL_info_functions[];       /* lua_info.c */
void eimfL_checkblas (lua_State *L);                /* raises when it multiplies wrongly */

#endif
