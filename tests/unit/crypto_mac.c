/* MACs under shared secrets: what other people computed, and what may not be computed at all. */
#include "crypto_fixture.h"
#include "test.h"

#include <dirent.h>
#include <stdlib.h>

#include "codec/cmp.h"

static const char SALT[] = "000102030405060708090a0b0c0d0e0f";
static const char ONE_THOUSAND[] = "03e8";

static struct span absent(void)
{
    return (struct span){ NULL, 0 };
}

static struct span octets(uint8_t tag, struct span contents)
{
    return asn1_tlv(arena(), tag, contents);
}

static struct span sequence(const struct span *parts, size_t n)
{
    return asn1_sequence_of_parts(arena(), parts, n);
}

/* ---- building protectionAlg ---------------------------------------------------- */

static const struct AlgorithmIdentifier *pbm_of(struct span owf, struct span mac, const char *salt,
                                                const char *iterations)
{
    struct span parts[] = { octets(DER_OCTET_STRING, hex(salt)), owf, octets(DER_INTEGER, hex(iterations)), mac };

    return algorithm(OID_id_PasswordBasedMac, sequence(parts, 4));
}

static const struct AlgorithmIdentifier *pbm(enum oid owf, enum oid mac, const char *salt,
                                             const char *iterations)
{
    return pbm_of(algorithm_der(owf, absent()), algorithm_der(mac, absent()), salt, iterations);
}

struct pbmac1 {
    enum oid kdf, prf, mac;         /* prf OID_NONE: left out */
    const char *salt, *iterations, *key_len;    /* key_len NULL: left out */
    bool other_source;
};

static const struct AlgorithmIdentifier *pbmac1(struct pbmac1 p)
{
    struct span parts[4], salt = octets(DER_OCTET_STRING, hex(p.salt));
    size_t n = 0;

    parts[n++] = p.other_source ? algorithm_der(OID_sha256, absent()) : salt;
    parts[n++] = octets(DER_INTEGER, hex(p.iterations));
    if (p.key_len != NULL) {
        parts[n++] = octets(DER_INTEGER, hex(p.key_len));
    }
    if (p.prf != OID_NONE) {
        parts[n++] = algorithm_der(p.prf, null_parameters());
    }
    struct span both[] = { algorithm_der(p.kdf, sequence(parts, n)), algorithm_der(p.mac, null_parameters()) };
    return algorithm(OID_id_PBMAC1, sequence(both, 2));
}

static const struct pbmac1 usual = {
    .kdf = OID_id_PBKDF2, .prf = OID_id_hmacWithSHA256, .mac = OID_id_hmacWithSHA256,
    .salt = SALT, .iterations = ONE_THOUSAND, .key_len = "20",
};

/* ---- computing ----------------------------------------------------------------- */

static struct span mac_of(struct span secret, const struct AlgorithmIdentifier *a, struct span data)
{
    uint8_t out[CRYPTO_MAC_MAX];
    uint64_t cost = 1000000;
    size_t len = 0;

    if (a == NULL || crypto_mac(secret, a, data, &cost, out, &len) != CRYPTO_OK) {
        return absent();
    }
    return arena_copy(arena(), out, len);
}

static enum crypto_status status_of(const struct AlgorithmIdentifier *a, uint64_t limit, uint64_t *cost)
{
    uint8_t out[CRYPTO_MAC_MAX];
    size_t len;

    *cost = limit;
    return crypto_mac(span_of("insta"), a, span_of("abc"), cost, out, &len);
}

/* holds 9810-5.1.3.1-04 */
TEST(password_based_mac_of_a_known_vector)
{
    const struct AlgorithmIdentifier *a = pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND);
    uint64_t cost = 0;

    EXPECT(span_eq(mac_of(span_of("insta"), a, span_of("abc")),
                   hex("452a0a63d8dcde2f4806ea7e273fc293b6038643c08cb92e9579c277a564e72c")));
    EXPECT_EQ(status_of(a, 1000, &cost), CRYPTO_OK);
    EXPECT_EQ(cost, 1000);
}

