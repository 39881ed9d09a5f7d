#include "gateway/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/crl.h"
#include "gateway/log.h"
#include "gateway/thread.h"

/* A document somebody may be reading while the next one replaces it. */
struct document {
    atomic_uint refs;
    size_t len;
    uint8_t bytes[];
};

struct publisher {
    const struct config *config;
    struct backend **backends;          /* beside config->backends */
    struct commit *commit;
    struct store *store;                /* the thread's own connection */
    struct document **crls;             /* beside backends; NULL: none yet */
    uint64_t *numbers;                  /* of these, the thread's own; 0: none yet */
    struct document *anchors;           /* ca.pem */
    pthread_t thread;
    pthread_mutex_t lock;               /* of crls, awake, stopping and committed */
    pthread_cond_t changed;
    bool awake, stopping, committed;
    enum commit_result result;
};

/* ---- documents ----------------------------------------------------------------------------- */

static struct document *document_new(struct span bytes)
{
    struct document *d = malloc(sizeof *d + bytes.len);

    if (d != NULL) {
        atomic_init(&d->refs, 1);
        d->len = bytes.len;
        memcpy(d->bytes, bytes.ptr, bytes.len);
    }
    return d;
}

static void document_drop(struct document *d)
{
    if (d != NULL && atomic_fetch_sub(&d->refs, 1) == 1) {
        free(d);
    }
}

static struct document *anchors_document(const struct config *config)
{
    struct arena *arena = arena_new();
    struct document *d = NULL;
    uint8_t *all = NULL;
    size_t len = 0;

    for (size_t i = 0; arena != NULL && i < config->ca_certificate_count; i++) {
        struct span pem = crypto_pem("CERTIFICATE", config->ca_certificates[i], arena);
        uint8_t *more = realloc(all, len + pem.len + 1);
        if (pem.ptr == NULL || more == NULL) {
            break;
        }
        all = more;
        memcpy(all + len, pem.ptr, pem.len);
        len += pem.len;
    }
    if (all != NULL) {
        d = document_new((struct span){ all, len });
    }
    free(all);
    arena_free(arena);
    return d;
}

static void set_crl(struct publisher *p, size_t i, struct span der)
{
    struct document *fresh = document_new(der);

    if (fresh == NULL) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    struct document *old = p->crls[i];
    p->crls[i] = fresh;
    pthread_mutex_unlock(&p->lock);
    document_drop(old);
}

static struct document *find_document(struct publisher *p, const char *name, const char **media_type)
{
    struct document *d = NULL;

    if (strcmp(name, "ca.pem") == 0) {
        *media_type = "application/x-pem-file";
        d = p->anchors;
    }
    for (size_t i = 0; d == NULL && i < p->config->backend_count; i++) {
        const char *backend = p->config->backends[i].name;
        size_t len = strlen(backend);
        if (strncmp(name, backend, len) == 0 && strcmp(name + len, ".crl") == 0) {
            *media_type = "application/pkix-crl";
            d = p->crls[i];
        }
    }
    if (d != NULL) {
        atomic_fetch_add(&d->refs, 1);
    }
    return d;
}

