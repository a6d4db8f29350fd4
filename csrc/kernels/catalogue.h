/*
** catalogue.h: the generated catalogue, a written-down model of users, items
** and time-ordered interactions (docs/generated.md says it in words). Every
** number is a function of (seed, user, event): users are made one by one in
** constant memory, in any order, by any number of threads.
**
** U users, N items, S interests, G groups, E events of all users together.
** A raw item is 0..N-1, interest after interest, falling popularity within
** one; catalogue_number turns raw items into ids 1..N by falling popularity.
*/
#ifndef EIMF_CATALOGUE_H
#define EIMF_CATALOGUE_H

#include "../base/eimf_base.h"

#define EIMF_HELD_MAX 4      /* interests that one user holds at most */
#define EIMF_LINE 8          /* items of one line: bought after one another */

typedef struct eimf_catalogue {
  uint64_t seed;
  int64_t n_users, n_items;
  int n_interests, n_groups;
  int min_length, max_length;
  double mean_length;        /* min_length + geometric, cut at max_length */
  double noise;              /* share of events that no interest explains */
  double persistence;        /* chance to stay with the latest interest */
  double succession;         /* chance to go on within the item's line */
} eimf_catalogue;

/* starts (S+1): interest s (0-based) owns raw items starts[s]..starts[s+1]-1.
** EIMF_ESHAPE when an item cannot be given to each interest. */
int eimf_catalogue_interests (int32_t *starts, const eimf_catalogue *c);

/* group (U): 1..G. offsets (U+1): into the events. held_offsets (U+1): into
** the held interests. EIMF_ERANGE when the events pass what int32 counts. */
int eimf_catalogue_users (int32_t *group, int32_t *offsets, int32_t *held_offsets,
                          const eimf_catalogue *c);

/* held: interests 1..S of each user, the strongest of the start first. */
int eimf_catalogue_held (int32_t *held, const int32_t *held_offsets,
                         const eimf_catalogue *c);

/* items (E): raw items in the order of time, none twice for one user. */
int eimf_catalogue_events (int32_t *items, const int32_t *offsets,
                           const int32_t *starts, const eimf_catalogue *c);

/* items (E): raw -> ids 1..N by falling popularity (ties: smaller raw item).
** counts (N+1): events of each id, [0] = 0. origin (N+1): raw item of each
** id plus one, [0] = 0. scratch (N) and buckets (U+2): working memory. */
int eimf_catalogue_number (int32_t *items, int32_t *counts, int32_t *origin,
                           int32_t *scratch, int32_t *buckets, int64_t n_events,
                           const eimf_catalogue *c);

/* interest (N+1): 1..S of each id, from its origin; [0] = 0. */
int eimf_catalogue_label (int32_t *interest, const int32_t *origin,
                          const int32_t *starts, const eimf_catalogue *c);

#endif
