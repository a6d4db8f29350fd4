/*
** gru.c: GRU over jagged time, forward and backward (hot.h has the formulas).
** A chunk is worked through by one thread: its segments go through time side
** by side, and a step is a product of as many rows as are still there, with
** Wh packed once. What does not wait for time, the input's product before and
** the weights' gradients after, is done by tiles of rows. Weight gradients of
** chunks are parts, summed in order. Neighbours: parts.h, tile.h, isa.h.
*/
#include "../hot.h"
#include "../plans.h"
#include "parts.h"

#define TILE EIMF_GRU_TILE

INLINE vf get (const float *p, int64_t n) { return n >= VL ? v_load(p) : v_loadn(p, n, 0); }

INLINE void put (float *p, vf x, int64_t n) {
  if (n >= VL) v_store(p, x);
  else v_storen(p, x, n);
}


/* Rows of x as the plan has them; `back` = 1: the row before each. */
static void gather (float *to, const float *x, const int32_t *rows, int64_t n, int64_t width, int back) {
  for (int64_t i = 0; i < n; i++) memcpy(to + i * width, x + (rows[i] - back) * width, (size_t)width * sizeof(float));
}


/* Both products of a gate have a bias; in the form with the reset before, those of n do not part. */
static void join_biases (float *b, const eimf_gru *s) {
  const int64_t H = s->H;
  for (int64_t j = 0; j < 3 * H; j++) b[j] = s->bx[j] + (j < 2 * H || s->before ? s->bh[j] : 0);
  for (int64_t j = 0; j < H; j++) b[3 * H + j] = s->bh[2 * H + j];
}


/* One row of gates (4H): products in, gates out; q = h' Wh_n was the last quarter. The state (H) goes on. */
static void row_after (float *g, float *state, const float *b, int64_t H) {
  for (int64_t j = 0; j < H; j += VL) {
    const int64_t m = H - j;
    vf r = v_sigmoid(get(g + j, m) + get(b + j, m));
    vf z = v_sigmoid(get(g + H + j, m) + get(b + H + j, m));
    vf q = get(g + 3 * H + j, m) + get(b + 3 * H + j, m);
    vf n = v_tanh(get(g + 2 * H + j, m) + get(b + 2 * H + j, m) + r * q);
    put(g + j, r, m);
    put(g + H + j, z, m);
    put(g + 2 * H + j, n, m);
    put(g + 3 * H + j, q, m);
    put(state + j, n + z * (get(state + j, m) - n), m);
  }
}


/* r, z and r h', into the last quarter. */
static void row_reset (float *g, const float *state, const float *b, int64_t H) {
  for (int64_t j = 0; j < H; j += VL) {
    const int64_t m = H - j;
    vf r = v_sigmoid(get(g + j, m) + get(b + j, m));
    put(g + j, r, m);
    put(g + H + j, v_sigmoid(get(g + H + j, m) + get(b + H + j, m)), m);
    put(g + 3 * H + j, r * get(state + j, m), m);
  }
}

static void row_before (float *g, float *state, const float *b, int64_t H) {
  for (int64_t j = 0; j < H; j += VL) {
    const int64_t m = H - j;
    vf z = get(g + H + j, m), n = v_tanh(get(g + 2 * H + j, m) + get(b + 2 * H + j, m));
    put(g + 2 * H + j, n, m);
    put(state + j, n + z * (get(state + j, m) - n), m);
  }
}


/* One step of n segments: gates g (n, 4H) hold the input's products, state (n, H). */
static void step_fwd (float *g, float *state, const eimf_gru *s, const eimf_gru_plan *p, int64_t n, int begins) {
  const int64_t H = s->H, G = 4 * H;
  strided h = { state, H, 1 }, reset = { g + 3 * H, G, 1 };
  if (!begins) tile_gemm_packed(n, 2 * H, H, h, p->wh, g, G, 1);
  if (s->before) {
    for (int64_t i = 0; i < n; i++) row_reset(g + i * G, state + i * H, p->bias, H);
    if (!begins) tile_gemm_packed(n, H, H, reset, p->whn, g + 2 * H, G, 1);
    for (int64_t i = 0; i < n; i++) row_before(g + i * G, state + i * H, p->bias, H);
    return;
  }
  if (!begins) tile_gemm_packed(n, H, H, h, p->whn, g + 3 * H, G, 0);
  for (int64_t i = 0; i < n; i++) {
    if (begins) memset(g + i * G + 3 * H, 0, (size_t)H * sizeof(float));
    row_after(g + i * G, state + i * H, p->bias, H);
  }
}


