/*
** lua_text.c: bindings of kernels/text.h, the floor of eimf.text.
** A tensor of terms is (m, 2) int32: 8 bytes hold one term.
*/

/***
@submodule eimf.core
*/
#include "../kernels/text.h"
#include "lua_functions.h"
#include "lua_tensor.h"

static eimf_term *checkterms (lua_State *L, int arg, int64_t *m) {
  const eimf_tensor *t = eimfL_checktensor(L, arg, EIMF_I32, 2);
  luaL_argcheck(L, t->shape[1] == 2, arg, "terms are (m, 2) int32");
  *m = t->shape[0];
  return t->data;
}


/* Keeps the first m of what a tensor has room for. */
static void keep (lua_State *L, int arg, int64_t m) {
  eimf_tensor *t = lua_touserdata(L, arg);
  t->size = t->size / t->shape[0] * m;
  t->shape[0] = m;
}


/* ---- Tokens ---- */

/***
Words of a text in lower case: runs of two or more letters, digits and low lines, as Python's `\w\w+`.
@function text_tokens
@tparam string text UTF-8; malformed bytes part words
@treturn {string,...}
*/
static int k_text_tokens (lua_State *L) {
  size_t n, at = 0, k;
  const char *s = luaL_checklstring(L, 1, &n);
  char *out = eimfL_scratch(L, EIMF_TOKEN_ROOM(n));
  lua_Integer i = 0;
  lua_newtable(L);
  while ((k = eimf_token_next(out, s, n, &at)) > 0) {
    lua_pushlstring(L, out, k);
    lua_rawseti(L, -2, (int)++i);
  }
  return 1;
}


/* Pushes text i of the list at arg. */
static const char *pushtext (lua_State *L, int arg, int64_t i, size_t *n) {
  lua_rawgeti(L, arg, (int)i);
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_argerror(L, arg, lua_pushfstring(L, "text %d is a %s, not a string", (int)i, luaL_typename(L, -1)));
  return lua_tolstring(L, -1, n);
}


/* Number of the word on the top, which is popped; 0 for an unknown one. words at 2 may be nil. */
static int32_t number_of (lua_State *L) {
  lua_Integer number;
  lua_pushvalue(L, -1);
  lua_rawget(L, 1);
  number = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (number == 0 && !lua_isnil(L, 2)) {
    number = (lua_Integer)lua_rawlen(L, 2) + 1;
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, (int)number);
    lua_pushvalue(L, -1);
    lua_pushinteger(L, number);
    lua_rawset(L, 1);
  }
  lua_pop(L, 1);
  return (int32_t)number;
}


static int64_t count_tokens (lua_State *L, int64_t texts, char *out) {
  int64_t R = 0;
  for (int64_t i = 1; i <= texts; i++) {
    size_t n, at = 0;
    const char *s = pushtext(L, 3, i, &n);
    while (eimf_token_next(out, s, n, &at) > 0) R++;
    lua_pop(L, 1);
  }
  luaL_argcheck(L, R <= INT32_MAX / 2, 3, "too many words");
  return R;
}


static void fill_tokens (lua_State *L, int32_t *offsets, int32_t *tokens, int64_t texts, char *out) {
  int32_t R = 0;
  offsets[0] = 0;
  for (int64_t i = 1; i <= texts; i++) {
    size_t n, at = 0, k;
    const char *s = pushtext(L, 3, i, &n);
    while ((k = eimf_token_next(out, s, n, &at)) > 0) {
      lua_pushlstring(L, out, k);
      tokens[R++] = number_of(L);
    }
    lua_pop(L, 1);
    offsets[i] = R;
  }
}


/***
Tokens of texts as numbers.
@function text_numbers
@tparam table numbers of known words: {word = number}; new ones are added where words is given
@tparam {string,...}|nil words the list of words, which grows
@tparam {string,...} texts
@treturn tensor offsets (n+1) int32
@treturn tensor tokens (R) int32: from 1; 0 = not known
*/
static int k_text_numbers (lua_State *L) {
  size_t longest = 0;
  int64_t n;
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_isnil(L, 2)) luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  n = (int64_t)lua_rawlen(L, 3);
  for (int64_t i = 1; i <= n; i++) {
    size_t length;
    pushtext(L, 3, i, &length);
    lua_pop(L, 1);
    if (length > longest) longest = length;
  }
  char *out = eimfL_scratch(L, EIMF_TOKEN_ROOM(longest));
  const int64_t rows = n + 1, R = count_tokens(L, n, out);
  const eimf_tensor *offsets = eimfL_newtensor(L, EIMF_I32, 1, &rows), *tokens = eimfL_newtensor(L, EIMF_I32, 1, &R);
  fill_tokens(L, eimfL_i32(offsets), eimfL_i32(tokens), n, out);
  return 2;
}


