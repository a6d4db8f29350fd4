/*
** sums.h: sums in double, VL at a time and then across, always in the same
** order. Neighbour: isa.h.
*/
#ifndef EIMF_SUMS_H
#define EIMF_SUMS_H

#include "isa.h"

typedef struct { double part[VL]; } vsum;

INLINE void d_add (vsum *s, vf x) {
  for (int i = 0; i < VL; i++) s->part[i] += (double)x[i];
}

INLINE void d_add_product (vsum *s, vf x, vf y) {
  for (int i = 0; i < VL; i++) s->part[i] += (double)x[i] * (double)y[i];
}

INLINE double d_total (vsum s) {
  for (int w = VL / 2; w > 0; w /= 2)
    for (int i = 0; i < w; i++) s.part[i] += s.part[i + w];
  return s.part[0];
}

INLINE double d_dot (const float *a, const float *b, int64_t n) {
  vsum q = { { 0 } };
  EACH(i, w, n) d_add_product(&q, v_loadn(a + i, w, 0), v_loadn(b + i, w, 0));
  return d_total(q);
}

/* Lanes of a sum as floats, times `scale`. */
INLINE vf d_lanes (const vsum *s, double scale) {
  vf x;
  for (int i = 0; i < VL; i++) x[i] = (float)(s->part[i] * scale);
  return x;
}

#endif
