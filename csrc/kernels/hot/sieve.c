/*
** sieve.c: rank.c's lists, bit for bit, for many users at once. A first look
** at an item is by whole numbers of a byte, which make a rough score at a
** third of the cost of a full one, and a bound on what it is off by; only
** where the rough score could be over the user's bar is the full one made.
**
** A vector x is taken for g x', g its grain and x' whole numbers. Then
**   q . x  <=  gq gx (q' . x')  +  |gq q'| |x - gx x'|  +  |q - gq q'| |x|
** Grains are such that |q'| and |x'| stay below 181: products and all sums
** on the way to q' . x' are then less than 2^15 away from 0 (Cauchy-Schwarz),
** and 16 bits hold them, wrapping in between for all we care. Items have
** MIDDLE added to their numbers, since the instruction that multiplies bytes
** wants one side without signs; what that adds is taken off where sums begin.
** Not for the portable set, which lacks that instruction. Neighbours: best.h, rank.c.
*/
#include "isa.h"

#if defined(__AVX2__)

#include "best.h"

#define MIDDLE 90                /* of an item's byte, and the largest number: two products fit, 2 x 180 x 90 < 2^15 */
#define WIDE (2 * NR)            /* items of a panel: 16 bits each, NV vectors */
#define FEW (MR / 2)             /* rows of a smaller tile, for the end of a block */
#define HUGE_LENGTH 1e15f        /* longer vectors are not looked at roughly: grains must multiply within float32 */

typedef uint16_t vw __attribute__((vector_size(VL * 4)));

/* sum + products of bytes, two by two: x without signs, q with. */
INLINE vw add_pairs (vw sum, vw x, vw q) {
#if defined(__AVX512BW__)
  return sum + (vw)_mm512_maddubs_epi16((__m512i)x, (__m512i)q);
#else
  return sum + (vw)_mm256_maddubs_epi16((__m256i)x, (__m256i)q);
#endif
}


/* Bits of the items whose sums, with signs, are over the bar. */
INLINE uint64_t sums_over (const vw sum[NV], vw bar) {
#if defined(__AVX512BW__)
  return (uint64_t)_mm512_cmpgt_epi16_mask((__m512i)sum[0], (__m512i)bar) |
         (uint64_t)_mm512_cmpgt_epi16_mask((__m512i)sum[1], (__m512i)bar) << 32;
#else
  __m256i lo = _mm256_cmpgt_epi16((__m256i)sum[0], (__m256i)bar), hi = _mm256_cmpgt_epi16((__m256i)sum[1], (__m256i)bar);
  __m256i all = _mm256_permute4x64_epi64(_mm256_packs_epi16(lo, hi), 0xd8);    /* back in order: packs goes by halves */
  return (uint32_t)_mm256_movemask_epi8(all);
#endif
}


/* ---- Vectors as whole numbers --------------------------------------------- */

typedef struct { float length, most; } extent;

INLINE extent extent_of (const float *x, int64_t D) {
  float sum = 0, most = 0;
  for (int64_t d = 0; d < D; d++) {
    float a = fabsf(x[d]);
    sum += a * a;
    most = a > most ? a : most;
  }
  return (extent){ sqrtf(sum), most };
}


/* Of vectors no longer than that, D wide; rounding lengthens by sqrt(D) / 2 at most. Short ones may go to nothing. */
INLINE float grain_of (extent x, int64_t D) {
  float by_length = x.length / (180.9f - 0.5f * sqrtf((float)D)), by_most = x.most / (MIDDLE - 1);
  float grain = by_length > by_most ? by_length : by_most;
  return x.length > 1 / HUGE_LENGTH ? grain : 1;
}


/* A whole number near x / grain, which is between -90 and 90; how near is measured. */
INLINE int whole (float x, float grain) {
  float y = x / grain;
  return (int)(y + (y < 0 ? -0.5f : 0.5f));
}

#define MARGIN 1.0001f           /* what lengths in float32 may be short of the true ones */

/* |x - g x'|, with what the chain of a full score may round over D: a share of |x|. */
INLINE float error_of (float squares, float length, int64_t D) {
  return MARGIN * (sqrtf(squares) + 2.4e-7f * (float)D * length);
}


