#include "gateway/crypto/algorithm.h"

#include <stdint.h>

/* ---- parameters -------------------------------------------------------------- */

bool algorithm_parameters_absent(const struct AlgorithmIdentifier *a)
{
    return a->parameters.der.ptr == NULL && a->parameters.type == NULL;
}

static bool parameters_null(const struct AlgorithmIdentifier *a)
{
    static const uint8_t null[] = { DER_NULL, 0 };

    if (a->parameters.der.ptr == NULL) {
        return a->parameters.type == &NULL__type;
    }
    return span_eq(a->parameters.der, (struct span){ null, sizeof null });
}

bool algorithm_parameters_null_or_absent(const struct AlgorithmIdentifier *a)
{
    return algorithm_parameters_absent(a) || parameters_null(a);
}

/* ---- digests and HMACs ------------------------------------------------------- */

gnutls_digest_algorithm_t algorithm_digest(enum oid id)
{
    switch (id) {
    case OID_sha1:     return GNUTLS_DIG_SHA1;
    case OID_sha224:   return GNUTLS_DIG_SHA224;
    case OID_sha256:   return GNUTLS_DIG_SHA256;
    case OID_sha384:   return GNUTLS_DIG_SHA384;
    case OID_sha512:   return GNUTLS_DIG_SHA512;
    case OID_sha3_224: return GNUTLS_DIG_SHA3_224;
    case OID_sha3_256: return GNUTLS_DIG_SHA3_256;
    case OID_sha3_384: return GNUTLS_DIG_SHA3_384;
    case OID_sha3_512: return GNUTLS_DIG_SHA3_512;
    default:           return GNUTLS_DIG_UNKNOWN;
    }
}

gnutls_mac_algorithm_t algorithm_hmac(enum oid id)
{
    switch (id) {
    case OID_hMAC_SHA1:
    case OID_id_hmacWithSHA1:   return GNUTLS_MAC_SHA1;
    case OID_id_hmacWithSHA224: return GNUTLS_MAC_SHA224;
    case OID_id_hmacWithSHA256: return GNUTLS_MAC_SHA256;
    case OID_id_hmacWithSHA384: return GNUTLS_MAC_SHA384;
    case OID_id_hmacWithSHA512: return GNUTLS_MAC_SHA512;
    default:                    return GNUTLS_MAC_UNKNOWN;
    }
}

gnutls_digest_algorithm_t algorithm_digest_of(const struct AlgorithmIdentifier *a)
{
    return algorithm_parameters_null_or_absent(a) ? algorithm_digest(oid_find(a->algorithm))
                                                  : GNUTLS_DIG_UNKNOWN;
}

gnutls_mac_algorithm_t algorithm_hmac_of(const struct AlgorithmIdentifier *a)
{
    return algorithm_parameters_null_or_absent(a) ? algorithm_hmac(oid_find(a->algorithm))
                                                  : GNUTLS_MAC_UNKNOWN;
}

/* ---- signatures -------------------------------------------------------------- */

static const struct row {
    enum oid id;
    enum crypto_key_kind key;
    gnutls_sign_algorithm_t sign;
    bool sha1;
} rows[] = {
    { OID_sha1WithRSAEncryption,   CRYPTO_KEY_RSA,     GNUTLS_SIGN_RSA_SHA1, true },
    { OID_sha224WithRSAEncryption, CRYPTO_KEY_RSA,     GNUTLS_SIGN_RSA_SHA224, false },
    { OID_sha256WithRSAEncryption, CRYPTO_KEY_RSA,     GNUTLS_SIGN_RSA_SHA256, false },
    { OID_sha384WithRSAEncryption, CRYPTO_KEY_RSA,     GNUTLS_SIGN_RSA_SHA384, false },
    { OID_sha512WithRSAEncryption, CRYPTO_KEY_RSA,     GNUTLS_SIGN_RSA_SHA512, false },
    { OID_ecdsa_with_SHA1,         CRYPTO_KEY_EC,      GNUTLS_SIGN_ECDSA_SHA1, true },
    { OID_ecdsa_with_SHA224,       CRYPTO_KEY_EC,      GNUTLS_SIGN_ECDSA_SHA224, false },
    { OID_ecdsa_with_SHA256,       CRYPTO_KEY_EC,      GNUTLS_SIGN_ECDSA_SHA256, false },
    { OID_ecdsa_with_SHA384,       CRYPTO_KEY_EC,      GNUTLS_SIGN_ECDSA_SHA384, false },
    { OID_ecdsa_with_SHA512,       CRYPTO_KEY_EC,      GNUTLS_SIGN_ECDSA_SHA512, false },
    { OID_id_rsassa_pkcs1_v1_5_with_sha3_256, CRYPTO_KEY_RSA, GNUTLS_SIGN_RSA_SHA3_256, false },
    { OID_id_rsassa_pkcs1_v1_5_with_sha3_384, CRYPTO_KEY_RSA, GNUTLS_SIGN_RSA_SHA3_384, false },
    { OID_id_rsassa_pkcs1_v1_5_with_sha3_512, CRYPTO_KEY_RSA, GNUTLS_SIGN_RSA_SHA3_512, false },
    { OID_id_ecdsa_with_sha3_256, CRYPTO_KEY_EC, GNUTLS_SIGN_ECDSA_SHA3_256, false },
    { OID_id_ecdsa_with_sha3_384, CRYPTO_KEY_EC, GNUTLS_SIGN_ECDSA_SHA3_384, false },
    { OID_id_ecdsa_with_sha3_512, CRYPTO_KEY_EC, GNUTLS_SIGN_ECDSA_SHA3_512, false },
    { OID_id_Ed25519,              CRYPTO_KEY_ED25519, GNUTLS_SIGN_EDDSA_ED25519, false },
    { OID_id_Ed448,                CRYPTO_KEY_ED448,   GNUTLS_SIGN_EDDSA_ED448, false },
};

