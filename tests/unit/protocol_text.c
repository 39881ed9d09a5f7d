/* What a refusal says: it may quote the message, and goes out as a UTF8String and into the log (RFC 3629). */
#include "tests/unit/test.h"

#include "gateway/protocol/inbound.h"

static const char *shown(const char *text)
{
    static struct refusal no;

    refuse(&no, FAIL_badRequest, "%s", text);
    return no.text;
}

/* The first and the last of each length, and what is next to what is left out. */
TEST(characters_are_shown_as_they_are)
{
    static const char *const rows[] = {
        "", " ", "~", "pump 7", "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z", "\xe2\x82\xac\xf0\x9f\x92\xa7", "\xe1\x80\x80", "\xf1\x80\x80\x80",
        "\xe0\xbf\xbf", "\xed\x80\x80", "\xf0\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xc3\x80", "\xc2\xbf",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT_STR(shown(rows[i]), rows[i]);
    }
}

TEST(what_is_no_character_or_upsets_a_terminal_is_not_shown)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        { "\x1f", "?" }, { "\x7f", "?" }, { "a\nb", "a?b" }, { "\x1b[2J", "?[2J" },
        { "\xc2\x80", "??" }, { "\xc2\x9f", "??" },                         /* C1 controls */
        { "\x80", "?" }, { "\xbf", "?" }, { "\xff", "?" }, { "\xc0\x80", "??" }, { "\xc1\xbf", "??" },
        { "\xe0\x80\x80", "???" }, { "\xe0\x9f\xbf", "???" }, { "\xf0\x80\x80\x80", "????" }, { "\xf0\x8f\xbf\xbf", "????" },
        { "\xed\xa0\x80", "???" }, { "\xed\xbf\xbf", "???" },               /* surrogates */
        { "\xf4\x90\x80\x80", "????" }, { "\xf5\x80\x80\x80", "????" },     /* beyond Unicode */
        { "\xc3", "?" }, { "\xc3(", "?(" }, { "\xe2\x82", "??" }, { "\xe2\x82[", "??[" }, { "\xe2(\x82", "?(?" },
        { "\xf0\x9f\x92", "???" }, { "\xf0\x9f\x92[", "???[" }, { "\xc3\xc3\xa9", "?\xc3\xa9" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT_STR(shown(rows[i].text), rows[i].shown);
    }
}

/* Every refusal begins anew: nothing of the one before is left. */
TEST(a_refusal_is_whole)
{
    struct refusal no = { .failure = FAIL_badAlg, .in_body = true, .unavailable = true, .text = "before" };

    EXPECT(!refuse(&no, FAIL_badTime, "%d s", 7));
    EXPECT_STR(failure_name(no.failure), "badTime");
    EXPECT_STR(no.text, "7 s");
    EXPECT(!no.in_body && !no.unavailable);
    EXPECT(!refuse_unavailable(&no, "not now"));
    EXPECT_STR(failure_name(no.failure), "systemUnavail");
    EXPECT(no.unavailable);
}

TEST(a_long_text_is_cut)
{
    char text[400];
    struct refusal no;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    refuse(&no, FAIL_badRequest, "%s", text);
    EXPECT_EQ(strlen(no.text), sizeof no.text - 1);
}

/* An outcome may come for an endpoint that a reload has removed: then its profile alone has the say. */
TEST(without_an_endpoint_the_profile_tolerates_or_nobody)
{
    struct config_profile profile = { .name = "default", .tolerate = UINT64_C(1) << QUIRK_NO_NONCE };
    struct inbound in = { .profile = &profile };

    EXPECT(quirk_on(&in, QUIRK_NO_NONCE));
    EXPECT(!quirk_on(&in, QUIRK_SHORT_NONCE));
    in.profile = NULL;
    EXPECT(!quirk_on(&in, QUIRK_NO_NONCE));
}

TEST(without_an_endpoint_nothing_is_of_1999)
{
    uint8_t one = 1;
    struct PKIHeader header = { .pvno = { &one, 1 } };
    struct config_endpoint endpoint = { .cmp1999 = true };
    struct inbound in = { .header = &header };

    EXPECT(!inbound_is_1999(&in));
    in.endpoint = &endpoint;
    EXPECT(inbound_is_1999(&in));
}
