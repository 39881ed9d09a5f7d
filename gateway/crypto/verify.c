#include <gnutls/abstract.h>

#include "gateway/crypto/algorithm.h"
#include "gateway/crypto/plumbing.h"
#include "gateway/crypto/pss.h"
#include "gateway/crypto/public.h"

/* GnuTLS reads ECDSA-Sig-Value as BER; nobody needs that, and a signature should have one form. */
static bool signature_is_der(struct span signature)
{
    struct asn1_reader r;
    struct span number;

    return skim_sequence(signature, &r) && skim_positive(&r, &number) && skim_positive(&r, &number) &&
           skim_end(&r);
}

/* RFC 8032, 5.2.7: the scalar is below the group order, so its last octet is zero.  nettle 3.8 does
 * not read that octet, which would make 256 signatures of one. */
static bool ed448_is_canonical(struct span signature)
{
    return signature.len == 114 && signature.ptr[113] == 0;
}

static bool signature_is_strict(enum crypto_key_kind kind, struct span signature)
{
    switch (kind) {
    case CRYPTO_KEY_EC:    return signature_is_der(signature);
    case CRYPTO_KEY_ED448: return ed448_is_canonical(signature);
    default:               return true;
    }
}

static enum crypto_status status_of(int code)
{
    switch (code) {
    case GNUTLS_E_MEMORY_ERROR:
        return CRYPTO_FAILED;
    case GNUTLS_E_INSUFFICIENT_SECURITY:
    case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
        return CRYPTO_BAD_ALGORITHM;
    default:
        return code >= 0 ? CRYPTO_OK : CRYPTO_MISMATCH;
    }
}

static enum crypto_status verify(struct span spki, const struct algorithm_signature *a, struct span data,
                                 struct span signature)
{
    gnutls_datum_t key_datum = plumbing_datum(spki), data_datum = plumbing_datum(data);
    gnutls_datum_t signature_datum = plumbing_datum(signature);
    enum crypto_status status = CRYPTO_FAILED;
    gnutls_pubkey_t key;

    if (gnutls_pubkey_init(&key) < 0) {
        return CRYPTO_FAILED;
    }
    int code = gnutls_pubkey_import(key, &key_datum, GNUTLS_X509_FMT_DER);
    if (code < 0) {
        status = code == GNUTLS_E_MEMORY_ERROR ? CRYPTO_FAILED : CRYPTO_BAD_KEY;
        goto out;
    }
    unsigned flags = a->is_sha1 ? GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1 : 0;
    status = status_of(gnutls_pubkey_verify_data2(key, a->sign, flags, &data_datum, &signature_datum));
out:
    gnutls_pubkey_deinit(key);
    return status;
}

enum crypto_status crypto_verify(struct span spki, const struct AlgorithmIdentifier *algorithm,
                                 struct span data, struct span signature, bool sha1)
{
    struct algorithm_signature a;
    struct public_key key;

    if (!algorithm_signature(algorithm, &a) || (a.is_sha1 && !sha1)) {
        return CRYPTO_BAD_ALGORITHM;
    }
    enum crypto_status status = public_open(spki, &key);
    if (status != CRYPTO_OK) {
        return status;
    }
    if (key.look.kind != a.key || (key.spki.algorithm == OID_id_RSASSA_PSS && !a.is_pss) ||
        (a.key == CRYPTO_KEY_RSA && key.look.bits > PUBLIC_RSA_BITS_MAX)) {
        return CRYPTO_BAD_KEY;
    }
    if (!signature_is_strict(a.key, signature)) {
        return CRYPTO_MISMATCH;
    }
    return a.is_pss ? pss_verify(&key, &a.pss, data, signature) : verify(spki, &a, data, signature);
}
