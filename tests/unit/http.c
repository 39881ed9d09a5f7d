#include "test.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "http_start.h"

/* ---- taking messages and answering ------------------------------------------ */

TEST(a_message_is_delivered_as_it_came_and_answered_with_200)
{
    struct response r;
    START(GATE_ECHO);

    post(&e, PATH "/p/router/initialization", CMP, "0\003abc", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "0\003abc");
    EXPECT_HAS(r.header, "Content-Type: application/pkixcmp\r\n");
    EXPECT_STR((char *)e.message, "0\003abc");
    EXPECT_STR(e.profile, "router");
    EXPECT_STR(e.operation, "initialization");
    EXPECT_HAS(e.peer, "127.0.0.1:");
    EXPECT(e.arrived <= time(NULL) && e.arrived > time(NULL) - 60);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
    EXPECT_EQ(fixture_last(&e).ticket, e.ticket);
    END();
}

TEST(the_answer_may_come_before_deliver_returns)
{
    struct response r;
    START(GATE_INLINE);

    post(&e, PATH, CMP, "now", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "now");
    EXPECT(fixture_wait_settled(&e, 1));
    END();
}

TEST(the_answer_has_the_media_type_of_the_request)
{
    struct response r;
    START(GATE_ECHO);

    post(&e, PATH, "application/X-PKIXCMP; charset=UTF-8", "x", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_HAS(r.header, "Content-Type: application/x-pkixcmp\r\n");
    END();
}

static void answered_with(struct cmpgate_endpoint *e, enum cmpgate_reply_kind kind, const char *text,
                          uint32_t check_after, struct response *r)
{
    int fd = dial(e);
    unsigned before = e->delivered;

    write_post_header(fd, PATH, CMP, 1);
    write_text(fd, "x");
    EXPECT(fixture_wait_delivered(e, before + 1));
    fixture_reply(e, fixture_take_held(e), kind, text, check_after);
    read_response(fd, r);
    close(fd);
}

TEST(each_kind_of_reply_has_its_status)
{
    struct response r;
    START(GATE_HOLD);

    answered_with(&e, CMPGATE_ACCEPTED, NULL, 0, &r);
    EXPECT_EQ(r.status, 201);
    EXPECT_EQ(r.length, 0);
    answered_with(&e, CMPGATE_NOTHING, NULL, 0, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.length, 0);
    EXPECT(strstr(r.header, "Content-Type") == NULL);
    answered_with(&e, CMPGATE_UNREADABLE, "PKIMessage: trailing\r\noctets", 0, &r);
    EXPECT_EQ(r.status, 400);
    EXPECT_STR(r.body, "PKIMessage: trailing??octets\n");
    EXPECT_HAS(r.header, "Content-Type: text/plain");
    answered_with(&e, CMPGATE_UNAVAILABLE, "come again", 17, &r);
    EXPECT_EQ(r.status, 503);
    EXPECT_HAS(r.header, "Retry-After: 17\r\n");
    EXPECT_STR(r.body, "come again\n");
    EXPECT(fixture_wait_settled(&e, 4));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
    END();
}

TEST(a_large_answer_arrives_whole)
{
    struct response r;
    static char text[60001];
    START(GATE_HOLD);

    memset(text, 'A', sizeof text - 1);
    answered_with(&e, CMPGATE_ANSWER, text, 0, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.length, 60000);
    EXPECT_STR(r.body, text);
    END();
}

TEST(tickets_are_never_zero_and_never_reused)
{
    struct response r;
    uint64_t last = 0;
    START(GATE_ECHO);

    for (int i = 0; i < 50; i++) {
        post(&e, PATH, CMP, "x", &r);
        EXPECT(e.ticket > last);
        last = e.ticket;
    }
    END();
}

TEST(a_reply_to_an_unknown_ticket_is_ignored)
{
    struct response r;
    START(GATE_ECHO);

    fixture_reply(&e, 4711, CMPGATE_ANSWER, "x", 0);
    fixture_reply(&e, 4711, CMPGATE_UNREADABLE, "x", 0);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(e.settled, 1);
    END();
}

TEST(a_full_gateway_is_503_with_retry_after_and_service_goes_on)
{
    struct response r;
    START(GATE_FULL);

    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 503);
    EXPECT_HAS(r.header, "Retry-After: 5\r\n");
    EXPECT_EQ(e.settled, 0);
    atomic_store(&e.mode, GATE_REFUSED);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 503);
    atomic_store(&e.mode, GATE_ECHO);
    e.module->room(e.self);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    END();
}

