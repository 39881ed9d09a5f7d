/* The last value that is taken and the first that is not: lengths, times, counts; and what only looks like another. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_forge.h"

static const char octets[] = "1234567890123456789012345678901234567890123456789012345678901234567890";

static struct span some(struct fixture *f, size_t len)
{
    return arena_copy(f->arena, octets, len);
}

/* Nine octets: an INTEGER, and of no size that anybody means. */
static struct span huge(struct fixture *f)
{
    return arena_copy(f->arena, "\x01\0\0\0\0\0\0\0\0", 9);
}

/* ---- header ------------------------------------------------------------------------------------- */

/* holds 9483-3.5-03 9810-7-02 */
CASE(a_pvno_beyond_64_bits_is_unsupportedVersion)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->pvno = huge(f);
    EXPECT_REFUSED(d, unsupportedVersion, "pvno: want 2 or 3");
}

/* holds 9483-3.1-25 */
CASE(IDs_and_nonces_of_16_and_of_64_octets_are_taken)
{
    static const size_t lengths[] = { 16, 64 };
    for (size_t i = 0; i < 2; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        d->header->transactionID = some(f, lengths[i]);
        EXPECT_ACCEPTED(d);
        d = draft_new(f, PKIBody_ir);
        d->header->senderNonce = some(f, lengths[i]);
        EXPECT_ACCEPTED(d);
    }
}

CASE(short_is_what_has_4_to_15_octets)
{
    static const size_t lengths[] = { 4, 15 };
    for (size_t i = 0; i < 2; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        d->header->senderNonce = some(f, lengths[i]);
        f->endpoint.tolerate = 0;
        EXPECT_QUIRK(d, QUIRK_SHORT_NONCE, badSenderNonce, "want 16 to 64 octets");
        d = draft_new(f, PKIBody_ir);
        d->header->transactionID = some(f, lengths[i]);
        f->endpoint.tolerate = 0;
        EXPECT_QUIRK(d, QUIRK_SHORT_TRANSACTION_ID, badDataFormat, "want 16 to 64 octets");
    }
}

/* What cannot be stored is refused whatever is tolerated. */
CASE(what_has_65_octets_is_not_short)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    f->endpoint.tolerate = UINT64_MAX;
    d->header->senderNonce = some(f, 65);
    EXPECT_REFUSED(d, badSenderNonce, "have 65");
    d = draft_new(f, PKIBody_ir);
    d->header->transactionID = some(f, 65);
    EXPECT_REFUSED(d, badDataFormat, "have 65");
}

static struct draft *from_1999(struct fixture *f)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    f->endpoint.cmp1999 = true;
    d->header->pvno = asn1_put_int(f->arena, 1);
    return d;
}

/* RFC 2510 3.1.1 has no lengths; what cannot be stored is refused all the same. */
CASE(RFC_2510_has_IDs_and_nonces_of_1_to_64_octets)
{
    static const size_t lengths[] = { 1, 64 };
    for (size_t i = 0; i < 2; i++) {
        struct draft *d = from_1999(f);
        d->header->transactionID = some(f, lengths[i]);
        EXPECT_ACCEPTED(d);
        d = from_1999(f);
        d->header->senderNonce = some(f, lengths[i]);
        EXPECT_ACCEPTED(d);
    }
    struct draft *d = from_1999(f);
    d->header->transactionID = some(f, 65);
    EXPECT_REFUSED(d, badDataFormat, "have 65");
    d = from_1999(f);
    d->header->senderNonce = some(f, 65);
    EXPECT_REFUSED(d, badSenderNonce, "have 65");
    d = from_1999(f);
    d->header->transactionID = some(f, 0);
    EXPECT_REFUSED(d, badDataFormat, "have 0");
    d = from_1999(f);
    d->header->senderNonce = some(f, 0);
    EXPECT_REFUSED(d, badSenderNonce, "have 0");
}

CASE(in_RFC_2510_too_a_transactionID_is_wanted_and_a_nonce_is_not)
{
    struct draft *d = from_1999(f);
    d->header->senderNonce = (struct span){ NULL, 0 };
    EXPECT_ACCEPTED(d);
    d = from_1999(f);
    d->header->transactionID = (struct span){ NULL, 0 };
    EXPECT_REFUSED(d, badDataFormat, "transactionID is missing");
}

