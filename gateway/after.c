#include "gateway/after.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/reply.h"

/* What is to happen once the change is on disk.  Lives in the change's arena. */
struct after {
    struct gateway *gateway;
    struct event *event;                /* given by the worker; goes back into the queue when the race was lost */
    struct span reply;                  /* to the event's own ticket, or to all that wait for the outcome */
    uint32_t reference, check_after;    /* instead of it: told to come back by the framing; 0: not */
    struct store_octets transactionID;
    uint8_t order[STORE_ORDER_ID];
    int64_t committed, due;
    bool silent;                        /* let go of without an answer */
    bool last, joined, ask, revoked;
    bool awaited;                       /* the reply has a certificate to be confirmed */
};

/* The ticket waits no more. */
static void let_go(const struct after *a)
{
    const struct event *e = a->event;

    free(holds_take_ticket(a->gateway->holds, &a->transactionID, e->endpoint, e->ticket));
    timer_release(a->gateway->timer, e->endpoint, e->ticket);
}

static void hand_out(const struct after *a, struct endpoint *endpoint, uint64_t ticket)
{
    const struct cmpgate_reply reply = {
        .size = sizeof reply, .kind = a->silent ? CMPGATE_NOTHING : a->reference != 0 ? CMPGATE_COME_BACK : CMPGATE_ANSWER,
        .message = { a->reply.ptr, a->reply.len }, .reference = a->reference, .check_after = a->check_after,
        .last = a->last, .committed = a->committed,
    };

    if (a->awaited) {
        endpoint_reply_awaited(endpoint, ticket, &reply, &a->transactionID, false);
    } else {
        endpoint_reply(endpoint, ticket, &reply);
    }
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
    bool says = a->reply.ptr != NULL || a->reference != 0 || a->silent;

    if (says && a->event->kind == EVENT_MESSAGE) {
        hand_out(a, a->event->endpoint, a->event->ticket);
    } else if (says) {
        hand_out_to_holds(a);
    }
    if (a->last) {
        handovers_forget(g->handovers, &a->transactionID);
    }
    if (a->due != 0) {
        timer_wake(g->timer, a->due);
    }
    if (a->revoked) {
        struct generation *now = gateway_enter(g);
        publisher_wake(now->publisher);
        gateway_leave(now);
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

/* Nothing happened.  A client is told to try again; an outcome, which nobody will tell us twice, is kept until the
 * disk takes it (when we are killed before that, the order is in doubt).  What is due stays due. */
static void after_failed(const struct after *a)
{
    struct event *e = a->event;

    if (e->kind == EVENT_OUTCOME && timer_put_off(a->gateway->timer, e)) {
        return;
    }
    if (e->kind != EVENT_MESSAGE && e->kind != EVENT_HOLD) {
        event_free(e);
        return;
    }
    if (a->joined || e->kind == EVENT_HOLD) {
        let_go(a);
    }
    endpoint_reply(e->endpoint, e->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNAVAILABLE, .check_after = 5,
        .reason = "the store cannot be written" });
    event_free(e);
}

/* Losses at which an event looks again at once.  Each is another's gain and so an end to it; more of them would be a fault,
 * and must not keep a worker and the writer busy. */
enum { LOST_AT_ONCE = 8 };

/* Somebody else was first: look at the world again, as if it had just come in. */
static void look_again(const struct after *a)
{
    struct event *e = a->event;

    if (a->joined) {
        let_go(a);
    }
    if (e->lost++ < LOST_AT_ONCE) {
        queue_put_always(a->gateway->queue, e);
    } else {
        timer_later(a->gateway->timer, e);
    }
}

static void committed(void *context, enum commit_result result)
{
    static struct log_limit limit;
    struct after *a = context;
    struct event *e = a->event;
    const struct log_subject subject = { .id = e->id, .peer = e->peer };

    switch (result) {
    case COMMIT_DONE:
        after_done(a);
        event_free(e);
        return;
    case COMMIT_LOST:
    case COMMIT_USED_UP:
        look_again(a);
        return;
    case COMMIT_FAILED:
        log_limited(&limit, CMPGATE_ERROR, &subject, "the store cannot be written, nothing was changed: %s",
                 commit_why(a->gateway->commit));
        after_failed(a);
        return;
    }
}

struct after *after_plan(struct task *t, struct change *c)
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
    a->silent = t->move.say == SAY_SILENCE;
    a->joined = (t->move.acts & ACT_JOIN) != 0;
    a->ask = (t->move.acts & (ACT_ASK | ACT_FORGET)) != 0 && t->order != NULL;
    a->revoked = c->revocation != NULL || c->unrevoke != NULL;
    a->due = c->step != NULL && c->step->due != 0 ? c->step->due : c->order != NULL ? c->order->due : 0;
    if (c->step != NULL) {
        a->reply = c->step->reply;
        a->awaited = c->step->phase == PHASE_ISSUED;
        a->reference = c->step->reference;
        a->check_after = reply_check_after(t);
    }
    if (t->order != NULL) {
        memcpy(a->order, t->order->id, sizeof a->order);
    }
    return a;
}

/* A ticket that waits is in place before the commit: the outcome may come the moment after it. */
static bool hold_ticket(const struct task *t, const struct after *a)
{
    const struct event *e = t->event;

    if (!holds_add(t->gateway->holds, &a->transactionID, e->endpoint, e->ticket, e->framed, e->id, t->in.digest)) {
        return false;
    }
    if (!timer_hold(t->gateway->timer, e->endpoint, e->ticket, &a->transactionID,
                    inquiry_time_left(e, t->in.endpoint->hold))) {
        let_go(a);
        return false;
    }
    return true;
}

bool after_commit(struct task *t, struct change *c, struct after *a)
{
    if (a->joined && !hold_ticket(t, a)) {
        change_free(c);
        return false;
    }
    t->event = NULL;
    commit_put(t->gateway->commit, c, committed, a);
    return true;
}
