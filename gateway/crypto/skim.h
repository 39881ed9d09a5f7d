/* The few fields that keys, signatures and paths are judged by, read without an arena.
 *
 * Strict DER, nothing copied: all spans point into the input.  For what the codec's tables decode
 * with more care elsewhere; here it must cost nothing and need no memory.
 */
#ifndef CRYPTO_SKIM_H
#define CRYPTO_SKIM_H

#include "codec/asn1.h"
#include "codec/oid.h"

/* `in` is exactly one SEQUENCE; reads what is in it. */
bool skim_sequence(struct span in, struct asn1_reader *out);
bool skim_next(struct asn1_reader *, uint8_t tag, struct asn1_tlv *out);
bool skim_end(const struct asn1_reader *);
/* The magnitude of a positive, minimal INTEGER, without its sign octet. */
bool skim_positive(struct asn1_reader *, struct span *magnitude);

struct skim_key {                   /* SubjectPublicKeyInfo */
    enum oid algorithm;
    struct span parameters;         /* the element; absent when there are none */
    struct span key;                /* subjectPublicKey without its unused-bits octet */
};
bool skim_key(struct span spki, struct skim_key *out);

struct skim_rsa {                   /* RSAPublicKey; magnitudes */
    struct span modulus, exponent;
};
bool skim_rsa(struct span key, struct skim_rsa *out);
unsigned skim_bits(struct span magnitude);

struct skim_certificate {           /* elements of TBSCertificate, headers included */
    struct span serial, issuer, subject, spki;
};
bool skim_certificate(struct span der, struct skim_certificate *out);

#endif
