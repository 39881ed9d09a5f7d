/* SEQUENCE, CHOICE, lists and open types: what each row of a table lets through and refuses. */
#include "codec_help.h"

#include "codec/x400.h"

/* ---- SEQUENCE --------------------------------------------------------------------------- */

TEST(members_come_in_order_and_no_other_does)
{
    EXPECT_ACCEPTED(PollRep, hex("3006 020100 02010a"));
    EXPECT_STR(refusal(&PollRep_type, hex("3003 020100")),
               "PollRep.checkAfter at 5: missing or out of order");
    EXPECT_STR(refusal(&PollRep_type, hex("3009 020100 02010a 020101")),
               "PollRep at 8: unknown member");
    EXPECT_STR(refusal(&CertStatus_type, hex("3006 020100 040161")),
               "CertStatus.certHash at 2: missing or out of order");
    EXPECT_STR(refusal(&PollRep_type, hex("3103 020100")), "PollRep at 0: unexpected tag");
}

TEST(an_error_names_the_innermost_type_and_field)
{
    EXPECT_STR(refusal(&CertStatus_type, hex("300b 040161 020100 3003 020202")),
               "PKIStatusInfo.status at 10: truncated");
    EXPECT_STR(refusal(&PKIHeader_type, hex("3003 020202")), "PKIHeader.pvno at 2: truncated");
    EXPECT_STR(refusal(&ErrorMsgContent_type, hex("300c 3003 020102 3005 0c01 61 0c80")),
               "ErrorMsgContent.errorDetails at 13: indefinite length");
}

TEST(an_explicit_tag_holds_one_element_of_its_type)
{
    EXPECT_ACCEPTED(KemOtherInfo, hex("300c 3003 0c0161 0401 62 a002 0400"));
    EXPECT_STR(refusal(&KemOtherInfo_type, hex("300a 3003 0c0161 0401 62 a000")),
               "KemOtherInfo.kemContext at 12: truncated");
    EXPECT_STR(refusal(&KemOtherInfo_type, hex("300e 3003 0c0161 0401 62 a004 0400 0400")),
               "KemOtherInfo.kemContext at 14: trailing data in explicit tag");
    EXPECT_STR(refusal(&KemOtherInfo_type, hex("300c 3003 0c0161 0401 62 a002 0500")),
               "KemOtherInfo.kemContext at 12: unexpected tag");
    EXPECT_STR(refusal(&KemOtherInfo_type, hex("300b 3003 0c0161 0401 62 8001 63")),
               "KemOtherInfo at 10: unknown member");
}

TEST(an_implicit_tag_replaces_the_type_s_own)
{
    EXPECT_ACCEPTED(AuthorityKeyIdentifier, hex("3004 8002 6162"));
    EXPECT_REFUSED(AuthorityKeyIdentifier, hex("3004 a002 0400"), "unknown member");
    EXPECT_REFUSED(AuthorityKeyIdentifier, hex("3004 0402 6162"), "unknown member");
    EXPECT_REFUSED(AuthorityKeyIdentifier, hex("3003 8201 "), "truncated");
}

TEST(a_default_value_is_left_out)
{
    EXPECT_ACCEPTED(BasicConstraints, hex("3000"));
    EXPECT_ACCEPTED(BasicConstraints, hex("3003 0101ff"));
    EXPECT_STR(refusal(&BasicConstraints_type, hex("3003 010100")),
               "BasicConstraints.cA at 2: DEFAULT value present");
    EXPECT_REFUSED(GeneralSubtree, hex("3006 820161 800100"), "DEFAULT value present");
    EXPECT_ACCEPTED(GeneralSubtree, hex("3006 820161 800101"));
    EXPECT_REFUSED(GCMParameters, hex("3006 040161 02010c"), "DEFAULT value present");
    EXPECT_ACCEPTED(GCMParameters, hex("3006 040161 020110"));
    EXPECT_REFUSED(RSASSA_PSS_params, hex("3005 a203 020114"), "DEFAULT value present");
    EXPECT_REFUSED(RSASSA_PSS_params, hex("3005 a303 020101"), "DEFAULT value present");
    EXPECT_REFUSED(RSASSA_PSS_params, hex("300d a00b 3009 0605 2b0e03021a 0500"),
                   "DEFAULT value present");
    EXPECT_ACCEPTED(RSASSA_PSS_params, hex("300b a009 3007 0605 2b0e03021a"));
    EXPECT_REFUSED(RSASSA_PSS_params, hex("301a a118 3016 0609 2a864886f70d010108"
                                          "3009 0605 2b0e03021a 0500"), "DEFAULT value present");
    EXPECT_REFUSED(RSAES_OAEP_params, hex("3011 a20f 300d 0609 2a864886f70d010109 0400"),
                   "DEFAULT value present");
    EXPECT_REFUSED(PBKDF2_params, hex("3014 040161 020101 300c 0608 2a864886f70d0207 0500"
                                      ), "DEFAULT value present");
}

