#include "gateway/timer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"
#include "gateway/thread.h"

/* Milliseconds. */
enum {
    LOOK_AT_LEAST = 60 * 1000,  /* a wall clock that was set is noticed by then */
    LOOK_AGAIN = 1000,          /* something said is still due */
    LOOK_NEXT_PAGE = 200,       /* more is due than one look takes */
    WATCH = 1000,               /* whether somebody else, such as a command, has written to the store */
    LOOK_APART = 20,            /* however often we are woken */
    LOOK_AFTER_FAILURE = 5000,
    SAY_AGAIN = 30 * 1000,      /* said, and still due: the event was lost */
    LATER = 1000
};
enum { PAGE = 1024, BUCKETS = 4096 };

struct hold {
    struct hold *earlier, *later;       /* in order of `at` */
    struct hold *chain;                 /* of one hash bucket */
    struct endpoint *endpoint;
    uint64_t ticket;
    struct store_octets transactionID;
    int64_t at;                         /* monotonic milliseconds */
};

/* What the last look at the store found, and when we said it. */
struct said {
    struct due due;
    int64_t at;
};

struct timer {
    struct queue *queue;
    struct handovers *handovers;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped;
    struct hold *first, *last;
    struct hold *bucket[BUCKETS];
    struct event *later, **later_end;   /* in order, since all wait equally long */
    int64_t look_at;                    /* at the store */
    /* the thread's own */
    struct store *store;
    struct arena *arena;
    int64_t looked, watched;
    int64_t version;                    /* of the store, when last watched */
    struct said said[PAGE];             /* sorted by compare_due() */
    size_t said_count;
};

/* ---- clocks ------------------------------------------------------------------------------------- */

static int64_t milliseconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Unix seconds as monotonic milliseconds, as far as the clocks agree now. */
static int64_t monotonic_of(int64_t unix_seconds)
{
    static const int64_t far = (int64_t)365 * 86400 * 1000;
    int64_t now = milliseconds(CLOCK_REALTIME);
    int64_t wait = unix_seconds > (now + far) / 1000 ? far : unix_seconds * 1000 - now;

    return milliseconds(CLOCK_MONOTONIC) + (wait > 0 ? wait : 0);
}

/* ---- holds ---------------------------------------------------------------------------------------- */

static struct hold **bucket_of(struct timer *t, const struct endpoint *endpoint, uint64_t ticket)
{
    uint64_t h = (ticket ^ (uint64_t)(uintptr_t)endpoint) * 0x9e3779b97f4a7c15u;

    return &t->bucket[h >> 32 & (BUCKETS - 1)];
}

/* From the end, since most endpoints hold equally long. */
static void link_in_order(struct timer *t, struct hold *h)
{
    struct hold *before = t->last;

    while (before != NULL && before->at > h->at) {
        before = before->earlier;
    }
    h->earlier = before;
    h->later = before != NULL ? before->later : t->first;
    *(h->earlier != NULL ? &h->earlier->later : &t->first) = h;
    *(h->later != NULL ? &h->later->earlier : &t->last) = h;
}

static void unlink_hold(struct timer *t, struct hold *h)
{
    struct hold **at = bucket_of(t, h->endpoint, h->ticket);

    while (*at != h) {
        at = &(*at)->chain;
    }
    *at = h->chain;
    *(h->earlier != NULL ? &h->earlier->later : &t->first) = h->later;
    *(h->later != NULL ? &h->later->earlier : &t->last) = h->earlier;
}

