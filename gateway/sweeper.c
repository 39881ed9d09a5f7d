#include "gateway/sweeper.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/thread.h"

/* Milliseconds. */
enum { FIRST_LOOK = 500, LOOK_AGAIN = 60 * 1000, REST_LEAST = 20 };
/* How many times as long as the writer was busy with us it is left alone. */
enum { REST = 9 };

struct sweeper {
    struct gateway *gateway;
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping, committed;
    enum commit_result result;
};

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False when told to stop. */
static bool rest(struct sweeper *s, int64_t ms)
{
    int64_t at = milliseconds() + ms;
    const struct timespec until = { .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };

    pthread_mutex_lock(&s->lock);
    while (!s->stopping && pthread_cond_timedwait(&s->changed, &s->lock, &until) == 0) {
    }
    bool stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return !stopping;
}

/* ---- what may go ---------------------------------------------------------------------------------- */

/* The earliest messageTime with which a request is still accepted by some endpoint, with an hour to spare for clocks
 * and reloads; 0: any.  What a storing endpoint holds was judged when it came, and may have come long ago. */
static int64_t accepted_from(const struct config *config, int64_t now)
{
    enum { SPARE = 3600 };
    int64_t most = 0;

    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct config_endpoint *e = &config->endpoints[i];
        if (e->message_time < 0 || (e->transport->can & CMPGATE_STORES)) {
            return 0;
        }
        most = e->message_time > most ? e->message_time : most;
    }
    return now - most - SPARE;
}

static void set_limits(struct sweeper *s, struct sweep *sweep)
{
    struct generation *g = gateway_enter(s->gateway);
    int64_t now = (int64_t)time(NULL);

    sweep->closed_before = now - g->config->keep;
    sweep->accepted_from = accepted_from(g->config, now);
    gateway_leave(g);
}

/* ---- one batch ------------------------------------------------------------------------------------- */

static void note(void *context, enum commit_result result)
{
    struct sweeper *s = context;

    if (result == COMMIT_FAILED) {
        log_line(CMPGATE_WARN, NULL, "what is over cannot be removed: %s", commit_why(s->gateway->commit));
    }
    pthread_mutex_lock(&s->lock);
    s->committed = true;
    s->result = result;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static bool commit_and_wait(struct sweeper *s, struct change *c)
{
    s->committed = false;
    commit_put_idle(s->gateway->commit, c, note, s);
    pthread_mutex_lock(&s->lock);
    while (!s->committed) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return s->result == COMMIT_DONE;
}

/* Removes a few of what is over, from row *from on.  False: that was all, or not now. */
static bool sweep_some(struct sweeper *s, int64_t *from, size_t *removed)
{
    struct change *c = change_new();

    if (c == NULL || (c->sweep = arena_zalloc(c->arena, sizeof *c->sweep)) == NULL) {
        change_free(c);
        return false;
    }
    set_limits(s, c->sweep);
    if (!store_sweep_look(s->store, c->sweep, from)) {
        log_line(CMPGATE_ERROR, NULL, "what is over cannot be found: %s", store_why(s->store));
        change_free(c);
        return false;
    }
    if (c->sweep->count == 0 && !c->sweep->tombstones) {
        change_free(c);
        return *from != 0;
    }
    size_t count = c->sweep->count;
    bool more = *from != 0 || c->sweep->tombstones;
    bool done = commit_and_wait(s, c);
    *removed += done ? count : 0;
    return done && more;
}

static void sweep_all(struct sweeper *s)
{
    int64_t from = 0;
    size_t removed = 0;

    for (bool on = true; on;) {
        int64_t began = milliseconds();
        on = sweep_some(s, &from, &removed) && rest(s, REST_LEAST + REST * (milliseconds() - began));
    }
    if (removed > 0) {
        log_line(CMPGATE_INFO, NULL, "swept: %zu transaction%s that %s over", removed, removed == 1 ? "" : "s",
                 removed == 1 ? "was" : "were");
    }
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void *run(void *context)
{
    struct sweeper *s = context;

    for (bool on = rest(s, FIRST_LOOK); on; on = rest(s, LOOK_AGAIN)) {
        sweep_all(s);
    }
    return NULL;
}

static void sweeper_free(struct sweeper *s)
{
    store_close(s->store);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct sweeper *sweeper_start(struct gateway *g, char *why, size_t why_size)
{
    struct sweeper *s = calloc(1, sizeof *s);
    pthread_condattr_t attributes;

    if (s == NULL) {
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    s->gateway = g;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    s->store = store_open(g->store, why, why_size);
    if (s->store == NULL || !thread_start(&s->thread, "sweeper", run, s)) {
        sweeper_free(s);
        return NULL;
    }
    return s;
}

void sweeper_stop(struct sweeper *s)
{
    if (s == NULL) {
        return;
    }
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    sweeper_free(s);
}
