#include "gateway/hold.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct holds {
    pthread_mutex_t lock;
    struct held *buckets[BUCKETS];
};

/* FNV-1a over the whole ID: a client picks its transactionID, but can only slow its own lookups down to
 * the number of tickets that are in flight at all. */
static size_t bucket_of(const struct store_octets *transactionID)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < transactionID->len; i++) {
        h = (h ^ transactionID->octets[i]) * 16777619u;
    }
    return h % BUCKETS;
}

static bool same(const struct store_octets *a, const struct store_octets *b)
{
    return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}

struct holds *holds_new(void)
{
    struct holds *h = calloc(1, sizeof *h);

    if (h != NULL) {
        pthread_mutex_init(&h->lock, NULL);
    }
    return h;
}

void holds_free(struct holds *h)
{
    if (h == NULL) {
        return;
    }
    for (struct held *e = holds_take_all(h), *next; e != NULL; e = next) {
        next = e->next;
        free(e);
    }
    pthread_mutex_destroy(&h->lock);
    free(h);
}

bool holds_add(struct holds *h, const struct store_octets *transactionID, struct endpoint *endpoint, uint64_t ticket,
               const char *id)
{
    struct held *e = calloc(1, sizeof *e);

    if (e == NULL) {
        return false;
    }
    e->endpoint = endpoint;
    e->ticket = ticket;
    e->transactionID = *transactionID;
    strncpy(e->id, id, sizeof e->id - 1);
    pthread_mutex_lock(&h->lock);
    struct held **bucket = &h->buckets[bucket_of(transactionID)];
    e->next = *bucket;
    *bucket = e;
    pthread_mutex_unlock(&h->lock);
    return true;
}

/* Unlinks what matches from one bucket; endpoint NULL: any ticket of the transaction. */
static struct held *take_matching(struct holds *h, const struct store_octets *transactionID,
                                  const struct endpoint *endpoint, uint64_t ticket)
{
    struct held *taken = NULL;

    pthread_mutex_lock(&h->lock);
    for (struct held **at = &h->buckets[bucket_of(transactionID)]; *at != NULL; ) {
        struct held *e = *at;
        if (same(&e->transactionID, transactionID) &&
            (endpoint == NULL || (e->endpoint == endpoint && e->ticket == ticket))) {
            *at = e->next;
            e->next = taken;
            taken = e;
        } else {
            at = &e->next;
        }
    }
    pthread_mutex_unlock(&h->lock);
    return taken;
}

struct held *holds_take(struct holds *h, const struct store_octets *transactionID)
{
    return take_matching(h, transactionID, NULL, 0);
}

struct held *holds_take_ticket(struct holds *h, const struct store_octets *transactionID,
                               const struct endpoint *endpoint, uint64_t ticket)
{
    return take_matching(h, transactionID, endpoint, ticket);
}

struct held *holds_take_all(struct holds *h)
{
    struct held *all = NULL;

    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        while (h->buckets[i] != NULL) {
            struct held *e = h->buckets[i];
            h->buckets[i] = e->next;
            e->next = all;
            all = e;
        }
    }
    pthread_mutex_unlock(&h->lock);
    return all;
}
