/* Certification requests: RFC 2986 (PKCS #10). */
#ifndef CODEC_PKCS10_H
#define CODEC_PKCS10_H

#include "codec/x509.h"

ASN1_DECLARE_SEQUENCE(CertificationRequestInfo)
struct CertificationRequestInfo {
    struct span der;                    /* what signature is over */
    struct span version;
    struct Name *subject;
    struct SubjectPublicKeyInfo *subjectPKInfo;
    struct asn1_list attributes;        /* SET OF Attribute; mandatory, may be empty */
};

ASN1_DECLARE_SEQUENCE(CertificationRequest)
struct CertificationRequest {
    struct span der;
    struct CertificationRequestInfo *certificationRequestInfo;
    struct AlgorithmIdentifier *signatureAlgorithm;
    struct span signature;              /* BIT STRING */
};

/* The first value of the attribute with this OID, when known and well formed, else NULL:
 * struct asn1_list * of Extension for OID_extensionRequest. */
void *Attributes_value(const struct asn1_list *attributes, enum oid type);

#endif
