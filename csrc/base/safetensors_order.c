/*
** safetensors_order.c: element types, and the rules between entries: no name twice, no gap, no overlap.
** Neighbour: json.c.
*/
#include "safetensors.h"

#include "eimf_base.h"

static const struct {
  const char *name;
  size_t width;
  eimf_st_dtype target;
} types[] = {
  [EIMF_ST_F32] = { "F32", 4, EIMF_ST_F32 }, [EIMF_ST_I32] = { "I32", 4, EIMF_ST_I32 },
  [EIMF_ST_F16] = { "F16", 2, EIMF_ST_F32 }, [EIMF_ST_BF16] = { "BF16", 2, EIMF_ST_F32 },
  [EIMF_ST_F64] = { "F64", 8, EIMF_ST_F32 }, [EIMF_ST_I64] = { "I64", 8, EIMF_ST_I32 },
  [EIMF_ST_UNKNOWN] = { "unknown", 0, EIMF_ST_UNKNOWN },
};


size_t eimf_st_width (eimf_st_dtype dtype) { return types[dtype].width; }

const char *eimf_st_name (eimf_st_dtype dtype) { return types[dtype].name; }

eimf_st_dtype eimf_st_target (eimf_st_dtype dtype) { return types[dtype].target; }


eimf_st_dtype eimf_st_dtype_of (eimf_text name) {
  int i;
  for (i = 0; i < EIMF_ST_UNKNOWN; i++)
    if (eimf_text_is(name, types[i].name)) return (eimf_st_dtype)i;
  return EIMF_ST_UNKNOWN;
}


int eimf_st_fail (eimf_st_header *h, const eimf_st_tensor *culprit, const char *reason) {
  h->culprit = culprit;
  h->reason = reason;
  return EIMF_EFORMAT;
}


/*
** Order.  A heap sort of our own, because the C library's may take memory.
*/

typedef int (*order) (const void *a, const void *b);

static int by_name (const void *a, const void *b) {
  return eimf_text_compare(((const eimf_st_tensor *)a)->name, ((const eimf_st_tensor *)b)->name);
}


static int by_place (const void *a, const void *b) {
  const eimf_st_tensor *s = a, *t = b;
  if (s->begin != t->begin) return s->begin < t->begin ? -1 : 1;
  return s->end < t->end ? -1 : s->end > t->end;
}


static int by_key (const void *a, const void *b) {
  return eimf_text_compare(((const eimf_st_pair *)a)->key, ((const eimf_st_pair *)b)->key);
}


static void swap (char *a, char *b, size_t width) {
  while (width-- > 0) {
    char c = *a;
    *a++ = *b;
    *b++ = c;
  }
}


static void sift (char *base, size_t root, size_t n, size_t width, order compare) {
  size_t child;
  while ((child = 2 * root + 1) < n) {
    if (child + 1 < n && compare(base + child * width, base + (child + 1) * width) < 0) child++;
    if (compare(base + root * width, base + child * width) >= 0) return;
    swap(base + root * width, base + child * width, width);
    root = child;
  }
}


static void sort (void *base, size_t n, size_t width, order compare) {
  size_t i;
  for (i = n / 2; i-- > 0;) sift(base, i, n, width, compare);
  for (i = n; i-- > 1;) {
    swap(base, (char *)base + i * width, width);
    sift(base, 0, i, width, compare);
  }
}


/* No name twice; leaves both lists sorted. */
int eimf_st_check_names (eimf_st_header *h) {
  size_t i;
  sort(h->tensors, h->n_tensors, sizeof *h->tensors, by_name);
  sort(h->pairs, h->n_pairs, sizeof *h->pairs, by_key);
  for (i = 1; i < h->n_tensors; i++)
    if (by_name(&h->tensors[i - 1], &h->tensors[i]) == 0)
      return eimf_st_fail(h, &h->tensors[i], "a name that is there twice");
  for (i = 1; i < h->n_pairs; i++)
    if (by_key(&h->pairs[i - 1], &h->pairs[i]) == 0) return eimf_st_fail(h, NULL, "a metadata key that is there twice");
  return EIMF_OK;
}


/* The tensors fill the data from first byte to last. */
int eimf_st_check_places (eimf_st_header *h, uint64_t data_size) {
  uint64_t end = 0;
  size_t i;
  sort(h->tensors, h->n_tensors, sizeof *h->tensors, by_place);
  for (i = 0; i < h->n_tensors; i++) {
    const eimf_st_tensor *t = &h->tensors[i];
    if (t->end > data_size) return eimf_st_fail(h, t, "data past the end of the file (cut short?)");
    if (t->begin != end) return eimf_st_fail(h, t, t->begin < end ? "data that overlap" : "a gap before the data");
    end = t->end;
  }
  return end == data_size ? EIMF_OK : eimf_st_fail(h, NULL, "bytes after the last tensor");
}
