/* Who sent it: MAC and signature (RFC 9810 5.1.3; RFC 9483 3.1, 3.2, 3.5). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

/* ---- MAC ------------------------------------------------------------------------------------- */

/* holds 9483-4.1.5-02 */
CASE(a_right_MAC_proves_the_reference)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_EQ(f->in.sender.credential.kind, CREDENTIAL_SECRET);
    EXPECT_EQ(f->in.sender.credential.name.len, strlen(REFERENCE));
    EXPECT(span_eq(f->in.sender.secret_value, span_str(PASSWORD)));
}

static struct draft *from(struct fixture *f, const char *sender)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, sender));
    return d;
}

/* holds 9483-3.1-21 9810-5.1.1-01 */
CASE(the_sender_of_a_MAC_is_the_reference_or_nobody_or_anybody)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_ACCEPTED(from(f, REFERENCE));
    EXPECT_ACCEPTED(from(f, "pump 7"));
    EXPECT(span_eq(sender_reference(&f->in.sender), span_str(REFERENCE)));
}

/* holds 9483-3.1-21 9810-5.1.1-01 */
CASE(the_sender_of_a_MAC_is_the_reference_or_nobody_where_the_profile_says_so)
{
    f->profiles[0].sender_is_reference = true;
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT_ACCEPTED(from(f, REFERENCE));
    EXPECT_REFUSED(from(f, "pump 7"), badMessageCheck, "sender: want the reference in senderKID");
    EXPECT_REFUSED(from(f, REFERENCE "0"), badMessageCheck, "sender: want the reference in senderKID");
}

CASE(a_MAC_may_use_any_digest_that_the_profile_admits)
{
    static const enum oid owf[] = { OID_sha256, OID_sha256, OID_sha384, OID_sha512 };
    static const enum oid mac[] = { OID_hMAC_SHA1, OID_id_hmacWithSHA1, OID_id_hmacWithSHA256,
                                    OID_id_hmacWithSHA512 };

    for (size_t i = 0; i < 4; i++) {
        struct draft *d = draft_new(f, PKIBody_ir);
        d->header->protectionAlg = put_pbm(f, owf[i], mac[i], 500);
        EXPECT_ACCEPTED(d);
    }
}

/* ---- algorithms ------------------------------------------------------------------------------ */

/* Refused without the algorithm in the profile's list, served with it. */
static void expect_by_choice(struct draft *d, struct config_oids *list, enum oid id, const char *words)
{
    struct fixture *f = d->f;
    struct config_oids longer = { arena_zalloc(f->arena, (list->count + 1) * sizeof *list->oid), list->count + 1 };

    EXPECT_DISTRUSTED(d, badAlg, words);
    memcpy(longer.oid, list->oid, list->count * sizeof *list->oid);
    longer.oid[list->count] = id;
    *list = longer;
    EXPECT_ACCEPTED(d);
}

static struct draft *with_pbm(struct fixture *f, enum oid owf, enum oid mac)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, owf, mac, 500);
    return d;
}

/* holds 9483-3.5-16 */
CASE(SHA_1_and_SHA_3_as_owf_are_by_choice)
{
    struct config_oids *list = &f->profiles[0].mac_digests;
    expect_by_choice(with_pbm(f, OID_sha1, OID_id_hmacWithSHA256), list, OID_sha1, ": owf: profile \"default\" does not admit sha1");
    expect_by_choice(with_pbm(f, OID_sha3_256, OID_id_hmacWithSHA256), list, OID_sha3_256, "does not admit sha3");
}

CASE(the_HMAC_inside_a_MAC_is_by_choice)
{
    expect_by_choice(with_pbm(f, OID_sha256, OID_id_hmacWithSHA224), &f->profiles[0].mac_hmacs, OID_id_hmacWithSHA224,
                     ": mac: profile \"default\" does not admit id-hmacWithSHA224");
}

CASE(a_raw_HMAC_is_by_choice)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_algorithm(f, OID_id_hmacWithSHA256);
    expect_by_choice(d, &f->profiles[0].macs, OID_id_hmacWithSHA256, "does not admit id-hmacWithSHA256");
}

