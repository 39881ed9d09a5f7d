/* The header, and what it says about profile and transaction (RFC 9810 5.1.1; RFC 9483 3.1, 3.5). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* ---- pvno, IDs, nonces ----------------------------------------------------------------------- */

/* holds 9483-3.5-03 */
CASE(pvno_2_and_3_are_known)
{
    for (int64_t pvno = 2; pvno <= 3; pvno++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        d->header->pvno = asn1_put_int(f->arena, pvno);
        EXPECT_ACCEPTED(d);
    }
}

/* holds 9483-3.5-03 9810-7-02 9810-7-03 9810-7.1.2-01 */
CASE(pvno_1_is_unsupportedVersion)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->pvno = asn1_put_int(f->arena, 1);
    EXPECT_REFUSED(d, unsupportedVersion, "have 1");
}

/* holds 9483-3.5-03 9810-7-02 9810-7-03 */
CASE(pvno_4_is_unsupportedVersion)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->pvno = asn1_put_int(f->arena, 4);
    EXPECT_REFUSED(d, unsupportedVersion, "have 4");
}

/* What the protection of another version is worth is not for us to say. */
/* holds 9810-7-02 */
CASE(another_version_is_unsupportedVersion_whatever_protects_it)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->pvno = asn1_put_int(f->arena, 4);
    d->header->protectionAlg = put_algorithm(f, OID_id_aes128_CBC);
    EXPECT_DISTRUSTED(d, unsupportedVersion, "have 4");
    d = draft_new(f, PKIBody_ir);
    d->header->pvno = asn1_put_int(f->arena, 4);
    d->password = "another";
    EXPECT_DISTRUSTED(d, unsupportedVersion, "have 4");
}

/* holds 9483-3.5-04 */
CASE(a_missing_transactionID_is_badDataFormat)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = (struct span){ NULL, 0 };
    EXPECT_REFUSED(d, badDataFormat, "transactionID is missing");
}

/* holds 9483-3.1-25 */
CASE(a_short_transactionID_is_badDataFormat)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = put_text(f, "fifteen octets.");
    EXPECT_REFUSED(d, badDataFormat, "transactionID: want 16 to 64 octets, have 15");
}

CASE(a_transactionID_that_cannot_be_stored_is_badDataFormat)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = put_text(f, "12345678901234567890123456789012345678901234567890123456789012345");
    EXPECT_REFUSED(d, badDataFormat, "have 65");
}

/* holds 9483-3.5-07 */
CASE(a_missing_senderNonce_is_badSenderNonce)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = (struct span){ NULL, 0 };
    EXPECT_REFUSED(d, badSenderNonce, "senderNonce is missing");
}

/* holds 9483-3.5-07 */
CASE(a_short_senderNonce_is_badSenderNonce)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = put_text(f, "fifteen octets.");
    EXPECT_REFUSED(d, badSenderNonce, "have 15");
}

CASE(a_short_senderNonce_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = put_text(f, "four");
    EXPECT_REFUSED(d, badSenderNonce, "have 4");
    f->endpoint.tolerate = UINT64_C(1) << QUIRK_SHORT_NONCE;
    EXPECT_ACCEPTED(d);
    f->endpoint.tolerate = ~f->endpoint.tolerate;
    EXPECT_REFUSED(d, badSenderNonce, "have 4");
    f->endpoint.tolerate = 0;
    f->profiles[0].tolerate = UINT64_C(1) << QUIRK_SHORT_NONCE;
    EXPECT_ACCEPTED(d);
}

CASE(a_quirk_of_one_profile_is_none_of_another)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = put_text(f, "four");
    draft_certProfile(d, "other", NULL);
    f->profiles[0].tolerate = UINT64_C(1) << QUIRK_SHORT_NONCE;
    EXPECT_REFUSED(d, badSenderNonce, "have 4");
}

CASE(a_nonce_of_three_octets_is_no_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = put_text(f, "abc");
    f->endpoint.tolerate = UINT64_C(1) << QUIRK_SHORT_NONCE;
    EXPECT_REFUSED(d, badSenderNonce, "have 3");
}

CASE(a_senderNonce_of_65_octets_is_badSenderNonce)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = put_text(f, "12345678901234567890123456789012345678901234567890123456789012345");
    EXPECT_REFUSED(d, badSenderNonce, "have 65");
}

/* holds 9483-3.1-27 */
CASE(a_recipNonce_in_the_first_message_is_badRecipientNonce)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->recipNonce = put_text(f, "sixteen octets..");
    EXPECT_REFUSED(d, badRecipientNonce, "absent in the first message");
}

/* RFC 9483 3.1: handled gracefully. */
/* holds 9483-3.1-22 9483-3.5-21 */
CASE(the_recipient_may_be_anybody)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->recipient = put_names(f, GeneralName_dNSName, "elsewhere.example")->item[0];
    EXPECT_ACCEPTED(d);
}

