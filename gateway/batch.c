#include "gateway/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A ticket: the highest bit, the number of the batch, the number of the part. */
enum { PART_BITS = 16 };
#define OURS (UINT64_C(1) << 63)

struct batch {
    struct batch *next;
    uint64_t number;
    struct event *event;
    struct credential sender;
    size_t left;                        /* parts without an answer, and one until it has begun */
    size_t count;
    struct part {
        bool answered;
        struct span message;            /* malloc'ed */
    } parts[];
};

struct batches {
    pthread_mutex_t lock;
    struct queue *queue;
    struct batch *first;
    uint64_t last_number;
};

struct batches *batches_new(struct queue *queue)
{
    struct batches *all = calloc(1, sizeof *all);

    if (all != NULL) {
        all->queue = queue;
        pthread_mutex_init(&all->lock, NULL);
    }
    return all;
}

void batch_free(struct batch *b)
{
    for (size_t i = 0; b != NULL && i < b->count; i++) {
        free((void *)(uintptr_t)b->parts[i].message.ptr);
    }
    free(b);
}

void batches_free(struct batches *all)
{
    if (all == NULL) {
        return;
    }
    for (struct batch *b = all->first, *next; b != NULL; b = next) {
        next = b->next;
        event_free(b->event);
        batch_free(b);
    }
    pthread_mutex_destroy(&all->lock);
    free(all);
}

bool batch_is_ticket(uint64_t ticket)
{
    return (ticket & OURS) != 0;
}

uint64_t batch_ticket(const struct batch *b, size_t part)
{
    return OURS | b->number << PART_BITS | part;
}

struct batch *batches_open(struct batches *all, struct event *e, const struct credential *sender, size_t parts)
{
    struct batch *b = parts < (size_t)1 << PART_BITS ? calloc(1, sizeof *b + parts * sizeof *b->parts) : NULL;

    if (b == NULL) {
        return NULL;
    }
    b->event = e;
    b->sender = *sender;
    b->count = parts;
    b->left = parts + 1;
    pthread_mutex_lock(&all->lock);
    b->number = ++all->last_number;
    b->next = all->first;
    all->first = b;
    pthread_mutex_unlock(&all->lock);
    return b;
}

/* One less to wait for; the event, when that was the last.  Under the lock. */
static struct event *count_down(struct batches *all, struct batch *b)
{
    struct event *e = b->event;

    if (--b->left > 0) {
        return NULL;
    }
    for (struct batch **at = &all->first; *at != NULL; at = &(*at)->next) {
        if (*at == b) {
            *at = b->next;
            break;
        }
    }
    b->event = NULL;
    e->batch = b;
    return e;
}

void batches_begun(struct batches *all, struct batch *b)
{
    pthread_mutex_lock(&all->lock);
    struct event *complete = count_down(all, b);
    pthread_mutex_unlock(&all->lock);
    if (complete != NULL) {
        queue_put_always(all->queue, complete);
    }
}

static struct part *find_part(struct batches *all, uint64_t ticket, struct batch **batch)
{
    uint64_t number = (ticket & ~OURS) >> PART_BITS;
    size_t i = ticket & (((uint64_t)1 << PART_BITS) - 1);

    for (*batch = all->first; *batch != NULL; *batch = (*batch)->next) {
        if ((*batch)->number == number) {
            return i < (*batch)->count && !(*batch)->parts[i].answered ? &(*batch)->parts[i] : NULL;
        }
    }
    return NULL;
}

/* What is no message (unavailable, unreadable) is left out: whoever made the batch tells its client that there is no
 * answer (RFC 9483 5.2.2.2). */
static struct span copy_message(const struct cmpgate_reply *reply)
{
    uint8_t *copy = reply->kind == CMPGATE_ANSWER && reply->message.len > 0 ? malloc(reply->message.len) : NULL;

    if (copy == NULL) {
        return (struct span){ NULL, 0 };
    }
    memcpy(copy, reply->message.ptr, reply->message.len);
    return (struct span){ copy, reply->message.len };
}

void batches_answer(struct batches *all, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct event *complete = NULL;
    struct batch *b;

    pthread_mutex_lock(&all->lock);
    struct part *part = find_part(all, ticket, &b);
    if (part != NULL) {
        part->answered = true;
        part->message = copy_message(reply);
        complete = count_down(all, b);
    }
    pthread_mutex_unlock(&all->lock);
    if (complete != NULL) {
        queue_put_always(all->queue, complete);
    }
}

const struct credential *batch_sender(const struct batch *b)
{
    return &b->sender;
}

size_t batch_parts(const struct batch *b)
{
    return b->count;
}

struct span batch_part(const struct batch *b, size_t part)
{
    return b->parts[part].message;
}