/* Items packed for all users: bytes (panels, D2, WIDE, 2), and of each panel its vectors' grain, greatest error and length. */
typedef struct {
  uint8_t *bytes;
  float *grain, *error, *length;
  int64_t D2;                    /* pairs of a vector */
} panels;


static void pack_panel (const panels *p, int64_t at, const float *x, int64_t m, int64_t D) {
  uint8_t *to = p->bytes + at * p->D2 * WIDE * 2;
  extent all = { 0, 0 };
  float odd = 0, worst = 0;
  for (int64_t i = 0; i < m; i++) {
    extent one = extent_of(x + i * D, D);
    odd += one.length - one.length;
    all.length = one.length > all.length ? one.length : all.length;
    all.most = one.most > all.most ? one.most : all.most;
  }
  memset(to, MIDDLE, (size_t)(p->D2 * WIDE * 2));
  p->length[at] = MARGIN * all.length;
  p->grain[at] = 0;              /* everything passes */
  if (odd != 0 || all.length >= HUGE_LENGTH) return;
  const float grain = p->grain[at] = grain_of(all, D);
  for (int64_t i = 0; i < m; i++, x += D) {
    float squares = 0;
    for (int64_t d = 0; d < D; d++) {
      int n = whole(x[d], grain);
      float off = x[d] - grain * (float)n;
      to[(d / 2 * WIDE + i) * 2 + d % 2] = (uint8_t)(n + MIDDLE);
      squares += off * off;
    }
    float error = error_of(squares, all.length, D);
    worst = error > worst ? error : worst;
  }
  p->error[at] = worst;
}


/* ---- A block of users ----------------------------------------------------- */

typedef struct {
  const eimf_rank *s;
  int64_t users, rows;
  eimf_sieve_parts w;
  best *user;
} block;


/* Row r of the block: its numbers as pairs, twice the same in 32 bits; grain, length of what they stand for, error. */
static void load_row (block *b, int64_t r, const float *q) {
  const int64_t D = b->s->D, D2 = (D + 1) / 2;
  int32_t *pairs = b->w.pairs + r / MR * MR * D2 + r % MR;
  extent e = extent_of(q, D);
  int sane = e.length < HUGE_LENGTH, sum = 0;
  float grain = sane ? grain_of(e, D) : 1, squares = 0, kept = 0;
  for (int64_t i = 0; i < D2; i++) {
    int n[2] = { 0, 0 };
    for (int64_t j = 0; sane && j < 2 && 2 * i + j < D; j++) {
      float x = q[2 * i + j], off;
      n[j] = whole(x, grain);
      off = x - grain * (float)n[j];
      squares += off * off;
      kept += (float)(n[j] * n[j]);
      sum += n[j];
    }
    uint32_t pair = (uint32_t)(n[0] & 255) | (uint32_t)(n[1] & 255) << 8;
    pairs[i * MR] = (int32_t)(pair | pair << 16);
  }
  b->w.begin[r] = -MIDDLE * sum;
  b->w.fine[r] = 1 / grain;
  b->w.length[r] = MARGIN * grain * sqrtf(kept);
  b->w.error[r] = sane ? error_of(squares, e.length, D) : INFINITY;
}


/* Rows beyond the last are products with nothing, and pass nothing. */
static void load_empty (block *b, int64_t r) {
  const int64_t D2 = (b->s->D + 1) / 2;
  int32_t *pairs = b->w.pairs + r / MR * MR * D2 + r % MR;
  for (int64_t i = 0; i < D2; i++) pairs[i * MR] = 0;
  b->w.begin[r] = 0;
  b->w.fine[r] = 1;
  b->w.length[r] = b->w.error[r] = 0;
  b->w.bar[r] = INFINITY;
}


static void set_bar (block *b, int64_t u, float bar) {
  for (int64_t r = u * b->s->K; r < (u + 1) * b->s->K; r++) b->w.bar[r] = bar;
}


