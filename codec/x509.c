/* RFC 5280, Appendix A (PKIX1Explicit88 with EXPLICIT TAGS, PKIX1Implicit88 with IMPLICIT TAGS),
 * in its order and spelling, then the parameters of algorithms. */
#include "codec/cmp.h"

#include "codec/asn1_table.h"
#include "codec/print.h"
#include "codec/x400.h"

/* ---- what an OID stands for ------------------------------------------------------------- */

DEFINES(AlgorithmParameters,
    /* RFC 3279, 4055, 5480, 8017 */
    SYNTAX(rsaEncryption,                NULL_),
    SYNTAX(md5WithRSAEncryption,         NULL_),
    SYNTAX(sha1WithRSAEncryption,        NULL_),
    SYNTAX(sha224WithRSAEncryption,      NULL_),
    SYNTAX(sha256WithRSAEncryption,      NULL_),
    SYNTAX(sha384WithRSAEncryption,      NULL_),
    SYNTAX(sha512WithRSAEncryption,      NULL_),
    SYNTAX(sha512_224WithRSAEncryption,  NULL_),
    SYNTAX(sha512_256WithRSAEncryption,  NULL_),
    SYNTAX(id_RSASSA_PSS,                RSASSA_PSS_params),
    SYNTAX(id_RSAES_OAEP,                RSAES_OAEP_params),
    SYNTAX(id_mgf1,                      AlgorithmIdentifier),
    SYNTAX(id_pSpecified,                OCTET_STRING),
    SYNTAX(id_ecPublicKey,               ECParameters),
    SYNTAX(id_ecDH,                      ECParameters),
    SYNTAX(id_ecMQV,                     ECParameters),
    SYNTAX(id_dsa,                       Dss_Parms),
    SYNTAX(dhpublicnumber,               DomainParameters),
    /* digests: absent is preferred, NULL allowed */
    SYNTAX(md5,                          NULL_),
    SYNTAX(sha1,                         NULL_),
    SYNTAX(sha224,                       NULL_),
    SYNTAX(sha256,                       NULL_),
    SYNTAX(sha384,                       NULL_),
    SYNTAX(sha512,                       NULL_),
    /* RFC 9810, 5.1.3; RFC 8018; RFC 9044, 9045, 9481 */
    SYNTAX(id_PasswordBasedMac,          PBMParameter),
    SYNTAX(id_DHBasedMac,                DHBMParameter),
    SYNTAX(id_KemBasedMac,               KemBMParameter),
    SYNTAX(id_PBMAC1,                    PBMAC1_params),
    SYNTAX(id_PBKDF2,                    PBKDF2_params),
    SYNTAX(id_PBES2,                     PBES2_params),
    SYNTAX(hMAC_MD5,                     NULL_),
    SYNTAX(hMAC_SHA1,                    NULL_),
    SYNTAX(id_hmacWithSHA1,              NULL_),
    SYNTAX(id_hmacWithSHA224,            NULL_),
    SYNTAX(id_hmacWithSHA256,            NULL_),
    SYNTAX(id_hmacWithSHA384,            NULL_),
    SYNTAX(id_hmacWithSHA512,            NULL_),
    SYNTAX(id_hmacWithSHA512_224,        NULL_),
    SYNTAX(id_hmacWithSHA512_256,        NULL_),
    SYNTAX(id_aes128_GMAC,               GCMParameters),
    SYNTAX(id_aes192_GMAC,               GCMParameters),
    SYNTAX(id_aes256_GMAC,               GCMParameters),
    /* RFC 3370, 3565, 5084, 5753 */
    SYNTAX(id_aes128_CBC,                OCTET_STRING),
    SYNTAX(id_aes192_CBC,                OCTET_STRING),
    SYNTAX(id_aes256_CBC,                OCTET_STRING),
    SYNTAX(desCBC,                       OCTET_STRING),
    SYNTAX(des_EDE3_CBC,                 OCTET_STRING),
    SYNTAX(id_aes128_GCM,                GCMParameters),
    SYNTAX(id_aes192_GCM,                GCMParameters),
    SYNTAX(id_aes256_GCM,                GCMParameters),
    SYNTAX(id_aes128_CCM,                CCMParameters),
    SYNTAX(id_aes192_CCM,                CCMParameters),
    SYNTAX(id_aes256_CCM,                CCMParameters),
    SYNTAX(id_alg_CMS3DESwrap,           NULL_),
    SYNTAX(id_alg_PWRI_KEK,              AlgorithmIdentifier),
    SYNTAX(id_alg_ESDH,                  AlgorithmIdentifier),
    SYNTAX(id_alg_SSDH,                  AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_sha1kdf_scheme,           AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_sha224kdf_scheme,         AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_sha256kdf_scheme,         AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_sha384kdf_scheme,         AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_sha512kdf_scheme,         AlgorithmIdentifier),
    SYNTAX(dhSinglePass_cofactorDH_sha1kdf_scheme,      AlgorithmIdentifier),
    SYNTAX(dhSinglePass_cofactorDH_sha224kdf_scheme,    AlgorithmIdentifier),
    SYNTAX(dhSinglePass_cofactorDH_sha256kdf_scheme,    AlgorithmIdentifier),
    SYNTAX(dhSinglePass_cofactorDH_sha384kdf_scheme,    AlgorithmIdentifier),
    SYNTAX(dhSinglePass_cofactorDH_sha512kdf_scheme,    AlgorithmIdentifier),
    SYNTAX(mqvSinglePass_sha1kdf_scheme,                AlgorithmIdentifier),
    SYNTAX(mqvSinglePass_sha224kdf_scheme,              AlgorithmIdentifier),
    SYNTAX(mqvSinglePass_sha256kdf_scheme,              AlgorithmIdentifier),
    SYNTAX(mqvSinglePass_sha384kdf_scheme,              AlgorithmIdentifier),
    SYNTAX(mqvSinglePass_sha512kdf_scheme,              AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_hkdf_sha256_scheme,       AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_hkdf_sha384_scheme,       AlgorithmIdentifier),
    SYNTAX(dhSinglePass_stdDH_hkdf_sha512_scheme,       AlgorithmIdentifier),
    SYNTAX(id_kem_rsa,                   RsaKemParameters),
    SYNTAX(id_kdf_kdf2,                  AlgorithmIdentifier),
    SYNTAX(id_kdf_kdf3,                  AlgorithmIdentifier))

