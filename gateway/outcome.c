#include "gateway/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/approval.h"
#include "gateway/carry.h"
#include "gateway/order.h"
#include "gateway/recall.h"
#include "gateway/reply.h"

static bool is_zero(const uint8_t *p, size_t len)
{
    static const uint8_t zero[STORE_DIGEST];

    return memcmp(p, zero, len) == 0;
}

static bool load_order(struct task *t, const uint8_t id[STORE_ORDER_ID])
{
    if (!store_order(t->in.store, id, t->in.arena, &t->order)) {
        log_line(CMPGATE_ERROR, &t->subject, "%s", store_why(t->in.store));
        return false;
    }
    return true;
}

/* What nobody will tell us twice waits until the store can be read. */
static void put_off(struct task *t)
{
    if (timer_put_off(t->gateway->timer, t->event)) {
        t->event = NULL;
    }
}

/* ---- an outcome has come --------------------------------------------------------------------------------- */

/* An answer can only be owed while nothing has been said; the one to a certConf is made when it is known, since it is
 * the same for whoever fetches it. */
static bool recall_if_owed(struct task *t)
{
    bool owed = t->last != NULL && (phase_owes(t->last->phase) || t->last->phase == PHASE_CONFIRM_WAITING);

    if (!owed || recall_request(t)) {
        return true;
    }
    log_line(CMPGATE_ERROR, &t->subject, "the request of an order cannot be read again");
    return false;
}

void outcome_event(struct task *t)
{
    if (!load_order(t, t->event->order)) {
        put_off(t);
        return;
    }
    if (t->order == NULL || t->order->state == ORDER_DONE || t->order->state == ORDER_REJECTED) {
        log_line(CMPGATE_WARN, &t->subject, "an outcome for %s was dropped",
                 t->order == NULL ? "an unknown order" : "an order that has one already");
        return;
    }
    if (!carry_load(t, &t->order->transactionID)) {
        put_off(t);
        return;
    }
    if (!recall_if_owed(t)) {
        return;
    }
    t->outcome = t->event->outcome;
    order_apply(t);
    carry_input(t, order_input(&t->outcome));
}

/* ---- an order is due --------------------------------------------------------------------------------------- */

/* Committed a moment ago by this process: now the backend may hear of it. */
static void tell_backend(struct task *t, struct backend *backend)
{
    if (t->order->state == ORDER_DROPPED && approval_is_due(t->order)) {
        return;                 /* it has never heard of it */
    }
    if (t->order->state == ORDER_OPEN && !t->order->submitted) {
        return;                 /* it has said since that it is busy: it is told when that is due, and written down again */
    }
    if (t->order->state == ORDER_DROPPED) {
        backend_forget(backend, t->order, t->in.now);
    } else if (t->order->waiting) {
        backend_check(backend, t->order, t->in.now);
    } else {
        backend_submit(backend, t->order, t->in.now);
    }
}

/* Given to the backend, perhaps, by a process that is no more. */
static bool in_doubt(const struct task *t, struct backend *backend)
{
    return t->order->submitted && !t->order->waiting && !backend_in_hand(backend, t->order->id);
}

/* What the timer finds due is first put off on disk, then asked: so a kill in between asks once more, and
 * never in a tight circle. */
static void ask_again(struct task *t, struct backend *backend)
{
    enum { PATIENCE_MAX = 3600 };
    struct order *o = t->order;
    bool doubtful = in_doubt(t, backend);

    if (doubtful && backend_can(backend, CMPGATE_CHECKS)) {
        o->waiting = true;
    } else if (doubtful && !backend_can(backend, CMPGATE_PURE) && !backend_can(backend, CMPGATE_IDEMPOTENT)) {
        t->outcome = (struct cmpgate_outcome){ .size = sizeof t->outcome, .result = CMPGATE_UNSURE,
                                               .text = "it may have been carried out before a crash" };
        order_apply(t);
        if (recall_if_owed(t)) {
            carry_input(t, INPUT_UNSURE);
        }
        return;
    }
    bool busy_elsewhere = !doubtful && o->submitted && !o->waiting;
    int64_t patience = ORDER_IN_DOUBT * (int64_t)(o->attempts < 100 ? o->attempts : 100);
    o->due = t->in.now + (patience < PATIENCE_MAX ? patience : PATIENCE_MAX);
    if (!busy_elsewhere) {
        o->attempts++;
        o->submitted = o->begins = true;
    }
    carry_order(t, !busy_elsewhere);
}

static void order_due(struct task *t)
{
    if (!load_order(t, t->event->order)) {
        if (t->event->fresh) {
            put_off(t);         /* what is due by the clock is said again */
        }
        return;
    }
    if (t->order == NULL) {
        return;
    }
    struct backend *backend = order_backend(t);
    bool open = t->order->state == ORDER_OPEN;
    if (backend == NULL || !(open || (t->event->fresh && t->order->state == ORDER_DROPPED))) {
        return;
    }
    if (t->event->fresh) {
        tell_backend(t, backend);
        return;
    }
    if (t->order->due != 0 && t->order->due <= t->in.now && carry_load(t, &t->order->transactionID)) {
        if (approval_is_due(t->order)) {
            approval_due(t);
        } else {
            ask_again(t, backend);
        }
    }
}

void due_event(struct task *t)
{
    if (!is_zero(t->event->order, STORE_ORDER_ID)) {
        order_due(t);
        return;
    }
    if (!carry_load(t, &t->event->transactionID) || t->last == NULL) {
        return;
    }
    bool awaited = t->last->phase == PHASE_ISSUED || t->last->phase == PHASE_READY;
    if (awaited && t->last->due != 0 && t->last->due <= t->in.now && load_order(t, t->last->order)) {
        carry_input(t, INPUT_CONFIRM_LATE);
    }
}

/* ---- a client has waited long enough ------------------------------------------------------------------------- */

static void release_ticket(struct task *t)
{
    const struct event *e = t->event;
    struct held *held = holds_take_ticket(t->gateway->holds, &e->transactionID, e->endpoint, e->ticket);

    if (held == NULL) {
        return;
    }
    const struct step *s = reply_step(t, held->digest);
    free(held);
    if (s == NULL) {
        reply_unavailable(t, "not finished within the hold time");
        return;
    }
    reply_again(t, s, s->reply);
}

/* False: nobody need be told, or nobody can. */
static bool tell_to_wait(struct task *t)
{
    if (t->last == NULL || !phase_owes(t->last->phase) || !load_order(t, t->last->order) || t->order == NULL ||
        !recall_if_owed(t)) {
        return false;
    }
    carry_input(t, INPUT_HOLD_OVER);
    return t->event == NULL;            /* with the writer, who answers */
}

/* Whatever comes of it, this ticket hears something: no other event will come for it. */
void hold_event(struct task *t)
{
    if (!carry_load(t, &t->event->transactionID) || !tell_to_wait(t)) {
        release_ticket(t);
    }
}