CASE(PasswordBasedMac_itself_can_be_left_out)
{
    f->profiles[0].macs.oid += 1;
    f->profiles[0].macs.count -= 1;
    EXPECT_DISTRUSTED(draft_new(f, PKIBody_ir), badAlg, "does not admit id-PasswordBasedMac");
}

static struct draft *with_pbmac1(struct fixture *f, enum oid prf, int64_t iterations)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct PBKDF2_params *kdf = PBKDF2_params_new(f->arena);
    struct PBMAC1_params *p = PBMAC1_params_new(f->arena);

    kdf->salt = PBKDF2_salt_new(f->arena);
    kdf->salt->arm = PBKDF2_salt_specified;
    kdf->salt->specified = put_text(f, "sixteen octets..");
    kdf->iterationCount = asn1_put_int(f->arena, iterations);
    kdf->prf = prf != OID_NONE ? put_algorithm(f, prf) : NULL;
    p->keyDerivationFunc = put_algorithm(f, OID_id_PBKDF2);
    p->keyDerivationFunc->parameters = asn1_open_value(&PBKDF2_params_type, kdf);
    p->messageAuthScheme = put_algorithm(f, OID_id_hmacWithSHA256);
    d->header->protectionAlg = put_algorithm(f, OID_id_PBMAC1);
    d->header->protectionAlg->parameters = asn1_open_value(&PBMAC1_params_type, p);
    return d;
}

/* holds 9810-5.1.3.1-05 */
CASE(PBMAC1_is_taken)
{
    EXPECT_ACCEPTED(with_pbmac1(f, OID_id_hmacWithSHA256, 500));
}

/* Left out it is HMAC-SHA1. */
CASE(the_prf_of_PBMAC1_is_by_choice)
{
    expect_by_choice(with_pbmac1(f, OID_NONE, 500), &f->profiles[0].mac_prfs, OID_id_hmacWithSHA1,
                     ": prf: profile \"default\" does not admit id-hmacWithSHA1");
    EXPECT_ACCEPTED(with_pbmac1(f, OID_id_hmacWithSHA1, 500));
}

CASE(the_MAC_of_PBMAC1_is_by_choice)
{
    static enum oid other[] = { OID_id_hmacWithSHA512 };
    f->profiles[0].mac_hmacs = (struct config_oids){ other, 1 };
    expect_by_choice(with_pbmac1(f, OID_id_hmacWithSHA256, 500), &f->profiles[0].mac_hmacs, OID_id_hmacWithSHA256,
                     ": messageAuthScheme: profile \"default\" does not admit id-hmacWithSHA256");
}

CASE(PBMAC1_with_few_iterations_is_a_quirk)
{
    EXPECT_QUIRK_AS(with_pbmac1(f, OID_id_hmacWithSHA256, 99), QUIRK_FEW_ITERATIONS, badAlg, "at least 100, have 99", false);
}

/* A refusal for the algorithm is for those who know the secret: others learn nothing of its profile. */
CASE(a_wrong_MAC_by_an_algorithm_that_is_not_admitted_is_just_wrong)
{
    struct draft *d = with_pbm(f, OID_sha1, OID_id_hmacWithSHA256);
    d->password = "another";
    EXPECT_DISTRUSTED(d, badMessageCheck, "MAC is wrong");
}

static void for_another_profile(struct secret *s) { s->profile = "other"; }

CASE(the_profile_of_a_secret_has_the_say)
{
    static enum oid sha1[] = { OID_sha1 };
    fixture_secret(f, REFERENCE, PASSWORD, for_another_profile);
    f->profiles[1].mac_digests = (struct config_oids){ sha1, 1 };
    EXPECT_ACCEPTED(with_pbm(f, OID_sha1, OID_id_hmacWithSHA256));
    EXPECT_DISTRUSTED(with_pbm(f, OID_sha256, OID_id_hmacWithSHA256), badAlg, "profile \"other\" does not admit sha256");
}

