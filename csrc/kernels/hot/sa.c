/*
** sa.c: self-attentive interest extraction, forward (hot.h has the formulas).
** Segments are cut into chunks that depend on the batch alone; a chunk is
** worked through by one thread in tiles of rows that stay in cache: the same
** bits with any number of threads. Neighbours: sa.h; sa_bwd.c goes back.
*/
#include "sa.h"

/* Positions that the batch has. */
static int64_t positions_met (const eimf_sa *s) {
  int64_t longest = 0;
  if (s->p == NULL) return 0;
  for (int64_t b = 0; b < s->B; b++) if (s->off[b + 1] - s->off[b] > longest) longest = s->off[b + 1] - s->off[b];
  return longest < s->T ? longest : s->T;
}


/* n <= VL hidden units u = tanh(z + zp), or of z alone where zp is NULL, and what they add to four logits; u may be z. */
INLINE void hidden_units (vf *sum, float *u, const float *z, const float *zp, const float *w2t, int64_t H,
                          const int64_t n) {
  vf x = v_loadn(z, n, 0);
  x = v_tanh(zp == NULL ? x : x + v_loadn(zp, n, 0));
  v_storen(u, x, n);
  for (int k = 0; k < 4; k++) sum[k] += x * v_loadn(w2t + k * H, n, 0);
}

/* One row: its hidden units, and K logits, four a pass. */
static void hidden_row (float *a, float *u, const float *z, const float *zp, const float *w2t, int64_t H, int64_t K) {
  vf sum[4];
  int64_t j = 0;
  for (int k = 0; k < 4; k++) sum[k] = v_set(0.0f);
  for (; j + VL <= H; j += VL) hidden_units(sum, u + j, z + j, zp == NULL ? NULL : zp + j, w2t + j, H, VL);
  if (j < H) hidden_units(sum, u + j, z + j, zp == NULL ? NULL : zp + j, w2t + j, H, H - j);
  for (int64_t k = 0; k < 4 && k < K; k++) a[k] = v_sum(sum[k]);
  for (int64_t k = 4; k < K; k += ABREAST) {
    float some[ABREAST];
    v_dots(some, u, w2t + k * H, H, H);
    for (int64_t i = 0; i < ABREAST && k + i < K; i++) a[k + i] = some[i];
  }
}


/* Softmax over the L rows of a segment of logits a (L, K), each column for itself. */
static void segment_softmax (float *a, int64_t L, int64_t K) {
  for (int64_t k = 0; k < K; k++) {
    float top = a[k];
    double sum = 0;
    for (int64_t r = 1; r < L; r++) if (a[r * K + k] > top) top = a[r * K + k];
    for (int64_t r = 0; r < L; r += VL) {
      float e[VL];
      int64_t m = L - r < VL ? L - r : VL;
      for (int64_t i = 0; i < VL; i++) e[i] = i < m ? a[(r + i) * K + k] - top : 0;
      v_store(e, v_exp(v_load(e)));
      for (int64_t i = 0; i < m; i++) { a[(r + i) * K + k] = e[i]; sum += (double)e[i]; }
    }
    float inv = (float)(1.0 / sum);
    for (int64_t r = 0; r < L; r++) a[r * K + k] *= inv;
  }
}


/* v (K, D) = sum over the L rows from lo on, a segment, of a (L, K) times their vectors, ABREAST interests a pass. */
static void segment_interests (float *v, const float *a, const eimf_sa *s, int64_t lo, int64_t L) {
  const int64_t K = s->K, D = s->D;
  for (int64_t k = 0; k < K; k += ABREAST) {
    const int64_t n = K - k < ABREAST ? K - k : ABREAST;
    EACH(d, w, D) {
      vf sum[ABREAST];
      for (int i = 0; i < ABREAST; i++) sum[i] = v_set(0.0f);
      for (int64_t r = 0; r < L; r++) {
        vf x = v_loadn(sa_vector(s, lo + r) + d, w, 0);
        for (int64_t i = 0; i < ABREAST; i++) sum[i] += (i < n ? a[r * K + k + i] : 0.0f) * x;
      }
      for (int64_t i = 0; i < n; i++) v_storen(v + (k + i) * D + d, sum[i], w);
    }
  }
}


/* One chunk: hidden rows and logits by tiles, then attention by segments. */
static void chunk_fwd (float *v, float *a, float *u, const eimf_sa *s, const eimf_sa_plan *pl, int c) {
  const int64_t b0 = eimf_sa_chunk(s, pl->chunks, c), b1 = eimf_sa_chunk(s, pl->chunks, c + 1);
  const int64_t D = s->D, H = s->H, K = s->K;
  float *again = pl->tiles + this_thread() * pl->tile_size;
  int64_t b = b0;
  for (int64_t lo = s->off[b0]; lo < s->off[b1]; lo += TILE) {
    int64_t hi = lo + TILE < s->off[b1] ? lo + TILE : s->off[b1];
    strided own = { s->h + lo * D, D, 1 };
    if (s->rows == NULL) tile_gemm_packed(hi - lo, H, D, own, pl->w1, u + lo * H, H, 0);
    for (int64_t r = lo; r < hi; r++) {
      while (r >= s->off[b + 1]) b++;
      const float *zp = s->p == NULL ? NULL : pl->zp + eimf_sa_position(s, r, b) * H;
      if (s->rows == NULL) hidden_row(a + r * K, u + r * H, u + r * H, zp, pl->w2t, H, K);
      else hidden_row(a + r * K, again, pl->z + s->rows[r] * H, zp, pl->w2t, H, K);
    }
  }
  for (b = b0; b < b1; b++) {
    int64_t lo = s->off[b], L = s->off[b + 1] - lo;
    if (L > 0) segment_softmax(a + lo * K, L, K);
    segment_interests(v + b * K * D, a + lo * K, s, lo, L);
  }
}


void ISA(eimf_sa_fwd) (float *v, float *a, float *u, const eimf_sa *s, float *scratch) {
  eimf_sa_plan pl = eimf_sa_layout(s, scratch);
  strided w1 = { s->w1, s->H, 1 }, p = { s->p, s->D, 1 };
  tile_pack(pl.w1, s->D, s->H, w1);
  sa_transpose_w2(pl.w2t, s, pl.K4);
  tile_gemm_packed(positions_met(s), s->H, s->D, p, pl.w1, pl.zp, s->H, 0);
  if (s->rows != NULL) {
#pragma omp parallel for num_threads(pl.threads)
    for (int64_t lo = 0; lo < s->n; lo += TILE) {
      strided h = { s->h + lo * s->D, s->D, 1 };
      tile_gemm_packed(s->n - lo < TILE ? s->n - lo : TILE, s->H, s->D, h, pl.w1, pl.z + lo * s->H, s->H, 0);
    }
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl.threads)
  for (int c = 0; c < pl.chunks; c++)
    chunk_fwd(v, a, u, s, &pl, c);
}
