/*
** safetensors_write.c: the header as text, and the whole file.
** Neighbours: json.c, files.c, safetensors_order.c.
*/
#include "safetensors.h"

#include <string.h>

#include "eimf_base.h"

#define ALIGNMENT 8                                /* bytes; where the data begin */


static int check_text (eimf_st_header *h) {
  size_t i;
  for (i = 0; i < h->n_tensors; i++) {
    const eimf_st_tensor *t = &h->tensors[i];
    if (eimf_text_is(t->name, EIMF_ST_METADATA))
      return eimf_st_fail(h, t, "a name that the file form keeps for itself");
    if (!eimf_utf8_valid(t->name)) return eimf_st_fail(h, t, "a name that is not UTF-8");
  }
  for (i = 0; i < h->n_pairs; i++)
    if (!eimf_utf8_valid(h->pairs[i].key) || !eimf_utf8_valid(h->pairs[i].value))
      return eimf_st_fail(h, NULL, "metadata that are not UTF-8");
  return EIMF_OK;
}


int eimf_st_layout (eimf_st_header *h) {
  uint64_t end = 0;
  size_t i;
  int d, rc = check_text(h);
  if (rc == EIMF_OK) rc = eimf_st_check_names(h);
  for (i = 0; rc == EIMF_OK && i < h->n_tensors; i++) {
    eimf_st_tensor *t = &h->tensors[i];
    t->size = 1;
    for (d = 0; d < t->ndim; d++) t->size *= t->shape[d];
    t->begin = end;
    t->end = end += (uint64_t)t->size * eimf_st_width(t->dtype);
  }
  return rc;
}


typedef struct sink {                              /* where text goes; NULL: it is only counted */
  char *out;
  size_t n;
} sink;

static void put (sink *s, const char *text) {
  size_t n = strlen(text);
  if (s->out != NULL) memcpy(s->out + s->n, text, n);
  s->n += n;
}


static void put_quoted (sink *s, eimf_text text) {
  s->n += eimf_json_quote(s->out != NULL ? s->out + s->n : NULL, text);
}


static void put_number (sink *s, uint64_t v) {
  char digits[21];
  size_t i = sizeof digits - 1;
  digits[i] = '\0';
  do digits[--i] = (char)('0' + v % 10);
  while ((v /= 10) > 0);
  put(s, digits + i);
}


static void put_tensor (sink *s, const eimf_st_tensor *t) {
  int i;
  put_quoted(s, t->name);
  put(s, ":{\"dtype\":\"");
  put(s, eimf_st_name(t->dtype));
  put(s, "\",\"shape\":[");
  for (i = 0; i < t->ndim; i++) {
    if (i > 0) put(s, ",");
    put_number(s, (uint64_t)t->shape[i]);
  }
  put(s, "],\"data_offsets\":[");
  put_number(s, t->begin);
  put(s, ",");
  put_number(s, t->end);
  put(s, "]}");
}


static void put_metadata (sink *s, const eimf_st_header *h) {
  size_t i;
  if (h->n_pairs == 0) return;
  put(s, "\"" EIMF_ST_METADATA "\":{");
  for (i = 0; i < h->n_pairs; i++) {
    if (i > 0) put(s, ",");
    put_quoted(s, h->pairs[i].key);
    put(s, ":");
    put_quoted(s, h->pairs[i].value);
  }
  put(s, h->n_tensors > 0 ? "}," : "}");
}


size_t eimf_st_format (char *out, const eimf_st_header *h) {
  sink s = { out, EIMF_ST_PREFIX };
  size_t i, n;
  put(&s, "{");
  put_metadata(&s, h);
  for (i = 0; i < h->n_tensors; i++) {
    if (i > 0) put(&s, ",");
    put_tensor(&s, &h->tensors[i]);
  }
  put(&s, "}");
  while (s.n % ALIGNMENT != 0) put(&s, " ");
  for (i = 0, n = s.n - EIMF_ST_PREFIX; out != NULL && i < EIMF_ST_PREFIX; i++) out[i] = (char)(n >> 8 * i & 0xFF);
  return s.n;
}


static int write_all (eimf_file *f, const char *head, size_t head_size, const eimf_st_header *h) {
  size_t i;
  int rc = eimf_file_write(f, head, head_size);
  for (i = 0; rc == EIMF_OK && i < h->n_tensors; i++)
    rc = eimf_file_write(f, h->tensors[i].data, (size_t)(h->tensors[i].end - h->tensors[i].begin));
  return rc;
}


int eimf_st_save (eimf_file *f, const char *path, char *temporary, const char *head, size_t head_size,
                  const eimf_st_header *h) {
  int rc = eimf_file_create(f, temporary);
  if (rc != EIMF_OK) return rc;
  rc = write_all(f, head, head_size, h);
  if (rc == EIMF_OK) return eimf_file_commit(f, temporary, path);
  eimf_file_abandon(f, temporary);
  return rc;
}
