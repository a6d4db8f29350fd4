/*
** parts.h: gradients that several chunks of a batch add to: a chunk has a part
** of its own, and parts are summed in the order of the chunks, so that threads
** leave no trace. Neighbour: tile.h.
*/
#ifndef EIMF_PARTS_H
#define EIMF_PARTS_H

#include "tile.h"

#define PARTS_SPAN 1024      /* numbers that a thread sums at a time */

/* y[i] += the i-th numbers of all parts, which lie `apart` floats apart. */
static inline __attribute__((unused))
void parts_sum (float *y, const float *parts, int64_t apart, int count, int64_t n, int threads) {
#pragma omp parallel for num_threads(threads)
  for (int64_t lo = 0; lo < n; lo += PARTS_SPAN)
    for (int c = 0; c < count; c++)
      v_axpy(y + lo, 1.0f, parts + c * apart + lo, n - lo < PARTS_SPAN ? n - lo : PARTS_SPAN);
}

#endif
