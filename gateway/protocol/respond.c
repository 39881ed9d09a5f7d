/* The bodies that we send: RFC 9810 5.3, RFC 9483 4. */
#include "gateway/protocol/respond.h"

#include "gateway/protocol/certlist.h"
#include "gateway/protocol/respond_message.h"

/* ---- parts ----------------------------------------------------------------------------------- */

/* `text` NULL or empty: no statusString; failure -1: no failInfo.  NULL when memory is out; so for all that make
 * parts, and all take a NULL part for a failure. */
static struct PKIStatusInfo *make_status(struct arena *arena, enum PKIStatus_values status, const char *text,
                                         int failure)
{
    struct PKIStatusInfo *info = PKIStatusInfo_new(arena);

    if (info == NULL) {
        return NULL;
    }
    info->status = asn1_put_int(arena, status);
    if (text != NULL && text[0] != '\0' && !asn1_list_add_span(arena, &info->statusString, span_str(text))) {
        return NULL;
    }
    if (failure >= 0) {
        info->failInfo = asn1_put_named_bits(arena, 1u << failure);
    }
    return info;
}

static struct CertifiedKeyPair *make_key_pair(struct arena *arena, struct span certificate)
{
    struct CertifiedKeyPair *pair = CertifiedKeyPair_new(arena);
    struct CertOrEncCert *c = CertOrEncCert_new(arena);

    if (pair == NULL || c == NULL) {
        return NULL;
    }
    c->arm = CertOrEncCert_certificate;
    c->certificate = certlist_one(arena, certificate);
    pair->certOrEncCert = c;
    return c->certificate != NULL ? pair : NULL;
}

/* What answers an opening request; -1: there is nothing of its own. */
static int response_arm(int operation)
{
    switch (operation) {
    case PKIBody_ir:    return PKIBody_ip;
    case PKIBody_cr:    return PKIBody_cp;
    case PKIBody_p10cr: return PKIBody_cp;
    case PKIBody_kur:   return PKIBody_kup;
    case PKIBody_rr:    return PKIBody_rp;
    default:            return -1;
    }
}

static bool is_certificate_arm(int arm)
{
    return arm == PKIBody_ip || arm == PKIBody_cp || arm == PKIBody_kup;
}

static struct PKIBody *make_body(struct arena *arena, int arm)
{
    struct PKIBody *body = PKIBody_new(arena);

    if (body != NULL) {
        body->arm = arm;
    }
    return body;
}

/* ---- ip, cp, kup ----------------------------------------------------------------------------- */

/* One CertResponse; `rep` may carry caPubs already. */
static struct PKIBody *make_certificate_body(struct arena *arena, int arm, int64_t certReqId,
                                             struct CertRepMessage *rep, struct PKIStatusInfo *status,
                                             struct CertifiedKeyPair *pair)
{
    struct PKIBody *body = make_body(arena, arm);
    struct CertResponse *response = CertResponse_new(arena);

    if (body == NULL || response == NULL || rep == NULL || status == NULL) {
        return NULL;
    }
    response->certReqId = asn1_put_int(arena, certReqId);
    response->status = status;
    response->certifiedKeyPair = pair;
    body->ip = rep;             /* cp and kup are the same member of the union */
    return asn1_list_add(arena, &rep->response, response) ? body : NULL;
}

/* Without a certificate: refused, or waiting. */
static struct PKIBody *make_status_body(struct arena *arena, int arm, int64_t certReqId,
                                        struct PKIStatusInfo *status)
{
    return make_certificate_body(arena, arm, certReqId, CertRepMessage_new(arena), status, NULL);
}

/* RFC 9483 4.1.1: trust anchors only, and only where a MAC vouches for them (RFC 9810 5.3.2). */
static bool add_caPubs(const struct inbound *in, struct CertRepMessage *rep)
{
    const struct config *c = in->config;

    return certlist_add_roots(in->arena, &rep->caPubs, c->ca_certificates, c->ca_certificate_count);
}

struct span respond_certificate(struct respond *r, const struct respond_certificate *c)
{
    struct arena *arena = r->in->arena;
    struct CertRepMessage *rep = CertRepMessage_new(arena);
    struct CertifiedKeyPair *pair = make_key_pair(arena, c->certificate);
    struct PKIStatusInfo *status =
        make_status(arena, c->modified ? PKIStatus_grantedWithMods : PKIStatus_accepted, NULL, -1);
    const struct respond_extras extras = {
        .implicit_confirm = c->implicit_confirm, .confirm_until = c->confirm_until,
        .chain = c->chain, .chain_count = c->chain_count,
        .roots = c->roots && c->operation == PKIBody_ir,
    };

    if (rep == NULL || pair == NULL) {
        return (struct span){ NULL, 0 };
    }
    if (c->caPubs && c->operation == PKIBody_ir && respond_by_mac(r) && !add_caPubs(r->in, rep)) {
        return (struct span){ NULL, 0 };
    }
    struct PKIBody *body =
        make_certificate_body(arena, response_arm(c->operation), c->certReqId, rep, status, pair);
    return respond_message(r, body, &extras);
}

