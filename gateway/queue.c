#include "gateway/event.h"

#include <pthread.h>
#include <stdlib.h>

enum { TURNS = 4096, LANES = 1024 };

/* What was put by one peer, first in, first out; two peers may happen to share one. */
struct lane {
    struct event *first, **last;
    struct lane *next;                  /* among those with something in them */
    uint64_t spent;                     /* nanoseconds that its messages took, compared with those of others alone */
    uint64_t latest;                    /* of them */
};

/* Some transactions: whether one of their messages is in work, and those that were to be given out meanwhile. */
struct turn {
    bool busy;
    struct event *first, **last;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct event *first;                /* whose turn has come: before all others */
    struct lane lanes[LANES], ours;
    struct lane *lane, **last;          /* that peers have something in */
    uint64_t clock;                     /* what the lane had spent that was taken from last: where others join in */
    bool took_ours;                     /* the last that was taken */
    size_t count, most;                 /* of those that wait for their turn as well */
    struct turn turns[TURNS];
    bool closed;
    bool starved;                       /* somebody was refused and has not been told of room since */
    pthread_mutex_t watch_lock;         /* never taken under `lock` */
    struct queue_watch *watches;
};

struct queue *queue_new(size_t most)
{
    struct queue *q = calloc(1, sizeof *q);

    if (q == NULL) {
        return NULL;
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
    pthread_mutex_init(&q->watch_lock, NULL);
    q->most = most;
    q->last = &q->lane;
    return q;
}

/* ---- lanes ------------------------------------------------------------------------------------------------ */

static void line_up(struct queue *q, struct lane *l)
{
    l->next = NULL;
    *q->last = l;
    q->last = &l->next;
}

/* Time in which a peer wanted nothing is no credit. */
static void join_in(struct queue *q, struct lane *l)
{
    l->spent = l->spent > q->clock ? l->spent : q->clock;
    line_up(q, l);
}

static void append(struct queue *q, struct event *e)
{
    struct lane *l = e->kind == EVENT_MESSAGE ? &q->lanes[e->peer_number % LANES] : &q->ours;

    if (l->first == NULL) {
        l->last = &l->first;
        if (l != &q->ours) {
            join_in(q, l);
        }
    }
    e->next = NULL;
    *l->last = e;
    l->last = &e->next;
    q->count++;
    pthread_cond_signal(&q->filled);
}

static struct event *take_from(struct lane *l)
{
    struct event *e = l->first;

    l->first = e->next;
    return e;
}

/* Of those that have spent least, the one that has waited longest. */
static struct lane *leave_line(struct queue *q)
{
    struct lane **least = &q->lane;

    for (struct lane **at = least; *at != NULL; at = &(*at)->next) {
        least = (*at)->spent < (*least)->spent ? at : least;
    }
    struct lane *l = *least;
    *least = l->next;
    q->last = l->next != NULL ? q->last : least;
    return l;
}

/* It is taken to cost what the latest of its peer did until it is known, so that it is not followed by more of them. */
static struct event *take_message(struct queue *q)
{
    struct lane *l = leave_line(q);
    struct event *e = take_from(l);

    q->clock = l->spent > q->clock ? l->spent : q->clock;
    e->foreseen = l->latest;
    l->spent += e->foreseen;
    if (l->first != NULL) {
        line_up(q, l);
    }
    return e;
}

/* Our own events, which end what is under way, are every other one. */
static struct event *take_any(struct queue *q)
{
    struct event *e = q->first;

