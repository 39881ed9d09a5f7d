/* Making a move true: the change is built and given to the writer; what was to follow happens on the
 * writer's thread once it is on disk.  A move that changes nothing is answered at once.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/inventory.h"
#include "gateway/task.h"

/* ---- what is known --------------------------------------------------------------------------------- */

bool carry_load(struct task *t, const struct store_octets *transactionID)
{
    struct span id = { transactionID->octets, transactionID->len };

    t->in.steps = NULL;
    t->in.step_count = 0;
    if (id.len > 0 && !store_steps(t->in.store, id, t->in.arena, &t->in.steps, &t->in.step_count)) {
        log_line(CMPGATE_ERROR, &t->subject, "%s", store_why(t->in.store));
        return false;
    }
    t->last = t->in.step_count > 0 ? &t->in.steps[t->in.step_count - 1] : NULL;
    return true;
}

static int operation_of(const struct task *t)
{
    if (t->last != NULL) {
        return t->last->operation;
    }
    return t->in.message != NULL ? t->in.message->body->arm : -1;
}

/* An answer to the opening request, which a late poll may ask for again. */
static const struct step *answer_step(const struct task *t)
{
    for (size_t i = t->in.step_count; i-- > 0; ) {
        const struct step *s = &t->in.steps[i];
        bool answers = s->phase == PHASE_ISSUED ||
                       (s->phase == PHASE_CLOSED && (s->ending == ENDING_IMPLICIT || s->ending == ENDING_REFUSED));
        if (answers && s->reply.ptr != NULL) {
            return s;
        }
    }
    return NULL;
}

/* The reply that the message with this digest got. */
static const struct step *reply_step(const struct task *t, const uint8_t digest[STORE_DIGEST])
{
    for (size_t i = t->in.step_count; i-- > 0; ) {
        const struct step *s = &t->in.steps[i];
        if (s->reply.ptr != NULL && memcmp(s->digest, digest, STORE_DIGEST) == 0) {
            return s;
        }
    }
    return NULL;
}

unsigned carry_facts(const struct task *t)
{
    enum ending ending = t->last != NULL ? t->last->ending : ENDING_NONE;
    bool implicit = t->order != NULL && t->order->implicit_confirm;

    return (operation_of(t) != PKIBody_rr ? FACT_CERTIFIES : 0u) |
           (implicit ? FACT_IMPLICIT : 0u) |
           (t->order != NULL && t->order->state == ORDER_REJECTED ? FACT_REFUSED : 0u) |
           (ending == ENDING_ABANDONED ? FACT_ABANDONED : 0u) |
           (ending == ENDING_UNCONFIRMED ? FACT_UNCONFIRMED : 0u) |
           (ending == ENDING_CONFIRMED || ending == ENDING_DECLINED ? FACT_CONFIRMED : 0u) |
           (answer_step(t) != NULL ? FACT_ANSWERED : 0u);
}

/* ---- answers that change nothing --------------------------------------------------------------------- */

static void reply_message(const struct task *t, struct span message, bool last, int64_t committed)
{
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_ANSWER, .message = { message.ptr, message.len },
        .last = last, .committed = committed });
}

void carry_unavailable(struct task *t, const char *reason)
{
    log_line(CMPGATE_WARN, &t->subject, "not answered: %s", reason);
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNAVAILABLE, .check_after = 5, .reason = reason });
}

void carry_refusal(struct task *t)
{
    struct respond how = { .in = &t->in };

    if (t->in.header == NULL) {
        log_line(CMPGATE_INFO, &t->subject, "unreadable: %s", t->refusal.text);
        endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
            .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNREADABLE, .reason = t->refusal.text });
        return;
    }
    if (t->refusal.unavailable) {
        carry_unavailable(t, t->refusal.text);
        return;
    }
    int operation = t->in.message != NULL ? t->in.message->body->arm : -1;
    struct span message = respond_refusal(&how, operation, t->request.certReqId, &t->refusal);
    if (message.ptr == NULL) {
        carry_unavailable(t, "the refusal could not be made");
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "refused: %s: %s", failure_name(t->refusal.failure), t->refusal.text);
    reply_message(t, message, true, t->in.now);
}

