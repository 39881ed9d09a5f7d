/* What is known to have gone wrong where CMP was carried by files before: one test each. */
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "file_fixture.h"

/* While it holds, nothing can be written: every write fails, as on a full disk. */
static void nothing_can_be_written(bool on)
{
    static struct rlimit before;

    signal(SIGXFSZ, SIG_IGN);
    if (on) {
        getrlimit(RLIMIT_FSIZE, &before);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, before.rlim_max });
    } else {
        setrlimit(RLIMIT_FSIZE, &before);
    }
}

/* 1. The request was deleted even when handling it had failed. */
TEST(a_request_is_let_go_only_when_its_answer_is_there)
{
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    nothing_can_be_written(true);
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_ANSWER, "the answer");
    EXPECT_EQ(e.how, CMPGATE_AGAIN);
    EXPECT_HAS(e.why, "cannot be written");
    EXPECT(is_there(&e, "work/gateway/x.pki"));
    nothing_can_be_written(false);
    EXPECT(fixture_wait_delivered(&e, 2));
    fixture_reply(&e, fixture_ticket(&e, 1), CMPGATE_ANSWER, "the answer");
    EXPECT_STR(text_of(&e, "out/x.pki"), "the answer");
    EXPECT(!is_there(&e, "work/gateway/x.pki"));
    END();
}

static void append(const struct cmpgate_endpoint *e, const char *name, const char *octets, size_t len)
{
    int fd = open(path_of(e, name), O_WRONLY | O_CREAT | O_APPEND, 0644);

    EXPECT(write(fd, octets, len) == (ssize_t)len);
    close(fd);
}

/* 2. A half-copied file was read, refused and deleted. */
TEST(a_file_that_grows_slowly_is_never_taken_early)
{
    static const char message[] = "0\202\001\000" "256 octets";
    char rest[260 - sizeof message + 1];
    START_WITH(GATE_ECHO, e.options.whole = "quiet"; e.options.quiet = 0; e.options.rescan = 1);

    memset(rest, 'x', sizeof rest);
    for (size_t i = 0; i < sizeof message - 1; i++) {
        append(&e, "in/x.pki", message + i, 1);
        nap(150);       /* longer than it has to be quiet, and closed each time */
    }
    append(&e, "in/x.pki", rest, sizeof rest - 1);
    nap(1200);
    EXPECT_EQ(fixture_delivered(&e), 0);
    append(&e, "in/x.pki", rest, 1);
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT_EQ(fixture_delivered(&e), 1);
    EXPECT_EQ(files_in(&e, "failed"), 0);
    END();
}

/* Reads what is there the moment it is there; returns its length. */
static size_t length_when_it_comes(const struct cmpgate_endpoint *e, const char *name)
{
    char octets[65536];
    size_t length = 0;
    ssize_t n;
    int fd;

    while ((fd = open(path_of(e, name), O_RDONLY)) < 0) {
    }
    while ((n = read(fd, octets, sizeof octets)) > 0) {
        length += (size_t)n;
    }
    close(fd);
    return length;
}

struct held {
    struct cmpgate_endpoint *e;
    unsigned n;
    const char *text;
};

static void *reply_held(void *context)
{
    struct held *h = context;

    fixture_reply(h->e, fixture_ticket(h->e, h->n), CMPGATE_ANSWER, h->text);
    return NULL;
}

/* 3. The answer was written straight to its name, so that a reader could see half of it. */
TEST(no_reader_ever_sees_half_an_answer)
{
    enum { LONG = 900000 };
    char *text = malloc(LONG + 1), name[64];
    START(GATE_HOLD);

    memset(text, 'A', LONG);
    text[LONG] = '\0';
    for (unsigned i = 0; i < 20; i++) {
        pthread_t thread;
        struct held h = { &e, i, text };
        snprintf(name, sizeof name, "in/%u.pki", i);
        put(&e, name, "0\001a");
        EXPECT(fixture_wait_delivered(&e, i + 1));
        pthread_create(&thread, NULL, reply_held, &h);
        snprintf(name, sizeof name, "out/%u.pki", i);
        EXPECT_EQ(length_when_it_comes(&e, name), LONG);
        pthread_join(thread, NULL);
    }
    free(text);
    END();
}

/* 4. The answer was lost when it could not be written. */
TEST(an_answer_that_could_not_be_written_is_written_by_the_next_process)
{
    START(GATE_HOLD);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(fixture_wait_delivered(&e, 1));
    nothing_can_be_written(true);
    fixture_reply(&e, fixture_ticket(&e, 0), CMPGATE_ANSWER, "the answer");
    nothing_can_be_written(false);
    EXPECT_EQ(e.how, CMPGATE_AGAIN);
    fixture_kill(&e);
    struct cmpgate_endpoint next;
    fixture_init_beside(&next, &e, GATE_ECHO);
    REQUIRE(fixture_open(&next));
    EXPECT(fixture_wait_settled(&next, 1));
    EXPECT_STR(text_of(&e, "out/x.pki"), "answer to 0\001a");
    EXPECT_EQ(files_in(&e, "out"), 1);
    fixture_close(&next);
    fixture_remove(&e);
}

