#include "gateway/handover.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { BUCKETS = 1024 };

/* Settled within so many seconds: not late, and not worth remembering. */
enum { PROMPT = 1 };

struct handover {
    struct handover *next;
    struct store_octets transactionID;
    int64_t began, from;                /* Unix seconds; from 0: not settled yet */
    unsigned copies;                    /* on their way */
    bool final;
};

struct handovers {
    pthread_mutex_t lock;
    int64_t started;
    struct handover *buckets[BUCKETS];
};

struct handovers *handovers_new(int64_t started)
{
    struct handovers *h = calloc(1, sizeof *h);

    if (h != NULL) {
        pthread_mutex_init(&h->lock, NULL);
        h->started = started;
    }
    return h;
}

void handovers_free(struct handovers *h)
{
    if (h == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct handover *e = h->buckets[i], *next; e != NULL; e = next) {
            next = e->next;
            free(e);
        }
    }
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* Where it is, or where it would be. */
static struct handover **find(struct handovers *h, const struct store_octets *transactionID)
{
    struct handover **at = &h->buckets[store_octets_hash(transactionID) % BUCKETS];

    while (*at != NULL && !store_octets_same(&(*at)->transactionID, transactionID)) {
        at = &(*at)->next;
    }
    return at;
}

static void drop(struct handover **at)
{
    struct handover *e = *at;

    *at = e->next;
    free(e);
}

/* Without memory the time runs from the commit. */
void handovers_begin(struct handovers *h, const struct store_octets *transactionID)
{
    pthread_mutex_lock(&h->lock);
    struct handover **at = find(h, transactionID);
    if (*at == NULL && (*at = calloc(1, sizeof **at)) != NULL) {
        (*at)->transactionID = *transactionID;
        (*at)->began = (int64_t)time(NULL);
    }
    if (*at != NULL) {
        (*at)->copies++;
    }
    pthread_mutex_unlock(&h->lock);
}

bool handovers_end(struct handovers *h, const struct store_octets *transactionID, int64_t from, bool final)
{
    bool late = false;

    pthread_mutex_lock(&h->lock);
    struct handover **at = find(h, transactionID), *e = *at;
    if (e != NULL) {
        e->copies -= e->copies > 0;
        if (!e->final) {
            e->from = from;
            e->final = final;
        }
        late = e->from - e->began > PROMPT;
        if (e->final && e->copies == 0 && !late) {
            drop(at);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return late;
}

void handovers_forget(struct handovers *h, const struct store_octets *transactionID)
{
    pthread_mutex_lock(&h->lock);
    struct handover **at = find(h, transactionID);
    if (*at != NULL) {
        drop(at);
    }
    pthread_mutex_unlock(&h->lock);
}

int64_t handovers_when(void *handovers, const struct due *due, int64_t at)
{
    struct handovers *h = handovers;
    int64_t wait = due->at - at;
    int64_t when = at <= h->started ? h->started + wait : due->at;

    pthread_mutex_lock(&h->lock);
    const struct handover *e = *find(h, &due->transactionID);
    if (e != NULL && e->copies > 0 && !e->final) {
        when = INT64_MAX;
    } else if (e != NULL && e->from + wait > when) {
        when = e->from + wait;
    }
    pthread_mutex_unlock(&h->lock);
    return when;
}
