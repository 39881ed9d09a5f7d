/* Who may ask for what again: cr and p10cr from this PKI only, controls, keys that have a certificate, one kur at a
 * time; and the names that a certificate may bear (RFC 9483 4.1.2 to 4.1.4, 5.1.1; RFC 5280 4.2.1.6). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* ---- cr and p10cr ---------------------------------------------------------------------------- */

/* Under an anchor of the profile's, and not in the inventory. */
static struct draft *by_stranger(struct fixture *f, int arm, unsigned special)
{
    struct draft *d = draft_new(f, arm);
    struct holder *h = arena_zalloc(f->arena, sizeof *h);

    fixture_anchor(f, &f->ca);
    *h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_STRANGER | special);
    draft_sign(d, h);
    return d;
}

CASE(an_ir_may_come_from_elsewhere)
{
    EXPECT_ACCEPTED(by_stranger(f, PKIBody_ir, 0));
}

/* holds 9483-4.1.2-02 */
CASE(an_ir_may_come_from_here)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_ir);

    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->request.operation, PKIBody_ir);
}

/* holds 9483-4.1.2-01 */
CASE(a_cr_from_elsewhere_is_notAuthorized)
{
    EXPECT_REFUSED(by_stranger(f, PKIBody_cr, 0), notAuthorized, "4.1.2: cr wants a certificate of this PKI");
}

/* holds 9483-4.1.2-01 */
CASE(a_p10cr_from_elsewhere_is_notAuthorized)
{
    EXPECT_REFUSED(by_stranger(f, PKIBody_p10cr, 0), notAuthorized, "p10cr wants a certificate of this PKI");
}

CASE(a_cr_from_an_RA_elsewhere_is_taken)
{
    f->profiles[0].credentials |= BY_RA;
    EXPECT_ACCEPTED(by_stranger(f, PKIBody_cr, HOLDER_RA));
}

CASE(a_cr_and_a_p10cr_under_a_secret_are_taken)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_cr));
    EXPECT_ACCEPTED(draft_new(f, PKIBody_p10cr));
}

/* ---- controls -------------------------------------------------------------------------------- */

static struct draft *update_of(struct fixture *f, struct holder *h, unsigned special)
{
    struct draft *d = draft_new(f, PKIBody_kur);

    *h = fixture_holder(f, "pump 7", "ecdsa-p256", special);
    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

CASE(two_oldCertIDs_are_badDataFormat)
{
    struct holder h;
    struct draft *d = update_of(f, &h, 0);
    struct asn1_list *controls = &d->request->certReq->controls;
    REQUIRE(asn1_list_add(f->arena, controls, controls->item[0]));
    EXPECT_REFUSED(d, badDataFormat, "control id-regCtrl-oldCertID is there twice");
}

/* holds 9810-5.2.1-01 */
CASE(altCertTemplate_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct SingleAttribute *control = SingleAttribute_new(f->arena), *alternative = SingleAttribute_new(f->arena);

    alternative->type = oid_contents(OID_id_at_commonName);
    alternative->value = asn1_open_value(&NULL__type, value_of(f, asn1_null()));
    control->type = oid_contents(OID_id_regCtrl_altCertTemplate);
    control->value = asn1_open_value(&SingleAttribute_type, alternative);
    REQUIRE(asn1_list_add(f->arena, &d->request->certReq->controls, control));
    EXPECT_REFUSED(d, badCertTemplate, "altCertTemplate: want certTemplate alone");
}

/* ---- keys that have a certificate ------------------------------------------------------------ */

/* For the key of a certificate that is in the inventory already. */
static struct draft *again(struct fixture *f, enum known_keys rule, const char *subject, struct holder *h)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct asn1_error err;

    f->profiles[0].known_keys = rule;
    *h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    d->key = h->key;
    d->template->publicKey = SubjectPublicKeyInfo_decode(crypto_key_spki(h->key), f->arena, &err);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, subject));
    return d;
}

CASE(a_known_key_gets_another_certificate_where_any_will_do)
{
    struct holder h;
    EXPECT_ACCEPTED(again(f, KNOWN_KEYS_ANY, "pump 8", &h));
}

CASE(a_known_key_gets_another_certificate_of_its_own_name)
{
    struct holder h;
    EXPECT_ACCEPTED(again(f, KNOWN_KEYS_OWN, "pump 7", &h));
}

CASE(a_known_key_under_another_name_is_badCertTemplate)
{
    struct holder h;
    EXPECT_REFUSED(again(f, KNOWN_KEYS_OWN, "pump 8", &h), badCertTemplate, "has a certificate under another name");
}

