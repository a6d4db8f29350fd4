/*
** attention.c: causal self-attention within segments (attention.h has the
** formulas). Work goes by blocks of rows: a piece of one long segment, against
** its rows so far, or several whole short segments, against each other, so
** that products are never small. What a row gives does not depend on its
** block: sums over keys go in the order of the keys, and what a row does not
** see is zero. A segment belongs to one chunk, a chunk to one thread.
** Neighbours: tile.h, keep.h, isa.h; attention.h, plans.h.
*/
#include "../attention.h"
#include "../plans.h"
#include "keep.h"
#include "tile.h"

#define ROWS EIMF_ATTENTION_ROWS

/* What the forward writes, or the backward reads and adds to. */
typedef struct {
  float *y, *lse;
  const float *out, *sums, *dy;  /* y and lse of before, gradient of y */
  float *dx;
} task;

/* What a chunk works with: the batch, a head, and the thread's scratch. */
typedef struct {
  const eimf_attention *s;
  const task *t;
  eimf_attention_plan cut;
  keeper kept;
  float scale;                   /* 1 / sqrt(d) */
  int64_t h, ldx, ldy;
  const float *q, *k, *v;        /* of the head: rows ldx apart */
  float *keys, *values;          /* packed: a group's rows as columns */
  float *a, *da;                 /* (ROWS, ld): weights of a block, and gradients of its scores */
} worker;

/* Rows r0..r1-1, of segment b and on, see keys from k0 on. */
typedef struct { int64_t b, k0, r0, r1; } block;

static worker worker_of (const eimf_attention *s, const task *t, const eimf_attention_plan *cut, float *scratch) {
  worker w = { .s = s, .t = t, .cut = *cut, .scale = (float)(1.0 / sqrt((double)s->d)), .ldx = 3 * s->H * s->d,
               .ldy = s->H * s->d, .kept = keep_with(s->p, s->seed, s->step, s->draw << 24) };
  w.keys = scratch + this_thread() * cut->work;
  w.values = w.keys + cut->packed;
  w.a = w.values + cut->packed;
  w.da = w.a + ROWS * cut->ld;
  return w;
}


static void set_head (worker *w, int64_t h) {
  w->h = h;
  w->q = w->s->x + h * w->s->d;
  w->k = w->q + w->ldy;
  w->v = w->k + w->ldy;
}


/* Segments b..end-1 that go together: as many as ROWS rows hold, or one. */
static int64_t group_end (const int32_t *off, int64_t b, int64_t most) {
  int64_t end = b + 1;
  while (end < most && off[end + 1] - off[b] <= ROWS) end++;
  return end;
}


/* products (rows, keys) of a block = left rows . packed columns; keys rounded up to whole panels. */
static void products (float *to, const worker *w, block t, const float *left, int64_t ld, const float *packed) {
  const int64_t keys = (t.r1 - t.k0 + NR - 1) / NR * NR;
  strided rows = { left + t.r0 * ld, ld, 1 };
  tile_gemm_packed(t.r1 - t.r0, keys, w->s->d, rows, packed, to, w->cut.ld, 0);
}


/* Zeros for the keys that a row of a block, which sees n from `first` on, does not see. */
INLINE void blank (float *row, int64_t first, int64_t n, int64_t keys) {
  const int64_t done = first + (n + VL - 1) / VL * VL;
  memset(row, 0, (size_t)first * sizeof *row);
  if (done < keys) memset(row + done, 0, (size_t)(keys - done) * sizeof *row);
}


/* Scores a (n) -> their softmax, thinned by dropout; what follows them, up to a whole vector, becomes 0.
** Gives ln of the sum. */
INLINE float weigh (float *a, int64_t n, float scale, const keeper *kept, uint32_t at) {
  vf top = v_set(-INFINITY), sum = v_set(0.0f);
  v_store(a + n, top);
  for (int64_t i = 0; i < n; i += VL) top = larger(v_load(a + i), top);
  const float most = v_top(top);
  for (int64_t i = 0; i < n; i += VL) {
    vf e = v_exp((v_load(a + i) - most) * scale);
    sum += e;
    v_store(a + i, e);
  }
  const float total = v_sum(sum), inv = 1.0f / total;
  for (int64_t i = 0; i < n; i += VL) {
    vf e = v_load(a + i) * inv;
    v_store(a + i, kept->bar > 0 ? e * keep(kept, at + (uint32_t)i) : e);
  }
  return most * scale + logf(total);
}


/* First element's number of a row, for dropout. */
INLINE uint32_t row_number (const worker *w, int64_t r) {
  return (uint32_t)((r * w->s->H + w->h) * w->cut.longest);
}


