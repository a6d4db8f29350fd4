/*
** eimf_base.h: what every floor of eimf agrees on: status codes, sizes,
** threads, instruction-set level, counter-based random numbers.
** Floor 0. Knows neither Lua nor BLAS.
**
** Size letters, the same everywhere: B batch, R rows of a jagged batch,
** T longest history, D width, K interests, N items, S sampled negatives.
*/
#ifndef EIMF_BASE_H
#define EIMF_BASE_H

#include <stddef.h>
#include <stdint.h>

#define EIMF_OK         0
#define EIMF_ESHAPE   (-1)   /* sizes that do not go together */
#define EIMF_ENOMEM   (-2)   /* memory ran out */
#define EIMF_EIO      (-3)   /* the operating system refused; see errno */
#define EIMF_EFORMAT  (-4)   /* a file that is not what it says */
#define EIMF_ERANGE   (-5)   /* an id or index outside its table */
#define EIMF_ENUMERIC (-6)   /* NaN or infinity where a number must be */

#define EIMF_ALIGN 64        /* bytes; a cache line, and a 512-bit vector */

/* What a status code means, in words that can end an error message. */
const char *eimf_strerror (int status);

/* out = a * b; EIMF_ERANGE when the product does not fit a size_t. */
int eimf_mul_size (size_t a, size_t b, size_t *out);

/*
** Threads used inside kernels; 1 unless somebody asked for more, because
** hosts are event loops and a forked child of a process with a running
** OpenMP pool hangs. One atomic holds this and the SIMD level: the only
** mutable global of the library.
*/
int eimf_threads (void);
void eimf_set_threads (int n);
int eimf_cores (void);

/* Loops below this many multiply-adds stay on one thread. */
#define EIMF_PAR_MIN 32768

/* Instruction set of the hot loops: the best that the processor has, or a
** lower one when asked (tests compare them). */
enum { EIMF_PORTABLE, EIMF_AVX2, EIMF_AVX512 };
int eimf_simd (void);
const char *eimf_simd_name (void);
int eimf_set_simd (const char *name);   /* EIMF_ERANGE: unknown or too high */
int eimf_simd_best (void);

/*
** Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
** 1, 2, 3", SC'11). A number is a function of (seed, stream, step, index):
** no state, hence the same with any number of threads and after a resume.
*/
enum {                       /* streams: one for each use, never shared */
  EIMF_STREAM_INIT = 1, EIMF_STREAM_SHUFFLE, EIMF_STREAM_NEGATIVES,
  EIMF_STREAM_DROPOUT, EIMF_STREAM_READOUT, EIMF_STREAM_CUT,
  EIMF_STREAM_SPLIT, EIMF_STREAM_CATALOGUE, EIMF_STREAM_BOOTSTRAP,
  EIMF_STREAM_SIGNS, EIMF_STREAM_USER = 64
};
void eimf_philox (uint32_t out[4], uint64_t seed, uint32_t stream,
                  uint64_t step, uint64_t block);
uint32_t eimf_rng_u32 (uint64_t seed, uint32_t stream, uint64_t step,
                       uint64_t index);
float eimf_rng_uniform (uint64_t seed, uint32_t stream, uint64_t step,
                        uint64_t index);                     /* [0, 1) */
float eimf_rng_normal (uint64_t seed, uint32_t stream, uint64_t step,
                       uint64_t index);                      /* N(0, 1) */

#endif
