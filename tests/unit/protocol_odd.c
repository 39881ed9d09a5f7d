/* What does not decode (Q9, Q14, Q17, Q26, Q28): refused, with the IDs echoed, and taken as it came where the quirk of that
 * name is tolerated; always verified over what was received. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* The same octets but for `from`, which is there once. */
static void write_as(struct fixture *f, struct span *der, struct span from, struct span to)
{
    struct span copy = arena_copy(f->arena, der->ptr, der->len);
    uint8_t *at = memmem(copy.ptr, copy.len, from.ptr, from.len);

    REQUIRE(at != NULL && from.len == to.len);
    memcpy(at, to.ptr, to.len);
    *der = copy;
}

static void odd_header(struct draft *d, struct span from, struct span to)
{
    d->header->der = PKIHeader_encode(d->header, d->f->arena);
    write_as(d->f, &d->header->der, from, to);
}

static void odd_body(struct draft *d, struct span from, struct span to)
{
    d->body->der = PKIBody_encode(d->body, d->f->arena);
    write_as(d->f, &d->body->der, from, to);
}

/* Protection that is wrong stays wrong, whatever is tolerated. */
static void expect_verified(struct draft *d)
{
    struct span der = d->der;

    d->der = (struct span){ NULL, 0 };
    d->keep_popo = d->damage_protection = true;
    d->f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(d, badMessageCheck, "is wrong");
    d->der = der;
}

/* ---- sender and recipient (Q9) ------------------------------------------------------------------ */

static struct GeneralName *name_of(struct fixture *f, struct span der)
{
    struct GeneralName *name = GeneralName_new(f->arena);

    name->arm = ASN1_ARM_UNKNOWN;
    name->der = der;
    return name;
}

CASE(a_sender_that_does_not_decode_is_a_quirk)
{
    const struct { struct span der; const char *words; } odd[] = {
        { span_of("\xa4\x00"), "GeneralName.directoryName at " }, { span_of("\x84\x00"), "PKIHeader.sender at " },
        { span_of("\x04\x00"), "PKIHeader.sender at " }, { span_of("\xa4\x03\x0c\x01x"), "GeneralName.directoryName at " },
    };
    struct respond how = { .in = &f->in };
    struct PKIMessage *m;

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        d->header->sender = name_of(f, odd[i].der);
        f->endpoint.tolerate = 0;
        EXPECT_QUIRK_AS(d, QUIRK_ODD_NAME, badDataFormat, odd[i].words, false);
        EXPECT_STR(answer_fault(f, respond_pkiconf(&how), &m), "");
        expect_verified(d);
    }
}

CASE(a_signature_by_a_sender_that_does_not_decode_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    d->header->sender = name_of(f, span_of("\xa4\x00"));
    EXPECT_QUIRK_AS(d, QUIRK_ODD_NAME, badDataFormat, "GeneralName.directoryName at ", false);
    EXPECT(span_eq(f->in.sender.certificate, h.certificate));
    expect_verified(d);
}

CASE(a_recipient_that_does_not_decode_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->recipient = name_of(f, span_of("\xa4\x00"));
    EXPECT_QUIRK_AS(d, QUIRK_ODD_NAME, badDataFormat, "GeneralName.directoryName at ", false);
    expect_verified(d);
}

/* Whoever has neither a name nor a senderKID is nobody. */
CASE(who_does_not_decode_must_be_named_by_senderKID)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender = name_of(f, span_of("\xa4\x00"));
    d->header->senderKID = (struct span){ NULL, 0 };
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(d, badMessageCheck, "want a directoryName");
}

CASE(a_sender_in_place_of_a_GeneralName_is_no_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender = name_of(f, f->ca_name);
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT(!receive(d));
    EXPECT(f->in.header == NULL);
}

/* ---- messageTime (Q14) -------------------------------------------------------------------------- */

static struct draft *at_time(struct fixture *f, struct span good, struct span odd)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    d->header->messageTime = good;
    odd_header(d, good, odd);
    return d;
}

