/*
** affinity.c: rows of Affinity Propagation (../affinity.h has the formulas), each
** read from memory once: availabilities of the last sums, the two largest of
** A + S, positive responsibilities into the block's partial sums. What differs
** from the rest of its row, the point's own entry and the peaks, is worked out
** apart, its S meanwhile NONE, which wins nothing and adds nothing.
** Neighbours: isa.h, affinity.h.
*/
#include "../affinity.h"
#include "isa.h"

#define FADED 3e-10f         /* of u: a peak below has no bit left in R */
#define WIDEST_GAP 1e9       /* between best and second where there is no second */
#define MOST_APART (EIMF_AFFINITY_PEAKS + 2)

INLINE vf larger (vf a, vf b) {
#if defined(__AVX512F__)
  return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
  return (vf)_mm_max_ps((__m128)a, (__m128)b);
#else
  return v_max(a, b);
#endif
}

INLINE vf smaller (vf a, vf b) {
#if defined(__AVX512F__)
  return (vf)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (vf)_mm256_min_ps((__m256)a, (__m256)b);
#elif defined(__SSE2__)
  return (vf)_mm_min_ps((__m128)a, (__m128)b);
#else
  return v_min(a, b);
#endif
}

/* n floats of x at the columns id, or x itself where there are none. */
INLINE vf gathered (const float *x, const int32_t *id, int64_t k, int64_t n) {
  vf y = v_set(0.0f);
  if (id == NULL) return n == VL ? v_load(x + k) : v_loadn(x + k, n, 0);
#if defined(__AVX512F__)
  if (n == VL) return (vf)_mm512_i32gather_ps((__m512i)vi_load(id + k), x, 4);
#endif
  for (int64_t j = 0; j < n; j++) y[j] = x[id[k + j]];
  return y;
}


/* A row on its way: n entries of S and A; those that are apart, with their values. */
typedef struct {
  float *S, *A;
  const int32_t *id;                   /* columns; NULL: entry k is column k */
  int64_t n;
  int64_t apart, at[MOST_APART];
  float s[MOST_APART], a[MOST_APART], e[MOST_APART];
} line;

typedef struct { float top, second; int64_t at; } maxima;

static void offer (maxima *m, float x, int64_t at) {
  if (x > m->top) {
    m->second = m->top;
    m->top = x;
    m->at = at;
  }
  else if (x > m->second) m->second = x;
}


INLINE int64_t column_of (const line *r, int64_t at) { return r->id == NULL ? at : r->id[at]; }

/* Sets entry `at` apart, once. */
static int64_t set_apart (line *r, int64_t at, float e) {
  for (int64_t j = 0; j < r->apart; j++) if (r->at[j] == at) return j;
  r->at[r->apart] = at;
  r->s[r->apart] = r->S[at];
  r->a[r->apart] = r->A[at];
  r->e[r->apart] = e;
  r->S[at] = EIMF_AFFINITY_NONE;
  return r->apart++;
}


static void open_line (line *r, const eimf_affinity *s, int64_t i) {
  const int64_t from = s->offsets == NULL ? i * s->ld : s->offsets[i];
  r->S = s->S + from;
  r->A = s->A + from;
  r->id = s->offsets == NULL ? NULL : s->ids + from;
  r->n = s->offsets == NULL ? s->ld : s->offsets[i + 1] - from;
  r->apart = 0;
  for (int64_t j = 0; j < s->peaks[i]; j++)
    set_apart(r, s->peak_at[i * EIMF_AFFINITY_PEAKS + j], s->peak[i * EIMF_AFFINITY_PEAKS + j]);
}


/* The new availabilities of the entries apart, from the R before. */
static void apart_available (const eimf_affinity *s, int64_t i, line *r) {
  const float keep = (float)s->damping, add = (float)(1 - s->damping);
  for (int64_t j = 0; j < r->apart; j++) {
    const int64_t k = column_of(r, r->at[j]);
    float R = (float)(s->share_before * (double)r->s[j] - s->u[i]) + r->e[j];
    float room = s->bar[k] - (R > 0 ? R : 0);
    r->a[j] = r->at[j] == s->own[i] ? (float)s->own_a[k] : keep * r->a[j] + add * (room < 0 ? room : 0);
  }
}


