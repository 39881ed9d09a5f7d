#include "gateway/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/carry.h"
#include "gateway/fetch.h"
#include "gateway/nest.h"
#include "gateway/outcome.h"
#include "gateway/protocol/general.h"
#include "gateway/reply.h"
#include "gateway/thread.h"

struct worker {
    struct gateway *gateway;
    struct store *store;                /* its own connection */
    struct arena *arena;                /* reset after each event */
    pthread_t thread;
};

/* ---- the life of a message ----------------------------------------------------------------------- */

static bool load_tombstone(struct task *t)
{
    struct span id = t->in.header->transactionID;
    struct tombstone *found = NULL;

    if (id.len > 0 && !store_tombstone(t->in.store, id, t->in.arena, &found)) {
        log_line(CMPGATE_ERROR, &t->subject, "%s", store_why(t->in.store));
        return false;
    }
    t->tombstone = found;
    return true;
}

/* The very bytes of a message that led to a step, at the place where they led to it: no need to verify them again. */
static const struct step *led_to(const struct task *t)
{
    for (size_t i = 0; i < t->in.step_count; i++) {
        const struct step *s = &t->in.steps[i];
        bool here = strcmp(s->endpoint, t->in.endpoint->name) == 0 &&
                    (t->in.profile_name == NULL || strcmp(s->profile, t->in.profile_name) == 0);
        if (here && memcmp(s->digest, t->in.digest, STORE_DIGEST) == 0) {
            return s;
        }
    }
    return NULL;
}

static bool is_repeat(const struct task *t)
{
    return led_to(t) != NULL;
}

/* What the store knows of its transactionID; the profile of a follow-up is that of its first message. */
static bool load_transaction(struct task *t)
{
    struct store_octets transactionID = store_octets_of(t->in.header->transactionID);

    if (!carry_load(t, &transactionID)) {
        return false;
    }
    /* After the steps: the sweep may come in between, but never the other way round. */
    if (t->last == NULL) {
        return load_tombstone(t);
    }
    t->in.profile = config_profile_named(t->in.config, t->last->profile);
    const struct step *repeated = led_to(t), *s = repeated != NULL ? repeated : t->last;
    bool over = t->last->phase == PHASE_ISSUED || t->last->phase == PHASE_CLOSED;
    return over || store_order(t->in.store, s->order, t->in.arena, &t->order);
}

/* The order with this id as the one at stake; NULL when it was never written. */
static bool load_order(struct task *t, const uint8_t id[STORE_ORDER_ID])
{
    bool loaded = t->order != NULL && memcmp(t->order->id, id, STORE_ORDER_ID) == 0;

    return loaded || store_order(t->in.store, id, t->in.arena, &t->order) ||
           refuse_unavailable(&t->refusal, "the store cannot be read");
}

/* Its backend may want to hear what becomes of the certificate. */
static bool load_issuing_order(struct task *t)
{
    return t->last == NULL || t->last->phase != PHASE_ISSUED || load_order(t, t->last->order);
}

static bool read_opening(struct task *t, enum input *input)
{
    bool same = t->tombstone != NULL && memcmp(t->tombstone->digest, t->in.digest, STORE_DIGEST) == 0;

    *input = same ? INPUT_REPEAT : INPUT_OPEN;
    if (task_phase(t) != PHASE_NONE) {
        return true;            /* the transactionID is taken: no need to look at the request */
    }
    if (!profile_choose(&t->in, &t->refusal) || !request_read(&t->in, &t->request, &t->refusal)) {
        return false;
    }
    t->order = t->request.order;
    return true;
}

static struct general_ca *cas_of(const struct task *t, struct general *g)
{
    const struct generation *now = t->generation;
    struct general_ca *cas = arena_zalloc(t->in.arena, (now->config->backend_count + 1) * sizeof *cas);

    for (size_t i = 0; cas != NULL && i < now->config->backend_count; i++) {
        struct backend *b = now->backends[i];
        if (!backend_serves(b, CMPGATE_CRL) || backend_key(b) == NULL) {
            continue;
        }
        cas[g->ca_count] = (struct general_ca){ .name = backend_name(b), .key = backend_key(b) };
        if (b == generation_backend(now, t->in.profile)) {
            g->ca = &cas[g->ca_count];
        }
        g->ca_count++;
    }
    return cas;
}

static bool read_genm(struct task *t, enum input *input)
{
    struct general g = { .in = &t->in };

    *input = INPUT_ASK;
    if (task_phase(t) != PHASE_NONE) {
        return true;
    }
    if (!profile_choose(&t->in, &t->refusal)) {
        return false;
    }
    g.cas = cas_of(t, &g);
    if (g.cas == NULL) {
        return refuse_unavailable(&t->refusal, "out of memory");
    }
    bool good = general_answer(&g, &t->refusal);
    t->told = g.answers;
    return good;
}

