/* Object identifiers: the table, and text both ways. */
#include "codec_help.h"

static const struct { enum oid id; const char *dotted; } rows[] = {
#define ROW(name, dotted, kind) { OID_##name, dotted },
    OID_ROWS(ROW)
#undef ROW
};

TEST(every_row_is_found_by_its_octets)
{
    char text[300];

    EXPECT_EQ(sizeof rows / sizeof *rows, OID_COUNT - 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT_EQ(oid_find(oid_contents(rows[i].id)), rows[i].id);
        EXPECT_STR(oid_dotted(oid_contents(rows[i].id), text, sizeof text), rows[i].dotted);
        EXPECT_SAME(oid_parse(test_arena(), rows[i].dotted), oid_contents(rows[i].id));
        EXPECT_STR(why_not(&OBJECT_IDENTIFIER_type,
                           asn1_tlv(test_arena(), DER_OBJECT_IDENTIFIER, oid_contents(rows[i].id))),
                   "accepted");
        EXPECT_EQ(oid_named(oid_name(rows[i].id)), rows[i].id);
        EXPECT_EQ(oid_named(rows[i].dotted), rows[i].id);
    }
}

/* Octets as the RFCs' own examples and other implementations have them. */
TEST(well_known_identifiers_have_well_known_octets)
{
    EXPECT_EQ(oid_find(hex("550403")), OID_id_at_commonName);
    EXPECT_EQ(oid_find(hex("2a864886f70d01010b")), OID_sha256WithRSAEncryption);
    EXPECT_EQ(oid_find(hex("2a8648ce3d030107")), OID_secp256r1);
    EXPECT_EQ(oid_find(hex("2b6570")), OID_id_Ed25519);
    EXPECT_EQ(oid_find(hex("2a864886f67d07420d")), OID_id_PasswordBasedMac);
    EXPECT_EQ(oid_find(hex("0992268993f22c640119")), OID_id_domainComponent);
    EXPECT_EQ(oid_find(hex("2b0601050507040d")), OID_id_it_implicitConfirm);
    EXPECT_EQ(oid_find(hex("608648016503040201")), OID_sha256);
}

TEST(a_stranger_is_not_found)
{
    EXPECT_EQ(oid_find(hex("2a03")), OID_NONE);
    EXPECT_EQ(oid_find(hex("55047f")), OID_NONE);
    EXPECT_EQ(oid_find(hex("")), OID_NONE);
    EXPECT_EQ(oid_find((struct span){ NULL, 0 }), OID_NONE);
    EXPECT_EQ(oid_named("id-it-none-such"), OID_NONE);
    EXPECT(oid_contents(OID_NONE).ptr == NULL);
    EXPECT_STR(oid_name(OID_NONE), "?");
}

TEST(names_are_the_rfc_s)
{
    char text[64];

    EXPECT_STR(oid_name(OID_id_it_certProfile), "id-it-certProfile");
    EXPECT_STR(oid_name(OID_ecdsa_with_SHA256), "ecdsa-with-SHA256");
    EXPECT_STR(oid_text(hex("2b0601050507031c"), text, sizeof text), "id-kp-cmcRA");
    EXPECT_STR(oid_text(hex("2a0304"), text, sizeof text), "1.2.3.4");
    EXPECT_EQ(oid_named("cmcRA"), OID_id_kp_cmcRA);
    EXPECT_STR(oid_attribute(OID_id_at_commonName), "CN");
    EXPECT(oid_attribute(OID_sha256) == NULL);
}

TEST(kinds_say_where_an_identifier_may_stand)
{
    EXPECT(oid_kind(OID_id_Ed25519) == (OID_PUBLIC_KEY | OID_SIGNATURE));
    EXPECT(oid_kind(OID_sha256) == OID_DIGEST);
    EXPECT(oid_kind(OID_id_it_crls) == OID_INFO_TYPE);
    EXPECT(oid_kind(OID_NONE) == OID_OTHER);
}

static const char *dotted(const char *contents)
{
    static char text[300];
    return oid_dotted(hex(contents), text, sizeof text);
}

TEST(dots_come_out_right_for_every_first_arc_and_any_length)
{
    EXPECT_STR(dotted("00"), "0.0");
    EXPECT_STR(dotted("27"), "0.39");
    EXPECT_STR(dotted("28"), "1.0");
    EXPECT_STR(dotted("4f"), "1.39");
    EXPECT_STR(dotted("50"), "2.0");
    EXPECT_STR(dotted("58"), "2.8");
    EXPECT_STR(dotted("59"), "2.9");
    EXPECT_STR(dotted("8100"), "2.48");
    EXPECT_STR(dotted("8837"), "2.999");
    EXPECT_STR(dotted("8837 03"), "2.999.3");
    EXPECT_STR(dotted("69 83ffffffffffffffffffffffffffffffffff7f"),
               "2.25.340282366920938463463374607431768211455");
    EXPECT_STR(dotted("2a 00"), "1.2.0");
}

TEST(text_is_cut_to_its_buffer)
{
    char text[6];
    EXPECT_STR(oid_dotted(hex("2a0304"), text, sizeof text), "1.2.3");
    EXPECT_STR(oid_text(oid_contents(OID_sha256), text, sizeof text), "sha25");
}

TEST(only_dotted_numbers_are_parsed)
{
    struct arena *a = test_arena();
    EXPECT_SAME(oid_parse(a, "2.999.3"), hex("883703"));
    EXPECT_SAME(oid_parse(a, "1.2"), hex("2a"));
    EXPECT(oid_parse(a, "1").ptr == NULL);
    EXPECT(oid_parse(a, "").ptr == NULL);
    EXPECT(oid_parse(a, "3.1").ptr == NULL);
    EXPECT(oid_parse(a, "1.40").ptr == NULL);
    EXPECT(oid_parse(a, "1.2.").ptr == NULL);
    EXPECT(oid_parse(a, "1..2").ptr == NULL);
    EXPECT(oid_parse(a, "1.2.03").ptr == NULL);
    EXPECT(oid_parse(a, "1.2.-3").ptr == NULL);
    EXPECT(oid_parse(a, "1.2.x").ptr == NULL);
    EXPECT(oid_parse(a, "1.2.9999999999999999999").ptr == NULL);
}
