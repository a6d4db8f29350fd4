/*
** sa_repeated.c: self-attentive interest extraction, backward where rows
** repeat vectors (hot.h has the formulas). By segments: gradients of the
** logits. Then by chunks of vectors: a vector's rows are gone through in
** their order, their hidden units made again from z and zp rather than kept,
** and what they add up to meets W1 once. Neighbours: sa.h; sa_bwd.c where
** every row has a vector of its own.
*/
#include "sa.h"

/* A chunk of segments: gradients of the logits, and whose and where its rows are. */
static void segments_bwd (const float *dv, const float *da, const float *a, const eimf_sa *s, const eimf_sa_plan *pl,
                          int c) {
  const int64_t b1 = eimf_sa_chunk(s, pl->chunks, c + 1);
  for (int64_t b = eimf_sa_chunk(s, pl->chunks, c); b < b1; b++) {
    sa_segment_bwd(pl->dl + s->off[b] * pl->K4, NULL, 0, dv, da, a, s, b, pl->K4);
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) {
      pl->owner[r] = (int32_t)b;
      pl->place[r] = s->p == NULL ? 0 : (int32_t)eimf_sa_position(s, r, b);
    }
  }
}


/* Rows by their vectors, in their order: of vector i, order[starts[i]] .. order[starts[i + 1] - 1]. */
static void sort_rows (const eimf_sa_plan *pl, const eimf_sa *s) {
  int32_t *starts = pl->starts;
  memset(starts, 0, (size_t)(s->n + 2) * sizeof *starts);
  for (int64_t r = 0; r < s->R; r++) starts[s->rows[r] + 2]++;
  for (int64_t i = 2; i < s->n + 2; i++) starts[i] += starts[i - 1];
  for (int64_t r = 0; r < s->R; r++) pl->order[starts[s->rows[r] + 1]++] = (int32_t)r;
}


/* The rows of a vector. */
typedef struct { const int32_t *rows, *end; } places;

/*
** n <= VL hidden units from column j on, for four interests from k on: dz += the rows' gradients before tanh, dzp the
** same by position, dw2t (K4, H) += dl' u.
*/
INLINE void place_units (float *dz, float *dzp, float *dw2t, const float *z, places at, const eimf_sa *s,
                         const eimf_sa_plan *pl, int64_t j, int64_t k, const int64_t n) {
  const int64_t H = s->H;
  sa_hidden c;
  vf own = v_loadn(z + j, n, 0), sum = v_loadn(dz + j, n, 0);
  for (int i = 0; i < 4; i++) {
    c.w[i] = v_loadn(pl->w2t + (k + i) * H + j, n, 0);
    c.sum[i] = v_loadn(dw2t + (k + i) * H + j, n, 0);
  }
  for (const int32_t *r = at.rows; r < at.end; r++) {
    const int64_t place = pl->place[*r] * H + j;
    vf x = v_tanh(s->p == NULL ? own : own + v_loadn(pl->zp + place, n, 0));
    vf y = sa_hidden_row(&c, x, v_set(0.0f), pl->dl + *r * pl->K4 + k) * (1.0f - x * x);
    sum += y;
    if (s->p != NULL) v_storen(dzp + place, v_loadn(dzp + place, n, 0) + y, n);
  }
  v_storen(dz + j, sum, n);
  for (int i = 0; i < 4; i++) v_storen(dw2t + (k + i) * H + j, c.sum[i], n);
}


/* What the rows of a vector add up to: dz (H), and into dzp (T, H) and dw2t (K4, H). */
static void vector_hidden (float *dz, float *dzp, float *dw2t, const float *z, places at, const eimf_sa *s,
                           const eimf_sa_plan *pl) {
  memset(dz, 0, (size_t)s->H * sizeof *dz);
  for (int64_t k = 0; k < pl->K4; k += 4) {
    int64_t j = 0;
    for (; j + VL <= s->H; j += VL) place_units(dz, dzp, dw2t, z, at, s, pl, j, k, VL);
    if (j < s->H) place_units(dz, dzp, dw2t, z, at, s, pl, j, k, s->H - j);
  }
}


