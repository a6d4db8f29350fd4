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
  const float keep = (float)s->damping_before, add = (float)(1 - s->damping_before);
  for (int64_t j = 0; j < r->apart; j++) {
    const int64_t k = column_of(r, r->at[j]);
    float R = (float)(s->share_before * (double)r->s[j] - s->u[i]) + r->e[j];
    float room = s->bar[k] - (R > 0 ? R : 0);
    r->a[j] = r->at[j] == s->own[i] ? (float)s->own_a[k] : keep * r->a[j] + add * (room < 0 ? room : 0);
  }
}


/*
** A = L A + (1-L) min(0, bar - max(0, share S - u)) is worked out as L A + min(cap, lift + base - w S), where
** lift = (1-L) bar, cap = min(0, lift), w = (1-L) share, base = (1-L) u.
*/
typedef struct { vf keep, w, share; } terms;

static terms terms_of (const eimf_affinity *s) {
  const float add = (float)(1 - s->damping_before);
  return (terms){ v_set((float)s->damping_before), v_set(add * (float)s->share_before), v_set((float)s->share) };
}

static vf base_of (const eimf_affinity *s, int64_t i) { return v_set((float)(1 - s->damping_before) * (float)s->u[i]); }


/* The two largest of A + S of a row, from the largest of each of `lanes` lanes: entry k is in lane k % lanes. */
static maxima across (const float *top_of, int64_t lanes, const line *r) {
  maxima m = { -INFINITY, -INFINITY, 0 };
  for (int64_t i = 0; i < lanes; i++) if (top_of[i] > m.second) offer(&m, top_of[i], i);
  float top = -INFINITY;
  for (int64_t k = m.at; k < r->n; k += lanes) {
    const float x = r->A[k] + r->S[k];
    if (x > top) {
      if (top > m.second) m.second = top;
      top = x;
      m.at = k;
    }
    else if (x > m.second) m.second = x;
  }
  return m;
}


#define GROUP 4              /* rows that go together: lift, cap and sums are loaded once for all */
#define TRACKS 2             /* vectors of a row's largest, side by side */

/* Rows on their way together. */
typedef struct { line row[GROUP]; int64_t first, n; } group;

/*
** New availabilities of the m rows of a group, dense; top (m, TRACKS, VL) the largest of A + S in each lane. On the way
** the sums of the group before, of mb rows: it is in cache, and the bus busy with this one.
*/
INLINE void group_rows (const int m, const int mb, const eimf_affinity *s, const group *g, const group *before,
                        float *sums, float *top_of) {
  const terms c = terms_of(s);
  const vf zero = v_set(0.0f);
  vf base[GROUP], u[GROUP], top[GROUP][TRACKS];
  for (int i = 0; i < m; i++) {
    base[i] = base_of(s, g->first + i);
    for (int j = 0; j < TRACKS; j++) top[i][j] = v_set(-INFINITY);
  }
  for (int i = 0; i < mb; i++) u[i] = v_set((float)s->u[before->first + i]);
  for (int64_t k0 = 0; k0 < s->ld; k0 += TRACKS * VL)
    for (int j = 0; j < TRACKS; j++) {
      const int64_t k = k0 + j * VL;
      if (TRACKS * VL > 16 && k >= s->ld) break;
      const vf lift = v_load(s->lift + k), cap = v_load(s->cap + k);
      for (int i = 0; i < m; i++) {
        float *at = g->row[i].A + k;
        const vf S = v_load(g->row[i].S + k), A = v_load(at) * c.keep + smaller(cap, lift + base[i] - S * c.w);
        v_store(at, A);
        top[i][j] = larger(top[i][j], A + S);
      }
      if (mb > 0) {
        vf sum = v_load(sums + k);
        for (int i = 0; i < mb; i++) sum += larger(zero, v_load(before->row[i].S + k) * c.share - u[i]);
        v_store(sums + k, sum);
      }
    }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < TRACKS; j++) v_store(top_of + (i * TRACKS + j) * VL, top[i][j]);
}


/* New availabilities of a row of a graph; the largest of A + S. */
static maxima available (const eimf_affinity *s, int64_t i, const line *r) {
  const terms c = terms_of(s);
  const vf base = base_of(s, i);
  vf top = v_set(-INFINITY);
  float top_of[VL];
  for (int64_t k = 0; k < r->n; k += VL) {
    const int64_t n = r->n - k < VL ? r->n - k : VL;
    vf S = n == VL ? v_load(r->S + k) : v_loadn(r->S + k, n, EIMF_AFFINITY_NONE);
    vf A = n == VL ? v_load(r->A + k) : v_loadn(r->A + k, n, 0);
    A = A * c.keep + smaller(gathered(s->cap, r->id, k, n), gathered(s->lift, r->id, k, n) + base - S * c.w);
    if (n == VL) v_store(r->A + k, A);
    else v_storen(r->A + k, A, n);
    top = larger(top, A + S);
  }
  v_store(top_of, top);
  return across(top_of, VL, r);
}


