/* The sending side of the tcp module, with a server of its own that does what the test says. */
#include "test.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "tcp_help.h"

static struct got g;
static char url[64];

/* The fixture's listener is the server, and this side accepts; over one connection at a time. */
static void send_to(struct cmpgate_endpoint *e, const char *scheme)
{
    snprintf(url, sizeof url, "%s://127.0.0.1:%d", scheme, e->port);
    e->options.url = url;
    e->options.listen = NULL;
    e->options.parallel = 1;
}

static int accept_one(struct cmpgate_endpoint *e)
{
    struct pollfd p = { .fd = e->listener, .events = POLLIN };
    struct timeval limit = { .tv_sec = 10 };

    if (poll(&p, 1, 5000) <= 0) {
        TEST_FAIL("nobody connects");
        return -1;
    }
    int fd = accept(e->listener, NULL, NULL);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static bool nobody_connects(struct cmpgate_endpoint *e)
{
    struct pollfd p = { .fd = e->listener, .events = POLLIN };

    return poll(&p, 1, 100) == 0;
}

static void send_text(struct cmpgate_endpoint *e, uint64_t ticket, const char *text, unsigned seconds)
{
    fixture_send(e, ticket, text, strlen(text), time(NULL) + seconds);
}

static void expect_request(int fd, enum framing framing, const char *text)
{
    get_frame(fd, FRAME_CLIENT, &g);
    EXPECT(g.whole);
    EXPECT_EQ(g.frame.type, FRAME_REQUEST);
    EXPECT_EQ(g.frame.framing, framing);
    EXPECT_STR(g.body, text);
}

static void answer(int fd, enum framing framing, const char *text)
{
    struct frame f = response(framing, text);

    put_frame(fd, &f);
}

static void expect_settled(struct cmpgate_endpoint *e, unsigned count, enum cmpgate_settled how, const char *why)
{
    EXPECT(fixture_wait_settled(e, count));
    EXPECT_EQ(fixture_last(e).how, how);
    EXPECT_HAS(fixture_last(e).why, why);
}

/* ---- there and back ------------------------------------------------------------------ */

static void there_and_back(const char *scheme, enum framing framing)
{
    START_WITH(GATE_ECHO, send_to(&e, scheme));
    send_text(&e, 7, "a request", 30);
    int fd = accept_one(&e);
    expect_request(fd, framing, "a request");
    answer(fd, framing, "its answer");
    expect_settled(&e, 1, CMPGATE_HANDED_OVER, "");
    EXPECT_EQ(fixture_last(&e).ticket, 7);
    EXPECT_EQ(e.answers, 7);
    EXPECT_STR((char *)e.message, "its answer");
    EXPECT_HAS(e.peer, "127.0.0.1:");
    close(fd);
    END();
}

TEST(each_scheme_speaks_its_framing)
{
    there_and_back("tcp", FRAMING_V10);
    there_and_back("tcp+rfc2510", FRAMING_RFC2510);
    there_and_back("TCP+RFC2510", FRAMING_RFC2510);
}

TEST(a_connection_is_kept_until_an_answer_says_it_ends)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "one", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "one");
    answer(fd, FRAMING_V10, "1");
    EXPECT(fixture_wait_settled(&e, 1));
    send_text(&e, 2, "two", 30);
    expect_request(fd, FRAMING_V10, "two");
    struct frame last = response(FRAMING_V10, "2");
    last.close = true;
    put_frame(fd, &last);
    EXPECT(fixture_wait_settled(&e, 2));
    send_text(&e, 3, "three", 30);
    int other = accept_one(&e);
    expect_request(other, FRAMING_V10, "three");
    EXPECT(closed_by_peer(fd));
    answer(other, FRAMING_V10, "3");
    expect_settled(&e, 3, CMPGATE_HANDED_OVER, "");
    close(fd);
    close(other);
    END();
}

TEST(a_kept_connection_that_ends_without_an_octet_costs_another_one_only)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "one", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "one");
    answer(fd, FRAMING_V10, "1");
    EXPECT(fixture_wait_settled(&e, 1));
    send_text(&e, 2, "two", 30);
    expect_request(fd, FRAMING_V10, "two");
    close(fd);
    fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "two");
    answer(fd, FRAMING_V10, "2");
    expect_settled(&e, 2, CMPGATE_HANDED_OVER, "");
    EXPECT_STR((char *)e.message, "2");
    close(fd);
    END();
}

TEST(after_half_an_answer_nothing_is_sent_again)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "one", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "one");
    answer(fd, FRAMING_V10, "1");
    EXPECT(fixture_wait_settled(&e, 1));
    send_text(&e, 2, "two", 30);
    expect_request(fd, FRAMING_V10, "two");
    write_all(fd, "\0\0\0", 3);
    close(fd);
    expect_settled(&e, 2, CMPGATE_AGAIN, "closed the connection");
    EXPECT(nobody_connects(&e));
    END();
}

