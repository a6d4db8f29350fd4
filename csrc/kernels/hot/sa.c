/*
** sa.c: self-attentive interest extraction, forward and backward (hot.h has
** the formulas). Segments are cut into chunks that depend on the batch alone;
** a chunk is worked through by one thread in tiles of rows that stay in
** cache, with weight gradients of its own, added up in chunk order: the same
** bits with any number of threads. Neighbours: parts.h, tile.h, isa.h.
*/
#include "../hot.h"
#include "../plans.h"
#include "parts.h"

#define TILE EIMF_SA_TILE

/* x = h + p for rows lo..hi-1 of the whole batch; `b` the segment of row lo. */
static void add_positions (float *x, const eimf_sa *s, int64_t lo, int64_t hi, int64_t b) {
  const int64_t D = s->D;
  for (int64_t r = lo; r < hi; r++, x += D) {
    while (r >= s->off[b + 1]) b++;
    const float *h = s->h + r * D;
    if (s->p == NULL) { memcpy(x, h, (size_t)D * sizeof(float)); continue; }
    const float *p = s->p + eimf_sa_position(s, r, b) * D;
    int64_t d = 0;
    for (; d + VL <= D; d += VL) v_store(x + d, v_load(h + d) + v_load(p + d));
    for (; d < D; d++) x[d] = h[d] + p[d];
  }
}


static void tanh_rows (float *x, int64_t n) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) v_store(x + i, v_tanh(v_load(x + i)));
  if (i < n) v_storen(x + i, v_tanh(v_loadn(x + i, n - i, 0)), n - i);
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


/* One chunk: hidden rows and logits by tiles, then attention by segments. */
static void chunk_fwd (float *v, float *a, float *u, const eimf_sa *s, const eimf_sa_plan *pl, int c) {
  const int64_t b0 = eimf_sa_chunk(s, pl->chunks, c), b1 = eimf_sa_chunk(s, pl->chunks, c + 1);
  float *x = pl->tiles + this_thread() * pl->tile_size;
  const int64_t D = s->D, H = s->H, K = s->K;
  int64_t b = b0;
  for (int64_t lo = s->off[b0]; lo < s->off[b1]; lo += TILE) {
    int64_t hi = lo + TILE < s->off[b1] ? lo + TILE : s->off[b1];
    while (lo >= s->off[b + 1]) b++;
    add_positions(x, s, lo, hi, b);
    float *t = u + lo * H;
    strided rows = { x, D, 1 };
    tile_gemm_packed(hi - lo, H, D, rows, pl->w1, t, H, 0);
    tanh_rows(t, (hi - lo) * H);
    for (int64_t r = lo; r < hi; r++)
      for (int64_t k = 0; k < K; k++) a[r * K + k] = v_dot(u + r * H, pl->w2t + k * H, H);
  }
  memset(v + b0 * K * D, 0, (size_t)((b1 - b0) * K * D) * sizeof(float));
  for (b = b0; b < b1; b++) {
    int64_t lo = s->off[b], L = s->off[b + 1] - lo;
    if (L == 0) continue;
    segment_softmax(a + lo * K, L, K);
    for (int64_t r = lo; r < lo + L; r++)
      for (int64_t k = 0; k < K; k++) v_axpy(v + (b * K + k) * D, a[r * K + k], s->h + r * D, D);
  }
}


/* W2 (H, K) -> (K4, H), rows from K on zero. */
static void transpose_w2 (float *out, const eimf_sa *s, int64_t K4) {
  memset(out, 0, (size_t)(K4 * s->H) * sizeof(float));
  for (int64_t j = 0; j < s->H; j++)
    for (int64_t k = 0; k < s->K; k++) out[k * s->H + j] = s->w2[j * s->K + k];
}


void ISA(eimf_sa_fwd) (float *v, float *a, float *u, const eimf_sa *s, float *scratch) {
  eimf_sa_plan pl = eimf_sa_layout(s, scratch);
  strided w1 = { s->w1, s->H, 1 };
  tile_pack(pl.w1, s->D, s->H, w1);
  transpose_w2(pl.w2t, s, pl.K4);
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl.threads)
  for (int c = 0; c < pl.chunks; c++)
    chunk_fwd(v, a, u, s, &pl, c);
}


/* Gradient of a segment's logits into dl (L, K4), and the direct part of dh. */
static void segment_bwd (float *dl, float *dh, const float *dv, const float *da, const float *a, const eimf_sa *s,
                         int64_t b, int64_t K4) {
  const int64_t D = s->D, K = s->K, lo = s->off[b], L = s->off[b + 1] - lo;
  for (int64_t k = 0; k < K; k++) {
    double mean = 0;
    const float *g = dv + (b * K + k) * D;
    for (int64_t r = 0; r < L; r++) {
      float d = v_dot(g, s->h + (lo + r) * D, D) + (da != NULL ? da[(lo + r) * K + k] : 0.0f);
      dl[r * K4 + k] = d;
      mean += (double)a[(lo + r) * K + k] * (double)d;
    }
    for (int64_t r = 0; r < L; r++)
      dl[r * K4 + k] = a[(lo + r) * K + k] * (dl[r * K4 + k] - (float)mean);
    if (dh != NULL)
      for (int64_t r = 0; r < L; r++) v_axpy(dh + (lo + r) * D, a[(lo + r) * K + k], g, D);
  }
}


/* What four interests need of VL hidden units. */
typedef struct { vf w[4], sum[4]; } hidden;

