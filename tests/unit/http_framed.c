/* TCP messages as HTTP content: application/pkixcmp-poll (RFC 9811, section 4). */
#include "test.h"
#include <unistd.h>
#include "http_fixture.h"
#include "transports/framing/frame.h"

#define PATH "/.well-known/cmp"
#define POLL "application/pkixcmp-poll"

#define START(MODE, QUIRK)                                              \
    struct cmpgate_endpoint e;                                          \
    static struct response r;                                           \
    fixture_init(&e, MODE);                                             \
    e.tolerated = (QUIRK);                                              \
    if (!fixture_open(&e)) {                                            \
        TEST_FAIL("the module does not open: %s", e.log);               \
        fixture_close(&e);                                              \
        return;                                                         \
    }
#define END() do { fixture_close(&e); EXPECT_EQ(e.settled_twice, 0); } while (0)

static int post_octets(const struct cmpgate_endpoint *e, const char *type, const void *octets, size_t len)
{
    int fd = dial(e);

    write_post_header(fd, PATH, type, len);
    write_all(fd, octets, len);
    return fd;
}

static void exchange(const struct cmpgate_endpoint *e, const char *type, const void *octets, size_t len, struct response *r)
{
    int fd = post_octets(e, type, octets, len);

    read_response(fd, r);
    close(fd);
}

#define EXCHANGE(TYPE, OCTETS) exchange(&e, TYPE, OCTETS, sizeof OCTETS - 1, &r)
#define EXPECT_BODY(OCTETS)                                                                              \
    do {                                                                                                 \
        EXPECT_EQ(r.length, sizeof OCTETS - 1);                                                          \
        EXPECT(memcmp(r.body, OCTETS, sizeof OCTETS - 1) == 0);                                          \
    } while (0)

TEST(a_tcp_message_is_answered_with_one_of_its_framing_and_type)
{
    START(GATE_ECHO, NULL);

    EXCHANGE(POLL, "\0\0\0\6\012\0\0abc");
    EXPECT_EQ(r.status, 200);
    EXPECT_STR((char *)e.message, "abc");
    EXPECT_BODY("\0\0\0\6\012\0\5abc");
    EXPECT_HAS(r.header, "Content-Type: application/pkixcmp-poll\r\n");
    EXCHANGE("Application/X-PKIXCMP-poll; charset=UTF-8", "\0\0\0\4\0abc");
    EXPECT_EQ(r.status, 200);
    EXPECT_STR((char *)e.message, "abc");
    EXPECT_BODY("\0\0\0\4\5abc");
    EXPECT_HAS(r.header, "Content-Type: application/x-pkixcmp-poll\r\n");
    EXCHANGE(POLL, "\0\0\0\6\012\1\0abc");
    EXPECT_BODY("\0\0\0\6\012\1\5abc");
    END();
}

TEST(a_bare_message_under_the_type_of_tcp_messages_gets_a_bare_answer)
{
    START(GATE_ECHO, NULL);

    EXCHANGE(POLL, "0\3abc");
    EXPECT_EQ(r.status, 200);
    EXPECT_STR((char *)e.message, "0\3abc");
    EXPECT_BODY("0\3abc");
    EXPECT_HAS(r.header, "Content-Type: application/pkixcmp-poll\r\n");
    /* Nothing is cut off that only nearly is a TCP message. */
    EXCHANGE(POLL, "\0\0\0\7\012\0\0abc");
    EXPECT_EQ(e.message_len, 10);
    END();
}

TEST(a_tcp_message_under_pkixcmp_is_a_quirk)
{
    for (int on = 0; on < 2; on++) {
        START(GATE_ECHO, on ? "tcp-content" : NULL);
        EXCHANGE("application/pkixcmp", "\0\0\0\6\012\0\0abc");
        EXPECT_EQ(r.status, 200);
        EXPECT_EQ(e.message_len, on ? 3 : 10);
        EXPECT(r.body[6] == (on ? 5 : 0));
        EXPECT_HAS(r.header, "Content-Type: application/pkixcmp\r\n");
        EXCHANGE("application/pkixcmp", "0\3abc");
        EXPECT_BODY("0\3abc");
        END();
    }
}

static void replied(struct cmpgate_endpoint *e, enum cmpgate_reply_kind kind, const char *reason, struct response *r)
{
    unsigned before = e->delivered;
    int fd = post_octets(e, POLL, "\0\0\0\4\012\0\0x", 8);

    EXPECT(fixture_wait_delivered(e, before + 1));
    fixture_reply(e, fixture_take_held(e), kind, reason, 17);
    read_response(fd, r);
    close(fd);
}