static void load_block (block *b, int64_t u0) {
  const eimf_rank *s = b->s;
  const int64_t K = s->K, D = s->D;
  const float *v = s->v + u0 * K * D;
  for (int64_t r = 0; r < b->rows; r++) load_row(b, r, v + r * D);
  for (int64_t r = b->rows; r < b->w.rows; r++) load_empty(b, r);
  for (int64_t u = 0; u < b->users; u++) {
    float *column = b->w.columns + u * D * K;
    for (int64_t k = 0; k < K; k++)
      for (int64_t d = 0; d < D; d++) column[d * K + k] = v[(u * K + k) * D + d];
    set_bar(b, u, first_bar(s, v + u * K * D));
    b->w.n_waiting[u] = 0;
    b->user[u] = empty_list(s, u0 + u, b->w.keys + u * eimf_rank_room(s));
  }
}


/* ---- The first look ------------------------------------------------------- */

/* What a sum must be over, row by row. Truncation and the products' own rounding are worth less than the 2 taken off. */
static void place_bars (block *b, float grain, float error, float length) {
  const vf fine = v_set(1 / grain), off = v_set(error), long_ = v_set(length);
  for (int64_t r = 0; r < b->w.rows; r += VL) {
    vf least = v_load(b->w.bar + r) - (v_load(b->w.length + r) * off + v_load(b->w.error + r) * long_);
    vf sum = smaller(larger(least * (v_load(b->w.fine + r) * fine), v_set(-32766.0f)), v_set(32769.0f));   /* NaN: low */
    vi bar = __builtin_convertvector(sum, vi) - 2;
    memcpy(b->w.over + r, &bar, sizeof bar);
  }
}


/* hit (m): for each of m packed rows of pairs, a (D2, MR), the items of a panel (D2, WIDE, 2) that may be over its bar. */
INLINE void look (const int m, int64_t D2, const int32_t *a, const int32_t *begin, const int32_t *over,
                  const uint8_t *p, uint64_t *hit) {
  vw sum[MR][NV];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < NV; j++) sum[i][j] = (uint16_t)begin[i] - (vw){ 0 };
  for (int64_t d = 0; d < D2; d++, a += MR, p += WIDE * 2) {
    vw x[NV];
    for (int j = 0; j < NV; j++) memcpy(&x[j], p + j * (int)sizeof x[j], sizeof x[j]);
    for (int i = 0; i < m; i++) {
      vw q = (vw)vi_set(a[i]);
      for (int j = 0; j < NV; j++) sum[i][j] = add_pairs(sum[i][j], x[j], q);
    }
  }
  for (int i = 0; i < m; i++) hit[i] = sums_over(sum[i], (uint16_t)over[i] - (vw){ 0 });
}


/* ---- The second ----------------------------------------------------------- */

#define WAITING EIMF_SIEVE_WAITING

/* Full scores of a user's waiting items: for each interest rank.c's chain, abreast of the other interests and items. */
static void score_waiting (float score[WAITING], const block *b, int64_t u) {
  const int64_t K = b->s->K, D = b->s->D, n = b->w.n_waiting[u];
  const float *x[WAITING];
  for (int64_t i = 0; i < WAITING; i++) x[i] = b->s->e + b->w.waiting[u * WAITING + (i < n ? i : 0)] * D;
  for (int64_t k = 0; k < K; k += VL) {
    const float *q = b->w.columns + u * D * K + k;             /* lanes beyond K are another row's, and not looked at */
    vf sum[WAITING];
    for (int i = 0; i < WAITING; i++) sum[i] = v_set(0.0f);
    for (int64_t d = 0; d < D; d++) {
      vf column = v_load(q + d * K);
      for (int i = 0; i < WAITING; i++) sum[i] += column * x[i][d];
    }
    for (int i = 0; i < WAITING; i++) {
      float its[VL];
      v_store(its, sum[i]);
      if (k == 0) score[i] = its[0];
      for (int64_t j = k == 0; j < K - k && j < VL; j++) score[i] = its[j] > score[i] ? its[j] : score[i];
    }
  }
}


/* Puts those waiting items of a user into the list that are over the bar; the bar rises when the list was full. */
static void settle (block *b, int64_t u) {
  best *h = &b->user[u];
  float score[WAITING], bar = b->w.bar[u * b->s->K];
  score_waiting(score, b, u);
  if (h->size + WAITING > eimf_rank_room(b->s)) {
    bar = cut_back(h, b->s->n);
    set_bar(b, u, bar);
  }
  uint64_t *end = h->key + h->size;
  for (int64_t i = 0; i < b->w.n_waiting[u]; i++) {
    *end = key_of(score[i], b->w.waiting[u * WAITING + i]);
    end += score[i] > bar;
  }
  h->size = end - h->key;
  b->w.n_waiting[u] = 0;
}


