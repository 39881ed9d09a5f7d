/* Signatures in both directions with the openssl command, and with one thing wrong at a time. */
#include "crypto_fixture.h"
#include "test.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "codec/cmp.h"

static struct span absent(void)
{
    return (struct span){ NULL, 0 };
}

static struct span message(void)
{
    return span_of("what is signed");
}

/* NAME.key (PEM) and NAME.spki (DER), made by openssl once. */
static bool key_made(const char *name, const char *options)
{
    char file[64];

    snprintf(file, sizeof file, "%s.key", name);
    return access(scratch(file), F_OK) == 0 ||
           run("openssl genpkey %s -out %s.key && openssl pkey -in %s.key -pubout -outform DER -out %s.spki",
               options, name, name, name);
}

static struct span spki_of(const char *name)
{
    static const struct {
        const char *name, *options;
    } keys[] = {
        { "rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048" },
        { "rsa-1024", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024" },
        { "rsa-1031", "-algorithm RSA -pkeyopt rsa_keygen_bits:1031" },
        { "rsa-1025", "-algorithm RSA -pkeyopt rsa_keygen_bits:1025" },
        { "pss", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048" },
        { "pss-bound", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 "
          "-pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32" },
        { "p256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" },
        { "p256-other", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" },
        { "p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384" },
        { "p521", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521" },
        { "p224", "-algorithm EC -pkeyopt ec_paramgen_curve:P-224" },
        { "k256", "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1" },
        { "explicit", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit" },
        { "ed25519", "-algorithm ED25519" },
        { "ed448", "-algorithm ED448" },
        { "x25519", "-algorithm X25519" },
    };
    char file[64];

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].name, name) == 0 && key_made(name, keys[i].options)) {
            snprintf(file, sizeof file, "%s.spki", name);
            return scratch_read(file);
        }
    }
    TEST_FAIL("no key %s", name);
    return absent();
}

/* What openssl makes with NAME.key; `options` for `openssl dgst`, NULL for EdDSA. */
static struct span signature_by_openssl(const char *name, const char *options)
{
    spki_of(name);
    scratch_write("data", message());
    bool done = options != NULL
                    ? run("openssl dgst %s -sign %s.key -out signature data", options, name)
                    : run("openssl pkeyutl -sign -inkey %s.key -rawin -in data -out signature", name);
    if (!done) {
        TEST_FAIL("openssl cannot sign with %s %s", name, options != NULL ? options : "");
        return absent();
    }
    return scratch_read("signature");
}

static enum crypto_status verify(const char *key, const struct AlgorithmIdentifier *a, struct span signature)
{
    return crypto_verify(spki_of(key), a, message(), signature, false);
}

/* ---- openssl signs, we verify ----------------------------------------------------- */

static const struct pairing {
    const char *key, *options;
    enum oid id;
    bool null_parameters;
} pairings[] = {
    { "rsa", "-sha224", OID_sha224WithRSAEncryption, true },
    { "rsa", "-sha256", OID_sha256WithRSAEncryption, true },
    { "rsa", "-sha384", OID_sha384WithRSAEncryption, true },
    { "rsa", "-sha512", OID_sha512WithRSAEncryption, true },
    { "rsa-1024", "-sha256", OID_sha256WithRSAEncryption, true },
    { "rsa-1031", "-sha512", OID_sha512WithRSAEncryption, true },
    { "p256", "-sha224", OID_ecdsa_with_SHA224, false },
    { "p256", "-sha256", OID_ecdsa_with_SHA256, false },
    { "p256", "-sha512", OID_ecdsa_with_SHA512, false },
    { "p384", "-sha256", OID_ecdsa_with_SHA256, false },
    { "p384", "-sha384", OID_ecdsa_with_SHA384, false },
    { "p521", "-sha384", OID_ecdsa_with_SHA384, false },
    { "p521", "-sha512", OID_ecdsa_with_SHA512, false },
    { "rsa", "-sha3-256", OID_id_rsassa_pkcs1_v1_5_with_sha3_256, true },
    { "rsa", "-sha3-384", OID_id_rsassa_pkcs1_v1_5_with_sha3_384, true },
    { "rsa", "-sha3-512", OID_id_rsassa_pkcs1_v1_5_with_sha3_512, true },
    { "p256", "-sha3-256", OID_id_ecdsa_with_sha3_256, false },
    { "p384", "-sha3-384", OID_id_ecdsa_with_sha3_384, false },
    { "p521", "-sha3-512", OID_id_ecdsa_with_sha3_512, false },
    { "ed25519", NULL, OID_id_Ed25519, false },
    { "ed448", NULL, OID_id_Ed448, false },
};
enum { PAIRINGS = sizeof pairings / sizeof pairings[0] };

static const struct AlgorithmIdentifier *algorithm_of(const struct pairing *p)
{
    return algorithm(p->id, p->null_parameters ? null_parameters() : absent());
}

/* holds 9810-5.1.3.3-01 */
TEST(signatures_by_openssl_verify_here)
{
    for (size_t i = 0; i < PAIRINGS; i++) {
        const struct pairing *p = &pairings[i];
        struct span signature = signature_by_openssl(p->key, p->options);
        EXPECT_EQ(verify(p->key, algorithm_of(p), signature), CRYPTO_OK);
    }
}

TEST(a_signature_with_one_thing_wrong_does_not_verify)
{
    for (size_t i = 0; i < PAIRINGS; i++) {
        const struct pairing *p = &pairings[i];
        const struct AlgorithmIdentifier *a = algorithm_of(p);
        struct span s = signature_by_openssl(p->key, p->options), spki = spki_of(p->key);
        struct span longer = arena_copy(arena(), s.ptr, s.len + 1);

        EXPECT_EQ(verify(p->key, a, flipped(s, -1)), CRYPTO_MISMATCH);
        EXPECT_EQ(verify(p->key, a, flipped(s, (long)s.len / 2)), CRYPTO_MISMATCH);
        EXPECT_EQ(verify(p->key, a, (struct span){ s.ptr, s.len - 1 }), CRYPTO_MISMATCH);
        EXPECT_EQ(verify(p->key, a, (struct span){ s.ptr + 1, s.len - 1 }), CRYPTO_MISMATCH);
        EXPECT_EQ(verify(p->key, a, longer), CRYPTO_MISMATCH);
        EXPECT_EQ(verify(p->key, a, (struct span){ s.ptr, 0 }), CRYPTO_MISMATCH);
        EXPECT_EQ(verify(p->key, a, absent()), CRYPTO_MISMATCH);
        EXPECT_EQ(crypto_verify(spki, a, flipped(message(), 0), s, false), CRYPTO_MISMATCH);
        EXPECT_EQ(crypto_verify(spki, a, absent(), s, false), CRYPTO_MISMATCH);
    }
}

TEST(a_signature_by_another_key_of_the_kind_does_not_verify)
{
    struct span s = signature_by_openssl("p256", "-sha256");

    EXPECT_EQ(verify("p256-other", algorithm(OID_ecdsa_with_SHA256, absent()), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("p384", algorithm(OID_ecdsa_with_SHA256, absent()), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("p256", algorithm(OID_ecdsa_with_SHA384, absent()), s), CRYPTO_MISMATCH);
}

TEST(a_key_that_does_not_fit_the_algorithm_is_named_as_the_reason)
{
    struct span rsa = signature_by_openssl("rsa", "-sha256"), ec = signature_by_openssl("p256", "-sha256");
    const struct AlgorithmIdentifier *with_rsa = algorithm(OID_sha256WithRSAEncryption, null_parameters());
    const struct AlgorithmIdentifier *with_ec = algorithm(OID_ecdsa_with_SHA256, absent());

    EXPECT_EQ(verify("p256", with_rsa, rsa), CRYPTO_BAD_KEY);
    EXPECT_EQ(verify("rsa", with_ec, ec), CRYPTO_BAD_KEY);
    EXPECT_EQ(verify("ed448", algorithm(OID_id_Ed25519, absent()), ec), CRYPTO_BAD_KEY);
    EXPECT_EQ(verify("ed25519", with_ec, ec), CRYPTO_BAD_KEY);
    EXPECT_EQ(verify("pss", with_rsa, rsa), CRYPTO_BAD_KEY);
    EXPECT_EQ(verify("k256", with_ec, ec), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("x25519", algorithm(OID_id_Ed25519, absent()), ec), CRYPTO_BAD_ALGORITHM);
}

TEST(parameters_must_be_those_of_the_rfc)
{
    struct span rsa = signature_by_openssl("rsa", "-sha256"), ec = signature_by_openssl("p256", "-sha256");
    struct span ed = signature_by_openssl("ed25519", NULL);

    EXPECT_EQ(verify("rsa", algorithm(OID_sha256WithRSAEncryption, absent()), rsa), CRYPTO_OK);
    EXPECT_EQ(verify("p256", algorithm(OID_ecdsa_with_SHA256, null_parameters()), ec), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("ed25519", algorithm(OID_id_Ed25519, null_parameters()), ed), CRYPTO_BAD_ALGORITHM);
    /* The decoder would not let these through; a hand-made struct could. */
    struct AlgorithmIdentifier odd = *algorithm(OID_sha256WithRSAEncryption, absent());
    odd.parameters = asn1_open_der(hex("0400"));
    EXPECT_EQ(verify("rsa", &odd, rsa), CRYPTO_BAD_ALGORITHM);
    odd.parameters = asn1_open_der(hex("0500"));
    EXPECT_EQ(verify("rsa", &odd, rsa), CRYPTO_OK);
    odd.parameters = asn1_open_der(hex("050000"));
    EXPECT_EQ(verify("rsa", &odd, rsa), CRYPTO_BAD_ALGORITHM);
}

TEST(sha1_verifies_only_where_asked_and_md5_never)
{
    struct span rsa = signature_by_openssl("rsa", "-sha1"), ec = signature_by_openssl("p256", "-sha1");
    const struct AlgorithmIdentifier *with_rsa = algorithm(OID_sha1WithRSAEncryption, null_parameters());
    const struct AlgorithmIdentifier *with_ec = algorithm(OID_ecdsa_with_SHA1, absent());

    EXPECT_EQ(verify("rsa", with_rsa, rsa), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("p256", with_ec, ec), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(crypto_verify(spki_of("rsa"), with_rsa, message(), rsa, true), CRYPTO_OK);
    EXPECT_EQ(crypto_verify(spki_of("p256"), with_ec, message(), ec, true), CRYPTO_OK);
    EXPECT_EQ(crypto_verify(spki_of("p256"), with_ec, message(), flipped(ec, -1), true), CRYPTO_MISMATCH);
    EXPECT_EQ(crypto_verify(spki_of("rsa"), algorithm(OID_md5WithRSAEncryption, null_parameters()), message(), rsa,
                            true), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm(OID_id_ml_dsa_44, absent()), rsa), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm(OID_rsaEncryption, null_parameters()), rsa), CRYPTO_BAD_ALGORITHM);
}

/* One signature, written in a way that BER allows and DER does not. */
TEST(an_ecdsa_signature_has_one_encoding)
{
    const struct AlgorithmIdentifier *a = algorithm(OID_ecdsa_with_SHA256, absent());
    struct span s;
    uint8_t out[160];

    do {        /* until r needs no sign octet, so that one more is one too many */
        s = signature_by_openssl("p256", "-sha256");
    } while (s.ptr[3] != 32);
    REQUIRE(verify("p256", a, s) == CRYPTO_OK);
    memcpy(out, s.ptr, 4);
    out[1]++;
    out[3]++;
    out[4] = 0;
    memcpy(out + 5, s.ptr + 4, s.len - 4);
    EXPECT_EQ(verify("p256", a, (struct span){ out, s.len + 1 }), CRYPTO_MISMATCH);
    out[0] = s.ptr[0];
    out[1] = 0x81;
    memcpy(out + 2, s.ptr + 1, s.len - 1);
    EXPECT_EQ(verify("p256", a, (struct span){ out, s.len + 1 }), CRYPTO_MISMATCH);
    out[1] = (uint8_t)(s.ptr[1] + 2);       /* NULL behind s, inside the SEQUENCE */
    memcpy(out + 2, s.ptr + 2, s.len - 2);
    out[s.len] = 5;
    out[s.len + 1] = 0;
    EXPECT_EQ(verify("p256", a, (struct span){ out, s.len + 2 }), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("p256", a, hex("3006020100020100")), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("p256", a, hex("3006020101020101")), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("p256", a, hex("30060201ff0201ff")), CRYPTO_MISMATCH);
}

/* ---- PSS --------------------------------------------------------------------------- */

static struct span pss_by_openssl(const char *key, const char *digest, const char *mgf, const char *salt)
{
    char options[200];

    snprintf(options, sizeof options, "-%s -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:%s "
             "-sigopt rsa_pss_saltlen:%s", digest, mgf, salt);
    return signature_by_openssl(key, options);
}

static enum crypto_status pss_verifies(const char *key, enum oid digest, const char *name, int salt)
{
    char salt_text[16];

    snprintf(salt_text, sizeof salt_text, "%d", salt);
    return verify(key, algorithm_pss_of(digest, digest, salt), pss_by_openssl(key, name, name, salt_text));
}

TEST(pss_verifies_with_every_digest_salt_and_key_size)
{
    static const char *const keys[] = { "rsa", "rsa-1031", "rsa-1025", "pss" };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        EXPECT_EQ(pss_verifies(keys[i], OID_sha256, "sha256", 32), CRYPTO_OK);
        EXPECT_EQ(pss_verifies(keys[i], OID_sha384, "sha384", 0), CRYPTO_OK);
        EXPECT_EQ(pss_verifies(keys[i], OID_sha384, "sha384", 48), CRYPTO_OK);
        EXPECT_EQ(pss_verifies(keys[i], OID_sha512, "sha512", 20), CRYPTO_OK);  /* the DEFAULT */
    }
    EXPECT_EQ(pss_verifies("rsa", OID_sha256, "sha256", 256 - 32 - 2), CRYPTO_OK);      /* no room for more */
}

TEST(a_pss_signature_with_one_thing_wrong_does_not_verify)
{
    const struct AlgorithmIdentifier *a = algorithm_pss_of(OID_sha256, OID_sha256, 32);
    struct span s = pss_by_openssl("rsa", "sha256", "sha256", "32"), spki = spki_of("rsa");
    struct span zero_before = arena_copy(arena(), s.ptr, s.len + 1);

    REQUIRE(verify("rsa", a, s) == CRYPTO_OK);
    EXPECT_EQ(verify("rsa", a, flipped(s, -1)), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", a, flipped(s, 100)), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", a, (struct span){ s.ptr, s.len - 1 }), CRYPTO_MISMATCH);
    EXPECT_EQ(crypto_verify(spki, a, flipped(message(), -1), s, false), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa-1024", a, s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("pss", a, s), CRYPTO_MISMATCH);
    uint8_t *z = (uint8_t *)(uintptr_t)zero_before.ptr;
    memmove(z + 1, s.ptr, s.len);
    z[0] = 0;
    EXPECT_EQ(verify("rsa", a, zero_before), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, 31), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, 33), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, 222), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, 223), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, 1000), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha384, OID_sha384, 32), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("rsa", algorithm(OID_sha256WithRSAEncryption, null_parameters()), s), CRYPTO_MISMATCH);
    EXPECT_EQ(verify("p256", a, s), CRYPTO_BAD_KEY);
}

