/* What clients do against the rules: refused, and served where the quirk of that name is tolerated.  Headers and bodies. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

static const struct span absent = { NULL, 0 };

/* A certConf for the certificate that was issued to an opening message of this kind. */
static struct draft *confirmation(struct fixture *f, struct draft *opening)
{
    struct holder issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);

    draft_committed(opening, PHASE_ISSUED, &issued);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, &issued);
    return d;
}

/* ---- nonces (Q13) ------------------------------------------------------------------------------ */

CASE(no_senderNonce_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = absent;
    EXPECT_QUIRK(d, QUIRK_NO_NONCE, badSenderNonce, "senderNonce is missing");
}

CASE(a_short_senderNonce_is_not_a_missing_one)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderNonce = put_text(f, "four");
    fixture_tolerate(f, QUIRK_NO_NONCE);
    EXPECT_REFUSED(d, badSenderNonce, "have 4");
}

CASE(no_recipNonce_is_a_quirk)
{
    struct draft *d = confirmation(f, draft_new(f, PKIBody_ir));
    d->header->recipNonce = absent;
    EXPECT_QUIRK(d, QUIRK_NO_RECIP_NONCE, badRecipientNonce, "recipNonce is missing");
}

CASE(a_wrong_recipNonce_is_not_a_missing_one)
{
    struct draft *d = confirmation(f, draft_new(f, PKIBody_ir));
    d->header->recipNonce = put_text(f, "sixteen octets..");
    fixture_tolerate(f, QUIRK_NO_RECIP_NONCE);
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce of our last message");
}

CASE(a_recipNonce_in_the_first_message_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->recipNonce = put_text(f, "sixteen octets..");
    EXPECT_QUIRK(d, QUIRK_EARLY_RECIP_NONCE, badRecipientNonce, "absent in the first message");
}

/* ---- transactionID (Q12) ------------------------------------------------------------------------ */

CASE(a_short_transactionID_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = put_text(f, "four");
    EXPECT_QUIRK(d, QUIRK_SHORT_TRANSACTION_ID, badDataFormat, "transactionID: want 16 to 64 octets, have 4");
}

CASE(a_transactionID_of_three_octets_is_no_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = put_text(f, "abc");
    fixture_tolerate(f, QUIRK_SHORT_TRANSACTION_ID);
    EXPECT_REFUSED(d, badDataFormat, "have 3");
}

CASE(no_transactionID_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = absent;
    EXPECT_QUIRK(d, QUIRK_NO_TRANSACTION_ID, badDataFormat, "transactionID is missing");
    EXPECT_EQ(f->request.order->transactionID.len, 16);
}

CASE(the_same_octets_get_the_same_transactionID_and_others_another)
{
    struct draft *d = draft_new(f, PKIBody_ir), *other = draft_new(f, PKIBody_ir);
    d->header->transactionID = other->header->transactionID = absent;
    fixture_tolerate(f, QUIRK_NO_TRANSACTION_ID);
    EXPECT_ACCEPTED(d);
    struct span first = f->in.header->transactionID;
    EXPECT_ACCEPTED(d);
    EXPECT(span_eq(f->in.header->transactionID, first));
    EXPECT_ACCEPTED(other);
    EXPECT(!span_eq(f->in.header->transactionID, first));
}

CASE(what_follows_must_say_which_transaction_it_follows)
{
    struct draft *poll = draft_new(f, PKIBody_pollReq);
    poll->header->transactionID = absent;
    fixture_tolerate(f, QUIRK_NO_TRANSACTION_ID);
    EXPECT_REFUSED(poll, badDataFormat, "transactionID is missing");
}

/* ---- bodies (Q16, Q21, Q25, Q27, Q28) ----------------------------------------------------------- */

CASE(several_names_in_certProfile_are_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_certProfile(d, "other", "default");
    EXPECT_QUIRK(d, QUIRK_SEVERAL_PROFILES, badDataFormat, "want one name, have 2");
    EXPECT_STR(f->request.order->profile, "other");
}

CASE(another_certReqId_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = asn1_put_int(f->arena, 1);
    EXPECT_QUIRK(d, QUIRK_ANY_CERT_REQ_ID, badRequest, "certReqId: want 0, have 1");
    EXPECT_EQ(f->request.order->certReqId, 1);
    d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = asn1_put_int(f->arena, -2);
    EXPECT_REFUSED(d, badRequest, "certReqId: want 0, have -2");
}

CASE(a_poll_with_certReqId_0_after_a_p10cr_is_a_quirk)
{
    struct draft *opening = draft_new(f, PKIBody_p10cr);
    draft_committed(opening, PHASE_WAITING, NULL);
    EXPECT_QUIRK(draft_follow(opening, PKIBody_pollReq), QUIRK_ANY_CERT_REQ_ID, badRequest, "under certReqId 0");
}

