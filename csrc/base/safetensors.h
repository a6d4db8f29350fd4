/*
** safetensors.h: the safetensors file form (named tensors as raw little-endian bytes behind a JSON
** header), read strictly and written so that the same content always gives the same bytes.
** Neighbours: json.h (the header's text), files.h (files).
**
**   bytes 0..7   n, unsigned little-endian
**   n bytes      {"__metadata__": {string: string}, name: {"dtype", "shape", "data_offsets"}, ...} and spaces
**   the rest     the tensors, one after the other, without gaps
**
** The caller gives all memory: the header's text, and room for its entries (eimf_st_bounds says how much).
*/
#ifndef EIMF_SAFETENSORS_H
#define EIMF_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "files.h"
#include "json.h"

#define EIMF_ST_PREFIX 8                           /* bytes before the header */
#define EIMF_ST_MAX_HEADER 100000000               /* bytes; the reference reader's limit */
#define EIMF_ST_RANK 4
#define EIMF_ST_METADATA "__metadata__"

typedef enum eimf_st_dtype {
  EIMF_ST_F32, EIMF_ST_I32,                        /* kept as they are */
  EIMF_ST_F16, EIMF_ST_BF16, EIMF_ST_F64,          /* become float32; F64 is rounded to nearest */
  EIMF_ST_I64,                                     /* becomes int32 where every value fits */
  EIMF_ST_UNKNOWN
} eimf_st_dtype;

typedef struct eimf_st_tensor {
  eimf_text name;
  eimf_st_dtype dtype;
  int ndim;                                        /* 0 for a single number */
  int64_t shape[EIMF_ST_RANK];
  int64_t size;                                    /* elements */
  uint64_t begin, end;                             /* bytes, from the header's end */
  const void *data;                                /* writing: its bytes; reading: NULL */
} eimf_st_tensor;

typedef struct eimf_st_pair {
  eimf_text key, value;
} eimf_st_pair;

typedef struct eimf_st_header {
  eimf_st_tensor *tensors;                         /* room for max_tensors; sorted by name when read */
  size_t n_tensors, max_tensors;
  eimf_st_pair *pairs;                             /* "__metadata__", sorted by key */
  size_t n_pairs, max_pairs;
  const char *reason;                              /* of a failure: a constant string */
  size_t where;                                    /* its byte in the header */
  const eimf_st_tensor *culprit;                   /* the tensor it is about, or NULL */
} eimf_st_header;

/* Bytes of one element in a file; 0 for a type that is not known. */
size_t eimf_st_width (eimf_st_dtype dtype);
const char *eimf_st_name (eimf_st_dtype dtype);
eimf_st_dtype eimf_st_dtype_of (eimf_text name);

/* EIMF_ST_F32 or EIMF_ST_I32: what the type becomes in memory. */
eimf_st_dtype eimf_st_target (eimf_st_dtype dtype);

/*
** Reading.
*/

/* Size of the header, from the first 8 bytes of a file of `file_size` bytes. */
int eimf_st_prefix (const unsigned char *first, uint64_t file_size, size_t *size, const char **reason);

/* How many entries a header of this text can hold at most. */
void eimf_st_bounds (const char *text, size_t n, size_t *max_tensors, size_t *max_pairs);

/* Fills h, whose arrays and limits are set, from the text; names and values point into it, decoded in place.
** `data_size` is what follows the header.  EIMF_EFORMAT with reason, where, and perhaps culprit. */
int eimf_st_parse (eimf_st_header *h, char *text, size_t n, uint64_t data_size);

/* out (n) float32 or int32 from n elements at `bytes`, which need no alignment.
** EIMF_ERANGE: a value does not fit (an int64 past int32, a finite double past float). */
int eimf_st_decode (void *out, const void *bytes, int64_t n, eimf_st_dtype dtype);

/* Reads a tensor's elements into out, with the same conversion; `at` is the file position of its first byte. */
int eimf_st_read (eimf_file *f, uint64_t at, int64_t n, eimf_st_dtype dtype, void *out);

/*
** Writing: set name, dtype (F32 or I32), ndim, shape and data of each tensor, key and value of each pair.
*/

/* Sorts, sets offsets and checks: EIMF_EFORMAT with reason for a name given twice or "__metadata__", or text
** that is not UTF-8. */
int eimf_st_layout (eimf_st_header *h);

/* Writes prefix and header, padded with spaces to 8 bytes; returns their size.  out NULL only counts. */
size_t eimf_st_format (char *out, const eimf_st_header *h);

/* The whole file through a temporary neighbour (see files.h): `head` (head_size) comes from eimf_st_format. */
int eimf_st_save (eimf_file *f, const char *path, char *temporary, const char *head, size_t head_size,
                  const eimf_st_header *h);

/*
** Shared by the two: they sort, and return EIMF_EFORMAT with reason and culprit.
*/
int eimf_st_fail (eimf_st_header *h, const eimf_st_tensor *culprit, const char *reason);
int eimf_st_check_names (eimf_st_header *h);
int eimf_st_check_places (eimf_st_header *h, uint64_t data_size);

#endif
