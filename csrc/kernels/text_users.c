/*
** text_users.c: users as means of the text vectors of their newest items.
*/
#include <math.h>
#include <string.h>

#include "text.h"

static int is_zero (const float *x, int64_t D) {
  for (int64_t d = 0; d < D; d++)
    if (x[d] != 0) return 0;
  return 1;
}


/* One user: y (D) = mean of items[first, stop), newest last. Returns whether there was one. */
static int mean (float *y, const int32_t *items, int64_t first, int64_t stop, const float *vectors,
                 int64_t D, int64_t last, double recency) {
  double weight = 1, sum = 0;
  int64_t used = 0;
  memset(y, 0, (size_t)D * sizeof *y);
  for (int64_t i = stop; i-- > first && used < last;) {
    const float *v = vectors + (int64_t)(items[i] - 1) * D;
    if (is_zero(v, D)) continue;
    for (int64_t d = 0; d < D; d++) y[d] += (float)weight * v[d];
    sum += weight;
    weight *= 1 - recency;
    used++;
  }
  for (int64_t d = 0; d < D && used > 0; d++) y[d] = (float)(y[d] / sum);
  return used > 0;
}


int64_t eimf_text_users (float *out, const int32_t *offsets, const int32_t *items, const float *vectors,
                         int64_t U, int64_t N, int64_t D, int64_t last, double recency) {
  int64_t without = 0;
  for (int64_t i = 0; i < offsets[U]; i++)
    if (items[i] < 1 || items[i] > N) return EIMF_ERANGE;
#pragma omp parallel for schedule(dynamic, 64) reduction(+:without) num_threads(eimf_threads()) \
    if (offsets[U] * D > EIMF_PAR_MIN)
  for (int64_t u = 0; u < U; u++)
    without += !mean(out + u * D, items, offsets[u], offsets[u + 1], vectors, D, last, recency);
  return without;
}


void eimf_text_centre (float *x, double *sum, int64_t R, int64_t D) {
  int64_t n = 0;
  for (int64_t d = 0; d < D; d++) sum[d] = 0;
  for (int64_t r = 0; r < R; r++) {
    if (is_zero(x + r * D, D)) continue;
    for (int64_t d = 0; d < D; d++) sum[d] += x[r * D + d];
    n++;
  }
  for (int64_t r = 0; r < R; r++) {
    if (is_zero(x + r * D, D)) continue;
    for (int64_t d = 0; d < D; d++) x[r * D + d] = (float)(x[r * D + d] - sum[d] / (double)n);
  }
}


int64_t eimf_text_unit (float *x, int64_t R, int64_t D, double least) {
  int64_t zeros = 0;
  for (int64_t r = 0; r < R; r++) {
    float *row = x + r * D;
    double sum = 0;
    for (int64_t d = 0; d < D; d++) sum += (double)row[d] * row[d];
    if (!isfinite(sum)) return -(r + 1);
    const double length = sqrt(sum), scale = length > least ? 1 / length : 0;
    for (int64_t d = 0; d < D; d++) row[d] = (float)(row[d] * scale);
    zeros += scale == 0;
  }
  return zeros;
}