TEST(pss_parameters_that_are_weak_or_mixed_are_refused)
{
    struct span s = pss_by_openssl("rsa", "sha256", "sha1", "32");

    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha1, 32), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha512, 32),
                     pss_by_openssl("rsa", "sha256", "sha512", "32")), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha1, OID_sha1, 20), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha3_256, OID_sha3_256, 32), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, 100000), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm_pss_of(OID_sha256, OID_sha256, INT64_MAX), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm(OID_id_RSASSA_PSS, hex("3000")), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(verify("rsa", algorithm(OID_id_RSASSA_PSS, absent()), s), CRYPTO_BAD_ALGORITHM);
}

/* RFC 4055, 3.3. */
TEST(a_pss_key_is_used_as_it_says)
{
    struct span s = pss_by_openssl("pss-bound", "sha256", "sha256", "32");
    struct span longer = pss_by_openssl("pss-bound", "sha256", "sha256", "40");

    EXPECT_EQ(verify("pss-bound", algorithm_pss_of(OID_sha256, OID_sha256, 32), s), CRYPTO_OK);
    EXPECT_EQ(verify("pss-bound", algorithm_pss_of(OID_sha256, OID_sha256, 40), longer), CRYPTO_OK);
    EXPECT_EQ(verify("pss-bound", algorithm_pss_of(OID_sha256, OID_sha256, 31), s), CRYPTO_BAD_KEY);
    EXPECT_EQ(verify("pss-bound", algorithm_pss_of(OID_sha384, OID_sha384, 48), s), CRYPTO_BAD_KEY);
}

