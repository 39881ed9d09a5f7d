#include "gateway/crypto/public.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>

static const struct curve {
    enum oid id;
    unsigned bits;
    const struct ecc_curve *(*get)(void);
} curves[] = {
    { OID_secp256r1, 256, nettle_get_secp_256r1 },
    { OID_secp384r1, 384, nettle_get_secp_384r1 },
    { OID_secp521r1, 521, nettle_get_secp_521r1 },
};

/* RFC 5480, 2.1.1: a named curve and nothing else. */
static const struct curve *curve_of(struct span parameters)
{
    struct asn1_reader r = { parameters };
    struct asn1_tlv id;

    if (parameters.ptr == NULL || !skim_next(&r, DER_OBJECT_IDENTIFIER, &id) || !skim_end(&r)) {
        return NULL;
    }
    enum oid named = oid_find(id.contents);
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (curves[i].id == named) {
            return &curves[i];
        }
    }
    return NULL;
}

/* An uncompressed point (RFC 5480, 2.2) of the curve.  Certifying anything else would hand out a
 * certificate for a key that nobody can have, or one that leaks its peer's. */
static bool on_curve(const struct curve *curve, struct span point)
{
    size_t size = (curve->bits + 7) / 8;
    struct ecc_point p;
    mpz_t x, y;

    if (point.len != 1 + 2 * size || point.ptr[0] != 4) {
        return false;
    }
    ecc_point_init(&p, curve->get());
    nettle_mpz_init_set_str_256_u(x, size, point.ptr + 1);
    nettle_mpz_init_set_str_256_u(y, size, point.ptr + 1 + size);
    bool is = ecc_point_set(&p, x, y) == 1;
    mpz_clear(x);
    mpz_clear(y);
    ecc_point_clear(&p);
    return is;
}

static enum crypto_status open_ec(struct public_key *k)
{
    const struct curve *curve = curve_of(k->spki.parameters);

    if (curve == NULL) {
        return CRYPTO_BAD_ALGORITHM;
    }
    k->look = (struct crypto_public){ CRYPTO_KEY_EC, curve->bits, curve->id };
    return on_curve(curve, k->spki.key) ? CRYPTO_OK : CRYPTO_BAD_KEY;
}

static bool is_odd(struct span magnitude)
{
    return (magnitude.ptr[magnitude.len - 1] & 1) != 0;
}

static enum crypto_status open_rsa(struct public_key *k)
{
    if (!skim_rsa(k->spki.key, &k->rsa)) {
        return CRYPTO_BAD_KEY;
    }
    k->look = (struct crypto_public){ CRYPTO_KEY_RSA, skim_bits(k->rsa.modulus), OID_NONE };
    unsigned exponent_bits = skim_bits(k->rsa.exponent);
    if (!is_odd(k->rsa.modulus) || !is_odd(k->rsa.exponent) || exponent_bits < 2 ||
        exponent_bits > PUBLIC_EXPONENT_BITS_MAX || exponent_bits >= k->look.bits) {
        return CRYPTO_BAD_KEY;
    }
    return CRYPTO_OK;
}

/* Whether the octets are a point is seen only when they are used. */
static enum crypto_status open_edwards(struct public_key *k, struct crypto_public look, size_t octets)
{
    k->look = look;
    if (k->spki.parameters.ptr != NULL) {       /* RFC 8410, 3 */
        return CRYPTO_BAD_ALGORITHM;
    }
    return k->spki.key.len == octets ? CRYPTO_OK : CRYPTO_BAD_KEY;
}

enum crypto_status public_open(struct span spki, struct public_key *out)
{
    static const uint8_t null[] = { DER_NULL, 0 };

    *out = (struct public_key){ .look = { CRYPTO_KEY_OTHER, 0, OID_NONE } };
    if (!skim_key(spki, &out->spki)) {
        return CRYPTO_BAD_KEY;
    }
    switch (out->spki.algorithm) {
    case OID_rsaEncryption:
        /* RFC 3279, 2.3.1 wants NULL; absence is tolerated, as in signature algorithms. */
        if (out->spki.parameters.ptr != NULL &&
            !span_eq(out->spki.parameters, (struct span){ null, sizeof null })) {
            return CRYPTO_BAD_ALGORITHM;
        }
        return open_rsa(out);
    case OID_id_RSASSA_PSS:
        return open_rsa(out);
    case OID_id_ecPublicKey:
        return open_ec(out);
    case OID_id_Ed25519:
        return open_edwards(out, (struct crypto_public){ CRYPTO_KEY_ED25519, 256, OID_NONE }, 32);
    case OID_id_Ed448:
        return open_edwards(out, (struct crypto_public){ CRYPTO_KEY_ED448, 456, OID_NONE }, 57);
    default:
        return CRYPTO_BAD_ALGORITHM;
    }
}

enum crypto_status crypto_public_look(struct span spki, struct crypto_public *out)
{
    struct public_key k;
    enum crypto_status status = public_open(spki, &k);

    *out = k.look;
    return status;
}

bool crypto_key_identifier(struct span spki, uint8_t out[20])
{
    struct skim_key key;

    return skim_key(spki, &key) && gnutls_hash_fast(GNUTLS_DIG_SHA1, key.key.ptr, key.key.len, out) == 0;
}
