/* ir, cr, p10cr, kur: template, policy, proof of possession (RFC 4211; RFC 9810 5.2.8; RFC 9483 4.1, 5.1.1). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

static const struct asn1_list *granted(struct fixture *f)
{
    static const struct asn1_list none;
    struct asn1_error err;
    struct span der = f->request.order->extensions;
    const struct asn1_list *list = der.ptr != NULL ? Extensions_decode(der, f->arena, &err) : NULL;

    return list != NULL ? list : &none;
}

static uint32_t granted_usage(struct fixture *f)
{
    const struct span *bits = Extensions_value(granted(f), OID_id_ce_keyUsage);
    return bits != NULL ? asn1_named_bits(*bits) : 0;
}

/* ---- an order -------------------------------------------------------------------------------- */

CASE(a_good_ir_becomes_an_order)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    EXPECT_ACCEPTED(d);
    const struct order *o = f->request.order;
    EXPECT_EQ(f->request.operation, PKIBody_ir);
    EXPECT_EQ(f->request.certReqId, 0);
    EXPECT(!f->request.modified && !o->modified);
    EXPECT(!f->request.one_use);
    EXPECT_EQ(o->kind, CMPGATE_CERTIFY);
    EXPECT_STR(o->backend, "demo");
    EXPECT_STR(o->profile, "default");
    EXPECT(span_eq(o->subject, fixture_name(f, "pump 7")));
    EXPECT(span_eq(o->public_key, crypto_key_spki(d->key)));
    EXPECT(span_eq(o->message, d->der));
    EXPECT(span_eq(o->requester, (struct span){ NULL, 0 }));
    EXPECT(span_eq(o->requester_certificate, (struct span){ NULL, 0 }));
    EXPECT(span_eq(o->certificate, (struct span){ NULL, 0 }));
    EXPECT_EQ(o->not_before, f->now);
    EXPECT_EQ(o->not_after, f->now + 30 * 86400);
    EXPECT_EQ(o->transactionID.len, 16);
    EXPECT(memcmp(o->transactionID.octets, d->header->transactionID.ptr, 16) == 0);
    EXPECT_STR(o->peer, "192.0.2.7:40112");
}

CASE(an_order_says_who_asked)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    EXPECT(span_eq(f->request.order->requester, h.subject));
    EXPECT(span_eq(f->request.order->requester_certificate, h.certificate));
}

CASE(every_kind_of_key_can_be_certified)
{
    static const char *const types[] = { "rsa-2048", "ed25519", "ecdsa-p256" };

    for (size_t i = 0; i < 3; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        struct asn1_error err;
        d->key = fixture_key(f, types[i]);
        d->template->publicKey = SubjectPublicKeyInfo_decode(crypto_key_spki(d->key), f->arena, &err);
        EXPECT_ACCEPTED(d);
        EXPECT(span_eq(f->request.order->public_key, crypto_key_spki(d->key)));
    }
}

static void one_use(struct secret *s) { s->uses = 1; }
static void no_use(struct secret *s) { s->uses = 0; }

CASE(a_secret_with_a_use_left_gives_it)
{
    fixture_secret(f, REFERENCE, PASSWORD, one_use);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(f->request.one_use);
}

CASE(a_used_up_secret_is_notAuthorized)
{
    fixture_secret(f, REFERENCE, PASSWORD, no_use);
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), notAuthorized, "used up");
}

/* The certConf of the certificate that took the last use. */
CASE(a_used_up_secret_still_confirms)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *opening = draft_new(f, PKIBody_ir);
    draft_committed(opening, PHASE_ISSUED, &h);
    fixture_secret(f, REFERENCE, PASSWORD, no_use);
    struct draft *d = draft_follow(opening, PKIBody_certConf);
    draft_confirms(d, &h);
    EXPECT_ACCEPTED(d);
}

/* ---- CertReqMessages ------------------------------------------------------------------------- */

/* holds 9483-4.1.1-01 */
CASE(two_CertReqMsg_are_badRequest)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    REQUIRE(asn1_list_add(f->arena, &d->body->ir, d->request));
    EXPECT_REFUSED(d, badRequest, "want one CertReqMsg, have 2");
}

/* holds 9483-4.1.1-02 */
CASE(a_certReqId_other_than_0_is_badRequest)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->request->certReq->certReqId = asn1_put_int(f->arena, 1);
    EXPECT_REFUSED(d, badRequest, "certReqId: want 0, have 1");
}

/* ---- CertTemplate ---------------------------------------------------------------------------- */

CASE(version_2_is_taken)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->version = asn1_put_int(f->arena, 2);
    EXPECT_ACCEPTED(d);
}

/* holds 9483-4.1.1-03 */
CASE(another_version_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->version = asn1_put_int(f->arena, 1);
    EXPECT_REFUSED(d, badCertTemplate, "version: want 2");
}

CASE(a_serialNumber_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->serialNumber = asn1_put_int(f->arena, 4711);
    EXPECT_REFUSED(d, badCertTemplate, "serialNumber must be omitted");
}

CASE(a_signingAlg_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->signingAlg = put_algorithm(f, OID_ecdsa_with_SHA256);
    EXPECT_REFUSED(d, badCertTemplate, "signingAlg must be omitted");
}

CASE(an_issuerUID_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->issuerUID = asn1_put_bits(f->arena, span_of("uid"));
    EXPECT_REFUSED(d, badCertTemplate, "issuerUID must be omitted");
}

CASE(a_subjectUID_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->subjectUID = asn1_put_bits(f->arena, span_of("uid"));
    EXPECT_REFUSED(d, badCertTemplate, "subjectUID must be omitted");
}

CASE(our_issuer_may_be_named)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->issuer = fixture_decoded_name(f, f->ca_name);
    EXPECT_ACCEPTED(d);
}

CASE(another_issuer_is_wrongAuthority)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->issuer = fixture_decoded_name(f, fixture_name(f, "Another CA"));
    EXPECT_REFUSED(d, wrongAuthority, "there is no CA \"CN=Another CA\"");
}

/* holds 9483-4.1-01 9483-4.1.1-05 */
CASE(a_missing_publicKey_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->publicKey = NULL;
    EXPECT_REFUSED(d, badCertTemplate, "publicKey: want one");
}

/* holds 9483-4.1.1-05 */
CASE(an_empty_publicKey_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    static const uint8_t no_bits[] = { 0 };
    struct SubjectPublicKeyInfo *key = SubjectPublicKeyInfo_new(f->arena);
    key->algorithm = d->template->publicKey->algorithm;
    key->subjectPublicKey = (struct span){ no_bits, sizeof no_bits };
    d->template->publicKey = key;
    EXPECT_REFUSED(d, badCertTemplate, "publicKey: want one");
}

