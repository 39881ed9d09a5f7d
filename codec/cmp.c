/* The wire format of CMP: RFC 9810, Appendix F (PKIXCMP-2023, EXPLICIT TAGS), in its order and
 * spelling. */
#include "codec/cmp.h"

#include "codec/asn1_table.h"
#include "codec/print.h"

/* RFC 9810, 5.1.1 and 5.3.19; infoValue is often absent: in a genm, or where there is nothing. */
DEFINES(InfoTypes,
    SYNTAX(id_it_caProtEncCert,     CMPCertificate),
    SYNTAX(id_it_signKeyPairTypes,  SEQUENCE_OF_AlgorithmIdentifier),
    SYNTAX(id_it_encKeyPairTypes,   SEQUENCE_OF_AlgorithmIdentifier),
    SYNTAX(id_it_preferredSymmAlg,  AlgorithmIdentifier),
    SYNTAX(id_it_caKeyUpdateInfo,   CAKeyUpdAnnContent),
    SYNTAX(id_it_currentCRL,        CertificateList),
    SYNTAX(id_it_unsupportedOIDs,   SEQUENCE_1_OF_OBJECT_IDENTIFIER),
    SYNTAX(id_it_keyPairParamReq,   OBJECT_IDENTIFIER),
    SYNTAX(id_it_keyPairParamRep,   AlgorithmIdentifier),
    SYNTAX(id_it_revPassphrase,     EncryptedKey),
    SYNTAX(id_it_implicitConfirm,   NULL_),
    SYNTAX(id_it_confirmWaitTime,   GeneralizedTime),
    SYNTAX(id_it_origPKIMessage,    PKIMessages),
    SYNTAX(id_it_suppLangTags,      SEQUENCE_OF_UTF8String),
    SYNTAX(id_it_caCerts,           SEQUENCE_OF_CMPCertificate),
    SYNTAX(id_it_rootCaKeyUpdate,   RootCaKeyUpdateContent),
    SYNTAX(id_it_certReqTemplate,   CertReqTemplateContent),
    SYNTAX(id_it_rootCaCert,        CMPCertificate),
    SYNTAX(id_it_certProfile,       SEQUENCE_1_OF_UTF8String),
    SYNTAX(id_it_crlStatusList,     SEQUENCE_OF_CRLStatus),
    SYNTAX(id_it_crls,              SEQUENCE_OF_CertificateList),
    SYNTAX(id_it_KemCiphertextInfo, KemCiphertextInfo))

CHOICE_WITH(CMPCertificate, ASN1_OPTIONS(PRINTS(print_cmp_certificate), EXTENSIBLE),
    FIELD(x509v3PKCert,          Certificate))

LIST_OF(SEQUENCE_OF_CMPCertificate, CMPCertificate, SIZE_1_MAX)

SEQUENCE_WITH(PKIMessage, ASN1_OPTIONS(NESTING),
    FIELD(header,                PKIHeader),
    FIELD(body,                  PKIBody),
    FIELD(protection,            BIT_STRING,                 EXPLICIT(0), OPTIONAL),
    FIELD(extraCerts,            SEQUENCE_OF_CMPCertificate, EXPLICIT(1), OPTIONAL))

SEQUENCE(PKIMessageShell,
    FIELD(header,                PKIHeader),
    FIELD(body,                  ANY),
    FIELD(protection,            BIT_STRING,              EXPLICIT(0), OPTIONAL),
    FIELD(extraCerts,            ANY,                     EXPLICIT(1), OPTIONAL))

LIST_OF(PKIMessages, PKIMessage, SIZE_1_MAX)

