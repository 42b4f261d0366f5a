/* Stands between a server under test and the system (LD_PRELOAD): it writes down every change of
 * the files in one folder and every answer that leaves, lets calls on these files fail or end the
 * process when it is told to, and moves the clock. It is compiled by the tests; nothing of it is in
 * the product.
 *
 * FAULTS_FOLDER   whose files are watched (those that end in -shm are not: SQLite rebuilds them)
 * FAULTS_LOG      where to write the records down, appended to by one run after the other; optional
 * FAULTS_CONTROL  a file of `struct control`, which the test maps too
 *
 * A record: kind, then seven 64-bit numbers as in `struct record`, then `length` bytes. What is
 * done and what is written down of it are one step under a lock, so the log has the true order.
 */
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
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 4096
#define KEPT_MAX 4096
enum { WRITES = 1, SYNCS = 2, TRUNCATES = 4, OPENS = 8, READS = 16, REMOVES = 32 };
enum { NEVER = 0, BEFORE = 1, AFTER = 2 };

struct control {
    int64_t clock_offset_s;
    int64_t kinds;      /* which calls are counted and may fail */
    int64_t calls;      /* how many there were */
    int64_t fail_from;  /* from this call on, counted from 1; 0: none fails */
    int64_t fail_count; /* so many calls fail */
    int64_t error;      /* the errno of those; a write that fails may have been half done */
    int64_t half;       /* a failing write writes half of its bytes first */
    int64_t sync_delay_us;
    int64_t failed; /* how many were made to fail */
    int64_t ends;   /* a call that would fail ends the process with SIGKILL instead: before it is
                       done (where it is half done: after that), or before it returns */
    unsigned char made[KEPT_MAX]; /* of which kind each counted call was */
};

struct record {
    uint64_t kind, file, offset, length, number, port, thread;
};

static struct control quiet, *control = &quiet;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[4096];
static int log_file = -1;
static uint64_t files[FILES_MAX]; /* inode of each open descriptor that is watched; 0: is not */
static char is_folder[FILES_MAX];
static uint64_t syncs;

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void put(char kind, uint64_t file, uint64_t offset, uint64_t number, uint64_t port,
                const void *bytes, size_t length) {
    if (log_file < 0) return;
    struct record head = {(uint64_t)kind, file, offset, length, number, port, (uint64_t)gettid()};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
    size_t all = sizeof head + length;
    /* A file takes it whole but when the disk is full, and then the test is void. */
    if (syscall(SYS_writev, log_file, parts, 2) != (long)all) abort();
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_FOLDER"), *log = getenv("FAULTS_LOG"), *shared = getenv("FAULTS_CONTROL");
    if (shared) {
        int file = syscall(SYS_openat, AT_FDCWD, shared, O_RDWR | O_CLOEXEC);
        void *mapped = mmap(NULL, sizeof quiet, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (mapped != MAP_FAILED) control = mapped;
        syscall(SYS_close, file);
    }
    if (path) snprintf(folder, sizeof folder, "%s", path);
    if (log) log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    put('M', 0, 0, 0, 0, NULL, 0);
}

static __thread int ends_after;

/* As the system ends a process that it must be rid of: nothing more of it is done. */
static void end(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* The call that was to be done before the end is done. */
static void returns(void) {
    if (ends_after) end();
}

/* Whether this call is one that fails; then errno is set. */
static int fails(int kind) {
    if (!(control->kinds & kind)) return 0;
    int64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
    if (call <= KEPT_MAX) control->made[call - 1] = (unsigned char)kind;
    int64_t from = control->fail_from;
    if (!from || call < from || call - from >= control->fail_count) return 0;
    __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
    ends_after = control->ends == AFTER;
    if (ends_after) return 0;
    if (control->ends == BEFORE && !(kind == WRITES && control->half)) end();
    errno = (int)control->error;
    return 1;
}

static uint64_t watched(int file) {
    return file >= 0 && file < FILES_MAX ? files[file] : 0;
}

static int is_watched_path(const char *path, char *whole, size_t size) {
    if (!folder[0]) return 0;
    char here[4096] = "";
    if (path[0] != '/' && getcwd(here, sizeof here)) strncat(here, "/", 2);
    snprintf(whole, size, "%s%s", path[0] == '/' ? "" : here, path);
    size_t length = strlen(folder), all = strlen(whole);
    if (strncmp(whole, folder, length) || (whole[length] && whole[length] != '/')) return 0;
    return !(all > 4 && !strcmp(whole + all - 4, "-shm"));
}

static int opened(const char *path, int flags, mode_t mode) {
    char whole[8192];
    if (!is_watched_path(path, whole, sizeof whole))
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fails(OPENS)) return -1;
    pthread_mutex_lock(&lock);
    struct stat stat;
    int is_new = (flags & O_CREAT) && lstat(path, &stat) != 0;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (file >= 0 && file < FILES_MAX && fstat(file, &stat) == 0) {
        int saved = errno;
        files[file] = stat.st_ino;
        is_folder[file] = S_ISDIR(stat.st_mode);
        if (is_new) put('C', stat.st_ino, 0, 0, 0, whole, strlen(whole));
        else if (flags & O_TRUNC) put('T', stat.st_ino, 0, 0, 0, NULL, 0);
        put('O', stat.st_ino, 0, 0, 0, whole, strlen(whole));
        errno = saved;
    }
    pthread_mutex_unlock(&lock);
    returns();
    return file;
}

#define OPEN_AS(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(path, flags, mode); \
    }
