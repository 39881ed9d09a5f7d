#include "gateway/event.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct event *first, **last;
    size_t count, most;
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

struct event *queue_take(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->first == NULL && !q->closed) {
        pthread_cond_wait(&q->filled, &q->lock);
    }
    struct event *e = q->first;
    bool tell = false;
    if (e != NULL) {
        q->first = e->next;
        q->last = q->first != NULL ? q->last : &q->first;
        q->count--;
        /* A quarter free before anyone is told: a call a batch, not one an event. */
        tell = q->starved && q->count <= q->most - (q->most + 3) / 4;
        q->starved = q->starved && !tell;
        e->next = NULL;
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

void queue_free(struct queue *q)
{
    if (q == NULL) {
        return;
    }
    for (struct event *e = q->first, *next; e != NULL; e = next) {
        next = e->next;
        event_free(e);
    }
    pthread_mutex_destroy(&q->watch_lock);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
