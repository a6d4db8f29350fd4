/*
** sa_bwd.c: self-attentive interest extraction, backward (hot.h has the
** formulas). A chunk of segments has weight gradients of its own, added up in
** chunk order: the same bits with any number of threads. Neighbours: sa.h;
** sa_repeated.c where vectors repeat.
*/
#include "sa.h"

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


#define HIDDEN_ROWS 8            /* rows that are gone along together: their lines fit the first cache, and its sets */

/* n <= VL hidden units of m rows for four interests; the rows that come next are fetched meanwhile. */
INLINE void hidden_units (float *g, int64_t ldg, float *dw2t, const float *u, const float *dl, const float *w2t,
                          int64_t m, int64_t H, int64_t K4, int first, int last, const int64_t n) {
  sa_hidden c;
  for (int i = 0; i < 4; i++) {
    c.w[i] = v_loadn(w2t + i * H, n, 0);
    c.sum[i] = v_loadn(dw2t + i * H, n, 0);
  }
  for (int64_t r = 0; r < m; r++) {
    float *to = g + r * ldg;
    vf x = v_loadn(u + r * H, n, 0), y = first ? v_set(0.0f) : v_loadn(to, n, 0);
    fetch(u + (r + HIDDEN_ROWS) * H);
    y = sa_hidden_row(&c, x, y, dl + r * K4);
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
    sa_segment_bwd(pl->dl + s->off[b] * K4, dh, add, dv, da, a, s, b, K4);
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
  sa_transpose_w2(pl.w2t, s, pl.K4);
  memset(pl.dl, 0, (size_t)(s->R * pl.K4) * sizeof(float));
  if (s->rows != NULL) {
    ISA(eimf_sa_repeated_bwd)(dh, add, dp, dw1, dw2, dv, da, a, s, &pl);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl.threads)
  for (int c = 0; c < pl.chunks; c++) chunk_bwd(dh, add, dp != NULL, dv, da, a, u, s, &pl, c);
  parts_sum(dw1, pl.partial, pl.partial_size, pl.chunks, s->D * s->H, pl.threads);
  if (dp != NULL)
    parts_sum(dp, pl.partial + (s->D + pl.K4) * s->H, pl.partial_size, pl.chunks, s->T * s->D, pl.threads);
  sa_sum_w2(dw2, pl.partial + s->D * s->H, s, &pl);
}