/* ---- HTTP as clients speak it ------------------------------------------------ */

static void say(const struct cmpgate_endpoint *e, const char *text, struct response *r)
{
    int fd = dial(e);

    write_all(fd, text, strlen(text));
    read_response(fd, r);
    close(fd);
}

TEST(http_1_0_without_host_is_served_and_the_connection_closed)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    write_text(fd, "POST /.well-known/cmp HTTP/1.0\r\nContent-Type: " CMP "\r\nContent-Length: 2\r\n\r\nhi");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "hi");
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}

TEST(http_1_0_can_keep_its_connection_alive)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    for (int i = 0; i < 3; i++) {
        write_text(fd, "POST " PATH " HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: " CMP
                   "\r\nContent-Length: 2\r\n\r\nhi");
        read_response(fd, &r);
        EXPECT_EQ(r.status, 200);
        EXPECT_HAS(r.header, "Keep-Alive");
    }
    close(fd);
    END();
}

TEST(http_1_1_connections_are_kept_and_may_be_pipelined)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    for (int i = 0; i < 5; i++) {
        write_text(fd, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP
                   "\r\nContent-Length: 3\r\n\r\n%03d", i);
    }
    for (int i = 0; i < 5; i++) {
        char want[8];
        snprintf(want, sizeof want, "%03d", i);
        read_response(fd, &r);
        EXPECT_EQ(r.status, 200);
        EXPECT_STR(r.body, want);
    }
    close(fd);
    EXPECT(fixture_wait_settled(&e, 5));
    END();
}

TEST(chunked_content_is_put_together)
{
    struct response r;
    START(GATE_ECHO);

    say(&e, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP "\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;extension=x\r\nde\r\n0\r\nTrailer: x\r\n\r\n", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "abcde");
    END();
}

TEST(expect_100_continue_is_answered_before_the_content_is_sent)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    write_text(fd, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP
               "\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 100);
    write_text(fd, "ok");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "ok");
    close(fd);
    END();
}

TEST(expect_100_continue_is_refused_without_asking_for_content)
{
    struct response r;
    START(GATE_ECHO);

    say(&e, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\nContent-Length: 20\r\n"
        "Expect: 100-continue\r\n\r\n", &r);
    EXPECT_EQ(r.status, 415);
    END();
}

