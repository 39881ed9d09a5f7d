/* Which certificate a signature is by, the path it is under, and what looking at them costs (RFC 9483 3.1, 3.3, 3.5). */
#include "tests/unit/test.h"

#include "gateway/protocol/certlist.h"
#include "tests/unit/protocol_forge.h"

static struct draft *signed_by(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    draft_sign(d, h);
    return d;
}

static void add_extraCert(struct draft *d, struct span der)
{
    struct CMPCertificate *c = CMPCertificate_new(d->f->arena);

    c->der = der;
    EXPECT(asn1_list_add(d->f->arena, &d->message->extraCerts, c));
}

/* Puts this certificate so many times in front of those that are there. */
static void put_in_front(struct draft *d, size_t times, struct span der)
{
    struct asn1_list old = d->message->extraCerts;

    d->message->extraCerts = (struct asn1_list){ .count = 0 };
    for (size_t i = 0; i < times; i++) {
        add_extraCert(d, der);
    }
    for (size_t i = 0; i < old.count; i++) {
        EXPECT(asn1_list_add(d->f->arena, &d->message->extraCerts, old.item[i]));
    }
}

/* ---- senderKID ---------------------------------------------------------------------------------- */

static void give_another_identifier(struct fixture *f, struct TBSCertificate *c)
{
    struct span octets = put_text(f, "\x04\x0bits own way");

    forge_extension(f, c, OID_id_ce_subjectKeyIdentifier, octets);
}

/* RFC 5280 4.2.1.2: a CA may make it otherwise; what is in the certificate counts. */
CASE(a_certificate_is_known_by_the_identifier_in_it)
{
    fixture_anchor(f, &f->ca);
    struct holder h = forge_holder(f, "pump 7", 0, give_another_identifier);
    struct draft *d = signed_by(f, &h, PKIBody_ir);
    EXPECT_DISTRUSTED(d, badMessageCheck, "senderKID names no certificate");
    d = signed_by(f, &h, PKIBody_ir);
    d->header->senderKID = put_text(f, "its own way");
    EXPECT_ACCEPTED(d);
}

CASE(a_certificate_without_identifier_is_known_by_that_of_its_key_only)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_NO_IDENTIFIER);
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
    struct draft *d = signed_by(f, &h, PKIBody_cr);
    d->header->senderKID = f->signer.key_identifier;
    EXPECT_DISTRUSTED(d, badMessageCheck, "senderKID names no certificate");
}

/* ---- extraCerts --------------------------------------------------------------------------------- */

CASE(sixteen_extraCerts_are_looked_at)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h, PKIBody_cr);
    put_in_front(d, 15, f->server.certificate);
    EXPECT_ACCEPTED(d);
    d = signed_by(f, &h, PKIBody_cr);
    put_in_front(d, 16, f->server.certificate);
    EXPECT_DISTRUSTED(d, badMessageCheck, "senderKID names no certificate");
}

/* CMPCertificate has room for other kinds. */
CASE(what_is_no_X_509_certificate_is_passed_over)
{
    static const uint8_t other[] = { 0xa1, 0x02, 0x05, 0x00 };
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_STRANGER);
    fixture_anchor(f, &f->ca);
    struct draft *d = signed_by(f, &h, PKIBody_ir);
    put_in_front(d, 1, (struct span){ other, sizeof other });
    EXPECT_ACCEPTED(d);
    d = signed_by(f, &h, PKIBody_ir);
    add_extraCert(d, (struct span){ other, sizeof other });
    EXPECT_ACCEPTED(d);
}

CASE(whose_key_is_there_is_told_that_the_name_is_wrong)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h, PKIBody_cr);
    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    add_extraCert(d, f->server.certificate);
    EXPECT_DISTRUSTED(d, badMessageCheck, "sender is not the subject of the protection certificate");
}

/* Whoever tolerates a senderKID that fits nothing goes by one that does. */
CASE(a_senderKID_that_fits_counts_with_the_quirk_as_well)
{
    struct holder old = fixture_holder(f, "pump 7", "ecdsa-p256", 0), h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h, PKIBody_cr);
    put_in_front(d, 1, old.certificate);
    fixture_tolerate(f, QUIRK_FOREIGN_KID);
    EXPECT_ACCEPTED(d);
    EXPECT(span_eq(f->in.sender.certificate, h.certificate));
}

/* ---- without extraCerts ------------------------------------------------------------------------- */

