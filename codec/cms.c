/* RFC 5652, Section 12.1 (CryptographicMessageSyntax2004, IMPLICIT TAGS), RFC 9629, 5083, 5958. */
#include "codec/cms.h"

#include "codec/asn1_table.h"
#include "codec/crmf.h"

DEFINES(Contents,
    SYNTAX(id_data,                  OCTET_STRING),
    SYNTAX(id_signedData,            SignedData),
    SYNTAX(id_envelopedData,         EnvelopedData),
    SYNTAX(id_encryptedData,         EncryptedData),
    SYNTAX(id_ct_authEnvelopedData,  AuthEnvelopedData),
    SYNTAX(id_ct_encKeyWithID,       EncKeyWithID),
    SYNTAX(id_ct_KP_aKeyPackage,     AsymmetricKeyPackage))

DEFINES(CMSAttributeSyntax,
    SYNTAX(contentType,              OBJECT_IDENTIFIER),
    SYNTAX(messageDigest,            OCTET_STRING),
    SYNTAX(signingTime,              Time),
    SYNTAX(countersignature,         SignerInfo),
    SYNTAX(localKeyId,               OCTET_STRING))

DEFINES(OtherRecipients,
    SYNTAX(id_ori_kem,               KEMRecipientInfo))

static const struct asn1_name cms_version_names[] = {
    { 0, "v0" }, { 1, "v1" }, { 2, "v2" }, { 3, "v3" }, { 4, "v4" }, { 5, "v5" }, { 0, NULL },
};
LEAF(CMSVersion, CHECK(check_integer), NAMES(cms_version_names))

SEQUENCE(ContentInfo,
    FIELD(contentType,           OBJECT_IDENTIFIER),
    DEFINED_BY(content,          contentType, Contents,   EXPLICIT(0)))

SEQUENCE(SignedData,
    FIELD(version,               CMSVersion),
    FIELD(digestAlgorithms,      DigestAlgorithmIdentifiers),
    FIELD(encapContentInfo,      EncapsulatedContentInfo),
    FIELD(certificates,          CertificateSet,          IMPLICIT(0), OPTIONAL),
    FIELD(crls,                  RevocationInfoChoices,   IMPLICIT(1), OPTIONAL),
    FIELD(signerInfos,           SignerInfos))

LIST_OF(DigestAlgorithmIdentifiers, AlgorithmIdentifier, SIZE_0_MAX)

LIST_OF(SignerInfos, SignerInfo, SIZE_0_MAX)

SEQUENCE(EncapsulatedContentInfo,
    FIELD(eContentType,          OBJECT_IDENTIFIER),
    FIELD(eContent,              OCTET_STRING,            EXPLICIT(0), OPTIONAL))

SEQUENCE(SignerInfo,
    FIELD(version,               CMSVersion),
    FIELD(sid,                   SignerIdentifier),
    FIELD(digestAlgorithm,       AlgorithmIdentifier),
    FIELD(signedAttrs,           CMSAttributes,           IMPLICIT(0), OPTIONAL),
    FIELD(signatureAlgorithm,    AlgorithmIdentifier),
    FIELD(signature,             OCTET_STRING),
    FIELD(unsignedAttrs,         CMSAttributes,           IMPLICIT(1), OPTIONAL))

CHOICE(SignerIdentifier,
    FIELD(issuerAndSerialNumber, IssuerAndSerialNumber),
    FIELD(subjectKeyIdentifier,  OCTET_STRING,            IMPLICIT(0)))

LIST_OF(CMSAttributes, CMSAttribute, SIZE_1_MAX)

SEQUENCE(CMSAttribute,
    FIELD(attrType,              OBJECT_IDENTIFIER),
    VALUES(attrValues,           attrType, CMSAttributeSyntax))

SEQUENCE(EnvelopedData,
    FIELD(version,               CMSVersion),
    FIELD(originatorInfo,        OriginatorInfo,          IMPLICIT(0), OPTIONAL),
    FIELD(recipientInfos,        RecipientInfos),
    FIELD(encryptedContentInfo,  EncryptedContentInfo),
    FIELD(unprotectedAttrs,      CMSAttributes,           IMPLICIT(1), OPTIONAL))

SEQUENCE(OriginatorInfo,
    FIELD(certs,                 CertificateSet,          IMPLICIT(0), OPTIONAL),
    FIELD(crls,                  RevocationInfoChoices,   IMPLICIT(1), OPTIONAL))

LIST_OF(RecipientInfos, RecipientInfo, SIZE_1_MAX)

