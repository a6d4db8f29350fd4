/*
** rank.c: exact top n of the largest score over K interests (hot.h has the
** definition). A block of users is scored against a panel of NR items at a
** time, all of their interests as the rows of one product; the largest score
** of each item is compared with the user's bar, the n-th best score so far.
** Few pass. Those go into a list that holds more than n and is cut back to the
** n best when it is full, which lifts the bar.
** Items come in rising id, hence an equal score never displaces an earlier
** item: ties fall to the smaller id by themselves. A score is one chain of
** fused multiply-adds over D, whatever the block, the threads, the users
** beside it. Many users at once are sieve.c's, where the set has it: the same
** lists. Neighbours: best.h, tile.h, isa.h.
*/
#include "best.h"
#include "tile.h"

/* Bits of the lanes that are over the bar. */
INLINE uint32_t lanes_over (vf score, vf bar) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask((__m512)score, (__m512)bar, _CMP_GT_OQ);
#elif defined(__AVX2__)
  return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)score, (__m256)bar, _CMP_GT_OQ));
#elif defined(__SSE2__)
  return (uint32_t)_mm_movemask_ps(_mm_cmpgt_ps((__m128)score, (__m128)bar));
#else
  uint32_t over = 0;
  for (int i = 0; i < VL; i++) over |= (uint32_t)(score[i] > bar[i]) << i;
  return over;
#endif
}


/* x (m, NR): m packed rows, a (D, MR), times a panel p (D, NR). */
INLINE void score_rows (const int m, int64_t D, const float *a, const float *p, float *x) {
  vf acc[MR][NV];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < NV; j++) acc[i][j] = v_set(0.0f);
  for (int64_t d = 0; d < D; d++, a += MR, p += NR) {
    vf q[NV];
    for (int j = 0; j < NV; j++) q[j] = v_load(p + j * VL);
    for (int i = 0; i < m; i++)
      for (int j = 0; j < NV; j++) acc[i][j] += a[i] * q[j];
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < NV; j++) v_store(x + i * NR + j * VL, acc[i][j]);
}


/* top (NR): the largest of K rows of scores; returns the bits of the items over the bar. */
INLINE uint32_t largest (float *top, const float *x, int64_t K, float bar) {
  uint32_t over = 0;
  vf low = v_set(bar);
  for (int j = 0; j < NV; j++) {
    vf most = v_load(x + j * VL);
    for (int64_t k = 1; k < K; k++) most = larger(v_load(x + k * NR + j * VL), most);
    v_store(top + j * VL, most);
    over |= lanes_over(most, low) << j * VL;
  }
  return over;
}


/* Appends the items that `over` marks; returns the user's bar, which rises when the list was full. */
static float take (best *h, const float *score, uint32_t over, int32_t first, const eimf_rank *s, float bar) {
  if (h->size + NR > eimf_rank_room(s)) bar = cut_back(h, s->n);
  uint64_t *end = h->key + h->size;
  for (; over != 0; over &= over - 1) {
    int lane = __builtin_ctz(over);
    *end = key_of(score[lane], first + lane);
    end += score[lane] > bar;                        /* the bar may have risen since */
  }
  h->size = end - h->key;
  return bar;
}


/* A block of users: its rows are their interests. */
typedef struct {
  const eimf_rank *s;
  int64_t users, rows;
  float *a;                            /* (rows / MR, D, MR), zero beyond the last row */
  float *x;                            /* (rows, NR): their scores on a panel */
  float *bar;                          /* (users): -inf until a user has n */
  best *user;
} block;


static void load_rows (block *b, const float *v) {
  const int64_t K = b->s->K, D = b->s->D, end = (b->rows + MR - 1) / MR * MR;
  for (int64_t r = 0; r < end; r++) {
    float *to = b->a + r / MR * MR * D + r % MR;
    for (int64_t d = 0; d < D; d++) to[d * MR] = r < b->rows ? v[r * D + d] : 0;
  }
  for (int64_t u = 0; u < b->users; u++) b->bar[u] = first_bar(b->s, v + u * K * D);
}


static void load_block (block *b, int64_t u0, float *work) {
  const eimf_rank *s = b->s;
  eimf_rank_parts w = eimf_rank_layout(s, work);
  b->a = w.rows;
  b->x = w.scores;
  b->bar = w.bar;
  load_rows(b, s->v + u0 * s->K * s->D);
  for (int64_t u = 0; u < b->users; u++) b->user[u] = empty_list(s, u0 + u, w.keys + u * eimf_rank_room(s));
}


#define FEW (MR / 2)             /* rows of a smaller tile, for the end of a block */

/* A panel of m items, ids from `first` on, against the users of a block. */
static void rank_panel (block *b, const float *p, int32_t first, int64_t m) {
  const int64_t K = b->s->K, D = b->s->D;
  float top[NR];
  for (int64_t r = 0; r < b->rows; r += MR) {
    if (b->rows - r > FEW) score_rows(MR, D, b->a + r * D, p, b->x + r * NR);
    else score_rows(FEW, D, b->a + r * D, p, b->x + r * NR);
  }
  for (int64_t u = 0; u < b->users; u++) {
    uint32_t over = largest(top, b->x + u * K * NR, K, b->bar[u]);
    if (over == 0) continue;
    over &= open_lanes(&b->user[u], first, m);
    b->bar[u] = take(&b->user[u], top, over, first, b->s, b->bar[u]);
  }
}


/* packed: all panels, or NULL and room for one. */
static void rank_block (int32_t *ids, float *score, const eimf_rank *s, const float *packed,
                        float *panel, float *work, int64_t u0, int64_t u1) {
  best user[RANK_ROWS];
  block b = { .s = s, .users = u1 - u0, .rows = (u1 - u0) * s->K, .user = user };
  const int64_t N = s->N, D = s->D, n = s->n;
  load_block(&b, u0, work);
  for (int64_t i = 0; i < N; i += NR) {
    int64_t wide = N - i < NR ? N - i : NR;
    strided items = { s->e + (1 + i) * D, 1, D };
    if (packed == NULL) tile_pack(panel, D, wide, items);
    rank_panel(&b, packed == NULL ? panel : packed + i * D, (int32_t)i + 1, wide);
  }
  for (int64_t u = u0; u < u1; u++) unload(&user[u - u0], ids + u * n, score + u * n, n);
}


void ISA(eimf_rank_top) (int32_t *ids, float *score, const eimf_rank *s, float *scratch) {
#if defined(__AVX2__)
  if (eimf_sieved(s)) { ISA(eimf_sieve_top)(ids, score, s, scratch); return; }
#endif
  const int64_t users = eimf_rank_block(s), blocks = (s->U + users - 1) / users, D = s->D;
  const int64_t panels = (s->N + NR - 1) / NR, work = eimf_rank_work(s);
  const int shared = blocks > 1;                     /* then items are packed once for all */
  float *panel = scratch + s->threads * work;
#pragma omp parallel for num_threads(s->threads) if (shared)
  for (int64_t i = 0; i < panels; i++) {
    int64_t wide = s->N - i * NR < NR ? s->N - i * NR : NR;
    strided items = { s->e + (1 + i * NR) * D, 1, D };
    if (shared) tile_pack(panel + i * NR * D, D, wide, items);
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (shared)
  for (int64_t b = 0; b < blocks; b++) {
    int64_t hi = (b + 1) * users < s->U ? (b + 1) * users : s->U;
    rank_block(ids, score, s, shared ? panel : NULL, panel, scratch + this_thread() * work, b * users, hi);
  }
}
