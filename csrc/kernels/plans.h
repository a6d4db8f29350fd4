/*
** plans.h: how the fused kernels cut their work, and where their scratch lies.
** What a result depends on follows from the batch, never from the threads.
*/
#ifndef EIMF_PLANS_H
#define EIMF_PLANS_H

#include "hot.h"

/* First segment of chunk c of B segments: chunks have about as many rows each. */
int64_t eimf_row_chunk (const int32_t *off, int64_t B, int chunks, int c);

#define EIMF_SA_PAD 16           /* keeps rows of a tile off the same cache sets */
#define EIMF_SA_TILE 96          /* rows in cache at once: 96 x 256 floats */
#define EIMF_SA_CHUNK 192        /* least rows of a chunk */
#define EIMF_SA_MAXCHUNKS 16

typedef struct {
  int chunks, threads;
  int64_t size;                  /* floats of scratch in all */
  int64_t K4;                    /* K rounded up to 4: interests of a pass */
  float *w1;                     /* packed W1 (D, H) or W1' (H, D) */
  float *w2t;                    /* (K4, H) */
  float *dl;                     /* (R, K4): gradient of the logits */
  float *tiles;                  /* thread by thread: x (TILE, D), g (TILE, H), dx (TILE, D) */
  float *zp;                     /* (T, H): p W1 */
  float *partial;                /* chunk by chunk: dw1 (D, H), dw2t (K4, H), dp (T, D) */
  int64_t tile_size, partial_size;
  /* Where rows repeat vectors; the end of partial is of zp's gradient, (T, H), then. */
  float *z, *dzp;                /* (n, H): h W1; (T, H) */
  int32_t *starts, *order;       /* (n + 2), (R): rows by their vectors */
  int32_t *owner, *place;        /* (R): segment and position of each row */
} eimf_sa_plan;

eimf_sa_plan eimf_sa_layout (const eimf_sa *s, float *scratch);

int64_t eimf_sa_chunk (const eimf_sa *s, int chunks, int c);

/* Position of row r of segment b: 0 for its newest; older than T share the last. */
static inline int64_t eimf_sa_position (const eimf_sa *s, int64_t r, int64_t b) {
  int64_t back = s->off[b + 1] - 1 - r;
  return back < s->T ? back : s->T - 1;
}

/*
** GRU. A chunk is some segments of about the same length: they go through time side by side, the longest first, so
** that those which have a row t are always the first ones. Rows are taken chunk by chunk, step by step.
*/
#define EIMF_GRU_NARROW 24       /* segments of a chunk of few; every register tile's rows divide this */
#define EIMF_GRU_WIDE 96         /* and of very many, so that there are not too many chunks */
#define EIMF_GRU_CHUNKS 32       /* chunks that a batch is cut into, in between */
#define EIMF_GRU_TILE 192        /* rows in cache at once, where time does not matter */

typedef struct {
  int chunks, threads;
  int64_t wide;                  /* segments of a chunk */
  int64_t size;                  /* floats of scratch in all */
  int32_t *rows;                 /* (R): the batch's row of each of ours */
  int32_t *steps;                /* our first row of each step of each chunk; R at the end */
  int32_t *first;                /* (chunks + 1): first step of each chunk */
  int32_t *order, *count;        /* (B), (R + 2): segments by falling length, and what sorts them */
  float *wx, *wh, *whn;          /* packed Wx, Wh_rz and Wh_n, or their transposes */
  float *bias;                   /* (4H): of r, z, n, and of what r multiplies */
  float *tiles;                  /* thread by thread: (TILE, D) or (TILE, H); two of (wide, H) */
  float *da;                     /* (R, 4H): gradients of what the gates are made from */
  float *partial;                /* chunk by chunk: dwx (D, 3H), dwh (H, 3H), sums of da (4H) */
  int64_t tile_size, partial_size;
} eimf_gru_plan;