SEQUENCE(EncryptedContentInfo,
    FIELD(contentType,                OBJECT_IDENTIFIER),
    FIELD(contentEncryptionAlgorithm, AlgorithmIdentifier),
    FIELD(encryptedContent,           OCTET_STRING,       IMPLICIT(0), OPTIONAL))

CHOICE(RecipientInfo,
    FIELD(ktri,                  KeyTransRecipientInfo),
    FIELD(kari,                  KeyAgreeRecipientInfo,   IMPLICIT(1)),
    FIELD(kekri,                 KEKRecipientInfo,        IMPLICIT(2)),
    FIELD(pwri,                  PasswordRecipientInfo,   IMPLICIT(3)),
    FIELD(ori,                   OtherRecipientInfo,      IMPLICIT(4)))

SEQUENCE(KeyTransRecipientInfo,
    FIELD(version,                CMSVersion),
    FIELD(rid,                    RecipientIdentifier),
    FIELD(keyEncryptionAlgorithm, AlgorithmIdentifier),
    FIELD(encryptedKey,           OCTET_STRING))

CHOICE(RecipientIdentifier,
    FIELD(issuerAndSerialNumber, IssuerAndSerialNumber),
    FIELD(subjectKeyIdentifier,  OCTET_STRING,            IMPLICIT(0)))

SEQUENCE(KeyAgreeRecipientInfo,
    FIELD(version,                CMSVersion),
    FIELD(originator,             OriginatorIdentifierOrKey, EXPLICIT(0)),
    FIELD(ukm,                    OCTET_STRING,           EXPLICIT(1), OPTIONAL),
    FIELD(keyEncryptionAlgorithm, AlgorithmIdentifier),
    FIELD(recipientEncryptedKeys, RecipientEncryptedKeys))

CHOICE(OriginatorIdentifierOrKey,
    FIELD(issuerAndSerialNumber, IssuerAndSerialNumber),
    FIELD(subjectKeyIdentifier,  OCTET_STRING,            IMPLICIT(0)),
    FIELD(originatorKey,         OriginatorPublicKey,     IMPLICIT(1)))

SEQUENCE(OriginatorPublicKey,
    FIELD(algorithm,             AlgorithmIdentifier),
    FIELD(publicKey,             BIT_STRING))

LIST_OF(RecipientEncryptedKeys, RecipientEncryptedKey, SIZE_0_MAX)

SEQUENCE(RecipientEncryptedKey,
    FIELD(rid,                   KeyAgreeRecipientIdentifier),
    FIELD(encryptedKey,          OCTET_STRING))

CHOICE(KeyAgreeRecipientIdentifier,
    FIELD(issuerAndSerialNumber, IssuerAndSerialNumber),
    FIELD(rKeyId,                RecipientKeyIdentifier,  IMPLICIT(0)))

SEQUENCE(RecipientKeyIdentifier,
    FIELD(subjectKeyIdentifier,  OCTET_STRING),
    FIELD(date,                  GeneralizedTime,         OPTIONAL),
    FIELD(other,                 OtherKeyAttribute,       OPTIONAL))

SEQUENCE(KEKRecipientInfo,
    FIELD(version,                CMSVersion),
    FIELD(kekid,                  KEKIdentifier),
    FIELD(keyEncryptionAlgorithm, AlgorithmIdentifier),
    FIELD(encryptedKey,           OCTET_STRING))

SEQUENCE(KEKIdentifier,
    FIELD(keyIdentifier,         OCTET_STRING),
    FIELD(date,                  GeneralizedTime,         OPTIONAL),
    FIELD(other,                 OtherKeyAttribute,       OPTIONAL))

SEQUENCE(PasswordRecipientInfo,
    FIELD(version,                CMSVersion),
    FIELD(keyDerivationAlgorithm, AlgorithmIdentifier,    IMPLICIT(0), OPTIONAL),
    FIELD(keyEncryptionAlgorithm, AlgorithmIdentifier),
    FIELD(encryptedKey,           OCTET_STRING))

SEQUENCE(OtherRecipientInfo,
    FIELD(oriType,               OBJECT_IDENTIFIER),
    DEFINED_BY(oriValue,         oriType, OtherRecipients))

SEQUENCE(EncryptedData,
    FIELD(version,               CMSVersion),
    FIELD(encryptedContentInfo,  EncryptedContentInfo),
    FIELD(unprotectedAttrs,      CMSAttributes,           IMPLICIT(1), OPTIONAL))

