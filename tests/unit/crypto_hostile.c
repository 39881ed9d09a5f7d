/* What only an attacker would send: signatures, keys and certificates made to be taken for good. */
#include "crypto_fixture.h"
#include "test.h"

#include <sys/stat.h>
#include <time.h>

static const struct span absent = { NULL, 0 };

static struct span text(void)
{
    return span_of("to be signed");
}

static struct span joined(struct span a, struct span b)
{
    uint8_t *out = arena_alloc(arena(), a.len + b.len + 1);

    memcpy(out, a.ptr, a.len);
    memcpy(out + a.len, b.ptr, b.len);
    return (struct span){ out, a.len + b.len };
}

/* ---- RSA without a private key -------------------------------------------------------------- */

/* A modulus of so many octets that is not a product of anything known. */
static struct span modulus(size_t octets)
{
    uint8_t *m = arena_alloc(arena(), octets + 1);

    memset(m, 0xc1, octets + 1);
    m[0] = 0;
    return (struct span){ m, octets + 1 };
}

static struct span rsa_key(struct span n, struct span e)
{
    struct span numbers[] = { asn1_tlv(arena(), DER_INTEGER, n), asn1_tlv(arena(), DER_INTEGER, e) };
    struct span bits = asn1_put_bits(arena(), asn1_sequence_of_parts(arena(), numbers, 2));
    struct span parts[] = { algorithm_der(OID_rsaEncryption, null_parameters()),
                            asn1_tlv(arena(), DER_BIT_STRING, bits) };

    return asn1_sequence_of_parts(arena(), parts, 2);
}

/* 00 01 ff … 00 DigestInfo, RFC 8017, 9.2. */
static struct span pkcs1_block(size_t octets)
{
    struct span info = hex("3031300d060960864801650304020105000420");
    uint8_t *block = arena_alloc(arena(), octets);

    memset(block, 0xff, octets);
    block[0] = 0;
    block[1] = 1;
    block[octets - 32 - info.len - 1] = 0;
    memcpy(block + octets - 32 - info.len, info.ptr, info.len);
    crypto_sha256(text(), block + octets - 32);
    return (struct span){ block, octets };
}

static enum crypto_status rsa_verify(struct span n, struct span e, struct span signature)
{
    return crypto_verify(rsa_key(n, e), algorithm(OID_sha256WithRSAEncryption, null_parameters()), text(),
                         signature, false);
}

TEST(with_exponent_1_the_block_itself_is_no_signature)
{
    EXPECT_EQ(rsa_verify(modulus(256), hex("01"), pkcs1_block(256)), CRYPTO_BAD_KEY);
    EXPECT_EQ(rsa_verify(modulus(256), hex("03"), pkcs1_block(256)), CRYPTO_MISMATCH);
}

/* The cube of this number, rounded up, begins like a block with eight octets of padding and goes on with
 * garbage: Bleichenbacher's forgery of 2006, which needs no key at all. */
TEST(garbage_behind_the_digest_is_no_signature)
{
    struct span root = hex("07fffffffffffffffeaaeaec40115d61d5cf91dcd0d1ed4a55d116861c2ec793179b1241e95fe749ce4b9c638a"
                           "f54da02dab4842807ec84524f575ac9e7f07762177d492868038ca609b4a72ccc2560e895edd087b109b8ea225"
                           "c13f91c227a27e21ccadc4a6b58eb8af5d40b50a9851f28ebf180ac819bfa6250e4f4f549440");
    struct span zeros = { arena_zalloc(arena(), 384), 384 - root.len };

    EXPECT_EQ(rsa_verify(modulus(384), hex("03"), joined(zeros, root)), CRYPTO_MISMATCH);
}

TEST(an_exponent_as_long_as_the_modulus_costs_nothing)
{
    struct span n = modulus(1024), signature = { arena_zalloc(arena(), 1024), 1024 };
    double before = cpu_seconds();

    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(rsa_verify(n, n, signature), CRYPTO_BAD_KEY);
    }
    EXPECT(cpu_seconds() - before < 0.5);
}

TEST(a_signature_above_the_modulus_is_none)
{
    struct span n = modulus(256);

    EXPECT_EQ(rsa_verify(n, hex("03"), (struct span){ n.ptr + 1, 256 }), CRYPTO_MISMATCH);
    EXPECT_EQ(crypto_verify(rsa_key(n, hex("03")), algorithm_pss_of(OID_sha256, OID_sha256, 32), text(),
                            (struct span){ n.ptr + 1, 256 }, false), CRYPTO_MISMATCH);
}

