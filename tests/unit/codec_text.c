/* Values as text: for people, on a terminal that must not obey them, and as JSON. */
#include "codec_help.h"

static const char *printed(const struct asn1_type *t, struct span der, bool json)
{
    struct asn1_error err;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    void *value = asn1_decode(t, der, test_arena(), &err);

    if (value == NULL) {
        return asn1_error_text(&err, arena_alloc(test_arena(), 300), 300);
    }
    if (json) {
        asn1_print_json(out, t, value);
    } else {
        asn1_print(out, t, value, 0);
    }
    fclose(out);
    struct span copy = arena_copy(test_arena(), text, size + 1);
    free(text);
    return (const char *)copy.ptr;
}

#define EXPECT_PRINT(type, der, text) EXPECT_STR(printed(&type##_type, der, false), text)
#define EXPECT_JSON(type, der, text) EXPECT_STR(printed(&type##_type, der, true), text)

TEST(numbers_and_bits_with_names_are_words)
{
    EXPECT_PRINT(PKIStatusInfo, hex("300e 020102 3003 0c0161 0304 04002010"),
                 "PKIStatusInfo\n"
                 "  status: rejection (2)\n"
                 "  statusString: \"a\"\n"
                 "  failInfo: certRevoked, badCertTemplate\n");
}

TEST(unknown_numbers_and_bits_are_shown_too)
{
    EXPECT_PRINT(PKIStatusInfo, hex("300b 020163 0306 00 0000000001"),
                 "PKIStatusInfo\n  status: 99\n  failInfo: bit 39\n");
    EXPECT_PRINT(KeyUsage, hex("030100"), "KeyUsage: (none)\n");
}

TEST(octets_are_hex_and_cut_when_they_are_long)
{
    char octets[2 * 60 + 1];
    memset(octets, 'a', sizeof octets - 1);
    octets[sizeof octets - 1] = '\0';

    EXPECT_PRINT(OCTET_STRING, hex("0403 01 02 ff"), "OCTET_STRING: 0102ff\n");
    EXPECT_PRINT(OCTET_STRING, hex("0400"), "OCTET_STRING: (empty)\n");
    EXPECT_PRINT(OCTET_STRING, hex("0404 72656631"), "OCTET_STRING: 72656631 \"ref1\"\n");
    EXPECT_PRINT(OCTET_STRING, tlv(DER_OCTET_STRING, octets),
                 "OCTET_STRING: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa... (60 octets)\n");
}

TEST(times_are_iso)
{
    EXPECT_PRINT(Time, text_tlv(DER_UTCTime, "250102030405Z"), "Time: 2025-01-02T03:04:05Z\n");
    EXPECT_PRINT(Time, text_tlv(DER_UTCTime, "500102030405Z"), "Time: 1950-01-02T03:04:05Z\n");
    EXPECT_PRINT(GeneralizedTime, text_tlv(DER_GeneralizedTime, "20250102030405.25Z"),
                 "GeneralizedTime: 2025-01-02T03:04:05.25Z\n");
}

/* ---- hostile text ----------------------------------------------------------------------- */

TEST(what_a_terminal_would_obey_is_escaped)
{
    EXPECT_PRINT(UTF8String, hex("0c07 1b5b324a 0d0a07"),
                 "UTF8String: \"\\x1b[2J\\x0d\\x0a\\x07\"\n");
    EXPECT_PRINT(UTF8String, hex("0c05 c29b 7f 00 61"), "UTF8String: \"\\u{9b}\\x7f\\x00a\"\n");
    EXPECT_PRINT(UTF8String, hex("0c03 e280ae"), "UTF8String: \"\\u{202e}\"\n");
    EXPECT_PRINT(UTF8String, hex("0c03 225c61"), "UTF8String: \"\\\"\\\\a\"\n");
    EXPECT_PRINT(UTF8String, hex("0c02 c3bc"), "UTF8String: \"\xc3\xbc\"\n");
    EXPECT_PRINT(TeletexString, hex("1402 fc9b"), "TeletexString: \"\xc3\xbc\\u{9b}\"\n");
    EXPECT_PRINT(BMPString, hex("1e04 20ac 001b"), "BMPString: \"\xe2\x82\xac\\x1b\"\n");
}

