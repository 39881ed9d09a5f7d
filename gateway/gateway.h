/* The parts of a running gateway, as main.c puts them together. */
#ifndef GATEWAY_H
#define GATEWAY_H
#include <pthread.h>

#include "gateway/batch.h"
#include "gateway/budget.h"
#include "gateway/event.h"
#include "gateway/generation.h"
#include "gateway/hold.h"
#include "gateway/inquiry.h"
#include "gateway/listener.h"
#include "gateway/store/commit.h"
#include "gateway/sweeper.h"
#include "gateway/timer.h"

struct gateway {
    /* from start to stop */
    const char *store;                  /* path of the database */
    struct queue *queue;
    struct commit *commit;
    struct timer *timer;
    struct sweeper *sweeper;
    struct holds *holds;
    struct inquiries *inquiries;
    struct handovers *handovers;
    struct batches *batches;
    struct budget *budget;
    struct listeners *listeners;
    struct endpoint_host host;          /* what endpoints need of us */
    struct worker **workers;
    unsigned worker_count;
    int64_t started;                    /* Unix seconds */
    /* from one reload to the next */
    pthread_mutex_t lock;               /* of current */
    struct generation *current;
    struct leaving *leaving;            /* the main thread's */
};

/* The generation of now, to be left again.  Any thread. */
struct generation *gateway_enter(struct gateway *);
void gateway_leave(struct generation *);

/* Reads the configuration again and goes on with it; on any error the old one stays.  The main thread. */
void gateway_reload(struct gateway *, const char *path);

#endif
