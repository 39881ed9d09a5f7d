#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "server.h"

enum { REFUSALS = 3 /* seconds apart, before they count: a gateway that stops refuses all, and then says so */ };

static struct timespec now_of(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now;
}

/* A disk that is full, or a directory that is not ours: nothing is lost, so nothing is done for a while. */
enum take take_rest(struct server *s, const char *name, const char *why)
{
    char clean[NAME_SIZE];

    name_answer(name, 1, ".pki", clean);
    file_log(s->file, CMPGATE_ERROR, 0, "%s: %s; tried again in %d s", clean, why, (int)s->file->options->retry_after);
    server_rest(s, s->file->options->retry_after);
    return TAKE_FULL;
}

enum take take_refuse(struct server *s, enum drop_place place, const char *name, const char *reason)
{
    char why[DROP_WHY], clean[NAME_SIZE];

    if (!drop_fail(&s->drop, place, name, reason, why)) {
        return take_rest(s, name, why);
    }
    name_answer(name, 1, ".pki", clean);
    file_log(s->file, CMPGATE_WARN, 0, "%s: refused, now in failed: %s", clean, reason);
    return TAKE_DONE;
}

/* ---- reading and delivering ---------------------------------------------------------------------------- */

static bool read_all(int fd, uint8_t *buffer, size_t size)
{
    for (size_t done = 0; done < size; ) {
        ssize_t n = pread(fd, buffer + done, size - done, (off_t)done);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The owner of a file says something about who dropped it, but proves nothing about who wrote it. */
static void describe(const struct stat *st, const char *name, char text[NAME_SIZE + 8], char user[64])
{
    struct passwd entry, *found = NULL;
    char clean[NAME_SIZE], buffer[4096];

    name_answer(name, 1, ".pki", clean);
    snprintf(text, NAME_SIZE + 8, "in/%s", clean);
    if (getpwuid_r(st->st_uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL) {
        snprintf(user, 64, "%.63s", found->pw_name);
    } else {
        snprintf(user, 64, "%lu", (unsigned long)st->st_uid);
    }
}

static bool wait_for_stop(struct server *s)
{
    for (int i = 0; i < 10 && !atomic_load(&s->stopping); i++) {
        usleep(100000);
    }
    return atomic_load(&s->stopping);
}

static enum cmpgate_taken deliver(struct server *s, const struct cmpgate_delivery *d)
{
    enum cmpgate_taken taken = s->file->gate->deliver(s->file->endpoint, d);

    for (int i = 1; i < REFUSALS && taken == CMPGATE_REFUSED && !wait_for_stop(s); i++) {
        taken = s->file->gate->deliver(s->file->endpoint, d);
    }
    return taken;
}

/* What is in the buffer, under a ticket that is in the table before the answer can come. */
static enum take deliver_file(struct server *s, enum drop_place place, const char *name, const struct stat *st)
{
    char text[NAME_SIZE + 8], user[64];
    uint64_t ticket = ++s->tickets;

    describe(st, name, text, user);
    if (!table_add(&s->taken, ticket, place, name)) {
        return take_rest(s, name, "out of memory");
    }
    /* Before deliver(): room() may be called before it returns. */
    atomic_store(&s->full, true);
    enum cmpgate_taken taken = deliver(s, &(struct cmpgate_delivery){
        .size = sizeof(struct cmpgate_delivery), .ticket = ticket, .message = { s->buffer, (size_t)st->st_size },
        .peer = { .size = sizeof(struct cmpgate_peer), .text = text, .user = user }, .arrived = st->st_ctim.tv_sec });
    if (taken != CMPGATE_FULL) {
        atomic_store(&s->full, false);
    }
    if (taken == CMPGATE_TAKEN) {
        return TAKE_DONE;
    }
    table_remove(&s->taken, ticket);
    if (taken == CMPGATE_REFUSED && !atomic_load(&s->stopping)) {
        return take_refuse(s, place, name, "the gateway refuses it: it is larger than message-max");
    }
    return TAKE_FULL;
}

/* ---- one request ------------------------------------------------------------------------------------------ */

/* What was looked at in in/ may have been swapped before it was taken; in work/ nobody can. */
static enum take check_and_deliver(struct server *s, enum drop_place place, const char *name, int fd, bool fresh)
{
    struct timespec when;
    char why[WHOLE_WHY] = "";
    struct stat st;
    enum whole whole = whole_look_open(&s->rules, fd, true, now_of(), &when, why);

    if (fresh && whole == WHOLE_NOT_YET) {
        return drop_unclaim(&s->drop, name) ? TAKE_DONE : take_refuse(s, place, name, "it changed while it was taken");
    }
    if (fresh && whole != WHOLE_YES) {
        return take_refuse(s, place, name, whole == WHOLE_NOTHING ? "it is a directory" : why);
    }
    if (fstat(fd, &st) != 0 || st.st_size > s->rules.max_size || !read_all(fd, s->buffer, (size_t)st.st_size)) {
        return take_refuse(s, place, name, "it cannot be read, or changed while it was");
    }
    return deliver_file(s, place, name, &st);
}

static enum take take_claimed(struct server *s, enum drop_place place, const char *name, bool fresh)
{
    int fd = drop_request(&s->drop, place, name);

    if (fd < 0 && (errno == ELOOP || errno == EACCES || errno == EPERM || errno == ENXIO)) {
        return take_refuse(s, place, name, errno == ELOOP ? "it is a symbolic link, not a file"
                                    : errno == ENXIO ? "it is not a file" : "the gateway may not read it");
    }
    if (fd < 0) {
        return errno == ENOENT ? TAKE_DONE : take_rest(s, name, "it cannot be opened");
    }
    enum take end = check_and_deliver(s, place, name, fd, fresh);
    close(fd);
    return end;
}

/* Ours from here on.  When there is no room for it, it is the first to be delivered when there is. */
static enum take take_new(struct server *s, const char *name)
{
    enum take end = take_claimed(s, DROP_CLAIMED, name, true);

    if (end == TAKE_FULL) {
        memcpy(s->held, name, strlen(name) + 1);
    }
    return end;
}

static enum take claim(struct server *s, const char *name)
{
    char why[DROP_WHY], marker[NAME_SIZE];

    switch (drop_claim(&s->drop, name, why)) {
    case DROP_TAKEN:
        if (s->rules.rule == WHOLE_MARKER && name_marker(name, marker)) {
            unlinkat(s->drop.dir[DROP_IN], marker, 0);
        }
        return take_new(s, name);
    case DROP_BUSY:
        atomic_store(&s->name_awaited, true);
        return TAKE_DONE;
    case DROP_MISSED:
        return TAKE_DONE;
    case DROP_TROUBLE:
        break;
    }
    return take_rest(s, name, why);
}

enum take take_in(struct server *s, const char *name, bool closed)
{
    struct timespec when;
    char why[WHOLE_WHY] = "";
    enum whole whole = whole_look(&s->rules, s->drop.dir[DROP_IN], name, closed, now_of(), &when, why);

    switch (whole) {
    case WHOLE_YES:
        return claim(s, name);
    case WHOLE_NOT_YET:
        server_ripens(s, when);
        return TAKE_DONE;
    case WHOLE_NOTHING:
        return TAKE_DONE;
    case WHOLE_NEVER:
        break;
    }
    return take_refuse(s, DROP_IN, name, why);
}

enum take take_again(struct server *s, enum drop_place place, const char *name)
{
    return table_has(&s->taken, name) ? TAKE_DONE : take_claimed(s, place, name, false);
}