/* ---- Terms ---- */

/***
Distinct terms of each text and how often it has them.
@function text_terms
@tparam tensor offsets (n+1) int32
@tparam tensor tokens (R) int32
@tparam boolean pairs 2-grams too
@treturn tensor starts (n+1) int32
@treturn tensor terms (m, 2) int32
@treturn tensor counts (m) int32
*/
static int k_text_terms (lua_State *L) {
  int64_t n;
  const eimf_tensor *tokens = eimfL_checkids(L, 2, -1);
  const eimf_tensor *offsets = eimfL_checkoffsets(L, 1, tokens->size, &n);
  const int64_t rows = n + 1, room[2] = { 2 * tokens->size, 2 };
  luaL_argcheck(L, room[0] <= INT32_MAX, 2, "too many words");
  const eimf_tensor *starts = eimfL_newtensor(L, EIMF_I32, 1, &rows);
  const eimf_tensor *terms = eimfL_newtensor(L, EIMF_I32, 2, room), *counts = eimfL_newtensor(L, EIMF_I32, 1, room);
  int64_t m = eimf_terms(eimfL_i32(starts), terms->data, eimfL_i32(counts), eimfL_i32(offsets), eimfL_i32(tokens),
                         n, lua_toboolean(L, 3));
  if (room[0] > 0) {
    keep(L, -2, m);
    keep(L, -1, m);
  }
  return 3;
}


/***
The vocabulary of what `text_terms` found.
@function text_vocabulary
@tparam tensor terms (m, 2) int32, of all texts
@tparam integer least texts that a term must be in
@treturn tensor vocabulary (V, 2) int32, in order
@treturn tensor texts (V) int32 that each is in
*/
static int k_text_vocabulary (lua_State *L) {
  int64_t m;
  const eimf_term *terms = checkterms(L, 1, &m);
  const int32_t least = (int32_t)eimfL_checkcount(L, 2, 1, INT32_MAX);
  const int64_t room[2] = { m, 2 };
  const eimf_tensor *vocabulary = eimfL_newtensor(L, EIMF_I32, 2, room), *texts = eimfL_newtensor(L, EIMF_I32, 1, &m);
  eimf_term *sorted = vocabulary->data;
  for (int64_t i = 0; i < m; i++) sorted[i] = terms[i];
  int64_t V = eimf_terms_vocabulary(sorted, eimfL_i32(texts), m, least);
  if (m > 0) {
    keep(L, -2, V);
    keep(L, -1, V);
  }
  return 2;
}


/***
TF-IDF weights of what `text_terms` found; rows have unit norm.
@function text_weights
@tparam tensor starts (n+1) int32
@tparam tensor terms (m, 2) int32
@tparam tensor counts (m) int32
@tparam tensor vocabulary (V, 2) int32
@tparam tensor idf (V)
@tparam boolean sublinear 1 + ln count instead of count
@treturn tensor offsets (n+1) int32
@treturn tensor columns (m) int32, from 0; the first offsets[n] count
@treturn tensor values (m)
*/
static int k_text_weights (lua_State *L) {
  int64_t m, V, n;
  const eimf_term *terms = checkterms(L, 2, &m), *vocabulary = checkterms(L, 4, &V);
  const eimf_tensor *starts = eimfL_checkoffsets(L, 1, m, &n), *counts = eimfL_checkids(L, 3, m);
  const eimf_tensor *idf = eimfL_checkvector(L, 5, V);
  const eimf_tensor *offsets = eimfL_newtensor(L, EIMF_I32, 1, starts->shape);
  const eimf_tensor *columns = eimfL_newtensor(L, EIMF_I32, 1, &m), *values = eimfL_newtensor(L, EIMF_F32, 1, &m);
  eimf_terms_weights(eimfL_i32(offsets), eimfL_i32(columns), eimfL_f32(values), eimfL_i32(starts), terms,
                     eimfL_i32(counts), n, vocabulary, eimfL_f32(idf), V, lua_toboolean(L, 6));
  if (m > 0) {
    keep(L, -2, eimfL_i32(offsets)[n]);
    keep(L, -1, eimfL_i32(offsets)[n]);
  }
  return 3;
}