LIST_OF(RevocationInfoChoices, RevocationInfoChoice, SIZE_0_MAX)

CHOICE(RevocationInfoChoice,
    FIELD(crl,                   CertificateList),
    FIELD(other,                 OtherRevocationInfoFormat, IMPLICIT(1)))

SEQUENCE(OtherRevocationInfoFormat,
    FIELD(otherRevInfoFormat,    OBJECT_IDENTIFIER),
    FIELD(otherRevInfo,          ANY))

CHOICE(CertificateChoices,
    FIELD(certificate,           Certificate),
    FIELD(extendedCertificate,   RawSequence,             IMPLICIT(0)),
    FIELD(v1AttrCert,            RawSequence,             IMPLICIT(1)),
    FIELD(v2AttrCert,            RawSequence,             IMPLICIT(2)),
    FIELD(other,                 OtherCertificateFormat,  IMPLICIT(3)))

LEAF(RawSequence, CHECK(NULL))

SEQUENCE(OtherCertificateFormat,
    FIELD(otherCertFormat,       OBJECT_IDENTIFIER),
    FIELD(otherCert,             ANY))

LIST_OF(CertificateSet, CertificateChoices, SIZE_0_MAX)

SEQUENCE(IssuerAndSerialNumber,
    FIELD(issuer,                Name),
    FIELD(serialNumber,          CertificateSerialNumber))

SEQUENCE(OtherKeyAttribute,
    FIELD(keyAttrId,             OBJECT_IDENTIFIER),
    FIELD(keyAttr,               ANY,                     OPTIONAL))

/* ---- RFC 9629, CMS-KEMRecipientInfo-2023 ------------------------------------------------ */

SEQUENCE(KEMRecipientInfo,
    FIELD(version,               CMSVersion),
    FIELD(rid,                   RecipientIdentifier),
    FIELD(kem,                   AlgorithmIdentifier),
    FIELD(kemct,                 OCTET_STRING),
    FIELD(kdf,                   AlgorithmIdentifier),
    FIELD(kekLength,             INTEGER_1_65535),
    FIELD(ukm,                   OCTET_STRING,            EXPLICIT(0), OPTIONAL),
    FIELD(wrap,                  AlgorithmIdentifier),
    FIELD(encryptedKey,          OCTET_STRING))

SEQUENCE(CMSORIforKEMOtherInfo,
    FIELD(wrap,                  AlgorithmIdentifier),
    FIELD(kekLength,             INTEGER_1_65535),
    FIELD(ukm,                   OCTET_STRING,            EXPLICIT(0), OPTIONAL))

static const char *check_integer_1_65535(struct span c)
{
    const char *why = check_integer_1_max(c);
    int64_t value;

    if (why != NULL) {
        return why;
    }
    return asn1_int64(c, &value) && value <= 65535 ? NULL : "INTEGER above 65535";
}
LEAF(INTEGER_1_65535, CHECK(check_integer_1_65535))

/* ---- RFC 5083, CMS-AuthEnvelopedData-2010 ----------------------------------------------- */

SEQUENCE(AuthEnvelopedData,
    FIELD(version,                  CMSVersion),
    FIELD(originatorInfo,           OriginatorInfo,       IMPLICIT(0), OPTIONAL),
    FIELD(recipientInfos,           RecipientInfos),
    FIELD(authEncryptedContentInfo, EncryptedContentInfo),
    FIELD(authAttrs,                CMSAttributes,        IMPLICIT(1), OPTIONAL),
    FIELD(mac,                      OCTET_STRING),
    FIELD(unauthAttrs,              CMSAttributes,        IMPLICIT(2), OPTIONAL))

/* ---- RFC 5958, AsymmetricKeyPackageModuleV1 --------------------------------------------- */

LIST_OF(AsymmetricKeyPackage, OneAsymmetricKey, SIZE_1_MAX)

SEQUENCE(OneAsymmetricKey,
    FIELD(version,               INTEGER),
    FIELD(privateKeyAlgorithm,   AlgorithmIdentifier),
    FIELD(privateKey,            OCTET_STRING),
    FIELD(attributes,            Attributes,              IMPLICIT(0), OPTIONAL),
    FIELD(publicKey,             BIT_STRING,              IMPLICIT(1), OPTIONAL),
    EXTENSION_MARKER(extension))

SEQUENCE(EncryptedPrivateKeyInfo,
    FIELD(encryptionAlgorithm,   AlgorithmIdentifier),
    FIELD(encryptedData,         OCTET_STRING))
