#include "test.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "file_fixture.h"

/* ---- taking and answering ----------------------------------------------------------------------------- */

TEST(a_request_is_delivered_as_it_is_and_answered_under_its_name)
{
    START(GATE_ECHO);

    put(&e, "in/pump-7.pki", "0\003abc");
    EXPECT(comes(&e, "out/pump-7.pki"));
    EXPECT_STR(text_of(&e, "out/pump-7.pki"), "answer to 0\003abc");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(e.how, CMPGATE_HANDED_OVER);
    EXPECT_HAS(e.kept[0].peer, "in/pump-7.pki root");
    EXPECT_EQ(files_in(&e, "in") + files_in(&e, "work/gateway") + files_in(&e, "work/gateway/handing")
              + files_in(&e, "work/gateway/answer") + files_in(&e, "failed"), 0);
    END();
}

TEST(the_extension_may_be_in_any_case_of_letters_and_is_written_small)
{
    START(GATE_ECHO);

    put(&e, "in/a.PKI", "0\001a");
    put(&e, "in/b.pKi", "0\001b");
    EXPECT(comes(&e, "out/a.pki") && comes(&e, "out/b.pki"));
    END();
}

TEST(what_has_another_name_is_left_alone)
{
    START(GATE_ECHO);

    put(&e, "in/.x.pki", "0\001a");
    put(&e, "in/x.pki.part", "0\001a");
    put(&e, "in/x.tmp", "0\001a");
    mkdir(path_of(&e, "in/directory.pki"), 0755);
    put(&e, "in/last.pki", "0\001a");
    EXPECT(comes(&e, "out/last.pki"));
    EXPECT_EQ(files_in(&e, "in"), 2);
    EXPECT(is_there(&e, "in/.x.pki") && is_there(&e, "in/directory.pki"));
    EXPECT_EQ(fixture_delivered(&e), 1);
    END();
}

TEST(an_answer_that_waits_is_never_replaced)
{
    START(GATE_ECHO);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    put(&e, "in/x.pki", "0\001b");
    EXPECT(comes(&e, "out/x-2.pki"));
    put(&e, "in/x.PKI", "0\001c");
    EXPECT(comes(&e, "out/x-3.pki"));
    EXPECT_STR(text_of(&e, "out/x.pki"), "answer to 0\001a");
    EXPECT_STR(text_of(&e, "out/x-2.pki"), "answer to 0\001b");
    EXPECT_STR(text_of(&e, "out/x-3.pki"), "answer to 0\001c");
    END();
}

TEST(a_name_under_which_hundreds_of_answers_wait_still_gets_its_own)
{
    char name[64];
    START(GATE_ECHO);

    for (unsigned i = 1; i <= 150; i++) {
        snprintf(name, sizeof name, i == 1 ? "out/x.pki" : "out/x-%u.pki", i);
        put(&e, name, "waits");
    }
    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(files_in(&e, "out"), 151);
    END();
}

TEST(a_second_request_of_a_name_waits_for_the_first)
{
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    put(&e, "in/x.pki", "0\001b");
    put(&e, "in/y.pki", "0\001c");
    EXPECT(fixture_wait_delivered(&e, 2));
    EXPECT_STR(e.kept[1].message, "0\001c");
    EXPECT(is_there(&e, "in/x.pki"));
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_ANSWER, "one");
    EXPECT(fixture_wait_delivered(&e, 3));
    fixture_reply(&e, fixture_ticket(&e, 2), CMPGATE_ANSWER, "two");
    EXPECT_STR(text_of(&e, "out/x.pki"), "one");
    EXPECT_STR(text_of(&e, "out/x-2.pki"), "two");
    fixture_reply(&e, fixture_ticket(&e, 1), CMPGATE_ANSWER, "three");
    END();
}

TEST(answers_have_the_permissions_that_were_asked_for)
{
    struct stat st;
    START_WITH(GATE_ECHO, e.options.mode = "0640");

    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT(stat(path_of(&e, "out/x.pki"), &st) == 0);
    EXPECT_EQ(st.st_mode & 0777, 0640);
    END();
}

