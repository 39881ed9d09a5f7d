#include "gateway/carry.h"

#include <stdlib.h>

#include "gateway/after.h"
#include "gateway/approval.h"
#include "gateway/change.h"
#include "gateway/inventory.h"
#include "gateway/order.h"
#include "gateway/reply.h"

/* ---- what is known --------------------------------------------------------------------------------- */

bool carry_load(struct task *t, const struct store_octets *transactionID)
{
    static struct log_limit limit;
    struct span id = { transactionID->octets, transactionID->len };

    t->in.steps = NULL;
    t->in.step_count = 0;
    if (id.len > 0 && !store_steps(t->in.store, id, t->in.arena, &t->in.steps, &t->in.step_count)) {
        log_limited(&limit, CMPGATE_ERROR, &t->subject, "%s", store_why(t->in.store));
        return false;
    }
    t->last = t->in.step_count > 0 ? &t->in.steps[t->in.step_count - 1] : NULL;
    return true;
}

/* One answer is for all that wait: those whose framing cannot say "come back later" would not hear it. */
static bool all_came_framed(const struct task *t)
{
    return t->last != NULL ? holds_all_framed(t->gateway->holds, &t->last->transactionID) : t->event->framed;
}

/* A reload may change the endpoint's way; what has been said to a client stands. */
static bool waits_by_framing(const struct task *t)
{
    if (t->last != NULL && !phase_owes(t->last->phase)) {
        return reply_reference(t) != 0;
    }
    enum polling polling = t->in.endpoint != NULL ? t->in.endpoint->polling : POLLING_CMP;
    return polling == POLLING_FRAMING || (polling == POLLING_AS_DELIVERED && all_came_framed(t));
}

static unsigned facts_of(const struct task *t)
{
    enum ending ending = t->last != NULL ? t->last->ending : ENDING_NONE;
    bool implicit = t->order != NULL && t->order->implicit_confirm;

    int operation = task_operation(t);

    return (operation != PKIBody_rr && operation != PKIBody_nested ? FACT_CERTIFIES : 0u) |
           (implicit ? FACT_IMPLICIT : 0u) |
           (t->order != NULL && t->order->state == ORDER_REJECTED ? FACT_REFUSED : 0u) |
           (ending == ENDING_ABANDONED ? FACT_ABANDONED : 0u) |
           (ending == ENDING_UNCONFIRMED || ending == ENDING_REJECTED ? FACT_UNCONFIRMED : 0u) |
           (ending == ENDING_CONFIRMED || ending == ENDING_DECLINED ? FACT_CONFIRMED : 0u) |
           (reply_is_answered(t) ? FACT_ANSWERED : 0u) |
           (waits_by_framing(t) ? FACT_FRAMED : 0u) |
           (approval_is_needed(t) ? FACT_MANUAL : 0u) |
           (task_is_indulged(t) ? FACT_INDULGED : 0u) |
           (order_may_tell(t, CMPGATE_CONFIRM) ? FACT_CONFIRMS : 0u) |
           (order_tells(t) ? FACT_TOLD : 0u) |
           (reply_is_silent(t) ? FACT_SILENT : 0u);
}

/* The ticket gets what the first copy gets.  The outcome may have been committed while we looked, so
 * look again once the ticket is in place. */
static void join(struct task *t)
{
    struct gateway *g = t->gateway;
    struct event *e = t->event;
    struct store_octets transactionID = t->last->transactionID;
    enum phase phase = t->last->phase;

    if (!holds_add(g->holds, &transactionID, e->endpoint, e->ticket, e->framed, e->id, t->in.digest)) {
        reply_unavailable(t, "out of memory");
        return;
    }
    timer_hold(g->timer, e->endpoint, e->ticket, &transactionID, t->in.endpoint->hold);
    if (carry_load(t, &transactionID) && t->last != NULL && t->last->phase != phase) {
        struct held *held = holds_take_ticket(g->holds, &transactionID, e->endpoint, e->ticket);
        if (held != NULL) {
            free(held);
            timer_release(g->timer, e->endpoint, e->ticket);
            reply_repeat(t);
        }
    }
}

static void log_move(const struct task *t, const struct change *c)
{
    char text[400] = "";

    const struct certificate *row = c->certificate;
    if (row == NULL && t->order != NULL && t->order->kind != CMPGATE_CERTIFY) {
        row = inventory_row(t->order->certificate, NULL, NULL, t->in.now, t->in.arena);
    }
    if (row != NULL) {
        inventory_text(row, text, sizeof text);
    }
    log_line(CMPGATE_INFO, &t->subject, "%s%s%s", t->move.reason, text[0] != '\0' ? ": " : "", text);
}

