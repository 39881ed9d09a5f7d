#include "gateway/order.h"

#include <string.h>

#include "gateway/protocol/certlist.h"

/* It is due again a while after its commit: by then it is finished, or in the
 * backend's hands, or we have been restarted in between. */
void order_begin(struct task *t)
{
    t->order->due = t->in.now + ORDER_IN_DOUBT;
    t->order->attempts = 1;
    t->order->submitted = true;
    t->order->begins = true;
}

void order_open(struct task *t, const struct backend *backend)
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
    o->message = t->in.der;
    o->peer = t->in.peer;
    order_begin(t);
}

/* ---- what became of a certificate ------------------------------------------------------------------------- */

static struct backend *backend_named(const struct generation *g, const char *name)
{
    for (size_t i = 0; i < g->config->backend_count; i++) {
        if (strcmp(backend_name(g->backends[i]), name) == 0) {
            return g->backends[i];
        }
    }
    return NULL;
}

bool order_may_tell(const struct task *t, enum cmpgate_order_kind kind)
{
    bool opened = t->order != NULL && t->order->backend != NULL;
    const struct backend *backend = opened ? backend_named(t->generation, t->order->backend) : NULL;

    return backend != NULL && backend_serves(backend, kind);
}

bool order_tells(const struct task *t)
{
    return t->order != NULL && (t->order->kind == CMPGATE_CONFIRM || t->order->kind == CMPGATE_DISCARD);
}

bool order_tell(struct task *t, enum cmpgate_order_kind kind)
{
    const struct order *was = t->order;
    struct order *o = arena_zalloc(t->in.arena, sizeof *o);
    struct certificate *issued = NULL;

    if (o == NULL || !store_certificate(t->in.store, t->last->certificate, t->in.arena, &issued) || issued == NULL) {
        return false;
    }
    *o = (struct order){
        .kind = kind, .state = ORDER_OPEN, .backend = was->backend, .profile = was->profile,
        .transactionID = t->last->transactionID, .certReqId = was->certReqId, .created = t->in.now,
        .message = t->in.der, .peer = t->in.peer, .certificate = issued->der,
        .requester = was->requester, .requester_certificate = was->requester_certificate,
    };
    crypto_random(o->id, sizeof o->id);
    t->order = o;
    order_begin(t);
    return true;
}

/* ---- outcomes -------------------------------------------------------------------------------------------- */

enum input order_input(const struct cmpgate_outcome *outcome)
{
    switch (outcome->result) {
    case CMPGATE_DONE:     return INPUT_DONE;
    case CMPGATE_REJECTED: return INPUT_REJECTED;
    case CMPGATE_WAITING:  return INPUT_LATER;
    case CMPGATE_BUSY:     return INPUT_BUSY;
    default:               return INPUT_UNSURE;
    }
}

/* Certificate and chain, as order.result has them. */
static struct span join_certificates(const struct cmpgate_outcome *outcome, struct arena *arena)
{
    struct span *all = arena_alloc(arena, (outcome->chain_count + 1) * sizeof *all);

    if (outcome->certificate.ptr == NULL || all == NULL) {
        return (struct span){ NULL, 0 };
    }
    all[0] = (struct span){ outcome->certificate.ptr, outcome->certificate.len };
    for (size_t i = 0; i < outcome->chain_count; i++) {
        all[i + 1] = (struct span){ outcome->chain[i].ptr, outcome->chain[i].len };
    }
    return certlist_join(arena, all, outcome->chain_count + 1);
}

/* Whether a CERTIFY order that is "done" has brought a certificate we can read, for the key that was asked for; and
 * whether all of it is as ordered. */
static bool certificate_fits(struct task *t)
{
    struct asn1_error err;
    struct span der = { t->outcome.certificate.ptr, t->outcome.certificate.len };
    struct Certificate *c = der.ptr != NULL ? Certificate_decode(der, t->in.arena, &err) : NULL;

    if (c == NULL || !span_eq(c->tbsCertificate->subjectPublicKeyInfo->der, t->order->public_key)) {
        return false;
    }
    t->order->modified |= !order_is_kept(t->order, c, t->in.arena);
    return true;
}

struct backend *order_backend(const struct task *t)
{
    struct backend *backend = backend_named(t->generation, t->order->backend);

    if (backend == NULL) {
        log_line(CMPGATE_ERROR, &t->subject, "an order waits for backend %s, which is not configured", t->order->backend);
    }
    return backend;
}

static bool can_be_checked(const struct task *t)
{
    const struct backend *backend = order_backend(t);

    return backend != NULL && backend_can(backend, CMPGATE_CHECKS);
}

/* A PURE backend is asked before anything of the request is: what it cannot do is refused, and nobody has to see to it. */
static bool is_on_disk(const struct task *t)
{
    return t->last != NULL;
}

void order_apply(struct task *t)
{
    struct order *o = t->order;
    int64_t wait = t->outcome.check_after > 0 ? t->outcome.check_after : t->in.config->check_after;
    bool unfit = t->outcome.result == CMPGATE_DONE && o->kind == CMPGATE_CERTIFY && !certificate_fits(t);

    if (unfit) {
        t->outcome.result = CMPGATE_UNSURE;
        t->outcome.text = "the backend returned no certificate for the requested key";
    }
    o->text = t->outcome.text;
    o->fail_info = t->outcome.fail_info;
    if (t->outcome.token.ptr != NULL) {
        o->token = (struct span){ t->outcome.token.ptr, t->outcome.token.len };
    }
    switch (t->outcome.result) {
    case CMPGATE_DONE:
        o->state = ORDER_DONE;
        o->due = 0;
        o->result = join_certificates(&t->outcome, t->in.arena);
        break;
    case CMPGATE_REJECTED:
        o->state = ORDER_REJECTED;
        o->due = 0;
        break;
    case CMPGATE_WAITING:
        o->waiting = true;
        o->due = t->in.now + wait;
        break;
    case CMPGATE_BUSY:
        o->submitted = o->waiting = false;      /* check() may say so too: then it is submitted, not checked */
        o->due = t->in.now + wait;
        break;
    case CMPGATE_UNSURE:
        if (!unfit && can_be_checked(t)) {
            o->waiting = true;
            o->due = t->in.now + wait;
            break;
        }
        o->state = ORDER_UNSURE;
        o->due = 0;
        if (is_on_disk(t)) {
            log_line(CMPGATE_ERROR, &t->subject, "the fate of an order is unknown, it waits for an operator: %s",
                     o->text != NULL ? o->text : "no reason given");
        }
        break;
    }
}

/* ---- what it came to ----------------------------------------------------------------------------------------- */

struct span order_certificates(const struct task *t, const struct span **chain, size_t *chain_count)
{
    enum { CHAIN_MAX = 8 };
    struct span *all = arena_zalloc(t->in.arena, (CHAIN_MAX + 1) * sizeof *all);
    size_t n = all != NULL ? certlist_split(t->order->result, all, CHAIN_MAX + 1) : 0;

    *chain = n > 1 ? all + 1 : NULL;
    *chain_count = n > 1 ? n - 1 : 0;
    return n > 0 ? all[0] : (struct span){ NULL, 0 };
}

void order_refusal(struct task *t)
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