TEST(the_rules_between_members_hold)
{
    EXPECT_REFUSED(OptionalValidity, hex("3000"), "neither time is there");
    EXPECT_REFUSED(PrivateKeyUsagePeriod, hex("3000"), "neither time is there");
    EXPECT_ACCEPTED(OptionalValidity, hex("3011 a10f 170d 3235303130323033303430355a"));
}

TEST(a_key_package_may_say_more_than_its_module_knows)
{
    const char *known = "3010 020100 3005 0603 2b6570 0404 04026162";
    const char *more = "3013 020100 3005 0603 2b6570 0404 04026162 820161";
    struct asn1_error err;

    EXPECT_ACCEPTED(OneAsymmetricKey, hex(known));
    struct OneAsymmetricKey *key = OneAsymmetricKey_decode(hex(more), test_arena(), &err);
    REQUIRE(key != NULL);
    EXPECT_SAME(key->extension, hex("820161"));
    asn1_strip(&OneAsymmetricKey_type, key);
    EXPECT_SAME(OneAsymmetricKey_encode(key, test_arena()), hex(more));
    EXPECT_REFUSED(OneAsymmetricKey, hex("3013 020100 3005 0603 2b6570 0404 04026162 820261"),
                   "truncated");
}

/* ---- CHOICE ----------------------------------------------------------------------------- */

