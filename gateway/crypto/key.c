/* Private keys in files.  A key elsewhere (PKCS#11) would be another way to make a gnutls_privkey_t;
 * from there on all keys are alike, apart from not being saved. */
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/crypto/plumbing.h"
#include "gateway/crypto/public.h"

enum { KEY_FILE_MAX = 64 << 10 };

struct crypto_key {
    gnutls_privkey_t handle;
    gnutls_x509_privkey_t stored;       /* the same key in the form that can be written out */
    gnutls_datum_t spki;
    const struct maker *maker;
};

/* How each kind of key signs. */
struct maker {
    enum crypto_key_kind kind;
    enum oid curve;
    gnutls_sign_algorithm_t sign;
    struct span algorithm;              /* DER AlgorithmIdentifier */
};

#define DER(literal) { (const uint8_t *)("" literal), sizeof(literal) - 1 }
static const struct maker makers[] = {
    { CRYPTO_KEY_RSA, OID_NONE, GNUTLS_SIGN_RSA_SHA256,
      DER("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00") },
    { CRYPTO_KEY_EC, OID_secp256r1, GNUTLS_SIGN_ECDSA_SHA256,
      DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02") },
    { CRYPTO_KEY_EC, OID_secp384r1, GNUTLS_SIGN_ECDSA_SHA384,
      DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03") },
    { CRYPTO_KEY_EC, OID_secp521r1, GNUTLS_SIGN_ECDSA_SHA512,
      DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04") },
    { CRYPTO_KEY_ED25519, OID_NONE, GNUTLS_SIGN_EDDSA_ED25519, DER("\x30\x05\x06\x03\x2b\x65\x70") },
    { CRYPTO_KEY_ED448, OID_NONE, GNUTLS_SIGN_EDDSA_ED448, DER("\x30\x05\x06\x03\x2b\x65\x71") },
};
#undef DER

static const struct maker *maker_of(struct span spki)
{
    struct public_key key;

    /* A key bound to PSS could not make the PKCS #1 v1.5 signatures that RSA is used for here. */
    if (public_open(spki, &key) != CRYPTO_OK || key.spki.algorithm == OID_id_RSASSA_PSS ||
        (key.look.kind == CRYPTO_KEY_RSA && key.look.bits > PUBLIC_RSA_BITS_MAX)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        if (makers[i].kind == key.look.kind && makers[i].curve == key.look.curve) {
            return &makers[i];
        }
    }
    return NULL;
}

void crypto_key_free(struct crypto_key *key)
{
    if (key == NULL) {
        return;
    }
    if (key->handle != NULL) {
        gnutls_privkey_deinit(key->handle);
    }
    if (key->stored != NULL) {
        gnutls_x509_privkey_deinit(key->stored);
    }
    gnutls_free(key->spki.data);
    free(key);
}

static int export_spki(gnutls_privkey_t handle, gnutls_datum_t *out)
{
    gnutls_pubkey_t public = NULL;
    int code = gnutls_pubkey_init(&public);

    if (code >= 0) {
        code = gnutls_pubkey_import_privkey(public, handle, 0, 0);
    }
    if (code >= 0) {
        code = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, out);
    }
    gnutls_pubkey_deinit(public);
    return code;
}

/* Takes `stored` over, also when it returns NULL. */
static struct crypto_key *key_from(gnutls_x509_privkey_t stored, char *why, size_t why_size)
{
    struct crypto_key *key = calloc(1, sizeof *key);
    int code = GNUTLS_E_MEMORY_ERROR;

    if (key == NULL) {
        gnutls_x509_privkey_deinit(stored);
        goto out;
    }
    key->stored = stored;
    code = gnutls_privkey_init(&key->handle);
    if (code >= 0) {
        code = gnutls_privkey_import_x509(key->handle, stored, GNUTLS_PRIVKEY_IMPORT_COPY);
    }
    if (code >= 0) {
        code = export_spki(key->handle, &key->spki);
    }
    if (code >= 0) {
        key->maker = maker_of(crypto_key_spki(key));
        if (key->maker != NULL) {
            return key;
        }
        code = GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
    }
out:
    snprintf(why, why_size, "%s", code == GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM
             ? "want RSA up to 8192 bits, P-256, P-384, P-521, Ed25519 or Ed448" : gnutls_strerror(code));
    crypto_key_free(key);
    return NULL;
}

/* ---- files ------------------------------------------------------------------- */

static void explain(struct span content, int code, char *why, size_t why_size)
{
    /* The library's own words for it are about passwords and PINs. */
    if (memmem(content.ptr, content.len, "ENCRYPTED", 9) != NULL) {
        snprintf(why, why_size, "the key is encrypted: want it unencrypted");
        return;
    }
    snprintf(why, why_size, "no usable private key in PEM or DER (PKCS #8 or traditional): %s",
             gnutls_strerror(code));
}

static int import(gnutls_x509_privkey_t stored, struct span content)
{
    gnutls_datum_t datum = plumbing_datum(content);
    bool pem = memmem(content.ptr, content.len, "-----BEGIN ", 11) != NULL;
    gnutls_x509_crt_fmt_t format = pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
    int code = gnutls_x509_privkey_import2(stored, &datum, format, NULL, GNUTLS_PKCS_PLAIN);

    return code < 0 ? code : gnutls_x509_privkey_verify_params(stored);
}

struct crypto_key *crypto_key_load(const char *path, char *why, size_t why_size)
{
    gnutls_x509_privkey_t stored;
    struct span content = plumbing_read(path, KEY_FILE_MAX, S_IRWXO, why, why_size);

    if (content.ptr == NULL) {
        return NULL;
    }
    int code = gnutls_x509_privkey_init(&stored);
    if (code < 0) {
        snprintf(why, why_size, "%s", gnutls_strerror(code));
        plumbing_forget(content);
        return NULL;
    }
    code = import(stored, content);
    if (code < 0) {
        explain(content, code, why, why_size);
        gnutls_x509_privkey_deinit(stored);
        plumbing_forget(content);
        return NULL;
    }
    plumbing_forget(content);
    return key_from(stored, why, why_size);
}

bool crypto_key_save(const struct crypto_key *key, const char *path, char *why, size_t why_size)
{
    gnutls_datum_t pem = { NULL, 0 };
    int code = gnutls_x509_privkey_export2_pkcs8(key->stored, GNUTLS_X509_FMT_PEM, NULL,
                                                 GNUTLS_PKCS_PLAIN, &pem);

    if (code < 0) {
        snprintf(why, why_size, "%s", gnutls_strerror(code));
        return false;
    }
    bool done = plumbing_create(path, (struct span){ pem.data, pem.size }, why, why_size);
    crypto_wipe(pem.data, pem.size);
    gnutls_free(pem.data);
    return done;
}

/* ---- making and using -------------------------------------------------------- */

struct crypto_key *crypto_key_generate(const char *type)
{
    static const struct {
        const char *name;
        gnutls_pk_algorithm_t algorithm;
        unsigned bits;
    } types[] = {
        { "ecdsa-p256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) },
        { "ecdsa-p384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1) },
        { "ecdsa-p521", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1) },
        { "rsa-2048", GNUTLS_PK_RSA, 2048 },
        { "rsa-3072", GNUTLS_PK_RSA, 3072 },
        { "rsa-4096", GNUTLS_PK_RSA, 4096 },
        { "ed25519", GNUTLS_PK_EDDSA_ED25519, 0 },
    };
    gnutls_x509_privkey_t stored;
    char why[128];

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].name, type) != 0) {
            continue;
        }
        if (gnutls_x509_privkey_init(&stored) < 0) {
            return NULL;
        }
        if (gnutls_x509_privkey_generate(stored, types[i].algorithm, types[i].bits, 0) < 0) {
            gnutls_x509_privkey_deinit(stored);
            return NULL;
        }
        return key_from(stored, why, sizeof why);
    }
    return NULL;
}

struct span crypto_key_spki(const struct crypto_key *key)
{
    return (struct span){ key->spki.data, key->spki.size };
}

struct span crypto_key_algorithm(const struct crypto_key *key)
{
    return key->maker->algorithm;
}

enum crypto_status crypto_sign(const struct crypto_key *key, struct span data,
                               uint8_t out[CRYPTO_SIGNATURE_MAX], size_t *len)
{
    gnutls_datum_t in = plumbing_datum(data), signature = { NULL, 0 };
    enum crypto_status status = CRYPTO_FAILED;

    if (gnutls_privkey_sign_data2(key->handle, key->maker->sign, 0, &in, &signature) >= 0 &&
        signature.size <= CRYPTO_SIGNATURE_MAX) {
        memcpy(out, signature.data, signature.size);
        *len = signature.size;
        status = CRYPTO_OK;
    }
    gnutls_free(signature.data);
    return status;
}
