/*
** text_test.c: words, terms, weights, means of users, base64; sparse products and decompositions.
*/
#include "check.h"
#include "levels.h"

#include "kernels/svd.h"
#include "kernels/text.h"

/* Words of s, each followed by a stroke. */
static const char *words (const char *s, size_t n) {
  static char all[256];
  char *out = malloc(EIMF_TOKEN_ROOM(n)), *exact = malloc(n + 1);        /* exact: what reads past the end is seen */
  size_t at = 0, k, length = 0;
  if (out == NULL || exact == NULL) abort();
  memcpy(exact, s, n);
  while ((k = eimf_token_next(out, exact, n, &at)) > 0) {
    memcpy(all + length, out, k);
    length += k;
    all[length++] = '|';
  }
  all[length] = '\0';
  free(out);
  free(exact);
  return all;
}


static void words_of_texts (void) {
  CHECK_STR(words("", 0), "");
  CHECK_STR(words("Red NAIL_polish, a 5 b12", 24), "red|nail_polish|b12|");
  CHECK_STR(words("\xC3\x89t\xC3\xA9", 5), "\xC3\xA9t\xC3\xA9|");
  CHECK_STR(words("ab\xE2\x82", 4), "ab|");                      /* cut */
  CHECK_STR(words("ab\xFF" "cd", 5), "ab|cd|");
  CHECK_STR(words("\xC8\xBA\xC8\xBE", 4), "\xE2\xB1\xA5\xE2\xB1\xA6|");            /* lower case is longer */
  for (int lead = 0; lead < 256; lead++) {
    const char text[4] = { (char)lead, (char)0xBF, (char)0xBF, (char)0xBF };
    for (size_t n = 1; n <= 4; n++) words(text, n);
  }
}


static void terms_are_counted (void) {
  static const int32_t offsets[4] = { 0, 4, 4, 6 }, tokens[6] = { 1, 2, 1, 2, 0, 2 };
  int32_t *starts = guard_new_ids(4), *counts = guard_new_ids(12), *texts = guard_new_ids(12);
  eimf_term terms[12];
  CHECK_INT(eimf_terms(starts, terms, counts, offsets, tokens, 3, 1), 5);
  CHECK_INT(starts[1], 4);
  CHECK_INT(starts[2], 4);
  CHECK_INT(starts[3], 5);
  CHECK(terms[0] == EIMF_TERM(1, 0) && counts[0] == 2);
  CHECK(terms[1] == EIMF_TERM(1, 2) && counts[1] == 2);
  CHECK(terms[2] == EIMF_TERM(2, 0) && counts[2] == 2);
  CHECK(terms[3] == EIMF_TERM(2, 1) && counts[3] == 1);
  CHECK(terms[4] == EIMF_TERM(2, 0) && counts[4] == 1);          /* no pair across what is not known */
  CHECK_INT(eimf_terms(starts, terms, counts, offsets, tokens, 3, 0), 3);
  CHECK_INT(eimf_terms_vocabulary(terms, texts, 3, 2), 1);
  CHECK(terms[0] == EIMF_TERM(2, 0) && texts[0] == 2);
  GUARD_DONE(starts);
  GUARD_DONE(counts);
  GUARD_DONE(texts);
}


static void weights_have_unit_norm (void) {
  static const int32_t starts_in[3] = { 0, 3, 4 }, counts[4] = { 1, 3, 1, 1 };
  static const eimf_term terms[4] = { EIMF_TERM(1, 0), EIMF_TERM(1, 2), EIMF_TERM(9, 0), EIMF_TERM(9, 0) };
  static const eimf_term vocabulary[2] = { EIMF_TERM(1, 0), EIMF_TERM(1, 2) };
  static const float idf[2] = { 2, 1 };
  int32_t *starts = guard_new_ids(3), *columns = guard_new_ids(2);
  float *values = guard_new(2);
  eimf_terms_weights(starts, columns, values, starts_in, terms, counts, 2, vocabulary, idf, 2, 1);
  const double second = 1 + log(3), norm = sqrt(4 + second * second);
  CHECK_INT(starts[1], 2);
  CHECK_INT(starts[2], 2);
  CHECK_INT(columns[0], 0);
  CHECK_INT(columns[1], 1);
  CHECK_NEAR(values[0], 2 / norm, 1e-6);
  CHECK_NEAR(values[1], second / norm, 1e-6);
  GUARD_DONE(starts);
  GUARD_DONE(columns);
  GUARD_DONE(values);
}


