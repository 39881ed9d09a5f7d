/* The same for who sends a message: sender, senderKID, extraCerts, protection. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

static const struct span absent = { NULL, 0 };

static struct draft *signed_by(struct fixture *f, const struct holder *h)
{
    struct draft *d = draft_new(f, PKIBody_cr);

    draft_sign(d, h);
    return d;
}

static struct draft *revocation(struct fixture *f, const struct holder *h)
{
    struct draft *d = draft_new(f, PKIBody_rr);

    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

static struct GeneralName *dns_name(struct fixture *f)
{
    return put_names(f, GeneralName_dNSName, "pump7.example")->item[0];
}

/* ---- sender (Q9) -------------------------------------------------------------------------------- */

CASE(a_sender_without_a_directoryName_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender = dns_name(f);
    EXPECT_QUIRK_AS(d, QUIRK_NAMELESS_SENDER, badMessageCheck, "want a directoryName", false);
}

CASE(an_answer_to_a_sender_without_a_directoryName_is_for_the_NULL_DN)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct respond how = { .in = &f->in };
    struct PKIMessage *m;
    d->header->sender = dns_name(f);
    fixture_tolerate(f, QUIRK_NAMELESS_SENDER);
    EXPECT_ACCEPTED(d);
    EXPECT_STR(answer_fault(f, respond_pkiconf(&how), &m), "");
}

CASE(a_signature_by_a_sender_without_a_directoryName_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h);
    d->header->sender = dns_name(f);
    EXPECT_QUIRK_AS(d, QUIRK_NAMELESS_SENDER, badMessageCheck, "want the subject", false);
}

CASE(a_signature_in_the_name_of_the_NULL_DN_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    struct GeneralName *nobody = d->header->sender;
    draft_sign(d, &h);
    d->header->sender = nobody;
    EXPECT_QUIRK_AS(d, QUIRK_NAMELESS_SENDER, badMessageCheck, "sender is not the subject", false);
}

CASE(somebody_must_be_named)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h);
    d->header->sender = dns_name(f);
    d->header->senderKID = absent;
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(d, badMessageCheck, "want the subject");
}

CASE(a_senderKID_of_somebody_else_and_no_name_are_nobody)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h);
    d->header->sender = dns_name(f);
    d->header->senderKID = f->signer.key_identifier;
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(d, badMessageCheck, "sender is not the subject");
}

/* CN and O, in this order or the other. */
static struct span two_attributes(struct fixture *f, bool turned)
{
    struct Name *name = Name_new(f->arena);

    for (int i = 0; i < 2; i++) {
        struct AttributeTypeAndValue *a = AttributeTypeAndValue_new(f->arena);
        struct DirectoryString *text = DirectoryString_new(f->arena);
        struct asn1_list *rdn = arena_zalloc(f->arena, sizeof *rdn);
        bool common = (i == 0) != turned;
        text->arm = DirectoryString_utf8String;
        text->utf8String = put_text(f, common ? "pump 7" : "Pumps");
        a->type = oid_contents(common ? OID_id_at_commonName : OID_id_at_organizationName);
        a->value = asn1_open_value(&DirectoryString_type, text);
        EXPECT(asn1_list_add(f->arena, rdn, a) && asn1_list_add(f->arena, &name->rdnSequence, rdn));
    }
    return Name_encode(name, f->arena);
}

CASE(a_sender_in_another_order_is_a_quirk)
{
    struct holder ca = fixture_holder(f, "A vendor", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_CA);
    struct holder h = { .key = fixture_key(f, "ecdsa-p256"), .subject = two_attributes(f, false) };
    h.certificate = fixture_certify(f, h.subject, h.key, ca.subject, ca.key, 0);
    fixture_anchor(f, &ca);
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    d = draft_new(f, PKIBody_ir);
    draft_sign(d, &h);
    d->header->sender->directoryName = fixture_decoded_name(f, two_attributes(f, true));
    EXPECT_QUIRK_AS(d, QUIRK_DN_ORDER, badMessageCheck, "sender is not the subject", false);
}

CASE(another_name_is_not_another_order)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h);
    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(d, badMessageCheck, "sender is not the subject");
}

/* ---- senderKID (Q11) ---------------------------------------------------------------------------- */

