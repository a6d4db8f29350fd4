/*
** lua_info.c: what this build and this process run on (BLAS, OpenMP, threads,
** instruction set), and the test of BLAS at load time.
*/

/***
@submodule eimf.core
*/
#include <cblas.h>
#if defined(_OPENMP)
#include <omp.h>
#endif

#include "../base/eimf_base.h"
#include "../kernels/gemm.h"
#include "lua_functions.h"
#include "lua_tensor.h"

#define MAX_THREADS 1024


/* A BLAS of another calling convention or a broken one gives wrong products, not errors. */
void eimfL_checkblas (lua_State *L) {
  const float a[] = { 1, 2, 3, 4 }, b[] = { 5, 6, 7, 8 }, want[] = { 19, 22, 43, 50 };
  float c[4] = { 0, 0, 0, 0 };
  eimf_gemm_begin();                   /* OpenBLAS starts with all cores */
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, a, 2, b, 2, 0, c, 2);
  for (int i = 0; i < 4; i++)
    if (c[i] != want[i])
      luaL_error(L, "the BLAS that eimf.core is linked to multiplies wrongly (element %d of a 2x2 product)", i + 1);
}


/***
Version of the library.
@function version
@treturn string major.minor.patch
*/
static int f_version (lua_State *L) {
  lua_pushstring(L, EIMF_VERSION);
  return 1;
}


/***
How the BLAS in use was built.
@function blas_config
@treturn string OpenBLAS's own words; "cblas" for another library
*/
static int f_blas_config (lua_State *L) {
#if defined(EIMF_HAVE_OPENBLAS)
  lua_pushstring(L, openblas_get_config());
#else
  lua_pushliteral(L, "cblas");
#endif
  return 1;
}


/***
The processor that OpenBLAS believes to run on.
@function blas_core
@treturn ?string OpenBLAS's name of the core, nil with another BLAS
@treturn int threads that OpenBLAS would use, 0 with another BLAS
*/
static int f_blas_core (lua_State *L) {
#if defined(EIMF_HAVE_OPENBLAS)
  lua_pushstring(L, openblas_get_corename());
  lua_pushinteger(L, openblas_get_num_threads());
#else
  lua_pushnil(L);
  lua_pushinteger(L, 0);
#endif
  return 2;
}


/***
Cores that OpenMP may use; 0 when the kernels were built without it.
@function openmp
@treturn int
*/
static int f_openmp (lua_State *L) {
#if defined(_OPENMP)
  lua_pushinteger(L, omp_get_num_procs());
#else
  lua_pushinteger(L, 0);
#endif
  return 1;
}


/***
Reads, and with an argument sets, the threads of kernels and BLAS. Starts at 1, because hosts are event
loops and a forked child of a process with a running pool hangs.
@function threads
@tparam[opt] int n 0 = all cores
@treturn int the number now in force
*/
static int f_threads (lua_State *L) {
  if (!lua_isnoneornil(L, 1)) {
    int n = (int)eimfL_checkcount(L, 1, 0, MAX_THREADS);
    eimf_gemm_begin();
    eimf_set_threads(n == 0 ? eimf_cores() : n);
  }
  lua_pushinteger(L, eimf_threads());
  return 1;
}


/***
Reads, and with an argument sets, the instruction set of the hot loops.
@function simd
@tparam[opt] string level "portable", "avx2" or "avx512"
@treturn string the level now in force
*/
static int f_simd (lua_State *L) {
  if (!lua_isnoneornil(L, 1)) {
    const char *level = luaL_checkstring(L, 1);
    if (eimf_set_simd(level) != EIMF_OK)
      return luaL_argerror(L, 1, lua_pushfstring(L, "level '%s' is unknown or more than this processor has", level));
  }
  lua_pushstring(L, eimf_simd_name());
  return 1;
}


const luaL_Reg eimfL_info_functions[] = {
  { "version", f_version },
  { "blas_config", f_blas_config },
  { "blas_core", f_blas_core },
  { "openmp", f_openmp },
  { "threads", f_threads },
  { "simd", f_simd },
  { NULL, NULL }
};
