/* Names that a certificate may bear, one by one (RFC 5280 4.2.1.6). */
#include "tests/unit/test.h"

#include "gateway/protocol/check.h"

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

static bool is_sane(int arm, const char *text)
{
    struct GeneralName name = { .arm = arm };

    name.dNSName = span_str(text);      /* all of them are the same member */
    return altname_is_sane(&name);
}

TEST(host_names)
{
    static const char *const good[] = {
        "a", "0", "9", "z", "A", "Z", "_", "a-b", "0.9.a.z.A.Z", "*.a", "*.a.b", L63, "a." L63,
        L63 "." L63 "." L63 ".a234567890123456789012345678901234567890123456789012345678901",
    };
    static const char *const bad[] = {
        "", ".", "a.", ".a", "a..b", "-a", "a-", "a-.b", "a.-b", "*", "*.", "*a.b", "a.*", "*.*.a", "a b", "a/b", "a:b", "a@b",
        "a[", "a`", "a{", "\x7f", L63 "4",
        L63 "." L63 "." L63 ".a2345678901234567890123456789012345678901234567890123456789012",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!is_sane(GeneralName_dNSName, good[i])) {
            TEST_FAIL("\"%s\" is a name", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (is_sane(GeneralName_dNSName, bad[i])) {
            TEST_FAIL("\"%s\" is no name", bad[i]);
        }
    }
}

TEST(mailboxes)
{
    EXPECT(is_sane(GeneralName_rfc822Name, "!@a") && is_sane(GeneralName_rfc822Name, "~@a"));
    EXPECT(is_sane(GeneralName_rfc822Name, "a@b@c"));      /* the last one counts: the part before may be quoted */
    EXPECT(!is_sane(GeneralName_rfc822Name, "") && !is_sane(GeneralName_rfc822Name, "@") && !is_sane(GeneralName_rfc822Name, "@a"));
    EXPECT(!is_sane(GeneralName_rfc822Name, "a@") && !is_sane(GeneralName_rfc822Name, "a@*.b"));
    EXPECT(!is_sane(GeneralName_rfc822Name, "\x7f@a") && !is_sane(GeneralName_rfc822Name, "\xc3\xa9@a"));
}

TEST(addresses_on_the_web)
{
    EXPECT(is_sane(GeneralName_uniformResourceIdentifier, "a:b") && is_sane(GeneralName_uniformResourceIdentifier, "a0+-.z:~"));
    EXPECT(!is_sane(GeneralName_uniformResourceIdentifier, "") && !is_sane(GeneralName_uniformResourceIdentifier, ":"));
    EXPECT(!is_sane(GeneralName_uniformResourceIdentifier, "a:") && !is_sane(GeneralName_uniformResourceIdentifier, ":a"));
    EXPECT(!is_sane(GeneralName_uniformResourceIdentifier, "+a:b") && !is_sane(GeneralName_uniformResourceIdentifier, "a_b:c"));
    EXPECT(!is_sane(GeneralName_uniformResourceIdentifier, "a:\x7f") && !is_sane(GeneralName_uniformResourceIdentifier, "a: "));
}

TEST(names_that_nobody_compares_as_text_are_taken)
{
    EXPECT(is_sane(GeneralName_registeredID, "\x2a") && is_sane(GeneralName_directoryName, ""));
    EXPECT(is_sane(GeneralName_iPAddress, "four") && is_sane(GeneralName_iPAddress, "sixteen octets.."));
    EXPECT(!is_sane(GeneralName_iPAddress, "") && !is_sane(GeneralName_iPAddress, "eight...") && !is_sane(GeneralName_iPAddress, "five."));
}
