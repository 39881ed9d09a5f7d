/* RFC 4211, Appendix B (PKIXCRMF-2005, IMPLICIT TAGS), in its order and spelling.
 *
 * An IMPLICIT tag on a CHOICE is explicit on the wire (X.680, 31.2.7): issuer, subject, the times
 * of OptionalValidity, keyEncipherment and their like are EXPLICIT rows. */
#include "codec/crmf.h"

#include "codec/asn1_table.h"
#include "codec/print.h"

/* RFC 4211, 6 and 7; RFC 9810, 5.2.1 and 5.3.19.16. */
DEFINES(RegControls,
    SYNTAX(id_regCtrl_regToken,           RegToken),
    SYNTAX(id_regCtrl_authenticator,      Authenticator),
    SYNTAX(id_regCtrl_pkiPublicationInfo, PKIPublicationInfo),
    SYNTAX(id_regCtrl_pkiArchiveOptions,  PKIArchiveOptions),
    SYNTAX(id_regCtrl_oldCertID,          CertId),
    SYNTAX(id_regCtrl_protocolEncrKey,    SubjectPublicKeyInfo),
    SYNTAX(id_regCtrl_altCertTemplate,    SingleAttribute),
    SYNTAX(id_regCtrl_algId,              AlgorithmIdentifier),
    SYNTAX(id_regCtrl_rsaKeyLen,          RsaKeyLenCtrl),
    SYNTAX(id_regInfo_utf8Pairs,          UTF8Pairs),
    SYNTAX(id_regInfo_certReq,            CertRequest))

LIST_OF(CertReqMessages, CertReqMsg, SIZE_1_MAX)

SEQUENCE(CertReqMsg,
    FIELD(certReq,               CertRequest),
    FIELD(popo,                  ProofOfPossession,       OPTIONAL, ODD(POPO)),
    FIELD(regInfo,               Controls,                OPTIONAL))

SEQUENCE(CertRequest,
    FIELD(certReqId,             INTEGER),
    FIELD(certTemplate,          CertTemplate),
    FIELD(controls,              Controls,                OPTIONAL))

SEQUENCE(CertTemplate,
    FIELD(version,               Version,                 IMPLICIT(0), OPTIONAL),
    FIELD(serialNumber,          CertificateSerialNumber, IMPLICIT(1), OPTIONAL),
    FIELD(signingAlg,            AlgorithmIdentifier,     IMPLICIT(2), OPTIONAL),
    FIELD(issuer,                Name,                    EXPLICIT(3), OPTIONAL),
    FIELD(validity,              OptionalValidity,        IMPLICIT(4), OPTIONAL),
    FIELD(subject,               Name,                    EXPLICIT(5), OPTIONAL),
    FIELD(publicKey,             SubjectPublicKeyInfo,    IMPLICIT(6), OPTIONAL),
    FIELD(issuerUID,             BIT_STRING,              IMPLICIT(7), OPTIONAL),
    FIELD(subjectUID,            BIT_STRING,              IMPLICIT(8), OPTIONAL),
    FIELD(extensions,            Extensions,              IMPLICIT(9), OPTIONAL))

static const char *rule_at_least_one(const void *value)
{
    const struct OptionalValidity *v = value;
    return v->notBefore != NULL || v->notAfter != NULL ? NULL : "neither time is there";
}
SEQUENCE_WITH(OptionalValidity, ASN1_OPTIONS(RULE(rule_at_least_one)),
    FIELD(notBefore,             Time,                    EXPLICIT(0), OPTIONAL),
    FIELD(notAfter,              Time,                    EXPLICIT(1), OPTIONAL))

LIST_OF(Controls, SingleAttribute, SIZE_1_MAX)

SEQUENCE_WITH(SingleAttribute, ASN1_OPTIONS(PRINTS(print_typed_value)),
    FIELD(type,                  OBJECT_IDENTIFIER),
    DEFINED_BY(value,            type, RegControls))

CHOICE(ProofOfPossession,
    FIELD(raVerified,            NULL_,                   IMPLICIT(0)),
    FIELD(signature,             POPOSigningKey,          IMPLICIT(1)),
    FIELD(keyEncipherment,       POPOPrivKey,             EXPLICIT(2)),
    FIELD(keyAgreement,          POPOPrivKey,             EXPLICIT(3)))

SEQUENCE(POPOSigningKey,
    FIELD(poposkInput,           POPOSigningKeyInput,     IMPLICIT(0), OPTIONAL),
    FIELD(algorithmIdentifier,   AlgorithmIdentifier),
    FIELD(signature,             BIT_STRING))

