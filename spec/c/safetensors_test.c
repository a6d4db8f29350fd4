/*
** safetensors_test.c: headers that must be refused and why, elements, writing, atomic files.
*/
#include "check.h"

#include "base/eimf_base.h"
#include "base/files.h"
#include "base/json.h"
#include "base/safetensors.h"

#define ROOM 16                                    /* entries of each kind */

typedef struct parsed {
  eimf_st_header h;
  eimf_st_tensor tensors[ROOM];
  eimf_st_pair pairs[ROOM];
  char *text;                                      /* exactly as long as the header, for sanitizers */
} parsed;


static int parse (parsed *p, const char *text, size_t n, uint64_t data_size) {
  memset(p, 0, sizeof *p);
  p->h.tensors = p->tensors;
  p->h.pairs = p->pairs;
  p->h.max_tensors = p->h.max_pairs = ROOM;
  p->text = malloc(n > 0 ? n : 1);
  memcpy(p->text, text, n);
  return eimf_st_parse(&p->h, p->text, n, data_size);
}


static void accepts (const char *text, uint64_t data_size, size_t n_tensors, size_t n_pairs) {
  parsed p;
  CHECK_OK(parse(&p, text, strlen(text), data_size));
  CHECK_INT(p.h.n_tensors, n_tensors);
  CHECK_INT(p.h.n_pairs, n_pairs);
  if (p.h.reason != NULL) fprintf(stderr, "  %s: %s\n", text, p.h.reason);
  free(p.text);
}


static void refuses_bytes (const char *text, size_t n, uint64_t data_size, const char *reason) {
  parsed p;
  int rc = parse(&p, text, n, data_size);
  check_that(rc == EIMF_EFORMAT, __LINE__, "accepted: %s", text);
  check_that(p.h.reason != NULL && strstr(p.h.reason, reason) != NULL, __LINE__, "%s: said \"%s\", expected \"%s\"",
             text, p.h.reason != NULL ? p.h.reason : "nothing", reason);
  free(p.text);
}


static void refuses (const char *text, uint64_t data_size, const char *reason) {
  refuses_bytes(text, strlen(text), data_size, reason);
}


#define TENSOR(name, dtype, shape, offsets) \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

static void well_formed_headers (void) {
  accepts("{}", 0, 0, 0);
  accepts("{  }   ", 0, 0, 0);
  accepts("{\"__metadata__\":{}}", 0, 0, 0);
  accepts("{\"__metadata__\":{\"a\":\"b\",\"c\":\"\"}}", 0, 0, 2);
  accepts("{" TENSOR("x", "F32", "2,3", "0,24") "}", 24, 1, 0);
  accepts("{" TENSOR("x", "F32", "", "0,4") "}", 4, 1, 0);
  accepts("{" TENSOR("x", "F32", "0", "0,0") "," TENSOR("y", "I32", "1", "0,4") "}", 4, 2, 0);
  accepts("{" TENSOR("y", "I64", "1", "4,12") "," TENSOR("x", "BF16", "2", "0,4") "}\n", 12, 2, 0);
  accepts("{ \"x\" : { \"shape\" : [ 1 ] , \"data_offsets\" : [ 0 , 4 ] , \"dtype\" : \"F32\" } }", 4, 1, 0);
  accepts("{" TENSOR("\\u00e9\\ud83d\\ude00\xC3\xA9", "F32", "1", "0,4") "}", 4, 1, 0);
}


static void malformed_json (void) {
  refuses("", 0, "no JSON header");
  refuses(" {}", 0, "no JSON header");
  refuses("[]", 0, "no JSON header");
  refuses("{", 0, "a string is missing");
  refuses("{}x", 0, "after the end");
  refuses_bytes("{}\0", 3, 0, "after the end");
  refuses("{\"__metadata__\":{},}", 0, "a string is missing");
  refuses("{\"__metadata__\":{}", 0, "a comma or a closing bracket");
  refuses("{\"__metadata__\" {}}", 0, "colon");
  refuses("{\"__metadata__\":[]}", 0, "not an object of strings");
  refuses("{\"__metadata__\":{\"a\":1}}", 0, "a string is missing");
  refuses("{\"__metadata__\":{\"a\":\"b}}", 0, "not closed");
  refuses("{\"__metadata__\":{\"a\":\"\\x\"}}", 0, "unknown escape");
  refuses_bytes("{\"__metadata__\":{\"a\":\"\\\0\"}}", 26, 0, "unknown escape");
  refuses("{\"__metadata__\":{\"a\":\"\\u12\"}}", 0, "hexadecimal");
  refuses("{\"__metadata__\":{\"a\":\"\\u12", 0, "cut short");
  refuses("{\"__metadata__\":{\"a\":\"\\ud83d\"}}", 0, "surrogate");
  refuses("{\"__metadata__\":{\"a\":\"\\ude00\\ud83d\"}}", 0, "surrogate");
  refuses("{\"__metadata__\":{\"a\":\"\\ud83d\\u0041\"}}", 0, "surrogate");
  refuses("{\"__metadata__\":{\"a\":\"\n\"}}", 0, "control character");
  refuses("{\"__metadata__\":{\"a\":\"\\", 0, "not closed");
}