/* A key is octets; what has half of one is none. */
CASE(a_publicKey_with_unused_bits_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct SubjectPublicKeyInfo *key = SubjectPublicKeyInfo_new(f->arena);
    key->algorithm = d->template->publicKey->algorithm;
    key->subjectPublicKey = span_of("\x04\x04\xf0");
    d->template->publicKey = key;
    EXPECT_REFUSED(d, badCertTemplate, "publicKey: want one");
}

/* The third of our CAs is one of them. */
CASE(any_issuer_of_ours_may_be_named)
{
    struct holder second = fixture_holder(f, "The second CA", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_CA);
    struct span all[] = { f->server.certificate, f->ca.certificate, second.certificate };
    struct draft *d = draft_new(f, PKIBody_ir);
    f->config.ca_certificates = all;
    f->config.ca_certificate_count = 3;
    d->template->issuer = fixture_decoded_name(f, second.subject);
    EXPECT_ACCEPTED(d);
    f->config.ca_certificate_count = 2;
    EXPECT_REFUSED(d, wrongAuthority, "there is no CA \"CN=The second CA\"");
}

/* holds 9483-4.1-01 */
CASE(a_missing_subject_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->subject = NULL;
    EXPECT_REFUSED(d, badCertTemplate, "subject is missing");
}

/* ---- key ------------------------------------------------------------------------------------- */

static struct draft *with_key(struct fixture *f, const char *type)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct asn1_error err;
    d->key = fixture_key(f, type);
    d->template->publicKey = SubjectPublicKeyInfo_decode(crypto_key_spki(d->key), f->arena, &err);
    return d;
}

/* holds 9483-5.1.1-04 */
CASE(a_curve_that_the_profile_does_not_admit_is_badCertTemplate)
{
    EXPECT_REFUSED(with_key(f, "ecdsa-p384"), badCertTemplate, "does not admit secp384r1 keys");
}

CASE(an_RSA_key_that_is_too_small_is_badCertTemplate)
{
    f->key_types[1].minimum_bits = 3072;
    EXPECT_REFUSED(with_key(f, "rsa-2048"), badCertTemplate, "wants RSA keys of 3072 to 4096 bits, have 2048");
}

CASE(an_RSA_key_that_is_too_large_is_badCertTemplate)
{
    f->key_types[1].maximum_bits = 2047;
    EXPECT_REFUSED(with_key(f, "rsa-2048"), badCertTemplate, "have 2048");
}

CASE(an_RSA_key_of_the_only_size_is_taken)
{
    f->key_types[1].minimum_bits = f->key_types[1].maximum_bits = 2048;
    EXPECT_ACCEPTED(with_key(f, "rsa-2048"));
}

CASE(a_point_that_is_not_on_the_curve_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct SubjectPublicKeyInfo *key = SubjectPublicKeyInfo_new(f->arena);
    struct span bits = d->template->publicKey->subjectPublicKey;
    uint8_t *copy = arena_alloc(f->arena, bits.len);
    memcpy(copy, bits.ptr, bits.len);
    copy[bits.len - 1] ^= 1;
    key->algorithm = d->template->publicKey->algorithm;
    key->subjectPublicKey = (struct span){ copy, bits.len };
    d->template->publicKey = key;
    EXPECT_REFUSED(d, badCertTemplate, "publicKey: ");
}

/* ---- subject --------------------------------------------------------------------------------- */

static void bind_subject(struct secret *s)
{
    static const uint8_t pump_9[] = "\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x0c\x06" "pump 9";
    s->subject = (struct span){ pump_9, sizeof pump_9 - 1 };
}

/* holds 9483-5.1.1-02 9483-4.1-02 */
CASE(a_bound_secret_gives_its_subject_only)
{
    fixture_secret(f, REFERENCE, PASSWORD, bind_subject);
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), notAuthorized, "subject \"CN=pump 7\" is not the one");
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->subject = fixture_name_tagged(f, "pump 9", DirectoryString_printableString);
    EXPECT_ACCEPTED(d);
    EXPECT(span_eq(f->request.order->subject, fixture_name(f, "pump 9")));
    EXPECT(!f->request.modified);
}

CASE(a_profile_may_want_the_subject_of_the_certificate)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    f->profiles[0].subject = SUBJECT_BOUND;
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_REFUSED(d, notAuthorized, "subject \"CN=pump 8\" is not the one");
}

/* holds 9483-5.1.1-02 9483-4.1-02 */
CASE(a_certificate_of_ours_asks_for_its_own_subject_unless_any_will_do)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_REFUSED(d, notAuthorized, "subject \"CN=pump 8\" is not the one");
    f->profiles[0].subject = SUBJECT_ANY;
    d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_ACCEPTED(d);
}

/* holds 9483-3.4-03 */
CASE(a_certificate_of_another_profile_is_notAuthorized)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &h);
    f->in.profile_name = "other";
    EXPECT_REFUSED(d, notAuthorized, "the protection certificate was issued under profile");
}

CASE(a_profile_with_bound_subjects_wants_bound_secrets)
{
    f->profiles[0].subject = SUBJECT_BOUND;
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), notAuthorized, "wants a shared secret that is bound to a subject");
}

static struct draft *without_subject(struct fixture *f)
{
    static const uint8_t null_dn[] = { 0x30, 0 };
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->subject = fixture_decoded_name(f, (struct span){ null_dn, sizeof null_dn });
    return d;
}

/* holds 9483-4.1.1-04 */
CASE(an_empty_subject_without_names_is_badCertTemplate)
{
    EXPECT_REFUSED(without_subject(f), badCertTemplate, "subject is empty, and there is no subjectAltName");
}

/* holds 9483-4.1.1-04 */
CASE(an_empty_subject_makes_its_names_critical)
{
    struct draft *d = without_subject(f);
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type,
                    put_names(f, GeneralName_dNSName, "p.example"));
    EXPECT_ACCEPTED(d);
    const struct Extension *e = Extensions_find(granted(f), OID_id_ce_subjectAltName);
    REQUIRE(e != NULL);
    EXPECT(asn1_true(e->critical));
}

/* ---- validity -------------------------------------------------------------------------------- */

static struct draft *valid(struct fixture *f, int64_t from, int64_t to)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->validity = OptionalValidity_new(f->arena);
    d->template->validity->notBefore = from != 0 ? Time_from_unix(f->arena, f->now + from) : NULL;
    d->template->validity->notAfter = to != 0 ? Time_from_unix(f->arena, f->now + to) : NULL;
    return d;
}

CASE(a_shorter_validity_is_granted_as_asked)
{
    EXPECT_ACCEPTED(valid(f, 3600, 7200));
    EXPECT_EQ(f->request.order->not_before, f->now + 3600);
    EXPECT_EQ(f->request.order->not_after, f->now + 7200);
    EXPECT(!f->request.modified);
}

