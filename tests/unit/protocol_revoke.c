/* rr (RFC 9810 5.3.9; RFC 9483 4.2, 5.1.3). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* An rr for a certificate, signed by it, or under the secret that obtained it. */
static struct draft *revocation(struct fixture *f, struct holder *h, unsigned special)
{
    struct draft *d = draft_new(f, PKIBody_rr);

    *h = fixture_holder(f, "pump 7", "ecdsa-p256", special);
    draft_about(d, h);
    if (special & HOLDER_BY_SECRET) {
        fixture_tolerate(f, QUIRK_MAC_RR);
    } else {
        draft_sign(d, h);
    }
    return d;
}

static struct draft *because(struct draft *d, int64_t reason)
{
    struct span value = asn1_put_int(d->f->arena, reason);
    draft_extension(d, OID_id_ce_cRLReasons, false, &CRLReason_type, value_of(d->f, value));
    return d;
}

static struct Certificate *decoded(struct fixture *f, const struct holder *h)
{
    struct asn1_error err;
    return Certificate_decode(h->certificate, f->arena, &err);
}

/* ---- an order -------------------------------------------------------------------------------- */

/* holds 9483-4.2-01 */
CASE(a_good_rr_becomes_an_order)
{
    struct holder h;
    EXPECT_ACCEPTED(because(revocation(f, &h, 0), CRLReason_keyCompromise));
    const struct order *o = f->request.order;
    EXPECT_EQ(o->kind, CMPGATE_REVOKE);
    EXPECT(span_eq(o->certificate, h.certificate));
    EXPECT_EQ(o->reason, CRLReason_keyCompromise);
    EXPECT_EQ(f->request.certReqId, -1);
    EXPECT(!f->request.one_use);
    EXPECT_STR(o->backend, "demo");
}

CASE(whoever_issued_a_certificate_revokes_it)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    f->endpoint.profile = &f->profiles[1];
    EXPECT_ACCEPTED(d);
    EXPECT_STR(f->request.order->profile, "other");
    EXPECT_STR(f->request.order->backend, "demo");
}

CASE(without_a_reason_it_is_unspecified)
{
    struct holder h;
    EXPECT_ACCEPTED(revocation(f, &h, 0));
    EXPECT_EQ(f->request.order->reason, CRLReason_unspecified);
}

CASE(every_reason_of_RFC_5280_is_taken)
{
    static const int64_t reasons[] = { 0, 1, 2, 3, 4, 5, 6, 9, 10 };
    struct holder h;

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        EXPECT_ACCEPTED(because(revocation(f, &h, 0), reasons[i]));
        EXPECT_EQ(f->request.order->reason, reasons[i]);
    }
}

CASE(every_field_of_the_certificate_may_be_given)
{
    struct holder h;
    struct draft *d = revocation(f, &h, HOLDER_WITH_NAMES);
    const struct TBSCertificate *c = decoded(f, &h)->tbsCertificate;
    d->template->version = asn1_put_int(f->arena, 2);
    d->template->signingAlg = c->signature;
    d->template->validity = OptionalValidity_new(f->arena);
    d->template->validity->notBefore = c->validity->notBefore;
    d->template->validity->notAfter = c->validity->notAfter;
    d->template->subject = fixture_name_tagged(f, "pump 7", DirectoryString_printableString);
    d->template->publicKey = c->subjectPublicKeyInfo;
    d->template->extensions = (struct asn1_list){ .item = c->extensions.item, .count = c->extensions.count };
    EXPECT_ACCEPTED(d);
}

/* ---- which ----------------------------------------------------------------------------------- */

/* holds 9483-4.2-02 */
CASE(two_RevDetails_are_badRequest)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    REQUIRE(asn1_list_add(f->arena, &d->body->rr, d->details));
    EXPECT_REFUSED(d, badRequest, "want one RevDetails, have 2");
}

CASE(no_RevDetails_are_badRequest)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->body->rr = (struct asn1_list){ .count = 0 };
    REQUIRE(asn1_list_init(f->arena, &d->body->rr));
    EXPECT_REFUSED(d, badRequest, "have 0");
}

/* holds 9483-4.2-03 */
CASE(a_missing_issuer_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->issuer = NULL;
    EXPECT_REFUSED(d, badCertId, "issuer is missing");
}