SEQUENCE(PKIHeader,
    FIELD(pvno,                  INTEGER),
    FIELD(sender,                GeneralName,             ODD(NAME)),
    FIELD(recipient,             GeneralName,             ODD(NAME)),
    FIELD(messageTime,           GeneralizedTime,         EXPLICIT(0), OPTIONAL, ODD(TIME)),
    FIELD(protectionAlg,         AlgorithmIdentifier,     EXPLICIT(1), OPTIONAL),
    FIELD(senderKID,             KeyIdentifier,           EXPLICIT(2), OPTIONAL),
    FIELD(recipKID,              KeyIdentifier,           EXPLICIT(3), OPTIONAL),
    FIELD(transactionID,         OCTET_STRING,            EXPLICIT(4), OPTIONAL),
    FIELD(senderNonce,           OCTET_STRING,            EXPLICIT(5), OPTIONAL),
    FIELD(recipNonce,            OCTET_STRING,            EXPLICIT(6), OPTIONAL),
    FIELD(freeText,              PKIFreeText,             EXPLICIT(7), OPTIONAL, ODD(TEXT)),
    FIELD(generalInfo,           GeneralInfo,             EXPLICIT(8), OPTIONAL))

LIST_OF(PKIFreeText, UTF8String, SIZE_1_MAX)

LIST_OF(GeneralInfo, InfoTypeAndValue, SIZE_1_MAX)

CHOICE(PKIBody,
    FIELD(ir,                    CertReqMessages,         EXPLICIT(0)),
    FIELD(ip,                    CertRepMessage,          EXPLICIT(1)),
    FIELD(cr,                    CertReqMessages,         EXPLICIT(2)),
    FIELD(cp,                    CertRepMessage,          EXPLICIT(3)),
    FIELD(p10cr,                 CertificationRequest,    EXPLICIT(4)),
    FIELD(popdecc,               POPODecKeyChallContent,  EXPLICIT(5)),
    FIELD(popdecr,               POPODecKeyRespContent,   EXPLICIT(6)),
    FIELD(kur,                   CertReqMessages,         EXPLICIT(7)),
    FIELD(kup,                   CertRepMessage,          EXPLICIT(8)),
    FIELD(krr,                   CertReqMessages,         EXPLICIT(9)),
    FIELD(krp,                   KeyRecRepContent,        EXPLICIT(10)),
    FIELD(rr,                    RevReqContent,           EXPLICIT(11)),
    FIELD(rp,                    RevRepContent,           EXPLICIT(12)),
    FIELD(ccr,                   CertReqMessages,         EXPLICIT(13)),
    FIELD(ccp,                   CertRepMessage,          EXPLICIT(14)),
    FIELD(ckuann,                CAKeyUpdContent,         EXPLICIT(15)),
    FIELD(cann,                  CMPCertificate,          EXPLICIT(16)),
    FIELD(rann,                  RevAnnContent,           EXPLICIT(17)),
    FIELD(crlann,                CRLAnnContent,           EXPLICIT(18)),
    FIELD(pkiconf,               NULL_,                   EXPLICIT(19)),
    FIELD(nested,                PKIMessages,             EXPLICIT(20)),
    FIELD(genm,                  GenMsgContent,           EXPLICIT(21)),
    FIELD(genp,                  GenRepContent,           EXPLICIT(22)),
    FIELD(error,                 ErrorMsgContent,         EXPLICIT(23)),
    FIELD(certConf,              CertConfirmContent,      EXPLICIT(24)),
    FIELD(pollReq,               PollReqContent,          EXPLICIT(25)),
    FIELD(pollRep,               PollRepContent,          EXPLICIT(26)))

SEQUENCE(ProtectedPart,
    FIELD(header,                PKIHeader),
    FIELD(body,                  PKIBody))

SEQUENCE(PBMParameter,
    FIELD(salt,                  OCTET_STRING),
    FIELD(owf,                   AlgorithmIdentifier),
    FIELD(iterationCount,        INTEGER),
    FIELD(mac,                   AlgorithmIdentifier))

SEQUENCE(DHBMParameter,
    FIELD(owf,                   AlgorithmIdentifier),
    FIELD(mac,                   AlgorithmIdentifier))

