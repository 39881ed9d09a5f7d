/* The leaves: for each rule of DER one element that breaks only that, beside one that keeps it. */
#include "codec_help.h"

TEST(boolean_is_one_octet_00_or_ff)
{
    EXPECT_ACCEPTED(BOOLEAN, hex("0101 00"));
    EXPECT_ACCEPTED(BOOLEAN, hex("0101 ff"));
    EXPECT_REFUSED(BOOLEAN, hex("0101 01"), "BOOLEAN is neither 00 nor FF");
    EXPECT_REFUSED(BOOLEAN, hex("0100"), "BOOLEAN is not one octet");
    EXPECT_REFUSED(BOOLEAN, hex("0102 0000"), "BOOLEAN is not one octet");
}

TEST(integer_has_the_fewest_octets)
{
    EXPECT_ACCEPTED(INTEGER, hex("0201 00"));
    EXPECT_ACCEPTED(INTEGER, hex("0202 0080"));
    EXPECT_ACCEPTED(INTEGER, hex("0202 ff7f"));
    EXPECT_REFUSED(INTEGER, hex("0200"), "empty INTEGER");
    EXPECT_REFUSED(INTEGER, hex("0202 007f"), "INTEGER not minimal");
    EXPECT_REFUSED(INTEGER, hex("0202 ff80"), "INTEGER not minimal");
    EXPECT_REFUSED(INTEGER, hex("0203 000080"), "INTEGER not minimal");
}

TEST(integer_of_16384_bits_fits_and_a_longer_one_does_not)
{
    uint8_t *long_one = arena_zalloc(test_arena(), 4000);
    long_one[0] = 1;
    struct span fits = asn1_tlv(test_arena(), DER_INTEGER, (struct span){ long_one, 2049 });
    struct span too_long = asn1_tlv(test_arena(), DER_INTEGER, (struct span){ long_one, 2113 });
    EXPECT_ACCEPTED(INTEGER, fits);
    EXPECT_REFUSED(INTEGER, too_long, "INTEGER too long");
}

TEST(enumerated_follows_the_rules_of_integer)
{
    EXPECT_ACCEPTED(CRLReason, hex("0a01 01"));
    EXPECT_REFUSED(CRLReason, hex("0a00"), "empty INTEGER");
    EXPECT_REFUSED(CRLReason, hex("0a02 0001"), "INTEGER not minimal");
}

TEST(integers_have_their_ranges)
{
    EXPECT_ACCEPTED(INTEGER_0_MAX, hex("0201 00"));
    EXPECT_REFUSED(INTEGER_0_MAX, hex("0201 ff"), "INTEGER below 0");
    EXPECT_ACCEPTED(INTEGER_1_MAX, hex("0201 01"));
    EXPECT_ACCEPTED(INTEGER_1_MAX, hex("0202 0080"));
    EXPECT_REFUSED(INTEGER_1_MAX, hex("0201 00"), "INTEGER below 1");
    EXPECT_REFUSED(INTEGER_1_MAX, hex("0201 80"), "INTEGER below 1");
    EXPECT_ACCEPTED(INTEGER_1_65535, hex("0203 00ffff"));
    EXPECT_REFUSED(INTEGER_1_65535, hex("0203 010000"), "INTEGER above 65535");
}

TEST(bit_string_counts_its_unused_bits_and_they_are_zero)
{
    EXPECT_ACCEPTED(BIT_STRING, hex("0301 00"));
    EXPECT_ACCEPTED(BIT_STRING, hex("0302 07 80"));
    EXPECT_ACCEPTED(BIT_STRING, hex("0302 00 00"));
    EXPECT_REFUSED(BIT_STRING, hex("0300"), "BIT STRING without unused-bits octet");
    EXPECT_REFUSED(BIT_STRING, hex("0301 01"), "more unused bits than there are");
    EXPECT_REFUSED(BIT_STRING, hex("0302 08 00"), "more unused bits than there are");
    EXPECT_REFUSED(BIT_STRING, hex("0302 07 c0"), "unused bits not zero");
    EXPECT_REFUSED(BIT_STRING, hex("0302 01 01"), "unused bits not zero");
}

