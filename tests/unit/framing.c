/* Both framings, against octets written by hand (tests/vectors/make_tcp.py). */
#include "test.h"
#include <dirent.h>
#include <stdlib.h>
#include "transports/framing/reader.h"

enum { MOST = 1 << 20, FILE_MOST = 65536 };

static const char *const fault_names[] = {
    [FRAME_FINE] = "fine", [FRAME_BAD_VERSION] = "version", [FRAME_BAD_TYPE] = "type", [FRAME_BAD_LENGTH] = "length",
    [FRAME_TOO_LARGE] = "large", [FRAME_BAD_VALUE] = "value"
};

static size_t load(const char *name, const char *suffix, uint8_t *out)
{
    char path[512];

    snprintf(path, sizeof path, SOURCE_DIR "/tests/vectors/%s%s", name, suffix);
    FILE *f = fopen(path, "rb");
    size_t len = f != NULL ? fread(out, 1, FILE_MOST - 1, f) : 0;
    if (f == NULL) {
        TEST_FAIL("%s cannot be read", path);
        return 0;
    }
    fclose(f);
    out[len] = '\0';
    return len;
}

/* ---- what a message says, in the words of the .txt ------------------------------- */

static void add_hex(FILE *out, const char *what, struct cmpgate_bytes bytes)
{
    fprintf(out, "%s ", what);
    for (size_t i = 0; i < bytes.len; i++) {
        fprintf(out, "%02x", bytes.ptr[i]);
    }
    fprintf(out, "\n");
}

static void add_body(FILE *out, struct cmpgate_bytes body)
{
    static const char *const messages[] = { "ir_ossl-mac.der", "ip_ossl-mac.der" };
    static uint8_t file[FILE_MOST];

    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        size_t len = load(messages[i], "", file);
        if (len == body.len && memcmp(file, body.ptr, len) == 0) {
            fprintf(out, "body %s\n", messages[i]);
            return;
        }
    }
    add_hex(out, "body", body);
}

static void add_frame(FILE *out, const struct frame *f, bool odd_flags)
{
    fprintf(out, "%s\nframing %s\n", frame_name(f->framing, f->type), f->framing == FRAMING_V10 ? "10" : "2510");
    fputs(f->close ? "close\n" : "", out);
    fputs(odd_flags ? "flags\n" : "", out);
    if (f->type == FRAME_POLL_REQ || f->type == FRAME_POLL_REP || f->type == FRAME_PARTIAL) {
        fprintf(out, "reference %08x\n", f->reference);
    }
    if (f->type == FRAME_POLL_REP || f->type == FRAME_PARTIAL) {
        fprintf(out, "check-back %u\n", f->check_back);
    }
    if (f->type == FRAME_ERROR && f->framing == FRAMING_V10) {
        fprintf(out, "error %04x\n", f->error);
    }
    if (f->body.len > 0) {
        add_body(out, f->body);
    }
    if (f->extra.len > 0) {
        add_hex(out, "extra", f->extra);
    }
}

static void add_fault(FILE *out, enum framing framing, enum frame_fault fault)
{
    struct frame answer = frame_of_fault(framing, fault);
    uint8_t octets[512];

    fprintf(out, "fault %s\nframing %s\n", fault_names[fault], framing == FRAMING_V10 ? "10" : "2510");
    frame_write(&answer, octets);
    add_hex(out, "answer", (struct cmpgate_bytes){ octets, frame_size(&answer) });
}

static const char *first_line(enum frame_side from)
{
    return from == FRAME_CLIENT ? "from client\n" : "from server\n";
}