/*
** Maxima of a row are kept in TRACKS vectors side by side, vector v of the row in track v % TRACKS, and with each lane the
** chunk of CHUNK vectors that its largest is of: the place within is looked up once, at the end.
*/
#define TRACKS 4
#define CHUNK 16

typedef struct { vf top[TRACKS], second[TRACKS], before[TRACKS]; vi chunk[TRACKS]; } tracks;

/* Constants of a row: damping and its complement, share and u. */
typedef struct { vf keep, add, w, base; } terms;

/* Vector v of a row, n of its lanes: A = L A + (1-L) min(0, bar - max(0, share S - u)); A + S to its track. */
INLINE void available_vector (const int sparse, const line *r, const float *bar, const terms *c, int64_t v, int64_t n,
                              tracks *t) {
  const vf zero = v_set(0.0f);
  const int64_t k = v * VL, j = v % TRACKS;
  vf S = n == VL ? v_load(r->S + k) : v_loadn(r->S + k, n, EIMF_AFFINITY_NONE);
  vf A = n == VL ? v_load(r->A + k) : v_loadn(r->A + k, n, 0);
  vf B = gathered(bar, sparse ? r->id : NULL, k, n);
  A = A * c->keep + c->add * smaller(zero, B - larger(zero, S * c->w - c->base));
  if (n == VL) v_store(r->A + k, A);
  else v_storen(r->A + k, A, n);
  vf x = A + S;
  t->second[j] = larger(t->second[j], smaller(t->top[j], x));
  t->top[j] = larger(t->top[j], x);
}


INLINE void end_chunk (tracks *t, int64_t chunk) {
  for (int j = 0; j < TRACKS; j++) {
    t->chunk[j] = (vi)v_pick(t->top[j] > t->before[j], (vf)vi_set((int32_t)chunk), (vf)t->chunk[j]);
    t->before[j] = t->top[j];
  }
}


/* The two largest of all lanes, and where in the row the largest stands. */
static maxima across (const tracks *t, const line *r) {
  maxima m = { -INFINITY, -INFINITY, 0 };
  int64_t chunk = 0, track = 0, lane = 0;
  for (int j = 0; j < TRACKS; j++)
    for (int i = 0; i < VL; i++) {
      if (t->top[j][i] > m.top) {
        chunk = t->chunk[j][i];
        track = j;
        lane = i;
      }
      offer(&m, t->top[j][i], 0);
      if (t->second[j][i] > m.second) m.second = t->second[j][i];
    }
  for (int64_t v = chunk * CHUNK + track; v < (chunk + 1) * CHUNK; v += TRACKS) {
    int64_t k = v * VL + lane;
    if (k < r->n && r->A[k] + r->S[k] == m.top) {
      m.at = k;
      break;
    }
  }
  return m;
}


/* New availabilities of a row; the largest of A + S. */
INLINE maxima available (const int sparse, const line *r, const float *bar, double damping, double share, double u) {
  const terms c = { v_set((float)damping), v_set((float)(1 - damping)), v_set((float)share), v_set((float)u) };
  const int64_t vectors = r->n / VL, chunks = vectors / CHUNK;
  tracks t;
  for (int j = 0; j < TRACKS; j++) {
    t.top[j] = t.second[j] = t.before[j] = v_set(-INFINITY);
    t.chunk[j] = vi_set(0);
  }
  for (int64_t i = 0; i < chunks; i++) {
    for (int64_t v = i * CHUNK; v < (i + 1) * CHUNK; v += TRACKS)
      for (int j = 0; j < TRACKS; j++) available_vector(sparse, r, bar, &c, v + j, VL, &t);
    end_chunk(&t, i);
  }
  for (int64_t v = chunks * CHUNK; v < vectors; v++) available_vector(sparse, r, bar, &c, v, VL, &t);
  if (r->n > vectors * VL) available_vector(sparse, r, bar, &c, vectors, r->n - vectors * VL, &t);
  end_chunk(&t, chunks);
  return across(&t, r);
}