TEST(answers_have_the_group_that_out_passes_on)
{
    struct cmpgate_endpoint e;
    struct stat st;

    fixture_init(&e, GATE_ECHO);
    EXPECT(mkdir(path_of(&e, "out"), 0755) == 0 && chown(path_of(&e, "out"), 0, 4711) == 0 &&
           chmod(path_of(&e, "out"), 02770) == 0);
    REQUIRE(fixture_open(&e));
    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT(stat(path_of(&e, "out/x.pki"), &st) == 0);
    EXPECT_EQ(st.st_gid, 4711);
    END();
}

/* ---- replies that are no answer ---------------------------------------------------------------------------- */

TEST(what_cannot_be_read_goes_to_failed_with_the_reason_beside_it)
{
    START_WITH(GATE_ECHO, e.kind = CMPGATE_UNREADABLE);

    put(&e, "in/x.pki", "rubbish");
    EXPECT(fixture_wait_settled(&e, 1));
    put(&e, "in/x.pki", "more of it");
    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_STR(text_of(&e, "failed/x.pki"), "rubbish");
    EXPECT_STR(text_of(&e, "failed/x.txt"), "answer to rubbish\n");
    EXPECT_STR(text_of(&e, "failed/x-2.pki"), "more of it");
    EXPECT_STR(text_of(&e, "failed/x-2.txt"), "answer to more of it\n");
    EXPECT_EQ(files_in(&e, "failed"), 4);
    EXPECT_EQ(files_in(&e, "work/gateway"), 0);
    END();
}

TEST(what_needs_no_answer_is_removed)
{
    START_WITH(GATE_ECHO, e.kind = CMPGATE_NOTHING);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(e.how, CMPGATE_HANDED_OVER);
    EXPECT(goes(&e, "work/gateway/x.pki"));
    EXPECT_EQ(files_in(&e, "out") + files_in(&e, "failed"), 0);
    END();
}

TEST(when_the_gateway_is_not_able_to_answer_the_request_stays_and_is_tried_again)
{
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_UNAVAILABLE, "the store cannot be written");
    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(e.how, CMPGATE_AGAIN);
    EXPECT(is_there(&e, "work/gateway/x.pki"));
    EXPECT(fixture_wait_delivered(&e, 2));
    fixture_reply(&e, fixture_ticket(&e, 1), CMPGATE_ANSWER, "at last");
    EXPECT_STR(text_of(&e, "out/x.pki"), "at last");
    END();
}

/* ---- room ---------------------------------------------------------------------------------------------------- */

TEST(what_the_gateway_has_no_room_for_stays_where_it_is)
{
    char name[64];
    START_WITH(GATE_FULL, e.options.rescan = 3600);

    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "in/%u.pki", i);
        put(&e, name, "0\001a");
    }
    EXPECT(comes(&e, "work/gateway/0.pki"));
    nap(50);
    EXPECT(files_in(&e, "in") >= 99);
    EXPECT_EQ(fixture_delivered(&e), 0);
    fixture_make_room(&e, GATE_ECHO);
    EXPECT(fixture_wait_settled(&e, 100));
    EXPECT_EQ(files_in(&e, "out"), 100);
    EXPECT_EQ(fixture_delivered(&e), 100);
    END();
}

TEST(with_room_for_a_few_at_a_time_all_are_answered)
{
    char name[64];
    START_WITH(GATE_ECHO, e.options.rescan = 3600; atomic_store(&e.room_for, 3));

    for (unsigned i = 0; i < 150; i++) {
        snprintf(name, sizeof name, "in/%u.pki", i);
        put(&e, name, "0\001a");
    }
    EXPECT(fixture_wait_settled(&e, 150));
    EXPECT_EQ(files_in(&e, "out"), 150);
    EXPECT_EQ(fixture_delivered(&e), 150);
    END();
}

/* Two events each, and the kernel keeps 16384. */
TEST(when_the_kernel_has_lost_count_of_the_files_all_are_found)
{
    enum { MANY = 9000 };
    char name[64];
    START_WITH(GATE_FULL, e.options.rescan = 3600; e.kind = CMPGATE_NOTHING);

    put(&e, "in/first.pki", "0\001a");
    EXPECT(comes(&e, "work/gateway/first.pki"));
    for (unsigned i = 1; i < MANY; i++) {
        snprintf(name, sizeof name, "in/%u.pki", i);
        int fd = open(path_of(&e, name), O_CREAT | O_WRONLY, 0644);
        EXPECT(write(fd, "0\001a", 3) == 3);
        close(fd);
    }
    fixture_make_room(&e, GATE_ECHO);
    EXPECT(fixture_wait_settled(&e, MANY));
    EXPECT_EQ(files_in(&e, "in"), 0);
    END();
}

