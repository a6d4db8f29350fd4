/*
** catalogue.c: the generated catalogue. See catalogue.h for the shapes and
** docs/generated.md for the model in words; letters as there.
*/
#include <math.h>
#include <string.h>

#include "catalogue.h"

#define TRIES 8              /* redraws of an event whose item was had before */
#define ZIPF_SHIFT 2.0       /* P(rank r) ~ 1 / (r + shift) */
#define OWN_SHARE 0.2        /* a held interest that is not the group's */
#define NEXT_SHARE 0.6       /* of successions: exactly the next of the line */
#define USERS_PER_TASK 512

/* What a block of random words is for: the high half of its number. */
enum { FOR_EVENTS, FOR_USER, FOR_HELD, FOR_GROUP, FOR_SIZES };

/* A user's first words: group, number of interests, length. */
enum { WORD_GROUP, WORD_HELD, WORD_LENGTH };

/* K interests held by one user, weights at the start and the end of time. */
typedef struct {
  int group, K;
  int interest[EIMF_HELD_MAX];
  double first[EIMF_HELD_MAX], last[EIMF_HELD_MAX];
} profile;


static void draw (uint32_t w[4], const eimf_catalogue *c, int use, int64_t who, int64_t n) {
  eimf_philox(w, c->seed, EIMF_STREAM_CATALOGUE, (uint64_t)who,
              (uint64_t)use << 32 | (uint64_t)n);
}


static double unit (uint32_t word) { return (double)word * 0x1p-32; }   /* [0, 1) */


int eimf_catalogue_interests (int32_t *starts, const eimf_catalogue *c) {
  uint32_t w[4];
  double total = 0, sum = 0;
  int S = c->n_interests;
  if (c->n_items < S) return EIMF_ESHAPE;
  for (int s = 0; s < S; s++) {
    draw(w, c, FOR_SIZES, s, 0);
    total += 0.5 + 1.5 * unit(w[0]);
  }
  for (int s = 0; s < S; s++) {                 /* one item each, the rest by weight */
    starts[s] = (int32_t)(s + (int64_t)((double)(c->n_items - S) * (sum / total)));
    draw(w, c, FOR_SIZES, s, 0);
    sum += 0.5 + 1.5 * unit(w[0]);
  }
  starts[S] = (int32_t)c->n_items;
  return EIMF_OK;
}


/* The first interest from `from` on (a ring of S) that is not among the n. */
static int unheld (const int *held, int n, int from, int S) {
  for (int i = 0; i < n; )
    if (held[i] == from) { from = (from + 1) % S; i = 0; }
    else i++;
  return from;
}


/* The interests that a group of users shares, the strongest first. */
static void group_mixture (int mixture[EIMF_HELD_MAX], int group, const eimf_catalogue *c) {
  uint32_t w[4];
  int S = c->n_interests;
  draw(w, c, FOR_GROUP, group, 0);
  for (int j = 0; j < EIMF_HELD_MAX && j < S; j++)
    mixture[j] = unheld(mixture, j, (int)(w[j] % (uint32_t)S), S);
}


static int n_held (uint32_t word, int S) {      /* 15, 35, 35, 15 % hold 1, 2, 3, 4 */
  double u = unit(word);
  int K = u < 0.15 ? 1 : u < 0.5 ? 2 : u < 0.85 ? 3 : 4;
  return K < S ? K : S;
}


static int user_length (uint32_t word, const eimf_catalogue *c) {
  double more = c->mean_length - c->min_length;
  if (more <= 0) return c->min_length;
  double u = ((double)word + 1.0) * 0x1p-32;                          /* (0, 1] */
  double n = c->min_length + floor(log(u) / log(more / (1.0 + more)));
  return n < c->max_length ? (int)n : c->max_length;
}


