#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture.h"

static const char *line(bool json, const struct log_subject *subject, const char *text)
{
    capture_begin(json, CMPGATE_DEBUG);
    log_line(CMPGATE_INFO, subject, "%s", text);
    return capture_end();
}

TEST(a_line_is_logfmt_with_the_time_first)
{
    const struct log_subject subject = { .id = "7f3a09c2", .endpoint = "lan", .peer = "192.0.2.7:40112" };
    const char *have = line(false, &subject, "ir: issued");

    EXPECT(strncmp(have, "time=20", 7) == 0);
    EXPECT(have[strlen("time=2026-01-31T12:00:00.123")] == 'Z');
    EXPECT_HAS(have, "Z level=info id=7f3a09c2 endpoint=lan peer=192.0.2.7:40112 msg=\"ir: issued\"\n");
}

TEST(a_line_is_json_when_asked_for)
{
    const struct log_subject subject = { .id = "7f3a09c2", .endpoint = "lan", .peer = NULL };
    const char *have = line(true, &subject, "said \"no\"");

    EXPECT(strncmp(have, "{\"time\":\"20", 11) == 0);
    EXPECT_HAS(have, "\",\"level\":\"info\",\"id\":\"7f3a09c2\",\"endpoint\":\"lan\",\"msg\":\"said \\\"no\\\"\"}\n");
}

TEST(absent_parts_of_the_subject_are_left_out)
{
    EXPECT_HAS(line(false, NULL, "x"), "level=info msg=x\n");
}

static unsigned lines_with(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at++) {
        n++;
    }
    return n;
}

/* The second may change while these are written, but hardly twice. */
static const char *many_lines(struct log_limit *limit, unsigned n, enum cmpgate_severity least)
{
    capture_begin(false, least);
    for (unsigned i = 0; i < n; i++) {
        log_limited(limit, CMPGATE_WARN, NULL, "trouble %u", i);
    }
    return capture_end();
}

TEST(of_lines_that_may_be_many_some_a_second_are_written_and_the_rest_is_counted)
{
    enum { MANY = 500 };
    struct log_limit limit = { 0 };
    char left_out[80];

    unsigned written = lines_with(many_lines(&limit, MANY, CMPGATE_WARN), "level=warn msg=\"trouble ");
    EXPECT(written >= LOG_LIMIT && written <= 2 * LOG_LIMIT);
    sleep(1);
    unsigned waiting = limit.left_out;
    snprintf(left_out, sizeof left_out, "level=warn msg=\"%u lines like the next were left out\"\n", waiting);
    const char *have = many_lines(&limit, 1, CMPGATE_WARN);
    EXPECT_HAS(have, left_out);
    EXPECT_HAS(have, "level=warn msg=\"trouble 0\"\n");
    EXPECT(strstr(have, left_out) < strstr(have, "trouble 0"));
    EXPECT(waiting >= MANY - 2 * LOG_LIMIT);
    sleep(1);
    EXPECT_EQ(lines_with(many_lines(&limit, 1, CMPGATE_WARN), "left out"), 0);
}

TEST(a_few_lines_are_all_written)
{
    struct log_limit limit = { 0 };
    const char *have = many_lines(&limit, LOG_LIMIT, CMPGATE_WARN);

    EXPECT_EQ(lines_with(have, "trouble"), LOG_LIMIT);
    EXPECT_EQ(lines_with(have, "left out"), 0);
}

TEST(whoever_reads_every_line_misses_none)
{
    struct log_limit limit = { 0 };

    EXPECT_EQ(lines_with(many_lines(&limit, 100, CMPGATE_DEBUG), "trouble"), 100);
}

TEST(a_peer_cannot_begin_a_line_of_its_own)
{
    const struct log_subject subject = { .peer = "evil\nlevel=error msg=forged" };
    const char *have = line(false, &subject, "a\r\nb");

    EXPECT_HAS(have, "peer=\"evil\\u000alevel=error msg=forged\" msg=\"a\\u000d\\u000ab\"\n");
    EXPECT(strchr(have, '\n') == have + strlen(have) - 1);
}