/* All that one user may have: then the module gets none. */
static void use_up_inotify(int fds[1024], size_t *count)
{
    for (*count = 0; *count < 1024 && (fds[*count] = inotify_init1(IN_CLOEXEC)) >= 0; ++*count) {
    }
}

TEST(without_inotify_files_are_found_by_the_rescan)
{
    struct cmpgate_endpoint e;
    int fds[1024];
    size_t count;

    fixture_init(&e, GATE_ECHO);
    e.options.rescan = 1;
    use_up_inotify(fds, &count);
    REQUIRE(fixture_open(&e));
    while (count > 0) {
        close(fds[--count]);
    }
    EXPECT(fixture_logged(&e, "no inotify"));
    nap(200);
    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    END();
}

/* ---- order --------------------------------------------------------------------------------------------------- */

TEST(what_waits_is_delivered_in_order_of_arrival)
{
    char name[64], text[8];
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_FULL);
    mkdir(path_of(&e, "in"), 0755);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "in/%u.pki", (i * 37) % 100);
        snprintf(text, sizeof text, "%u", i);
        put(&e, name, text);
        nap(5);         /* longer than a tick of the file system's clock */
    }
    atomic_store(&e.mode, GATE_ECHO);
    REQUIRE(fixture_open(&e));
    EXPECT(fixture_wait_settled(&e, 100));
    for (unsigned i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "%u", i);
        EXPECT_STR(e.kept[i].message, text);
    }
    END();
}

/* ---- is it whole? ---------------------------------------------------------------------------------------------- */

TEST(a_file_that_its_writer_has_closed_is_taken_at_once_when_it_is_complete)
{
    START_WITH(GATE_ECHO, e.options.whole = "quiet"; e.options.quiet = 3600);

    put_slowly(&e, "in/x.pki", "0\003abc");
    EXPECT(comes(&e, "out/x.pki"));
    END();
}

TEST(a_file_that_nobody_was_seen_to_close_is_taken_when_it_has_been_quiet)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    e.options.whole = "quiet";
    e.options.quiet = 1;
    mkdir(path_of(&e, "in"), 0755);
    put_slowly(&e, "in/x.pki", "0\003abc");
    REQUIRE(fixture_open(&e));
    EXPECT(comes(&e, "out/x.pki"));
    END();
}

TEST(a_file_that_stays_incomplete_is_refused_in_the_end)
{
    START_WITH(GATE_ECHO, e.options.whole = "quiet"; e.options.quiet = 0; e.options.patience = 1);

    put_slowly(&e, "in/x.pki", "0\003ab");
    EXPECT(comes(&e, "failed/x.pki"));
    EXPECT_HAS(text_of(&e, "failed/x.txt"), "ends after 4 octets");
    EXPECT_EQ(fixture_delivered(&e), 0);
    END();
}

TEST(an_empty_file_is_incomplete)
{
    START_WITH(GATE_ECHO, e.options.whole = "quiet"; e.options.quiet = 0; e.options.patience = 1);

    put_slowly(&e, "in/x.pki", "");
    EXPECT(comes(&e, "failed/x.pki"));
    EXPECT_EQ(fixture_delivered(&e), 0);
    END();
}

TEST(with_markers_a_file_waits_for_its_own)
{
    START_WITH(GATE_ECHO, e.options.whole = "marker"; e.options.rescan = 1);

    put_slowly(&e, "in/old.pki.done", "");
    nap(20);
    put_slowly(&e, "in/old.pki", "0\003abc");
    put_slowly(&e, "in/x.pki", "0\003a");
    nap(1300);
    EXPECT_EQ(fixture_delivered(&e), 0);
    put_slowly(&e, "in/x.pki", "0\003abc");
    put_slowly(&e, "in/x.pki.done", "");
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT(goes(&e, "in/x.pki.done"));
    EXPECT(is_there(&e, "in/old.pki"));
    put_slowly(&e, "in/old.pki.done", "");
    EXPECT(comes(&e, "out/old.pki"));
    END();
}

