/* Cryptographic Message Syntax, the parts CMP carries: RFC 5652, 9629 (KEM), 5958 (key packages),
 * 5083 (authenticated enveloping, RFC 9481 names AES-GCM for it).
 */
#ifndef CODEC_CMS_H
#define CODEC_CMS_H

#include "codec/x509.h"

ASN1_DECLARE_LEAF(CMSVersion, DER_INTEGER)
ASN1_DECLARE_LEAF(INTEGER_1_65535, DER_INTEGER)        /* INTEGER (1..65535) */
ASN1_DECLARE_LEAF(RawSequence, DER_SEQUENCE)           /* contents as they come */

/* Attribute of RFC 5652, whose members have other names than RFC 5280's. */
ASN1_DECLARE_SEQUENCE(CMSAttribute)
struct CMSAttribute {
    struct span der;
    struct span attrType;
    struct asn1_list attrValues;        /* SET OF, DEFINED BY attrType: items are asn1_open */
};
ASN1_DECLARE_SET_OF(CMSAttributes)      /* SIZE (1..MAX) OF CMSAttribute */

ASN1_DECLARE_SEQUENCE(ContentInfo)
struct ContentInfo {
    struct span der;
    struct span contentType;
    struct asn1_open content;           /* DEFINED BY contentType */
};

ASN1_DECLARE_SEQUENCE(IssuerAndSerialNumber)
struct IssuerAndSerialNumber {
    struct span der;
    struct Name *issuer;
    struct span serialNumber;
};

/* ---- sets of certificates and CRLs (RFC 5652, 10.2) ------------------------------------- */

ASN1_DECLARE_SEQUENCE(OtherCertificateFormat)
struct OtherCertificateFormat {
    struct span der;
    struct span otherCertFormat;
    struct span otherCert;              /* ANY */
};

enum { CertificateChoices_certificate, CertificateChoices_extendedCertificate,
       CertificateChoices_v1AttrCert, CertificateChoices_v2AttrCert, CertificateChoices_other };
ASN1_DECLARE_CHOICE(CertificateChoices)
struct CertificateChoices {
    struct span der;
    int arm;
    union {
        struct Certificate *certificate;
        struct span extendedCertificate;        /* obsolete: contents as they come */
        struct span v1AttrCert;                 /* obsolete: contents as they come */
        struct span v2AttrCert;                 /* RFC 5755: contents as they come */
        struct OtherCertificateFormat *other;
    };
};
ASN1_DECLARE_SET_OF(CertificateSet)

ASN1_DECLARE_SEQUENCE(OtherRevocationInfoFormat)
struct OtherRevocationInfoFormat {
    struct span der;
    struct span otherRevInfoFormat;
    struct span otherRevInfo;           /* ANY */
};

enum { RevocationInfoChoice_crl, RevocationInfoChoice_other };
ASN1_DECLARE_CHOICE(RevocationInfoChoice)
struct RevocationInfoChoice {
    struct span der;
    int arm;
    union {
        struct CertificateList *crl;
        struct OtherRevocationInfoFormat *other;
    };
};
ASN1_DECLARE_SET_OF(RevocationInfoChoices)

/* ---- SignedData (RFC 5652, 5) ----------------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(EncapsulatedContentInfo)
struct EncapsulatedContentInfo {
    struct span der;
    struct span eContentType;
    struct span eContent;               /* OCTET STRING */
};

/* Also RecipientIdentifier: the same CHOICE. */
enum { SignerIdentifier_issuerAndSerialNumber, SignerIdentifier_subjectKeyIdentifier };
ASN1_DECLARE_CHOICE(SignerIdentifier)
struct SignerIdentifier {
    struct span der;
    int arm;
    union {
        struct IssuerAndSerialNumber *issuerAndSerialNumber;
        struct span subjectKeyIdentifier;
    };
};

ASN1_DECLARE_SEQUENCE(SignerInfo)
struct SignerInfo {
    struct span der;
    struct span version;
    struct SignerIdentifier *sid;
    struct AlgorithmIdentifier *digestAlgorithm;
    struct asn1_list signedAttrs;       /* signed as a SET, not as [0]: asn1_retag() */
    struct AlgorithmIdentifier *signatureAlgorithm;
    struct span signature;              /* OCTET STRING */
    struct asn1_list unsignedAttrs;
};
ASN1_DECLARE_SET_OF(SignerInfos)
ASN1_DECLARE_SET_OF(DigestAlgorithmIdentifiers)