static struct span name_of(const char *attribute, struct span value)
{
    struct arena *a = test_arena();
    struct span type = asn1_tlv(a, DER_OBJECT_IDENTIFIER, oid_contents(oid_named(attribute)));
    struct span atav = asn1_sequence_of_parts(a, (struct span[]){ type, value }, 2);
    return asn1_tlv(a, DER_SEQUENCE, asn1_tlv(a, DER_SET, atav));
}

static const char *name_text(const char *attribute, struct span value, size_t size)
{
    struct asn1_error err;
    struct Name *name = Name_decode(name_of(attribute, value), test_arena(), &err);
    char *text = arena_alloc(test_arena(), 4096);
    return name != NULL ? Name_text(name, text, size) : err.reason;
}

TEST(a_name_is_one_line_that_cannot_be_mistaken)
{
    EXPECT_STR(name_text("id-at-commonName", text_tlv(DER_UTF8String, "a,b+c=d\"<>;#\\"), 100),
               "CN=a\\,b\\+c\\=d\\\"\\<\\>\\;\\#\\\\");
    EXPECT_STR(name_text("id-at-commonName", hex("0c03 0a 1b 62"), 100), "CN=\\x0a\\x1bb");
    EXPECT_STR(name_text("id-at-serialNumber", text_tlv(DER_PrintableString, "4711"), 100),
               "serialNumber=4711");
    EXPECT_STR(name_text("id-at-serialNumber", text_tlv(DER_UTF8String, "4"), 100),
               "serialNumber=#0c0134");
    EXPECT_STR(name_text("unstructuredName", text_tlv(DER_IA5String, "r1.example"), 100),
               "unstructuredName=r1.example");
    EXPECT_STR(name_text("unstructuredName", text_tlv(DER_UTF8String, "r1"), 100),
               "unstructuredName=r1");
    EXPECT_STR(name_text("id-domainComponent", text_tlv(DER_IA5String, "org"), 100), "DC=org");
    EXPECT_STR(name_text("id-at-commonName", text_tlv(DER_UTF8String, "abcdef"), 6), "CN=ab");
}

TEST(a_name_without_parts_is_the_null_dn)
{
    EXPECT_PRINT(Name, hex("3000"), "Name: NULL-DN\n");
}

TEST(general_names_say_what_they_are)
{
    EXPECT_PRINT(GeneralName, hex("8203 613b62"), "GeneralName: dNSName:a;b\n");
    EXPECT_PRINT(GeneralName, hex("8202 611b"), "GeneralName: dNSName:a\\x1b\n");
    EXPECT_PRINT(GeneralName, hex("8704 c0000201"), "GeneralName: iPAddress:192.0.2.1\n");
    EXPECT_PRINT(GeneralName, hex("8710 20010db8000000000000000000000001"),
                 "GeneralName: iPAddress:2001:db8:0:0:0:0:0:1\n");
    EXPECT_PRINT(GeneralName, hex("8708 0a000000ff000000"),
                 "GeneralName: iPAddress:10.0.0.0/255.0.0.0\n");
    EXPECT_PRINT(GeneralName, hex("8703 0a0000"), "GeneralName: iPAddress:0a0000\n");
    EXPECT_PRINT(GeneralName, hex("8803 550403"), "GeneralName: registeredID:id-at-commonName\n");
    EXPECT_PRINT(GeneralName, hex("a402 3000"), "GeneralName: NULL-DN\n");
}

