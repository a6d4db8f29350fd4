/*
** plans.c: what the fused kernels decide before they start: chunks, tiles,
** scratch. Compiled once; shared by all instruction sets.
*/
#include "plans.h"

#define WIDEST 32                /* columns of the widest register tile */

static int64_t padded (int64_t n, int64_t to) { return (n + to - 1) / to * to; }

static int64_t at_most (int64_t n, int64_t most) { return n < most ? n : most; }


/* Hands out the next n floats of scratch; counts only where there is none yet. */
static float *take (float *scratch, int64_t *used, int64_t n) {
  float *at = scratch == NULL ? NULL : scratch + *used;
  *used += padded(n, 16);
  return at;
}


eimf_sa_plan eimf_sa_layout (const eimf_sa *s, float *scratch) {
  eimf_sa_plan p = { 0 };
  int64_t most = s->R / EIMF_SA_CHUNK;
  p.chunks = most < 1 ? 1 : (int)at_most(most, EIMF_SA_MAXCHUNKS);
  p.threads = s->R * s->D * s->H > EIMF_PAR_MIN ? s->threads : 1;
  p.K4 = padded(s->K, 4);
  p.tile_size = padded(EIMF_SA_TILE * (2 * s->D + s->H), 16);
  p.partial_size = padded((s->D + p.K4) * s->H + s->T * s->D, 16);
  p.w1 = take(scratch, &p.size, padded(s->D, WIDEST) * padded(s->H, WIDEST));
  p.w2t = take(scratch, &p.size, p.K4 * s->H);
  p.dl = take(scratch, &p.size, s->R * p.K4);
  p.tiles = take(scratch, &p.size, p.threads * p.tile_size);
  p.partial = take(scratch, &p.size, p.chunks * p.partial_size);
  return p;
}


int64_t eimf_sa_scratch (const eimf_sa *s) { return eimf_sa_layout(s, NULL).size; }


int64_t eimf_sa_chunk (const eimf_sa *s, int chunks, int c) {
  int64_t row = s->R * c / chunks, lo = 0, hi = s->B;
  if (c == chunks) return s->B;
  while (lo < hi) {                        /* first segment that begins at or after row */
    int64_t mid = (lo + hi) / 2;
    if (s->off[mid] < row) lo = mid + 1;
    else hi = mid;
  }
  return c == 0 ? 0 : lo;
}


void eimf_ce_plan (eimf_ce *s) {
  int64_t t = CE_CELLS / (s->B > 0 ? s->B : 1) / WIDEST * WIDEST;
  s->tile = t < WIDEST ? WIDEST : at_most(t, CE_TILE);
  s->tiles = (s->S + s->tile - 1) / s->tile;
  s->ld = padded(s->S, 16);
}


int eimf_ce_chunks (const eimf_ce *s) { return (int)at_most(s->tiles, CE_CHUNKS); }


/* Forward: one packed tile for each thread, and sums (B, tiles). Backward: a tile of probabilities
** for each thread, and du (B, D) for each chunk. */
int64_t eimf_ce_scratch (const eimf_ce *s) {
  int64_t fwd = s->threads * eimf_ce_packed(s) + s->B * s->tiles;
  int64_t bwd = s->threads * eimf_ce_cells(s) + eimf_ce_chunks(s) * padded(s->B * s->D, 16);
  return fwd > bwd ? fwd : bwd;
}


int64_t eimf_ce_packed (const eimf_ce *s) { return padded(s->tile, WIDEST) * s->D; }
int64_t eimf_ce_cells (const eimf_ce *s) { return s->B * (s->tile + CE_PAD); }


/* The longer side is cut: then the partial gradients are of the shorter one. */
eimf_pairs_plan eimf_pairs_cut (int64_t B, int64_t J, int64_t D) {
  eimf_pairs_plan p = { .across = J > B };
  p.tiles = p.across ? (J + PAIRS_TILE - 1) / PAIRS_TILE : (B + PAIRS_ROWS - 1) / PAIRS_ROWS;
  p.chunks = (int)at_most(p.tiles, PAIRS_CHUNKS);
  p.part = padded((p.across ? B : J) * D, 16);
  return p;
}


int64_t eimf_pairs_packed (int64_t J, int64_t D) { return padded(J, WIDEST) * D; }


int64_t eimf_pairs_scratch (int64_t B, int64_t J, int64_t D) {
  eimf_pairs_plan p = eimf_pairs_cut(B, J, D);
  return p.chunks * p.part;
}


/* A list holds n and a panel of newcomers at least; never more than all items and a panel. */
int64_t eimf_rank_room (const eimf_rank *s) {
  return at_most(s->n + RANK_SLACK + s->n / 4, s->N + WIDEST);
}


int64_t eimf_rank_block (const eimf_rank *s) {
  int64_t users = at_most(RANK_ROWS / (s->K > 0 ? s->K : 1), RANK_KEYS / eimf_rank_room(s));
  return users < 1 ? 1 : at_most(users, s->U < 1 ? 1 : s->U);
}


eimf_rank_parts eimf_rank_layout (const eimf_rank *s, float *scratch) {
  int64_t used = 0, users = eimf_rank_block(s), rows = padded(users * s->K, RANK_TILE);
  eimf_rank_parts p;
  p.keys = (uint64_t *)(void *)take(scratch, &used, users * eimf_rank_room(s) * 2);
  p.rows = take(scratch, &used, rows * s->D);
  p.scores = take(scratch, &used, rows * WIDEST);
  p.bar = take(scratch, &used, users);
  p.size = used;
  return p;
}


int64_t eimf_rank_work (const eimf_rank *s) { return eimf_rank_layout(s, NULL).size; }


/* A block for each thread; then all items packed where several blocks want them, else a panel for the only one. */
int64_t eimf_rank_scratch (const eimf_rank *s) {
  int64_t items = s->U > eimf_rank_block(s) ? padded(s->N, WIDEST) : WIDEST;
  return s->threads * eimf_rank_work(s) + items * s->D;
}