/* One row: its part of g before the slope, and of dw2t. */
INLINE vf hidden_row (hidden *c, vf x, vf y, const float *dl) {
  for (int i = 0; i < 4; i++) {
    vf d = v_set(dl[i]);
    y += d * c->w[i];
    c->sum[i] += d * x;
  }
  return y;
}

/*
** Through the hidden layer, VL hidden units at a time, four interests a pass:
** g (m, H) = (dl W2') (1 - u^2), and dw2t (K4, H) += dl' u.
*/
static void hidden_bwd (float *g, float *dw2t, const float *u, const float *dl, const float *w2t,
                        int64_t m, int64_t H, int64_t K4) {
  for (int64_t k = 0; k < K4; k += 4) {
    const int first = k == 0, last = k + 4 == K4;
    for (int64_t j = 0; j < H; j += VL) {
      const int64_t n = H - j < VL ? H - j : VL;
      hidden c;
      for (int i = 0; i < 4; i++) {
        c.w[i] = v_loadn(w2t + (k + i) * H + j, n, 0);
        c.sum[i] = v_loadn(dw2t + (k + i) * H + j, n, 0);
      }
      for (int64_t r = 0; r < m; r++) {
        const float *at = u + r * H + j;
        float *to = g + r * H + j;
        vf x = n == VL ? v_load(at) : v_loadn(at, n, 0), y = v_set(0.0f);
        if (!first) y = n == VL ? v_load(to) : v_loadn(to, n, 0);
        y = hidden_row(&c, x, y, dl + r * K4 + k);
        if (last) y *= 1.0f - x * x;
        if (n == VL) v_store(to, y);
        else v_storen(to, y, n);
      }
      for (int i = 0; i < 4; i++) v_storen(dw2t + (k + i) * H + j, c.sum[i], n);
    }
  }
}


/* dx (rows lo..hi-1) into dh and, by position, into dp. */
static void add_input (float *dh, float *dp, const float *dx, const eimf_sa *s, int64_t lo, int64_t hi, int64_t b) {
  for (int64_t r = lo; r < hi; r++, dx += s->D) {
    while (r >= s->off[b + 1]) b++;
    if (dh != NULL) v_axpy(dh + r * s->D, 1.0f, dx, s->D);
    if (dp != NULL) v_axpy(dp + eimf_sa_position(s, r, b) * s->D, 1.0f, dx, s->D);
  }
}


static void chunk_bwd (float *dh, int want_p, const float *dv, const float *da, const float *a, const float *u,
                       const eimf_sa *s, const eimf_sa_plan *pl, int c) {
  const int64_t D = s->D, H = s->H, K4 = pl->K4;
  const int64_t b0 = eimf_sa_chunk(s, pl->chunks, c), b1 = eimf_sa_chunk(s, pl->chunks, c + 1);
  float *x = pl->tiles + this_thread() * pl->tile_size, *g = x + TILE * D, *dx = g + TILE * H;
  float *dw1 = pl->partial + c * pl->partial_size, *dw2t = dw1 + D * H, *dp = dw2t + K4 * H;
  memset(dw1, 0, (size_t)pl->partial_size * sizeof(float));
  for (int64_t b = b0; b < b1; b++)
    segment_bwd(pl->dl + s->off[b] * K4, dh, dv, da, a, s, b, K4);
  int64_t b = b0;
  for (int64_t lo = s->off[b0]; lo < s->off[b1]; lo += TILE) {
    int64_t hi = lo + TILE < s->off[b1] ? lo + TILE : s->off[b1];
    while (lo >= s->off[b + 1]) b++;
    add_positions(x, s, lo, hi, b);
    hidden_bwd(g, dw2t, u + lo * H, pl->dl + lo * K4, pl->w2t, hi - lo, H, K4);
    strided xt = { x, 1, D }, rows = { g, H, 1 };
    tile_gemm(D, H, hi - lo, xt, g, H, dw1, H, 1);
    tile_gemm_packed(hi - lo, D, H, rows, pl->w1, dx, D, 0);
    add_input(dh, want_p ? dp : NULL, dx, s, lo, hi, b);
  }
}


void ISA(eimf_sa_bwd) (float *dh, float *dp, float *dw1, float *dw2, const float *dv, const float *da,
                       const float *a, const float *u, const eimf_sa *s, float *scratch) {
  eimf_sa_plan pl = eimf_sa_layout(s, scratch);
  strided w1t = { s->w1, 1, s->H };
  tile_pack(pl.w1, s->H, s->D, w1t);
  transpose_w2(pl.w2t, s, pl.K4);
  memset(pl.dl, 0, (size_t)(s->R * pl.K4) * sizeof(float));
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl.threads)
  for (int c = 0; c < pl.chunks; c++) chunk_bwd(dh, dp != NULL, dv, da, a, u, s, &pl, c);
  parts_sum(dw1, pl.partial, pl.partial_size, pl.chunks, s->D * s->H, pl.threads);
  if (dp != NULL)
    parts_sum(dp, pl.partial + (s->D + pl.K4) * s->H, pl.partial_size, pl.chunks, s->T * s->D, pl.threads);
  const float *dw2t = pl.partial + s->D * s->H;
  for (int64_t j = 0; j < s->H; j++)
    for (int64_t k = 0; k < s->K; k++)
      for (int c = 0; c < pl.chunks; c++) dw2[j * s->K + k] += dw2t[c * pl.partial_size + k * s->H + j];
}
