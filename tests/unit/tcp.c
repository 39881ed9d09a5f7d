/* The server of the tcp module, over real sockets. */
#include "test.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "tcp_help.h"

static struct got g;

static const enum framing both[] = { FRAMING_RFC2510, FRAMING_V10 };
#define EACH_FRAMING(f) for (const enum framing *f = both; f < both + 2; f++)

/* ---- taking messages and answering ------------------------------------------------- */

TEST(a_message_is_delivered_as_it_came_and_answered_in_its_framing)
{
    EACH_FRAMING(framing) {
        START(GATE_ECHO);
        int fd = dial(&e);
        ask(fd, *framing, "0\003abc", &g);
        EXPECT(g.whole);
        EXPECT_EQ(g.frame.framing, *framing);
        EXPECT_EQ(g.frame.type, FRAME_RESPONSE);
        EXPECT(!g.frame.close);
        EXPECT_STR(g.body, "0\003abc");
        EXPECT_STR((char *)e.message, "0\003abc");
        EXPECT_EQ(e.reference, 0);
        EXPECT_HAS(e.peer, "127.0.0.1:");
        EXPECT_STR(e.profile, "");
        EXPECT(e.arrived <= time(NULL) && e.arrived > time(NULL) - 60);
        EXPECT(fixture_wait_settled(&e, 1));
        EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
        EXPECT_EQ(fixture_last(&e).ticket, e.ticket);
        close(fd);
        END();
    }
}

TEST(both_framings_may_be_mixed_on_one_connection_which_stays_open)
{
    START(GATE_INLINE);
    int fd = dial(&e);
    uint64_t last = 0;

    for (int i = 0; i < 50; i++) {
        ask(fd, both[i % 2], "now", &g);
        EXPECT(g.whole && g.frame.framing == both[i % 2]);
        EXPECT_STR(g.body, "now");
        EXPECT(e.ticket > last);
        last = e.ticket;
    }
    close(fd);
    END();
}

/* Kinds of replies, one after the other on a connection. */
static void answered_with(struct cmpgate_endpoint *e, int fd, enum framing framing, enum cmpgate_reply_kind kind,
                          const char *text, uint32_t check_after)
{
    struct frame f = request(framing, "x");
    unsigned before = e->delivered;

    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(e, before + 1));
    fixture_reply(e, fixture_take_held(e), kind, text, check_after);
    get_frame(fd, FRAME_SERVER, &g);
}

TEST(each_kind_of_reply_has_its_message)
{
    EACH_FRAMING(framing) {
        START(GATE_HOLD);
        int fd = dial(&e);
        answered_with(&e, fd, *framing, CMPGATE_ANSWER, "an answer", 0);
        EXPECT_EQ(g.frame.type, FRAME_RESPONSE);
        EXPECT_STR(g.body, "an answer");
        answered_with(&e, fd, *framing, CMPGATE_UNREADABLE, "no PKIMessage: trailing octets", 0);
        expect_error(&g, *framing, FRAME_GENERAL_CLIENT_ERROR, "no PKIMessage: trailing octets");
        answered_with(&e, fd, *framing, CMPGATE_UNREADABLE, NULL, 0);
        expect_error(&g, *framing, FRAME_GENERAL_CLIENT_ERROR, "not a DER PKIMessage");
        answered_with(&e, fd, *framing, CMPGATE_UNAVAILABLE, "the disk is full", 17);
        expect_error(&g, *framing, FRAME_GENERAL_SERVER_ERROR, "the disk is full; try again in 17 s");
        answered_with(&e, fd, *framing, CMPGATE_UNKNOWN_REFERENCE, NULL, 0);
        expect_error(&g, *framing, FRAME_INVALID_POLL_ID, "polling reference");
        answered_with(&e, fd, *framing, CMPGATE_ACCEPTED, NULL, 0);
        EXPECT_EQ(g.frame.type, FRAME_NOTHING);
        EXPECT(fixture_wait_settled(&e, 6));
        EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
        close(fd);
        END();
    }
}

