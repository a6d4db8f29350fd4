/*
** plans.c: what the fused kernels decide before they start: chunks, tiles,
** scratch. Compiled once; shared by all instruction sets.
*/
#include <string.h>

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


static int32_t *take_ids (float *scratch, int64_t *used, int64_t n) {
  return (int32_t *)(void *)take(scratch, used, n);
}


eimf_sa_plan eimf_sa_layout (const eimf_sa *s, float *scratch) {
  eimf_sa_plan p = { 0 };
  int64_t most = s->R / EIMF_SA_CHUNK;
  p.chunks = most < 1 ? 1 : (int)at_most(most, EIMF_SA_MAXCHUNKS);
  p.threads = s->R * s->D * s->H > EIMF_PAR_MIN ? s->threads : 1;
  p.K4 = padded(s->K, 4);
  p.tile_size = padded(EIMF_SA_TILE * (2 * s->D + s->H + EIMF_SA_PAD), 16);
  p.partial_size = padded((s->D + p.K4) * s->H + s->T * (s->rows == NULL ? s->D : s->H), 16);
  p.zp = take(scratch, &p.size, s->T * s->H);             /* what backward finds again comes first */
  if (s->rows != NULL) p.z = take(scratch, &p.size, s->n * s->H);
  p.w1 = take(scratch, &p.size, padded(s->D, WIDEST) * padded(s->H, WIDEST));
  p.w2t = take(scratch, &p.size, p.K4 * s->H);
  p.dl = take(scratch, &p.size, s->R * p.K4);
  p.tiles = take(scratch, &p.size, p.threads * p.tile_size);
  p.partial = take(scratch, &p.size, p.chunks * p.partial_size);
  if (s->rows == NULL) return p;
  p.dzp = take(scratch, &p.size, s->T * s->H);
  p.starts = take_ids(scratch, &p.size, s->n + 2);
  p.order = take_ids(scratch, &p.size, s->R);
  p.owner = take_ids(scratch, &p.size, s->R);
  p.place = take_ids(scratch, &p.size, s->R);
  return p;
}


int64_t eimf_sa_scratch (const eimf_sa *s) { return eimf_sa_layout(s, NULL).size; }


int64_t eimf_row_chunk (const int32_t *off, int64_t B, int chunks, int c) {
  int64_t row = (int64_t)off[B] * c / chunks, lo = 0, hi = B;
  if (c == chunks) return B;
  while (lo < hi) {                        /* first segment that begins at or after row */
    int64_t mid = (lo + hi) / 2;
    if (off[mid] < row) lo = mid + 1;
    else hi = mid;
  }
  return c == 0 ? 0 : lo;
}


int64_t eimf_sa_chunk (const eimf_sa *s, int chunks, int c) { return eimf_row_chunk(s->off, s->B, chunks, c); }


eimf_gru_plan eimf_gru_layout (const eimf_gru *s, float *scratch, int back) {
  const int64_t D = s->D, H = s->H;
  eimf_gru_plan p = { 0 };
  p.wide = at_most(padded(s->B / EIMF_GRU_CHUNKS + 1, EIMF_GRU_NARROW), EIMF_GRU_WIDE);
  p.chunks = (int)((s->B + p.wide - 1) / p.wide);
  p.threads = s->R * (D + H) * H > EIMF_PAR_MIN ? s->threads : 1;
  p.tile_size = padded(EIMF_GRU_TILE * (D > H ? D : H), 16);
  p.partial_size = padded((D + H) * 3 * H + 4 * H, 16);
  p.rows = take_ids(scratch, &p.size, s->R);
  p.steps = take_ids(scratch, &p.size, s->R + 1);
  p.first = take_ids(scratch, &p.size, p.chunks + 1);
  p.order = take_ids(scratch, &p.size, s->B);
  p.count = take_ids(scratch, &p.size, s->R + 2);
  p.wx = take(scratch, &p.size, 3 * padded(D, WIDEST) * padded(H, WIDEST));
  p.wh = take(scratch, &p.size, 2 * H * padded(H, WIDEST));
  p.whn = take(scratch, &p.size, H * padded(H, WIDEST));
  p.bias = take(scratch, &p.size, 4 * H);
  p.tiles = take(scratch, &p.size, p.threads * p.tile_size);
  if (!back) return p;
  p.da = take(scratch, &p.size, s->R * 4 * H);
  p.partial = take(scratch, &p.size, p.chunks * p.partial_size);
  return p;
}


int64_t eimf_gru_scratch (const eimf_gru *s, int back) { return eimf_gru_layout(s, NULL, back).size; }