/* ---- messages of other implementations --------------------------------------------- */

static const struct PKIMessage *message_read(const char *name)
{
    char path[512];
    struct asn1_error err;

    snprintf(path, sizeof path, "%s/tests/vectors/%s", SOURCE_DIR, name);
    return PKIMessage_decode(file_read(path), arena(), &err);
}

static bool signed_by_first_certificate(const struct PKIMessage *m)
{
    return m != NULL && m->header->protectionAlg != NULL && m->extraCerts.count > 0 &&
           (oid_kind(oid_find(m->header->protectionAlg->algorithm)) & OID_SIGNATURE) != 0 &&
           ((struct CMPCertificate *)m->extraCerts.item[0])->arm == CMPCertificate_x509v3PKCert;
}

static enum crypto_status protection_status(const struct PKIMessage *m, struct span data)
{
    const struct CMPCertificate *c = m->extraCerts.item[0];

    return crypto_verify(c->x509v3PKCert->tbsCertificate->subjectPublicKeyInfo->der, m->header->protectionAlg,
                         data, asn1_bits_payload(m->protection), false);
}

/* holds 9810-5.1.3-01 */
TEST(every_signature_in_the_vectors_verifies_over_what_was_sent)
{
    struct dirent **names = NULL;
    unsigned signatures = 0;
    int count = scandir(SOURCE_DIR "/tests/vectors", &names, NULL, alphasort);

    REQUIRE(count > 0);
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name, *dot = strrchr(name, '.');
        const struct PKIMessage *m = dot != NULL && strcmp(dot, ".der") == 0 ? message_read(name) : NULL;
        if (signed_by_first_certificate(m)) {
            struct span data = PKIMessage_protected_part(m, arena());
            enum crypto_status good = protection_status(m, data), bad = protection_status(m, flipped(data, -1));
            if (good != CRYPTO_OK || bad != CRYPTO_MISMATCH) {
                TEST_FAIL("%s: %s, %s", name, crypto_status_text(good), crypto_status_text(bad));
            }
            signatures++;
        }
        free(names[i]);
    }
    free(names);
    EXPECT(signatures >= 30);
}

