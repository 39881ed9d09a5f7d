#include "test.h"
#include <spawn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "http_fixture.h"

/* ---- a peer in Python --------------------------------------------------------------- */

struct peer {
    pid_t pid;
    int input;              /* closing it ends the peer */
    int port;
};

static bool peer_start(struct peer *p)
{
    char *arguments[] = { "python3", SOURCE_DIR "/tests/unit/http_peer.py", NULL };
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int in[2], out[2];
    char text[16] = "";

    if (pipe(in) != 0 || pipe(out) != 0) {
        return false;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addclose(&actions, in[1]);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    int failed = posix_spawnp(&p->pid, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    ssize_t n = failed != 0 ? 0 : read(out[0], text, sizeof text - 1);
    close(out[0]);
    p->input = in[1];
    p->port = n > 0 ? atoi(text) : 0;
    return p->port != 0;
}

/* One for all tests; it ends with this process, whose end of the pipe then closes. */
static int peer_port(void)
{
    static struct peer peer;

    if (peer.port == 0 && !peer_start(&peer)) {
        fprintf(stderr, "python3 does not start\n");
        exit(1);
    }
    return peer.port;
}

/* ---- sending one message ------------------------------------------------------------ */

static char url[200];

static void aim(struct cmpgate_endpoint *e, const char *path)
{
    fixture_init(e, GATE_ECHO);
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", peer_port(), path);
    e->options.listen = NULL;
    e->options.url = url;
}

#define SEND_TO(PATH) SEND_WITH(PATH, (void)0)
#define SEND_WITH(PATH, ...)                                            \
    struct cmpgate_endpoint e;                                          \
    aim(&e, PATH);                                                      \
    __VA_ARGS__;                                                        \
    REQUIRE(fixture_open(&e));                                          \
    fixture_send(&e, 77, "0\003abc", 5, time(NULL) + 5);                \
    EXPECT(fixture_wait_settled(&e, 1));                                \
    EXPECT_EQ(fixture_last(&e).ticket, 77)

#define END() do { fixture_close(&e); EXPECT_EQ(e.settled_twice, 0); EXPECT_EQ(e.settled, 1); } while (0)

#define EXPECT_DELIVERED(TEXT)                                          \
    do {                                                                \
        EXPECT_EQ(e.delivered, 1);                                      \
        EXPECT_EQ(e.answers, 77);                                       \
        EXPECT_STR((char *)e.message, TEXT);                            \
        EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);           \
    } while (0)

#define EXPECT_FAILED(HOW, WHY)                                         \
    do {                                                                \
        EXPECT_EQ(e.delivered, 0);                                      \
        EXPECT_EQ(fixture_last(&e).how, HOW);                           \
        EXPECT_HAS(fixture_last(&e).why, WHY);                          \
    } while (0)

TEST(the_response_is_delivered_as_the_answer_to_what_was_sent)
{
    SEND_TO("/echo");
    EXPECT_DELIVERED("0\003abc");
    EXPECT_EQ(e.message_len, 5);
    EXPECT_HAS(e.peer, "127.0.0.1:");
    EXPECT(e.ticket != 0 && e.ticket != 77);
    END();
}

TEST(a_reply_to_a_delivered_response_is_settled_and_nothing_more)
{
    SEND_TO("/echo");
    EXPECT_DELIVERED("0\003abc");
    e.open_tickets[0] = e.ticket;
    fixture_reply(&e, e.ticket, CMPGATE_NOTHING, NULL, 0);
    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_EQ(fixture_last(&e).ticket, e.ticket);
    fixture_close(&e);
    EXPECT_EQ(e.settled, 2);
    EXPECT_EQ(e.settled_twice, 0);
}

TEST(the_request_is_a_plain_post_of_pkixcmp)
{
    SEND_TO("/fields");
    EXPECT_HAS((char *)e.message, "Content-Type: application/pkixcmp\n");
    EXPECT_HAS((char *)e.message, "Content-Length: 5\n");
    EXPECT(e.message != NULL && strstr((char *)e.message, "Expect") == NULL);
    END();
}

TEST(the_old_media_type_and_parameters_are_understood)
{
    SEND_TO("/old/type");
    EXPECT_DELIVERED("0\003abc");
    END();
}

TEST(chunked_answers_and_answers_that_end_with_the_connection_are_read)
{
    {
        SEND_TO("/chunked");
        EXPECT_DELIVERED("0\003abc");
        END();
    }
    {
        SEND_TO("/until/close");
        EXPECT_DELIVERED("0\003abc");
        END();
    }
}

TEST(a_message_under_an_error_status_is_delivered)
{
    {
        SEND_TO("/error/message");
        EXPECT_DELIVERED("a CMP error");
        END();
    }
    {
        SEND_TO("/server/error/message");
        EXPECT_DELIVERED("a CMP error");
        END();
    }
}

TEST(what_is_not_cmp_is_never_delivered)
{
    {
        SEND_TO("/html");
        EXPECT_FAILED(CMPGATE_AGAIN, "HTTP 200 OK: text/html instead of application/pkixcmp");
        END();
    }
    {
        SEND_TO("/untyped");
        EXPECT_FAILED(CMPGATE_AGAIN, "no Content-Type instead of application/pkixcmp");
        END();
    }
    {
        SEND_TO("/rate/limit");
        EXPECT_FAILED(CMPGATE_AGAIN, "HTTP 503 Service Unavailable");
        END();
    }
    {
        SEND_TO("/not/http");
        EXPECT_FAILED(CMPGATE_AGAIN, "");
        END();
    }
}

TEST(an_answer_of_another_type_is_a_quirk)
{
    {
        SEND_TO("/untyped");
        EXPECT_FAILED(CMPGATE_AGAIN, "no Content-Type instead of application/pkixcmp");
        END();
    }
    {
        SEND_WITH("/untyped", e.tolerated = "wrong-answer-type");
        EXPECT_DELIVERED("0\003abc");
        END();
    }
    {
        SEND_TO("/mistyped");
        EXPECT_FAILED(CMPGATE_AGAIN, "text/plain instead of application/pkixcmp");
        END();
    }
    {
        SEND_WITH("/mistyped", e.tolerated = "wrong-answer-type");
        EXPECT_DELIVERED("0\003abc");
        END();
    }
    {
        SEND_WITH("/html", e.tolerated = "wrong-answer-type");
        EXPECT_FAILED(CMPGATE_AGAIN, "text/html instead of application/pkixcmp");
        END();
    }
    {
        SEND_WITH("/rate/limit", e.tolerated = "wrong-answer-type");
        EXPECT_FAILED(CMPGATE_AGAIN, "HTTP 503 Service Unavailable");
        END();
    }
}

TEST(the_first_line_of_a_text_goes_into_the_reason)
{
    {
        SEND_TO("/busy");
        EXPECT_FAILED(CMPGATE_AGAIN, "HTTP 503 Service Unavailable: busy, try again");
        EXPECT(strstr(fixture_last(&e).why, "second") == NULL);
        END();
    }
    {
        SEND_TO("/not/found");
        EXPECT_FAILED(CMPGATE_GONE, "HTTP 404 Not Found: no?[31m such thing");
        END();
    }
}

TEST(redirects_are_not_followed_even_with_a_message_in_them)
{
    SEND_TO("/redirect");
    EXPECT_FAILED(CMPGATE_GONE, "HTTP 302 Found: redirects are not followed");
    END();
}

TEST(an_empty_positive_answer_means_handed_over)
{
    {
        SEND_TO("/created");
        EXPECT_FAILED(CMPGATE_HANDED_OVER, "HTTP 201 Created without content");
        END();
    }
    {
        SEND_TO("/nothing");
        EXPECT_FAILED(CMPGATE_HANDED_OVER, "HTTP 200 OK without content");
        END();
    }
}

TEST(a_connection_that_breaks_is_tried_again)
{
    {
        SEND_TO("/short");
        EXPECT_FAILED(CMPGATE_AGAIN, "");
        EXPECT(fixture_last(&e).why[0] != '\0');
        END();
    }
    {
        SEND_TO("/hang/up");
        EXPECT_FAILED(CMPGATE_AGAIN, "mpty reply");
        END();
    }
}

TEST(an_answer_is_bounded_however_it_comes)
{
    {
        SEND_WITH("/huge", e.options.max_answer = 65536);
        EXPECT_FAILED(CMPGATE_GONE, "larger than max-answer");
        END();
    }
    {
        SEND_WITH("/endless", e.options.max_answer = 65536);
        EXPECT_FAILED(CMPGATE_GONE, "larger than max-answer");
        END();
    }
    {
        SEND_WITH("/huge", e.options.max_answer = 70000);
        EXPECT_EQ(e.message_len, 70000);
        END();
    }
}

TEST(the_deadline_ends_an_attempt)
{
    struct cmpgate_endpoint e;

    aim(&e, "/hang");
    REQUIRE(fixture_open(&e));
    double before = now_seconds();
    fixture_send(&e, 77, "x", 1, time(NULL) + 2);
    EXPECT(now_seconds() - before < 0.5);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT(now_seconds() - before < 3.0);
    EXPECT_FAILED(CMPGATE_AGAIN, "timed out");
    fixture_send(&e, 78, "x", 1, time(NULL) - 1);
    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_HAS(fixture_last(&e).why, "deadline has passed");
    fixture_close(&e);
    EXPECT_EQ(e.settled_twice, 0);
}

TEST(nobody_there_is_said_so)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    e.options.listen = NULL;
    e.options.url = "http://127.0.0.1:1/";
    REQUIRE(fixture_open(&e));
    fixture_send(&e, 77, "x", 1, time(NULL) + 5);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_FAILED(CMPGATE_AGAIN, "onnect");
    END();
}

