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


/* v (K, D) = sum over the L rows of a segment of a (L, K) times h, ABREAST interests a pass. */
static void segment_interests (float *v, const float *a, const float *h, int64_t L, int64_t K, int64_t D) {
  for (int64_t k = 0; k < K; k += ABREAST) {
    const int64_t n = K - k < ABREAST ? K - k : ABREAST;
    EACH(d, w, D) {
      vf sum[ABREAST];
      for (int i = 0; i < ABREAST; i++) sum[i] = v_set(0.0f);
      for (int64_t r = 0; r < L; r++) {
        vf x = v_loadn(h + r * D + d, w, 0);
        for (int64_t i = 0; i < ABREAST; i++) sum[i] += (i < n ? a[r * K + k + i] : 0.0f) * x;
      }
      for (int64_t i = 0; i < n; i++) v_storen(v + (k + i) * D + d, sum[i], w);
    }
  }
}


/* a (K) = logits of one hidden row. */
static void logits_row (float *a, const float *u, const float *w2t, int64_t H, int64_t K) {
  for (int64_t k = 0; k < K; k += ABREAST) {
    float some[ABREAST];
    v_dots(some, u, w2t + k * H, H, H);
    for (int64_t i = 0; i < ABREAST && k + i < K; i++) a[k + i] = some[i];
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
    for (int64_t r = lo; r < hi; r++) logits_row(a + r * K, u + r * H, pl->w2t, H, K);
  }
  for (b = b0; b < b1; b++) {
    int64_t lo = s->off[b], L = s->off[b + 1] - lo;
    if (L > 0) segment_softmax(a + lo * K, L, K);
    segment_interests(v + b * K * D, a + lo * K, s->h + lo * D, L, K, D);
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


/* Rows lo .. lo+L-1, a segment, from at most ABREAST interests k .. k+n-1, whose gradients are g: gradient of their
** logits into dl, and the direct part of dh. */
static void interests_bwd (float *dl, float *dh, int add, const float *g, const float *da, const float *a,
                           const eimf_sa *s, int64_t lo, int64_t L, int64_t k, int64_t n, int64_t K4) {
  const int64_t D = s->D, K = s->K;
  double mean[ABREAST] = { 0 };
  float some[ABREAST] = { 0 };
  for (int64_t r = 0; r < L; r++) {
    if (n == ABREAST) v_dots(some, s->h + (lo + r) * D, g, D, D);
    else for (int64_t i = 0; i < n; i++) some[i] = v_dot(s->h + (lo + r) * D, g + i * D, D);
    for (int64_t i = 0; i < n; i++) {
      float d = some[i] + (da != NULL ? da[(lo + r) * K + k + i] : 0.0f);
      dl[r * K4 + k + i] = d;
      mean[i] += (double)a[(lo + r) * K + k + i] * (double)d;
    }
  }
  for (int64_t r = 0; r < L; r++) {
    const float *share = a + (lo + r) * K + k;
    for (int64_t i = 0; i < n; i++) dl[r * K4 + k + i] = share[i] * (dl[r * K4 + k + i] - (float)mean[i]);
    if (dh == NULL) continue;
    if (!add) memset(dh + (lo + r) * D, 0, (size_t)D * sizeof *dh);
    if (n == ABREAST) v_axpys(dh + (lo + r) * D, share, g, D, D);
    else for (int64_t i = 0; i < n; i++) v_axpy(dh + (lo + r) * D, share[i], g + i * D, D);
  }
}


/* Gradient of a segment's logits into dl (L, K4), and the direct part of dh. */
static void segment_bwd (float *dl, float *dh, int add, const float *dv, const float *da, const float *a,
                         const eimf_sa *s, int64_t b, int64_t K4) {
  const int64_t lo = s->off[b], L = s->off[b + 1] - lo;
  for (int64_t k = 0; k < s->K; k += ABREAST) {
    const int64_t n = s->K - k < ABREAST ? s->K - k : ABREAST;
    interests_bwd(dl, dh, add || k > 0, dv + (b * s->K + k) * s->D, da, a, s, lo, L, k, n, K4);
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

#define HIDDEN_ROWS 8            /* rows that are gone along together: their lines fit the first cache, and its sets */

/* n <= VL hidden units of m rows for four interests; the rows that come next are fetched meanwhile. */
INLINE void hidden_units (float *g, int64_t ldg, float *dw2t, const float *u, const float *dl, const float *w2t,
                          int64_t m, int64_t H, int64_t K4, int first, int last, const int64_t n) {
  hidden c;
  for (int i = 0; i < 4; i++) {
    c.w[i] = v_loadn(w2t + i * H, n, 0);
    c.sum[i] = v_loadn(dw2t + i * H, n, 0);
  }
  for (int64_t r = 0; r < m; r++) {
    float *to = g + r * ldg;
    vf x = v_loadn(u + r * H, n, 0), y = first ? v_set(0.0f) : v_loadn(to, n, 0);
    fetch(u + (r + HIDDEN_ROWS) * H);
    y = hidden_row(&c, x, y, dl + r * K4);
    if (last) y *= 1.0f - x * x;
    v_storen(to, y, n);
  }
  for (int i = 0; i < 4; i++) v_storen(dw2t + i * H, c.sum[i], n);
}

/*
** Through the hidden layer, VL hidden units at a time, four interests a pass:
** g (m, H; rows ldg apart) = (dl W2') (1 - u^2), and dw2t (K4, H) += dl' u.
*/
static void hidden_rows (float *g, int64_t ldg, float *dw2t, const float *u, const float *dl, const float *w2t,
                         int64_t m, int64_t H, int64_t K4) {
  for (int64_t k = 0; k < K4; k += 4, dw2t += 4 * H, w2t += 4 * H, dl += 4) {
    const int first = k == 0, last = k + 4 == K4;
    int64_t j = 0;
    for (; j + VL <= H; j += VL)
      hidden_units(g + j, ldg, dw2t + j, u + j, dl, w2t + j, m, H, K4, first, last, VL);
    if (j < H) hidden_units(g + j, ldg, dw2t + j, u + j, dl, w2t + j, m, H, K4, first, last, H - j);
  }
}

static void hidden_bwd (float *g, int64_t ldg, float *dw2t, const float *u, const float *dl, const float *w2t,
                        int64_t m, int64_t H, int64_t K4) {
  for (int64_t r = 0; r < m; r += HIDDEN_ROWS)
    hidden_rows(g + r * ldg, ldg, dw2t, u + r * H, dl + r * K4, w2t, m - r < HIDDEN_ROWS ? m - r : HIDDEN_ROWS, H,
                K4);
}


/* dx (rows lo..hi-1) into dh and, by position, into dp. */
static void add_input (float *dh, float *dp, const float *dx, const eimf_sa *s, int64_t lo, int64_t hi, int64_t b) {
  for (int64_t r = lo; r < hi; r++, dx += s->D) {
    while (r >= s->off[b + 1]) b++;
    if (dh != NULL) v_axpy(dh + r * s->D, 1.0f, dx, s->D);
    if (dp != NULL) v_axpy(dp + eimf_sa_position(s, r, b) * s->D, 1.0f, dx, s->D);
  }
}


static void chunk_bwd (float *dh, int add, int want_p, const float *dv, const float *da, const float *a, const float *u,
                       const eimf_sa *s, const eimf_sa_plan *pl, int c) {
  const int64_t D = s->D, H = s->H, K4 = pl->K4;
  const int64_t b0 = eimf_sa_chunk(s, pl->chunks, c), b1 = eimf_sa_chunk(s, pl->chunks, c + 1);
  const int64_t ldg = H + EIMF_SA_PAD;
  float *x = pl->tiles + this_thread() * pl->tile_size, *g = x + TILE * D, *dx = g + TILE * ldg;
  float *dw1 = pl->partial + c * pl->partial_size, *dw2t = dw1 + D * H, *dp = dw2t + K4 * H;
  memset(dw1, 0, (size_t)pl->partial_size * sizeof(float));
  for (int64_t b = b0; b < b1; b++)
    segment_bwd(pl->dl + s->off[b] * K4, dh, add, dv, da, a, s, b, K4);
  int64_t b = b0;
  for (int64_t lo = s->off[b0]; lo < s->off[b1]; lo += TILE) {
    int64_t hi = lo + TILE < s->off[b1] ? lo + TILE : s->off[b1];
    while (lo >= s->off[b + 1]) b++;
    add_positions(x, s, lo, hi, b);
    hidden_bwd(g, ldg, dw2t, u + lo * H, pl->dl + lo * K4, pl->w2t, hi - lo, H, K4);
    strided xt = { x, 1, D }, rows = { g, ldg, 1 };
    tile_gemm(D, H, hi - lo, xt, g, ldg, dw1, H, 1);
    tile_gemm_packed(hi - lo, D, H, rows, pl->w1, dx, D, 0);
    add_input(dh, want_p ? dp : NULL, dx, s, lo, hi, b);
  }
}


void ISA(eimf_sa_bwd) (float *dh, int add, float *dp, float *dw1, float *dw2, const float *dv, const float *da,
                       const float *a, const float *u, const eimf_sa *s, float *scratch) {
  eimf_sa_plan pl = eimf_sa_layout(s, scratch);
  strided w1t = { s->w1, 1, s->H };
  tile_pack(pl.w1, s->H, s->D, w1t);
  transpose_w2(pl.w2t, s, pl.K4);
  memset(pl.dl, 0, (size_t)(s->R * pl.K4) * sizeof(float));
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl.threads)
  for (int c = 0; c < pl.chunks; c++) chunk_bwd(dh, add, dp != NULL, dv, da, a, u, s, &pl, c);
  parts_sum(dw1, pl.partial, pl.partial_size, pl.chunks, s->D * s->H, pl.threads);
  if (dp != NULL)
    parts_sum(dp, pl.partial + (s->D + pl.K4) * s->H, pl.partial_size, pl.chunks, s->T * s->D, pl.threads);
  const float *dw2t = pl.partial + s->D * s->H;
  for (int64_t j = 0; j < s->H; j++)
    for (int64_t k = 0; k < s->K; k++)
      for (int c = 0; c < pl.chunks; c++) dw2[j * s->K + k] += dw2t[c * pl.partial_size + k * s->H + j];
}
