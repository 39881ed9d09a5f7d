#include "tests/fuzz/sequence_core.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/worker.h"

enum { HOLD = 10 /* seconds */, ROOM = 200 };

struct hold {
    struct hold *next;
    struct endpoint *endpoint;
    uint64_t ticket;
    struct store_octets transactionID;
    int64_t at;
};

/* Instead of gateway/timer.c: nothing happens before the caller says that time passes. */
struct timer {
    pthread_mutex_t lock;
    struct hold *holds, **last_hold;
    struct event *later, **last_later;
};

/* From the writer's thread to the caller's. */
struct heard {
    struct heard *next;
    uint64_t ticket;
    struct cmpgate_reply reply;
    uint8_t octets[];
};

static struct {
    struct fixture *f;
    struct sequence_ends ends;
    struct gateway gateway;
    struct generation generation;
    struct cmpgate_transport transport;
    struct cmpgate_backend module;
    struct config_endpoint endpoint_rows[2];
    struct endpoint *endpoints[2];
    struct backend *backends[2];
    struct worker *worker;
    struct timer timer;
    const struct cmpgate_gate *gate;
    const struct cmpgate_desk *desk;
    struct cmpgate_instance *instance;
    uint64_t ticket;
    int64_t ahead;                      /* of the clock */
    /* with the writer */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct heard *heard, **last_heard;
    uint64_t barriers;
    bool stall, stalled, deaf;
} core = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .gateway = { .lock = PTHREAD_MUTEX_INITIALIZER },
           .timer = { .lock = PTHREAD_MUTEX_INITIALIZER } };

static void must(bool ok, const char *what)
{
    if (!ok) {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
        fprintf(stderr, "sequence_core: %s\n", what);
        abort();
    }
}

/* ---- the clock ------------------------------------------------------------------------------------------ */

/* In place of the C library's, for all that is linked with it: it stands still between two calls of sequence_pass(). */
time_t time(time_t *out)
{
    static int64_t began;

    if (began == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        began = now.tv_sec;
    }
    time_t t = (time_t)(began + core.ahead);
    if (out != NULL) {
        *out = t;
    }
    return t;
}

/* ---- the timer ------------------------------------------------------------------------------------------ */

static void timer_begin(struct timer *t)
{
    t->holds = NULL;
    t->last_hold = &t->holds;
    t->later = NULL;
    t->last_later = &t->later;
}

bool timer_hold(struct timer *t, struct endpoint *endpoint, uint64_t ticket, const struct store_octets *transactionID,
                int64_t seconds)
{
    struct hold *h = malloc(sizeof *h);

    must(h != NULL, "out of memory");
    *h = (struct hold){ .endpoint = endpoint, .ticket = ticket, .transactionID = *transactionID, .at = time(NULL) + seconds };
    pthread_mutex_lock(&t->lock);
    *t->last_hold = h;
    t->last_hold = &h->next;
    pthread_mutex_unlock(&t->lock);
    return true;
}

/* Under the lock: the first that is due by then, or is this one. */
static struct hold *take_hold(struct timer *t, const struct endpoint *endpoint, uint64_t ticket, int64_t by)
{
    for (struct hold **at = &t->holds; *at != NULL; at = &(*at)->next) {
        struct hold *h = *at;
        if (endpoint == NULL ? h->at <= by : h->endpoint == endpoint && h->ticket == ticket) {
            *at = h->next;
            t->last_hold = h->next == NULL ? at : t->last_hold;
            return h;
        }
    }
    return NULL;
}

bool timer_release(struct timer *t, const struct endpoint *endpoint, uint64_t ticket)
{
    pthread_mutex_lock(&t->lock);
    struct hold *h = take_hold(t, endpoint, ticket, 0);
    pthread_mutex_unlock(&t->lock);
    free(h);
    return h != NULL;
}

void timer_later(struct timer *t, struct event *event)
{
    pthread_mutex_lock(&t->lock);
    event->next = NULL;
    *t->last_later = event;
    t->last_later = &event->next;
    pthread_mutex_unlock(&t->lock);
}

bool timer_put_off(struct timer *t, struct event *event)
{
    event->put_off++;
    timer_later(t, event);
    return true;
}

void timer_wake(struct timer *t, int64_t at)
{
    (void)t, (void)at;
}

static struct event *take_later(struct timer *t)
{
    struct event *e = t->later;

    if (e != NULL) {
        t->later = e->next;
        t->last_later = t->later == NULL ? &t->later : t->last_later;
    }
    return e;
}

