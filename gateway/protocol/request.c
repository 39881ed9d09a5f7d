/* An opening request, reduced to an order (RFC 9810 5.3.1 to 5.3.9; RFC 9483 4.1, 4.2, 5.1.1, 5.1.3).
 *
 * What costs nothing is looked at first, then the profile's rules, then the proof of possession.
 */
#include <inttypes.h>
#include <string.h>

#include "gateway/protocol/check.h"

/* ---- what all have in common ----------------------------------------------------------------- */

static struct order *new_order(const struct inbound *in)
{
    struct order *o = arena_zalloc(in->arena, sizeof *o);
    struct span id = in->header->transactionID;

    if (o == NULL) {
        return NULL;
    }
    o->transactionID.len = (uint8_t)id.len;
    memcpy(o->transactionID.octets, id.ptr, id.len);
    o->backend = in->profile->backend->name;
    o->profile = in->profile->name;
    o->peer = in->peer;
    o->message = in->der;
    o->requester = in->sender.subject;
    o->requester_certificate = in->sender.certificate;
    return o;
}

/* A secret with a number of uses gives one for each certificate; the count itself is the store's. */
static bool has_a_use(const struct inbound *in, struct request *request, struct refusal *no)
{
    const struct secret *secret = in->sender.credential.kind == CREDENTIAL_SECRET ? in->sender.secret : NULL;

    request->one_use = secret != NULL && secret->uses >= 0;
    return !request->one_use || secret->uses > 0 ||
           refuse(no, FAIL_notAuthorized, "this shared secret has been used up");
}

/* RFC 2510 knows neither implicitConfirm nor confirmWaitTime: its clients confirm. */
static bool asks_implicitConfirm(const struct inbound *in)
{
    return !inbound_is_1999(in) &&
           GeneralInfo_find(&in->header->generalInfo, OID_id_it_implicitConfirm) != NULL;
}

/* Subject first: the extensions depend on whether it is empty. */
static bool grant(const struct inbound *in, const struct wanted *w, struct request *request, struct refusal *no)
{
    struct order *o = request->order;

    if (!grant_subject(in, w, o, no) || !grant_known_key(in, w, o, no) || !grant_validity(in, w, o, &request->modified, no) ||
        !grant_extensions(in, w, o, &request->modified, no)) {
        return false;
    }
    request->implicit_confirm = asks_implicitConfirm(in) && in->profile->implicit_confirm;
    o->kind = CMPGATE_CERTIFY;
    o->public_key = w->spki;
    o->certReqId = request->certReqId;
    o->implicit_confirm = request->implicit_confirm;
    o->modified = request->modified;
    return true;
}

/* ---- ir, cr, kur ----------------------------------------------------------------------------- */

/* A client asks for one certificate, and knows it by this number. */
static bool certReqId_is_tolerated(const struct inbound *in, int64_t id)
{
    return id > 0 && id <= INT32_MAX && quirk_on(in, QUIRK_ANY_CERT_REQ_ID);
}

static bool one_message(const struct inbound *in, const struct asn1_list *messages, const struct CertReqMsg **m,
                        struct request *request, struct refusal *no)
{
    if (messages->count != 1) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: want one CertReqMsg, have %zu", messages->count);
    }
    *m = messages->item[0];
    int64_t id;
    if (!asn1_int64((*m)->certReq->certReqId, &id)) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: certReqId: want 0");
    }
    request->certReqId = id;
    return id == 0 || certReqId_is_tolerated(in, id) ||
           refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: certReqId: want 0, have %" PRId64, id);
}

static bool read_crmf(struct inbound *in, const struct asn1_list *messages, struct request *request,
                      struct refusal *no)
{
    const struct CertReqMsg *m = NULL;
    struct wanted w = { .subject = NULL };

    if (!has_a_use(in, request, no) || !one_message(in, messages, &m, request, no) ||
        (m = pop_find(in, m, no)) == NULL || !controls_read(&m->certReq->controls, no) ||
        !template_read(in, m->certReq->certTemplate, &w, no) || !pop_admits(in, m, no) || !grant_key(in, &w, no)) {
        return false;
    }
    if (request->operation == PKIBody_kur && !update_read(in, m->certReq, &w, request->order, no)) {
        return false;
    }
    request->order->controls = m->certReq->controls.der;
    return grant(in, &w, request, no) && pop_verify(in, m, &w, no);
}

static bool read_ir(struct inbound *in, struct request *request, struct refusal *no)
{
    return read_crmf(in, &in->message->body->ir, request, no);
}

static bool read_cr(struct inbound *in, struct request *request, struct refusal *no)
{
    return read_crmf(in, &in->message->body->cr, request, no);
}

static bool read_kur(struct inbound *in, struct request *request, struct refusal *no)
{
    return read_crmf(in, &in->message->body->kur, request, no);
}

/* ---- p10cr ----------------------------------------------------------------------------------- */

static bool read_p10cr(struct inbound *in, struct request *request, struct refusal *no)
{
    const struct CertificationRequest *r = in->message->body->p10cr;
    struct wanted w = { .subject = NULL };

    request->certReqId = -1;
    return has_a_use(in, request, no) && pkcs10_read(in, r->certificationRequestInfo, &w, no) &&
           grant_key(in, &w, no) && grant(in, &w, request, no) && pop_verify_pkcs10(in, r, &w, no);
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static const struct {
    int arm;
    bool (*read)(struct inbound *, struct request *, struct refusal *);
} rows[] = {
    { PKIBody_ir,    read_ir },
    { PKIBody_cr,    read_cr },
    { PKIBody_p10cr, read_p10cr },
    { PKIBody_kur,   read_kur },
    { PKIBody_rr,    revoke_read },
};

static bool read_row(struct inbound *in, struct request *request, struct refusal *no)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].arm == request->operation) {
            return rows[i].read(in, request, no);
        }
    }
    return refuse(no, FAIL_badRequest, "%s cannot be asked for here", PKIBody_name(request->operation));
}

bool request_read(struct inbound *in, struct request *request, struct refusal *no)
{
    *request = (struct request){ .operation = in->message->body->arm, .order = new_order(in) };
    if (request->order == NULL) {
        return refuse_unavailable(no, "out of memory");
    }
    /* RFC 9483 3.6.2: what is wrong with a request is said in its own response. */
    bool good = read_row(in, request, no);
    no->in_body = !good;
    return good;
}