/* ---- looking at public keys ---------------------------------------------------------- */

static bool looks_like(const char *key, enum crypto_key_kind kind, unsigned bits, enum oid curve)
{
    struct crypto_public look;

    return crypto_public_look(spki_of(key), &look) == CRYPTO_OK && look.kind == kind && look.bits == bits &&
           look.curve == curve;
}

TEST(kind_size_and_curve_of_a_public_key_are_told)
{
    EXPECT(looks_like("rsa", CRYPTO_KEY_RSA, 2048, OID_NONE));
    EXPECT(looks_like("rsa-1024", CRYPTO_KEY_RSA, 1024, OID_NONE));
    EXPECT(looks_like("rsa-1031", CRYPTO_KEY_RSA, 1031, OID_NONE));
    EXPECT(looks_like("pss", CRYPTO_KEY_RSA, 2048, OID_NONE));
    EXPECT(looks_like("p256", CRYPTO_KEY_EC, 256, OID_secp256r1));
    EXPECT(looks_like("p384", CRYPTO_KEY_EC, 384, OID_secp384r1));
    EXPECT(looks_like("p521", CRYPTO_KEY_EC, 521, OID_secp521r1));
    EXPECT(looks_like("ed25519", CRYPTO_KEY_ED25519, 256, OID_NONE));
    EXPECT(looks_like("ed448", CRYPTO_KEY_ED448, 456, OID_NONE));
}

