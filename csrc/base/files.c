/*
** files.c: POSIX calls behind files.h, each retried when a signal interrupts it.
*/
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "eimf_base.h"

#define LARGEST_CALL ((size_t)1 << 30)       /* bytes of one read or write: Linux stops at 2 GiB */


static int fail (eimf_file *f, int error) {
  if (f->error == 0) f->error = error != 0 ? error : EIO;
  return EIMF_EIO;
}


static int open_retrying (const char *path, int flags) {
  int fd;
  do fd = open(path, flags | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  return fd;
}


int eimf_file_create (eimf_file *f, const char *temporary) {
  f->error = 0;
  if (unlink(temporary) != 0 && errno != ENOENT) {          /* what a killed process left */
    f->fd = -1;
    return fail(f, errno);
  }
  f->fd = open_retrying(temporary, O_WRONLY | O_CREAT | O_EXCL);   /* never through somebody's link */
  return f->fd < 0 ? fail(f, errno) : EIMF_OK;
}


int eimf_file_write (eimf_file *f, const void *bytes, size_t n) {
  const char *p = bytes;
  while (n > 0) {
    ssize_t done = write(f->fd, p, n < LARGEST_CALL ? n : LARGEST_CALL);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return fail(f, done == 0 ? ENOSPC : errno);
    p += done;
    n -= (size_t)done;
  }
  return EIMF_OK;
}


static int sync_retrying (int fd) {
  int rc;
  do rc = fsync(fd);
  while (rc != 0 && errno == EINTR);
  return rc;
}


/* The new name survives a power cut only when its folder is flushed too; not every file system can. */
static void sync_folder_of (char *path) {
  char *slash = strrchr(path, '/');
  int fd;
  if (slash == NULL) fd = open_retrying(".", O_RDONLY | O_DIRECTORY);
  else {
    slash[slash == path ? 1 : 0] = '\0';
    fd = open_retrying(path, O_RDONLY | O_DIRECTORY);
  }
  if (fd < 0) return;
  sync_retrying(fd);
  close(fd);
}


int eimf_file_commit (eimf_file *f, char *temporary, const char *path) {
  if (sync_retrying(f->fd) != 0) fail(f, errno);
  if (close(f->fd) != 0 && errno != EINTR) fail(f, errno);  /* network disks report here */
  f->fd = -1;
  if (f->error == 0 && rename(temporary, path) != 0) fail(f, errno);
  if (f->error != 0) {
    unlink(temporary);
    return EIMF_EIO;
  }
  sync_folder_of(temporary);
  return EIMF_OK;
}


void eimf_file_abandon (eimf_file *f, const char *temporary) {
  if (f->fd < 0) return;
  eimf_file_close(f);
  unlink(temporary);
}


int eimf_file_append (eimf_file *f, const char *path, const void *bytes, size_t n) {
  off_t before;
  int rc;
  f->error = 0;
  f->fd = open_retrying(path, O_WRONLY | O_CREAT | O_APPEND);
  if (f->fd < 0) return fail(f, errno);
  before = lseek(f->fd, 0, SEEK_END);
  rc = eimf_file_write(f, bytes, n);
  if (rc != EIMF_OK && before >= 0 && ftruncate(f->fd, before) != 0) rc = EIMF_EIO;   /* no torn line stays */
  if (close(f->fd) != 0 && errno != EINTR) rc = fail(f, errno);
  f->fd = -1;
  return rc;
}


int eimf_file_open (eimf_file *f, const char *path, uint64_t *size) {
  struct stat info;
  f->error = 0;
  f->fd = open_retrying(path, O_RDONLY | O_NONBLOCK);       /* a pipe's end must not hold us */
  if (f->fd < 0) return fail(f, errno);
  if (fstat(f->fd, &info) != 0) fail(f, errno);
  else if (S_ISDIR(info.st_mode)) fail(f, EISDIR);
  else if (!S_ISREG(info.st_mode)) fail(f, ESPIPE);
  if (f->error != 0) {
    eimf_file_close(f);
    return EIMF_EIO;
  }
  *size = (uint64_t)info.st_size;
  return EIMF_OK;
}


int eimf_file_read (eimf_file *f, uint64_t at, void *bytes, size_t n) {
  char *p = bytes;
  while (n > 0) {
    ssize_t done = pread(f->fd, p, n < LARGEST_CALL ? n : LARGEST_CALL, (off_t)at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(f, errno);
    if (done == 0) return EIMF_EFORMAT;
    p += done;
    at += (uint64_t)done;
    n -= (size_t)done;
  }
  return EIMF_OK;
}


void eimf_file_close (eimf_file *f) {
  if (f->fd >= 0) close(f->fd);
  f->fd = -1;
}


int eimf_folder_make (eimf_file *f, const char *path) {
  f->fd = -1;
  f->error = 0;
  return mkdir(path, 0777) == 0 ? EIMF_OK : fail(f, errno);
}


int eimf_path_kind (const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) return EIMF_IS_MISSING;
  return S_ISREG(info.st_mode) ? EIMF_IS_FILE : S_ISDIR(info.st_mode) ? EIMF_IS_FOLDER : EIMF_IS_OTHER;
}
