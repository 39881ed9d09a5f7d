#include "server.h"
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { LOCK_TICK = 200 /* milliseconds between two tries for the lock */ };

/* ---- opening and closing -------------------------------------------------------------------------------- */

static bool read_owners(struct server *s)
{
    const char *const *names = s->file->options->owners;
    size_t count = 0;

    while (names != NULL && names[count] != NULL) {
        count++;
    }
    s->owners = calloc(count + 1, sizeof *s->owners);
    for (size_t i = 0; s->owners != NULL && i < count; i++) {
        const struct passwd *entry = getpwnam(names[i]);
        char *end;
        unsigned long number = strtoul(names[i], &end, 10);
        if (entry == NULL && (*end != '\0' || names[i][0] == '\0')) {
            file_log(s->file, CMPGATE_ERROR, 0, "owners: there is no user \"%s\"", names[i]);
            return false;
        }
        s->owners[i] = entry != NULL ? entry->pw_uid : (uid_t)number;
    }
    s->rules.owners = s->owners;
    s->rules.owner_count = count;
    return s->owners != NULL;
}

static bool read_rule(struct server *s)
{
    static const struct { const char *name; enum whole_rule rule; } rules[] = {
        { "quiet", WHOLE_QUIET }, { "renamed", WHOLE_RENAMED }, { "marker", WHOLE_MARKER } };

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].name, s->file->options->whole) == 0) {
            /* A record tells better than any promise. */
            s->rules.rule = s->file->options->expect != NULL ? WHOLE_RENAMED : rules[i].rule;
            return true;
        }
    }
    file_log(s->file, CMPGATE_ERROR, 0, "whole is \"%s\": want quiet, renamed or marker", s->file->options->whole);
    return false;
}

static bool read_mode(struct server *s, mode_t *mode)
{
    const char *text = s->file->options->mode;
    char *end;
    unsigned long number = strtoul(text, &end, 8);

    if (*end != '\0' || text[0] == '\0' || number > 0777) {
        file_log(s->file, CMPGATE_ERROR, 0, "mode is \"%s\": want permissions such as 0644", text);
        return false;
    }
    *mode = (mode_t)number;
    return true;
}

static bool is_component(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL && strlen(name) < 64;
}

static bool open_drop(struct server *s)
{
    const struct file_options *o = s->file->options;
    char why[DROP_WHY];
    mode_t mode;

    if (!is_component(o->instance)) {
        file_log(s->file, CMPGATE_ERROR, 0, "instance \"%s\" must be the name of a directory", o->instance);
        return false;
    }
    if (!read_rule(s) || !read_owners(s) || !read_mode(s, &mode)) {
        return false;
    }
    if (o->expect != NULL && (s->expect = expect_new()) == NULL) {
        return false;
    }
    s->drop.sequence.name = o->sequence;
    if (!drop_open(&s->drop, o->directory, o->instance, mode, why)) {
        file_log(s->file, CMPGATE_ERROR, 0, "%s: %s", o->directory, why);
        return false;
    }
    return true;
}

/* Not there, or not for this file system: the rescan sees to it. */
static void open_watch(struct server *s)
{
    char path[64];

    s->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->drop.dir[DROP_IN]);
    /* IN_CREATE: a link() gives nothing else. */
    if (s->watch < 0 || inotify_add_watch(s->watch, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) < 0) {
        file_log(s->file, CMPGATE_WARN, 0, "no inotify (%s): files are found by the rescan every %d s", strerror(errno),
                 (int)s->file->options->rescan);
    }
}

struct server *server_open(struct file *file)
{
    const struct file_options *o = file->options;
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    s->file = file;
    s->rules = (struct whole_rules){ .quiet = o->quiet, .patience = o->patience, .max_size = o->max_size };
    for (int i = 0; i < DROP_PLACES; i++) {
        s->drop.dir[i] = -1;
    }
    s->drop.lock = s->watch = -1;
    table_init(&s->taken);
    s->buffer = malloc((size_t)o->max_size + 1);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->buffer == NULL || s->wake < 0 || !open_drop(s)) {
        server_close(s);
        return NULL;
    }
    open_watch(s);
    return s;
}