SEQUENCE(KemBMParameter,
    FIELD(kdf,                   AlgorithmIdentifier),
    FIELD(kemContext,            OCTET_STRING,            EXPLICIT(0), OPTIONAL),
    FIELD(len,                   INTEGER_1_MAX),
    FIELD(mac,                   AlgorithmIdentifier))

static const struct asn1_name status_names[] = {
    { 0, "accepted" }, { 1, "grantedWithMods" }, { 2, "rejection" }, { 3, "waiting" },
    { 4, "revocationWarning" }, { 5, "revocationNotification" }, { 6, "keyUpdateWarning" },
    { 0, NULL },
};
LEAF(PKIStatus, CHECK(check_integer), NAMES(status_names))

static const struct asn1_name failure_names[] = {
    { 0, "badAlg" }, { 1, "badMessageCheck" }, { 2, "badRequest" }, { 3, "badTime" },
    { 4, "badCertId" }, { 5, "badDataFormat" }, { 6, "wrongAuthority" }, { 7, "incorrectData" },
    { 8, "missingTimeStamp" }, { 9, "badPOP" }, { 10, "certRevoked" }, { 11, "certConfirmed" },
    { 12, "wrongIntegrity" }, { 13, "badRecipientNonce" }, { 14, "timeNotAvailable" },
    { 15, "unacceptedPolicy" }, { 16, "unacceptedExtension" }, { 17, "addInfoNotAvailable" },
    { 18, "badSenderNonce" }, { 19, "badCertTemplate" }, { 20, "signerNotTrusted" },
    { 21, "transactionIdInUse" }, { 22, "unsupportedVersion" }, { 23, "notAuthorized" },
    { 24, "systemUnavail" }, { 25, "systemFailure" }, { 26, "duplicateCertReq" }, { 0, NULL },
};
LEAF(PKIFailureInfo, CHECK(check_named_bits), NAMES(failure_names))

SEQUENCE(PKIStatusInfo,
    FIELD(status,                PKIStatus),
    FIELD(statusString,          PKIFreeText,             OPTIONAL, ODD(TEXT)),
    FIELD(failInfo,              PKIFailureInfo,          OPTIONAL))

LIST_OF(SEQUENCE_OF_PKIStatusInfo, PKIStatusInfo, SIZE_1_MAX)

SEQUENCE(OOBCertHash,
    FIELD(hashAlg,               AlgorithmIdentifier,     EXPLICIT(0), OPTIONAL),
    FIELD(certId,                CertId,                  EXPLICIT(1), OPTIONAL),
    FIELD(hashVal,               BIT_STRING))

LIST_OF(POPODecKeyChallContent, Challenge, SIZE_0_MAX)

SEQUENCE(Challenge,
    FIELD(owf,                   AlgorithmIdentifier,     OPTIONAL),
    FIELD(witness,               OCTET_STRING),
    FIELD(challenge,             OCTET_STRING),
    FIELD(encryptedRand,         EnvelopedData,           EXPLICIT(0), OPTIONAL))

SEQUENCE(Rand,
    FIELD(int_,                  INTEGER),
    FIELD(sender,                GeneralName))

LIST_OF(POPODecKeyRespContent, INTEGER, SIZE_0_MAX)

SEQUENCE(CertRepMessage,
    FIELD(caPubs,                SEQUENCE_OF_CMPCertificate, EXPLICIT(1), OPTIONAL),
    FIELD(response,              SEQUENCE_OF_CertResponse))

LIST_OF(SEQUENCE_OF_CertResponse, CertResponse, SIZE_0_MAX)

SEQUENCE(CertResponse,
    FIELD(certReqId,             INTEGER),
    FIELD(status,                PKIStatusInfo),
    FIELD(certifiedKeyPair,      CertifiedKeyPair,        OPTIONAL),
    FIELD(rspInfo,               OCTET_STRING,            OPTIONAL))