ASN1_DECLARE_SEQUENCE(SignedData)
struct SignedData {
    struct span der;
    struct span version;
    struct asn1_list digestAlgorithms;  /* of AlgorithmIdentifier */
    struct EncapsulatedContentInfo *encapContentInfo;
    struct asn1_list certificates;      /* of CertificateChoices */
    struct asn1_list crls;              /* of RevocationInfoChoice */
    struct asn1_list signerInfos;
};

/* ---- EnvelopedData (RFC 5652, 6) -------------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(OriginatorInfo)
struct OriginatorInfo {
    struct span der;
    struct asn1_list certs;
    struct asn1_list crls;
};

enum { RecipientIdentifier_issuerAndSerialNumber, RecipientIdentifier_subjectKeyIdentifier };
ASN1_DECLARE_CHOICE(RecipientIdentifier)
struct RecipientIdentifier {
    struct span der;
    int arm;
    union {
        struct IssuerAndSerialNumber *issuerAndSerialNumber;
        struct span subjectKeyIdentifier;
    };
};

ASN1_DECLARE_SEQUENCE(KeyTransRecipientInfo)
struct KeyTransRecipientInfo {
    struct span der;
    struct span version;
    struct RecipientIdentifier *rid;
    struct AlgorithmIdentifier *keyEncryptionAlgorithm;
    struct span encryptedKey;
};

ASN1_DECLARE_SEQUENCE(OriginatorPublicKey)
struct OriginatorPublicKey {
    struct span der;
    struct AlgorithmIdentifier *algorithm;
    struct span publicKey;              /* BIT STRING */
};

enum { OriginatorIdentifierOrKey_issuerAndSerialNumber,
       OriginatorIdentifierOrKey_subjectKeyIdentifier, OriginatorIdentifierOrKey_originatorKey };
ASN1_DECLARE_CHOICE(OriginatorIdentifierOrKey)
struct OriginatorIdentifierOrKey {
    struct span der;
    int arm;
    union {
        struct IssuerAndSerialNumber *issuerAndSerialNumber;
        struct span subjectKeyIdentifier;
        struct OriginatorPublicKey *originatorKey;
    };
};

ASN1_DECLARE_SEQUENCE(OtherKeyAttribute)
struct OtherKeyAttribute {
    struct span der;
    struct span keyAttrId;
    struct span keyAttr;                /* ANY */
};

ASN1_DECLARE_SEQUENCE(RecipientKeyIdentifier)
struct RecipientKeyIdentifier {
    struct span der;
    struct span subjectKeyIdentifier;
    struct span date;
    struct OtherKeyAttribute *other;
};

enum { KeyAgreeRecipientIdentifier_issuerAndSerialNumber, KeyAgreeRecipientIdentifier_rKeyId };
ASN1_DECLARE_CHOICE(KeyAgreeRecipientIdentifier)
struct KeyAgreeRecipientIdentifier {
    struct span der;
    int arm;
    union {
        struct IssuerAndSerialNumber *issuerAndSerialNumber;
        struct RecipientKeyIdentifier *rKeyId;
    };
};

ASN1_DECLARE_SEQUENCE(RecipientEncryptedKey)
struct RecipientEncryptedKey {
    struct span der;
    struct KeyAgreeRecipientIdentifier *rid;
    struct span encryptedKey;
};
ASN1_DECLARE_SEQUENCE_OF(RecipientEncryptedKeys)

ASN1_DECLARE_SEQUENCE(KeyAgreeRecipientInfo)
struct KeyAgreeRecipientInfo {
    struct span der;
    struct span version;
    struct OriginatorIdentifierOrKey *originator;
    struct span ukm;
    struct AlgorithmIdentifier *keyEncryptionAlgorithm;
    struct asn1_list recipientEncryptedKeys;
};

ASN1_DECLARE_SEQUENCE(KEKIdentifier)
struct KEKIdentifier {
    struct span der;
    struct span keyIdentifier;
    struct span date;
    struct OtherKeyAttribute *other;
};

ASN1_DECLARE_SEQUENCE(KEKRecipientInfo)
struct KEKRecipientInfo {
    struct span der;
    struct span version;
    struct KEKIdentifier *kekid;
    struct AlgorithmIdentifier *keyEncryptionAlgorithm;
    struct span encryptedKey;
};

