/* Certificate requests: RFC 4211 (PKIXCRMF-2005, IMPLICIT TAGS), with RFC 9810's controls. */
#ifndef CODEC_CRMF_H
#define CODEC_CRMF_H

#include "codec/cms.h"
#include "codec/x509.h"

/* ---- CertTemplate (RFC 4211, 5) --------------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(OptionalValidity)
struct OptionalValidity {
    struct span der;
    struct Time *notBefore;
    struct Time *notAfter;              /* at least one of the two is present */
};

ASN1_DECLARE_SEQUENCE(CertTemplate)
struct CertTemplate {
    struct span der;
    struct span version;
    struct span serialNumber;
    struct AlgorithmIdentifier *signingAlg;
    struct Name *issuer;
    struct OptionalValidity *validity;
    struct Name *subject;
    struct SubjectPublicKeyInfo *publicKey;     /* its der begins with [6] */
    struct span issuerUID;
    struct span subjectUID;
    struct asn1_list extensions;        /* of Extension; values may be malformed */
};

/* AttributeTypeAndValue of RFC 4211, under the name RFC 5912 has for it: a control or a regInfo,
 * or the alternative template of id-regCtrl-altCertTemplate. */
ASN1_DECLARE_SEQUENCE(SingleAttribute)
struct SingleAttribute {
    struct span der;
    struct span type;
    struct asn1_open value;             /* DEFINED BY type */
};
ASN1_DECLARE_SEQUENCE_OF(Controls)      /* SIZE (1..MAX) OF SingleAttribute; also regInfo */

ASN1_DECLARE_SEQUENCE(CertRequest)
struct CertRequest {
    struct span der;                    /* what a POP signature is over without poposkInput */
    struct span certReqId;
    struct CertTemplate *certTemplate;
    struct asn1_list controls;
};

/* ---- proof of possession (RFC 4211, 4) -------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(PKMACValue)
struct PKMACValue {
    struct span der;
    struct AlgorithmIdentifier *algId;
    struct span value;                  /* BIT STRING */
};

enum { POPOSigningKeyInput_authInfo_sender, POPOSigningKeyInput_authInfo_publicKeyMAC };
ASN1_DECLARE_CHOICE(POPOSigningKeyInput_authInfo)       /* unnamed in the RFC */
struct POPOSigningKeyInput_authInfo {
    struct span der;
    int arm;
    union {
        struct GeneralName *sender;
        struct PKMACValue *publicKeyMAC;
    };
};

ASN1_DECLARE_SEQUENCE(POPOSigningKeyInput)
struct POPOSigningKeyInput {
    struct span der;                    /* begins with [0] in POPOSigningKey: asn1_retag() */
    struct POPOSigningKeyInput_authInfo *authInfo;
    struct SubjectPublicKeyInfo *publicKey;
};

ASN1_DECLARE_SEQUENCE(POPOSigningKey)
struct POPOSigningKey {
    struct span der;
    struct POPOSigningKeyInput *poposkInput;
    struct AlgorithmIdentifier *algorithmIdentifier;
    struct span signature;              /* BIT STRING */
};

enum SubsequentMessage_values { SubsequentMessage_encrCert, SubsequentMessage_challengeResp };
ASN1_DECLARE_LEAF(SubsequentMessage, DER_INTEGER)

enum { POPOPrivKey_thisMessage, POPOPrivKey_subsequentMessage, POPOPrivKey_dhMAC,
       POPOPrivKey_agreeMAC, POPOPrivKey_encryptedKey };
ASN1_DECLARE_CHOICE(POPOPrivKey)
struct POPOPrivKey {
    struct span der;
    int arm;
    union {
        struct span thisMessage;        /* BIT STRING */
        struct span subsequentMessage;
        struct span dhMAC;              /* BIT STRING */
        struct PKMACValue *agreeMAC;
        struct EnvelopedData *encryptedKey;
    };
};

enum { ProofOfPossession_raVerified, ProofOfPossession_signature,
       ProofOfPossession_keyEncipherment, ProofOfPossession_keyAgreement };