DEFINES(NamingAttributes,
    SYNTAX(id_at_commonName,             DirectoryString),
    SYNTAX(id_at_surname,                DirectoryString),
    SYNTAX(id_at_serialNumber,           PrintableString),
    SYNTAX(id_at_countryName,            X520countryName),
    SYNTAX(id_at_localityName,           DirectoryString),
    SYNTAX(id_at_stateOrProvinceName,    DirectoryString),
    SYNTAX(id_at_streetAddress,          DirectoryString),
    SYNTAX(id_at_organizationName,       DirectoryString),
    SYNTAX(id_at_organizationalUnitName, DirectoryString),
    SYNTAX(id_at_title,                  DirectoryString),
    SYNTAX(id_at_description,            DirectoryString),
    SYNTAX(id_at_businessCategory,       DirectoryString),
    SYNTAX(id_at_postalCode,             DirectoryString),
    SYNTAX(id_at_postOfficeBox,          DirectoryString),
    SYNTAX(id_at_telephoneNumber,        PrintableString),
    SYNTAX(id_at_name,                   DirectoryString),
    SYNTAX(id_at_givenName,              DirectoryString),
    SYNTAX(id_at_initials,               DirectoryString),
    SYNTAX(id_at_generationQualifier,    DirectoryString),
    SYNTAX(id_at_x500UniqueIdentifier,   BIT_STRING),
    SYNTAX(id_at_dnQualifier,            PrintableString),
    SYNTAX(id_at_pseudonym,              DirectoryString),
    SYNTAX(id_at_organizationIdentifier, DirectoryString),
    SYNTAX(userid,                       DirectoryString),
    SYNTAX(id_domainComponent,           IA5String),
    SYNTAX(id_emailAddress,              IA5String),
    SYNTAX(unstructuredName,             PKCS9String),
    SYNTAX(unstructuredAddress,          DirectoryString),
    SYNTAX(jurisdictionLocalityName,         DirectoryString),
    SYNTAX(jurisdictionStateOrProvinceName,  DirectoryString),
    SYNTAX(jurisdictionCountryName,          X520countryName))

