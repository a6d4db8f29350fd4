/*
** base.c: status texts, checked sizes, threads and the SIMD level.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "eimf_base.h"

const char *eimf_strerror (int status) {
  switch (status) {
    case EIMF_OK: return "no error";
    case EIMF_ESHAPE: return "sizes do not go together";
    case EIMF_ENOMEM: return "not enough memory";
    case EIMF_EIO: return "input or output failed";
    case EIMF_EFORMAT: return "malformed file";
    case EIMF_ERANGE: return "value out of range";
    case EIMF_ENUMERIC: return "not a finite number";
    default: return "unknown status";
  }
}


int eimf_mul_size (size_t a, size_t b, size_t *out) {
  if (a != 0 && b > SIZE_MAX / a) return EIMF_ERANGE;
  *out = a * b;
  return EIMF_OK;
}


/* Low 16 bits: threads. Next 8: SIMD level + 1, 0 while nobody asked. */
static atomic_uint settings = 1;

int eimf_cores (void) {
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > 1024 ? 1024 : (int)n;
}


int eimf_threads (void) {
  return (int)(atomic_load(&settings) & 0xffffu);
}


void eimf_set_threads (int n) {
  unsigned want = n < 1 ? 1u : n > 1024 ? 1024u : (unsigned)n;
  unsigned old = atomic_load(&settings);
  while (!atomic_compare_exchange_weak(&settings, &old,
                                       (old & ~0xffffu) | want)) { }
}


int eimf_simd_best (void) {
#ifdef EIMF_HAVE_X86_LEVELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vl"))
    return EIMF_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return EIMF_AVX2;
#endif
  return EIMF_PORTABLE;
}


int eimf_simd (void) {
  unsigned level = atomic_load(&settings) >> 16;
  return level ? (int)level - 1 : eimf_simd_best();
}


static const char *const level_names[] = { "portable", "avx2", "avx512" };

const char *eimf_simd_name (void) {
  return level_names[eimf_simd()];
}


int eimf_set_simd (const char *name) {
  for (int i = 0; i <= eimf_simd_best(); i++) {
    if (strcmp(name, level_names[i]) == 0) {
      unsigned old = atomic_load(&settings);
      unsigned level = (unsigned)(i + 1) << 16;
      while (!atomic_compare_exchange_weak(&settings, &old,
                                           (old & 0xffffu) | level)) { }
      return EIMF_OK;
    }
  }
  return EIMF_ERANGE;
}