static void user_profile (profile *p, int64_t user, const eimf_catalogue *c) {
  uint32_t w[4];
  int mixture[EIMF_HELD_MAX], S = c->n_interests;
  draw(w, c, FOR_USER, user, 0);
  p->group = (int)(w[WORD_GROUP] % (uint32_t)c->n_groups);
  p->K = n_held(w[WORD_HELD], S);
  group_mixture(mixture, p->group, c);
  for (int j = 0; j < p->K; j++) {
    draw(w, c, FOR_HELD, user, j);
    int wish = unit(w[0]) < OWN_SHARE ? (int)(w[1] % (uint32_t)S) : mixture[j];
    p->interest[j] = unheld(p->interest, j, wish, S);
    p->first[j] = (0.25 + unit(w[2])) / (1 + j);
    p->last[j] = (0.25 + unit(w[3])) / (1 + (j + p->K - 1) % p->K);   /* order turned by one */
  }
}


int eimf_catalogue_users (int32_t *group, int32_t *offsets, int32_t *held_offsets,
                          const eimf_catalogue *c) {
  int64_t events = 0, held = 0;
  for (int64_t u = 0; u < c->n_users; u++) {
    uint32_t w[4];
    draw(w, c, FOR_USER, u, 0);
    group[u] = 1 + (int32_t)(w[WORD_GROUP] % (uint32_t)c->n_groups);
    offsets[u] = (int32_t)events;
    held_offsets[u] = (int32_t)held;
    events += user_length(w[WORD_LENGTH], c);
    held += n_held(w[WORD_HELD], c->n_interests);
    if (events > INT32_MAX || held > INT32_MAX) return EIMF_ERANGE;
  }
  offsets[c->n_users] = (int32_t)events;
  held_offsets[c->n_users] = (int32_t)held;
  return EIMF_OK;
}


int eimf_catalogue_held (int32_t *held, const int32_t *held_offsets, const eimf_catalogue *c) {
  for (int64_t u = 0; u < c->n_users; u++) {
    profile p;
    user_profile(&p, u, c);
    if (held_offsets[u + 1] - held_offsets[u] != p.K) return EIMF_ESHAPE;
    for (int j = 0; j < p.K; j++) held[held_offsets[u] + j] = 1 + p.interest[j];
  }
  return EIMF_OK;
}


/* Rank in 0..n-1 by the inverse of the continuous Zipf distribution. */
static int32_t zipf (uint32_t word, int32_t n) {
  double x = ZIPF_SHIFT * (exp(unit(word) * log((n + ZIPF_SHIFT) / ZIPF_SHIFT)) - 1.0);
  int32_t r = (int32_t)x;
  return r < n ? r : n - 1;
}


/* Another item of the line that rank r belongs to, mostly the next one; the
** line is a ring. n items in the interest. */
static int32_t successor (int32_t r, int32_t n, uint32_t word) {
  int32_t base = r - r % EIMF_LINE, len = n - base < EIMF_LINE ? n - base : EIMF_LINE;
  double u = unit(word);
  if (u < NEXT_SHARE) return base + (r - base + 1) % len;
  return base + (int32_t)((u - NEXT_SHARE) / (1.0 - NEXT_SHARE) * len);
}


/* One of K by its weight at time t in 0..1. */
static int pick_interest (const profile *p, double t, uint32_t word) {
  double weight[EIMF_HELD_MAX], total = 0;
  for (int k = 0; k < p->K; k++)
    total += weight[k] = (1.0 - t) * p->first[k] + t * p->last[k];
  double x = unit(word) * total;
  int k = 0;
  while (k < p->K - 1 && x >= weight[k]) x -= weight[k++];
  return k;
}


static int seen (const int32_t *items, int n, int32_t item) {
  for (int i = 0; i < n; i++)
    if (items[i] == item) return 1;
  return 0;
}


/* An item of interest s: by popularity, or after `before` (-1: none). */
static int32_t pick_item (const int32_t *starts, int s, int32_t before,
                          const eimf_catalogue *c, uint32_t how, uint32_t which) {
  int32_t start = starts[s], n = starts[s + 1] - start;
  if (before >= 0 && unit(how) < c->succession)
    return start + successor(before - start, n, which);
  return start + zipf(which, n);
}


