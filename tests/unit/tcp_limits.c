/* Limits of the server of the tcp module: size, number, time; and its end. */
#include "test.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "tcp_help.h"

static struct got g;

/* ---- limits --------------------------------------------------------------------------------- */

TEST(a_message_at_the_limit_is_taken_and_one_beyond_it_is_not)
{
    char text[302];
    START_WITH(GATE_ECHO, e.options.max_message = 300);
    int fd = dial(&e);

    memset(text, 'A', sizeof text);
    text[300] = '\0';
    ask(fd, FRAMING_V10, text, &g);
    EXPECT_STR(g.body, text);
    text[300] = 'A';
    text[301] = '\0';
    ask(fd, FRAMING_V10, text, &g);
    expect_error(&g, FRAMING_V10, FRAME_GENERAL_CLIENT_ERROR, "larger");
    close(fd);
    END();
}

TEST(while_the_gateway_is_full_nothing_is_read_and_then_everything_is_answered)
{
    START(GATE_FULL);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "patience");

    put_frame(fd, &f);
    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(&e, 1));
    nap(100);
    EXPECT_EQ(e.delivered, 1);
    atomic_store(&e.mode, GATE_INLINE);
    e.module->room(e.self);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "patience");
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "patience");
    EXPECT_EQ(e.delivered, 3);
    close(fd);
    END();
}

TEST(who_waits_too_long_for_room_is_told_that_we_are_busy)
{
    START_WITH(GATE_FULL, e.options.request_timeout = 1);
    int fd = dial(&e);

    ask(fd, FRAMING_V10, "patience", &g);
    expect_error(&g, FRAMING_V10, FRAME_GENERAL_SERVER_ERROR, "busy");
    EXPECT(g.frame.close);
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}

TEST(what_the_gateway_refuses_is_a_server_error)
{
    START(GATE_REFUSED);
    int fd = dial(&e);

    ask(fd, FRAMING_RFC2510, "x", &g);
    expect_error(&g, FRAMING_RFC2510, 0, "shutting down");
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}

TEST(memory_is_shared_and_who_finds_none_waits_for_others_to_end)
{
    static char half[60000];
    uint8_t head[] = { 0, 0, 0xea, 0x63, 10, 0, 0 };        /* 60000 octets */
    START_WITH(GATE_INLINE, e.options.max_message = 65536, e.options.max_buffered = 70000);
    int one = dial(&e), two = dial(&e);

    memset(half, 'A', sizeof half);
    write_all(one, head, sizeof head);
    write_all(one, half, 40000);
    nap(50);
    write_all(two, head, sizeof head);
    write_all(two, half, sizeof half);
    nap(100);
    EXPECT_EQ(e.delivered, 0);
    close(one);
    get_frame(two, FRAME_SERVER, &g);
    EXPECT_EQ(g.frame.body.len, 60000);
    EXPECT_EQ(e.delivered, 1);
    close(two);
    END();
}

TEST(connections_beyond_the_limit_wait_until_there_is_room)
{
    START_WITH(GATE_INLINE, e.options.connections = 2);
    int one = dial(&e), two = dial(&e), three = dial(&e);
    struct frame f = request(FRAMING_V10, "three");

    ask(one, FRAMING_V10, "one", &g);
    ask(two, FRAMING_V10, "two", &g);
    EXPECT_STR(g.body, "two");
    put_frame(three, &f);
    nap(100);
    EXPECT_EQ(e.delivered, 2);
    close(one);
    get_frame(three, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "three");
    close(two);
    close(three);
    END();
}

TEST(an_address_has_so_many_connections_and_no_more)
{
    START_WITH(GATE_INLINE, e.options.connections_per_address = 2);
    int one = dial(&e), two = dial(&e);

    ask(one, FRAMING_V10, "one", &g);
    ask(two, FRAMING_V10, "two", &g);
    int three = dial(&e);
    EXPECT(closed_by_peer(three));
    close(one);
    nap(100);
    int four = dial(&e);
    ask(four, FRAMING_V10, "four", &g);
    EXPECT_STR(g.body, "four");
    close(two);
    close(three);
    close(four);
    END();
}

