/*
** safetensors_data.c: elements from files to float32 and int32.  Neighbour: files.c.
*/
#include "safetensors.h"

#include <math.h>
#include <string.h>

#include "eimf_base.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the file forms of eimf are little-endian, and so must the machine be"
#endif

#define CHUNK 8192                                 /* bytes converted at a time */


static float from_bits (uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}


/* IEEE 754 binary16; exact. */
static float from_half (uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
  if (exponent == 31) return from_bits(sign | 0x7F800000u | fraction << 13);
  if (exponent > 0) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
  return (sign ? -1.0f : 1.0f) * (float)fraction * 0x1p-24f;          /* zero and subnormal */
}


static void decode_half (float *out, const char *bytes, int64_t n) {
  int64_t i;
  for (i = 0; i < n; i++) {
    uint16_t h;
    memcpy(&h, bytes + i * 2, sizeof h);
    out[i] = from_half(h);
  }
}


static void decode_bfloat (float *out, const char *bytes, int64_t n) {
  int64_t i;
  for (i = 0; i < n; i++) {
    uint16_t h;
    memcpy(&h, bytes + i * 2, sizeof h);
    out[i] = from_bits((uint32_t)h << 16);
  }
}


static int decode_double (float *out, const char *bytes, int64_t n) {
  int64_t i;
  for (i = 0; i < n; i++) {
    double x;
    memcpy(&x, bytes + i * 8, sizeof x);
    out[i] = (float)x;
    if (isinf(out[i]) && !isinf(x)) return EIMF_ERANGE;
  }
  return EIMF_OK;
}


static int decode_long (int32_t *out, const char *bytes, int64_t n) {
  int64_t i;
  for (i = 0; i < n; i++) {
    int64_t x;
    memcpy(&x, bytes + i * 8, sizeof x);
    if (x < INT32_MIN || x > INT32_MAX) return EIMF_ERANGE;
    out[i] = (int32_t)x;
  }
  return EIMF_OK;
}


int eimf_st_decode (void *out, const void *bytes, int64_t n, eimf_st_dtype dtype) {
  switch (dtype) {
    case EIMF_ST_F32: case EIMF_ST_I32:
      if (n > 0) memcpy(out, bytes, (size_t)n * 4);
      return EIMF_OK;
    case EIMF_ST_F16: decode_half(out, bytes, n); return EIMF_OK;
    case EIMF_ST_BF16: decode_bfloat(out, bytes, n); return EIMF_OK;
    case EIMF_ST_F64: return decode_double(out, bytes, n);
    case EIMF_ST_I64: return decode_long(out, bytes, n);
    default: return EIMF_EFORMAT;
  }
}


int eimf_st_read (eimf_file *f, uint64_t at, int64_t n, eimf_st_dtype dtype, void *out) {
  char chunk[CHUNK];
  size_t width = eimf_st_width(dtype);
  int64_t done, step = CHUNK / (int64_t)(width > 0 ? width : 1);
  if (eimf_st_target(dtype) == dtype && width == 4) return eimf_file_read(f, at, out, (size_t)n * width);
  for (done = 0; done < n; done += step) {
    int64_t k = n - done < step ? n - done : step;
    int rc = eimf_file_read(f, at + (uint64_t)done * width, chunk, (size_t)k * width);
    if (rc == EIMF_OK) rc = eimf_st_decode((char *)out + done * 4, chunk, k, dtype);
    if (rc != EIMF_OK) return rc;
  }
  return EIMF_OK;
}
