/* The wire format of CMP: RFC 9810, Appendix F (PKIXCMP-2023, EXPLICIT TAGS). */
#ifndef CODEC_CMP_H
#define CODEC_CMP_H

#include "codec/cms.h"
#include "codec/crmf.h"
#include "codec/pkcs10.h"
#include "codec/x509.h"

/* ---- the message (RFC 9810, 5.1) -------------------------------------------------------- */

/* Extensible: an alternative that is not a Certificate has arm ASN1_ARM_UNKNOWN and only der. */
enum { CMPCertificate_x509v3PKCert };
ASN1_DECLARE_CHOICE(CMPCertificate)
struct CMPCertificate {
    struct span der;
    int arm;
    union {
        struct Certificate *x509v3PKCert;
    };
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_CMPCertificate)    /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE_OF(PKIFreeText)                   /* SIZE (1..MAX) OF UTF8String */

ASN1_DECLARE_SEQUENCE(InfoTypeAndValue)
struct InfoTypeAndValue {
    struct span der;
    struct span infoType;
    struct asn1_open infoValue;         /* DEFINED BY infoType; absent: der.ptr NULL */
};
ASN1_DECLARE_SEQUENCE_OF(GeneralInfo)                   /* SIZE (1..MAX) OF InfoTypeAndValue */

ASN1_DECLARE_SEQUENCE(PKIHeader)
struct PKIHeader {
    struct span der;
    struct span pvno;
    struct GeneralName *sender;
    struct GeneralName *recipient;
    struct span messageTime;
    struct AlgorithmIdentifier *protectionAlg;
    struct span senderKID;
    struct span recipKID;
    struct span transactionID;
    struct span senderNonce;
    struct span recipNonce;
    struct asn1_list freeText;          /* of UTF8String: items are struct span */
    struct asn1_list generalInfo;       /* of InfoTypeAndValue */
};
enum { PKIHeader_cmp1999 = 1, PKIHeader_cmp2000 = 2, PKIHeader_cmp2021 = 3 };

/* An arm's number is its tag.  (RFC 9810, 5.1.2) */
enum {
    PKIBody_ir, PKIBody_ip, PKIBody_cr, PKIBody_cp, PKIBody_p10cr, PKIBody_popdecc,
    PKIBody_popdecr, PKIBody_kur, PKIBody_kup, PKIBody_krr, PKIBody_krp, PKIBody_rr, PKIBody_rp,
    PKIBody_ccr, PKIBody_ccp, PKIBody_ckuann, PKIBody_cann, PKIBody_rann, PKIBody_crlann,
    PKIBody_pkiconf, PKIBody_nested, PKIBody_genm, PKIBody_genp, PKIBody_error,
    PKIBody_certConf, PKIBody_pollReq, PKIBody_pollRep,
};
#define PKIBody_arms 27

ASN1_DECLARE_CHOICE(PKIBody)
struct PKIBody {
    struct span der;
    int arm;
    union {
        struct asn1_list ir;            /* CertReqMessages, of CertReqMsg */
        struct CertRepMessage *ip;
        struct asn1_list cr;
        struct CertRepMessage *cp;
        struct CertificationRequest *p10cr;
        struct asn1_list popdecc;       /* POPODecKeyChallContent, of Challenge */
        struct asn1_list popdecr;       /* POPODecKeyRespContent, of INTEGER */
        struct asn1_list kur;
        struct CertRepMessage *kup;
        struct asn1_list krr;
        struct KeyRecRepContent *krp;
        struct asn1_list rr;            /* RevReqContent, of RevDetails */
        struct RevRepContent *rp;
        struct asn1_list ccr;
        struct CertRepMessage *ccp;
        struct CAKeyUpdContent *ckuann;
        struct CMPCertificate *cann;
        struct RevAnnContent *rann;
        struct asn1_list crlann;        /* CRLAnnContent, of CertificateList */
        struct span pkiconf;            /* NULL: asn1_null() */
        struct asn1_list nested;        /* PKIMessages, of PKIMessage */
        struct asn1_list genm;          /* GenMsgContent, of InfoTypeAndValue; may be empty */
        struct asn1_list genp;
        struct ErrorMsgContent *error;
        struct asn1_list certConf;      /* CertConfirmContent, of CertStatus; may be empty */
        struct asn1_list pollReq;       /* PollReqContent, of PollReq */
        struct asn1_list pollRep;       /* PollRepContent, of PollRep */
    };
};
/* "ir", "certConf", ...; "?" for a number that is no arm. */
const char *PKIBody_name(int arm);

