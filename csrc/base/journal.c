/*
** journal.c: journal.h over POSIX. Locks are those of the open file (Linux)
** where they exist, else of the process: then two journals of one process do
** not keep out of each other's way, two processes still do.
*/
#define _GNU_SOURCE                  /* F_OFD_SETLK */
#define _FILE_OFFSET_BITS 64

#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "eimf_base.h"

#if defined(F_OFD_SETLK)
#define SET_LOCK F_OFD_SETLK
#define WAIT_LOCK F_OFD_SETLKW
#else
#define SET_LOCK F_SETLK
#define WAIT_LOCK F_SETLKW
#endif

#define FIRST_CLAIM ((uint64_t)1 << 60)      /* locked bytes lie past the end of any file */
#define APPEND_BYTE ((uint64_t)1 << 59)


static int fail (eimf_journal *j, int error) {
  j->error = error != 0 ? error : EIO;
  return EIMF_EIO;
}


static int lock (eimf_journal *j, uint64_t byte, short kind, int how) {
  struct flock l;
  int rc;
  memset(&l, 0, sizeof l);                   /* l_pid is 0 for locks of the open file */
  l.l_type = kind;
  l.l_whence = SEEK_SET;
  l.l_start = (off_t)byte;
  l.l_len = 1;
  do rc = fcntl(j->fd, how, &l);
  while (rc != 0 && errno == EINTR);
  return rc;
}


int eimf_journal_open (eimf_journal *j, const char *path) {
  struct stat about;
  j->error = 0;
  j->at = 0;
  do j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  while (j->fd < 0 && errno == EINTR);
  if (j->fd < 0) return fail(j, errno);
  if (fstat(j->fd, &about) != 0) return fail(j, errno);
  j->regular = S_ISREG(about.st_mode);
  return EIMF_OK;
}


void eimf_journal_close (eimf_journal *j) {
  if (j->fd >= 0) close(j->fd);
  j->fd = -1;
}


/* ---- adding ------------------------------------------------------------ */

static int write_all (eimf_journal *j, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t done = write(j->fd, bytes, n);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return fail(j, done == 0 ? ENOSPC : errno);
    bytes += done;
    n -= (size_t)done;
  }
  return EIMF_OK;
}


/* Does the file end within a line, as a killed process leaves it? */
static int torn (eimf_journal *j, off_t size) {
  char last = '\n';
  return j->regular && size > 0 && pread(j->fd, &last, 1, size - 1) == 1 && last != '\n';
}


static int append (eimf_journal *j, const char *bytes, size_t n) {
  struct stat about;
  if (fstat(j->fd, &about) != 0) return fail(j, errno);
  int rc = torn(j, about.st_size) ? write_all(j, "\n", 1) : EIMF_OK;
  if (rc == EIMF_OK) rc = write_all(j, bytes, n);
  if (rc != EIMF_OK && j->regular) {         /* nobody else wrote meanwhile: no torn line stays */
    int error = j->error;
    if (ftruncate(j->fd, about.st_size) == 0) j->error = error;
  }
  return rc;
}


int eimf_journal_append (eimf_journal *j, const char *bytes, size_t n) {
  int locked = lock(j, APPEND_BYTE, F_WRLCK, WAIT_LOCK) == 0;   /* some file systems have no locks */
  int rc = append(j, bytes, n);
  if (locked) lock(j, APPEND_BYTE, F_UNLCK, SET_LOCK);
  return rc;
}


int eimf_journal_sync (eimf_journal *j) {
  int rc;
  if (!j->regular) return EIMF_OK;
  do rc = fdatasync(j->fd);
  while (rc != 0 && errno == EINTR);
  return rc == 0 ? EIMF_OK : fail(j, errno);
}


/* ---- reading ----------------------------------------------------------- */

int eimf_journal_read (eimf_journal *j, char *bytes, size_t room, size_t *n) {
  size_t got = 0;
  *n = 0;
  if (!j->regular) return EIMF_OK;
  while (got < room) {
    ssize_t done = pread(j->fd, bytes + got, room - got, (off_t)(j->at + got));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(j, errno);
    if (done == 0) break;
    got += (size_t)done;
  }
  while (got > 0 && got < room && bytes[got - 1] != '\n') got--;   /* a line still being written */
  j->at += got;
  *n = got;
  return EIMF_OK;
}


size_t eimf_journal_waiting (const eimf_journal *j) {
  struct stat about;
  if (!j->regular || fstat(j->fd, &about) != 0 || (uint64_t)about.st_size <= j->at) return 0;
  return (size_t)((uint64_t)about.st_size - j->at);
}


int eimf_journal_replaced (const eimf_journal *j, const char *path) {
  struct stat ours, theirs;
  if (!j->regular) return 0;
  if (fstat(j->fd, &ours) != 0 || stat(path, &theirs) != 0) return 1;
  return ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino || (uint64_t)ours.st_size < j->at;
}


/* ---- claims ------------------------------------------------------------ */

int eimf_journal_claim (eimf_journal *j, uint64_t number, int *held) {
  uint64_t byte = FIRST_CLAIM + number % FIRST_CLAIM;
  *held = 1;
  if (lock(j, byte, F_WRLCK, SET_LOCK) == 0) return EIMF_OK;
  if (errno == EAGAIN || errno == EACCES) *held = 0;
  return EIMF_OK;                            /* no locks here: everybody holds everything */
}


int eimf_journal_release (eimf_journal *j, uint64_t number) {
  lock(j, FIRST_CLAIM + number % FIRST_CLAIM, F_UNLCK, SET_LOCK);
  return EIMF_OK;
}