/* Through the reader, `step` octets at a time. */
static char *say(enum frame_side from, const uint8_t *octets, size_t len, size_t step)
{
    struct frame_budget budget = { .most = MOST };
    struct frame_reader r;
    struct frame f = { 0 };
    enum frame_fault fault = FRAME_FINE;
    enum reader_state state = READER_MORE;
    char *text = NULL;
    size_t size, room, used = 0;
    uint8_t *at;
    FILE *out = open_memstream(&text, &size);

    fputs(first_line(from), out);
    reader_init(&r, from, MOST, &budget);
    while (state == READER_MORE && used < len && reader_space(&r, &at, &room)) {
        size_t n = room < step ? room : step;
        n = n < len - used ? n : len - used;
        memcpy(at, octets + used, n);
        used += n;
        state = reader_took(&r, n, &f, &fault);
    }
    if (state == READER_WHOLE) {
        add_frame(out, &f, f.framing == FRAMING_V10 && octets[5] > 1);
    } else if (state == READER_FAULT) {
        add_fault(out, f.framing, fault);
    }
    reader_next(&r);
    EXPECT_EQ(budget.held, 0);
    fclose(out);
    return text;
}

/* ---- every vector ------------------------------------------------------------- */

static void each_vector(void (*check)(const char *name, enum frame_side, const uint8_t *octets, size_t len, const char *text))
{
    static uint8_t octets[FILE_MOST], text[FILE_MOST];
    struct dirent **names;
    int count = scandir(SOURCE_DIR "/tests/vectors/tcp", &names, NULL, alphasort);
    unsigned seen = 0;

    for (int i = 0; i < count; i++) {
        char *dot = strstr(names[i]->d_name, ".tcp");
        if (dot != NULL) {
            char path[300];
            *dot = '\0';
            snprintf(path, sizeof path, "tcp/%s", names[i]->d_name);
            size_t len = load(path, ".tcp", octets);
            load(path, ".txt", text);
            check(names[i]->d_name, strncmp((char *)text, "from client", 11) == 0 ? FRAME_CLIENT : FRAME_SERVER, octets,
                  len, (char *)text);
            seen++;
        }
        free(names[i]);
    }
    free(names);
    EXPECT(seen > 50);
}

static void reads_as(const char *name, enum frame_side from, const uint8_t *octets, size_t len, const char *text)
{
    static const size_t steps[] = { 1, 2, 3, 5, 7, 64, FILE_MOST };

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char *have = say(from, octets, len, steps[i]);
        if (strcmp(have, text) != 0) {
            TEST_FAIL("%s, %zu octets at a time, is\n%sexpected\n%s", name, steps[i], have, text);
        }
        free(have);
    }
}

TEST(every_vector_says_what_its_text_says_in_any_segmentation)
{
    each_vector(reads_as);
}

static void writes_as(const char *name, enum frame_side from, const uint8_t *octets, size_t len, const char *text)
{
    static uint8_t again[FILE_MOST];
    struct frame f;
    enum frame_fault fault = frame_read(&f, (struct cmpgate_bytes){ octets, len }, from, MOST);

    if (strstr(text, "\nfault ") != NULL) {
        EXPECT(fault != FRAME_FINE);
        return;
    }
    if (fault != FRAME_FINE || frame_size(&f) != len) {
        TEST_FAIL("%s: %s, %zu octets of %zu", name, frame_fault_text(fault), frame_size(&f), len);
        return;
    }
    frame_write(&f, again);
    if (strstr(text, "\nflags\n") != NULL) {
        again[5] = octets[5];           /* senders must not set these bits */
    }
    if (memcmp(again, octets, len) != 0) {
        TEST_FAIL("%s is written differently", name);
    }
}

TEST(every_good_vector_is_written_as_it_was_read)
{
    each_vector(writes_as);
}

static void looks(const char *name, enum frame_side from, const uint8_t *octets, size_t len, const char *text)
{
    (void)from;
    if (strstr(text, "\nfault ") == NULL && !frame_looks_like_one((struct cmpgate_bytes){ octets, len })) {
        TEST_FAIL("%s does not look like a TCP message", name);
    }
}

