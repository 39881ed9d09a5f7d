#include "gateway/generation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what has stayed the same ------------------------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_list(const char *const *a, const char *const *b)
{
    size_t i = 0;

    while (a[i] != NULL && b[i] != NULL && strcmp(a[i], b[i]) == 0) {
        i++;
    }
    return a[i] == NULL && b[i] == NULL;
}

/* The same name is not enough: the files behind it may be others. */
static bool same_key(const char *name_a, const struct config *a, const char *name_b, const struct config *b)
{
    if (name_a == NULL || name_b == NULL) {
        return name_a == name_b;
    }
    const struct config_key *x = config_key_named(a, name_a), *y = config_key_named(b, name_b);
    if (x == NULL || y == NULL || strcmp(name_a, name_b) != 0 || x->chain_count != y->chain_count ||
        !span_eq(x->certificate, y->certificate) || !span_eq(crypto_key_spki(x->key), crypto_key_spki(y->key))) {
        return false;
    }
    for (size_t i = 0; i < x->chain_count; i++) {
        if (!span_eq(x->chain[i], y->chain[i])) {
            return false;
        }
    }
    return true;
}

static bool same_option(const struct cmpgate_option *o, const void *x, const struct config *a,
                        const void *y, const struct config *b)
{
    const char *p = (const char *)x + o->offset, *q = (const char *)y + o->offset;
    const char *text[2];
    const char *const *list[2];

    switch (o->type) {
    case CMPGATE_BOOL:
        return memcmp(p, q, sizeof(bool)) == 0;
    case CMPGATE_INTEGER:
    case CMPGATE_SECONDS:
    case CMPGATE_OCTETS:
        return memcmp(p, q, sizeof(int64_t)) == 0;
    case CMPGATE_LIST:
        memcpy(&list[0], p, sizeof list[0]);
        memcpy(&list[1], q, sizeof list[1]);
        return same_list(list[0], list[1]);
    default:
        memcpy(&text[0], p, sizeof text[0]);
        memcpy(&text[1], q, sizeof text[1]);
        return o->type == CMPGATE_KEY ? same_key(text[0], a, text[1], b) : same_text(text[0], text[1]);
    }
}

static bool same_options(const struct cmpgate_option *options, const void *x, const struct config *a,
                         const void *y, const struct config *b)
{
    for (const struct cmpgate_option *o = options; o != NULL && o->name != NULL; o++) {
        if (!same_option(o, x, a, y, b)) {
            return false;
        }
    }
    return true;
}

/* The place in `old` of the backend, or endpoint, that can go on as it is; -1: there is none. */
static long old_backend(const struct generation *old, const struct config *config, const struct config_backend *row)
{
    for (size_t i = 0; old != NULL && i < old->config->backend_count; i++) {
        const struct config_backend *was = &old->config->backends[i];
        if (strcmp(was->name, row->name) == 0 && was->module == row->module &&
            memcmp(was->files, row->files, sizeof was->files) == 0 &&
            same_options(row->module->options, was->options, old->config, row->options, config)) {
            return (long)i;
        }
    }
    return -1;
}

