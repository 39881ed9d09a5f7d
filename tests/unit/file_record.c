/* The text of a record, and what numbers mean: without files. */
#include "test.h"
#include "transports/file/received.h"

static struct record good(void)
{
    struct record r = { .from = "plant", .number = 17, .file = "x.pki", .size = 1234 };

    memset(r.sha256, 'a', RECORD_HEX - 1);
    memset(r.previous, '7', RECORD_HEX - 1);
    return r;
}

static bool comes_back(const struct record *r)
{
    char text[RECORD_MAX];
    struct record again;

    return record_parse(&again, text, record_print(r, text));
}

TEST(a_record_comes_back_as_it_was)
{
    struct record r = good(), again;
    char text[RECORD_MAX];
    size_t len = record_print(&r, text);

    EXPECT(record_parse(&again, text, len));
    EXPECT_STR(again.from, r.from);
    EXPECT_STR(again.file, r.file);
    EXPECT_EQ(again.number, 17);
    EXPECT_EQ(again.size, 1234);
    EXPECT_STR(again.sha256, r.sha256);
    EXPECT_STR(again.previous, r.previous);
    for (size_t i = 0; i < len; i++) {
        EXPECT(!record_parse(&again, text, i));
    }
}

/* Each with one field that is wrong. */
TEST(a_record_with_one_thing_wrong_is_none)
{
    struct record r;

    r = good(); EXPECT(comes_back(&r));
    r = good(); strcpy(r.from, "pl.ant"); EXPECT(!comes_back(&r));
    r = good(); strcpy(r.from, ""); EXPECT(!comes_back(&r));
    r = good(); r.number = 0; EXPECT(!comes_back(&r));
    r = good(); r.number = RECORD_LAST + 1; EXPECT(!comes_back(&r));
    r = good(); strcpy(r.file, "../x.pki"); EXPECT(!comes_back(&r));
    r = good(); strcpy(r.file, ".x.pki"); EXPECT(!comes_back(&r));
    r = good(); strcpy(r.file, "x.PKI"); EXPECT(!comes_back(&r));
    r = good(); strcpy(r.file, "x.txt"); EXPECT(!comes_back(&r));
    r = good(); r.sha256[5] = 'A'; EXPECT(!comes_back(&r));
    r = good(); r.sha256[63] = '\0'; EXPECT(!comes_back(&r));
    r = good(); r.previous[5] = 'g'; EXPECT(!comes_back(&r));
}

static bool parses_with(const char *from, const char *to)
{
    struct record r = good();
    char text[RECORD_MAX], changed[2 * RECORD_MAX];

    record_print(&r, text);
    char *at = strstr(text, from);
    if (at == NULL) {
        return false;
    }
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return record_parse(&r, changed, strlen(changed));
}

TEST(a_record_that_is_written_otherwise_is_none)
{
    EXPECT(parses_with("number 17", "number 18"));
    EXPECT(!parses_with("sequence 1", "sequence 2"));
    EXPECT(!parses_with("number 17", "number 017"));
    EXPECT(!parses_with("number 17", "number +17"));
    EXPECT(!parses_with("number 17", "number 17 "));
    EXPECT(!parses_with("size 1234", "size -1234"));
    EXPECT(!parses_with("size 1234\n", ""));
    EXPECT(!parses_with("size 1234\n", "size 1234\r\n"));
    EXPECT(!parses_with("77\n", "77\n\n"));
    EXPECT(!parses_with("from plant\n", "from plant\nfrom plant\n"));
}

TEST(names_of_records_are_those_of_their_sender)
{
    uint64_t number = 0;

    EXPECT(record_number("plant", "plant-0000000017.seq", &number));
    EXPECT_EQ(number, 17);
    EXPECT(!record_number("plant", "plants-0000000017.seq", &number));
    EXPECT(!record_number("plant", "plant-17.seq", &number));
    EXPECT(!record_number("plant", "plant-0000000000.seq", &number));
    EXPECT(!record_number("plant", "plant--000000017.seq", &number));
    EXPECT(!record_number("plant", "plant-0000000017.seq.bak", &number));
    EXPECT(!record_number("plant", "plant-99999999999999999999999.seq", &number));
}

static enum received_what look(const struct received *r, uint64_t number)
{
    struct record record = good();

    record.number = number;
    memcpy(record.previous, r->last, sizeof record.previous);
    return received_look(r, &record, record.sha256);
}

TEST(a_number_means_what_has_come_before)
{
    static struct received r;
    struct record record = good();

    received_init(&r);
    EXPECT_EQ(look(&r, 1), RECEIVED_NEXT);
    EXPECT_EQ(look(&r, 2), RECEIVED_AHEAD);
    EXPECT_EQ(look(&r, RECEIVED_AHEAD_MAX + 1), RECEIVED_AHEAD);
    EXPECT_EQ(look(&r, RECEIVED_AHEAD_MAX + 2), RECEIVED_TOO_FAR);
    received_take(&r, 1, record.sha256);
    EXPECT_EQ(look(&r, 1), RECEIVED_AGAIN);
    EXPECT_EQ(look(&r, 2), RECEIVED_NEXT);
    record.number = 2;
    EXPECT_EQ(received_look(&r, &record, record.sha256), RECEIVED_BROKEN);
    record.number = 1;
    EXPECT_EQ(received_look(&r, &record, record.previous), RECEIVED_OTHER);
    received_give_up(&r, 5, "");
    EXPECT_EQ(look(&r, 6), RECEIVED_NEXT);
    received_take(&r, 3, record.sha256);
    EXPECT_EQ(look(&r, 2), RECEIVED_LATE);
    EXPECT_EQ(look(&r, 3), RECEIVED_AGAIN);
    EXPECT_EQ(look(&r, 4), RECEIVED_LATE);
    EXPECT_EQ(look(&r, 5), RECEIVED_LATE);
}

TEST(what_is_remembered_is_bounded_and_the_oldest_goes_first)
{
    static struct received r, again;
    static char text[RECEIVED_TEXT];
    struct record record = good();

    received_init(&r);
    for (unsigned i = 0; i < 2 * RECEIVED_RECENT; i++) {
        received_give_up(&r, r.next, "");
        received_take(&r, r.next, record.sha256);
    }
    EXPECT_EQ(r.recents, RECEIVED_RECENT);
    EXPECT_EQ(r.ranges, RECEIVED_RANGES);
    EXPECT_EQ(look(&r, 1), RECEIVED_OLD);
    EXPECT_EQ(look(&r, 2), RECEIVED_OLD);
    EXPECT_EQ(look(&r, r.next - 1), RECEIVED_AGAIN);
    EXPECT_EQ(look(&r, r.next - 2), RECEIVED_LATE);
    EXPECT(received_print(&r, text) < RECEIVED_TEXT - 1);
    EXPECT(received_parse(&again, text));
    EXPECT(memcmp(&r, &again, sizeof r) == 0);
    EXPECT(!received_parse(&again, "cmpgate-received 1\nnext 0\nlast unknown\n"));
    EXPECT(!received_parse(&again, "cmpgate-received 1\nnext 1\nlast unknown\nlost 5 4\n"));
    EXPECT(!received_parse(&again, "cmpgate-received 1\nnext 1\nlast unknown"));
}
