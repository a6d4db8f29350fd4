/*
** rank.c: exact top n of the largest score over K interests (hot.h has the
** definition). A block of users is scored against NR items at a time; the
** maximum over interests and the test against each user's n-th best are
** vector operations on that tile, so most tiles never touch a heap.
** Items come in rising id, hence an equal score never displaces an earlier
** item: ties fall to the smaller id by themselves. Neighbours: tile.h, isa.h.
*/
#include <math.h>

#include "../hot.h"
#include "../plans.h"
#include "tile.h"

/* The n best of one user: a binary heap whose root is the worst of them. */
typedef struct {
  int64_t n, size;
  int32_t *id;
  float *score;
  const int32_t *seen, *seen_end;      /* sorted ids still to come */
} best;

/* a ranks below b. */
INLINE int worse (float sa, int32_t ia, float sb, int32_t ib) {
  return sa < sb || (sa == sb && ia > ib);
}


static void sift_down (best *h, int64_t i, float s, int32_t id) {
  for (;;) {
    int64_t c = 2 * i + 1;
    if (c >= h->size) break;
    if (c + 1 < h->size && worse(h->score[c + 1], h->id[c + 1], h->score[c], h->id[c])) c++;
    if (!worse(h->score[c], h->id[c], s, id)) break;
    h->score[i] = h->score[c];
    h->id[i] = h->id[c];
    i = c;
  }
  h->score[i] = s;
  h->id[i] = id;
}


static void sift_up (best *h, int64_t i, float s, int32_t id) {
  while (i > 0) {
    int64_t up = (i - 1) / 2;
    if (!worse(s, id, h->score[up], h->id[up])) break;
    h->score[i] = h->score[up];
    h->id[i] = h->id[up];
    i = up;
  }
  h->score[i] = s;
  h->id[i] = id;
}


/* Offers an item; ids come in rising order, so the list of seen ones is walked once. */
static void offer (best *h, float s, int32_t id) {
  while (h->seen < h->seen_end && *h->seen < id) h->seen++;
  if (h->seen < h->seen_end && *h->seen == id) return;
  if (h->size < h->n) sift_up(h, h->size++, s, id);
  else sift_down(h, 0, s, id);
}


/* Score that an item must exceed. */
INLINE float bar (const best *h) { return h->size < h->n ? -INFINITY : h->score[0]; }


/* Takes the heap apart, worst first, into a row of ids and scores; short rows end with 0, -inf. */
static void unload (best *h, int32_t *ids, float *score) {
  for (int64_t i = h->size; i < h->n; i++) { ids[i] = 0; score[i] = -INFINITY; }
  while (h->size > 0) {
    int64_t last = --h->size;
    ids[last] = h->id[0];
    score[last] = h->score[0];
    if (last > 0) sift_down(h, 0, h->score[last], h->id[last]);
  }
}


/* Maximum over K rows of NR scores, tested against the user's bar; m <= NR are items. */
static void scan (best *h, const float *x, int64_t K, int32_t first, int64_t m) {
  float top[NR];
  int any = 0;
  vf low = v_set(bar(h));
  for (int j = 0; j < NV; j++) {
    vf t = v_load(x + j * VL);
    for (int64_t k = 1; k < K; k++) t = v_max(v_load(x + k * NR + j * VL), t);
    vi over = t > low;
    v_store(top + j * VL, t);
    for (int i = 0; i < VL; i++) any |= over[i];
  }
  if (!any) return;
  for (int64_t i = 0; i < m; i++)
    if (top[i] > bar(h)) offer(h, top[i], first + (int32_t)i);
}


static void rank_block (int32_t *ids, float *score, const eimf_rank *s, const float *packed,
                        float *tile, float *panel, int64_t u0, int64_t u1) {
  const int64_t K = s->K, D = s->D, n = s->n, users = eimf_rank_block(s);
  float *heap_score = tile + (users * K * 32 + 15) / 16 * 16;
  int32_t *heap_id = (int32_t *)(heap_score + users * n);
  best h[RANK_ROWS];
  for (int64_t u = u0; u < u1; u++) {
    const int32_t *off = s->exclude_off;
    h[u - u0] = (best){ n, 0, heap_id + (u - u0) * n, heap_score + (u - u0) * n,
                        off ? s->exclude + off[u] : NULL, off ? s->exclude + off[u + 1] : NULL };
  }
  strided rows = { s->v + u0 * K * D, D, 1 };
  for (int64_t i = 0; i < s->N; i += NR) {
    int64_t m = s->N - i < NR ? s->N - i : NR;
    const float *p = packed + i * D;
    if (panel != NULL) {
      strided items = { s->e + (1 + i) * D, 1, D };
      tile_pack(panel, D, m, items);
      p = panel;
    }
    tile_panel((u1 - u0) * K, D, rows, p, NR, tile, NR, 0);
    for (int64_t u = 0; u < u1 - u0; u++) scan(&h[u], tile + u * K * NR, K, (int32_t)i + 1, m);
  }
  for (int64_t u = u0; u < u1; u++) unload(&h[u - u0], ids + u * n, score + u * n);
}


void ISA(eimf_rank_top) (int32_t *ids, float *score, const eimf_rank *s, float *scratch) {
  const int64_t users = eimf_rank_block(s), blocks = (s->U + users - 1) / users;
  const int64_t panels = (s->N + NR - 1) / NR, D = s->D;
  const int shared = s->U > users;
  float *work = scratch + (shared ? (s->N + 31) / 32 * 32 : 32 * s->threads) * D;
#pragma omp parallel for num_threads(s->threads) if (shared)
  for (int64_t i = 0; i < panels; i++) {
    int64_t m = s->N - i * NR < NR ? s->N - i * NR : NR;
    strided items = { s->e + (1 + i * NR) * D, 1, D };
    if (shared) tile_pack(scratch + i * NR * D, D, m, items);
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (blocks > 1)
  for (int64_t b = 0; b < blocks; b++) {
    int64_t hi = (b + 1) * users < s->U ? (b + 1) * users : s->U;
    rank_block(ids, score, s, scratch, work + this_thread() * eimf_rank_work(s),
               shared ? NULL : scratch + this_thread() * 32 * D, b * users, hi);
  }
}