SEQUENCE(POPOSigningKeyInput,
    FIELD(authInfo,              POPOSigningKeyInput_authInfo),
    FIELD(publicKey,             SubjectPublicKeyInfo))

CHOICE(POPOSigningKeyInput_authInfo,
    FIELD(sender,                GeneralName,             EXPLICIT(0)),
    FIELD(publicKeyMAC,          PKMACValue))

SEQUENCE(PKMACValue,
    FIELD(algId,                 AlgorithmIdentifier),
    FIELD(value,                 BIT_STRING))

CHOICE(POPOPrivKey,
    FIELD(thisMessage,           BIT_STRING,              IMPLICIT(0)),
    FIELD(subsequentMessage,     SubsequentMessage,       IMPLICIT(1)),
    FIELD(dhMAC,                 BIT_STRING,              IMPLICIT(2)),
    FIELD(agreeMAC,              PKMACValue,              IMPLICIT(3)),
    FIELD(encryptedKey,          EnvelopedData,           IMPLICIT(4)))

static const struct asn1_name subsequent_message_names[] = {
    { 0, "encrCert" }, { 1, "challengeResp" }, { 0, NULL },
};
LEAF(SubsequentMessage, CHECK(check_integer), NAMES(subsequent_message_names))

LEAF(RegToken, CHECK(check_utf8))
LEAF(Authenticator, CHECK(check_utf8))

static const struct asn1_name action_names[] = {
    { 0, "dontPublish" }, { 1, "pleasePublish" }, { 0, NULL },
};
LEAF(PKIPublicationInfo_action, CHECK(check_integer), NAMES(action_names))

SEQUENCE(PKIPublicationInfo,
    FIELD(action,                PKIPublicationInfo_action),
    FIELD(pubInfos,              SEQUENCE_OF_SinglePubInfo, OPTIONAL))

LIST_OF(SEQUENCE_OF_SinglePubInfo, SinglePubInfo, SIZE_1_MAX)

static const struct asn1_name pub_method_names[] = {
    { 0, "dontCare" }, { 1, "x500" }, { 2, "web" }, { 3, "ldap" }, { 0, NULL },
};
LEAF(SinglePubInfo_pubMethod, CHECK(check_integer), NAMES(pub_method_names))

SEQUENCE(SinglePubInfo,
    FIELD(pubMethod,             SinglePubInfo_pubMethod),
    FIELD(pubLocation,           GeneralName,             OPTIONAL))

CHOICE(PKIArchiveOptions,
    FIELD(encryptedPrivKey,      EncryptedKey,            EXPLICIT(0)),
    FIELD(keyGenParameters,      OCTET_STRING,            IMPLICIT(1)),
    FIELD(archiveRemGenPrivKey,  BOOLEAN,                 IMPLICIT(2)))

CHOICE(EncryptedKey,
    FIELD(encryptedValue,        EncryptedValue),
    FIELD(envelopedData,         EnvelopedData,           IMPLICIT(0)))

SEQUENCE(EncryptedValue,
    FIELD(intendedAlg,           AlgorithmIdentifier,     IMPLICIT(0), OPTIONAL),
    FIELD(symmAlg,               AlgorithmIdentifier,     IMPLICIT(1), OPTIONAL),
    FIELD(encSymmKey,            BIT_STRING,              IMPLICIT(2), OPTIONAL),
    FIELD(keyAlg,                AlgorithmIdentifier,     IMPLICIT(3), OPTIONAL),
    FIELD(valueHint,             OCTET_STRING,            IMPLICIT(4), OPTIONAL),
    FIELD(encValue,              BIT_STRING))

SEQUENCE(CertId,
    FIELD(issuer,                GeneralName),
    FIELD(serialNumber,          CertificateSerialNumber))

LIST_OF(SEQUENCE_OF_CertId, CertId, SIZE_1_MAX)

LEAF(UTF8Pairs, CHECK(check_utf8))

/* RFC 9810, Appendix F. */
LEAF(RsaKeyLenCtrl, CHECK(check_integer_1_max))

SEQUENCE(EncKeyWithID,
    FIELD(privateKey,            OneAsymmetricKey),
    FIELD(identifier,            EncKeyWithID_identifier, OPTIONAL))

CHOICE(EncKeyWithID_identifier,
    FIELD(string,                UTF8String),
    FIELD(generalName,           GeneralName))

void *Controls_value(const struct asn1_list *controls, enum oid type)
{
    struct span contents = oid_contents(type);

    for (size_t i = 0; i < controls->count; i++) {
        const struct SingleAttribute *control = controls->item[i];
        if (span_eq(control->type, contents)) {
            return control->value.value;
        }
    }
    return NULL;
}