TEST(what_needs_no_answer_gets_negPollRep_or_a_closing_finRep)
{
    START(GATE_HOLD);
    int fd = dial(&e);

    answered_with(&e, fd, FRAMING_RFC2510, CMPGATE_NOTHING, NULL, 0);
    EXPECT(g.len == 6 && memcmp(g.octets, "\0\0\0\2\3\0", 6) == 0);
    answered_with(&e, fd, FRAMING_V10, CMPGATE_NOTHING, NULL, 0);
    EXPECT(g.len == 8 && memcmp(g.octets, "\0\0\0\4\012\1\3\0", 8) == 0);
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}

TEST(a_large_answer_arrives_whole)
{
    static char text[60001];
    START(GATE_HOLD);
    int fd = dial(&e);

    memset(text, 'A', sizeof text - 1);
    answered_with(&e, fd, FRAMING_V10, CMPGATE_ANSWER, text, 0);
    EXPECT_STR(g.body, text);
    close(fd);
    END();
}

TEST(a_reply_to_an_unknown_ticket_is_ignored)
{
    START(GATE_ECHO);

    fixture_reply(&e, 424242, CMPGATE_ANSWER, "nobody", 0);
    nap(20);
    EXPECT_EQ(e.settled, 0);
    END();
}

/* ---- polling ---------------------------------------------------------------------------- */

static int64_t check_back(struct cmpgate_endpoint *e, int fd, enum framing framing)
{
    e->come_back = 0x89abcdef;
    answered_with(e, fd, framing, CMPGATE_COME_BACK, NULL, 30);
    EXPECT_EQ(g.frame.type, FRAME_POLL_REP);
    EXPECT_EQ(g.frame.framing, framing);
    EXPECT_EQ(g.frame.reference, 0x89abcdef);
    return g.frame.check_back;
}

TEST(come_back_is_a_pollRep_with_the_time_as_its_framing_has_it)
{
    START(GATE_HOLD);
    int fd = dial(&e);
    int64_t before = time(NULL);

    int64_t old = check_back(&e, fd, FRAMING_RFC2510);
    EXPECT(old >= before + 30 && old <= time(NULL) + 30);
    EXPECT_EQ(check_back(&e, fd, FRAMING_V10), 30);
    close(fd);
    END();
}

TEST(version_10_can_be_told_to_say_times_as_RFC_2510_does)
{
    START_WITH(GATE_HOLD, e.options.check_back = "absolute");
    int fd = dial(&e);
    int64_t before = time(NULL), when = check_back(&e, fd, FRAMING_V10);

    EXPECT(when >= before + 30 && when <= time(NULL) + 30);
    close(fd);
    END();
}

TEST(a_pollReq_is_delivered_as_its_reference_on_any_connection)
{
    EACH_FRAMING(framing) {
        START(GATE_HOLD);
        int fd = dial(&e);
        struct frame f = poll_request(*framing, 0x01020304);
        put_frame(fd, &f);
        EXPECT(fixture_wait_delivered(&e, 1));
        EXPECT_EQ(e.reference, 0x01020304);
        EXPECT_EQ(e.message_len, 0);
        fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "at last", 0);
        get_frame(fd, FRAME_SERVER, &g);
        EXPECT_EQ(g.frame.type, FRAME_RESPONSE);
        EXPECT_STR(g.body, "at last");
        close(fd);
        END();
    }
}

TEST(nothing_is_under_the_reference_0)
{
    START(GATE_HOLD);
    int fd = dial(&e);
    struct frame f = poll_request(FRAMING_V10, 0);

    put_frame(fd, &f);
    get_frame(fd, FRAME_SERVER, &g);
    expect_error(&g, FRAMING_V10, FRAME_INVALID_POLL_ID, "reference");
    EXPECT_EQ(e.delivered, 0);
    f = poll_request(FRAMING_V10, 1);
    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(&e, 1));
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_UNKNOWN_REFERENCE, NULL, 0);
    get_frame(fd, FRAME_SERVER, &g);
    expect_error(&g, FRAMING_V10, FRAME_INVALID_POLL_ID, "reference");
    close(fd);
    END();
}