/* ---- messageTime ----------------------------------------------------------------------------- */

static struct draft *sent_at(struct fixture *f, int64_t time)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->messageTime = asn1_put_generalized_time(f->arena, time);
    return d;
}

/* holds 9483-3.5-20 */
CASE(a_messageTime_at_the_edge_of_the_window_is_taken)
{
    EXPECT_ACCEPTED(sent_at(f, f->now - 300));
    EXPECT_ACCEPTED(sent_at(f, f->now + 300));
}

/* holds 9483-3.5-20 */
CASE(an_old_messageTime_is_badTime)
{
    EXPECT_REFUSED(sent_at(f, f->now - 301), badTime, "301 s behind our clock");
}

/* holds 9483-3.5-20 */
CASE(a_messageTime_of_tomorrow_is_badTime)
{
    EXPECT_REFUSED(sent_at(f, f->now + 86400), badTime, "86400 s ahead of our clock");
}

CASE(an_endpoint_may_not_care_about_messageTime)
{
    f->endpoint.message_time = -1;
    EXPECT_ACCEPTED(sent_at(f, f->now - 30 * 86400));
}

/* holds 9483-3.5-20 */
CASE(messageTime_may_be_absent)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->messageTime = (struct span){ NULL, 0 };
    EXPECT_ACCEPTED(d);
}

/* ---- generalInfo ----------------------------------------------------------------------------- */

static struct draft *asks_implicitConfirm(struct fixture *f, int arm)
{
    struct draft *d = draft_new(f, arm);
    draft_info(d, OID_id_it_implicitConfirm, &NULL__type, value_of(f, asn1_null()));
    return d;
}

/* holds 9483-4.1.1-30 */
CASE(implicitConfirm_is_granted_when_the_profile_does)
{
    EXPECT_ACCEPTED(asks_implicitConfirm(f, PKIBody_ir));
    EXPECT(f->request.implicit_confirm && f->request.order->implicit_confirm);
    f->profiles[0].implicit_confirm = false;
    EXPECT_ACCEPTED(asks_implicitConfirm(f, PKIBody_ir));
    EXPECT(!f->request.implicit_confirm && !f->request.order->implicit_confirm);
}

/* holds 9483-3.1-28 */
CASE(implicitConfirm_may_be_in_cr_and_p10cr)
{
    EXPECT_ACCEPTED(asks_implicitConfirm(f, PKIBody_cr));
    EXPECT(f->request.implicit_confirm);
    EXPECT_ACCEPTED(asks_implicitConfirm(f, PKIBody_p10cr));
    EXPECT(f->request.implicit_confirm);
}

/* holds 9483-4.1.1-30 */
CASE(implicitConfirm_is_not_granted_unasked)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(!f->request.implicit_confirm);
}

/* holds 9483-3.1-29 */
CASE(implicitConfirm_without_value_is_badDataFormat)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_info(d, OID_id_it_implicitConfirm, NULL, NULL);
    EXPECT_REFUSED(d, badDataFormat, "want the value NULL");
}

/* holds 9483-3.1-30 */
CASE(implicitConfirm_beside_confirmWaitTime_is_badDataFormat)
{
    struct draft *d = asks_implicitConfirm(f, PKIBody_ir);
    draft_info(d, OID_id_it_confirmWaitTime, &GeneralizedTime_type,
               value_of(f, asn1_put_generalized_time(f->arena, f->now)));
    EXPECT_REFUSED(d, badDataFormat, "exclude each other");
}

/* holds 9483-3.1-28 */
CASE(implicitConfirm_in_rr_is_badDataFormat)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_BY_SECRET);
    struct draft *d = asks_implicitConfirm(f, PKIBody_rr);
    draft_about(d, &h);
    EXPECT_REFUSED(d, badDataFormat, "does not belong into rr");
}

/* holds 9483-3.1-33 9483-3.5-21 */
CASE(other_generalInfo_is_ignored)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_info(d, OID_id_it_suppLangTags, NULL, NULL);
    EXPECT_ACCEPTED(d);
}

/* openssl cmp -profile puts it into every message of a transaction. */
/* holds 9483-3.1-31 */
CASE(a_certProfile_where_none_belongs_is_ignored)
{
    struct draft *ir = draft_new(f, PKIBody_ir);
    draft_committed(ir, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(ir, PKIBody_pollReq);
    draft_certProfile(d, "nobody", "at all");
    EXPECT_ACCEPTED(d);
}

/* ---- profile --------------------------------------------------------------------------------- */

CASE(the_endpoints_profile_counts_when_none_is_named)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_STR(f->request.order->profile, "default");
    EXPECT_STR(f->request.order->backend, "demo");
}

