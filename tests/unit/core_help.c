#include "tests/unit/core_help.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/worker.h"

enum { PATIENCE = 60 /* seconds */ };

struct order_seen {
    uint8_t id[STORE_ORDER_ID];
    enum cmpgate_order_kind kind;
};

struct core {
    struct fixture *f;
    struct gateway gateway;
    struct generation generation;
    struct cmpgate_transport transport;
    struct cmpgate_backend module;
    struct config_endpoint endpoint_rows[2];
    struct endpoint *endpoints[2];
    struct backend *backends[2];
    struct worker *worker;
    /* the test's ends */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct cmpgate_gate *gate;
    bool frames;                        /* what comes */
    uint64_t ticket, awaited;           /* the last that was given out; the one whose answer is kept */
    bool replied;
    unsigned answers[CMPGATE_UNKNOWN_REFERENCE + 1];
    pthread_cond_t disk;
    bool stalls, stalled;
    struct cmpgate_reply reply;
    uint8_t *octets;
    const struct cmpgate_desk *desk;
    struct cmpgate_instance *instance;
    struct order_seen last;
    unsigned orders, forgotten;
    const struct cmpgate_outcome *at_once;
};

/* The modules have no context of their own before open(): there is one core at a time. */
static struct core *the_core;

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "core_help: %s\n", what);
        abort();
    }
}

static void wait_changed(struct core *c, const char *what)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    must(pthread_cond_timedwait(&c->changed, &c->lock, &until) == 0, what);
}

/* ---- the transport --------------------------------------------------------------------------- */

static void *desk_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *options)
{
    (void)options;
    the_core->gate = gate;
    return endpoint;
}

