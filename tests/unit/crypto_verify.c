/* Signatures that openssl made, and those with one thing wrong. */
#include "crypto_help.h"

#include <time.h>

static const char *const SHA256 = "0609608648016503040201";
static const char *const SHA384 = "0609608648016503040202";
static const char *const SHA512 = "0609608648016503040203";

#define TEXT span_of("to be signed")

/* ---- keys and signatures of openssl ------------------------------------------------------------ */

static struct span key(const char *name)
{
    static const struct {
        const char *name, *arguments;
    } rows[] = {
        { "rsa1024", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024" },
        { "rsa2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048" },
        { "rsa3072", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072" },
        { "rsa2049", "-algorithm RSA -pkeyopt rsa_keygen_bits:2049" },
        { "pss", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048" },
        { "pss384", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha384"
                    " -pkeyopt rsa_pss_keygen_mgf1_md:sha384 -pkeyopt rsa_pss_keygen_saltlen:40" },
        { "p256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" },
        { "p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384" },
        { "p521", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521" },
        { "ed25519", "-algorithm ED25519" },
        { "ed448", "-algorithm ED448" },
    };

    if (access(on_desk(named(name, ".spki")), R_OK) == 0) {
        return load(named(name, ".spki"));
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return new_key(name, rows[i].arguments);
        }
    }
    fprintf(stderr, "no key %s\n", name);
    exit(1);
}

/* Over TEXT.  `how` are arguments of pkeyutl, `digest` is "" for EdDSA. */
static struct span signed_by(const char *name, const char *digest, const char *how)
{
    (void)key(name);
    store("text", TEXT);
    if (*digest == '\0') {
        RUN("openssl pkeyutl -sign -rawin -inkey %s.pem -in text -out signature", name);
    } else {
        RUN("openssl dgst -%s -sign %s.pem %s -out signature text", digest, name, how);
    }
    return load("signature");
}

static enum crypto_status check(const char *name, const struct AlgorithmIdentifier *a, struct span signature)
{
    return a != NULL ? crypto_verify(key(name), a, TEXT, signature, false) : CRYPTO_FAILED;
}

/* ---- good ones --------------------------------------------------------------------------------- */

static const struct row {
    const char *key, *digest;
    enum oid id;
    const char *parameters;
} rows[] = {
    { "rsa2048", "sha256", OID_sha256WithRSAEncryption, "0500" },
    { "rsa2048", "sha224", OID_sha224WithRSAEncryption, "0500" },
    { "rsa2048", "sha384", OID_sha384WithRSAEncryption, "0500" },
    { "rsa3072", "sha512", OID_sha512WithRSAEncryption, "0500" },
    { "rsa3072", "sha256", OID_sha256WithRSAEncryption, "" },
    { "rsa2049", "sha256", OID_sha256WithRSAEncryption, "0500" },
    { "rsa1024", "sha256", OID_sha256WithRSAEncryption, "0500" },
    { "p256", "sha224", OID_ecdsa_with_SHA224, "" },
    { "p256", "sha256", OID_ecdsa_with_SHA256, "" },
    { "p256", "sha384", OID_ecdsa_with_SHA384, "" },
    { "p256", "sha512", OID_ecdsa_with_SHA512, "" },
    { "p384", "sha256", OID_ecdsa_with_SHA256, "" },
    { "p384", "sha384", OID_ecdsa_with_SHA384, "" },
    { "p384", "sha512", OID_ecdsa_with_SHA512, "" },
    { "p521", "sha256", OID_ecdsa_with_SHA256, "" },
    { "p521", "sha512", OID_ecdsa_with_SHA512, "" },
    { "ed25519", "", OID_id_Ed25519, "" },
    { "ed448", "", OID_id_Ed448, "" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

#define EXPECT_STATUS(row, have, want)                                                           \
    do {                                                                                         \
        enum crypto_status have_ = (have);                                                       \
        if (have_ != (want)) {                                                                   \
            TEST_FAIL("%s %s: %s", (row)->key, (row)->digest, crypto_status_text(have_));        \
        }                                                                                        \
    } while (0)

TEST(signatures_of_openssl_verify)
{
    for (const struct row *r = rows; r < rows + ROWS; r++) {
        struct span s = signed_by(r->key, r->digest, "");
        EXPECT_STATUS(r, check(r->key, algorithm(r->id, r->parameters), s), CRYPTO_OK);
    }
}

TEST(a_flipped_bit_anywhere_is_a_mismatch)
{
    for (const struct row *r = rows; r < rows + ROWS; r++) {
        const struct AlgorithmIdentifier *a = algorithm(r->id, r->parameters);
        struct span s = signed_by(r->key, r->digest, "");
        for (size_t at = 0; at < s.len; at += 7) {
            EXPECT_STATUS(r, check(r->key, a, flipped(s, at)), CRYPTO_MISMATCH);
        }
        EXPECT_STATUS(r, check(r->key, a, flipped(s, s.len - 1)), CRYPTO_MISMATCH);
        EXPECT_STATUS(r, crypto_verify(key(r->key), a, flipped(TEXT, 3), s, false), CRYPTO_MISMATCH);
    }
}

TEST(a_signature_of_another_length_is_a_mismatch)
{
    for (const struct row *r = rows; r < rows + ROWS; r++) {
        const struct AlgorithmIdentifier *a = algorithm(r->id, r->parameters);
        struct span s = signed_by(r->key, r->digest, "");
        EXPECT_STATUS(r, check(r->key, a, cut(s, 1)), CRYPTO_MISMATCH);
        EXPECT_STATUS(r, check(r->key, a, joined(s, hex("00"))), CRYPTO_MISMATCH);
        EXPECT_STATUS(r, check(r->key, a, joined(hex("00"), s)), CRYPTO_MISMATCH);
        EXPECT_STATUS(r, check(r->key, a, span_of("")), CRYPTO_MISMATCH);
        EXPECT_STATUS(r, check(r->key, a, (struct span){ NULL, 0 }), CRYPTO_MISMATCH);
    }
}

TEST(another_key_of_the_same_kind_is_a_mismatch)
{
    const char *const pairs[][2] = { { "rsa2048", "rsa3072" }, { "p256", "p384" }, { "p384", "p256" } };

    for (size_t i = 0; i < 3; i++) {
        enum oid id = i == 0 ? OID_sha256WithRSAEncryption : OID_ecdsa_with_SHA256;
        EXPECT_EQ(check(pairs[i][1], algorithm(id, ""), signed_by(pairs[i][0], "sha256", "")), CRYPTO_MISMATCH);
    }
    struct span other = new_key("other", "-algorithm ED25519"), s = signed_by("ed25519", "", "");
    EXPECT_EQ(crypto_verify(other, algorithm(OID_id_Ed25519, ""), TEXT, s, false), CRYPTO_MISMATCH);
}

TEST(another_digest_than_signed_is_a_mismatch)
{
    EXPECT_EQ(check("rsa2048", algorithm(OID_sha384WithRSAEncryption, "0500"), signed_by("rsa2048", "sha256", "")),
              CRYPTO_MISMATCH);
    EXPECT_EQ(check("p256", algorithm(OID_ecdsa_with_SHA384, ""), signed_by("p256", "sha256", "")), CRYPTO_MISMATCH);
}

/* ---- keys and algorithms that do not go together ------------------------------------------------ */

TEST(a_key_of_another_kind_than_the_algorithm_is_a_bad_key)
{
    const char *const keys[] = { "rsa2048", "p256", "ed25519", "ed448" };
    const enum oid ids[] = { OID_sha256WithRSAEncryption, OID_ecdsa_with_SHA256, OID_id_Ed25519, OID_id_Ed448 };

    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < 4; i++) {
            if (i != k) {
                EXPECT_EQ(check(keys[k], algorithm(ids[i], ""), signed_by("p256", "sha256", "")), CRYPTO_BAD_KEY);
            }
        }
    }
}

TEST(odd_parameters_are_a_bad_algorithm)
{
    EXPECT_EQ(check("p256", algorithm(OID_ecdsa_with_SHA256, "0500"), signed_by("p256", "sha256", "")),
              CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("p256", algorithm(OID_ecdsa_with_SHA256, "06082a8648ce3d030107"),
                    signed_by("p256", "sha256", "")), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("ed25519", algorithm(OID_id_Ed25519, "0500"), signed_by("ed25519", "", "")), CRYPTO_BAD_ALGORITHM);
    EXPECT(algorithm(OID_sha256WithRSAEncryption, "020101") == NULL);
    EXPECT(algorithm(OID_sha256WithRSAEncryption, "050100") == NULL);
}

TEST(unknown_algorithms_are_bad)
{
    const enum oid ids[] = { OID_md5WithRSAEncryption, OID_id_dsa_with_sha256, OID_rsaEncryption, OID_sha256,
                             OID_id_ecPublicKey, OID_id_ml_dsa_65, OID_id_PBMAC1, OID_id_ecdsa_with_sha3_256 };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        EXPECT_EQ(check("rsa2048", algorithm(ids[i], ""), signed_by("rsa2048", "sha256", "")), CRYPTO_BAD_ALGORITHM);
    }
}

TEST(sha1_counts_only_where_it_is_asked_for)
{
    const struct AlgorithmIdentifier *rsa = algorithm(OID_sha1WithRSAEncryption, "0500");
    const struct AlgorithmIdentifier *ecdsa = algorithm(OID_ecdsa_with_SHA1, "");
    struct span s = signed_by("rsa2048", "sha1", "");

    EXPECT_EQ(crypto_verify(key("rsa2048"), rsa, TEXT, s, true), CRYPTO_OK);
    EXPECT_EQ(crypto_verify(key("rsa2048"), rsa, TEXT, flipped(s, 9), true), CRYPTO_MISMATCH);
    EXPECT_EQ(crypto_verify(key("rsa2048"), rsa, TEXT, s, false), CRYPTO_BAD_ALGORITHM);
    s = signed_by("p256", "sha1", "");
    EXPECT_EQ(crypto_verify(key("p256"), ecdsa, TEXT, s, true), CRYPTO_OK);
    EXPECT_EQ(crypto_verify(key("p256"), ecdsa, TEXT, s, false), CRYPTO_BAD_ALGORITHM);
    /* It allows no more than that. */
    s = signed_by("rsa2048", "md5", "");
    EXPECT_EQ(crypto_verify(key("rsa2048"), algorithm(OID_md5WithRSAEncryption, "0500"), TEXT, s, true),
              CRYPTO_BAD_ALGORITHM);
}

/* ---- PSS ------------------------------------------------------------------------------------------- */

static struct span tagged(uint8_t tag, struct span contents)
{
    return asn1_tlv(test_arena(), tag, contents);
}

/* RSASSA-PSS with these digests and this contents of saltLength; digests in hex of their OIDs. */
static const struct AlgorithmIdentifier *pss(const char *digest, const char *mgf_digest, const char *salt)
{
    struct span mgf = joined(hex("06092a864886f70d010108"), tagged(DER_SEQUENCE, hex(mgf_digest)));
    struct span parts[] = {
        tagged(0xa0, tagged(DER_SEQUENCE, hex(digest))),
        tagged(0xa1, tagged(DER_SEQUENCE, mgf)),
        tagged(0xa2, tagged(DER_INTEGER, hex(salt))),
    };
    struct span parameters = asn1_sequence_of_parts(test_arena(), parts, 3);

    return algorithm(OID_id_RSASSA_PSS, hex_of(parameters));
}

static struct span pss_signed(const char *name, const char *digest, const char *mgf, int salt)
{
    char how[160];

    snprintf(how, sizeof how, "-sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:%s -sigopt rsa_pss_saltlen:%d", mgf,
             salt);
    return signed_by(name, digest, how);
}

TEST(pss_signatures_of_openssl_verify_with_any_salt_that_is_told)
{
    static const struct {
        const char *key, *digest, *oid, *salt;
        int octets;
    } ways[] = {
        { "rsa2048", "sha256", "0609608648016503040201", "20", 32 },
        { "rsa2048", "sha256", "0609608648016503040201", "00", 0 },
        { "rsa2048", "sha256", "0609608648016503040201", "00de", 222 },
        { "rsa3072", "sha384", "0609608648016503040202", "30", 48 },
        { "rsa3072", "sha512", "0609608648016503040203", "40", 64 },
        { "rsa2049", "sha256", "0609608648016503040201", "20", 32 },
        { "pss", "sha256", "0609608648016503040201", "20", 32 },
        { "pss384", "sha384", "0609608648016503040202", "30", 48 },
    };

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct span s = pss_signed(ways[i].key, ways[i].digest, ways[i].digest, ways[i].octets);
        const struct AlgorithmIdentifier *a = pss(ways[i].oid, ways[i].oid, ways[i].salt);
        EXPECT_EQ(check(ways[i].key, a, s), CRYPTO_OK);
        for (size_t at = 0; at < s.len; at += 19) {
            EXPECT_EQ(check(ways[i].key, a, flipped(s, at)), CRYPTO_MISMATCH);
        }
        EXPECT_EQ(check(ways[i].key, a, cut(s, 1)), CRYPTO_MISMATCH);
        EXPECT_EQ(check(ways[i].key, a, joined(s, hex("00"))), CRYPTO_MISMATCH);
        EXPECT_EQ(crypto_verify(key(ways[i].key), a, flipped(TEXT, 0), s, false), CRYPTO_MISMATCH);
    }
}

TEST(pss_with_another_salt_than_told_is_a_mismatch)
{
    struct span s = pss_signed("rsa2048", "sha256", "sha256", 32);

    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "1f"), s), CRYPTO_MISMATCH);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "21"), s), CRYPTO_MISMATCH);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "00"), s), CRYPTO_MISMATCH);
    EXPECT_EQ(check("rsa2048", pss(SHA512, SHA512, "20"), s), CRYPTO_MISMATCH);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "00df"), s), CRYPTO_MISMATCH);      /* no room for it */
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "0400"), s), CRYPTO_MISMATCH);
}