TEST(the_request_line_may_be_absolute)
{
    struct response r;
    START(GATE_ECHO);

    say(&e, "POST http://ca.example" PATH "/p/x HTTP/1.1\r\nHost: ca.example\r\nContent-Type: " CMP
        "\r\nContent-Length: 1\r\n\r\nx", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(e.profile, "x");
    END();
}

TEST(encoded_slashes_and_nul_do_not_change_the_path)
{
    struct response r;
    START(GATE_ECHO);

    post(&e, "/.well-known%2Fcmp", CMP, "x", &r);
    EXPECT_EQ(r.status, 404);
    post(&e, PATH "/p/a%00b", CMP, "x", &r);
    EXPECT_EQ(r.status, 404);
    post(&e, PATH "/p/a%2Db", CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(e.profile, "a-b");
    END();
}

TEST(a_configured_root_is_served)
{
    static const char *const roots[] = { "/pkix/", NULL };
    struct response r;
    START_WITH(GATE_ECHO, e.options.path = roots);

    post(&e, "/pkix/", CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    END();
}

TEST(content_may_arrive_octet_by_octet)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    write_post_header(fd, PATH, CMP, 20);
    for (int i = 0; i < 20; i++) {
        write_text(fd, "%c", 'a' + i);
        nap(1);
    }
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "abcdefghijklmnopqrst");
    close(fd);
    END();
}

/* ---- refusals ------------------------------------------------------------------ */

TEST(what_is_not_cmp_gets_the_status_that_says_why)
{
    struct response r;
    START(GATE_ECHO);

    post(&e, "/index.html", CMP, "x", &r);
    EXPECT_EQ(r.status, 404);
    EXPECT_HAS(r.body, "/.well-known/cmp");
    post(&e, PATH "/enrol", CMP, "x", &r);
    EXPECT_EQ(r.status, 404);
    EXPECT_HAS(r.body, "operation label");
    post(&e, PATH, "application/octet-stream", "x", &r);
    EXPECT_EQ(r.status, 415);
    EXPECT_HAS(r.body, "want application/pkixcmp");
    EXPECT_HAS(r.header, "Content-Type: text/plain");
    say(&e, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", &r);
    EXPECT_EQ(r.status, 415);
    EXPECT_HAS(r.body, "no Content-Type");
    say(&e, "GET " PATH " HTTP/1.1\r\nHost: h\r\n\r\n", &r);
    EXPECT_EQ(r.status, 405);
    EXPECT_HAS(r.header, "Allow: POST\r\n");
    say(&e, "PUT " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP "\r\nContent-Length: 1\r\n\r\nx", &r);
    EXPECT_EQ(r.status, 405);
    post(&e, PATH, CMP, "", &r);
    EXPECT_EQ(r.status, 400);
    EXPECT_HAS(r.body, "no content");
    say(&e, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP "\r\n\r\n", &r);
    EXPECT_EQ(r.status, 411);
    say(&e, "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP
        "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &r);
    EXPECT_EQ(r.status, 400);
    EXPECT_EQ(e.delivered, 0);
    EXPECT(fixture_logged(&e, "POST /index.html: HTTP 404"));
    END();
}

/* Sends, and expects `status` and the end of the connection. */
static void refused_for_good(const struct cmpgate_endpoint *e, int status, const char *text)
{
    struct response r;
    int fd = dial(e);

    write_all(fd, text, strlen(text));
    read_response(fd, &r);
    if (r.status != status) {
        TEST_FAIL("%d instead of %d for %s", r.status, status, text);
    }
    /* libmicrohttpd's own refusal of a malformed length comes with its header twice. */
    while (r.status != 0 && recv(fd, r.body, sizeof r.body, 0) > 0) {
    }
    EXPECT(closed_by_peer(fd));
    close(fd);
}

#define POST_START "POST " PATH " HTTP/1.1\r\nHost: h\r\nContent-Type: " CMP "\r\n"

TEST(a_length_that_two_parties_could_read_differently_ends_the_connection)
{
    START(GATE_ECHO);

    refused_for_good(&e, 400, POST_START "Content-Length: 1\r\nContent-Length: 30\r\n\r\n"
                     "xPOST " PATH " HTTP/1.1\r\n\r\n");
    refused_for_good(&e, 400, POST_START "Content-Length: 1\r\ncontent-length: 1\r\n\r\nx");
    refused_for_good(&e, 400, POST_START "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused_for_good(&e, 400, POST_START "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n");
    refused_for_good(&e, 400, POST_START "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "0\r\n\r\n");
    refused_for_good(&e, 400, "POST " PATH " HTTP/1.0\r\nContent-Type: " CMP
                     "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    refused_for_good(&e, 501, POST_START "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
    refused_for_good(&e, 400, POST_START "Content-Length: +1\r\n\r\nx");
    refused_for_good(&e, 400, POST_START "Content-Length: 1, 1\r\n\r\nx");
    refused_for_good(&e, 400, POST_START "Content-Length: -1\r\n\r\nx");
    refused_for_good(&e, 400, POST_START "Content-Length : 1\r\nContent-Length: 1\r\n\r\nx");
    EXPECT_EQ(e.delivered, 0);
    END();
}

TEST(host_must_be_there_once_in_http_1_1)
{
    START(GATE_ECHO);

    refused_for_good(&e, 400, "POST " PATH " HTTP/1.1\r\nContent-Type: " CMP "\r\nContent-Length: 1\r\n\r\nx");
    refused_for_good(&e, 400, POST_START "Host: i\r\nContent-Length: 1\r\n\r\nx");
    refused_for_good(&e, 400, POST_START "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx");
    END();
}

TEST(what_is_not_http_is_turned_away_and_service_goes_on)
{
    static const char junk[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS by mistake\r\n\r\n";
    struct response r;
    char header[70000];
    START(GATE_ECHO);

    int fd = dial(&e);
    write_all(fd, junk, sizeof junk - 1);
    EXPECT(closed_by_peer(fd) || true);
    close(fd);
    say(&e, "POST " PATH " HTTP/9.9\r\nHost: h\r\n\r\n", &r);
    EXPECT(r.status >= 400);
    memset(header, 'h', sizeof header);
    fd = dial(&e);
    write_text(fd, "POST " PATH " HTTP/1.1\r\nHost: h\r\nX: ");
    write_all(fd, header, sizeof header);
    write_text(fd, "\r\n\r\n");
    read_response(fd, &r);
    EXPECT(r.status == 431 || r.status == 0);
    close(fd);
    say(&e, POST_START "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", &r);
    EXPECT_EQ(r.status, 400);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    END();
}

TEST(a_hundred_megabytes_announced_are_refused_at_once)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    double before = now_seconds();
    write_post_header(fd, PATH, CMP, 100u << 20);
    read_response(fd, &r);
    EXPECT_EQ(r.status, 413);
    EXPECT(now_seconds() - before < 1.0);
    EXPECT(closed_by_peer(fd));
    close(fd);
    END();
}

/* A client that reads only after it has written everything: without a lingering close it would find
 * its connection reset and no answer. */
TEST(the_refusal_reaches_a_client_that_writes_everything_first)
{
    static char content[3 << 20];
    struct response r;
    START(GATE_ECHO);

    for (int i = 0; i < 5; i++) {
        int fd = dial(&e);
        write_post_header(fd, PATH, CMP, sizeof content);
        EXPECT(write_all(fd, content, sizeof content));
        nap(20);
        read_response(fd, &r);
        EXPECT_EQ(r.status, 413);
        close(fd);
    }
    END();
}

static long peak_kilobytes(void)
{
    char line[200];
    long peak = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        sscanf(line, "VmHWM: %ld", &peak);
    }
    if (f != NULL) {
        fclose(f);
    }
    return peak;
}

TEST(a_hundred_megabytes_in_chunks_are_counted_not_kept)
{
    static char chunk[65536];
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);
    bool writing = true;
    long before = peak_kilobytes();

    write_text(fd, POST_START "Transfer-Encoding: chunked\r\n\r\n");
    for (unsigned sent = 0; sent < (100u << 20) && writing; sent += sizeof chunk) {
        writing = write_text(fd, "%zx\r\n", sizeof chunk) && write_all(fd, chunk, sizeof chunk)
            && write_text(fd, "\r\n");
    }
    EXPECT(writing);
    write_text(fd, "0\r\n\r\n");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 413);
    EXPECT(peak_kilobytes() - before < 20000);
    close(fd);
    EXPECT_EQ(e.delivered, 0);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    END();
}

TEST(a_message_of_exactly_max_body_is_taken_and_one_octet_more_is_not)
{
    static char content[300];
    struct response r;
    START_WITH(GATE_ECHO, e.options.max_body = 256);

    memset(content, 'c', sizeof content);
    content[256] = '\0';
    post(&e, PATH, CMP, content, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_EQ(r.length, 256);
    say(&e, POST_START "Transfer-Encoding: chunked\r\n\r\n101\r\n"
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" "X\r\n0\r\n\r\n", &r);
    EXPECT_EQ(r.status, 413);
    content[256] = 'c';
    content[257] = '\0';
    post(&e, PATH, CMP, content, &r);
    EXPECT_EQ(r.status, 413);
    END();
}

TEST(octets_in_chunks_of_their_own_are_cut_off)
{
    START(GATE_ECHO);
    int fd = dial(&e);

    write_text(fd, POST_START "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 5000; i++) {
        write_text(fd, "1\r\nx\r\n");
    }
    EXPECT(closed_by_peer(fd));
    EXPECT(fixture_logged(&e, "pieces, cut off"));
    close(fd);
    END();
}

/* Two of them take all of it: 64k each, of which 16k are free. */
TEST(messages_being_received_share_a_bounded_memory_and_small_ones_do_not_need_it)
{
    static char content[60000];
    struct response r;
    START_WITH(GATE_ECHO, e.options.max_buffered = 2 * (65536 - 16384));
    int slow[2] = { dial(&e), dial(&e) };

    for (int i = 0; i < 2; i++) {
        write_post_header(slow[i], PATH, CMP, sizeof content + 1);
        write_all(slow[i], content, sizeof content);
    }
    nap(200);
    int fd = dial(&e);
    write_post_header(fd, PATH, CMP, sizeof content);
    write_all(fd, content, sizeof content);
    read_response(fd, &r);
    EXPECT_EQ(r.status, 503);
    EXPECT_HAS(r.header, "Retry-After");
    close(fd);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    for (int i = 0; i < 2; i++) {
        write_text(slow[i], "x");
        read_response(slow[i], &r);
        EXPECT_EQ(r.status, 200);
        close(slow[i]);
    }
    END();
}

TEST(messages_that_wait_do_not_count_against_that_memory)
{
    static char content[60000];
    int fd[6];
    START_WITH(GATE_HOLD, e.options.max_buffered = 1 << 17);

    for (unsigned i = 0; i < 6; i++) {
        fd[i] = dial(&e);
        write_post_header(fd[i], PATH, CMP, sizeof content);
        write_all(fd[i], content, sizeof content);
        EXPECT(fixture_wait_delivered(&e, i + 1));
    }
    for (unsigned i = 0; i < 6; i++) {
        fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "ok", 0);
    }
    EXPECT(fixture_wait_settled(&e, 6));
    for (unsigned i = 0; i < 6; i++) {
        close(fd[i]);
    }
    END();
}

/* ---- documents ------------------------------------------------------------------- */

TEST(documents_are_served_to_get_and_head)
{
    struct response r;
    START(GATE_ECHO);

    say(&e, "GET /pki/crl HTTP/1.1\r\nHost: h\r\n\r\n", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "0\003 a CRL");
    EXPECT_HAS(r.header, "Content-Type: application/pkix-crl\r\n");
    say(&e, "GET /pki/nothing HTTP/1.1\r\nHost: h\r\n\r\n", &r);
    EXPECT_EQ(r.status, 404);
    say(&e, "GET /pki/../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", &r);
    EXPECT_EQ(r.status, 404);
    post(&e, "/pki/crl", CMP, "x", &r);
    EXPECT_EQ(r.status, 405);
    EXPECT_HAS(r.header, "Allow: GET, HEAD\r\n");
    int fd = dial(&e);
    write_text(fd, "HEAD /pki/crl HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    read_response(fd, &r);
    EXPECT_HAS(r.header, "HTTP/1.1 200");
    EXPECT_HAS(r.header, "Content-Length: 8\r\n");
    EXPECT_EQ(r.length, 0);
    close(fd);
    END();
}

TEST(one_connection_fetches_a_document_and_sends_a_message)
{
    struct response r;
    START(GATE_ECHO);
    int fd = dial(&e);

    write_text(fd, "GET /pki/crl HTTP/1.1\r\nHost: h\r\n\r\n");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    write_text(fd, "GET /pki/nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 404);
    write_post_header(fd, PATH, CMP, 1);
    write_text(fd, "x");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    close(fd);
    END();
}

/* ---- waiting --------------------------------------------------------------------- */

TEST(a_hundred_requests_wait_without_a_thread_each)
{
    static int fd[100];
    struct response r;
    START(GATE_HOLD);

    for (int i = 0; i < 100; i++) {
        fd[i] = dial(&e);
        write_post_header(fd[i], PATH, CMP, 1);
        write_text(fd[i], "x");
    }
    EXPECT(fixture_wait_delivered(&e, 100));
    for (uint64_t ticket; (ticket = fixture_take_held(&e)) != 0;) {
        fixture_reply(&e, ticket, CMPGATE_ANSWER, "late", 0);
    }
    for (int i = 0; i < 100; i++) {
        read_response(fd[i], &r);
        EXPECT_EQ(r.status, 200);
        EXPECT_STR(r.body, "late");
        close(fd[i]);
    }
    EXPECT(fixture_wait_settled(&e, 100));
    END();
}

TEST(a_client_that_left_while_waiting_is_settled_as_gone)
{
    struct response r;
    START(GATE_HOLD);

    close(wait_with_one(&e));
    nap(50);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "too late", 0);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_GONE);
    EXPECT_HAS(fixture_last(&e).why, "closed the connection");
    atomic_store(&e.mode, GATE_ECHO);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    END();
}

TEST(a_client_that_reset_its_connection_while_waiting_is_settled_as_gone)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    START(GATE_HOLD);
    int fd = wait_with_one(&e);

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
    nap(50);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "too late", 0);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_GONE);
    END();
}

TEST(a_client_that_closed_only_its_writing_side_still_gets_its_answer)
{
    struct response r;
    START(GATE_HOLD);
    int fd = wait_with_one(&e);

    shutdown(fd, SHUT_WR);
    nap(50);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "here", 0);
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "here");
    close(fd);
    END();
}