CASE(a_messageTime_that_does_not_decode_is_a_quirk)
{
    const struct { struct span good, odd; } times[] = {
        { span_of("20010101020304Z"), span_of("20010101020304z") },
        { span_of("20010101020304.1Z"), span_of("200101010203+0100") },
        { span_of("20010101020304.123Z"), span_of("20010101020304+0100") },
        { span_of("20010101020304.1Z"), span_of("20010101020304.0Z") },
        { span_of("20010101020304.1Z"), span_of("20010101020304,1Z") },
        { span_of("20010101020304Z"), span_of("20010231020304Z") },
    };
    int64_t time;

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct draft *d = at_time(f, times[i].good, times[i].odd);
        f->endpoint.tolerate = 0;
        EXPECT_QUIRK_AS(d, QUIRK_ODD_TIME, badDataFormat, "PKIHeader.messageTime at ", false);
        EXPECT(!inbound_message_time(&f->in, &time));
        expect_verified(d);
    }
}

/* Whether or not anybody looks at it. */
CASE(a_messageTime_that_does_not_decode_is_refused_where_none_is_looked_at)
{
    f->endpoint.message_time = -1;
    EXPECT_DISTRUSTED(at_time(f, span_of("20010101020304Z"), span_of("20010101020304z")), badDataFormat, "messageTime");
}

CASE(a_messageTime_that_can_be_read_must_be_close_all_the_same)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->messageTime = asn1_put_generalized_time(f->arena, f->now - 301);
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_REFUSED(d, badTime, "behind our clock");
}

/* Nor is one without seconds taken for the UTCTime that it looks like. */
TEST(a_time_without_seconds_is_no_UTCTime)
{
    struct PKIHeader header = { .messageTime = span_of("200101021200Z") };
    struct inbound in = { .header = &header };
    int64_t time;
    EXPECT(asn1_time(header.messageTime, &time));
    EXPECT(!inbound_message_time(&in, &time));
    header.messageTime = span_of("20200102120000Z");
    EXPECT(inbound_message_time(&in, &time));
    EXPECT_EQ(time, 1577966400);
}

/* ---- texts (Q17) -------------------------------------------------------------------------------- */

CASE(a_freeText_that_is_not_UTF_8_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    REQUIRE(asn1_list_add_span(f->arena, &d->header->freeText, put_text(f, "with regards from Zoe")));
    odd_header(d, span_of("Zoe"), span_of("Zo\xeb"));
    EXPECT_QUIRK_AS(d, QUIRK_ODD_TEXT, badDataFormat, "PKIHeader.freeText at ", false);
    expect_verified(d);
}

