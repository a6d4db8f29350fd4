/*
** best.h: the n best items that a user has so far: a list that holds more than
** n and is cut back to the n best when it is full, which lifts the user's bar.
** Included by rank.c and sieve.c, which find what is over the bar.
*/
#ifndef EIMF_BEST_H
#define EIMF_BEST_H

#include <math.h>

#include "../hot.h"
#include "../plans.h"
#include "isa.h"

/* A score and its id as one number that grows with the rank: higher score, then smaller id. */
INLINE uint64_t key_of (float score, int32_t id) {
  uint32_t bits;
  score += 0.0f;                                     /* -0 and 0 are a tie */
  memcpy(&bits, &score, sizeof bits);
  bits ^= bits >> 31 ? 0xffffffffu : 0x80000000u;
  return (uint64_t)bits << 32 | (0xffffffffu - (uint32_t)id);
}

INLINE int32_t id_of (uint64_t key) { return (int32_t)(0xffffffffu - (uint32_t)key); }

INLINE float score_of (uint64_t key) {
  uint32_t bits = (uint32_t)(key >> 32);
  float score;
  bits ^= bits >> 31 ? 0x80000000u : 0xffffffffu;
  memcpy(&score, &bits, sizeof score);
  return score;
}


/* Greatest first, by insertion: for short stretches. */
static void sort_short (uint64_t *key, int64_t lo, int64_t hi) {
  for (int64_t i = lo + 1; i <= hi; i++) {
    uint64_t k = key[i];
    int64_t j = i;
    for (; j > lo && key[j - 1] < k; j--) key[j] = key[j - 1];
    key[j] = k;
  }
}


/* Parts three distinct keys or more: key[lo..cut] above key[cut+1..hi]; lo <= cut < hi is returned. Every key is
** swapped, wanted or not: half of the branches that would spare it are guessed wrongly. */
static int64_t part (uint64_t *key, int64_t lo, int64_t hi) {
  uint64_t a = key[lo], b = key[(lo + hi) / 2], c = key[hi];
  uint64_t pivot = (a < b) != (a < c) ? a : (b < a) != (b < c) ? b : c;      /* the middle one: some are above */
  int64_t cut = lo;
  for (int64_t i = lo; i <= hi; i++) {
    uint64_t k = key[i];
    key[i] = key[cut];
    key[cut] = k;
    cut += k > pivot;
  }
  return cut - 1;
}

#define SHORT 16                 /* keys that insertion sorts faster than parting */

/* Brings the n greatest keys to the front, the least of them to n - 1. */
static void select_best (uint64_t *key, int64_t size, int64_t n) {
  int64_t lo = 0, hi = size - 1;
  while (hi - lo >= SHORT) {
    int64_t cut = part(key, lo, hi);
    if (n - 1 <= cut) hi = cut;
    else lo = cut + 1;
  }
  sort_short(key, lo, hi);
}


static void sort_keys (uint64_t *key, int64_t lo, int64_t hi) {
  while (hi - lo >= SHORT) {
    int64_t cut = part(key, lo, hi);
    if (cut - lo < hi - cut) { sort_keys(key, lo, cut); lo = cut + 1; }
    else { sort_keys(key, cut + 1, hi); hi = cut; }
  }
  sort_short(key, lo, hi);
}


/* What one user has so far. */
typedef struct {
  uint64_t *key;                       /* (room) in no order */
  int64_t size;
  const int32_t *seen, *seen_end;      /* sorted ids to leave out, still to come */
} best;


/* An empty list of user u, whose keys lie at `key`. */
static best empty_list (const eimf_rank *s, int64_t u, uint64_t *key) {
  best h = { .key = key };
  if (s->exclude_off != NULL) {
    h.seen = s->exclude + s->exclude_off[u];
    h.seen_end = s->exclude + s->exclude_off[u + 1];
  }
  return h;
}


/* Cuts a full list back to the n best; the least of them is the new bar. */
static float cut_back (best *h, int64_t n) {
  select_best(h->key, h->size, n);
  h->size = n;
  return score_of(h->key[n - 1]);
}


/* Bits of those of m items, ids from `first` on, that the user may get. */
static uint32_t open_lanes (best *h, int32_t first, int64_t m) {
  uint32_t open = 0xffffffffu >> (32 - m);
  while (h->seen < h->seen_end && *h->seen < first) h->seen++;
  for (const int32_t *s = h->seen; s < h->seen_end && *s - first < m; s++)
    if (*s >= first) open &= ~(1u << (*s - first));              /* a list that is not sorted is no worse than wrong */
  return open;
}


INLINE int all_finite (const float *v, int64_t n) {
  float odd = 0;
  for (int64_t i = 0; i < n; i++) odd += v[i] - v[i];          /* 0, or NaN for ever */
  return odd == 0;
}


/* What a user begins with: everything passes, or nothing where interests (K, D) are not numbers. */
INLINE float first_bar (const eimf_rank *s, const float *v) {
  return all_finite(v, s->K * s->D) ? -INFINITY : INFINITY;
}


/* The n best, in order; short rows end with 0, -inf. */
static void unload (best *h, int32_t *ids, float *score, int64_t n) {
  if (h->size > n) {
    select_best(h->key, h->size, n);
    h->size = n;
  }
  sort_keys(h->key, 0, h->size - 1);
  for (int64_t i = 0; i < n; i++) {
    ids[i] = i < h->size ? id_of(h->key[i]) : 0;
    score[i] = i < h->size ? score_of(h->key[i]) : -INFINITY;
  }
}

#if defined(__AVX2__)
/* eimf_rank_top where eimf_sieved says so; the same lists (sieve.c). */
void ISA(eimf_sieve_top) (int32_t *ids, float *score, const eimf_rank *s, float *scratch);
#endif

#endif