/* holds 9483-3.5-20 */
CASE(a_messageTime_may_be_off_by_what_the_endpoint_says)
{
    f->now -= 3600;     /* of our own: on a gateway's clock the second would be over soon */
    struct draft *d = draft_new(f, PKIBody_ir);
    f->endpoint.message_time = 0;
    EXPECT_ACCEPTED(d);
    d->header->messageTime = asn1_put_generalized_time(f->arena, f->now + 1);
    d->der.ptr = NULL;
    EXPECT_REFUSED(d, badTime, "1 s ahead of our clock");
}

/* holds 9483-3.1-28 */
CASE(implicitConfirm_may_be_in_kur)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_kur);
    draft_about(d, &h);
    draft_sign(d, &h);
    draft_info(d, OID_id_it_implicitConfirm, &NULL__type, value_of(f, asn1_null()));
    EXPECT_ACCEPTED(d);
    EXPECT(f->request.implicit_confirm);
}

/* ---- credentials -------------------------------------------------------------------------------- */

/* A reference that begins like the one that opened the transaction is another one, and so is one that is its beginning. */
CASE(a_reference_is_compared_to_its_end)
{
    static const char *const others[] = { REFERENCE "0", "pump-" };
    for (size_t i = 0; i < 2; i++) {
        struct draft *ir = draft_new(f, PKIBody_ir);
        draft_committed(ir, PHASE_WAITING, NULL);
        fixture_secret(f, others[i], PASSWORD, NULL);
        struct draft *d = draft_follow(ir, PKIBody_pollReq);
        d->header->senderKID = put_text(f, others[i]);
        f->no = (struct refusal){ .text = "accepted" };
        EXPECT_REFUSED(d, notAuthorized, "not the credential that opened the transaction");
    }
}

/* "pump-" is another secret than "pump-7", and has none of its certificates. */
CASE(a_secret_that_begins_like_another_stands_for_nothing_of_it)
{
    static const char *const others[] = { REFERENCE "0", "pump-" };
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_BY_SECRET);
    fixture_tolerate(f, QUIRK_MAC_RR);
    for (size_t i = 0; i < 2; i++) {
        fixture_secret(f, others[i], PASSWORD, NULL);
        struct draft *d = draft_new(f, PKIBody_rr);
        draft_mac(d, others[i], PASSWORD, 1000);
        draft_about(d, &h);
        EXPECT_REFUSED(d, notAuthorized, "was not obtained with this shared secret");
    }
}

CASE(a_certificate_whose_transaction_is_gone_was_obtained_with_nothing)
{
    static const char *const changes[] = { "DELETE FROM steps", "UPDATE certificates SET transactionID = NULL" };
    fixture_tolerate(f, QUIRK_MAC_RR);
    for (size_t i = 0; i < 2; i++) {
        struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_BY_SECRET);
        struct draft *d = draft_new(f, PKIBody_rr);
        draft_about(d, &h);
        EXPECT_ACCEPTED(d);
        forge_store(f, changes[i]);
        EXPECT_REFUSED(d, notAuthorized, "was not obtained with this shared secret");
    }
}

static void by_reference(struct fixture *f, struct span reference)
{
    char text[STORE_ID_MAX + 2] = "";

    memcpy(text, reference.ptr, reference.len);
    fixture_secret(f, text, PASSWORD, NULL);
}

/* holds 9483-3.1-24 */
CASE(a_reference_of_1_and_of_64_octets_is_taken)
{
    static const size_t lengths[] = { 1, 64 };
    for (size_t i = 0; i < 2; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        d->header->senderKID = some(f, lengths[i]);
        by_reference(f, d->header->senderKID);
        EXPECT_ACCEPTED(d);
    }
}

CASE(an_empty_senderKID_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderKID = some(f, 0);
    EXPECT_DISTRUSTED(d, badMessageCheck, "1 to 64 octets, have 0");
}

CASE(a_reference_in_a_sender_that_is_no_name_is_none)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender = put_names(f, GeneralName_dNSName, REFERENCE)->item[0];
    d->header->senderKID = (struct span){ NULL, 0 };
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(d, badMessageCheck, "want a directoryName");
}