CASE(a_known_key_where_a_new_one_is_wanted_is_badCertTemplate)
{
    struct holder h;
    EXPECT_REFUSED(again(f, KNOWN_KEYS_NONE, "pump 7", &h), badCertTemplate, "wants a new key");
}

CASE(a_new_key_is_taken_where_one_is_wanted)
{
    f->profiles[0].known_keys = KNOWN_KEYS_NONE;
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
}

CASE(a_key_that_was_revoked_for_keyCompromise_is_badCertTemplate)
{
    struct holder h;
    struct draft *d = again(f, KNOWN_KEYS_OWN, "pump 7", &h);
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_ACCEPTED(d);
    d = again(f, KNOWN_KEYS_OWN, "pump 7", &h);
    fixture_revoke(f, &h, CRLReason_keyCompromise);
    EXPECT_REFUSED(d, badCertTemplate, "was revoked for keyCompromise");
}

CASE(a_kur_for_the_same_key_is_badCertTemplate_where_a_new_one_is_wanted)
{
    struct holder h;
    struct asn1_error err;
    struct draft *d = update_of(f, &h, 0);
    f->profiles[0].known_keys = KNOWN_KEYS_NONE;
    d->key = h.key;
    d->template->publicKey = SubjectPublicKeyInfo_decode(crypto_key_spki(h.key), f->arena, &err);
    EXPECT_REFUSED(d, badCertTemplate, "wants a new key");
}

/* ---- one kur at a time ----------------------------------------------------------------------- */

/* A second kur by the same certificate, while the first one is in this phase. */
static struct draft *second_kur(struct fixture *f, enum phase first)
{
    struct holder *h = arena_zalloc(f->arena, sizeof *h);
    struct draft *d = update_of(f, h, 0);

    draft_committed(d, first, NULL);
    d = draft_new(f, PKIBody_kur);
    draft_about(d, h);
    draft_sign(d, h);
    return d;
}

CASE(a_second_kur_while_one_is_open_is_badRequest)
{
    static const enum phase open[] = { PHASE_ORDERED, PHASE_WAITING, PHASE_READY, PHASE_ISSUED };

    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        EXPECT_REFUSED(second_kur(f, open[i]), badRequest, "another kur for this certificate has not been confirmed");
    }
}

CASE(a_second_kur_after_the_first_is_over_is_taken)
{
    EXPECT_ACCEPTED(second_kur(f, PHASE_CLOSED));
}

CASE(the_kur_of_one_certificate_does_not_keep_others_from_theirs)
{
    struct holder h, other;
    draft_committed(update_of(f, &h, 0), PHASE_ISSUED, NULL);
    EXPECT_ACCEPTED(update_of(f, &other, 0));
}

/* ---- subject --------------------------------------------------------------------------------- */

CASE(a_subject_that_cannot_be_read_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct span good = fixture_name(f, "pump 7");
    uint8_t *bad = (uint8_t *)arena_copy(f->arena, good.ptr, good.len).ptr;

    bad[good.len - 2 - strlen("pump 7")] = DER_OCTET_STRING;
    d->template->subject = fixture_decoded_name(f, (struct span){ bad, good.len });
    EXPECT_REFUSED(d, badCertTemplate, "subject: id-at-commonName cannot be read");
}

/* ---- what was issued ------------------------------------------------------------------------- */

/* An order for a holder's key, and whether a certificate is as ordered. */
static bool is_kept(struct fixture *f, struct draft *d, const char *subject, unsigned special)
{
    struct asn1_error err;
    struct span der = fixture_certify(f, fixture_name(f, subject), d->key, f->ca_name, f->ca.key, special);

    return order_is_kept(f->request.order, Certificate_decode(der, f->arena, &err), f->arena);
}

/* The certificates of the fixture have keyUsage digitalSignature. */
static struct draft *ordered(struct fixture *f, int64_t not_after)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    f->profiles[0].extended_key_usage_count = 0;
    if (not_after != 0) {
        d->template->validity = OptionalValidity_new(f->arena);
        d->template->validity->notAfter = Time_from_unix(f->arena, not_after);
    }
    EXPECT_ACCEPTED(d);
    return d;
}

CASE(a_certificate_as_ordered_is_granted_without_modifications)
{
    EXPECT(is_kept(f, ordered(f, 0), "pump 7", 0));
}

CASE(another_subject_is_a_modification)
{
    EXPECT(!is_kept(f, ordered(f, 0), "pump 8", 0));
}

CASE(an_extension_that_is_missing_is_a_modification)
{
    EXPECT(!is_kept(f, ordered(f, 0), "pump 7", HOLDER_NO_KEY_USAGE));
}

