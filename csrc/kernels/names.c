/*
** names.c: see names.h. Linear probing; a slot keeps 32 bits of the hash, so
** that a table grows without a look at the names, and a name that is not there
** is told without one. The hash is no defence against an adversary.
*/
#include <string.h>

#include "names.h"

#define HEAD 2                                     /* words of a record before its bytes */
#define MOST_WORDS ((int64_t)UINT32_MAX)
#define FIRST_SLOTS 1024
#define FIRST_WORDS 4096

static int64_t record_words (size_t n) { return HEAD + (int64_t)((n + 3) / 4); }


int eimf_names_bytes (size_t *bytes, int64_t n_slots, int64_t n_words) {
  if (n_words > MOST_WORDS || n_slots > INT32_MAX) return EIMF_ERANGE;
  *bytes = (size_t)n_slots * sizeof(eimf_name_slot) + (size_t)n_words * sizeof(int32_t);
  return EIMF_OK;
}


int eimf_names_room (const eimf_names *t, int64_t names, int64_t length, int64_t *n_slots, int64_t *n_words) {
  int64_t words = t->used + names * (HEAD + 1) + length / 4, slots = 2 * (t->count + names);
  *n_slots = t->n_slots > FIRST_SLOTS ? t->n_slots : FIRST_SLOTS;
  *n_words = t->n_words;
  while (*n_slots < slots) *n_slots *= 2;
  if (words > t->n_words) {
    *n_words = t->n_words + t->n_words / 2 > words ? t->n_words + t->n_words / 2 : words;
    if (*n_words < FIRST_WORDS) *n_words = FIRST_WORDS;
  }
  return *n_slots == t->n_slots && *n_words == t->n_words;
}


void eimf_names_move (eimf_names *to, void *memory, int64_t n_slots, int64_t n_words, const eimf_names *from) {
  eimf_names t = { memory, NULL, n_slots, n_words, from->used, from->count };
  const size_t mask = (size_t)n_slots - 1;
  t.words = (int32_t *)(t.slots + n_slots);
  memset(t.slots, 0, (size_t)n_slots * sizeof *t.slots);
  for (int64_t i = 0; i < from->n_slots; i++) {
    size_t at = from->slots[i].hash & mask;
    if (from->slots[i].at == 0) continue;
    while (t.slots[at].at != 0) at = (at + 1) & mask;
    t.slots[at] = from->slots[i];
  }
  if (from->used > 0) memcpy(t.words, from->words, (size_t)from->used * sizeof *t.words);
  *to = t;
}


static uint64_t load (const char *s, size_t n) {
  uint32_t half;
  uint64_t whole;
  if (n == 8) return memcpy(&whole, s, 8), whole;
  return memcpy(&half, s, 4), half;
}


/* All bytes of a name of less than nine, some of them twice. */
static uint64_t ending (const char *s, size_t n) {
  const unsigned char *b = (const unsigned char *)s;
  if (n >= 4) return load(s, 4) | load(s + n - 4, 4) << 32;
  return n > 0 ? b[0] | (uint64_t)b[n / 2] << 8 | (uint64_t)b[n - 1] << 16 : 0;
}


/* Eight bytes at a time, folded by a multiplication; the last eight may lie across those before. */
uint32_t eimf_names_hash (const char *name, size_t n) {
  const uint64_t factor = 0x9E3779B97F4A7C15u;
  uint64_t h = n * factor;
  for (size_t i = 0; i + 8 < n; i += 8) {
    h = (h ^ load(name + i, 8)) * factor;
    h ^= h >> 29;
  }
  h = (h ^ (n > 8 ? load(name + n - 8, 8) : ending(name, n))) * factor;
  h = (h ^ h >> 32) * factor;
  return (uint32_t)(h >> 32);
}


static eimf_name *add (eimf_names *t, eimf_name_slot *slot, const char *name, size_t n, uint32_t hash) {
  eimf_name *record = (eimf_name *)(t->words + t->used);
  slot->hash = hash;
  slot->at = (uint32_t)t->used + 1;
  record->number = ++t->count;
  record->settled = 0;
  record->length = (uint32_t)n;
  memcpy(record->bytes, name, n);
  t->used += record_words(n);
  return record;
}


eimf_name *eimf_names_record (eimf_names *t, const char *name, size_t n, uint32_t hash) {
  const size_t mask = (size_t)t->n_slots - 1;
  for (size_t at = hash & mask; ; at = (at + 1) & mask) {
    eimf_name_slot *slot = t->slots + at;
    if (slot->at == 0) return add(t, slot, name, n, hash);
    if (slot->hash != hash) continue;
    eimf_name *record = (eimf_name *)(t->words + slot->at - 1);
    if (record->length == n && memcmp(record->bytes, name, n) == 0) return record;
  }
}


const eimf_name *eimf_names_next (const eimf_names *t, const eimf_name *name) {
  int64_t at = 0;
  if (name != NULL) at = (const int32_t *)name - t->words + record_words(name->length);
  return at < t->used ? (const eimf_name *)(t->words + at) : NULL;
}
