/*
** routing.c: what the maps of positions decide before they start: the order
** of rows, and where scratch lies. Compiled once. See routing.h.
*/
#include <string.h>

#include "routing.h"

#define WIDEST 32                /* columns of the widest register tile */

static int64_t padded (int64_t n, int64_t to) { return (n + to - 1) / to * to; }


eimf_maps_plan eimf_maps_layout (const eimf_maps *s, float *scratch) {
  eimf_maps_plan p = { 0 };
  const int64_t order = padded(s->R, 16), starts = padded(s->T + 1, 16);
  p.tile_size = padded(MAPS_TILE * (s->D + s->N) + padded(s->D, WIDEST) * padded(s->N, WIDEST), 16);
  p.size = order + starts + s->threads * p.tile_size;
  if (scratch == NULL) return p;
  p.order = (int32_t *)(void *)scratch;
  p.starts = p.order + order;
  p.tiles = scratch + order + starts;
  return p;
}


int64_t eimf_maps_scratch (const eimf_maps *s) { return eimf_maps_layout(s, NULL).size; }


/* Position of row r of the segment that ends before `end`. */
static int64_t position (const eimf_maps *s, int64_t r, int64_t end) {
  return end - 1 - r < s->T ? end - 1 - r : s->T - 1;
}


/* A counting sort: rows of one position stay in their order. */
void eimf_maps_order (const eimf_maps_plan *p, const eimf_maps *s) {
  int32_t *starts = p->starts;
  memset(starts, 0, (size_t)(s->T + 1) * sizeof *starts);
  for (int64_t b = 0; b < s->B; b++)
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) starts[position(s, r, s->off[b + 1]) + 1]++;
  for (int64_t t = 0; t < s->T; t++) starts[t + 1] += starts[t];
  for (int64_t b = 0; b < s->B; b++)                    /* starts move to the ends of their positions */
    for (int64_t r = s->off[b]; r < s->off[b + 1]; r++) p->order[starts[position(s, r, s->off[b + 1])]++] = (int32_t)r;
  memmove(starts + 1, starts, (size_t)s->T * sizeof *starts);
  starts[0] = 0;
}
