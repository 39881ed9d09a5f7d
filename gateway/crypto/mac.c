/* MACs under shared secrets: PasswordBasedMac (RFC 9810, 5.1.3.1), PBMAC1 (RFC 8018, 7.1), and HMAC with the secret as
 * its key (RFC 9481, 6.2.1).
 *
 * All are first read into a recipe, which says what it costs; nothing is computed before that
 * has been held against the limit.
 */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "codec/cmp.h"
#include "gateway/crypto/algorithm.h"
#include "gateway/crypto/plumbing.h"

enum {
    SALT_MAX = 128,
    KEY_MAX = 128,              /* PBKDF2's keyLength: the longest block of an HMAC */
    SECRET_MAX = 4096,
};

struct recipe {
    struct span salt;
    uint64_t iterations;        /* UINT64_MAX: more than that */
    size_t key_len;
    uint64_t blocks;            /* PBKDF2 runs all iterations once for each */
    bool raw;                   /* the secret is the key */
    gnutls_digest_algorithm_t owf;      /* UNKNOWN: PBKDF2 */
    gnutls_mac_algorithm_t prf;
    gnutls_mac_algorithm_t mac;
};

/* ---- reading ----------------------------------------------------------------- */

/* A positive INTEGER of any length; 0 for one that is not positive. */
static uint64_t count_of(struct span integer)
{
    uint64_t n = 0;

    if (integer.len == 0 || integer.ptr[0] >= 0x80) {
        return 0;
    }
    return asn1_uint(integer, &n) ? n : UINT64_MAX;
}

static enum crypto_status check(const struct recipe *r)
{
    if (r->mac == GNUTLS_MAC_UNKNOWN || r->iterations == 0 || r->key_len == 0 ||
        (r->owf == GNUTLS_DIG_UNKNOWN && r->prf == GNUTLS_MAC_UNKNOWN)) {
        return CRYPTO_BAD_ALGORITHM;
    }
    return r->salt.len <= SALT_MAX && r->key_len <= KEY_MAX ? CRYPTO_OK : CRYPTO_TOO_COSTLY;
}

static enum crypto_status read_pbm(const struct PBMParameter *p, struct recipe *r)
{
    r->owf = algorithm_digest_of(p->owf);
    r->mac = algorithm_hmac_of(p->mac);
    r->salt = p->salt;
    r->iterations = count_of(p->iterationCount);
    r->key_len = r->owf != GNUTLS_DIG_UNKNOWN ? gnutls_hash_get_len(r->owf) : 0;
    r->blocks = 1;
    return check(r);
}

static void read_pbkdf2(const struct PBKDF2_params *p, struct recipe *r)
{
    size_t hash;
    uint64_t key_len;

    r->prf = p->prf != NULL ? algorithm_hmac_of(p->prf) : GNUTLS_MAC_SHA1;
    r->iterations = count_of(p->iterationCount);
    if (r->prf == GNUTLS_MAC_UNKNOWN || r->mac == GNUTLS_MAC_UNKNOWN) {
        return;
    }
    /* RFC 9579, 4 would have keyLength mandatory; here it may be absent, and then the key is as
     * long as the MAC. */
    key_len = p->keyLength.ptr != NULL ? count_of(p->keyLength) : gnutls_hmac_get_len(r->mac);
    r->key_len = key_len <= KEY_MAX ? (size_t)key_len : KEY_MAX + 1;
    hash = gnutls_hmac_get_len(r->prf);
    r->blocks = (r->key_len + hash - 1) / hash;
}

static enum crypto_status read_pbmac1(const struct PBMAC1_params *p, struct recipe *r)
{
    const struct AlgorithmIdentifier *kdf = p->keyDerivationFunc;
    const struct PBKDF2_params *pbkdf2 = kdf->parameters.value;

    if (oid_find(kdf->algorithm) != OID_id_PBKDF2 || kdf->parameters.type != &PBKDF2_params_type ||
        pbkdf2 == NULL || pbkdf2->salt->arm != PBKDF2_salt_specified) {
        return CRYPTO_BAD_ALGORITHM;
    }
    r->salt = pbkdf2->salt->specified;
    r->mac = algorithm_hmac_of(p->messageAuthScheme);
    read_pbkdf2(pbkdf2, r);
    return check(r);
}