static void say_holds(int64_t now)
{
    for (struct hold *h; (h = take_hold(&core.timer, NULL, 0, now)) != NULL; free(h)) {
        queue_put_always(core.gateway.queue, event_hold(h->endpoint, h->ticket, &h->transactionID));
    }
}

static void say_due(int64_t now)
{
    enum { MOST = 100 };
    struct due *due = NULL;
    size_t count = 0;
    int64_t next = 0;

    must(store_due(core.f->store, now, MOST, handovers_when, core.gateway.handovers, core.f->arena, &due, &count, &next),
         "what is due cannot be read");
    for (size_t i = 0; i < count; i++) {
        queue_put_always(core.gateway.queue, event_due(&due[i]));
    }
}

void sequence_pass(int64_t seconds)
{
    core.ahead += seconds;
    core.f->now = time(NULL);
    pthread_mutex_lock(&core.timer.lock);
    for (struct event *e; (e = take_later(&core.timer)) != NULL;) {
        queue_put_always(core.gateway.queue, e);
    }
    say_holds(core.f->now);
    pthread_mutex_unlock(&core.timer.lock);
    say_due(core.f->now);
}

static void timer_end(struct timer *t)
{
    for (struct hold *h; (h = take_hold(t, NULL, 0, INT64_MAX)) != NULL;) {
        free(h);
    }
    for (struct event *e; (e = take_later(t)) != NULL;) {
        event_free(e);
    }
}

/* ---- the transport ---------------------------------------------------------------------------------------- */

static void *transport_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *options)
{
    (void)options;
    core.gate = gate;
    return endpoint;
}

static void transport_reply(void *self, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct heard *h = malloc(sizeof *h + reply->message.len);

    must(h != NULL, "out of memory");
    *h = (struct heard){ .ticket = ticket, .reply = *reply };
    if (reply->message.len > 0) {
        memcpy(h->octets, reply->message.ptr, reply->message.len);
        h->reply.message.ptr = h->octets;
    }
    pthread_mutex_lock(&core.lock);
    *core.last_heard = h;
    core.last_heard = &h->next;
    pthread_mutex_unlock(&core.lock);
    core.gate->settled(self, ticket, CMPGATE_HANDED_OVER, NULL);
}

static void transport_nothing(void *self)
{
    (void)self;
}

static void tell_replies(void)
{
    pthread_mutex_lock(&core.lock);
    struct heard *all = core.heard;
    core.heard = NULL;
    core.last_heard = &core.heard;
    pthread_mutex_unlock(&core.lock);
    for (struct heard *h = all, *next; h != NULL; h = next) {
        next = h->next;
        if (!core.deaf) {
            core.ends.reply(h->ticket, &h->reply);
        }
        free(h);
    }
}

uint64_t sequence_deliver(struct span message, bool framed, uint32_t reference)
{
    struct cmpgate_delivery d = {
        .size = sizeof d, .ticket = ++core.ticket, .reference = reference, .message = { message.ptr, message.len },
        .peer = { .size = sizeof d.peer, .text = "192.0.2.7:40112" }, .arrived = time(NULL),
    };

    return core.gate->deliver((struct cmpgate_endpoint *)(void *)core.endpoints[framed], &d) == CMPGATE_TAKEN ? d.ticket : 0;
}

/* ---- the backend ------------------------------------------------------------------------------------------- */

static void *backend_module_open(const struct cmpgate_desk *desk, struct cmpgate_instance *instance, const void *options)
{
    (void)options;
    core.desk = desk;
    core.instance = instance;
    return &core;
}

static void backend_module_submit(void *self, const struct cmpgate_order *order)
{
    (void)self;
    core.ends.submit(order);
}

static void backend_module_check(void *self, const struct cmpgate_order *order)
{
    (void)self;
    core.ends.check(order);
}

void sequence_complete(const uint8_t order[STORE_ORDER_ID], const struct cmpgate_outcome *outcome)
{
    core.desk->complete(core.instance, (struct cmpgate_bytes){ order, STORE_ORDER_ID }, outcome);
}

/* ---- the disk ------------------------------------------------------------------------------------------------ */

static void barrier_reached(void *context, enum commit_result result)
{
    (void)context, (void)result;
    pthread_mutex_lock(&core.lock);
    core.barriers++;
    pthread_cond_signal(&core.changed);
    pthread_mutex_unlock(&core.lock);
}