enum { SENDERS = 8, EACH = 12 };

struct sender {
    struct cmpgate_endpoint e;
    unsigned number, right;
    char url[128];
};

static void *send_some(void *context)
{
    struct sender *s = context;
    char text[64], want[96];

    for (unsigned i = 0; i < EACH; i++) {
        snprintf(text, sizeof text, "0\003%u.%u", s->number, i);
        snprintf(want, sizeof want, "answer to %s", text);
        s->e.module->send(s->e.self, 1000000 + i, (struct cmpgate_bytes){ (uint8_t *)text, strlen(text) }, time(NULL) + 20);
        s->right += s->e.answer_len == strlen(want) && memcmp(s->e.answer, want, s->e.answer_len) == 0;
        free(s->e.answer);
        s->e.answer = NULL;
    }
    return NULL;
}

/* 5. Requests were named after the second in which they were made. */
TEST(many_requests_in_a_second_do_not_meet)
{
    static struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    START(GATE_ECHO);

    for (unsigned i = 0; i < SENDERS; i++) {
        struct sender *s = &senders[i];
        fixture_init_beside(&s->e, &e, GATE_ECHO);
        snprintf(s->url, sizeof s->url, "file:%s", e.directory);
        s->e.options.directory = NULL;
        s->e.options.url = s->url;
        s->number = i;
        s->right = 0;
        REQUIRE(fixture_open(&s->e));
        pthread_create(&threads[i], NULL, send_some, s);
    }
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        EXPECT_EQ(senders[i].right, EACH);
        fixture_close(&senders[i].e);
    }
    EXPECT_EQ(fixture_delivered(&e), SENDERS * EACH);
    END();
}

/* 6. What the message said went into a name unchecked. */
TEST(no_name_leads_out_of_the_drop_and_none_comes_from_a_message)
{
    static const struct { const char *name, *answer; } names[] = {
        { "..x.pki", NULL },                                    /* hidden: left alone */
        { "a..pki", "out/a..pki" },
        { "..%2f..%2fetc.pki", NULL },
        { "a\nb.pki", "out/a_b.pki" },
        { "a b;rm -rf *.pki", "out/a_b_rm_-rf__.pki" },
        { "-rf.pki", "out/_rf.pki" },
        { "\xc3\xa9t\xc3\xa9.pki", "out/__t__.pki" },
        { "a\\..\\b.pki", "out/a_.._b.pki" },
    };
    char name[300];
    START(GATE_ECHO);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(name, sizeof name, "in/%s", names[i].name);
        put(&e, name, "0\025../../../../tmp/x.pki");
        EXPECT(names[i].answer != NULL ? comes(&e, names[i].answer) : is_there(&e, name));
    }
    snprintf(name, sizeof name, "in/%0251d.pki", 7);
    put(&e, name, "0\001a");
    memcpy(name, "out/", 4);
    snprintf(name, sizeof name, "out/%0251d.pki", 7);
    EXPECT(comes(&e, name));
    EXPECT_EQ(files_in(&e, "."), 0);
    END();
}

/* 7. There was no limit, no order, and no place for what could not be read; subdirectories disappeared. */
TEST(what_is_too_large_goes_to_failed_and_directories_stay)
{
    START_WITH(GATE_ECHO, e.options.max_size = 256);

    mkdir(path_of(&e, "in/sub.pki"), 0755);
    put(&e, "in/sub.pki/y.pki", "0\001a");
    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT(truncate(path_of(&e, "in/sub.pki/y.pki"), 257) == 0);
    EXPECT(moved(&e, "in/sub.pki/y.pki", "in/z.pki"));
    EXPECT(comes(&e, "failed/z.pki"));
    EXPECT_HAS(text_of(&e, "failed/z.txt"), "it has 257 octets; max-size is 256");
    EXPECT(is_there(&e, "in/sub.pki"));
    EXPECT_EQ(fixture_delivered(&e), 1);
    END();
}

static void refused(const struct cmpgate_endpoint *e, const char *name, const char *why)
{
    char path[300];

    snprintf(path, sizeof path, "failed/%s.pki", name);
    EXPECT(comes(e, path));
    snprintf(path, sizeof path, "failed/%s.txt", name);
    EXPECT_HAS(text_of(e, path), why);
}