TEST(a_new_connection_that_ends_without_an_octet_is_a_failure)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "one", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "one");
    close(fd);
    expect_settled(&e, 1, CMPGATE_AGAIN, "closed the connection");
    EXPECT(nobody_connects(&e));
    END();
}

/* ---- versions ---------------------------------------------------------------------------- */

static void falls_back(const struct frame *complaint)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "one", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "one");
    put_frame(fd, complaint);
    int other = accept_one(&e);
    expect_request(other, FRAMING_RFC2510, "one");
    answer(other, FRAMING_RFC2510, "1");
    EXPECT(fixture_wait_settled(&e, 1));
    send_text(&e, 2, "two", 30);
    expect_request(other, FRAMING_RFC2510, "two");
    answer(other, FRAMING_RFC2510, "2");
    expect_settled(&e, 2, CMPGATE_HANDED_OVER, "");
    close(fd);
    close(other);
    END();
}

TEST(a_server_without_version_10_is_spoken_to_as_RFC_2510_has_it)
{
    struct frame old = frame_of_error(FRAMING_RFC2510, FRAME_GENERAL_CLIENT_ERROR, "unknown message type");
    struct frame says = frame_of_error(FRAMING_V10, FRAME_VERSION_NOT_SUPPORTED, "");

    falls_back(&old);
    falls_back(&says);
}

TEST(in_RFC_2510_an_error_is_an_error)
{
    struct frame old = frame_of_error(FRAMING_RFC2510, FRAME_GENERAL_CLIENT_ERROR, "no\ngood");
    START_WITH(GATE_ECHO, send_to(&e, "tcp+rfc2510"));
    send_text(&e, 1, "one", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_RFC2510, "one");
    put_frame(fd, &old);
    expect_settled(&e, 1, CMPGATE_AGAIN, "errorMsgRep: no?good");
    EXPECT_EQ(e.delivered, 0);
    close(fd);
    END();
}

/* ---- polling -------------------------------------------------------------------------------- */

static void come_back(int fd, enum framing framing, uint32_t reference, uint32_t check_back)
{
    struct frame f = { .framing = framing, .type = FRAME_POLL_REP, .reference = reference, .check_back = check_back };

    put_frame(fd, &f);
}

static void expect_poll(int fd, uint32_t reference)
{
    get_frame(fd, FRAME_CLIENT, &g);
    EXPECT(g.whole);
    EXPECT_EQ(g.frame.type, FRAME_POLL_REQ);
    EXPECT_EQ(g.frame.reference, reference);
}

TEST(a_server_that_needs_time_is_polled_with_the_newest_reference)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "slowly", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "slowly");
    double before = now_seconds();
    come_back(fd, FRAMING_V10, 0x89abcdef, 1);
    expect_poll(fd, 0x89abcdef);
    EXPECT(now_seconds() >= before + 0.9);
    EXPECT_EQ(e.settled, 0);
    come_back(fd, FRAMING_V10, 5, (uint32_t)time(NULL) + 1);
    expect_poll(fd, 5);
    answer(fd, FRAMING_V10, "at last");
    expect_settled(&e, 1, CMPGATE_HANDED_OVER, "");
    EXPECT_STR((char *)e.message, "at last");
    close(fd);
    END();
}

TEST(polling_goes_on_over_another_connection_and_holds_up_nobody)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp+rfc2510"));
    send_text(&e, 1, "slowly", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_RFC2510, "slowly");
    come_back(fd, FRAMING_RFC2510, 77, (uint32_t)time(NULL) + 2);
    send_text(&e, 2, "quickly", 30);
    expect_request(fd, FRAMING_RFC2510, "quickly");
    answer(fd, FRAMING_RFC2510, "quick");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).ticket, 2);
    close(fd);
    fd = accept_one(&e);
    expect_poll(fd, 77);
    answer(fd, FRAMING_RFC2510, "slow");
    expect_settled(&e, 2, CMPGATE_HANDED_OVER, "");
    EXPECT_EQ(e.answers, 1);
    close(fd);
    END();
}

TEST(who_is_asked_to_come_back_after_the_deadline_gives_up)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "slowly", 5);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "slowly");
    come_back(fd, FRAMING_V10, 5, 60);
    expect_settled(&e, 1, CMPGATE_AGAIN, "come back in 60 s");
    close(fd);
    END();
}

TEST(a_reference_that_is_not_known_any_more_is_a_failure)
{
    struct frame unknown = frame_of_error(FRAMING_V10, FRAME_INVALID_POLL_ID, "gone");
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "slowly", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "slowly");
    come_back(fd, FRAMING_V10, 5, 1);
    expect_poll(fd, 5);
    put_frame(fd, &unknown);
    expect_settled(&e, 1, CMPGATE_AGAIN, "errorMsgRep InvalidPollID: gone");
    close(fd);
    END();
}