static struct change *new_change(void)
{
    struct change *c = change_new();

    must(c != NULL, "out of memory");
    return c;
}

static void put_and_wait(void (*put)(struct commit *, struct change *, commit_done, void *), struct change *c)
{
    pthread_mutex_lock(&core.lock);
    uint64_t before = core.barriers;
    pthread_mutex_unlock(&core.lock);
    put(core.gateway.commit, c, barrier_reached, NULL);
    pthread_mutex_lock(&core.lock);
    while (core.barriers == before) {
        pthread_cond_wait(&core.changed, &core.lock);
    }
    pthread_mutex_unlock(&core.lock);
}

/* What was put before is written, or has failed, and what follows from that has been done. */
static void wait_for_disk(void)
{
    if (!core.stall) {
        put_and_wait(commit_put, new_change());
    }
}

static void hold_writer(void *context, enum commit_result result)
{
    (void)context, (void)result;
    pthread_mutex_lock(&core.lock);
    core.stalled = true;
    pthread_cond_broadcast(&core.changed);
    while (core.stall) {
        pthread_cond_wait(&core.changed, &core.lock);
    }
    core.stalled = false;
    pthread_mutex_unlock(&core.lock);
}

void sequence_stall(bool on)
{
    if (on == core.stall) {
        return;
    }
    pthread_mutex_lock(&core.lock);
    core.stall = on;
    pthread_cond_broadcast(&core.changed);
    pthread_mutex_unlock(&core.lock);
    if (!on) {
        wait_for_disk();
        return;
    }
    commit_put(core.gateway.commit, new_change(), hold_writer, NULL);
    pthread_mutex_lock(&core.lock);
    while (!core.stalled) {
        pthread_cond_wait(&core.changed, &core.lock);
    }
    pthread_mutex_unlock(&core.lock);
}

bool sequence_stalls(void)
{
    return core.stall;
}