/* holds 9483-3.5-11 */
CASE(a_wrong_password_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->password = "another";
    EXPECT_DISTRUSTED(d, badMessageCheck, "MAC is wrong");
}

/* holds 9483-3.5-11 9483-3.2-03 */
CASE(a_damaged_MAC_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->damage_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "MAC is wrong");
}

/* holds 9483-3.5-13 9483-4.1.5-02 */
CASE(an_unknown_reference_is_refused_like_a_wrong_MAC)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderKID = put_text(f, "nobody");
    EXPECT_DISTRUSTED(d, badMessageCheck, "MAC is wrong, or there is no such reference");
}

CASE(an_unknown_reference_is_paid_for_like_a_known_one)
{
    budget_free(f->in.budget);
    f->in.budget = budget_new(1, 1500);
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderKID = put_text(f, "nobody");
    EXPECT_DISTRUSTED(d, badMessageCheck, "no such reference");
    EXPECT_DISTRUSTED(draft_new(f, PKIBody_ir), systemUnavail, "too much work");
    EXPECT(f->no.unavailable);
}

/* Sixteen zero octets stand in for a secret that is not there. */
CASE(a_MAC_under_the_stand_in_of_an_unknown_secret_proves_nothing)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    static const uint8_t zero[16];
    uint8_t mac[CRYPTO_MAC_MAX];
    uint64_t cost = 10000;
    size_t len = 0;
    struct asn1_error err;

    d->header->senderKID = put_text(f, "nobody");
    draft_finish(d);
    struct PKIMessage *m = PKIMessage_decode(d->der, f->arena, &err);
    REQUIRE(m != NULL);
    struct span data = PKIMessage_protected_part(m, f->arena);
    REQUIRE(crypto_mac((struct span){ zero, sizeof zero }, m->header->protectionAlg, data, &cost, mac,
                       &len) == CRYPTO_OK);
    d->message->protection = asn1_put_bits(f->arena, (struct span){ mac, len });
    d->keep_protection = d->keep_popo = true;
    d->der.ptr = NULL;
    EXPECT_DISTRUSTED(d, badMessageCheck, "no such reference");
}

static void disable(struct secret *s) { s->disabled = true; }
static void expire(struct secret *s) { s->not_after = s->created - 1; }
static void expire_later(struct secret *s) { s->not_after = s->created + 1; }

CASE(a_disabled_secret_is_unknown)
{
    fixture_secret(f, REFERENCE, PASSWORD, disable);
    EXPECT_DISTRUSTED(draft_new(f, PKIBody_ir), badMessageCheck, "no such reference");
}

CASE(an_expired_secret_is_unknown)
{
    fixture_secret(f, REFERENCE, PASSWORD, expire);
    EXPECT_DISTRUSTED(draft_new(f, PKIBody_ir), badMessageCheck, "no such reference");
}

CASE(a_secret_works_until_it_expires)
{
    fixture_secret(f, REFERENCE, PASSWORD, expire_later);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
}

/* holds 9483-3.1-24 9810-5.1.1-01 9810-5.1.1-03 */
CASE(a_MAC_without_senderKID_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderKID = (struct span){ NULL, 0 };
    EXPECT_DISTRUSTED(d, badMessageCheck, "senderKID");
}

CASE(a_reference_that_is_too_long_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->senderKID = put_text(f, "12345678901234567890123456789012345678901234567890123456789012345");
    EXPECT_DISTRUSTED(d, badMessageCheck, "have 65");
}

/* holds 9483-3.1-21 */
CASE(a_MAC_by_a_sender_without_a_directoryName_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->sender = put_names(f, GeneralName_dNSName, "pump7.example")->item[0];
    EXPECT_DISTRUSTED(d, badMessageCheck, "directoryName");
}

CASE(too_many_iterations_are_badAlg_and_not_computed)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, 10001);
    EXPECT_DISTRUSTED(d, badAlg, "at most 10000, have 10001");
    d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, INT64_MAX);
    d->keep_protection = true;
    d->message->protection = asn1_put_bits(f->arena, span_of("never looked at"));
    EXPECT_DISTRUSTED(d, badAlg, "at most 10000");
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
}