bool timer_hold(struct timer *t, struct endpoint *endpoint, uint64_t ticket,
                const struct store_octets *transactionID, int64_t seconds)
{
    struct hold *h = malloc(sizeof *h);

    if (h == NULL) {
        return false;
    }
    *h = (struct hold){ .endpoint = endpoint, .ticket = ticket, .transactionID = *transactionID,
                        .at = milliseconds(CLOCK_MONOTONIC) + seconds * 1000 };
    pthread_mutex_lock(&t->lock);
    struct hold **bucket = bucket_of(t, endpoint, ticket);
    h->chain = *bucket;
    *bucket = h;
    link_in_order(t, h);
    if (t->first == h) {
        pthread_cond_signal(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
    return true;
}

bool timer_release(struct timer *t, const struct endpoint *endpoint, uint64_t ticket)
{
    pthread_mutex_lock(&t->lock);
    struct hold *h = *bucket_of(t, endpoint, ticket);
    while (h != NULL && (h->endpoint != endpoint || h->ticket != ticket)) {
        h = h->chain;
    }
    if (h != NULL) {
        unlink_hold(t, h);
    }
    pthread_mutex_unlock(&t->lock);
    free(h);
    return h != NULL;
}

/* Called with the lock held, which the queue never asks for. */
static void say_holds(struct timer *t, int64_t now)
{
    while (t->first != NULL && t->first->at <= now) {
        struct hold *h = t->first;
        struct event *event = event_hold(h->endpoint, h->ticket, &h->transactionID);
        if (event == NULL) {
            h->at = now + LOOK_AGAIN;
            return;
        }
        unlink_hold(t, h);
        free(h);
        queue_put_always(t->queue, event);
    }
}

/* ---- events that could not be dealt with ------------------------------------------------------------ */

void timer_later(struct timer *t, struct event *event)
{
    event->next = NULL;
    event->later = milliseconds(CLOCK_MONOTONIC) + LATER;
    pthread_mutex_lock(&t->lock);
    *t->later_end = event;
    t->later_end = &event->next;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

bool timer_put_off(struct timer *t, struct event *event)
{
    enum { MOST = 3600 * 1000 / LATER };

    if (event->put_off++ >= MOST) {
        return false;
    }
    timer_later(t, event);
    return true;
}

static struct event *take_later(struct timer *t)
{
    struct event *event = t->later;

    t->later = event->next;
    if (t->later == NULL) {
        t->later_end = &t->later;
    }
    return event;
}

static void say_later(struct timer *t, int64_t now)
{
    while (t->later != NULL && t->later->later <= now) {
        queue_put_always(t->queue, take_later(t));
    }
}

/* ---- the store ------------------------------------------------------------------------------------- */

static int compare_due(const struct due *a, const struct due *b)
{
    int lengths = (int)a->transactionID.len - (int)b->transactionID.len;
    int ids = lengths != 0 ? lengths
            : memcmp(a->transactionID.octets, b->transactionID.octets, a->transactionID.len);

    return ids != 0 ? ids : memcmp(a->order, b->order, STORE_ORDER_ID);
}

static int compare_said(const void *a, const void *b)
{
    return compare_due(&((const struct said *)a)->due, &((const struct said *)b)->due);
}

/* When this very thing was said, if not too long ago; otherwise says it. */
static int64_t say_due(struct timer *t, const struct due *due, int64_t now)
{
    struct said key = { .due = *due };
    const struct said *before = bsearch(&key, t->said, t->said_count, sizeof key, compare_said);

    if (before != NULL && before->due.at == due->at && now - before->at < SAY_AGAIN) {
        return before->at;
    }
    struct event *event = event_due(due);
    if (event == NULL) {
        return now - SAY_AGAIN;
    }
    queue_put_always(t->queue, event);
    return now;
}

/* Says what is due now, and returns when to look again. */
static int64_t look(struct timer *t, int64_t now)
{
    struct due *due = NULL;
    size_t count = 0;
    int64_t next = 0;

    arena_reset(t->arena);
    /* time(), as whoever handles the event asks it: it may be some milliseconds behind clock_gettime(), and an
     * event said too early would be ignored and not be said again for SAY_AGAIN. */
    if (!store_due(t->store, (int64_t)time(NULL), PAGE, handovers_when, t->handovers, t->arena, &due, &count, &next)) {
        log_line(CMPGATE_ERROR, NULL, "what is due cannot be read: %s", store_why(t->store));
        return now + LOOK_AFTER_FAILURE;
    }
    struct said *said = arena_alloc(t->arena, (count > 0 ? count : 1) * sizeof *said);
    if (said == NULL) {
        return now + LOOK_AFTER_FAILURE;
    }
    for (size_t i = 0; i < count; i++) {
        said[i] = (struct said){ .due = due[i], .at = say_due(t, &due[i], now) };
    }
    qsort(said, count, sizeof *said, compare_said);
    memcpy(t->said, said, count * sizeof *said);
    t->said_count = count;

    if (count > 0) {
        return now + (count == PAGE ? LOOK_NEXT_PAGE : LOOK_AGAIN);
    }
    return next != 0 ? monotonic_of(next) : now + LOOK_AT_LEAST;
}

void timer_wake(struct timer *t, int64_t at)
{
    if (at == 0) {
        return;
    }
    int64_t when = monotonic_of(at);
    pthread_mutex_lock(&t->lock);
    if (when < t->look_at) {
        t->look_at = when;
        pthread_cond_signal(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
}

/* ---- the thread -------------------------------------------------------------------------------------- */

static int64_t earlier_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* With the lock held; lets go of it while reading, so that nobody waits for the disk. */
static void look_unlocked(struct timer *t, int64_t now)
{
    t->look_at = now + LOOK_AT_LEAST;
    pthread_mutex_unlock(&t->lock);
    int64_t next = look(t, now);
    pthread_mutex_lock(&t->lock);
    t->look_at = earlier_of(t->look_at, next);
    t->looked = now;
}

/* The same for what others write: a command has no other way to tell us. */
static void watch_unlocked(struct timer *t, int64_t now)
{
    int64_t version = t->version;

    pthread_mutex_unlock(&t->lock);
    bool known = store_version(t->store, &version);
    pthread_mutex_lock(&t->lock);
    if (!known || version != t->version) {
        t->look_at = now;
    }
    t->version = version;
    t->watched = now;
}

static void sleep_until(struct timer *t, int64_t at)
{
    struct timespec until = { .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };

    pthread_cond_timedwait(&t->changed, &t->lock, &until);
}

static void *run(void *context)
{
    struct timer *t = context;

    pthread_mutex_lock(&t->lock);
    while (!t->stopped) {
        int64_t now = milliseconds(CLOCK_MONOTONIC);
        int64_t look_at = t->look_at > t->looked + LOOK_APART ? t->look_at : t->looked + LOOK_APART;
        say_holds(t, now);
        say_later(t, now);
        if (look_at <= now) {
            look_unlocked(t, now);
        } else if (t->watched + WATCH <= now) {
            watch_unlocked(t, now);
        } else {
            int64_t until = earlier_of(look_at, t->watched + WATCH);
            until = t->first != NULL ? earlier_of(until, t->first->at) : until;
            sleep_until(t, t->later != NULL ? earlier_of(until, t->later->later) : until);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void timer_free(struct timer *t)
{
    while (t->first != NULL) {
        struct hold *h = t->first;
        unlink_hold(t, h);
        free(h);
    }
    while (t->later != NULL) {
        event_free(take_later(t));
    }
    store_close(t->store);
    arena_free(t->arena);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void init_sync(struct timer *t)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct timer *timer_start(const char *store_path, struct queue *queue, struct handovers *handovers, char *why,
                          size_t why_size)
{
    struct timer *t = calloc(1, sizeof *t);

    if (t == NULL) {
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    init_sync(t);
    t->queue = queue;
    t->handovers = handovers;
    t->later_end = &t->later;
    t->looked = milliseconds(CLOCK_MONOTONIC) - LOOK_APART;
    snprintf(why, why_size, "out of memory or threads");
    t->arena = arena_new();
    t->store = t->arena != NULL ? store_open(store_path, why, why_size) : NULL;
    if (t->store == NULL || !thread_start(&t->thread, "timer", run, t)) {
        timer_free(t);
        return NULL;
    }
    return t;
}

void timer_stop(struct timer *t)
{
    if (t == NULL) {
        return;
    }
    pthread_mutex_lock(&t->lock);
    t->stopped = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    timer_free(t);
}