bool publisher_document(struct publisher *p, const char *name,
                        void (*give)(void *, struct cmpgate_bytes, const char *), void *context)
{
    const char *media_type = NULL;

    pthread_mutex_lock(&p->lock);
    struct document *d = find_document(p, name, &media_type);
    pthread_mutex_unlock(&p->lock);
    if (d == NULL) {
        return false;
    }
    give(context, (struct cmpgate_bytes){ d->bytes, d->len }, media_type);
    document_drop(d);
    return true;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* On the writer's thread. */
static void crl_committed(void *context, enum commit_result result)
{
    struct publisher *p = context;

    pthread_mutex_lock(&p->lock);
    p->committed = true;
    p->result = result;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static enum commit_result commit_and_wait(struct publisher *p, struct change *change)
{
    pthread_mutex_lock(&p->lock);
    p->committed = false;
    pthread_mutex_unlock(&p->lock);
    commit_put(p->commit, change, crl_committed, p);
    pthread_mutex_lock(&p->lock);
    while (!p->committed) {
        pthread_cond_wait(&p->changed, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return p->result;
}

static void publish(struct publisher *p, size_t i, uint64_t number, struct span der)
{
    const struct log_subject subject = { .endpoint = p->config->backends[i].name };
    char why[512] = "";

    set_crl(p, i, der);
    if (p->config->crl_directory != NULL &&
        !crl_write(p->config->crl_directory, p->config->backends[i].name, der, why, sizeof why)) {
        log_line(CMPGATE_WARN, &subject, "CRL %llu not written, tried again: %s", (unsigned long long)number, why);
        return;         /* without its number, the next look finds it as if another had made it */
    }
    p->numbers[i] = number;
}

static void refresh(struct publisher *p, size_t i, struct arena *arena)
{
    const struct log_subject subject = { .endpoint = p->config->backends[i].name };
    struct crl *latest = NULL;
    char why[512] = "";
    bool due = false;
    int64_t now = time(NULL);

    if (!crl_due(p->backends[i], p->store, now, arena, &latest, &due, why, sizeof why)) {
        log_line(CMPGATE_WARN, &subject, "no CRL: %s", why);
        return;
    }
    if (!due) {
        /* A command, or another gateway on this store, may have made it. */
        if (p->numbers[i] != latest->number) {
            publish(p, i, latest->number, latest->der);
        }
        return;
    }
    struct change *change = crl_make(p->backends[i], p->store, now, why, sizeof why);
    if (change == NULL) {
        log_line(CMPGATE_ERROR, &subject, "no CRL: %s", why);
        return;
    }
    /* The writer frees the change, so the bytes that are published are copied first. */
    struct span der = arena_copy(arena, change->crl->der.ptr, change->crl->der.len);
    uint64_t number = change->crl->number;
    enum commit_result result = commit_and_wait(p, change);
    if (result == COMMIT_DONE && der.ptr != NULL) {
        publish(p, i, number, der);
        log_line(CMPGATE_INFO, &subject, "CRL %llu published", (unsigned long long)number);
    } else if (result != COMMIT_LOST) {
        log_line(CMPGATE_ERROR, &subject, "CRL %llu not committed: tried again", (unsigned long long)number);
    }
}

/* CRLs of others: files that somebody else replaces. */
static void refresh_anchors(const struct config *config)
{
    char why[512] = "";
    bool changed = false;

    for (size_t i = 0; i < config->profile_count; i++) {
        struct crypto_anchors *anchors = config->profiles[i].anchors;
        if (anchors == NULL) {
            continue;
        }
        if (!crypto_anchors_refresh(anchors, &changed, why, sizeof why)) {
            log_line(CMPGATE_ERROR, NULL, "profile \"%s\" goes on with the CRLs it has: %s", config->profiles[i].name, why);
        } else if (changed) {
            log_line(CMPGATE_INFO, NULL, "profile \"%s\" has read its CRLs again", config->profiles[i].name);
        }
    }
}

static bool wait_for_work(struct publisher *p)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&p->lock);
    while (!p->awake && !p->stopping && pthread_cond_timedwait(&p->changed, &p->lock, &until) != ETIMEDOUT) {
    }
    p->awake = false;
    bool go_on = !p->stopping;
    pthread_mutex_unlock(&p->lock);
    return go_on;
}

static void clear_aside(const struct publisher *p)
{
    for (size_t i = 0; p->config->crl_directory != NULL && i < p->config->backend_count; i++) {
        crl_clear_aside(p->config->crl_directory, p->config->backends[i].name);
    }
}

static void *publisher_main(void *context)
{
    struct publisher *p = context;
    struct arena *arena = arena_new();

    if (arena == NULL) {
        return NULL;
    }
    clear_aside(p);
    do {
        for (size_t i = 0; i < p->config->backend_count; i++) {
            if (backend_serves(p->backends[i], CMPGATE_CRL)) {
                refresh(p, i, arena);
            }
            arena_reset(arena);
        }
        refresh_anchors(p->config);
    } while (wait_for_work(p));
    arena_free(arena);
    return NULL;
}

/* ---- life --------------------------------------------------------------------------------------- */

static void publisher_free(struct publisher *p)
{
    for (size_t i = 0; p->crls != NULL && i < p->config->backend_count; i++) {
        document_drop(p->crls[i]);
    }
    document_drop(p->anchors);
    store_close(p->store);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    free(p->crls);
    free(p->numbers);
    free(p);
}

struct publisher *publisher_start(const struct config *config, struct backend **backends, struct commit *commit,
                                  char *why, size_t why_size)
{
    struct publisher *p = calloc(1, sizeof *p);

    if (p == NULL) {
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    *p = (struct publisher){ .config = config, .backends = backends, .commit = commit };
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->crls = calloc(config->backend_count + 1, sizeof *p->crls);
    p->numbers = calloc(config->backend_count + 1, sizeof *p->numbers);
    p->anchors = anchors_document(config);
    p->store = store_open(config->store, why, why_size);
    if (p->crls == NULL || p->numbers == NULL || p->store == NULL || !thread_start(&p->thread, "publisher", publisher_main, p)) {
        publisher_free(p);
        return NULL;
    }
    return p;
}

void publisher_wake(struct publisher *p)
{
    pthread_mutex_lock(&p->lock);
    p->awake = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void publisher_stop(struct publisher *p)
{
    if (p == NULL) {
        return;
    }
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    publisher_free(p);
}
