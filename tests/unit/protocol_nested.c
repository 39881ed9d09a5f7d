/* Protection added by RAs, and batches (RFC 9483 5.2.2; RFC 9810 5.1.3.4). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* An RA, and a profile that admits it beside everybody else. */
static struct holder new_ra(struct fixture *f)
{
    f->profiles[0].credentials = BY_RA | BY_CERTIFICATE | BY_SECRET;
    return fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);
}

/* ---- protection that was added ---------------------------------------------------------------- */

CASE(a_message_with_protection_around_it_is_carried_out_as_if_it_had_come_alone)
{
    struct holder ra = new_ra(f);
    struct draft *d = draft_new(f, PKIBody_ir);
    EXPECT_ACCEPTED(draft_wrap(d, &ra));
    EXPECT(f->in.approved);
    EXPECT_EQ(f->in.sender.credential.kind, CREDENTIAL_SECRET);
    EXPECT(span_eq(f->request.order->message, d->der));
    uint8_t digest[STORE_DIGEST];
    crypto_sha256(d->der, digest);
    EXPECT(memcmp(f->in.digest, digest, sizeof digest) == 0);
}

CASE(what_comes_alone_is_approved_by_nobody)
{
    new_ra(f);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(!f->in.approved);
}

CASE(every_kind_of_request_may_come_through_an_ra)
{
    struct holder ra = new_ra(f), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_kur);
    draft_about(d, &h);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(draft_wrap(d, &ra));
    d = draft_new(f, PKIBody_rr);
    draft_about(d, &h);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(draft_wrap(d, &ra));
    EXPECT_ACCEPTED(draft_wrap(draft_new(f, PKIBody_p10cr), &ra));
}

CASE(two_protections_are_taken_and_three_are_not)
{
    struct holder ra = new_ra(f);
    struct draft *twice = draft_wrap(draft_wrap(draft_new(f, PKIBody_ir), &ra), &ra);
    EXPECT_ACCEPTED(twice);
    struct draft *thrice = draft_wrap(twice, &ra);
    EXPECT_DISTRUSTED(thrice, badRequest, "want at most 2 protections");
    f->config.nesting_max = 0;
    EXPECT_DISTRUSTED(draft_wrap(draft_new(f, PKIBody_ir), &ra), badRequest, "want at most 0 protections");
}

CASE(the_nonce_outside_is_that_of_the_message_inside)
{
    struct holder ra = new_ra(f);
    struct draft *outer = draft_wrap(draft_new(f, PKIBody_ir), &ra);
    outer->header->senderNonce = span_of("sixteen octets..");
    EXPECT_DISTRUSTED(outer, badSenderNonce, "is not that of the message inside");
}

/* holds 9483-5.2.2.1-02 */
CASE(a_wrong_signature_around_it_is_badMessageCheck)
{
    struct holder ra = new_ra(f);
    struct draft *outer = draft_wrap(draft_new(f, PKIBody_ir), &ra);
    outer->damage_protection = true;
    EXPECT_DISTRUSTED(outer, badMessageCheck, "the signature is wrong");
    /* also when it is the inner one of two */
    outer = draft_wrap(draft_new(f, PKIBody_ir), &ra);
    outer->damage_protection = true;
    EXPECT_DISTRUSTED(draft_wrap(outer, &ra), badMessageCheck, "the signature is wrong");
}

CASE(a_wrong_protection_of_the_message_inside_is_not_mended_by_one_around_it)
{
    struct holder ra = new_ra(f);
    struct draft *d = draft_new(f, PKIBody_ir);
    d->damage_protection = true;
    EXPECT_DISTRUSTED(draft_wrap(d, &ra), badMessageCheck, "is wrong");
}

/* It is the RA that did something wrong: it hears of it, in error, and no secret of the client's is used for that. */
CASE(what_is_wrong_around_a_message_is_told_to_whoever_put_it_there)
{
    struct holder ra = new_ra(f);
    struct draft *outer = draft_wrap(draft_new(f, PKIBody_ir), &ra);
    outer->damage_protection = true;
    EXPECT_DISTRUSTED(outer, badMessageCheck, "the signature is wrong");
    EXPECT_EQ(f->in.message->body->arm, PKIBody_nested);
    EXPECT(span_eq(f->in.header->sender->directoryName->der, ra.subject));
    EXPECT(f->in.sender.secret_value.ptr == NULL);
}

CASE(a_MAC_around_it_is_wrongIntegrity)
{
    new_ra(f);
    EXPECT_DISTRUSTED(draft_wrap(draft_new(f, PKIBody_ir), NULL), wrongIntegrity, "want a signature, have a MAC");
}

/* holds 9483-5.2.2.1-02 */
CASE(only_an_ra_adds_protection)
{
    new_ra(f);
    struct holder h = fixture_holder(f, "pump 9", "ecdsa-p256", HOLDER_CLIENT);
    EXPECT_DISTRUSTED(draft_wrap(draft_new(f, PKIBody_ir), &h), notAuthorized, "is no registration authority");
}

CASE(only_where_the_profile_admits_it)
{
    struct holder ra = new_ra(f);
    f->profiles[0].credentials = BY_CERTIFICATE | BY_SECRET;
    EXPECT_DISTRUSTED(draft_wrap(draft_new(f, PKIBody_ir), &ra), notAuthorized, "is no registration authority");
}

CASE(a_revoked_ra_adds_nothing)
{
    struct holder ra = new_ra(f);
    fixture_revoke(f, &ra, CRLReason_keyCompromise);
    EXPECT_DISTRUSTED(draft_wrap(draft_new(f, PKIBody_ir), &ra), signerNotTrusted, "is revoked");
}

