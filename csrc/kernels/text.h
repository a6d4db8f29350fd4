/*
** text.h: from texts to vectors: tokens, terms (1- and 2-grams) and their
** TF-IDF weights, means of users. Floor 1. Matrices of terms are sparse: rows
** cut by offsets (n+1), columns from 0, values.
*/
#ifndef EIMF_TEXT_H
#define EIMF_TEXT_H

#include "../base/eimf_base.h"

/* Bytes that the tokens of a text of n bytes need at most. */
#define EIMF_TOKEN_ROOM(n) (2 * (n) + 8)

/*
** The next token of s[0, n) from *at on, in lower case, into out: its bytes, 0
** at the end; *at is moved behind it. A token is a run of two code points of
** words or more; bytes that are no UTF-8 end it.
*/
size_t eimf_token_next (char *out, const char *s, size_t n, size_t *at);

/* A term: (first token, second token); second 0 for a single one. */
typedef uint64_t eimf_term;
#define EIMF_TERM(first, second) ((eimf_term)(uint32_t)(first) << 32 | (uint32_t)(second))

/*
** Terms of texts: tokens (R), numbers from 1, 0 = not known, cut by offsets
** (n+1). Written: starts (n+1), terms and counts with room for 2R: the distinct
** terms of each text in order, and how often each occurs. pairs: 2-grams too.
** Returns how many were written.
*/
int64_t eimf_terms (int32_t *starts, eimf_term *terms, int32_t *counts,
                    const int32_t *offsets, const int32_t *tokens, int64_t n, int pairs);

/*
** The vocabulary of m distinct terms of texts: those of at least `least` texts,
** in order, and in how many each occurs. terms is sorted in place, the kept ones
** come first. texts: room for m. Returns V.
*/
int64_t eimf_terms_vocabulary (eimf_term *terms, int32_t *texts, int64_t m, int32_t least);

/*
** Weights of terms: starts (n+1), columns and values with room for starts_in[n]
** from the vocabulary (V) with idf (V); a weight is idf (1 + ln count), or idf
** count where not sublinear; rows get unit norm. Terms outside the vocabulary
** are left out.
*/
void eimf_terms_weights (int32_t *starts, int32_t *columns, float *values,
                         const int32_t *starts_in, const eimf_term *terms, const int32_t *counts, int64_t n,
                         const eimf_term *vocabulary, const float *idf, int64_t V, int sublinear);

/*
** Users as means of their newest `last` items that have a vector: an item one
** step older weighs (1 - recency) times. out (U, D); vectors (N, D), row i - 1
** for item i; a row of zeros is no vector. Returns the number of users with
** none, whose rows are zero; EIMF_ERANGE: an item outside 1..N.
*/
int64_t eimf_text_users (float *out, const int32_t *offsets, const int32_t *items, const float *vectors,
                         int64_t U, int64_t N, int64_t D, int64_t last, double recency);

/* Rows that are not zero minus their mean; sum: room for D. */
void eimf_text_centre (float *x, double *sum, int64_t R, int64_t D);

/*
** Rows to unit norm; those not longer than `least` to zeros. Returns the number
** of these; -r where row r, from 1, holds something that is not a number.
*/
int64_t eimf_text_unit (float *x, int64_t R, int64_t D, double least);

/* Base64 (RFC 4648) of n bytes: out has room for EIMF_BASE64_ROOM(n). Returns the bytes written. */
#define EIMF_BASE64_ROOM(n) (((n) + 2) / 3 * 4)
size_t eimf_base64_encode (char *out, const void *bytes, size_t n);

/* What n bytes of base64 stand for: out has room for n / 4 * 3. EIMF_EFORMAT: they are none. */
int eimf_base64_decode (void *out, size_t *written, const char *text, size_t n);

#endif