/* ---- stopping -------------------------------------------------------------------- */

TEST(after_stop_serve_returns_and_waiting_requests_still_get_their_answer)
{
    struct response r;
    START(GATE_HOLD);
    int kept = dial(&e);
    int fd = wait_with_one(&e);

    write_text(kept, "GET /pki/crl HTTP/1.1\r\nHost: h\r\n\r\n");
    read_response(kept, &r);
    EXPECT_EQ(r.status, 200);
    double before = now_seconds();
    fixture_stop(&e);
    EXPECT(now_seconds() - before < 0.5);
    EXPECT(atomic_load(&e.finished));
    write_post_header(kept, PATH, CMP, 1);
    write_text(kept, "x");
    read_response(kept, &r);
    EXPECT_EQ(r.status, 503);
    EXPECT_HAS(r.header, "Connection: close");
    EXPECT_EQ(e.delivered, 1);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "at last", 0);
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "at last");
    EXPECT_HAS(r.header, "Connection: close");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_HANDED_OVER);
    close(fd);
    close(kept);
    END();
}

TEST(close_answers_503_to_those_whom_no_reply_reached)
{
    struct response r;
    START(GATE_HOLD);
    int fd = wait_with_one(&e);
    int idle = dial(&e);

    fixture_close(&e);
    read_response(fd, &r);
    EXPECT_EQ(r.status, 503);
    EXPECT(closed_by_peer(idle));
    EXPECT_EQ(e.settled, 1);
    EXPECT_EQ(e.settled_twice, 0);
    close(fd);
    close(idle);
}