CASE(a_reference_in_the_sender_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, REFERENCE));
    d->header->senderKID = absent;
    EXPECT_QUIRK_AS(d, QUIRK_KID_IN_SENDER, badMessageCheck, "senderKID: want the reference", false);
    EXPECT(span_eq(sender_reference(&f->in.sender), span_str(REFERENCE)));
}

CASE(the_answer_to_a_reference_in_the_sender_has_a_senderKID)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct respond how = { .in = &f->in };
    struct PKIMessage *m;
    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, REFERENCE));
    d->header->senderKID = absent;
    fixture_tolerate(f, QUIRK_KID_IN_SENDER);
    EXPECT_ACCEPTED(d);
    EXPECT_STR(answer_fault(f, respond_pkiconf(&how), &m), "");
    REQUIRE(m != NULL);
    EXPECT(span_eq(m->header->senderKID, span_str(REFERENCE)));
}

CASE(a_senderKID_counts_more_than_the_sender)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, REFERENCE));
    d->header->senderKID = put_text(f, "nobody");
    fixture_tolerate(f, QUIRK_KID_IN_SENDER);
    EXPECT_DISTRUSTED(d, badMessageCheck, "there is no such reference");
}

CASE(a_senderKID_of_somebody_else_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h);
    d->header->senderKID = f->signer.key_identifier;
    EXPECT_QUIRK_AS(d, QUIRK_FOREIGN_KID, badMessageCheck, "senderKID names no certificate", false);
    EXPECT(span_eq(f->in.sender.certificate, h.certificate));
}

CASE(a_senderKID_need_not_be_text)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    fixture_secret(f, "\xff\x80\xc0", PASSWORD, NULL);
    draft_mac(d, "\xff\x80\xc0", PASSWORD, 1000);
    EXPECT_ACCEPTED(d);
}

/* ---- protection (Q21, Q22) ---------------------------------------------------------------------- */

/* Says that the zeros at the end of a right MAC are unused bits; tries until there is one that ends in zeros. */
static struct draft *with_unused_bits(struct fixture *f)
{
    for (int i = 0; i < 64; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        draft_finish(d);
        uint8_t *bits = (uint8_t *)(uintptr_t)d->message->protection.ptr;
        if ((bits[d->message->protection.len - 1] & 1) == 0) {
            bits[0] = 1;
            d->der = PKIMessage_encode(d->message, f->arena);
            return d;
        }
    }
    return NULL;
}

CASE(a_protection_with_unused_bits_is_a_quirk)
{
    struct draft *d = with_unused_bits(f);
    REQUIRE(d != NULL);
    EXPECT_QUIRK_AS(d, QUIRK_UNUSED_BITS, badMessageCheck, "want whole octets, have unused bits", false);
}

CASE(a_certificate_that_may_not_sign_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_CANNOT_SIGN);
    EXPECT_QUIRK_AS(signed_by(f, &h), QUIRK_ANY_KEY_USAGE, signerNotTrusted, "lacks digitalSignature", false);
}

/* ---- extraCerts (Q23) --------------------------------------------------------------------------- */

static struct draft *without_extraCerts(struct draft *d)
{
    d->message->extraCerts = (struct asn1_list){ .count = 0 };
    return d;
}

CASE(a_signer_that_is_not_in_extraCerts_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    EXPECT_QUIRK_AS(without_extraCerts(revocation(f, &h)), QUIRK_NO_EXTRA_CERTS, badMessageCheck,
                    "extraCerts: want the certificate", false);
    EXPECT(span_eq(f->in.sender.certificate, h.certificate));
    struct draft *kur = draft_new(f, PKIBody_kur);
    draft_about(kur, &h);
    draft_sign(kur, &h);
    EXPECT_ACCEPTED(without_extraCerts(kur));
}

/* A certConf by whoever has signed the opening message; `issued` is what it confirms. */
static struct draft *confirmation(struct fixture *f, const struct holder *h, struct holder *issued)
{
    struct draft *opening = signed_by(f, h);

    *issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_committed(opening, PHASE_ISSUED, issued);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, issued);
    return d;
}