/* RFC 2985, 5.4 and 5.5. */
DEFINES(OtherAttributes,
    SYNTAX(unstructuredName,             PKCS9String),
    SYNTAX(unstructuredAddress,          DirectoryString),
    SYNTAX(challengePassword,            DirectoryString),
    SYNTAX(extensionRequest,             Extensions),
    SYNTAX(friendlyName,                 BMPString),
    SYNTAX(localKeyId,                   OCTET_STRING),
    SYNTAX(contentType,                  OBJECT_IDENTIFIER),
    SYNTAX(messageDigest,                OCTET_STRING),
    SYNTAX(signingTime,                  Time))

DEFINES(ExtensionSyntax,
    SYNTAX(id_ce_subjectDirectoryAttributes, SubjectDirectoryAttributes),
    SYNTAX(id_ce_subjectKeyIdentifier,       SubjectKeyIdentifier),
    SYNTAX(id_ce_keyUsage,                   KeyUsage),
    SYNTAX(id_ce_privateKeyUsagePeriod,      PrivateKeyUsagePeriod),
    SYNTAX(id_ce_subjectAltName,             GeneralNames),
    SYNTAX(id_ce_issuerAltName,              GeneralNames),
    SYNTAX(id_ce_basicConstraints,           BasicConstraints),
    SYNTAX(id_ce_cRLNumber,                  INTEGER_0_MAX),
    SYNTAX(id_ce_cRLReasons,                 CRLReason),
    SYNTAX(id_ce_holdInstructionCode,        OBJECT_IDENTIFIER),
    SYNTAX(id_ce_invalidityDate,             GeneralizedTimeSeconds),
    SYNTAX(id_ce_deltaCRLIndicator,          INTEGER_0_MAX),
    SYNTAX(id_ce_issuingDistributionPoint,   IssuingDistributionPoint),
    SYNTAX(id_ce_certificateIssuer,          GeneralNames),
    SYNTAX(id_ce_nameConstraints,            NameConstraints),
    SYNTAX(id_ce_cRLDistributionPoints,      CRLDistributionPoints),
    SYNTAX(id_ce_certificatePolicies,        CertificatePolicies),
    SYNTAX(id_ce_policyMappings,             PolicyMappings),
    SYNTAX(id_ce_authorityKeyIdentifier,     AuthorityKeyIdentifier),
    SYNTAX(id_ce_policyConstraints,          PolicyConstraints),
    SYNTAX(id_ce_extKeyUsage,                ExtKeyUsageSyntax),
    SYNTAX(id_ce_freshestCRL,                CRLDistributionPoints),
    SYNTAX(id_ce_inhibitAnyPolicy,           INTEGER_0_MAX),
    SYNTAX(id_pe_authorityInfoAccess,        AuthorityInfoAccessSyntax),
    SYNTAX(id_pe_subjectInfoAccess,          AuthorityInfoAccessSyntax),
    SYNTAX(id_pe_tlsfeature,                 SEQUENCE_OF_INTEGER),
    SYNTAX(id_pkix_ocsp_nocheck,             NULL_),
    SYNTAX(netscape_cert_type,               BIT_STRING),
    SYNTAX(netscape_comment,                 IA5String))

DEFINES(PolicyQualifiers,
    SYNTAX(id_qt_cps,                    IA5String),
    SYNTAX(id_qt_unotice,                UserNotice))

DEFINES(OtherNames,
    SYNTAX(microsoft_userPrincipalName,  UTF8String),
    SYNTAX(id_on_permanentIdentifier,    PermanentIdentifier),
    SYNTAX(id_on_hardwareModuleName,     HardwareModuleName),
    SYNTAX(id_on_xmppAddr,               UTF8String),
    SYNTAX(id_on_dnsSRV,                 IA5String),
    SYNTAX(id_on_SmtpUTF8Mailbox,        UTF8String))

/* ---- PKIX1Explicit88 -------------------------------------------------------------------- */

static const char *check_country(struct span c)
{
    return c.len == 2 ? check_printable(c) : "country not of two letters";
}
LEAF(X520countryName, CHECK(check_country))

LEAF(GeneralizedTimeSeconds, CHECK(check_generalized_seconds))

SEQUENCE(Attribute,
    FIELD(type,                  OBJECT_IDENTIFIER),
    VALUES(values,               type, OtherAttributes))

