/*
** dense.c: how a linear layer cuts its work; dense.h has the formula,
** hot/dense.c the loops.
*/
#include "dense.h"

#define WIDEST 32                /* columns of the widest register tile */
#define CHUNK 128                /* rows of a chunk, about: a chunk costs a partial gradient */
#define CHUNKS 16                /* at most */

static int64_t padded (int64_t n, int64_t to) { return (n + to - 1) / to * to; }


eimf_dense_plan eimf_dense_cut (const eimf_dense *s) {
  eimf_dense_plan p = { .chunks = (int)((s->R + CHUNK / 2) / CHUNK) };
  if (p.chunks < 1) p.chunks = 1;
  if (p.chunks > CHUNKS) p.chunks = CHUNKS;
  p.threads = s->R * s->n * s->m > EIMF_PAR_MIN ? s->threads : 1;
  p.packed = padded(s->n, WIDEST) * padded(s->m, WIDEST);
  p.part = padded((s->n + 1) * s->m, 16);
  p.input = s->ids != NULL ? padded(EIMF_DENSE_TILE * (s->n + EIMF_DENSE_PAD), 16) : 0;
  p.tile = p.input + (s->relu ? padded(EIMF_DENSE_TILE * s->m, 16) : 0);
  p.fwd = p.packed + p.threads * p.input;
  p.bwd = p.packed + p.chunks * p.part + p.threads * p.tile;
  return p;
}
