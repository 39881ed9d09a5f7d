#include "gateway/change.h"

#include <string.h>

#include "gateway/inventory.h"
#include "gateway/order.h"
#include "gateway/reply.h"

static int32_t body_of_reply(const struct task *t, struct span reply)
{
    struct asn1_error err;
    struct PKIMessageShell *shell = reply.ptr != NULL ? PKIMessageShell_decode(reply, t->in.arena, &err) : NULL;

    return shell != NULL ? PKIMessageShell_arm(shell) : -1;
}

/* ---- copies ---------------------------------------------------------------------------------------- */

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
    s->operation = task_operation(t);
    s->pvno = (int32_t)PKIHeader_cmp2000;
    s->certReqId = t->request.certReqId;
    if (!inbound_message_time(&t->in, &s->message_time)) {
        s->message_time = 0;
    }
    s->first_nonce = store_octets_of(t->in.header->senderNonce);
    s->signer = keep(c, sender_certificates(&t->in));
    if (s->operation == PKIBody_kur) {
        crypto_sha256(t->order->certificate, s->updates);
    }
    return s;
}

static struct step *next_step(struct task *t, struct change *c)
{
    struct step *s = arena_alloc(c->arena, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    *s = *t->last;
    s->signer = (struct span){ NULL, 0 };
    s->endpoint = keep_text(c, t->last->endpoint);
    s->profile = keep_text(c, t->last->profile);
    return s;
}

/* Seconds that an outcome waits to be fetched by a poll. */
enum { FETCH_WAIT = 7 * 24 * 60 * 60 };

static int64_t due_of(const struct task *t, enum phase phase)
{
    switch (phase) {
    case PHASE_ISSUED: return t->in.now + task_confirm_wait(t);
    case PHASE_READY:  return t->in.now + FETCH_WAIT;
    default:           return 0;
    }
}

/* Nothing but this number is asked of whoever fetches the answer, so it must not be guessed.  One that is taken makes
 * the step lose its race, and is drawn again. */
static uint32_t new_reference(void)
{
    uint32_t reference = 0;

    while (reference == 0) {
        crypto_random(&reference, sizeof reference);
    }
    return reference;
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
    s->due = due_of(t, s->phase);
    s->reference = t->move.say == SAY_COME_BACK ? new_reference() : 0;
    /* Of the message that it answers, unless that was told to wait: the same bytes get the same reply. */
    memset(s->digest, 0, sizeof s->digest);
    if (t->in.message != NULL && !reply_is_stored(t)) {
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
    o->approval_reason = keep_text(c, o->approval_reason);
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
    struct span der = keep(c, order_certificates(t, &chain, &chain_count));
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
    if (task_operation(t) == PKIBody_rr) {
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

/* The acts of the move, as rows.  The order of a PURE backend that is done needs no row: nothing will ask for it again,
 * unless its backend is to be told what becomes of the certificate. */
bool change_fill(struct task *t, struct change *c, struct span reply, const struct respond *how)
{
    unsigned acts = t->move.acts;
    bool opening = t->last == NULL && t->event->kind == EVENT_MESSAGE;
    bool needs_order = (acts & (ACT_ORDER | ACT_FORGET)) && t->order != NULL &&
                       !(opening && t->order->state == ORDER_DONE && !order_may_tell(t, CMPGATE_CONFIRM) &&
                         !order_may_tell(t, CMPGATE_DISCARD));

    if (opening && t->request.one_use) {
        c->uses_secret = keep(c, sender_reference(&t->in.sender));
    }
    return (!(acts & ACT_STEP) || add_step(t, c, reply, how)) &&
           (!needs_order || add_order(t, c)) &&
           (!(acts & ACT_CERTIFICATE) || add_certificate(t, c)) &&
           (!(acts & ACT_REVOKE) || add_revocation(t, c));
}