static struct span rsa_by_openssl(const char *padding)
{
    scratch_write("text", text());
    if (!run("test -f rsa.spki || { openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem &&"
             "openssl pkey -in rsa.pem -pubout -outform DER -out rsa.spki; }") ||
        !run("openssl dgst -sha256 -sign rsa.pem %s -out signature text", padding)) {
        return absent;
    }
    return scratch_read("signature");
}

TEST(the_two_paddings_are_not_taken_for_each_other)
{
    struct span v15 = rsa_by_openssl(""), pss = rsa_by_openssl("-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32");
    struct span spki = scratch_read("rsa.spki");
    const struct AlgorithmIdentifier *a = algorithm(OID_sha256WithRSAEncryption, null_parameters());
    const struct AlgorithmIdentifier *b = algorithm_pss_of(OID_sha256, OID_sha256, 32);

    EXPECT_EQ(crypto_verify(spki, a, text(), v15, false), CRYPTO_OK);
    EXPECT_EQ(crypto_verify(spki, b, text(), pss, false), CRYPTO_OK);
    EXPECT_EQ(crypto_verify(spki, a, text(), pss, false), CRYPTO_MISMATCH);
    EXPECT_EQ(crypto_verify(spki, b, text(), v15, false), CRYPTO_MISMATCH);
}

/* ---- ECDSA ------------------------------------------------------------------------------------- */

static struct span ecdsa_value(struct span r, struct span s)
{
    struct span parts[] = { asn1_tlv(arena(), DER_INTEGER, r), asn1_tlv(arena(), DER_INTEGER, s) };
    return asn1_sequence_of_parts(arena(), parts, 2);
}

/* With r or s 0, a verifier that forgets to look verifies anything: FIPS 186-4, 6.4. */
TEST(ecdsa_numbers_outside_1_to_n_are_no_signature)
{
    struct span order = hex("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    struct span huge = { arena_zalloc(arena(), 60000), 60000 };
    const struct AlgorithmIdentifier *a = algorithm(OID_ecdsa_with_SHA256, absent);

    ((uint8_t *)(uintptr_t)huge.ptr)[0] = 1;
    struct span numbers[] = { hex("00"), hex("01"), hex("ff"), span_of(""), order, huge };
    REQUIRE(run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem &&"
                "openssl pkey -in ec.pem -pubout -outform DER -out ec.spki"));
    struct span spki = scratch_read("ec.spki");
    for (size_t r = 0; r < 6; r++) {
        for (size_t s = 0; s < 6; s++) {
            EXPECT_EQ(crypto_verify(spki, a, text(), ecdsa_value(numbers[r], numbers[s]), false), CRYPTO_MISMATCH);
        }
    }
}

/* ---- Edwards curves ------------------------------------------------------------------------------ */

static struct span ed25519_key(const char *point)
{
    return joined(hex("302a300506032b6570032100"), hex(point));
}