static void wait (block *b, int64_t u, int32_t id) {
  const float *x = b->s->e + id * b->s->D;
  for (int64_t d = 0; d < b->s->D; d += 16) fetch(x + d);
  b->w.waiting[u * WAITING + b->w.n_waiting[u]++] = id;
  if (b->w.n_waiting[u] == WAITING) settle(b, u);
}


/* Those of m items that may be over user u's bar, ids from `first` on. */
static void pass (block *b, int64_t u, uint64_t over, int32_t first, int64_t m) {
  for (int64_t i = 0; i < m; i += NR) {
    int64_t part = m - i < NR ? m - i : NR;
    uint32_t some = (uint32_t)(over >> i) & 0xffffffffu >> (32 - part);
    if (some == 0) continue;
    some &= open_lanes(&b->user[u], first + (int32_t)i, part);
    for (; some != 0; some &= some - 1) wait(b, u, first + (int32_t)i + __builtin_ctz(some));
  }
}


/* ---- All of it ------------------------------------------------------------ */

static void sift_panel (block *b, const panels *p, int64_t at, int64_t m) {
  const int64_t K = b->s->K, D2 = p->D2;
  const uint8_t *bytes = p->bytes + at * D2 * WIDE * 2;
  const eimf_sieve_parts *w = &b->w;
  const int rough = p->grain[at] > 0;
  if (rough) place_bars(b, p->grain[at], p->error[at], p->length[at]);
  for (int64_t r = 0; rough && r < b->rows; r += MR) {
    if (b->rows - r > FEW) look(MR, D2, w->pairs + r * D2, w->begin + r, w->over + r, bytes, w->hit + r);
    else look(FEW, D2, w->pairs + r * D2, w->begin + r, w->over + r, bytes, w->hit + r);
  }
  for (int64_t u = 0; u < b->users; u++) {
    uint64_t over = rough ? 0 : ~(uint64_t)0;
    for (int64_t r = u * K; rough && r < (u + 1) * K; r++) over |= w->hit[r];
    if (over != 0) pass(b, u, over, (int32_t)(at * WIDE) + 1, m);
  }
}


static void sift_block (int32_t *ids, float *score, const eimf_rank *s, const panels *p, float *work,
                        int64_t u0, int64_t u1) {
  best user[RANK_ROWS];
  block b = { .s = s, .users = u1 - u0, .rows = (u1 - u0) * s->K, .w = eimf_sieve_layout(s, work), .user = user };
  const int64_t n = s->n;
  load_block(&b, u0);
  for (int64_t i = 0; i < s->N; i += WIDE) sift_panel(&b, p, i / WIDE, s->N - i < WIDE ? s->N - i : WIDE);
  for (int64_t u = 0; u < b.users; u++) {
    if (b.w.n_waiting[u] > 0) settle(&b, u);
    unload(&user[u], ids + (u0 + u) * n, score + (u0 + u) * n, n);
  }
}


void ISA(eimf_sieve_top) (int32_t *ids, float *score, const eimf_rank *s, float *scratch) {
  const int64_t users = eimf_rank_block(s), blocks = (s->U + users - 1) / users, D = s->D;
  const int64_t n_panels = (s->N + WIDE - 1) / WIDE, work = eimf_sieve_layout(s, NULL).size;
  const eimf_sieve_items w = eimf_sieve_pack(s, scratch + s->threads * work);
  const panels p = { w.bytes, w.grain, w.error, w.length, (D + 1) / 2 };
#pragma omp parallel for num_threads(s->threads)
  for (int64_t i = 0; i < n_panels; i++) {
    int64_t m = s->N - i * WIDE < WIDE ? s->N - i * WIDE : WIDE;
    pack_panel(&p, i, s->e + (1 + i * WIDE) * D, m, D);
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads)
  for (int64_t b = 0; b < blocks; b++) {
    int64_t hi = (b + 1) * users < s->U ? (b + 1) * users : s->U;
    sift_block(ids, score, s, &p, scratch + this_thread() * work, b * users, hi);
  }
}

#endif