TEST(an_answer_in_parts_is_delivered_in_parts)
{
    struct frame part = { .framing = FRAMING_RFC2510, .type = FRAME_PARTIAL, .reference = 9, .check_back = 1,
                          .body = { (const uint8_t *)"part", 4 } };
    START_WITH(GATE_ECHO, send_to(&e, "tcp+rfc2510"));
    send_text(&e, 1, "much", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_RFC2510, "much");
    put_frame(fd, &part);
    EXPECT(fixture_wait_delivered(&e, 1));
    EXPECT_STR((char *)e.message, "part");
    expect_poll(fd, 9);
    answer(fd, FRAMING_RFC2510, "the rest");
    expect_settled(&e, 1, CMPGATE_HANDED_OVER, "");
    EXPECT_STR((char *)e.message, "the rest");
    EXPECT_EQ(e.delivered, 2);
    close(fd);
    END();
}

/* ---- what is no answer --------------------------------------------------------------------- */

static void ends(const char *octets, size_t len, enum cmpgate_settled how, const char *why)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"), e.options.max_answer = 300);
    send_text(&e, 1, "x", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "x");
    write_all(fd, octets, len);
    expect_settled(&e, 1, how, why);
    EXPECT_EQ(e.delivered, 0);
    close(fd);
    END();
}

#define ENDS(OCTETS, ...) ends(OCTETS, sizeof OCTETS - 1, __VA_ARGS__)

TEST(what_comes_back_without_a_message_settles_as_what_it_is)
{
    ENDS("\0\0\0\4\012\1\3\0", CMPGATE_HANDED_OVER, "nothing to say");
    ENDS("\0\0\0\2\3\0", CMPGATE_HANDED_OVER, "nothing to say");
    ENDS("\0\0\0\7\012\0\6\3\0\0\0", CMPGATE_AGAIN, "errorMsgRep GeneralServerError: ");
    ENDS("\0\0\0\013\012\0\6\3\0\0\1Xold", CMPGATE_AGAIN, "errorMsgRep GeneralServerError: old");
    ENDS("\0\0\0\7\012\0\6\x81\0\0\0", CMPGATE_AGAIN, "errorMsgRep unknown Error-Type: ");
    ENDS("\0\0\0\4\012\0\3\1", CMPGATE_AGAIN, "value");
    ENDS("\0\0\0\4\012\0\0x", CMPGATE_AGAIN, "type");
    ENDS("\0\0\0\4\013\0\5x", CMPGATE_AGAIN, "version");
    ENDS("\0\0\1\x30\012\0\5x", CMPGATE_AGAIN, "larger than max-answer");
    ENDS("\0\0\0\013\012\0\1\0\0\0\0\0\0\0\1", CMPGATE_AGAIN, "without a polling reference");
    ENDS("HTTP/1.1 400 Bad Request\r\n\r\n", CMPGATE_AGAIN, "version");
}

TEST(a_gateway_without_room_for_the_answer_gets_it_again)
{
    START_WITH(GATE_FULL, send_to(&e, "tcp"));
    send_text(&e, 1, "x", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "x");
    answer(fd, FRAMING_V10, "1");
    expect_settled(&e, 1, CMPGATE_AGAIN, "no room");
    close(fd);
    END();
}

TEST(a_silent_server_costs_no_more_than_the_deadline)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "x", 1);
    int fd = accept_one(&e);
    expect_settled(&e, 1, CMPGATE_AGAIN, "no answer in time");
    send_text(&e, 2, "x", 0);
    expect_settled(&e, 2, CMPGATE_AGAIN, "deadline has passed");
    close(fd);
    END();
}

TEST(nobody_listens)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    close(e.listener);
    send_text(&e, 1, "x", 30);
    expect_settled(&e, 1, CMPGATE_AGAIN, "refused");
    e.listener = -1;
    END();
}

TEST(a_host_without_an_address)
{
    START_WITH(GATE_ECHO, e.options.listen = NULL, e.options.url = "tcp://no-such-host.invalid");
    send_text(&e, 1, "x", 30);
    expect_settled(&e, 1, CMPGATE_AGAIN, "");
    END();
}

TEST(closing_ends_what_is_on_its_way_and_what_waits)
{
    START_WITH(GATE_ECHO, send_to(&e, "tcp"));
    send_text(&e, 1, "x", 30);
    send_text(&e, 2, "y", 30);
    int fd = accept_one(&e);
    expect_request(fd, FRAMING_V10, "x");
    double before = now_seconds();
    END();
    EXPECT(now_seconds() < before + 5);
    EXPECT_EQ(e.settled, 2);
    EXPECT_EQ(e.last.how, CMPGATE_AGAIN);
    close(fd);
}

TEST(an_endpoint_without_a_url_sends_nothing)
{
    START(GATE_ECHO);
    send_text(&e, 1, "x", 30);
    expect_settled(&e, 1, CMPGATE_GONE, "no url");
    END();
}
