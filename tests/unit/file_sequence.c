/* One-way media: what goes out has records, and what comes in is taken by them. */
#include "test.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "file_fixture.h"
#include "transports/file/digest.h"

/* ---- a sender, as the other side sees it ------------------------------------------------------------------ */

struct sender {
    const struct cmpgate_endpoint *e;
    uint64_t number;
    char previous[RECORD_HEX];
};

static struct record record_of(const struct sender *s, const char *file, const char *text)
{
    struct record r = { .from = "plant", .number = s->number + 1, .size = strlen(text) };

    snprintf(r.file, sizeof r.file, "%s", file);
    EXPECT(digest_text(text, strlen(text), r.sha256));
    memcpy(r.previous, s->previous, sizeof r.previous);
    return r;
}

static void put_record(const struct cmpgate_endpoint *e, const struct record *r)
{
    char name[NAME_SIZE], path[NAME_SIZE + 8], text[RECORD_MAX];

    record_print(r, text);
    record_name(r->from, r->number, name);
    snprintf(path, sizeof path, "in/%s", name);
    put(e, path, text);
}

static void advance(struct sender *s, const struct record *r)
{
    char text[RECORD_MAX];
    size_t len = record_print(r, text);

    s->number = r->number;
    EXPECT(digest_text(text, len, s->previous));
}

/* The next number, for in/FILE; whether it arrives, and its record. */
static struct record send_next(struct sender *s, const char *file, const char *text, bool record_too, bool file_too)
{
    struct record r = record_of(s, file, text);
    char path[NAME_SIZE + 8];

    if (record_too) {
        put_record(s->e, &r);
    }
    snprintf(path, sizeof path, "in/%s", file);
    if (file_too) {
        put(s->e, path, text);
    }
    advance(s, &r);
    return r;
}

#define ARRIVES(FILE, TEXT) send_next(&sender, FILE, TEXT, true, true)
#define IS_LOST(FILE, TEXT) send_next(&sender, FILE, TEXT, false, false)

/* As START(), with records expected, so many seconds of patience for them, and a sender. */
#define EXPECTING(MODE, WAIT)                                                                    \
    START_WITH(MODE, e.options.expect = "plant"; e.options.quiet = 1; e.options.rescan = 1;           \
               e.options.sequence_wait = (WAIT))                                                \
    struct sender sender = { .e = &e, .number = 0 };                                            \
    memcpy(sender.previous, record_zeros, sizeof sender.previous)

/* A process that goes and another that comes. */
static bool restart(struct cmpgate_endpoint *e)
{
    fixture_close(e);
    e->highest = 0;
    e->delivered = e->settled = e->open = 0;
    return fixture_open(e);
}