/* RFC 4231 4.3. */
TEST(hmac_of_a_known_vector)
{
    struct span key = span_of("Jefe"), data = span_of("what do ya want for nothing?"), mac;
    uint8_t out[CRYPTO_MAC_MAX];
    uint64_t cost = 0;
    size_t len = 0;

    EXPECT_EQ(crypto_mac(key, algorithm(OID_id_hmacWithSHA256, absent()), data, &cost, out, &len), CRYPTO_TOO_COSTLY);
    EXPECT_EQ(cost, 1);
    mac = mac_of(key, algorithm(OID_id_hmacWithSHA256, null_parameters()), data);
    EXPECT(span_eq(mac, hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
}

/* holds 9810-5.1.3.1-05 */
TEST(pbmac1_of_a_known_vector)
{
    uint64_t cost = 0;

    EXPECT(span_eq(mac_of(span_of("insta"), pbmac1(usual), span_of("abc")),
                   hex("11ffc4208cfccd93fdc47d420db3ab426633052de58dc4f1043b65e2cb5a8766")));
    EXPECT_EQ(status_of(pbmac1(usual), 1000, &cost), CRYPTO_OK);
    EXPECT_EQ(cost, 1000);
}

/* One iteration and no salt: the MAC's key is one hash of the secret. */
TEST(one_iteration_is_one_hash_in_all)
{
    uint8_t key[32];
    char text[65];

    crypto_sha256(span_of("insta"), key);
    for (size_t i = 0; i < sizeof key; i++) {
        snprintf(text + 2 * i, 3, "%02x", key[i]);
    }
    scratch_write("data", span_of("abc"));
    REQUIRE(run("openssl mac -digest SHA256 -macopt hexkey:%s -binary -in data -out mac HMAC", text));
    EXPECT(span_eq(mac_of(span_of("insta"), pbm(OID_sha256, OID_id_hmacWithSHA256, "", "01"), span_of("abc")),
                   scratch_read("mac")));
}

/* ---- against openssl ------------------------------------------------------------ */

static bool pbmac1_as_openssl(enum oid prf, const char *prf_name, enum oid mac, const char *mac_name,
                              const char *key_len, unsigned octets_of_key)
{
    struct pbmac1 p = usual;

    p.prf = prf;
    p.mac = mac;
    p.key_len = key_len;
    scratch_write("data", span_of("a message"));
    return run("KEY=$(openssl kdf -keylen %u -kdfopt digest:%s -kdfopt pass:insta -kdfopt hexsalt:%s "
               "-kdfopt iter:1000 PBKDF2 | tr -d ':\\n') && "
               "openssl mac -digest %s -macopt hexkey:$KEY -binary -in data -out mac HMAC",
               octets_of_key, prf_name, SALT, mac_name) &&
           span_eq(mac_of(span_of("insta"), pbmac1(p), span_of("a message")), scratch_read("mac"));
}

/* holds 9810-5.1.3.1-05 */
TEST(pbmac1_is_that_of_openssl)
{
    EXPECT(pbmac1_as_openssl(OID_NONE, "SHA1", OID_hMAC_SHA1, "SHA1", "14", 20));
    EXPECT(pbmac1_as_openssl(OID_id_hmacWithSHA224, "SHA224", OID_id_hmacWithSHA224, "SHA224", "20", 32));
    EXPECT(pbmac1_as_openssl(OID_id_hmacWithSHA256, "SHA256", OID_id_hmacWithSHA384, "SHA384", "30", 48));
    EXPECT(pbmac1_as_openssl(OID_id_hmacWithSHA384, "SHA384", OID_id_hmacWithSHA512, "SHA512", "40", 64));
    EXPECT(pbmac1_as_openssl(OID_id_hmacWithSHA512, "SHA512", OID_id_hmacWithSHA1, "SHA1", "0080", 128));
}

TEST(pbmac1_without_keyLength_takes_that_of_the_mac)
{
    EXPECT(pbmac1_as_openssl(OID_id_hmacWithSHA256, "SHA256", OID_id_hmacWithSHA512, "SHA512", NULL, 64));
    EXPECT(pbmac1_as_openssl(OID_id_hmacWithSHA512, "SHA512", OID_id_hmacWithSHA1, "SHA1", NULL, 20));
}

/* ---- against the messages of other implementations -------------------------------- */

static const struct PKIMessage *message_read(const char *name)
{
    char path[512];
    struct asn1_error err;

    snprintf(path, sizeof path, "%s/tests/vectors/%s", SOURCE_DIR, name);
    return PKIMessage_decode(file_read(path), arena(), &err);
}

/* NULL unless the message has one of our two kinds of MAC. */
static const struct AlgorithmIdentifier *mac_algorithm(const struct PKIMessage *m)
{
    if (m == NULL || m->header->protectionAlg == NULL || m->protection.ptr == NULL) {
        return NULL;
    }
    enum oid id = oid_find(m->header->protectionAlg->algorithm);
    return id == OID_id_PasswordBasedMac || id == OID_id_PBMAC1 ? m->header->protectionAlg : NULL;
}

static bool mac_holds(const struct PKIMessage *m, struct span secret)
{
    struct span mac = mac_of(secret, m->header->protectionAlg, PKIMessage_protected_part(m, arena()));

    return mac.ptr != NULL && crypto_equal(mac, asn1_bits_payload(m->protection));
}

TEST(every_mac_in_the_vectors_holds_under_their_secret_and_no_other)
{
    static const char wrong[] = "ir_protection-unused-bits.der";
    struct dirent **names = NULL;
    unsigned macs = 0;
    int count = scandir(SOURCE_DIR "/tests/vectors", &names, NULL, alphasort);

    REQUIRE(count > 0);
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name, *dot = strrchr(name, '.');
        const struct PKIMessage *m = dot != NULL && strcmp(dot, ".der") == 0 ? message_read(name) : NULL;
        if (mac_algorithm(m) != NULL) {
            bool good = strcmp(name, wrong) != 0;
            if (mac_holds(m, span_of("cmpgate")) != good || mac_holds(m, span_of("cmpgatE"))) {
                TEST_FAIL("%s: the MAC should %s", name, good ? "hold" : "not hold");
            }
            macs++;
        }
        free(names[i]);
    }
    free(names);
    EXPECT(macs >= 50);
}

/* ---- what does not match ---------------------------------------------------------- */

TEST(each_ingredient_changes_the_mac)
{
    struct span secret = span_of("insta"), data = span_of("abc");
    struct span mac = mac_of(secret, pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND), data);
    const struct AlgorithmIdentifier *others[] = {
        pbm(OID_sha256, OID_id_hmacWithSHA256, "010102030405060708090a0b0c0d0e0f", ONE_THOUSAND),
        pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, "03e9"),
        pbm(OID_sha512, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND),
        pbm(OID_sha3_256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND),
        pbmac1(usual),
    };

    REQUIRE(mac.len == 32);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct span other = mac_of(secret, others[i], data);
        EXPECT_EQ(other.len, 32);
        EXPECT(!crypto_equal(mac, other));
    }
    EXPECT(!crypto_equal(mac, mac_of(secret, pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND),
                                     span_of("abd"))));
}