/* One user's n events. Noise leaves the state (latest interest, latest item
** of each interest) as it was. */
static void user_events (int32_t *items, int n, int64_t user, const int32_t *starts,
                         const eimf_catalogue *c) {
  profile p;
  int32_t before[EIMF_HELD_MAX] = { -1, -1, -1, -1 };
  int latest = -1;
  user_profile(&p, user, c);
  for (int i = 0; i < n; i++) {
    int k = -1, try = 0;
    int32_t item;
    do {
      uint32_t w[4];
      draw(w, c, FOR_EVENTS, user, (int64_t)i * TRIES + try);
      double u = unit(w[0]);
      if (u < c->noise) {
        k = -1;
        item = pick_item(starts, (int)(w[1] % (uint32_t)c->n_interests), -1, c, w[2], w[3]);
      }
      else {
        int stay = latest >= 0 && u < c->noise + (1.0 - c->noise) * c->persistence;
        k = stay ? latest : pick_interest(&p, (i + 0.5) / n, w[1]);
        item = pick_item(starts, p.interest[k], before[k], c, w[2], w[3]);
      }
    } while (seen(items, i, item) && ++try < TRIES);
    while (seen(items, i, item))                  /* rare: the next one not yet had */
      item = (item + 1) % (int32_t)c->n_items, k = -1;
    items[i] = item;
    if (k >= 0) { latest = k; before[k] = item; }
  }
}


int eimf_catalogue_events (int32_t *items, const int32_t *offsets, const int32_t *starts,
                           const eimf_catalogue *c) {
  for (int64_t u = 0; u < c->n_users; u++)        /* no item twice: a user must end */
    if (offsets[u + 1] - offsets[u] > c->n_items) return EIMF_ESHAPE;
  for (int s = 0; s < c->n_interests; s++)
    if (starts[s] >= starts[s + 1]) return EIMF_ESHAPE;
#pragma omp parallel for schedule(dynamic, USERS_PER_TASK) num_threads(eimf_threads())
  for (int64_t u = 0; u < c->n_users; u++)
    user_events(items + offsets[u], offsets[u + 1] - offsets[u], u, starts, c);
  return EIMF_OK;
}


int eimf_catalogue_number (int32_t *items, int32_t *counts, int32_t *origin,
                           int32_t *scratch, int32_t *buckets, int64_t n_events,
                           const eimf_catalogue *c) {
  int64_t N = c->n_items, U = c->n_users;
  int32_t *count = scratch, *id_of = scratch;     /* the same words, one after the other */
  memset(count, 0, (size_t)N * sizeof *count);
  memset(buckets, 0, (size_t)(U + 2) * sizeof *buckets);
  for (int64_t e = 0; e < n_events; e++) count[items[e]]++;
  for (int64_t j = 0; j < N; j++) {
    if (count[j] > U) return EIMF_ERANGE;         /* a user has an item once */
    buckets[U - count[j] + 1]++;
  }
  for (int64_t b = 1; b <= U + 1; b++) buckets[b] += buckets[b - 1];
  counts[0] = origin[0] = 0;
  for (int64_t j = 0; j < N; j++) {
    int32_t id = 1 + buckets[U - count[j]]++;
    counts[id] = count[j];
    origin[id] = (int32_t)j + 1;
    id_of[j] = id;
  }
  for (int64_t e = 0; e < n_events; e++) items[e] = id_of[items[e]];
  return EIMF_OK;
}


int eimf_catalogue_label (int32_t *interest, const int32_t *origin, const int32_t *starts,
                          const eimf_catalogue *c) {
  interest[0] = 0;
  for (int64_t id = 1; id <= c->n_items; id++) {
    int low = 0, high = c->n_interests;           /* starts[low] <= raw < starts[high] */
    while (high - low > 1) {
      int middle = (low + high) / 2;
      if (starts[middle] <= origin[id] - 1) low = middle; else high = middle;
    }
    interest[id] = low + 1;
  }
  return EIMF_OK;
}