static void expect_nobody(struct draft *d)
{
    d->message->extraCerts = (struct asn1_list){ .count = 0 };
    EXPECT_DISTRUSTED(d, badMessageCheck, "extraCerts: want the certificate");
}

static struct draft *about(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

/* The body names the signer, or nothing does. */
CASE(a_body_that_names_no_certificate_names_no_signer)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    struct draft *d = about(f, &h, PKIBody_rr);
    d->template->issuer = NULL;
    expect_nobody(d);
    d = about(f, &h, PKIBody_rr);
    d->template->serialNumber = (struct span){ NULL, 0 };
    expect_nobody(d);
    d = about(f, &h, PKIBody_rr);
    REQUIRE(asn1_list_add(f->arena, &d->body->rr, d->details));
    expect_nobody(d);
    d = about(f, &h, PKIBody_kur);
    d->request->certReq->controls = (struct asn1_list){ .count = 0 };
    expect_nobody(d);
    d = about(f, &h, PKIBody_kur);
    REQUIRE(asn1_list_add(f->arena, &d->body->kur, d->request));
    expect_nobody(d);
}

static struct CertId *oldCertID_of(struct draft *d)
{
    struct SingleAttribute *control = d->request->certReq->controls.item[0];

    return control->value.value;
}

CASE(an_oldCertID_whose_issuer_is_no_directoryName_names_no_signer)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    struct draft *d = about(f, &h, PKIBody_kur);
    oldCertID_of(d)->issuer = put_names(f, GeneralName_dNSName, "ca.example")->item[0];
    expect_nobody(d);
}

CASE(the_signer_that_is_expected_must_fit_senderKID)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    struct draft *d = about(f, &h, PKIBody_kur);
    d->header->senderKID = f->signer.key_identifier;
    expect_nobody(d);
}

CASE(where_extraCerts_may_be_missing_they_may_be_there)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
}

CASE(a_poll_for_an_unknown_transaction_has_no_signer_to_be_expected)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    fixture_tolerate(f, QUIRK_NO_EXTRA_CERTS);
    expect_nobody(signed_by(f, &h, PKIBody_pollReq));
}

/* ---- keyUsage ----------------------------------------------------------------------------------- */

static void spoil_keyUsage(struct fixture *f, struct TBSCertificate *c)
{
    forge_extension(f, c, OID_id_ce_keyUsage, put_text(f, "\x02\x01\x01"));
}

CASE(a_certificate_whose_keyUsage_cannot_be_read_is_signerNotTrusted)
{
    fixture_anchor(f, &f->ca);
    struct holder h = forge_holder(f, "pump 7", 0, spoil_keyUsage);
    EXPECT_DISTRUSTED(signed_by(f, &h, PKIBody_ir), signerNotTrusted, "lacks digitalSignature");
}

/* ---- paths -------------------------------------------------------------------------------------- */

/* A vendor's device: its certificate is under another that is under the anchor. */
struct chain {
    struct holder root, middle, leaf;
};

static struct holder under(struct fixture *f, const struct holder *issuer, const char *common_name, unsigned special)
{
    struct holder h = { .key = fixture_key(f, "ecdsa-p256"), .subject = fixture_name(f, common_name) };

    h.certificate = fixture_certify(f, h.subject, h.key, issuer->subject, issuer->key, special);
    return h;
}

static struct chain chain_new(struct fixture *f)
{
    struct chain c = { .root = fixture_holder(f, "A vendor", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_CA) };

    c.middle = under(f, &c.root, "A factory", HOLDER_CA);
    c.leaf = under(f, &c.middle, "pump 7", 0);
    fixture_anchor(f, &c.root);
    return c;
}

/* holds 9483-3.3-04 */
CASE(what_leads_to_the_anchor_is_taken_from_extraCerts)
{
    struct chain c = chain_new(f);
    struct draft *d = signed_by(f, &c.leaf, PKIBody_ir);
    EXPECT_DISTRUSTED(d, signerNotTrusted, "no path leads");
    d = signed_by(f, &c.leaf, PKIBody_ir);
    add_extraCert(d, c.middle.certificate);
    EXPECT_ACCEPTED(d);
    d = signed_by(f, &c.leaf, PKIBody_ir);
    put_in_front(d, 1, c.middle.certificate);
    EXPECT_ACCEPTED(d);
}

