#include "gateway/reply.h"

#include <string.h>

#include "gateway/order.h"

enum { ASKED_NOW = 5 /* seconds: when to come again while the backend is being asked */ };

/* ---- stored replies --------------------------------------------------------------------------------------- */

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

const struct step *reply_step(const struct task *t, const uint8_t digest[STORE_DIGEST])
{
    for (size_t i = t->in.step_count; i-- > 0; ) {
        const struct step *s = &t->in.steps[i];
        if (s->reply.ptr != NULL && memcmp(s->digest, digest, STORE_DIGEST) == 0) {
            return s;
        }
    }
    return NULL;
}

bool reply_is_stored(const struct task *t)
{
    return reply_step(t, t->in.digest) != NULL;
}

bool reply_is_silent(const struct task *t)
{
    const struct step *s = t->last;

    return s != NULL && s->phase == PHASE_CONFIRM_WAITING && s->reply.ptr == NULL && s->reference == 0;
}

/* The certConf has an order of its own, and may have a reference of its own. */
uint32_t reply_reference(const struct task *t)
{
    for (size_t i = 0; i < t->in.step_count; i++) {
        const struct step *s = &t->in.steps[i];
        if (s->reference != 0 && (t->order == NULL || memcmp(s->order, t->order->id, STORE_ORDER_ID) == 0)) {
            return s->reference;
        }
    }
    return 0;
}

/* ---- answers that change nothing --------------------------------------------------------------------- */

static void reply_message(const struct task *t, struct span message, bool last, int64_t committed)
{
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_ANSWER, .message = { message.ptr, message.len },
        .last = last, .committed = committed });
}

/* One that was given before.  With a certificate to be confirmed, the time to do so may not have begun. */
void reply_again(struct task *t, const struct step *s, struct span message)
{
    const struct cmpgate_reply reply = {
        .size = sizeof reply, .kind = CMPGATE_ANSWER, .message = { message.ptr, message.len },
        .last = s->phase == PHASE_CLOSED, .committed = s->at,
    };

    if (s->phase == PHASE_ISSUED && t->last->phase == PHASE_ISSUED) {
        endpoint_reply_awaited(t->event->endpoint, t->event->ticket, &reply, &s->transactionID, true);
    } else {
        endpoint_reply(t->event->endpoint, t->event->ticket, &reply);
    }
}

void reply_unavailable(struct task *t, const char *reason)
{
    static struct log_limit limit;

    log_limited(&limit, CMPGATE_WARN, &t->subject, "not answered: %s", reason);
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNAVAILABLE, .check_after = 5, .reason = reason });
}

/* Judged again when it is known. */
static void wait_for_inquiry(struct task *t)
{
    log_line(CMPGATE_DEBUG, &t->subject, "set aside: %s", t->refusal.text);
    inquiry_wait(t->in.inquirer, t->event, t->in.endpoint->hold);
    t->event = NULL;
}

void reply_refusal(struct task *t)
{
    struct respond how = { .in = &t->in };

    if (t->refusal.pending) {
        wait_for_inquiry(t);
        return;
    }
    if (t->in.header == NULL) {
        log_line(CMPGATE_INFO, &t->subject, "unreadable: %s", t->refusal.text);
        endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
            .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNREADABLE, .reason = t->refusal.text });
        return;
    }
    if (t->refusal.unavailable || !inbound_pay(&t->in, PRICE_REFUSAL, &t->refusal)) {
        reply_unavailable(t, t->refusal.text);
        return;
    }
    int operation = t->in.message != NULL ? t->in.message->body->arm : -1;
    struct span message = respond_refusal(&how, operation, t->request.certReqId, &t->refusal);
    if (message.ptr == NULL) {
        reply_unavailable(t, "the refusal could not be made");
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "refused: %s: %s", failure_name(t->refusal.failure), t->refusal.text);
    reply_message(t, message, true, t->in.now);
}

