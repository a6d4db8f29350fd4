/*
** pages.c: see pages.h.
*/
#define _DEFAULT_SOURCE          /* madvise */

#include <stdint.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "pages.h"

#define LARGE ((uintptr_t)2 << 20)

void eimf_large_pages (void *at, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  uintptr_t from = ((uintptr_t)at + LARGE - 1) & ~(LARGE - 1);
  uintptr_t to = ((uintptr_t)at + bytes) & ~(LARGE - 1);
  if (to > from) (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
  (void)at;
  (void)bytes;
#endif
}
