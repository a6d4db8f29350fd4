/*
** safetensors.c: reading the header.  Neighbours: json.c, safetensors_order.c (types, names, places).
*/
#include "safetensors.h"

#include <string.h>

#include "eimf_base.h"

#define SMALLEST_ENTRY 49                          /* bytes of "":{"dtype":"F32","shape":[],"data_offsets":[0,0]} */
#define SMALLEST_PAIR 5                            /* bytes of "":"" */


int eimf_st_prefix (const unsigned char *first, uint64_t file_size, size_t *size, const char **reason) {
  uint64_t n = 0;
  int i;
  *reason = "shorter than a safetensors header";
  if (file_size < EIMF_ST_PREFIX + 2) return EIMF_EFORMAT;
  for (i = EIMF_ST_PREFIX; i-- > 0;) n = n << 8 | first[i];
  *reason = "not a safetensors file: its header would be over 100 MB";
  if (n > EIMF_ST_MAX_HEADER) return EIMF_EFORMAT;
  *reason = "the header is longer than the file";
  if (n > file_size - EIMF_ST_PREFIX) return EIMF_EFORMAT;
  *reason = NULL;
  *size = (size_t)n;
  return EIMF_OK;
}


void eimf_st_bounds (const char *text, size_t n, size_t *max_tensors, size_t *max_pairs) {
  size_t i, braces = 0, colons = 0;
  for (i = 0; i < n; i++) {
    braces += text[i] == '{';
    colons += text[i] == ':';
  }
  *max_tensors = braces < n / SMALLEST_ENTRY + 1 ? braces : n / SMALLEST_ENTRY + 1;
  *max_pairs = colons < n / SMALLEST_PAIR + 1 ? colons : n / SMALLEST_PAIR + 1;
}


static int read_pair (eimf_st_header *h, eimf_json *j) {
  eimf_st_pair *p = &h->pairs[h->n_pairs];
  int rc;
  if (h->n_pairs >= h->max_pairs) return eimf_st_fail(h, NULL, "more metadata than room was made for");
  if ((rc = eimf_json_string(j, &p->key)) != EIMF_OK) return rc;
  if ((rc = eimf_json_expect(j, ':', "a colon is missing")) != EIMF_OK) return rc;
  h->n_pairs++;
  return eimf_json_string(j, &p->value);
}


static int read_metadata (eimf_st_header *h, eimf_json *j) {
  int more, rc = eimf_json_expect(j, '{', "the metadata are not an object of strings");
  if (rc != EIMF_OK) return rc;
  if (eimf_json_peek(j) == '}') return eimf_json_expect(j, '}', "");
  do {
    if ((rc = read_pair(h, j)) != EIMF_OK) return rc;
    if ((rc = eimf_json_next(j, '}', &more)) != EIMF_OK) return rc;
  } while (more);
  return EIMF_OK;
}


static int read_dtype (eimf_st_tensor *t, eimf_json *j) {
  eimf_text name;
  int rc = eimf_json_string(j, &name);
  if (rc != EIMF_OK) return rc;
  t->dtype = eimf_st_dtype_of(name);
  if (t->dtype != EIMF_ST_UNKNOWN) return EIMF_OK;
  j->reason = "a dtype that is not read (F32, I32, F16, BF16, F64 and I64 are)";
  return EIMF_EFORMAT;
}


static int read_shape (eimf_st_tensor *t, eimf_json *j) {
  int more = 0, rc = eimf_json_expect(j, '[', "the shape is not a list");
  if (rc != EIMF_OK) return rc;
  if (eimf_json_peek(j) == ']') return eimf_json_expect(j, ']', "");
  do {
    j->reason = "more than 4 dimensions";
    if (t->ndim == EIMF_ST_RANK) return EIMF_EFORMAT;
    if ((rc = eimf_json_uint(j, &t->shape[t->ndim++])) != EIMF_OK) return rc;
    if ((rc = eimf_json_next(j, ']', &more)) != EIMF_OK) return rc;
  } while (more);
  return EIMF_OK;
}


static int read_offsets (eimf_st_tensor *t, eimf_json *j) {
  static const char two[] = "data_offsets are not a list of two numbers";
  int64_t begin, end;
  int rc;
  if ((rc = eimf_json_expect(j, '[', two)) != EIMF_OK || (rc = eimf_json_uint(j, &begin)) != EIMF_OK) return rc;
  if ((rc = eimf_json_expect(j, ',', two)) != EIMF_OK || (rc = eimf_json_uint(j, &end)) != EIMF_OK) return rc;
  t->begin = (uint64_t)begin;
  t->end = (uint64_t)end;
  return eimf_json_expect(j, ']', two);
}