/* Means by definition: item i has weight (1 - recency)^(items with a vector that are newer). */
static int naive_mean (double *y, const int32_t *items, int n, const float *vectors, int D, int last, double recency) {
  double weight = 1, sum = 0;
  int used = 0;
  for (int d = 0; d < D; d++) y[d] = 0;
  for (int i = n - 1; i >= 0 && used < last; i--) {
    const float *v = vectors + (items[i] - 1) * D;
    double length = 0;
    for (int d = 0; d < D; d++) length += fabs((double)v[d]);
    if (length == 0) continue;
    for (int d = 0; d < D; d++) y[d] += weight * (double)v[d];
    sum += weight;
    weight *= 1 - recency;
    used++;
  }
  for (int d = 0; d < D && used > 0; d++) y[d] /= sum;
  return used > 0;
}


static void users_are_means (void) {
  enum { U = 700, N = 40, D = 33 };
  float *vectors = guard_new(N * D), *out = guard_new(U * D);
  int32_t *offsets = guard_new_ids(U + 1), *items = guard_new_ids(U * 9);
  int64_t without = 0, naive = 0;
  check_fill(vectors, N * D, 5);
  for (int i = 0; i < N; i += 4) memset(vectors + i * D, 0, D * sizeof *vectors);
  offsets[0] = 0;
  for (int u = 0; u < U; u++) offsets[u + 1] = offsets[u] + u % 9;
  for (int i = 0; i < offsets[U]; i++) items[i] = i * 7 % N + 1;
  spans written = { { out, U * D } };
  CHECK_THREADS(written, without = eimf_text_users(out, offsets, items, vectors, U, N, D, 4, 0.25));
  for (int u = 0; u < U; u++) {
    double y[D];
    naive += !naive_mean(y, items + offsets[u], u % 9, vectors, D, 4, 0.25);
    for (int d = 0; d < D; d++) CHECK_NEAR(out[u * D + d], y[d], 1e-6);
  }
  CHECK_INT(without, naive);
  items[3] = N + 1;
  CHECK_INT(eimf_text_users(out, offsets, items, vectors, U, N, D, 4, 0), EIMF_ERANGE);
  GUARD_DONE(vectors);
  GUARD_DONE(out);
  GUARD_DONE(offsets);
  GUARD_DONE(items);
}


static void rows_to_unit_norm (void) {
  float x[8] = { 3, 4, 0, 0, 1e-9f, 0, 0, 2 };
  CHECK_INT(eimf_text_unit(x, 4, 2, 1e-6), 2);
  CHECK_NEAR(x[1], 0.8, 1e-6);
  CHECK(x[4] == 0);
  x[5] = NAN;
  CHECK_INT(eimf_text_unit(x, 4, 2, 1e-6), -3);
  x[5] = INFINITY;
  CHECK_INT(eimf_text_unit(x, 4, 2, 1e-6), -3);
}


static void base64_there_and_back (void) {
  for (size_t n = 0; n < 70; n++) {
    unsigned char bytes[70], again[70];
    char text[EIMF_BASE64_ROOM(70)];
    size_t written;
    for (size_t i = 0; i < n; i++) bytes[i] = (unsigned char)(i * 73 + n);
    size_t length = eimf_base64_encode(text, bytes, n);
    CHECK_INT(length, EIMF_BASE64_ROOM(n));
    CHECK_OK(eimf_base64_decode(again, &written, text, length));
    CHECK_INT(written, n);
    CHECK(memcmp(bytes, again, n) == 0);
    if (length > 0) CHECK_INT(eimf_base64_decode(again, &written, text, length - 1), EIMF_EFORMAT);
  }
}