CASE(what_leads_to_the_anchor_is_looked_for_in_sixteen_extraCerts)
{
    struct chain c = chain_new(f);
    struct draft *d = signed_by(f, &c.leaf, PKIBody_ir);
    for (size_t i = 0; i < 14; i++) {
        add_extraCert(d, f->server.certificate);
    }
    add_extraCert(d, c.middle.certificate);
    EXPECT_ACCEPTED(d);
    d = signed_by(f, &c.leaf, PKIBody_ir);
    for (size_t i = 0; i < 15; i++) {
        add_extraCert(d, f->server.certificate);
    }
    add_extraCert(d, c.middle.certificate);
    EXPECT_DISTRUSTED(d, signerNotTrusted, "no path leads");
}

/* ---- what follows without extraCerts ------------------------------------------------------------ */

CASE(the_certificates_of_a_stranger_are_kept_and_no_others)
{
    struct chain c = chain_new(f);
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct span kept[3];
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(sender_certificates(&f->in).ptr == NULL);
    EXPECT_ACCEPTED(signed_by(f, &h, PKIBody_cr));
    EXPECT(sender_certificates(&f->in).ptr == NULL);
    struct draft *d = signed_by(f, &c.leaf, PKIBody_ir);
    put_in_front(d, 1, c.middle.certificate);
    EXPECT_ACCEPTED(d);
    REQUIRE(certlist_split(sender_certificates(&f->in), kept, 3) == 2);
    EXPECT(span_eq(kept[0], c.leaf.certificate) && span_eq(kept[1], c.middle.certificate));
}

/* holds 9483-3.3-06 */
CASE(a_stranger_that_follows_without_extraCerts_has_those_of_its_first_message)
{
    struct chain c = chain_new(f);
    struct draft *ir = signed_by(f, &c.leaf, PKIBody_ir);
    struct span all[] = { c.leaf.certificate, c.middle.certificate };
    draft_committed(ir, PHASE_WAITING, NULL);
    struct draft *poll = draft_follow(ir, PKIBody_pollReq);
    poll->message->extraCerts = (struct asn1_list){ .count = 0 };
    expect_nobody(poll);
    forge_signer(f, certlist_join(f->arena, all, 2));
    EXPECT_ACCEPTED(poll);
    forge_signer(f, certlist_join(f->arena, all, 1));
    EXPECT_DISTRUSTED(poll, signerNotTrusted, "no path leads");
    forge_signer(f, certlist_join(f->arena, all + 1, 1));
    expect_nobody(poll);
}

/* ---- what it costs ------------------------------------------------------------------------------ */

/* Refused for its budget with one less, and judged with so much. */
static void expect_price(struct draft *d, uint64_t price, const char *words)
{
    struct fixture *f = d->f;

    budget_free(f->in.budget);
    f->in.budget = budget_new(1, price - 1);
    EXPECT_DISTRUSTED(d, systemUnavail, "too much work");
    EXPECT(f->no.unavailable);
    budget_free(f->in.budget);
    f->in.budget = budget_new(1, price);
    f->no = (struct refusal){ .text = "accepted" };
    EXPECT(!receive(d));
    EXPECT_STR(failure_name(f->no.failure), "badMessageCheck");
    EXPECT_HAS(f->no.text, words);
}

static uint64_t blocks_of(struct draft *d)
{
    draft_finish(d);
    return PKIMessage_protected_part(d->message, d->f->arena).len / 64;
}

CASE(a_wrong_signature_costs_its_price_and_that_of_the_octets)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = signed_by(f, &h, PKIBody_cr);
    d->damage_protection = true;
    expect_price(d, PRICE_SIGNATURE + blocks_of(d), "the signature is wrong");
}

CASE(a_wrong_signature_under_an_anchor_costs_what_its_path_would_have)
{
    struct chain c = chain_new(f);
    struct draft *d = signed_by(f, &c.leaf, PKIBody_ir);
    d->damage_protection = true;
    add_extraCert(d, c.middle.certificate);
    expect_price(d, 2 * PRICE_SIGNATURE + blocks_of(d), "the signature is wrong");
    d = signed_by(f, &c.leaf, PKIBody_ir);
    d->damage_protection = true;
    for (int i = 0; i < 20; i++) {
        add_extraCert(d, c.middle.certificate);
    }
    expect_price(d, 16 * PRICE_SIGNATURE + blocks_of(d), "the signature is wrong");
}

CASE(a_wrong_MAC_costs_its_iterations_and_the_octets)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->damage_protection = true;
    expect_price(d, 1000 + blocks_of(d) + 1, "the MAC is wrong");
}
