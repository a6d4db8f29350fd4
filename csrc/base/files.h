/*
** files.h: whole files written so that a good one is never lost, and exact reads.
** A write goes to a temporary neighbour, is flushed to the disk and renamed over the path: at any
** moment, killed or out of disk, the path holds either the old bytes or the new ones. The temporary's
** name holds the process id, so that two processes that write the same path do not meet there.
*/
#ifndef EIMF_FILES_H
#define EIMF_FILES_H

#include <stddef.h>
#include <stdint.h>

typedef struct eimf_file {
  int fd;                            /* -1: not open */
  int error;                         /* errno of the first failure, else 0 */
} eimf_file;

#define EIMF_FILE_CLOSED { -1, 0 }
#define EIMF_TEMPORARY ".%ld.tmp"    /* what follows the path in the temporary's name; %ld: process id */

/* All return EIMF_OK or EIMF_EIO with `error` set (EIMF_EFORMAT: the file ended too early). */

/* Writing: `temporary` is path and EIMF_TEMPORARY, in the same folder; an old one is replaced. */
int eimf_file_create (eimf_file *f, const char *temporary);
int eimf_file_write (eimf_file *f, const void *bytes, size_t n);

/* fsync, close, rename, fsync of the folder; at a failure removes the temporary.
** Scribbles on `temporary`, which it needs no more. */
int eimf_file_commit (eimf_file *f, char *temporary, const char *path);

/* Closes and removes the temporary; keeps the first error. */
void eimf_file_abandon (eimf_file *f, const char *temporary);

/* Adds the bytes at the end of the file, made where missing, in one write; all of them or none. */
int eimf_file_append (eimf_file *f, const char *path, const void *bytes, size_t n);

/* Reading: a regular file, and its size. */
int eimf_file_open (eimf_file *f, const char *path, uint64_t *size);
int eimf_file_read (eimf_file *f, uint64_t at, void *bytes, size_t n);
void eimf_file_close (eimf_file *f);

int eimf_folder_make (eimf_file *f, const char *path);

enum { EIMF_IS_MISSING, EIMF_IS_FILE, EIMF_IS_FOLDER, EIMF_IS_OTHER };
int eimf_path_kind (const char *path);

#endif