static void reply_stored(struct task *t, const struct step *s)
{
    if (s == NULL) {
        refuse(&t->refusal, FAIL_transactionIdInUse, "this message was overtaken by another of its transaction");
        reply_refusal(t);
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    reply_again(t, s, s->reply);
}

uint32_t reply_check_after(const struct task *t)
{
    int64_t seconds = t->in.config->check_after;
    int64_t due = t->order != NULL ? t->order->due : 0;
    int64_t ahead = due > t->in.now ? due - t->in.now : ASKED_NOW;

    if (due > 0 && ahead < seconds) {
        seconds = ahead;
    }
    return seconds > 0 ? (uint32_t)seconds : 1;
}

/* For the person at the other end; what only an operator can mend is left out. */
static const char *what_is_waited_for(const struct order *o, char *text, size_t size)
{
    if (o != NULL && o->state == ORDER_OPEN && o->approval == APPROVAL_PENDING) {
        return "waits for approval";
    }
    return o != NULL && o->state == ORDER_OPEN && o->waiting && o->text != NULL ? presentable(o->text, text, size) : NULL;
}

static void reply_fresh(struct task *t, struct span message, bool last)
{
    if (message.ptr == NULL) {
        reply_unavailable(t, "the answer could not be made");
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    reply_message(t, message, last, t->in.now);
}

/* ---- the answer to the opening request, or to the certConf ------------------------------------------------------ */

static int operation_of(const struct task *t)
{
    return order_tells(t) ? PKIBody_certConf : task_operation(t);
}

static struct span make_answer(struct task *t, struct respond *how, int64_t confirm_until)
{
    int operation = operation_of(t);

    if (t->order->state == ORDER_REJECTED) {
        order_refusal(t);
        return respond_refusal(how, operation, t->order->certReqId, &t->refusal);
    }
    if (operation == PKIBody_certConf) {
        return respond_pkiconf(how);
    }
    if (operation == PKIBody_rr) {
        return respond_revoked(how, t->order->certificate);
    }
    struct respond_certificate answer = {
        .operation = operation, .certReqId = t->order->certReqId, .modified = t->order->modified,
        .implicit_confirm = t->order->implicit_confirm, .caPubs = task_gives_caPubs(t),
        .roots = t->in.profile != NULL && t->in.profile->root_in_extra_certs,
        .confirm_until = t->order->implicit_confirm ? 0 : confirm_until,
    };
    answer.certificate = order_certificates(t, &answer.chain, &answer.chain_count);
    return respond_certificate(how, &answer);
}

/* To a new pollReq the same answer is given with the nonce of that pollReq, since openssl 3.0 takes no other; and with
 * the senderNonce that it had, so that the certConf fits whichever copy the client has got. */
static void reply_answer_again(struct task *t, const struct step *s)
{
    struct respond how = { .in = &t->in };

    if (s == NULL || t->order == NULL) {
        reply_stored(t, s);
        return;
    }
    how.again = (struct span){ s->our_nonce.octets, s->our_nonce.len };
    struct span message = make_answer(t, &how, s->due);
    if (message.ptr == NULL) {
        reply_unavailable(t, "the answer could not be made");
        return;
    }
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    reply_again(t, s, message);
}

/* ---- polls by the framing ------------------------------------------------------------------------------------ */

static void reply_come_back(struct task *t)
{
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_COME_BACK, .reference = reply_reference(t),
        .check_after = reply_check_after(t) });
}

static void reply_unknown(struct task *t)
{
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_UNKNOWN_REFERENCE });
}

/* ---- RFC 2510 ------------------------------------------------------------------------------------------------ */

static void reply_nothing(struct task *t)
{
    log_line(CMPGATE_INFO, &t->subject, "%s", t->move.reason);
    endpoint_reply(t->event->endpoint, t->event->ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_NOTHING, .last = true });
}

/* A conf, which was not answered. */
static bool led_to_silence(const struct task *t)
{
    const struct step *s = t->last;
    bool over = s->phase == PHASE_CLOSED && (s->ending == ENDING_CONFIRMED || s->ending == ENDING_REJECTED);

    return (over || reply_is_silent(t)) && s->reply.ptr == NULL && memcmp(s->digest, t->in.digest, STORE_DIGEST) == 0;
}

/* ---- what a move says ------------------------------------------------------------------------------------------ */

/* Whoever was told to come back by the framing, and then had the answer by a pollReq, gets it under the nonce of the
 * request when it asks by the framing again. */
void reply_repeat(struct task *t)
{
    const struct step *s = reply_step(t, t->in.digest);
    bool waits = t->last->phase == PHASE_WAITING || t->last->phase == PHASE_READY ||
                 (t->last->phase == PHASE_CONFIRM_WAITING && order_tells(t));

    if (led_to_silence(t)) {
        reply_nothing(t);
    } else if (s != NULL || reply_reference(t) == 0) {
        reply_stored(t, s);
    } else if (waits) {
        reply_come_back(t);
    } else {
        reply_answer_again(t, answer_step(t));
    }
}

void reply_at_once(struct task *t)
{
    struct respond how = { .in = &t->in };
    char why[sizeof t->refusal.text];

    switch (t->move.say) {
    case SAY_STORED:
        reply_repeat(t);
        break;
    case SAY_ANSWER_AGAIN:
        reply_answer_again(t, order_tells(t) ? t->last : answer_step(t));
        break;
    case SAY_COME_BACK:
        reply_come_back(t);
        break;
    case SAY_SILENCE:
        reply_nothing(t);
        break;
    case SAY_UNKNOWN:
        reply_unknown(t);
        break;
    case SAY_POLLREP:
        reply_fresh(t, respond_pollRep(&how, t->request.certReqId, reply_check_after(t),
                                       what_is_waited_for(t->order, why, sizeof why)), false);
        break;
    case SAY_TOLD:
        reply_fresh(t, respond_genp(&how, &t->told), true);
        break;
    case SAY_PKICONF:
        reply_fresh(t, respond_pkiconf(&how), false);
        break;
    default:
        break;
    }
}

struct span reply_make(struct task *t, struct respond *how)
{
    switch (t->move.say) {
    case SAY_ANSWER:  return make_answer(t, how, t->in.now + task_confirm_wait(t));
    case SAY_WAITING: return respond_waiting(how, operation_of(t), t->order->certReqId);
    case SAY_PKICONF: return respond_pkiconf(how);
    case SAY_BATCH:   return respond_nested(how, t->parts, t->part_count);
    default:          return (struct span){ NULL, 0 };
    }
}

bool reply_is_answered(const struct task *t)
{
    return answer_step(t) != NULL;
}
