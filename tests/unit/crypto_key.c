/* Private keys in files, as openssl writes them and as we do. */
#include "crypto_fixture.h"
#include "test.h"

#include <sys/stat.h>

/* Whether NAME loads and is the key of the public key in `spki`. */
static bool loads_as(const char *name, struct span spki)
{
    char why[200] = "";
    struct crypto_key *key = crypto_key_load(scratch(name), why, sizeof why);

    if (key == NULL) {
        fprintf(stderr, "%s: %s\n", name, why);
        return false;
    }
    bool same = span_eq(crypto_key_spki(key), spki);
    crypto_key_free(key);
    return same;
}

static bool refused(const char *name, const char *reason)
{
    char why[200] = "";
    struct crypto_key *key = crypto_key_load(scratch(name), why, sizeof why);

    if (key != NULL || strstr(why, reason) == NULL) {
        fprintf(stderr, "%s: %s\n", name, key != NULL ? "loads" : why);
        crypto_key_free(key);
        return false;
    }
    return true;
}

static bool made_by_openssl(const char *name, const char *options)
{
    return run("openssl genpkey %s -out %s && openssl pkey -in %s -pubout -outform DER -out spki && "
               "openssl pkey -in %s -outform DER -out %s.der", options, name, name, name, name);
}

TEST(keys_by_openssl_load_from_pem_and_der)
{
    static const char *const options[] = {
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm ED25519", "-algorithm ED448",
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        REQUIRE(made_by_openssl("key", options[i]));
        EXPECT(loads_as("key", scratch_read("spki")));
        EXPECT(loads_as("key.der", scratch_read("spki")));
    }
}

TEST(keys_in_traditional_forms_load)
{
    REQUIRE(made_by_openssl("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"));
    REQUIRE(run("openssl rsa -in rsa -traditional -out rsa.pem && "
                "openssl rsa -in rsa -traditional -outform DER -out rsa.der"));
    EXPECT(loads_as("rsa.pem", scratch_read("spki")));
    EXPECT(loads_as("rsa.der", scratch_read("spki")));
    /* With the EC PARAMETERS block in front that this command writes. */
    REQUIRE(run("openssl ecparam -name prime256v1 -genkey -out ec && grep -q PARAMETERS ec && "
                "openssl ec -in ec -outform DER -out ec.der && openssl ec -in ec -pubout -outform DER -out spki"));
    EXPECT(loads_as("ec", scratch_read("spki")));
    EXPECT(loads_as("ec.der", scratch_read("spki")));
}