/* holds 9483-5.1.1-04 */
enum { LONGEST = 30 * 86400 };

CASE(the_whole_validity_of_the_profile_is_granted_as_asked)
{
    f->now -= 3600;     /* of our own: on a gateway's clock the second would be over soon */
    EXPECT_ACCEPTED(valid(f, 0, LONGEST));
    EXPECT(!f->request.modified);
    EXPECT_ACCEPTED(valid(f, 0, LONGEST + 1));
    EXPECT(f->request.modified);
    EXPECT_EQ(f->request.order->not_after, f->now + LONGEST);
    EXPECT_ACCEPTED(valid(f, 3600, 3600 + LONGEST));
    EXPECT(!f->request.modified);
    EXPECT_ACCEPTED(valid(f, LONGEST, 0));
    EXPECT_EQ(f->request.order->not_before, f->now + LONGEST);
    EXPECT_EQ(f->request.order->not_after, f->now + 2 * LONGEST);
    EXPECT(!f->request.modified);
    EXPECT_REFUSED(valid(f, LONGEST + 1, 0), badCertTemplate, "notBefore is further ahead");
}

CASE(a_validity_begins_now_and_has_a_second_at_least)
{
    struct draft *d = valid(f, 1, 2);
    d->template->validity->notBefore = Time_from_unix(f->arena, f->now);
    EXPECT_ACCEPTED(d);
    EXPECT(!f->request.modified);
    EXPECT_EQ(f->request.order->not_before, f->now);
    EXPECT_ACCEPTED(valid(f, 1, 2));
    EXPECT_REFUSED(valid(f, 2, 2), badCertTemplate, "notAfter is not after notBefore");
    d = valid(f, 0, 1);
    d->template->validity->notAfter = Time_from_unix(f->arena, f->now);
    EXPECT_REFUSED(d, badCertTemplate, "notAfter is in the past");
}

CASE(a_longer_validity_is_cut_and_said_so)
{
    EXPECT_ACCEPTED(valid(f, 0, 365 * 86400));
    EXPECT_EQ(f->request.order->not_after, f->now + 30 * 86400);
    EXPECT(f->request.modified && f->request.order->modified);
}

CASE(a_start_in_the_past_is_moved_and_said_so)
{
    EXPECT_ACCEPTED(valid(f, -3600, 0));
    EXPECT_EQ(f->request.order->not_before, f->now);
    EXPECT(f->request.modified);
}

CASE(an_end_in_the_past_is_badCertTemplate)
{
    EXPECT_REFUSED(valid(f, 0, -1), badCertTemplate, "notAfter is in the past");
}

CASE(an_end_before_the_start_is_badCertTemplate)
{
    EXPECT_REFUSED(valid(f, 7200, 3600), badCertTemplate, "notAfter is not after notBefore");
}

CASE(a_start_beyond_the_profiles_reach_is_badCertTemplate)
{
    EXPECT_REFUSED(valid(f, 31 * 86400, 0), badCertTemplate, "notBefore is further ahead");
}

/* ---- extensions ------------------------------------------------------------------------------ */

CASE(without_extensions_the_profiles_usages_are_granted)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    REQUIRE(granted(f)->count > 0);
    EXPECT_EQ(granted_usage(f), KeyUsage_digitalSignature);     /* an EC key cannot encipher */
    EXPECT(asn1_true(Extensions_find(granted(f), OID_id_ce_keyUsage)->critical));
    const struct asn1_list *purposes = Extensions_value(granted(f), OID_id_ce_extKeyUsage);
    REQUIRE(purposes != NULL);
    EXPECT_EQ(purposes->count, 2);
    EXPECT(!asn1_true(Extensions_find(granted(f), OID_id_ce_extKeyUsage)->critical));
    EXPECT(!f->request.modified);
}

CASE(an_RSA_key_may_encipher)
{
    EXPECT_ACCEPTED(with_key(f, "rsa-2048"));
    EXPECT_EQ(granted_usage(f), KeyUsage_digitalSignature | KeyUsage_keyEncipherment);
}

static struct draft *with_usage(struct fixture *f, uint32_t bits)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_extension(d, OID_id_ce_keyUsage, true, &KeyUsage_type,
                    value_of(f, asn1_put_named_bits(f->arena, bits)));
    return d;
}

CASE(keyUsage_is_cut_down_and_said_so)
{
    EXPECT_ACCEPTED(with_usage(f, KeyUsage_digitalSignature | KeyUsage_nonRepudiation));
    EXPECT_EQ(granted_usage(f), KeyUsage_digitalSignature);
    EXPECT(f->request.modified);
    EXPECT_ACCEPTED(with_usage(f, KeyUsage_digitalSignature));
    EXPECT(!f->request.modified);
}

CASE(less_than_the_profiles_keyUsage_is_granted_as_asked)
{
    f->profiles[0].key_usage |= KeyUsage_nonRepudiation;
    EXPECT_ACCEPTED(with_usage(f, KeyUsage_nonRepudiation));
    EXPECT_EQ(granted_usage(f), KeyUsage_nonRepudiation);
    EXPECT(!f->request.modified);
}

CASE(a_keyUsage_of_which_nothing_is_granted_is_badCertTemplate)
{
    EXPECT_REFUSED(with_usage(f, KeyUsage_nonRepudiation), badCertTemplate, "none of what is asked for");
}

CASE(keyCertSign_is_badCertTemplate)
{
    EXPECT_REFUSED(with_usage(f, KeyUsage_digitalSignature | KeyUsage_keyCertSign), badCertTemplate,
                   "are for CAs");
}

CASE(cRLSign_is_badCertTemplate)
{
    EXPECT_REFUSED(with_usage(f, KeyUsage_digitalSignature | KeyUsage_cRLSign), badCertTemplate, "are for CAs");
}

static struct draft *with_purpose(struct fixture *f, enum oid purpose)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct asn1_list *list = arena_zalloc(f->arena, sizeof *list);
    asn1_list_add_span(f->arena, list, oid_contents(purpose));
    draft_extension(d, OID_id_ce_extKeyUsage, true, &ExtKeyUsageSyntax_type, list);
    return d;
}

CASE(a_profile_without_usages_grants_none)
{
    f->profiles[0].key_usage = 0;
    f->profiles[0].extended_key_usage_count = 0;
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(f->request.order->extensions.ptr == NULL);
    f->profiles[0].key_usage = KeyUsage_keyEncipherment;        /* an EC key cannot */
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(f->request.order->extensions.ptr == NULL);
    EXPECT_REFUSED(with_purpose(f, OID_id_kp_clientAuth), badCertTemplate, "is not granted");
}