/* Adds max(0, share S - u) of a row of a graph to the sums of its columns. */
static void supported (const eimf_affinity *s, int64_t i, const line *r, float *sums) {
  const vf w = v_set((float)s->share), base = v_set((float)s->u[i]), zero = v_set(0.0f);
  for (int64_t k = 0; k < r->n; k += VL) {
    const int64_t n = r->n - k < VL ? r->n - k : VL;
    vf S = n == VL ? v_load(r->S + k) : v_loadn(r->S + k, n, EIMF_AFFINITY_NONE);
    vf R = larger(zero, S * w - base);
    for (int64_t j = 0; j < n; j++) sums[r->id[k + j]] += R[j];
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


static void begin_row (const eimf_affinity *s, int64_t i, line *r) {
  open_line(r, s, i);
  if (s->own[i] >= 0) set_apart(r, s->own[i], 0);
  apart_available(s, i, r);
}


/* The maxima are known but for the entries apart; u and peaks of the row follow. */
static void end_row (const eimf_affinity *s, int64_t i, line *r, maxima m) {
  for (int64_t j = 0; j < r->apart; j++) {
    r->A[r->at[j]] = r->a[j];
    offer(&m, r->a[j] + r->s[j], r->at[j]);
  }
  s->u[i] = s->damping * s->u[i] + (1 - s->damping) * (double)m.top;
  move_peaks(s, i, r, &m);
}


static void close_group (const eimf_affinity *s, group *g, float *sums) {
  for (int64_t i = 0; i < g->n; i++) close_line(s, g->first + i, &g->row[i], sums);
}


/* A group of rows; `before` (n = 0: none) is done with after it. */
static void one_group (const eimf_affinity *s, group *g, group *before, float *sums) {
  float top[GROUP * TRACKS * VL];
  for (int64_t i = 0; i < g->n; i++) begin_row(s, g->first + i, &g->row[i]);
  if (g->n == GROUP && before->n == GROUP) group_rows(GROUP, GROUP, s, g, before, sums, top);
  else if (g->n == GROUP) group_rows(GROUP, 0, s, g, before, sums, top);
  else if (g->n == 1 && before->n == GROUP) group_rows(1, GROUP, s, g, before, sums, top);
  else if (g->n == 1 && before->n == 1) group_rows(1, 1, s, g, before, sums, top);
  else if (g->n == 1) group_rows(1, 0, s, g, before, sums, top);
  else if (before->n == GROUP) group_rows(0, GROUP, s, g, before, sums, top);
  else group_rows(0, 1, s, g, before, sums, top);
  close_group(s, before, sums);
  for (int64_t i = 0; i < g->n; i++)
    end_row(s, g->first + i, &g->row[i], across(top + i * TRACKS * VL, TRACKS * VL, &g->row[i]));
}


/* Rows lo .. hi-1: groups of GROUP, then of one, then an empty one that finishes the last. */
static void dense_rows (const eimf_affinity *s, int64_t lo, int64_t hi, float *sums) {
  group pair[2];
  int turn = 0;
  pair[1].n = 0;
  for (int64_t i = lo; i <= hi; turn ^= 1) {
    group *g = &pair[turn];
    g->first = i;
    g->n = hi - i >= GROUP ? GROUP : hi > i;
    one_group(s, g, &pair[turn ^ 1], sums);
    i += g->n > 0 ? g->n : 1;
  }
}


static void sparse_rows (const eimf_affinity *s, int64_t lo, int64_t hi, float *sums) {
  line r;
  for (int64_t i = lo; i < hi; i++) {
    begin_row(s, i, &r);
    end_row(s, i, &r, available(s, i, &r));
    supported(s, i, &r, sums);
    close_line(s, i, &r, sums);
  }
}


void ISA(eimf_affinity_rows) (const eimf_affinity *s) {
  const int64_t blocks = eimf_affinity_blocks(s);
  for (int64_t k = 0; k < s->ld; k++) {
    s->lift[k] = (float)(1 - s->damping_before) * s->bar[k];
    s->cap[k] = s->lift[k] < 0 ? s->lift[k] : 0;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads) if (s->N * s->M > EIMF_PAR_MIN)
  for (int64_t b = 0; b < blocks; b++) {
    float *sums = s->partial + b * s->ld;
    const int64_t lo = eimf_affinity_first(s, b), hi = eimf_affinity_first(s, b + 1);
    memset(sums, 0, (size_t)s->ld * sizeof *sums);
    if (lo == hi) continue;
    if (s->offsets == NULL) dense_rows(s, lo, hi, sums);
    else sparse_rows(s, lo, hi, sums);
  }
}
