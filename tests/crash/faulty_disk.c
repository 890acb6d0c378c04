// A disk that misbehaves, put under a real process with LD_PRELOAD. It stands between the process
// and the files below one folder, and does what a disk may do and a healthy one rarely does:
//
//   short    a write takes only a part of the bytes and says so (the rest is the caller's to write)
//   sync     an fdatasync or fsync fails with EIO, and what was written since the last one is gone:
//            new bytes from some point on, overwritten ones in favour of those before
//   tear     a write stops in the middle, what no sync covered is lost likewise in every file, and
//            the process is killed: a power cut
//
// What was synced is never touched: that is the disk's one promise.
//
// Set up by the environment: FAULT_FOLDER (absolute, with a final slash), FAULT_REPORT (a file that
// gets a line for every fault), FAULT_SEED, FAULT_SHORT_PER_1000 (writes), FAULT_SYNC_AFTER (the
// how-manieth sync fails; 0: none), FAULT_TEAR_AFTER (the how-manieth write is torn; 0: none).
//
// Threads: one lock around every call that is watched. The process is slower for it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kMostFiles = 4096, kMostParts = 1024 };

// Bytes that were durable and have been overwritten since the last sync.
typedef struct Overwritten {
  struct Overwritten* next;
  off_t position;
  size_t size;
  char bytes[];
} Overwritten;

typedef struct {
  dev_t device;
  ino_t inode;
  int descriptor;
  off_t durable_size;  // at the last sync; or what was there when this process first wrote
  off_t written;       // the end of what was written since
  Overwritten* overwritten;
} WatchedFile;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static WatchedFile files[kMostFiles];
static int file_count;
static uint64_t dice_state;
static long writes, syncs;
static long short_per_1000, sync_after, tear_after;
static const char *folder, *report_path;

static ssize_t (*real_pwritev)(int, const struct iovec*, int, off_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);