/* holds 9483-3.1-32 */
CASE(certProfile_names_the_profile)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "other", NULL);
    EXPECT_ACCEPTED(d);
    EXPECT_STR(f->request.order->profile, "other");
    EXPECT_STR(f->request.order->backend, "far");
}

/* holds 9810-5.1.1.4-02 */
CASE(an_empty_certProfile_names_none)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "", NULL);
    EXPECT_ACCEPTED(d);
    EXPECT_STR(f->request.order->profile, "default");
}

/* holds 9483-3.1-32 9810-5.1.1.4-01 */
CASE(two_certProfiles_are_badDataFormat)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "default", "other");
    EXPECT_REFUSED(d, badDataFormat, "certProfile: want one name, have 2");
}

CASE(an_unknown_certProfile_is_badRequest)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "secret-santa", NULL);
    EXPECT_REFUSED(d, badRequest, "there is no profile \"secret-santa\"");
}

/* What the message says goes into our text: no control characters, no broken UTF-8. */
CASE(a_strange_certProfile_is_quoted_harmlessly)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "a\x1b[2Jb\xc2\x85" "c\xc3\xa9", NULL);
    EXPECT_REFUSED(d, badRequest, "\"a?[2Jb??c\xc3\xa9\"");
}

CASE(the_path_names_the_profile)
{
    f->in.profile_name = "other";
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_STR(f->request.order->profile, "other");
}

CASE(an_unknown_profile_in_the_path_is_badRequest)
{
    f->in.profile_name = "nobody";
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), badRequest, "there is no profile \"nobody\"");
}

CASE(a_certProfile_that_contradicts_the_path_is_badRequest)
{
    f->in.profile_name = "default";
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "other", NULL);
    EXPECT_REFUSED(d, badRequest, "is not the profile \"default\" of the path");
}

CASE(an_endpoint_may_have_one_profile_only)
{
    f->endpoint.profile_fixed = true;
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "other", NULL);
    EXPECT_REFUSED(d, notAuthorized, "for profile \"default\" only");
}

static void bind_to_other(struct secret *s) { s->profile = "other"; }

CASE(a_secret_brings_its_profile)
{
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_other);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_STR(f->request.order->profile, "other");
}

CASE(a_secret_for_another_profile_is_notAuthorized)
{
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_other);
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "default", NULL);
    EXPECT_REFUSED(d, notAuthorized, "this shared secret is for profile \"other\"");
}

CASE(the_label_of_the_path_must_fit_the_body)
{
    f->in.operation = "initialization";
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_REFUSED(draft_new(f, PKIBody_cr), badRequest, "cr was sent to the path for \"initialization\"");
}

/* holds 9483-3.5-17 9483-3.6.4-10 */
CASE(an_operation_that_the_profile_does_not_admit_is_notAuthorized)
{
    f->profiles[0].operations &= ~(uint32_t)OPERATION_CR;
    EXPECT_REFUSED(draft_new(f, PKIBody_cr), notAuthorized, "does not admit cr");
}

/* holds 9483-3.5-05 */
CASE(a_body_that_asks_for_nothing_we_have_is_badRequest)
{
    static const int arms[] = {
        PKIBody_ip, PKIBody_cp, PKIBody_popdecc, PKIBody_popdecr, PKIBody_kup, PKIBody_krr, PKIBody_krp, PKIBody_rp, PKIBody_ccr,
        PKIBody_ccp, PKIBody_ckuann, PKIBody_cann, PKIBody_rann, PKIBody_crlann, PKIBody_genp, PKIBody_pollRep,
    };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    for (size_t i = 0; i < sizeof arms / sizeof *arms; i++) {
        f->in.message->body->arm = arms[i];
        EXPECT(!profile_choose(&f->in, &f->no));
        EXPECT_STR(failure_name(f->no.failure), "badRequest");
        EXPECT_HAS(f->no.text, "is no request for a certificate");
    }
}

/* holds 9483-3.5-12 */
CASE(a_MAC_where_the_profile_wants_a_signature_is_wrongIntegrity)
{
    f->profiles[0].credentials = BY_CERTIFICATE;
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), wrongIntegrity, "wants a signature");
}

CASE(a_signature_where_the_profile_wants_a_MAC_is_wrongIntegrity)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_ir);
    f->profiles[0].credentials = BY_SECRET;
    draft_sign(d, &h);
    EXPECT_REFUSED(d, wrongIntegrity, "wants a MAC");
}

CASE(a_certificate_of_ours_where_the_profile_wants_others_is_notAuthorized)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_ir);
    fixture_anchor(f, &f->ca);
    f->profiles[0].credentials = BY_ANCHOR;
    draft_sign(d, &h);
    EXPECT_REFUSED(d, notAuthorized, "does not admit certificates of this CA");
}