LIST_OF(Attributes, Attribute, SIZE_0_MAX)

/* A value that is not of its attribute's type is kept: IDevIDs put UTF8Strings where RFC 5280 wants
 * PrintableStrings, and names are compared by their octets. */
SEQUENCE(AttributeTypeAndValue,
    FIELD(type,                  OBJECT_IDENTIFIER),
    DEFINED_BY(value,            type, NamingAttributes, LENIENT))

CHOICE_WITH(Name, ASN1_OPTIONS(PRINTS_LINE(print_name)),
    FIELD(rdnSequence,           RDNSequence))

LIST_OF(RDNSequence, RelativeDistinguishedName, SIZE_0_MAX)

LIST_OF(RelativeDistinguishedName, AttributeTypeAndValue, SIZE_1_MAX)

CHOICE_WITH(DirectoryString, ASN1_OPTIONS(PRINTS_LINE(print_string_choice)),
    FIELD(teletexString,         TeletexString,           NOT_EMPTY),
    FIELD(printableString,       PrintableString,         NOT_EMPTY),
    FIELD(universalString,       UniversalString,         NOT_EMPTY),
    FIELD(utf8String,            UTF8String,              NOT_EMPTY),
    FIELD(bmpString,             BMPString,               NOT_EMPTY))

CHOICE_WITH(PKCS9String, ASN1_OPTIONS(PRINTS_LINE(print_string_choice)),        /* RFC 2985 */
    FIELD(ia5String,             IA5String,               NOT_EMPTY),
    FIELD(directoryString,       DirectoryString))

SEQUENCE_WITH(Certificate, ASN1_OPTIONS(PRINTS(print_certificate)),
    FIELD(tbsCertificate,        TBSCertificate),
    FIELD(signatureAlgorithm,    AlgorithmIdentifier),
    FIELD(signature,             BIT_STRING))

SEQUENCE(TBSCertificate,
    FIELD(version,               Version,                 EXPLICIT(0), DEFAULT(0)),
    FIELD(serialNumber,          CertificateSerialNumber),
    FIELD(signature,             AlgorithmIdentifier),
    FIELD(issuer,                Name),
    FIELD(validity,              Validity),
    FIELD(subject,               Name),
    FIELD(subjectPublicKeyInfo,  SubjectPublicKeyInfo),
    FIELD(issuerUniqueID,        BIT_STRING,              IMPLICIT(1), OPTIONAL),
    FIELD(subjectUniqueID,       BIT_STRING,              IMPLICIT(2), OPTIONAL),
    FIELD(extensions,            Extensions,              EXPLICIT(3), OPTIONAL))

static const struct asn1_name version_names[] = {
    { 0, "v1" }, { 1, "v2" }, { 2, "v3" }, { 0, NULL },
};
LEAF(Version, CHECK(check_integer), NAMES(version_names))

LEAF(CertificateSerialNumber, CHECK(check_integer), PRINTS_LINE(print_hex_integer))

SEQUENCE(Validity,
    FIELD(notBefore,             Time),
    FIELD(notAfter,              Time))

CHOICE_WITH(Time, ASN1_OPTIONS(PRINTS_LINE(print_time_choice)),
    FIELD(utcTime,               UTCTime),
    FIELD(generalTime,           GeneralizedTimeSeconds))

SEQUENCE_WITH(SubjectPublicKeyInfo, ASN1_OPTIONS(PRINTS(print_public_key)),
    FIELD(algorithm,             AlgorithmIdentifier),
    FIELD(subjectPublicKey,      BIT_STRING))

LIST_OF(Extensions, Extension, SIZE_1_MAX)

SEQUENCE_WITH(Extension, ASN1_OPTIONS(PRINTS(print_extension)),
    FIELD(extnID,                OBJECT_IDENTIFIER),
    FIELD(critical,              BOOLEAN,                 DEFAULT(ASN1_FALSE)),
    CONTAINING(extnValue,        extnID, ExtensionSyntax, LENIENT))

SEQUENCE_WITH(CertificateList, ASN1_OPTIONS(PRINTS(print_crl)),
    FIELD(tbsCertList,           TBSCertList),
    FIELD(signatureAlgorithm,    AlgorithmIdentifier),
    FIELD(signature,             BIT_STRING))