static void commit_move(struct task *t)
{
    struct respond how = { .in = &t->in };
    struct change *c = change_new();
    struct after *a = NULL;
    struct span reply;

    /* An answer that a poll fetches echoes the nonce of that pollReq, not of the first request: RFC 9483 4.4 allows
     * both, and openssl 3.0 accepts nothing else. */
    reply = reply_make(t, &how);
    bool replies = t->move.say == SAY_ANSWER || t->move.say == SAY_WAITING || t->move.say == SAY_PKICONF ||
                   t->move.say == SAY_BATCH;
    if (c == NULL || (replies && reply.ptr == NULL) || !change_fill(t, c, reply, &how) ||
        (a = after_plan(t, c)) == NULL) {
        change_free(c);
        if (t->event->kind == EVENT_MESSAGE) {
            reply_unavailable(t, "the answer could not be made");
        } else {
            log_line(CMPGATE_ERROR, &t->subject, "an outcome could not be recorded: asked for again");
        }
        return;
    }
    log_move(t, c);
    if (!after_commit(t, c, a)) {
        reply_unavailable(t, "out of memory");
    }
}

/* ---- a request to a PURE backend ----------------------------------------------------------------------------- */

/* Asks at once: nothing has happened until the outcome is committed, so the two moves NONE → ORDERED → … are
 * one step on disk.  False when there is nothing to commit: refused or not possible, and answered. */
static bool ask_pure(struct task *t, struct backend *backend)
{
    t->outcome = backend_ask(backend, t->order, 0, t->in.now, t->in.arena);
    order_apply(t);
    enum input input = order_input(&t->outcome);
    switch (input) {
    case INPUT_REJECTED:
        order_refusal(t);
        reply_refusal(t);
        return false;
    case INPUT_BUSY:
        reply_unavailable(t, t->outcome.text != NULL ? t->outcome.text : "the CA is busy");
        return false;
    case INPUT_UNSURE:
        refuse(&t->refusal, FAIL_systemFailure, "the CA failed: %s", t->outcome.text != NULL ? t->outcome.text : "?");
        reply_refusal(t);
        return false;
    default:
        t->move = decide(PHASE_ORDERED, input, facts_of(t));
        return true;
    }
}

static bool begin_order(struct task *t)
{
    struct backend *backend = generation_backend(t->generation, t->in.profile);
    enum cmpgate_order_kind kind = (enum cmpgate_order_kind)t->order->kind;

    order_open(t, backend);
    if (!backend_serves(backend, kind)) {
        refuse(&t->refusal, FAIL_badRequest, "the CA behind this profile does not take this kind of request");
        reply_refusal(t);
        return false;
    }
    if (t->move.phase == PHASE_WAITING) {
        approval_open(t);
        return true;
    }
    return !backend_can(backend, CMPGATE_PURE) || ask_pure(t, backend);
}

/* ---- the backend is told what became of its certificate ------------------------------------------------------ */

/* False when it cannot be, and then nothing else is done either. */
static bool tell(struct task *t)
{
    enum cmpgate_order_kind kind = t->move.acts & ACT_CONFIRM ? CMPGATE_CONFIRM : CMPGATE_DISCARD;

    if (!order_may_tell(t, kind)) {
        return true;
    }
    if (order_tell(t, kind)) {
        t->move.acts |= ACT_ORDER | ACT_ASK;
        return true;
    }
    if (t->event->kind == EVENT_MESSAGE) {
        reply_unavailable(t, "the certificate cannot be found in the inventory");
    } else {
        log_line(CMPGATE_ERROR, &t->subject, "a certificate cannot be found in the inventory");
    }
    return false;
}

void carry_order(struct task *t, bool ask)
{
    enum phase phase = task_phase(t);

    t->move = decide(phase, INPUT_ORDER_DUE, facts_of(t));
    t->move.acts = ACT_ORDER | (ask ? t->move.acts & ACT_ASK : 0u);
    commit_move(t);
}

/* ---- the way in ------------------------------------------------------------------------------------------------ */

void carry_input(struct task *t, enum input input)
{
    enum phase phase = task_phase(t);

    t->move = decide(phase, input, facts_of(t));
    if (t->move.say == SAY_REFUSAL) {
        refuse(&t->refusal, (enum failure)t->move.failure, "%s", t->move.reason);
        reply_refusal(t);
        return;
    }
    if (phase == PHASE_NONE && input == INPUT_OPEN && !begin_order(t)) {
        return;
    }
    if ((t->move.acts & (ACT_CONFIRM | ACT_DISCARD)) && !tell(t)) {
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
        reply_at_once(t);
    }
}
