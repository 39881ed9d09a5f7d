/* Certificates, CRLs, names, extensions and algorithm identifiers: RFC 5280 (PKIX1Explicit88,
 * PKIX1Implicit88), RFC 3279, 4055, 5480, 8018, 9044, 9045 for parameters.
 *
 * Upper bounds of DN attributes (ub-common-name and so on) are not checked here: they are
 * a matter of policy.  The alphabets and SIZE (1..MAX) are.
 */
#ifndef CODEC_X509_H
#define CODEC_X509_H

#include "codec/asn1.h"
#include "codec/oid.h"

/* ---- AlgorithmIdentifier and SubjectPublicKeyInfo (RFC 5280, 4.1.1.2, 4.1.2.7) ---------- */

ASN1_DECLARE_SEQUENCE(AlgorithmIdentifier)
struct AlgorithmIdentifier {
    struct span der;
    struct span algorithm;
    struct asn1_open parameters;        /* DEFINED BY algorithm; absent: der.ptr NULL */
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_AlgorithmIdentifier)       /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE(SubjectPublicKeyInfo)
struct SubjectPublicKeyInfo {
    struct span der;
    struct AlgorithmIdentifier *algorithm;
    struct span subjectPublicKey;       /* BIT STRING */
};

/* ---- names (RFC 5280, 4.1.2.4) ---------------------------------------------------------- */

enum { DirectoryString_teletexString, DirectoryString_printableString,
       DirectoryString_universalString, DirectoryString_utf8String, DirectoryString_bmpString };
ASN1_DECLARE_CHOICE(DirectoryString)
struct DirectoryString {
    struct span der;
    int arm;
    union {
        struct span teletexString, printableString, universalString, utf8String, bmpString;
    };
};

enum { PKCS9String_ia5String, PKCS9String_directoryString };
ASN1_DECLARE_CHOICE(PKCS9String)                        /* RFC 2985, 5.4.3 */
struct PKCS9String {
    struct span der;
    int arm;
    union {
        struct span ia5String;
        struct DirectoryString *directoryString;
    };
};

ASN1_DECLARE_LEAF(X520countryName, DER_PrintableString)        /* SIZE (2) */

ASN1_DECLARE_SEQUENCE(AttributeTypeAndValue)
struct AttributeTypeAndValue {
    struct span der;
    struct span type;
    struct asn1_open value;             /* DirectoryString for most; may be malformed */
};

ASN1_DECLARE_SET_OF(RelativeDistinguishedName)          /* of AttributeTypeAndValue, 1..MAX */
ASN1_DECLARE_SEQUENCE_OF(RDNSequence)                   /* of RelativeDistinguishedName */

/* The NULL-DN is a Name whose rdnSequence is present and empty. */
enum { Name_rdnSequence };
ASN1_DECLARE_CHOICE(Name)
struct Name {
    struct span der;
    int arm;
    union {
        struct asn1_list rdnSequence;   /* items: struct asn1_list * of AttributeTypeAndValue */
    };
};

ASN1_DECLARE_SEQUENCE(Attribute)
struct Attribute {
    struct span der;
    struct span type;
    struct asn1_list values;            /* SET OF, DEFINED BY type: items are asn1_open */
};
ASN1_DECLARE_SET_OF(Attributes)                         /* of Attribute */

/* ---- GeneralName (RFC 5280, 4.2.1.6) ---------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(AnotherName)
struct AnotherName {
    struct span der;
    struct span type_id;
    struct asn1_open value;             /* DEFINED BY type-id */
};

ASN1_DECLARE_SEQUENCE(PermanentIdentifier)              /* RFC 4043 */
struct PermanentIdentifier {
    struct span der;
    struct span identifierValue;
    struct span assigner;
};

ASN1_DECLARE_SEQUENCE(HardwareModuleName)               /* RFC 4108, 5 */
struct HardwareModuleName {
    struct span der;
    struct span hwType;
    struct span hwSerialNum;
};

ASN1_DECLARE_SEQUENCE(EDIPartyName)
struct EDIPartyName {
    struct span der;
    struct DirectoryString *nameAssigner;
    struct DirectoryString *partyName;
};

