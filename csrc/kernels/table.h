/*
** table.h: item tables (N+1, D): rows by id, and sparse gradients of them.
** Id 0 is no item: its row is zero and takes no gradient.
*/
#ifndef EIMF_TABLE_H
#define EIMF_TABLE_H

#include "../base/eimf_base.h"

/* y (n, D): rows of the table; ids are within it. */
void eimf_gather_rows (float *y, const float *table, const int32_t *ids, int64_t n, int64_t D);

/*
** Merging of sparse gradients, given as parts (ids, values). A marker (N+1),
** all 0 between calls, numbers the distinct ids in the order they are first
** met: ids[i] belongs to merged row slots[i], or to none (-1: id 0).
** unique must have room; returns the number of distinct ids so far.
*/
int64_t eimf_rows_mark (int32_t *slots, int32_t *unique, int32_t *marker, const int32_t *ids,
                        int64_t n, int64_t so_far);
void eimf_rows_unmark (int32_t *marker, const int32_t *unique, int64_t n);

/* Numbers distinct ids, id 0 too, in the order they are first met: ids[i] = unique[rows[i]]. The marker is as before. */
int64_t eimf_rows_number (int32_t *rows, int32_t *unique, int32_t *marker, const int32_t *ids, int64_t n);

/* y[slots[i]] += x[i] (n, D), in the order of i; slot `skip` and below is left out. */
void eimf_rows_add (float *y, const int32_t *slots, const float *x, int64_t n, int64_t D, int32_t skip);

/*
** The same for merged rows, slots as of eimf_rows_mark: y has `filled` rows so far; what those from there on held does
** not matter, for each is written when it is first met.
*/
void eimf_rows_merge (float *y, const int32_t *slots, const float *x, int64_t n, int64_t D, int64_t filled);

/* Sum of squares, in double, by blocks whose sums are added in order. */
double eimf_sum_squares (const float *x, int64_t n);

/* One of K rows: y[b] = v[b][choice[b]], choice from 0. */
void eimf_pick_fwd (float *y, const float *v, const int32_t *choice, int64_t B, int64_t K, int64_t D);
void eimf_pick_bwd (float *dv, const float *dy, const int32_t *choice, int64_t B, int64_t K, int64_t D);

/*
** Read-out in training: which of K interests answers for target vector e_b.
** hard: the one with the largest v_bk . e_b (ties: the first);
** soft: one drawn from softmax_k(v_bk . e_b / temperature), a function of (seed, step, b).
*/
void eimf_readout_hard (int32_t *choice, const float *v, const float *e, int64_t B, int64_t K, int64_t D);
void eimf_readout_soft (int32_t *choice, const float *v, const float *e, int64_t B, int64_t K, int64_t D,
                        float temperature, uint64_t seed, uint64_t step);

#endif