static void until_now(struct secret *s) { s->not_after = s->created; }

CASE(a_secret_works_in_its_last_second)
{
    fixture_secret(f, REFERENCE, PASSWORD, until_now);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    f->now++;
    EXPECT_DISTRUSTED(draft_new(f, PKIBody_ir), badMessageCheck, "no such reference");
}

/* ---- algorithms --------------------------------------------------------------------------------- */

/* What we cannot compute costs its sender nothing, and is said to be that whoever it is. */
/* holds 9483-3.5-16 */
CASE(a_MAC_that_nobody_here_computes_is_badAlg_before_all_else)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    budget_free(f->in.budget);
    f->in.budget = budget_new(1, 1);
    d->header->protectionAlg = put_pbm(f, OID_md5, OID_id_hmacWithSHA256, 1000);
    EXPECT_DISTRUSTED(d, badAlg, "protection: the MAC: ");
    d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_algorithm(f, OID_id_DHBasedMac);
    d->header->senderKID = (struct span){ NULL, 0 };
    EXPECT_DISTRUSTED(d, badAlg, "is not supported");
}

CASE(a_secret_that_is_longer_than_any_is_badAlg)
{
    static char password[4098];
    memset(password, 'x', 4096);
    fixture_secret(f, REFERENCE, password, NULL);
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_mac(d, REFERENCE, password, 1000);
    EXPECT_ACCEPTED(d);
    password[4096] = 'x';
    fixture_secret(f, REFERENCE, password, NULL);
    d = draft_new(f, PKIBody_ir);
    EXPECT_DISTRUSTED(d, badAlg, "protection: the MAC: ");
}

/* ---- the status of a certificate of ours -------------------------------------------------------- */

static struct draft *signed_by(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    draft_sign(d, h);
    return d;
}

/* RFC 5280 4.1.2.5: from notBefore through notAfter, inclusive. */
CASE(a_certificate_is_good_in_its_first_and_in_its_last_second)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    f->now = h.row->not_before;
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
    f->now = h.row->not_before - 1;
    EXPECT_DISTRUSTED(signed_by(f, &h, PKIBody_cr), signerNotTrusted, "is not valid yet");
    f->now = h.row->not_after;
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
    f->now = h.row->not_after + 1;
    EXPECT_DISTRUSTED(signed_by(f, &h, PKIBody_cr), signerNotTrusted, "has expired");
}

/* A transaction that ended otherwise has its certificate revoked in the same commit; without it is not good either. */
CASE(a_certificate_is_good_when_its_transaction_ended_well_or_is_gone)
{
    static const bool good[] = {
        [ENDING_NONE] = false, [ENDING_CONFIRMED] = true, [ENDING_IMPLICIT] = true, [ENDING_REFUSED] = false,
        [ENDING_DECLINED] = false, [ENDING_UNCONFIRMED] = false, [ENDING_ABANDONED] = false,
    };
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "UPDATE steps SET ending = %zu", i);
        forge_store(f, sql);
        if (good[i]) {
            EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
        } else {
            EXPECT_DISTRUSTED(signed_by(f, &h, PKIBody_cr), signerNotTrusted, "has not been confirmed");
        }
    }
    forge_store(f, "DELETE FROM steps");
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
}

/* What is good for going on is not good for beginning, whatever transactionID it has. */
CASE(an_expired_certificate_begins_nothing_in_a_transaction_that_is_known)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_EXPIRED);
    struct draft *first = signed_by(f, &h, PKIBody_cr);
    draft_committed(first, PHASE_WAITING, NULL);
    struct draft *d = signed_by(f, &h, PKIBody_cr);
    d->header->transactionID = first->header->transactionID;
    EXPECT_DISTRUSTED(d, signerNotTrusted, "has expired");
}

CASE(an_expired_certificate_goes_on_with_nothing_that_is_unknown)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_EXPIRED);
    EXPECT_DISTRUSTED(signed_by(f, &h, PKIBody_pollReq), signerNotTrusted, "has expired");
    EXPECT_DISTRUSTED(signed_by(f, &h, PKIBody_error), signerNotTrusted, "has expired");
}

