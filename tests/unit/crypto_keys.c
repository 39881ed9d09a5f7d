/* Private keys: made, kept, loaded, and what they sign. */
#include "crypto_help.h"

static char why[256];

static const struct row {
    const char *type, *algorithm, *digest;
    unsigned bits;
} rows[] = {
    { "ecdsa-p256", "300a06082a8648ce3d040302", "sha256", 256 },
    { "ecdsa-p384", "300a06082a8648ce3d040303", "sha384", 384 },
    { "ecdsa-p521", "300a06082a8648ce3d040304", "sha512", 521 },
    { "rsa-2048", "300d06092a864886f70d01010b0500", "sha256", 2048 },
    { "rsa-3072", "300d06092a864886f70d01010b0500", "sha256", 3072 },
    { "ed25519", "300506032b6570", "", 256 },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* ---- signing ---------------------------------------------------------------------------------------- */

static struct span sign(const struct crypto_key *k, struct span data)
{
    uint8_t *out = arena_alloc(test_arena(), CRYPTO_SIGNATURE_MAX);
    size_t len = 0;

    return crypto_sign(k, data, out, &len) == CRYPTO_OK ? (struct span){ out, len } : (struct span){ NULL, 0 };
}

/* Whether openssl, and we, take what the key signs. */
static void expect_signs(const struct crypto_key *k, const char *digest)
{
    struct span text = span_of("to be signed"), s = sign(k, text), spki = crypto_key_spki(k);

    EXPECT(s.ptr != NULL);
    EXPECT_EQ(crypto_verify(spki, algorithm_der(crypto_key_algorithm(k)), text, s, false), CRYPTO_OK);
    store("text", text);
    store("signature", s);
    store("public", spki);
    if (*digest != '\0') {
        EXPECT(run("openssl dgst -%s -verify public -keyform DER -signature signature text", digest));
        EXPECT(!run("echo >>text && openssl dgst -%s -verify public -keyform DER -signature signature text", digest));
    } else {
        EXPECT(run("openssl pkeyutl -verify -rawin -pubin -inkey public -keyform DER -sigfile signature -in text"));
    }
}

TEST(generated_keys_sign_and_openssl_verifies)
{
    for (const struct row *r = rows; r < rows + ROWS; r++) {
        struct crypto_key *k = crypto_key_generate(r->type);
        struct crypto_public is;
        REQUIRE(k != NULL);
        EXPECT_EQ(crypto_public_look(crypto_key_spki(k), &is), CRYPTO_OK);
        EXPECT_EQ(is.bits, r->bits);
        EXPECT_SAME(crypto_key_algorithm(k), hex(r->algorithm));
        expect_signs(k, r->digest);
        crypto_key_free(k);
    }
    crypto_key_free(NULL);
}

TEST(an_unknown_type_is_not_generated)
{
    const char *const types[] = { "", "rsa", "rsa-1024", "rsa-2048 ", "ecdsa-p224", "dsa" };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        EXPECT(crypto_key_generate(types[i]) == NULL);
    }
}

/* ---- keys of openssl ---------------------------------------------------------------------------------- */

static struct crypto_key *load_key(const char *file)
{
    strcpy(why, "");
    return crypto_key_load(on_desk(file), why, sizeof why);
}

static void expect_loads(const char *file, struct span spki, const char *digest)
{
    struct crypto_key *k = load_key(file);

    if (k == NULL) {
        TEST_FAIL("%s: %s", file, why);
        return;
    }
    EXPECT_SAME(crypto_key_spki(k), spki);
    expect_signs(k, digest);
    crypto_key_free(k);
}