TEST(a_malformed_value_is_shown_as_such)
{
    EXPECT_PRINT(Extension, hex("300c 0603 551d13 0405 3003 010100"),
                 "Extension: basicConstraints: malformed 3003010100\n");
    EXPECT_JSON(Extension, hex("300c 0603 551d13 0405 3003 010100"),
                "{\"extnID\":\"id-ce-basicConstraints\",\"extnValue\":"
                "{\"malformed\":\"3003010100\"}}\n");
}

TEST(directory_strings_become_utf8)
{
    struct asn1_error err;
    struct DirectoryString *s = DirectoryString_decode(hex("1e04 20ac 0041"), test_arena(), &err);
    EXPECT_SAME(DirectoryString_utf8(s, test_arena()), span_of("\xe2\x82\xac" "A"));
    s = DirectoryString_decode(hex("1401 fc"), test_arena(), &err);
    EXPECT_SAME(DirectoryString_utf8(s, test_arena()), span_of("\xc3\xbc"));
    s = DirectoryString_decode(hex("1c04 0001f642"), test_arena(), &err);
    EXPECT_SAME(DirectoryString_utf8(s, test_arena()), span_of("\xf0\x9f\x99\x82"));
}

TEST(in_full_a_certificate_is_a_tree_and_nothing_is_cut)
{
    struct asn1_error err;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct PKIMessage *m = PKIMessage_decode(vector("ip_ossl-sig-p256.der"), test_arena(), &err);

    asn1_print(out, &PKIMessage_type, m, ASN1_PRINT_FULL);
    fclose(out);
    EXPECT_HAS(text, "tbsCertificate\n");
    EXPECT_HAS(text, "subjectPublicKey: 04");
    EXPECT(strstr(text, "octets)") == NULL);
    free(text);
}

TEST(an_unknown_kind_of_certificate_is_shown_as_octets)
{
    EXPECT_PRINT(CMPCertificate, hex("a103 020105"),
                 "CMPCertificate: unknown kind of certificate a103020105\n");
    EXPECT_JSON(CMPCertificate, hex("a103 020105"), "{\"der\":\"a103020105\"}\n");
}

TEST(nothing_prints_as_nothing)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    asn1_print(out, &PKIMessage_type, NULL, 0);
    asn1_print_json(out, &PKIMessage_type, NULL);
    fclose(out);
    EXPECT_STR(text, "PKIMessage\nnull\n");
    free(text);
}

/* ---- JSON ------------------------------------------------------------------------------- */

TEST(json_has_numbers_words_and_hex)
{
    EXPECT_JSON(PollRep, hex("300c 0201ff 02010a 3004 0c0261 22"),
                "{\"certReqId\":-1,\"checkAfter\":10,\"reason\":[\"a\\u0022\"]}\n");
    EXPECT_JSON(PKIStatusInfo, hex("3008 020102 0303060040"),
                "{\"status\":\"rejection\",\"failInfo\":[\"badPOP\"]}\n");
    EXPECT_JSON(BasicConstraints, hex("3006 0101ff 020103"),
                "{\"cA\":true,\"pathLenConstraint\":3}\n");
    EXPECT_JSON(BIT_STRING, hex("0302 0780"), "{\"unused\":7,\"octets\":\"80\"}\n");
    EXPECT_JSON(INTEGER, hex("0208 7fffffffffffffff"), "\"7fffffffffffffff\"\n");
    EXPECT_JSON(UTF8String, hex("0c08 1b f09f9982 c3bc 5c"),
                "\"\\u001b\\ud83d\\ude42\\u00fc\\u005c\"\n");
    EXPECT_JSON(NULL_, hex("0500"), "null\n");
    EXPECT_JSON(GeneralName, hex("8201 61"), "{\"dNSName\":\"a\"}\n");
    EXPECT_JSON(Rand, hex("3006 020107 8201 61"), "{\"int\":7,\"sender\":{\"dNSName\":\"a\"}}\n");
}
