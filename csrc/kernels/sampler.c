/*
** sampler.c: negatives drawn without replacement, by drawing again.
*/
#include <math.h>

#include "sampler.h"

/* Id of the i-th draw. Log-uniform: floor of exp(u ln(N + 1)), the inverse of its distribution. */
static int32_t draw (const uint32_t word, int64_t N, int law) {
  if (law == EIMF_UNIFORM) return (int32_t)(1 + (((uint64_t)word * (uint64_t)N) >> 32));
  double u = ((double)word + 0.5) * 0x1p-32;
  int64_t id = (int64_t)exp(u * log((double)N + 1.0));
  return (int32_t)(id < 1 ? 1 : id > N ? N : id);
}


static double chance (int32_t id, int64_t S, int64_t N, int law, int64_t tries) {
  if (law == EIMF_UNIFORM) return (double)S / (double)N;
  double p = log1p(1.0 / (double)id) / log((double)N + 1.0);
  return -expm1((double)tries * log1p(-p));
}


void eimf_sample_bias (float *bias, const int32_t *ids, int64_t n, int64_t S, int64_t N, int law, int64_t tries) {
  for (int64_t i = 0; i < n; i++)
    bias[i] = ids[i] < 1 ? 0.0f : (float)-log(chance(ids[i], S, N, law, tries));
}


int eimf_sample (int32_t *ids, float *bias, int32_t *marker, int64_t S, int64_t N, int law,
                 uint64_t seed, uint64_t step, int64_t *tries) {
  if (S > N) return EIMF_ERANGE;
  int64_t found = 0, drawn = 0;
  uint32_t w[4];
  while (found < S) {
    if ((drawn & 3) == 0)
      eimf_philox(w, seed, EIMF_STREAM_NEGATIVES, step, (uint64_t)drawn >> 2);
    int32_t id = draw(w[drawn++ & 3], N, law);
    if (marker[id]) continue;
    marker[id] = 1;
    ids[found++] = id;
  }
  for (int64_t i = 0; i < S; i++) marker[ids[i]] = 0;
  *tries = drawn;
  eimf_sample_bias(bias, ids, S, S, N, law, drawn);
  return EIMF_OK;
}
