#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "digest.h"
#include "server.h"

enum { LINE = 1024 /* octets of a line of the report */ };

static bool is_past(struct timespec t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return !whole_before(now, t);
}

/* ---- what is written down ---------------------------------------------------------------------------------- */

static bool append(const struct server *s, const char *line, size_t len)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof name, "%s.report", s->file->options->expect);
    int fd = openat(s->drop.dir[DROP_FAILED], name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    bool ok = write(fd, line, len) == (ssize_t)len && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

bool arrive_report(struct server *s, const char *word, const char *format, ...)
{
    char text[LINE - 64], line[LINE], when[32];
    time_t now = time(NULL);
    struct tm tm;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    int len = snprintf(line, sizeof line, "%s %s %s\n", when, word, text);
    if (!append(s, line, (size_t)len)) {
        take_rest(s, s->file->options->expect, "the report in failed cannot be written");
        return false;
    }
    file_log(s->file, CMPGATE_WARN, 0, "sequence %s: %s %s", s->file->options->expect, word, text);
    return true;
}

bool arrive_save(struct server *s)
{
    char name[NAME_SIZE], text[RECEIVED_TEXT];
    struct cmpgate_bytes bytes = { (const uint8_t *)text, received_print(&s->expect->received, text) };
    int dir = s->drop.dir[DROP_CLAIMED];

    snprintf(name, sizeof name, "%s.received", s->file->options->expect);
    if (aside_write(dir, name, bytes, (struct aside_rights){ 0600, (gid_t)-1 }) && fsync(dir) == 0) {
        return true;
    }
    s->expect->loaded = false;
    take_rest(s, name, "what has come cannot be written down");
    return false;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static bool parse(const struct server *s, struct arrival *a, uint64_t number, const char *text, size_t len)
{
    if (record_parse(&a->record, text, len) && a->record.number == number &&
        strcmp(a->record.from, s->file->options->expect) == 0 && digest_text(text, len, a->hash)) {
        return true;
    }
    a->record = (struct record){ .number = number };
    return false;
}

/* False: there is none. */
static bool read_record(const struct server *s, uint64_t number, struct arrival *a)
{
    char text[RECORD_MAX];
    struct stat st;

    *a = (struct arrival){ .record = { .number = number } };
    record_name(s->file->options->expect, number, a->name);
    if (fstatat(s->drop.dir[DROP_IN], a->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    a->since = st.st_ctim;
    int fd = openat(s->drop.dir[DROP_IN], a->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        ssize_t n = read(fd, text, sizeof text);
        parse(s, a, number, text, n > 0 ? (size_t)n : 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    return true;
}

enum fit { FIT, FIT_SHORT, FIT_NOT, FIT_NONE };

static enum fit look_fit(const struct server *s, enum drop_place place, const struct record *r)
{
    char hash[RECORD_HEX];
    uint64_t size;
    struct stat st;
    int fd = drop_request(&s->drop, place, r->file);
    enum fit fit = FIT_NONE;

    if (fd < 0) {
        return FIT_NONE;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        fit = (uint64_t)st.st_size < r->size ? FIT_SHORT : FIT_NOT;
        /* Nothing is read that could not fit. */
        if ((uint64_t)st.st_size == r->size && digest_file(fd, &size, hash) && size == r->size &&
            strcmp(hash, r->sha256) == 0) {
            fit = FIT;
        }
    }
    close(fd);
    return fit;
}

/* ---- putting away -------------------------------------------------------------------------------------------------- */

static enum arrive forget(struct server *s, const struct arrival *a)
{
    if (unlinkat(s->drop.dir[DROP_IN], a->name, 0) == 0 || errno == ENOENT) {
        return ARRIVE_DONE;
    }
    take_rest(s, a->name, "the record cannot be removed");
    return ARRIVE_STOP;
}

/* The record, to failed. */
static enum arrive put_away(struct server *s, const struct arrival *a)
{
    char stem[NAME_SIZE], as[NAME_SIZE];

    snprintf(stem, sizeof stem, "%.*s", (int)(strlen(a->name) - strlen(".seq")), a->name);
    for (unsigned attempt = 1; attempt <= 2 * NAME_NUMBERS; attempt++) {
        name_answer(stem, name_number(attempt), ".seq", as);
        if (aside_move(s->drop.dir[DROP_IN], a->name, s->drop.dir[DROP_FAILED], as) || errno == ENOENT) {
            return ARRIVE_DONE;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    take_rest(s, a->name, "the record cannot be moved to failed");
    return ARRIVE_STOP;
}

/* It is of no use: reported, and in failed what is there of it.  `come`: a copy of it shall not be taken late. */
static enum arrive reject(struct server *s, enum drop_place place, const struct arrival *a, const char *word,
                          const char *why, bool with_file, bool come)
{
    struct received *r = &s->expect->received;

    if (!arrive_report(s, word, "%llu %s: %s", (unsigned long long)a->record.number, a->record.file, why) ||
        (with_file && take_refuse(s, place, a->record.file, why) != TAKE_DONE)) {
        return ARRIVE_STOP;
    }
    if (a->record.number == r->next) {
        if (come) {
            received_take(r, a->record.number, a->hash);
        } else {
            received_give_up(r, a->record.number, a->hash);
        }
        if (!arrive_save(s)) {
            return ARRIVE_STOP;
        }
    }
    return put_away(s, a);
}

static enum arrive unfit(struct server *s, const struct arrival *a, const char *word, const char *why)
{
    return reject(s, DROP_IN, a, word, why, look_fit(s, DROP_IN, &a->record) == FIT, true);
}

/* Half a record is one that is still being written. */
static enum arrive unreadable(struct server *s, const struct arrival *a)
{
    struct timespec until = whole_after(a->since, s->file->options->quiet);

    if (!is_past(until)) {
        server_ripens(s, until);
        return ARRIVE_WAITS;
    }
    return arrive_report(s, "unreadable", "%llu: its record is none", (unsigned long long)a->record.number) ? put_away(s, a)
                                                                                                        : ARRIVE_STOP;
}

/* ---- coming ---------------------------------------------------------------------------------------------------------- */

/* Its file is ours. */
static enum arrive settle(struct server *s, const struct arrival *a)
{
    struct received *r = &s->expect->received;

    if (a->record.number < r->next &&
        !arrive_report(s, "late", "%llu %s", (unsigned long long)a->record.number, a->record.file)) {
        s->expect->mend_due = true;
        return ARRIVE_STOP;
    }
    received_take(r, a->record.number, a->hash);
    if (!arrive_save(s)) {
        return ARRIVE_STOP;
    }
    return forget(s, a);
}

static enum arrive deliver(struct server *s, const struct arrival *a)
{
    enum arrive end = settle(s, a);

    if (end == ARRIVE_DONE && take_again(s, DROP_CLAIMED, a->record.file) == TAKE_FULL) {
        memcpy(s->held, a->record.file, sizeof s->held);
        return ARRIVE_STOP;
    }
    return end;
}

static enum arrive claim(struct server *s, const struct arrival *a)
{
    struct timespec now, when;
    char why[DROP_WHY];

    switch (drop_claim(&s->drop, a->record.file, why)) {
    case DROP_TAKEN:
        break;
    case DROP_BUSY:
        atomic_store(&s->name_awaited, true);
        return ARRIVE_WAITS;
    case DROP_MISSED:
        return ARRIVE_WAITS;
    case DROP_TROUBLE:
        take_rest(s, a->record.file, why);
        return ARRIVE_STOP;
    }
    /* It may have been swapped before it was ours. */
    clock_gettime(CLOCK_REALTIME, &now);
    if (whole_look(&s->rules, s->drop.dir[DROP_CLAIMED], a->record.file, true, now, &when, why) != WHOLE_YES ||
        look_fit(s, DROP_CLAIMED, &a->record) != FIT) {
        return reject(s, DROP_CLAIMED, a, "changed", "the file changed while it was taken", true, false);
    }
    return deliver(s, a);
}

static enum arrive wait_until(struct server *s, struct timespec until)
{
    server_ripens(s, until);
    return ARRIVE_WAITS;
}

/* The file is there, and may be taken if it is the right one. */
static enum arrive look_and_claim(struct server *s, const struct arrival *a)
{
    const struct file_options *o = s->file->options;
    enum fit fit = look_fit(s, DROP_IN, &a->record);
    struct stat st;

    if (fit == FIT) {
        return claim(s, a);
    }
    if (fit == FIT_NONE || fstatat(s->drop.dir[DROP_IN], a->record.file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return wait_until(s, whole_after(a->since, o->sequence_wait));
    }
    struct timespec until = whole_after(st.st_ctim, fit == FIT_SHORT ? o->sequence_wait : o->quiet);
    if (!is_past(until)) {
        return wait_until(s, until);
    }
    return reject(s, DROP_IN, a, "changed", fit == FIT_SHORT ? "the file is shorter than its record says"
                                                             : "the file is not what its record says", true, false);
}

static enum arrive come(struct server *s, const struct arrival *a)
{
    struct timespec now, when, until = whole_after(a->since, s->file->options->sequence_wait);
    char why[WHOLE_WHY];

    clock_gettime(CLOCK_REALTIME, &now);
    switch (whole_look(&s->rules, s->drop.dir[DROP_IN], a->record.file, true, now, &when, why)) {
    case WHOLE_YES:
        return look_and_claim(s, a);
    case WHOLE_NOT_YET:
        return wait_until(s, when);
    case WHOLE_NEVER:
        return reject(s, DROP_IN, a, "refused", why, true, false);
    case WHOLE_NOTHING:
        break;
    }
    return is_past(until) ? reject(s, DROP_IN, a, "lost", "its record came, the file did not", false, false)
                          : wait_until(s, until);
}

/* One copy more.  Its file goes as well, when it has come: another's of that name stays. */
static enum arrive again(struct server *s, const struct arrival *a)
{
    struct timespec until = whole_after(a->since, s->file->options->sequence_wait);
    enum fit fit = look_fit(s, DROP_IN, &a->record);

    if ((fit == FIT_NONE || fit == FIT_SHORT) && !is_past(until)) {
        return wait_until(s, until);
    }
    if (!arrive_report(s, "again", "%llu %s", (unsigned long long)a->record.number, a->record.file)) {
        return ARRIVE_STOP;
    }
    if (fit == FIT) {
        unlinkat(s->drop.dir[DROP_IN], a->record.file, 0);
    }
    return forget(s, a);
}

enum arrive arrive(struct server *s, uint64_t number, struct arrival *a)
{
    if (!read_record(s, number, a)) {
        return ARRIVE_NONE;
    }
    if (a->record.file[0] == '\0') {
        return unreadable(s, a);
    }
    switch (received_look(&s->expect->received, &a->record, a->hash)) {
    case RECEIVED_NEXT:
    case RECEIVED_LATE:
        return come(s, a);
    case RECEIVED_AHEAD:
        return ARRIVE_AHEAD;
    case RECEIVED_AGAIN:
        return again(s, a);
    case RECEIVED_BROKEN:
        return unfit(s, a, "broken", "it does not follow the record that came before it");
    case RECEIVED_OTHER:
        return unfit(s, a, "other", "this number has come, and was another");
    case RECEIVED_OLD:
        return unfit(s, a, "old", "this number has come long ago");
    case RECEIVED_TOO_FAR:
        break;
    }
    return unfit(s, a, "far", "more numbers would be missing than can be");
}

bool arrive_mend(struct server *s, uint64_t number)
{
    struct arrival a;

    if (!read_record(s, number, &a) || a.record.file[0] == '\0' || look_fit(s, DROP_IN, &a.record) != FIT_NONE) {
        return true;
    }
    switch (received_look(&s->expect->received, &a.record, a.hash)) {
    case RECEIVED_NEXT:
    case RECEIVED_LATE:
        return look_fit(s, DROP_CLAIMED, &a.record) != FIT || settle(s, &a) == ARRIVE_DONE;
    case RECEIVED_AGAIN:
        return forget(s, &a) == ARRIVE_DONE;
    default:
        return true;
    }
}