static enum crypto_status look_status(struct span spki)
{
    struct crypto_public look;

    return crypto_public_look(spki, &look);
}

TEST(keys_of_other_kinds_and_curves_are_not_for_us)
{
    EXPECT_EQ(look_status(spki_of("p224")), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(look_status(spki_of("k256")), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(look_status(spki_of("explicit")), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(look_status(spki_of("x25519")), CRYPTO_BAD_ALGORITHM);
}

static struct span spki_from(enum oid id, struct span parameters, struct span key)
{
    struct span parts[] = {
        algorithm_der(id, parameters), asn1_tlv(arena(), DER_BIT_STRING, asn1_put_bits(arena(), key)),
    };
    return asn1_sequence_of_parts(arena(), parts, 2);
}

TEST(a_point_that_is_not_on_the_curve_is_no_key)
{
    static const char *const keys[] = { "p256", "p384", "p521" };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct span spki = spki_of(keys[i]);
        EXPECT_EQ(look_status(flipped(spki, -1)), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(flipped(spki, -1), algorithm(OID_ecdsa_with_SHA256, absent()), message(),
                                signature_by_openssl(keys[i], "-sha256"), false), CRYPTO_BAD_KEY);
    }
}

TEST(points_in_other_forms_are_no_keys)
{
    struct span curve = asn1_tlv(arena(), DER_OBJECT_IDENTIFIER, oid_contents(OID_secp256r1));
    struct span spki = spki_of("p256"), point = { spki.ptr + spki.len - 65, 65 };

    REQUIRE(look_status(spki_from(OID_id_ecPublicKey, curve, point)) == CRYPTO_OK);
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, curve, (struct span){ point.ptr, 64 })), CRYPTO_BAD_KEY);
    struct span hybrid = arena_copy(arena(), point.ptr, point.len);
    *(uint8_t *)(uintptr_t)hybrid.ptr = 6 | (point.ptr[64] & 1);
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, curve, hybrid)), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, curve, hex("00"))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, curve, span_of(""))), CRYPTO_BAD_KEY);
    REQUIRE(run("openssl ec -in p256.key -pubout -conv_form compressed -outform DER -out compressed.spki"));
    EXPECT_EQ(look_status(scratch_read("compressed.spki")), CRYPTO_BAD_KEY);
    curve = asn1_tlv(arena(), DER_OBJECT_IDENTIFIER, oid_contents(OID_secp384r1));
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, curve, point)), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, absent(), point)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(look_status(spki_from(OID_id_ecPublicKey, null_parameters(), point)), CRYPTO_BAD_ALGORITHM);
}