static long number_of(const char* name) {
  const char* text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void set_up(void) {
  real_pwritev = (ssize_t(*)(int, const struct iovec*, int, off_t))dlsym(RTLD_NEXT, "pwritev");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  folder = getenv("FAULT_FOLDER");
  report_path = getenv("FAULT_REPORT");
  dice_state = (uint64_t)number_of("FAULT_SEED") * 0x9e3779b97f4a7c15u + 1;
  short_per_1000 = number_of("FAULT_SHORT_PER_1000");
  sync_after = number_of("FAULT_SYNC_AFTER");
  tear_after = number_of("FAULT_TEAR_AFTER");
}

static uint64_t below(uint64_t bound) {  // xorshift64
  dice_state ^= dice_state << 13;
  dice_state ^= dice_state >> 7;
  dice_state ^= dice_state << 17;
  return dice_state % bound;
}

static void report(const char* format, ...) {
  char line[512];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(line, sizeof line, format, values);
  va_end(values);
  int descriptor = open(report_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  struct iovec part = {line, (size_t)length};
  if (descriptor < 0 || writev(descriptor, &part, 1) != length) abort();
  close(descriptor);
}

// The record of the file behind `descriptor`; null if it is none of ours.
static WatchedFile* watched(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = folder ? readlink(link, path, sizeof path - 1) : -1;
  if (length < 0) return NULL;
  path[length] = 0;
  struct stat status;
  if (strncmp(path, folder, strlen(folder)) != 0) return NULL;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return NULL;
  for (int i = 0; i < file_count; ++i) {
    if (files[i].device == status.st_dev && files[i].inode == status.st_ino) {
      files[i].descriptor = descriptor;
      return &files[i];
    }
  }
  if (file_count == kMostFiles) abort();
  files[file_count] =
      (WatchedFile){status.st_dev, status.st_ino, descriptor, status.st_size, 0, NULL};
  return &files[file_count++];
}

// Before `size` bytes are written: keeps what they overwrite, if that was durable.
static void keep_overwritten(WatchedFile* file, off_t position, size_t size) {
  if (position >= file->durable_size) return;
  off_t end = position + (off_t)size;
  if (end > file->durable_size) end = file->durable_size;
  for (Overwritten* o = file->overwritten; o; o = o->next) {
    if (o->position <= position && end <= o->position + (off_t)o->size) return;
  }
  Overwritten* kept = malloc(sizeof *kept + (size_t)(end - position));
  if (!kept) abort();
  kept->next = file->overwritten;
  kept->position = position;
  kept->size = (size_t)(end - position);
  if (pread(file->descriptor, kept->bytes, kept->size, position) != (ssize_t)kept->size) abort();
  file->overwritten = kept;
}

static void forget_overwritten(WatchedFile* file) {
  while (file->overwritten) {
    Overwritten* next = file->overwritten->next;
    free(file->overwritten);
    file->overwritten = next;
  }
}

static int write_zeros(int descriptor, off_t from, off_t to) {
  static char zeros[65536];
  while (from < to) {
    size_t size = to - from < (off_t)sizeof zeros ? (size_t)(to - from) : sizeof zeros;
    struct iovec part = {zeros, size};
    ssize_t done = real_pwritev(descriptor, &part, 1, from);
    if (done <= 0) return -1;
    from += done;
  }
  return 0;
}

// What was written since the last sync is there up to a random point, in every place.
static void lose_unsynced(WatchedFile* file) {
  struct stat status;
  if (fstat(file->descriptor, &status) != 0) return;
  if (status.st_dev != file->device || status.st_ino != file->inode) return;  // closed meanwhile
  for (Overwritten* o = file->overwritten; o; o = o->next) {
    size_t stays = below(o->size + 1);
    struct iovec part = {o->bytes + stays, o->size - stays};
    real_pwritev(file->descriptor, &part, 1, o->position + (off_t)stays);
    report("lost %ld of %ld overwritten bytes of inode %ld\n", (long)part.iov_len, (long)o->size,
           (long)file->inode);
  }
  off_t end = status.st_size < file->written ? status.st_size : file->written;
  if (file->durable_size >= end) return;
  off_t stays = file->durable_size + (off_t)below((uint64_t)(end - file->durable_size) + 1);
  int cut = end == status.st_size && below(2) == 0;
  if (cut ? ftruncate(file->descriptor, stays) : write_zeros(file->descriptor, stays, end)) return;
  report("lost %ld of %ld new bytes of inode %ld (%s)\n", (long)(end - stays),
         (long)(end - file->durable_size), (long)file->inode, cut ? "cut" : "zeros");
}

// The first `size` bytes of `parts`.
static int prefix(const struct iovec* parts, int count, size_t size, struct iovec* out) {
  int used = 0;
  for (int i = 0; i < count && i < kMostParts && size > 0; ++i) {
    out[used] = parts[i];
    if (out[used].iov_len > size) out[used].iov_len = size;
    size -= out[used++].iov_len;
  }
  return used;
}

static ssize_t faulty_write(int descriptor, const struct iovec* parts, int count, off_t position) {
  WatchedFile* file = watched(descriptor);
  if (!file) return real_pwritev(descriptor, parts, count, position);
  size_t total = 0;
  for (int i = 0; i < count; ++i) total += parts[i].iov_len;
  keep_overwritten(file, position, total);
  int tear = ++writes == tear_after;
  int cut_short = tear || (total > 1 && below(1000) < (uint64_t)short_per_1000);
  struct iovec some[kMostParts];
  if (cut_short) {
    count = prefix(parts, count, total > 1 ? 1 + below(total - 1) : total, some);
    parts = some;
  }
  ssize_t done = real_pwritev(descriptor, parts, count, position);
  if (done > 0 && position + done > file->written) file->written = position + done;
  if (!cut_short) return done;
  report("%s %ld of %ld bytes at %ld\n", tear ? "torn" : "short", (long)done, (long)total,
         (long)position);
  if (!tear) return done;
  for (int i = 0; i < file_count; ++i) lose_unsynced(&files[i]);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int faulty_sync(int descriptor, int (*real_sync)(int)) {
  WatchedFile* file = watched(descriptor);
  if (!file) return real_sync(descriptor);
  if (++syncs == sync_after) {
    report("sync failed\n");
    lose_unsynced(file);
    forget_overwritten(file);
    errno = EIO;
    return -1;
  }
  int failed = real_sync(descriptor);
  struct stat status;
  if (failed || fstat(descriptor, &status) != 0) return -1;
  forget_overwritten(file);
  file->durable_size = status.st_size;
  file->written = 0;
  return 0;
}

ssize_t pwritev(int descriptor, const struct iovec* parts, int count, off_t position) {
  pthread_mutex_lock(&mutex);
  ssize_t done = faulty_write(descriptor, parts, count, position);
  int error = errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t position) {
  struct iovec part = {(void*)bytes, size};
  return pwritev(descriptor, &part, 1, position);
}

ssize_t pwritev64(int descriptor, const struct iovec* parts, int count, off_t position) {
  return pwritev(descriptor, parts, count, position);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off_t position) {
  return pwrite(descriptor, bytes, size, position);
}

int fdatasync(int descriptor) {
  pthread_mutex_lock(&mutex);
  int status = faulty_sync(descriptor, real_fdatasync);
  int error = errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
  return status;
}

int fsync(int descriptor) {
  pthread_mutex_lock(&mutex);
  int status = faulty_sync(descriptor, real_fsync);
  int error = errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
  return status;
}