static void reply_stored(struct task *t, const struct step *s)
{
    if (s == NULL) {
        refuse(&t->refusal, FAIL_transactionIdInUse, "this message was overtaken by another of its transaction");
        carry_refusal(t);
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    reply_message(t, s->reply, s->phase == PHASE_CLOSED, s->at);
}

static int64_t seconds_until_check(const struct task *t)
{
    int64_t seconds = t->in.config->check_after;

    if (t->order != NULL && t->order->due > t->in.now && t->order->due - t->in.now < seconds) {
        seconds = t->order->due - t->in.now;
    }
    return seconds > 0 ? seconds : 1;
}

static void reply_fresh(struct task *t, struct span message)
{
    if (message.ptr == NULL) {
        carry_unavailable(t, "the answer could not be made");
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    reply_message(t, message, false, t->in.now);
}

/* The ticket gets what the first copy gets.  The outcome may have been committed while we looked, so
 * look again once the ticket is in place. */
static void join(struct task *t)
{
    struct gateway *g = t->gateway;
    struct event *e = t->event;
    struct store_octets transactionID = t->last->transactionID;

    if (!holds_add(g->holds, &transactionID, e->endpoint, e->ticket, e->id)) {
        carry_unavailable(t, "out of memory");
        return;
    }
    timer_hold(g->timer, e->endpoint, e->ticket, &transactionID, t->in.now + t->in.endpoint->hold);
    if (carry_load(t, &transactionID) && t->last != NULL && t->last->phase != PHASE_ORDERED) {
        struct held *held = holds_take_ticket(g->holds, &transactionID, e->endpoint, e->ticket);
        if (held != NULL) {
            free(held);
            reply_stored(t, reply_step(t, t->in.digest));
        }
    }
}

static void answer_at_once(struct task *t)
{
    struct respond how = { .in = &t->in };
    int64_t certReqId = t->last != NULL ? t->last->certReqId : 0;

    switch (t->move.say) {
    case SAY_STORED:
        reply_stored(t, reply_step(t, t->in.digest));
        break;
    case SAY_ANSWER_AGAIN:
        reply_stored(t, answer_step(t));
        break;
    case SAY_POLLREP:
        reply_fresh(t, respond_pollRep(&how, certReqId, seconds_until_check(t), NULL));
        break;
    case SAY_PKICONF:
        reply_fresh(t, respond_pkiconf(&how));
        break;
    default:
        break;
    }
}

/* ---- the reply that goes with a step -------------------------------------------------------------------- */

/* A backend's refusal in the client's terms. */
static void refusal_of_order(struct task *t)
{
    enum failure failure = FAIL_badRequest;

    for (int bit = FAIL_duplicateCertReq; bit >= 0; bit--) {
        if (t->order->fail_info & (1u << bit)) {
            failure = (enum failure)bit;
        }
    }
    refuse(&t->refusal, failure, "%s", t->order->text != NULL ? t->order->text : "refused by the CA");
    t->refusal.in_body = true;
}

/* The certificate, then its chain, of an order that was carried out. */
static struct span result_certificates(const struct task *t, const struct span **chain, size_t *chain_count)
{
    enum { CHAIN_MAX = 8 };
    struct span *all = arena_zalloc(t->in.arena, (CHAIN_MAX + 1) * sizeof *all);
    struct asn1_reader r = { t->order->result };
    struct asn1_tlv tlv;
    size_t n = 0;

    while (all != NULL && n <= CHAIN_MAX && r.rest.len > 0 && asn1_next(&r, &tlv) == NULL) {
        all[n++] = tlv.der;
    }
    *chain = n > 1 ? all + 1 : NULL;
    *chain_count = n > 1 ? n - 1 : 0;
    return n > 0 ? all[0] : (struct span){ NULL, 0 };
}

static struct span make_answer(struct task *t, struct respond *how)
{
    int operation = operation_of(t);

    if (t->order->state == ORDER_REJECTED) {
        refusal_of_order(t);
        return respond_refusal(how, operation, t->order->certReqId, &t->refusal);
    }
    if (operation == PKIBody_rr) {
        return respond_revoked(how, t->order->certificate);
    }
    struct respond_certificate answer = {
        .operation = operation, .certReqId = t->order->certReqId, .modified = t->order->modified,
        .implicit_confirm = t->order->implicit_confirm, .caPubs = true,
        .confirm_until = t->order->implicit_confirm ? 0 : t->in.now + t->in.profile->confirm_wait,
    };
    answer.certificate = result_certificates(t, &answer.chain, &answer.chain_count);
    return respond_certificate(how, &answer);
}

static struct span make_reply(struct task *t, struct respond *how)
{
    switch (t->move.say) {
    case SAY_ANSWER:  return make_answer(t, how);
    case SAY_WAITING: return respond_waiting(how, operation_of(t), t->order->certReqId);
    case SAY_PKICONF: return respond_pkiconf(how);
    default:          return (struct span){ NULL, 0 };
    }
}

static int32_t body_of_reply(const struct task *t, struct span reply)
{
    struct asn1_error err;
    struct PKIMessageShell *shell = reply.ptr != NULL ? PKIMessageShell_decode(reply, t->in.arena, &err) : NULL;

    return shell != NULL ? PKIMessageShell_arm(shell) : -1;
}

/* ---- the change ---------------------------------------------------------------------------------------- */

static struct span keep(struct change *c, struct span s)
{
    return s.ptr != NULL ? arena_copy(c->arena, s.ptr, s.len) : s;
}

static const char *keep_text(struct change *c, const char *s)
{
    return s != NULL ? (const char *)arena_copy(c->arena, s, strlen(s) + 1).ptr : NULL;
}

static struct step *first_step(struct task *t, struct change *c)
{
    struct step *s = arena_zalloc(c->arena, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    s->transactionID = store_octets_of(t->in.header->transactionID);
    s->endpoint = keep_text(c, t->in.endpoint->name);
    s->profile = keep_text(c, t->in.profile->name);
    s->credential = t->in.sender.credential;
    s->operation = operation_of(t);
    s->pvno = (int32_t)PKIHeader_cmp2000;
    s->certReqId = t->request.certReqId;
    s->first_nonce = store_octets_of(t->in.header->senderNonce);
    return s;
}

static struct step *next_step(struct task *t, struct change *c)
{
    struct step *s = arena_alloc(c->arena, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    *s = *t->last;
    s->endpoint = keep_text(c, t->last->endpoint);
    s->profile = keep_text(c, t->last->profile);
    return s;
}

static bool add_step(struct task *t, struct change *c, struct span reply, const struct respond *how)
{
    struct step *s = t->last != NULL ? next_step(t, c) : first_step(t, c);
    int64_t pvno;

    if (s == NULL) {
        return false;
    }
    s->number = t->last != NULL ? t->last->number + 1 : 1;
    s->at = t->in.now;
    s->phase = t->move.phase;
    s->ending = t->move.ending;
    s->reply = keep(c, reply);
    s->body = body_of_reply(t, reply);
    s->due = s->phase == PHASE_ISSUED ? t->in.now + t->in.profile->confirm_wait : 0;
    memset(s->digest, 0, sizeof s->digest);
    if (t->in.message != NULL) {
        memcpy(s->digest, t->in.digest, sizeof s->digest);
        if (t->last == NULL && asn1_int64(t->in.header->pvno, &pvno)) {
            s->pvno = (int32_t)pvno;
        }
    }
    if (reply.ptr != NULL) {
        s->our_nonce = store_octets_of((struct span){ how->senderNonce, sizeof how->senderNonce });
    }
    if (t->order != NULL) {
        memcpy(s->order, t->order->id, sizeof s->order);
    }
    c->step = s;
    return true;
}

static bool add_order(struct task *t, struct change *c)
{
    struct order *o = arena_alloc(c->arena, sizeof *o);

    if (o == NULL) {
        return false;
    }
    *o = *t->order;
    o->backend = keep_text(c, o->backend);
    o->profile = keep_text(c, o->profile);
    o->peer = keep_text(c, o->peer);
    o->text = keep_text(c, o->text);
    for (struct span *const *s = (struct span *const[]){ &o->message, &o->requester, &o->requester_certificate,
             &o->subject, &o->public_key, &o->extensions, &o->controls, &o->certificate, &o->token, &o->result,
             NULL }; *s != NULL; s++) {
        **s = keep(c, **s);
    }
    c->order = o;
    return true;
}

static bool add_certificate(struct task *t, struct change *c)
{
    const struct span *chain;
    size_t chain_count;
    struct span der = keep(c, result_certificates(t, &chain, &chain_count));
    const struct store_octets *transactionID = &t->order->transactionID;

    c->certificate = der.ptr != NULL
        ? inventory_row(der, keep_text(c, t->order->profile), transactionID, t->in.now, c->arena) : NULL;
    if (c->certificate != NULL && c->step != NULL) {
        memcpy(c->step->certificate, c->certificate->fingerprint, STORE_DIGEST);
    }
    return c->certificate != NULL;
}

/* What is revoked: the target of an rr; otherwise the certificate that this transaction issued. */
static bool add_revocation(struct task *t, struct change *c)
{
    struct revocation *r = arena_zalloc(c->arena, sizeof *r);

    if (r == NULL) {
        return false;
    }
    r->at = t->in.now;
    if (operation_of(t) == PKIBody_rr) {
        enum { REMOVE_FROM_CRL = 8 };
        crypto_sha256(t->order->certificate, r->fingerprint);
        r->reason = t->order->reason;
        if (r->reason == REMOVE_FROM_CRL) {
            c->unrevoke = r->fingerprint;
            return true;
        }
    } else if (c->certificate != NULL) {
        memcpy(r->fingerprint, c->certificate->fingerprint, STORE_DIGEST);
    } else {
        memcpy(r->fingerprint, t->last->certificate, STORE_DIGEST);
    }
    c->revocation = r;
    return true;
}

/* The acts of the move, as rows.  The order of a PURE backend that is done needs no row: nothing will ask
 * for it again. */
static bool fill_change(struct task *t, struct change *c, struct span reply, const struct respond *how)
{
    unsigned acts = t->move.acts;
    bool opening = t->last == NULL && t->event->kind == EVENT_MESSAGE;
    bool needs_order = (acts & (ACT_ORDER | ACT_FORGET)) && t->order != NULL &&
                       !(opening && t->order->state == ORDER_DONE);

    if (opening && t->request.one_use) {
        c->uses_secret = keep(c, t->in.header->senderKID);
    }
    return (!(acts & ACT_STEP) || add_step(t, c, reply, how)) &&
           (!needs_order || add_order(t, c)) &&
           (!(acts & ACT_CERTIFICATE) || add_certificate(t, c)) &&
           (!(acts & ACT_REVOKE) || add_revocation(t, c));
}

/* ---- after the commit ------------------------------------------------------------------------------------ */

/* What is to happen once the change is on disk.  Lives in the change's arena. */
struct after {
    struct gateway *gateway;
    struct event *event;                /* given by the worker; goes back into the queue when the race was lost */
    struct span reply;                  /* to the event's own ticket, or to all that wait for the outcome */
    struct store_octets transactionID;
    uint8_t order[STORE_ORDER_ID];
    int64_t committed, due;
    bool last, joined, ask, revoked;
};

static void hand_out(const struct after *a, struct endpoint *endpoint, uint64_t ticket)
{
    endpoint_reply(endpoint, ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_ANSWER, .message = { a->reply.ptr, a->reply.len },
        .last = a->last, .committed = a->committed });
}

static void hand_out_to_holds(const struct after *a)
{
    for (struct held *h = holds_take(a->gateway->holds, &a->transactionID), *next; h != NULL; h = next) {
        next = h->next;
        timer_release(a->gateway->timer, h->endpoint, h->ticket);
        hand_out(a, h->endpoint, h->ticket);
        free(h);
    }
}

static void after_done(const struct after *a)
{
    struct gateway *g = a->gateway;

    if (a->reply.ptr != NULL && a->event->kind == EVENT_MESSAGE) {
        hand_out(a, a->event->endpoint, a->event->ticket);
    } else if (a->reply.ptr != NULL) {
        hand_out_to_holds(a);
    }
    if (a->due != 0) {
        timer_wake(g->timer, a->due);
    }
    if (a->revoked) {
        publisher_wake(g->publisher);
    }
    if (a->ask) {
        struct due due = { .at = a->committed };
        memcpy(due.order, a->order, sizeof due.order);
        struct event *e = event_due(&due);
        if (e != NULL) {
            e->fresh = true;
            queue_put_always(g->queue, e);
        }
    }
}

/* Nothing happened.  A client is told to try again; an outcome is still owed by an order that stays open, so the
 * timer will ask for it again. */
static void after_failed(const struct after *a)
{
    const struct event *e = a->event;

    if (e->kind != EVENT_MESSAGE) {
        return;
    }
    if (a->joined) {
        free(holds_take_ticket(a->gateway->holds, &a->transactionID, e->endpoint, e->ticket));
    }
    endpoint_reply(e->endpoint, e->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNAVAILABLE, .check_after = 5,
        .reason = "the store cannot be written" });
}

static void after_commit(void *context, enum commit_result result)
{
    struct after *a = context;
    struct event *e = a->event;
    const struct log_subject subject = { .id = e->id, .peer = e->peer };

    switch (result) {
    case COMMIT_DONE:
        after_done(a);
        break;
    case COMMIT_LOST:
    case COMMIT_USED_UP:
        /* Somebody else was first: look at the world again, as if it had just come in. */
        if (a->joined) {
            free(holds_take_ticket(a->gateway->holds, &a->transactionID, e->endpoint, e->ticket));
        }
        queue_put_always(a->gateway->queue, e);
        return;
    case COMMIT_FAILED:
        log_line(CMPGATE_ERROR, &subject, "the store cannot be written: nothing was changed");
        after_failed(a);
        break;
    }
    event_free(e);
}

static struct after *plan_after(struct task *t, struct change *c)
{
    struct after *a = arena_zalloc(c->arena, sizeof *a);

    if (a == NULL) {
        return NULL;
    }
    a->gateway = t->gateway;
    a->event = t->event;
    a->transactionID = c->step != NULL ? c->step->transactionID : t->order->transactionID;
    a->committed = t->in.now;
    a->last = t->move.phase == PHASE_CLOSED;
    a->joined = (t->move.acts & ACT_JOIN) != 0;
    a->ask = (t->move.acts & (ACT_ASK | ACT_FORGET)) != 0 && t->order != NULL;
    a->revoked = c->revocation != NULL || c->unrevoke != NULL;
    a->due = c->step != NULL && c->step->due != 0 ? c->step->due : c->order != NULL ? c->order->due : 0;
    if (c->step != NULL) {
        a->reply = c->step->reply;
    }
    if (t->order != NULL) {
        memcpy(a->order, t->order->id, sizeof a->order);
    }
    return a;
}

static void log_move(const struct task *t, const struct change *c)
{
    char text[400] = "";

    if (c->certificate != NULL) {
        inventory_text(c->certificate, text, sizeof text);
    }
    log_line(CMPGATE_INFO, &t->subject, "%s%s%s", t->move.reason, text[0] != '\0' ? ": " : "", text);
}

static void commit_move(struct task *t)
{
    struct respond how = { .in = &t->in };
    struct change *c = change_new();
    struct after *a = NULL;
    struct span reply;

    if (t->last != NULL && t->last->first_nonce.len > 0 && t->move.say == SAY_ANSWER) {
        /* A delayed answer echoes the first senderNonce, which every client accepts (RFC 9483 3.5), so that
         * one stored answer serves all later polls. */
        how.recipNonce = (struct span){ t->last->first_nonce.octets, t->last->first_nonce.len };
    }
    reply = make_reply(t, &how);
    bool replies = t->move.say == SAY_ANSWER || t->move.say == SAY_WAITING || t->move.say == SAY_PKICONF;
    if (c == NULL || (replies && reply.ptr == NULL) || !fill_change(t, c, reply, &how) ||
        (a = plan_after(t, c)) == NULL) {
        change_free(c);
        if (t->event->kind == EVENT_MESSAGE) {
            carry_unavailable(t, "the answer could not be made");
        } else {
            log_line(CMPGATE_ERROR, &t->subject, "an outcome could not be recorded: asked for again");
        }
        return;
    }
    if (a->joined) {
        /* Before the commit: the outcome may come the moment after it. */
        holds_add(t->gateway->holds, &a->transactionID, t->event->endpoint, t->event->ticket, t->event->id);
        timer_hold(t->gateway->timer, t->event->endpoint, t->event->ticket, &a->transactionID,
                   t->in.now + t->in.endpoint->hold);
    }
    log_move(t, c);
    t->event = NULL;
    commit_put(t->gateway->commit, c, after_commit, a);
}

/* ---- a request to a PURE backend ----------------------------------------------------------------------------- */

/* Asks at once: nothing has happened until the outcome is committed, so the two moves NONE → ORDERED → … are
 * one step on disk.  False when there is nothing to commit: refused or not possible, and answered. */
static bool ask_pure(struct task *t, struct backend *backend)
{
    t->outcome = backend_ask(backend, t->order, 0, t->in.now, t->in.arena);
    enum input input = outcome_input(&t->outcome);
    outcome_apply(t);
    switch (input) {
    case INPUT_REJECTED:
        refusal_of_order(t);
        carry_refusal(t);
        return false;
    case INPUT_BUSY:
        carry_unavailable(t, t->outcome.text != NULL ? t->outcome.text : "the CA is busy");
        return false;
    case INPUT_UNSURE:
        refuse(&t->refusal, FAIL_systemFailure, "the CA failed: %s", t->outcome.text != NULL ? t->outcome.text : "?");
        carry_refusal(t);
        return false;
    default:
        t->move = decide(PHASE_ORDERED, input, carry_facts(t));
        return true;
    }
}

/* Gives the order its identity.  It is due again a while after its commit: by then it is finished, or in the
 * backend's hands, or we have been restarted in between. */
static void open_order(struct task *t, const struct backend *backend)
{
    struct order *o = t->order;

    crypto_random(o->id, sizeof o->id);
    o->state = ORDER_OPEN;
    o->backend = backend_name(backend);
    o->transactionID = store_octets_of(t->in.header->transactionID);
    o->certReqId = t->request.certReqId;
    o->implicit_confirm = t->request.implicit_confirm;
    o->modified = t->request.modified;
    o->created = t->in.now;
    o->due = t->in.now + OUTCOME_IN_DOUBT;
    o->attempts = 1;
    o->submitted = true;
    o->message = t->in.der;
    o->peer = t->in.peer;
}

static bool begin_order(struct task *t)
{
    struct backend *backend = gateway_backend(t->gateway, t->in.profile);
    enum cmpgate_order_kind kind = (enum cmpgate_order_kind)t->order->kind;

    open_order(t, backend);
    if (!backend_serves(backend, kind)) {
        refuse(&t->refusal, FAIL_badRequest, "the CA behind this profile does not take this kind of request");
        carry_refusal(t);
        return false;
    }
    return !backend_can(backend, CMPGATE_PURE) || ask_pure(t, backend);
}

void carry_order_due(struct task *t, bool ask)
{
    enum phase phase = t->last != NULL ? t->last->phase : PHASE_NONE;

    t->move = decide(phase, INPUT_ORDER_DUE, carry_facts(t));
    t->move.acts = ACT_ORDER | (ask ? t->move.acts & ACT_ASK : 0u);
    commit_move(t);
}

/* ---- the way in ------------------------------------------------------------------------------------------------ */

void carry_input(struct task *t, enum input input)
{
    enum phase phase = t->last != NULL ? t->last->phase : PHASE_NONE;

    t->move = decide(phase, input, carry_facts(t));
    if (t->move.say == SAY_REFUSAL) {
        refuse(&t->refusal, (enum failure)t->move.failure, "%s", t->move.reason);
        carry_refusal(t);
        return;
    }
    if (phase == PHASE_NONE && input == INPUT_OPEN && !begin_order(t)) {
        return;
    }
    if ((t->move.acts & ACT_FORGET) && t->order != NULL) {
        t->order->state = ORDER_DROPPED;
        t->order->due = 0;
    }
    if (t->move.acts & (ACT_STEP | ACT_ORDER)) {
        commit_move(t);
    } else if (t->move.acts & ACT_JOIN) {
        join(t);
    } else if (t->event->kind == EVENT_MESSAGE) {
        answer_at_once(t);
    }
}