TEST(the_listening_socket_survives_and_serves_the_next_instance)
{
    struct response r;
    START(GATE_ECHO);

    post(&e, PATH, CMP, "one", &r);
    EXPECT_EQ(r.status, 200);
    fixture_stop(&e);
    EXPECT(fcntl(e.listener, F_GETFD) >= 0);
    /* Who connects between two instances waits in the backlog. */
    int fd = dial(&e);
    write_post_header(fd, PATH, CMP, 3);
    write_text(fd, "two");
    e.module->close(e.self);
    EXPECT(fixture_open(&e));
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "two");
    close(fd);
    END();
}

TEST(stop_may_come_before_serve_and_close_without_it)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    REQUIRE(fixture_open_only(&e));
    e.module->stop(e.self);
    e.module->serve(e.self);
    fixture_close(&e);

    fixture_init(&e, GATE_ECHO);
    REQUIRE(fixture_open_only(&e));
    fixture_close(&e);
}

/* ---- time and numbers ------------------------------------------------------------- */

TEST(a_sender_of_one_octet_a_moment_is_cut_off_at_the_deadline)
{
    START_WITH(GATE_ECHO, e.options.request_timeout = 1);
    int fd = dial(&e);
    double before = now_seconds();
    bool alive = true;

    write_post_header(fd, PATH, CMP, 1000);
    for (int i = 0; i < 40 && alive; i++) {
        alive = write_text(fd, "x");
        nap(100);
    }
    double took = now_seconds() - before;
    EXPECT(!alive);
    EXPECT(took > 0.9 && took < 3.0);
    EXPECT(fixture_logged(&e, "out of time"));
    close(fd);
    END();
}