/* Adds max(0, share S - u) of a row to the sums of its columns. */
INLINE void supported (const int sparse, float *sums, const line *r, double share, double u) {
  const vf w = v_set((float)share), base = v_set((float)u), zero = v_set(0.0f);
  for (int64_t k = 0; k < r->n; k += VL) {
    const int64_t n = r->n - k < VL ? r->n - k : VL;
    vf S = n == VL ? v_load(r->S + k) : v_loadn(r->S + k, n, EIMF_AFFINITY_NONE);
    vf R = larger(zero, S * w - base);
    if (sparse)
      for (int64_t j = 0; j < n; j++) sums[r->id[k + j]] += R[j];
    else if (n == VL) v_store(sums + k, v_load(sums + k) + R);
    else v_storen(sums + k, v_loadn(sums + k, n, 0) + R, n);
  }
}


/* Peaks fade; the best entry's grows by (1-L) (top - second). */
static void move_peaks (const eimf_affinity *s, int64_t i, line *r, const maxima *m) {
  const float keep = (float)s->damping, faded = FADED * (float)fabs(s->u[i]);
  double gap = (double)m->top - (double)m->second;
  const int64_t best = set_apart(r, m->at, 0);
  int64_t n = 0, *at = r->at;
  int32_t *peak_at = s->peak_at + i * EIMF_AFFINITY_PEAKS;
  float *peak = s->peak + i * EIMF_AFFINITY_PEAKS;
  for (int64_t j = 0; j < r->apart; j++) r->e[j] *= keep;
  r->e[best] += (float)((1 - s->damping) * (gap < WIDEST_GAP ? gap : WIDEST_GAP));
  for (int64_t j = 0; j < r->apart; j++) {
    int64_t to = n;
    if (r->e[j] <= faded) continue;
    if (n == EIMF_AFFINITY_PEAKS) {              /* in the place of the least */
      for (int64_t t = to = 0; t < n; t++) if (peak[t] < peak[to]) to = t;
      if (peak[to] > r->e[j]) continue;
    }
    else n++;
    peak_at[to] = (int32_t)at[j];
    peak[to] = r->e[j];
  }
  s->peaks[i] = (int32_t)n;
}


/* What the entries apart add to the sums; they go back to their places. */
static void close_line (const eimf_affinity *s, int64_t i, line *r, float *sums) {
  for (int64_t j = 0; j < r->apart; j++) {
    const int64_t k = column_of(r, r->at[j]);
    double R = s->share * (double)r->s[j] - s->u[i] + (double)r->e[j];
    if (r->at[j] == s->own[i]) s->own_r[k] = R;
    else if (R > 0) sums[k] += (float)R;
    r->S[r->at[j]] = r->s[j];
  }
}


INLINE void one_row (const int sparse, const eimf_affinity *s, int64_t i, float *sums) {
  line r;
  open_line(&r, s, i);
  if (s->own[i] >= 0) set_apart(&r, s->own[i], 0);
  apart_available(s, i, &r);
  maxima m = available(sparse, &r, s->bar, s->damping, s->share_before, s->u[i]);
  for (int64_t j = 0; j < r.apart; j++) {
    r.A[r.at[j]] = r.a[j];
    offer(&m, r.a[j] + r.s[j], r.at[j]);
  }
  s->u[i] = s->damping * s->u[i] + (1 - s->damping) * (double)m.top;
  move_peaks(s, i, &r, &m);
  supported(sparse, sums, &r, s->share, s->u[i]);
  close_line(s, i, &r, sums);
}


void ISA(eimf_affinity_rows) (const eimf_affinity *s) {
  const int64_t blocks = eimf_affinity_blocks(s);
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (s->N * s->M > EIMF_PAR_MIN)
  for (int64_t b = 0; b < blocks; b++) {
    float *sums = s->partial + b * s->ld;
    const int64_t end = eimf_affinity_first(s, b + 1);
    memset(sums, 0, (size_t)s->ld * sizeof *sums);
    for (int64_t i = eimf_affinity_first(s, b); i < end; i++)
      if (s->offsets == NULL) one_row(0, s, i, sums);
      else one_row(1, s, i, sums);
  }
}