ASN1_DECLARE_CHOICE(ProofOfPossession)
struct ProofOfPossession {
    struct span der;
    int arm;
    union {
        struct span raVerified;         /* NULL: asn1_null() */
        struct POPOSigningKey *signature;
        struct POPOPrivKey *keyEncipherment;
        struct POPOPrivKey *keyAgreement;
    };
};

ASN1_DECLARE_SEQUENCE(CertReqMsg)
struct CertReqMsg {
    struct span der;
    struct CertRequest *certReq;
    struct ProofOfPossession *popo;
    struct asn1_list regInfo;           /* of SingleAttribute */
};
ASN1_DECLARE_SEQUENCE_OF(CertReqMessages)               /* SIZE (1..MAX) OF CertReqMsg */

/* The value of the control or regInfo with this OID, decoded, or NULL. */
void *Controls_value(const struct asn1_list *controls, enum oid type);

/* ---- controls and regInfo (RFC 4211, 6 and 7) ------------------------------------------- */

ASN1_DECLARE_LEAF(RegToken, DER_UTF8String)
ASN1_DECLARE_LEAF(Authenticator, DER_UTF8String)
ASN1_DECLARE_LEAF(UTF8Pairs, DER_UTF8String)
ASN1_DECLARE_LEAF(RsaKeyLenCtrl, DER_INTEGER)

enum { SinglePubInfo_dontCare, SinglePubInfo_x500, SinglePubInfo_web, SinglePubInfo_ldap };
ASN1_DECLARE_LEAF(SinglePubInfo_pubMethod, DER_INTEGER)
ASN1_DECLARE_SEQUENCE(SinglePubInfo)
struct SinglePubInfo {
    struct span der;
    struct span pubMethod;
    struct GeneralName *pubLocation;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_SinglePubInfo)

enum { PKIPublicationInfo_dontPublish, PKIPublicationInfo_pleasePublish };
ASN1_DECLARE_LEAF(PKIPublicationInfo_action, DER_INTEGER)
ASN1_DECLARE_SEQUENCE(PKIPublicationInfo)
struct PKIPublicationInfo {
    struct span der;
    struct span action;
    struct asn1_list pubInfos;          /* of SinglePubInfo */
};

ASN1_DECLARE_SEQUENCE(EncryptedValue)
struct EncryptedValue {
    struct span der;
    struct AlgorithmIdentifier *intendedAlg;
    struct AlgorithmIdentifier *symmAlg;
    struct span encSymmKey;             /* BIT STRING */
    struct AlgorithmIdentifier *keyAlg;
    struct span valueHint;
    struct span encValue;               /* BIT STRING */
};

enum { EncryptedKey_encryptedValue, EncryptedKey_envelopedData };
ASN1_DECLARE_CHOICE(EncryptedKey)
struct EncryptedKey {
    struct span der;
    int arm;
    union {
        struct EncryptedValue *encryptedValue;
        struct EnvelopedData *envelopedData;
    };
};

enum { PKIArchiveOptions_encryptedPrivKey, PKIArchiveOptions_keyGenParameters,
       PKIArchiveOptions_archiveRemGenPrivKey };
ASN1_DECLARE_CHOICE(PKIArchiveOptions)
struct PKIArchiveOptions {
    struct span der;
    int arm;
    union {
        struct EncryptedKey *encryptedPrivKey;
        struct span keyGenParameters;
        struct span archiveRemGenPrivKey;       /* BOOLEAN */
    };
};

ASN1_DECLARE_SEQUENCE(CertId)
struct CertId {
    struct span der;
    struct GeneralName *issuer;
    struct span serialNumber;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_CertId)            /* SIZE (1..MAX) */

/* ---- id-ct-encKeyWithID (RFC 4211, 2.1) ------------------------------------------------- */

enum { EncKeyWithID_identifier_string, EncKeyWithID_identifier_generalName };
ASN1_DECLARE_CHOICE(EncKeyWithID_identifier)            /* unnamed in the RFC */
struct EncKeyWithID_identifier {
    struct span der;
    int arm;
    union {
        struct span string;
        struct GeneralName *generalName;
    };
};

ASN1_DECLARE_SEQUENCE(EncKeyWithID)
struct EncKeyWithID {
    struct span der;
    struct OneAsymmetricKey *privateKey;
    struct EncKeyWithID_identifier *identifier;
};

#endif