/* The direct part of dh (D) of a vector: its rows' shares of their segments' interests. */
static void vector_direct (float *dh, const float *dv, const float *a, places at, const eimf_sa *s,
                           const eimf_sa_plan *pl) {
  const int64_t D = s->D, K = s->K;
  for (const int32_t *r = at.rows; r < at.end; r++) {
    const float *g = dv + pl->owner[*r] * K * D, *share = a + *r * K;
    int64_t k = 0;
    for (; k + ABREAST <= K; k += ABREAST) v_axpys(dh, share + k, g + k * D, D, D);
    for (; k < K; k++) v_axpy(dh, share[k], g + k * D, D);
  }
}


/* A chunk of vectors: dh, and what they add to dw1, dw2' and, by position, to the gradient of zp. */
static void vectors_bwd (float *dh, int add, const float *dv, const float *a, const eimf_sa *s, const eimf_sa_plan *pl,
                         int c) {
  const int64_t D = s->D, H = s->H, ldg = H + EIMF_SA_PAD;
  const int64_t i0 = eimf_row_chunk(pl->starts, s->n, pl->chunks, c);
  const int64_t i1 = eimf_row_chunk(pl->starts, s->n, pl->chunks, c + 1);
  float *dz = pl->tiles + this_thread() * pl->tile_size, *dx = dz + TILE * ldg;
  float *dw1 = pl->partial + c * pl->partial_size, *dw2t = dw1 + D * H, *dzp = dw2t + pl->K4 * H;
  memset(dw1, 0, (size_t)pl->partial_size * sizeof *dw1);
  for (int64_t lo = i0, m; lo < i1; lo += m) {
    m = i1 - lo < TILE ? i1 - lo : TILE;
    if (dh != NULL && !add) memset(dh + lo * D, 0, (size_t)(m * D) * sizeof *dh);
    for (int64_t i = 0; i < m; i++) {
      places at = { pl->order + pl->starts[lo + i], pl->order + pl->starts[lo + i + 1] };
      vector_hidden(dz + i * ldg, dzp, dw2t, pl->z + (lo + i) * H, at, s, pl);
      if (dh != NULL) vector_direct(dh + (lo + i) * D, dv, a, at, s, pl);
    }
    strided ht = { s->h + lo * D, 1, D }, rows = { dz, ldg, 1 };
    tile_gemm(D, H, m, ht, dz, ldg, dw1, H, 1);
    if (dh == NULL) continue;
    tile_gemm_packed(m, D, H, rows, pl->w1, dx, D, 0);
    v_axpy(dh + lo * D, 1.0f, dx, m * D);
  }
}


/* dp, and what positions add to dw1, from the gradients of zp of all chunks. */
static void positions_bwd (float *dp, float *dw1, const eimf_sa *s, const eimf_sa_plan *pl) {
  const int64_t D = s->D, H = s->H;
  memset(pl->dzp, 0, (size_t)(s->T * H) * sizeof *pl->dzp);
  parts_sum(pl->dzp, pl->partial + (D + pl->K4) * H, pl->partial_size, pl->chunks, s->T * H, pl->threads);
  strided pt = { s->p, 1, D };
  tile_gemm(D, H, s->T, pt, pl->dzp, H, dw1, H, 1);
  for (int64_t lo = 0; dp != NULL && lo < s->T; lo += TILE) {
    const int64_t m = s->T - lo < TILE ? s->T - lo : TILE;
    strided rows = { pl->dzp + lo * H, H, 1 };
    tile_gemm_packed(m, D, H, rows, pl->w1, pl->tiles, D, 0);
    v_axpy(dp + lo * D, 1.0f, pl->tiles, m * D);
  }
}


void ISA(eimf_sa_repeated_bwd) (float *dh, int add, float *dp, float *dw1, float *dw2, const float *dv, const float *da,
                                const float *a, const eimf_sa *s, const eimf_sa_plan *pl) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl->threads)
  for (int c = 0; c < pl->chunks; c++) segments_bwd(dv, da, a, s, pl, c);
  sort_rows(pl, s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(pl->threads)
  for (int c = 0; c < pl->chunks; c++) vectors_bwd(dh, add, dv, a, s, pl, c);
  parts_sum(dw1, pl->partial, pl->partial_size, pl->chunks, s->D * s->H, pl->threads);
  if (s->p != NULL) positions_bwd(dp, dw1, s, pl);
  sa_sum_w2(dw2, pl->partial + s->D * s->H, s, pl);
}