/* ---- error, rp ------------------------------------------------------------------------------- */

static struct PKIBody *make_error(struct arena *arena, struct PKIStatusInfo *status)
{
    struct PKIBody *body = make_body(arena, PKIBody_error);
    struct ErrorMsgContent *error = ErrorMsgContent_new(arena);

    if (body == NULL || error == NULL || status == NULL) {
        return NULL;
    }
    error->pKIStatusInfo = status;
    body->error = error;
    return body;
}

static struct PKIBody *make_rp(struct arena *arena, struct PKIStatusInfo *status, struct CertId *id)
{
    struct PKIBody *body = make_body(arena, PKIBody_rp);
    struct RevRepContent *rp = RevRepContent_new(arena);

    if (body == NULL || rp == NULL || status == NULL || !asn1_list_add(arena, &rp->status, status) ||
        (id != NULL && !asn1_list_add(arena, &rp->revCerts, id))) {
        return NULL;
    }
    body->rp = rp;
    return body;
}

struct span respond_refusal(struct respond *r, int operation, int64_t certReqId, const struct refusal *refusal)
{
    struct arena *arena = r->in->arena;
    struct PKIStatusInfo *status =
        make_status(arena, PKIStatus_rejection, refusal->text, (int)refusal->failure);
    int arm = refusal->in_body ? response_arm(operation) : -1;

    if (arm == PKIBody_rp) {
        return respond_message(r, make_rp(arena, status, NULL), NULL);
    }
    if (is_certificate_arm(arm)) {
        return respond_message(r, make_status_body(arena, arm, certReqId, status), NULL);
    }
    return respond_message(r, make_error(arena, status), NULL);
}

static struct CertId *make_certId(struct arena *arena, struct span certificate)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(certificate, arena, &err);
    struct CertId *id = CertId_new(arena);
    struct GeneralName *issuer = GeneralName_new(arena);

    if (c == NULL || id == NULL || issuer == NULL) {
        return NULL;
    }
    issuer->arm = GeneralName_directoryName;
    issuer->directoryName = c->tbsCertificate->issuer;
    id->issuer = issuer;
    id->serialNumber = c->tbsCertificate->serialNumber;
    return id;
}

struct span respond_revoked(struct respond *r, struct span certificate)
{
    struct arena *arena = r->in->arena;
    struct CertId *id = make_certId(arena, certificate);

    if (id == NULL) {
        return (struct span){ NULL, 0 };
    }
    return respond_message(r, make_rp(arena, make_status(arena, PKIStatus_accepted, NULL, -1), id), NULL);
}

/* ---- waiting, pollRep, pkiconf --------------------------------------------------------------- */

struct span respond_waiting(struct respond *r, int operation, int64_t certReqId)
{
    struct arena *arena = r->in->arena;
    struct PKIStatusInfo *status = make_status(arena, PKIStatus_waiting, NULL, -1);
    int arm = response_arm(operation);

    if (is_certificate_arm(arm)) {
        return respond_message(r, make_status_body(arena, arm, certReqId, status), NULL);
    }
    return respond_message(r, make_error(arena, status), NULL);
}

struct span respond_pollRep(struct respond *r, int64_t certReqId, int64_t check_after, const char *reason)
{
    struct arena *arena = r->in->arena;
    struct PKIBody *body = make_body(arena, PKIBody_pollRep);
    struct PollRep *rep = PollRep_new(arena);

    if (body == NULL || rep == NULL || !asn1_list_add(arena, &body->pollRep, rep)) {
        return (struct span){ NULL, 0 };
    }
    rep->certReqId = asn1_put_int(arena, certReqId);
    rep->checkAfter = asn1_put_int(arena, check_after);
    if (reason != NULL && reason[0] != '\0' && !asn1_list_add_span(arena, &rep->reason, span_str(reason))) {
        return (struct span){ NULL, 0 };
    }
    return respond_message(r, body, NULL);
}

struct span respond_pkiconf(struct respond *r)
{
    struct PKIBody *body = make_body(r->in->arena, PKIBody_pkiconf);

    if (body != NULL) {
        body->pkiconf = asn1_null();
    }
    return respond_message(r, body, NULL);
}

struct span respond_genp(struct respond *r, const struct asn1_list *answers)
{
    struct PKIBody *body = make_body(r->in->arena, PKIBody_genp);

    if (body != NULL) {
        body->genp = *answers;
    }
    return respond_message(r, body, NULL);
}

struct span respond_nested(struct respond *r, const struct span *parts, size_t count)
{
    struct arena *arena = r->in->arena;
    struct PKIBody *body = make_body(arena, PKIBody_nested);

    for (size_t i = 0; body != NULL && i < count; i++) {
        struct PKIMessage *m = PKIMessage_new(arena);
        if (m == NULL || !asn1_list_add(arena, &body->nested, m)) {
            return (struct span){ NULL, 0 };
        }
        m->der = parts[i];
    }
    return respond_message(r, body, NULL);
}
