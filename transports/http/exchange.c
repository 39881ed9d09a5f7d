#include "exchange.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_START 4096         /* octets; most messages fit */
#define BODY_FREE 16384         /* of each content: those who send much shall not keep out those who send little */

void exchanges_init(struct exchanges *all, size_t buffered_max)
{
    pthread_condattr_t monotonic;

    *all = (struct exchanges){ .buffered_max = buffered_max };
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&all->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void exchanges_destroy(struct exchanges *all)
{
    pthread_cond_destroy(&all->settled);
    pthread_mutex_destroy(&all->lock);
}

struct exchange *exchange_new(void)
{
    return calloc(1, sizeof(struct exchange));
}

/* Of so many octets. */
static size_t counted(size_t room)
{
    return room > BODY_FREE ? room - BODY_FREE : 0;
}

void exchange_forget_body(struct exchanges *all, struct exchange *e)
{
    atomic_fetch_sub(&all->buffered, counted(e->body.room));
    free(e->body.ptr);
    e->body = (struct body){ 0 };
}

void exchange_free(struct exchanges *all, struct exchange *e)
{
    if (e == NULL) {
        return;
    }
    if (e->answer.response != NULL) {
        MHD_destroy_response(e->answer.response);
    }
    exchange_forget_body(all, e);
    free(e);
}

/* Room for `want` octets, at least doubled so that copying stays linear. */
static bool body_grow(struct exchanges *all, struct body *body, size_t want, size_t max)
{
    size_t room = body->room > 0 ? body->room : BODY_START;

    while (room < want) {
        room *= 2;
    }
    if (room > max) {
        room = max;
    }
    size_t more = counted(room) - counted(body->room);
    if (atomic_fetch_add(&all->buffered, more) + more <= all->buffered_max || more == 0) {
        uint8_t *grown = realloc(body->ptr, room);
        if (grown != NULL) {
            body->ptr = grown;
            body->room = room;
            return true;
        }
    }
    atomic_fetch_sub(&all->buffered, more);
    return false;
}

enum appended exchange_append(struct exchanges *all, struct exchange *e, const void *data, size_t len,
                              size_t max)
{
    struct body *body = &e->body;

    if (len > max - body->len) {
        return APPEND_TOO_LARGE;
    }
    if (len > body->room - body->len && !body_grow(all, body, body->len + len, max)) {
        return APPEND_NO_ROOM;
    }
    memcpy(body->ptr + body->len, data, len);
    body->len += len;
    return APPENDED;
}

static struct exchange **bucket_of(struct exchanges *all, uint64_t ticket)
{
    return &all->bucket[ticket % EXCHANGE_BUCKETS];
}

/* Under the lock. */
static struct exchange *take_out(struct exchanges *all, uint64_t ticket)
{
    struct exchange **at = bucket_of(all, ticket);

    while (*at != NULL && (*at)->ticket != ticket) {
        at = &(*at)->next;
    }
    struct exchange *e = *at;
    if (e != NULL) {
        *at = e->next;
        e->next = NULL;
    }
    return e;
}

/* Under the lock.  Once it is resumed, libmicrohttpd's thread may free it. */
static void give_answer(struct exchange *e, struct answer answer)
{
    e->answer = answer;
    if (e->suspended) {
        e->suspended = false;
        MHD_resume_connection(e->mhd);
    }
}

void exchanges_put(struct exchanges *all, struct exchange *e, uint64_t ticket)
{
    pthread_mutex_lock(&all->lock);
    struct exchange **bucket = bucket_of(all, ticket);
    e->ticket = ticket;
    e->next = *bucket;
    *bucket = e;
    all->unsettled++;
    pthread_mutex_unlock(&all->lock);
}

/* Under the lock. */
static void count_down(struct exchanges *all)
{
    if (--all->unsettled == 0) {
        pthread_cond_broadcast(&all->settled);
    }
}

void exchanges_drop(struct exchanges *all, struct exchange *e)
{
    pthread_mutex_lock(&all->lock);
    take_out(all, e->ticket);
    count_down(all);
    pthread_mutex_unlock(&all->lock);
}

bool exchanges_wait(struct exchanges *all, struct exchange *e)
{
    pthread_mutex_lock(&all->lock);
    e->taken = true;
    bool wait = e->answer.status == 0 && !all->closed;
    if (wait) {
        e->suspended = true;
        MHD_suspend_connection(e->mhd);
    } else if (all->closed) {
        take_out(all, e->ticket);
    }
    pthread_mutex_unlock(&all->lock);
    return wait;
}

bool exchanges_answer(struct exchanges *all, uint64_t ticket, struct answer answer)
{
    pthread_mutex_lock(&all->lock);
    struct exchange *e = take_out(all, ticket);
    if (e != NULL) {
        give_answer(e, answer);
    }
    pthread_mutex_unlock(&all->lock);
    if (e == NULL && answer.response != NULL) {
        MHD_destroy_response(answer.response);
    }
    return e != NULL;
}

void exchanges_settled(struct exchanges *all)
{
    pthread_mutex_lock(&all->lock);
    count_down(all);
    pthread_mutex_unlock(&all->lock);
}

void exchanges_close(struct exchanges *all, struct answer (*make)(void), unsigned seconds)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&all->lock);
    all->closed = true;
    for (size_t i = 0; i < EXCHANGE_BUCKETS; i++) {
        while (all->bucket[i] != NULL) {
            give_answer(take_out(all, all->bucket[i]->ticket), make());
        }
    }
    while (all->unsettled > 0
           && pthread_cond_timedwait(&all->settled, &all->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&all->lock);
}
