/* Leaves as C values, both ways. */
#include "codec_help.h"

TEST(integers_go_both_ways)
{
    static const struct { int64_t value; const char *contents; } rows[] = {
        { 0, "00" }, { 1, "01" }, { -1, "ff" }, { 127, "7f" }, { 128, "0080" }, { -128, "80" },
        { -129, "ff7f" }, { 256, "0100" }, { 65535, "00ffff" },
        { INT64_MAX, "7fffffffffffffff" }, { INT64_MIN, "8000000000000000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value;
        EXPECT_SAME(asn1_put_int(test_arena(), rows[i].value), hex(rows[i].contents));
        EXPECT(asn1_int64(hex(rows[i].contents), &value));
        EXPECT_EQ(value, rows[i].value);
    }
}

TEST(an_integer_out_of_range_is_none)
{
    int64_t i;
    uint64_t u;

    EXPECT(!asn1_int64(hex("008000000000000000"), &i));
    EXPECT(!asn1_int64((struct span){ NULL, 0 }, &i));
    EXPECT(!asn1_int64(hex(""), &i));
    EXPECT(asn1_uint(hex("00ffffffffffffffff"), &u) && u == UINT64_MAX);
    EXPECT(!asn1_uint(hex("ff"), &u));
    EXPECT(!asn1_uint(hex("01ffffffffffffffff"), &u));
}

TEST(big_endian_octets_become_a_positive_integer)
{
    EXPECT_SAME(asn1_put_unsigned(test_arena(), hex("0000 7f01")), hex("7f01"));
    EXPECT_SAME(asn1_put_unsigned(test_arena(), hex("80")), hex("0080"));
    EXPECT_SAME(asn1_put_unsigned(test_arena(), hex("0000")), hex("00"));
    EXPECT_SAME(asn1_put_unsigned(test_arena(), hex("")), hex("00"));
}

TEST(booleans_and_null_have_their_octets)
{
    EXPECT_SAME(asn1_put_bool(true), hex("ff"));
    EXPECT_SAME(asn1_put_bool(false), hex("00"));
    EXPECT(asn1_true(hex("ff")) && !asn1_true(hex("00")) && !asn1_true((struct span){ NULL, 0 }));
    EXPECT(asn1_null().ptr != NULL && asn1_null().len == 0);
}

TEST(named_bits_go_both_ways)
{
    static const struct { uint32_t bits; const char *contents; } rows[] = {
        { 0, "00" }, { 1, "0780" }, { 2, "0640" }, { 0x81, "0081" }, { 0x100, "070080" },
        { PKIFailureInfo_badPOP, "060040" },
        { PKIFailureInfo_duplicateCertReq, "0500000020" }, { UINT32_MAX, "00ffffffff" },
        { UINT32_C(1) << 31, "0000000001" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT_SAME(asn1_put_named_bits(test_arena(), rows[i].bits), hex(rows[i].contents));
        EXPECT_EQ(asn1_named_bits(hex(rows[i].contents)), rows[i].bits);
    }
    EXPECT_EQ(asn1_named_bits((struct span){ NULL, 0 }), 0);
    EXPECT_EQ(asn1_named_bits(hex("00ffffffffff")), UINT32_MAX);
}

TEST(a_bit_string_of_octets_gives_them)
{
    EXPECT_SAME(asn1_bits_payload(hex("00 6162")), hex("6162"));
    EXPECT(asn1_bits_payload(hex("01 6162")).ptr == NULL);
    EXPECT(asn1_bits_payload((struct span){ NULL, 0 }).ptr == NULL);
    EXPECT_SAME(asn1_put_bits(test_arena(), hex("6162")), hex("00 6162"));
}

static int64_t seconds(const char *text)
{
    int64_t t;
    return asn1_time(span_str(text), &t) ? t : INT64_MIN;
}

TEST(times_are_seconds_since_1970)
{
    EXPECT_EQ(seconds("19700101000000Z"), 0);
    EXPECT_EQ(seconds("20000229235959Z"), 951868799);
    EXPECT_EQ(seconds("20380119031408Z"), INT64_C(2147483648));
    EXPECT_EQ(seconds("19691231235959Z"), -1);
    EXPECT_EQ(seconds("99991231235959Z"), INT64_C(253402300799));
    EXPECT_EQ(seconds("00000101000000Z"), INT64_C(-62167219200));
    EXPECT_EQ(seconds("20250102030405.999Z"), seconds("20250102030405Z"));
    EXPECT_EQ(seconds("700101000000Z"), 0);
    EXPECT_EQ(seconds("500101000000Z"), seconds("19500101000000Z"));
    EXPECT_EQ(seconds("491231235959Z"), seconds("20491231235959Z"));
    EXPECT_EQ(seconds("20250230000000Z"), INT64_MIN);
}

TEST(every_day_of_four_centuries_comes_back)
{
    int64_t back;

    for (int64_t t = -62167219200; t < -62167219200 + INT64_C(86400) * 146097 * 2; t += 86400) {
        arena_reset(test_arena());
        struct span s = asn1_put_generalized_time(test_arena(), t + 45296);
        if (!asn1_time(s, &back) || back != t + 45296) {
            TEST_FAIL("%.15s does not come back", (const char *)s.ptr);
            return;
        }
    }
}

TEST(a_time_of_a_certificate_is_utc_until_2049)
{
    struct Time *last = Time_from_unix(test_arena(), seconds("20491231235959Z"));
    struct Time *next = Time_from_unix(test_arena(), seconds("20491231235959Z") + 1);
    struct Time *first = Time_from_unix(test_arena(), seconds("19500101000000Z"));
    struct Time *before = Time_from_unix(test_arena(), seconds("19500101000000Z") - 1);
    int64_t t;

    EXPECT_EQ(last->arm, Time_utcTime);
    EXPECT_SAME(last->utcTime, span_of("491231235959Z"));
    EXPECT_EQ(next->arm, Time_generalTime);
    EXPECT_SAME(next->generalTime, span_of("20500101000000Z"));
    EXPECT_EQ(first->arm, Time_utcTime);
    EXPECT_EQ(before->arm, Time_generalTime);
    EXPECT(Time_to_unix(next, &t) && t == seconds("20500101000000Z"));
    EXPECT(Time_from_unix(test_arena(), INT64_MAX) == NULL);
    EXPECT(asn1_put_generalized_time(test_arena(), INT64_C(253402300800)).ptr == NULL);
}

TEST(a_reader_stops_where_it_cannot_go_on)
{
    struct asn1_reader r = { hex("020105 0500 0401") };
    struct asn1_tlv e;

    EXPECT(asn1_next(&r, &e) == NULL && e.tag == DER_INTEGER && e.contents.len == 1);
    EXPECT(asn1_next(&r, &e) == NULL && e.tag == DER_NULL && e.der.len == 2);
    EXPECT_STR(asn1_next(&r, &e), "truncated");
    EXPECT_EQ(r.rest.len, 2);
    r.rest = (struct span){ NULL, 0 };
    EXPECT_STR(asn1_next(&r, &e), "end of input");
}

TEST(a_header_is_written_in_the_shortest_form)
{
    uint8_t h[6];

    EXPECT_SAME(((struct span){ h, asn1_header(h, DER_SEQUENCE, 127) }), hex("307f"));
    EXPECT_SAME(((struct span){ h, asn1_header(h, DER_SEQUENCE, 128) }), hex("308180"));
    EXPECT_SAME(((struct span){ h, asn1_header(h, DER_SEQUENCE, 256) }), hex("30820100"));
    EXPECT_SAME(((struct span){ h, asn1_header(h, DER_SEQUENCE, 65536) }), hex("3083010000"));
    EXPECT_SAME(((struct span){ h, asn1_header(h, DER_SEQUENCE, 1 << 24) }), hex("308401000000"));
}

TEST(a_part_is_put_under_another_tag)
{
    EXPECT_SAME(asn1_retag(test_arena(), hex("a003 020105"), DER_SEQUENCE), hex("3003 020105"));
    EXPECT(asn1_retag(test_arena(), (struct span){ NULL, 0 }, DER_SEQUENCE).ptr == NULL);
}

TEST(spans_are_equal_by_their_octets)
{
    EXPECT(span_eq(span_of("ab"), span_str("ab")));
    EXPECT(!span_eq(span_of("ab"), span_of("ac")));
    EXPECT(!span_eq(span_of(""), (struct span){ NULL, 0 }));
    EXPECT(span_eq((struct span){ NULL, 0 }, (struct span){ NULL, 0 }));
}
