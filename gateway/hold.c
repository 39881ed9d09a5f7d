#include "gateway/hold.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct holds {
    pthread_mutex_t lock;
    struct held *buckets[BUCKETS];
};

static struct held **bucket_of(struct holds *h, const struct store_octets *transactionID)
{
    return &h->buckets[store_octets_hash(transactionID) % BUCKETS];
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
               bool framed, const char *id, const uint8_t digest[STORE_DIGEST])
{
    struct held *e = calloc(1, sizeof *e);

    if (e == NULL) {
        return false;
    }
    e->endpoint = endpoint;
    e->ticket = ticket;
    e->framed = framed;
    e->transactionID = *transactionID;
    strncpy(e->id, id, sizeof e->id - 1);
    memcpy(e->digest, digest, sizeof e->digest);
    pthread_mutex_lock(&h->lock);
    struct held **bucket = bucket_of(h, transactionID);
    e->next = *bucket;
    *bucket = e;
    pthread_mutex_unlock(&h->lock);
    return true;
}

bool holds_all_framed(struct holds *h, const struct store_octets *transactionID)
{
    size_t framed = 0, others = 0;

    pthread_mutex_lock(&h->lock);
    for (const struct held *e = *bucket_of(h, transactionID); e != NULL; e = e->next) {
        bool waits = store_octets_same(&e->transactionID, transactionID);
        framed += waits && e->framed;
        others += waits && !e->framed;
    }
    pthread_mutex_unlock(&h->lock);
    return framed > 0 && others == 0;
}

/* Unlinks what matches from one bucket; endpoint NULL: any ticket of the transaction. */
static struct held *take_matching(struct holds *h, const struct store_octets *transactionID,
                                  const struct endpoint *endpoint, uint64_t ticket)
{
    struct held *taken = NULL;

    pthread_mutex_lock(&h->lock);
    for (struct held **at = bucket_of(h, transactionID); *at != NULL; ) {
        struct held *e = *at;
        if (store_octets_same(&e->transactionID, transactionID) &&
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