static enum crypto_status read_hmac(const struct AlgorithmIdentifier *a, struct recipe *r)
{
    *r = (struct recipe){ .iterations = 1, .blocks = 1, .raw = true, .mac = algorithm_hmac_of(a) };
    return r->mac != GNUTLS_MAC_UNKNOWN ? CRYPTO_OK : CRYPTO_BAD_ALGORITHM;
}

static enum crypto_status read_recipe(const struct AlgorithmIdentifier *a, struct recipe *r)
{
    const void *parameters = a->parameters.value;

    if (algorithm_hmac(oid_find(a->algorithm)) != GNUTLS_MAC_UNKNOWN) {
        return read_hmac(a, r);
    }
    *r = (struct recipe){ .iterations = 0 };
    if (parameters == NULL) {
        return CRYPTO_BAD_ALGORITHM;
    }
    switch (oid_find(a->algorithm)) {
    case OID_id_PasswordBasedMac:
        return a->parameters.type == &PBMParameter_type ? read_pbm(parameters, r)
                                                        : CRYPTO_BAD_ALGORITHM;
    case OID_id_PBMAC1:
        return a->parameters.type == &PBMAC1_params_type ? read_pbmac1(parameters, r)
                                                         : CRYPTO_BAD_ALGORITHM;
    default:
        return CRYPTO_BAD_ALGORITHM;
    }
}

static uint64_t cost_of(const struct recipe *r)
{
    return r->iterations <= UINT64_MAX / r->blocks ? r->iterations * r->blocks : UINT64_MAX;
}

enum crypto_status crypto_mac_cost(const struct AlgorithmIdentifier *a, uint64_t *iterations)
{
    struct recipe r;
    enum crypto_status status = read_recipe(a, &r);

    *iterations = status != CRYPTO_BAD_ALGORITHM ? cost_of(&r) : 0;
    return status;
}

/* ---- computing --------------------------------------------------------------- */

/* iterationCount applications in all, the first of them over secret || salt. */
static bool derive_pbm(struct span secret, const struct recipe *r, uint8_t *key)
{
    gnutls_hash_hd_t hash;
    int code;

    if (gnutls_hash_init(&hash, r->owf) < 0) {
        return false;
    }
    code = gnutls_hash(hash, secret.ptr, secret.len);
    if (code >= 0) {
        code = gnutls_hash(hash, r->salt.ptr, r->salt.len);
    }
    gnutls_hash_output(hash, key);
    for (uint64_t i = 1; i < r->iterations && code >= 0; i++) {
        code = gnutls_hash(hash, key, r->key_len);
        gnutls_hash_output(hash, key);
    }
    gnutls_hash_deinit(hash, NULL);
    return code >= 0;
}

static bool derive(struct span secret, const struct recipe *r, uint8_t *key)
{
    if (r->owf != GNUTLS_DIG_UNKNOWN) {
        return derive_pbm(secret, r, key);
    }
    gnutls_datum_t password = plumbing_datum(secret), salt = plumbing_datum(r->salt);
    return gnutls_pbkdf2(r->prf, &password, &salt, (unsigned)r->iterations, key, r->key_len) >= 0;
}

enum crypto_status crypto_mac(struct span secret, const struct AlgorithmIdentifier *a, struct span data,
                              uint64_t *cost, uint8_t out[CRYPTO_MAC_MAX], size_t *len)
{
    uint8_t key[KEY_MAX];
    struct recipe r;
    enum crypto_status status = read_recipe(a, &r);
    uint64_t limit = *cost;

    *cost = status != CRYPTO_BAD_ALGORITHM ? cost_of(&r) : 0;
    if (status != CRYPTO_OK) {
        return status;
    }
    /* gnutls_pbkdf2() counts in an unsigned int. */
    if (*cost > limit || r.iterations > UINT32_MAX || secret.len > SECRET_MAX) {
        return CRYPTO_TOO_COSTLY;
    }
    *len = gnutls_hmac_get_len(r.mac);
    if (r.raw) {
        return gnutls_hmac_fast(r.mac, secret.ptr, secret.len, data.ptr, data.len, out) >= 0 ? CRYPTO_OK : CRYPTO_FAILED;
    }
    bool done = derive(secret, &r, key) &&
                gnutls_hmac_fast(r.mac, key, r.key_len, data.ptr, data.len, out) >= 0;
    crypto_wipe(key, sizeof key);
    return done ? CRYPTO_OK : CRYPTO_FAILED;
}
