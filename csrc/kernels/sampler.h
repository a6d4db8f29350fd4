/*
** sampler.h: negatives for sampled softmax.
*/
#ifndef EIMF_SAMPLER_H
#define EIMF_SAMPLER_H

#include "../base/eimf_base.h"

/*
** S distinct ids out of 1..N, a function of (seed, step), and for each minus the logarithm of
** the chance that it is among them: added to its logit, the sum over the sample estimates the
** sum over all items. Ids are numbered by falling popularity, so for log_uniform
**   P(id) = ln((id + 1) / id) / ln(N + 1)             (Zipf's law over ranks)
** marker (N+1): all 0 between calls. Drawn again where an id repeats; `tries` of them give
** a chance of 1 - (1 - P)^tries; uniform: S / N. EIMF_ERANGE: S > N.
*/
enum { EIMF_UNIFORM, EIMF_LOG_UNIFORM };
int eimf_sample (int32_t *ids, float *bias, int32_t *marker, int64_t S, int64_t N, int law,
                 uint64_t seed, uint64_t step, int64_t *tries);
/* The same for given ids (the targets): -ln of the chance, after `tries` draws. */
void eimf_sample_bias (float *bias, const int32_t *ids, int64_t n, int64_t S, int64_t N, int law, int64_t tries);

#endif
