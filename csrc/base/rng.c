/*
** rng.c: Philox 4x32-10 and the distributions drawn from it.
** Key = seed; counter = (block, step, stream). Each block gives 4 words.
*/
#include <math.h>

#include "eimf_base.h"

#define ROUNDS 10
#define M0 0xD2511F53u
#define M1 0xCD9E8D57u
#define W0 0x9E3779B9u
#define W1 0xBB67AE85u

/* Counter words: block takes 32 bits and 16 more of the third word's high
** half; step takes 32 bits and 16 more of its low half. */
void eimf_philox (uint32_t out[4], uint64_t seed, uint32_t stream,
                  uint64_t step, uint64_t block) {
  uint32_t c0 = (uint32_t)block, c1 = (uint32_t)step;
  uint32_t c2 = (uint32_t)((block >> 32) << 16 | ((step >> 32) & 0xffffu));
  uint32_t c3 = stream;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t p0 = (uint64_t)M0 * c0, p1 = (uint64_t)M1 * c2;
    uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1; c3 = (uint32_t)p0;
    c0 = n0; c2 = n2;
    k0 += W0; k1 += W1;
  }
  out[0] = c0; out[1] = c1; out[2] = c2; out[3] = c3;
}


uint32_t eimf_rng_u32 (uint64_t seed, uint32_t stream, uint64_t step,
                       uint64_t index) {
  uint32_t w[4];
  eimf_philox(w, seed, stream, step, index >> 2);
  return w[index & 3];
}


float eimf_rng_uniform (uint64_t seed, uint32_t stream, uint64_t step,
                        uint64_t index) {
  return (float)(eimf_rng_u32(seed, stream, step, index) >> 8) * 0x1p-24f;
}


/* Box-Muller on the words of one block: numbers 2i and 2i+1 share a pair. */
float eimf_rng_normal (uint64_t seed, uint32_t stream, uint64_t step,
                       uint64_t index) {
  uint32_t w[4];
  eimf_philox(w, seed, stream, step, index >> 2);
  int pair = (int)(index & 2);
  double u = ((double)w[pair] + 1.0) * 0x1p-32;              /* (0, 1] */
  double angle = 6.283185307179586 * (double)w[pair + 1] * 0x1p-32;
  double radius = sqrt(-2.0 * log(u));
  return (float)(radius * ((index & 1) ? sin(angle) : cos(angle)));
}