static enum oid mgf1_digest(const struct AlgorithmIdentifier *mgf)
{
    const struct AlgorithmIdentifier *digest = mgf->parameters.value;

    if (oid_find(mgf->algorithm) != OID_id_mgf1 ||
        mgf->parameters.type != &AlgorithmIdentifier_type || digest == NULL ||
        !algorithm_parameters_null_or_absent(digest)) {
        return OID_NONE;
    }
    return oid_find(digest->algorithm);
}

bool algorithm_pss(const struct RSASSA_PSS_params *p, struct algorithm_pss *out)
{
    uint64_t salt = 20, trailer = 1;

    if (p->hashAlgorithm == NULL || p->maskGenAlgorithm == NULL ||
        !algorithm_parameters_null_or_absent(p->hashAlgorithm)) {
        return false;
    }
    out->digest = oid_find(p->hashAlgorithm->algorithm);
    if (out->digest != OID_sha256 && out->digest != OID_sha384 && out->digest != OID_sha512) {
        return false;
    }
    if ((p->saltLength.ptr != NULL && !asn1_uint(p->saltLength, &salt)) ||
        (p->trailerField.ptr != NULL && !asn1_uint(p->trailerField, &trailer))) {
        return false;
    }
    /* No key that crypto_verify() takes has room for a longer salt. */
    out->salt = salt <= CRYPTO_SIGNATURE_MAX ? (size_t)salt : 0;
    return mgf1_digest(p->maskGenAlgorithm) == out->digest && trailer == 1 && out->salt == salt;
}

static bool pss_signature(const struct AlgorithmIdentifier *a, struct algorithm_signature *out)
{
    const struct RSASSA_PSS_params *p = a->parameters.value;

    out->key = CRYPTO_KEY_RSA;
    out->is_pss = true;
    return a->parameters.type == &RSASSA_PSS_params_type && p != NULL && algorithm_pss(p, &out->pss);
}

static bool verifies(enum oid id)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].id == id) {
            return true;
        }
    }
    return id == OID_id_RSASSA_PSS;
}

bool crypto_offers(enum oid id)
{
    return id == OID_id_PasswordBasedMac || id == OID_id_PBMAC1 || id == OID_shake256 || verifies(id) ||
           algorithm_digest(id) != GNUTLS_DIG_UNKNOWN || algorithm_hmac(id) != GNUTLS_MAC_UNKNOWN;
}

bool algorithm_signature(const struct AlgorithmIdentifier *a, struct algorithm_signature *out)
{
    enum oid id = oid_find(a->algorithm);

    *out = (struct algorithm_signature){ .key = CRYPTO_KEY_OTHER };
    if (id == OID_id_RSASSA_PSS) {
        return pss_signature(a, out);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].id == id) {
            out->key = rows[i].key;
            out->sign = rows[i].sign;
            out->is_sha1 = rows[i].sha1;
            /* RFC 4055, 5: NULL for RSA; left out by some peers, which changes nothing.  RFC 5758,
             * 3.2 and RFC 8410, 3: absent for the others. */
            return out->key == CRYPTO_KEY_RSA ? algorithm_parameters_null_or_absent(a)
                                              : algorithm_parameters_absent(a);
        }
    }
    return false;
}