void server_close(struct server *s)
{
    if (s == NULL) {
        return;
    }
    sweep_end(&s->in);
    sweep_end(&s->work);
    drop_close(&s->drop);
    if (s->wake >= 0) {
        close(s->wake);
    }
    if (s->watch >= 0) {
        close(s->watch);
    }
    table_free(&s->taken);
    expect_free(s->expect);
    free(s->owners);
    free(s->buffer);
    free(s);
}

/* ---- from other threads ------------------------------------------------------------------------------------ */

void server_wake(struct server *s)
{
    static const uint64_t one = 1;
    ssize_t n;

    /* EAGAIN: the counter is full, so it is awake already. */
    do {
        n = write(s->wake, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
}

void server_room(struct server *s)
{
    atomic_store(&s->full, false);
    server_wake(s);
}

void server_stop(struct server *s)
{
    atomic_store(&s->stopping, true);
    server_wake(s);
}

void server_rest(struct server *s, int64_t seconds)
{
    int_fast64_t until = time(NULL) + seconds, now = atomic_load(&s->rest_until);

    while (now < until && !atomic_compare_exchange_weak(&s->rest_until, &now, until)) {
    }
    atomic_store(&s->rested, true);
    server_wake(s);
}

/* ---- walks --------------------------------------------------------------------------------------------------- */

bool server_may_take(struct server *s)
{
    return !atomic_load(&s->stopping) && !atomic_load(&s->full) && atomic_load(&s->rest_until) <= time(NULL);
}

void server_ripens(struct server *s, struct timespec when)
{
    if (when.tv_sec != 0 && (s->ripe_at.tv_sec == 0 || whole_before(when, s->ripe_at))) {
        s->ripe_at = when;
    }
}

static bool begin(struct server *s, struct sweep *sweep, int dir)
{
    if (sweep_begin(sweep, dir)) {
        return true;
    }
    file_log(s->file, CMPGATE_ERROR, 0, "a directory cannot be read: %s", strerror(errno));
    server_rest(s, s->file->options->retry_after);
    return false;
}

/* What is in work/ and not in the table: after a start, a lack of room, a full disk.  Those whose answer is on its way
 * come first. */
static bool walk_work(struct server *s)
{
    if (atomic_exchange(&s->rested, false) || s->work_due) {
        s->work_due = false;
        s->work_place = DROP_HANDING;
        if (!begin(s, &s->work, s->drop.dir[DROP_HANDING])) {
            s->work_due = true;
            return false;
        }
    }
    while (server_may_take(s)) {
        const char *name = sweep_next(&s->work, name_is_request);
        if (name == NULL && s->work_place == DROP_HANDING) {
            s->work_place = DROP_CLAIMED;
            if (!begin(s, &s->work, s->drop.dir[DROP_CLAIMED])) {
                s->work_due = true;
                return false;
            }
        } else if (name == NULL) {
            return true;
        } else if (take_again(s, s->work_place, name) == TAKE_FULL) {
            sweep_back(&s->work);
            return false;
        }
    }
    return false;
}

void server_looks(struct server *s)
{
    s->in_due = false;
    s->ripe_at = (struct timespec){ 0 };
    clock_gettime(CLOCK_REALTIME, &s->rescan_at);
    s->rescan_at = whole_after(s->rescan_at, s->file->options->rescan);
}

/* In steps of a batch, so that stop() and full disks are noticed between two. */
static void walk_in(struct server *s)
{
    if (s->in_due && sweep_is_over(&s->in)) {
        server_looks(s);
        s->in_due = !begin(s, &s->in, s->drop.dir[DROP_IN]);
    }
    const char *name;
    while (server_may_take(s) && (name = sweep_next(&s->in, name_is_request)) != NULL) {
        if (take_in(s, name, false) == TAKE_FULL) {
            return;
        }
    }
}

static bool take_held(struct server *s)
{
    if (s->held[0] != '\0' && (!server_may_take(s) || take_again(s, DROP_CLAIMED, s->held) == TAKE_FULL)) {
        return false;
    }
    s->held[0] = '\0';
    return true;
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

/* A file is taken at once when nothing else waits; otherwise all of in/ is walked over, and it has its turn. */
static void take_noticed(struct server *s, const struct inotify_event *event)
{
    char name[NAME_SIZE];
    bool closed = (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;

    if ((event->mask & IN_Q_OVERFLOW) || s->expect != NULL) {
        s->in_due = true;
        return;
    }
    if (event->len == 0 || strlen(event->name) >= sizeof name) {
        return;
    }
    if (!name_of_marker(event->name, name)) {
        memcpy(name, event->name, strlen(event->name) + 1);
    }
    if (!name_is_request(name)) {
        return;
    }
    if (!s->in_due && s->held[0] == '\0' && sweep_is_over(&s->in) && server_may_take(s)) {
        take_in(s, name, closed);
    } else {
        s->in_due = true;
    }
}

static void read_watch(struct server *s)
{
    _Alignas(struct inotify_event) char buffer[8192];
    ssize_t n;

    while (!atomic_load(&s->stopping) && (n = read(s->watch, buffer, sizeof buffer)) > 0) {
        const struct inotify_event *event;
        for (char *at = buffer; at < buffer + n; at += sizeof *event + event->len) {
            event = (const struct inotify_event *)(const void *)at;
            take_noticed(s, event);
        }
    }
}

static int64_t milliseconds_until(struct timespec t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return whole_before(now, t) ? (t.tv_sec - now.tv_sec) * 1000 + (t.tv_nsec - now.tv_nsec) / 1000000 + 1 : 0;
}

/* How long there is nothing to do unless somebody says so. */
static int waiting_time(struct server *s)
{
    int64_t rest = atomic_load(&s->rest_until) - time(NULL);
    int64_t wait = milliseconds_until(s->rescan_at);

    if (rest > 0) {
        return (int)(rest * 1000);
    }
    if (atomic_load(&s->full)) {
        return (int)(s->file->options->rescan * 1000);
    }
    if (s->work_due || s->in_due || s->held[0] != '\0' || !sweep_is_over(&s->work) || !sweep_is_over(&s->in)) {
        return 0;
    }
    if (s->ripe_at.tv_sec != 0 && milliseconds_until(s->ripe_at) < wait) {
        wait = milliseconds_until(s->ripe_at);
    }
    return (int)wait;
}

static void wait_for_something(struct server *s)
{
    struct pollfd p[] = { { .fd = s->wake, .events = POLLIN }, { .fd = server_may_take(s) ? s->watch : -1, .events = POLLIN } };
    uint64_t count;

    poll(p, 2, waiting_time(s));
    if (p[0].revents & POLLIN && read(s->wake, &count, sizeof count) < 0) {
        return;
    }
    if (p[1].revents & POLLIN) {
        read_watch(s);
    }
    if (milliseconds_until(s->rescan_at) == 0 || (s->ripe_at.tv_sec != 0 && milliseconds_until(s->ripe_at) == 0) ||
        atomic_exchange(&s->look_again, false)) {
        s->in_due = true;
    }
}

/* Another process of the same instance, or an endpoint that a reload has replaced, goes first. */
static bool wait_for_lock(struct server *s)
{
    bool told = false;

    while (!atomic_load(&s->stopping)) {
        if (drop_lock(&s->drop)) {
            return true;
        }
        if (!told) {
            file_log(s->file, CMPGATE_WARN, 0, "another gateway works in work/%s: waiting until it has gone",
                     s->file->options->instance);
            told = true;
        }
        struct pollfd p = { .fd = s->wake, .events = POLLIN };
        poll(&p, 1, LOCK_TICK);
    }
    return false;
}

void server_serve(struct server *s)
{
    if (!wait_for_lock(s)) {
        return;
    }
    drop_tidy(&s->drop);
    s->work_due = s->in_due = true;
    while (!atomic_load(&s->stopping)) {
        if (server_may_take(s) && (s->expect == NULL || expect_ready(s)) && walk_work(s) && take_held(s)) {
            (s->expect != NULL ? expect_walk : walk_in)(s);
        }
        wait_for_something(s);
    }
}