/* One key of a tensor's entry; `seen` has a bit for each that was there. */
static int read_field (eimf_st_tensor *t, eimf_json *j, unsigned *seen) {
  static const char *const keys[] = { "dtype", "shape", "data_offsets" };
  eimf_text key;
  int i, rc = eimf_json_string(j, &key);
  if (rc != EIMF_OK) return rc;
  for (i = 0; i < 3 && !eimf_text_is(key, keys[i]); i++) continue;
  j->reason = "a key other than dtype, shape and data_offsets";
  if (i == 3) return EIMF_EFORMAT;
  j->reason = "a key that is there twice";
  if (*seen & 1u << i) return EIMF_EFORMAT;
  *seen |= 1u << i;
  if ((rc = eimf_json_expect(j, ':', "a colon is missing")) != EIMF_OK) return rc;
  return i == 0 ? read_dtype(t, j) : i == 1 ? read_shape(t, j) : read_offsets(t, j);
}


/* The size follows from the shape, and the offsets must agree with it. */
static int check_size (eimf_st_tensor *t, eimf_json *j) {
  size_t bytes = eimf_st_width(t->dtype);
  int i;
  t->size = 1;
  for (i = 0; i < t->ndim; i++) {
    j->reason = "a shape that is too large";
    if (t->shape[i] > INT32_MAX || eimf_mul_size(bytes, (size_t)t->shape[i], &bytes) != EIMF_OK) return EIMF_EFORMAT;
    if (bytes > INT64_MAX) return EIMF_EFORMAT;
    t->size *= t->shape[i];
  }
  j->reason = "data_offsets that do not match dtype and shape";
  return t->begin <= t->end && t->end - t->begin == bytes ? EIMF_OK : EIMF_EFORMAT;
}


static int read_entry (eimf_st_header *h, eimf_json *j, eimf_text name) {
  eimf_st_tensor *t = &h->tensors[h->n_tensors];
  unsigned seen = 0;
  int more, rc;
  if (h->n_tensors >= h->max_tensors) return eimf_st_fail(h, NULL, "more tensors than room was made for");
  memset(t, 0, sizeof *t);
  t->name = name;
  h->culprit = t;
  if ((rc = eimf_json_expect(j, '{', "a tensor is not described by an object")) != EIMF_OK) return rc;
  do {
    if ((rc = read_field(t, j, &seen)) != EIMF_OK) return rc;
    if ((rc = eimf_json_next(j, '}', &more)) != EIMF_OK) return rc;
  } while (more);
  j->reason = "dtype, shape or data_offsets are missing";
  if (seen != 7) return EIMF_EFORMAT;
  if ((rc = check_size(t, j)) != EIMF_OK) return rc;
  h->n_tensors++;
  h->culprit = NULL;
  return EIMF_OK;
}


static int read_member (eimf_st_header *h, eimf_json *j, int *had_metadata) {
  eimf_text name;
  int rc = eimf_json_string(j, &name);
  if (rc != EIMF_OK) return rc;
  if ((rc = eimf_json_expect(j, ':', "a colon is missing")) != EIMF_OK) return rc;
  if (!eimf_text_is(name, EIMF_ST_METADATA)) return read_entry(h, j, name);
  if ((*had_metadata)++) return eimf_st_fail(h, NULL, "metadata that are there twice");
  return read_metadata(h, j);
}


static int read_object (eimf_st_header *h, eimf_json *j) {
  int more, had_metadata = 0, rc;
  if (j->size == 0 || j->text[0] != '{') return eimf_st_fail(h, NULL, "not a safetensors file (no JSON header)");
  j->pos = 1;
  if (eimf_json_peek(j) == '}') rc = eimf_json_expect(j, '}', "");
  else do {
    if ((rc = read_member(h, j, &had_metadata)) != EIMF_OK) return rc;
    rc = eimf_json_next(j, '}', &more);
  } while (rc == EIMF_OK && more);
  return rc == EIMF_OK ? eimf_json_end(j) : rc;
}


int eimf_st_parse (eimf_st_header *h, char *text, size_t n, uint64_t data_size) {
  eimf_json j;
  int rc;
  h->n_tensors = h->n_pairs = h->where = 0;
  h->reason = NULL;
  h->culprit = NULL;
  eimf_json_init(&j, text, n);
  rc = read_object(h, &j);
  h->where = j.pos;
  if (rc != EIMF_OK && h->reason == NULL) h->reason = j.reason;
  if (rc == EIMF_OK) rc = eimf_st_check_places(h, data_size);
  return rc == EIMF_OK ? eimf_st_check_names(h) : rc;
}
