#include "test.h"

#include <stdlib.h>

#include "gateway/option.h"

/* ---- values ------------------------------------------------------------------------------------------------ */

static int64_t seconds(const char *text)
{
    int64_t n = -1;

    return option_seconds(text, &n) ? n : -1;
}

static int64_t octets(const char *text)
{
    int64_t n = -1;

    return option_octets(text, &n) ? n : -1;
}

static int64_t integer(const char *text)
{
    int64_t n = -99;

    return option_integer(text, &n) ? n : -99;
}

TEST(seconds_are_written_with_or_without_a_unit)
{
    EXPECT_EQ(seconds("0"), 0);
    EXPECT_EQ(seconds("90"), 90);
    EXPECT_EQ(seconds("90s"), 90);
    EXPECT_EQ(seconds("15m"), 900);
    EXPECT_EQ(seconds("2h"), 7200);
    EXPECT_EQ(seconds("7d"), 604800);
    EXPECT_EQ(seconds("7D"), 604800);
}

TEST(what_is_not_quite_a_number_is_refused)
{
    const char *const bad[] = { "", " 1", "1 ", "-1", "+1", "1.5", "0x10", "1ss", "s", "1w", "99999999999999999999",
                                "9223372036854775807m", "1k" };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT_EQ(seconds(bad[i]), -1);
    }
    EXPECT_EQ(octets("1s"), -1);
    EXPECT_EQ(integer("1s"), -99);
    EXPECT_EQ(integer("--1"), -99);
    EXPECT_EQ(integer("-"), -99);
}

TEST(octets_have_binary_units)
{
    EXPECT_EQ(octets("4096"), 4096);
    EXPECT_EQ(octets("64k"), 65536);
    EXPECT_EQ(octets("1m"), 1 << 20);
    EXPECT_EQ(octets("1G"), 1 << 30);
}

TEST(integers_may_be_negative)
{
    EXPECT_EQ(integer("-5"), -5);
    EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
}

TEST(yes_and_no_have_three_spellings_each)
{
    bool value = false;

    EXPECT(option_bool("yes", &value) && value);
    EXPECT(option_bool("off", &value) && !value);
    EXPECT(option_bool("true", &value) && value);
    EXPECT(option_bool("no", &value) && !value);
    EXPECT(option_bool("on", &value) && value);
    EXPECT(option_bool("false", &value) && !value);
    EXPECT(!option_bool("1", &value));
    EXPECT(!option_bool("", &value));
    EXPECT(!option_bool("Yes", &value));
}

TEST(addresses_are_numbers_with_a_port)
{
    EXPECT(option_address("192.0.2.7:829"));
    EXPECT(option_address("[2001:db8::7]:829"));
    EXPECT(option_address("*:80"));
    EXPECT(option_address("127.0.0.1:0"));
    EXPECT(option_address("unix:/run/cmpgate.sock"));
    EXPECT(option_address("systemd:cmp"));
    const char *const bad[] = { "", ":", ":80", "80", "192.0.2.7", "192.0.2.7:", "192.0.2.7:65536", "192.0.2.7:-1",
                                "192.0.2.7:http", "localhost:80", "2001:db8::7:829", "[2001:db8::7]", "[192.0.2.7]:1",
                                "[]:1", "[:1", "unix:", "systemd:", "*" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (option_address(bad[i])) {
            TEST_FAIL("\"%s\" was taken for an address", bad[i]);
        }
    }
}

/* ---- suggestions ------------------------------------------------------------------------------------------- */

TEST(a_word_with_a_typing_error_finds_the_one_that_was_meant)
{
    const char *const words[] = { "listen", "in-flight", "hold", "profile", "profile-fixed" };

    EXPECT_STR(option_nearest("lisen", words, 5), "listen");
    EXPECT_STR(option_nearest("listne", words, 5), "listen");
    EXPECT_STR(option_nearest("in_flight", words, 5), "in-flight");
    EXPECT_STR(option_nearest("profil", words, 5), "profile");
    EXPECT_STR(option_nearest("hol", words, 5), "hold");
    EXPECT(option_nearest("certificate", words, 5) == NULL);
    EXPECT(option_nearest("x", words, 5) == NULL);
    EXPECT(option_nearest("a-word-that-is-far-longer-than-any-option-can-be", words, 5) == NULL);
}

/* ---- reading into a struct ----------------------------------------------------------------------------------- */

struct sample {
    const char *text, *path, *address;
    const char *const *list;
    int64_t number, wait;
    bool flag;
};

static const struct cmpgate_option table[] = {
    { "text", CMPGATE_STRING, offsetof(struct sample, text), NULL, false, 0, 0, "a text" },
    { "path", CMPGATE_PATH, offsetof(struct sample, path), "sub/file", false, 0, 0, "a path" },
    { "address", CMPGATE_ADDRESS, offsetof(struct sample, address), NULL, true, 0, 0, "an address" },
    { "list", CMPGATE_LIST, offsetof(struct sample, list), "one two", false, 0, 0, "words" },
    { "number", CMPGATE_INTEGER, offsetof(struct sample, number), "-3", false, -5, 5, "a number" },
    { "wait", CMPGATE_SECONDS, offsetof(struct sample, wait), "2h", false, 60, 86400, "a time" },
    { "flag", CMPGATE_BOOL, offsetof(struct sample, flag), "yes", false, 0, 0, "a flag" },
    { .name = NULL },
};

