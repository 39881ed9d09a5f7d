/* The two certificates that `cmpgate init` makes: a root CA, and the signer of our messages under it. */
#ifndef COMMAND_CERTIFICATE_H
#define COMMAND_CERTIFICATE_H
#include "gateway/crypto/crypto.h"

/* A self-signed CA certificate for `key`; DER in the arena, absent on failure. */
struct span certificate_make_ca(const struct crypto_key *key, const char *common_name, int64_t now, int64_t lifetime,
                                struct arena *);
/* A CA certificate of this DER Name for `key`, by the issuer's key under the same Name: its own, or the one before or
 * after it (RFC 9810 4.4). */
struct span certificate_make_root(const struct crypto_key *key, struct span name, const struct crypto_key *issuer,
                                  int64_t not_before, int64_t not_after, struct arena *);
/* A certificate for `key` with digitalSignature and the extended key usage cmcCA, signed by the CA's key. */
struct span certificate_make_signer(const struct crypto_key *key, const char *common_name,
                                    const struct crypto_key *ca, struct span ca_certificate,
                                    int64_t now, int64_t lifetime, struct arena *);
/* DER Name of one commonName. */
struct span certificate_name(const char *common_name, struct arena *);

#endif
