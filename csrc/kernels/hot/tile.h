/*
** tile.h: small single-threaded matrix products for the fused kernels, where
** the inner size is 64 or so and OpenBLAS's packing costs as much as the
** product. Included by the files of this folder; see isa.h.
**
**   C (M, N) = or += A (M, K) P (K, N)
**
** A is read one element at a time (broadcast), so any strides will do: a
** transposed A costs nothing. P is read NR columns at a time: as it lies in
** memory (row stride ldp), or packed into panels, (ceil(N/NR), K, NR).
*/
#ifndef EIMF_TILE_H
#define EIMF_TILE_H

#include "isa.h"

/* Address of an operand and how far its rows (or row index) and columns lie apart. */
typedef struct { const float *at; int64_t row, col; } strided;

/* m rows by NR columns, K products each; m is a constant when inlined. */
INLINE void tile_rows (const int m, int64_t K, strided A, const float *P, int64_t ldp,
                       float *C, int64_t ldc, int add) {
  vf acc[MR][NV];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < NV; j++)
      acc[i][j] = add ? v_load(C + i * ldc + j * VL) : v_set(0.0f);
  for (int64_t k = 0; k < K; k++) {
    vf p[NV];
    for (int j = 0; j < NV; j++) p[j] = v_load(P + k * ldp + j * VL);
    for (int i = 0; i < m; i++) {
      vf a = v_set(A.at[i * A.row + k * A.col]);
      for (int j = 0; j < NV; j++) acc[i][j] += a * p[j];
    }
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < NV; j++) v_store(C + i * ldc + j * VL, acc[i][j]);
}

/* M rows by NR columns: whole register tiles, then what is left in one. */
static inline __attribute__((unused))
void tile_panel (int64_t M, int64_t K, strided A, const float *P, int64_t ldp,
                 float *C, int64_t ldc, int add) {
  int64_t i = 0;
  for (; i + MR <= M; i += MR) {
    strided a = { A.at + i * A.row, A.row, A.col };
    tile_rows(MR, K, a, P, ldp, C + i * ldc, ldc, add);
  }
  A.at += i * A.row;
  C += i * ldc;
  switch (M - i) {
#define CASE(m) case m: tile_rows(m, K, A, P, ldp, C, ldc, add); break;
    CASE(1) CASE(2) CASE(3)
#if MR > 4
    CASE(4) CASE(5)
#endif
#if MR > 6
    CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11)
#endif
#undef CASE
    default: break;
  }
}

#define TAIL_K 128           /* rows of P copied at a time where N is no multiple of NR */

/* The last n < NR columns of an unpacked P, through padded copies. */
static inline __attribute__((unused))
void tile_tail (int64_t M, int64_t n, int64_t K, strided A, const float *P, int64_t ldp,
                float *C, int64_t ldc, int add) {
  float part[TAIL_K * NR], out[MR * NR];
  for (int64_t k0 = 0; k0 < K; k0 += TAIL_K, add = 1) {
    int64_t kn = K - k0 < TAIL_K ? K - k0 : TAIL_K;
    memset(part, 0, sizeof part);
    for (int64_t k = 0; k < kn; k++) memcpy(part + k * NR, P + (k0 + k) * ldp, (size_t)n * sizeof(float));
    for (int64_t i = 0; i < M; i += MR) {
      int64_t m = M - i < MR ? M - i : MR;
      strided a = { A.at + i * A.row + k0 * A.col, A.row, A.col };
      tile_panel(m, kn, a, part, NR, out, NR, 0);
      for (int64_t r = 0; r < m; r++)
        for (int64_t j = 0; j < n; j++) {
          float *c = C + (i + r) * ldc + j;
          *c = add ? *c + out[r * NR + j] : out[r * NR + j];
        }
    }
  }
}