CASE(an_extension_with_another_value_is_a_modification)
{
    EXPECT(!is_kept(f, ordered(f, 0), "pump 7", HOLDER_CANNOT_SIGN));
}

CASE(another_end_than_the_one_asked_for_is_a_modification)
{
    EXPECT(!is_kept(f, ordered(f, f->now + 7200), "pump 7", 0));
}

/* The fixture's certificates end in twenty days. */
CASE(the_end_that_was_asked_for_is_none)
{
    EXPECT(is_kept(f, ordered(f, f->now + 20 * 86400), "pump 7", 0));
    EXPECT(!is_kept(f, ordered(f, f->now + 20 * 86400 - 1), "pump 7", 0));
}

CASE(another_start_than_the_one_asked_for_is_a_modification)
{
    struct draft *d = ordered(f, f->now + 20 * 86400);
    d->template->validity->notBefore = Time_from_unix(f->arena, f->now + 3600);
    d->der.ptr = NULL;
    EXPECT_ACCEPTED(d);
    EXPECT(!is_kept(f, d, "pump 7", 0));
}

static bool soon_is_kept(struct draft *d)
{
    struct fixture *f = d->f;

    f->profiles[0].extended_key_usage_count = 0;
    if (d->template != NULL) {
        d->template->validity = OptionalValidity_new(f->arena);
        d->template->validity->notAfter = Time_from_unix(f->arena, f->now + 7200);
    }
    EXPECT_ACCEPTED(d);
    return is_kept(f, d, "pump 7", 0);
}

/* A p10cr has no room for it. */
CASE(what_was_asked_for_counts_in_every_kind_of_request)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *kur = draft_new(f, PKIBody_kur);
    draft_about(kur, &h);
    draft_sign(kur, &h);
    EXPECT(!soon_is_kept(kur));
    EXPECT(!soon_is_kept(draft_new(f, PKIBody_cr)));
    EXPECT(soon_is_kept(draft_new(f, PKIBody_p10cr)));
}

/* ---- names ----------------------------------------------------------------------------------- */

static struct draft *named(struct fixture *f, int arm, const char *octets, size_t len)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct asn1_list *names = put_names(f, arm, "x");
    struct GeneralName *name = names->item[0];

    name->dNSName = arena_copy(f->arena, octets, len);      /* the same member of the union for all kinds of text */
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type, names);
    return d;
}
#define NAMED(ARM, TEXT) named(f, GeneralName_##ARM, TEXT, sizeof TEXT - 1)

CASE(names_of_every_kind_are_granted)
{
    EXPECT_ACCEPTED(NAMED(dNSName, "pump7.example"));
    EXPECT_ACCEPTED(NAMED(dNSName, "*.pump-7.example"));
    EXPECT_ACCEPTED(NAMED(dNSName, "_sip._tcp.example"));
    EXPECT_ACCEPTED(NAMED(rfc822Name, "pump.7@example"));
    EXPECT_ACCEPTED(NAMED(uniformResourceIdentifier, "urn:dev:ops:32473-pump7"));
    EXPECT_ACCEPTED(NAMED(iPAddress, "\xc0\x00\x02\x07"));
    EXPECT_ACCEPTED(NAMED(iPAddress, "0123456789abcdef"));
}

CASE(a_dNSName_that_is_none_is_badCertTemplate)
{
    EXPECT_REFUSED(NAMED(dNSName, "bank.example\0.pump.example"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, " "), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "pump7..example"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "pump7.example."), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "-pump7.example"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "*"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "pump.*.example"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "https://pump7.example/"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(dNSName, "a234567890123456789012345678901234567890123456789012345678901234.example"),
                   badCertTemplate, "is no such name");
}

CASE(an_rfc822Name_that_is_none_is_badCertTemplate)
{
    EXPECT_REFUSED(NAMED(rfc822Name, "pump7"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(rfc822Name, "@example"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(rfc822Name, "pump7@"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(rfc822Name, "pump 7@example"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(rfc822Name, "pump7@exa\0mple"), badCertTemplate, "is no such name");
}

CASE(a_URI_that_is_none_is_badCertTemplate)
{
    EXPECT_REFUSED(NAMED(uniformResourceIdentifier, "pump7"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(uniformResourceIdentifier, "urn:"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(uniformResourceIdentifier, ":pump7"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(uniformResourceIdentifier, "u/n:pump7"), badCertTemplate, "is no such name");
    EXPECT_REFUSED(NAMED(uniformResourceIdentifier, "urn:pump 7"), badCertTemplate, "is no such name");
}