static bool may_be_confirmed(const struct task *t)
{
    bool certifies = task_operation(t) != PKIBody_rr && task_operation(t) != PKIBody_nested;

    return t->last != NULL && (t->last->phase == PHASE_ISSUED || (certifies && task_is_indulged(t)));
}

static bool read_certConf(struct task *t, enum input *input)
{
    struct certificate *issued = NULL;
    bool accepted = true;

    *input = INPUT_CONFIRM;
    if (!may_be_confirmed(t)) {
        return true;            /* decide() has the refusal for it */
    }
    if (!store_certificate(t->in.store, t->last->certificate, t->in.arena, &issued)) {
        return refuse_unavailable(&t->refusal, "the store cannot be read");
    }
    if (issued == NULL) {
        return refuse(&t->refusal, FAIL_systemFailure, "the certificate cannot be found in the inventory");
    }
    if (!confirm_read(&t->in, issued, &accepted, &t->refusal)) {
        return false;
    }
    *input = accepted ? INPUT_CONFIRM : INPUT_DECLINE;
    return load_issuing_order(t);
}

static bool read_conf(struct task *t, enum input *input)
{
    *input = INPUT_CONF;
    return conf_read(&t->in, &t->refusal) && load_issuing_order(t);
}

/* The order whose outcome is polled for.  −1 is for the whole answer: to the certConf, where that was told to wait. */
static const uint8_t *polled_order(const struct task *t)
{
    bool waits = t->last->phase == PHASE_CONFIRM_WAITING || t->last->ending == ENDING_CONFIRMED ||
                 t->last->ending == ENDING_REJECTED;

    for (size_t i = 0; waits && t->request.certReqId == -1 && i < t->in.step_count; i++) {
        const struct step *s = &t->in.steps[i];
        if (s->phase == PHASE_CONFIRM_WAITING && (s->reply.ptr != NULL || s->reference != 0)) {
            return s->order;
        }
    }
    return t->in.steps[0].order;
}

static bool read_pollReq(struct task *t, enum input *input)
{
    *input = INPUT_POLL;
    return t->last == NULL ||
           (poll_read(&t->in, &t->request.certReqId, &t->refusal) && load_order(t, polled_order(t)));
}

static bool read_error(struct task *t, enum input *input)
{
    *input = INPUT_GIVE_UP;
    return load_issuing_order(t);
}

/* One row a body that clients send.  A body without a row is refused. */
static const struct body {
    int arm;
    bool (*read)(struct task *, enum input *);
} bodies[] = {
    { PKIBody_ir,       read_opening },
    { PKIBody_cr,       read_opening },
    { PKIBody_p10cr,    read_opening },
    { PKIBody_kur,      read_opening },
    { PKIBody_rr,       read_opening },
    { PKIBody_genm,     read_genm },
    { PKIBody_certConf, read_certConf },
    { PKIBody_pkiconf,  read_conf },
    { PKIBody_pollReq,  read_pollReq },
    { PKIBody_error,    read_error },
};

static bool read_body(struct task *t, enum input *input)
{
    int arm = t->in.message->body->arm;

    for (const struct body *b = bodies; b < bodies + sizeof bodies / sizeof *bodies; b++) {
        if (b->arm == arm) {
            return b->read(t, input);
        }
    }
    return refuse(&t->refusal, FAIL_badRequest, "a message with body [%d] cannot be sent to this server", arm);
}

/* A copy of this very message, from another connection, may have been carried out since the transaction was loaded.
 * What that has changed (a revocation, the last use of a secret) is no reason to refuse this one. */
static bool was_overtaken(struct task *t)
{
    return load_transaction(t) && is_repeat(t);
}

/* From bytes to a decision: each step may end it with a refusal. */
static void message_event(struct task *t)
{
    struct inbound *in = &t->in;
    enum input input;

    if (in->endpoint == NULL) {
        reply_unavailable(t, "out of memory");
        return;
    }
    if (!inbound_read(in, &t->refusal) || !nested_open(in, &t->refusal)) {
        reply_refusal(t);
        return;
    }
    if (!load_transaction(t)) {
        reply_unavailable(t, "the store cannot be read");
        return;
    }
    if (is_repeat(t)) {
        carry_input(t, INPUT_REPEAT);
        return;
    }
    if (nested_is_batch(in)) {
        nest_event(t);
        return;
    }
    if (!protection_verify(in, &t->refusal) || !header_check(in, &t->refusal) || !nested_verify(in, &t->refusal) ||
        !read_body(t, &input)) {
        if (was_overtaken(t)) {
            carry_input(t, INPUT_REPEAT);
        } else {
            reply_refusal(t);
        }
        return;
    }
    if (t->inquirer.went_without) {
        log_line(CMPGATE_WARN, &t->subject, "taken, and nobody says whether its signer is revoked: none is required to");
    }
    carry_input(t, input);
}

