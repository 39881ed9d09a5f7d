/* What follows in a transaction: certConf, pollReq, error (RFC 9810 5.3.18, 5.3.22; RFC 9483 4.1.1, 4.4). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* A transaction whose certificate is to be confirmed, and a certConf that does. */
static struct draft *confirmation(struct fixture *f, struct holder *issued, int arm)
{
    struct draft *opening = draft_new(f, arm);

    *issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_committed(opening, PHASE_ISSUED, issued);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, issued);
    return d;
}

static struct draft *poll(struct fixture *f, int arm)
{
    struct draft *opening = draft_new(f, arm);

    draft_committed(opening, PHASE_WAITING, NULL);
    return draft_follow(opening, PKIBody_pollReq);
}

static struct PKIStatusInfo *status(struct fixture *f, int64_t value)
{
    struct PKIStatusInfo *info = PKIStatusInfo_new(f->arena);
    info->status = asn1_put_int(f->arena, value);
    return info;
}

/* ---- certConf -------------------------------------------------------------------------------- */

/* holds 9483-4.1.1-43 9483-4.1.1-41 */
CASE(a_certConf_without_statusInfo_accepts)
{
    struct holder h;
    EXPECT_ACCEPTED(confirmation(f, &h, PKIBody_ir));
    EXPECT(f->accepted);
}

CASE(a_certConf_with_status_accepted_accepts)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->status->statusInfo = status(f, PKIStatus_accepted);
    EXPECT_ACCEPTED(d);
    EXPECT(f->accepted);
}

/* holds 9483-4.1.1-43 */
CASE(a_certConf_with_status_rejection_declines)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->status->statusInfo = status(f, PKIStatus_rejection);
    d->status->statusInfo->failInfo = asn1_put_named_bits(f->arena, PKIFailureInfo_badCertTemplate);
    EXPECT_ACCEPTED(d);
    EXPECT(!f->accepted);
}

/* holds 9810-5.3.18-03 */
CASE(an_empty_certConf_declines)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->body->certConf = (struct asn1_list){ .count = 0 };
    REQUIRE(asn1_list_init(f->arena, &d->body->certConf));
    f->accepted = true;
    EXPECT_ACCEPTED(d);
    EXPECT(!f->accepted);
}

/* holds 9483-4.1.1-44 */
CASE(accepted_with_failInfo_is_badRequest)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->status->statusInfo = status(f, PKIStatus_accepted);
    d->status->statusInfo->failInfo = asn1_put_named_bits(f->arena, PKIFailureInfo_badCertTemplate);
    EXPECT_REFUSED(d, badRequest, "yet there is a failInfo");
}

/* holds 9483-4.1.1-43 */
CASE(grantedWithMods_in_certConf_is_badRequest)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->status->statusInfo = status(f, PKIStatus_grantedWithMods);
    EXPECT_REFUSED(d, badRequest, "accepted or rejection");
}

/* holds 9483-4.1.1-40 */
CASE(two_CertStatus_are_badRequest)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    REQUIRE(asn1_list_add(f->arena, &d->body->certConf, d->status));
    EXPECT_REFUSED(d, badRequest, "want one CertStatus, have 2");
}

/* holds 9483-4.1.1-42 */
CASE(another_certReqId_is_badRequest)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->status->certReqId = asn1_put_int(f->arena, 1);
    EXPECT_REFUSED(d, badRequest, "want certReqId 0");
}

CASE(after_a_p10cr_both_0_and_minus_1_are_taken)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_p10cr);
    EXPECT_ACCEPTED(d);
    d = confirmation(f, &h, PKIBody_p10cr);
    d->status->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_ACCEPTED(d);
    d = confirmation(f, &h, PKIBody_ir);
    d->status->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_REFUSED(d, badRequest, "want certReqId 0");
}

/* holds 9483-4.1.1-41 9483-5.1.2-02 9483-3.6.4-05 */
CASE(a_wrong_certHash_is_badCertId)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    draft_confirms(d, &f->server);
    EXPECT_REFUSED(d, badCertId, "certHash is not the sha256 of the issued certificate");
}

/* holds 9810-5.3.18-02 */
CASE(a_certHash_with_another_digest_is_badCertId)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    uint8_t hash[CRYPTO_DIGEST_MAX];
    size_t len;
    REQUIRE(crypto_digest(OID_sha512, h.certificate, hash, &len) == CRYPTO_OK);
    d->status->certHash = (struct span){ hash, len };
    EXPECT_REFUSED(d, badCertId, "certHash");
}

CASE(a_rejection_names_its_certificate_all_the_same)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    draft_confirms(d, &f->server);
    d->status->statusInfo = status(f, PKIStatus_rejection);
    EXPECT_REFUSED(d, badCertId, "certHash");
}

