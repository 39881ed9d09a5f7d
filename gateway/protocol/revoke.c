/* rr: which certificate, by whom, why (RFC 9810 5.3.9; RFC 9483 4.2, 5.1.3). */
#include <inttypes.h>
#include <string.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

/* ---- which ----------------------------------------------------------------------------------- */

static bool find_target(const struct inbound *in, const struct CertTemplate *t, struct certificate **row,
                        struct refusal *no)
{
    if (t->issuer == NULL || t->serialNumber.ptr == NULL) {
        return refuse(no, FAIL_badCertId,
                      "RFC 9483 4.2: certDetails: want issuer and serialNumber, %s is missing",
                      t->issuer == NULL ? "issuer" : "serialNumber");
    }
    if (!store_certificate_by_serial(in->store, t->issuer->der, t->serialNumber, in->arena, row)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    return *row != NULL || refuse(no, FAIL_badCertId,
                                  "RFC 9483 5.1.3: certDetails names no certificate that was issued here");
}

static bool same_element(const struct inbound *in, struct span retagged, struct span der)
{
    struct span plain = asn1_retag(in->arena, retagged, DER_SEQUENCE);

    return plain.ptr != NULL && span_eq(plain, der);
}

static bool same_time(const struct Time *asked, const struct Time *have)
{
    int64_t a, b;

    return asked == NULL || (Time_to_unix(asked, &a) && Time_to_unix(have, &b) && a == b);
}

/* The first field that is given and is not the certificate's; NULL: none.  version 2 is what v3 is called. */
static const char *field_that_differs(const struct inbound *in, const struct CertTemplate *t,
                                      const struct TBSCertificate *c)
{
    if (t->version.ptr != NULL && !span_eq(t->version, c->version)) {
        return "version";
    }
    if (t->signingAlg != NULL && !same_element(in, t->signingAlg->der, c->signature->der)) {
        return "signingAlg";
    }
    if (t->validity != NULL && (!same_time(t->validity->notBefore, c->validity->notBefore) ||
                                !same_time(t->validity->notAfter, c->validity->notAfter))) {
        return "validity";
    }
    if (t->subject != NULL && !name_equal(t->subject, c->subject, in->arena)) {
        return "subject";
    }
    if (t->publicKey != NULL && !same_element(in, t->publicKey->der, c->subjectPublicKeyInfo->der)) {
        return "publicKey";
    }
    if (t->issuerUID.ptr != NULL && !span_eq(t->issuerUID, c->issuerUniqueID)) {
        return "issuerUID";
    }
    if (t->subjectUID.ptr != NULL && !span_eq(t->subjectUID, c->subjectUniqueID)) {
        return "subjectUID";
    }
    return extensions_are_among(&t->extensions, &c->extensions) ? NULL : "extensions";
}

static bool details_fit(const struct inbound *in, const struct CertTemplate *t, const struct certificate *row,
                        struct refusal *no)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(row->der, in->arena, &err);

    if (c == NULL) {
        return refuse(no, FAIL_systemFailure, "the certificate to be revoked cannot be read");
    }
    const char *field = field_that_differs(in, t, c->tbsCertificate);
    return field == NULL || refuse(no, FAIL_badCertId, "certDetails.%s is not that of the certificate", field);
}

/* ---- why ------------------------------------------------------------------------------------- */

static bool reason_is_known(int64_t reason)
{
    return reason >= CRLReason_unspecified && reason <= CRLReason_aACompromise && reason != 7;
}

/* RFC 2510 3.3.9 has the reason as ReasonFlags, and no reasonCode; badSinceDate tells the CA nothing that a CRL says. */
bool reason_flags_are_tolerated(const struct inbound *in)
{
    return inbound_is_1999(in) || quirk_on(in, QUIRK_REASON_FLAGS);
}

static bool flags_fit(const struct inbound *in, const struct RevDetails *d, struct refusal *no)
{
    bool flags = d->revocationReason.ptr != NULL;

    return (!flags && d->badSinceDate.ptr == NULL) || reason_flags_are_tolerated(in) ||
           refuse(no, FAIL_badDataFormat, "RFC 9810 5.3.9: RevDetails has no %s", flags ? "revocationReason" : "badSinceDate");
}

/* RFC 5280 4.2.1.13.  None, and "unused", are no reason. */
static bool reason_of_flags(struct span flags, int64_t *reason)
{
    static const int64_t reasons[] = {
        CRLReason_unspecified, CRLReason_keyCompromise, CRLReason_cACompromise, CRLReason_affiliationChanged,
        CRLReason_superseded, CRLReason_cessationOfOperation, CRLReason_certificateHold, CRLReason_privilegeWithdrawn,
        CRLReason_aACompromise,
    };
    uint32_t bits = asn1_named_bits(flags);

    *reason = CRLReason_unspecified;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (bits == UINT32_C(1) << i) {
            *reason = reasons[i];
            return true;
        }
    }
    return bits == 0;
}