TEST(pss_and_pkcs_1_are_not_taken_for_each_other)
{
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "20"), signed_by("rsa2048", "sha256", "")), CRYPTO_MISMATCH);
    EXPECT_EQ(check("rsa2048", algorithm(OID_sha256WithRSAEncryption, "0500"),
                    pss_signed("rsa2048", "sha256", "sha256", 32)), CRYPTO_MISMATCH);
}

TEST(pss_with_unfit_parameters_is_a_bad_algorithm)
{
    struct span s = pss_signed("rsa2048", "sha256", "sha256", 32);
    static const char *const huge = "7fffffffffffffffffffffffffffffff";

    EXPECT_EQ(check("rsa2048", algorithm(OID_id_RSASSA_PSS, ""), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("rsa2048", algorithm(OID_id_RSASSA_PSS, "3000"), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA384, "20"), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("rsa2048", pss("06052b0e03021a", "06052b0e03021a", "14"), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "ff"), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, huge), s), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(check("rsa2048", pss(SHA256, SHA256, "7fff"), s), CRYPTO_BAD_ALGORITHM);
}

TEST(a_pss_key_is_used_as_it_says)
{
    struct span s = pss_signed("pss", "sha256", "sha256", 32);

    EXPECT_EQ(check("pss", algorithm(OID_sha256WithRSAEncryption, "0500"), s), CRYPTO_BAD_KEY);
    EXPECT_EQ(check("pss384", pss(SHA256, SHA256, "30"), s), CRYPTO_BAD_KEY);           /* another digest */
    EXPECT_EQ(check("pss384", pss(SHA384, SHA384, "20"), s), CRYPTO_BAD_KEY);           /* too little salt */
}

