/* crashpoint.so: ends a process at the n-th call that matters, or makes such calls fail (LD_PRELOAD).
 *
 * A point is a call of one of these kinds, in any thread:
 *
 *      sync    fsync, fdatasync
 *      rename  rename, renameat, renameat2
 *      write   write, writev, pwrite to a regular file
 *      send    send, sendto, sendmsg, write, writev to a socket
 *
 * Descriptors 0 to 2 are not looked at: where the log goes is not what is tested.  The environment says what to do:
 *
 *      CRASHPOINT_TRIGGER=FILE  points count only while this file exists; absent: from the start
 *      CRASHPOINT_TALLY=FILE    where the points are counted: struct tally below, readable after a kill
 *      CRASHPOINT_PATH=PREFIX   only calls on files whose path begins so
 *      CRASHPOINT_KIND=KIND     sync, rename, write, send or any; absent: nothing happens, points are only counted
 *      CRASHPOINT_AT=N          the point, from 1
 *      CRASHPOINT_SPAN=S        N counts points between the S-th sync and the next only; absent: all
 *      CRASHPOINT_DO=WHAT       what happens there:
 *          before  SIGKILL instead of the call (default)       torn    SIGKILL after half of what is to be written
 *          after   SIGKILL when the call has returned
 *          ENOSPC, EIO  the call fails so                      short   half is written, and that is returned
 *      CRASHPOINT_FOR=K         how many points fail; absent: all from N on, as long as the trigger is there
 *
 * For 64-bit Linux: the system calls are made directly, so nothing of libc is looked up while a signal or a
 * constructor of another library runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "an offset is one argument of a system call");

#define EXPORT __attribute__((visibility("default")))

enum kind { SYNC, RENAME, WRITE, SEND, KINDS, ANY = KINDS, NONE };
enum { SPANS = 64, ALL = SPANS };
enum act { BEFORE, AFTER, TORN, FAIL, SHORT };

static const char *const kind_names[] = { "sync", "rename", "write", "send", "any" };

/* What the drivers read: KINDS counters, the number of points of all kinds, how often something was done, and of each kind
 * the number of points after 0, 1, … syncs: a commit that writes a page more moves no other commit's points so. */
struct tally {
    _Atomic uint64_t count[KINDS + 1];
    _Atomic uint64_t done;
    _Atomic uint64_t in_span[SPANS][KINDS];
};

static struct tally own_tally;
static struct {
    struct tally *tally;
    const char *trigger, *path;
    enum kind kind;
    enum act act;
    int error;
    uint64_t at, times, span;
} plan = { .tally = &own_tally, .kind = NONE };

/* ---- the plan ------------------------------------------------------------------------------- */

static const struct { const char *name; enum act act; int error; } acts[] = {
    { "before", BEFORE, 0 }, { "after", AFTER, 0 }, { "torn", TORN, 0 }, { "short", SHORT, 0 },
    { "ENOSPC", FAIL, ENOSPC }, { "EIO", FAIL, EIO },
};

static void complain(const char *what, const char *value)
{
    dprintf(2, "crashpoint: %s %s\n", what, value);
    _exit(126);
}

static struct tally *map_tally(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *map = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(struct tally)) == 0) {
        map = mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (map == MAP_FAILED) {
        complain("cannot count in", path);
    }
    close(fd);
    return map;
}

static uint64_t number_of(const char *name, uint64_t fallback)
{
    const char *value = getenv(name);

    return value != NULL ? strtoull(value, NULL, 10) : fallback;
}

static void read_kind(const char *name)
{
    for (plan.kind = SYNC; plan.kind <= ANY; plan.kind++) {
        if (strcmp(kind_names[plan.kind], name) == 0) {
            return;
        }
    }
    complain("no such kind of call:", name);
}

static void read_act(const char *name)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].name, name) == 0) {
            plan.act = acts[i].act;
            plan.error = acts[i].error;
            return;
        }
    }
    complain("cannot do", name);
}