static long old_endpoint(const struct generation *old, const struct config *config, const struct config_endpoint *row)
{
    for (size_t i = 0; old != NULL && i < old->config->endpoint_count; i++) {
        const struct config_endpoint *was = &old->config->endpoints[i];
        if (strcmp(was->name, row->name) == 0 && was->transport == row->transport &&
            was->in_flight == row->in_flight && was->lanes == row->lanes && was->tolerate_own == row->tolerate_own &&
            memcmp(was->files, row->files, sizeof was->files) == 0 &&
            same_options(row->transport->options, was->options, old->config, row->options, config)) {
            return (long)i;
        }
    }
    return -1;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static bool open_backends(struct generation *g, const struct generation *old, const struct generation_host *host,
                          char *why, size_t why_size)
{
    for (size_t i = 0; i < g->config->backend_count; i++) {
        const struct config_backend *row = &g->config->backends[i];
        long was = old_backend(old, g->config, row);
        struct config *from = was >= 0 ? old->backend_configs[was] : g->config;

        g->backends[i] = was >= 0 ? old->backends[was] : backend_open(g->config, row, host->queue);
        if (g->backends[i] == NULL) {
            snprintf(why, why_size, "backend %s does not open", row->name);
            return false;
        }
        g->backend_configs[i] = config_ref(from);
    }
    return true;
}

/* All are opened before the first serves: a port that is taken stops the start, not half of the gateway. */
static bool open_endpoints(struct generation *g, const struct generation *old, const struct generation_host *host,
                           char *why, size_t why_size)
{
    for (size_t i = 0; i < g->config->endpoint_count; i++) {
        struct config_endpoint *row = &g->config->endpoints[i];
        long was = old_endpoint(old, g->config, row);
        struct config *from = was >= 0 ? old->endpoint_configs[was] : g->config;

        g->endpoints[i] = was >= 0 ? old->endpoints[was] : endpoint_open(row, host->endpoint_host);
        if (g->endpoints[i] == NULL) {
            snprintf(why, why_size, "endpoint %s does not open", row->name);
            return false;
        }
        g->endpoint_configs[i] = config_ref(from);
    }
    return true;
}

static struct generation *generation_new(struct config *config)
{
    struct generation *g = calloc(1, sizeof *g);

    if (g == NULL) {
        config_unref(config);
        return NULL;
    }
    atomic_init(&g->refs, 1);
    g->config = config;
    g->backends = calloc(config->backend_count + 1, sizeof *g->backends);
    g->backend_configs = calloc(config->backend_count + 1, sizeof *g->backend_configs);
    g->endpoints = calloc(config->endpoint_count + 1, sizeof *g->endpoints);
    g->endpoint_configs = calloc(config->endpoint_count + 1, sizeof *g->endpoint_configs);
    return g;
}

struct generation *generation_open(struct config *config, const struct generation *old,
                                   const struct generation_host *host, char *why, size_t why_size)
{
    struct generation *g = generation_new(config);

    snprintf(why, why_size, "out of memory");
    if (g == NULL) {
        return NULL;
    }
    if (g->backends != NULL && g->backend_configs != NULL && g->endpoints != NULL && g->endpoint_configs != NULL &&
        open_backends(g, old, host, why, why_size) &&
        (g->publisher = publisher_start(config, g->backends, host->commit, why, why_size)) != NULL &&
        open_endpoints(g, old, host, why, why_size)) {
        return g;
    }
    generation_close(g, old);
    return NULL;
}

/* ---- what goes and what stays -------------------------------------------------------------------------------------- */

static bool goes_on_with_backend(const struct generation *other, const struct backend *b)
{
    for (size_t i = 0; other != NULL && i < other->config->backend_count; i++) {
        if (other->backends[i] == b) {
            return true;
        }
    }
    return false;
}

static bool goes_on_with_endpoint(const struct generation *other, const struct endpoint *e)
{
    for (size_t i = 0; other != NULL && i < other->config->endpoint_count; i++) {
        if (other->endpoints[i] == e) {
            return true;
        }
    }
    return false;
}

static bool endpoint_goes(const struct generation *g, size_t i, const struct generation *next)
{
    return g->endpoints[i] != NULL && !goes_on_with_endpoint(next, g->endpoints[i]);
}

bool generation_serve(struct generation *g, const struct generation *old)
{
    for (size_t i = 0; i < g->config->endpoint_count; i++) {
        if (!goes_on_with_endpoint(old, g->endpoints[i]) && !endpoint_serve(g->endpoints[i])) {
            return false;
        }
    }
    return true;
}

void generation_stop(struct generation *g, const struct generation *next)
{
    for (size_t i = 0; g->endpoints != NULL && i < g->config->endpoint_count; i++) {
        if (endpoint_goes(g, i, next)) {
            endpoint_stop(g->endpoints[i]);
        }
    }
}

bool generation_idle(const struct generation *g)
{
    for (size_t i = 0; g->endpoints != NULL && i < g->config->endpoint_count; i++) {
        if (!endpoint_idle(g->endpoints[i])) {
            return false;
        }
    }
    return true;
}

void generation_retire(struct generation *g, const struct generation *next, struct leaving **leaving, int64_t seconds)
{
    for (size_t i = 0; i < g->config->endpoint_count; i++) {
        if (endpoint_goes(g, i, next)) {
            endpoint_retire(g->endpoints[i]);
            leaving_add(leaving, g->endpoints[i], g->endpoint_configs[i], seconds);
            g->endpoints[i] = NULL;
        }
    }
}

void generation_close(struct generation *g, const struct generation *next)
{
    publisher_stop(g->publisher);
    for (size_t i = 0; g->endpoints != NULL && i < g->config->endpoint_count; i++) {
        if (endpoint_goes(g, i, next)) {
            endpoint_close(g->endpoints[i]);
        }
        if (g->endpoint_configs != NULL && g->endpoint_configs[i] != NULL) {
            config_unref(g->endpoint_configs[i]);
        }
    }
    for (size_t i = 0; g->backends != NULL && i < g->config->backend_count; i++) {
        if (g->backends[i] != NULL && !goes_on_with_backend(next, g->backends[i])) {
            backend_close(g->backends[i]);
        }
        if (g->backend_configs != NULL && g->backend_configs[i] != NULL) {
            config_unref(g->backend_configs[i]);
        }
    }
    config_unref(g->config);
    free(g->backends);
    free(g->backend_configs);
    free(g->endpoints);
    free(g->endpoint_configs);
    free(g);
}