enum { GeneralName_otherName, GeneralName_rfc822Name, GeneralName_dNSName,
       GeneralName_x400Address, GeneralName_directoryName, GeneralName_ediPartyName,
       GeneralName_uniformResourceIdentifier, GeneralName_iPAddress, GeneralName_registeredID };
ASN1_DECLARE_CHOICE(GeneralName)
struct ORAddress;                       /* x400.h */
struct GeneralName {
    struct span der;
    int arm;
    union {
        struct AnotherName *otherName;
        struct span rfc822Name;
        struct span dNSName;
        struct ORAddress *x400Address;
        struct Name *directoryName;
        struct EDIPartyName *ediPartyName;
        struct span uniformResourceIdentifier;
        struct span iPAddress;          /* 4 or 16 octets, twice that in name constraints */
        struct span registeredID;
    };
};
ASN1_DECLARE_SEQUENCE_OF(GeneralNames)                  /* SIZE (1..MAX) OF GeneralName */

/* ---- Certificate (RFC 5280, 4.1) -------------------------------------------------------- */

ASN1_DECLARE_LEAF(Version, DER_INTEGER)                /* v1(0), v2(1), v3(2) */
ASN1_DECLARE_LEAF(CertificateSerialNumber, DER_INTEGER)

/* RFC 5280, 4.1.2.5.2: without a fraction. */
ASN1_DECLARE_LEAF(GeneralizedTimeSeconds, DER_GeneralizedTime)

enum { Time_utcTime, Time_generalTime };
ASN1_DECLARE_CHOICE(Time)
struct Time {
    struct span der;
    int arm;
    union {
        struct span utcTime, generalTime;
    };
};
/* RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.  NULL out of memory. */
struct Time *Time_from_unix(struct arena *a, int64_t unix_seconds);
bool Time_to_unix(const struct Time *time, int64_t *unix_seconds);

ASN1_DECLARE_SEQUENCE(Validity)
struct Validity {
    struct span der;
    struct Time *notBefore;
    struct Time *notAfter;
};

ASN1_DECLARE_SEQUENCE(Extension)
struct Extension {
    struct span der;
    struct span extnID;
    struct span critical;               /* BOOLEAN DEFAULT FALSE: asn1_true() */
    struct asn1_open extnValue;         /* der: what the OCTET STRING contains; may be malformed */
};
ASN1_DECLARE_SEQUENCE_OF(Extensions)                    /* SIZE (1..MAX) OF Extension */

ASN1_DECLARE_SEQUENCE(TBSCertificate)
struct TBSCertificate {
    struct span der;                    /* what signature is over */
    struct span version;                /* DEFAULT v1 */
    struct span serialNumber;
    struct AlgorithmIdentifier *signature;
    struct Name *issuer;
    struct Validity *validity;
    struct Name *subject;
    struct SubjectPublicKeyInfo *subjectPublicKeyInfo;
    struct span issuerUniqueID;
    struct span subjectUniqueID;
    struct asn1_list extensions;        /* of Extension */
};

ASN1_DECLARE_SEQUENCE(Certificate)
struct Certificate {
    struct span der;
    struct TBSCertificate *tbsCertificate;
    struct AlgorithmIdentifier *signatureAlgorithm;
    struct span signature;              /* BIT STRING */
};

/* ---- CertificateList (RFC 5280, 5.1) ---------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(RevokedCertificate)               /* unnamed in the RFC */
struct RevokedCertificate {
    struct span der;
    struct span userCertificate;
    struct Time *revocationDate;
    struct asn1_list crlEntryExtensions;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_RevokedCertificate)

ASN1_DECLARE_SEQUENCE(TBSCertList)
struct TBSCertList {
    struct span der;
    struct span version;                /* absent or v2 */
    struct AlgorithmIdentifier *signature;
    struct Name *issuer;
    struct Time *thisUpdate;
    struct Time *nextUpdate;
    struct asn1_list revokedCertificates;       /* of RevokedCertificate */
    struct asn1_list crlExtensions;
};

ASN1_DECLARE_SEQUENCE(CertificateList)
struct CertificateList {
    struct span der;
    struct TBSCertList *tbsCertList;
    struct AlgorithmIdentifier *signatureAlgorithm;
    struct span signature;
};

