#include "whole.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "name.h"

enum {
    HEADER = 6,                         /* octets that tell the length of any message we take */
    LINK_PATIENCE = 60                  /* seconds that a second name may stay: some rename by link and unlink */
};

struct timespec whole_after(struct timespec t, int64_t seconds)
{
    t.tv_sec += (time_t)seconds;
    return t;
}

bool whole_before(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

size_t whole_length(const uint8_t *p, size_t len)
{
    if ((len >= 1 && p[0] != 0x30) || (len >= 2 && (p[1] == 0x80 || p[1] > 0x84))) {
        return SIZE_MAX;
    }
    size_t more = len >= 2 && p[1] > 0x80 ? p[1] - 0x80u : 0, length = 0;
    if (len < 2 + more) {
        return 0;
    }
    for (size_t i = 0; i < more; i++) {
        length = length << 8 | p[2 + i];
    }
    return 2 + more + (more > 0 ? length : p[1]);
}

static bool is_owner(const struct whole_rules *r, uid_t uid)
{
    for (size_t i = 0; i < r->owner_count; i++) {
        if (r->owners[i] == uid) {
            return true;
        }
    }
    return r->owner_count == 0;
}

static enum whole never(char why[WHOLE_WHY], const char *reason)
{
    snprintf(why, WHOLE_WHY, "%s", reason);
    return WHOLE_NEVER;
}

/* What can be said of any file at any time. */
static enum whole look_kind(const struct whole_rules *r, const struct stat *st, char why[WHOLE_WHY])
{
    const char *kind = S_ISLNK(st->st_mode) ? "a symbolic link" : S_ISFIFO(st->st_mode) ? "a FIFO"
                     : S_ISSOCK(st->st_mode) ? "a socket" : "a device";

    if (S_ISDIR(st->st_mode)) {
        return WHOLE_NOTHING;
    }
    if (!S_ISREG(st->st_mode)) {
        snprintf(why, WHOLE_WHY, "it is %s, not a file", kind);
        return WHOLE_NEVER;
    }
    if (st->st_size > r->max_size) {
        snprintf(why, WHOLE_WHY, "it has %lld octets; max-size is %lld", (long long)st->st_size, (long long)r->max_size);
        return WHOLE_NEVER;
    }
    if (!is_owner(r, st->st_uid)) {
        snprintf(why, WHOLE_WHY, "it belongs to user %lu, who is not among the owners", (unsigned long)st->st_uid);
        return WHOLE_NEVER;
    }
    return WHOLE_YES;
}

/* A second name lets somebody change the file when it is ours. */
static enum whole look_links(const struct stat *st, struct timespec now, struct timespec *when, char why[WHOLE_WHY])
{
    if (st->st_nlink <= 1) {
        return WHOLE_YES;
    }
    if (whole_before(whole_after(st->st_ctim, LINK_PATIENCE), now)) {
        return never(why, "it has another name elsewhere (a hard link)");
    }
    *when = whole_after(now, 1);
    return WHOLE_NOT_YET;
}

/* Longer than it says counts as long enough: what is wrong with it does not change by waiting. */
static enum whole look_length(const struct whole_rules *r, const struct stat *st, int fd, bool closed, struct timespec now,
                              struct timespec *when, char why[WHOLE_WHY])
{
    uint8_t first[HEADER];
    ssize_t have = pread(fd, first, sizeof first, 0);
    size_t want = have < 0 ? 0 : whole_length(first, (size_t)have);
    bool complete = have > 0 && want != 0 && (want == SIZE_MAX || (size_t)st->st_size >= want);
    struct timespec quiet_at = whole_after(st->st_ctim, r->quiet), late_at = whole_after(st->st_ctim, r->patience);

    if (complete && (closed || !whole_before(now, quiet_at))) {
        return WHOLE_YES;
    }
    if (!complete && !whole_before(now, late_at)) {
        snprintf(why, WHOLE_WHY, "it ends after %lld octets, before its message does, and has not changed for %lld seconds",
                 (long long)st->st_size, (long long)r->patience);
        return WHOLE_NEVER;
    }
    *when = complete ? quiet_at : late_at;
    return WHOLE_NOT_YET;
}

enum whole whole_look_open(const struct whole_rules *r, int fd, bool closed, struct timespec now, struct timespec *when,
                           char why[WHOLE_WHY])
{
    struct stat st;

    *when = (struct timespec){ 0 };
    if (fstat(fd, &st) != 0) {
        return never(why, strerror(errno));
    }
    enum whole kind = look_kind(r, &st, why);
    enum whole links = kind == WHOLE_YES ? look_links(&st, now, when, why) : kind;
    return links != WHOLE_YES || r->rule != WHOLE_QUIET ? links : look_length(r, &st, fd, closed, now, when, why);
}

/* A marker of a file that had this name before is older than the file. */
static bool is_marked(int dir, const char *name, const struct stat *st)
{
    char marker[NAME_SIZE];
    struct stat mark;

    return name_marker(name, marker) && fstatat(dir, marker, &mark, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(mark.st_mode)
        && !whole_before(mark.st_ctim, st->st_ctim);
}

enum whole whole_look(const struct whole_rules *r, int dir, const char *name, bool closed, struct timespec now,
                      struct timespec *when, char why[WHOLE_WHY])
{
    struct stat st;

    *when = (struct timespec){ 0 };
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return WHOLE_NOTHING;
    }
    enum whole kind = look_kind(r, &st, why);
    if (kind != WHOLE_YES) {
        return kind;
    }
    if (r->rule == WHOLE_MARKER && !is_marked(dir, name, &st)) {
        return WHOLE_NOT_YET;
    }
    /* O_NONBLOCK: it may be a FIFO by now. */
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && (errno == EACCES || errno == EPERM)) {
        return never(why, "the gateway may not read it");
    }
    if (fd < 0) {
        /* Gone, swapped, or we are short of something: not the file's fault. */
        *when = whole_after(now, 1);
        return WHOLE_NOT_YET;
    }
    enum whole whole = whole_look_open(r, fd, closed, now, when, why);
    close(fd);
    return whole;
}