SEQUENCE(TBSCertList,
    FIELD(version,               Version,                 OPTIONAL),
    FIELD(signature,             AlgorithmIdentifier),
    FIELD(issuer,                Name),
    FIELD(thisUpdate,            Time),
    FIELD(nextUpdate,            Time,                    OPTIONAL),
    FIELD(revokedCertificates,   SEQUENCE_OF_RevokedCertificate, OPTIONAL),
    FIELD(crlExtensions,         Extensions,              EXPLICIT(0), OPTIONAL))

LIST_OF(SEQUENCE_OF_RevokedCertificate, RevokedCertificate, SIZE_0_MAX)

SEQUENCE(RevokedCertificate,
    FIELD(userCertificate,       CertificateSerialNumber),
    FIELD(revocationDate,        Time),
    FIELD(crlEntryExtensions,    Extensions,              OPTIONAL))

SEQUENCE_WITH(AlgorithmIdentifier, ASN1_OPTIONS(PRINTS(print_algorithm)),
    FIELD(algorithm,             OBJECT_IDENTIFIER),
    DEFINED_BY(parameters,       algorithm, AlgorithmParameters, OPTIONAL))

LIST_OF(SEQUENCE_OF_AlgorithmIdentifier, AlgorithmIdentifier, SIZE_1_MAX)

/* ---- PKIX1Implicit88 -------------------------------------------------------------------- */

SEQUENCE(AuthorityKeyIdentifier,
    FIELD(keyIdentifier,             OCTET_STRING,            IMPLICIT(0), OPTIONAL),
    FIELD(authorityCertIssuer,       GeneralNames,            IMPLICIT(1), OPTIONAL),
    FIELD(authorityCertSerialNumber, CertificateSerialNumber, IMPLICIT(2), OPTIONAL))

LEAF(KeyIdentifier, CHECK(NULL))
LEAF(SubjectKeyIdentifier, CHECK(NULL))

static const struct asn1_name key_usage_names[] = {
    { 0, "digitalSignature" }, { 1, "nonRepudiation" }, { 2, "keyEncipherment" },
    { 3, "dataEncipherment" }, { 4, "keyAgreement" }, { 5, "keyCertSign" }, { 6, "cRLSign" },
    { 7, "encipherOnly" }, { 8, "decipherOnly" }, { 0, NULL },
};
LEAF(KeyUsage, CHECK(check_named_bits), NAMES(key_usage_names))

static const char *rule_one_of_two(const void *value)
{
    const struct PrivateKeyUsagePeriod *v = value;
    return v->notBefore.ptr != NULL || v->notAfter.ptr != NULL ? NULL : "neither time is there";
}
SEQUENCE_WITH(PrivateKeyUsagePeriod, ASN1_OPTIONS(RULE(rule_one_of_two)),
    FIELD(notBefore,             GeneralizedTimeSeconds,  IMPLICIT(0), OPTIONAL),
    FIELD(notAfter,              GeneralizedTimeSeconds,  IMPLICIT(1), OPTIONAL))

LIST_OF(CertificatePolicies, PolicyInformation, SIZE_1_MAX)

SEQUENCE(PolicyInformation,
    FIELD(policyIdentifier,      OBJECT_IDENTIFIER),
    FIELD(policyQualifiers,      SEQUENCE_OF_PolicyQualifierInfo, OPTIONAL))

LIST_OF(SEQUENCE_OF_PolicyQualifierInfo, PolicyQualifierInfo, SIZE_1_MAX)

SEQUENCE(PolicyQualifierInfo,
    FIELD(policyQualifierId,     OBJECT_IDENTIFIER),
    DEFINED_BY(qualifier,        policyQualifierId, PolicyQualifiers))

SEQUENCE(UserNotice,
    FIELD(noticeRef,             NoticeReference,         OPTIONAL),
    FIELD(explicitText,          DisplayText,             OPTIONAL))

SEQUENCE(NoticeReference,
    FIELD(organization,          DisplayText),
    FIELD(noticeNumbers,         SEQUENCE_OF_INTEGER))

/* RFC 5280, 4.2.1.4: "certificate users SHOULD gracefully handle explicitText with more than 200
 * characters", so SIZE (1..200) is SIZE (1..MAX) here. */