/* The extension with this OID in a list of Extension, or NULL. */
struct Extension *Extensions_find(const struct asn1_list *extensions, enum oid id);
/* Its decoded value when present, known and well formed, else NULL: a struct pointer, struct
 * asn1_list * or struct span * as the extension's type says. */
void *Extensions_value(const struct asn1_list *extensions, enum oid id);

/* One line like RFC 4514 but in the order of the encoding ("C=DE, O=Example, CN=device 7"),
 * escaped for a terminal.  Returns buf, always NUL-terminated, cut when it does not fit. */
char *Name_text(const struct Name *name, char *buf, size_t size);
char *GeneralName_text(const struct GeneralName *name, char *buf, size_t size);
/* Text of a DirectoryString as UTF-8 in the arena; absent when it cannot be converted. */
struct span DirectoryString_utf8(const struct DirectoryString *s, struct arena *a);

/* ---- extensions (RFC 5280, 4.2, 5.2, 5.3) ----------------------------------------------- */

ASN1_DECLARE_LEAF(KeyIdentifier, DER_OCTET_STRING)
ASN1_DECLARE_LEAF(SubjectKeyIdentifier, DER_OCTET_STRING)

ASN1_DECLARE_SEQUENCE(AuthorityKeyIdentifier)
struct AuthorityKeyIdentifier {
    struct span der;
    struct span keyIdentifier;
    struct asn1_list authorityCertIssuer;
    struct span authorityCertSerialNumber;
};

enum KeyUsage_bits {
    KeyUsage_digitalSignature = 1 << 0, KeyUsage_nonRepudiation = 1 << 1,
    KeyUsage_keyEncipherment = 1 << 2, KeyUsage_dataEncipherment = 1 << 3,
    KeyUsage_keyAgreement = 1 << 4, KeyUsage_keyCertSign = 1 << 5, KeyUsage_cRLSign = 1 << 6,
    KeyUsage_encipherOnly = 1 << 7, KeyUsage_decipherOnly = 1 << 8,
};
ASN1_DECLARE_LEAF(KeyUsage, DER_BIT_STRING)            /* asn1_named_bits() */

ASN1_DECLARE_SEQUENCE(PrivateKeyUsagePeriod)
struct PrivateKeyUsagePeriod {
    struct span der;
    struct span notBefore;              /* GeneralizedTime */
    struct span notAfter;
};

enum { DisplayText_ia5String, DisplayText_visibleString, DisplayText_bmpString,
       DisplayText_utf8String };
ASN1_DECLARE_CHOICE(DisplayText)
struct DisplayText {
    struct span der;
    int arm;
    union {
        struct span ia5String, visibleString, bmpString, utf8String;
    };
};

ASN1_DECLARE_SEQUENCE(NoticeReference)
struct NoticeReference {
    struct span der;
    struct DisplayText *organization;
    struct asn1_list noticeNumbers;     /* of INTEGER */
};

ASN1_DECLARE_SEQUENCE(UserNotice)
struct UserNotice {
    struct span der;
    struct NoticeReference *noticeRef;
    struct DisplayText *explicitText;
};

ASN1_DECLARE_SEQUENCE(PolicyQualifierInfo)
struct PolicyQualifierInfo {
    struct span der;
    struct span policyQualifierId;
    struct asn1_open qualifier;         /* IA5String (CPSuri) or UserNotice */
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_PolicyQualifierInfo)

ASN1_DECLARE_SEQUENCE(PolicyInformation)
struct PolicyInformation {
    struct span der;
    struct span policyIdentifier;
    struct asn1_list policyQualifiers;
};
ASN1_DECLARE_SEQUENCE_OF(CertificatePolicies)           /* of PolicyInformation */

ASN1_DECLARE_SEQUENCE(PolicyMapping)                    /* unnamed in the RFC */
struct PolicyMapping {
    struct span der;
    struct span issuerDomainPolicy;
    struct span subjectDomainPolicy;
};
ASN1_DECLARE_SEQUENCE_OF(PolicyMappings)

ASN1_DECLARE_SEQUENCE_OF(SubjectDirectoryAttributes)    /* of Attribute */

