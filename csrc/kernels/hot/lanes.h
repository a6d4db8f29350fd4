/*
** lanes.h: logarithm of a sum of exponentials, of numbers that come tile by
** tile and are forgotten. Each lane of a vector keeps the largest number that
** it saw, and the sum of exponentials below it. Neighbour: isa.h.
*/
#ifndef EIMF_LANES_H
#define EIMF_LANES_H

#include "isa.h"

typedef struct { vf top, sum; } lanes;

/* The largest begins as a number, so that a lane without logits gives 0 and not NaN. */
INLINE lanes lanes_begin (void) { return (lanes){ v_set(-1e30f), v_set(0.0f) }; }

/* n products more; those of a tile are summed by themselves first. */
INLINE void lanes_add (lanes *s, const float *x, int64_t n, float scale) {
  vf top = s->top, sum = v_set(0.0f);
  int64_t i = 0;
  for (; i + VL <= n; i += VL) top = v_max(top, v_load(x + i) * scale);
  if (i < n) top = v_max(top, v_loadn(x + i, n - i, -INFINITY) * scale);
  for (i = 0; i + VL <= n; i += VL) sum += v_exp(v_load(x + i) * scale - top);
  if (i < n) sum += v_exp(v_loadn(x + i, n - i, -INFINITY) * scale - top);
  s->sum = s->sum * v_exp(s->top - top) + sum;
  s->top = top;
}

/* ln of the sum of all exponentials. */
static inline __attribute__((unused))
double lanes_log_sum (const lanes *s) {
  const double top = (double)v_top(s->top);
  double sum = 0;
  for (int i = 0; i < VL; i++) sum += (double)s->sum[i] * exp((double)s->top[i] - top);
  return top + log(sum);
}

#endif