ASN1_DECLARE_SEQUENCE(PKIMessage)
struct PKIMessage {
    struct span der;
    struct PKIHeader *header;
    struct PKIBody *body;
    struct span protection;             /* BIT STRING */
    struct asn1_list extraCerts;        /* of CMPCertificate */
};
ASN1_DECLARE_SEQUENCE_OF(PKIMessages)                   /* SIZE (1..MAX) OF PKIMessage */

/* A message of which only the header is decoded, so that one whose body does not decode can
 * still be answered with its transactionID and senderNonce.  body and extraCerts are elements
 * with well-formed outer headers, no more. */
ASN1_DECLARE_SEQUENCE(PKIMessageShell)
struct PKIMessageShell {
    struct span der;
    struct PKIHeader *header;
    struct span body;                   /* ANY, with its [n] */
    struct span protection;
    struct span extraCerts;             /* the SEQUENCE inside [1] */
};
/* The arm a raw body has, or -1. */
int PKIMessageShell_arm(const struct PKIMessageShell *shell);

/* What protection is computed over: the DER of SEQUENCE { header, body }.  ptr == NULL when
 * memory is out.  For hashing without a copy: asn1_header(DER_SEQUENCE, header + body). */
ASN1_DECLARE_SEQUENCE(ProtectedPart)
struct ProtectedPart {
    struct span der;
    struct PKIHeader *header;
    struct PKIBody *body;
};
struct span PKIMessage_protected_part(const struct PKIMessage *message, struct arena *a);

/* ---- protection (RFC 9810, 5.1.3) ------------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(PBMParameter)
struct PBMParameter {
    struct span der;
    struct span salt;
    struct AlgorithmIdentifier *owf;
    struct span iterationCount;
    struct AlgorithmIdentifier *mac;
};

ASN1_DECLARE_SEQUENCE(DHBMParameter)
struct DHBMParameter {
    struct span der;
    struct AlgorithmIdentifier *owf;
    struct AlgorithmIdentifier *mac;
};

ASN1_DECLARE_SEQUENCE(KemBMParameter)
struct KemBMParameter {
    struct span der;
    struct AlgorithmIdentifier *kdf;
    struct span kemContext;
    struct span len;
    struct AlgorithmIdentifier *mac;
};

ASN1_DECLARE_SEQUENCE(KemCiphertextInfo)
struct KemCiphertextInfo {
    struct span der;
    struct AlgorithmIdentifier *kem;
    struct span ct;
};

ASN1_DECLARE_SEQUENCE(KemOtherInfo)
struct KemOtherInfo {
    struct span der;
    struct asn1_list staticString;      /* PKIFreeText, "CMP-KEM" */
    struct span transactionID;
    struct span kemContext;
};

/* ---- status (RFC 9810, 5.2.3) ----------------------------------------------------------- */

enum PKIStatus_values {
    PKIStatus_accepted, PKIStatus_grantedWithMods, PKIStatus_rejection, PKIStatus_waiting,
    PKIStatus_revocationWarning, PKIStatus_revocationNotification, PKIStatus_keyUpdateWarning,
};
ASN1_DECLARE_LEAF(PKIStatus, DER_INTEGER)