static struct draft *with_hashAlg(struct fixture *f, struct holder *h, int64_t pvno, enum oid digest)
{
    struct draft *opening = draft_new(f, PKIBody_ir);
    uint8_t hash[CRYPTO_DIGEST_MAX];
    size_t len = 0;

    opening->header->pvno = asn1_put_int(f->arena, pvno);
    *h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_committed(opening, PHASE_ISSUED, h);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    crypto_digest(digest, h->certificate, hash, &len);
    d->status->certHash = arena_copy(f->arena, hash, len);
    d->status->hashAlg = put_algorithm(f, digest);
    return d;
}

/* holds 9483-4.1.1-41 */
CASE(hashAlg_chooses_the_digest_in_pvno_3)
{
    struct holder h;
    EXPECT_ACCEPTED(with_hashAlg(f, &h, 3, OID_sha512));
    EXPECT(f->accepted);
}

/* holds 9483-4.1.1-45 9483-3.1-20 */
CASE(hashAlg_in_pvno_2_is_badRequest)
{
    struct holder h;
    EXPECT_REFUSED(with_hashAlg(f, &h, 2, OID_sha512), badRequest, "hashAlg is for pvno 3");
}

CASE(hashAlg_SHA_1_is_badAlg)
{
    struct holder h;
    EXPECT_REFUSED(with_hashAlg(f, &h, 3, OID_sha1), badAlg, "hashAlg");
}

CASE(hashAlg_SHA_3_is_by_choice)
{
    struct holder h;
    static enum oid sha3[] = { OID_sha3_256 };
    struct draft *d = with_hashAlg(f, &h, 3, OID_sha3_256);
    EXPECT_REFUSED(d, badAlg, "hashAlg: profile \"default\" does not admit sha3");
    f->profiles[0].hashes = (struct config_oids){ sha3, 1 };
    EXPECT_ACCEPTED(d);
}

CASE(hashAlg_that_is_no_digest_is_badAlg)
{
    struct holder h;
    EXPECT_REFUSED(with_hashAlg(f, &h, 3, OID_id_Ed25519), badAlg, "hashAlg");
}

/* holds 9810-5.3.18-02 */
CASE(a_certificate_signed_with_Ed25519_is_hashed_with_SHA_512)
{
    struct holder h;
    f->ca.key = fixture_key(f, "ed25519");
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    EXPECT_REFUSED(d, badCertId, "not the sha512");
    uint8_t hash[CRYPTO_DIGEST_MAX];
    size_t len;
    d = confirmation(f, &h, PKIBody_ir);
    REQUIRE(crypto_digest(OID_sha512, h.certificate, hash, &len) == CRYPTO_OK);
    d->status->certHash = (struct span){ hash, len };
    EXPECT_ACCEPTED(d);
}

/* ---- the place in the transaction ------------------------------------------------------------ */

/* holds 9483-3.5-08 */
CASE(a_certConf_without_recipNonce_is_badRecipientNonce)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->header->recipNonce = (struct span){ NULL, 0 };
    EXPECT_REFUSED(d, badRecipientNonce, "recipNonce is missing");
}

/* holds 9483-3.5-09 */
CASE(a_certConf_with_another_recipNonce_is_badRecipientNonce)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    d->header->recipNonce = put_text(f, "sixteen octets..");
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce of our last message");
}

/* A nonce of ours that was never the answer with the certificate. */
/* holds 9483-3.5-09 */
CASE(a_certConf_to_a_pollRep_is_badRecipientNonce)
{
    struct holder h;
    uint8_t nonce[CRYPTO_NONCE];
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    crypto_nonce_make(f->config.seal, d->header->transactionID, nonce);
    d->header->recipNonce = (struct span){ nonce, sizeof nonce };
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce");
}

/* holds 9483-4.1.1-46 */
CASE(a_certConf_under_another_secret_is_notAuthorized)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    fixture_secret(f, "pump-8", "another password", NULL);
    draft_mac(d, "pump-8", "another password", 1000);
    draft_finish(d);
    EXPECT(!receive(d));
    EXPECT_STR(failure_name(f->no.failure), "notAuthorized");
    EXPECT_HAS(f->no.text, "not the credential that opened the transaction");
}

/* holds 9483-3.2-01 9483-4.1.5-01 */
CASE(a_certConf_by_signature_after_a_MAC_is_wrongIntegrity)
{
    struct holder h;
    struct draft *d = confirmation(f, &h, PKIBody_ir);
    draft_sign(d, &h);
    EXPECT_REFUSED(d, wrongIntegrity, "want a MAC as in the first message");
}

