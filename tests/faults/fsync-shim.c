/*
 * Shows what a disk would hold after a power cut. Preloaded into a process, it keeps for every file below QUARTIER_REAL
 * a twin below QUARTIER_TWIN, to which writes come only when fsync or fdatasync of the file has completed. A sync takes
 * QUARTIER_SYNC_MS longer than the real one, so that whoever acknowledges before it is caught.
 *
 *   cc -shared -fPIC -O2 -o fsync-shim.so fsync-shim.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum kind { WRITE, TRUNCATE };

struct change {
  struct change *next;
  enum kind kind;
  off_t offset;
  size_t length;
  char bytes[];
};

/* Changes not yet synced, by file and in order; a few files only, so a list is enough. */
struct file {
  struct file *next;
  dev_t device;
  ino_t inode;
  char path[PATH_MAX];
  struct change *first, *last;
};

static struct file *files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* The file behind a descriptor when it lies below QUARTIER_REAL, else NULL. Called with the lock held. */
static struct file *file_of(int fd) {
  const char *root = getenv("QUARTIER_REAL");
  struct stat st;
  if (!root || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return NULL;
  for (struct file *f = files; f; f = f->next)
    if (f->device == st.st_dev && f->inode == st.st_ino) return f;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return NULL;
  path[n] = 0;
  if (strncmp(path, root, strlen(root)) != 0) return NULL;
  struct file *f = calloc(1, sizeof *f);
  f->device = st.st_dev;
  f->inode = st.st_ino;
  strcpy(f->path, path + strlen(root));
  f->next = files;
  return files = f;
}

static void remember(int fd, enum kind kind, const void *bytes, size_t length, off_t offset) {
  int kept = errno;
  pthread_mutex_lock(&lock);
  struct file *f = file_of(fd);
  if (f) {
    struct change *c = malloc(sizeof *c + (kind == WRITE ? length : 0));
    c->next = NULL;
    c->kind = kind;
    c->offset = offset;
    c->length = length;
    if (kind == WRITE) memcpy(c->bytes, bytes, length);
    if (f->last) f->last->next = c;
    else f->first = c;
    f->last = c;
  }
  pthread_mutex_unlock(&lock);
  errno = kept;
}

static void make_folders(char *path) {
  for (char *p = path + 1; *p; p++)
    if (*p == '/') {
      *p = 0;
      mkdir(path, 0700);
      *p = '/';
    }
}

/* Gives the twin what a completed sync covers. Called with the lock held. */
static void settle(struct file *f, struct change *changes) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  char path[PATH_MAX * 2];
  snprintf(path, sizeof path, "%s%s", getenv("QUARTIER_TWIN"), f->path);
  make_folders(path);
  int twin = open(path, O_WRONLY | O_CREAT, 0600);
  while (changes) {
    struct change *next = changes->next;
    int bad = changes->kind == WRITE
                  ? real(twin, changes->bytes, changes->length, changes->offset) != (ssize_t)changes->length
                  : ftruncate(twin, changes->offset) != 0;
    if (bad) abort();
    free(changes);
    changes = next;
  }
  close(twin);
}

/* What is written while a sync runs is not covered by it, so the changes before it are taken out first. */
static int synced(int fd, int (*sync)(int)) {
  pthread_mutex_lock(&lock);
  struct file *f = file_of(fd);
  struct change *first = f ? f->first : NULL, *last = f ? f->last : NULL;
  if (f) f->first = f->last = NULL;
  pthread_mutex_unlock(&lock);
  if (f) {
    const char *ms = getenv("QUARTIER_SYNC_MS");
    long wait = ms ? atol(ms) : 0;
    struct timespec pause = {wait / 1000, (wait % 1000) * 1000000};
    nanosleep(&pause, NULL);
  }
  int result = sync(fd);
  int kept = errno;
  if (first) {
    pthread_mutex_lock(&lock);
    if (result == 0) settle(f, first);
    else {
      last->next = f->first;
      if (!f->last) f->last = last;
      f->first = first;
    }
    pthread_mutex_unlock(&lock);
  }
  errno = kept;
  return result;
}

int fsync(int fd) {
  REAL(int, "fsync", int);
  return synced(fd, real);
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return synced(fd, real);
}

/* Renames and removals reach the twin at once: the file systems we run on journal them before a later fsync returns. */
static void twin_of(char *out, const char *path) {
  const char *root = getenv("QUARTIER_REAL");
  out[0] = 0;
  if (root && strncmp(path, root, strlen(root)) == 0)
    snprintf(out, PATH_MAX * 2, "%s%s", getenv("QUARTIER_TWIN"), path + strlen(root));
}

/* The file goes by another name from now on. */
static int renamed(const char *from, const char *to, int (*change)(const char *, const char *)) {
  char old[PATH_MAX * 2], fresh[PATH_MAX * 2];
  int result = change(from, to);
  int kept = errno;
  twin_of(old, from);
  twin_of(fresh, to);
  if (result == 0 && old[0] && fresh[0]) {
    const size_t root = strlen(getenv("QUARTIER_REAL"));
    pthread_mutex_lock(&lock);
    change(old, fresh);
    for (struct file *f = files; f; f = f->next)
      if (strcmp(f->path, from + root) == 0) strcpy(f->path, to + root);
    pthread_mutex_unlock(&lock);
  }
  errno = kept;
  return result;
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  return renamed(from, to, real);
}

int link(const char *from, const char *to) {
  REAL(int, "link", const char *, const char *);
  return renamed(from, to, real);
}

int unlink(const char *path) {
  REAL(int, "unlink", const char *);
  char twin[PATH_MAX * 2];
  int result = real(path);
  int kept = errno;
  twin_of(twin, path);
  if (result == 0 && twin[0]) {
    pthread_mutex_lock(&lock);
    real(twin);
    /* The inode may come back as another file: forget it. */
    for (struct file *f = files; f; f = f->next)
      if (strcmp(f->path, path + strlen(getenv("QUARTIER_REAL"))) == 0) f->inode = 0;
    pthread_mutex_unlock(&lock);
  }
  errno = kept;
  return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
  ssize_t n = real(fd, bytes, length, offset);
  if (n > 0) remember(fd, WRITE, bytes, (size_t)n, offset);
  return n;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, "write", int, const void *, size_t);
  off_t at = lseek(fd, 0, SEEK_CUR);
  ssize_t n = real(fd, bytes, length);
  if (n > 0 && at >= 0) {
    off_t end = lseek(fd, 0, SEEK_CUR);
    remember(fd, WRITE, bytes, (size_t)n, end - n);
  }
  return n;
}

int ftruncate64(int fd, off_t length) {
  REAL(int, "ftruncate64", int, off_t);
  int result = real(fd, length);
  if (result == 0) remember(fd, TRUNCATE, NULL, 0, length);
  return result;
}
