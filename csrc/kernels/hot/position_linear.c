/*
** position_linear.c: a linear map for each position (routing.h has the
** formulas). Rows are worked through in order of their positions, a tile of
** rows of one position at a time. Neighbours: tile.h, isa.h; routing.h.
*/
#include "../routing.h"
#include "tile.h"

/* n columns of the rows named by `order`, of a matrix of width ld, side by side. */
static void gather (float *tile, const float *x, const int32_t *order, int64_t rows, int64_t n, int64_t ld) {
  for (int64_t i = 0; i < rows; i++) memcpy(tile + i * n, x + order[i] * ld, (size_t)n * sizeof(float));
}


/* End, in order of positions, of the tile that begins with row lo of position p. */
INLINE int64_t tile_end (const eimf_maps_plan *pl, int64_t p, int64_t lo, int64_t hi) {
  if (hi > pl->starts[p + 1]) hi = pl->starts[p + 1];
  return lo + MAPS_TILE < hi ? lo + MAPS_TILE : hi;
}


/* Rows lo..hi-1 in order of positions: to = from W_p, or, `back`, to += from W_p'. */
static void map_rows (float *to, const float *from, int back, const eimf_maps *s, const eimf_maps_plan *pl,
                      int64_t lo, int64_t hi) {
  const int64_t in = back ? s->N : s->D, out = back ? s->D : s->N;
  float *x = pl->tiles + this_thread() * pl->tile_size, *y = x + MAPS_TILE * in, *packed = y + MAPS_TILE * out;
  for (int64_t p = 0, packs = -1, end; lo < hi; lo = end) {
    while (lo >= pl->starts[p + 1]) p++;
    end = tile_end(pl, p, lo, hi);
    strided map = { s->w + p * s->D * s->N, back ? 1 : s->N, back ? s->N : 1 }, rows = { x, in, 1 };
    if (packs != p) tile_pack(packed, in, out, map);
    packs = p;
    gather(x, from, pl->order + lo, end - lo, in, in);
    tile_gemm_packed(end - lo, out, in, rows, packed, y, out, 0);
    for (int64_t i = 0; i < end - lo; i++) {
      float *row = to + pl->order[lo + i] * out;
      if (back) v_axpy(row, 1.0f, y + i * out, out);
      else memcpy(row, y + i * out, (size_t)out * sizeof(float));
    }
  }
}


static void map_all (float *to, const float *from, int back, const eimf_maps *s, const eimf_maps_plan *pl) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (s->R * s->D * s->N > EIMF_PAR_MIN)
  for (int64_t lo = 0; lo < s->R; lo += MAPS_CHUNK)
    map_rows(to, from, back, s, pl, lo, s->R - lo < MAPS_CHUNK ? s->R : lo + MAPS_CHUNK);
}


/* Columns j..j+n-1 of position p's gradient: dw_p += sum over its rows of h' dy. */
static void map_gradient (float *dw, const float *dy, const eimf_maps *s, const eimf_maps_plan *pl,
                          int64_t p, int64_t j, int64_t n) {
  float *x = pl->tiles + this_thread() * pl->tile_size, *g = x + MAPS_TILE * s->D;
  for (int64_t lo = pl->starts[p], end; lo < pl->starts[p + 1]; lo = end) {
    end = tile_end(pl, p, lo, s->R);
    gather(x, s->h, pl->order + lo, end - lo, s->D, s->D);
    gather(g, dy + j, pl->order + lo, end - lo, n, s->N);
    strided xt = { x, 1, s->D };
    tile_gemm(s->D, n, end - lo, xt, g, n, dw + p * s->D * s->N + j, s->N, 1);
  }
}


void ISA(eimf_position_linear_fwd) (float *y, const eimf_maps *s, float *scratch) {
  eimf_maps_plan pl = eimf_maps_layout(s, scratch);
  eimf_maps_order(&pl, s);
  map_all(y, s->h, 0, s, &pl);
}


void ISA(eimf_position_linear_bwd) (float *dh, float *dw, const float *dy, const eimf_maps *s, float *scratch) {
  const int64_t blocks = (s->N + MAPS_COLUMNS - 1) / MAPS_COLUMNS;
  eimf_maps_plan pl = eimf_maps_layout(s, scratch);
  eimf_maps_order(&pl, s);
  if (dh != NULL) map_all(dh, dy, 1, s, &pl);
  if (dw == NULL) return;
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (s->R * s->D * s->N > EIMF_PAR_MIN)
  for (int64_t i = 0; i < s->T * blocks; i++) {
    const int64_t j = i % blocks * MAPS_COLUMNS;
    map_gradient(dw, dy, s, &pl, i / blocks, j, s->N - j < MAPS_COLUMNS ? s->N - j : MAPS_COLUMNS);
  }
}