TEST(a_file_that_is_renamed_by_link_and_unlink_is_taken)
{
    START_WITH(GATE_ECHO, e.options.whole = "quiet"; e.options.rescan = 1);

    put_slowly(&e, "in/.upload", "0\003abc");
    EXPECT(linked(&e, "in/.upload", "in/x.pki"));
    nap(300);
    EXPECT_EQ(fixture_delivered(&e), 0);
    unlink(path_of(&e, "in/.upload"));
    EXPECT(comes(&e, "out/x.pki"));
    END();
}

/* ---- after a kill ------------------------------------------------------------------------------------------------- */

/* The drop as a kill leaves it, and a gateway that starts on it. */
#define AFTER_KILL(...)                                                 \
    struct cmpgate_endpoint e;                                          \
    fixture_init(&e, GATE_ECHO);                                        \
    REQUIRE(fixture_open(&e));                                          \
    fixture_close(&e);                                                  \
    __VA_ARGS__;                                                        \
    e.delivered = e.settled = 0;                                        \
    e.highest = 0;                                                      \
    REQUIRE(fixture_open(&e))

TEST(what_is_in_work_after_a_start_is_delivered_again)
{
    AFTER_KILL(put_slowly(&e, "work/gateway/x.pki", "0\001a");
               put_slowly(&e, "work/gateway/answer/.writing-1-1", "half an ans");
               put_slowly(&e, "work/gateway/answer/y.pki", "answer to 0\001b");
               put_slowly(&e, "work/gateway/y.pki", "0\001b"));

    EXPECT(fixture_wait_settled(&e, 2));
    EXPECT_STR(text_of(&e, "out/x.pki"), "answer to 0\001a");
    EXPECT_STR(text_of(&e, "out/y.pki"), "answer to 0\001b");
    EXPECT_EQ(files_in(&e, "work/gateway") + files_in(&e, "work/gateway/answer"), 0);
    EXPECT(!is_there(&e, "work/gateway/answer/.writing-1-1"));
    END();
}

TEST(an_answer_that_was_being_handed_over_is_handed_over_as_it_was)
{
    AFTER_KILL(put_slowly(&e, "work/gateway/handing/x.pki", "0\001a");
               put_slowly(&e, "work/gateway/answer/x.pki", "the answer"));

    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(e.how, CMPGATE_HANDED_OVER);
    EXPECT_STR(text_of(&e, "out/x.pki"), "the answer");
    EXPECT_EQ(files_in(&e, "out"), 1);
    EXPECT_EQ(files_in(&e, "work/gateway/handing") + files_in(&e, "work/gateway/answer"), 0);
    END();
}

TEST(an_answer_that_was_handed_over_is_not_handed_over_twice)
{
    AFTER_KILL(put_slowly(&e, "work/gateway/handing/x.pki", "0\001a"));

    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_EQ(e.how, CMPGATE_HANDED_OVER);
    EXPECT_EQ(files_in(&e, "out"), 0);
    EXPECT_EQ(files_in(&e, "work/gateway/handing"), 0);
    END();
}

TEST(an_answer_on_its_way_is_handed_over_even_if_the_gateway_now_says_something_else)
{
    AFTER_KILL(put_slowly(&e, "work/gateway/handing/x.pki", "0\001a");
               put_slowly(&e, "work/gateway/answer/x.pki", "the answer"); e.kind = CMPGATE_UNREADABLE);

    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_STR(text_of(&e, "out/x.pki"), "the answer");
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

TEST(a_reason_without_its_file_in_failed_is_used)
{
    AFTER_KILL(put_slowly(&e, "failed/x.txt", "answer to rubbish\n"); put_slowly(&e, "work/gateway/x.pki", "rubbish");
               e.kind = CMPGATE_UNREADABLE);

    EXPECT(fixture_wait_settled(&e, 1));
    EXPECT_STR(text_of(&e, "failed/x.pki"), "rubbish");
    EXPECT_EQ(files_in(&e, "failed"), 2);
    END();
}

/* ---- several gateways ------------------------------------------------------------------------------------------------ */

TEST(two_gateways_on_one_drop_take_each_file_once)
{
    struct cmpgate_endpoint other;
    char name[64];
    START(GATE_ECHO);

    fixture_init_beside(&other, &e, GATE_ECHO);
    other.options.instance = "second";
    REQUIRE(fixture_open(&other));
    for (unsigned i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "in/%u.pki", i);
        put(&e, name, "0\001a");
    }
    for (unsigned i = 0; i < 8000 && fixture_settled(&e) + fixture_settled(&other) < 200; i++) {
        nap(5);
    }
    EXPECT_EQ(fixture_settled(&e) + fixture_settled(&other), 200);
    EXPECT_EQ(fixture_delivered(&e) + fixture_delivered(&other), 200);
    EXPECT(fixture_delivered(&other) > 0 && fixture_delivered(&e) > 0);
    EXPECT_EQ(files_in(&e, "out"), 200);
    fixture_close(&other);
    END();
}