/* ---- time ------------------------------------------------------------------------------------ */

TEST(a_message_has_to_come_within_its_time_however_it_trickles)
{
    START_WITH(GATE_ECHO, e.options.request_timeout = 1);
    int fd = dial(&e);
    double began = now_seconds();
    bool open = true;

    write_all(fd, "\0\0\1\0\012\0\0", 7);
    while (open && now_seconds() < began + 10) {
        open = write_all(fd, "x", 1);
        nap(100);
    }
    EXPECT(!open);
    EXPECT(closed_by_peer(fd));
    EXPECT_EQ(e.delivered, 0);
    close(fd);
    END();
}

TEST(half_a_head_is_late_too_and_a_connection_without_a_message_has_its_own_time)
{
    START_WITH(GATE_ECHO, e.options.request_timeout = 1, e.options.idle_timeout = 30);
    int half = dial(&e), idle = dial(&e);

    write_all(half, "\0\0", 2);
    EXPECT(closed_by_peer(half));
    ask(idle, FRAMING_V10, "still here", &g);
    EXPECT_STR(g.body, "still here");
    close(half);
    close(idle);
    END();
}

/* The time of a message begins with the message, not with the connection. */
TEST(an_old_connection_may_send_its_next_message_in_two_pieces)
{
    static const uint8_t message[] = { 0, 0, 0, 6, 10, 0, 0, 'o', 'l', 'd' };
    START_WITH(GATE_ECHO, e.options.request_timeout = 1);
    int fd = dial(&e);

    ask(fd, FRAMING_V10, "young", &g);
    nap(1600);
    write_all(fd, message, 5);
    nap(200);
    write_all(fd, message + 5, sizeof message - 5);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "old");
    close(fd);
    END();
}

/* Otherwise what it still writes would be answered with a reset, which throws away an answer that it has not read yet. */
TEST(who_writes_on_after_a_closing_answer_is_heard_out)
{
    static const uint8_t more[] = "more";
    START(GATE_ECHO);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "last");

    f.close = true;
    put_frame(fd, &f);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT(g.frame.close);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(send(fd, more, sizeof more, MSG_NOSIGNAL), (ssize_t)sizeof more);
        nap(100);
    }
    close(fd);
    END();
}

TEST(nobody_is_heard_out_for_ever)
{
    START_WITH(GATE_ECHO, e.options.connections = 1);
    int stays = dial(&e);
    struct frame f = request(FRAMING_V10, "last");

    f.close = true;
    put_frame(stays, &f);
    get_frame(stays, FRAME_SERVER, &g);
    EXPECT(g.frame.close);
    int next = dial(&e);
    ask(next, FRAMING_V10, "first", &g);
    EXPECT_STR(g.body, "first");
    close(stays);
    close(next);
    END();
}

TEST(a_connection_without_messages_ends)
{
    START_WITH(GATE_ECHO, e.options.idle_timeout = 1);
    int never = dial(&e), once = dial(&e);

    ask(once, FRAMING_RFC2510, "x", &g);
    EXPECT(g.whole);
    EXPECT(closed_by_peer(never));
    EXPECT(closed_by_peer(once));
    close(never);
    close(once);
    END();
}

TEST(nobody_is_late_while_the_gateway_thinks)
{
    START_WITH(GATE_HOLD, e.options.idle_timeout = 1, e.options.request_timeout = 1);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "x");

    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(&e, 1));
    nap(1500);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "slow", 0);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "slow");
    close(fd);
    END();
}

TEST(who_does_not_read_the_answer_is_cut_off)
{
    static char text[60000];
    int small = 4096;
    unsigned count = 0;
    START_WITH(GATE_INLINE, e.options.request_timeout = 1, e.options.pipeline = 1000);
    int fd = dial(&e);

    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    memset(text, 'A', sizeof text - 1);
    struct frame f = request(FRAMING_V10, text);
    double began = now_seconds();
    while (now_seconds() < began + 10 && count < 900 && put_frame(fd, &f)) {
        count++;
    }
    for (unsigned i = 0; i < 100 && fixture_last(&e).how != CMPGATE_GONE; i++) {
        nap(100);
    }
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_GONE);
    close(fd);
    END();
}