CASE(as_many_iterations_as_are_allowed_are_computed)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, 10000);
    EXPECT_ACCEPTED(d);
}

/* holds 9483-3.5-16 */
/* holds 9810-5.1.3.1-03 */
CASE(a_MAC_with_few_iterations_is_a_quirk)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, 99);
    EXPECT_QUIRK_AS(d, QUIRK_FEW_ITERATIONS, badAlg, "at least 100, have 99", false);
}

CASE(a_wrong_MAC_with_few_iterations_is_just_wrong)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, 99);
    d->password = "another";
    EXPECT_DISTRUSTED(d, badMessageCheck, "MAC is wrong");
}

CASE(a_hundred_iterations_are_enough)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_hmacWithSHA256, 100);
    EXPECT_ACCEPTED(d);
}

CASE(a_MAC_algorithm_that_is_no_MAC_is_badAlg)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha256, OID_id_aes128_CBC, 500);
    EXPECT_DISTRUSTED(d, badAlg, "MAC");
}

/* holds 9483-3.5-16 */
CASE(MD5_is_badAlg)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_md5, OID_id_hmacWithSHA256, 500);
    EXPECT_DISTRUSTED(d, badAlg, "MAC");
}

/* holds 9483-3.5-16 */
CASE(a_protectionAlg_of_another_kind_is_badAlg)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_algorithm(f, OID_id_aes128_CBC);
    EXPECT_DISTRUSTED(d, badAlg, "is not supported");
}

/* ---- neither --------------------------------------------------------------------------------- */

/* holds 9483-3.5-10 9483-3.2-02 */
CASE(an_unprotected_message_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = NULL;
    d->keep_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "without protection");
}

/* holds 9483-3.5-10 */
CASE(an_unprotected_error_does_not_end_a_transaction)
{
    struct draft *ir = draft_new(f, PKIBody_ir);
    draft_committed(ir, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(ir, PKIBody_error);
    d->header->protectionAlg = NULL;
    d->keep_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "without protection");
}

/* holds 9810-5.1.1-02 */
CASE(protectionAlg_without_protection_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->keep_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "though there is a protectionAlg");
}

/* holds 9810-5.1.1-02 9483-3.2-04 */
CASE(protection_without_protectionAlg_is_badAlg)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = NULL;
    d->message->protection = asn1_put_bits(f->arena, span_of("bits"));
    d->keep_protection = true;
    EXPECT_DISTRUSTED(d, badAlg, "without protectionAlg");
}

CASE(protection_with_unused_bits_is_badMessageCheck)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    static const uint8_t bits[] = { 4, 0xf0 };
    d->message->protection = (struct span){ bits, sizeof bits };
    d->keep_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "unused bits");
}

/* ---- signature ------------------------------------------------------------------------------- */

static struct draft *signed_by(struct fixture *f, struct holder *h, const char *key_type, unsigned special)
{
    struct draft *d = draft_new(f, PKIBody_cr);

    *h = fixture_holder(f, "pump 7", key_type, special);
    draft_sign(d, h);
    return d;
}

CASE(a_right_signature_proves_the_certificate)
{
    struct holder h;
    EXPECT_ACCEPTED(signed_by(f, &h, "ecdsa-p256", 0));
    EXPECT_EQ(f->in.sender.credential.kind, CREDENTIAL_CERTIFICATE);
    EXPECT(f->in.sender.of_this_ca);
    EXPECT(memcmp(f->in.sender.credential.name.octets, h.row->fingerprint, STORE_DIGEST) == 0);
    EXPECT(span_eq(f->in.sender.subject, h.subject));
}

/* holds 9810-5.1.3.3-01 */
CASE(RSA_and_every_curve_and_Ed25519_may_sign)
{
    static const char *const types[] = { "rsa-2048", "ecdsa-p384", "ecdsa-p521", "ed25519" };
    struct holder h[4];

    for (size_t i = 0; i < 4; i++) {
        EXPECT_ACCEPTED(signed_by(f, &h[i], types[i], 0));
    }
}