CASE(extKeyUsage_is_granted_as_asked)
{
    EXPECT_ACCEPTED(with_purpose(f, OID_id_kp_serverAuth));
    const struct Extension *e = Extensions_find(granted(f), OID_id_ce_extKeyUsage);
    REQUIRE(e != NULL && e->extnValue.value != NULL);
    EXPECT_EQ(((struct asn1_list *)e->extnValue.value)->count, 1);
    EXPECT(asn1_true(e->critical));
    EXPECT(!f->request.modified);
}

/* holds 9483-3.6.4-08 9483-5.1.1-04 */
CASE(an_extKeyUsage_that_is_not_granted_is_badCertTemplate)
{
    EXPECT_REFUSED(with_purpose(f, OID_id_kp_cmcRA), badCertTemplate, "id-kp-cmcRA is not granted");
    EXPECT_REFUSED(with_purpose(f, OID_anyExtendedKeyUsage), badCertTemplate, "is not granted");
}

static struct draft *with_name(struct fixture *f, int arm, const char *octets)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type, put_names(f, arm, octets));
    return d;
}

CASE(a_subjectAltName_is_granted_as_asked)
{
    EXPECT_ACCEPTED(with_name(f, GeneralName_dNSName, "pump7.example"));
    const struct Extension *e = Extensions_find(granted(f), OID_id_ce_subjectAltName);
    REQUIRE(e != NULL);
    EXPECT(!asn1_true(e->critical));
    EXPECT(!f->request.modified);
}

CASE(a_subjectAltName_where_none_is_granted_is_badCertTemplate)
{
    f->profiles[0].san = SAN_NONE;
    EXPECT_REFUSED(with_name(f, GeneralName_dNSName, "pump7.example"), badCertTemplate,
                   "grants no subjectAltName");
}

/* ---- names that are proven ------------------------------------------------------------------- */

static struct span pump7_example;
static void bind_to_host(struct secret *s) { s->subject = pump7_example; }

static struct draft *asks_for(struct draft *d, int arm, const char *octets)
{
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type, put_names(d->f, arm, octets));
    return d;
}

static struct draft *with_bound_secret(struct fixture *f)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    d->template->subject = fixture_decoded_name(f, pump7_example);
    return d;
}

/* holds 9483-5.1.1-02 */
CASE(a_subjectAltName_may_have_to_be_what_the_secret_is_bound_to)
{
    f->profiles[0].san = SAN_BOUND;
    pump7_example = fixture_name(f, "pump7.example");
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_host);
    EXPECT_ACCEPTED(asks_for(with_bound_secret(f), GeneralName_dNSName, "pump7.example"));
    EXPECT(Extensions_find(granted(f), OID_id_ce_subjectAltName) != NULL);
    EXPECT_ACCEPTED(asks_for(with_bound_secret(f), GeneralName_dNSName, "Pump7.Example"));
    EXPECT_ACCEPTED(with_bound_secret(f));
    EXPECT_REFUSED(asks_for(with_bound_secret(f), GeneralName_dNSName, "pump8.example"), notAuthorized,
                   "\"dNSName:pump8.example\" is no name that this credential proves");
    EXPECT_REFUSED(asks_for(with_bound_secret(f), GeneralName_dNSName, "pump7.example.org"), notAuthorized, "no name that");
    f->profiles[0].san = SAN_REQUESTED;
    EXPECT_ACCEPTED(asks_for(with_bound_secret(f), GeneralName_dNSName, "pump8.example"));
    f->profiles[0].san = SAN_BOUND;
    pump7_example = fixture_name(f, "urn:pump:7");
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_host);
    EXPECT_REFUSED(asks_for(with_bound_secret(f), GeneralName_uniformResourceIdentifier, "urn:pump:7"), notAuthorized, "no name that");
}

CASE(one_proven_name_proves_no_other)
{
    struct asn1_list *names = put_names(f, GeneralName_dNSName, "pump7.example");
    f->profiles[0].san = SAN_BOUND;
    pump7_example = fixture_name(f, "pump7.example");
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_host);
    REQUIRE(asn1_list_add(f->arena, names, put_names(f, GeneralName_iPAddress, "1234")->item[0]));
    struct draft *d = with_bound_secret(f);
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type, names);
    EXPECT_REFUSED(d, notAuthorized, "\"iPAddress:49.50.51.52\" is no name that");
}

CASE(a_secret_without_a_subject_proves_no_name)
{
    f->profiles[0].san = SAN_BOUND;
    EXPECT_REFUSED(with_name(f, GeneralName_dNSName, "pump7.example"), notAuthorized, "no name that this credential proves");
    EXPECT_REFUSED(with_name(f, GeneralName_dNSName, "pump 7"), badCertTemplate, "is no such name");
}

static struct draft *by_certificate(struct fixture *f, const char *common_name, unsigned special)
{
    static struct holder h;
    struct draft *d = draft_new(f, PKIBody_cr);

    h = fixture_holder(f, common_name, "ecdsa-p256", special);
    draft_sign(d, &h);
    d->template->subject = fixture_decoded_name(f, h.subject);
    return d;
}

/* holds 9483-5.1.1-02 */
CASE(a_subjectAltName_may_have_to_be_that_of_the_certificate)
{
    f->profiles[0].san = SAN_BOUND;
    EXPECT_ACCEPTED(asks_for(by_certificate(f, "pump 7", HOLDER_WITH_NAMES), GeneralName_dNSName, "pump7.example"));
    EXPECT_ACCEPTED(asks_for(by_certificate(f, "pump 7", HOLDER_WITH_NAMES), GeneralName_dNSName, "Pump7.EXAMPLE"));
    EXPECT_REFUSED(asks_for(by_certificate(f, "pump 7", HOLDER_WITH_NAMES), GeneralName_dNSName, "pump8.example"), notAuthorized,
                   "no name that this credential proves");
    EXPECT_REFUSED(asks_for(by_certificate(f, "pump 7", HOLDER_WITH_NAMES), GeneralName_rfc822Name, "pump@pump7.example"), notAuthorized,
                   "no name that this credential proves");
    EXPECT_REFUSED(asks_for(by_certificate(f, "pump7.example", 0), GeneralName_dNSName, "pump7.example"), notAuthorized,
                   "no name that this credential proves");
    f->profiles[0].san = SAN_REQUESTED;
    EXPECT_ACCEPTED(asks_for(by_certificate(f, "pump 7", 0), GeneralName_dNSName, "pump8.example"));
}

CASE(an_ra_asks_for_names_of_others)
{
    f->profiles[0].san = SAN_BOUND;
    f->profiles[0].credentials = BY_RA;
    EXPECT_ACCEPTED(asks_for(by_certificate(f, "The RA", HOLDER_RA), GeneralName_dNSName, "pump8.example"));
}