/* Segments by falling length; of the same length, in the batch's order. */
static void sort_segments (const eimf_gru_plan *p, const eimf_gru *s) {
  int32_t at = 0;
  memset(p->count, 0, (size_t)(s->R + 1) * sizeof *p->count);
  for (int64_t b = 0; b < s->B; b++) p->count[s->off[b + 1] - s->off[b]]++;
  for (int64_t length = s->R; length >= 0; length--) {
    int32_t n = p->count[length];
    p->count[length] = at;
    at += n;
  }
  for (int64_t b = 0; b < s->B; b++) p->order[p->count[s->off[b + 1] - s->off[b]]++] = (int32_t)b;
}


void eimf_gru_order (eimf_gru_plan *p, const eimf_gru *s) {
  int32_t row = 0, step = 0;
  sort_segments(p, s);
  for (int c = 0; c < p->chunks; c++) {
    const int32_t *of = p->order + c * p->wide;
    int64_t n = at_most(s->B - c * p->wide, p->wide);
    p->first[c] = step;
    for (int32_t t = 0; ; t++) {
      while (n > 0 && s->off[of[n - 1] + 1] - s->off[of[n - 1]] <= t) n--;
      if (n == 0) break;
      p->steps[step++] = row;
      for (int64_t i = 0; i < n; i++) p->rows[row++] = s->off[of[i]] + t;
    }
  }
  p->first[p->chunks] = step;
  p->steps[step] = row;
}


void eimf_ce_plan (eimf_ce *s) {
  int64_t t = CE_CELLS / (s->B > 0 ? s->B : 1) / WIDEST * WIDEST;
  s->tile = t < WIDEST ? WIDEST : at_most(t, CE_TILE);
  s->tiles = (s->S + s->tile - 1) / s->tile;
  s->ld = padded(s->S, 16);
}


int eimf_ce_chunks (const eimf_ce *s) { return (int)at_most(s->tiles, CE_CHUNKS); }


/* Forward: one packed tile for each thread, sums (B, tiles), for hard negatives a row for each thread and one of
** weights. Backward: a tile of probabilities
** for each thread, and du (B, D) for each chunk. */
int64_t eimf_ce_scratch (const eimf_ce *s) {
  int64_t rows = s->form == EIMF_CE_HARD ? (s->threads + 1) * s->ld : 0;
  int64_t fwd = s->threads * eimf_ce_packed(s) + padded(s->B * s->tiles, 16) + rows;
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


/* Where several blocks of users share what packing costs, and vectors are short enough for rough scores to tell much. */
#define SIEVE_DIM 160

int eimf_sieved (const eimf_rank *s) {
  return eimf_simd() != EIMF_PORTABLE && s->D <= SIEVE_DIM && s->U > eimf_rank_block(s);
}


#define SIEVE_ROWS 48            /* register tiles and vectors of every instruction set divide it */

eimf_sieve_parts eimf_sieve_layout (const eimf_rank *s, float *scratch) {
  const int64_t users = eimf_rank_block(s);
  eimf_sieve_parts p = { .rows = padded(users * s->K, SIEVE_ROWS) };
  p.keys = (uint64_t *)(void *)take(scratch, &p.size, users * eimf_rank_room(s) * 2);
  p.hit = (uint64_t *)(void *)take(scratch, &p.size, p.rows * 2);
  p.columns = take(scratch, &p.size, users * s->D * s->K + WIDEST);      /* vectors are read to their end */
  p.bar = take(scratch, &p.size, p.rows);
  p.fine = take(scratch, &p.size, p.rows);
  p.length = take(scratch, &p.size, p.rows);
  p.error = take(scratch, &p.size, p.rows);
  p.pairs = take_ids(scratch, &p.size, p.rows * ((s->D + 1) / 2));
  p.begin = take_ids(scratch, &p.size, p.rows);
  p.over = take_ids(scratch, &p.size, p.rows);
  p.waiting = take_ids(scratch, &p.size, users * EIMF_SIEVE_WAITING);
  p.n_waiting = take_ids(scratch, &p.size, users);
  return p;
}


/* Panels are of WIDEST items or of twice as many. */
eimf_sieve_items eimf_sieve_pack (const eimf_rank *s, float *scratch) {
  const int64_t items = padded(s->N, 2 * WIDEST), panels = items / WIDEST;
  eimf_sieve_items p = { 0 };
  p.bytes = (uint8_t *)(void *)take(scratch, &p.size, items * ((s->D + 1) / 2 * 2) / (int64_t)sizeof(float));
  p.grain = take(scratch, &p.size, panels);
  p.error = take(scratch, &p.size, panels);
  p.length = take(scratch, &p.size, panels);
  return p;
}


/* A block for each thread; then all items packed where several blocks want them, else a panel for the only one. */
int64_t eimf_rank_scratch (const eimf_rank *s) {
  if (eimf_sieved(s)) return s->threads * eimf_sieve_layout(s, NULL).size + eimf_sieve_pack(s, NULL).size;
  int64_t items = s->U > eimf_rank_block(s) ? padded(s->N, WIDEST) : WIDEST;
  return s->threads * eimf_rank_work(s) + items * s->D;
}