#define EXPECT_ARM(T, arm_, der) \
    do { \
        struct asn1_error err_; \
        struct T *v_ = T##_decode(der, test_arena(), &err_); \
        EXPECT_EQ(v_ != NULL ? v_->arm : -9, T##_##arm_); \
    } while (0)

TEST(a_tag_chooses_the_arm)
{
    EXPECT_ARM(GeneralName, rfc822Name, hex("8101 61"));
    EXPECT_ARM(GeneralName, dNSName, hex("8201 61"));
    EXPECT_ARM(GeneralName, directoryName, hex("a402 3000"));
    EXPECT_ARM(GeneralName, uniformResourceIdentifier, hex("8601 61"));
    EXPECT_ARM(GeneralName, registeredID, hex("8803 550403"));
    EXPECT_ARM(DirectoryString, utf8String, hex("0c01 61"));
    EXPECT_ARM(DirectoryString, printableString, hex("1301 61"));
    EXPECT_ARM(DirectoryString, bmpString, hex("1e02 0061"));
    EXPECT_ARM(Time, utcTime, text_tlv(DER_UTCTime, "250102030405Z"));
    EXPECT_ARM(PKIBody, pkiconf, hex("b302 0500"));
    EXPECT_ARM(PKIBody, certConf, hex("b802 3000"));
    EXPECT_ARM(PBKDF2_salt, specified, hex("0401 61"));
    EXPECT_ARM(PBKDF2_salt, otherSource, hex("3005 0603 550403"));
    EXPECT_ARM(ProofOfPossession, raVerified, hex("8000"));
    EXPECT_ARM(POPOPrivKey, subsequentMessage, hex("8101 00"));
    EXPECT_ARM(RecipientIdentifier, subjectKeyIdentifier, hex("8001 61"));
    EXPECT_REFUSED(GeneralName, hex("8901 61"), "unexpected tag");
    EXPECT_REFUSED(GeneralName, hex("a101 61"), "unexpected tag");
    EXPECT_REFUSED(PKIBody, hex("bb02 0500"), "unexpected tag");
    EXPECT_REFUSED(PKIBody, hex("9302 0500"), "unexpected tag");
}

TEST(the_number_of_a_body_is_its_tag)
{
    for (int arm = 0; arm < PKIBody_arms; arm++) {
        struct PKIMessageShell shell = { .body = hex("a000") };
        ((uint8_t *)(uintptr_t)shell.body.ptr)[0] = (uint8_t)(DER_CONTEXT_CONSTRUCTED | arm);
        EXPECT_EQ(PKIMessageShell_arm(&shell), arm);
        EXPECT(strcmp(PKIBody_name(arm), "?") != 0);
    }
    EXPECT_STR(PKIBody_name(PKIBody_ir), "ir");
    EXPECT_STR(PKIBody_name(PKIBody_ckuann), "ckuann");
    EXPECT_STR(PKIBody_name(PKIBody_pollRep), "pollRep");
    EXPECT_EQ(PKIBody_pollRep, 26);
    EXPECT_EQ(PKIBody_error, 23);
    EXPECT_STR(PKIBody_name(27), "?");
    EXPECT_STR(PKIBody_name(-1), "?");
}

/* CN=DE by [APPLICATION 1], ADMD, PRMD, O, a personal name, OUs, a domain-defined attribute and an
 * extension attribute. */
TEST(an_x400_address_has_all_its_parts)
{
    struct asn1_error err;
    struct span standard = hex("6104 1302 4445 6203 1301 41 a203 1301 50 8301 4f"
                               " a509 8003 446f65 8102 4a6f a606 1301 75 1301 76");
    struct arena *a = test_arena();
    struct span parts[] = {
        asn1_tlv(a, DER_SEQUENCE, standard),
        hex("3008 3006 1301 6b 1301 76"),
        hex("3109 3007 8001 01 a102 1300"),
    };
    struct span address = asn1_retag(a, asn1_sequence_of_parts(a, parts, 3), 0xa3);
    struct GeneralName *name = GeneralName_decode(address, a, &err);

    EXPECT_STR(refusal(&GeneralName_type, address), "accepted");
    REQUIRE(name != NULL);
    const struct BuiltInStandardAttributes *known = name->x400Address->built_in_standard_attributes;
    EXPECT_SAME(known->country_name->name->iso_3166_alpha2_code, span_of("DE"));
    EXPECT_SAME(known->administration_domain_name->name->printable, span_of("A"));
    EXPECT_SAME(known->personal_name->surname, span_of("Doe"));
    EXPECT_EQ(known->organizational_unit_names.count, 2);
    asn1_strip(&GeneralName_type, name);
    EXPECT_SAME(GeneralName_encode(name, a), address);
}

TEST(an_edi_party_and_an_other_name_have_their_parts)
{
    struct arena *a = test_arena();
    struct asn1_error err;
    struct span edi = hex("a50a a003 0c0161 a103 130162");
    struct span upn = hex("a013 060a 2b060104018237140203 a005 0c03614062");
    struct GeneralName *party = GeneralName_decode(edi, a, &err);
    struct GeneralName *user = GeneralName_decode(upn, a, &err);

    REQUIRE(party != NULL && user != NULL);
    EXPECT_SAME(party->ediPartyName->partyName->printableString, span_of("b"));
    EXPECT_SAME(*(struct span *)user->otherName->value.value, span_of("a@b"));
    char text[64];
    EXPECT_STR(GeneralName_text(user, text, sizeof text),
               "otherName:microsoft-userPrincipalName a@b");
    asn1_strip(&GeneralName_type, party);
    asn1_strip(&GeneralName_type, user);
    EXPECT_SAME(GeneralName_encode(party, a), edi);
    EXPECT_SAME(GeneralName_encode(user, a), upn);
}

TEST(a_directory_string_is_not_empty)
{
    EXPECT_REFUSED(DirectoryString, hex("0c00"), "empty");
    EXPECT_REFUSED(DirectoryString, hex("1300"), "empty");
    EXPECT_REFUSED(DisplayText, hex("1600"), "empty");
}

TEST(a_certificate_of_a_future_kind_is_kept_and_a_string_is_none)
{
    struct asn1_error err;
    struct span future = hex("a103 020105");
    struct CMPCertificate *c = CMPCertificate_decode(future, test_arena(), &err);

    REQUIRE(c != NULL);
    EXPECT_EQ(c->arm, ASN1_ARM_UNKNOWN);
    EXPECT_SAME(c->der, future);
    asn1_strip(&CMPCertificate_type, c);
    EXPECT_SAME(CMPCertificate_encode(c, test_arena()), future);
    EXPECT_REFUSED(CMPCertificate, hex("0401 61"), "unexpected tag");
}

/* ---- lists ------------------------------------------------------------------------------ */

TEST(a_list_that_says_size_1_is_not_empty)
{
    EXPECT_REFUSED(PKIFreeText, hex("3000"), "empty list");
    EXPECT_REFUSED(CertReqMessages, hex("3000"), "empty list");
    EXPECT_REFUSED(Extensions, hex("3000"), "empty list");
    EXPECT_REFUSED(GeneralNames, hex("3000"), "empty list");
    EXPECT_REFUSED(RelativeDistinguishedName, hex("3100"), "empty list");
    EXPECT_ACCEPTED(CertConfirmContent, hex("3000"));
    EXPECT_ACCEPTED(GenMsgContent, hex("3000"));
    EXPECT_ACCEPTED(RDNSequence, hex("3000"));
}

TEST(every_item_has_the_type_of_the_list)
{
    EXPECT_REFUSED(PKIFreeText, hex("3006 0c0161 130161"), "unexpected tag");
    EXPECT_REFUSED(PollReqContent, hex("3003 020100"), "unexpected tag");
}

TEST(a_set_of_is_in_order)
{
    EXPECT_ACCEPTED(SET_OF_ANY, hex("3106 020101 020102"));
    EXPECT_ACCEPTED(SET_OF_ANY, hex("3106 020101 020101"));
    EXPECT_REFUSED(SET_OF_ANY, hex("3106 020102 020101"), "SET OF not in order");
    EXPECT_REFUSED(SET_OF_ANY, hex("3107 02020100 020101"), "SET OF not in order");
    EXPECT_ACCEPTED(SET_OF_ANY, hex("3107 020101 02020100"));
}

TEST(items_of_a_list_are_structs_and_spans)
{
    struct asn1_error err;
    struct asn1_list *text = PKIFreeText_decode(hex("3007 0c0161 0c026263"), test_arena(), &err);
    struct asn1_list *polls = PollReqContent_decode(hex("3005 3003 020107"), test_arena(), &err);

    REQUIRE(text != NULL && polls != NULL);
    EXPECT_EQ(text->count, 2);
    EXPECT_SAME(*(struct span *)text->item[1], hex("6263"));
    EXPECT_SAME(((struct PollReq *)polls->item[0])->certReqId, hex("07"));
}

/* ---- open types ------------------------------------------------------------------------- */

TEST(an_oid_decides_what_stands_beside_it)
{
    struct asn1_error err;
    struct AlgorithmIdentifier *ec = AlgorithmIdentifier_decode(
        hex("3013 0607 2a8648ce3d0201 0608 2a8648ce3d030107"), test_arena(), &err);

    REQUIRE(ec != NULL);
    EXPECT(ec->parameters.type == &ECParameters_type);
    struct ECParameters *curve = ec->parameters.value;
    EXPECT_EQ(oid_find(curve->namedCurve), OID_secp256r1);
    EXPECT_REFUSED(AlgorithmIdentifier, hex("300b 0607 2a8648ce3d0201 0500"), "unexpected tag");
    EXPECT_REFUSED(AlgorithmIdentifier, hex("300e 0609 2a864886f70d010101 020100"),
                   "unexpected tag");
    EXPECT_ACCEPTED(AlgorithmIdentifier, hex("300b 0609 2a864886f70d010101"));
    EXPECT_ACCEPTED(AlgorithmIdentifier, hex("300d 0609 2a864886f70d010101 0500"));
}

TEST(what_an_unknown_oid_brings_is_kept)
{
    struct asn1_error err;
    struct InfoTypeAndValue *v = InfoTypeAndValue_decode(hex("3008 0602 2a03 020200ff"),
                                                         test_arena(), &err);
    REQUIRE(v != NULL);
    EXPECT(v->infoValue.type == NULL && v->infoValue.value == NULL && !v->infoValue.malformed);
    EXPECT_SAME(v->infoValue.der, hex("020200ff"));
}

TEST(an_info_value_may_be_absent)
{
    struct asn1_error err;
    struct InfoTypeAndValue *v = InfoTypeAndValue_decode(hex("300a 0608 2b06010505070411"),
                                                         test_arena(), &err);
    REQUIRE(v != NULL);
    EXPECT(v->infoValue.der.ptr == NULL && v->infoValue.value == NULL);
}

TEST(a_malformed_extension_is_marked_and_the_rest_is_read)
{
    struct asn1_error err;
    struct span bad = hex("300c 0603 551d13 0405 3003 010100");
    struct Extension *e = Extension_decode(bad, test_arena(), &err);

    REQUIRE(e != NULL);
    EXPECT(e->extnValue.malformed);
    EXPECT(e->extnValue.type == &BasicConstraints_type);
    EXPECT(e->extnValue.value == NULL);
    EXPECT_SAME(e->extnValue.der, hex("3003 010100"));
    asn1_strip(&Extension_type, e);
    EXPECT_SAME(Extension_encode(e, test_arena()), bad);

    struct asn1_list *both = Extensions_decode(
        hex("301b 300c 0603 551d13 0405 3003 010100 300b 0603 551d0f 0404 03020780"),
        test_arena(), &err);
    REQUIRE(both != NULL);
    EXPECT(Extensions_value(both, OID_id_ce_basicConstraints) == NULL);
    EXPECT(Extensions_find(both, OID_id_ce_basicConstraints) != NULL);
    EXPECT_EQ(asn1_named_bits(*(struct span *)Extensions_value(both, OID_id_ce_keyUsage)),
              KeyUsage_digitalSignature);
}

TEST(the_octet_string_of_an_extension_holds_one_value)
{
    struct asn1_error err;
    struct Extension *e = Extension_decode(hex("300e 0603 551d0f 0407 0302 0780 050000"),
                                           test_arena(), &err);
    REQUIRE(e != NULL);
    EXPECT(e->extnValue.malformed);
}

TEST(an_attribute_of_another_string_type_is_marked)
{
    struct asn1_error err;
    struct AttributeTypeAndValue *a = AttributeTypeAndValue_decode(hex("3008 0603 550405 0c01 31"),
                                                                   test_arena(), &err);
    REQUIRE(a != NULL);
    EXPECT(a->value.malformed);
    EXPECT_SAME(a->value.der, hex("0c0131"));
    a = AttributeTypeAndValue_decode(hex("3008 0603 550403 1301 40"), test_arena(), &err);
    REQUIRE(a != NULL);
    EXPECT(a->value.malformed);
    a = AttributeTypeAndValue_decode(hex("3008 0603 550403 1301 41"), test_arena(), &err);
    REQUIRE(a != NULL);
    EXPECT(!a->value.malformed);
    EXPECT_REFUSED(AttributeTypeAndValue, hex("3008 0603 550405 0c02 31"), "truncated");
}

TEST(a_malformed_control_is_refused)
{
    EXPECT_STR(refusal(&SingleAttribute_type, hex("300e 0609 2b0601050507050101 160161")),
               "RegToken at 13: unexpected tag");
}

TEST(a_shell_answers_a_message_whose_body_does_not_decode)
{
    struct asn1_error err;
    struct span der = vector("bad/body-ip-in-ir.der");

    EXPECT(PKIMessage_decode(der, test_arena(), &err) == NULL);
    struct PKIMessageShell *shell = PKIMessageShell_decode(der, test_arena(), &err);
    REQUIRE(shell != NULL);
    EXPECT_EQ(shell->header->transactionID.len, 16);
    EXPECT_EQ(PKIMessageShell_arm(shell), PKIBody_ir);
}