SEQUENCE(CertifiedKeyPair,
    FIELD(certOrEncCert,         CertOrEncCert),
    FIELD(privateKey,            EncryptedKey,            EXPLICIT(0), OPTIONAL),
    FIELD(publicationInfo,       PKIPublicationInfo,      EXPLICIT(1), OPTIONAL))

CHOICE(CertOrEncCert,
    FIELD(certificate,           CMPCertificate,          EXPLICIT(0)),
    FIELD(encryptedCert,         EncryptedKey,            EXPLICIT(1)))

LIST_OF(SEQUENCE_OF_CertifiedKeyPair, CertifiedKeyPair, SIZE_1_MAX)

SEQUENCE(KeyRecRepContent,
    FIELD(status,                PKIStatusInfo),
    FIELD(newSigCert,            CMPCertificate,               EXPLICIT(0), OPTIONAL),
    FIELD(caCerts,               SEQUENCE_OF_CMPCertificate,   EXPLICIT(1), OPTIONAL),
    FIELD(keyPairHist,           SEQUENCE_OF_CertifiedKeyPair, EXPLICIT(2), OPTIONAL))

LIST_OF(RevReqContent, RevDetails, SIZE_0_MAX)

/* revocationReason and badSinceDate are RFC 2510's (3.3.9): no message of ours has them. */
SEQUENCE(RevDetails,
    FIELD(certDetails,           CertTemplate),
    FIELD(revocationReason,      ReasonFlags,             OPTIONAL, ODD(REASON)),
    FIELD(badSinceDate,          GeneralizedTime,         OPTIONAL),
    FIELD(crlEntryDetails,       Extensions,              OPTIONAL))

SEQUENCE(RevRepContent,
    FIELD(status,                SEQUENCE_OF_PKIStatusInfo),
    FIELD(revCerts,              SEQUENCE_OF_CertId,          EXPLICIT(0), OPTIONAL),
    FIELD(crls,                  SEQUENCE_OF_CertificateList, EXPLICIT(1), OPTIONAL))

LIST_OF(SEQUENCE_OF_CertificateList, CertificateList, SIZE_1_MAX)

SEQUENCE(CAKeyUpdAnnContent,
    FIELD(oldWithNew,            CMPCertificate),
    FIELD(newWithOld,            CMPCertificate),
    FIELD(newWithNew,            CMPCertificate))

CHOICE(CAKeyUpdContent,
    FIELD(cAKeyUpdAnnV2,         CAKeyUpdAnnContent),
    FIELD(cAKeyUpdAnnV3,         RootCaKeyUpdateContent,  EXPLICIT(0)))

SEQUENCE(RevAnnContent,
    FIELD(status,                PKIStatus),
    FIELD(certId,                CertId),
    FIELD(willBeRevokedAt,       GeneralizedTime),
    FIELD(badSinceDate,          GeneralizedTime),
    FIELD(crlDetails,            Extensions,              OPTIONAL))

LIST_OF(CRLAnnContent, CertificateList, SIZE_0_MAX)

SEQUENCE(CertReqTemplateContent,
    FIELD(certTemplate,          CertTemplate),
    FIELD(keySpec,               Controls,                OPTIONAL))

SEQUENCE(RootCaKeyUpdateContent,
    FIELD(newWithNew,            CMPCertificate),
    FIELD(newWithOld,            CMPCertificate,          EXPLICIT(0), OPTIONAL),
    FIELD(oldWithNew,            CMPCertificate,          EXPLICIT(1), OPTIONAL))

CHOICE(CRLSource,
    FIELD(dpn,                   DistributionPointName,   EXPLICIT(0)),
    FIELD(issuer,                GeneralNames,            EXPLICIT(1)))

SEQUENCE(CRLStatus,
    FIELD(source,                CRLSource),
    FIELD(thisUpdate,            Time,                    OPTIONAL))

LIST_OF(SEQUENCE_OF_CRLStatus, CRLStatus, SIZE_1_MAX)

SEQUENCE(KemCiphertextInfo,
    FIELD(kem,                   AlgorithmIdentifier),
    FIELD(ct,                    OCTET_STRING))