    if (e != NULL) {
        q->first = e->next;
        return e;
    }
    q->took_ours = q->ours.first != NULL && (!q->took_ours || q->lane == NULL);
    if (q->took_ours) {
        return take_from(&q->ours);
    }
    return q->lane != NULL ? take_message(q) : NULL;
}

/* ---- in --------------------------------------------------------------------------------------------------- */

bool queue_put(struct queue *q, struct event *e)
{
    pthread_mutex_lock(&q->lock);
    bool room = !q->closed && q->count < q->most;
    if (room) {
        append(q, e);
    } else {
        q->starved = true;
    }
    pthread_mutex_unlock(&q->lock);
    return room;
}

void queue_put_always(struct queue *q, struct event *e)
{
    pthread_mutex_lock(&q->lock);
    append(q, e);
    pthread_mutex_unlock(&q->lock);
}

static void tell_watches(struct queue *q)
{
    pthread_mutex_lock(&q->watch_lock);
    for (struct queue_watch *w = q->watches; w != NULL; w = w->next) {
        w->room(w->context);
    }
    pthread_mutex_unlock(&q->watch_lock);
}

/* ---- turns ------------------------------------------------------------------------------------------------ */

static void wait_for_turn(struct turn *t, struct event *e)
{
    e->next = NULL;
    if (t->first == NULL) {
        t->last = &t->first;
    }
    *t->last = e;
    t->last = &e->next;
}

/* The first whose turn it is; NULL: none.  One that comes back, because it has lost a race, has its turn still. */
static struct event *take_first(struct queue *q)
{
    struct event *e;

    while ((e = take_any(q)) != NULL) {
        struct turn *t = &q->turns[e->turn % TURNS];
        if (e->turn == 0 || e->in_work == q || !t->busy) {
            t->busy = t->busy || e->turn != 0;
            e->in_work = e->turn != 0 ? q : NULL;
            e->next = NULL;
            return e;
        }
        wait_for_turn(t, e);
    }
    return NULL;
}

/* Before all others: it came before them. */
void queue_next_turn(struct queue *q, uint32_t turn)
{
    struct turn *t = &q->turns[turn % TURNS];

    pthread_mutex_lock(&q->lock);
    struct event *e = t->first;
    t->busy = false;
    if (e != NULL) {
        t->first = e->next;
        e->next = q->first;
        q->first = e;
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
}

/* ---- out -------------------------------------------------------------------------------------------------- */

void queue_worked(struct queue *q, uint64_t peer_number, uint64_t foreseen, uint64_t nanoseconds)
{
    struct lane *l = &q->lanes[peer_number % LANES];

    pthread_mutex_lock(&q->lock);
    l->spent += nanoseconds - foreseen;
    l->latest = nanoseconds;
    pthread_mutex_unlock(&q->lock);
}

static struct event *wait_for_first(struct queue *q)
{
    struct event *e;

    while ((e = take_first(q)) == NULL && !(q->closed && q->count == 0)) {
        pthread_cond_wait(&q->filled, &q->lock);
    }
    return e;
}

struct event *queue_take(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct event *e = wait_for_first(q);
    bool tell = false;
    if (e != NULL) {
        q->count--;
        if (q->closed && q->count == 0) {
            pthread_cond_broadcast(&q->filled);
        }
        /* A quarter free before anyone is told: a call a batch, not one an event. */
        tell = q->starved && q->count <= q->most - (q->most + 3) / 4;
        q->starved = q->starved && !tell;
    }
    pthread_mutex_unlock(&q->lock);

    if (tell) {
        tell_watches(q);
    }
    return e;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

void queue_watch(struct queue *q, struct queue_watch *w)
{
    pthread_mutex_lock(&q->watch_lock);
    w->next = q->watches;
    q->watches = w;
    pthread_mutex_unlock(&q->watch_lock);
}

void queue_unwatch(struct queue *q, struct queue_watch *w)
{
    pthread_mutex_lock(&q->watch_lock);
    for (struct queue_watch **at = &q->watches; *at != NULL; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    pthread_mutex_unlock(&q->watch_lock);
}

/* None of them is in work. */
static void free_all(struct event *e)
{
    for (struct event *next; e != NULL; e = next) {
        next = e->next;
        e->in_work = NULL;
        event_free(e);
    }
}

void queue_free(struct queue *q)
{
    if (q == NULL) {
        return;
    }
    for (struct event *e; (e = take_any(q)) != NULL;) {
        e->next = NULL;
        free_all(e);
    }
    for (size_t i = 0; i < TURNS; i++) {
        free_all(q->turns[i].first);
    }
    pthread_mutex_destroy(&q->watch_lock);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