/* holds 9483-3.3-06 */
CASE(what_follows_may_leave_extraCerts_out)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), issued;
    EXPECT_ACCEPTED(without_extraCerts(confirmation(f, &h, &issued)));
    EXPECT(span_eq(f->in.sender.certificate, h.certificate));
    struct draft *opening = signed_by(f, &h);
    draft_committed(opening, PHASE_WAITING, NULL);
    EXPECT_ACCEPTED(without_extraCerts(draft_follow(opening, PKIBody_pollReq)));
    EXPECT_ACCEPTED(without_extraCerts(draft_follow(opening, PKIBody_error)));
}

CASE(what_follows_without_extraCerts_is_by_the_opener_only)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), namesake = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct holder issued;
    struct draft *d = confirmation(f, &h, &issued);
    draft_sign(d, &namesake);
    EXPECT_DISTRUSTED(without_extraCerts(d), badMessageCheck, "extraCerts: want the certificate");
    d = confirmation(f, &h, &issued);
    draft_sign(d, &namesake);
    d->header->senderKID = absent;
    EXPECT_DISTRUSTED(without_extraCerts(d), badMessageCheck, "the signature is wrong");
}

CASE(what_follows_a_MAC_cannot_be_signed_without_extraCerts)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *opening = draft_new(f, PKIBody_ir);
    draft_committed(opening, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(opening, PKIBody_pollReq);
    draft_sign(d, &h);
    EXPECT_DISTRUSTED(without_extraCerts(d), badMessageCheck, "extraCerts: want the certificate");
}

CASE(what_opens_may_not_leave_extraCerts_out)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h);
    draft_committed(d, PHASE_WAITING, NULL);
    EXPECT_DISTRUSTED(without_extraCerts(d), badMessageCheck, "extraCerts: want the certificate");
}

CASE(what_follows_with_the_extraCerts_of_somebody_else_is_a_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), issued;
    struct draft *d = confirmation(f, &h, &issued);
    ((struct CMPCertificate *)d->message->extraCerts.item[0])->der = f->ca.certificate;
    EXPECT_QUIRK_AS(d, QUIRK_NO_EXTRA_CERTS, badMessageCheck, "RFC 9483 3.5: sender", false);
}

CASE(a_cr_without_extraCerts_is_no_quirk)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_DISTRUSTED(without_extraCerts(signed_by(f, &h)), badMessageCheck, "extraCerts: want the certificate");
}

CASE(a_signer_that_is_found_is_judged_as_ever)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0), other = fixture_holder(f, "pump 8", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    struct draft *d = revocation(f, &h);
    d->damage_protection = true;
    EXPECT_DISTRUSTED(without_extraCerts(d), badMessageCheck, "the signature is wrong");
    d = draft_new(f, PKIBody_rr);
    draft_about(d, &h);
    draft_sign(d, &other);
    EXPECT_DISTRUSTED(without_extraCerts(d), badMessageCheck, "extraCerts: want the certificate");
}

/* RFC 9483 3.3 wants no root and nothing twice; neither harms. */
CASE(roots_and_repetitions_in_extraCerts_are_taken)
{
    struct holder ca = fixture_holder(f, "A vendor", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_CA);
    struct holder h = { .key = fixture_key(f, "ecdsa-p256"), .subject = fixture_name(f, "pump 7") };
    h.certificate = fixture_certify(f, h.subject, h.key, ca.subject, ca.key, 0);
    fixture_anchor(f, &ca);
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &h);
    const struct span more[] = { ca.certificate, h.certificate, ca.certificate };
    for (size_t i = 0; i < 3; i++) {
        struct CMPCertificate *c = CMPCertificate_new(f->arena);
        c->der = more[i];
        REQUIRE(asn1_list_add(f->arena, &d->message->extraCerts, c));
    }
    EXPECT_ACCEPTED(d);
}

CASE(an_RSA_algorithm_may_come_without_its_NULL)
{
    struct holder h = fixture_holder(f, "pump 7", "rsa-2048", 0);
    struct draft *d = signed_by(f, &h);
    EXPECT(d->header->protectionAlg->parameters.der.len > 0);
    d->header->protectionAlg = put_algorithm(f, OID_sha256WithRSAEncryption);
    EXPECT_ACCEPTED(d);
}