static struct draft *update(struct fixture *f, struct holder *h, struct Name *subject)
{
    struct draft *d = draft_new(f, PKIBody_kur);

    *h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_about(d, h);
    draft_sign(d, h);
    d->template->subject = subject;
    return d;
}

CASE(a_kur_without_subject_is_a_quirk)
{
    struct holder h;
    struct draft *d = update(f, &h, NULL);
    EXPECT_QUIRK(d, QUIRK_KUR_WITHOUT_SUBJECT, badPOP, "want poposkInput, certTemplate has no subject");
    EXPECT(span_eq(f->request.order->subject, h.subject));
}

CASE(a_kur_for_the_NULL_DN_is_a_quirk)
{
    static const uint8_t null_dn[] = { 0x30, 0x00 };
    struct holder h;
    struct draft *d = update(f, &h, fixture_decoded_name(f, (struct span){ null_dn, sizeof null_dn }));
    EXPECT_QUIRK(d, QUIRK_KUR_WITHOUT_SUBJECT, badCertTemplate, "subject is not that of the certificate");
    EXPECT(span_eq(f->request.order->subject, h.subject));
}

CASE(a_kur_for_another_subject_is_no_quirk)
{
    struct holder h;
    struct draft *d = update(f, &h, fixture_decoded_name(f, fixture_name(f, "pump 8")));
    fixture_tolerate(f, QUIRK_KUR_WITHOUT_SUBJECT);
    EXPECT_REFUSED(d, badCertTemplate, "subject is not that of the certificate");
}

static struct span pump_7;
static void for_pump_7(struct secret *s) { s->subject = pump_7; }

/* It needs none when the secret brings it, and then the proof of possession must say for whom it is. */
CASE(an_ir_without_subject_is_no_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->subject = NULL;
    pump_7 = fixture_name(f, "pump 7");
    fixture_secret(f, "bound", PASSWORD, for_pump_7);
    draft_mac(d, "bound", PASSWORD, 1000);
    fixture_tolerate(f, QUIRK_KUR_WITHOUT_SUBJECT);
    EXPECT_REFUSED(d, badPOP, "want poposkInput");
    d = draft_new(f, PKIBody_ir);
    d->template->subject = NULL;
    fixture_tolerate(f, QUIRK_KUR_WITHOUT_SUBJECT);
    EXPECT_REFUSED(d, badCertTemplate, "subject is missing");
}

CASE(a_validity_may_have_a_beginning_only)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->validity = OptionalValidity_new(f->arena);
    d->template->validity->notBefore = Time_from_unix(f->arena, f->now + 3600);
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->request.order->not_before, f->now + 3600);
}

/* ---- revocation (Q28) --------------------------------------------------------------------------- */

static struct draft *revocation_by(struct fixture *f, const struct holder *h, const struct holder *by)
{
    struct draft *d = draft_new(f, PKIBody_rr);

    draft_about(d, h);
    draft_sign(d, by);
    return d;
}

CASE(an_rr_by_a_namesake_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), other = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    EXPECT_QUIRK(revocation_by(f, &h, &other), QUIRK_RR_NAMESAKE, notAuthorized, "want a signature by this very certificate");
    EXPECT(span_eq(f->request.order->certificate, h.certificate));
}

CASE(who_has_another_name_or_is_not_good_any_more_is_no_namesake)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), other = fixture_holder(f, "pump 8", "ecdsa-p256", 0);
    struct holder revoked = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct holder expired = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_EXPIRED);
    fixture_revoke(f, &revoked, CRLReason_keyCompromise);
    fixture_tolerate(f, QUIRK_RR_NAMESAKE);
    EXPECT_REFUSED(revocation_by(f, &h, &other), notAuthorized, "want a signature by this very certificate");
    EXPECT_REFUSED(revocation_by(f, &h, &revoked), notAuthorized, "want a signature by this very certificate");
    EXPECT_REFUSED(revocation_by(f, &h, &expired), notAuthorized, "want a signature by this very certificate");
}

/* ---- what a client says of its own failure (Q29) ------------------------------------------------ */

CASE(a_client_may_give_up_with_bits_that_nobody_knows)
{
    static const uint8_t bits[] = { 0, 0, 0, 0, 0, 1 };
    struct draft *opening = draft_new(f, PKIBody_ir);
    draft_committed(opening, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(opening, PKIBody_error);
    d->error->failInfo = (struct span){ bits, sizeof bits };
    EXPECT_ACCEPTED(d);
}
