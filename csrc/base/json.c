/*
** json.c: strict reading and writing of JSON strings and whole numbers (RFC 8259, UTF-8 only).
*/
#include "json.h"

#include <string.h>

#include "eimf_base.h"


void eimf_json_init (eimf_json *j, char *text, size_t size) {
  j->text = text;
  j->size = size;
  j->pos = 0;
  j->reason = NULL;
}


static int fail (eimf_json *j, const char *reason) {
  j->reason = reason;
  return EIMF_EFORMAT;
}


int eimf_json_peek (eimf_json *j) {
  while (j->pos < j->size) {
    char c = j->text[j->pos];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return (unsigned char)c;
    j->pos++;
  }
  return 0;
}


int eimf_json_expect (eimf_json *j, char c, const char *reason) {
  if (eimf_json_peek(j) != (unsigned char)c) return fail(j, reason);
  j->pos++;
  return EIMF_OK;
}


int eimf_json_next (eimf_json *j, char closing, int *more) {
  int c = eimf_json_peek(j);
  *more = (c == ',');
  if (c != ',' && c != closing) return fail(j, "a comma or a closing bracket is missing");
  j->pos++;
  return EIMF_OK;
}


int eimf_json_end (eimf_json *j) {
  if (eimf_json_peek(j) != 0 || j->pos != j->size) return fail(j, "bytes after the end of the header's object");
  return EIMF_OK;
}


int eimf_json_uint (eimf_json *j, int64_t *value) {
  int first = eimf_json_peek(j);
  int64_t v = 0;
  if (first < '0' || first > '9') return fail(j, "a whole number is missing");
  do {
    int digit = j->text[j->pos] - '0';
    if (v > (INT64_MAX - digit) / 10) return fail(j, "a number is too large");
    v = v * 10 + digit;
    j->pos++;
    if (first == '0') break;
  } while (j->pos < j->size && j->text[j->pos] >= '0' && j->text[j->pos] <= '9');
  *value = v;
  return EIMF_OK;                                  /* a stray digit, '.', or 'e' fails at the next token */
}


/* Length of the UTF-8 sequence at s, 0 where it is malformed (Unicode 15, table 3-7). */
static size_t utf8_sequence (const unsigned char *s, size_t left) {
  unsigned char low = 0x80, high = 0xBF;
  size_t n, i;
  if (s[0] < 0x80) return 1;
  if (s[0] < 0xC2 || s[0] > 0xF4) return 0;
  n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
  if (left < n) return 0;
  if (s[0] == 0xE0) low = 0xA0;                    /* no overlong forms */
  else if (s[0] == 0xED) high = 0x9F;              /* no surrogates */
  else if (s[0] == 0xF0) low = 0x90;
  else if (s[0] == 0xF4) high = 0x8F;              /* not past U+10FFFF */
  if (s[1] < low || s[1] > high) return 0;
  for (i = 2; i < n; i++)
    if (s[i] < 0x80 || s[i] > 0xBF) return 0;
  return n;
}


int eimf_utf8_valid (eimf_text s) {
  size_t i = 0;
  while (i < s.len) {
    size_t n = utf8_sequence((const unsigned char *)s.at + i, s.len - i);
    if (n == 0) return 0;
    i += n;
  }
  return 1;
}


static int hex_value (char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}


/* Four hexadecimal digits at pos. */
static int hex4 (eimf_json *j, unsigned *unit) {
  int i;
  *unit = 0;
  if (j->size - j->pos < 4) return fail(j, "a \\u escape is cut short");
  for (i = 0; i < 4; i++) {
    int v = hex_value(j->text[j->pos]);
    if (v < 0) return fail(j, "a \\u escape needs four hexadecimal digits");
    *unit = *unit * 16 + (unsigned)v;
    j->pos++;
  }
  return EIMF_OK;
}


/* The code point of a \u escape whose 'u' was read, joining a surrogate pair. */
static int code_point (eimf_json *j, unsigned *point) {
  unsigned low;
  int rc = hex4(j, point);
  if (rc != EIMF_OK || *point < 0xD800 || *point > 0xDFFF) return rc;
  if (*point > 0xDBFF || j->size - j->pos < 2 || j->text[j->pos] != '\\' || j->text[j->pos + 1] != 'u')
    return fail(j, "half of a surrogate pair");
  j->pos += 2;
  if ((rc = hex4(j, &low)) != EIMF_OK) return rc;
  if (low < 0xDC00 || low > 0xDFFF) return fail(j, "half of a surrogate pair");
  *point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
  return EIMF_OK;
}