CASE(an_address_of_five_octets_is_badCertTemplate)
{
    EXPECT_REFUSED(with_name(f, GeneralName_iPAddress, "12345"), badCertTemplate, "is no such name");
}

static struct draft *with_constraints(struct fixture *f, bool ca, int64_t path)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct BasicConstraints *c = BasicConstraints_new(f->arena);
    c->cA = ca ? asn1_put_bool(true) : (struct span){ NULL, 0 };
    c->pathLenConstraint = path >= 0 ? asn1_put_int(f->arena, path) : (struct span){ NULL, 0 };
    draft_extension(d, OID_id_ce_basicConstraints, true, &BasicConstraints_type, c);
    return d;
}

CASE(CA_FALSE_is_what_every_certificate_says)
{
    EXPECT_ACCEPTED(with_constraints(f, false, -1));
    EXPECT(Extensions_find(granted(f), OID_id_ce_basicConstraints) == NULL);
}

CASE(CA_TRUE_is_badCertTemplate)
{
    EXPECT_REFUSED(with_constraints(f, true, -1), badCertTemplate, "CA certificates are not issued");
}

CASE(a_pathLenConstraint_without_cA_is_badCertTemplate)
{
    EXPECT_REFUSED(with_constraints(f, false, 0), badCertTemplate, "pathLenConstraint without cA");
}

CASE(an_unknown_extension_is_left_out_and_said_so)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_extension_der(d, "1.3.6.1.4.1.99999.1", false, "\x05", 2);
    EXPECT_ACCEPTED(d);
    EXPECT(f->request.modified);
    EXPECT_EQ(granted(f)->count, 2);
}

CASE(an_unknown_critical_extension_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_extension_der(d, "1.3.6.1.4.1.99999.1", true, "\x05", 2);
    EXPECT_REFUSED(d, badCertTemplate, "critical extension 1.3.6.1.4.1.99999.1 is not granted");
}

CASE(a_malformed_extension_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_extension_der(d, "2.5.29.15", false, "\x05", 2);
    EXPECT_REFUSED(d, badCertTemplate, "cannot be read");
}

CASE(an_extension_twice_is_badCertTemplate)
{
    struct draft *d = with_usage(f, KeyUsage_digitalSignature);
    draft_extension(d, OID_id_ce_keyUsage, true, &KeyUsage_type,
                    value_of(f, asn1_put_named_bits(f->arena, KeyUsage_nonRepudiation)));
    EXPECT_REFUSED(d, badCertTemplate, "is there twice");
}

/* So many of types that nobody knows. */
static struct draft *with_extensions(struct fixture *f, unsigned count)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    char oid[40];

    for (unsigned i = 0; i < count; i++) {
        snprintf(oid, sizeof oid, "1.3.6.1.4.1.99999.%u", i);
        draft_extension_der(d, oid, false, "\x05", 2);
    }
    return d;
}

CASE(thirty_two_extensions_can_be_asked_for)
{
    EXPECT_ACCEPTED(with_extensions(f, 32));
    EXPECT_REFUSED(with_extensions(f, 33), badCertTemplate, "at most 32 extensions");
}

/* ---- proof of possession --------------------------------------------------------------------- */

/* holds 9483-5.1.1-01 9483-3.6.4-06 9483-4.1.1-09 */
CASE(a_damaged_proof_is_badPOP)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->damage_pop = true;
    EXPECT_REFUSED(d, badPOP, "signature is wrong");
}

/* holds 9483-5.1.1-01 */
CASE(a_proof_by_another_key_is_badPOP)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->pop_key = fixture_key(f, "ecdsa-p256");
    EXPECT_REFUSED(d, badPOP, "signature is wrong");
}

/* holds 9483-4.1.1-08 */
CASE(a_proof_by_another_kind_of_key_is_badPOP)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->pop_key = fixture_key(f, "ed25519");
    EXPECT_REFUSED(d, badPOP, "popo: ");
}

CASE(a_proof_by_an_algorithm_that_the_profile_does_not_admit_is_badAlg)
{
    static enum oid others[] = { OID_id_Ed25519 };
    f->profiles[0].signatures = (struct config_oids){ others, 1 };
    EXPECT_REFUSED(draft_new(f, PKIBody_ir), badAlg, "popo: profile \"default\" does not admit ecdsa-with-SHA256");
}

/* holds 9483-4.1.1-06 */
CASE(no_proof_is_badPOP)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->keep_popo = true;
    EXPECT_REFUSED(d, badPOP, "popo is missing");
}

static struct draft *with_popo(struct fixture *f, int arm)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->keep_popo = true;
    d->request->popo = ProofOfPossession_new(f->arena);
    d->request->popo->arm = arm;
    return d;
}

/* holds 9483-5.1.1-03 9810-5.2.8.1-01 */
CASE(raVerified_is_notAuthorized)
{
    struct draft *d = with_popo(f, ProofOfPossession_raVerified);
    d->request->popo->raVerified = asn1_null();
    EXPECT_REFUSED(d, notAuthorized, "raVerified is for registration authorities");
}

static struct POPOPrivKey *by_encrypted_certificate(struct fixture *f)
{
    struct POPOPrivKey *p = POPOPrivKey_new(f->arena);
    p->arm = POPOPrivKey_subsequentMessage;
    p->subsequentMessage = asn1_put_int(f->arena, SubsequentMessage_encrCert);
    return p;
}

/* holds 9483-4.1.1-10 */
CASE(a_proof_by_keyEncipherment_is_badPOP)
{
    struct draft *d = with_popo(f, ProofOfPossession_keyEncipherment);
    d->request->popo->keyEncipherment = by_encrypted_certificate(f);
    EXPECT_REFUSED(d, badPOP, "want a signature, have keyEncipherment");
}

/* holds 9483-4.1.1-10 */
CASE(a_proof_by_keyAgreement_is_badPOP)
{
    struct draft *d = with_popo(f, ProofOfPossession_keyAgreement);
    d->request->popo->keyAgreement = by_encrypted_certificate(f);
    EXPECT_REFUSED(d, badPOP, "want a signature, have keyAgreement");
}

CASE(a_key_that_cannot_sign_is_badPOP)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct SubjectPublicKeyInfo *key = SubjectPublicKeyInfo_new(f->arena);
    key->algorithm = put_algorithm(f, OID_id_X25519);
    key->subjectPublicKey = asn1_put_bits(f->arena, span_of("thirty-two octets of a public key"));
    d->template->publicKey = key;
    EXPECT_REFUSED(d, badPOP, "X25519 keys cannot sign");
}

/* ---- POPOSigningKeyInput --------------------------------------------------------------------- */