/* C (M, N) = or += A P, P as it lies in memory. */
static inline __attribute__((unused))
void tile_gemm (int64_t M, int64_t N, int64_t K, strided A, const float *P, int64_t ldp,
                float *C, int64_t ldc, int add) {
  int64_t j = 0;
  for (; j + NR <= N; j += NR) tile_panel(M, K, A, P + j, ldp, C + j, ldc, add);
  if (j < N) tile_tail(M, N - j, K, A, P + j, ldp, C + j, ldc, add);
}

/* Floats that a packed (K, N) takes. */
INLINE int64_t packed_size (int64_t K, int64_t N) { return (N + NR - 1) / NR * NR * K; }

/* Panels of P (K, N), any strides, zero beyond N: out[j/NR][k][j%NR] = P[k][j]. */
static inline __attribute__((unused))
void tile_pack (float *out, int64_t K, int64_t N, strided P) {
  for (int64_t j = 0; j < N; j += NR) {
    int64_t n = N - j < NR ? N - j : NR;
    if (n < NR) memset(out, 0, (size_t)(K * NR) * sizeof(float));
    if (P.col == 1)
      for (int64_t k = 0; k < K; k++) memcpy(out + k * NR, P.at + k * P.row + j, (size_t)n * sizeof(float));
    else
      for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < K; k++) out[k * NR + i] = P.at[k * P.row + (j + i) * P.col];
    out += K * NR;
  }
}

/* C (M, N) = or += A P, P packed; N a multiple of NR or C padded to one. */
static inline __attribute__((unused))
void tile_gemm_packed (int64_t M, int64_t N, int64_t K, strided A, const float *P,
                       float *C, int64_t ldc, int add) {
  for (int64_t j = 0; j < N; j += NR, P += K * NR) {
    if (N - j >= NR) tile_panel(M, K, A, P, NR, C + j, ldc, add);
    else tile_tail(M, N - j, K, A, P, NR, C + j, ldc, add);
  }
}

/* a . b over n floats: VL sums side by side, then across. */
INLINE float v_dot (const float *a, const float *b, int64_t n) {
  vf s = v_set(0.0f);
  int64_t i = 0;
  for (; i + VL <= n; i += VL) s += v_load(a + i) * v_load(b + i);
  if (i < n) s += v_loadn(a + i, n - i, 0) * v_loadn(b + i, n - i, 0);
  return v_sum(s);
}

#define ABREAST 4             /* rows that one pass over a vector serves */

/* out[i] = a . b[i], rows of b ldb apart: the bits of v_dot, with ABREAST chains of sums instead of one. */
INLINE void v_dots (float *out, const float *a, const float *b, int64_t ldb, int64_t n) {
  vf s[ABREAST];
  int64_t i = 0;
  for (int k = 0; k < ABREAST; k++) s[k] = v_set(0.0f);
  for (; i + VL <= n; i += VL) {
    vf x = v_load(a + i);
    for (int k = 0; k < ABREAST; k++) s[k] += x * v_load(b + k * ldb + i);
  }
  if (i < n) {
    vf x = v_loadn(a + i, n - i, 0);
    for (int k = 0; k < ABREAST; k++) s[k] += x * v_loadn(b + k * ldb + i, n - i, 0);
  }
  for (int k = 0; k < ABREAST; k++) out[k] = v_sum(s[k]);
}

/* y += sum of a[i] x[i], rows of x ldx apart, one after the other: the bits of as many v_axpy, in one pass over y. */
INLINE void v_axpys (float *y, const float *a, const float *x, int64_t ldx, int64_t n) {
  EACH(i, w, n) {
    vf s = v_loadn(y + i, w, 0);
    for (int k = 0; k < ABREAST; k++) s += a[k] * v_loadn(x + k * ldx + i, w, 0);
    v_storen(y + i, s, w);
  }
}

/* y += a x over n floats. */
INLINE void v_axpy (float *y, float a, const float *x, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) v_store(y + i, v_load(y + i) + a * v_load(x + i));
  if (i < n) v_storen(y + i, v_loadn(y + i, n - i, 0) + a * v_loadn(x + i, n - i, 0), n - i);
}

#endif