TEST(tcp_messages_and_der_are_told_apart)
{
    static uint8_t der[FILE_MOST];
    size_t len = load("ir_ossl-mac.der", "", der);

    each_vector(looks);
    EXPECT(!frame_looks_like_one((struct cmpgate_bytes){ der, len }));
    EXPECT(!frame_looks_like_one((struct cmpgate_bytes){ (const uint8_t *)"\0\0\0\2\013\0", 6 }));
    EXPECT(!frame_looks_like_one((struct cmpgate_bytes){ (const uint8_t *)"\0\0\0\3\003\0", 6 }));
    EXPECT(!frame_looks_like_one((struct cmpgate_bytes){ (const uint8_t *)"\0\0\0\0", 4 }));
}

/* ---- limits ---------------------------------------------------------------------- */

TEST(a_head_is_judged_before_anything_is_kept)
{
    static const uint8_t large[] = { 0x00, 0x10, 0x00, 0x04, 0x0a, 0x00, 0x00 };
    struct frame_budget budget = { .most = MOST };
    struct frame_reader r;
    struct frame f;
    enum frame_fault fault;
    uint8_t *at;
    size_t len;

    reader_init(&r, FRAME_CLIENT, MOST, &budget);
    EXPECT(!reader_begun(&r));
    for (size_t i = 0; i < sizeof large; i++) {
        REQUIRE(reader_space(&r, &at, &len));
        *at = large[i];
        enum reader_state state = reader_took(&r, 1, &f, &fault);
        EXPECT_EQ(state, i + 1 < sizeof large ? READER_MORE : READER_FAULT);
        EXPECT(reader_begun(&r));
    }
    EXPECT_EQ(fault, FRAME_TOO_LARGE);
    EXPECT_EQ(budget.held, 0);
    EXPECT(r.value == NULL);
}

TEST(room_grows_with_what_has_come_and_within_the_budget)
{
    static const uint8_t head[] = { 0x00, 0x0f, 0x00, 0x03, 0x0a, 0x00, 0x00 };
    struct frame_budget budget = { .most = 10000 };
    struct frame_reader r;
    struct frame f;
    enum frame_fault fault;
    uint8_t *at;
    size_t len, had = 0;

    reader_init(&r, FRAME_CLIENT, MOST, &budget);
    for (size_t i = 0; i < sizeof head; i++) {
        REQUIRE(reader_space(&r, &at, &len));
        *at = head[i];
        EXPECT_EQ(reader_took(&r, 1, &f, &fault), READER_MORE);
    }
    EXPECT_EQ(budget.held, 0);
    while (reader_space(&r, &at, &len)) {
        memset(at, 0x30, len);
        had += len;
        EXPECT(budget.held <= 2 * had);
        EXPECT_EQ(reader_took(&r, len, &f, &fault), READER_MORE);
    }
    EXPECT_EQ(had, 8192);
    budget.most = MOST;
    EXPECT(reader_space(&r, &at, &len));
    reader_next(&r);
    EXPECT_EQ(budget.held, 0);
    EXPECT(!reader_begun(&r));
}

/* ---- times ------------------------------------------------------------------------ */

TEST(times_to_check_back_are_understood_as_points_and_as_spans)
{
    const int64_t now = 1800000000;

    EXPECT_EQ(frame_wait(30, now), 30);
    EXPECT_EQ(frame_wait((uint32_t)now + 30, now), 30);
    EXPECT_EQ(frame_wait(0, now), 1);
    EXPECT_EQ(frame_wait((uint32_t)now - 100, now), 1);
    EXPECT_EQ(frame_wait(999999999, now), 86400);
    EXPECT_EQ(frame_wait(UINT32_MAX, now), 86400);
    EXPECT_EQ(frame_check_back(FRAMING_RFC2510, false, 30, now), now + 30);
    EXPECT_EQ(frame_check_back(FRAMING_V10, false, 30, now), 30);
    EXPECT_EQ(frame_check_back(FRAMING_V10, true, 30, now), now + 30);
}

TEST(errors_have_names)
{
    EXPECT_STR(frame_error_name(0x0101), "VersionNotSupported");
    EXPECT_STR(frame_error_name(0x0202), "InvalidPollID");
    EXPECT_STR(frame_error_name(0x8001), "unknown Error-Type");
}