/* holds 9483-3.2-01 */
CASE(a_certConf_by_MAC_after_a_signature_is_wrongIntegrity)
{
    struct holder signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct holder issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *opening = draft_new(f, PKIBody_cr);
    draft_sign(opening, &signer);
    draft_committed(opening, PHASE_ISSUED, &issued);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, &issued);
    draft_mac(d, REFERENCE, PASSWORD, 1000);
    EXPECT_REFUSED(d, wrongIntegrity, "want a signature as in the first message");
}

/* holds 9483-4.1.1-46 */
CASE(a_certConf_by_another_certificate_is_notAuthorized)
{
    struct holder signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct holder issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *opening = draft_new(f, PKIBody_cr);
    draft_sign(opening, &signer);
    draft_committed(opening, PHASE_ISSUED, &issued);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, &issued);
    EXPECT_ACCEPTED(d);
    d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, &issued);
    draft_sign(d, &issued);
    EXPECT_REFUSED(d, notAuthorized, "not the credential that opened the transaction");
}

/* ---- pollReq --------------------------------------------------------------------------------- */

/* holds 9483-4.4-04 9810-5.3.22-01 */
CASE(a_poll_for_the_request_is_taken)
{
    EXPECT_ACCEPTED(poll(f, PKIBody_ir));
    EXPECT_EQ(f->polled, 0);
}

/* holds 9810-5.3.22-01 */
CASE(a_poll_for_the_whole_answer_is_taken)
{
    struct draft *d = poll(f, PKIBody_ir);
    d->poll->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->polled, -1);
}

/* holds 9483-3.5-09 */
CASE(a_poll_may_answer_a_pollRep)
{
    uint8_t nonce[CRYPTO_NONCE];
    struct draft *d = poll(f, PKIBody_ir);
    crypto_nonce_make(f->config.seal, d->header->transactionID, nonce);
    d->header->recipNonce = (struct span){ nonce, sizeof nonce };
    EXPECT_ACCEPTED(d);
}

/* holds 9483-3.5-09 */
CASE(a_poll_with_a_nonce_of_another_transaction_is_badRecipientNonce)
{
    uint8_t nonce[CRYPTO_NONCE];
    struct draft *d = poll(f, PKIBody_ir);
    crypto_nonce_make(f->config.seal, span_of("another transaction"), nonce);
    d->header->recipNonce = (struct span){ nonce, sizeof nonce };
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce");
}

/* holds 9483-4.4-04 9810-5.3.22-01 */
CASE(a_poll_for_another_request_is_badRequest)
{
    struct draft *d = poll(f, PKIBody_ir);
    d->poll->certReqId = asn1_put_int(f->arena, 7);
    EXPECT_REFUSED(d, badRequest, "under certReqId 7");
}

CASE(a_poll_for_two_requests_is_badRequest)
{
    struct draft *d = poll(f, PKIBody_ir);
    REQUIRE(asn1_list_add(f->arena, &d->body->pollReq, d->poll));
    EXPECT_REFUSED(d, badRequest, "want one certReqId, have 2");
}

CASE(a_poll_for_nothing_is_badRequest)
{
    struct draft *d = poll(f, PKIBody_ir);
    d->body->pollReq = (struct asn1_list){ .count = 0 };
    REQUIRE(asn1_list_init(f->arena, &d->body->pollReq));
    EXPECT_REFUSED(d, badRequest, "have 0");
}

CASE(after_a_p10cr_the_poll_is_for_minus_1)
{
    struct draft *d = poll(f, PKIBody_p10cr);
    EXPECT_REFUSED(d, badRequest, "under certReqId 0");
    d = poll(f, PKIBody_p10cr);
    d->poll->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_ACCEPTED(d);
}

/* Its rr has revoked the certificate that signs the polls. */
CASE(the_outcome_of_an_rr_can_be_polled_for)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *rr = draft_new(f, PKIBody_rr);
    draft_about(rr, &h);
    draft_sign(rr, &h);
    draft_committed(rr, PHASE_READY, NULL);
    fixture_revoke(f, &h, CRLReason_superseded);
    struct draft *d = draft_follow(rr, PKIBody_pollReq);
    d->poll->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_ACCEPTED(d);
}

CASE(a_client_may_give_up)
{
    struct draft *opening = draft_new(f, PKIBody_ir);
    draft_committed(opening, PHASE_WAITING, NULL);
    EXPECT_ACCEPTED(draft_follow(opening, PKIBody_error));
}

/* holds 9810-5.3.21-03 */
CASE(nobody_else_may_give_up_for_a_client)
{
    struct draft *opening = draft_new(f, PKIBody_ir);
    struct holder h = fixture_holder(f, "pump 8", "ecdsa-p256", 0);
    draft_committed(opening, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(opening, PKIBody_error);
    draft_sign(d, &h);
    EXPECT_REFUSED(d, wrongIntegrity, "want a MAC");
}