SEQUENCE(KemOtherInfo,
    FIELD(staticString,          PKIFreeText),
    FIELD(transactionID,         OCTET_STRING),
    FIELD(kemContext,            OCTET_STRING,            EXPLICIT(0), OPTIONAL))

SEQUENCE_WITH(InfoTypeAndValue, ASN1_OPTIONS(PRINTS(print_typed_value)),
    FIELD(infoType,              OBJECT_IDENTIFIER),
    DEFINED_BY(infoValue,        infoType, InfoTypes,     OPTIONAL))

LIST_OF(GenMsgContent, InfoTypeAndValue, SIZE_0_MAX)

LIST_OF(GenRepContent, InfoTypeAndValue, SIZE_0_MAX)

SEQUENCE(ErrorMsgContent,
    FIELD(pKIStatusInfo,         PKIStatusInfo),
    FIELD(errorCode,             INTEGER,                 OPTIONAL),
    FIELD(errorDetails,          PKIFreeText,             OPTIONAL, ODD(TEXT)))

LIST_OF(CertConfirmContent, CertStatus, SIZE_0_MAX)

SEQUENCE(CertStatus,
    FIELD(certHash,              OCTET_STRING),
    FIELD(certReqId,             INTEGER),
    FIELD(statusInfo,            PKIStatusInfo,           OPTIONAL),
    FIELD(hashAlg,               AlgorithmIdentifier,     EXPLICIT(0), OPTIONAL))

LIST_OF(PollReqContent, PollReq, SIZE_0_MAX)

SEQUENCE(PollReq,
    FIELD(certReqId,             INTEGER))

LIST_OF(PollRepContent, PollRep, SIZE_0_MAX)

SEQUENCE(PollRep,
    FIELD(certReqId,             INTEGER),
    FIELD(checkAfter,            INTEGER),
    FIELD(reason,                PKIFreeText,             OPTIONAL))

LIST_OF(SEQUENCE_1_OF_UTF8String, UTF8String, SIZE_1_MAX)
LIST_OF(SEQUENCE_1_OF_OBJECT_IDENTIFIER, OBJECT_IDENTIFIER, SIZE_1_MAX)

/* ---- looking things up ------------------------------------------------------------------ */

const char *PKIBody_name(int arm)
{
    return arm >= 0 && arm < PKIBody_arms ? PKIBody_fields[arm].name : "?";
}

int PKIMessageShell_arm(const struct PKIMessageShell *shell)
{
    int arm = shell->body.len > 0 ? shell->body.ptr[0] - DER_CONTEXT_CONSTRUCTED : -1;
    return arm >= 0 && arm < PKIBody_arms ? arm : -1;
}

struct span PKIMessage_protected_part(const struct PKIMessage *message, struct arena *a)
{
    struct ProtectedPart part = { .header = message->header, .body = message->body };
    return ProtectedPart_encode(&part, a);
}

const char *PKIStatus_name(int64_t status)
{
    return status >= 0 && status <= PKIStatus_keyUpdateWarning ? status_names[status].name : "?";
}

const char *PKIFailureInfo_name(uint32_t bit)
{
    for (int i = 0; failure_names[i].name != NULL; i++) {
        if (bit == UINT32_C(1) << i) {
            return failure_names[i].name;
        }
    }
    return "?";
}

struct InfoTypeAndValue *GeneralInfo_find(const struct asn1_list *info, enum oid type)
{
    struct span contents = oid_contents(type);

    for (size_t i = 0; i < info->count; i++) {
        struct InfoTypeAndValue *itav = info->item[i];
        if (span_eq(itav->infoType, contents)) {
            return itav;
        }
    }
    return NULL;
}

void *GeneralInfo_value(const struct asn1_list *info, enum oid type)
{
    struct InfoTypeAndValue *itav = GeneralInfo_find(info, type);
    return itav != NULL ? itav->infoValue.value : NULL;
}