eimf_gru_plan eimf_gru_layout (const eimf_gru *s, float *scratch, int back);
void eimf_gru_order (eimf_gru_plan *p, const eimf_gru *s);       /* fills rows, steps and first */

/* Softmax over candidates. */
#define CE_CELLS 65536           /* B x tile floats of probabilities in cache */
#define CE_TILE 256              /* candidates of a tile at most */
#define CE_CHUNKS 16             /* partial gradients of u at most */
#define CE_PAD 16                /* keeps rows of a tile off the same cache sets */
int eimf_ce_chunks (const eimf_ce *s);
int64_t eimf_ce_packed (const eimf_ce *s);   /* floats of a packed tile */
int64_t eimf_ce_cells (const eimf_ce *s);    /* floats of a tile of probabilities */

/* All pairs of rows of two matrices: hot/pairs.h. */
#define PAIRS_ROWS 48            /* rows of x together, their products in the first cache; register tiles divide it */
#define PAIRS_TILE 128           /* rows of z together: whole panels in every instruction set */
#define PAIRS_PAD 16             /* keeps rows of a block off the same cache sets */
#define PAIRS_CHUNKS 8           /* partial gradients at most */

typedef struct {
  int across;                    /* chunks are of z's rows, not of x's */
  int chunks;
  int64_t tiles;                 /* blocks of rows or of columns that chunks are made of */
  int64_t part;                  /* floats of a chunk's partial gradient */
} eimf_pairs_plan;

eimf_pairs_plan eimf_pairs_cut (int64_t B, int64_t J, int64_t D);

/* Ranking. */
#define RANK_ROWS 192            /* interests scored together */
#define RANK_TILE 12             /* every register tile's rows divide this */
#define RANK_SLACK 96            /* newcomers in a list besides the n best; more than a panel */
#define RANK_KEYS 65536          /* entries of a block's lists, where n is large */

typedef struct {
  uint64_t *keys;                /* (users, room): score and id as one number */
  float *rows;                   /* (rows / MR, D, MR): interests as a packed left operand */
  float *scores;                 /* (rows, NR) of a panel */
  float *bar;                    /* (users) */
  int64_t size;                  /* floats of scratch in all */
} eimf_rank_parts;

int64_t eimf_rank_room (const eimf_rank *s);     /* entries of a user's list */
int64_t eimf_rank_block (const eimf_rank *s);    /* users scored together */
int64_t eimf_rank_work (const eimf_rank *s);     /* floats of a thread's block */
eimf_rank_parts eimf_rank_layout (const eimf_rank *s, float *scratch);

/* The same by a sieve of rough scores: hot/sieve.c. */
#define EIMF_SIEVE_WAITING 8     /* items of a user that are scored in full together */

typedef struct {                 /* what a thread has of a block of users */
  int64_t rows;                  /* interests, up to whole vectors and tiles */
  uint64_t *keys;                /* (users, room) */
  uint64_t *hit;                 /* (rows): items of a panel that may be over the bar */
  float *columns;                /* (users, D, K): interests, for full scores */
  float *bar, *fine, *length, *error;      /* (rows): the user's bar; 1 / grain, length, error */
  int32_t *pairs;                /* (rows / MR, D / 2, MR): whole numbers, two and the same two */
  int32_t *begin, *over;         /* (rows): what sums begin with; what they must be over */
  int32_t *waiting, *n_waiting;  /* (users, EIMF_SIEVE_WAITING), (users) */
  int64_t size;                  /* floats of scratch in all */
} eimf_sieve_parts;

typedef struct {                 /* what all have */
  uint8_t *bytes;                /* (panels, D / 2, items of a panel, 2) */
  float *grain, *error, *length; /* (panels) */
  int64_t size;
} eimf_sieve_items;

int eimf_sieved (const eimf_rank *s);
eimf_sieve_parts eimf_sieve_layout (const eimf_rank *s, float *scratch);
eimf_sieve_items eimf_sieve_pack (const eimf_rank *s, float *scratch);

#endif