static void chunk_fwd (float *h, float *gates, const eimf_gru *s, const eimf_gru_plan *p, int c) {
  const int64_t D = s->D, H = s->H, end = p->steps[p->first[c + 1]];
  float *tile = p->tiles + this_thread() * p->tile_size;
  for (int64_t lo = p->steps[p->first[c]]; lo < end; lo += TILE) {
    const int64_t m = end - lo < TILE ? end - lo : TILE;
    strided x = { tile, D, 1 };
    gather(tile, s->x, p->rows + lo, m, D, 0);
    tile_gemm_packed(m, 3 * H, D, x, p->wx, gates + lo * 4 * H, 4 * H, 0);
  }
  float *state = tile;                   /* (wide, H) */
  memset(state, 0, (size_t)(p->wide * H) * sizeof(float));
  for (int32_t k = p->first[c]; k < p->first[c + 1]; k++) {
    const int64_t lo = p->steps[k], n = p->steps[k + 1] - lo;
    step_fwd(gates + lo * 4 * H, state, s, p, n, k == p->first[c]);
    for (int64_t i = 0; i < n; i++) memcpy(h + p->rows[lo + i] * H, state + i * H, (size_t)H * sizeof(float));
  }
}


void ISA(eimf_gru_fwd) (float *h, float *gates, const eimf_gru *s, float *scratch) {
  const int64_t H = s->H;
  eimf_gru_plan p = eimf_gru_layout(s, scratch, 0);
  strided wx = { s->wx, 3 * H, 1 }, wh = { s->wh, 3 * H, 1 }, whn = { s->wh + 2 * H, 3 * H, 1 };
  eimf_gru_order(&p, s);
  tile_pack(p.wx, s->D, 3 * H, wx);
  tile_pack(p.wh, H, 2 * H, wh);
  tile_pack(p.whn, H, H, whn);
  join_biases(p.bias, s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(p.threads)
  for (int c = 0; c < p.chunks; c++) chunk_fwd(h, gates, s, &p, c);
}


/* What a row's backward reads and writes: gates (4H), state before, gradients of h, of the state, of the products. */
typedef struct { const float *g, *before, *dh; float *carry, *da; } row_grads;

/* carry holds what later rows said of this row's state, and is left with what z lets through to the state before. */
static void row_bwd (row_grads r, int64_t H, int after) {
  for (int64_t j = 0; j < H; j += VL) {
    const int64_t m = H - j;
    vf d = get(r.dh + j, m) + get(r.carry + j, m), gr = get(r.g + j, m), z = get(r.g + H + j, m);
    vf n = get(r.g + 2 * H + j, m), dn = d * (1.0f - z) * (1.0f - n * n);
    put(r.da + H + j, d * (get(r.before + j, m) - n) * z * (1.0f - z), m);
    put(r.da + 2 * H + j, dn, m);
    put(r.carry + j, d * z, m);
    if (!after) continue;
    put(r.da + j, dn * get(r.g + 3 * H + j, m) * gr * (1.0f - gr), m);
    put(r.da + 3 * H + j, dn * gr, m);
  }
}

/* The last quarter of da is the gradient of r h'. */
static void row_reset_bwd (row_grads r, int64_t H) {
  for (int64_t j = 0; j < H; j += VL) {
    const int64_t m = H - j;
    vf d = get(r.da + 3 * H + j, m), gr = get(r.g + j, m);
    put(r.da + j, d * get(r.before + j, m) * gr * (1.0f - gr), m);
    put(r.carry + j, get(r.carry + j, m) + d * gr, m);
  }
}


/* What the steps of a chunk go through on their way back. */
typedef struct {
  const float *g, *h, *gates;            /* (R, H), (R, H), (R, 4H) */
  float *carry, *before;                 /* (wide, H) each */
} journey;

static void step_bwd (const journey *w, const eimf_gru *s, const eimf_gru_plan *p, int64_t lo, int64_t n, int begins) {
  const int64_t H = s->H, G = 4 * H;
  float *da = p->da + lo * G;
  strided reset = { da + 2 * H, G, 1 }, rz = { da, G, 1 }, q = { da + 3 * H, G, 1 };
  if (begins) memset(w->before, 0, (size_t)(n * H) * sizeof(float));
  else gather(w->before, w->h, p->rows + lo, n, H, 1);
#define ROW(i) (row_grads){ w->gates + (lo + i) * G, w->before + i * H, w->g + p->rows[lo + i] * H, \
                            w->carry + i * H, da + i * G }
  for (int64_t i = 0; i < n; i++) row_bwd(ROW(i), H, !s->before);
  if (s->before) {
    tile_gemm_packed(n, H, H, reset, p->whn, da + 3 * H, G, 0);
    for (int64_t i = 0; i < n; i++) row_reset_bwd(ROW(i), H);
  }
#undef ROW
  if (begins) return;
  tile_gemm_packed(n, H, 2 * H, rz, p->wh, w->carry, H, 1);
  if (!s->before) tile_gemm_packed(n, H, H, q, p->whn, w->carry, H, 1);
}