/* ---- the loop --------------------------------------------------------------------------------------- */

/* One that a reload has removed keeps what it had, but for its profile: that of this name now, if there is one.  It may
 * be closed as soon as it is answered, so nothing of it is pointed to. */
static const struct config_endpoint *removed_endpoint(struct worker *w, const struct generation *g,
                                                      const struct config_endpoint *was)
{
    struct config_endpoint *copy = arena_zalloc(w->arena, sizeof *copy);

    if (copy != NULL) {
        *copy = *was;
        copy->name = (const char *)arena_copy(w->arena, was->name, strlen(was->name) + 1).ptr;
        copy->options = NULL;
        copy->profile = config_profile_named(g->config, was->profile->name);
    }
    return copy != NULL && copy->name != NULL ? copy : NULL;
}

/* What the configuration of now says of the endpoint.  Only a message is sure to have one that is still open. */
static const struct config_endpoint *endpoint_of(struct worker *w, const struct generation *g, const struct event *e)
{
    if (e->kind != EVENT_MESSAGE) {
        return NULL;
    }
    const struct config_endpoint *now = config_endpoint_named(g->config, endpoint_name(e->endpoint));
    return now != NULL ? now : removed_endpoint(w, g, endpoint_config(e->endpoint));
}

static struct task task_of(struct worker *w, struct generation *g, struct event *e)
{
    const struct config_endpoint *endpoint = endpoint_of(w, g, e);

    return (struct task){
        .gateway = w->gateway,
        .generation = g,
        .event = e,
        .in = {
            .config = g->config, .endpoint = endpoint, .store = w->store, .budget = w->gateway->budget,
            .arena = w->arena, .peer = e->peer, .profile_name = e->profile, .operation = e->operation,
            .arrived = e->arrived, .now = time(NULL), .der = e->message,
        },
        .inquirer = { .all = w->gateway->inquiries, .patient = inquiry_patient(e) },
        .subject = { .id = e->id, .endpoint = endpoint != NULL ? endpoint->name : NULL, .peer = e->peer },
    };
}

void worker_work(struct worker *w, struct event *e)
{
    struct generation *g = gateway_enter(w->gateway);
    struct task t = task_of(w, g, e);

    t.in.inquirer = &t.inquirer;
    switch (e->kind) {
    case EVENT_MESSAGE: (e->message.ptr == NULL && e->reference != 0 ? fetch_event : message_event)(&t); break;
    case EVENT_OUTCOME: outcome_event(&t); break;
    case EVENT_DUE:     due_event(&t);     break;
    case EVENT_HOLD:    hold_event(&t);    break;
    }
    inbound_wipe(&t.in);
    event_free(t.event);
    arena_reset(w->arena);
    gateway_leave(g);
}

static uint64_t thread_nanoseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Whoever has it is charged for it, so that the next turn is another's. */
static void work_and_charge(struct worker *w, struct event *e)
{
    bool is_message = e->kind == EVENT_MESSAGE;
    uint64_t peer = e->peer_number, foreseen = e->foreseen, began = thread_nanoseconds();

    worker_work(w, e);
    if (is_message) {
        queue_worked(w->gateway->queue, peer, foreseen, thread_nanoseconds() - began);
    }
}

static void *worker_main(void *context)
{
    struct worker *w = context;

    for (struct event *e; (e = queue_take(w->gateway->queue)) != NULL; ) {
        work_and_charge(w, e);
    }
    return NULL;
}

/* ---- life --------------------------------------------------------------------------------------------- */

/* Octets of decoded structs and of the answer that one message may lead to; well above what the codec's
 * own limits allow for a message of the default size. */
enum { WORKER_ARENA = 64 * 1024 * 1024 };

struct worker *worker_new(struct gateway *g, char *why, size_t why_size)
{
    struct worker *w = calloc(1, sizeof *w);

    if (w == NULL || (w->arena = arena_new()) == NULL) {
        free(w);
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    w->gateway = g;
    arena_limit(w->arena, WORKER_ARENA);
    w->store = store_open(g->store, why, why_size);
    if (w->store == NULL) {
        worker_free(w);
        return NULL;
    }
    return w;
}

void worker_free(struct worker *w)
{
    if (w == NULL) {
        return;
    }
    store_close(w->store);
    arena_free(w->arena);
    free(w);
}

struct worker *worker_start(struct gateway *g, char *why, size_t why_size)
{
    struct worker *w = worker_new(g, why, why_size);

    if (w != NULL && !thread_start(&w->thread, "worker", worker_main, w)) {
        snprintf(why, why_size, "no thread for a worker");
        worker_free(w);
        return NULL;
    }
    return w;
}

void worker_join(struct worker *w)
{
    if (w == NULL) {
        return;
    }
    pthread_join(w->thread, NULL);
    worker_free(w);
}