CHOICE_WITH(DisplayText, ASN1_OPTIONS(PRINTS_LINE(print_string_choice)),
    FIELD(ia5String,             IA5String,               NOT_EMPTY),
    FIELD(visibleString,         VisibleString,           NOT_EMPTY),
    FIELD(bmpString,             BMPString,               NOT_EMPTY),
    FIELD(utf8String,            UTF8String,              NOT_EMPTY))

LIST_OF(PolicyMappings, PolicyMapping, SIZE_1_MAX)

SEQUENCE(PolicyMapping,
    FIELD(issuerDomainPolicy,    OBJECT_IDENTIFIER),
    FIELD(subjectDomainPolicy,   OBJECT_IDENTIFIER))

LIST_OF(GeneralNames, GeneralName, SIZE_1_MAX)

CHOICE_WITH(GeneralName, ASN1_OPTIONS(PRINTS_LINE(print_general_name)),
    FIELD(otherName,                 AnotherName,         IMPLICIT(0)),
    FIELD(rfc822Name,                IA5String,           IMPLICIT(1)),
    FIELD(dNSName,                   IA5String,           IMPLICIT(2)),
    FIELD(x400Address,               ORAddress,           IMPLICIT(3)),
    FIELD(directoryName,             Name,                EXPLICIT(4)),
    FIELD(ediPartyName,              EDIPartyName,        IMPLICIT(5)),
    FIELD(uniformResourceIdentifier, IA5String,           IMPLICIT(6)),
    FIELD(iPAddress,                 OCTET_STRING,        IMPLICIT(7)),
    FIELD(registeredID,              OBJECT_IDENTIFIER,   IMPLICIT(8)))

SEQUENCE(AnotherName,
    FIELD(type_id,               OBJECT_IDENTIFIER),
    DEFINED_BY(value,            type_id, OtherNames, EXPLICIT(0)))

SEQUENCE(EDIPartyName,
    FIELD(nameAssigner,          DirectoryString,         EXPLICIT(0), OPTIONAL),
    FIELD(partyName,             DirectoryString,         EXPLICIT(1)))

LIST_OF(SubjectDirectoryAttributes, Attribute, SIZE_1_MAX)

SEQUENCE(BasicConstraints,
    FIELD(cA,                    BOOLEAN,                 DEFAULT(ASN1_FALSE)),
    FIELD(pathLenConstraint,     INTEGER_0_MAX,           OPTIONAL))

SEQUENCE(NameConstraints,
    FIELD(permittedSubtrees,     GeneralSubtrees,         IMPLICIT(0), OPTIONAL),
    FIELD(excludedSubtrees,      GeneralSubtrees,         IMPLICIT(1), OPTIONAL))

LIST_OF(GeneralSubtrees, GeneralSubtree, SIZE_1_MAX)

SEQUENCE(GeneralSubtree,
    FIELD(base,                  GeneralName),
    FIELD(minimum,               INTEGER_0_MAX,           IMPLICIT(0), DEFAULT(0)),
    FIELD(maximum,               INTEGER_0_MAX,           IMPLICIT(1), OPTIONAL))

SEQUENCE(PolicyConstraints,
    FIELD(requireExplicitPolicy, INTEGER_0_MAX,           IMPLICIT(0), OPTIONAL),
    FIELD(inhibitPolicyMapping,  INTEGER_0_MAX,           IMPLICIT(1), OPTIONAL))

LIST_OF(CRLDistributionPoints, DistributionPoint, SIZE_1_MAX)

SEQUENCE(DistributionPoint,
    FIELD(distributionPoint,     DistributionPointName,   EXPLICIT(0), OPTIONAL),
    FIELD(reasons,               ReasonFlags,             IMPLICIT(1), OPTIONAL),
    FIELD(cRLIssuer,             GeneralNames,            IMPLICIT(2), OPTIONAL))

CHOICE(DistributionPointName,
    FIELD(fullName,                GeneralNames,              IMPLICIT(0)),
    FIELD(nameRelativeToCRLIssuer, RelativeDistinguishedName, IMPLICIT(1)))

static const struct asn1_name reason_flag_names[] = {
    { 0, "unused" }, { 1, "keyCompromise" }, { 2, "cACompromise" }, { 3, "affiliationChanged" },
    { 4, "superseded" }, { 5, "cessationOfOperation" }, { 6, "certificateHold" },
    { 7, "privilegeWithdrawn" }, { 8, "aACompromise" }, { 0, NULL },
};
LEAF(ReasonFlags, CHECK(check_named_bits), NAMES(reason_flag_names))