/* ---- one form for a signature ------------------------------------------------------------------------ */

/* ECDSA-Sig-Value as two numbers in hex. */
static struct span ecdsa(struct span r, struct span s)
{
    struct span parts[] = { tagged(DER_INTEGER, r), tagged(DER_INTEGER, s) };
    return asn1_sequence_of_parts(test_arena(), parts, 2);
}

TEST(an_ecdsa_signature_has_one_encoding)
{
    const struct AlgorithmIdentifier *a = algorithm(OID_ecdsa_with_SHA256, "");
    struct span s = signed_by("p256", "sha256", "");
    struct asn1_error err;
    struct ECDSA_Sig_Value *v = ECDSA_Sig_Value_decode(s, test_arena(), &err);

    REQUIRE(v != NULL);
    EXPECT_EQ(check("p256", a, ecdsa(v->r, v->s)), CRYPTO_OK);
    EXPECT_EQ(check("p256", a, ecdsa(joined(hex("00"), v->r), v->s)), CRYPTO_MISMATCH);
    EXPECT_EQ(check("p256", a, ecdsa(v->r, joined(hex("0000"), v->s))), CRYPTO_MISMATCH);
    struct span inner = joined(tagged(DER_INTEGER, v->r), tagged(DER_INTEGER, v->s));
    EXPECT_EQ(check("p256", a, joined(joined(hex("3080"), inner), hex("0000"))), CRYPTO_MISMATCH);
    uint8_t header[] = { 0x30, 0x81, (uint8_t)inner.len };
    EXPECT_EQ(check("p256", a, joined((struct span){ header, 3 }, inner)), CRYPTO_MISMATCH);
}

