#include "client.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "../stream/tls.h"
#include "tcp.h"
#include "transfer.h"

#define RESPONSE_TICKET (UINT64_C(1) << 63)

struct client {
    struct tcp *tcp;
    struct place place;
    struct stream_tls tls;
    int quit;                           /* eventfd: can be read from when everything ends */
    atomic_int framing;
    pthread_t *threads;
    pthread_mutex_t lock;               /* guards what follows */
    pthread_cond_t changed;             /* of the monotonic clock */
    struct transfer *first;             /* waiting, oldest first */
    size_t started, idle;
    bool closing;
};

bool client_owns(uint64_t ticket)
{
    return (ticket & RESPONSE_TICKET) != 0;
}

uint64_t client_ticket(struct tcp *tcp)
{
    return RESPONSE_TICKET | tcp_ticket(tcp);
}

/* ---- opening ------------------------------------------------------------------------ */

static bool open_tls(struct client *c)
{
    const struct tcp_options *o = c->tcp->options;
    const struct tls_host host = { c->tcp->gate, c->tcp->endpoint };
    const struct tls_client_files files = { o->ca, o->certificate, o->key };
    const char *why = NULL;
    struct tls tls = { 0 };

    bool ok = tls_open_client(&tls, &host, &files, c->place.secure, "a tcps://");
    if (ok && !stream_tls_open(&c->tls, &tls, true, &why)) {
        tcp_log(c->tcp, CMPGATE_ERROR, 0, "TLS: %s", why);
        ok = false;
    }
    tls_close(&tls);
    return ok;
}

static void init(struct client *c, struct tcp *tcp)
{
    pthread_condattr_t monotonic;

    c->tcp = tcp;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    c->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->threads = calloc((size_t)tcp->options->parallel, sizeof *c->threads);
}

struct client *client_open(struct tcp *tcp)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    init(c, tcp);
    const char *why = place_read(&c->place, tcp->options->url);
    atomic_init(&c->framing, c->place.framing);
    if (why != NULL) {
        tcp_log(tcp, CMPGATE_ERROR, 0, "url %s", why);
    }
    if (why != NULL || c->quit < 0 || c->threads == NULL || !open_tls(c)) {
        client_close(c);
        return NULL;
    }
    return c;
}

/* ---- carrying ------------------------------------------------------------------------ */

/* Under the lock.  *next: when the first of the others is due. */
static struct transfer *take_due(struct client *c, int64_t *next)
{
    int64_t now = tcp_now();

    *next = INT64_MAX;
    for (struct transfer **at = &c->first; *at != NULL; at = &(*at)->next) {
        struct transfer *t = *at;
        if (t->due <= now) {
            *at = t->next;
            t->next = NULL;
            return t;
        }
        *next = t->due < *next ? t->due : *next;
    }
    return NULL;
}

/* Under the lock. */
static void put(struct client *c, struct transfer *t)
{
    struct transfer **at = &c->first;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = t;
    pthread_cond_signal(&c->changed);
}

/* Under the lock, which it gives up meanwhile. */
static void wait_for_work(struct client *c, int64_t next)
{
    struct timespec until = { .tv_sec = (time_t)(next / 1000), .tv_nsec = (long)(next % 1000) * 1000000 };

    c->idle++;
    if (next == INT64_MAX) {
        pthread_cond_wait(&c->changed, &c->lock);
    } else {
        pthread_cond_timedwait(&c->changed, &c->lock, &until);
    }
    c->idle--;
}

/* NULL: it is over. */
static struct transfer *next_transfer(struct client *c, struct transfer *again)
{
    struct transfer *t = NULL;
    int64_t next;

    pthread_mutex_lock(&c->lock);
    if (again != NULL) {
        put(c, again);
    }
    while (!c->closing && (t = take_due(c, &next)) == NULL) {
        wait_for_work(c, next);
    }
    pthread_mutex_unlock(&c->lock);
    return t;
}

static void *run(void *context)
{
    struct client *c = context;
    struct link link = { .place = &c->place, .tls = &c->tls, .quit = c->quit,
                         .connect_time = c->tcp->options->connect_timeout * 1000 };
    struct transfer *t, *again = NULL;

    reader_init(&link.reader, FRAME_SERVER, 0, &link.budget);
    while ((t = next_transfer(c, again)) != NULL) {
        again = t;
        if (t->until <= tcp_now()) {
            transfer_give_up(t, c->tcp, "the deadline has passed");
            free(t);
            again = NULL;
        } else if (transfer_carry(t, c->tcp, &link, &c->framing)) {
            free(t);
            again = NULL;
        }
    }
    link_close(&link);
    return NULL;
}

/* Under the lock. */
static size_t count_due(const struct client *c)
{
    int64_t now = tcp_now();
    size_t count = 0;

    for (const struct transfer *t = c->first; t != NULL; t = t->next) {
        count += t->due <= now;
    }
    return count;
}

/* Under the lock.  One more thread when those at rest have enough to do. */
static bool ensure_started(struct client *c)
{
    if (c->idle <= count_due(c) && c->started < (size_t)c->tcp->options->parallel
        && pthread_create(&c->threads[c->started], NULL, run, c) == 0) {
        c->started++;
    }
    return c->started > 0;
}

void client_send(struct client *c, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    struct transfer *t = transfer_new(ticket, message, deadline);

    if (t == NULL) {
        c->tcp->gate->settled(c->tcp->endpoint, ticket, CMPGATE_AGAIN, "out of memory");
        return;
    }
    pthread_mutex_lock(&c->lock);
    bool started = ensure_started(c);
    if (started) {
        put(c, t);
    }
    pthread_mutex_unlock(&c->lock);
    if (!started) {
        transfer_give_up(t, c->tcp, "no thread could be started");
        free(t);
    }
}

static void end_threads(struct client *c)
{
    static const uint64_t one = 1;

    pthread_mutex_lock(&c->lock);
    c->closing = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (c->quit >= 0 && write(c->quit, &one, sizeof one) < 0 && errno != EAGAIN) {
        tcp_log(c->tcp, CMPGATE_WARN, 0, "closing waits for those on their way: %s", strerror(errno));
    }
    for (size_t i = 0; i < c->started; i++) {
        pthread_join(c->threads[i], NULL);
    }
}

void client_close(struct client *c)
{
    if (c == NULL) {
        return;
    }
    end_threads(c);
    for (struct transfer *t = c->first, *next; t != NULL; t = next) {
        next = t->next;
        transfer_give_up(t, c->tcp, "closing");
        free(t);
    }
    stream_tls_close(&c->tls);
    if (c->quit >= 0) {
        close(c->quit);
    }
    free(c->threads);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
