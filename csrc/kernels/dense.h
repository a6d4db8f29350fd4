/*
** dense.h: a linear layer, fused. In three instruction sets (hot/dense.c),
** called through dispatch.c; dense.c cuts the work.
*/
#ifndef EIMF_DENSE_H
#define EIMF_DENSE_H

#include "hot.h"

/*
** y = f(x w + b), f the identity or, with relu, max(., 0).      x (R, n)   w (n, m)   b (m) or NULL   y (R, m)
** A row's numbers do not depend on the rows beside it. With add y += x w; b and relu are not for it.
** ids (R) or NULL: x is a table of which row r of the input is row ids[r]; such an input has no dx.
*/
typedef struct {
  int64_t R, n, m;
  int threads, relu, add;
  const float *x, *w, *b;
  const int32_t *ids;
} eimf_dense;

#define EIMF_DENSE_TILE 96       /* rows in cache at once; every register tile's rows divide this */

#define EIMF_DENSE_PAD 16        /* keeps rows that were brought together off the same cache sets */

/* How the work is cut: chunks of rows, and scratch in floats. */
typedef struct {
  int chunks, threads;           /* of the backward: chunks have partial gradients of w and b */
  int64_t packed;                /* w or its transpose as panels */
  int64_t part;                  /* of a chunk: dw (n, m), db (m) */
  int64_t input, tile;           /* of a thread: rows of a table (TILE, n + PAD); the same and gradients (TILE, m) */
  int64_t fwd, bwd;              /* scratch in all */
} eimf_dense_plan;

eimf_dense_plan eimf_dense_cut (const eimf_dense *s);

EIMF_HOT(void, eimf_dense_fwd, (float *y, const eimf_dense *s, float *scratch));
/* dx = or += (add); dw and db +=; any of them may be NULL. y is read with relu only. */
EIMF_HOT(void, eimf_dense_bwd, (float *dx, int add, float *dw, float *db, const float *dy, const float *y,
                                const eimf_dense *s, float *scratch));

#endif