ASN1_DECLARE_SEQUENCE(PasswordRecipientInfo)
struct PasswordRecipientInfo {
    struct span der;
    struct span version;
    struct AlgorithmIdentifier *keyDerivationAlgorithm;
    struct AlgorithmIdentifier *keyEncryptionAlgorithm;
    struct span encryptedKey;
};

ASN1_DECLARE_SEQUENCE(OtherRecipientInfo)
struct OtherRecipientInfo {
    struct span der;
    struct span oriType;
    struct asn1_open oriValue;          /* DEFINED BY oriType: KEMRecipientInfo */
};

ASN1_DECLARE_SEQUENCE(KEMRecipientInfo)                 /* RFC 9629, 3 */
struct KEMRecipientInfo {
    struct span der;
    struct span version;
    struct RecipientIdentifier *rid;
    struct AlgorithmIdentifier *kem;
    struct span kemct;
    struct AlgorithmIdentifier *kdf;
    struct span kekLength;
    struct span ukm;
    struct AlgorithmIdentifier *wrap;
    struct span encryptedKey;
};

ASN1_DECLARE_SEQUENCE(CMSORIforKEMOtherInfo)            /* RFC 9629, 5 */
struct CMSORIforKEMOtherInfo {
    struct span der;
    struct AlgorithmIdentifier *wrap;
    struct span kekLength;
    struct span ukm;
};

enum { RecipientInfo_ktri, RecipientInfo_kari, RecipientInfo_kekri, RecipientInfo_pwri,
       RecipientInfo_ori };
ASN1_DECLARE_CHOICE(RecipientInfo)
struct RecipientInfo {
    struct span der;
    int arm;
    union {
        struct KeyTransRecipientInfo *ktri;
        struct KeyAgreeRecipientInfo *kari;
        struct KEKRecipientInfo *kekri;
        struct PasswordRecipientInfo *pwri;
        struct OtherRecipientInfo *ori;
    };
};
ASN1_DECLARE_SET_OF(RecipientInfos)     /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE(EncryptedContentInfo)
struct EncryptedContentInfo {
    struct span der;
    struct span contentType;
    struct AlgorithmIdentifier *contentEncryptionAlgorithm;
    struct span encryptedContent;
};

ASN1_DECLARE_SEQUENCE(EnvelopedData)
struct EnvelopedData {
    struct span der;
    struct span version;
    struct OriginatorInfo *originatorInfo;
    struct asn1_list recipientInfos;
    struct EncryptedContentInfo *encryptedContentInfo;
    struct asn1_list unprotectedAttrs;
};

ASN1_DECLARE_SEQUENCE(AuthEnvelopedData)                /* RFC 5083, 2.1 */
struct AuthEnvelopedData {
    struct span der;
    struct span version;
    struct OriginatorInfo *originatorInfo;
    struct asn1_list recipientInfos;
    struct EncryptedContentInfo *authEncryptedContentInfo;
    struct asn1_list authAttrs;
    struct span mac;
    struct asn1_list unauthAttrs;
};

ASN1_DECLARE_SEQUENCE(EncryptedData)                    /* RFC 5652, 8 */
struct EncryptedData {
    struct span der;
    struct span version;
    struct EncryptedContentInfo *encryptedContentInfo;
    struct asn1_list unprotectedAttrs;
};

/* ---- key packages (RFC 5958) ------------------------------------------------------------ */

ASN1_DECLARE_SEQUENCE(OneAsymmetricKey)                 /* also PrivateKeyInfo */
struct OneAsymmetricKey {
    struct span der;
    struct span version;
    struct AlgorithmIdentifier *privateKeyAlgorithm;
    struct span privateKey;             /* OCTET STRING */
    struct asn1_list attributes;        /* of Attribute */
    struct span publicKey;              /* BIT STRING */
    struct span extension;              /* what came after, for the module is extensible here */
};
ASN1_DECLARE_SEQUENCE_OF(AsymmetricKeyPackage)          /* SIZE (1..MAX) OF OneAsymmetricKey */

ASN1_DECLARE_SEQUENCE(EncryptedPrivateKeyInfo)
struct EncryptedPrivateKeyInfo {
    struct span der;
    struct AlgorithmIdentifier *encryptionAlgorithm;
    struct span encryptedData;
};

#endif
