/*
** names.h: a dictionary from names (any bytes) to numbers 1, 2, 3, ... in the
** order of their first coming. Floor 1. It allocates nothing: the caller gives
** memory, and more of it before there is no room.
**
** Names lie one behind another in `words`, each a record: number, length,
** bytes. `slots` is an open hash table that points to records.
*/
#ifndef EIMF_NAMES_H
#define EIMF_NAMES_H

#include "../base/eimf_base.h"

typedef struct eimf_name_slot {
  uint32_t hash;
  uint32_t at;               /* record's first word plus one; 0 = empty */
} eimf_name_slot;

typedef struct eimf_names {
  eimf_name_slot *slots;     /* (n_slots), a power of two, at most half of them taken */
  int32_t *words;            /* (n_words) */
  int64_t n_slots, n_words;
  int64_t used;              /* words */
  int32_t count;             /* names */
} eimf_names;

typedef struct eimf_name {   /* a record */
  int32_t number;
  uint32_t settled : 1;      /* for the caller: nothing more is to be learned of this one */
  uint32_t length : 31;
  char bytes[];
} eimf_name;

/* Memory for tables of these sizes; EIMF_ERANGE where names pass what 32 bits count. */
int eimf_names_bytes (size_t *bytes, int64_t n_slots, int64_t n_words);

/* Lays tables out in `memory` and takes over what `from` holds. */
void eimf_names_move (eimf_names *to, void *memory, int64_t n_slots, int64_t n_words, const eimf_names *from);

/* Sizes with room for `names` more names of `length` bytes together; true where they are the present ones. */
int eimf_names_room (const eimf_names *t, int64_t names, int64_t length, int64_t *n_slots, int64_t *n_words);

/* A hash of n bytes, and the record of a name of that hash: added where it is new, for which there must be room. */
uint32_t eimf_names_hash (const char *name, size_t n);
eimf_name *eimf_names_record (eimf_names *t, const char *name, size_t n, uint32_t hash);

/* Bring the slot of a hash near, and then the record that it points to. Macros: of a function that does nothing else
** gcc drops the calls. */
#define EIMF_NAMES_SLOT(t, hash) ((t)->slots + ((hash) & (size_t)((t)->n_slots - 1)))
#define EIMF_NAMES_NEAR(t, hash) __builtin_prefetch(EIMF_NAMES_SLOT(t, hash))
#define EIMF_NAMES_NEARER(t, hash) __builtin_prefetch((t)->words + EIMF_NAMES_SLOT(t, hash)->at)

/* The record behind `name`, the first one behind NULL; NULL at the end. */
const eimf_name *eimf_names_next (const eimf_names *t, const eimf_name *name);

#endif