TEST(keys_of_openssl_are_loaded_in_every_form)
{
    static const struct {
        const char *arguments, *digest;
        bool traditional;
    } kinds[] = {
        { "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "sha256", true },
        { "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "sha256", true },
        { "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "sha384", true },
        { "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "sha512", true },
        { "-algorithm ED25519", "", false },
        { "-algorithm ED448", "", false },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct span spki = new_key("key", kinds[i].arguments);
        expect_loads("key.pem", spki, kinds[i].digest);
        RUN("umask 077; openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
        expect_loads("key.der", spki, kinds[i].digest);
        if (kinds[i].traditional) {
            RUN("umask 077; openssl pkey -in key.pem -traditional -out old.pem");
            expect_loads("old.pem", spki, kinds[i].digest);
            RUN("umask 077; openssl pkey -in key.pem -traditional -outform DER -out old.der");
            expect_loads("old.der", spki, kinds[i].digest);
        }
    }
}

TEST(a_file_of_openssl_ecparam_with_its_parameters_first_is_loaded)
{
    RUN("umask 077; openssl ecparam -name prime256v1 -genkey -out both.pem &&"
        "openssl pkey -in both.pem -pubout -outform DER -out both.spki");
    expect_loads("both.pem", load("both.spki"), "sha256");
}

/* ---- refusals -------------------------------------------------------------------------------------------- */

static void expect_refused(const char *file, const char *reason)
{
    struct crypto_key *k = load_key(file);

    EXPECT(k == NULL);
    EXPECT_HAS(why, reason);
    crypto_key_free(k);
}

TEST(what_is_no_key_is_refused_with_a_reason)
{
    (void)new_key("key", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    expect_refused("absent.pem", "No such file");
    expect_refused(".", "regular file");
    RUN("umask 077; : >empty.pem; echo hello >text.pem; head -c 70000 /dev/zero >large.pem; mkfifo -m 600 pipe.pem;"
        "openssl pkey -in key.pem -aes128 -passout pass:x -out locked.pem;"
        "openssl pkey -in key.pem -pubout -out public.pem; chmod 600 public.pem;"
        "head -c 120 key.pem >short.pem; openssl req -x509 -key key.pem -subj /CN=x -out certificate.pem");
    expect_refused("empty.pem", "no private key");
    expect_refused("text.pem", "no private key");
    expect_refused("large.pem", "65536");
    expect_refused("pipe.pem", "regular file");
    expect_refused("locked.pem", "encrypted");
    expect_refused("public.pem", "no private key");
    expect_refused("short.pem", "no private key");
    expect_refused("certificate.pem", "no private key");
}

TEST(a_key_that_we_cannot_sign_with_is_refused)
{
    const char *const arguments[] = { "-algorithm X25519", "-algorithm EC -pkeyopt ec_paramgen_curve:P-224",
                                      "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
                                      "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048" };

    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
        (void)new_key("key", arguments[i]);
        EXPECT(load_key("key.pem") == NULL);
        EXPECT(strlen(why) > 10);
    }
}

TEST(a_key_whose_parts_do_not_fit_is_refused)
{
    (void)new_key("a", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    (void)new_key("b", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    RUN("for k in a b; do openssl pkcs8 -topk8 -nocrypt -in $k.pem -outform DER -out $k.der; done");
    struct span a = load("a.der"), b = load("b.der");

    REQUIRE(a.len == 138 && b.len == 138);
    /* The private number of one with the public point of the other. */
    store("mixed.der", joined(cut(a, 65), (struct span){ b.ptr + b.len - 65, 65 }));
    RUN("chmod 600 mixed.der");
    expect_refused("mixed.der", "do not fit");
}

TEST(a_key_that_others_can_reach_is_refused)
{
    static const struct {
        const char *mode;
        bool good;
    } modes[] = { { "600", true }, { "400", true },  { "640", true },  { "660", true },
                  { "644", false }, { "602", false }, { "601", false }, { "606", false } };

    (void)new_key("key", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        RUN("chmod %s key.pem", modes[i].mode);
        struct crypto_key *k = load_key("key.pem");
        if ((k != NULL) != modes[i].good) {
            TEST_FAIL("mode %s: %s", modes[i].mode, why);
        }
        if (!modes[i].good) {
            EXPECT_HAS(why, modes[i].mode);
        }
        crypto_key_free(k);
    }
}

/* ---- keeping ------------------------------------------------------------------------------------------------ */

static unsigned mode_of(const char *file)
{
    struct stat info;
    return stat(on_desk(file), &info) == 0 ? (unsigned)info.st_mode & 07777 : 0;
}

TEST(a_saved_key_is_the_same_key_for_us_and_for_openssl)
{
    mode_t before = umask(0);

    for (const struct row *r = rows; r < rows + ROWS; r++) {
        struct crypto_key *k = crypto_key_generate(r->type);
        RUN("rm -f saved.pem");
        REQUIRE(k != NULL && crypto_key_save(k, on_desk("saved.pem"), why, sizeof why));
        EXPECT_EQ(mode_of("saved.pem"), 0600);
        RUN("openssl pkey -in saved.pem -check -noout || openssl pkey -in saved.pem -noout");
        RUN("openssl pkey -in saved.pem -pubout -outform DER -out saved.spki && grep -q 'BEGIN PRIVATE KEY' saved.pem");
        EXPECT_SAME(load("saved.spki"), crypto_key_spki(k));
        expect_loads("saved.pem", crypto_key_spki(k), r->digest);
        crypto_key_free(k);
    }
    umask(before);
}

TEST(a_key_is_never_saved_over_anything)
{
    struct crypto_key *k = crypto_key_generate("ecdsa-p256");

    store("there.pem", span_of("precious"));
    RUN("ln -sf dangling link.pem");
    EXPECT(!crypto_key_save(k, on_desk("there.pem"), why, sizeof why));
    EXPECT_HAS(why, "exists");
    EXPECT_SAME(load("there.pem"), span_of("precious"));
    EXPECT(!crypto_key_save(k, on_desk("link.pem"), why, sizeof why));
    EXPECT(!run("test -e dangling"));
    EXPECT(!crypto_key_save(k, on_desk("absent/key.pem"), why, sizeof why));
    EXPECT_HAS(why, "No such file");
    crypto_key_free(k);
}
