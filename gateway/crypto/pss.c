#include "gateway/crypto/pss.h"

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/rsa.h>

/* An id-RSASSA-PSS key may say what it is to be used with: RFC 4055, 3.3. */
static bool key_allows(const struct public_key *key, const struct algorithm_pss *pss)
{
    struct algorithm_pss bound;
    struct asn1_error err;
    bool allows = true;

    if (key->spki.algorithm != OID_id_RSASSA_PSS || key->spki.parameters.ptr == NULL) {
        return true;
    }
    struct arena *arena = arena_new();
    const struct RSASSA_PSS_params *p =
        arena != NULL ? RSASSA_PSS_params_decode(key->spki.parameters, arena, &err) : NULL;
    allows = p != NULL && algorithm_pss(p, &bound) && bound.digest == pss->digest &&
             bound.salt <= pss->salt;
    arena_free(arena);
    return allows;
}

static bool verify_digest(const struct rsa_public_key *key, const struct algorithm_pss *pss,
                          const uint8_t *digest, const mpz_t s)
{
    switch (pss->digest) {
    case OID_sha256: return rsa_pss_sha256_verify_digest(key, pss->salt, digest, s) == 1;
    case OID_sha384: return rsa_pss_sha384_verify_digest(key, pss->salt, digest, s) == 1;
    case OID_sha512: return rsa_pss_sha512_verify_digest(key, pss->salt, digest, s) == 1;
    default:         return false;
    }
}

static bool verify(const struct public_key *key, const struct algorithm_pss *pss, const uint8_t *digest,
                   struct span signature)
{
    struct rsa_public_key rsa;
    bool good = false;
    mpz_t s;

    rsa_public_key_init(&rsa);
    nettle_mpz_set_str_256_u(rsa.n, key->rsa.modulus.len, key->rsa.modulus.ptr);
    nettle_mpz_set_str_256_u(rsa.e, key->rsa.exponent.len, key->rsa.exponent.ptr);
    nettle_mpz_init_set_str_256_u(s, signature.len, signature.ptr);
    if (rsa_public_key_prepare(&rsa) == 1) {
        good = verify_digest(&rsa, pss, digest, s);
    }
    mpz_clear(s);
    rsa_public_key_clear(&rsa);
    return good;
}

enum crypto_status pss_verify(const struct public_key *key, const struct algorithm_pss *pss, struct span data,
                              struct span signature)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];
    size_t len;

    if (!key_allows(key, pss)) {
        return CRYPTO_BAD_KEY;
    }
    enum crypto_status status = crypto_digest(pss->digest, data, digest, &len);
    if (status != CRYPTO_OK) {
        return status;
    }
    /* RFC 8017, 9.1.2, step 3: without room for digest and salt nothing can be consistent. */
    if (signature.len != key->rsa.modulus.len || (key->look.bits + 6) / 8 < len + pss->salt + 2) {
        return CRYPTO_MISMATCH;
    }
    return verify(key, pss, digest, signature) ? CRYPTO_OK : CRYPTO_MISMATCH;
}