TEST(both_names_of_hmac_sha1_and_both_ways_to_write_no_parameters_are_the_same)
{
    struct span secret = span_of("insta"), data = span_of("abc");
    struct span mac = mac_of(secret, pbm(OID_sha1, OID_hMAC_SHA1, SALT, ONE_THOUSAND), data);

    REQUIRE(mac.len == 20);
    EXPECT(crypto_equal(mac, mac_of(secret, pbm(OID_sha1, OID_id_hmacWithSHA1, SALT, ONE_THOUSAND), data)));
    EXPECT(crypto_equal(mac, mac_of(secret, pbm_of(algorithm_der(OID_sha1, null_parameters()),
                                                   algorithm_der(OID_hMAC_SHA1, null_parameters()), SALT,
                                                   ONE_THOUSAND), data)));
}

TEST(an_empty_secret_is_a_secret)
{
    EXPECT_EQ(mac_of(span_of(""), pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND), span_of("")).len, 32);
    EXPECT_EQ(mac_of(span_of(""), pbmac1(usual), span_of("")).len, 32);
}

static enum crypto_status cost_status(const struct AlgorithmIdentifier *a)
{
    uint64_t cost = 99;
    enum crypto_status status = a != NULL ? crypto_mac_cost(a, &cost) : CRYPTO_FAILED;

    if (status == CRYPTO_BAD_ALGORITHM) {
        EXPECT_EQ(cost, 0);
    }
    return status;
}

static struct pbmac1 but(struct pbmac1 p, enum oid kdf, enum oid prf, enum oid mac)
{
    p.kdf = kdf;
    p.prf = prf;
    p.mac = mac;
    return p;
}

TEST(unknown_and_unfit_algorithms_are_refused)
{
    struct pbmac1 other = usual;
    enum oid sha256 = OID_id_hmacWithSHA256;
    struct AlgorithmIdentifier odd = *pbm(OID_sha256, sha256, SALT, ONE_THOUSAND);

    odd.algorithm = oid_contents(sha256);
    EXPECT_EQ(cost_status(&odd), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbm(OID_md5, sha256, SALT, ONE_THOUSAND)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbm(sha256, sha256, SALT, ONE_THOUSAND)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbm(OID_sha256, OID_sha256, SALT, ONE_THOUSAND)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbm(OID_sha256, OID_hMAC_MD5, SALT, ONE_THOUSAND)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbm(OID_sha256, OID_id_KMACWithSHAKE256, SALT, ONE_THOUSAND)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbmac1(but(usual, OID_id_alg_hkdf_with_sha256, sha256, sha256))), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbmac1(but(usual, OID_id_PBKDF2, OID_hMAC_MD5, sha256))), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(pbmac1(but(usual, OID_id_PBKDF2, sha256, OID_hMAC_MD5))), CRYPTO_BAD_ALGORITHM);
    other.other_source = true;
    EXPECT_EQ(cost_status(pbmac1(other)), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(algorithm(OID_id_PasswordBasedMac, absent())), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(algorithm(OID_id_PBMAC1, absent())), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(algorithm(OID_id_PBKDF2, absent())), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(algorithm(OID_hMAC_MD5, absent())), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(cost_status(algorithm(OID_sha256WithRSAEncryption, null_parameters())), CRYPTO_BAD_ALGORITHM);
}

