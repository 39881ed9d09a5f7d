/* What is read as it came where the caller asks for that, and that nothing else is. */
#include "codec_help.h"

static struct PKIMessage *odd_message(struct span der, unsigned *odd)
{
    struct asn1_error err;

    return asn1_decode_odd(&PKIMessage_type, der, test_arena(), odd, &err);
}

/* Those of tests/vectors/bad that are odd, and no worse. */
static const struct {
    const char *name;
    unsigned odd;
} expected[] = {
    /* messageTime, [0], is taken for the recipient that is not there. */
    { "header-no-recipient.der", ASN1_ODD_NAME },
    { "name-attribute-no-value.der", ASN1_ODD_NAME },
    { "name-directoryName-implicit.der", ASN1_ODD_NAME },
    { "name-dns-explicit.der", ASN1_ODD_NAME },
    { "name-ip-empty-oid.der", ASN1_ODD_NAME },
    { "set-empty-rdn.der", ASN1_ODD_NAME },
    { "set-of-rdn.der", ASN1_ODD_NAME },
    { "time-bare-point.der", ASN1_ODD_TIME },
    { "time-comma.der", ASN1_ODD_TIME },
    { "time-day-0.der", ASN1_ODD_TIME },
    { "time-empty.der", ASN1_ODD_TIME },
    { "time-february-29.der", ASN1_ODD_TIME },
    { "time-february-30.der", ASN1_ODD_TIME },
    { "time-hour-24.der", ASN1_ODD_TIME },
    { "time-letters.der", ASN1_ODD_TIME },
    { "time-lower-z.der", ASN1_ODD_TIME },
    { "time-minute-60.der", ASN1_ODD_TIME },
    { "time-month-13.der", ASN1_ODD_TIME },
    { "time-no-seconds.der", ASN1_ODD_TIME },
    { "time-no-zone.der", ASN1_ODD_TIME },
    { "time-offset.der", ASN1_ODD_TIME },
    { "time-trailing-zero.der", ASN1_ODD_TIME },
    { "utf8-beyond-unicode.der", ASN1_ODD_TEXT },
    { "utf8-continuation.der", ASN1_ODD_TEXT },
    { "utf8-cut.der", ASN1_ODD_TEXT },
    { "utf8-latin-1.der", ASN1_ODD_TEXT },
    { "utf8-overlong.der", ASN1_ODD_TEXT },
    { "utf8-surrogate.der", ASN1_ODD_TEXT },
    { "ir-keyEncipherment-implicit.der", ASN1_ODD_POPO },
    { "ir-popo-signature-explicit.der", ASN1_ODD_POPO },
    { "ir-popoPrivKey-arm-5.der", ASN1_ODD_POPO },
    { "ir-raVerified-content.der", ASN1_ODD_POPO },
    { "ir-raVerified-explicit.der", ASN1_ODD_POPO },
    { "ir-raVerified-octets.der", ASN1_ODD_POPO },
    { "ir-signature-no-alg.der", ASN1_ODD_POPO },
    { "rr-revocationReason-zeros.der", ASN1_ODD_REASON },
};

static unsigned seen;                   /* of them */

static unsigned expected_of(const char *name)
{
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (strcmp(expected[i].name, name) == 0) {
            return expected[i].odd;
        }
    }
    return 0;
}

static void print_everywhere(const struct PKIMessage *m)
{
    FILE *nowhere = fopen("/dev/null", "w");

    asn1_print(nowhere, &PKIMessage_type, m, ASN1_PRINT_FULL);
    asn1_print_json(nowhere, &PKIMessage_type, m);
    fclose(nowhere);
}

static void take_bad(const char *directory, const char *name)
{
    char path[4096];
    unsigned odd = 0;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    struct span der = read_file(path);
    struct PKIMessage *m = odd_message(der, &odd);
    EXPECT(PKIMessage_decode(der, test_arena(), NULL) == NULL);
    EXPECT_STR(m != NULL ? name : "", expected_of(name) != 0 ? name : "");
    if (m == NULL) {
        return;
    }
    seen++;
    EXPECT_EQ(odd, expected_of(name));
    EXPECT_SAME(PKIMessage_encode(m, test_arena()), der);
    print_everywhere(m);
}

TEST(of_what_is_bad_only_the_odd_is_taken)
{
    static const char directory[] = SOURCE_DIR "/tests/vectors/bad";
    DIR *d = opendir(directory);
    unsigned taken = 0;

    REQUIRE(d != NULL);
    for (struct dirent *e; (e = readdir(d)) != NULL; ) {
        size_t len = strlen(e->d_name);
        if (len > 4 && strcmp(e->d_name + len - 4, ".der") == 0) {
            arena_reset(test_arena());
            take_bad(directory, e->d_name);
            taken++;
        }
    }
    closedir(d);
    EXPECT(taken > 100);
    EXPECT_EQ(seen, sizeof expected / sizeof *expected);
}

TEST(what_is_good_is_not_odd)
{
    unsigned odd = ~0u;
    struct span der = vector("ir_full-header.der");
    struct PKIMessage *m = odd_message(der, &odd);

    REQUIRE(m != NULL);
    EXPECT_EQ(odd, 0);
    asn1_strip(&PKIMessage_type, m);
    EXPECT_SAME(PKIMessage_encode(m, test_arena()), der);
}

/* Whoever builds a message cannot be odd. */
TEST(what_is_odd_is_not_made)
{
    unsigned odd;
    struct PKIMessage *m = odd_message(vector("bad/time-no-zone.der"), &odd);

    REQUIRE(m != NULL);
    asn1_strip(&PKIMessage_type, m);
    EXPECT(PKIMessage_encode(m, test_arena()).ptr == NULL);
    m = odd_message(vector("bad/utf8-latin-1.der"), &odd);
    REQUIRE(m != NULL);
    asn1_strip(&PKIMessage_type, m);
    EXPECT(PKIMessage_encode(m, test_arena()).ptr == NULL);
}

static struct span header_from(size_t rdns)
{
    uint8_t *octets = arena_alloc(test_arena(), rdns * 2);

    for (size_t i = 0; i < rdns; i++) {
        octets[2 * i] = DER_SET;
        octets[2 * i + 1] = 0;
    }
    struct span dn = asn1_tlv(test_arena(), DER_SEQUENCE, (struct span){ octets, rdns * 2 });
    struct span parts[] = { tlv(DER_INTEGER, "02"), asn1_tlv(test_arena(), DER_CONTEXT_CONSTRUCTED | 4, dn),
                            hex("a4023000") };

    return asn1_sequence_of_parts(test_arena(), parts, 3);
}

/* What a limit forbids is refused, whatever it is in. */
TEST(no_limit_is_odd)
{
    struct asn1_error err;
    unsigned odd;

    EXPECT(asn1_decode_odd(&PKIHeader_type, header_from(3), test_arena(), &odd, &err) != NULL);
    EXPECT_EQ(odd, ASN1_ODD_NAME);
    EXPECT(asn1_decode_odd(&PKIHeader_type, header_from(ASN1_MAX_LIST + 1), test_arena(), &odd, &err) == NULL);
    EXPECT_STR(err.reason, "too many in a list");
}
