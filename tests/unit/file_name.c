#include "test.h"
#include <stdint.h>
#include "transports/file/name.h"
#include "transports/file/whole.h"

static const char *answer_to(const char *name, unsigned number, const char *suffix)
{
    static char out[NAME_SIZE];

    name_answer(name, number, suffix, out);
    return out;
}

TEST(requests_end_in_pki_and_do_not_begin_with_a_dot)
{
    EXPECT(name_is_request("x.pki"));
    EXPECT(name_is_request("x.PKI"));
    EXPECT(name_is_request("..x.pki") == false);
    EXPECT(!name_is_request(".pki"));
    EXPECT(!name_is_request("pki"));
    EXPECT(!name_is_request("x.pki2"));
    EXPECT(!name_is_request("xpki"));
    EXPECT(!name_is_request(""));
}

TEST(answers_are_numbered_before_their_extension)
{
    EXPECT_STR(answer_to("x.pki", 1, ".pki"), "x.pki");
    EXPECT_STR(answer_to("x.PKI", 2, ".pki"), "x-2.pki");
    EXPECT_STR(answer_to("x.y.pki", 12, ".txt"), "x.y-12.txt");
}

TEST(only_safe_octets_are_in_the_name_of_an_answer)
{
    EXPECT_STR(answer_to("a/b.pki", 1, ".pki"), "a_b.pki");
    EXPECT_STR(answer_to("\x01\x7f\xff.pki", 1, ".pki"), "___.pki");
    EXPECT_STR(answer_to("-x.pki", 1, ".pki"), "_x.pki");
    EXPECT_STR(answer_to(".x.pki", 1, ".pki"), "_x.pki");
}

TEST(a_name_that_is_too_long_for_its_number_is_shortened)
{
    char name[NAME_SIZE];

    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    memcpy(name + 251, ".pki", 4);
    EXPECT_STR(answer_to(name, 1, ".pki"), name);
    EXPECT_EQ(strlen(answer_to(name, 77, ".pki")), 255);
    EXPECT_HAS(answer_to(name, 77, ".pki"), "a-77.pki");
}

TEST(numbers_beyond_the_first_are_any)
{
    EXPECT_EQ(name_number(1), 1);
    EXPECT_EQ(name_number(NAME_NUMBERS), NAME_NUMBERS);
    EXPECT(name_number(NAME_NUMBERS + 1) > NAME_NUMBERS);
    EXPECT(name_number(NAME_NUMBERS + 1) != name_number(NAME_NUMBERS + 1));
}

TEST(a_marker_names_its_file)
{
    char out[NAME_SIZE];

    EXPECT(name_marker("x.pki", out));
    EXPECT_STR(out, "x.pki.done");
    EXPECT(name_of_marker("x.pki.done", out));
    EXPECT_STR(out, "x.pki");
    EXPECT(!name_of_marker("x.done", out));
    EXPECT(!name_of_marker(".done", out));
    EXPECT(!name_of_marker("x.pki", out));
}

static size_t length_of(const char *octets, size_t len)
{
    return whole_length((const uint8_t *)octets, len);
}

TEST(a_message_says_its_own_length)
{
    EXPECT_EQ(length_of("0\003", 2), 5);
    EXPECT_EQ(length_of("0\177", 2), 129);
    EXPECT_EQ(length_of("0\201\200", 3), 131);
    EXPECT_EQ(length_of("0\202\001\000", 4), 260);
    EXPECT_EQ(length_of("0\204\001\000\000\000", 6), 16777222);
}

TEST(too_few_octets_do_not_say_it)
{
    EXPECT_EQ(length_of("", 0), 0);
    EXPECT_EQ(length_of("0", 1), 0);
    EXPECT_EQ(length_of("0\202\001", 3), 0);
}

TEST(what_is_no_message_has_no_length)
{
    EXPECT_EQ(length_of("-----BEGIN", 10), SIZE_MAX);
    EXPECT_EQ(length_of("0\200", 2), SIZE_MAX);
    EXPECT_EQ(length_of("0\205\001\001\001\001\001", 7), SIZE_MAX);
}
