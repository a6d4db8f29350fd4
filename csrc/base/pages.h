/*
** pages.h: large pages for large arrays.
*/
#ifndef EIMF_PAGES_H
#define EIMF_PAGES_H

#include <stddef.h>

/*
** Asks the system to back whole pages of 2 MB within `bytes` from `at` by large ones, before they are first written:
** streaming over gigabytes is then not held up by address translation. A wish, without effect where it is not known.
*/
void eimf_large_pages (void *at, size_t bytes);

#endif
