#include "expect.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "server.h"

struct expect *expect_new(void)
{
    struct expect *x = calloc(1, sizeof *x);

    if (x != NULL) {
        x->mend_due = true;
    }
    return x;
}

void expect_free(struct expect *x)
{
    free(x);
}

/* ---- after a start ------------------------------------------------------------------------------------------ */

/* What has come so far; nothing, when there is no such file. */
static bool load(struct server *s)
{
    char name[NAME_SIZE], text[RECEIVED_TEXT];

    snprintf(name, sizeof name, "%s.received", s->file->options->expect);
    int fd = openat(s->drop.dir[DROP_CLAIMED], name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        received_init(&s->expect->received);
        return true;
    }
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    if (n > 0 && received_parse(&s->expect->received, text)) {
        return true;
    }
    take_rest(s, name, "what has come so far cannot be read");
    return false;
}

static bool is_record(const char *name)
{
    size_t len = strlen(name);

    return len > 4 && len < NAME_SIZE && name[0] != '.' && strcmp(name + len - 4, ".seq") == 0;
}

static bool begin(struct server *s)
{
    if (sweep_begin(&s->in, s->drop.dir[DROP_IN])) {
        return true;
    }
    take_rest(s, "in", strerror(errno));
    return false;
}

/* What was claimed when somebody was killed, before it was written down. */
static bool mend(struct server *s)
{
    const char *name;
    uint64_t number;

    if (!begin(s)) {
        return false;
    }
    while ((name = sweep_next(&s->in, is_record)) != NULL) {
        if (record_number(s->file->options->expect, name, &number) && !arrive_mend(s, number)) {
            sweep_end(&s->in);
            return false;
        }
    }
    return true;
}

bool expect_ready(struct server *s)
{
    struct expect *x = s->expect;

    if (!x->loaded) {
        x->mend_due = true;
        x->loaded = load(s);
    }
    if (x->loaded && x->mend_due) {
        x->mend_due = !mend(s);
    }
    return x->loaded && !x->mend_due;
}

/* ---- in order -------------------------------------------------------------------------------------------------- */

/* As far as it goes.  False: stopped. */
static bool take_in_order(struct server *s)
{
    struct arrival a;
    enum arrive end = ARRIVE_DONE;

    while (end == ARRIVE_DONE && server_may_take(s)) {
        end = arrive(s, s->expect->received.next, &a);
    }
    return end != ARRIVE_DONE && end != ARRIVE_STOP;
}

/* ---- all of in/ --------------------------------------------------------------------------------------------------- */

/* FNV-1a, 64 bits: who finds two names of one hash keeps a file of his own unreported. */
static uint64_t hash_of(const char *name)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (; *name != '\0'; name++) {
        h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
    }
    return h;
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

static void note(struct expect *x, const struct arrival *a, bool ahead)
{
    if (x->names < EXPECT_NAMES) {
        x->name[x->names] = hash_of(a->record.file);
    }
    x->names++;
    if (!ahead) {
        return;
    }
    if (x->lowest == 0 || a->record.number < x->lowest) {
        x->lowest = a->record.number;
    }
    if (x->since.tv_sec == 0 || whole_before(a->since, x->since)) {
        x->since = a->since;
    }
}

static bool survey_records(struct server *s)
{
    struct expect *x = s->expect;
    struct arrival a;
    const char *name;
    uint64_t number;

    x->lowest = 0;
    x->names = 0;
    x->since = (struct timespec){ 0 };
    if (!begin(s)) {
        return false;
    }
    while (server_may_take(s) && (name = sweep_next(&s->in, is_record)) != NULL) {
        enum arrive end = record_number(s->file->options->expect, name, &number) ? arrive(s, number, &a) : ARRIVE_NONE;
        if (end == ARRIVE_WAITS || end == ARRIVE_AHEAD) {
            note(x, &a, end == ARRIVE_AHEAD);
        }
    }
    bool over = sweep_is_over(&s->in) && server_may_take(s);
    sweep_end(&s->in);
    return over;
}

/* A request that no record names, and that has waited for one as long as a number may be missing. */
static void look_unrecorded(struct server *s, const char *name, struct timespec now)
{
    struct expect *x = s->expect;
    uint64_t hash = hash_of(name);
    struct stat st;

    if (bsearch(&hash, x->name, x->names, sizeof hash, by_value) != NULL ||
        fstatat(s->drop.dir[DROP_IN], name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode)) {
        return;
    }
    struct timespec until = whole_after(st.st_ctim, s->file->options->sequence_wait);
    if (whole_before(now, until)) {
        server_ripens(s, until);
        return;
    }
    char clean[NAME_SIZE];
    name_answer(name, 1, ".pki", clean);
    if (arrive_report(s, "unrecorded", "%s", clean)) {
        take_refuse(s, DROP_IN, name, "it has come without a record");
    }
}

static void survey_requests(struct server *s)
{
    struct expect *x = s->expect;
    struct timespec now;
    const char *name;

    /* With more records than are known, nobody can tell. */
    if (x->names > EXPECT_NAMES || !begin(s)) {
        return;
    }
    qsort(x->name, x->names, sizeof x->name[0], by_value);
    clock_gettime(CLOCK_REALTIME, &now);
    while (server_may_take(s) && (name = sweep_next(&s->in, name_is_request)) != NULL) {
        look_unrecorded(s, name, now);
    }
    sweep_end(&s->in);
}

/* The next has not come, later ones have, and that long ago. */
static void look_lost(struct server *s)
{
    struct expect *x = s->expect;
    struct received *r = &x->received;
    struct timespec now, until = whole_after(x->since, s->file->options->sequence_wait);
    char name[NAME_SIZE];

    record_name(s->file->options->expect, r->next, name);
    if (x->lowest <= r->next || faccessat(s->drop.dir[DROP_IN], name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    if (whole_before(now, until)) {
        server_ripens(s, until);
        return;
    }
    unsigned long long first = r->next, last = x->lowest - 1;
    bool told = first == last ? arrive_report(s, "lost", "%llu", first) : arrive_report(s, "lost", "%llu-%llu", first, last);
    if (told) {
        received_give_up(r, last, "");
        arrive_save(s);
        s->in_due = true;
        x->survey_at = (struct timespec){ 0 };
    }
}

void expect_walk(struct server *s)
{
    struct expect *x = s->expect;
    struct timespec now;

    if (!s->in_due) {
        return;
    }
    s->in_due = false;
    s->ripe_at = (struct timespec){ 0 };
    if (!take_in_order(s)) {
        s->in_due = true;
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    if (whole_before(now, x->survey_at)) {
        server_ripens(s, x->survey_at);
        return;
    }
    server_looks(s);
    x->survey_at = whole_after(now, 1);
    if (!survey_records(s)) {
        s->in_due = true;
        return;
    }
    survey_requests(s);
    look_lost(s);
}
