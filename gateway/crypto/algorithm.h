/* Which of our OIDs is which algorithm of the library, and what its parameters must be. */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "gateway/crypto/crypto.h"

/* GNUTLS_DIG_UNKNOWN, GNUTLS_MAC_UNKNOWN: not one of them, or not to be had here. */
gnutls_digest_algorithm_t algorithm_digest(enum oid);
gnutls_mac_algorithm_t algorithm_hmac(enum oid);

/* The same for an AlgorithmIdentifier whose parameters must be NULL or absent.  RFC 5754 and RFC
 * 4231 differ in which of the two they want, and peers differ more. */
gnutls_digest_algorithm_t algorithm_digest_of(const struct AlgorithmIdentifier *);
gnutls_mac_algorithm_t algorithm_hmac_of(const struct AlgorithmIdentifier *);

bool algorithm_parameters_absent(const struct AlgorithmIdentifier *);
bool algorithm_parameters_null_or_absent(const struct AlgorithmIdentifier *);

/* The parameters of RSASSA-PSS: one digest for the message and for MGF1. */
struct algorithm_pss {
    enum oid digest;
    size_t salt;                    /* octets */
};
/* False when the defaults (SHA-1) apply to anything, or the two digests differ: RFC 4055, 3.1. */
bool algorithm_pss(const struct RSASSA_PSS_params *, struct algorithm_pss *out);

struct algorithm_signature {
    enum crypto_key_kind key;       /* that it needs */
    bool is_pss, is_sha1;
    gnutls_sign_algorithm_t sign;   /* unless is_pss */
    struct algorithm_pss pss;
};
/* False when it is unknown or its parameters do not fit. */
bool algorithm_signature(const struct AlgorithmIdentifier *, struct algorithm_signature *out);

#endif
