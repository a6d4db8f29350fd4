/*
** squash.h: squash of one row (rows.h has the formula), for rows.c and
** routing.c. Neighbours: sums.h, isa.h.
*/
#ifndef EIMF_SQUASH_H
#define EIMF_SQUASH_H

#include "sums.h"

INLINE void squash_row (float *y, const float *x, int64_t D) {
  const double q = d_dot(x, x, D);
  const float scale = (float)(sqrt(q) / (1 + q));
  EACH(i, w, D) v_storen(y + i, v_loadn(x + i, w, 0) * scale, w);
}

#endif
