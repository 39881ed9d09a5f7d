/* What HTTP clients do against the rules: refused, and served where the quirk of that name is tolerated. */
#include "test.h"
#include <stdlib.h>
#include <unistd.h>
#include "http_start.h"

#define DER "0\003abc"

/* The status of one request with these fields, at an endpoint that tolerates `quirk` (NULL: none). */
static int status_of(const char *quirk, const char *fields, const char *content, unsigned delivered)
{
    struct response r = { .status = -1 };
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    e.tolerated = quirk;
    if (!fixture_open(&e)) {
        TEST_FAIL("the module does not open: %s", e.log);
        return -1;
    }
    int fd = dial(&e);
    write_text(fd, "POST " PATH " HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s", fields, strlen(content), content);
    read_response(fd, &r);
    EXPECT_EQ(e.delivered, delivered);
    if (r.status == 200) {
        EXPECT_STR(r.body, content);
        EXPECT_HAS(r.header, "Content-Type: application/pkixcmp\r\n");
    }
    close(fd);
    fixture_close(&e);
    return r.status;
}

#define HOST "Host: h\r\n"

TEST(content_without_a_type_is_a_quirk)
{
    EXPECT_EQ(status_of(NULL, HOST, DER, 0), 415);
    EXPECT_EQ(status_of("no-content-type", HOST, DER, 1), 200);
    EXPECT_EQ(status_of("no-content-type", HOST, "GET /", 0), 415);
    EXPECT_EQ(status_of("no-content-type", HOST, "0", 0), 415);
    EXPECT_EQ(status_of("no-content-type", HOST, "", 0), 400);
    EXPECT_EQ(status_of("no-content-type", HOST "Content-Type: text/plain\r\n", DER, 0), 415);
}

TEST(content_of_another_type_is_a_quirk)
{
    static const char octets[] = HOST "Content-Type: application/octet-stream\r\n";

    EXPECT_EQ(status_of(NULL, octets, DER, 0), 415);
    EXPECT_EQ(status_of("wrong-content-type", octets, DER, 1), 200);
    EXPECT_EQ(status_of("wrong-content-type", octets, "<html>", 0), 415);
    EXPECT_EQ(status_of("wrong-content-type", HOST "Content-Type:\r\n", DER, 1), 200);
    EXPECT_EQ(status_of("wrong-content-type", HOST, DER, 0), 415);
    EXPECT_EQ(status_of("wrong-content-type", HOST "Content-Type: a/b\r\nContent-Type: a/c\r\n", DER, 0), 400);
}

TEST(http_1_1_without_host_is_a_quirk)
{
    static const char cmp[] = "Content-Type: " CMP "\r\n";

    EXPECT_EQ(status_of(NULL, cmp, DER, 0), 400);
    EXPECT_EQ(status_of("no-host", cmp, DER, 1), 200);
    EXPECT_EQ(status_of("no-host", "Host: h\r\nHost: i\r\nContent-Type: " CMP "\r\n", DER, 0), 400);
}

/* A type that is right is never guessed at: whatever it is, the gateway says what is wrong with it. */
TEST(the_content_of_a_right_type_is_not_looked_at)
{
    EXPECT_EQ(status_of(NULL, HOST "Content-Type: " CMP "\r\n", "<html>", 1), 200);
}

/* docs/transport-http.md, from its table of quirks on. */
static const char *reference(void)
{
    static char text[1 << 16];
    FILE *in = fopen(SOURCE_DIR "/docs/transport-http.md", "r");

    text[in != NULL ? fread(text, 1, sizeof text - 1, in) : 0] = '\0';
    if (in != NULL) {
        fclose(in);
    }
    const char *start = strstr(text, "\n## Quirks\n"), *table = start != NULL ? strstr(start, "\n|---") : NULL;
    return table != NULL ? strchr(table + 1, '\n') : "";
}

TEST(the_quirks_of_http_are_documented_and_tested_and_no_others_are)
{
    START(GATE_ECHO);
    size_t rows = 0, quirks = 0;

    for (const char *at = reference(); strncmp(at, "\n| `", 4) == 0; at = strchr(at + 1, '\n')) {
        rows++;
    }
    for (const struct cmpgate_quirk *q = e.module->quirks; q->name != NULL; q++, quirks++) {
        char row[256], command[512];
        snprintf(row, sizeof row, "\n| `%s` | %s | ", q->name, q->weakens ? "yes" : "no");
        EXPECT_HAS(reference(), row);
        snprintf(command, sizeof command, "grep -qxF 'TEST(%s)' " SOURCE_DIR "/tests/unit/http_" "*.c", q->test);
        EXPECT_EQ(system(command), 0);
    }
    EXPECT_EQ(rows, quirks);
    END();
}