CASE(an_error_whose_texts_are_not_UTF_8_is_a_quirk)
{
    struct draft *opening = draft_new(f, PKIBody_ir);
    draft_committed(opening, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(opening, PKIBody_error);
    REQUIRE(asn1_list_add_span(f->arena, &d->error->statusString, put_text(f, "no Zoe")) &&
            asn1_list_add_span(f->arena, &d->body->error->errorDetails, put_text(f, "no Gro")));
    odd_body(d, span_of("Zoe"), span_of("Zo\xeb"));
    EXPECT_QUIRK_AS(d, QUIRK_ODD_TEXT, badDataFormat, "PKIStatusInfo.statusString at ", false);
    d = draft_follow(opening, PKIBody_error);
    REQUIRE(asn1_list_add_span(f->arena, &d->body->error->errorDetails, put_text(f, "no Zoe")));
    odd_body(d, span_of("Zoe"), span_of("Zo\xeb"));
    f->endpoint.tolerate = 0;
    EXPECT_QUIRK_AS(d, QUIRK_ODD_TEXT, badDataFormat, "ErrorMsgContent.errorDetails at ", false);
}

/* ---- proofs of possession (Q26) ----------------------------------------------------------------- */

/* Under this tag, as one element in it. */
static struct span wrap(struct fixture *f, uint8_t tag, struct span der)
{
    return asn1_tlv(f->arena, tag, der);
}

static struct draft *with_popo(struct draft *d, struct span der)
{
    d->request->popo = ProofOfPossession_new(d->f->arena);
    d->request->popo->arm = ASN1_ARM_UNKNOWN;
    d->request->popo->der = der;
    d->keep_popo = true;
    d->der = (struct span){ NULL, 0 };
    return d;
}

/* The good proof of this draft with an EXPLICIT tag around it. */
static struct draft *proven_explicitly(struct draft *d)
{
    draft_finish(d);
    struct span proof = POPOSigningKey_encode(d->request->popo->signature, d->f->arena);
    return with_popo(d, wrap(d->f, DER_CONTEXT_CONSTRUCTED | 1, proof));
}

CASE(a_signature_with_an_explicit_tag_is_a_quirk)
{
    struct draft *d = proven_explicitly(draft_new(f, PKIBody_ir));
    EXPECT_QUIRK_AS(d, QUIRK_ODD_POPO, badDataFormat, "AlgorithmIdentifier.algorithm at ", false);
    EXPECT(span_eq(f->request.order->public_key, crypto_key_spki(d->key)));
    expect_verified(d);
}

CASE(a_proof_with_an_explicit_tag_must_be_right)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->damage_pop = true;
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_REFUSED(proven_explicitly(d), badPOP, "the signature is wrong");
}

CASE(what_is_no_proof_at_all_is_badDataFormat)
{
    const struct span odd[] = {
        span_of("\xa1\x00"), span_of("\xa1\x02\x05\x00"), span_of("\xa0\x00"), span_of("\xa0\x03\x04\x01\x00"),
        span_of("\xa0\x04\x05\x00\x05\x00"), span_of("\x80\x01\x00"), span_of("\x04\x01\x00"), span_of("\x82\x00"),
        span_of("\xa2\x00"),
    };

    f->endpoint.tolerate = UINT64_MAX;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        EXPECT_REFUSED(with_popo(draft_new(f, PKIBody_ir), odd[i]), badDataFormat, "popo: want raVerified or a signature");
    }
}

enum { VERIFIED = 3 };

static struct span verified(size_t i)
{
    const struct span ways[VERIFIED] = { span_of("\xa0\x02\x05\x00"), span_of("\xa0\x02\x04\x00"), span_of("\x04\x00") };

    return ways[i];
}

CASE(raVerified_with_an_explicit_tag_or_as_octets_is_a_quirk)
{
    struct holder ra = fixture_holder(f, "The RA", "ecdsa-p256", HOLDER_RA);

    f->profiles[0].credentials = BY_RA;
    for (size_t i = 0; i < VERIFIED; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        draft_sign(d, &ra);
        f->endpoint.tolerate = 0;
        EXPECT_QUIRK_AS(with_popo(d, verified(i)), QUIRK_ODD_POPO, badDataFormat, "", false);
    }
}

CASE(raVerified_is_for_RAs_whatever_it_looks_like)
{
    f->endpoint.tolerate = UINT64_MAX;
    for (size_t i = 0; i < VERIFIED; i++) {
        EXPECT_REFUSED(with_popo(draft_new(f, PKIBody_ir), verified(i)), notAuthorized, "raVerified is for registration");
    }
}

/* ---- the reason (Q28) --------------------------------------------------------------------------- */

static struct draft *revocation(struct fixture *f, struct holder *h)
{
    struct draft *d = draft_new(f, PKIBody_rr);

