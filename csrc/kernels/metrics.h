/*
** metrics.h: what ranked lists are worth: recall, ndcg, hit, mrr, coverage,
** diversity; and the small counts and lists that evaluation needs.
** Floor 1. Ranked ids are (U, n), best first, 0 where a list has ended; targets
** and histories are jagged: ids, and offsets (U+1) from 0.
*/
#ifndef EIMF_METRICS_H
#define EIMF_METRICS_H

#include "../base/eimf_base.h"

#define EIMF_METRICS 4           /* recall, ndcg, hit, mrr: columns of each cut-off */
#define EIMF_MAXCUTS 32

/*
** For the distinct targets T of a user, in the order of the list, and those of them found at ranks
** r <= n, H of them:
**   recall = H / |T|      hit = 1 where H > 0      mrr = 1 / least r, 0 where H = 0
**   ndcg   = sum of gains / ideal; g(i) = 1 / log2(1 + i)
**     EIMF_NDCG_STANDARD   gains g(r)                         ideal g(1) + .. + g(min(|T|, n))
**     EIMF_NDCG_HITS       gains g(r)                         ideal g(1) + .. + g(H)
**     EIMF_NDCG_INDEX      gains g(place in T of the target)  ideal g(1) + .. + g(H)
** Id 0 is no target. A user without targets has NaN in every column and counts in no sum.
*/
enum { EIMF_NDCG_STANDARD, EIMF_NDCG_HITS, EIMF_NDCG_INDEX };

typedef struct {
  int64_t U, n, cuts, groups;    /* groups >= 1 */
  const int32_t *ranked;         /* (U, n) */
  const int32_t *target, *target_off;
  const int32_t *cut;            /* (cuts), each within 1..n, at most EIMF_MAXCUTS of them */
  const int32_t *user_group;     /* (U) within 0..groups-1; NULL: all in group 0 */
  const int32_t *item_group;     /* (N+1) or NULL; then only targets of group `only` count */
  int32_t only;
  int ndcg;
} eimf_metrics_spec;

/* per_user (U, cuts * 4); sums (groups, 1 + cuts * 4), added to: users counted, then sums of columns.
** ideal (n + 1): scratch. */
void eimf_metrics (float *per_user, double *sums, const eimf_metrics_spec *s, double *ideal);

/* first (N+1): least rank (from 1) at which anybody got an item; start with INT32_MAX. */
void eimf_first_ranks (int32_t *first, const int32_t *ranked, int64_t U, int64_t n);

/* For each cut: among the first `cut` of each list, the share of pairs with different categories; sums
** (2, cuts): the shares added up, and the users that had a pair. category (N+1), 0 = not known: such
** items are in no pair. */
void eimf_diversity (double *sums, const int32_t *ranked, const int32_t *category, const int32_t *cut,
                     int64_t U, int64_t n, int64_t cuts);

/* Segments lo .. lo+B-1, each sorted, without id 0 and repetitions. out_ids: room for all of them;
** out_offsets (B+1). Returns how many ids. */
int64_t eimf_distinct_segments (int32_t *out_ids, int32_t *out_offsets, const int32_t *ids,
                                const int32_t *offsets, int64_t lo, int64_t B);

/* count[id] += 1; count (N+1). */
void eimf_count_ids (int32_t *count, const int32_t *ids, int64_t n);

/* How many of U rows of x (U, C) hold a NaN or an infinity. */
int64_t eimf_odd_rows (const float *x, int64_t U, int64_t C);

#endif