TEST(an_edwards_key_has_its_length_and_no_parameters)
{
    static const uint8_t key[57] = { 1 };

    EXPECT_EQ(look_status(spki_from(OID_id_Ed25519, absent(), (struct span){ key, 32 })), CRYPTO_OK);
    EXPECT_EQ(look_status(spki_from(OID_id_Ed25519, absent(), (struct span){ key, 31 })), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(spki_from(OID_id_Ed25519, absent(), (struct span){ key, 33 })), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(spki_from(OID_id_Ed448, absent(), (struct span){ key, 56 })), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(spki_from(OID_id_Ed25519, null_parameters(), (struct span){ key, 32 })),
              CRYPTO_BAD_ALGORITHM);
}

static struct span rsa_spki(struct span modulus, struct span exponent)
{
    struct span parts[] = {
        asn1_tlv(arena(), DER_INTEGER, modulus), asn1_tlv(arena(), DER_INTEGER, exponent),
    };
    return spki_from(OID_rsaEncryption, null_parameters(), asn1_sequence_of_parts(arena(), parts, 2));
}

/* An odd number of so many octets, with a sign octet. */
static struct span modulus_of(size_t size, uint8_t last)
{
    uint8_t *n = arena_alloc(arena(), size + 1);

    memset(n, 0xa5, size + 1);
    n[0] = 0;
    n[size] = last;
    return (struct span){ n, size + 1 };
}