/* holds 9483-4.2-03 */
CASE(a_missing_serialNumber_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->serialNumber = (struct span){ NULL, 0 };
    EXPECT_REFUSED(d, badCertId, "serialNumber is missing");
}

/* holds 9483-5.1.3-01 9483-3.6.4-05 */
CASE(an_unknown_serialNumber_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->serialNumber = asn1_put_int(f->arena, 4711);
    EXPECT_REFUSED(d, badCertId, "names no certificate that was issued here");
}

/* holds 9483-5.1.3-02 */
CASE(another_issuer_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->issuer = fixture_decoded_name(f, fixture_name(f, "Another CA"));
    EXPECT_REFUSED(d, badCertId, "names no certificate that was issued here");
}

CASE(another_version_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->version = asn1_put_int(f->arena, 1);
    EXPECT_REFUSED(d, badCertId, "certDetails.version");
}

CASE(another_signingAlg_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->signingAlg = put_algorithm(f, OID_id_Ed25519);
    EXPECT_REFUSED(d, badCertId, "certDetails.signingAlg");
}

CASE(another_notBefore_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->validity = OptionalValidity_new(f->arena);
    d->template->validity->notBefore = Time_from_unix(f->arena, f->now);
    EXPECT_REFUSED(d, badCertId, "certDetails.validity");
}

CASE(another_notAfter_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->validity = OptionalValidity_new(f->arena);
    d->template->validity->notAfter = Time_from_unix(f->arena, f->now);
    EXPECT_REFUSED(d, badCertId, "certDetails.validity");
}

CASE(another_subject_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_REFUSED(d, badCertId, "certDetails.subject");
}

CASE(another_publicKey_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->publicKey = decoded(f, &f->server)->tbsCertificate->subjectPublicKeyInfo;
    EXPECT_REFUSED(d, badCertId, "certDetails.publicKey");
}

CASE(an_issuerUID_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->issuerUID = asn1_put_bits(f->arena, span_of("uid"));
    EXPECT_REFUSED(d, badCertId, "certDetails.issuerUID");
}

CASE(a_subjectUID_is_badCertId)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    d->template->subjectUID = asn1_put_bits(f->arena, span_of("uid"));
    EXPECT_REFUSED(d, badCertId, "certDetails.subjectUID");
}

CASE(other_extensions_are_badCertId)
{
    struct holder h, other = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_WITH_NAMES);
    struct draft *d = revocation(f, &h, 0);
    struct asn1_list *extensions = &decoded(f, &other)->tbsCertificate->extensions;
    d->template->extensions = (struct asn1_list){ .item = extensions->item, .count = extensions->count };
    EXPECT_REFUSED(d, badCertId, "certDetails.extensions");
}

/* ---- by whom --------------------------------------------------------------------------------- */

CASE(the_secret_that_got_a_certificate_may_revoke_it)
{
    struct holder h;
    EXPECT_ACCEPTED(revocation(f, &h, HOLDER_BY_SECRET));
    EXPECT(span_eq(f->request.order->certificate, h.certificate));
}

/* holds 9483-4.2-01 9483-3.5-12 */
CASE(an_rr_under_a_MAC_is_a_quirk)
{
    struct holder h;
    struct draft *d = revocation(f, &h, HOLDER_BY_SECRET);
    f->endpoint.tolerate = 0;
    EXPECT_QUIRK(d, QUIRK_MAC_RR, wrongIntegrity, "rr wants a signature by the certificate");
}

CASE(another_secret_is_notAuthorized)
{
    struct holder h;
    struct draft *d = revocation(f, &h, HOLDER_BY_SECRET);
    fixture_secret(f, "pump-8", PASSWORD, NULL);
    draft_mac(d, "pump-8", PASSWORD, 1000);
    EXPECT_REFUSED(d, notAuthorized, "not obtained with this shared secret");
}

CASE(a_secret_that_did_not_get_the_certificate_is_notAuthorized)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    draft_mac(d, REFERENCE, PASSWORD, 1000);
    fixture_tolerate(f, QUIRK_MAC_RR);
    EXPECT_REFUSED(d, notAuthorized, "not obtained with this shared secret");
}

CASE(a_secret_that_reads_like_the_digest_of_a_certificate_is_notAuthorized)
{
    struct holder h;
    struct draft *d = revocation(f, &h, HOLDER_BY_NAMESAKE);
    draft_mac(d, REFERENCE, PASSWORD, 1000);
    fixture_tolerate(f, QUIRK_MAC_RR);
    EXPECT_REFUSED(d, notAuthorized, "not obtained with this shared secret");
}