/* RFC 8032, 7.1, TEST 3; and the same with the order of the group added to S, which 5.1.7 forbids. */
TEST(an_ed25519_signature_cannot_be_changed_into_another)
{
    struct span spki = ed25519_key("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    struct span r = hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac");
    struct span s = hex("18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    struct span order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    const struct AlgorithmIdentifier *a = algorithm(OID_id_Ed25519, absent);
    uint8_t sum[32];
    unsigned carry = 0;

    EXPECT_EQ(crypto_verify(spki, a, hex("af82"), joined(r, s), false), CRYPTO_OK);
    for (size_t i = 0; i < sizeof sum; i++) {
        carry += (unsigned)s.ptr[i] + order.ptr[i];
        sum[i] = (uint8_t)carry;
        carry >>= 8;
    }
    EXPECT_EQ(crypto_verify(spki, a, hex("af82"), joined(r, (struct span){ sum, sizeof sum }), false),
              CRYPTO_MISMATCH);
}

TEST(an_ed448_signature_cannot_be_changed_in_its_last_octet)
{
    const struct AlgorithmIdentifier *a = algorithm(OID_id_Ed448, absent);

    scratch_write("text", text());
    REQUIRE(run("openssl genpkey -algorithm ED448 -out ed448.pem && openssl pkey -in ed448.pem -pubout -outform DER"
                " -out ed448.spki && openssl pkeyutl -sign -rawin -inkey ed448.pem -in text -out signature"));
    struct span spki = scratch_read("ed448.spki"), s = scratch_read("signature");
    EXPECT_EQ(crypto_verify(spki, a, text(), s, false), CRYPTO_OK);
    for (unsigned bit = 0; bit < 8; bit++) {
        struct span changed = arena_copy(arena(), s.ptr, s.len);
        ((uint8_t *)(uintptr_t)changed.ptr)[s.len - 1] ^= (uint8_t)(1u << bit);
        EXPECT_EQ(crypto_verify(spki, a, text(), changed, false), CRYPTO_MISMATCH);
    }
}

/* ---- private keys put together from two ---------------------------------------------------------- */

TEST(an_ec_key_with_the_point_of_another_is_refused)
{
    char why[200] = "";

    REQUIRE(run("umask 077; for k in a b; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 |"
                "openssl pkcs8 -topk8 -nocrypt -outform DER -out $k.key; done"));
    struct span a = scratch_read("a.key"), b = scratch_read("b.key");
    REQUIRE(a.len == 138 && b.len == 138);
    scratch_write("mixed.key", joined((struct span){ a.ptr, 73 }, (struct span){ b.ptr + 73, 65 }));
    chmod(scratch("mixed.key"), 0600);
    EXPECT(crypto_key_load(scratch("mixed.key"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "private key");
}

TEST(a_pipe_instead_of_a_file_does_not_keep_us_waiting)
{
    char why[200] = "";

    REQUIRE(mkfifo(scratch("pipe"), 0600) == 0);
    EXPECT(crypto_key_load(scratch("pipe"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "regular");
    EXPECT(crypto_seal_open(scratch("pipe"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "regular");
    EXPECT(crypto_anchors_load(scratch("pipe"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "regular");
}

TEST(a_private_key_is_not_written_through_a_link)
{
    char why[200] = "";
    struct crypto_key *key = crypto_key_generate("ecdsa-p256");

    REQUIRE(key != NULL && run("ln -s elsewhere link"));
    EXPECT(!crypto_key_save(key, scratch("link"), why, sizeof why));
    EXPECT(!run("test -e elsewhere"));
    EXPECT(!crypto_seal_create(scratch("link"), why, sizeof why));
    EXPECT(!run("test -e elsewhere"));
    crypto_key_free(key);
}

/* ---- certificates ----------------------------------------------------------------------------------- */

/* A root NAME, and a leaf NAME-leaf under it, whose keys are made with these arguments. */
static bool chain_of(const char *name, const char *arguments, const char *sign, const char *extensions)
{
    return run("printf '%s' >ext && for k in %s %s-leaf; do openssl genpkey %s -out $k.key || exit 1; done &&"
               "openssl req -new -subj /CN=%s -key %s.key %s | openssl x509 -req -signkey %s.key %s -days 100"
               " -extfile ext -out %s.pem && openssl req -new -subj /CN=leaf -key %s-leaf.key %s |"
               "openssl x509 -req -CA %s.pem -CAkey %s.key -set_serial 7 -days 100 %s -outform DER -out %s-leaf.der",
               extensions, name, name, arguments, name, name, sign, name, sign, name, name, sign, name, name, sign,
               name);
}

static enum crypto_status leaf_under(const char *name)
{
    char file[64], why[200] = "";

    snprintf(file, sizeof file, "%s.pem", name);
    struct crypto_anchors *anchors = crypto_anchors_load(scratch(file), why, sizeof why);
    if (anchors == NULL) {
        fprintf(stderr, "%s: %s\n", name, why);
        return CRYPTO_FAILED;
    }
    snprintf(file, sizeof file, "%s-leaf.der", name);
    enum crypto_status status =
        crypto_anchors_verify(anchors, scratch_read(file), NULL, 0, time(NULL) + 3600);
    crypto_anchors_free(anchors);
    return status;
}

#define CA "basicConstraints=critical,CA:TRUE\\n"

TEST(paths_signed_with_every_algorithm_hold_or_break)
{
    static const struct {
        const char *name, *arguments, *sign;
    } kinds[] = {
        { "c-rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha256" },
        { "c-pss", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
          "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48" },
        { "c-p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha384" },
        { "c-p521", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "-sha512" },
        { "c-mixed", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha512" },
        { "c-ed25519", "-algorithm ED25519", "" },
        { "c-ed448", "-algorithm ED448", "" },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char leaf[64];
        REQUIRE(chain_of(kinds[i].name, kinds[i].arguments, kinds[i].sign, CA));
        if (leaf_under(kinds[i].name) != CRYPTO_OK) {
            TEST_FAIL("%s: %s", kinds[i].name, crypto_status_text(leaf_under(kinds[i].name)));
        }
        snprintf(leaf, sizeof leaf, "%s-leaf.der", kinds[i].name);
        scratch_write(leaf, flipped(scratch_read(leaf), -3));
        EXPECT_EQ(leaf_under(kinds[i].name), CRYPTO_NOT_TRUSTED);
    }
}

TEST(a_path_signed_with_md5_is_not_trusted)
{
    REQUIRE(chain_of("c-md5", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-md5", CA));
    EXPECT_EQ(leaf_under("c-md5"), CRYPTO_NOT_TRUSTED);
}