TEST(ecdsa_numbers_out_of_range_are_a_mismatch)
{
    const struct AlgorithmIdentifier *a = algorithm(OID_ecdsa_with_SHA256, "");
    const char *n = "00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    const char *const numbers[] = { "00", "01", "ff", n };

    for (size_t r = 0; r < 4; r++) {
        for (size_t s = 0; s < 4; s++) {
            EXPECT_EQ(check("p256", a, ecdsa(hex(numbers[r]), hex(numbers[s]))), CRYPTO_MISMATCH);
        }
    }
    struct span huge = { arena_zalloc(test_arena(), 60000), 60000 };
    ((uint8_t *)(uintptr_t)huge.ptr)[0] = 1;
    EXPECT_EQ(check("p256", a, ecdsa(huge, huge)), CRYPTO_MISMATCH);
}

/* RFC 8032, 7.1, TEST 3, and the same with L added to S: RFC 8032, 5.1.7 wants S below L. */
TEST(ed25519_signatures_cannot_be_changed_into_others)
{
    struct span spki = hex("302a300506032b6570032100 fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    const char *r = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac";
    struct span s = hex("18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    struct span order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    const struct AlgorithmIdentifier *a = algorithm(OID_id_Ed25519, "");
    uint8_t sum[32];
    unsigned carry = 0;

    EXPECT_EQ(crypto_verify(spki, a, hex("af82"), joined(hex(r), s), false), CRYPTO_OK);
    for (size_t i = 0; i < 32; i++) {
        carry += s.ptr[i] + order.ptr[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
    EXPECT_EQ(crypto_verify(spki, a, hex("af82"), joined(hex(r), (struct span){ sum, 32 }), false), CRYPTO_MISMATCH);
}

TEST(octets_that_are_no_point_do_not_verify)
{
    struct span s = signed_by("ed25519", "", "");
    struct span spki = joined(hex("302a300506032b6570032100"),
                              hex("0200000000000000000000000000000000000000000000000000000000000000"));

    enum crypto_status status = crypto_verify(spki, algorithm(OID_id_Ed25519, ""), TEXT, s, false);
    EXPECT(status == CRYPTO_MISMATCH || status == CRYPTO_BAD_KEY);
}

/* ---- keys that would cost too much --------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* An odd number of so many octets, with its sign octet; as an exponent it is as dear as they come. */
static struct span number(size_t octets)
{
    uint8_t *m = arena_alloc(test_arena(), octets + 1);

    memset(m, 0xff, octets + 1);
    m[0] = 0;
    return (struct span){ m, octets + 1 };
}

static struct span rsa_key(struct span modulus, struct span exponent)
{
    struct span numbers[] = { tagged(DER_INTEGER, modulus), tagged(DER_INTEGER, exponent) };
    struct span bits = asn1_put_bits(test_arena(), asn1_sequence_of_parts(test_arena(), numbers, 2));
    struct span parts[] = { hex("300d06092a864886f70d0101010500"), tagged(DER_BIT_STRING, bits) };

    return asn1_sequence_of_parts(test_arena(), parts, 2);
}

TEST(rsa_keys_that_would_cost_too_much_are_refused_at_once)
{
    const struct AlgorithmIdentifier *a = algorithm(OID_sha256WithRSAEncryption, "0500");
    const struct AlgorithmIdentifier *b = pss(SHA256, SHA256, "20");
    struct span f4 = hex("010001"), signature = { number(2048).ptr, 2048 };
    double start = seconds();

    for (size_t i = 0; i < 20; i++) {
        EXPECT_EQ(crypto_verify(rsa_key(number(2048), f4), a, TEXT, signature, false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(number(2048), f4), b, TEXT, signature, false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(number(1025), f4), a, TEXT, signature, false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(number(1024), number(1024)), a, TEXT, cut(signature, 1024), false),
                  CRYPTO_BAD_KEY);
    }
    EXPECT(seconds() - start < 0.5);
    EXPECT_EQ(crypto_verify(rsa_key(number(1024), f4), a, TEXT, cut(signature, 1024), false), CRYPTO_MISMATCH);
}

TEST(impossible_rsa_keys_verify_nothing)
{
    const struct AlgorithmIdentifier *ways[] = { algorithm(OID_sha256WithRSAEncryption, "0500"),
                                                 pss(SHA256, SHA256, "20") };
    struct span m = number(256), even = arena_copy(test_arena(), m.ptr, m.len);
    struct span signature = { arena_zalloc(test_arena(), 256), 256 };

    ((uint8_t *)(uintptr_t)even.ptr)[256] = 0xfe;
    for (size_t i = 0; i < 2; i++) {
        EXPECT_EQ(crypto_verify(rsa_key(m, hex("01")), ways[i], TEXT, signature, false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(m, hex("02")), ways[i], TEXT, signature, false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(even, hex("03")), ways[i], TEXT, signature, false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(hex("0f"), hex("03")), ways[i], TEXT, hex("01"), false), CRYPTO_MISMATCH);
        EXPECT_EQ(crypto_verify(rsa_key(hex("03"), hex("03")), ways[i], TEXT, hex("01"), false), CRYPTO_BAD_KEY);
        EXPECT_EQ(crypto_verify(rsa_key(m, hex("03")), ways[i], TEXT, signature, false), CRYPTO_MISMATCH);
    }
}

TEST(a_key_with_exponent_3_verifies_what_openssl_signed)
{
    struct span spki = new_key("cube", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3");

    store("text", TEXT);
    RUN("openssl dgst -sha256 -sign cube.pem -out signature text");
    EXPECT_EQ(crypto_verify(spki, algorithm(OID_sha256WithRSAEncryption, "0500"), TEXT, load("signature"), false),
              CRYPTO_OK);
}
