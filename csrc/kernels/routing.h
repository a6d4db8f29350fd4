/*
** routing.h: dynamic routing of histories to interests, and the maps of positions that may stand before it.
** In several instruction sets: hot/routing.c, hot/position_linear.c; called through dispatch.c.
*/
#ifndef EIMF_ROUTING_H
#define EIMF_ROUTING_H

#include "hot.h"

/*
** Dynamic routing (Sabour et al. 2017) of the L rows of each segment to K interests (MIND, Li et al. 2019; ComiRec-DR,
** Cen et al. 2020). The logits begin as they are given, with 0 where they are NULL; then, `iterations` times:
**   w_rk = softmax of the logits over a row's interests, or over the segment's rows (over_time)
**   z_k = sum_r w_rk x_rk,  v_k = squash(z_k)
**   logit_rk += x_rk . v_k                                            (but for the last time)
** x (R, K, D) where each interest has a row of its own (`own`), else (R, D), the same for all of them.
** `dynamic`: only the first max(1, min(K, floor(log2 L))) interests take part. The others repeat the first one: an
** item's largest score over interests is then that over the interests that took part.
** No gradient flows through w:  dz by the squash,  dx_rk += w_rk dz_k.
** Kept for backward: w (R, K), z (B, K, D). An empty segment gives zero interests.
*/
typedef struct {
  int64_t R, B, K, D;
  int iterations, own, over_time, dynamic;
  const int32_t *off;
  const float *x, *logits;               /* logits (R, K) or NULL */
} eimf_route;
/* Scratch: (R, K). */
EIMF_HOT(void, eimf_route_fwd, (float *v, float *w, float *z, const eimf_route *s, float *scratch));
/* Adds into dx; x and the logits are not looked at. Scratch: (B, K, D). */
EIMF_HOT(void, eimf_route_bwd, (float *dx, const float *dv, const float *w, const float *z, const eimf_route *s,
                                float *scratch));

/*
** A linear map for each position: y_r = h_r W_p, p the row's position counted back from the newest row of its
** segment, which has 0; rows older than T share the last map.        h (R, D)   W (T, D, N)   y (R, N)
*/
typedef struct {
  int64_t R, B, D, N, T;
  int threads;
  const int32_t *off;
  const float *h, *w;
} eimf_maps;

#define MAPS_TILE 96             /* rows in cache at once; every register tile's rows divide this */
#define MAPS_CHUNK 192           /* rows that a thread takes at a time */
#define MAPS_COLUMNS 64          /* columns of a map's gradient that a thread takes; whole panels */

typedef struct {
  int64_t size;                  /* floats of scratch in all */
  int32_t *order, *starts;       /* rows by position (R), and where each position's begin (T+1) */
  float *tiles;                  /* thread by thread: rows in, rows out, a packed map */
  int64_t tile_size;
} eimf_maps_plan;

eimf_maps_plan eimf_maps_layout (const eimf_maps *s, float *scratch);
void eimf_maps_order (const eimf_maps_plan *p, const eimf_maps *s);
int64_t eimf_maps_scratch (const eimf_maps *s);      /* floats for either direction */

EIMF_HOT(void, eimf_position_linear_fwd, (float *y, const eimf_maps *s, float *scratch));
/* Adds into dh and dw; either may be NULL. */
EIMF_HOT(void, eimf_position_linear_bwd, (float *dh, float *dw, const float *dy, const eimf_maps *s, float *scratch));

#endif