LIST_OF(ExtKeyUsageSyntax, OBJECT_IDENTIFIER, SIZE_1_MAX)

LIST_OF(AuthorityInfoAccessSyntax, AccessDescription, SIZE_1_MAX)

SEQUENCE(AccessDescription,
    FIELD(accessMethod,          OBJECT_IDENTIFIER),
    FIELD(accessLocation,        GeneralName))

SEQUENCE(IssuingDistributionPoint,
    FIELD(distributionPoint,          DistributionPointName, EXPLICIT(0), OPTIONAL),
    FIELD(onlyContainsUserCerts,      BOOLEAN,               IMPLICIT(1), DEFAULT(ASN1_FALSE)),
    FIELD(onlyContainsCACerts,        BOOLEAN,               IMPLICIT(2), DEFAULT(ASN1_FALSE)),
    FIELD(onlySomeReasons,            ReasonFlags,           IMPLICIT(3), OPTIONAL),
    FIELD(indirectCRL,                BOOLEAN,               IMPLICIT(4), DEFAULT(ASN1_FALSE)),
    FIELD(onlyContainsAttributeCerts, BOOLEAN,               IMPLICIT(5), DEFAULT(ASN1_FALSE)))

static const struct asn1_name crl_reason_names[] = {
    { 0, "unspecified" }, { 1, "keyCompromise" }, { 2, "cACompromise" },
    { 3, "affiliationChanged" }, { 4, "superseded" }, { 5, "cessationOfOperation" },
    { 6, "certificateHold" }, { 8, "removeFromCRL" }, { 9, "privilegeWithdrawn" },
    { 10, "aACompromise" }, { 0, NULL },
};
LEAF(CRLReason, CHECK(check_integer), NAMES(crl_reason_names))

/* ---- RFC 4043, 4108: names of devices --------------------------------------------------- */

SEQUENCE(PermanentIdentifier,
    FIELD(identifierValue,       UTF8String,              OPTIONAL),
    FIELD(assigner,              OBJECT_IDENTIFIER,       OPTIONAL))

SEQUENCE(HardwareModuleName,
    FIELD(hwType,                OBJECT_IDENTIFIER),
    FIELD(hwSerialNum,           OCTET_STRING))

/* ---- parameters and keys of algorithms -------------------------------------------------- */

CHOICE(ECParameters,                                                    /* RFC 5480, 2.1.1 */
    FIELD(namedCurve,            OBJECT_IDENTIFIER))

SEQUENCE(RSASSA_PSS_params,                                             /* RFC 4055, 3.1 */
    FIELD(hashAlgorithm,         AlgorithmIdentifier,     EXPLICIT(0), DEFAULT(sha1Identifier)),
    FIELD(maskGenAlgorithm,      AlgorithmIdentifier,     EXPLICIT(1), DEFAULT(mgf1SHA1)),
    FIELD(saltLength,            INTEGER,                 EXPLICIT(2), DEFAULT(20)),
    FIELD(trailerField,          INTEGER,                 EXPLICIT(3), DEFAULT(1)))

SEQUENCE(RSAES_OAEP_params,                                             /* RFC 4055, 4.1 */
    FIELD(hashFunc,              AlgorithmIdentifier,     EXPLICIT(0), DEFAULT(sha1Identifier)),
    FIELD(maskGenFunc,           AlgorithmIdentifier,     EXPLICIT(1), DEFAULT(mgf1SHA1)),
    FIELD(pSourceFunc,           AlgorithmIdentifier,     EXPLICIT(2), DEFAULT(pSpecifiedEmpty)))

CHOICE(PBKDF2_salt,                                                     /* RFC 8018, A.2 */
    FIELD(specified,             OCTET_STRING),
    FIELD(otherSource,           AlgorithmIdentifier))

SEQUENCE(PBKDF2_params,
    FIELD(salt,                  PBKDF2_salt),
    FIELD(iterationCount,        INTEGER_1_MAX),
    FIELD(keyLength,             INTEGER_1_MAX,           OPTIONAL),
    FIELD(prf,                   AlgorithmIdentifier,     DEFAULT(algid_hmacWithSHA1)))