CASE(a_certificate_without_keyUsage_may_sign)
{
    struct holder h;
    EXPECT_ACCEPTED(signed_by(f, &h, "ecdsa-p256", HOLDER_NO_KEY_USAGE));
}

CASE(a_certificate_without_key_identifier_is_found_by_its_key)
{
    struct holder h;
    EXPECT_ACCEPTED(signed_by(f, &h, "ecdsa-p256", HOLDER_NO_IDENTIFIER));
}

CASE(a_signature_without_senderKID_is_found_by_the_sender)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->senderKID = (struct span){ NULL, 0 };
    EXPECT_ACCEPTED(d);
}

/* holds 9483-3.3-05 */
CASE(the_signer_is_found_anywhere_in_extraCerts)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    void *first = d->message->extraCerts.item[0];
    struct CMPCertificate *ca = CMPCertificate_new(f->arena);
    ca->der = f->ca.certificate;
    d->message->extraCerts.item[0] = ca;
    REQUIRE(asn1_list_add(f->arena, &d->message->extraCerts, first));
    EXPECT_ACCEPTED(d);
}

CASE(the_sender_may_be_written_as_another_string_type)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->sender->directoryName = fixture_name_tagged(f, "pump 7", DirectoryString_printableString);
    EXPECT_ACCEPTED(d);
}

/* holds 9483-3.5-11 */
CASE(a_damaged_signature_is_badMessageCheck)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ed25519", 0);
    d->damage_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "signature is wrong");
}

CASE(a_signature_costs_when_it_is_wrong_and_nothing_when_it_is_right)
{
    struct holder h;

    budget_free(f->in.budget);
    f->in.budget = budget_new(1, 1500);
    for (int i = 0; i < 3; i++) {
        EXPECT_ACCEPTED(signed_by(f, &h, "ed25519", 0));
    }
    struct draft *d = signed_by(f, &h, "ed25519", 0);
    d->damage_protection = true;
    EXPECT_DISTRUSTED(d, badMessageCheck, "signature is wrong");
    EXPECT_DISTRUSTED(signed_by(f, &h, "ed25519", 0), systemUnavail, "too much work");
}

/* holds 9483-3.2-03 */
CASE(a_signature_by_another_key_is_badMessageCheck)
{
    struct holder h, thief;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    thief = h;
    thief.key = fixture_key(f, "ecdsa-p256");
    d->signer = &thief;
    EXPECT_DISTRUSTED(d, badMessageCheck, "signature is wrong");
}

/* holds 9483-3.1-23 */
CASE(an_algorithm_that_does_not_fit_the_key_is_badAlg)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->protectionAlg = put_algorithm(f, OID_id_Ed25519);
    EXPECT_DISTRUSTED(d, badAlg, "protectionAlg");
}

CASE(a_signature_algorithm_is_by_choice)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "rsa-2048", 0);
    static enum oid others[] = { OID_ecdsa_with_SHA256 };
    struct config_oids all = f->profiles[0].signatures;
    f->profiles[0].signatures = (struct config_oids){ others, 1 };
    EXPECT_DISTRUSTED(d, badAlg, "protectionAlg: profile \"default\" does not admit sha256WithRSAEncryption");
    f->profiles[0].signatures = all;
    EXPECT_ACCEPTED(d);
}

/* holds 9483-3.5-16 */
CASE(a_SHA_1_signature_is_badAlg)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->protectionAlg = put_algorithm(f, OID_ecdsa_with_SHA1);
    EXPECT_DISTRUSTED(d, badAlg, "protectionAlg");
}

/* holds 9483-3.5-19 */
CASE(a_sender_that_is_not_the_subject_is_badMessageCheck)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, "Pump 7"));
    EXPECT_DISTRUSTED(d, badMessageCheck, "not the subject");
}

CASE(a_sender_without_directoryName_is_badMessageCheck)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->sender = put_names(f, GeneralName_dNSName, "pump7.example")->item[0];
    EXPECT_DISTRUSTED(d, badMessageCheck, "want the subject");
}