TEST(a_connection_that_never_speaks_is_cut_off_and_so_is_a_slow_header)
{
    START_WITH(GATE_ECHO, e.options.request_timeout = 1);
    int silent = dial(&e), slow = dial(&e);
    double before = now_seconds();
    bool alive = true;

    write_text(slow, "POST " PATH " HTTP/1.1\r\nHost: ");
    for (int i = 0; i < 40 && alive; i++) {
        alive = write_text(slow, "x");
        nap(100);
    }
    EXPECT(!alive);
    EXPECT(closed_by_peer(silent));
    EXPECT(now_seconds() - before < 3.0);
    close(silent);
    close(slow);
    END();
}

TEST(an_idle_connection_is_closed)
{
    struct response r;
    START_WITH(GATE_ECHO, e.options.idle_timeout = 1);
    int idle = dial(&e);

    write_text(idle, "GET /pki/crl HTTP/1.1\r\nHost: h\r\n\r\n");
    read_response(idle, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT(closed_by_peer(idle));
    close(idle);
    END();
}

TEST(a_waiting_request_has_no_deadline_of_its_own)
{
    struct response r;
    START_WITH(GATE_HOLD, e.options.request_timeout = 1; e.options.idle_timeout = 1);
    int fd = wait_with_one(&e);

    nap(2500);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "patience", 0);
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "patience");
    close(fd);
    END();
}