enum PKIFailureInfo_bits {
    PKIFailureInfo_badAlg = 1 << 0, PKIFailureInfo_badMessageCheck = 1 << 1,
    PKIFailureInfo_badRequest = 1 << 2, PKIFailureInfo_badTime = 1 << 3,
    PKIFailureInfo_badCertId = 1 << 4, PKIFailureInfo_badDataFormat = 1 << 5,
    PKIFailureInfo_wrongAuthority = 1 << 6, PKIFailureInfo_incorrectData = 1 << 7,
    PKIFailureInfo_missingTimeStamp = 1 << 8, PKIFailureInfo_badPOP = 1 << 9,
    PKIFailureInfo_certRevoked = 1 << 10, PKIFailureInfo_certConfirmed = 1 << 11,
    PKIFailureInfo_wrongIntegrity = 1 << 12, PKIFailureInfo_badRecipientNonce = 1 << 13,
    PKIFailureInfo_timeNotAvailable = 1 << 14, PKIFailureInfo_unacceptedPolicy = 1 << 15,
    PKIFailureInfo_unacceptedExtension = 1 << 16, PKIFailureInfo_addInfoNotAvailable = 1 << 17,
    PKIFailureInfo_badSenderNonce = 1 << 18, PKIFailureInfo_badCertTemplate = 1 << 19,
    PKIFailureInfo_signerNotTrusted = 1 << 20, PKIFailureInfo_transactionIdInUse = 1 << 21,
    PKIFailureInfo_unsupportedVersion = 1 << 22, PKIFailureInfo_notAuthorized = 1 << 23,
    PKIFailureInfo_systemUnavail = 1 << 24, PKIFailureInfo_systemFailure = 1 << 25,
    PKIFailureInfo_duplicateCertReq = 1 << 26,
};
ASN1_DECLARE_LEAF(PKIFailureInfo, DER_BIT_STRING)
/* Static names of one status or one failure bit; "?" when there is none. */
const char *PKIStatus_name(int64_t status);
const char *PKIFailureInfo_name(uint32_t bit);

ASN1_DECLARE_SEQUENCE(PKIStatusInfo)
struct PKIStatusInfo {
    struct span der;
    struct span status;
    struct asn1_list statusString;
    struct span failInfo;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_PKIStatusInfo)     /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE(OOBCertHash)
struct OOBCertHash {
    struct span der;
    struct AlgorithmIdentifier *hashAlg;
    struct CertId *certId;
    struct span hashVal;                /* BIT STRING */
};

/* ---- bodies (RFC 9810, 5.3) ------------------------------------------------------------- */

ASN1_DECLARE_SEQUENCE(Challenge)
struct Challenge {
    struct span der;
    struct AlgorithmIdentifier *owf;
    struct span witness;
    struct span challenge;
    struct EnvelopedData *encryptedRand;
};
ASN1_DECLARE_SEQUENCE_OF(POPODecKeyChallContent)
ASN1_DECLARE_SEQUENCE_OF(POPODecKeyRespContent)         /* of INTEGER */

ASN1_DECLARE_SEQUENCE(Rand)
struct Rand {
    struct span der;
    struct span int_;
    struct GeneralName *sender;
};

enum { CertOrEncCert_certificate, CertOrEncCert_encryptedCert };
ASN1_DECLARE_CHOICE(CertOrEncCert)
struct CertOrEncCert {
    struct span der;
    int arm;
    union {
        struct CMPCertificate *certificate;
        struct EncryptedKey *encryptedCert;
    };
};

ASN1_DECLARE_SEQUENCE(CertifiedKeyPair)
struct CertifiedKeyPair {
    struct span der;
    struct CertOrEncCert *certOrEncCert;
    struct EncryptedKey *privateKey;
    struct PKIPublicationInfo *publicationInfo;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_CertifiedKeyPair)  /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE(CertResponse)
struct CertResponse {
    struct span der;
    struct span certReqId;
    struct PKIStatusInfo *status;
    struct CertifiedKeyPair *certifiedKeyPair;
    struct span rspInfo;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_CertResponse)

ASN1_DECLARE_SEQUENCE(CertRepMessage)
struct CertRepMessage {
    struct span der;
    struct asn1_list caPubs;            /* of CMPCertificate */
    struct asn1_list response;          /* of CertResponse */
};

ASN1_DECLARE_SEQUENCE(KeyRecRepContent)
struct KeyRecRepContent {
    struct span der;
    struct PKIStatusInfo *status;
    struct CMPCertificate *newSigCert;
    struct asn1_list caCerts;           /* of CMPCertificate */
    struct asn1_list keyPairHist;       /* of CertifiedKeyPair */
};

ASN1_DECLARE_SEQUENCE(RevDetails)
struct RevDetails {
    struct span der;
    struct CertTemplate *certDetails;
    struct span revocationReason;       /* ReasonFlags; of RFC 2510, as badSinceDate */
    struct span badSinceDate;           /* GeneralizedTime */
    struct asn1_list crlEntryDetails;   /* of Extension */
};
ASN1_DECLARE_SEQUENCE_OF(RevReqContent)

ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_CertificateList)   /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE(RevRepContent)
struct RevRepContent {
    struct span der;
    struct asn1_list status;            /* of PKIStatusInfo */
    struct asn1_list revCerts;          /* of CertId */
    struct asn1_list crls;              /* of CertificateList */
};