/* A template without subject, proven by poposkInput; the secret gives the subject. */
static struct draft *with_input(struct fixture *f, struct POPOSigningKeyInput **input)
{
    struct draft *d = with_popo(f, ProofOfPossession_signature);
    struct POPOSigningKeyInput *i = POPOSigningKeyInput_new(f->arena);

    fixture_secret(f, REFERENCE, PASSWORD, bind_subject);
    d->template->subject = NULL;
    i->publicKey = d->template->publicKey;
    i->authInfo = POPOSigningKeyInput_authInfo_new(f->arena);
    i->authInfo->arm = POPOSigningKeyInput_authInfo_sender;
    i->authInfo->sender = GeneralName_new(f->arena);
    i->authInfo->sender->arm = GeneralName_directoryName;
    i->authInfo->sender->directoryName = fixture_decoded_name(f, fixture_name(f, "pump 9"));
    *input = i;
    return d;
}

static void add_publicKeyMAC(struct fixture *f, struct POPOSigningKeyInput *input, const char *password,
                             int64_t iterations)
{
    struct PKMACValue *value = PKMACValue_new(f->arena);
    struct asn1_error err;
    uint8_t mac[CRYPTO_MAC_MAX] = { 0 };
    uint64_t cost = 1000000;
    size_t len = 16;
    struct span der =
        AlgorithmIdentifier_encode(put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, iterations), f->arena);

    value->algId = AlgorithmIdentifier_decode(der, f->arena, &err);
    crypto_mac(span_str(password), value->algId, input->publicKey->der, &cost, mac, &len);
    value->value = asn1_put_bits(f->arena, (struct span){ mac, len });
    input->authInfo->arm = POPOSigningKeyInput_authInfo_publicKeyMAC;
    input->authInfo->publicKeyMAC = value;
}

/* Over the input as a SEQUENCE, though it travels as [0]. */
static void sign_input(struct draft *d, struct POPOSigningKeyInput *input)
{
    struct fixture *f = d->f;
    struct asn1_error err;
    uint8_t out[CRYPTO_SIGNATURE_MAX];
    size_t len = 0;
    struct POPOSigningKey *popo = POPOSigningKey_new(f->arena);

    crypto_sign(d->key, POPOSigningKeyInput_encode(input, f->arena), out, &len);
    popo->poposkInput = input;
    popo->algorithmIdentifier = AlgorithmIdentifier_decode(crypto_key_algorithm(d->key), f->arena, &err);
    popo->signature = asn1_put_bits(f->arena, (struct span){ out, len });
    d->request->popo->signature = popo;
}

/* holds 9810-5.2.8.2-02 */
CASE(poposkInput_with_the_proven_name_is_taken)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    sign_input(d, input);
    EXPECT_ACCEPTED(d);
    EXPECT(span_eq(f->request.order->subject, fixture_name(f, "pump 9")));
}

CASE(poposkInput_with_publicKeyMAC_is_taken)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    add_publicKeyMAC(f, input, PASSWORD, 1000);
    sign_input(d, input);
    EXPECT_ACCEPTED(d);
}

CASE(poposkInput_with_another_name_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    input->authInfo->sender->directoryName = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "not the name that the protection proves");
}

CASE(a_wrong_publicKeyMAC_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    add_publicKeyMAC(f, input, "another", 1000);
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "publicKeyMAC is wrong");
}

CASE(a_publicKeyMAC_with_too_many_iterations_is_badAlg)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    add_publicKeyMAC(f, input, PASSWORD, 10001);
    sign_input(d, input);
    EXPECT_REFUSED(d, badAlg, "publicKeyMAC: iterationCount: at most 10000, have 10001");
}

CASE(a_publicKeyMAC_is_paid_for)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    add_publicKeyMAC(f, input, PASSWORD, 1000);
    sign_input(d, input);
    budget_free(f->in.budget);
    f->in.budget = budget_new(1, 1500);
    EXPECT_REFUSED(d, systemUnavail, "too much work");
    EXPECT(f->no.unavailable);
}

CASE(a_publicKeyMAC_without_a_shared_secret_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct holder h = fixture_holder(f, "pump 9", "ecdsa-p256", 0);
    f->profiles[0].subject = SUBJECT_BOUND;
    struct draft *d = with_input(f, &input);
    draft_sign(d, &h);
    add_publicKeyMAC(f, input, PASSWORD, 1000);
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "needs a shared secret");
}

CASE(a_publicKeyMAC_with_unused_bits_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    add_publicKeyMAC(f, input, PASSWORD, 1000);
    input->authInfo->publicKeyMAC->value = arena_copy(f->arena, "\x04\xf0", 2);
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "publicKeyMAC: want whole octets");
}

CASE(poposkInput_with_a_name_that_is_no_directoryName_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    input->authInfo->sender = put_names(f, GeneralName_dNSName, "pump9.example")->item[0];
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "not the name that the protection proves");
}

static void bind_to_nobody(struct secret *s)
{
    s->subject = span_of("\x30\x00");
}

CASE(poposkInput_with_the_NULL_DN_proves_no_name)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    fixture_secret(f, REFERENCE, PASSWORD, bind_to_nobody);
    input->authInfo->sender->directoryName = d->header->sender->directoryName;
    sign_input(d, input);
    draft_extension(d, OID_id_ce_subjectAltName, true, &GeneralNames_type, put_names(f, GeneralName_dNSName, "pump9.example"));
    EXPECT_REFUSED(d, badPOP, "not the name that the protection proves");
}

CASE(poposkInput_for_another_key_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct asn1_error err;
    struct draft *d = with_input(f, &input);
    input->publicKey = SubjectPublicKeyInfo_decode(crypto_key_spki(f->server.key), f->arena, &err);
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "poposkInput.publicKey is not the key of certTemplate");
}

CASE(a_damaged_signature_over_poposkInput_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    const struct crypto_key *own = d->key;
    d->key = fixture_key(f, "ecdsa-p256");
    sign_input(d, input);
    d->key = own;
    EXPECT_REFUSED(d, badPOP, "signature is wrong");
}

/* holds 9483-4.1.1-07 9810-5.2.8.2-01 */
CASE(poposkInput_beside_a_complete_template_is_badPOP)
{
    struct POPOSigningKeyInput *input;
    struct draft *d = with_input(f, &input);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 9"));
    sign_input(d, input);
    EXPECT_REFUSED(d, badPOP, "poposkInput must be omitted");
}

/* holds 9810-5.2.8.2-02 */
CASE(a_template_without_subject_needs_poposkInput)
{
    fixture_secret(f, REFERENCE, PASSWORD, bind_subject);
    struct draft *d = draft_new(f, PKIBody_ir);
    d->template->subject = NULL;
    EXPECT_REFUSED(d, badPOP, "want poposkInput");
}

/* ---- p10cr ----------------------------------------------------------------------------------- */