static void bytes_that_are_not_utf8 (void) {
  static const char *const bad[] = { "\x80", "\xC0\x80", "\xC3", "\xC3\x28", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
                                     "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF" };
  static const char *const good[] = { "", "a", "\x7F", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                      "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF" };
  size_t i;
  char text[80];
  for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    eimf_text s = { bad[i], strlen(bad[i]) };
    CHECK_INT(eimf_utf8_valid(s), 0);
    snprintf(text, sizeof text, "{\"__metadata__\":{\"a\":\"%s\"}}", bad[i]);
    refuses(text, 0, "UTF-8");
  }
  for (i = 0; i < sizeof good / sizeof good[0]; i++) {
    eimf_text s = { good[i], strlen(good[i]) };
    CHECK_INT(eimf_utf8_valid(s), 1);
  }
}


static void malformed_entries (void) {
  refuses("{\"x\":1}", 4, "not described by an object");
  refuses("{\"x\":{}}", 4, "a string is missing");
  refuses("{\"x\":{\"dtype\":\"F32\"}}", 4, "are missing");
  refuses("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "there twice");
  refuses("{\"x\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"z\":1}}", 4, "a key other than");
  refuses("{" TENSOR("x", "F8", "1", "0,1") "}", 1, "dtype that is not read");
  refuses("{" TENSOR("x", "F32", "1,1,1,1,1", "0,4") "}", 4, "more than 4 dimensions");
  refuses("{" TENSOR("x", "F32", "-1", "0,4") "}", 4, "whole number");
  refuses("{" TENSOR("x", "F32", "1.0", "0,4") "}", 4, "a comma or a closing");
  refuses("{" TENSOR("x", "F32", "01", "0,4") "}", 4, "a comma or a closing");
  refuses("{" TENSOR("x", "F32", "1e0", "0,4") "}", 4, "a comma or a closing");
  refuses("{" TENSOR("x", "F32", "1,", "0,4") "}", 4, "whole number");
  refuses("{" TENSOR("x", "F32", "9223372036854775808", "0,4") "}", 4, "too large");
  refuses("{" TENSOR("x", "F32", "2147483648", "0,4") "}", 4, "too large");
  refuses("{" TENSOR("x", "F32", "2147483647,2147483647,2147483647", "0,4") "}", 4, "too large");
  refuses("{" TENSOR("x", "F32", "2147483647,2147483647,4", "0,4") "}", 4, "too large");
  refuses("{" TENSOR("x", "F32", "1", "0") "}", 4, "two numbers");
  refuses("{" TENSOR("x", "F32", "1", "0,4,8") "}", 4, "two numbers");
  refuses("{" TENSOR("x", "F32", "1", "4,0") "}", 4, "do not match");
  refuses("{" TENSOR("x", "F32", "2", "0,4") "}", 4, "do not match");
}


static void misplaced_data (void) {
  refuses("{" TENSOR("x", "F32", "1", "0,4") "}", 3, "cut short");
  refuses("{" TENSOR("x", "F32", "1", "0,4") "}", 5, "after the last tensor");
  refuses("{}", 1, "after the last tensor");
  refuses("{" TENSOR("x", "F32", "1", "1,5") "}", 5, "a gap");
  refuses("{" TENSOR("x", "F32", "2", "0,8") "," TENSOR("y", "F32", "1", "4,8") "}", 8, "overlap");
  refuses("{" TENSOR("x", "F32", "1", "0,4") "," TENSOR("y", "F32", "1", "0,4") "}", 4, "overlap");
  refuses("{" TENSOR("x", "F32", "1", "0,4") "," TENSOR("x", "F32", "1", "4,8") "}", 8, "name that is there twice");
  refuses("{" TENSOR("x", "F32", "1", "0,4") "," TENSOR("\\u0078", "F32", "1", "4,8") "}", 8, "there twice");
  refuses("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "metadata key that is there twice");
  refuses("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "metadata that are there twice");
}


static void more_entries_than_room (void) {
  char text[4096] = "{";
  int i;
  parsed p;
  for (i = 0; i <= ROOM; i++)
    sprintf(text + strlen(text), "%s\"t%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}", i ? "," : "", i);
  strcat(text, "}");
  CHECK_INT(parse(&p, text, strlen(text), 0), EIMF_EFORMAT);
  CHECK_INT(p.h.n_tensors, ROOM);
  eimf_st_bounds(text, strlen(text), &p.h.max_tensors, &p.h.max_pairs);
  CHECK(p.h.max_tensors >= ROOM + 1 && p.h.max_tensors < 2 * ROOM);
  free(p.text);
}


static int prefix (uint64_t n, uint64_t file_size) {
  unsigned char first[EIMF_ST_PREFIX];
  const char *reason;
  size_t size, i;
  for (i = 0; i < sizeof first; i++) first[i] = (unsigned char)(n >> 8 * i & 255);
  return eimf_st_prefix(first, file_size, &size, &reason);
}


static void header_lengths (void) {
  CHECK_OK(prefix(2, 10));
  CHECK_INT(prefix(2, 9), EIMF_EFORMAT);
  CHECK_INT(prefix(3, 10), EIMF_EFORMAT);
  CHECK_INT(prefix(UINT64_MAX, 10), EIMF_EFORMAT);
  CHECK_INT(prefix(UINT64_MAX - 8, UINT64_MAX), EIMF_EFORMAT);
  CHECK_INT(prefix(EIMF_ST_MAX_HEADER, (uint64_t)1 << 40), EIMF_OK);
  CHECK_INT(prefix(EIMF_ST_MAX_HEADER + 1, (uint64_t)1 << 40), EIMF_EFORMAT);
}


static void sorted_and_decoded (void) {
  static const char text[] =
    "{" TENSOR("b\\n", "I32", "2", "4,12") ","
    "\"__metadata__\":{\"\\u00e9\":\"\\\"\\ud83d\\ude00\",\"A\":\"\"},"
    TENSOR("a", "F32", "1,1", "0,4") "}";
  parsed p;
  CHECK_OK(parse(&p, text, sizeof text - 1, 12));
  CHECK(eimf_text_is(p.tensors[0].name, "a") && p.tensors[0].ndim == 2 && p.tensors[0].size == 1);
  CHECK(eimf_text_is(p.tensors[1].name, "b\n") && p.tensors[1].dtype == EIMF_ST_I32 && p.tensors[1].begin == 4);
  CHECK(eimf_text_is(p.pairs[0].key, "A") && p.pairs[0].value.len == 0);
  CHECK(eimf_text_is(p.pairs[1].key, "\xC3\xA9") && eimf_text_is(p.pairs[1].value, "\"\xF0\x9F\x98\x80"));
  free(p.text);
}


static void halves_become_floats (void) {
  static const uint16_t halves[] = { 0x0000, 0x8000, 0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x03FF,
                                     0x7C00, 0xFC00, 0x3555 };
  static const float expected[] = { 0.0f, -0.0f, 1.0f, -2.0f, 65504.0f, 6.103515625e-05f, 5.9604644775390625e-08f,
                                    6.097555160522461e-05f, INFINITY, -INFINITY, 0.333251953125f };
  static const uint16_t bfloats[] = { 0x3F80, 0xC040, 0x7F80 };
  static const float expected_b[] = { 1.0f, -3.0f, INFINITY };
  static const uint16_t nan = 0x7E00;
  float *y = guard_new(11);
  CHECK_OK(eimf_st_decode(y, halves, 11, EIMF_ST_F16));
  CHECK(memcmp(y, expected, sizeof expected) == 0);
  CHECK_OK(eimf_st_decode(y, bfloats, 3, EIMF_ST_BF16));
  CHECK(memcmp(y, expected_b, sizeof expected_b) == 0);
  CHECK_OK(eimf_st_decode(y, &nan, 1, EIMF_ST_F16));
  CHECK(isnan(y[0]));
  GUARD_DONE(y);
}


static void wide_elements_must_fit (void) {
  const double doubles[] = { 0.1, -1e38, INFINITY }, large = 1e39;
  const int64_t longs[] = { -1, INT32_MAX, INT32_MIN }, long_one = (int64_t)INT32_MAX + 1;
  char bytes[25];
  float *y = guard_new(3);
  int32_t *ids = guard_new_ids(3);
  memcpy(bytes + 1, doubles, sizeof doubles);      /* not aligned */
  CHECK_OK(eimf_st_decode(y, bytes + 1, 3, EIMF_ST_F64));
  CHECK(y[0] == 0.1f && y[1] == -1e38f && y[2] == INFINITY);
  CHECK_INT(eimf_st_decode(y, &large, 1, EIMF_ST_F64), EIMF_ERANGE);
  CHECK_OK(eimf_st_decode(ids, longs, 3, EIMF_ST_I64));
  CHECK(ids[0] == -1 && ids[1] == INT32_MAX && ids[2] == INT32_MIN);
  CHECK_INT(eimf_st_decode(ids, &long_one, 1, EIMF_ST_I64), EIMF_ERANGE);
  CHECK_INT(eimf_st_decode(ids, longs, 1, EIMF_ST_UNKNOWN), EIMF_EFORMAT);
  GUARD_DONE(y);
  GUARD_DONE(ids);
}


static eimf_text text_of (const char *s) {
  eimf_text t = { s, strlen(s) };
  return t;
}


/* Two tensors and two pairs, given in the wrong order. */
static void example (parsed *p, const float *a, const int32_t *b) {
  eimf_st_tensor first = { { "b", 1 }, EIMF_ST_I32, 1, { 3 }, 0, 0, 0, NULL };
  eimf_st_tensor second = { { "a", 1 }, EIMF_ST_F32, 2, { 1, 2 }, 0, 0, 0, NULL };
  memset(p, 0, sizeof *p);
  p->h.tensors = p->tensors;
  p->h.pairs = p->pairs;
  p->h.n_tensors = p->h.n_pairs = 2;
  p->tensors[0] = first;
  p->tensors[1] = second;
  p->tensors[0].data = b;
  p->tensors[1].data = a;
  p->pairs[0].key = text_of("z");
  p->pairs[0].value = text_of("line\n\"\x01");
  p->pairs[1].key = text_of("k");
  p->pairs[1].value = text_of("\xC3\xA9");
}


static void header_as_text (void) {
  static const char expected[] =
    "{\"__metadata__\":{\"k\":\"\xC3\xA9\",\"z\":\"line\\u000a\\\"\\u0001\"},"
    TENSOR("a", "F32", "1,2", "0,8") "," TENSOR("b", "I32", "3", "8,20") "}";
  parsed p, q;
  char *head;
  size_t n;
  example(&p, NULL, NULL);
  CHECK_OK(eimf_st_layout(&p.h));
  n = eimf_st_format(NULL, &p.h);
  head = guard_words(n);
  CHECK_INT(eimf_st_format(head, &p.h), n);
  CHECK_INT(n % 8, 0);
  CHECK_INT((unsigned char)head[0], n - 8);
  CHECK(memcmp(head + 8, expected, sizeof expected - 1) == 0);
  CHECK_OK(parse(&q, head + 8, n - 8, 20));
  CHECK(q.h.n_tensors == 2 && q.h.n_pairs == 2 && eimf_text_is(q.pairs[1].value, "line\n\"\x01"));
  free(q.text);
  GUARD_DONE(head);
}


static void names_that_cannot_be_written (void) {
  parsed p;
  example(&p, NULL, NULL);
  p.tensors[0].name = text_of("a");
  CHECK_INT(eimf_st_layout(&p.h), EIMF_EFORMAT);
  p.tensors[0].name = text_of("__metadata__");
  CHECK_INT(eimf_st_layout(&p.h), EIMF_EFORMAT);
  p.tensors[0].name = text_of("\xFF");
  CHECK_INT(eimf_st_layout(&p.h), EIMF_EFORMAT);
  example(&p, NULL, NULL);
  p.pairs[0].value = text_of("\xC3");
  CHECK_INT(eimf_st_layout(&p.h), EIMF_EFORMAT);
}


static void many_entries_are_sorted (void) {
  enum { MANY = 257 };
  static eimf_st_tensor tensors[MANY];
  static char names[MANY][8];
  eimf_st_header h = { 0 };
  int i;
  h.tensors = tensors;
  h.n_tensors = MANY;
  for (i = 0; i < MANY; i++) {
    sprintf(names[i], "%03d", (i * 100 + 7) % MANY);
    tensors[i].name = text_of(names[i]);
  }
  CHECK_OK(eimf_st_check_names(&h));
  for (i = 0; i < MANY; i++) CHECK_INT(atoi(tensors[i].name.at), i);
}


static void saved_and_read_again (void) {
  static const float a[] = { 1.5f, -2.0f };
  static const int32_t b[] = { 7, 8, 9 };
  char path[64], temporary[64 + sizeof EIMF_TEMPORARY + 20], head[512], text[512];
  const char *reason;
  parsed p, q;
  eimf_file f = EIMF_FILE_CLOSED;
  uint64_t size = 0;
  size_t n = 0;
  float *x = guard_new(2);
  int32_t *ids = guard_new_ids(3);
  snprintf(path, sizeof path, "/tmp/eimf_st_%08x", (unsigned)(uintptr_t)&f);
  snprintf(temporary, sizeof temporary, "%s" EIMF_TEMPORARY, path, 7L);
  example(&p, a, b);
  CHECK_OK(eimf_st_layout(&p.h));
  CHECK_OK(eimf_st_save(&f, path, temporary, head, eimf_st_format(head, &p.h), &p.h));
  snprintf(temporary, sizeof temporary, "%s" EIMF_TEMPORARY, path, 7L);
  CHECK_INT(eimf_path_kind(temporary), EIMF_IS_MISSING);
  CHECK_OK(eimf_file_open(&f, path, &size));
  CHECK_OK(eimf_file_read(&f, 0, head, EIMF_ST_PREFIX));
  CHECK_OK(eimf_st_prefix((const unsigned char *)head, size, &n, &reason));
  CHECK_OK(eimf_file_read(&f, EIMF_ST_PREFIX, text, n));
  CHECK_OK(parse(&q, text, n, size - EIMF_ST_PREFIX - n));
  CHECK_OK(eimf_st_read(&f, EIMF_ST_PREFIX + n + q.tensors[0].begin, 2, EIMF_ST_F32, x));
  CHECK_OK(eimf_st_read(&f, EIMF_ST_PREFIX + n + q.tensors[1].begin, 3, EIMF_ST_I32, ids));
  CHECK_CLOSE(x, a, 2, 0);
  CHECK(memcmp(ids, b, sizeof b) == 0);
  CHECK_INT(eimf_st_read(&f, size - 4, 2, EIMF_ST_F32, x), EIMF_EFORMAT);
  eimf_file_close(&f);
  free(q.text);
  remove(path);
  GUARD_DONE(x);
  GUARD_DONE(ids);
}


static void places_that_cannot_be_written (void) {
  eimf_file f = EIMF_FILE_CLOSED;
  uint64_t size;
  CHECK_INT(eimf_file_create(&f, "/tmp/eimf-no-such-folder/x.tmp"), EIMF_EIO);
  CHECK(f.error != 0 && f.fd == -1);
  CHECK_INT(eimf_file_open(&f, "/tmp", &size), EIMF_EIO);
  CHECK_INT(eimf_file_open(&f, "/dev/null", &size), EIMF_EIO);
  CHECK_INT(f.fd, -1);
  CHECK_INT(eimf_path_kind("/dev/null"), EIMF_IS_OTHER);
  CHECK_INT(eimf_path_kind("/tmp"), EIMF_IS_FOLDER);
}


int main (void) {
  RUN(well_formed_headers);
  RUN(malformed_json);
  RUN(bytes_that_are_not_utf8);
  RUN(malformed_entries);
  RUN(misplaced_data);
  RUN(more_entries_than_room);
  RUN(header_lengths);
  RUN(sorted_and_decoded);
  RUN(halves_become_floats);
  RUN(wide_elements_must_fit);
  RUN(header_as_text);
  RUN(names_that_cannot_be_written);
  RUN(many_entries_are_sorted);
  RUN(saved_and_read_again);
  RUN(places_that_cannot_be_written);
  return check_report("safetensors");
}