static void desk_reply(void *self, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct core *c = the_core;

    pthread_mutex_lock(&c->lock);
    c->answers[reply->kind]++;
    pthread_cond_signal(&c->changed);
    if (ticket == c->awaited) {
        must(!c->replied, "a delivery was answered twice");
        c->replied = true;
        c->reply = *reply;
        c->octets = malloc(reply->message.len + 1);
        must(c->octets != NULL, "out of memory");
        if (reply->message.len > 0) {
            memcpy(c->octets, reply->message.ptr, reply->message.len);
        }
        pthread_cond_signal(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    c->gate->settled(self, ticket, CMPGATE_HANDED_OVER, NULL);
}

static void desk_nothing(void *self)
{
    (void)self;
}

static void put(struct core *c, struct endpoint *endpoint, struct span message, uint32_t reference, bool awaited)
{
    struct cmpgate_delivery d = {
        .size = sizeof d, .reference = reference, .message = { message.ptr, message.len },
        .peer = { .size = sizeof d.peer, .text = "192.0.2.7:40112" }, .arrived = time(NULL), .polls = c->frames,
        .profile = c->f->in.profile_name, .operation = c->f->in.operation,
    };

    pthread_mutex_lock(&c->lock);
    d.ticket = ++c->ticket;
    c->awaited = awaited ? d.ticket : 0;
    c->replied = false;
    pthread_mutex_unlock(&c->lock);
    must(c->gate->deliver((struct cmpgate_endpoint *)(void *)endpoint, &d) == CMPGATE_TAKEN, "a delivery was not taken");
}

static struct heard deliver(struct core *c, struct endpoint *endpoint, struct span message, uint32_t reference)
{
    put(c, endpoint, message, reference, true);
    pthread_mutex_lock(&c->lock);
    while (!c->replied) {
        wait_changed(c, "a delivery was not answered");
    }
    struct heard heard = {
        .kind = c->reply.kind, .reference = c->reply.reference, .check_after = c->reply.check_after, .last = c->reply.last,
        .message = c->reply.message.ptr != NULL ? arena_copy(c->f->arena, c->octets, c->reply.message.len)
                                                : (struct span){ NULL, 0 },
    };
    free(c->octets);
    pthread_mutex_unlock(&c->lock);
    return heard;
}

void core_frame(struct core *c, bool frames)
{
    c->frames = frames;
}

struct heard core_send(struct core *c, struct span message)
{
    return deliver(c, c->endpoints[0], message, 0);
}

struct heard core_fetch(struct core *c, const char *endpoint, uint32_t reference)
{
    return deliver(c, c->endpoints[strcmp(endpoint, "wan") == 0], (struct span){ NULL, 0 }, reference);
}

void core_post(struct core *c, struct span message)
{
    put(c, c->endpoints[0], message, 0, false);
}

unsigned core_answers(struct core *c, enum cmpgate_reply_kind kind)
{
    pthread_mutex_lock(&c->lock);
    unsigned n = c->answers[kind];
    pthread_mutex_unlock(&c->lock);
    return n;
}

void core_wait_for_answers(struct core *c, enum cmpgate_reply_kind kind, unsigned n)
{
    pthread_mutex_lock(&c->lock);
    while (c->answers[kind] < n) {
        wait_changed(c, "deliveries were not answered");
    }
    pthread_mutex_unlock(&c->lock);
}

/* ---- the disk -------------------------------------------------------------------------------- */

/* On the writer's thread: what it was given since waits as if its fsync did. */
static void stall(void *context, enum commit_result result)
{
    struct core *c = context;

    (void)result;
    pthread_mutex_lock(&c->lock);
    c->stalled = true;
    pthread_cond_signal(&c->changed);
    while (c->stalls) {
        pthread_cond_wait(&c->disk, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
}

void core_stall(struct core *c)
{
    struct change *nothing = change_new();

    must(nothing != NULL, "out of memory");
    c->stalls = true;
    c->stalled = false;
    commit_put(c->gateway.commit, nothing, stall, c);
    pthread_mutex_lock(&c->lock);
    while (!c->stalled) {
        wait_changed(c, "the writer did not get to its work");
    }
    pthread_mutex_unlock(&c->lock);
}

void core_go_on(struct core *c)
{
    pthread_mutex_lock(&c->lock);
    c->stalls = false;
    pthread_cond_signal(&c->disk);
    pthread_mutex_unlock(&c->lock);
}

/* ---- the backend ------------------------------------------------------------------------------- */

static void *module_open(const struct cmpgate_desk *desk, struct cmpgate_instance *instance, const void *options)
{
    (void)options;
    the_core->desk = desk;
    the_core->instance = instance;
    return the_core;
}

static void module_submit(void *self, const struct cmpgate_order *order)
{
    struct core *c = self;

    pthread_mutex_lock(&c->lock);
    must(order->id.len == sizeof c->last.id, "an order without an id");
    memcpy(c->last.id, order->id.ptr, sizeof c->last.id);
    c->last.kind = order->kind;
    c->orders++;
    const struct cmpgate_outcome *outcome = c->at_once;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (outcome != NULL) {
        c->desk->complete(c->instance, order->id, outcome);
    }
}

static void module_forget(void *self, const struct cmpgate_order *order)
{
    struct core *c = self;

    (void)order;
    pthread_mutex_lock(&c->lock);
    c->forgotten++;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void core_wait_for_order(struct core *c, unsigned n)
{
    pthread_mutex_lock(&c->lock);
    while (c->orders < n) {
        wait_changed(c, "the backend was not given its order");
    }
    pthread_mutex_unlock(&c->lock);
}

void core_wait_for_forget(struct core *c, unsigned n)
{
    pthread_mutex_lock(&c->lock);
    while (c->forgotten < n) {
        wait_changed(c, "the backend was not told to forget");
    }
    pthread_mutex_unlock(&c->lock);
}

unsigned core_orders(struct core *c)
{
    pthread_mutex_lock(&c->lock);
    unsigned n = c->orders;
    pthread_mutex_unlock(&c->lock);
    return n;
}

unsigned core_forgotten(struct core *c)
{
    pthread_mutex_lock(&c->lock);
    unsigned n = c->forgotten;
    pthread_mutex_unlock(&c->lock);
    return n;
}

enum cmpgate_order_kind core_order_kind(struct core *c)
{
    return c->last.kind;
}

void core_complete(struct core *c, enum cmpgate_result result, struct span certificate)
{
    struct cmpgate_outcome outcome = {
        .size = sizeof outcome, .result = result, .certificate = { certificate.ptr, certificate.len },
        .text = result == CMPGATE_REJECTED ? "not today" : NULL, .check_after = 3600,
    };

    c->desk->complete(c->instance, (struct cmpgate_bytes){ c->last.id, sizeof c->last.id }, &outcome);
}

void core_refuse(struct core *c, uint32_t fail_info, const char *text)
{
    struct cmpgate_outcome outcome = { .size = sizeof outcome, .result = CMPGATE_REJECTED, .fail_info = fail_info, .text = text };

    c->desk->complete(c->instance, (struct cmpgate_bytes){ c->last.id, sizeof c->last.id }, &outcome);
}

void core_at_once(struct core *c, const struct cmpgate_outcome *outcome)
{
    pthread_mutex_lock(&c->lock);
    c->at_once = outcome;
    pthread_mutex_unlock(&c->lock);
}

/* ---- the store --------------------------------------------------------------------------------- */

static struct step last_step(struct core *c, const struct draft *d)
{
    struct step *steps = NULL;
    size_t count = 0;

    must(store_steps(c->f->store, d->header->transactionID, c->f->arena, &steps, &count), "the store cannot be read");
    return count > 0 ? steps[count - 1] : (struct step){ .phase = PHASE_NONE };
}

enum phase core_phase(struct core *c, const struct draft *d)
{
    return last_step(c, d).phase;
}

enum ending core_ending(struct core *c, const struct draft *d)
{
    return last_step(c, d).ending;
}

struct order *core_order(struct core *c)
{
    struct order *o = NULL;

    must(store_order(c->f->store, c->last.id, c->f->arena, &o), "the store cannot be read");
    return o;
}

void core_wait_for_phase(struct core *c, const struct draft *d, enum phase phase)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

    for (int left = PATIENCE * 100; core_phase(c, d) != phase; left--) {
        must(left > 0, "a transaction did not get into its phase");
        nanosleep(&pause, NULL);
    }
}

/* ---- answers ------------------------------------------------------------------------------------ */

const char *core_fault(struct fixture *f, const struct draft *d, const struct heard *heard, struct PKIMessage **m)
{
    f->in.header = inbound_decode(d->der, f->arena)->header;
    f->now = time(NULL);
    f->config.signer = &f->signer;
    *m = NULL;
    if (heard->kind != CMPGATE_ANSWER) {
        return "not an answer";
    }
    const char *fault = answer_fault(f, heard->message, m);
    return strcmp(fault, "messageTime is wrong") == 0 ? "" : fault;
}

struct draft *core_next(const struct draft *opening, int arm, struct span answer)
{
    struct fixture *f = opening->f;
    struct draft *d = draft_follow(opening, arm);
    struct asn1_error err;

    d->header->recipNonce = PKIMessage_decode(answer, f->arena, &err)->header->senderNonce;
    return d;
}

/* ---- life ---------------------------------------------------------------------------------------- */

static void fill_modules(struct core *c, const struct core_setting *s)
{
    static const struct cmpgate_option none[] = { { .name = NULL } };

    c->transport = (struct cmpgate_transport){
        .abi = CMPGATE_ABI, .size = sizeof c->transport, .name = "desk", .options = none,
        .can = s->transport_can != 0 ? s->transport_can : CMPGATE_SERVES | CMPGATE_CORRELATES,
        .open = desk_open, .serve = desk_nothing, .room = desk_nothing, .reply = desk_reply,
        .stop = desk_nothing, .close = desk_nothing,
    };
    c->module = (struct cmpgate_backend){
        .abi = CMPGATE_ABI, .size = sizeof c->module, .name = "hand", .can = s->backend_can, .options = none,
        .kinds = s->backend_kinds != 0 ? s->backend_kinds
                                       : CMPGATE_SERVES_KIND(CMPGATE_CERTIFY) | CMPGATE_SERVES_KIND(CMPGATE_REVOKE),
        .open = module_open, .submit = module_submit, .check = module_submit, .forget = module_forget,
    };
}

static void fill_config(struct core *c, const struct core_setting *s)
{
    struct config *config = &c->f->config;

    c->endpoint_rows[0] = c->f->endpoint;
    c->endpoint_rows[0].transport = &c->transport;
    c->endpoint_rows[0].polling = s->polling;
    c->endpoint_rows[0].hold = s->hold != 0 ? s->hold : 1;
    c->endpoint_rows[0].in_flight = 100;
    c->endpoint_rows[1] = c->endpoint_rows[0];
    c->endpoint_rows[1].name = "wan";
    config->endpoints = c->endpoint_rows;
    config->endpoint_count = 2;
    config->backends = c->f->backends;
    config->backend_count = 1;
    config->backends[0].module = &c->module;
    config->check_after = 30;
    config->iterations_burst = 1000000;
    config->message_max = 65536;
}

static void open_parts(struct core *c)
{
    struct gateway *g = &c->gateway;
    struct config *config = &c->f->config;
    char why[256] = "";

    g->host = (struct endpoint_host){ .queue = g->queue, .message_max = config->message_max,
                                      .handovers = g->handovers, .timer = g->timer };
    c->backends[0] = backend_open(config, &config->backends[0], g->queue);
    for (size_t i = 0; i < 2; i++) {
        c->endpoints[i] = endpoint_open(&c->endpoint_rows[i], &g->host);
        must(c->endpoints[i] != NULL, "an endpoint does not open");
    }
    c->generation = (struct generation){ .refs = 1, .config = config, .backends = c->backends, .endpoints = c->endpoints };
    c->generation.publisher = publisher_start(config, c->backends, g->commit, why, sizeof why);
    must(c->backends[0] != NULL && c->generation.publisher != NULL, why);
    g->current = &c->generation;
}

struct core *core_start(struct fixture *f, const struct core_setting *s)
{
    struct core *c = calloc(1, sizeof *c);
    struct gateway *g = &c->gateway;
    char why[256] = "out of memory";

    must(c != NULL, why);
    the_core = c;
    c->f = f;
    log_setup(false, getenv("CORE_LOG") != NULL ? CMPGATE_DEBUG : CMPGATE_ERROR);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    pthread_cond_init(&c->disk, NULL);
    fill_modules(c, s);
    fill_config(c, s);
    pthread_mutex_init(&g->lock, NULL);
    g->store = f->config.store;
    g->queue = queue_new(100);
    g->holds = holds_new();
    g->handovers = handovers_new(time(NULL));
    g->budget = budget_new(0, f->config.iterations_burst);
    g->commit = commit_start(g->store, why, sizeof why);
    must(g->commit != NULL, why);
    g->timer = timer_start(g->store, g->queue, g->handovers, why, sizeof why);
    must(g->timer != NULL, why);
    open_parts(c);
    c->worker = worker_start(g, why, sizeof why);
    must(c->worker != NULL, why);
    return c;
}

void core_stop(struct core *c)
{
    struct gateway *g = &c->gateway;

    queue_close(g->queue);
    worker_join(c->worker);
    publisher_stop(c->generation.publisher);
    commit_stop(g->commit);
    timer_stop(g->timer);
    for (size_t i = 0; i < 2; i++) {
        endpoint_close(c->endpoints[i]);
    }
    backend_close(c->backends[0]);
    holds_free(g->holds);
    handovers_free(g->handovers);
    budget_free(g->budget);
    queue_free(g->queue);
    pthread_mutex_destroy(&g->lock);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
    pthread_cond_destroy(&c->disk);
    the_core = NULL;
    free(c);
}