/* A peer that asks and does not read: its answer fills the socket and stays. */
TEST(a_reader_that_does_not_read_is_cut_off_and_settled_as_gone)
{
    static char text[16 << 20];
    START_WITH(GATE_HOLD, e.options.request_timeout = 1);
    int fd = wait_with_one(&e);

    memset(text, 'A', sizeof text - 1);
    double before = now_seconds();
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, text, 0);
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(fixture_last(&e).how, CMPGATE_GONE);
    EXPECT(now_seconds() - before < 3.0);
    close(fd);
    END();
}

TEST(who_waits_longest_gives_way_to_who_comes)
{
    struct response r;
    START_WITH(GATE_ECHO, e.options.connections = 2);
    int first = dial(&e), second = dial(&e);

    nap(50);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    EXPECT(closed_by_peer(first));
    EXPECT(fixture_logged(&e, "all 2 connections are taken"));
    write_post_header(second, PATH, CMP, 1);
    write_text(second, "x");
    read_response(second, &r);
    EXPECT_EQ(r.status, 200);
    close(first);
    close(second);
    END();
}

TEST(who_is_being_answered_gives_way_to_nobody)
{
    struct response r;
    START_WITH(GATE_HOLD, e.options.connections = 1);
    int first = wait_with_one(&e), second = dial(&e);

    write_post_header(second, PATH, CMP, 1);
    write_text(second, "x");
    nap(300);
    EXPECT_EQ(e.delivered, 1);
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "x", 0);
    read_response(first, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT(fixture_wait_delivered(&e, 2));
    fixture_reply(&e, fixture_take_held(&e), CMPGATE_ANSWER, "y", 0);
    read_response(second, &r);
    EXPECT_EQ(r.status, 200);
    EXPECT_STR(r.body, "y");
    close(first);
    close(second);
    END();
}

TEST(of_those_who_wait_the_address_with_most_connections_gives_way)
{
    struct response r;
    START_WITH(GATE_ECHO, e.options.connections = 4);
    int alone = dial_from(&e, INADDR_LOOPBACK + 1), crowd[3];

    for (int i = 0; i < 3; i++) {
        nap(20);
        crowd[i] = dial(&e);
    }
    nap(50);
    int more = dial(&e);
    EXPECT(closed_by_peer(crowd[0]));
    write_post_header(alone, PATH, CMP, 1);
    write_text(alone, "x");
    read_response(alone, &r);
    EXPECT_EQ(r.status, 200);
    for (int i = 0; i < 3; i++) {
        close(crowd[i]);
    }
    close(more);
    close(alone);
    END();
}

TEST(one_address_gets_no_more_than_its_share)
{
    struct response r;
    START_WITH(GATE_ECHO, e.options.connections_per_address = 2);
    int first = dial(&e), second = dial(&e);

    nap(50);
    int third = dial(&e);
    EXPECT(closed_by_peer(third));
    close(first);
    nap(100);
    post(&e, PATH, CMP, "x", &r);
    EXPECT_EQ(r.status, 200);
    close(second);
    close(third);
    END();
}

TEST(several_threads_serve_as_well_as_one)
{
    static int fd[64];
    struct response r;
    START_WITH(GATE_ECHO, e.options.threads = 3);

    for (int i = 0; i < 64; i++) {
        fd[i] = dial(&e);
        write_post_header(fd[i], PATH, CMP, 1);
        write_text(fd[i], "x");
    }
    for (int i = 0; i < 64; i++) {
        read_response(fd[i], &r);
        EXPECT_EQ(r.status, 200);
        close(fd[i]);
    }
    EXPECT(fixture_wait_settled(&e, 64));
    END();
}

/* A client in a hurry: some requests are broken off, some never read. */
struct visitor {
    struct cmpgate_endpoint *e;
    unsigned seed;
    unsigned answered;
    atomic_bool *over;
};

static void visit(struct visitor *v)
{
    struct response r;
    int fd = dial(v->e);
    unsigned mood = (v->seed = v->seed * 1103515245 + 12345) >> 16;

    write_post_header(fd, PATH, mood % 7 == 0 ? "text/plain" : CMP, 4);
    if (mood % 5 != 0) {
        write_text(fd, "body");
    }
    if (mood % 5 > 1) {
        read_response(fd, &r);
        v->answered += r.status == 200;
    }
    close(fd);
}

static void *visit_often(void *context)
{
    struct visitor *v = context;

    while (!atomic_load(v->over)) {
        visit(v);
    }
    return NULL;
}

