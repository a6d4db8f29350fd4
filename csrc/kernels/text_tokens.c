/*
** text_tokens.c: words of UTF-8 texts in lower case, as Python's "\w\w+" of
** str.lower() finds them. Neighbour: text_unicode.h, the tables.
*/
#include "text.h"
#include "text_unicode.h"

#define NONE 0xFFFFFFFFu                 /* no code point: a byte that is not UTF-8 */
#define CAPITAL_I_DOT 0x130              /* its lower case is i and a dot above, which is of no word */
#define CAPITAL_SIGMA 0x3A3
#define FINAL_SIGMA 0x3C2
#define MIN_LENGTH 2                     /* code points of a token */

/* Bytes of a sequence that starts with `lead`; 0 for none. */
static size_t sequence_length (unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
}


/* The code point at s[0, n), n > 0; *length: its bytes, 1 for a malformed one. */
static uint32_t decode (const char *s, size_t n, size_t *length) {
  static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
  const unsigned char *b = (const unsigned char *)s;
  const size_t k = sequence_length(b[0]);
  uint32_t c = k < 2 ? b[0] : b[0] & (0x7Fu >> k);
  *length = 1;
  if (k == 0 || k > n) return NONE;
  for (size_t i = 1; i < k; i++) {
    if ((b[i] & 0xC0) != 0x80) return NONE;
    c = c << 6 | (b[i] & 0x3F);
  }
  if (c < least[k] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return NONE;
  *length = k;
  return c;
}


static size_t encode (char *out, uint32_t c) {
  const size_t k = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char lead[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
  for (size_t i = k; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)(lead[k] | c);
  return k;
}


static int is_word (uint32_t c) {
  int lo = 0, hi = eimf_word_ranges_size - 1;
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  if (c == NONE) return 0;
  while (lo < hi) {                      /* the last range that does not begin behind c */
    const int middle = (lo + hi + 1) / 2;
    if (eimf_word_ranges[middle].first <= c) lo = middle;
    else hi = middle - 1;
  }
  return c >= eimf_word_ranges[lo].first && c <= eimf_word_ranges[lo].last;
}


static uint32_t lower (uint32_t c) {
  int lo = 0, hi = eimf_lower_runs_size - 1;
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
  while (lo < hi) {
    const int middle = (lo + hi + 1) / 2;
    if (eimf_lower_runs[middle].first <= c) lo = middle;
    else hi = middle - 1;
  }
  const eimf_lower_run *run = &eimf_lower_runs[lo];
  if (c < run->first || c > run->last || (c - run->first) % (uint32_t)run->step != 0) return c;
  return (uint32_t)((int32_t)c + run->distance);
}


/* A capital letter, or the small one of a capital. */
static int is_cased (uint32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (c == NONE) return 0;
  if (lower(c) != c) return 1;
  for (int i = 0; i < eimf_lower_runs_size; i++) {
    const uint32_t capital = (uint32_t)((int32_t)c - eimf_lower_runs[i].distance);
    if (capital != c && lower(capital) == c) return 1;
  }
  return 0;
}


/* The small sigma that ends a word has a form of its own: behind a cased letter, and before none. */
static int is_final_sigma (uint32_t c, uint32_t before, const char *s, size_t n) {
  size_t k;
  return c == CAPITAL_SIGMA && is_cased(before) && (n == 0 || !is_cased(decode(s, n, &k)));
}


/* The run of code points of words at *at, none where there is another: bytes written, *points counted. */
static size_t word (char *out, const char *s, size_t n, size_t *at, int *points) {
  size_t bytes = 0, k;
  uint32_t before = NONE;
  for (*points = 0; *at < n; ++*points) {
    const uint32_t c = decode(s + *at, n - *at, &k);
    if (!is_word(c)) break;
    *at += k;
    if (c == CAPITAL_I_DOT) {
      out[bytes++] = 'i';
      ++*points;
      break;
    }
    bytes += encode(out + bytes, is_final_sigma(c, before, s + *at, n - *at) ? FINAL_SIGMA : lower(c));
    before = c;
  }
  return bytes;
}


size_t eimf_token_next (char *out, const char *s, size_t n, size_t *at) {
  while (*at < n) {
    int points;
    size_t k;
    const size_t bytes = word(out, s, n, at, &points);
    if (points >= MIN_LENGTH) return bytes;
    if (points == 0) {
      decode(s + *at, n - *at, &k);
      *at += k;
    }
  }
  return 0;
}
