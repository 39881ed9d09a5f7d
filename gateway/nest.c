#include "gateway/nest.h"

#include <string.h>

#include "gateway/carry.h"
#include "gateway/endpoint.h"
#include "gateway/reply.h"

/* ---- taken apart ------------------------------------------------------------------------------------------ */

/* The same place, peer and time; the message inside says the rest. */
static struct event *part_event(const struct event *whole, struct span message, uint64_t ticket)
{
    struct event *e = event_of_delivery(whole->endpoint, &(struct cmpgate_delivery){
        .size = sizeof(struct cmpgate_delivery), .ticket = ticket, .message = { message.ptr, message.len },
        .peer = { .size = sizeof(struct cmpgate_peer), .text = whole->peer, .user = whole->user,
                  .user_proven = whole->user_proven,
                  .tls_certificate = { whole->tls_certificate.ptr, whole->tls_certificate.len } },
        .profile = whole->profile, .arrived = whole->arrived });

    return e;
}

static void queue_parts(struct task *t, const struct asn1_list *messages)
{
    struct gateway *g = t->gateway;
    struct event *whole = t->event;
    struct batch *b = batches_open(g->batches, whole, &t->in.sender.credential, messages->count);

    if (b == NULL) {
        reply_unavailable(t, "out of memory");
        return;
    }
    t->event = NULL;
    for (size_t i = 0; i < messages->count; i++) {
        const struct PKIMessage *m = messages->item[i];
        uint64_t ticket = batch_ticket(b, i);
        struct event *part = part_event(whole, m->der, ticket);
        if (part == NULL) {
            batches_answer(g->batches, ticket, &(struct cmpgate_reply){ .kind = CMPGATE_UNAVAILABLE });
            continue;
        }
        log_line(CMPGATE_DEBUG, &t->subject, "message %zu of the batch is %s", i + 1, part->id);
        queue_put_always(g->queue, part);
    }
    /* From here on the event is not ours: it may be on its way back already. */
    batches_begun(g->batches, b);
}

/* RFC 9483 6.1: a batch goes to its own label or to none. */
static bool label_fits(struct task *t)
{
    return t->in.operation == NULL || strcmp(t->in.operation, "nested") == 0 ||
           refuse(&t->refusal, FAIL_badRequest, "RFC 9483 6.1: a batch was sent to the path for \"%s\"", t->in.operation);
}

/* Otherwise a message of bounded size would be work without bounds. */
static bool is_outermost(struct task *t)
{
    return !batch_is_ticket(t->event->ticket) || refuse(&t->refusal, FAIL_badRequest, "nested: a batch inside a batch");
}

/* A framing can tell its peer to come back, but not for one message in a batch. */
static bool parts_may_wait(struct task *t)
{
    return t->in.endpoint->polling != POLLING_FRAMING ||
           refuse(&t->refusal, FAIL_badRequest, "nested: batches are taken where 'polling' is cmp");
}

static void nest_open(struct task *t)
{
    if (!is_outermost(t) || !parts_may_wait(t) || !label_fits(t) || !nested_batch_check(&t->in, &t->refusal)) {
        reply_refusal(t);
        return;
    }
    if (task_phase(t) != PHASE_NONE) {
        carry_input(t, INPUT_OPEN);
        return;
    }
    queue_parts(t, &t->in.message->body->nested);
}

/* ---- put together ------------------------------------------------------------------------------------------- */

static bool collect(struct task *t, const struct batch *b)
{
    size_t count = batch_parts(b);

    t->parts = arena_alloc(t->in.arena, count * sizeof *t->parts);
    for (size_t i = 0; t->parts != NULL && i < count; i++) {
        struct span part = batch_part(b, i);
        if (part.ptr != NULL) {
            t->parts[t->part_count++] = part;
        }
    }
    return t->part_count > 0;
}

static void nest_close(struct task *t)
{
    const struct batch *b = t->event->batch;

    t->in.sender.credential = *batch_sender(b);
    t->in.profile = profile_meant(&t->in);
    if (task_phase(t) != PHASE_NONE) {
        carry_input(t, INPUT_OPEN);     /* overtaken by another message with its transactionID */
    } else if (t->in.profile != NULL && collect(t, b)) {
        carry_input(t, INPUT_BATCH);
    } else {
        reply_unavailable(t, "none of the messages in the batch could be answered");
    }
}

void nest_event(struct task *t)
{
    if (t->event->batch == NULL) {
        nest_open(t);
    } else {
        nest_close(t);
    }
}
