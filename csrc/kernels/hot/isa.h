/*
** isa.h: one source for three instruction sets. Every file of this folder is
** compiled once for each, with EIMF_ISA set to portable, avx2 or avx512; the
** names it exports get that suffix, and dispatch.c chooses at run time.
**
** Vectors are GCC's vector extension, VL floats wide. Products and sums are
** contracted to fused multiply-adds where the set has them, so the last bit
** may differ between sets; within one it never depends on threads.
*/
#ifndef EIMF_ISA_H
#define EIMF_ISA_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

#define ISA_JOIN2(a, b) a##_##b
#define ISA_JOIN(a, b) ISA_JOIN2(a, b)
#define ISA(name) ISA_JOIN(name, EIMF_ISA)

#if defined(__AVX512F__)
#define VL 16                /* floats in a vector */
#define MR 12                /* rows of a register tile: 24 of 32 registers */
#elif defined(__AVX2__)
#define VL 8
#define MR 6                 /* 12 of 16 registers */
#else
#define VL 4
#define MR 4
#endif
#define NV 2                 /* vectors across a register tile */
#define NR (NV * VL)         /* its columns */

typedef float vf __attribute__((vector_size(VL * 4)));
typedef int32_t vi __attribute__((vector_size(VL * 4)));

#define INLINE static inline __attribute__((always_inline, unused))

/* for each vector i of a row of C, its first w lanes: w = VL but for the last */
#define EACH(i, w, C) \
  for (int64_t i = 0, w; w = C - i < VL ? C - i : VL, i < C; i += VL)

/* Number of the calling thread in its team: for scratch, never for results. */
INLINE int this_thread (void) {
#ifdef _OPENMP
  return omp_get_thread_num();
#else
  return 0;
#endif
}

INLINE vf v_load (const float *p) { vf x; memcpy(&x, p, sizeof x); return x; }
INLINE void v_store (float *p, vf x) { memcpy(p, &x, sizeof x); }
INLINE vi vi_load (const int32_t *p) { vi x; memcpy(&x, p, sizeof x); return x; }
INLINE vf v_set (float a) { return a - (vf){ 0 }; }
INLINE vi vi_set (int32_t a) { return a - (vi){ 0 }; }

/* The first n <= VL floats; the rest are `fill`. */
INLINE vf v_loadn (const float *p, int64_t n, float fill) {
  vf x = v_set(fill);
  if (n == VL) return v_load(p);
  memcpy(&x, p, (size_t)n * sizeof(float));
  return x;
}
INLINE void v_storen (float *p, vf x, int64_t n) {
  if (n == VL) v_store(p, x);
  else memcpy(p, &x, (size_t)n * sizeof(float));
}

/* Asks for a cache line that will be read soon; any address will do. */
INLINE void fetch (const float *p) { __builtin_prefetch(p); }

/* a where the mask is set, b elsewhere. */
INLINE vf v_pick (vi mask, vf a, vf b) {
  return (vf)((mask & (vi)a) | (~mask & (vi)b));
}
INLINE vf v_max (vf a, vf b) { return v_pick(a > b, a, b); }
INLINE vf v_min (vf a, vf b) { return v_pick(a < b, a, b); }
INLINE vf v_abs (vf a) { return (vf)((vi)a & 0x7fffffff); }

/* The larger, in one instruction; b where a is not a number, and where b is not. */
INLINE vf larger (vf a, vf b) {
#if defined(__AVX512F__)
  return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
  return (vf)_mm_max_ps((__m128)a, (__m128)b);
#else
  return v_max(a, b);
#endif
}

/* The smaller; b where a is not a number, and where b is not. */
INLINE vf smaller (vf a, vf b) {
#if defined(__AVX512F__)
  return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (vf)_mm256_min_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
  return (vf)_mm_min_ps((__m128)a, (__m128)b);
#else
  return v_min(a, b);
#endif
}

/* Sums and maxima across a vector, always in the same order. */
INLINE float v_sum (vf x) {
  float s = 0;
  float part[VL];
  memcpy(part, &x, sizeof part);
  for (int w = VL / 2; w > 0; w /= 2)
    for (int i = 0; i < w; i++) part[i] += part[i + w];
  s = part[0];
  return s;
}
INLINE float v_top (vf x) {
  float part[VL];
  memcpy(part, &x, sizeof part);
  for (int w = VL / 2; w > 0; w /= 2)
    for (int i = 0; i < w; i++) part[i] = part[i] > part[i + w] ? part[i] : part[i + w];
  return part[0];
}

INLINE vf v_sqrt (vf x) {
#if defined(__AVX512F__)
  return (vf)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
  return (vf)_mm256_sqrt_ps((__m256)x);
#elif defined(__SSE2__)
  return (vf)_mm_sqrt_ps((__m128)x);
#else
  for (int i = 0; i < VL; i++) x[i] = sqrtf(x[i]);
  return x;
#endif
}

#define V_EXP_MOST 88.7228f      /* just below 128 ln 2, where exp leaves float32 */

/* exp(x), about 1 ulp on [-87, V_EXP_MOST]; clamped above, 0 below, NaN stays NaN.
** x = n ln 2 + r, |r| <= ln 2 / 2; exp(r) by its series to degree 6; 2^n by the exponent's bits. */
INLINE vf v_exp (vf x) {
  const vf hi = v_set(V_EXP_MOST), lo = v_set(-87.0f), given = x;
  vi tiny = x < lo, nan = x != x;
  x = v_max(v_min(x, hi), lo);
  vf magic = v_set(12582912.0f);                     /* 1.5 * 2^23: adding it rounds */
  vf n = (x * 1.44269504088896341f + magic) - magic;
  vf r = x - n * 0.693359375f;                       /* ln 2 in two parts */
  r = r + n * 2.12194440e-4f;
  vf p = v_set(1.0f / 720);
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  vi e = (vi)(n + magic) << 23;                      /* low bits of n, as exponent */
  vf y = (vf)((vi)p + e);
  y = v_pick(tiny, v_set(0.0f), y);
  return v_pick(nan, given, y);
}

/* tanh(x) = x P(x^2) / Q(x^2), within 3 ulp: the rational function of least relative error on [0, 9], fitted for this;
** from 9 on tanh is 1 in float32, and so is the fit. NaN stays NaN. */
INLINE vf v_tanh (vf x) {
  const vf most = v_set(9.0f), one = v_set(1.0f);
  x = larger(-most, smaller(most, x));
  vf s = x * x, p = v_set(-1.22474994e-11f), q = v_set(1.28908907e-6f);
  p = p * s + 3.06443368e-8f;
  q = q * s + 3.94078333e-4f;
  p = p * s + 2.80320996e-5f;
  q = q * s + 2.72503039e-2f;
  p = p * s + 3.86954804e-3f;
  q = q * s + 0.470142207f;
  p = p * s + 0.136808886f;
  q = q * s + one;
  p = p * s + one;
  return larger(-one, smaller(one, x * p / q));
}

INLINE vf v_sigmoid (vf x) {
  vf e = v_exp(-v_abs(x));
  vf y = 1.0f / (1.0f + e);
  return v_pick(x < 0.0f, e * y, y);
}

#endif
