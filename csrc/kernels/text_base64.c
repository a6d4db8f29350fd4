/*
** text_base64.c: base64, how vectors stand in lines of text.
*/
#include "text.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t eimf_base64_encode (char *out, const void *bytes, size_t n) {
  const unsigned char *b = bytes;
  char *to = out;
  for (size_t i = 0; i < n; i += 3, to += 4) {
    const size_t left = n - i;
    const uint32_t three = (uint32_t)b[i] << 16 | (left > 1 ? (uint32_t)b[i + 1] << 8 : 0) | (left > 2 ? b[i + 2] : 0);
    to[0] = digits[three >> 18];
    to[1] = digits[three >> 12 & 63];
    to[2] = left > 1 ? digits[three >> 6 & 63] : '=';
    to[3] = left > 2 ? digits[three & 63] : '=';
  }
  return (size_t)(to - out);
}


static int value_of (char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}


int eimf_base64_decode (void *out, size_t *written, const char *text, size_t n) {
  unsigned char *to = out;
  const size_t padding = n >= 4 ? (size_t)(text[n - 1] == '=') + (size_t)(text[n - 1] == '=' && text[n - 2] == '=') : 0;
  *written = 0;
  if (n % 4 != 0) return EIMF_EFORMAT;
  for (size_t i = 0; i < n; i += 4) {
    const size_t chars = i + 4 < n ? 4 : 4 - padding;
    uint32_t three = 0;
    for (size_t j = 0; j < 4; j++) {
      const int value = j < chars ? value_of(text[i + j]) : 0;
      if (value < 0) return EIMF_EFORMAT;
      three = three << 6 | (uint32_t)value;
    }
    for (size_t j = 0; j + 1 < chars; j++) to[(*written)++] = (unsigned char)(three >> (16 - 8 * j));
  }
  return EIMF_OK;
}
