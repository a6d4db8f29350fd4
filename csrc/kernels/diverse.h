/*
** diverse.h: lists between accuracy and diversity (Cen et al., "Controllable multi-interest framework for
** recommendation", KDD 2020, section 3.4). Floor 1.
**
** From a user's candidates the list S grows one item at a time, each time by the item i that is left with the largest
**   score(i) + lambda * |{ j in S : category(j) != category(i) }|
** and of equal ones the earlier. Items of unknown category (0) differ from nobody, as in diversity@n.
*/
#ifndef EIMF_DIVERSE_H
#define EIMF_DIVERSE_H

#include "../base/eimf_base.h"

typedef struct {
  int64_t U, M, n;
  const int32_t *candidate;      /* (U, M), best first, 0 where a row has ended */
  const float *score;            /* (U, M) */
  const int32_t *category;       /* (N+1), 0 = not known */
  float lambda;
} eimf_diverse_spec;

/* ids (U, n), scores (U, n): the candidates' own; id 0 and -inf where a list has ended. same (M): working memory. */
void eimf_diverse (int32_t *ids, float *scores, const eimf_diverse_spec *s, int32_t *same);

#endif
