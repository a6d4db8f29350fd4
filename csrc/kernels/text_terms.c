/*
** text_terms.c: terms of texts and their TF-IDF weights. A term is a number of
** 64 bits, so that counting is sorting, and looking up a binary search.
*/
#include <math.h>
#include <stdlib.h>

#include "text.h"

static int by_value (const void *a, const void *b) {
  const eimf_term x = *(const eimf_term *)a, y = *(const eimf_term *)b;
  return (x > y) - (x < y);
}


/* Runs of equal terms in order: one of each, its count, those of less than `least` left out. */
static int64_t distinct (eimf_term *terms, int32_t *counts, int64_t m, int32_t least) {
  int64_t kept = 0;
  for (int64_t i = 0, end; i < m; i = end) {
    for (end = i + 1; end < m && terms[end] == terms[i]; end++) ;
    if (end - i < least) continue;
    terms[kept] = terms[i];
    counts[kept++] = (int32_t)(end - i);
  }
  return kept;
}


int64_t eimf_terms (int32_t *starts, eimf_term *terms, int32_t *counts,
                    const int32_t *offsets, const int32_t *tokens, int64_t n, int pairs) {
  int64_t written = 0;
  starts[0] = 0;
  for (int64_t t = 0; t < n; t++) {
    int64_t m = 0;
    for (int32_t i = offsets[t]; i < offsets[t + 1]; i++) {
      if (tokens[i] == 0) continue;
      terms[written + m++] = EIMF_TERM(tokens[i], 0);
      if (pairs && i > offsets[t] && tokens[i - 1] != 0)
        terms[written + m++] = EIMF_TERM(tokens[i - 1], tokens[i]);
    }
    qsort(terms + written, (size_t)m, sizeof *terms, by_value);
    written += distinct(terms + written, counts + written, m, 1);
    starts[t + 1] = (int32_t)written;
  }
  return written;
}


int64_t eimf_terms_vocabulary (eimf_term *terms, int32_t *texts, int64_t m, int32_t least) {
  qsort(terms, (size_t)m, sizeof *terms, by_value);
  return distinct(terms, texts, m, least);
}


/* Position of a term in the vocabulary, -1 where it is not there. */
static int32_t find (const eimf_term *vocabulary, int64_t V, eimf_term term) {
  int64_t lo = 0, hi = V - 1;
  while (lo < hi) {
    const int64_t middle = (lo + hi) / 2;
    if (vocabulary[middle] < term) lo = middle + 1;
    else hi = middle;
  }
  return V > 0 && vocabulary[lo] == term ? (int32_t)lo : -1;
}


static void unit (float *values, int32_t n) {
  double sum = 0;
  for (int32_t i = 0; i < n; i++) sum += (double)values[i] * values[i];
  for (int32_t i = 0; i < n; i++) values[i] = (float)(values[i] / sqrt(sum));
}


void eimf_terms_weights (int32_t *starts, int32_t *columns, float *values,
                         const int32_t *starts_in, const eimf_term *terms, const int32_t *counts, int64_t n,
                         const eimf_term *vocabulary, const float *idf, int64_t V, int sublinear) {
  int32_t written = 0;
  starts[0] = 0;
  for (int64_t t = 0; t < n; t++) {
    for (int32_t i = starts_in[t]; i < starts_in[t + 1]; i++) {
      const int32_t column = find(vocabulary, V, terms[i]);
      if (column < 0) continue;
      columns[written] = column;
      values[written++] = (float)(idf[column] * (sublinear ? 1 + log(counts[i]) : counts[i]));
    }
    unit(values + starts[t], written - starts[t]);
    starts[t + 1] = written;
  }
}
