/*
** diverse.c: see diverse.h. One thread: 50 of 200 cost some ten microseconds, less than ranking them did.
*/
#include <math.h>

#include "diverse.h"

#define TAKEN (-1)

/* The best of m candidates that are not taken; -1: none is left. same[i]: items of i's category in the list, which
** holds `known` items of known category. */
static int64_t best_of (const eimf_diverse_spec *s, const int32_t *candidate, const float *score, const int32_t *same,
                        int64_t m, int32_t known) {
  int64_t best = -1;
  double most = 0;
  for (int64_t i = 0; i < m; i++) {
    if (same[i] == TAKEN) continue;
    int32_t others = s->category[candidate[i]] == 0 ? 0 : known - same[i];
    double value = (double)score[i] + (double)s->lambda * others;
    if (best >= 0 && !(value > most)) continue;
    best = i;
    most = value;
  }
  return best;
}


/* Candidate `which` enters the list. */
static int32_t take (const eimf_diverse_spec *s, const int32_t *candidate, int32_t *same, int64_t m, int64_t which) {
  int32_t own = s->category[candidate[which]];
  same[which] = TAKEN;
  for (int64_t i = 0; own != 0 && i < m; i++)
    same[i] += same[i] != TAKEN && s->category[candidate[i]] == own;
  return own != 0;
}


static void one_list (int32_t *ids, float *scores, const eimf_diverse_spec *s, const int32_t *candidate,
                      const float *score, int32_t *same) {
  int64_t m = 0, t = 0;
  int32_t known = 0;
  for (; m < s->M && candidate[m] != 0; m++) same[m] = 0;
  for (; t < s->n && t < m; t++) {
    int64_t best = best_of(s, candidate, score, same, m, known);
    ids[t] = candidate[best];
    scores[t] = score[best];
    known += take(s, candidate, same, m, best);
  }
  for (; t < s->n; t++) {
    ids[t] = 0;
    scores[t] = -INFINITY;
  }
}


void eimf_diverse (int32_t *ids, float *scores, const eimf_diverse_spec *s, int32_t *same) {
  for (int64_t u = 0; u < s->U; u++)
    one_list(ids + u * s->n, scores + u * s->n, s, s->candidate + u * s->M, s->score + u * s->M, same);
}
