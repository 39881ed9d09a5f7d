/* Going on with a new configuration, without dropping a connection or a transaction. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/quirk.h"

struct generation *gateway_enter(struct gateway *g)
{
    pthread_mutex_lock(&g->lock);
    struct generation *now = g->current;
    atomic_fetch_add(&now->refs, 1);
    pthread_mutex_unlock(&g->lock);
    return now;
}

void gateway_leave(struct generation *generation)
{
    atomic_fetch_sub(&generation->refs, 1);
}

static void complain(void *context, const char *line)
{
    (void)context;
    log_line(CMPGATE_ERROR, NULL, "%s", line);
}

/* What is held from start to stop cannot be exchanged under a running gateway. */
static bool can_follow(const struct gateway *g, const struct config *old, const struct config *new)
{
    if (strcmp(g->store, new->store) != 0) {
        log_line(CMPGATE_ERROR, NULL, "reload: the store cannot change while running: it is %s", g->store);
        return false;
    }
    if (old->workers != new->workers || old->queue != new->queue || old->message_max != new->message_max ||
        old->iterations_rate != new->iterations_rate || old->iterations_burst != new->iterations_burst ||
        old->iterations_total != new->iterations_total) {
        log_line(CMPGATE_WARN, NULL, "reload: workers, queue, message-max and iterations-* count from the next start on");
    }
    return true;
}

static void swap(struct gateway *g, struct generation *next)
{
    pthread_mutex_lock(&g->lock);
    g->current = next;
    pthread_mutex_unlock(&g->lock);
}

static void wait_for_workers(struct generation *old)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

    while (atomic_load(&old->refs) > 1) {
        nanosleep(&pause, NULL);
    }
}

static void follow(struct gateway *g, struct config *config)
{
    const struct generation_host host = { g->queue, g->commit, &g->host };
    struct generation *old = g->current;
    char why[512] = "";

    struct generation *next = generation_open(config, old, &host, why, sizeof why);
    if (next == NULL) {
        log_line(CMPGATE_ERROR, NULL, "reload: %s: the old configuration stays", why);
        return;
    }
    if (!generation_serve(next, old)) {
        log_line(CMPGATE_ERROR, NULL, "reload: an endpoint does not serve: the old configuration stays");
        generation_retire(next, old, &g->leaving, next->config->drain);
        generation_close(next, old);
        return;
    }
    swap(g, next);
    log_setup(next->config->log_json, next->config->log_level);
    quirk_warn(next->config);
    /* Not before the next ones serve: meanwhile both take from the listening sockets. */
    generation_retire(old, next, &g->leaving, next->config->drain);
    wait_for_workers(old);
    generation_close(old, next);
    log_line(CMPGATE_INFO, NULL, "reloaded: %zu endpoints, %zu profiles, %zu backends", next->config->endpoint_count,
             next->config->profile_count, next->config->backend_count);
}

void gateway_reload(struct gateway *g, const char *path)
{
    struct config *config = config_read(path, complain, NULL);

    if (config == NULL) {
        log_line(CMPGATE_ERROR, NULL, "reload: the configuration has errors: the old one stays");
    } else if (!can_follow(g, g->current->config, config)) {
        config_unref(config);
    } else {
        follow(g, config);
    }
}