/* ---- Rows ---- */

/***
Users as means of their newest items' vectors; those of zeros are no vectors.
@function text_users
@tparam tensor out (U, D), written
@tparam tensor offsets (U+1) int32
@tparam tensor items (n) int32 of 1..N
@tparam tensor vectors (N, D): row i is item i
@tparam integer last items with a vector that count
@tparam number recency an item one step older weighs 1 - recency times
@treturn integer users without a vector: their rows are zero
*/
static int k_text_users (lua_State *L) {
  int64_t U;
  const eimf_tensor *vectors = eimfL_checkmatrix(L, 4, -1, -1), *items = eimfL_checkids(L, 3, -1);
  const eimf_tensor *offsets = eimfL_checkoffsets(L, 2, items->size, &U);
  const eimf_tensor *out = eimfL_checkmatrix(L, 1, U, vectors->shape[1]);
  const int64_t last = eimfL_checkcount(L, 5, 1, INT32_MAX);
  const double recency = luaL_checknumber(L, 6);
  luaL_argcheck(L, recency >= 0 && recency < 1, 6, "recency must be within [0, 1)");
  eimfL_checkidrange(L, 3, -1, vectors->shape[0]);
  int64_t without = eimf_text_users(eimfL_f32(out), eimfL_i32(offsets), eimfL_i32(items), eimfL_f32(vectors), U,
                                    vectors->shape[0], vectors->shape[1], last, recency);
  if (without < 0) return eimfL_result(L, (int)without);
  lua_pushinteger(L, (lua_Integer)without);
  return 1;
}


/***
Takes the mean of all rows that are not zero from each of them.
@function text_centre
@tparam tensor x (R, D), changed
*/
static int k_text_centre (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 1, -1, -1);
  double *sum = eimfL_scratch(L, (size_t)(x->shape[1] + 1) * sizeof *sum);
  eimf_text_centre(eimfL_f32(x), sum, x->shape[0], x->shape[1]);
  return 0;
}


/***
Rows to unit norm.
@function text_unit
@tparam tensor x (R, D), changed
@tparam number least rows not longer than this become zeros
@treturn integer rows of zeros; or
@treturn[2] nil
@treturn[2] integer first row, from 1, that holds something else than numbers
*/
static int k_text_unit (lua_State *L) {
  const eimf_tensor *x = eimfL_checkmatrix(L, 1, -1, -1);
  int64_t zeros = eimf_text_unit(eimfL_f32(x), x->shape[0], x->shape[1], luaL_checknumber(L, 2));
  if (zeros < 0) lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)(zeros < 0 ? -zeros : zeros));
  return zeros < 0 ? 2 : 1;
}


/* ---- Vectors as text ---- */

/***
Base64 of bytes.
@function base64_encode
@tparam string bytes
@treturn string
*/
static int k_base64_encode (lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  char *out = eimfL_scratch(L, EIMF_BASE64_ROOM(n) + 1);
  lua_pushlstring(L, out, eimf_base64_encode(out, bytes, n));
  return 1;
}


/***
Bytes of base64.
@function base64_decode
@tparam string text
@treturn string|nil nil where it is no base64
*/
static int k_base64_decode (lua_State *L) {
  size_t n, written;
  const char *text = luaL_checklstring(L, 1, &n);
  char *out = eimfL_scratch(L, n / 4 * 3 + 1);
  if (eimf_base64_decode(out, &written, text, n) != EIMF_OK) return 0;
  lua_pushlstring(L, out, written);
  return 1;
}


const luaL_Reg eimfL_text_functions[] = {
  {"text_tokens", k_text_tokens}, {"text_numbers", k_text_numbers}, {"text_terms", k_text_terms},
  {"text_vocabulary", k_text_vocabulary}, {"text_weights", k_text_weights}, {"text_users", k_text_users},
  {"text_centre", k_text_centre}, {"text_unit", k_text_unit}, {"base64_encode", k_base64_encode},
  {"base64_decode", k_base64_decode}, {NULL, NULL}
};
