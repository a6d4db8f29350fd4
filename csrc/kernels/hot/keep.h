/*
** keep.h: which elements dropout keeps: a function of a key and the element's
** number, VL elements at a time. Neighbour: isa.h.
*/
#ifndef EIMF_KEEP_H
#define EIMF_KEEP_H

#include "../../base/eimf_base.h"
#include "isa.h"

typedef uint32_t vu __attribute__((vector_size(VL * 4)));

typedef struct {
  uint32_t key[4];               /* Philox's words for what is dropped */
  uint32_t bar;                  /* p 2^32 */
  vf scale;                      /* 1 / (1 - p) */
} keeper;

/* block: Philox's, for elements numbered from 0 to 2^32. */
INLINE keeper keep_with (double p, uint64_t seed, uint64_t step, uint64_t block) {
  keeper k = { .bar = (uint32_t)(p * 4294967296.0), .scale = v_set((float)(1.0 / (1.0 - p))) };
  eimf_philox(k.key, seed, EIMF_STREAM_DROPOUT, step, block);
  return k;
}

/* Two rounds of multiply and shift: neighbouring counters give unrelated bits. */
INLINE vu keep_mix (vu x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ (x >> 16);
}

/* 1 / (1 - p) where element first + i is kept, else 0. */
INLINE vf keep (const keeper *k, uint32_t first) {
  vu i;
  for (int j = 0; j < VL; j++) i[j] = first + (uint32_t)j;
  vu x = keep_mix((i ^ k->key[0]) + k->key[1]);
  vi kept = (vi)(x >= k->bar);
  return (vf)((vi)k->scale & kept);
}

#endif
