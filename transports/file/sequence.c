#include "sequence.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "digest.h"

enum { ATTEMPTS = 2 * NAME_NUMBERS };

/* The last number given. */
struct sent {
    struct record record;               /* number 0: none yet */
    char hash[RECORD_HEX];              /* of the record; zeros: none yet */
    char work[NAME_SIZE];               /* the file in `from` that it is for */
    unsigned long long inode;           /* with the time of its last change: that file, and not a later one of the name */
    long long seconds;
    long nanoseconds;
};

/* ---- the state ------------------------------------------------------------------------------------------- */

/* "stamp I S N\nwork LENGTH NAME\n" and the record.  A name in work/ may have any octets. */
static bool parse_sent(struct sent *s, const char *text, size_t len)
{
    size_t work;
    int at = 0;

    if (sscanf(text, "stamp %llu %lld %ld\nwork %zu%n", &s->inode, &s->seconds, &s->nanoseconds, &work, &at) != 4 ||
        work >= NAME_SIZE || (size_t)at + 1 + work + 1 > len) {
        return false;
    }
    memcpy(s->work, text + at + 1, work);
    s->work[work] = '\0';
    size_t head = (size_t)at + 1 + work + 1;
    return record_parse(&s->record, text + head, len - head) && digest_text(text + head, len - head, s->hash);
}

static bool load(const struct sequence *q, struct sent *s)
{
    char name[NAME_SIZE], text[2 * RECORD_MAX];

    *s = (struct sent){ .hash = "" };
    memcpy(s->hash, record_zeros, sizeof s->hash);
    snprintf(name, sizeof name, "%s.sent", q->name);
    int fd = openat(q->state, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    errno = EBADMSG;
    return n > 0 && parse_sent(s, text, (size_t)n);
}

static bool store(const struct sequence *q, const struct sent *s)
{
    char name[NAME_SIZE], record[RECORD_MAX], text[2 * RECORD_MAX];

    snprintf(name, sizeof name, "%s.sent", q->name);
    record_print(&s->record, record);
    int len = snprintf(text, sizeof text, "stamp %llu %lld %ld\nwork %zu %s\n%s", s->inode, s->seconds, s->nanoseconds,
                       strlen(s->work), s->work, record);
    struct cmpgate_bytes bytes = { (const uint8_t *)text, (size_t)len };
    return aside_write(q->state, name, bytes, (struct aside_rights){ 0600, (gid_t)-1 }) && fsync(q->state) == 0;
}

/* ---- one file -------------------------------------------------------------------------------------------- */

static bool is_pending(const struct sequence *q, const struct sent *s)
{
    struct stat st;

    return s->record.number != 0 && fstatat(q->from, s->work, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == s->inode &&
           st.st_mtim.tv_sec == s->seconds && st.st_mtim.tv_nsec == s->nanoseconds;
}

/* The record first: who finds the file finds what it is. */
static bool put(const struct sequence *q, const struct sent *s)
{
    char name[NAME_SIZE], text[RECORD_MAX];
    struct cmpgate_bytes bytes = { (const uint8_t *)text, record_print(&s->record, text) };

    record_name(q->name, s->record.number, name);
    /* Written where a kill leaves nothing for strangers to find. */
    return aside_write(q->from, name, bytes, q->rights) && renameat(q->from, name, q->to, name) == 0 && fsync(q->to) == 0 &&
           aside_move(q->from, s->work, q->to, s->record.file) && fsync(q->to) == 0;
}

static bool find_free(const struct sequence *q, const char *name, char out[NAME_SIZE])
{
    struct stat st;

    for (unsigned attempt = 1; attempt <= ATTEMPTS; attempt++) {
        name_answer(name, name_number(attempt), ".pki", out);
        if (fstatat(q->to, out, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT;
        }
    }
    errno = EEXIST;
    return false;
}

static bool describe(const struct sequence *q, const char *name, struct sent *s)
{
    struct stat st;
    int fd = openat(q->from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    bool ok = fstat(fd, &st) == 0 && digest_file(fd, &s->record.size, s->record.sha256);
    close(fd);
    s->inode = st.st_ino;
    s->seconds = st.st_mtim.tv_sec;
    s->nanoseconds = st.st_mtim.tv_nsec;
    return ok;
}

/* The next number for it. */
static bool number(const struct sequence *q, const char *name, const struct sent *last, struct sent *s)
{
    *s = (struct sent){ .record = { .number = last->record.number + 1 } };
    memcpy(s->record.from, q->name, strlen(q->name) + 1);
    memcpy(s->record.previous, last->hash, sizeof s->record.previous);
    memcpy(s->work, name, strlen(name) + 1);
    return find_free(q, name, s->record.file) && describe(q, name, s) && store(q, s);
}

static bool hand(const struct sequence *q, const char *name)
{
    struct sent last, next;
    struct stat st;

    if (!load(q, &last) || (is_pending(q, &last) && !put(q, &last))) {
        return false;
    }
    if (fstatat(q->from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT;
    }
    return number(q, name, &last, &next) && put(q, &next);
}

bool sequence_hand(const struct sequence *q, const char *name, char *why, size_t size)
{
    char lock[NAME_SIZE];

    snprintf(lock, sizeof lock, "%s.lock", q->name);
    int fd = openat(q->state, lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && flock(fd, LOCK_EX) == 0 && hand(q, name);
    if (!ok) {
        snprintf(why, size, "the sequence %s: %s", q->name, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}
