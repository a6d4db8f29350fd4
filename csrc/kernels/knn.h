/*
** knn.h: graphs of nearest neighbours, and the candidates that most points would support.
*/
#ifndef EIMF_KNN_H
#define EIMF_KNN_H

#include "../base/eimf_base.h"

/*
** A symmetric graph from lists of neighbours: ids (N, k) from 1, 0 = none, s (N, k); both are put in rising order of
** id. An entry is there when either list has it, and on the diagonal. offsets (N+1); extra (N) is scratch.
** Returns the entries; EIMF_ERANGE where an id is outside, is its own row, or stands twice in a list, or entries overflow.
*/
int eimf_graph_count (int32_t *offsets, int32_t *ids, float *s, int32_t *extra, int64_t N, int64_t k, int64_t *entries);
/* Fills columns (from 0, rising) and S; own (N) = where the diagonal stands in its row. */
void eimf_graph_fill (int32_t *columns, float *S, int32_t *own, const int32_t *offsets, const int32_t *ids,
                      const float *s, int32_t *extra, int64_t N, int64_t k);

/*
** The best exemplar among the neighbours of each row, the first of equal ones: label (N) 1..K, 0 where there is none;
** best (N) its similarity, margin (N) what it is above the next. number (N): 1..K of an exemplar, else 0.
*/
void eimf_graph_assign (int32_t *label, float *best, float *margin, const int32_t *offsets, const int32_t *columns,
                        const float *S, const int32_t *number, int64_t N);

/*
** score_k += sum over n rows of max(0, s_ik - t_i): how much better than row i's quantile q candidate k is for it.
** products (n, N) x_i . y_k become s_ik but for |x_i|^2; squares (N) of y; scratch (threads, N), bar (n).
*/
void eimf_support (double *score, float *products, const float *squares, int64_t n, int64_t N, double q,
                   double *scratch, float *bar);

#endif
