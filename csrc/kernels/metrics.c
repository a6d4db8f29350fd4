/*
** metrics.c: see metrics.h. One thread: a list of 50 costs less than a
** microsecond, and its ranking some hundred times that.
*/
#include <math.h>
#include <string.h>

#include "metrics.h"

static double gain (int64_t i) { return 1 / log2(1 + (double)i); }


/* Place of id in list[0..n-1], from 1; 0 where it is not there. */
static int64_t place (const int32_t *list, int64_t n, int32_t id) {
  for (int64_t i = 0; i < n; i++)
    if (list[i] == id) return i + 1;
  return 0;
}


/* What one user's targets came to, for each cut. */
typedef struct {
  int64_t targets;                              /* distinct ones */
  int64_t hits[EIMF_MAXCUTS], first[EIMF_MAXCUTS];
  double gains[EIMF_MAXCUTS];
} tally;


/* Target number t->targets was found at rank r. */
static void add_hit (tally *t, const eimf_metrics_spec *s, int64_t r) {
  for (int64_t c = 0; c < s->cuts; c++) {
    if (r > s->cut[c]) continue;
    t->hits[c]++;
    t->gains[c] += gain(s->ndcg == EIMF_NDCG_INDEX ? t->targets : r);
    if (t->first[c] == 0 || r < t->first[c]) t->first[c] = r;
  }
}


static void tally_user (tally *t, const eimf_metrics_spec *s, int64_t u) {
  const int32_t *target = s->target + s->target_off[u];
  const int64_t count = s->target_off[u + 1] - s->target_off[u];
  memset(t, 0, sizeof *t);
  for (int64_t i = 0; i < count; i++) {
    if (target[i] == 0 || place(target, i, target[i])) continue;
    if (s->item_group != NULL && s->item_group[target[i]] != s->only) continue;
    t->targets++;
    int64_t r = place(s->ranked + u * s->n, s->n, target[i]);
    if (r > 0) add_hit(t, s, r);
  }
}


/* The four columns of cut c. */
static void columns (double *x, const tally *t, const eimf_metrics_spec *s, int64_t c, const double *ideal) {
  int64_t hits = t->hits[c], most = t->targets < s->cut[c] ? t->targets : s->cut[c];
  x[0] = (double)hits / (double)t->targets;
  x[1] = hits == 0 ? 0 : t->gains[c] / ideal[s->ndcg == EIMF_NDCG_STANDARD ? most : hits];
  x[2] = hits > 0;
  x[3] = hits == 0 ? 0 : 1 / (double)t->first[c];
}


void eimf_metrics (float *per_user, double *sums, const eimf_metrics_spec *s, double *ideal) {
  const int64_t wide = s->cuts * EIMF_METRICS;
  ideal[0] = 0;
  for (int64_t i = 1; i <= s->n; i++) ideal[i] = ideal[i - 1] + gain(i);
  for (int64_t u = 0; u < s->U; u++, per_user += wide) {
    double x[EIMF_MAXCUTS * EIMF_METRICS];
    double *sum = sums + (s->user_group == NULL ? 0 : s->user_group[u]) * (1 + wide);
    tally t;
    tally_user(&t, s, u);
    for (int64_t c = 0; c < s->cuts && t.targets > 0; c++) columns(x + c * EIMF_METRICS, &t, s, c, ideal);
    for (int64_t i = 0; i < wide; i++) per_user[i] = t.targets > 0 ? (float)x[i] : NAN;
    if (t.targets == 0) continue;
    sum[0] += 1;
    for (int64_t i = 0; i < wide; i++) sum[1 + i] += x[i];
  }
}


void eimf_first_ranks (int32_t *first, const int32_t *ranked, int64_t U, int64_t n) {
  for (int64_t u = 0; u < U; u++, ranked += n)
    for (int64_t i = 0; i < n; i++)
      if (ranked[i] > 0 && i + 1 < first[ranked[i]]) first[ranked[i]] = (int32_t)(i + 1);
}


/* Adds one list: pairs grow item by item, and each cut is met on the way. */
static void add_diversity (double *sums, const int32_t *list, const int32_t *category, const int32_t *cut,
                           int64_t n, int64_t cuts) {
  int64_t pairs = 0, different = 0, known = 0;
  for (int64_t j = 0; j < n; j++) {
    int32_t own = category[list[j]];
    if (own != 0) {
      for (int64_t i = 0; i < j; i++) different += category[list[i]] != 0 && category[list[i]] != own;
      pairs += known++;
    }
    for (int64_t c = 0; c < cuts; c++) {
      if (cut[c] != j + 1 || pairs == 0) continue;
      sums[c] += (double)different / (double)pairs;
      sums[cuts + c] += 1;
    }
  }
}


void eimf_diversity (double *sums, const int32_t *ranked, const int32_t *category, const int32_t *cut,
                     int64_t U, int64_t n, int64_t cuts) {
  for (int64_t u = 0; u < U; u++) add_diversity(sums, ranked + u * n, category, cut, n, cuts);
}


#define SHORT 24                 /* ids that insertion sorts faster than a heap */

static void sink (int32_t *heap, int64_t i, int64_t n) {
  int32_t id = heap[i];
  for (int64_t c; (c = 2 * i + 1) < n; i = c) {
    if (c + 1 < n && heap[c + 1] > heap[c]) c++;
    if (heap[c] <= id) break;
    heap[i] = heap[c];
  }
  heap[i] = id;
}


/* In place, smallest first, without a call of its own: histories may be long. */
static void sort_ids (int32_t *ids, int64_t n) {
  if (n <= SHORT) {
    for (int64_t i = 1; i < n; i++) {
      int32_t id = ids[i];
      int64_t j = i;
      for (; j > 0 && ids[j - 1] > id; j--) ids[j] = ids[j - 1];
      ids[j] = id;
    }
    return;
  }
  for (int64_t i = n / 2; i-- > 0;) sink(ids, i, n);
  while (--n > 0) {
    int32_t most = ids[0];
    ids[0] = ids[n];
    ids[n] = most;
    sink(ids, 0, n);
  }
}


int64_t eimf_distinct_segments (int32_t *out_ids, int32_t *out_offsets, const int32_t *ids,
                                const int32_t *offsets, int64_t lo, int64_t B) {
  int64_t end = 0;
  out_offsets[0] = 0;
  for (int64_t b = 0; b < B; b++) {
    int64_t n = offsets[lo + b + 1] - offsets[lo + b];
    int32_t *list = out_ids + end, last = 0;
    memcpy(list, ids + offsets[lo + b], (size_t)n * sizeof *list);
    sort_ids(list, n);
    for (int64_t i = 0; i < n; i++)
      if (list[i] != last) out_ids[end++] = last = list[i];
    out_offsets[b + 1] = (int32_t)end;
  }
  return end;
}


void eimf_count_ids (int32_t *count, const int32_t *ids, int64_t n) {
  for (int64_t i = 0; i < n; i++) count[ids[i]]++;
}


int64_t eimf_odd_rows (const float *x, int64_t U, int64_t C) {
  int64_t odd = 0;
  for (int64_t u = 0; u < U; u++, x += C) {
    float sum = 0;
    for (int64_t i = 0; i < C; i++) sum += x[i] - x[i];        /* 0, or NaN for ever */
    odd += sum != 0 || sum != sum;
  }
  return odd;
}