/* 8. Symbolic links were followed. */
TEST(links_fifos_and_files_of_others_are_refused)
{
    static const char *const owners[] = { "nobody", "0", NULL };
    START_WITH(GATE_ECHO, e.options.owners = owners);

    put(&e, "secret", "0\001s");
    EXPECT(symlink("../secret", path_of(&e, "in/link.pki")) == 0);
    refused(&e, "link", "it is a symbolic link");
    EXPECT(mkfifo(path_of(&e, "in/fifo.pki"), 0644) == 0);
    refused(&e, "fifo", "it is a FIFO");
    put(&e, "in/.theirs", "0\001a");
    EXPECT(chown(path_of(&e, "in/.theirs"), 4711, 4711) == 0);
    EXPECT(moved(&e, "in/.theirs", "in/theirs.pki"));
    refused(&e, "theirs", "it belongs to user 4711");
    EXPECT_STR(text_of(&e, "secret"), "0\001s");
    EXPECT_EQ(fixture_delivered(&e), 0);
    END();
}

struct swapper {
    const struct cmpgate_endpoint *e;
    atomic_bool stop;
    unsigned files;
};

/* A file, and the moment after it a link to what is secret, under one name. */
static void *swap(void *context)
{
    struct swapper *s = context;
    char at[300], link[300], secret[300];

    snprintf(at, sizeof at, "%s/in/x.pki", s->e->directory);
    snprintf(link, sizeof link, "%s/in/.link", s->e->directory);
    snprintf(secret, sizeof secret, "%s/secret", s->e->directory);
    while (!atomic_load(&s->stop)) {
        put(s->e, "in/x.pki", "0\001a");
        s->files++;
        if (symlink(secret, link) == 0 && rename(link, at) != 0) {
            unlink(link);
        }
    }
    return NULL;
}

TEST(a_link_that_is_swapped_in_is_never_followed)
{
    static const char *const rules[] = { "quiet", "renamed" };

    for (size_t i = 0; i < 2; i++) {
        struct cmpgate_endpoint e;
        struct swapper s = { .e = &e };
        pthread_t thread;
        fixture_init(&e, GATE_ECHO);
        e.options.whole = rules[i];
        e.options.quiet = 0;
        put_slowly(&e, "secret", "0\001s");
        REQUIRE(fixture_open(&e));
        pthread_create(&thread, NULL, swap, &s);
        EXPECT(fixture_wait_delivered(&e, 50));
        atomic_store(&s.stop, true);
        pthread_join(thread, NULL);
        fixture_stop(&e);
        for (unsigned n = 0; n < fixture_delivered(&e) && n < KEPT; n++) {
            EXPECT_STR(e.kept[n].message, "0\001a");
        }
        EXPECT_STR(text_of(&e, "secret"), "0\001s");
        fixture_close(&e);
        fixture_remove(&e);
    }
}

/* 9. What was under way was lost by a restart. */
TEST(what_was_under_way_is_answered_by_the_next_process)
{
    struct cmpgate_endpoint next;
    char name[64];
    START(GATE_HOLD);

    for (unsigned i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "in/%u.pki", i);
        put(&e, name, "0\001a");
    }
    EXPECT(fixture_wait_delivered(&e, 50));
    fixture_kill(&e);
    fixture_init_beside(&next, &e, GATE_ECHO);
    REQUIRE(fixture_open(&next));
    EXPECT(fixture_wait_settled(&next, 50));
    EXPECT_EQ(files_in(&e, "out"), 50);
    fixture_close(&next);
    fixture_remove(&e);
}

/* 10. An answer that came before its request was noted was lost. */
TEST(an_answer_may_come_before_deliver_returns)
{
    START(GATE_INLINE);

    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    EXPECT_STR(text_of(&e, "out/x.pki"), "already");
    EXPECT_EQ(e.how, CMPGATE_HANDED_OVER);
    END();
}

/* 11. One huge file ended the thread that looked for files. */
TEST(a_huge_file_ends_nothing)
{
    START(GATE_ECHO);

    put_slowly(&e, "in/.huge", "0");
    EXPECT(truncate(path_of(&e, "in/.huge"), (off_t)1 << 40) == 0);
    EXPECT(moved(&e, "in/.huge", "in/huge.pki"));
    EXPECT(comes(&e, "failed/huge.pki"));
    put(&e, "in/x.pki", "0\001a");
    EXPECT(comes(&e, "out/x.pki"));
    END();
}

/* 12. Messages that had been under way for an hour were refused.  Whether the clock window is off by default follows from
 * this flag; tests/system/file sends one that is days old. */
TEST(it_says_that_it_stores_so_that_no_clock_is_asked)
{
    START(GATE_ECHO);

    EXPECT(e.module->can & CMPGATE_STORES);
    END();
}
