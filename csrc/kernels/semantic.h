/*
** semantic.h: what the losses on semantic interests need besides sums over
** pairs: profiles of items over a bank of interests, distinct ids, matching.
*/
#ifndef EIMF_SEMANTIC_H
#define EIMF_SEMANTIC_H

#include "../base/eimf_base.h"

/*
** y_i = (x_i - mean) / |x_i - mean| for rows of x (N, D); the mean is of the rows that are not zero.
** Zero rows stay zero. x and y may be the same. mean (D) is written.
*/
void eimf_centre_rows (float *y, double *mean, const float *x, int64_t N, int64_t D);

/* How many of the rows of x (N, D) are not zero. */
int64_t eimf_rows_in_use (const float *x, int64_t N, int64_t D);

/*
** Profiles of N rows t (N, D) over a bank s (J, D), in CSR form with a row 0 for no item, which is empty, and row i
** for t's row i (from 1): the `top` largest entries of softmax_j(t_i . s_j / temperature), brought to a sum of 1,
** columns rising. Of equal entries the first ones are taken. A zero row of t is empty.
** offsets (N + 2); columns and weights: min(top, J) for each row in use. scratch: eimf_profile_room floats.
** EIMF_ENUMERIC where a product is not a number.
*/
int eimf_profile_build (int32_t *offsets, int32_t *columns, float *weights, const float *t, const float *s,
                        int64_t N, int64_t J, int64_t D, float temperature, int64_t top, float *scratch);
int64_t eimf_profile_room (int64_t N, int64_t J);

/* Distinct ids in the order they are first met, 0 left out; appends to out, which holds so_far already and has room.
** The marker (N+1) is 0 for every id that out does not hold. Returns how many out holds. */
int64_t eimf_distinct (int32_t *out, int32_t *marker, const int32_t *ids, int64_t n, int64_t so_far);

/*
** Who is taught of n examples: clusters[i] = labels (U) of users[i] (from 1; 0: nobody, cluster 0), taught[i] =
** targets[i] where that cluster is not 0 and the marker (N+1) of the target is, else 0. Returns how many are taught.
*/
int64_t eimf_taught (int32_t *taught, int32_t *clusters, const int32_t *users, const int32_t *labels,
                     const int32_t *targets, const int32_t *marker, int64_t n);

/*
** Optimal matching (no gradient) of row b's K interests v (B, K, D) to the first counts[g - 1] of the Ks vectors of
** its group g = rows[b] (from 1; 0: none), z (G, Ks, D): the pairs, min(K, count) of them, with the largest sum of
** cosines. choice (B, K): partner of each interest from 0, or -1. K and Ks are at most EIMF_MATCH_MOST.
*/
#define EIMF_MATCH_MOST 64
void eimf_match (int32_t *choice, const float *v, const float *z, const int32_t *counts, const int32_t *rows,
                 int64_t B, int64_t K, int64_t Ks, int64_t D);

/* The pairs one after the other: row of v as (B K, D), row of z as (G Ks, D), group; returns how many. */
int64_t eimf_match_pairs (int32_t *left, int32_t *right, int32_t *groups, const int32_t *choice, const int32_t *rows,
                          int64_t B, int64_t K, int64_t Ks);

#endif
