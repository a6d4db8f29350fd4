/*
** jagged.h: examples and batches of histories, laid end to end.
** Floor 1. A jagged array: items (n) and offsets (U+1), 0-based, rising,
** offsets[U] = n. An example is the position in `items` of its target: the
** user is the segment that holds it, the history what stands before it there.
*/
#ifndef EIMF_JAGGED_H
#define EIMF_JAGGED_H

#include "../base/eimf_base.h"

/* A segment-wise copy: segment v of the result is `count[v]` items of user
** users[v] (1-based), from the first[v]-th (0-based) on. offsets_out (V+1);
** items_out: exactly sum(count). EIMF_ERANGE: outside the user's segment. */
int eimf_jagged_slice (int32_t *offsets_out, int32_t *items_out,
                       const int32_t *offsets, const int32_t *items,
                       const int32_t *users, const int32_t *first, const int32_t *count,
                       int64_t V, int64_t U, int64_t room);

/* Every example: all positions but the first of each segment.
** examples (n - segments that hold something). Returns their number. */
int64_t eimf_jagged_prefixes (int32_t *examples, const int32_t *offsets, int64_t U);

/* One example for each segment of two items or more, drawn evenly; a function
** of (seed, epoch, segment). examples: NULL to count only. Returns the number. */
int64_t eimf_jagged_cuts (int32_t *examples, const int32_t *offsets, int64_t U,
                          uint64_t seed, uint64_t epoch);

/* Fisher-Yates: a permutation that is a function of (seed, stream, step, n). */
int eimf_permute (int32_t *ids, int64_t n, uint64_t seed, uint32_t stream, uint64_t step);

/* A batch of B examples: history_offsets (B+1), and for each row the item and
** its position (1 = newest, at most T); ids and positions have room for B * T.
** targets (B), users (B, 1-based). EIMF_ERANGE: no such example. */
int eimf_jagged_gather (int32_t *ids, int32_t *history_offsets, int32_t *positions,
                        int32_t *targets, int32_t *users, const int32_t *examples,
                        const int32_t *offsets, const int32_t *items,
                        int64_t B, int64_t U, int64_t T);

/* The newest T rows of segments lo .. lo + B - 1 (0-based), as a batch; size:
** elements of items. EIMF_ERANGE: offsets that leave them. */
int eimf_jagged_tails (int32_t *ids, int32_t *history_offsets, int32_t *positions,
                       const int32_t *offsets, const int32_t *items,
                       int64_t size, int64_t lo, int64_t B, int64_t T);

#endif