TEST(a_gateway_without_room_for_the_response_may_send_again)
{
    SEND_WITH("/echo", atomic_store(&e.mode, GATE_FULL));
    EXPECT_EQ(e.delivered, 1);
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_AGAIN);
    END();
}

TEST(messages_to_one_server_share_a_kept_alive_connection)
{
    struct cmpgate_endpoint e;

    aim(&e, "/connections");
    REQUIRE(fixture_open(&e));
    fixture_send(&e, 1, "x", 1, time(NULL) + 5);
    EXPECT(fixture_wait_settled(&e, 1));
    REQUIRE(e.message != NULL);
    int before = atoi((char *)e.message);
    for (uint64_t ticket = 2; ticket < 12; ticket++) {
        fixture_send(&e, ticket, "x", 1, time(NULL) + 5);
        EXPECT(fixture_wait_settled(&e, (unsigned)ticket));
    }
    EXPECT_EQ(atoi((char *)e.message), before);
    fixture_close(&e);
}

TEST(some_messages_travel_at_a_time_and_the_rest_waits)
{
    struct cmpgate_endpoint e;

    aim(&e, "/slow");
    e.options.parallel = 4;
    REQUIRE(fixture_open(&e));
    double before = now_seconds();
    for (uint64_t ticket = 1; ticket <= 8; ticket++) {
        fixture_send(&e, ticket, "x", 1, time(NULL) + 5);
    }
    EXPECT(now_seconds() - before < 0.2);
    EXPECT(fixture_wait_settled(&e, 8));
    double took = now_seconds() - before;
    EXPECT(took > 0.55 && took < 2.0);
    EXPECT_EQ(e.delivered, 8);
    fixture_close(&e);
    EXPECT_EQ(e.settled_twice, 0);
}