__attribute__((constructor)) static void read_plan(void)
{
    const char *tally = getenv("CRASHPOINT_TALLY"), *act = getenv("CRASHPOINT_DO"), *kind = getenv("CRASHPOINT_KIND");

    plan.at = number_of("CRASHPOINT_AT", 1);
    plan.times = number_of("CRASHPOINT_FOR", UINT64_MAX);
    plan.span = number_of("CRASHPOINT_SPAN", ALL);
    plan.path = getenv("CRASHPOINT_PATH");
    plan.trigger = getenv("CRASHPOINT_TRIGGER");
    if (tally != NULL) {
        plan.tally = map_tally(tally);
    }
    read_act(act != NULL ? act : "before");
    if (kind != NULL) {
        read_kind(kind);
    }
}

/* ---- a point -------------------------------------------------------------------------------- */

struct point {
    enum kind kind;         /* NONE: not one that counts */
    bool struck;            /* the plan is for this one */
    uint64_t number;
    char path[256];
};

static bool is_armed(void)
{
    return plan.trigger == NULL || access(plan.trigger, F_OK) == 0;
}

static bool is_on_path(const char *path)
{
    return plan.path == NULL || strncmp(path, plan.path, strlen(plan.path)) == 0;
}

static enum kind kind_of(int fd)
{
    struct stat st;

    if (fd <= 2 || fstat(fd, &st) != 0) {
        return NONE;
    }
    return S_ISREG(st.st_mode) ? WRITE : S_ISSOCK(st.st_mode) ? SEND : NONE;
}

static void find_path(int fd, char *path, size_t size)
{
    char link[40];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, size - 1);
    path[len > 0 ? len : 0] = '\0';
}

static void count(struct point *p)
{
    uint64_t syncs = atomic_load(&plan.tally->count[SYNC]), span = syncs < SPANS ? syncs : SPANS - 1;
    uint64_t in_span = atomic_fetch_add(&plan.tally->in_span[span][p->kind], 1) + 1;
    uint64_t number = atomic_fetch_add(&plan.tally->count[p->kind], 1) + 1;
    uint64_t of_all = atomic_fetch_add(&plan.tally->count[ANY], 1) + 1;

    p->number = plan.span != ALL ? in_span : plan.kind == ANY ? of_all : number;
    p->struck = (plan.kind == ANY || plan.kind == p->kind) && (plan.span == ALL || plan.span == span) &&
                p->number >= plan.at && p->number - plan.at < plan.times;
    if (plan.act <= TORN) {
        p->struck = p->struck && p->number == plan.at;
    }
}

static void die(const struct point *p, const char *when)
{
    char line[400];
    int len = snprintf(line, sizeof line, "crashpoint: killed %s %s %llu: %s\n", when, kind_names[p->kind],
                       (unsigned long long)p->number, p->path);

    atomic_fetch_add(&plan.tally->done, 1);
    syscall(SYS_write, 2, line, (size_t)len);
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* `path`: of the file, where there is no descriptor. */
static struct point arrive(enum kind kind, int fd, const char *path)
{
    struct point p = { .kind = kind };
    int kept = errno;

    if (kind != NONE && is_armed()) {
        if (path != NULL) {
            snprintf(p.path, sizeof p.path, "%s", path);
        } else {
            find_path(fd, p.path, sizeof p.path);
        }
        if (is_on_path(p.path)) {
            count(&p);
        }
    }
    if (p.struck && plan.act == BEFORE) {
        die(&p, "before");
    }
    errno = kept;
    return p;
}

static bool fails(const struct point *p)
{
    if (p->struck && plan.act == FAIL) {
        atomic_fetch_add(&plan.tally->done, 1);
        errno = plan.error;
        return true;
    }
    return false;
}

/* How much of `size` is to be written. */
static size_t allowed(const struct point *p, size_t size)
{
    if (!p->struck || (plan.act != TORN && plan.act != SHORT) || size < 2) {
        return size;
    }
    if (plan.act == SHORT) {
        atomic_fetch_add(&plan.tally->done, 1);
    }
    return size / 2;
}

static long leave(const struct point *p, long result)
{
    if (p->struck && (plan.act == AFTER || plan.act == TORN)) {
        die(p, plan.act == AFTER ? "after" : "in the middle of");
    }
    return result;
}

/* ---- the calls ------------------------------------------------------------------------------ */

EXPORT int fsync(int fd)
{
    struct point p = arrive(SYNC, fd, NULL);

    return fails(&p) ? -1 : (int)leave(&p, syscall(SYS_fsync, fd));
}

EXPORT int fdatasync(int fd)
{
    struct point p = arrive(SYNC, fd, NULL);

    return fails(&p) ? -1 : (int)leave(&p, syscall(SYS_fdatasync, fd));
}

EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    struct point p = arrive(RENAME, -1, to);

    return fails(&p) ? -1 : (int)leave(&p, syscall(SYS_renameat2, from_dir, from, to_dir, to, flags));
}