TEST(an_rsa_key_that_cannot_be_one_is_refused)
{
    struct span n = modulus_of(256, 0xa5), e = hex("010001");

    EXPECT_EQ(look_status(rsa_spki(n, e)), CRYPTO_OK);
    EXPECT_EQ(look_status(rsa_spki(n, hex("03"))), CRYPTO_OK);
    EXPECT_EQ(look_status(rsa_spki(modulus_of(256, 0xa4), e)), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(n, hex("01"))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(n, hex("010002"))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(n, hex("00"))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(n, hex("81"))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(n, hex("00ffffffffffffffff"))), CRYPTO_OK);
    EXPECT_EQ(look_status(rsa_spki(n, hex("010000000000000001"))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(n, modulus_of(255, 0xa5))), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki((struct span){ n.ptr + 1, 256 }, e)), CRYPTO_BAD_KEY);      /* negative */
    EXPECT_EQ(look_status(rsa_spki(hex("00"), e)), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(span_of(""), e)), CRYPTO_BAD_KEY);
    EXPECT_EQ(look_status(rsa_spki(hex("000003"), e)), CRYPTO_BAD_KEY);     /* not minimal */
    EXPECT_EQ(look_status(spki_from(OID_rsaEncryption, null_parameters(), span_of("x"))), CRYPTO_BAD_KEY);
}

TEST(an_rsa_key_above_8192_bits_is_refused_before_any_work)
{
    const struct AlgorithmIdentifier *a = algorithm(OID_sha256WithRSAEncryption, null_parameters());
    struct span e = hex("010001"), largest = rsa_spki(modulus_of(1024, 0xa5), e);
    struct span larger = rsa_spki(modulus_of(1025, 0xa5), e), huge = rsa_spki(modulus_of(1 << 18, 0xa5), e);
    struct span signature = modulus_of(1024, 1);
    struct crypto_public look;

    EXPECT_EQ(crypto_verify(largest, a, message(), signature, false), CRYPTO_MISMATCH);
    EXPECT_EQ(crypto_verify(larger, a, message(), signature, false), CRYPTO_BAD_KEY);
    EXPECT_EQ(crypto_verify(larger, algorithm_pss_of(OID_sha256, OID_sha256, 32), message(), signature, false),
              CRYPTO_BAD_KEY);
    double before = cpu_seconds();
    EXPECT_EQ(crypto_verify(huge, a, message(), modulus_of(1 << 18, 1), false), CRYPTO_BAD_KEY);
    EXPECT(cpu_seconds() - before < 0.1);
    EXPECT_EQ(crypto_public_look(larger, &look), CRYPTO_OK);
    EXPECT_EQ(look.bits, 8200);
}

TEST(a_public_key_with_octets_too_many_or_too_few_is_none)
{
    static const char *const keys[] = { "rsa", "p256", "ed25519" };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct span spki = spki_of(keys[i]), longer = arena_copy(arena(), spki.ptr, spki.len + 1);
        EXPECT_EQ(look_status(longer), CRYPTO_BAD_KEY);
        for (size_t len = 0; len < spki.len; len++) {
            EXPECT_EQ(look_status((struct span){ spki.ptr, len }), CRYPTO_BAD_KEY);
        }
        EXPECT_EQ(look_status(absent()), CRYPTO_BAD_KEY);
    }
}