/* ---- any segmentation ------------------------------------------------------------------- */

TEST(octets_may_come_one_by_one)
{
    uint8_t octets[64];
    START(GATE_INLINE);
    int fd = dial(&e);

    EACH_FRAMING(framing) {
        struct frame f = request(*framing, "letter by letter");
        frame_write(&f, octets);
        for (size_t i = 0; i < frame_size(&f); i++) {
            write_all(fd, octets + i, 1);
            nap(1);
        }
        get_frame(fd, FRAME_SERVER, &g);
        EXPECT_STR(g.body, "letter by letter");
    }
    EXPECT_EQ(e.delivered, 2);
    close(fd);
    END();
}

TEST(a_hundred_messages_in_one_segment_are_answered_in_their_order)
{
    static uint8_t octets[100 * 32];
    char text[16];
    size_t len = 0;
    START(GATE_INLINE);
    int fd = dial(&e);

    for (unsigned i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "number %u", i);
        struct frame f = request(both[i % 2], text);
        frame_write(&f, octets + len);
        len += frame_size(&f);
    }
    write_all(fd, octets, len);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "number %u", i);
        get_frame(fd, FRAME_SERVER, &g);
        EXPECT_STR(g.body, text);
        EXPECT_EQ(g.frame.framing, both[i % 2]);
    }
    EXPECT(fixture_wait_settled(&e, 100));
    close(fd);
    END();
}

TEST(answers_wait_for_those_before_them)
{
    uint64_t tickets[3];
    START(GATE_HOLD);
    int fd = dial(&e);

    for (unsigned i = 0; i < 3; i++) {
        struct frame f = request(FRAMING_V10, "x");
        put_frame(fd, &f);
        EXPECT(fixture_wait_delivered(&e, i + 1));
        tickets[i] = fixture_take_held(&e);
    }
    fixture_reply(&e, tickets[2], CMPGATE_ANSWER, "third", 0);
    fixture_reply(&e, tickets[1], CMPGATE_ANSWER, "second", 0);
    nap(50);
    EXPECT_EQ(e.settled, 0);
    fixture_reply(&e, tickets[0], CMPGATE_ANSWER, "first", 0);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "first");
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "second");
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "third");
    close(fd);
    END();
}

TEST(no_more_requests_are_read_than_may_wait)
{
    START_WITH(GATE_HOLD, e.options.pipeline = 2);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "x");

    for (unsigned i = 0; i < 4; i++) {
        put_frame(fd, &f);
    }
    EXPECT(fixture_wait_delivered(&e, 2));
    nap(100);
    EXPECT_EQ(e.delivered, 2);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "1", 0);
    EXPECT(fixture_wait_delivered(&e, 3));
    nap(50);
    EXPECT_EQ(e.delivered, 3);
    close(fd);
    for (unsigned i = 0; i < 2; i++) {
        fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "1", 0);
    }
    END();
}

/* ---- the close flag ------------------------------------------------------------------------ */

TEST(who_asks_to_close_is_told_so_and_closed_after_the_answer)
{
    START(GATE_ECHO);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "the last one");

    f.close = true;
    put_frame(fd, &f);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "the last one");
    EXPECT(g.frame.close);
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}

TEST(what_comes_behind_the_last_request_is_thrown_away_and_the_answer_still_arrives)
{
    static char more[200000];
    START(GATE_ECHO);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "the last one");

    f.close = true;
    put_frame(fd, &f);
    write_all(fd, more, sizeof more);
    nap(50);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "the last one");
    EXPECT_EQ(e.delivered, 1);
    close(fd);
    END();
}

TEST(other_flags_than_close_are_ignored)
{
    START(GATE_ECHO);
    int fd = dial(&e);

    write_all(fd, "\0\0\0\4\012\376\0x", 8);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "x");
    EXPECT_EQ(g.octets[5], 0);
    close(fd);
    END();
}