EXPORT int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return renameat2(from_dir, from, to_dir, to, 0);
}

EXPORT int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    struct point p = arrive(kind_of(fd), fd, NULL);

    return fails(&p) ? -1 : leave(&p, syscall(SYS_write, fd, data, allowed(&p, size)));
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    struct point p = arrive(kind_of(fd), fd, NULL);

    return fails(&p) ? -1 : leave(&p, syscall(SYS_pwrite64, fd, data, allowed(&p, size), offset));
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

static ssize_t send_to(int fd, const void *data, size_t size, int flags, const void *to, socklen_t to_len)
{
    struct point p = arrive(SEND, fd, NULL);

    return fails(&p) ? -1 : leave(&p, syscall(SYS_sendto, fd, data, allowed(&p, size), flags, to, to_len));
}

/* glibc's own type: with _GNU_SOURCE the address is a union of all pointers to addresses. */
EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t to_len)
{
    return send_to(fd, data, size, flags, to.__sockaddr__, to_len);
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return send_to(fd, data, size, flags, NULL, 0);
}

static size_t size_of(const struct iovec *part, size_t parts)
{
    size_t size = 0;

    for (size_t i = 0; i < parts; i++) {
        size += part[i].iov_len;
    }
    return size;
}

/* Copies as many parts as `size` needs, the last one cut.  Returns their number. */
static size_t cut(const struct iovec *part, size_t parts, size_t size, struct iovec *into, size_t room)
{
    size_t n = 0;

    for (; n < parts && n < room && size > 0; n++) {
        into[n] = part[n];
        if (into[n].iov_len > size) {
            into[n].iov_len = size;
        }
        size -= into[n].iov_len;
    }
    return n;
}

enum { PARTS_MOST = 64 };

EXPORT ssize_t writev(int fd, const struct iovec *part, int parts)
{
    struct point p = arrive(kind_of(fd), fd, NULL);
    struct iovec some[PARTS_MOST];
    size_t all = size_of(part, (size_t)parts), size = allowed(&p, all);

    if (fails(&p)) {
        return -1;
    }
    if (size == all) {
        return leave(&p, syscall(SYS_writev, fd, part, parts));
    }
    return leave(&p, syscall(SYS_writev, fd, some, cut(part, (size_t)parts, size, some, PARTS_MOST)));
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct point p = arrive(SEND, fd, NULL);
    struct iovec some[PARTS_MOST];
    struct msghdr less = *message;
    size_t all = size_of(message->msg_iov, message->msg_iovlen), size = allowed(&p, all);

    if (fails(&p)) {
        return -1;
    }
    if (size != all) {
        less.msg_iov = some;
        less.msg_iovlen = cut(message->msg_iov, message->msg_iovlen, size, some, PARTS_MOST);
    }
    return leave(&p, syscall(SYS_sendmsg, fd, &less, flags));
}