/* ---- the end ----------------------------------------------------------------------------------- */

TEST(after_stop_answers_still_go_out_and_the_connections_end)
{
    START(GATE_HOLD);
    int fd = dial(&e), idle = dial(&e);
    struct frame f = request(FRAMING_V10, "x");

    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(&e, 1));
    fixture_stop(&e);
    EXPECT(atomic_load(&e.finished));
    EXPECT(closed_by_peer(idle));
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "goodbye", 0);
    get_frame(fd, FRAME_SERVER, &g);
    EXPECT_STR(g.body, "goodbye");
    EXPECT(g.frame.close);
    EXPECT(closed_by_peer(fd));
    close(fd);
    close(idle);
    END();
}

TEST(closing_answers_those_who_still_wait)
{
    START(GATE_HOLD);
    int fd = dial(&e);
    struct frame f = request(FRAMING_V10, "x");

    put_frame(fd, &f);
    EXPECT(fixture_wait_delivered(&e, 1));
    END();
    EXPECT_EQ(e.settled, 1);
    get_frame(fd, FRAME_SERVER, &g);
    expect_error(&g, FRAMING_V10, FRAME_GENERAL_SERVER_ERROR, "shutting down; try again in 1 s");
    close(fd);
}

TEST(a_retired_instance_serves_those_it_has_and_ends_with_the_last)
{
    START(GATE_INLINE);
    int fd = dial(&e);

    ask(fd, FRAMING_RFC2510, "before", &g);
    EXPECT(!g.frame.close);
    e.module->retire(e.self);
    nap(50);
    int other = dial(&e);
    EXPECT(!atomic_load(&e.finished));
    ask(fd, FRAMING_V10, "after", &g);
    EXPECT_STR(g.body, "after");
    EXPECT(g.frame.close);
    EXPECT(closed_by_peer(fd));
    close(fd);
    for (unsigned i = 0; i < 100 && !atomic_load(&e.finished); i++) {
        nap(50);
    }
    EXPECT(atomic_load(&e.finished));
    close(other);
    END();
}

/* ---- what cannot be opened ------------------------------------------------------------------------ */

#define UNOPENED(TEXT, ...)                                             \
    do {                                                                \
        struct cmpgate_endpoint e;                                      \
        fixture_init(&e, GATE_ECHO);                                    \
        __VA_ARGS__;                                                    \
        EXPECT(!fixture_open_only(&e));                                 \
        EXPECT_HAS(e.log, TEXT);                                        \
        fixture_close(&e);                                              \
    } while (0)

TEST(what_cannot_work_is_refused_when_it_is_opened)
{
    UNOPENED("neither listen nor url", e.options.listen = NULL);
    UNOPENED("check-back \"sometimes\"", e.options.check_back = "sometimes");
    UNOPENED("max-buffered is less than max-message", e.options.max_message = 1 << 20, e.options.max_buffered = 1 << 16);
    UNOPENED("tls-certificate without tls-key", e.options.tls_certificate = "/nonexistent");
    UNOPENED("client-certificate without tls-certificate", e.options.client_certificate = "required");
    UNOPENED("without a tcps:// url", e.options.ca = "/nonexistent");
    UNOPENED("without listen", e.options.listen = NULL, e.options.url = "tcp://127.0.0.1", e.options.tls_key = "/nonexistent");
    UNOPENED("without a tcps:// url", e.options.url = "tcp://127.0.0.1", e.options.certificate = "/nonexistent");
    UNOPENED("url is no URL", e.options.url = "http://127.0.0.1/");
    UNOPENED("url names no host", e.options.url = "tcp://:829");
    UNOPENED("url names no host", e.options.url = "tcp://[::1");
    UNOPENED("url names no host", e.options.url = "tcp://user@host");
    UNOPENED("url has no port", e.options.url = "tcp://host:65536");
    UNOPENED("url has no port", e.options.url = "tcp://host:0");
    UNOPENED("url has no port", e.options.url = "tcp+rfc2510://host:829/path");
    UNOPENED("url has a path", e.options.url = "tcps://host/path");
}
