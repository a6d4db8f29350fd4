/*
** dense.c: a linear layer, forward and backward (dense.h has the formula).
** Rows go tile by tile: bias and activation meet a tile while it is in cache,
** and in the backward the gradient of a tile serves input, weights and bias at
** once. Neighbours: parts.h, tile.h, isa.h; dense.h.
*/
#include "../dense.h"
#include "parts.h"

#define TILE EIMF_DENSE_TILE
#define SMALL_TILE 48            /* every register tile's rows divide it too */
#define MANY (8 * TILE)

INLINE int64_t least (int64_t a, int64_t b) { return a < b ? a : b; }

/* Rows lo..hi-1 of the input, and how far they lie apart: as they are, or brought together in `room`. */
static strided input_rows (float *room, const eimf_dense *s, int64_t lo, int64_t hi) {
  const int64_t n = s->n, apart = n + EIMF_DENSE_PAD;
  if (s->ids == NULL) return (strided){ s->x + lo * n, n, 1 };
  for (int64_t r = lo; r < hi; r++) memcpy(room + (r - lo) * apart, s->x + s->ids[r] * n, (size_t)n * sizeof *room);
  return (strided){ room, apart, 1 };
}


static void tile_fwd (float *y, const eimf_dense *s, const float *w, float *room, int64_t lo, int64_t hi) {
  const int64_t m = s->m;
  const strided rows = input_rows(room, s, lo, hi);
  if (s->b != NULL)
    for (int64_t r = lo; r < hi; r++) memcpy(y + r * m, s->b, (size_t)m * sizeof *y);
  tile_gemm_packed(hi - lo, m, s->n, rows, w, y + lo * m, m, s->b != NULL || s->add);
  if (s->relu)
    EACH(i, width, (hi - lo) * m) {
      float *at = y + lo * m + i;
      v_storen(at, larger(v_set(0.0f), v_loadn(at, width, 0)), width);       /* NaN stays NaN */
    }
}


void ISA(eimf_dense_fwd) (float *y, const eimf_dense *s, float *scratch) {
  const eimf_dense_plan cut = eimf_dense_cut(s);
  const int64_t rows = s->R < MANY ? SMALL_TILE : TILE;      /* few rows are shared more evenly */
  strided w = { s->w, s->m, 1 };
  tile_pack(scratch, s->n, s->m, w);
#pragma omp parallel for schedule(static) num_threads(cut.threads)
  for (int64_t lo = 0; lo < s->R; lo += rows)
    tile_fwd(y, s, scratch, scratch + cut.packed + this_thread() * cut.input, lo, least(lo + rows, s->R));
}


/* g = dy where y is above 0, else 0. */
static void through_relu (float *g, const float *dy, const float *y, int64_t n) {
  EACH(i, w, n) v_storen(g + i, v_pick(v_loadn(y + i, w, 0) > 0.0f, v_loadn(dy + i, w, 0), v_set(0.0f)), w);
}


/* db += rows of g, each column in the order of the rows. */
static void add_columns (float *db, const float *g, int64_t rows, int64_t m) {
  EACH(i, w, m) {
    vf sum = v_loadn(db + i, w, 0);
    for (int64_t r = 0; r < rows; r++) sum += v_loadn(g + r * m + i, w, 0);
    v_storen(db + i, sum, w);
  }
}


/* What the backward adds to, and reads. */
typedef struct { float *dx, *part, *room, *tile; const float *dy, *y, *wt; int add, want_w, want_b; } task;

/* Rows lo..hi-1: part += their dw and db. */
static void chunk_bwd (const task *t, const eimf_dense *s, int64_t lo, int64_t hi) {
  const int64_t n = s->n, m = s->m;
  memset(t->part, 0, (size_t)((n + 1) * m) * sizeof(float));
  for (; lo < hi; lo += TILE) {
    const int64_t rows = least(TILE, hi - lo);
    const float *g = t->dy + lo * m;
    if (s->relu) {
      through_relu(t->tile, g, t->y + lo * m, rows * m);
      g = t->tile;
    }
    strided by_row = { g, m, 1 };
    if (t->dx != NULL) tile_gemm_packed(rows, n, m, by_row, t->wt, t->dx + lo * n, n, t->add);
    if (t->want_w) {
      const strided x = input_rows(t->room, s, lo, lo + rows), turned = { x.at, x.col, x.row };
      tile_gemm(n, m, rows, turned, g, m, t->part, m, 1);
    }
    if (t->want_b) add_columns(t->part + n * m, g, rows, m);
  }
}


void ISA(eimf_dense_bwd) (float *dx, int add, float *dw, float *db, const float *dy, const float *y,
                          const eimf_dense *s, float *scratch) {
  const eimf_dense_plan cut = eimf_dense_cut(s);
  float *parts = scratch + cut.packed, *tiles = parts + cut.chunks * cut.part;
  strided wt = { s->w, 1, s->m };
  if (dx != NULL) tile_pack(scratch, s->m, s->n, wt);
#pragma omp parallel for schedule(dynamic, 1) num_threads(cut.threads)
  for (int c = 0; c < cut.chunks; c++) {
    float *room = tiles + this_thread() * cut.tile;
    const task t = { dx, parts + c * cut.part, room, room + cut.input, dy, y, scratch, add, dw != NULL, db != NULL };
    chunk_bwd(&t, s, s->R * c / cut.chunks, s->R * (c + 1) / cut.chunks);
  }
  if (dw != NULL) parts_sum(dw, parts, cut.part, cut.chunks, s->n * s->m, cut.threads);
  if (db != NULL) parts_sum(db, parts + s->n * s->m, cut.part, cut.chunks, s->m, 1);
}