ASN1_DECLARE_SEQUENCE(BasicConstraints)
struct BasicConstraints {
    struct span der;
    struct span cA;                     /* BOOLEAN DEFAULT FALSE */
    struct span pathLenConstraint;
};

ASN1_DECLARE_SEQUENCE(GeneralSubtree)
struct GeneralSubtree {
    struct span der;
    struct GeneralName *base;
    struct span minimum;                /* DEFAULT 0 */
    struct span maximum;
};
ASN1_DECLARE_SEQUENCE_OF(GeneralSubtrees)

ASN1_DECLARE_SEQUENCE(NameConstraints)
struct NameConstraints {
    struct span der;
    struct asn1_list permittedSubtrees;
    struct asn1_list excludedSubtrees;
};

ASN1_DECLARE_SEQUENCE(PolicyConstraints)
struct PolicyConstraints {
    struct span der;
    struct span requireExplicitPolicy;
    struct span inhibitPolicyMapping;
};

enum { DistributionPointName_fullName, DistributionPointName_nameRelativeToCRLIssuer };
ASN1_DECLARE_CHOICE(DistributionPointName)
struct DistributionPointName {
    struct span der;
    int arm;
    union {
        struct asn1_list fullName;                      /* of GeneralName */
        struct asn1_list nameRelativeToCRLIssuer;       /* of AttributeTypeAndValue */
    };
};

enum ReasonFlags_bits {
    ReasonFlags_keyCompromise = 1 << 1, ReasonFlags_cACompromise = 1 << 2,
    ReasonFlags_affiliationChanged = 1 << 3, ReasonFlags_superseded = 1 << 4,
    ReasonFlags_cessationOfOperation = 1 << 5, ReasonFlags_certificateHold = 1 << 6,
    ReasonFlags_privilegeWithdrawn = 1 << 7, ReasonFlags_aACompromise = 1 << 8,
};
ASN1_DECLARE_LEAF(ReasonFlags, DER_BIT_STRING)

ASN1_DECLARE_SEQUENCE(DistributionPoint)
struct DistributionPoint {
    struct span der;
    struct DistributionPointName *distributionPoint;
    struct span reasons;                /* ReasonFlags */
    struct asn1_list cRLIssuer;
};
ASN1_DECLARE_SEQUENCE_OF(CRLDistributionPoints)

ASN1_DECLARE_SEQUENCE_OF(ExtKeyUsageSyntax)             /* of OBJECT IDENTIFIER */

ASN1_DECLARE_SEQUENCE(AccessDescription)
struct AccessDescription {
    struct span der;
    struct span accessMethod;
    struct GeneralName *accessLocation;
};
ASN1_DECLARE_SEQUENCE_OF(AuthorityInfoAccessSyntax)     /* also SubjectInfoAccessSyntax */

ASN1_DECLARE_SEQUENCE(IssuingDistributionPoint)
struct IssuingDistributionPoint {
    struct span der;
    struct DistributionPointName *distributionPoint;
    struct span onlyContainsUserCerts;
    struct span onlyContainsCACerts;
    struct span onlySomeReasons;        /* ReasonFlags */
    struct span indirectCRL;
    struct span onlyContainsAttributeCerts;
};

enum CRLReason_values {
    CRLReason_unspecified = 0, CRLReason_keyCompromise = 1, CRLReason_cACompromise = 2,
    CRLReason_affiliationChanged = 3, CRLReason_superseded = 4,
    CRLReason_cessationOfOperation = 5, CRLReason_certificateHold = 6,
    CRLReason_removeFromCRL = 8, CRLReason_privilegeWithdrawn = 9, CRLReason_aACompromise = 10,
};
ASN1_DECLARE_LEAF(CRLReason, DER_ENUMERATED)

/* ---- parameters and keys of algorithms -------------------------------------------------- */

enum { ECParameters_namedCurve };
ASN1_DECLARE_CHOICE(ECParameters)       /* RFC 5480: the other two MUST NOT be used */
struct ECParameters {
    struct span der;
    int arm;
    union {
        struct span namedCurve;
    };
};