static void sparse_products_and_transposes (void) {
  enum { N = 150, V = 60, R = 17 };
  int32_t *offsets = guard_new_ids(N + 1), *columns = guard_new_ids(N * 8), *back = guard_new_ids(V + 1);
  int32_t *rows = guard_new_ids(N * 8);
  float *values = guard_new(N * 8), *turned = guard_new(N * 8), *x = guard_new(V * R), *y = guard_new(N * R);
  double dense[N][V] = { { 0 } };
  check_fill(values, N * 8, 1);
  check_fill(x, V * R, 2);
  for (int i = 0, e = 0; i <= N; i++) {
    offsets[i] = e;
    for (int j = 0; i < N && j < 8; j++, e++) {
      columns[e] = (i * 3 + j * 7) % V;
      dense[i][columns[e]] += (double)values[e];
    }
  }
  spans written = { { y, N * R } };
  CHECK_THREADS(written, eimf_sparse_product(y, offsets, columns, values, x, N, R));
  for (int i = 0; i < N; i++) {
    for (int r = 0; r < R; r++) {
      double sum = 0;
      for (int v = 0; v < V; v++) sum += dense[i][v] * (double)x[v * R + r];
      CHECK_NEAR(y[i * R + r], sum, 1e-5);
    }
  }
  eimf_sparse_transpose(back, rows, turned, offsets, columns, values, N, V);
  CHECK_INT(back[V], N * 8);
  for (int v = 0; v < V; v++)
    for (int32_t e = back[v]; e < back[v + 1]; e++) CHECK_NEAR(turned[e], dense[rows[e]][v], 1e-6);
  GUARD_DONE(offsets);
  GUARD_DONE(columns);
  GUARD_DONE(back);
  GUARD_DONE(rows);
  GUARD_DONE(values);
  GUARD_DONE(turned);
  GUARD_DONE(x);
  GUARD_DONE(y);
}


/* B (r, V) of known singular values: rows orthogonal to one another, of lengths 4, 3, 2, 1, 0. */
static void singular_vectors (void) {
  enum { V = 40, R = 5, K = 4 };
  float *q = guard_new(V * R), *bt = guard_new(V * R), *vectors = guard_new(V * K), *sigma = guard_new(K);
  float *room = guard_new(eimf_singular_room(R));
  check_fill(q, V * R, 3);
  CHECK_OK(eimf_orthonormal(q, NULL, room, V, R));
  for (int i = 0; i < R; i++) {
    for (int j = 0; j < R; j++) {
      double dot = 0;
      for (int v = 0; v < V; v++) dot += (double)q[v * R + i] * (double)q[v * R + j];
      CHECK_NEAR(dot, i == j, 1e-6);
    }
  }
  for (int v = 0; v < V; v++)
    for (int j = 0; j < R; j++) bt[v * R + j] = q[v * R + j] * (float)(4 - j);
  CHECK_OK(eimf_singular(vectors, sigma, bt, room, V, R, K));
  for (int k = 0; k < K; k++) {
    double dot = 0;
    float largest = 0;
    CHECK_NEAR(sigma[k], 4 - k, 1e-6);
    for (int v = 0; v < V; v++) {
      dot += (double)vectors[v * K + k] * (double)q[v * R + k];
      if (fabsf(vectors[v * K + k]) > fabsf(largest)) largest = vectors[v * K + k];
    }
    CHECK_NEAR(fabs(dot), 1, 1e-5);
    CHECK(largest > 0);
  }
  CHECK_INT(eimf_orthonormal(q, NULL, room, R - 1, R), EIMF_ESHAPE);
  CHECK_INT(eimf_singular(vectors, sigma, bt, room, V, R, R + 1), EIMF_ESHAPE);
  GUARD_DONE(q);
  GUARD_DONE(bt);
  GUARD_DONE(vectors);
  GUARD_DONE(sigma);
  GUARD_DONE(room);
}


int main (void) {
  RUN(words_of_texts);
  RUN(terms_are_counted);
  RUN(weights_have_unit_norm);
  RUN(users_are_means);
  RUN(rows_to_unit_norm);
  RUN(base64_there_and_back);
  RUN(sparse_products_and_transposes);
  RUN(singular_vectors);
  return check_report("text");
}
