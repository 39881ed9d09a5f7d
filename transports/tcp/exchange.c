#include "exchange.h"
#include <stdlib.h>

void exchanges_init(struct exchanges *all)
{
    *all = (struct exchanges){ .waiting = 0 };
    all->ready_end = &all->ready;
    pthread_mutex_init(&all->lock, NULL);
}

void exchanges_destroy(struct exchanges *all)
{
    pthread_mutex_destroy(&all->lock);
}

struct exchange *exchange_new(struct connection *c, const struct frame *request)
{
    struct exchange *e = calloc(1, sizeof *e);

    if (e != NULL) {
        e->connection = c;
        e->framing = request->framing;
        e->close = request->close;
    }
    return e;
}

void exchange_free(struct exchange *e)
{
    free(e->octets);
    free(e);
}

void exchange_answer(struct exchange *e, const struct frame *answer)
{
    e->nothing = answer->type == FRAME_NOTHING;
    e->len = frame_size(answer);
    e->octets = malloc(e->len);
    if (e->octets != NULL) {
        frame_write(answer, e->octets);
    }
}

static struct exchange **bucket_of(struct exchanges *all, uint64_t ticket)
{
    return &all->bucket[ticket % EXCHANGE_BUCKETS];
}

/* Under the lock. */
static struct exchange *take_out(struct exchanges *all, struct exchange **at)
{
    struct exchange *e = *at;

    if (e != NULL) {
        *at = e->link;
        e->link = NULL;
        all->waiting--;
    }
    return e;
}

void exchanges_put(struct exchanges *all, struct exchange *e, uint64_t ticket)
{
    pthread_mutex_lock(&all->lock);
    struct exchange **bucket = bucket_of(all, ticket);
    e->ticket = ticket;
    e->link = *bucket;
    *bucket = e;
    all->waiting++;
    pthread_mutex_unlock(&all->lock);
}

struct exchange *exchanges_take(struct exchanges *all, uint64_t ticket)
{
    pthread_mutex_lock(&all->lock);
    struct exchange **at = bucket_of(all, ticket);
    while (*at != NULL && (*at)->ticket != ticket) {
        at = &(*at)->link;
    }
    struct exchange *e = take_out(all, at);
    pthread_mutex_unlock(&all->lock);
    return e;
}

struct exchange *exchanges_take_any(struct exchanges *all)
{
    struct exchange *e = NULL;

    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; e == NULL && all->waiting > 0 && i < EXCHANGE_BUCKETS; i++) {
        e = take_out(all, &all->bucket[i]);
    }
    pthread_mutex_unlock(&all->lock);
    return e;
}

size_t exchanges_waiting(struct exchanges *all)
{
    pthread_mutex_lock(&all->lock);
    size_t waiting = all->waiting;
    pthread_mutex_unlock(&all->lock);
    return waiting;
}

bool exchanges_ready(struct exchanges *all, struct exchange *e)
{
    pthread_mutex_lock(&all->lock);
    bool first = all->ready == NULL;
    e->link = NULL;
    *all->ready_end = e;
    all->ready_end = &e->link;
    pthread_mutex_unlock(&all->lock);
    return first;
}

struct exchange *exchanges_collect(struct exchanges *all)
{
    pthread_mutex_lock(&all->lock);
    struct exchange *ready = all->ready;
    all->ready = NULL;
    all->ready_end = &all->ready;
    pthread_mutex_unlock(&all->lock);
    return ready;
}
