/* Digests, randomness, files of secrets, seals and nonces. */
#include "crypto_fixture.h"
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- digests ------------------------------------------------------------------ */

static bool digest_is(enum oid id, struct span data, const char *want)
{
    uint8_t out[CRYPTO_DIGEST_MAX];
    size_t len = 0;

    return crypto_digest(id, data, out, &len) == CRYPTO_OK && span_eq((struct span){ out, len }, hex(want));
}

/* FIPS 180-4 and FIPS 202, the examples of "abc". */
TEST(digests_of_abc_are_those_of_the_standards)
{
    struct span abc = span_of("abc");

    EXPECT(digest_is(OID_sha1, abc, "a9993e364706816aba3e25717850c26c9cd0d89d"));
    EXPECT(digest_is(OID_sha224, abc, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"));
    EXPECT(digest_is(OID_sha256, abc,
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    EXPECT(digest_is(OID_sha384, abc, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                     "8086072ba1e7cc2358baeca134c825a7"));
    EXPECT(digest_is(OID_sha512, abc, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
    EXPECT(digest_is(OID_sha3_256, abc,
                     "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"));
}

static bool digest_as_openssl(enum oid id, const char *options)
{
    uint8_t out[CRYPTO_DIGEST_MAX];
    size_t len = 0;
    struct span data = span_of("a message of more than one block, so that it is not all padding: "
                               "0123456789012345678901234567890123456789012345678901234567890123456789");

    scratch_write("data", data);
    return run("openssl dgst %s -binary -out digest data", options) &&
           crypto_digest(id, data, out, &len) == CRYPTO_OK &&
           span_eq((struct span){ out, len }, scratch_read("digest"));
}

TEST(digests_are_those_of_openssl)
{
    EXPECT(digest_as_openssl(OID_sha1, "-sha1"));
    EXPECT(digest_as_openssl(OID_sha224, "-sha224"));
    EXPECT(digest_as_openssl(OID_sha512, "-sha512"));
    EXPECT(digest_as_openssl(OID_sha3_224, "-sha3-224"));
    EXPECT(digest_as_openssl(OID_sha3_256, "-sha3-256"));
    EXPECT(digest_as_openssl(OID_sha3_384, "-sha3-384"));
    EXPECT(digest_as_openssl(OID_sha3_512, "-sha3-512"));
    EXPECT(digest_as_openssl(OID_shake256, "-shake256 -xoflen 64"));
}

TEST(digests_that_nobody_should_use_are_refused)
{
    uint8_t out[CRYPTO_DIGEST_MAX];
    size_t len = 0;

    EXPECT_EQ(crypto_digest(OID_md5, span_of("abc"), out, &len), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(crypto_digest(OID_NONE, span_of("abc"), out, &len), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(crypto_digest(OID_sha256WithRSAEncryption, span_of("abc"), out, &len), CRYPTO_BAD_ALGORITHM);
}

static enum oid hash_of(enum oid signature)
{
    return crypto_digest_of_signature(algorithm(signature, (struct span){ NULL, 0 }));
}

/* RFC 9810, 5.3.18; RFC 9481, 3.3. */
TEST(certHash_is_made_with_the_digest_of_the_signature)
{
    EXPECT_EQ(hash_of(OID_sha256WithRSAEncryption), OID_sha256);
    EXPECT_EQ(hash_of(OID_ecdsa_with_SHA384), OID_sha384);
    EXPECT_EQ(hash_of(OID_ecdsa_with_SHA1), OID_sha1);
    EXPECT_EQ(hash_of(OID_id_Ed25519), OID_sha512);
    EXPECT_EQ(hash_of(OID_id_Ed448), OID_shake256);
    EXPECT_EQ(hash_of(OID_id_ml_dsa_44), OID_NONE);
    EXPECT_EQ(hash_of(OID_id_RSASSA_PSS), OID_NONE);
    EXPECT_EQ(crypto_digest_of_signature(algorithm_pss_of(OID_sha512, OID_sha512, 64)), OID_sha512);
    EXPECT_EQ(crypto_digest_of_signature(algorithm(OID_id_RSASSA_PSS, hex("3000"))), OID_sha1);
}

/* ---- plumbing ----------------------------------------------------------------- */

TEST(random_octets_differ_from_one_call_to_the_next)
{
    uint8_t a[32], b[32];

    crypto_random(a, sizeof a);
    crypto_random(b, sizeof b);
    EXPECT(memcmp(a, b, sizeof a) != 0);
}

TEST(equality_looks_at_every_octet_and_at_the_length)
{
    struct span a = span_of("0123456789abcdef");

    EXPECT(crypto_equal(a, arena_copy(arena(), a.ptr, a.len)));
    EXPECT(!crypto_equal(a, flipped(a, 0)));
    EXPECT(!crypto_equal(a, flipped(a, -1)));
    EXPECT(!crypto_equal(a, (struct span){ a.ptr, a.len - 1 }));
    EXPECT(crypto_equal(span_of(""), span_of("")));
}

TEST(wiped_memory_is_zero)
{
    uint8_t bytes[4] = { 1, 2, 3, 4 }, zero[4] = { 0 };

    crypto_wipe(bytes, sizeof bytes);
    crypto_wipe(NULL, 0);
    EXPECT(memcmp(bytes, zero, sizeof bytes) == 0);
}

/* ---- seals -------------------------------------------------------------------- */

static struct crypto_seal *new_seal(const char *name)
{
    char why[128] = "";

    if (!crypto_seal_create(scratch(name), why, sizeof why)) {
        fprintf(stderr, "%s: %s\n", name, why);
        return NULL;
    }
    return crypto_seal_open(scratch(name), why, sizeof why);
}

TEST(what_was_sealed_comes_back)
{
    struct crypto_seal *seal = new_seal("seal-1");
    REQUIRE(seal != NULL);

    struct span a = crypto_seal_close(seal, span_of("device-1"), span_of("insta"), arena());
    struct span b = crypto_seal_close(seal, span_of("device-1"), span_of("insta"), arena());
    EXPECT_EQ(a.len, 12 + 5 + 16);
    EXPECT(!span_eq(a, b));         /* a fresh nonce each time */
    EXPECT(memmem(a.ptr, a.len, "insta", 5) == NULL);
    EXPECT(span_eq(crypto_seal_reveal(seal, span_of("device-1"), a, arena()), span_of("insta")));
    EXPECT(span_eq(crypto_seal_reveal(seal, span_of("device-1"), b, arena()), span_of("insta")));
    crypto_seal_free(seal);
}

TEST(an_empty_secret_can_be_sealed)
{
    struct crypto_seal *seal = new_seal("seal-2");
    REQUIRE(seal != NULL);

    struct span sealed = crypto_seal_close(seal, span_of(""), span_of(""), arena());
    REQUIRE(sealed.ptr != NULL);
    struct span plain = crypto_seal_reveal(seal, span_of(""), sealed, arena());
    EXPECT(plain.ptr != NULL);
    EXPECT_EQ(plain.len, 0);
    crypto_seal_free(seal);
}

TEST(a_seal_opens_after_a_restart_and_under_no_other_key)
{
    char why[128];
    struct crypto_seal *seal = new_seal("seal-3"), *other = new_seal("seal-4");
    REQUIRE(seal != NULL && other != NULL);

    struct span sealed = crypto_seal_close(seal, span_of("n"), span_of("secret"), arena());
    crypto_seal_free(seal);
    seal = crypto_seal_open(scratch("seal-3"), why, sizeof why);
    REQUIRE(seal != NULL);
    EXPECT(span_eq(crypto_seal_reveal(seal, span_of("n"), sealed, arena()), span_of("secret")));
    EXPECT(crypto_seal_reveal(other, span_of("n"), sealed, arena()).ptr == NULL);
    crypto_seal_free(seal);
    crypto_seal_free(other);
}

TEST(a_changed_seal_or_name_reveals_nothing)
{
    struct crypto_seal *seal = new_seal("seal-5");
    REQUIRE(seal != NULL);

    struct span name = span_of("device-1");
    struct span sealed = crypto_seal_close(seal, name, span_of("insta"), arena());
    for (size_t i = 0; i < sealed.len; i++) {
        EXPECT(crypto_seal_reveal(seal, name, flipped(sealed, (long)i), arena()).ptr == NULL);
    }
    for (size_t len = 0; len < sealed.len; len++) {
        EXPECT(crypto_seal_reveal(seal, name, (struct span){ sealed.ptr, len }, arena()).ptr == NULL);
    }
    EXPECT(crypto_seal_reveal(seal, span_of("device-2"), sealed, arena()).ptr == NULL);
    EXPECT(crypto_seal_reveal(seal, span_of(""), sealed, arena()).ptr == NULL);
    crypto_seal_free(seal);
}

TEST(the_key_of_a_seal_is_a_private_file_that_is_never_overwritten)
{
    char why[128] = "";
    struct stat info;
    struct crypto_seal *seal = new_seal("seal-6");
    REQUIRE(seal != NULL);
    crypto_seal_free(seal);

    EXPECT(stat(scratch("seal-6"), &info) == 0 && (info.st_mode & 07777) == 0600);
    struct span before = scratch_read("seal-6");
    EXPECT(!crypto_seal_create(scratch("seal-6"), why, sizeof why));
    EXPECT_HAS(why, "exists");
    EXPECT(span_eq(before, scratch_read("seal-6")));
}

TEST(a_seal_with_an_unfit_file_does_not_open)
{
    char why[128] = "";

    EXPECT(crypto_seal_open(scratch("no-such-file"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "No such file");
    scratch_write("seal-short", span_of("0123456789abcdef0123456789abcde"));
    EXPECT(crypto_seal_open(scratch("seal-short"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "have 31");
    scratch_write("seal-long", span_of("0123456789abcdef0123456789abcdef!"));
    EXPECT(crypto_seal_open(scratch("seal-long"), why, sizeof why) == NULL);
    scratch_write("seal-open", span_of("0123456789abcdef0123456789abcdef"));
    chmod(scratch("seal-open"), 0640);
    EXPECT(crypto_seal_open(scratch("seal-open"), why, sizeof why) == NULL);
    EXPECT_HAS(why, "0640");
    EXPECT(crypto_seal_open(scratch(""), why, sizeof why) == NULL);
    EXPECT_HAS(why, "regular");
}

/* ---- nonces ------------------------------------------------------------------- */

static struct span nonce_of(const struct crypto_seal *seal, struct span transactionID)
{
    uint8_t nonce[CRYPTO_NONCE];

    crypto_nonce_make(seal, transactionID, nonce);
    return arena_copy(arena(), nonce, sizeof nonce);
}

TEST(our_nonces_are_fresh_and_recognised)
{
    struct crypto_seal *seal = new_seal("seal-7");
    REQUIRE(seal != NULL);
    struct span id = span_of("0123456789abcdef");

    struct span a = nonce_of(seal, id), b = nonce_of(seal, id);
    EXPECT(!span_eq(a, b));
    EXPECT(crypto_nonce_ours(seal, id, a));
    EXPECT(crypto_nonce_ours(seal, id, b));
    EXPECT(crypto_nonce_ours(seal, span_of(""), nonce_of(seal, span_of(""))));
    crypto_seal_free(seal);
}

TEST(a_nonce_of_another_transaction_key_or_length_is_not_ours)
{
    struct crypto_seal *seal = new_seal("seal-8"), *other = new_seal("seal-9");
    REQUIRE(seal != NULL && other != NULL);
    struct span id = span_of("0123456789abcdef"), nonce = nonce_of(seal, id);
    uint8_t random[CRYPTO_NONCE];

    EXPECT(!crypto_nonce_ours(seal, span_of("0123456789abcdeF"), nonce));
    EXPECT(!crypto_nonce_ours(other, id, nonce));
    for (long i = 0; i < CRYPTO_NONCE; i++) {
        EXPECT(!crypto_nonce_ours(seal, id, flipped(nonce, i)));
    }
    EXPECT(!crypto_nonce_ours(seal, id, (struct span){ nonce.ptr, CRYPTO_NONCE - 1 }));
    EXPECT(!crypto_nonce_ours(seal, id, (struct span){ NULL, 0 }));
    crypto_random(random, sizeof random);
    EXPECT(!crypto_nonce_ours(seal, id, (struct span){ random, sizeof random }));
    crypto_seal_free(seal);
    crypto_seal_free(other);
}
