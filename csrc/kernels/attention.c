/*
** attention.c: how causal attention cuts its work, and vectors of positions;
** attention.h has the formulas, hot/attention.c attention's loops.
*/
#include "attention.h"

#define WIDEST 32                /* columns of the widest register tile */
#define LANES 16                 /* floats of the widest vector: what a row of scores may be read beyond its end */
#define CHUNK 256                /* rows of a chunk, about */

static int64_t padded (int64_t n, int64_t to) { return (n + to - 1) / to * to; }


eimf_attention_plan eimf_attention_cut (const eimf_attention *s) {
  eimf_attention_plan p = { .longest = EIMF_ATTENTION_ROWS };
  for (int64_t b = 0; b < s->B; b++)
    if (s->off[b + 1] - s->off[b] > p.longest) p.longest = s->off[b + 1] - s->off[b];
  p.chunks = (int)(s->R / CHUNK) + 1;
  p.threads = p.chunks > 1 ? s->threads : 1;
  p.ld = padded(p.longest, WIDEST) + LANES;
  p.packed = padded(p.longest, WIDEST) * s->d;
  p.work = 2 * (padded(p.packed, LANES) + EIMF_ATTENTION_ROWS * p.ld);
  p.size = p.threads * p.work;
  return p;
}


void eimf_positions_fwd (float *y, const float *x, const float *p, float scale, const int32_t *off, int64_t B,
                         int64_t T, int64_t D) {
#pragma omp parallel for num_threads(eimf_threads()) if (off[B] * D > EIMF_PAR_MIN)
  for (int64_t b = 0; b < B; b++)
    for (int64_t r = off[b]; r < off[b + 1]; r++) {
      const int64_t back = off[b + 1] - 1 - r;
      const float *from = x + r * D, *at = p + (back < T ? back : T - 1) * D;
      float *to = y + r * D;
      for (int64_t i = 0; i < D; i++) to[i] = scale * from[i] + at[i];
    }
}


/* A thread for each position: its rows, segment by segment. The last position has all the older rows. */
void eimf_positions_bwd (float *dp, const float *dy, const int32_t *off, int64_t B, int64_t T, int64_t D) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(eimf_threads()) if (off[B] * D > EIMF_PAR_MIN)
  for (int64_t t = 0; t < T; t++)
    for (int64_t b = 0; b < B; b++) {
      const int64_t newest = (int64_t)off[b + 1] - 1 - t, oldest = t < T - 1 ? newest : off[b];
      for (int64_t r = newest; r >= oldest && r >= off[b]; r--)
        for (int64_t i = 0; i < D; i++) dp[t * D + i] += dy[r * D + i];
    }
}