ASN1_DECLARE_SEQUENCE(RSASSA_PSS_params)                /* RFC 4055, 3.1 */
struct RSASSA_PSS_params {
    struct span der;
    struct AlgorithmIdentifier *hashAlgorithm;          /* DEFAULT sha1Identifier: NULL */
    struct AlgorithmIdentifier *maskGenAlgorithm;       /* DEFAULT mgf1SHA1: NULL */
    struct span saltLength;                             /* DEFAULT 20 */
    struct span trailerField;                           /* DEFAULT 1 */
};

ASN1_DECLARE_SEQUENCE(RSAES_OAEP_params)                /* RFC 4055, 4.1 */
struct RSAES_OAEP_params {
    struct span der;
    struct AlgorithmIdentifier *hashFunc;               /* DEFAULT sha1Identifier */
    struct AlgorithmIdentifier *maskGenFunc;            /* DEFAULT mgf1SHA1 */
    struct AlgorithmIdentifier *pSourceFunc;            /* DEFAULT pSpecifiedEmpty */
};

enum { PBKDF2_salt_specified, PBKDF2_salt_otherSource };
ASN1_DECLARE_CHOICE(PBKDF2_salt)                        /* unnamed in the RFC */
struct PBKDF2_salt {
    struct span der;
    int arm;
    union {
        struct span specified;
        struct AlgorithmIdentifier *otherSource;
    };
};

ASN1_DECLARE_SEQUENCE(PBKDF2_params)                    /* RFC 8018, A.2 */
struct PBKDF2_params {
    struct span der;
    struct PBKDF2_salt *salt;
    struct span iterationCount;
    struct span keyLength;
    struct AlgorithmIdentifier *prf;                    /* DEFAULT hmacWithSHA1: NULL */
};

ASN1_DECLARE_SEQUENCE(PBES2_params)                     /* RFC 8018, A.4 */
struct PBES2_params {
    struct span der;
    struct AlgorithmIdentifier *keyDerivationFunc;
    struct AlgorithmIdentifier *encryptionScheme;
};

ASN1_DECLARE_SEQUENCE(PBMAC1_params)                    /* RFC 8018, A.5 */
struct PBMAC1_params {
    struct span der;
    struct AlgorithmIdentifier *keyDerivationFunc;
    struct AlgorithmIdentifier *messageAuthScheme;
};

ASN1_DECLARE_SEQUENCE(GCMParameters)                    /* RFC 5084; GMAC: RFC 9044 */
struct GCMParameters {
    struct span der;
    struct span aes_nonce;
    struct span aes_ICVlen;                             /* DEFAULT 12 */
};

ASN1_DECLARE_SEQUENCE(CCMParameters)                    /* RFC 5084 */
struct CCMParameters {
    struct span der;
    struct span aes_nonce;
    struct span aes_ICVlen;                             /* DEFAULT 12 */
};

ASN1_DECLARE_SEQUENCE(RsaKemParameters)                 /* RFC 5990, for id-kem-rsa */
struct RsaKemParameters {
    struct span der;
    struct AlgorithmIdentifier *keyDerivationFunction;
    struct span keyLength;
};

ASN1_DECLARE_SEQUENCE(RSAPublicKey)                     /* RFC 8017: in subjectPublicKey */
struct RSAPublicKey {
    struct span der;
    struct span modulus;
    struct span publicExponent;
};

ASN1_DECLARE_SEQUENCE(ECDSA_Sig_Value)                  /* RFC 5480 */
struct ECDSA_Sig_Value {
    struct span der;
    struct span r;
    struct span s;
};

ASN1_DECLARE_SEQUENCE(Dss_Parms)                        /* RFC 3279, 2.3.2 */
struct Dss_Parms {
    struct span der;
    struct span p, q, g;
};

ASN1_DECLARE_SEQUENCE(ValidationParms)
struct ValidationParms {
    struct span der;
    struct span seed;
    struct span pgenCounter;
};

ASN1_DECLARE_SEQUENCE(DomainParameters)                 /* RFC 3279, 2.3.3 */
struct DomainParameters {
    struct span der;
    struct span p, g, q, j;
    struct ValidationParms *validationParms;
};

ASN1_DECLARE_SEQUENCE(DigestInfo)                       /* RFC 8017, 9.2 */
struct DigestInfo {
    struct span der;
    struct AlgorithmIdentifier *digestAlgorithm;
    struct span digest;
};

#endif
