/*
** attention.c: how causal attention cuts its work; attention.h has the
** formulas, hot/attention.c the loops.
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
