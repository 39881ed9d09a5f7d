/* Finding a value by its OID, and names of numbers, in messages of real clients. */
#include "codec_help.h"

static struct PKIMessage *message(const char *name)
{
    struct asn1_error err;
    return PKIMessage_decode(vector(name), test_arena(), &err);
}

TEST(general_information_is_found_by_its_type)
{
    struct PKIMessage *m = message("ir_ossl-implicit.der");
    REQUIRE(m != NULL);
    const struct asn1_list *info = &m->header->generalInfo;

    EXPECT(GeneralInfo_find(info, OID_id_it_implicitConfirm) != NULL);
    const struct span *null = GeneralInfo_value(info, OID_id_it_implicitConfirm);
    EXPECT(null != NULL && null->ptr != NULL && null->len == 0);
    EXPECT(GeneralInfo_find(info, OID_id_it_certProfile) == NULL);
    EXPECT(GeneralInfo_value(info, OID_id_it_certProfile) == NULL);
    EXPECT(GeneralInfo_find(&m->extraCerts, OID_id_it_certProfile) == NULL);
}

TEST(information_without_a_value_has_none)
{
    struct PKIMessage *m = message("genm_ossl-cacerts.der");
    REQUIRE(m != NULL && m->body->arm == PKIBody_genm);

    EXPECT(GeneralInfo_find(&m->body->genm, OID_id_it_caCerts) != NULL);
    EXPECT(GeneralInfo_value(&m->body->genm, OID_id_it_caCerts) == NULL);
}

TEST(the_old_certificate_of_a_key_update_is_a_control)
{
    struct PKIMessage *m = message("kur_ossl-sig.der");
    REQUIRE(m != NULL && m->body->arm == PKIBody_kur);
    const struct CertReqMsg *request = m->body->kur.item[0];
    const struct CertId *old = Controls_value(&request->certReq->controls,
                                              OID_id_regCtrl_oldCertID);

    REQUIRE(old != NULL);
    EXPECT(old->serialNumber.len > 0);
    EXPECT_EQ(old->issuer->arm, GeneralName_directoryName);
    EXPECT(Controls_value(&request->certReq->controls, OID_id_regCtrl_regToken) == NULL);
    EXPECT(Controls_value(&request->regInfo, OID_id_regCtrl_regToken) == NULL);
}

TEST(a_pkcs10_request_has_its_extensions_in_an_attribute)
{
    struct PKIMessage *m = message("p10cr_ossl-extensions.der");
    REQUIRE(m != NULL && m->body->arm == PKIBody_p10cr);
    const struct asn1_list *attributes = &m->body->p10cr->certificationRequestInfo->attributes;
    const struct asn1_list *extensions = Attributes_value(attributes, OID_extensionRequest);

    REQUIRE(extensions != NULL);
    EXPECT(Extensions_find(extensions, OID_id_ce_subjectAltName) != NULL);
    EXPECT(Extensions_find(extensions, OID_id_ce_cRLNumber) == NULL);
    EXPECT(Extensions_value(extensions, OID_id_ce_cRLNumber) == NULL);
    EXPECT(Attributes_value(attributes, OID_challengePassword) == NULL);
}

TEST(status_and_failure_have_names)
{
    EXPECT_STR(PKIStatus_name(PKIStatus_accepted), "accepted");
    EXPECT_STR(PKIStatus_name(PKIStatus_keyUpdateWarning), "keyUpdateWarning");
    EXPECT_STR(PKIStatus_name(7), "?");
    EXPECT_STR(PKIStatus_name(-1), "?");
    EXPECT_STR(PKIFailureInfo_name(PKIFailureInfo_badAlg), "badAlg");
    EXPECT_STR(PKIFailureInfo_name(PKIFailureInfo_wrongIntegrity), "wrongIntegrity");
    EXPECT_STR(PKIFailureInfo_name(PKIFailureInfo_duplicateCertReq), "duplicateCertReq");
    EXPECT_STR(PKIFailureInfo_name(UINT32_C(1) << 27), "?");
    EXPECT_STR(PKIFailureInfo_name(3), "?");
}

/* Each bit's constant, its name in the table and its number in RFC 9810 agree. */
TEST(failure_bits_are_numbered_as_in_the_rfc)
{
    static const char *const rfc[] = {
        "badAlg", "badMessageCheck", "badRequest", "badTime", "badCertId", "badDataFormat",
        "wrongAuthority", "incorrectData", "missingTimeStamp", "badPOP", "certRevoked",
        "certConfirmed", "wrongIntegrity", "badRecipientNonce", "timeNotAvailable",
        "unacceptedPolicy", "unacceptedExtension", "addInfoNotAvailable", "badSenderNonce",
        "badCertTemplate", "signerNotTrusted", "transactionIdInUse", "unsupportedVersion",
        "notAuthorized", "systemUnavail", "systemFailure", "duplicateCertReq",
    };
    for (unsigned bit = 0; bit < sizeof rfc / sizeof *rfc; bit++) {
        EXPECT_STR(PKIFailureInfo_name(UINT32_C(1) << bit), rfc[bit]);
    }
    EXPECT_EQ(PKIFailureInfo_badSenderNonce, 1 << 18);
}
