#include "gateway/event.h"

#include <pthread.h>
#include <stdlib.h>

enum { TURNS = 4096 };

/* Some transactions: whether one of their messages is in work, and those that were to be given out meanwhile. */
struct turn {
    bool busy;
    struct event *first, **last;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct event *first, **last;
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
    q->last = &q->first;
    return q;
}

static void append(struct queue *q, struct event *e)
{
    e->next = NULL;
    *q->last = e;
    q->last = &e->next;
    q->count++;
    pthread_cond_signal(&q->filled);
}

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

    while ((e = q->first) != NULL) {
        struct turn *t = &q->turns[e->turn % TURNS];
        q->first = e->next;
        q->last = q->first != NULL ? q->last : &q->first;
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
        q->last = q->first != NULL ? q->last : &e->next;
        q->first = e;
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
}

/* ---- out -------------------------------------------------------------------------------------------------- */

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
    free_all(q->first);
    for (size_t i = 0; i < TURNS; i++) {
        free_all(q->turns[i].first);
    }
    pthread_mutex_destroy(&q->watch_lock);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