/* holds 9483-4.2-01 */
CASE(another_certificate_of_the_same_subject_is_notAuthorized)
{
    struct holder h, other = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = revocation(f, &h, 0);
    draft_sign(d, &other);
    EXPECT_REFUSED(d, notAuthorized, "want a signature by this very certificate");
}

/* ---- why ------------------------------------------------------------------------------------- */

/* holds 9483-4.2-04 */
CASE(a_reason_that_RFC_5280_does_not_know_is_badRequest)
{
    struct holder h;
    EXPECT_REFUSED(because(revocation(f, &h, 0), 7), badRequest, "there is no reasonCode 7");
    EXPECT_REFUSED(because(revocation(f, &h, 0), 11), badRequest, "there is no reasonCode 11");
}

/* holds 9483-4.2-04 */
CASE(two_reasons_are_badDataFormat)
{
    struct holder h;
    EXPECT_REFUSED(because(because(revocation(f, &h, 0), 1), 4), badDataFormat, "want one reasonCode");
}

CASE(a_malformed_reason_is_badDataFormat)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    draft_extension_der(d, "2.5.29.21", false, "\x05", 2);
    EXPECT_REFUSED(d, badDataFormat, "want one reasonCode");
}

CASE(an_unknown_critical_entry_extension_is_unacceptedExtension)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    draft_extension_der(d, "1.3.6.1.4.1.99999.1", true, "\x05", 2);
    EXPECT_REFUSED(d, unacceptedExtension, "critical 1.3.6.1.4.1.99999.1");
}

CASE(other_entry_extensions_are_ignored)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    draft_extension_der(d, "1.3.6.1.4.1.99999.1", false, "\x05", 2);
    EXPECT_ACCEPTED(d);
}

/* ---- and what has been already --------------------------------------------------------------- */

/* holds 9483-5.1.3-03 9483-3.6.4-07 */
CASE(a_second_revocation_is_certRevoked)
{
    struct holder h;
    struct draft *d = revocation(f, &h, 0);
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_REFUSED(d, certRevoked, "is revoked already");
    d = revocation(f, &h, HOLDER_BY_SECRET);
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_REFUSED(d, certRevoked, "is revoked already");
}

/* holds 9483-5.1.3-03 */
CASE(an_expired_certificate_is_certRevoked)
{
    struct holder h;
    EXPECT_REFUSED(revocation(f, &h, HOLDER_BY_SECRET | HOLDER_EXPIRED), certRevoked, "has expired");
}

CASE(a_certificate_on_hold_can_be_revoked_for_good)
{
    struct holder h;
    struct draft *d = because(revocation(f, &h, 0), CRLReason_keyCompromise);
    fixture_revoke(f, &h, CRLReason_certificateHold);
    EXPECT_ACCEPTED(d);
}

CASE(a_certificate_on_hold_is_not_put_on_hold_again)
{
    struct holder h;
    struct draft *d = because(revocation(f, &h, 0), CRLReason_certificateHold);
    fixture_revoke(f, &h, CRLReason_certificateHold);
    EXPECT_REFUSED(d, certRevoked, "is on hold already");
}

CASE(a_certificate_on_hold_can_be_released)
{
    struct holder h;
    struct draft *d = because(revocation(f, &h, HOLDER_BY_SECRET), CRLReason_removeFromCRL);
    fixture_revoke(f, &h, CRLReason_certificateHold);
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->request.order->reason, CRLReason_removeFromCRL);
}

CASE(a_certificate_on_hold_does_not_release_itself)
{
    struct holder h;
    struct draft *d = because(revocation(f, &h, 0), CRLReason_removeFromCRL);
    fixture_revoke(f, &h, CRLReason_certificateHold);
    EXPECT_REFUSED(d, notAuthorized, "cannot release itself");
}

CASE(what_is_not_on_hold_is_not_released)
{
    struct holder h;
    EXPECT_REFUSED(because(revocation(f, &h, 0), CRLReason_removeFromCRL), badRequest, "not on hold");
    struct draft *d = because(revocation(f, &h, HOLDER_BY_SECRET), CRLReason_removeFromCRL);
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_REFUSED(d, certRevoked, "not on hold");
}
