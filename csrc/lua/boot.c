/*
** boot.c: eimf.boot, a module that links neither BLAS nor OpenMP. It looks at
** the processor and tells OpenBLAS its core before eimf.core (and with it
** libopenblas) is loaded.
**
** Why: OpenBLAS chooses its kernels once, when it is loaded, from tables of
** family and model numbers. A processor younger than the library falls to the
** bottom of them: 0.3.21, which Debian 12 has, takes an Emerald Rapids for a
** Prescott and gives 52 instead of 230 GFLOP/s on two cores (OpenMathLib/
** OpenBLAS issue 4267, mended in 0.3.25). The environment variable
** OPENBLAS_CORETYPE overrides the tables.
**
** The rule asks for features, not for model numbers, so it cannot grow old:
** AVX-512 -> SkylakeX, else AVX2 -> Zen (AMD) or Haswell. Newer libraries would
** say Cooperlake or SapphireRapids on some of these, which differ from SkylakeX
** in bfloat16 only, so overriding them costs float32 nothing (an EPYC of the
** Zen 4 kind: Cooperlake 165, SkylakeX 170, Haswell 150 GFLOP/s). A value set by
** the user is left alone.
*/

/***
Looks at the processor before anything loads BLAS.
@module eimf.boot
*/
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "lua_compat.h"

#define CORETYPE "OPENBLAS_CORETYPE"

typedef struct cpu {
  const char *simd;              /* best level of the hot loops */
  const char *blas_core;         /* OpenBLAS's name, NULL: its own choice is fine */
  char vendor[16];
  char brand[52];
} cpu;

#if defined(__x86_64__)
#include <cpuid.h>

static void read_names (cpu *c) {
  unsigned a, w[4] = { 0, 0, 0, 0 };
  if (__get_cpuid(0, &a, &w[0], &w[2], &w[1])) memcpy(c->vendor, w, 12);
  if (!__get_cpuid(0x80000000u, &a, &w[1], &w[2], &w[3]) || a < 0x80000004u) return;
  for (unsigned i = 0; i < 3; i++) {
    __get_cpuid(0x80000002u + i, &w[0], &w[1], &w[2], &w[3]);
    memcpy(c->brand + 16 * i, w, 16);
  }
}


static void look (cpu *c) {
  read_names(c);
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    c->simd = "avx512";
    c->blas_core = "SkylakeX";
  }
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    c->simd = "avx2";
    c->blas_core = strcmp(c->vendor, "AuthenticAMD") == 0 ? "Zen" : "Haswell";
  }
}

#else

static void look (cpu *c) { (void)c; }

#endif


static void inspect (cpu *c) {
  memset(c, 0, sizeof *c);
  c->simd = "portable";
  look(c);
}


static void set_name (lua_State *L, const char *key, const char *value) {
  while (*value == ' ') value++;            /* some brands are padded on the left */
  if (*value == '\0') return;
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}


/***
What the processor is and can.
@function cpu
@treturn table simd: "avx512", "avx2" or "portable", the best level of the hot loops; and, where
known, vendor, brand, and blas_core, the name of OpenBLAS's core that fits
*/
static int f_cpu (lua_State *L) {
  cpu c;
  inspect(&c);
  lua_createtable(L, 0, 4);
  set_name(L, "simd", c.simd);
  set_name(L, "vendor", c.vendor);
  set_name(L, "brand", c.brand);
  if (c.blas_core != NULL) set_name(L, "blas_core", c.blas_core);
  return 1;
}


/*
** Idle threads of libgomp and OpenBLAS spin for milliseconds before they
** sleep. On a machine that has other work, a thread that spins keeps the one
** that it waits for off the processor: a training step beside two busy
** processes took 172 ms with libgomp's default and 17 ms with 1000 turns.
*/
static void spin_briefly (void) {
  if (getenv("OMP_WAIT_POLICY") == NULL) setenv("GOMP_SPINCOUNT", "1000", 0);
  setenv("OPENBLAS_THREAD_TIMEOUT", "14", 0);          /* 2^14 cycles */
}


/***
Sets OPENBLAS_CORETYPE to the core that fits this processor, and GOMP_SPINCOUNT and
OPENBLAS_THREAD_TIMEOUT to short waits, each unless it is set already. Has an effect
only before libopenblas and libgomp are loaded. In a host with threads that read the environment, set the
variable outside instead.
@function prepare
@treturn ?string the name of the core that was set; nil when none was
*/
static int f_prepare (lua_State *L) {
  cpu c;
  spin_briefly();
  inspect(&c);
  if (c.blas_core == NULL || getenv(CORETYPE) != NULL) return 0;
  if (setenv(CORETYPE, c.blas_core, 0) != 0) return 0;
  lua_pushstring(L, c.blas_core);
  return 1;
}


static const luaL_Reg functions[] = {
  { "cpu", f_cpu },
  { "prepare", f_prepare },
  { NULL, NULL }
};

int luaopen_eimf_boot (lua_State *L);

__attribute__((visibility("default")))
int luaopen_eimf_boot (lua_State *L) {
  luaL_checkversion(L);
  lua_createtable(L, 0, 2);
  luaL_setfuncs(L, functions, 0);
  return 1;
}