static struct sample sample;
static char why[OPTION_WHY];
static struct arena *arena;

static bool set(const char *name, const char *word)
{
    arena = arena != NULL ? arena : arena_new();
    why[0] = '\0';
    return option_set(option_find(table, name), &word, 1, "/etc/cmpgate", arena, &sample, why);
}

static void done(void)
{
    arena_free(arena);
    arena = NULL;
}

TEST(values_go_to_the_members_that_their_rows_name)
{
    EXPECT(set("text", "a b"));
    EXPECT_STR(sample.text, "a b");
    EXPECT(set("path", "x.pem"));
    EXPECT_STR(sample.path, "/etc/cmpgate/x.pem");
    EXPECT(set("path", "/x.pem"));
    EXPECT_STR(sample.path, "/x.pem");
    EXPECT(set("address", "unix:s"));
    EXPECT_STR(sample.address, "unix:/etc/cmpgate/s");
    EXPECT(set("number", "-5"));
    EXPECT_EQ(sample.number, -5);
    EXPECT(set("wait", "1m"));
    EXPECT_EQ(sample.wait, 60);
    EXPECT(set("flag", "no"));
    EXPECT(!sample.flag);
    done();
}

TEST(values_outside_their_range_are_refused_with_the_range)
{
    EXPECT(!set("number", "6"));
    EXPECT_STR(why, "'number' is \"6\", wanted: number, -5 to 5");
    EXPECT(!set("wait", "59"));
    EXPECT_STR(why, "'wait' is \"59\", wanted: seconds, 1m to 1d");
    EXPECT(!set("wait", "soon"));
    EXPECT_STR(why, "'wait' is \"soon\", wanted: seconds, 1m to 1d");
    EXPECT(!set("flag", "maybe"));
    EXPECT_STR(why, "'flag' is \"maybe\", wanted: yes or no");
    EXPECT(!set("address", "here"));
    EXPECT_HAS(why, "'address' is \"here\", wanted: ADDR:PORT");
    done();
}

TEST(fallbacks_are_read_like_values)
{
    arena = arena_new();
    memset(&sample, 0, sizeof sample);
    for (const struct cmpgate_option *o = table; o->name != NULL; o++) {
        EXPECT(option_set_fallback(o, "/etc", arena, &sample, why));
    }
    EXPECT(sample.text == NULL);
    EXPECT_STR(sample.path, "/etc/sub/file");
    REQUIRE(sample.list != NULL);
    EXPECT_STR(sample.list[0], "one");
    EXPECT_STR(sample.list[1], "two");
    EXPECT(sample.list[2] == NULL);
    EXPECT_EQ(sample.number, -3);
    EXPECT_EQ(sample.wait, 7200);
    EXPECT(sample.flag);
    done();
}

TEST(a_list_without_a_fallback_is_empty_and_not_absent)
{
    struct cmpgate_option row = *option_find(table, "list");

    row.fallback = NULL;
    arena = arena_new();
    sample.list = NULL;
    EXPECT(option_set_fallback(&row, "/", arena, &sample, why));
    REQUIRE(sample.list != NULL);
    EXPECT(sample.list[0] == NULL);
    done();
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static const char *fault(struct cmpgate_option row)
{
    struct cmpgate_option rows[] = { { "first", CMPGATE_BOOL, offsetof(struct sample, flag), NULL, false, 0, 0, "" },
                                     row, { .name = NULL } };

    why[0] = '\0';
    return option_table_sane(rows, sizeof(struct sample), why) ? "sane" : why;
}

TEST(a_table_is_checked_before_it_is_used)
{
    struct cmpgate_option good = { "second", CMPGATE_INTEGER, offsetof(struct sample, number), "1", false, 0, 5, "" };
    struct cmpgate_option row;

    EXPECT(option_table_sane(table, sizeof(struct sample), why));
    EXPECT_STR(fault(good), "sane");
    row = good, row.name = "first";
    EXPECT_STR(fault(row), "option 'first': it is there twice");
    row = good, row.name = "Second";
    EXPECT_HAS(fault(row), "option 'Second': its name must be of a-z");
    row = good, row.name = "";
    EXPECT_HAS(fault(row), "its name must be of a-z");
    row = good, row.type = (enum cmpgate_option_type)99;
    EXPECT_STR(fault(row), "option 'second': its type is unknown");
    row = good, row.offset = 4;
    EXPECT_STR(fault(row), "option 'second': its offset is not aligned");
    row = good, row.offset = sizeof(struct sample);
    EXPECT_STR(fault(row), "option 'second': its offset is outside the struct");
    row = good, row.offset = (size_t)0 - 8;
    EXPECT_STR(fault(row), "option 'second': its offset is outside the struct");
    row = good, row.minimum = 6;
    EXPECT_STR(fault(row), "option 'second': its minimum is above its maximum");
    row = good, row.required = true;
    EXPECT_STR(fault(row), "option 'second': it is required and has a default");
    row = good, row.fallback = "6";
    EXPECT_STR(fault(row), "option 'second': 'second' is \"6\", wanted: number, 0 to 5");
}

TEST(a_table_prints_as_its_own_documentation)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    option_print(out, table);
    fclose(out);
    EXPECT_HAS(text, "  wait                     seconds, 1m to 1d, default 2h\n                           a time\n");
    EXPECT_HAS(text, "  address                  address, required\n");
    EXPECT_HAS(text, "  text                     string\n");
    free(text);
}