TEST(named_bits_end_with_a_one)
{
    EXPECT_ACCEPTED(KeyUsage, hex("0301 00"));
    EXPECT_ACCEPTED(KeyUsage, hex("0302 07 80"));
    EXPECT_ACCEPTED(KeyUsage, hex("0303 07 0080"));
    EXPECT_REFUSED(KeyUsage, hex("0302 06 80"), "trailing zero in named bits");
    EXPECT_REFUSED(KeyUsage, hex("0302 00 00"), "trailing zero in named bits");
    EXPECT_REFUSED(KeyUsage, hex("0303 00 8000"), "trailing zero in named bits");
    EXPECT_REFUSED(PKIFailureInfo, hex("0302 06 80"), "trailing zero in named bits");
    EXPECT_REFUSED(ReasonFlags, hex("0302 06 40 "), "accepted");
    EXPECT_REFUSED(ReasonFlags, hex("0302 05 40"), "trailing zero in named bits");
}

TEST(null_is_empty)
{
    EXPECT_ACCEPTED(NULL_, hex("0500"));
    EXPECT_REFUSED(NULL_, hex("0501 00"), "NULL has contents");
}

TEST(oid_has_whole_minimal_arcs)
{
    EXPECT_ACCEPTED(OBJECT_IDENTIFIER, hex("0603 550403"));
    EXPECT_ACCEPTED(OBJECT_IDENTIFIER, hex("0603 818000"));
    EXPECT_REFUSED(OBJECT_IDENTIFIER, hex("0600"), "empty OBJECT IDENTIFIER");
    EXPECT_REFUSED(OBJECT_IDENTIFIER, hex("0602 2a86"), "OBJECT IDENTIFIER ends inside an arc");
    EXPECT_REFUSED(OBJECT_IDENTIFIER, hex("0603 2a8001"), "arc not minimal");
    EXPECT_REFUSED(OBJECT_IDENTIFIER, hex("0602 8001"), "arc not minimal");
}

TEST(oid_of_a_uuid_fits_and_a_longer_arc_does_not)
{
    EXPECT_ACCEPTED(OBJECT_IDENTIFIER, hex("0614 69 83ffffffffffffffffffffffffffffffffff7f"));
    EXPECT_REFUSED(OBJECT_IDENTIFIER, hex("0615 69 81ffffffffffffffffffffffffffffffffffff7f"),
                   "arc too long");
    char octets[2 * 129 + 1];
    for (int i = 0; i < 129; i++) {
        sprintf(octets + 2 * i, "2a");
    }
    EXPECT_REFUSED(OBJECT_IDENTIFIER, tlv(DER_OBJECT_IDENTIFIER, octets),
                   "OBJECT IDENTIFIER too long");
    octets[2 * 128] = '\0';
    EXPECT_ACCEPTED(OBJECT_IDENTIFIER, tlv(DER_OBJECT_IDENTIFIER, octets));
}

TEST(utf8_is_the_shortest_form_of_unicode_characters)
{
    EXPECT_ACCEPTED(UTF8String, hex("0c00"));
    EXPECT_ACCEPTED(UTF8String, hex("0c0a 61 c3bc e282ac f09f9982"));
    EXPECT_ACCEPTED(UTF8String, hex("0c04 f48fbfbf"));
    EXPECT_REFUSED(UTF8String, hex("0c02 c0af"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c03 e08080"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c04 f0808080"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c03 eda080"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c04 f4908080"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c05 f888808080"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c01 80"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c02 e282"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c02 c341"), "not UTF-8");
    EXPECT_REFUSED(UTF8String, hex("0c01 ff"), "not UTF-8");
}

