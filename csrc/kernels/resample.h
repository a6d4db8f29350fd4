/*
** resample.h: chance over users, by drawing them again: bootstrap and sign flips.
** Floor 1. Draw r is a function of (seed, r), so results do not depend on the number of threads.
*/
#ifndef EIMF_RESAMPLE_H
#define EIMF_RESAMPLE_H

#include "../base/eimf_base.h"

/* means (draws, 2): in each draw, the means of the two columns of x (U, 2) over U rows drawn with replacement
** (Efron 1979). 1 <= U < 2^32. */
void eimf_bootstrap (float *means, const float *x, int64_t U, int64_t draws, uint64_t seed);

/* In how many draws a sum of d (n) under random signs lies as far from 0 as the sum itself
** (Fisher's randomisation test of paired differences). */
int64_t eimf_sign_flips (const float *d, int64_t n, int64_t draws, uint64_t seed);

#endif