void sequence_break(bool on)
{
    struct rlimit limit;

    must(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
    limit.rlim_cur = on ? 0 : limit.rlim_max;
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
}

void sequence_sweep(void)
{
    enum { WINDOW = 300, SPARE = 3600 };
    struct change *c = new_change();
    int64_t from = 0;

    c->sweep = arena_zalloc(c->arena, sizeof *c->sweep);
    must(c->sweep != NULL, "out of memory");
    c->sweep->closed_before = time(NULL) + 1;
    c->sweep->accepted_from = time(NULL) - WINDOW - SPARE;
    if (core.stall || !store_sweep_look(core.f->store, c->sweep, &from)) {
        change_free(c);
        return;
    }
    put_and_wait(commit_put_idle, c);
}

/* ---- work ---------------------------------------------------------------------------------------------------- */

/* The events before this one, and so without waiting: everything else is somebody's turn that has not come. */
static unsigned work_until(struct event *mark)
{
    unsigned worked = 0;

    for (struct event *e; (e = queue_take(core.gateway.queue)) != mark; worked++) {
        worker_work(core.worker, e);
        wait_for_disk();
        tell_replies();
        core.ends.worked();
    }
    event_free(mark);
    return worked;
}

unsigned sequence_run(void)
{
    enum { MOST = 300 };
    static const struct store_octets none;
    unsigned worked = 0;

    tell_replies();
    /* Ours and those of peers take turns, so twice nothing before the mark is nothing at all. */
    for (int idle = 0; idle < 2;) {
        struct event *mark = event_hold(NULL, 0, &none);
        must(mark != NULL, "out of memory");
        queue_put_always(core.gateway.queue, mark);
        unsigned now = work_until(mark);
        idle = now == 0 ? idle + 1 : 0;
        worked += now;
        must(worked < MOST, "there is no end to what follows from one event");
    }
    return worked;
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

static void fill_modules(void)
{
    static const struct cmpgate_option none[] = { { .name = NULL } };

    core.transport = (struct cmpgate_transport){
        .abi = CMPGATE_ABI, .size = sizeof core.transport, .name = "desk", .options = none,
        .can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS,
        .open = transport_open, .serve = transport_nothing, .room = transport_nothing, .reply = transport_reply,
        .stop = transport_nothing, .close = transport_nothing,
    };
    core.module = (struct cmpgate_backend){
        .abi = CMPGATE_ABI, .size = sizeof core.module, .name = "hand", .can = core.ends.can, .options = none,
        .kinds = CMPGATE_SERVES_KIND(CMPGATE_CERTIFY) | CMPGATE_SERVES_KIND(CMPGATE_REVOKE) |
                 (core.ends.confirms ? CMPGATE_SERVES_KIND(CMPGATE_CONFIRM) | CMPGATE_SERVES_KIND(CMPGATE_DISCARD) : 0),
        .open = backend_module_open, .submit = backend_module_submit, .check = backend_module_check,
    };
}

static void fill_config(void)
{
    struct config *config = &core.f->config;

    for (size_t i = 0; i < 2; i++) {
        core.endpoint_rows[i] = core.f->endpoint;
        core.endpoint_rows[i].transport = &core.transport;
        core.endpoint_rows[i].hold = HOLD;
        core.endpoint_rows[i].in_flight = core.endpoint_rows[i].in_flight_peer = ROOM;
        core.endpoint_rows[i].polling = i == 1 ? POLLING_FRAMING : POLLING_CMP;
    }
    core.endpoint_rows[1].name = "framed";
    config->endpoints = core.endpoint_rows;
    config->endpoint_count = 2;
    config->backends = core.f->backends;
    config->backend_count = 1;
    config->backends[0].module = &core.module;
    config->check_after = 30;
    config->iterations_burst = UINT64_MAX / 4;
    config->message_max = 65536;
}

static void open_parts(struct gateway *g)
{
    struct config *config = &core.f->config;
    char why[256] = "out of memory";

    g->host = (struct endpoint_host){ .queue = g->queue, .batches = g->batches, .message_max = config->message_max,
                                      .handovers = g->handovers, .timer = g->timer };
    core.backends[0] = backend_open(config, &config->backends[0], g->queue);
    for (size_t i = 0; i < 2; i++) {
        core.endpoints[i] = endpoint_open(&core.endpoint_rows[i], &g->host);
        must(core.endpoints[i] != NULL, why);
    }
    core.generation = (struct generation){ .refs = 1, .config = config, .backends = core.backends,
                                           .endpoints = core.endpoints };
    core.generation.publisher = publisher_start(config, core.backends, g->commit, why, sizeof why);
    must(core.backends[0] != NULL && core.generation.publisher != NULL, why);
    g->current = &core.generation;
    core.worker = worker_new(g, why, sizeof why);
    must(core.worker != NULL, why);
}

static void bring_up(void)
{
    struct gateway *g = &core.gateway;
    char why[256] = "out of memory";

    timer_begin(&core.timer);
    core.last_heard = &core.heard;
    g->store = core.f->config.store;
    g->queue = queue_new(2 * ROOM);
    g->holds = holds_new();
    g->handovers = handovers_new(time(NULL));
    g->batches = batches_new(g->queue);
    g->budget = budget_new(0, core.f->config.iterations_burst);
    g->timer = &core.timer;
    g->commit = commit_start(g->store, why, sizeof why);
    must(g->queue != NULL && g->holds != NULL && g->handovers != NULL && g->batches != NULL && g->budget != NULL &&
         g->commit != NULL, why);
    open_parts(g);
}

static void take_down(void)
{
    struct gateway *g = &core.gateway;

    queue_close(g->queue);
    worker_free(core.worker);
    publisher_stop(core.generation.publisher);
    commit_stop(g->commit);
    timer_end(&core.timer);
    for (size_t i = 0; i < 2; i++) {
        endpoint_close(core.endpoints[i]);
    }
    backend_close(core.backends[0]);
    batches_free(g->batches);
    holds_free(g->holds);
    handovers_free(g->handovers);
    budget_free(g->budget);
    queue_free(g->queue);
}

void sequence_start(struct fixture *f, const struct sequence_ends *ends)
{
    signal(SIGXFSZ, SIG_IGN);           /* write() then fails with EFBIG */
    log_setup(false, getenv("SEQUENCE_LOG") != NULL ? CMPGATE_DEBUG : (enum cmpgate_severity)(CMPGATE_ERROR + 1));
    core.f = f;
    core.f->now = time(NULL);
    core.ends = *ends;
    fill_modules();
    fill_config();
    bring_up();
}

void sequence_stop(void)
{
    core.deaf = true;
    sequence_break(false);
    sequence_stall(false);
    take_down();
    tell_replies();
    core.deaf = false;
}

void sequence_kill(void)
{
    core.deaf = true;
    sequence_break(true);
    sequence_stall(false);
    sequence_break(false);
    take_down();
    tell_replies();
    core.deaf = false;
    bring_up();
}