TEST(what_another_gateway_has_taken_is_left_to_it)
{
    struct cmpgate_endpoint other;
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    fixture_init_beside(&other, &e, GATE_ECHO);
    other.options.instance = "second";
    REQUIRE(fixture_open(&other));
    put(&e, "in/y.pki", "0\001b");
    nap(200);
    EXPECT(fixture_delivered(&other) <= 1);
    EXPECT(is_there(&e, "work/gateway/x.pki"));
    fixture_close(&other);
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_ANSWER, "mine");
    EXPECT_STR(text_of(&e, "out/x.pki"), "mine");
    fixture_stop(&e);
    fixture_kill(&e);
    fixture_remove(&e);
}

TEST(a_gateway_of_the_same_instance_waits_until_the_first_is_gone)
{
    struct cmpgate_endpoint other;
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    fixture_init_beside(&other, &e, GATE_ECHO);
    REQUIRE(fixture_open(&other));
    nap(500);
    EXPECT_EQ(fixture_delivered(&other), 0);
    EXPECT(fixture_logged(&other, "another gateway works in work/gateway"));
    fixture_kill(&e);
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT_EQ(fixture_delivered(&other), 1);
    fixture_close(&other);
    fixture_remove(&e);
}

TEST(a_stop_while_it_waits_for_the_other_ends_it)
{
    struct cmpgate_endpoint other;
    START(GATE_HOLD);

    fixture_init_beside(&other, &e, GATE_ECHO);
    REQUIRE(fixture_open(&other));
    nap(50);
    fixture_close(&other);
    END();
}

/* ---- stopping ----------------------------------------------------------------------------------------------------- */

TEST(a_gateway_that_stops_refuses_nothing)
{
    START(GATE_REFUSED);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "work/gateway/x.pki"));
    fixture_close(&e);
    EXPECT(is_there(&e, "work/gateway/x.pki"));
    EXPECT_EQ(files_in(&e, "failed"), 0);
    fixture_remove(&e);
}

TEST(what_the_gateway_refuses_for_good_goes_to_failed)
{
    START(GATE_REFUSED);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "failed/x.pki"));
    EXPECT_HAS(text_of(&e, "failed/x.txt"), "message-max");
    END();
}

TEST(after_stop_answers_are_still_handed_over_and_nothing_is_taken)
{
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    fixture_stop(&e);
    put(&e, "in/y.pki", "0\001b");
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_ANSWER, "one");
    EXPECT_STR(text_of(&e, "out/x.pki"), "one");
    EXPECT(is_there(&e, "in/y.pki"));
    END();
}

/* ---- options --------------------------------------------------------------------------------------------------------- */

static void does_not_open(struct cmpgate_endpoint *e, const char *why)
{
    EXPECT(!fixture_open(e));
    EXPECT_HAS(e->log, why);
    fixture_close(e);
    fixture_remove(e);
}

TEST(options_that_make_no_sense_are_refused)
{
    static const char *const nobody[] = { "no-such-user", NULL };
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    e.options.directory = NULL;
    does_not_open(&e, "neither directory nor url");
    fixture_init(&e, GATE_ECHO);
    e.options.directory = "/nowhere/at/all";
    does_not_open(&e, "/nowhere/at/all: No such file");
    fixture_init(&e, GATE_ECHO);
    e.options.whole = "perhaps";
    does_not_open(&e, "want quiet, renamed or marker");
    fixture_init(&e, GATE_ECHO);
    e.options.mode = "rw-r--r--";
    does_not_open(&e, "want permissions");
    fixture_init(&e, GATE_ECHO);
    e.options.instance = "../out";
    does_not_open(&e, "must be the name of a directory");
    fixture_init(&e, GATE_ECHO);
    e.options.owners = nobody;
    does_not_open(&e, "no user \"no-such-user\"");
    fixture_init(&e, GATE_ECHO);
    e.options.url = "file:relative";
    does_not_open(&e, "want file:/DIRECTORY");
}