CASE(a_good_p10cr_becomes_an_order)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->request.certReqId, -1);
    EXPECT_EQ(f->request.order->certReqId, -1);
    EXPECT(span_eq(f->request.order->subject, fixture_name(f, "pump 7")));
    EXPECT(span_eq(f->request.order->public_key, crypto_key_spki(d->key)));
}

/* holds 9483-4.1.4-01 */
CASE(a_p10cr_of_another_version_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    d->info->version = asn1_put_int(f->arena, 1);
    EXPECT_REFUSED(d, badCertTemplate, "version: want 0");
}

/* holds 9483-4.1.4-03 */
CASE(a_p10cr_with_a_damaged_signature_is_badPOP)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    d->damage_pop = true;
    EXPECT_REFUSED(d, badPOP, "signature is wrong");
}

/* holds 9483-4.1.4-02 */
CASE(a_p10cr_with_an_unsupported_algorithm_is_badAlg)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    d->body->p10cr->signatureAlgorithm = put_algorithm(f, OID_ecdsa_with_SHA1);
    EXPECT_REFUSED(d, badAlg, "popo: ");
}

/* RFC 5758 3.2: ecdsa-with-SHA256 has no parameters. */
CASE(a_p10cr_with_parameters_where_none_belong_is_badAlg)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    struct AlgorithmIdentifier *a = put_algorithm(f, OID_ecdsa_with_SHA256);
    a->parameters = asn1_open_value(&NULL__type, value_of(f, asn1_null()));
    d->body->p10cr->signatureAlgorithm = a;
    EXPECT_REFUSED(d, badAlg, "popo: ");
}

static void add_extensionRequest(struct draft *d, size_t values)
{
    struct fixture *f = d->f;
    struct Attribute *a = Attribute_new(f->arena);

    a->type = oid_contents(OID_extensionRequest);
    for (size_t i = 0; i < values; i++) {
        struct asn1_list *extensions = arena_zalloc(f->arena, sizeof *extensions);
        struct Extension *e = Extension_new(f->arena);
        struct asn1_open *open = arena_zalloc(f->arena, sizeof *open);
        e->extnID = oid_contents(OID_id_ce_subjectAltName);
        e->extnValue = asn1_open_value(&GeneralNames_type,
                                       put_names(f, GeneralName_dNSName, i == 0 ? "a.example" : "b.example"));
        asn1_list_add(f->arena, extensions, e);
        *open = asn1_open_value(&Extensions_type, extensions);
        asn1_list_add(f->arena, &a->values, open);
    }
    asn1_list_add(f->arena, &d->info->attributes, a);
}

CASE(the_extensionRequest_of_a_p10cr_counts)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    add_extensionRequest(d, 1);
    EXPECT_ACCEPTED(d);
    EXPECT(Extensions_find(granted(f), OID_id_ce_subjectAltName) != NULL);
}

/* holds 9483-4.1.4-04 */
CASE(a_p10cr_without_subject_needs_names)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    d->info->subject = Name_new(f->arena);
    REQUIRE(asn1_list_init(f->arena, &d->info->subject->rdnSequence));
    EXPECT_REFUSED(d, badCertTemplate, "subject is empty, and there is no subjectAltName");
    d->der = (struct span){ NULL, 0 };
    d->body->p10cr->signatureAlgorithm = NULL;
    add_extensionRequest(d, 1);
    EXPECT_ACCEPTED(d);
    const struct Extension *e = Extensions_find(granted(f), OID_id_ce_subjectAltName);
    REQUIRE(e != NULL);
    EXPECT(asn1_true(e->critical));
}

static void add_other_attribute(struct draft *d)
{
    struct fixture *f = d->f;
    struct Attribute *a = Attribute_new(f->arena);
    struct asn1_open *value = arena_zalloc(f->arena, sizeof *value);

    a->type = oid_parse(f->arena, "1.3.6.1.4.1.99999.2");
    *value = asn1_open_der(span_of("\x05\x00"));
    asn1_list_add(f->arena, &a->values, value);
    asn1_list_add(f->arena, &d->info->attributes, a);
}

CASE(other_attributes_of_a_p10cr_are_passed_over)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    add_other_attribute(d);
    add_extensionRequest(d, 1);
    add_other_attribute(d);
    EXPECT_ACCEPTED(d);
    EXPECT(Extensions_find(granted(f), OID_id_ce_subjectAltName) != NULL);
}

CASE(an_extensionRequest_with_two_values_is_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    add_extensionRequest(d, 2);
    EXPECT_REFUSED(d, badCertTemplate, "want one with one value");
}

CASE(two_extensionRequests_are_badCertTemplate)
{
    struct draft *d = draft_new(f, PKIBody_p10cr);
    add_extensionRequest(d, 1);
    add_extensionRequest(d, 1);
    EXPECT_REFUSED(d, badCertTemplate, "want one with one value");
}

/* ---- kur ------------------------------------------------------------------------------------- */

static struct draft *update(struct fixture *f, struct holder *h, unsigned special)
{
    struct draft *d = draft_new(f, PKIBody_kur);

    *h = fixture_holder(f, "pump 7", "ecdsa-p256", special);
    draft_about(d, h);
    if (special & HOLDER_BY_SECRET) {
        fixture_tolerate(f, QUIRK_MAC_KUR);
    } else {
        draft_sign(d, h);
    }
    return d;
}

/* holds 9483-4.1.3-01 */
CASE(a_kur_signed_by_its_certificate_becomes_an_order)
{
    struct holder h;
    EXPECT_ACCEPTED(update(f, &h, 0));
    EXPECT(span_eq(f->request.order->certificate, h.certificate));
    EXPECT(span_eq(f->request.order->subject, h.subject));
    EXPECT(f->request.order->controls.ptr != NULL);
}

CASE(a_kur_under_the_secret_that_got_the_certificate_is_taken)
{
    struct holder h;
    EXPECT_ACCEPTED(update(f, &h, HOLDER_BY_SECRET));
    EXPECT(span_eq(f->request.order->certificate, h.certificate));
}

/* holds 9483-4.1.3-01 9483-3.5-12 */
CASE(a_kur_under_a_MAC_is_a_quirk)
{
    struct holder h;
    struct draft *d = update(f, &h, HOLDER_BY_SECRET);
    f->endpoint.tolerate = 0;
    EXPECT_QUIRK(d, QUIRK_MAC_KUR, wrongIntegrity, "kur wants a signature by the certificate");
}

CASE(a_signed_kur_under_another_profile_is_notAuthorized)
{
    struct holder h;
    struct draft *d = update(f, &h, 0);
    f->in.profile_name = "other";
    EXPECT_REFUSED(d, notAuthorized, "the protection certificate was issued under profile");
}