TEST(a_peer_that_has_closed_its_side_still_gets_its_answer)
{
    START(GATE_HOLD);
    int fd = dial(&e);
    struct frame f = request(FRAMING_RFC2510, "x");

    put_frame(fd, &f);
    shutdown(fd, SHUT_WR);
    EXPECT(fixture_wait_delivered(&e, 1));
    nap(50);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "yours", 0);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "yours");
    EXPECT(closed_by_peer(fd));
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_AGAIN);
    close(fd);
    END();
}

TEST(a_peer_that_is_gone_costs_its_answer_only)
{
    struct linger reset = { .l_onoff = 1 };
    START(GATE_HOLD);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "x");

    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(&e, 1));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    nap(50);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "yours", 0);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_GONE);
    END();
}

/* ---- what is no message ---------------------------------------------------------------------- */

/* Every faulty vector that a client could send: the answer is the one that stands in its text. */
static void refused(const char *name, const char *octets, size_t len, enum framing framing, uint16_t error, const char *text)
{
    START(GATE_ECHO);
    int fd = dial(&e);

    write_all(fd, octets, len);
    get_frame(fd, FRAME_SERVER, &g);
    if (!g.whole) {
        TEST_FAIL("%s: no answer", name);
    }
    expect_error(&g, framing, error, text);
    EXPECT_EQ(g.frame.close, framing == FRAMING_V10);
    EXPECT(closed_by_peer(fd));
    EXPECT_EQ(e.delivered, 0);
    EXPECT(fixture_logged(&e, text));
    close(fd);
    END();
}

#define REFUSED(OCTETS, ...) refused(#OCTETS, OCTETS, sizeof OCTETS - 1, __VA_ARGS__)

TEST(what_is_no_message_gets_the_errorMsgRep_for_it_and_the_connection_ends)
{
    REFUSED("\0\0\0\4\013\0\0x", FRAMING_V10, FRAME_VERSION_NOT_SUPPORTED, "version 10");
    REFUSED("\0\0\0\4\012\0\007x", FRAMING_V10, FRAME_INVALID_MESSAGE_TYPE, "type");
    REFUSED("\0\0\0\4\012\0\005x", FRAMING_V10, FRAME_INVALID_MESSAGE_TYPE, "type");
    REFUSED("\0\0\0\2\007x", FRAMING_RFC2510, 0, "type");
    REFUSED("\0\0\0\2\012\0\0", FRAMING_V10, FRAME_GENERAL_CLIENT_ERROR, "length");
    REFUSED("\0\0\0\3\012\0\0", FRAMING_V10, FRAME_GENERAL_CLIENT_ERROR, "length");
    REFUSED("\0\0\0\0\0", FRAMING_RFC2510, 0, "length");
    REFUSED("\0\0\0\6\012\0\2abc", FRAMING_V10, FRAME_GENERAL_CLIENT_ERROR, "length");
    REFUSED("\0\0\0\4\2abc", FRAMING_RFC2510, 0, "length");
    REFUSED("\0\x20\0\0\0abc", FRAMING_RFC2510, 0, "larger");
    REFUSED("\xff\xff\xff\xff\012\0\0abc", FRAMING_V10, FRAME_GENERAL_CLIENT_ERROR, "larger");
    REFUSED("GET / HTTP/1.0\r\n\r\n", FRAMING_V10, FRAME_VERSION_NOT_SUPPORTED, "version");
}

TEST(an_error_waits_for_the_answers_before_it)
{
    START(GATE_HOLD);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "good");

    put_frame(fd, &f);
    write_all(fd, "\0\0\0\4\012\0\007x", 8);
    EXPECT(fixture_wait_delivered(&e, 1));
    nap(50);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "first", 0);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "first");
    get_frame(fd, FRAME_SERVER, &g);
    expect_error(&g, FRAMING_V10, FRAME_INVALID_MESSAGE_TYPE, "type");
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}