/* Rows lo..hi-1 of a chunk, of which those from `later` on have a state before: into the weights, and the input. */
static void tile_bwd (float *dx, float *part, const float *h, const float *gates, const eimf_gru *s,
                      const eimf_gru_plan *p, float *tile, int64_t lo, int64_t hi, int64_t later) {
  const int64_t D = s->D, H = s->H, G = 4 * H, m = hi - lo, from = lo > later ? lo : later;
  const float *da = p->da + lo * G, *back = p->da + from * G;
  float *dwh = part + D * 3 * H, *sums = dwh + H * 3 * H;
  strided xt = { tile, 1, D }, ht = { tile, 1, H }, rht = { gates + from * G + 3 * H, 1, G }, rows = { da, G, 1 };
  gather(tile, s->x, p->rows + lo, m, D, 0);
  tile_gemm(D, 3 * H, m, xt, da, G, part, 3 * H, 1);
  for (int64_t i = 0; i < m; i++) v_axpy(sums, 1.0f, da + i * G, G);
  if (from < hi) {
    gather(tile, h, p->rows + from, hi - from, H, 1);
    tile_gemm(H, 2 * H, hi - from, ht, back, G, dwh, 3 * H, 1);
    if (s->before) tile_gemm(H, H, hi - from, rht, back + 2 * H, G, dwh + 2 * H, 3 * H, 1);
    else tile_gemm(H, H, hi - from, ht, back + 3 * H, G, dwh + 2 * H, 3 * H, 1);
  }
  if (dx == NULL) return;
  tile_gemm_packed(m, D, 3 * H, rows, p->wx, tile, D, 0);
  for (int64_t i = 0; i < m; i++) v_axpy(dx + p->rows[lo + i] * D, 1.0f, tile + i * D, D);
}


static void chunk_bwd (float *dx, const float *g, const float *h, const float *gates, const eimf_gru *s,
                       const eimf_gru_plan *p, int c) {
  const int32_t first = p->first[c], last = p->first[c + 1];
  float *tile = p->tiles + this_thread() * p->tile_size, *part = p->partial + c * p->partial_size;
  const journey w = { g, h, gates, tile, tile + p->wide * s->H };
  memset(part, 0, (size_t)p->partial_size * sizeof(float));
  if (first == last) return;
  memset(w.carry, 0, (size_t)(p->wide * s->H) * sizeof(float));
  for (int32_t k = last - 1; k >= first; k--)
    step_bwd(&w, s, p, p->steps[k], p->steps[k + 1] - p->steps[k], k == first);
  for (int64_t lo = p->steps[first], end = p->steps[last]; lo < end; lo += TILE)
    tile_bwd(dx, part, h, gates, s, p, tile, lo, lo + TILE < end ? lo + TILE : end, p->steps[first + 1]);
}


/* The sums of da (4H) are the gradients of both biases, as join_biases made one of them. */
static void part_biases (const eimf_gru_gradients *d, const float *sums, const eimf_gru *s) {
  const int64_t H = s->H;
  v_axpy(d->bx, 1.0f, sums, 3 * H);
  v_axpy(d->bh, 1.0f, sums, 2 * H);
  v_axpy(d->bh + 2 * H, 1.0f, sums + (s->before ? 2 : 3) * H, H);
}


void ISA(eimf_gru_bwd) (const eimf_gru_gradients *d, const float *g, const float *h, const float *gates,
                        const eimf_gru *s, float *scratch) {
  const int64_t D = s->D, H = s->H;
  eimf_gru_plan p = eimf_gru_layout(s, scratch, 1);
  strided wx = { s->wx, 1, 3 * H }, wh = { s->wh, 1, 3 * H }, whn = { s->wh + 2 * H, 1, 3 * H };
  eimf_gru_order(&p, s);
  tile_pack(p.wx, 3 * H, D, wx);
  tile_pack(p.wh, 2 * H, H, wh);
  tile_pack(p.whn, H, H, whn);
#pragma omp parallel for schedule(dynamic, 1) num_threads(p.threads)
  for (int c = 0; c < p.chunks; c++) chunk_bwd(d->x, g, h, gates, s, &p, c);
  parts_sum(d->wx, p.partial, p.partial_size, p.chunks, D * 3 * H, p.threads);
  parts_sum(d->wh, p.partial + D * 3 * H, p.partial_size, p.chunks, H * 3 * H, p.threads);
  memset(p.bias, 0, (size_t)(4 * H) * sizeof(float));
  parts_sum(p.bias, p.partial + (D + H) * 3 * H, p.partial_size, p.chunks, 4 * H, 1);
  part_biases(d, p.bias, s);
}