OPEN_AS(open)
OPEN_AS(open64)

int close(int file) {
    uint64_t inode = watched(file);
    if (!inode) return (int)syscall(SYS_close, file);
    pthread_mutex_lock(&lock);
    files[file] = 0;
    put('K', inode, 0, 0, 0, NULL, 0);
    int done = (int)syscall(SYS_close, file);
    pthread_mutex_unlock(&lock);
    return done;
}

static ssize_t written(int file, const void *bytes, size_t length, off64_t offset) {
    uint64_t inode = files[file];
    int saved, broken = fails(WRITES);
    if (broken && !control->half) return -1;
    saved = errno;
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_pwrite64, file, bytes, broken ? length / 2 : length, offset);
    if (done > 0) put('W', inode, (uint64_t)offset, 0, 0, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    if (broken && control->ends) end();
    returns();
    if (broken) {
        errno = saved;
        return -1;
    }
    return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    if (watched(file)) return written(file, bytes, length, offset);
    return syscall(SYS_pwrite64, file, bytes, length, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    return pwrite64(file, bytes, length, offset);
}

ssize_t pread64(int file, void *bytes, size_t length, off64_t offset) {
    if (watched(file) && fails(READS)) return -1;
    return syscall(SYS_pread64, file, bytes, length, offset);
}

ssize_t pread(int file, void *bytes, size_t length, off_t offset) {
    return pread64(file, bytes, length, offset);
}

/* An answer that leaves: written down before it does. */
static void answered(int file, const char *bytes, size_t length) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (log_file < 0 || length < 12 || strncmp(bytes, "HTTP/1.1 ", 9)) return;
    int saved = errno;
    if (getpeername(file, (struct sockaddr *)&peer, &size) == 0 && peer.ss_family == AF_INET) {
        uint64_t port = ntohs(((struct sockaddr_in *)&peer)->sin_port);
        pthread_mutex_lock(&lock);
        put('A', 0, 0, strtoull(bytes + 9, NULL, 10), port, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    errno = saved;
}

ssize_t write(int file, const void *bytes, size_t length) {
    if (watched(file) && !is_folder[file]) {
        off64_t offset = lseek64(file, 0, SEEK_CUR);
        ssize_t done = written(file, bytes, length, offset);
        if (done > 0) lseek64(file, done, SEEK_CUR);
        return done;
    }
    answered(file, bytes, length);
    return syscall(SYS_write, file, bytes, length);
}

ssize_t send(int file, const void *bytes, size_t length, int flags) {
    answered(file, bytes, length);
    return syscall(SYS_sendto, file, bytes, length, flags, NULL, 0);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (count > 0) answered(file, parts[0].iov_base, parts[0].iov_len);
    return syscall(SYS_writev, file, parts, count);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
    if (message->msg_iovlen) answered(file, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
    return syscall(SYS_sendmsg, file, message, flags);
}

int ftruncate64(int file, off64_t length) {
    uint64_t inode = watched(file);
    if (!inode) return (int)syscall(SYS_ftruncate, file, length);
    if (fails(TRUNCATES)) return -1;
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_ftruncate, file, length);
    if (done == 0) put('T', inode, (uint64_t)length, 0, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    returns();
    return done;
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

/* Begun, and then ended well or badly. What was written before it began is on disk after it ended
 * well. The system's own is left out: it takes time, and nothing here depends on the real disk. */
static int synchronised(int file, uint64_t inode) {
    pthread_mutex_lock(&lock);
    uint64_t number = ++syncs;
    put('B', inode, (uint64_t)is_folder[file], number, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    if (control->sync_delay_us) usleep((useconds_t)control->sync_delay_us);
    int broken = fails(SYNCS), saved = errno;
    pthread_mutex_lock(&lock);
    put(broken ? 'X' : 'F', inode, (uint64_t)is_folder[file], number, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    returns();
    errno = saved;
    return broken ? -1 : 0;
}

int fsync(int file) {
    uint64_t inode = watched(file);
    return inode ? synchronised(file, inode) : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    uint64_t inode = watched(file);
    return inode ? synchronised(file, inode) : (int)syscall(SYS_fdatasync, file);
}

int unlink(const char *path) {
    char whole[8192];
    if (!is_watched_path(path, whole, sizeof whole)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (fails(REMOVES)) return -1;
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (done == 0) put('U', 0, 0, 0, 0, whole, strlen(whole));
    pthread_mutex_unlock(&lock);
    returns();
    return done;
}

int rename(const char *from, const char *to) {
    char first[8192], second[8192], both[16400];
    if (!is_watched_path(to, second, sizeof second) || !is_watched_path(from, first, sizeof first))
        return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    snprintf(both, sizeof both, "%s\n%s", first, second);
    if (done == 0) put('R', 0, 0, 0, 0, both, strlen(both));
    pthread_mutex_unlock(&lock);
    return done;
}

/* Only what names the calendar is moved; spans of time are not. */
int clock_gettime(clockid_t which, struct timespec *found) {
    NEXT(clock_gettime);
    int done = next(which, found);
    if (done == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        found->tv_sec += control->clock_offset_s;
    return done;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
    NEXT(gettimeofday);
    int done = next(found, zone);
    if (done == 0) found->tv_sec += control->clock_offset_s;
    return done;
}

time_t time(time_t *found) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) *found = now.tv_sec;
    return now.tv_sec;
}