static size_t encode_utf8 (char *out, unsigned point) {
  if (point < 0x80) {
    out[0] = (char)point;
    return 1;
  }
  if (point < 0x800) {
    out[0] = (char)(0xC0 | (point >> 6));
    out[1] = (char)(0x80 | (point & 0x3F));
    return 2;
  }
  if (point < 0x10000) {
    out[0] = (char)(0xE0 | (point >> 12));
    out[1] = (char)(0x80 | ((point >> 6) & 0x3F));
    out[2] = (char)(0x80 | (point & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | (point >> 18));
  out[1] = (char)(0x80 | ((point >> 12) & 0x3F));
  out[2] = (char)(0x80 | ((point >> 6) & 0x3F));
  out[3] = (char)(0x80 | (point & 0x3F));
  return 4;
}


/* One escape, whose backslash was read, as UTF-8 in piece[4]. */
static int escape (eimf_json *j, char *piece, size_t *n) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  unsigned point;
  const char *which;
  char c;
  int rc;
  if (j->pos >= j->size) return fail(j, "a string is not closed");
  c = j->text[j->pos++];
  *n = 1;
  if (c == 'u') {
    if ((rc = code_point(j, &point)) != EIMF_OK) return rc;
    *n = encode_utf8(piece, point);
    return EIMF_OK;
  }
  which = c != '\0' ? strchr(names, c) : NULL;
  if (which == NULL) return fail(j, "an unknown escape in a string");
  piece[0] = values[which - names];
  return EIMF_OK;
}


/* One character of a string, plain or escaped, as UTF-8 in piece[4]. */
static int character (eimf_json *j, char *piece, size_t *n) {
  const unsigned char *s = (const unsigned char *)j->text + j->pos;
  if (*s == '\\') {
    j->pos++;
    return escape(j, piece, n);
  }
  if (*s < 0x20) return fail(j, "a control character in a string");
  *n = utf8_sequence(s, j->size - j->pos);
  if (*n == 0) return fail(j, "bytes that are not UTF-8");
  memcpy(piece, s, *n);
  j->pos += *n;
  return EIMF_OK;
}


int eimf_json_string (eimf_json *j, eimf_text *s) {
  size_t start, written;
  int rc = eimf_json_expect(j, '"', "a string is missing");
  if (rc != EIMF_OK) return rc;
  start = written = j->pos;
  while (j->pos < j->size && j->text[j->pos] != '"') {
    char piece[4];
    size_t n = 0;
    if ((rc = character(j, piece, &n)) != EIMF_OK) return rc;
    memcpy(j->text + written, piece, n);            /* never longer than what was read */
    written += n;
  }
  if (j->pos >= j->size) return fail(j, "a string is not closed");
  s->at = j->text + start;
  s->len = written - start;
  j->pos++;
  return EIMF_OK;
}


/* One byte as it stands in a quoted string: up to 6 bytes into `piece`. */
static size_t quote_byte (char *piece, unsigned char c) {
  static const char hex[] = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    piece[0] = '\\';
    piece[1] = (char)c;
    return 2;
  }
  if (c >= 0x20) {
    piece[0] = (char)c;
    return 1;
  }
  memcpy(piece, "\\u00", 4);
  piece[4] = hex[c >> 4];
  piece[5] = hex[c & 15];
  return 6;
}


size_t eimf_json_quote (char *out, eimf_text s) {
  size_t i, n = 0;
  char piece[6];
  if (out != NULL) out[n] = '"';
  n++;
  for (i = 0; i < s.len; i++) {
    size_t k = quote_byte(piece, (unsigned char)s.at[i]);
    if (out != NULL) memcpy(out + n, piece, k);
    n += k;
  }
  if (out != NULL) out[n] = '"';
  return n + 1;
}


int eimf_text_compare (eimf_text a, eimf_text b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int order = n > 0 ? memcmp(a.at, b.at, n) : 0;
  if (order != 0) return order < 0 ? -1 : 1;
  return a.len < b.len ? -1 : a.len > b.len;
}


int eimf_text_is (eimf_text s, const char *word) {
  return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}