ASN1_DECLARE_SEQUENCE(CAKeyUpdAnnContent)
struct CAKeyUpdAnnContent {
    struct span der;
    struct CMPCertificate *oldWithNew;
    struct CMPCertificate *newWithOld;
    struct CMPCertificate *newWithNew;
};

ASN1_DECLARE_SEQUENCE(RootCaKeyUpdateContent)
struct RootCaKeyUpdateContent {
    struct span der;
    struct CMPCertificate *newWithNew;
    struct CMPCertificate *newWithOld;
    struct CMPCertificate *oldWithNew;
};

enum { CAKeyUpdContent_cAKeyUpdAnnV2, CAKeyUpdContent_cAKeyUpdAnnV3 };
ASN1_DECLARE_CHOICE(CAKeyUpdContent)
struct CAKeyUpdContent {
    struct span der;
    int arm;
    union {
        struct CAKeyUpdAnnContent *cAKeyUpdAnnV2;
        struct RootCaKeyUpdateContent *cAKeyUpdAnnV3;
    };
};

ASN1_DECLARE_SEQUENCE(RevAnnContent)
struct RevAnnContent {
    struct span der;
    struct span status;
    struct CertId *certId;
    struct span willBeRevokedAt;
    struct span badSinceDate;
    struct asn1_list crlDetails;        /* of Extension */
};

ASN1_DECLARE_SEQUENCE_OF(CRLAnnContent)
ASN1_DECLARE_SEQUENCE_OF(GenMsgContent)
ASN1_DECLARE_SEQUENCE_OF(GenRepContent)
/* NestedMessageContent is PKIMessages, CertAnnContent and OOBCert are CMPCertificate. */

ASN1_DECLARE_SEQUENCE(ErrorMsgContent)
struct ErrorMsgContent {
    struct span der;
    struct PKIStatusInfo *pKIStatusInfo;
    struct span errorCode;
    struct asn1_list errorDetails;      /* PKIFreeText */
};

ASN1_DECLARE_SEQUENCE(CertStatus)
struct CertStatus {
    struct span der;
    struct span certHash;
    struct span certReqId;
    struct PKIStatusInfo *statusInfo;
    struct AlgorithmIdentifier *hashAlg;
};
ASN1_DECLARE_SEQUENCE_OF(CertConfirmContent)

ASN1_DECLARE_SEQUENCE(PollReq)                          /* unnamed in the RFC */
struct PollReq {
    struct span der;
    struct span certReqId;
};
ASN1_DECLARE_SEQUENCE_OF(PollReqContent)

ASN1_DECLARE_SEQUENCE(PollRep)                          /* unnamed in the RFC */
struct PollRep {
    struct span der;
    struct span certReqId;
    struct span checkAfter;             /* seconds */
    struct asn1_list reason;            /* PKIFreeText */
};
ASN1_DECLARE_SEQUENCE_OF(PollRepContent)

/* ---- general messages (RFC 9810, 5.3.19) ------------------------------------------------ */

ASN1_DECLARE_SEQUENCE(CertReqTemplateContent)
struct CertReqTemplateContent {
    struct span der;
    struct CertTemplate *certTemplate;
    struct asn1_list keySpec;           /* Controls, of SingleAttribute */
};

enum { CRLSource_dpn, CRLSource_issuer };
ASN1_DECLARE_CHOICE(CRLSource)
struct CRLSource {
    struct span der;
    int arm;
    union {
        struct DistributionPointName *dpn;
        struct asn1_list issuer;        /* of GeneralName */
    };
};

ASN1_DECLARE_SEQUENCE(CRLStatus)
struct CRLStatus {
    struct span der;
    struct CRLSource *source;
    struct Time *thisUpdate;
};
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_OF_CRLStatus)         /* SIZE (1..MAX) */

ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_1_OF_UTF8String)             /* SIZE (1..MAX): certProfile */
ASN1_DECLARE_SEQUENCE_OF(SEQUENCE_1_OF_OBJECT_IDENTIFIER)      /* SIZE (1..MAX) */

/* The InfoTypeAndValue with this OID in generalInfo, genm or genp, or NULL; the first one. */
struct InfoTypeAndValue *GeneralInfo_find(const struct asn1_list *info, enum oid type);
/* Its decoded value, or NULL when there is none. */
void *GeneralInfo_value(const struct asn1_list *info, enum oid type);

#endif