TEST(each_kind_of_reply_is_a_tcp_message)
{
    START(GATE_HOLD, NULL);

    replied(&e, CMPGATE_NOTHING, NULL, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_BODY("\0\0\0\4\012\0\3\0");
    replied(&e, CMPGATE_UNREADABLE, "no", &r);
    EXPECT_EQ(r.status, 400);
    EXPECT_BODY("\0\0\0\011\012\0\6\2\0\0\2no");
    replied(&e, CMPGATE_UNAVAILABLE, "no", &r);
    EXPECT_EQ(r.status, 503);
    EXPECT_HAS(r.header, "Retry-After: 17\r\n");
    EXPECT_BODY("\0\0\0\034\012\0\6\3\0\0\025no; try again in 17 s");
    END();
}

TEST(what_is_no_tcp_message_or_polls_is_answered_with_the_errorMsgRep_for_it)
{
    START(GATE_ECHO, NULL);

    EXCHANGE(POLL, "\0\0\0\4\012\0\7x");
    EXPECT_EQ(r.status, 400);
    EXPECT_BODY("\0\0\0\054\012\0\6\2\1\0\045no message of this type is taken here");
    EXCHANGE(POLL, "\0\0\0\3\012\0\0");
    EXPECT_EQ(r.status, 400);
    EXPECT(r.body[7] == 2 && r.body[8] == 0);
    EXCHANGE(POLL, "\0\0\0\7\012\0\2\0\0\0\0");
    EXPECT_EQ(r.status, 400);
    EXPECT(r.body[7] == 2 && r.body[8] == 2);
    EXCHANGE(POLL, "\0\0\0\5\2\0\0\0\0");
    EXPECT_EQ(r.status, 400);
    EXPECT(r.body[4] == FRAME_ERROR);
    EXPECT_EQ(e.delivered, 0);
    END();
}

static void polled(struct cmpgate_endpoint *e, const void *octets, size_t len, enum cmpgate_reply_kind kind, const char *text,
                   struct response *r)
{
    unsigned before = e->delivered;
    int fd = post_octets(e, POLL, octets, len);

    EXPECT(fixture_wait_delivered(e, before + 1));
    EXPECT_EQ(e->reference, 0x01020304);
    EXPECT_EQ(e->message_len, 0);
    EXPECT(e->polls);
    fixture_reply(e, fixture_take_held(e), kind, text, 17);
    read_response(fd, r);
    close(fd);
}

TEST(a_polling_reference_is_given_out_and_polled)
{
    static const char v10[] = "\0\0\0\7\012\0\2\1\2\3\4", old[] = "\0\0\0\5\2\1\2\3\4";
    START(GATE_HOLD, NULL);

    e.come_back = 0x01020304;
    replied(&e, CMPGATE_COME_BACK, NULL, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_HAS(r.header, "Content-Type: application/pkixcmp-poll\r\n");
    EXPECT_BODY("\0\0\0\013\012\0\1\1\2\3\4\0\0\0\021");
    EXPECT_EQ(e.reference, 0);
    polled(&e, v10, sizeof v10 - 1, CMPGATE_COME_BACK, NULL, &r);
    EXPECT_BODY("\0\0\0\013\012\0\1\1\2\3\4\0\0\0\021");
    polled(&e, v10, sizeof v10 - 1, CMPGATE_UNKNOWN_REFERENCE, NULL, &r);
    EXPECT_EQ(r.status, 400);
    EXPECT(r.body[7] == 2 && r.body[8] == 2);
    polled(&e, v10, sizeof v10 - 1, CMPGATE_ANSWER, "abc", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_BODY("\0\0\0\6\012\0\5abc");
    polled(&e, old, sizeof old - 1, CMPGATE_ANSWER, "abc", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_BODY("\0\0\0\4\5abc");
    END();
}

/* Another copy of it came as a TCP message, whose client was told to come back. */
TEST(a_bare_message_polls_nothing_and_is_never_told_a_reference)
{
    START(GATE_HOLD, NULL);

    e.come_back = 7;
    int fd = post_octets(&e, POLL, "0\3abc", 5);
    EXPECT(fixture_wait_delivered(&e, 1));
    EXPECT(!e.polls);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_COME_BACK, NULL, 17);
    read_response(fd, &r);
    close(fd);
    EXPECT_EQ(r.status, 503);
    EXPECT_HAS(r.header, "Retry-After: 17\r\n");
    END();
}