static unsigned reports_of(const struct cmpgate_endpoint *e, const char *part)
{
    unsigned count = 0;

    for (const char *at = text_of(e, "failed/plant.report"); (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

static bool reported(const struct cmpgate_endpoint *e, const char *part)
{
    for (int i = 0; i < 4000 && reports_of(e, part) == 0; i++) {
        nap(5);
    }
    return reports_of(e, part) == 1;
}

static bool in_is_empty(const struct cmpgate_endpoint *e)
{
    for (int i = 0; i < 4000 && files_in(e, "in") != 0; i++) {
        nap(5);
    }
    return files_in(e, "in") == 0;
}

/* ---- receiving --------------------------------------------------------------------------------------------- */

TEST(requests_with_records_are_answered_and_nothing_is_left_or_reported)
{
    EXPECTING(GATE_ECHO, 600);

    ARRIVES("a.pki", "0\001a");
    ARRIVES("b.pki", "0\001b");
    EXPECT(comes(&e, "out/a.pki") && comes(&e, "out/b.pki"));
    REQUIRE(restart(&e));
    ARRIVES("c.pki", "0\001c");
    EXPECT(comes(&e, "out/c.pki"));
    EXPECT(in_is_empty(&e));
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

TEST(what_comes_in_another_order_is_delivered_in_order)
{
    struct record r[3];
    EXPECTING(GATE_ECHO, 600);

    r[0] = IS_LOST("a.pki", "0\001a");
    r[1] = IS_LOST("b.pki", "0\001b");
    r[2] = IS_LOST("c.pki", "0\001c");
    put(&e, "in/c.pki", "0\001c");
    put_record(&e, &r[2]);
    put_record(&e, &r[1]);
    put(&e, "in/a.pki", "0\001a");
    nap(1500);
    EXPECT_EQ(fixture_delivered(&e), 0);
    REQUIRE(restart(&e));
    put_record(&e, &r[0]);
    put(&e, "in/b.pki", "0\001b");
    EXPECT(fixture_wait_settled(&e, 3));
    EXPECT_STR(e.kept[0].message, "0\001a");
    EXPECT_STR(e.kept[1].message, "0\001b");
    EXPECT_STR(e.kept[2].message, "0\001c");
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

TEST(a_request_without_its_record_waits_and_is_put_away_in_the_end)
{
    EXPECTING(GATE_ECHO, 3);

    put(&e, "in/x.pki", "0\001a");
    nap(1000);
    EXPECT(is_there(&e, "in/x.pki"));
    EXPECT(reported(&e, "unrecorded x.pki"));
    EXPECT(comes(&e, "failed/x.pki"));
    EXPECT_HAS(text_of(&e, "failed/x.txt"), "without a record");
    EXPECT_EQ(fixture_delivered(&e), 0);
    END();
}

TEST(a_file_that_an_early_record_names_is_not_unrecorded)
{
    EXPECTING(GATE_ECHO, 4);
    struct record first = IS_LOST("a.pki", "0\001a");

    put(&e, "in/b.pki", "0\001b");
    nap(3000);
    send_next(&sender, "b.pki", "0\001b", true, false);
    nap(2000);
    put_record(&e, &first);
    put(&e, "in/a.pki", "0\001a");
    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

TEST(what_is_lost_is_reported_and_the_rest_goes_on)
{
    EXPECTING(GATE_ECHO, 2);

    ARRIVES("a.pki", "0\001a");
    IS_LOST("b.pki", "0\001b");
    IS_LOST("c.pki", "0\001c");
    ARRIVES("d.pki", "0\001d");
    IS_LOST("e.pki", "0\001e");
    ARRIVES("f.pki", "0\001f");
    EXPECT(comes(&e, "out/a.pki"));
    EXPECT(!is_there(&e, "out/d.pki"));
    REQUIRE(restart(&e));
    EXPECT(comes(&e, "out/d.pki") && comes(&e, "out/f.pki"));
    EXPECT(reported(&e, "lost 2-3\n") && reported(&e, "lost 5\n"));
    EXPECT(fixture_logged(&e, "lost 2-3"));
    EXPECT(in_is_empty(&e));
    END();
}

TEST(a_record_whose_file_is_lost_is_reported_and_put_away)
{
    EXPECTING(GATE_ECHO, 2);

    send_next(&sender, "a.pki", "0\001a", true, false);
    ARRIVES("b.pki", "0\001b");
    EXPECT(comes(&e, "out/b.pki"));
    EXPECT(reported(&e, "lost 1 a.pki"));
    EXPECT(comes(&e, "failed/plant-0000000001.seq"));
    END();
}

TEST(what_comes_when_it_was_given_up_is_late_and_still_taken_once)
{
    EXPECTING(GATE_ECHO, 1);
    struct record first = IS_LOST("a.pki", "0\001a");

    IS_LOST("b.pki", "0\001b");
    ARRIVES("c.pki", "0\001c");
    EXPECT(comes(&e, "out/c.pki"));
    REQUIRE(restart(&e));
    put_record(&e, &first);
    put(&e, "in/a.pki", "0\001a");
    EXPECT(comes(&e, "out/a.pki"));
    EXPECT(reported(&e, "late 1 a.pki"));
    put_record(&e, &first);
    put(&e, "in/a.pki", "0\001a");
    EXPECT(reported(&e, "again 1 a.pki"));
    EXPECT(in_is_empty(&e));
    EXPECT_EQ(fixture_delivered(&e), 1);
    END();
}

TEST(what_comes_again_is_reported_and_not_delivered_twice)
{
    EXPECTING(GATE_ECHO, 600);
    struct record first = ARRIVES("a.pki", "0\001a");

    EXPECT(comes(&e, "out/a.pki"));
    EXPECT(in_is_empty(&e));
    REQUIRE(restart(&e));
    put(&e, "in/a.pki", "0\001a");
    put_record(&e, &first);
    EXPECT(reported(&e, "again 1 a.pki"));
    EXPECT(in_is_empty(&e));
    EXPECT_EQ(fixture_delivered(&e), 0);
    EXPECT_EQ(files_in(&e, "out"), 1);
    END();
}

TEST(a_number_that_comes_again_for_something_else_goes_to_failed)
{
    EXPECTING(GATE_ECHO, 600);
    struct sender fork = sender;

    ARRIVES("a.pki", "0\001a");
    EXPECT(comes(&e, "out/a.pki"));
    send_next(&fork, "b.pki", "0\001b", false, true);
    fork = (struct sender){ .e = &e };
    memcpy(fork.previous, record_zeros, sizeof fork.previous);
    send_next(&fork, "b.pki", "0\001b", true, false);
    EXPECT(reported(&e, "other 1 b.pki"));
    EXPECT(comes(&e, "failed/b.pki") && comes(&e, "failed/plant-0000000001.seq"));
    EXPECT_EQ(fixture_delivered(&e), 1);
    END();
}

TEST(a_record_that_follows_another_one_goes_to_failed_and_so_does_its_copy)
{
    EXPECTING(GATE_ECHO, 600);

    ARRIVES("a.pki", "0\001a");
    sender.previous[0] = sender.previous[0] == '0' ? '1' : '0';
    put(&e, "in/b.pki", "0\001b");
    struct record broken = send_next(&sender, "b.pki", "0\001b", true, false);
    EXPECT(reported(&e, "broken 2 b.pki"));
    EXPECT(comes(&e, "failed/b.pki") && comes(&e, "failed/plant-0000000002.seq"));
    put(&e, "in/b.pki", "0\001b");
    put_record(&e, &broken);
    EXPECT(reported(&e, "again 2 b.pki"));
    ARRIVES("c.pki", "0\001c");
    EXPECT(comes(&e, "out/c.pki"));
    EXPECT_EQ(fixture_delivered(&e), 2);
    END();
}

TEST(a_file_that_is_not_what_its_record_says_goes_to_failed_and_the_right_one_is_taken_late)
{
    EXPECTING(GATE_ECHO, 600);
    struct record first = send_next(&sender, "a.pki", "0\001a", true, false);

    put(&e, "in/a.pki", "0\001A");
    EXPECT(reported(&e, "changed 1 a.pki"));
    EXPECT(comes(&e, "failed/a.pki"));
    ARRIVES("b.pki", "0\001b");
    EXPECT(comes(&e, "out/b.pki") && comes(&e, "failed/plant-0000000001.seq"));
    put(&e, "in/a.pki", "0\001a");
    put_record(&e, &first);
    EXPECT(comes(&e, "out/a.pki"));
    EXPECT_STR(text_of(&e, "out/a.pki"), "answer to 0\001a");
    END();
}

TEST(a_file_of_another_size_is_not_taken)
{
    EXPECTING(GATE_ECHO, 2);
    struct record r = record_of(&sender, "a.pki", "0\001a");

    r.size++;
    put(&e, "in/a.pki", "0\001a");
    put_record(&e, &r);
    EXPECT(reported(&e, "changed 1 a.pki"));
    EXPECT_EQ(fixture_delivered(&e), 0);
    END();
}

TEST(a_file_that_grows_is_taken_when_it_is_what_its_record_says)
{
    EXPECTING(GATE_ECHO, 600);

    send_next(&sender, "a.pki", "0\005abcde", true, false);
    put_slowly(&e, "in/a.pki", "0\005ab");
    nap(1500);
    EXPECT_EQ(fixture_delivered(&e), 0);
    put_slowly(&e, "in/a.pki", "0\005abcde");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_STR(e.kept[0].message, "0\005abcde");
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

TEST(records_that_are_none_are_put_away)
{
    EXPECTING(GATE_ECHO, 600);
    struct record far = { .from = "plant", .number = 2000000, .file = "a.pki", .size = 1 };

    memcpy(far.sha256, record_zeros, sizeof far.sha256);
    memcpy(far.previous, record_zeros, sizeof far.previous);
    put_record(&e, &far);
    put(&e, "in/plant-0000000001.seq", "Dear gateway");
    EXPECT(symlink("/etc/passwd", path_of(&e, "in/plant-0000000003.seq")) == 0);
    put(&e, "in/other-0000000001.seq", "another's");
    EXPECT(reported(&e, "far 2000000") && reported(&e, "unreadable 1:") && reported(&e, "unreadable 3:"));
    ARRIVES("a.pki", "0\001a");
    EXPECT(comes(&e, "out/a.pki"));
    EXPECT(is_there(&e, "in/other-0000000001.seq"));
    EXPECT_EQ(files_in(&e, "in"), 1);
    END();
}

TEST(when_there_is_no_room_the_order_stays)
{
    EXPECTING(GATE_FULL, 600);

    ARRIVES("a.pki", "0\001a");
    ARRIVES("b.pki", "0\001b");
    EXPECT(comes(&e, "work/gateway/a.pki"));
    nap(100);
    EXPECT(is_there(&e, "in/b.pki"));
    fixture_make_room(&e, GATE_ECHO);
    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_STR(e.kept[0].message, "0\001a");
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

/* ---- after a kill ----------------------------------------------------------------------------------------------- */

TEST(a_kill_after_the_claim_brings_it_once_and_no_report)
{
    EXPECTING(GATE_ECHO, 2);

    fixture_close(&e);
    send_next(&sender, "a.pki", "0\001a", true, false);
    put_slowly(&e, "work/gateway/a.pki", "0\001a");
    REQUIRE(restart(&e));
    EXPECT(comes(&e, "out/a.pki"));
    ARRIVES("b.pki", "0\001b");
    EXPECT(comes(&e, "out/b.pki"));
    nap(2500);
    EXPECT_EQ(files_in(&e, "failed") + files_in(&e, "in"), 0);
    EXPECT_EQ(fixture_delivered(&e), 2);
    END();
}

TEST(a_kill_before_the_record_is_removed_is_no_second_copy)
{
    EXPECTING(GATE_ECHO, 1);
    struct record first = ARRIVES("a.pki", "0\001a");

    EXPECT(comes(&e, "out/a.pki"));
    fixture_close(&e);
    put_record(&e, &first);
    REQUIRE(restart(&e));
    EXPECT(in_is_empty(&e));
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

TEST(what_has_come_and_cannot_be_read_stops_the_taking)
{
    EXPECTING(GATE_ECHO, 600);

    fixture_close(&e);
    put_slowly(&e, "work/gateway/plant.received", "cmpgate-received 1\nnext 5\nlast unknown\nrubbish\n");
    REQUIRE(restart(&e));
    ARRIVES("a.pki", "0\001a");
    nap(300);
    EXPECT(is_there(&e, "in/a.pki"));
    EXPECT(fixture_logged(&e, "what has come so far cannot be read"));
    unlink(path_of(&e, "work/gateway/plant.received"));
    EXPECT(comes(&e, "out/a.pki"));
    END();
}

/* ---- what goes out ------------------------------------------------------------------------------------------------- */

static bool read_out(const struct cmpgate_endpoint *e, const char *dir, unsigned number, struct record *r)
{
    char name[NAME_SIZE], path[NAME_SIZE + 8];

    record_name("gate", number, name);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    const char *text = text_of(e, path);
    return record_parse(r, text, strlen(text));
}

/* Record and file fit, and the chain holds. */
static void check_out(const struct cmpgate_endpoint *e, const char *dir, unsigned number, char previous[RECORD_HEX])
{
    char path[NAME_SIZE + 8], hash[RECORD_HEX], text[RECORD_MAX];
    struct record r;

    REQUIRE(read_out(e, dir, number, &r));
    EXPECT_STR(r.previous, previous);
    snprintf(path, sizeof path, "%s/%s", dir, r.file);
    const char *content = text_of(e, path);
    EXPECT_EQ(r.size, strlen(content));
    EXPECT(digest_text(content, strlen(content), hash));
    EXPECT_STR(r.sha256, hash);
    EXPECT(digest_text(text, record_print(&r, text), previous));
}

TEST(answers_have_records_that_follow_one_another_through_restarts)
{
    char previous[RECORD_HEX];
    START_WITH(GATE_ECHO, e.options.sequence = "gate");

    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    put(&e, "in/x.pki", "0\001b");
    EXPECT(comes(&e, "out/x-2.pki"));
    EXPECT(fixture_wait_settled(&e, 2));
    REQUIRE(restart(&e));
    put(&e, "in/odd \n.pki", "0\001c");
    EXPECT(comes(&e, "out/odd__.pki"));
    memcpy(previous, record_zeros, sizeof previous);
    check_out(&e, "out", 1, previous);
    check_out(&e, "out", 2, previous);
    check_out(&e, "out", 3, previous);
    EXPECT_EQ(files_in(&e, "out"), 6);
    END();
}

enum { LANES = 4, MANY = 60 };

struct lane {
    struct cmpgate_endpoint *e;
    unsigned first;
};

static void *reply_to_some(void *context)
{
    struct lane *lane = context;

    for (unsigned n = lane->first; n < MANY; n += LANES) {
        fixture_reply(lane->e, fixture_ticket(lane->e, n), CMPGATE_ANSWER, "answer");
    }
    return NULL;
}

TEST(many_answers_at_once_have_each_its_number)
{
    char name[64], previous[RECORD_HEX];
    struct lane lanes[LANES];
    pthread_t threads[LANES];
    START_WITH(GATE_HOLD, e.options.sequence = "gate");

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "in/%u.pki", i);
        put(&e, name, "0\001a");
    }
    EXPECT(fixture_wait_delivered(&e, MANY));
    for (unsigned i = 0; i < LANES; i++) {
        lanes[i] = (struct lane){ &e, i };
        EXPECT(pthread_create(&threads[i], NULL, reply_to_some, &lanes[i]) == 0);
    }
    for (unsigned i = 0; i < LANES; i++) {
        pthread_join(threads[i], NULL);
    }
    memcpy(previous, record_zeros, sizeof previous);
    for (unsigned i = 1; i <= MANY; i++) {
        check_out(&e, "out", i, previous);
    }
    EXPECT_EQ(files_in(&e, "out"), 2 * MANY);
    END();
}

/* The state names answer/x.pki by its inode and time. */
static void write_sent(const struct cmpgate_endpoint *e, const struct record *r)
{
    char record[RECORD_MAX], text[2 * RECORD_MAX];
    struct stat st;

    EXPECT(stat(path_of(e, "work/gateway/answer/x.pki"), &st) == 0);
    record_print(r, record);
    snprintf(text, sizeof text, "stamp %llu %lld %ld\nwork 5 x.pki\n%s", (unsigned long long)st.st_ino,
             (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, record);
    put_slowly(e, "work/gateway/gate.sent", text);
}

TEST(an_answer_that_had_its_number_when_killed_keeps_it)
{
    char previous[RECORD_HEX];
    struct record r = { .from = "gate", .number = 7, .file = "x-9.pki", .size = 5 };
    START_WITH(GATE_ECHO, e.options.sequence = "gate");

    fixture_close(&e);
    put_slowly(&e, "work/gateway/handing/x.pki", "0\001a");
    put_slowly(&e, "work/gateway/answer/x.pki", "reply");
    EXPECT(digest_text("reply", 5, r.sha256));
    memcpy(r.previous, record_zeros, sizeof r.previous);
    write_sent(&e, &r);
    REQUIRE(restart(&e));
    EXPECT(comes(&e, "out/x-9.pki"));
    EXPECT(fixture_wait_settled(&e, 1));
    memcpy(previous, record_zeros, sizeof previous);
    check_out(&e, "out", 7, previous);
    EXPECT_EQ(files_in(&e, "out"), 2);
    put(&e, "in/y.pki", "0\001b");
    EXPECT(comes(&e, "out/y.pki"));
    check_out(&e, "out", 8, previous);
    END();
}

TEST(a_later_answer_of_a_name_has_a_number_of_its_own)
{
    char previous[RECORD_HEX];
    START_WITH(GATE_ECHO, e.options.sequence = "gate");

    for (unsigned i = 1; i <= 3; i++) {
        put(&e, "in/x.pki", "0\001a");
        EXPECT(comes(&e, "out/x.pki"));
        EXPECT(fixture_wait_settled(&e, i));
        memcpy(previous, i == 1 ? record_zeros : previous, sizeof previous);
        check_out(&e, "out", i, previous);
        unlink(path_of(&e, "out/x.pki"));
    }
    END();
}

TEST(requests_that_are_sent_have_records_and_are_not_withdrawn)
{
    struct cmpgate_endpoint sender;
    char url[128], previous[RECORD_HEX];
    START(GATE_ECHO);

    fixture_stop(&e);
    fixture_init_beside(&sender, &e, GATE_ECHO);
    snprintf(url, sizeof url, "file:%s", e.directory);
    sender.options.directory = NULL;
    sender.options.url = url;
    sender.options.sequence = "gate";
    REQUIRE(fixture_open(&sender));
    memcpy(previous, record_zeros, sizeof previous);
    for (unsigned i = 1; i <= 2; i++) {
        sender.module->send(sender.self, 1000000, (struct cmpgate_bytes){ (const uint8_t *)"0\001a", 3 }, time(NULL) + 1);
        EXPECT_HAS(sender.why, "no answer in time; it will be out/");
        check_out(&e, "in", i, previous);
    }
    EXPECT_EQ(files_in(&e, "in"), 4);
    fixture_close(&sender);
    END();
}

TEST(names_of_senders_that_are_no_names_are_refused)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    e.options.expect = "../plant";
    EXPECT(!fixture_open(&e));
    EXPECT_HAS(e.log, "expect \"../plant\"");
    e.options.expect = NULL;
    e.options.sequence = "";
    EXPECT(!fixture_open(&e));
    EXPECT_HAS(e.log, "sequence \"\"");
    fixture_close(&e);
    fixture_remove(&e);
}
