/*
** pairs.h: what the losses over all pairs of rows of x (B, D) and z (J, D) share: products block by block, and
** gradients that go back from them. A block of products is made, used and forgotten, so memory does not grow with
** B x J. Neighbours: tile.h, isa.h.
**
** In backward the longer side is cut into chunks (eimf_pairs_cut). A chunk's thread alone adds to the rows of its own
** side; those of the other side get one partial sum for each chunk, added up in the order of the chunks.
*/
#ifndef EIMF_PAIRS_H
#define EIMF_PAIRS_H

#include "../hot.h"
#include "../plans.h"
#include "tile.h"

#define PAIRS_LD (PAIRS_TILE + PAIRS_PAD)

/* Turns products q (m, n) of x rows b.. and z rows j.. into gradients of the products. */
typedef void (*pairs_gradient) (float *q, int64_t b, int64_t m, int64_t j, int64_t n, const void *loss);

typedef struct {
  int64_t B, J, D;
  int threads;
  const float *x, *z, *packed;
  pairs_gradient gradient;
  const void *loss;
} pairs;

INLINE int64_t pairs_least (int64_t a, int64_t b) { return a < b ? a : b; }

/* packed: z as a right operand (D, J) in panels, tile after tile. */
static inline __attribute__((unused))
void pairs_pack (float *packed, const float *z, int64_t J, int64_t D, int threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t j = 0; j < J; j += PAIRS_TILE) {
    strided columns = { z + j * D, 1, D };
    tile_pack(packed + j * D, D, pairs_least(PAIRS_TILE, J - j), columns);
  }
}

/* q (m, n) = x rows b.. times z rows j..; j is the first of a tile. */
INLINE void pairs_products (float *q, const float *x, const float *packed, int64_t b, int64_t m, int64_t j, int64_t n,
                            int64_t D) {
  strided rows = { x + b * D, D, 1 };
  tile_gemm_packed(m, n, D, rows, packed + j * D, q, PAIRS_LD, 0);
}

/* Blocks of x rows b0..b1 and z rows j0..j1, with gradients into dx (from row b0) and dz (from row j0), or NULL. */
static inline __attribute__((unused))
void pairs_chunk (float *dx, float *dz, const pairs *p, int64_t b0, int64_t b1, int64_t j0, int64_t j1) {
  const int64_t D = p->D;
  float q[PAIRS_ROWS * PAIRS_LD];
  strided rows = { q, PAIRS_LD, 1 }, columns = { q, 1, PAIRS_LD };
  for (int64_t j = j0; j < j1; j += PAIRS_TILE) {
    const int64_t n = pairs_least(PAIRS_TILE, j1 - j);
    for (int64_t b = b0; b < b1; b += PAIRS_ROWS) {
      const int64_t m = pairs_least(PAIRS_ROWS, b1 - b);
      pairs_products(q, p->x, p->packed, b, m, j, n, D);
      p->gradient(q, b, m, j, n, p->loss);
      if (dz != NULL) tile_gemm(n, D, m, columns, p->x + b * D, D, dz + (j - j0) * D, D, 1);
      if (dx != NULL) tile_gemm(m, D, n, rows, p->z + j * D, D, dx + (b - b0) * D, D, 1);
    }
  }
}

/* y (R, D) += the partial sums, chunk by chunk. */
static inline __attribute__((unused))
void pairs_join (float *y, const float *partial, int64_t R, int64_t D, eimf_pairs_plan cut, int threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t r = 0; r < R; r++)
    for (int c = 0; c < cut.chunks; c++) v_axpy(y + r * D, 1.0f, partial + c * cut.part + r * D, D);
}

/* Adds into dx (B, D) and dz (J, D); either may be NULL. */
static inline __attribute__((unused))
void pairs_bwd (float *dx, float *dz, const pairs *p, float *scratch) {
  const eimf_pairs_plan cut = eimf_pairs_cut(p->B, p->J, p->D);
  const int64_t size = cut.across ? PAIRS_TILE : PAIRS_ROWS;
  float *other = cut.across ? dx : dz;
#pragma omp parallel for schedule(dynamic, 1) num_threads(p->threads)
  for (int c = 0; c < cut.chunks; c++) {
    const int64_t lo = cut.tiles * c / cut.chunks * size, end = cut.tiles * (c + 1) / cut.chunks * size;
    const int64_t hi = pairs_least(end, cut.across ? p->J : p->B);
    float *part = other == NULL ? NULL : scratch + c * cut.part;
    if (part != NULL) memset(part, 0, (size_t)cut.part * sizeof(float));
    if (cut.across) pairs_chunk(part, dz == NULL ? NULL : dz + lo * p->D, p, 0, p->B, lo, hi);
    else pairs_chunk(dx == NULL ? NULL : dx + lo * p->D, part, p, lo, hi, 0, p->J);
  }
  if (other != NULL) pairs_join(other, scratch, cut.across ? p->B : p->J, p->D, cut, p->threads);
}

#endif