TEST(clients_that_come_and_go_leave_nothing_behind_even_when_it_is_closed_under_them)
{
    struct visitor visitors[6];
    pthread_t threads[6];
    atomic_bool over = false;
    START_WITH(GATE_ECHO, e.options.threads = 2);

    for (unsigned i = 0; i < 6; i++) {
        visitors[i] = (struct visitor){ .e = &e, .seed = i + 1, .over = &over };
        pthread_create(&threads[i], NULL, visit_often, &visitors[i]);
    }
    nap(700);
    fixture_stop(&e);
    fixture_stop_worker(&e);
    e.module->close(e.self);
    e.self = NULL;
    atomic_store(&over, true);
    shutdown(e.listener, SHUT_RDWR);
    for (unsigned i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(visitors[i].answered > 10);
    }
    for (size_t i = 0; i < sizeof e.open_tickets / sizeof *e.open_tickets; i++) {
        EXPECT_EQ(e.open_tickets[i], 0);
    }
    END();
}

TEST(a_unix_socket_can_be_served)
{
    struct sockaddr_un here = { .sun_family = AF_UNIX };
    struct response r;
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    close(e.listener);
    snprintf(here.sun_path, sizeof here.sun_path, "/tmp/cmpgate-http-test.%d", (int)getpid());
    e.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    REQUIRE(bind(e.listener, (struct sockaddr *)&here, sizeof here) == 0 && listen(e.listener, 5) == 0);
    REQUIRE(fixture_open(&e));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(fd, (struct sockaddr *)&here, sizeof here) == 0);
    for (int i = 0; i < 2; i++) {
        write_post_header(fd, PATH, CMP, 4);
        write_text(fd, "body");
        read_response(fd, &r);
        EXPECT_EQ(r.status, 200);
    }
    EXPECT_STR(e.peer, "unix");
    close(fd);
    unlink(here.sun_path);
    END();
}

/* ---- the 44 ms stall ---------------------------------------------------------------- */

static double timed_exchange(int fd)
{
    struct response r;
    double before = now_seconds();

    write_post_header(fd, PATH, CMP, 4);
    write_text(fd, "body");
    read_response(fd, &r);
    EXPECT_EQ(r.status, 200);
    return now_seconds() - before;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The client has Nagle's algorithm on: its second write leaves when the first is acknowledged. */
TEST(header_and_content_in_two_writes_do_not_wait_for_a_delayed_acknowledgement)
{
    double first[9], second[9];
    START(GATE_ECHO);

    for (int i = 0; i < 9; i++) {
        int fd = dial(&e);
        first[i] = timed_exchange(fd);
        second[i] = timed_exchange(fd);
        close(fd);
    }
    qsort(first, 9, sizeof *first, compare);
    qsort(second, 9, sizeof *second, compare);
    printf("first %.3f ms, second on the same connection %.3f ms (medians of 9)\n",
           first[4] * 1e3, second[4] * 1e3);
    EXPECT(second[4] < 0.020);
    EXPECT(second[4] < 3 * first[4] + 0.002);
    END();
}

/* ---- the table of options ------------------------------------------------------------ */

TEST(configurations_that_cannot_work_are_refused_with_a_reason)
{
    static const char *const bad[] = { "pkix", NULL };
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    e.options.path = bad;
    EXPECT(!fixture_open(&e));
    EXPECT(fixture_logged(&e, "path \"pkix\""));
    fixture_close(&e);

    fixture_init(&e, GATE_ECHO);
    e.options.documents = "/pki";
    EXPECT(!fixture_open(&e));
    EXPECT(fixture_logged(&e, "documents \"/pki\""));
    fixture_close(&e);

    fixture_init(&e, GATE_ECHO);
    e.options.listen = NULL;
    EXPECT(!fixture_open(&e));
    EXPECT(fixture_logged(&e, "neither listen nor url"));
    fixture_close(&e);
}

TEST(the_module_says_what_it_is)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    EXPECT_EQ(e.module->abi, CMPGATE_ABI);
    EXPECT_EQ(e.module->size, sizeof *e.module);
    EXPECT_STR(e.module->name, "http");
    EXPECT_EQ(e.module->can, CMPGATE_SERVES | CMPGATE_SENDS | CMPGATE_CORRELATES);
    EXPECT_EQ(e.module->options_size, sizeof e.options);
    fixture_close(&e);
}