TEST(a_peer_cannot_end_its_value_early)
{
    const struct log_subject subject = { .peer = "x level=error" };

    EXPECT_HAS(line(false, &subject, "a\" id=\"b\\"), "peer=\"x level=error\" msg=\"a\\\" id=\\\"b\\\\\"\n");
}

TEST(escape_sequences_do_not_reach_the_terminal)
{
    EXPECT_HAS(line(false, NULL, "\033[2J\x7f"), "msg=\"\\u001b[2J\\u007f\"\n");
    EXPECT_HAS(line(true, NULL, "\xc2\x9b" "2J"), "\"msg\":\"\\u009b2J\"}\n");
}

TEST(text_cannot_be_turned_around)
{
    EXPECT_HAS(line(false, NULL, "a\xe2\x80\xae" "b\xe2\x80\xa8"), "msg=\"a\\u202eb\\u2028\"\n");
}

TEST(good_utf8_is_kept_and_bad_octets_are_shown)
{
    EXPECT_HAS(line(true, NULL, "M\xc3\xbcller \xf0\x9f\x94\x91"), "\"M\xc3\xbcller \xf0\x9f\x94\x91\"");
    EXPECT_HAS(line(true, NULL, "\xff"), "\"\\u00ff\"");
    EXPECT_HAS(line(true, NULL, "\xc3("), "\"\\u00c3(\"");
    EXPECT_HAS(line(true, NULL, "\xc0\xaf"), "\"\\u00c0\\u00af\"");             /* '/' in two octets */
    EXPECT_HAS(line(true, NULL, "\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");  /* a surrogate */
    EXPECT_HAS(line(true, NULL, "\xe2\x82"), "\"\\u00e2\\u0082\"");             /* cut */
}

TEST(a_line_has_an_end_however_long_its_text)
{
    static char text[20000];
    memset(text, '"', sizeof text - 1);
    const struct log_subject subject = { .id = text, .endpoint = text, .peer = text };
    const char *have = line(true, &subject, text);

    EXPECT(strlen(have) <= 4096);
    EXPECT(strlen(have) > 3000);
    EXPECT_STR(have + strlen(have) - 6, "...\"}\n");
    have = line(false, &subject, text);
    EXPECT(strlen(have) <= 4096);
    EXPECT_STR(have + strlen(have) - 5, "...\"\n");
}

TEST(what_matters_less_is_not_written)
{
    capture_begin(false, CMPGATE_WARN);
    log_line(CMPGATE_INFO, NULL, "quiet");
    log_line(CMPGATE_WARN, NULL, "loud");
    log_line(CMPGATE_ERROR, NULL, "louder");
    const char *have = capture_end();

    EXPECT(strstr(have, "quiet") == NULL);
    EXPECT_HAS(have, "level=warn msg=loud\n");
    EXPECT_HAS(have, "level=error msg=louder\n");
}

enum { THREADS = 4, LINES = 500 };

static void *chatter(void *context)
{
    for (int i = 0; i < LINES; i++) {
        log_line(CMPGATE_INFO, NULL, "%s%s%s", (char *)context, (char *)context, (char *)context);
    }
    return NULL;
}

TEST(lines_of_several_threads_do_not_mix)
{
    char text[THREADS][101];
    pthread_t thread[THREADS];
    unsigned lines = 0;

    capture_begin(false, CMPGATE_DEBUG);
    for (int i = 0; i < THREADS; i++) {
        memset(text[i], 'a' + i, 100);
        text[i][100] = '\0';
        pthread_create(&thread[i], NULL, chatter, text[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
    }
    for (char *next, *at = (char *)(uintptr_t)capture_end(); *at != '\0'; at = next, lines++) {
        next = strchr(at, '\n') + 1;
        char *msg = strstr(at, "msg=") + 4;
        EXPECT_EQ(strspn(msg, (char[]){ *msg, '\0' }), 300);
        EXPECT(msg[300] == '\n');
    }
    EXPECT_EQ(lines, THREADS * LINES);
}
