/*
** journal.h: a file of lines that several processes add to at once, and that
** survives their being killed. Lines are added under a lock of the file's own
** (a byte far past its end), one write each; a line that a killed process left
** without its end gets one first, so that it spoils no other. Claims are more
** such bytes: whoever holds one works on that thing, and a process that dies
** lets go of its own.
*/
#ifndef EIMF_JOURNAL_H
#define EIMF_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#define EIMF_JOURNAL_CLOSED { -1, 0, 0, 0 }

typedef struct eimf_journal {
  int fd;                            /* -1: not open */
  int error;                         /* errno of the last failure, else 0 */
  int regular;                       /* a file with a length; else nothing is read back */
  uint64_t at;                       /* bytes read so far */
} eimf_journal;

/* All return EIMF_OK or EIMF_EIO with `error` set. */

/* Makes the file where missing. */
int eimf_journal_open (eimf_journal *j, const char *path);
void eimf_journal_close (eimf_journal *j);

/* Adds a line: `bytes` end in a line feed and hold no other. All of it or nothing. */
int eimf_journal_append (eimf_journal *j, const char *bytes, size_t n);

/* Up to `room` bytes of whole lines that were not read before; *n = 0: none now.
** A line longer than `room` is given in pieces. */
int eimf_journal_read (eimf_journal *j, char *bytes, size_t room, size_t *n);

/* Bytes that were not read before. */
size_t eimf_journal_waiting (const eimf_journal *j);

/* Is the file at `path` another one than ours by now, or shorter than what was read? */
int eimf_journal_replaced (const eimf_journal *j, const char *path);

/* Puts the lines on the disk. */
int eimf_journal_sync (eimf_journal *j);

/* *held = 1: nobody else claims this number, now it is ours. */
int eimf_journal_claim (eimf_journal *j, uint64_t number, int *held);
int eimf_journal_release (eimf_journal *j, uint64_t number);

#endif