CASE(a_kur_under_a_secret_and_another_profile_is_notAuthorized)
{
    struct holder h;
    struct draft *d = update(f, &h, HOLDER_BY_SECRET);
    f->in.profile_name = "other";
    EXPECT_REFUSED(d, notAuthorized, "send its kur there");
}

CASE(a_kur_under_a_secret_of_an_unconfirmed_certificate_is_badCertId)
{
    struct holder h;
    EXPECT_REFUSED(update(f, &h, HOLDER_BY_SECRET | HOLDER_UNCONFIRMED), badCertId, "has not been confirmed");
}

CASE(a_kur_under_another_secret_is_notAuthorized)
{
    struct holder h;
    struct draft *d = update(f, &h, 0);
    draft_mac(d, REFERENCE, PASSWORD, 1000);
    fixture_tolerate(f, QUIRK_MAC_KUR);
    EXPECT_REFUSED(d, notAuthorized, "not obtained with this shared secret");
}

/* RFC 9483 4.1.3: the control MAY be used. */
CASE(a_signed_kur_without_oldCertID_updates_its_signer)
{
    struct holder h;
    struct draft *d = update(f, &h, 0);
    d->request->certReq->controls = (struct asn1_list){ .count = 0 };
    EXPECT_ACCEPTED(d);
    EXPECT(span_eq(f->request.order->certificate, h.certificate));
}

CASE(a_kur_under_a_secret_without_oldCertID_is_badCertId)
{
    struct holder h;
    struct draft *d = update(f, &h, HOLDER_BY_SECRET);
    d->request->certReq->controls = (struct asn1_list){ .count = 0 };
    EXPECT_REFUSED(d, badCertId, "oldCertID is missing");
}

/* holds 9483-4.1.3-04 9483-4.1.3-01 */
CASE(an_oldCertID_that_is_not_the_signer_is_badCertId)
{
    struct holder h, other = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = update(f, &h, 0);
    draft_about(d, &other);
    EXPECT_REFUSED(d, badCertId, "does not name the certificate that protects");
}

/* holds 9483-3.6.4-05 */
CASE(an_oldCertID_that_names_nothing_is_badCertId)
{
    struct holder h, nobody;
    struct draft *d = update(f, &h, 0);
    struct certificate row = *h.row;
    row.serial = span_of("\x01\x02\x03");
    nobody = h;
    nobody.row = &row;
    draft_about(d, &nobody);
    EXPECT_REFUSED(d, badCertId, "names no certificate that was issued here");
}

CASE(an_oldCertID_of_another_issuer_is_badCertId)
{
    struct holder h, nobody;
    struct draft *d = update(f, &h, 0);
    struct certificate row = *h.row;
    row.issuer = fixture_name(f, "Another CA");
    nobody = h;
    nobody.row = &row;
    draft_about(d, &nobody);
    EXPECT_REFUSED(d, badCertId, "names no certificate that was issued here");
}

/* holds 9483-4.1.3-03 */
CASE(a_kur_with_another_subject_is_badCertTemplate)
{
    struct holder h;
    struct draft *d = update(f, &h, 0);
    d->template->subject = fixture_decoded_name(f, fixture_name(f, "pump 8"));
    EXPECT_REFUSED(d, badCertTemplate, "subject is not that of the certificate to be updated");
}

CASE(a_kur_keeps_the_names_of_the_certificate)
{
    struct holder h;
    EXPECT_ACCEPTED(update(f, &h, HOLDER_WITH_NAMES));
    REQUIRE(granted(f)->count > 0);
    EXPECT(Extensions_find(granted(f), OID_id_ce_subjectAltName) != NULL);
}

CASE(a_kur_may_repeat_the_names_of_the_certificate)
{
    struct holder h;
    struct draft *d = update(f, &h, HOLDER_WITH_NAMES);
    f->profiles[0].san = SAN_NONE;
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type,
                    put_names(f, GeneralName_dNSName, "pump7.example"));
    EXPECT_ACCEPTED(d);
}

CASE(a_kur_keeps_the_names_of_the_certificate_whatever_is_bound)
{
    struct holder h;
    f->profiles[0].san = SAN_BOUND;
    EXPECT_ACCEPTED(update(f, &h, HOLDER_WITH_NAMES));
    struct draft *d = update(f, &h, HOLDER_WITH_NAMES);
    EXPECT_ACCEPTED(asks_for(d, GeneralName_dNSName, "pump7.example"));
}

/* holds 9483-4.1.3-03 */
CASE(a_kur_with_other_names_is_badCertTemplate)
{
    struct holder h;
    struct draft *d = update(f, &h, HOLDER_WITH_NAMES);
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type,
                    put_names(f, GeneralName_dNSName, "pump8.example"));
    EXPECT_REFUSED(d, badCertTemplate, "subjectAltName is not that of the certificate to be updated");
}

CASE(a_kur_that_adds_names_is_badCertTemplate)
{
    struct holder h;
    struct draft *d = update(f, &h, 0);
    draft_extension(d, OID_id_ce_subjectAltName, false, &GeneralNames_type,
                    put_names(f, GeneralName_dNSName, "pump7.example"));
    EXPECT_REFUSED(d, badCertTemplate, "subjectAltName is not that");
}

/* holds 9483-4.1.3-02 */
CASE(a_kur_for_a_revoked_certificate_is_certRevoked)
{
    struct holder h;
    struct draft *d = update(f, &h, HOLDER_BY_SECRET);
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_REFUSED(d, certRevoked, "is revoked");
}

/* holds 9483-4.1.3-02 */
CASE(a_kur_for_an_expired_certificate_is_badCertId)
{
    struct holder h;
    EXPECT_REFUSED(update(f, &h, HOLDER_BY_SECRET | HOLDER_EXPIRED), badCertId, "has expired");
}

CASE(a_kur_by_a_certificate_of_another_CA_is_notAuthorized)
{
    struct holder h, vendor = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_STRANGER);
    struct draft *d = update(f, &h, 0);
    fixture_anchor(f, &f->ca);
    draft_sign(d, &vendor);
    EXPECT_REFUSED(d, notAuthorized, "want a signature by this very certificate");
}

CASE(a_p10cr_for_a_key_that_the_profile_does_not_admit_is_badCertTemplate)
{
    f->profiles[0].key_types = &f->key_types[1];
    f->profiles[0].key_type_count = 1;
    EXPECT_REFUSED(draft_new(f, PKIBody_p10cr), badCertTemplate, "does not admit secp256r1 keys");
}

static void use_up(struct secret *s) { s->uses = 0; }

CASE(a_p10cr_under_a_secret_that_is_used_up_is_notAuthorized)
{
    fixture_secret(f, REFERENCE, PASSWORD, use_up);
    EXPECT_REFUSED(draft_new(f, PKIBody_p10cr), notAuthorized, "has been used up");
}