SEQUENCE(PBES2_params,                                                  /* RFC 8018, A.4 */
    FIELD(keyDerivationFunc,     AlgorithmIdentifier),
    FIELD(encryptionScheme,      AlgorithmIdentifier))

SEQUENCE(PBMAC1_params,                                                 /* RFC 8018, A.5 */
    FIELD(keyDerivationFunc,     AlgorithmIdentifier),
    FIELD(messageAuthScheme,     AlgorithmIdentifier))

SEQUENCE(GCMParameters,                                                 /* RFC 5084, 3.2 */
    FIELD(aes_nonce,             OCTET_STRING),
    FIELD(aes_ICVlen,            INTEGER_1_MAX,           DEFAULT(12)))

SEQUENCE(CCMParameters,                                                 /* RFC 5084, 3.1 */
    FIELD(aes_nonce,             OCTET_STRING),
    FIELD(aes_ICVlen,            INTEGER_1_MAX,           DEFAULT(12)))

SEQUENCE(RsaKemParameters,                                              /* RFC 5990 */
    FIELD(keyDerivationFunction, AlgorithmIdentifier),
    FIELD(keyLength,             INTEGER_1_MAX))

SEQUENCE(RSAPublicKey,                                                  /* RFC 8017, A.1.1 */
    FIELD(modulus,               INTEGER),
    FIELD(publicExponent,        INTEGER))

SEQUENCE(ECDSA_Sig_Value,                                               /* RFC 5480, A */
    FIELD(r,                     INTEGER),
    FIELD(s,                     INTEGER))

SEQUENCE(Dss_Parms,                                                     /* RFC 3279, 2.3.2 */
    FIELD(p,                     INTEGER),
    FIELD(q,                     INTEGER),
    FIELD(g,                     INTEGER))

SEQUENCE(DomainParameters,                                              /* RFC 3279, 2.3.3 */
    FIELD(p,                     INTEGER),
    FIELD(g,                     INTEGER),
    FIELD(q,                     INTEGER),
    FIELD(j,                     INTEGER,                 OPTIONAL),
    FIELD(validationParms,       ValidationParms,         OPTIONAL))

SEQUENCE(ValidationParms,
    FIELD(seed,                  BIT_STRING),
    FIELD(pgenCounter,           INTEGER))

SEQUENCE(DigestInfo,                                                    /* RFC 8017, 9.2 */
    FIELD(digestAlgorithm,       AlgorithmIdentifier),
    FIELD(digest,                OCTET_STRING))

/* In the order of enum asn1_default: RFC 4055, 2.1 and 2.2; RFC 8018, A.2. */
const struct span asn1_defaults[] = {
    { (const uint8_t *)"\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00", 11 },
    { (const uint8_t *)"\x30\x16\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
                       "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00", 24 },
    { (const uint8_t *)"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09\x04\x00", 15 },
    { (const uint8_t *)"\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x07\x05\x00", 14 },
};

/* ---- looking things up ------------------------------------------------------------------ */

struct Extension *Extensions_find(const struct asn1_list *extensions, enum oid id)
{
    struct span contents = oid_contents(id);

    for (size_t i = 0; i < extensions->count; i++) {
        struct Extension *e = extensions->item[i];
        if (span_eq(e->extnID, contents)) {
            return e;
        }
    }
    return NULL;
}

void *Extensions_value(const struct asn1_list *extensions, enum oid id)
{
    struct Extension *e = Extensions_find(extensions, id);
    return e != NULL ? e->extnValue.value : NULL;
}

struct Time *Time_from_unix(struct arena *a, int64_t unix_seconds)
{
    struct Time *time = Time_new(a);

    if (time == NULL) {
        return NULL;
    }
    time->arm = Time_utcTime;
    time->utcTime = asn1_put_utc_time(a, unix_seconds);
    if (time->utcTime.ptr == NULL) {
        time->arm = Time_generalTime;
        time->generalTime = asn1_put_generalized_time(a, unix_seconds);
    }
    return time->utcTime.ptr != NULL ? time : NULL;
}

bool Time_to_unix(const struct Time *time, int64_t *unix_seconds)
{
    return asn1_time(time->arm == Time_utcTime ? time->utcTime : time->generalTime, unix_seconds);
}