TEST(a_directory_of_the_drop_that_is_a_symbolic_link_is_refused)
{
    struct cmpgate_endpoint e;

    fixture_init(&e, GATE_ECHO);
    EXPECT(symlink("/tmp", path_of(&e, "work")) == 0);
    does_not_open(&e, "work");
}

/* ---- sending ----------------------------------------------------------------------------------------------------------- */

/* A sender beside a server. */
static void open_sender(struct cmpgate_endpoint *sender, const struct cmpgate_endpoint *server, char url[128])
{
    fixture_init_beside(sender, server, GATE_ECHO);
    snprintf(url, 128, "file:%s", server->directory);
    sender->options.directory = NULL;
    sender->options.url = url;
}

static void send_text(struct cmpgate_endpoint *sender, const char *text, int64_t seconds)
{
    sender->module->send(sender->self, 1000000, (struct cmpgate_bytes){ (const uint8_t *)text, strlen(text) },
                         time(NULL) + seconds);
}

TEST(a_message_is_sent_and_its_answer_delivered_and_taken_away)
{
    struct cmpgate_endpoint sender;
    char url[128];
    START(GATE_ECHO);

    open_sender(&sender, &e, url);
    REQUIRE(fixture_open(&sender));
    send_text(&sender, "0\001a", 20);
    EXPECT_EQ(sender.how, CMPGATE_HANDED_OVER);
    REQUIRE(sender.answer != NULL);
    EXPECT_EQ(sender.answer_len, 13);
    EXPECT(memcmp(sender.answer, "answer to 0\001a", 13) == 0);
    EXPECT_EQ(files_in(&e, "out") + files_in(&e, "in"), 0);
    EXPECT(fixture_logged(&sender, "waiting for out/"));
    fixture_close(&sender);
    END();
}

TEST(an_answer_may_be_kept)
{
    struct cmpgate_endpoint sender;
    char url[128];
    START(GATE_ECHO);

    open_sender(&sender, &e, url);
    sender.options.keep = true;
    REQUIRE(fixture_open(&sender));
    send_text(&sender, "0\001a", 20);
    EXPECT_EQ(sender.how, CMPGATE_HANDED_OVER);
    EXPECT_EQ(files_in(&e, "out"), 1);
    fixture_close(&sender);
    END();
}

TEST(a_request_that_nobody_takes_is_withdrawn)
{
    struct cmpgate_endpoint sender;
    char url[128];
    START(GATE_ECHO);

    fixture_stop(&e);
    open_sender(&sender, &e, url);
    REQUIRE(fixture_open(&sender));
    send_text(&sender, "0\001a", 1);
    EXPECT_EQ(sender.how, CMPGATE_AGAIN);
    EXPECT_STR(sender.why, "nobody has taken the request; the request was withdrawn");
    EXPECT_EQ(files_in(&e, "in"), 0);
    fixture_close(&sender);
    END();
}

TEST(a_request_that_was_taken_and_not_answered_in_time_says_where_its_answer_will_be)
{
    struct cmpgate_endpoint sender;
    char url[128], name[300];
    START(GATE_HOLD);

    open_sender(&sender, &e, url);
    REQUIRE(fixture_open(&sender));
    send_text(&sender, "0\001a", 2);
    EXPECT_EQ(sender.how, CMPGATE_AGAIN);
    EXPECT_HAS(sender.why, "no answer in time; it will be out/");
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_ANSWER, "late");
    snprintf(name, sizeof name, "%s", strstr(sender.why, "out/"));
    EXPECT_STR(text_of(&e, name), "late");
    fixture_close(&sender);
    END();
}

TEST(without_a_url_nothing_is_sent)
{
    START(GATE_ECHO);

    send_text(&e, "0\001a", 1);
    EXPECT_EQ(e.how, CMPGATE_GONE);
    END();
}
