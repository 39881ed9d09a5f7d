/* One CRL of somebody else (RFC 5280 5, 6.3): whole, current, signed by the issuer of the certificate. */
#ifndef CRYPTO_CRL_H
#define CRYPTO_CRL_H
#include "gateway/crypto/crypto.h"

struct crypto_crl {
    struct CertificateList *list;
    int64_t this_update, next_update;
    struct span *serials;               /* contents of the INTEGERs, sorted */
    size_t count;
};

/* Reads `der`, which the arena holds, into the arena.  NULL, or why it is of no use: no CRL, without nextUpdate, or one whose scope
 * is not "all certificates of its issuer".  Nothing is verified. */
const char *crypto_crl_take(struct crypto_crl *, struct span der, struct arena *);
bool crypto_crl_signed_by(const struct crypto_crl *, struct span spki);
/* Whether it says that it is what is found at this URL: by name, or by naming no place at all (RFC 5280 6.3.3 b). */
bool crypto_crl_is_of(const struct crypto_crl *, struct span url);
/* Whether it is about this certificate (DER) as far as places go: the certificate has the same one, or none is named. */
bool crypto_crl_covers(const struct crypto_crl *, struct span certificate);
bool crypto_crl_has(const struct crypto_crl *, struct span serial);
/* What there is to know in the end, in another arena: times and serial numbers; list is NULL.  False without memory. */
bool crypto_crl_keep(struct crypto_crl *, const struct crypto_crl *from, struct arena *);

#endif