TEST(printable_string_has_its_alphabet)
{
    struct span all = text_tlv(DER_PrintableString,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?");
    EXPECT_ACCEPTED(PrintableString, all);
    for (int c = 0; c < 256; c++) {
        uint8_t octet = (uint8_t)c;
        struct span one = asn1_tlv(test_arena(), DER_PrintableString, (struct span){ &octet, 1 });
        bool in = c > 0 && memchr(all.ptr + 2, c, all.len - 2) != NULL;
        EXPECT_REFUSED(PrintableString, one, in ? "accepted" : "character not in PrintableString");
    }
}

TEST(other_strings_have_their_alphabets)
{
    EXPECT_ACCEPTED(IA5String, hex("1602 007f"));
    EXPECT_REFUSED(IA5String, hex("1601 80"), "character not in IA5String");
    EXPECT_ACCEPTED(NumericString, hex("1202 3920"));
    EXPECT_REFUSED(NumericString, hex("1201 61"), "character not in NumericString");
    EXPECT_ACCEPTED(VisibleString, hex("1a02 207e"));
    EXPECT_REFUSED(VisibleString, hex("1a01 1f"), "character not in VisibleString");
    EXPECT_REFUSED(VisibleString, hex("1a01 7f"), "character not in VisibleString");
    EXPECT_ACCEPTED(TeletexString, hex("1402 00ff"));
}

TEST(wide_strings_have_whole_characters)
{
    EXPECT_ACCEPTED(BMPString, hex("1e04 0041 20ac"));
    EXPECT_REFUSED(BMPString, hex("1e03 004120"), "BMPString of odd length");
    EXPECT_REFUSED(BMPString, hex("1e02 d800"), "surrogate in BMPString");
    EXPECT_REFUSED(BMPString, hex("1e02 dfff"), "surrogate in BMPString");
    EXPECT_ACCEPTED(UniversalString, hex("1c04 0010ffff"));
    EXPECT_REFUSED(UniversalString, hex("1c03 000041"),
                   "UniversalString not of four-octet characters");
    EXPECT_REFUSED(UniversalString, hex("1c04 00110000"), "no character in UniversalString");
    EXPECT_REFUSED(UniversalString, hex("1c04 0000d800"), "no character in UniversalString");
}

static const char *utc(const char *text)
{
    return why_not(&UTCTime_type, text_tlv(DER_UTCTime, text));
}

static const char *generalized(const char *text)
{
    return why_not(&GeneralizedTime_type, text_tlv(DER_GeneralizedTime, text));
}

TEST(utc_time_has_one_form)
{
    static const char form[] = "UTCTime is not YYMMDDHHMMSSZ";
    EXPECT_STR(utc("250102030405Z"), "accepted");
    EXPECT_STR(utc("000229000000Z"), "accepted");
    EXPECT_STR(utc("2501020304Z"), form);
    EXPECT_STR(utc("250102030405"), form);
    EXPECT_STR(utc("250102030405z"), form);
    EXPECT_STR(utc("250102030405+0100"), form);
    EXPECT_STR(utc("20250102030405Z"), form);
    EXPECT_STR(utc("250229000000Z"), "no such time");
    EXPECT_STR(utc("2501020304 5Z"), "no such time");
}

TEST(generalized_time_has_one_form_and_an_exact_fraction)
{
    static const char fraction[] = "GeneralizedTime with an odd fraction";
    EXPECT_STR(generalized("20250102030405Z"), "accepted");
    EXPECT_STR(generalized("20250102030405.5Z"), "accepted");
    EXPECT_STR(generalized("20250102030405.001Z"), "accepted");
    EXPECT_STR(generalized("20250102030405.50Z"), fraction);
    EXPECT_STR(generalized("20250102030405.Z"), fraction);
    EXPECT_STR(generalized("20250102030405,5Z"), fraction);
    EXPECT_STR(generalized("20250102030405.a5Z"), fraction);
    EXPECT_STR(generalized("202501020304Z"), "GeneralizedTime is not YYYYMMDDHHMMSSZ");
    EXPECT_STR(generalized("20250102030405+0100"), "GeneralizedTime is not YYYYMMDDHHMMSSZ");
}

TEST(certificates_have_times_without_a_fraction)
{
    EXPECT_ACCEPTED(Time, text_tlv(DER_GeneralizedTime, "20500102030405Z"));
    EXPECT_REFUSED(Time, text_tlv(DER_GeneralizedTime, "20500102030405.5Z"),
                   "GeneralizedTime is not YYYYMMDDHHMMSSZ");
}

TEST(days_hours_minutes_and_seconds_exist)
{
    EXPECT_STR(generalized("20240229000000Z"), "accepted");
    EXPECT_STR(generalized("20000229000000Z"), "accepted");
    EXPECT_STR(generalized("19000229000000Z"), "no such time");
    EXPECT_STR(generalized("20250431000000Z"), "no such time");
    EXPECT_STR(generalized("20250001000000Z"), "no such time");
    EXPECT_STR(generalized("20251301000000Z"), "no such time");
    EXPECT_STR(generalized("20250100000000Z"), "no such time");
    EXPECT_STR(generalized("20250101240000Z"), "no such time");
    EXPECT_STR(generalized("20250101006000Z"), "no such time");
    EXPECT_STR(generalized("20250101000060Z"), "no such time");
}

TEST(a_leaf_is_not_constructed)
{
    EXPECT_REFUSED(OCTET_STRING, hex("2404 0402 6162"), "unexpected tag");
    EXPECT_REFUSED(INTEGER, hex("2203 020105"), "unexpected tag");
}

/* ---- headers ---------------------------------------------------------------------------- */

TEST(lengths_are_definite_and_minimal)
{
    EXPECT_ACCEPTED(OCTET_STRING, hex("0400"));
    EXPECT_REFUSED(OCTET_STRING, hex("0481 01 61"), "length not minimal");
    EXPECT_REFUSED(OCTET_STRING, hex("0482 0001 61"), "length not minimal");
    EXPECT_REFUSED(OCTET_STRING, hex("0480 61 0000"), "indefinite length");
    EXPECT_REFUSED(OCTET_STRING, hex("0485 0000000001 61"), "length too large");
    EXPECT_REFUSED(OCTET_STRING, hex("04ff 61"), "length too large");
    char octets[2 * 256 + 1];
    memset(octets, '0', sizeof octets - 1);
    octets[sizeof octets - 1] = '\0';
    EXPECT_ACCEPTED(OCTET_STRING, tlv(DER_OCTET_STRING, octets));
    octets[2 * 128] = '\0';
    EXPECT_ACCEPTED(OCTET_STRING, tlv(DER_OCTET_STRING, octets));
    octets[2 * 127] = '\0';
    EXPECT_EQ(tlv(DER_OCTET_STRING, octets).len, 129);
    EXPECT_ACCEPTED(OCTET_STRING, tlv(DER_OCTET_STRING, octets));
}

TEST(an_element_ends_where_its_input_ends)
{
    EXPECT_REFUSED(OCTET_STRING, hex("04"), "truncated");
    EXPECT_REFUSED(OCTET_STRING, hex("0402 61"), "truncated");
    EXPECT_REFUSED(OCTET_STRING, hex("0482 01"), "truncated");
    EXPECT_REFUSED(OCTET_STRING, hex("0401 61 00"), "trailing data");
    EXPECT_REFUSED(OCTET_STRING, ((struct span){ NULL, 0 }), "nothing there");
}

TEST(tag_numbers_above_30_are_refused)
{
    EXPECT_REFUSED(ANY, hex("1f1f 00"), "tag number above 30");
    EXPECT_REFUSED(ANY, hex("1f01 00"), "tag number above 30");
    EXPECT_ACCEPTED(ANY, hex("9e00"));
}