/* RFC 5280, 4.2.1.2, method 1, as openssl writes it into certificates. */
TEST(the_key_identifier_is_that_of_openssl)
{
    uint8_t id[20];
    char want[64] = "";

    REQUIRE(crypto_key_identifier(spki_of("p256"), id));
    for (size_t i = 0; i < sizeof id; i++) {
        snprintf(want + 3 * i, 4, ":%02X", id[i]);
    }
    REQUIRE(run("openssl req -new -x509 -subj /CN=x -key p256.key -days 1 -addext subjectKeyIdentifier=hash "
                "-out x.pem"));
    EXPECT(run("openssl x509 -in x.pem -noout -ext subjectKeyIdentifier | grep -q '%s'", want + 1));
    EXPECT(!crypto_key_identifier(span_of("0"), id));
}

/* ---- we sign, openssl verifies -------------------------------------------------------- */

static const struct {
    const char *type, *options;     /* of `openssl dgst`; NULL: EdDSA */
} made[] = {
    { "rsa-2048", "-sha256" }, { "rsa-3072", "-sha256" }, { "ecdsa-p256", "-sha256" },
    { "ecdsa-p384", "-sha384" }, { "ecdsa-p521", "-sha512" }, { "ed25519", NULL },
};

static struct span sign(const struct crypto_key *key, struct span data)
{
    uint8_t out[CRYPTO_SIGNATURE_MAX];
    size_t len = 0;

    return crypto_sign(key, data, out, &len) == CRYPTO_OK ? arena_copy(arena(), out, len) : absent();
}

static bool openssl_verifies(const char *options)
{
    return options != NULL
               ? run("openssl dgst %s -verify public.pem -signature signature data", options)
               : run("openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in data -sigfile signature");
}

TEST(our_signatures_verify_with_openssl_and_here)
{
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        struct crypto_key *key = crypto_key_generate(made[i].type);
        struct asn1_error err;
        REQUIRE(key != NULL);
        const struct AlgorithmIdentifier *a = AlgorithmIdentifier_decode(crypto_key_algorithm(key), arena(), &err);
        struct span signature = sign(key, message());

        REQUIRE(a != NULL && signature.ptr != NULL);
        EXPECT_EQ(crypto_verify(crypto_key_spki(key), a, message(), signature, false), CRYPTO_OK);
        scratch_write("data", message());
        scratch_write("signature", signature);
        scratch_write("public.pem", crypto_pem("PUBLIC KEY", crypto_key_spki(key), arena()));
        EXPECT(openssl_verifies(made[i].options));
        scratch_write("signature", flipped(signature, -1));
        EXPECT(!openssl_verifies(made[i].options));
        crypto_key_free(key);
    }
}

/* ---- threads --------------------------------------------------------------------------- */

struct shared {
    const struct crypto_key *key;
    const struct AlgorithmIdentifier *algorithm;
    bool good;
};

static void *sign_and_verify(void *arg)
{
    struct shared *s = arg;
    uint8_t out[CRYPTO_SIGNATURE_MAX];
    size_t len;

    s->good = true;
    for (int i = 0; i < 50; i++) {
        uint8_t data = (uint8_t)i;
        struct span in = { &data, 1 };
        s->good = s->good && crypto_sign(s->key, in, out, &len) == CRYPTO_OK &&
                  crypto_verify(crypto_key_spki(s->key), s->algorithm, in, (struct span){ out, len },
                                false) == CRYPTO_OK;
    }
    return NULL;
}

TEST(one_key_serves_several_threads)
{
    struct crypto_key *key = crypto_key_generate("ecdsa-p256");
    struct shared shared[4];
    pthread_t threads[4];

    REQUIRE(key != NULL);
    for (size_t i = 0; i < 4; i++) {
        shared[i] = (struct shared){ key, algorithm(OID_ecdsa_with_SHA256, absent()), false };
        pthread_create(&threads[i], NULL, sign_and_verify, &shared[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(shared[i].good);
    }
    crypto_key_free(key);
}