    *h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

static struct draft *with_flags(struct draft *d, uint32_t flags)
{
    d->details->revocationReason = asn1_put_named_bits(d->f->arena, flags);
    return d;
}

CASE(a_reason_as_flags_is_a_quirk)
{
    static const int64_t reasons[] = { 0, 1, 2, 3, 4, 5, 6, 9, 10 };
    struct holder h;

    for (uint32_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct draft *d = with_flags(revocation(f, &h), 1u << i);
        f->endpoint.tolerate = 0;
        EXPECT_QUIRK(d, QUIRK_REASON_FLAGS, badDataFormat, "RevDetails has no revocationReason");
        EXPECT_EQ(f->request.order->reason, reasons[i]);
    }
    EXPECT_ACCEPTED(with_flags(revocation(f, &h), 0));
    EXPECT_EQ(f->request.order->reason, CRLReason_unspecified);
}

CASE(badSinceDate_is_a_quirk)
{
    struct holder h;
    struct draft *d = revocation(f, &h);
    d->details->badSinceDate = asn1_put_generalized_time(f->arena, f->now);
    EXPECT_QUIRK(d, QUIRK_REASON_FLAGS, badDataFormat, "RevDetails has no badSinceDate");
    EXPECT_EQ(f->request.order->reason, CRLReason_unspecified);
}

CASE(flags_with_zeros_at_the_end_are_a_quirk)
{
    struct holder h;
    struct draft *d = with_flags(revocation(f, &h), ReasonFlags_superseded | ReasonFlags_aACompromise);
    odd_body(d, span_of("\x03\x03\x07\x08\x80"), span_of("\x03\x03\x00\x08\x00"));
    EXPECT_QUIRK_AS(d, QUIRK_REASON_FLAGS, badDataFormat, "RevDetails.revocationReason at ", false);
    EXPECT_EQ(f->request.order->reason, CRLReason_superseded);
}

CASE(there_is_one_reason)
{
    struct holder h;
    int64_t code = CRLReason_superseded;
    fixture_tolerate(f, QUIRK_REASON_FLAGS);
    EXPECT_REFUSED(with_flags(revocation(f, &h), 3u << 3), badDataFormat, "want one flag");
    EXPECT_REFUSED(with_flags(revocation(f, &h), 1u << 9), badDataFormat, "want one flag");
    struct draft *d = with_flags(revocation(f, &h), ReasonFlags_superseded);
    draft_extension(d, OID_id_ce_cRLReasons, false, &CRLReason_type, value_of(f, asn1_put_int(f->arena, code)));
    EXPECT_REFUSED(d, badDataFormat, "want one reasonCode");
}

/* They speak RFC 2510, which has it so. */
CASE(clients_of_RFC_2510_give_reasons_as_flags)
{
    struct holder h;
    struct draft *d = with_flags(revocation(f, &h), ReasonFlags_keyCompromise);
    d->header->pvno = asn1_put_int(f->arena, PKIHeader_cmp1999);
    f->endpoint.cmp1999 = true;
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->request.order->reason, CRLReason_keyCompromise);
}

/* ---- what all have in common -------------------------------------------------------------------- */

/* Each needs its own. */
CASE(one_oddity_excuses_no_other)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->messageTime = span_of("20010101020304Z");
    d->header->sender = name_of(f, span_of("\xa4\x00"));
    odd_header(d, span_of("20010101020304Z"), span_of("20010101020304z"));
    fixture_tolerate(f, QUIRK_ODD_NAME);
    EXPECT_DISTRUSTED(d, badDataFormat, "");
    f->endpoint.tolerate = 0;
    fixture_tolerate(f, QUIRK_ODD_TIME);
    EXPECT_DISTRUSTED(d, badDataFormat, "");
    fixture_tolerate(f, QUIRK_ODD_NAME);
    EXPECT_ACCEPTED(d);
}

CASE(a_message_that_was_odd_can_be_read_again)
{
    struct draft *d = proven_explicitly(draft_new(f, PKIBody_ir));
    fixture_tolerate(f, QUIRK_ODD_POPO);
    EXPECT_ACCEPTED(d);
    struct PKIMessage *m = inbound_decode(f->request.order->message, f->arena);
    REQUIRE(m != NULL);
    EXPECT(span_eq(m->header->transactionID, d->header->transactionID));
}