/* ---- work that is not done --------------------------------------------------------- */

TEST(fewer_than_one_iteration_is_refused)
{
    uint64_t cost;

    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, "00"), 1000, &cost), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, "ff"), 1000, &cost), CRYPTO_BAD_ALGORITHM);
    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, "80000000"), 1000, &cost),
              CRYPTO_BAD_ALGORITHM);
}

static void expect_too_costly(const struct AlgorithmIdentifier *a, uint64_t limit, uint64_t want)
{
    double before = cpu_seconds();
    uint64_t cost = 0;

    REQUIRE(a != NULL);
    EXPECT_EQ(status_of(a, limit, &cost), CRYPTO_TOO_COSTLY);
    EXPECT(cost == want);
    EXPECT_EQ(crypto_mac_cost(a, &cost), CRYPTO_OK);
    EXPECT(cost == want);
    EXPECT(cpu_seconds() - before < 0.5);
}

TEST(two_to_the_31_iterations_are_not_done)
{
    struct pbmac1 p = usual;

    p.iterations = "0080000000";
    expect_too_costly(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, p.iterations), 262144, 1ULL << 31);
    expect_too_costly(pbmac1(p), 262144, 1ULL << 31);
}

TEST(an_iterationCount_of_any_length_is_too_much_and_not_an_overflow)
{
    char huge[201] = "";
    struct pbmac1 p = usual;

    memset(huge, '0', 200);
    huge[0] = '4';
    p.iterations = huge;
    expect_too_costly(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, huge), 262144, UINT64_MAX);
    expect_too_costly(pbmac1(p), UINT64_MAX, UINT64_MAX);
    expect_too_costly(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, huge), UINT64_MAX, UINT64_MAX);
    /* 2^32 + 1: one iteration for somebody who counts in 32 bits. */
    p.iterations = "0100000001";
    expect_too_costly(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, p.iterations), UINT64_MAX, (1ULL << 32) + 1);
    expect_too_costly(pbmac1(p), UINT64_MAX, (1ULL << 32) + 1);
    p.iterations = "00ffffffffffffffff";
    p.key_len = "40";
    expect_too_costly(pbmac1(p), UINT64_MAX, UINT64_MAX);
}

TEST(one_iteration_above_the_limit_is_too_much_and_the_limit_is_not)
{
    uint64_t cost;

    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND), 999, &cost), CRYPTO_TOO_COSTLY);
    EXPECT_EQ(cost, 1000);
    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND), 1000, &cost), CRYPTO_OK);
}

TEST(a_long_key_costs_its_iterations_once_a_block)
{
    struct pbmac1 p = usual;
    uint64_t cost;

    p.key_len = "21";
    EXPECT_EQ(status_of(pbmac1(p), 1999, &cost), CRYPTO_TOO_COSTLY);
    EXPECT_EQ(cost, 2000);
    EXPECT_EQ(status_of(pbmac1(p), 2000, &cost), CRYPTO_OK);
    p.key_len = "0081";
    EXPECT_EQ(status_of(pbmac1(p), UINT64_MAX, &cost), CRYPTO_TOO_COSTLY);
    p.key_len = "7fffffffffffffffffffff";
    EXPECT_EQ(status_of(pbmac1(p), UINT64_MAX, &cost), CRYPTO_TOO_COSTLY);
}

TEST(a_salt_may_have_128_octets_and_no_more)
{
    char salt[259] = "";
    uint64_t cost;

    memset(salt, '5', 256);
    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, salt, ONE_THOUSAND), 1000, &cost), CRYPTO_OK);
    memset(salt, '5', 258);
    EXPECT_EQ(status_of(pbm(OID_sha256, OID_id_hmacWithSHA256, salt, ONE_THOUSAND), 1000, &cost),
              CRYPTO_TOO_COSTLY);
}

TEST(a_secret_may_have_4096_octets_and_no_more)
{
    static uint8_t secret[4097];
    const struct AlgorithmIdentifier *a = pbm(OID_sha256, OID_id_hmacWithSHA256, SALT, ONE_THOUSAND);

    EXPECT_EQ(mac_of((struct span){ secret, 4096 }, a, span_of("abc")).len, 32);
    EXPECT(mac_of((struct span){ secret, 4097 }, a, span_of("abc")).ptr == NULL);
}