/* holds 9483-3.5-13 */
CASE(a_senderKID_that_names_no_certificate_is_badMessageCheck)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->header->senderKID = put_text(f, "pump-7");
    EXPECT_DISTRUSTED(d, badMessageCheck, "senderKID names no certificate");
}

CASE(a_signature_without_extraCerts_is_badMessageCheck)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    d->message->extraCerts = (struct asn1_list){ .count = 0 };
    EXPECT_DISTRUSTED(d, badMessageCheck, "extraCerts");
}

/* holds 9483-3.5-15 */
CASE(a_certificate_that_may_not_sign_is_signerNotTrusted)
{
    struct holder h;
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_CANNOT_SIGN), signerNotTrusted, "digitalSignature");
}

/* holds 9483-3.5-14 9483-4.1.2-01 */
CASE(a_certificate_that_is_not_in_the_inventory_is_signerNotTrusted)
{
    struct holder h;
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_STRANGER), signerNotTrusted, "not of this CA");
}

/* The same issuer and serial are not enough: the row is another certificate. */
CASE(a_look_alike_of_a_certificate_is_signerNotTrusted)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(h.certificate, f->arena, &err);
    REQUIRE(c != NULL);
    struct holder thief = h;
    thief.key = fixture_key(f, "ecdsa-p256");
    c->tbsCertificate->der = (struct span){ NULL, 0 };
    c->tbsCertificate->subjectPublicKeyInfo =
        SubjectPublicKeyInfo_decode(crypto_key_spki(thief.key), f->arena, &err);
    c->tbsCertificate->extensions = (struct asn1_list){ .count = 0 };
    c->der = (struct span){ NULL, 0 };
    thief.certificate = Certificate_encode(c, f->arena);
    REQUIRE(thief.certificate.ptr != NULL);
    draft_sign(d, &thief);
    EXPECT_DISTRUSTED(d, signerNotTrusted, "not the one that was issued under this serial number");
}

/* holds 9483-3.5-18 9483-4.1.3-02 */
CASE(a_revoked_certificate_is_signerNotTrusted)
{
    struct holder h;
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    fixture_revoke(f, &h, CRLReason_keyCompromise);
    EXPECT_DISTRUSTED(d, signerNotTrusted, "revoked");
}

/* holds 9483-3.4-02 9483-4.1.3-02 */
CASE(an_expired_certificate_is_signerNotTrusted)
{
    struct holder h;
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_EXPIRED), signerNotTrusted, "expired");
}

CASE(a_certificate_of_tomorrow_is_signerNotTrusted)
{
    struct holder h;
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_NOT_YET), signerNotTrusted, "not valid yet");
}

CASE(an_unconfirmed_certificate_is_signerNotTrusted)
{
    struct holder h;
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_UNCONFIRMED), signerNotTrusted,
                      "not been confirmed");
}

/* ---- anchors --------------------------------------------------------------------------------- */

/* holds 9483-3.4-02 */
CASE(a_certificate_under_the_profiles_anchor_may_sign)
{
    struct holder h;
    struct draft *d = draft_new(f, PKIBody_ir);
    fixture_anchor(f, &f->ca);
    h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_STRANGER);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    EXPECT(!f->in.sender.of_this_ca);
}

/* holds 9483-3.5-14 9483-3.3-04 */
CASE(a_certificate_under_no_anchor_is_signerNotTrusted)
{
    struct holder h;
    fixture_anchor(f, &f->ca);
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_SELF_SIGNED), signerNotTrusted, "no path leads");
}

CASE(an_expired_certificate_under_an_anchor_is_signerNotTrusted)
{
    struct holder h;
    fixture_anchor(f, &f->ca);
    EXPECT_DISTRUSTED(signed_by(f, &h, "ecdsa-p256", HOLDER_STRANGER | HOLDER_EXPIRED), signerNotTrusted,
                      "not valid at this time");
}

CASE(a_revoked_certificate_is_not_saved_by_an_anchor)
{
    struct holder h;
    fixture_anchor(f, &f->ca);
    struct draft *d = signed_by(f, &h, "ecdsa-p256", 0);
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_DISTRUSTED(d, signerNotTrusted, "revoked");
}