/* RFC 9483 4.2 wants one reasonCode.  Without any reason it is unspecified: "openssl cmp" sends none unless it is told to. */
static bool read_reason(const struct RevDetails *d, int64_t *reason, struct refusal *no)
{
    size_t codes = d->revocationReason.ptr != NULL;
    char text[64];

    if (!reason_of_flags(d->revocationReason, reason)) {
        return refuse(no, FAIL_badDataFormat, "RFC 2510 3.3.9: revocationReason: want one flag that RFC 5280 knows");
    }
    for (size_t i = 0; i < d->crlEntryDetails.count; i++) {
        const struct Extension *e = d->crlEntryDetails.item[i];
        bool is_code = oid_find(e->extnID) == OID_id_ce_cRLReasons;
        if (!is_code && asn1_true(e->critical)) {
            return refuse(no, FAIL_unacceptedExtension, "crlEntryDetails: critical %s is not supported",
                          oid_text(e->extnID, text, sizeof text));
        }
        if (!is_code) {
            continue;
        }
        if (e->extnValue.value == NULL || ++codes > 1 ||
            !asn1_int64(*(struct span *)e->extnValue.value, reason)) {
            return refuse(no, FAIL_badDataFormat, "RFC 9483 4.2: crlEntryDetails: want one reasonCode");
        }
    }
    return reason_is_known(*reason) ||
           refuse(no, FAIL_badRequest, "RFC 5280 5.3.1: there is no reasonCode %" PRId64, *reason);
}

/* A certificate on hold can be released, or revoked for good; that it cannot release itself is the point of
 * holding one whose key may be in other hands. */
static bool status_fits(const struct inbound *in, const struct certificate *row, int64_t reason,
                        struct refusal *no)
{
    bool held = row->revoked_at != 0 && row->reason == CRLReason_certificateHold;

    if (reason == CRLReason_removeFromCRL && !held) {
        return refuse(no, row->revoked_at != 0 ? FAIL_certRevoked : FAIL_badRequest,
                      "RFC 5280 5.3.1: removeFromCRL: the certificate is not on hold");
    }
    if (row->revoked_at != 0 && (!held || reason == CRLReason_certificateHold)) {
        return refuse(no, FAIL_certRevoked, "RFC 9483 5.1.3: the certificate is %s already",
                      held ? "on hold" : "revoked");
    }
    if (reason == CRLReason_removeFromCRL && in->sender.row != NULL &&
        memcmp(in->sender.row->fingerprint, row->fingerprint, STORE_DIGEST) == 0) {
        return refuse(no, FAIL_notAuthorized, "removeFromCRL: a certificate on hold cannot release itself");
    }
    return in->now <= row->not_after ||
           refuse(no, FAIL_certRevoked, "RFC 9483 5.1.3: the certificate has expired");
}

/* RFC 9483 4.2: the holder, or an RA for the profile it was issued under: one of this CA, or one that this very profile
 * has anchors for. */
static bool ra_may_revoke(const struct inbound *in, const struct certificate *row)
{
    const struct config_profile *profile = config_profile_named(in->config, row->profile != NULL ? row->profile : "");

    return ra_speaks(in, profile) && (in->sender.of_this_ca || profile == in->profile);
}

/* It must be good itself: one that is revoked or has expired may only ask for its own revocation. */
static bool namesake_is_tolerated(const struct inbound *in, const struct certificate *row)
{
    const struct certificate *own = in->sender.of_this_ca ? in->sender.row : NULL;

    return own != NULL && own->revoked_at == 0 && in->now <= own->not_after && span_eq(own->issuer, row->issuer) &&
           span_eq(own->subject, row->subject) && quirk_on(in, QUIRK_RR_NAMESAKE);
}

/* Whoever issued it revokes it, whatever profile the message came to. */
static const char *backend_of(const struct inbound *in, const struct certificate *row)
{
    const struct config *c = in->config;

    for (size_t i = 0; i < c->profile_count; i++) {
        if (row->profile != NULL && strcmp(c->profiles[i].name, row->profile) == 0) {
            return c->profiles[i].backend->name;
        }
    }
    return in->profile->backend->name;
}

bool revoke_read(struct inbound *in, struct request *request, struct refusal *no)
{
    const struct asn1_list *rr = &in->message->body->rr;
    struct certificate *row = NULL;
    int64_t reason;

    request->certReqId = -1;
    if (rr->count != 1) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.2: rr: want one RevDetails, have %zu", rr->count);
    }
    const struct RevDetails *d = rr->item[0];
    if (!find_target(in, d->certDetails, &row, no) || !details_fit(in, d->certDetails, row, no) ||
        !(ra_may_revoke(in, row) || namesake_is_tolerated(in, row) || authority_over(in, row, no)) ||
        !flags_fit(in, d, no) || !read_reason(d, &reason, no) || !status_fits(in, row, reason, no)) {
        return false;
    }
    request->order->kind = CMPGATE_REVOKE;
    request->order->certReqId = request->certReqId;
    request->order->backend = backend_of(in, row);
    request->order->certificate = row->der;
    request->order->subject = row->subject;
    request->order->reason = (uint32_t)reason;
    return true;
}