TEST(keys_that_cannot_be_used_are_refused_with_the_reason)
{
    REQUIRE(run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out k256"));
    EXPECT(refused("k256", ""));
    REQUIRE(run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-224 -out p224"));
    EXPECT(refused("p224", "P-256"));
    REQUIRE(run("openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:1024 -out pss"));
    EXPECT(refused("pss", "RSA"));
    REQUIRE(run("openssl genpkey -algorithm X25519 -out x25519"));
    EXPECT(refused("x25519", ""));
    REQUIRE(run("openssl genpkey -algorithm ED25519 -aes128 -pass pass:x -out encrypted"));
    EXPECT(refused("encrypted", "encrypted"));
    REQUIRE(run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out r && "
                "openssl rsa -in r -traditional -aes128 -passout pass:x -out encrypted"));
    EXPECT(refused("encrypted", "encrypted"));
}

TEST(files_that_hold_no_key_are_refused)
{
    static uint8_t large[(64 << 10) + 1];

    EXPECT(refused("no-such-file", "No such file"));
    EXPECT(refused("", "regular"));
    scratch_write("empty", span_of(""));
    EXPECT(refused("empty", "no usable private key"));
    scratch_write("text", span_of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    EXPECT(refused("text", "no usable private key"));
    scratch_write("large", (struct span){ large, sizeof large });
    EXPECT(refused("large", "65536"));
    REQUIRE(run("openssl genpkey -algorithm ED25519 -out k && openssl pkey -in k -pubout -out public"));
    EXPECT(refused("public", "no usable private key"));
}

/* One octet of a prime is not what it was: such a key would sign, and its signatures give it away. */
TEST(an_rsa_key_whose_parts_do_not_fit_is_refused)
{
    REQUIRE(made_by_openssl("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024"));
    REQUIRE(run("openssl rsa -in rsa -traditional -outform DER -out rsa.der"));
    struct span der = scratch_read("rsa.der");
    EXPECT(loads_as("rsa.der", scratch_read("spki")));
    scratch_write("broken.der", flipped(der, 300));     /* n 128, d 128, then p */
    EXPECT(refused("broken.der", "no usable private key"));
}

TEST(an_ec_key_with_the_public_key_of_another_is_refused)
{
    REQUIRE(run("for k in a b; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $k && "
                "openssl ec -in $k -outform DER -out $k.der || exit 1; done"));
    struct span a = scratch_read("a.der"), b = scratch_read("b.der");
    uint8_t mixed[256];

    REQUIRE(a.len == b.len && a.len <= sizeof mixed);
    memcpy(mixed, a.ptr, a.len);
    memcpy(mixed + a.len - 64, b.ptr + b.len - 64, 64);     /* the point ends the encoding */
    scratch_write("mixed.der", (struct span){ mixed, a.len });
    EXPECT(refused("mixed.der", "no usable private key"));
}

TEST(a_key_that_others_may_read_is_refused_and_one_for_the_group_is_not)
{
    REQUIRE(made_by_openssl("open", "-algorithm ED25519"));
    REQUIRE(chmod(scratch("open"), 0644) == 0);
    EXPECT(refused("open", "0644"));
    REQUIRE(chmod(scratch("open"), 0602) == 0);
    EXPECT(refused("open", "0602"));
    REQUIRE(chmod(scratch("open"), 0640) == 0);
    EXPECT(loads_as("open", scratch_read("spki")));
}

TEST(a_generated_key_is_saved_privately_once_and_loads_again)
{
    static const char *const types[] = { "rsa-2048", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519" };
    struct stat info;
    char why[200] = "", name[64];

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct crypto_key *key = crypto_key_generate(types[i]);
        REQUIRE(key != NULL);
        snprintf(name, sizeof name, "saved-%s", types[i]);
        EXPECT(crypto_key_save(key, scratch(name), why, sizeof why));
        EXPECT(stat(scratch(name), &info) == 0 && (info.st_mode & 07777) == 0600);
        EXPECT(loads_as(name, crypto_key_spki(key)));
        REQUIRE(run("openssl pkey -in %s -pubout -outform DER -out spki && grep -q 'BEGIN PRIVATE KEY' %s",
                    name, name));
        EXPECT(span_eq(scratch_read("spki"), crypto_key_spki(key)));
        struct span before = scratch_read(name);
        EXPECT(!crypto_key_save(key, scratch(name), why, sizeof why));
        EXPECT_HAS(why, "exists");
        EXPECT(span_eq(scratch_read(name), before));
        crypto_key_free(key);
    }
}

TEST(a_key_saved_where_nothing_can_be_is_an_error)
{
    struct crypto_key *key = crypto_key_generate("ed25519");
    char why[200] = "";

    REQUIRE(key != NULL);
    EXPECT(!crypto_key_save(key, scratch("no/such/directory"), why, sizeof why));
    EXPECT_HAS(why, "No such file");
    crypto_key_free(key);
}

TEST(key_types_are_spelled_exactly)
{
    EXPECT(crypto_key_generate("rsa-1024") == NULL);
    EXPECT(crypto_key_generate("rsa") == NULL);
    EXPECT(crypto_key_generate("") == NULL);
    EXPECT(crypto_key_generate("ECDSA-P256") == NULL);
}

static bool signs_as(const char *type, enum oid algorithm, struct span parameters)
{
    struct crypto_key *key = crypto_key_generate(type);
    bool does = key != NULL && span_eq(crypto_key_algorithm(key), algorithm_der(algorithm, parameters));

    crypto_key_free(key);
    return does;
}

TEST(each_type_signs_with_its_algorithm)
{
    struct span absent = { NULL, 0 };

    EXPECT(signs_as("rsa-2048", OID_sha256WithRSAEncryption, null_parameters()));
    EXPECT(signs_as("ecdsa-p256", OID_ecdsa_with_SHA256, absent));
    EXPECT(signs_as("ecdsa-p384", OID_ecdsa_with_SHA384, absent));
    EXPECT(signs_as("ecdsa-p521", OID_ecdsa_with_SHA512, absent));
    EXPECT(signs_as("ed25519", OID_id_Ed25519, absent));
}