CASE(after_its_rr_a_revoked_certificate_polls_and_no_more)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *rr = signed_by(f, &h, PKIBody_rr);
    draft_about(rr, &h);
    draft_committed(rr, PHASE_WAITING, NULL);
    fixture_revoke(f, &h, CRLReason_superseded);
    struct draft *poll = draft_follow(rr, PKIBody_pollReq);
    poll->poll->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_ACCEPTED(poll);
    EXPECT_DISTRUSTED(draft_follow(rr, PKIBody_error), signerNotTrusted, "is revoked");
}

CASE(a_profile_that_nobody_has_gives_no_grace)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_EXPIRED);
    struct draft *d = signed_by(f, &h, PKIBody_kur);
    draft_about(d, &h);
    draft_certProfile(d, "nobody", NULL);
    f->profiles[0].kur_grace = 366 * 86400;
    EXPECT_DISTRUSTED(d, signerNotTrusted, "has expired");
}

/* ---- certReqId ---------------------------------------------------------------------------------- */

CASE(a_certReqId_beyond_64_bits_is_badRequest)
{
    f->endpoint.tolerate = UINT64_MAX;
    struct draft *d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = huge(f);
    EXPECT_REFUSED(d, badRequest, "certReqId: want 0");
    d = draft_new(f, PKIBody_ir);
    draft_committed(d, PHASE_WAITING, NULL);
    d = draft_follow(d, PKIBody_pollReq);
    d->poll->certReqId = huge(f);
    EXPECT_REFUSED(d, badRequest, "there is no such certReqId");
}

static struct draft *confirmation(struct fixture *f, int arm, int64_t number, struct span certReqId)
{
    struct draft *opening = draft_new(f, arm);
    struct holder issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    char sql[64];

    draft_committed(opening, PHASE_ISSUED, &issued);
    snprintf(sql, sizeof sql, "UPDATE steps SET certReqId = %" PRId64, number);
    forge_store(f, sql);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, &issued);
    d->status->certReqId = certReqId;
    return d;
}

/* holds 9483-4.1.1-42 */
CASE(a_certConf_has_the_certReqId_of_the_answer_or_0_for_that_of_a_p10cr)
{
    EXPECT_ACCEPTED(confirmation(f, PKIBody_ir, 5, asn1_put_int(f->arena, 5)));
    EXPECT_REFUSED(confirmation(f, PKIBody_ir, 5, asn1_put_int(f->arena, 0)), badRequest, "want certReqId 5");
    EXPECT_REFUSED(confirmation(f, PKIBody_ir, 0, asn1_put_int(f->arena, -1)), badRequest, "want certReqId 0");
    EXPECT_REFUSED(confirmation(f, PKIBody_ir, 0, huge(f)), badRequest, "want certReqId 0");
    EXPECT_REFUSED(confirmation(f, PKIBody_p10cr, -1, asn1_put_int(f->arena, 1)), badRequest, "want certReqId -1");
    EXPECT_ACCEPTED(confirmation(f, PKIBody_p10cr, -1, asn1_put_int(f->arena, 0)));
}

CASE(conf_is_a_confirmation_in_RFC_2510_only)
{
    f->endpoint.cmp1999 = true;
    struct draft *opening = from_1999(f);
    draft_committed(opening, PHASE_ISSUED, NULL);
    EXPECT_ACCEPTED(draft_follow(opening, PKIBody_pkiconf));
    opening = draft_new(f, PKIBody_ir);
    draft_committed(opening, PHASE_ISSUED, NULL);
    EXPECT_REFUSED(draft_follow(opening, PKIBody_pkiconf), badRequest, "want certConf, have pkiconf");
}

CASE(any_certReqId_is_one_that_can_be_repeated)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = asn1_put_int(f->arena, INT32_MAX);
    EXPECT_QUIRK(d, QUIRK_ANY_CERT_REQ_ID, badRequest, "want 0, have 2147483647");
    EXPECT_EQ(f->request.certReqId, INT32_MAX);
    f->endpoint.tolerate = UINT64_MAX;
    d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = asn1_put_int(f->arena, INT64_C(2147483648));
    EXPECT_REFUSED(d, badRequest, "want 0, have 2147483648");
    d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_REFUSED(d, badRequest, "want 0, have -1");
}