static void block_fwd (const worker *w, block t) {
  const eimf_attention *s = w->s;
  const int64_t keys = t.r1 - t.k0;
  products(w->a, w, t, w->q, w->ldx, w->keys);
  for (int64_t r = t.r0, b = t.b; r < t.r1; r++) {
    while (r >= s->off[b + 1]) b++;
    float *row = w->a + (r - t.r0) * w->cut.ld;
    const int64_t first = s->off[b] - t.k0, n = r + 1 - s->off[b];
    w->t->lse[r * s->H + w->h] = weigh(row + first, n, w->scale, &w->kept, row_number(w, r));
    blank(row, first, n, keys);
  }
  strided weights = { w->a, w->cut.ld, 1 };
  tile_gemm(t.r1 - t.r0, s->d, keys, weights, w->v + t.k0 * w->ldx, w->ldx,
            w->t->y + t.r0 * w->ldy + w->h * s->d, w->ldy, 0);
}


/* a (n): scores -> weights as the values met them; da (n): gradients of those weights -> of the scores. */
INLINE void unweigh (float *a, float *da, int64_t n, float scale, float lse, float mean, const keeper *kept,
                     uint32_t at) {
  v_store(a + n, v_set(-INFINITY));
  for (int64_t i = 0; i < n; i += VL) {
    vf p = v_exp(v_load(a + i) * scale - lse), g = v_load(da + i), m = v_set(1.0f);
    if (kept->bar > 0) m = keep(kept, at + (uint32_t)i);
    v_store(a + i, p * m);
    v_store(da + i, p * (m * g - mean) * scale);
  }
}


static void block_bwd (const worker *w, block t) {
  const eimf_attention *s = w->s;
  const int64_t keys = t.r1 - t.k0, rows = t.r1 - t.r0, d = s->d, ld = w->cut.ld;
  const float *out = w->t->out + w->h * d, *g = w->t->dy + w->h * d;
  float *dq = w->t->dx + w->h * d, *dk = dq + w->ldy, *dv = dk + w->ldy;
  products(w->a, w, t, w->q, w->ldx, w->keys);
  products(w->da, w, t, g, w->ldy, w->values);
  for (int64_t r = t.r0, b = t.b; r < t.r1; r++) {
    while (r >= s->off[b + 1]) b++;
    const int64_t first = s->off[b] - t.k0, n = r + 1 - s->off[b];
    float *a = w->a + (r - t.r0) * ld, *da = w->da + (r - t.r0) * ld;
    unweigh(a + first, da + first, n, w->scale, w->t->sums[r * s->H + w->h],
            v_dot(out + r * w->ldy, g + r * w->ldy, d), &w->kept, row_number(w, r));
    blank(a, first, n, keys);
    blank(da, first, n, keys);
  }
  strided scores = { w->da, ld, 1 }, scores_by_key = { w->da, 1, ld }, weights_by_key = { w->a, 1, ld };
  tile_gemm(rows, d, keys, scores, w->k + t.k0 * w->ldx, w->ldx, dq + t.r0 * w->ldx, w->ldx, 1);
  tile_gemm(keys, d, rows, scores_by_key, w->q + t.r0 * w->ldx, w->ldx, dk + t.k0 * w->ldx, w->ldx, 1);
  tile_gemm(keys, d, rows, weights_by_key, g + t.r0 * w->ldy, w->ldy, dv + t.k0 * w->ldx, w->ldx, 1);
}


/* Every block of every head of segments b0..b1-1. */
static void chunk (worker *w, int64_t b0, int64_t b1) {
  const int32_t *off = w->s->off;
  for (int64_t b = b0, end; b < b1; b = end) {
    end = group_end(off, b, b1);
    const int64_t lo = off[b], hi = off[end];
    for (int64_t h = 0; h < w->s->H; h++) {
      set_head(w, h);
      strided keys = { w->k + lo * w->ldx, 1, w->ldx }, values = { w->v + lo * w->ldx, 1, w->ldx };
      tile_pack(w->keys, w->s->d, hi - lo, keys);
      if (w->t->dx != NULL) tile_pack(w->values, w->s->d, hi - lo, values);
      for (int64_t r = lo; r < hi; r += ROWS) {
        block t = { b, lo, r, r + ROWS < hi ? r + ROWS : hi };
        if (w->t->dx != NULL) block_bwd(w, t);
        else block_fwd(w, t);
      }
    }
  }
}


static void all_chunks (const eimf_attention *s, const task *t, float *scratch) {
  const eimf_attention_plan cut = eimf_attention_cut(s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(cut.threads)
  for (int c = 0; c < cut.chunks; c++) {
    worker w = worker_of(s, t, &cut, scratch);
    chunk(&w, eimf_row_chunk(s->off, s->B, cut.chunks, c), eimf_row_chunk(s->off, s->B, cut.chunks, c + 1));
  }
}


void ISA(eimf_attention_fwd) (float *y, float *lse, const eimf_attention *s, float *scratch) {
  const task t = { .y = y, .lse = lse };
  all_chunks(s, &t, scratch);
}


void ISA(eimf_attention_bwd) (float *dx, const float *dy, const float *y, const float *lse,
                              const eimf_attention *s, float *scratch) {
  const task t = { .out = y, .sums = lse, .dy = dy, .dx = dx };
  all_chunks(s, &t, scratch);
}