TEST(close_settles_what_is_still_on_its_way)
{
    struct cmpgate_endpoint e;

    aim(&e, "/hang");
    e.options.parallel = 1;
    REQUIRE(fixture_open(&e));
    fixture_send(&e, 1, "x", 1, time(NULL) + 60);
    fixture_send(&e, 2, "x", 1, time(NULL) + 60);
    nap(100);
    double before = now_seconds();
    fixture_close(&e);
    EXPECT(now_seconds() - before < 1.0);
    EXPECT_EQ(e.settled, 2);
    EXPECT_EQ(e.settled_twice, 0);
    EXPECT_EQ(e.last.how, CMPGATE_AGAIN);
}

TEST(our_own_server_and_client_understand_each_other)
{
    struct cmpgate_endpoint server, e;

    fixture_init(&server, GATE_ECHO);
    REQUIRE(fixture_open(&server));
    fixture_init(&e, GATE_ECHO);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/.well-known/cmp/p/lab/nested", server.port);
    e.options.listen = NULL;
    e.options.url = url;
    REQUIRE(fixture_open(&e));
    for (uint64_t ticket = 1; ticket <= 20; ticket++) {
        fixture_send(&e, ticket, "0\003abc", 5, time(NULL) + 5);
        EXPECT(fixture_wait_settled(&e, (unsigned)ticket));
        EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
    }
    EXPECT_EQ(e.delivered, 20);
    EXPECT_STR((char *)e.message, "0\003abc");
    EXPECT_STR(server.profile, "lab");
    EXPECT_STR(server.operation, "nested");
    atomic_store(&server.mode, GATE_FULL);
    fixture_send(&e, 21, "x", 1, time(NULL) + 5);
    EXPECT(fixture_wait_settled(&e, 21));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_AGAIN);
    EXPECT_HAS(fixture_last(&e).why, "HTTP 503 Service Unavailable: busy");
    fixture_close(&e);
    fixture_close(&server);
}

TEST(urls_that_cannot_be_sent_to_are_refused)
{
    static const struct { const char *url, *why; } bad[] = {
        { "ftp://ca.example/cmp", "another scheme" },
        { "file:///etc/passwd", "another scheme" },
        { "ca.example/cmp", "is not a URL" },
        { "http://", "is not a URL" },
        { "http://me:secret@ca.example/", "names a user" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cmpgate_endpoint e;
        fixture_init(&e, GATE_ECHO);
        e.options.listen = NULL;
        e.options.url = bad[i].url;
        EXPECT(!fixture_open(&e));
        EXPECT_HAS(e.log, bad[i].why);
        EXPECT(strstr(e.log, "secret") == NULL);
        fixture_close(&e);
    }
}

TEST(proxies_of_the_environment_are_not_used)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    {
        SEND_TO("/echo");
        EXPECT_DELIVERED("0\003abc");
        END();
    }
    unsetenv("http_proxy");
}

TEST(an_endpoint_without_url_cannot_send)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    REQUIRE(fixture_open(&e));
    fixture_send(&e, 77, "x", 1, time(NULL) + 5);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_GONE);
    END();
}
