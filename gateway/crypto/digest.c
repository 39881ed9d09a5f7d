#include "gateway/crypto/algorithm.h"

#include <nettle/sha3.h>
#include <stdlib.h>

void crypto_sha256(struct span data, uint8_t out[32])
{
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data.ptr, data.len, out) != 0) {
        abort();        /* SHA-256 of a buffer cannot fail in a library that works */
    }
}

/* SHAKE256 with 512 bits of output: RFC 8702, RFC 9481 2.2. */
static void shake256(struct span data, uint8_t out[64])
{
    struct sha3_256_ctx context;

    sha3_256_init(&context);
    sha3_256_update(&context, data.len, data.ptr);
    sha3_256_shake(&context, 64, out);
}

enum crypto_status crypto_digest(enum oid algorithm, struct span data, uint8_t *out, size_t *len)
{
    gnutls_digest_algorithm_t digest = algorithm_digest(algorithm);

    if (algorithm == OID_shake256) {
        shake256(data, out);
        *len = 64;
        return CRYPTO_OK;
    }
    if (digest == GNUTLS_DIG_UNKNOWN) {
        return CRYPTO_BAD_ALGORITHM;
    }
    *len = gnutls_hash_get_len(digest);
    return gnutls_hash_fast(digest, data.ptr, data.len, out) == 0 ? CRYPTO_OK : CRYPTO_FAILED;
}

enum oid crypto_digest_of_signature(const struct AlgorithmIdentifier *signature)
{
    switch (oid_find(signature->algorithm)) {
    case OID_sha1WithRSAEncryption:
    case OID_ecdsa_with_SHA1:   return OID_sha1;
    case OID_sha224WithRSAEncryption:
    case OID_ecdsa_with_SHA224: return OID_sha224;
    case OID_sha256WithRSAEncryption:
    case OID_ecdsa_with_SHA256: return OID_sha256;
    case OID_sha384WithRSAEncryption:
    case OID_ecdsa_with_SHA384: return OID_sha384;
    case OID_sha512WithRSAEncryption:
    case OID_ecdsa_with_SHA512: return OID_sha512;
    case OID_id_Ed25519:        return OID_sha512;
    case OID_id_Ed448:          return OID_shake256;
    case OID_id_RSASSA_PSS: {
        const struct RSASSA_PSS_params *pss = signature->parameters.value;
        if (signature->parameters.type != &RSASSA_PSS_params_type || pss == NULL) {
            return OID_NONE;
        }
        return pss->hashAlgorithm != NULL ? oid_find(pss->hashAlgorithm->algorithm) : OID_sha1;
    }
    default:                    return OID_NONE;
    }
}
