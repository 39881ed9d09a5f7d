/* RFC 2986, Appendix A (PKCS-10, IMPLICIT TAGS). */
#include "codec/pkcs10.h"

#include "codec/asn1_table.h"

SEQUENCE(CertificationRequestInfo,
    FIELD(version,                  Version),
    FIELD(subject,                  Name),
    FIELD(subjectPKInfo,            SubjectPublicKeyInfo),
    FIELD(attributes,               Attributes,           IMPLICIT(0)))

SEQUENCE(CertificationRequest,
    FIELD(certificationRequestInfo, CertificationRequestInfo),
    FIELD(signatureAlgorithm,       AlgorithmIdentifier),
    FIELD(signature,                BIT_STRING))

void *Attributes_value(const struct asn1_list *attributes, enum oid type)
{
    struct span contents = oid_contents(type);

    for (size_t i = 0; i < attributes->count; i++) {
        const struct Attribute *attribute = attributes->item[i];
        if (span_eq(attribute->type, contents) && attribute->values.count > 0) {
            return ((struct asn1_open *)attribute->values.item[0])->value;
        }
    }
    return NULL;
}