/* RFC 9483 5.1.1: raVerified is said by the RA itself, in a message of its own. */
CASE(a_signature_around_it_does_not_license_raVerified_inside)
{
    struct holder ra = new_ra(f), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_ir);
    d->keep_popo = true;
    d->request->popo = ProofOfPossession_new(f->arena);
    d->request->popo->arm = ProofOfPossession_raVerified;
    d->request->popo->raVerified = asn1_null();
    draft_sign(d, &h);
    EXPECT_REFUSED(draft_wrap(d, &ra), notAuthorized, "raVerified is for registration authorities");
}

CASE(a_signature_around_it_does_not_lift_what_a_subject_is_bound_to)
{
    struct holder ra = new_ra(f), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_REFUSED(draft_wrap(d, &ra), notAuthorized, "is not the one that this credential is bound to");
}

/* ---- batches ----------------------------------------------------------------------------------- */

static struct draft *batch_of(struct fixture *f, size_t count, const struct holder *ra)
{
    struct draft *outer = draft_new(f, PKIBody_nested);

    for (size_t i = 0; i < count; i++) {
        draft_put_inside(outer, draft_new(f, PKIBody_ir));
    }
    draft_sign(outer, ra);
    return outer;
}

/* holds 9483-5.2.2.2-03 */
CASE(a_batch_approves_nothing)
{
    struct holder ra = new_ra(f);
    EXPECT_ACCEPTED(batch_of(f, 2, &ra));
    EXPECT(!f->in.approved);
}

CASE(a_batch_by_an_ra_is_taken)
{
    struct holder ra = new_ra(f);
    EXPECT_ACCEPTED(batch_of(f, 3, &ra));
    EXPECT(nested_is_batch(&f->in));
    EXPECT_ACCEPTED(batch_of(f, 1, &ra));
    EXPECT(nested_is_batch(&f->in));
}

/* The second message would be lost otherwise. */
CASE(two_messages_are_a_batch_whatever_their_transactionIDs)
{
    struct holder ra = new_ra(f);
    struct draft *first = draft_new(f, PKIBody_ir), *outer = draft_wrap(first, &ra);
    draft_put_inside(outer, draft_new(f, PKIBody_ir));
    draft_sign(outer, &ra);
    EXPECT_ACCEPTED(outer);
    EXPECT(nested_is_batch(&f->in) && f->in.around_count == 0);
}

CASE(what_has_no_transactionID_adds_no_protection)
{
    struct holder ra = new_ra(f);
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->transactionID = (struct span){ NULL, 0 };
    EXPECT_REFUSED(draft_wrap(d, &ra), badDataFormat, "transactionID is missing");
    EXPECT(nested_is_batch(&f->in) && f->in.around_count == 0);
}

CASE(a_batch_has_its_limit)
{
    struct holder ra = new_ra(f);
    EXPECT_ACCEPTED(batch_of(f, 4, &ra));
    EXPECT_DISTRUSTED(batch_of(f, 5, &ra), badRequest, "want at most 4 messages in a batch, have 5");
}

CASE(a_batch_by_somebody_else_is_notAuthorized)
{
    new_ra(f);
    struct holder h = fixture_holder(f, "pump 9", "ecdsa-p256", HOLDER_CLIENT);
    EXPECT_REFUSED(batch_of(f, 2, &h), notAuthorized, "is no registration authority");
}

CASE(a_batch_with_a_MAC_is_wrongIntegrity)
{
    struct holder ra = new_ra(f);
    struct draft *outer = batch_of(f, 2, &ra);
    draft_mac(outer, REFERENCE, PASSWORD, 1000);
    EXPECT_REFUSED(outer, wrongIntegrity, "want a signature, have a MAC");
}

CASE(a_batch_with_a_wrong_signature_is_badMessageCheck)
{
    struct holder ra = new_ra(f);
    struct draft *outer = batch_of(f, 2, &ra);
    outer->damage_protection = true;
    EXPECT_DISTRUSTED(outer, badMessageCheck, "the signature is wrong");
}

CASE(the_header_of_a_batch_is_checked)
{
    struct holder ra = new_ra(f);
    struct draft *outer = batch_of(f, 2, &ra);
    outer->header->senderNonce = span_of("short");
    EXPECT_REFUSED(outer, badSenderNonce, "senderNonce");
    outer = batch_of(f, 2, &ra);
    outer->header->recipNonce = span_of("sixteen octets..");
    EXPECT_REFUSED(outer, badRecipientNonce, "must be absent");
}

/* holds 9810-7-02 */
CASE(another_version_around_messages_is_unsupportedVersion_whatever_else_is_wrong)
{
    struct holder ra = new_ra(f), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *outer = batch_of(f, 2, &h);
    outer->header->pvno = asn1_put_int(f->arena, 4);
    EXPECT_REFUSED(outer, unsupportedVersion, "have 4");
    outer = batch_of(f, 5, &ra);
    outer->header->pvno = asn1_put_int(f->arena, 4);
    EXPECT_DISTRUSTED(outer, unsupportedVersion, "have 4");
    outer = draft_wrap(draft_new(f, PKIBody_ir), &ra);
    outer->header->pvno = asn1_put_int(f->arena, 4);
    outer->header->senderNonce = put_text(f, "sixteen octets..");
    EXPECT_DISTRUSTED(outer, unsupportedVersion, "have 4");
}

CASE(protection_around_a_batch_is_badRequest)
{
    struct holder ra = new_ra(f);
    struct draft *inner = batch_of(f, 2, &ra);
    EXPECT_DISTRUSTED(draft_wrap(inner, &ra), badRequest, "want one request inside, have a batch");
}
