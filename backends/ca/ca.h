/* The embedded CA: certificates and CRLs written with the codec and signed through the desk.
 *
 * It keeps nothing.  The gateway owns the private key and the inventory of certificates, so an
 * outcome that is not committed has never happened: the backend is PURE.
 *
 *      ca.c            the module: options, open, which order goes where
 *      certificate.c   an order becomes a Certificate
 *      crl.c           the inventory becomes a CertificateList
 *      extension.c     the extensions that both write
 */
#ifndef CA_H
#define CA_H
#include <cmpgate/backend.h>

#include "codec/cmp.h"
#include "codec/x509.h"

struct ca_options {
    const char *key;                    /* name of the key section */
    int64_t crl_lifetime;               /* seconds from thisUpdate to nextUpdate */
    const char *const *crl_url;         /* where our CRL can be had; all name the same one */
    const char *const *aia_url;         /* where our certificate can be had */
    const char *const *ocsp_url;
};

/* Written by open(), read-only afterwards: any number of threads may share it. */
struct ca {
    const struct cmpgate_desk *desk;
    struct cmpgate_instance *instance;
    const struct ca_options *options;
    struct arena *arena;                /* owns what follows */
    struct Name *subject;               /* becomes issuer, verbatim (RFC 5280, 4.1.2.4) */
    struct span key_identifier;         /* becomes the keyIdentifier of authorityKeyIdentifier */
    struct AlgorithmIdentifier *signature;
    int64_t not_before, not_after;      /* of the CA certificate, Unix seconds */
    uint32_t key_usage;                 /* bits of KeyUsage; all of them when it has no such extension */
    struct cmpgate_bytes *chain;        /* the CA certificate, then its chain */
    size_t chain_count;
};

/* ---- orders: what comes back lives in the arena and in `ca` ------------------------------ */

/* CERTIFY. */
struct cmpgate_outcome ca_certify(const struct ca *, const struct cmpgate_order *, struct arena *);
/* CRL.  Linear in the number of revoked certificates; 16 MiB of CRL at most (codec/limits.h). */
struct cmpgate_outcome ca_crl(const struct ca *, const struct cmpgate_order *, struct arena *);

/* Refused for good: bits of PKIFailureInfo and one line for the client. */
struct cmpgate_outcome ca_refused(uint32_t fail_info, const char *text);
/* Our side is short of something (memory, randomness, the key): the gateway submits again. */
struct cmpgate_outcome ca_not_now(const char *text);

/* Whether the CA certificate is valid; an expired CA signs nothing. */
bool ca_valid_at(const struct ca *, int64_t now);
/* Contents of the BIT STRING with the signature over tbs; absent when the key cannot be used. */
struct span ca_sign(const struct ca *, struct span tbs, struct arena *);

/* ---- extensions: false when memory is out ------------------------------------------------- */

bool extension_add(struct asn1_list *, enum oid, const struct asn1_type *, const void *value, struct arena *);
bool extension_add_subjectKeyIdentifier(struct asn1_list *, const struct SubjectPublicKeyInfo *, struct arena *);
bool extension_add_authorityKeyIdentifier(struct asn1_list *, const struct ca *, struct arena *);
/* The next two add nothing when no URL is configured. */
bool extension_add_cRLDistributionPoints(struct asn1_list *, const struct ca *, struct arena *);
bool extension_add_authorityInfoAccess(struct asn1_list *, const struct ca *, struct arena *);

/* SHA-1 of the bits of the public key (RFC 5280, 4.2.1.2, method 1): a name, not a protection. */
struct span key_identifier_of(const struct SubjectPublicKeyInfo *, struct arena *);

static inline struct span span_from(struct cmpgate_bytes bytes)
{
    return (struct span){ bytes.ptr, bytes.len };
}

static inline struct cmpgate_bytes bytes_from(struct span span)
{
    return (struct cmpgate_bytes){ span.ptr, span.len };
}

#endif
