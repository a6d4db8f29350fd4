/*
** text_unicode.h: the tables of text_unicode.c, in the order of code points.
*/
#ifndef EIMF_TEXT_UNICODE_H
#define EIMF_TEXT_UNICODE_H

#include "../base/eimf_base.h"

/* Code points first..last are of words. */
typedef struct { uint32_t first, last; } eimf_word_range;

/* Code points first, first + step, ... last have a lower case: themselves + distance. */
typedef struct { uint32_t first, last; int32_t step, distance; } eimf_lower_run;

extern const eimf_word_range eimf_word_ranges[];
extern const eimf_lower_run eimf_lower_runs[];
extern const int eimf_word_ranges_size, eimf_lower_runs_size;

#endif
