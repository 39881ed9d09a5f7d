#include "gateway/store/commit.h"

#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "store_fixture.h"

static char why[600];

/* A writer, and what it has said so far. */
struct scene {
    struct place place;
    struct commit *commit;
    pthread_mutex_t lock;
    pthread_cond_t said;
    int count, done, lost, used_up, failed;
    int order[4096];                    /* numbers of the changes in the order of their done() */
    char reason[600];
    bool closed;                        /* the gate of hold_the_writer() */
    bool inside;
};

struct said {                           /* context of one change; in its arena */
    struct scene *scene;
    int number;
    int more;                           /* changes that done() puts after it */
};

static void scene_start(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->place = place_new();
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->said, NULL);
    s->commit = commit_start(s->place.path, why, sizeof why);
    if (s->commit == NULL) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
}

static struct scene *scene_new(void)
{
    struct scene *s = malloc(sizeof *s);

    if (s == NULL) {
        exit(1);
    }
    scene_start(s);
    return s;
}

static void scene_end(struct scene *s)
{
    commit_stop(s->commit);
    pthread_cond_destroy(&s->said);
    pthread_mutex_destroy(&s->lock);
    place_remove(&s->place);
    free(s);
}

static void put(struct scene *s, struct change *c, int number, int more);

static void on_done(void *context, enum commit_result result)
{
    struct said *said = context;
    struct scene *s = said->scene;

    pthread_mutex_lock(&s->lock);
    s->order[s->count % 4096] = said->number;
    s->count++;
    s->done += result == COMMIT_DONE;
    s->lost += result == COMMIT_LOST;
    s->used_up += result == COMMIT_USED_UP;
    s->failed += result == COMMIT_FAILED;
    if (result == COMMIT_FAILED) {
        snprintf(s->reason, sizeof s->reason, "%s", commit_why(s->commit));
    }
    pthread_cond_broadcast(&s->said);
    pthread_mutex_unlock(&s->lock);
    if (said->more > 0) {
        char name[32];
        snprintf(name, sizeof name, "more %d", said->more);
        put(s, change_step(name, 1), 1000 + said->more, said->more - 1);
    }
}

static void put(struct scene *s, struct change *c, int number, int more)
{
    struct said *said = arena_alloc(c->arena, sizeof *said);

    *said = (struct said){ s, number, more };
    commit_put(s->commit, c, on_done, said);
}

static void wait_for(struct scene *s, int count)
{
    pthread_mutex_lock(&s->lock);
    while (s->count < count) {
        pthread_cond_wait(&s->said, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}

/* The writer stands still inside a done(), so that what is put meanwhile becomes one group. */
static void wait_at_gate(void *context, enum commit_result result)
{
    struct scene *s = context;

    (void)result;
    pthread_mutex_lock(&s->lock);
    s->inside = true;
    pthread_cond_broadcast(&s->said);
    while (s->closed) {
        pthread_cond_wait(&s->said, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}

static void hold_the_writer(struct scene *s)
{
    s->closed = true;
    s->inside = false;
    commit_put(s->commit, change_new(), wait_at_gate, s);
    pthread_mutex_lock(&s->lock);
    while (!s->inside) {
        pthread_cond_wait(&s->said, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}

static void let_the_writer_go(struct scene *s)
{
    pthread_mutex_lock(&s->lock);
    s->closed = false;
    pthread_cond_broadcast(&s->said);
    pthread_mutex_unlock(&s->lock);
}

static int steps_in(const struct scene *s, const char *transactionID)
{
    struct store *reader = place_open(&s->place);
    int count = count_steps(reader, transactionID);

    store_close(reader);
    return count;
}

/* ---- one change ---------------------------------------------------------------------------------- */

TEST(a_change_that_is_done_is_there_for_readers)
{
    struct scene *s = scene_new();

    put(s, change_step("t", 1), 1, 0);
    wait_for(s, 1);
    EXPECT_EQ(s->done, 1);
    EXPECT_EQ(steps_in(s, "t"), 1);
    scene_end(s);
}

TEST(a_change_without_done_is_applied)
{
    struct scene *s = scene_new();

    commit_put(s->commit, change_step("t", 1), NULL, NULL);
    put(s, change_new(), 1, 0);
    wait_for(s, 1);
    EXPECT_EQ(steps_in(s, "t"), 1);
    scene_end(s);
}

TEST(what_was_put_is_applied_before_the_writer_stops)
{
    struct scene *s = scene_new();

    for (int i = 0; i < 500; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%d", i);
        put(s, change_step(name, 1), i, 0);
    }
    commit_stop(s->commit);
    s->commit = NULL;
    EXPECT_EQ(s->done, 500);
    EXPECT_EQ(steps_in(s, "t499"), 1);
    scene_end(s);
}

TEST(a_failure_of_its_own_has_a_reason_and_leaves_its_neighbours_alone)
{
    struct scene *s = scene_new();
    struct change *bad = change_new();
    struct revocation nothing = { .reason = 1 };

    hold_the_writer(s);
    put(s, change_step("before", 1), 1, 0);
    bad->revocation = &nothing;
    put(s, bad, 2, 0);
    put(s, change_step("after", 1), 3, 0);
    let_the_writer_go(s);
    wait_for(s, 3);
    EXPECT_EQ(s->done, 2);
    EXPECT_EQ(s->failed, 1);
    EXPECT_HAS(s->reason, "not in the inventory");
    EXPECT_EQ(steps_in(s, "before"), 1);
    EXPECT_EQ(steps_in(s, "after"), 1);
    scene_end(s);
}

/* ---- groups -------------------------------------------------------------------------------------- */

TEST(a_change_that_has_lost_does_not_touch_the_rest_of_its_group)
{
    struct scene *s = scene_new();

    put(s, change_step("taken", 1), 0, 0);
    hold_the_writer(s);
    for (int i = 1; i <= 64; i++) {
        char name[32];
        snprintf(name, sizeof name, i == 10 ? "taken" : "t%d", i);
        struct change *c = change_step(name, 1);
        c->step->number = 1;
        put(s, c, i, 0);
    }
    let_the_writer_go(s);
    wait_for(s, 65);
    EXPECT_EQ(s->done, 64);
    EXPECT_EQ(s->lost, 1);
    for (int i = 1; i <= 64; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%d", i);
        EXPECT_EQ(steps_in(s, name), i == 10 ? 0 : 1);
    }
    scene_end(s);
}

TEST(of_two_changes_in_a_group_that_want_the_same_step_the_first_has_it)
{
    struct scene *s = scene_new();
    struct change *second = change_step("t", 1);

    hold_the_writer(s);
    put(s, change_step("t", 1), 1, 0);
    change_certificate(second, 7, "CA", span_of("\1"));
    put(s, second, 2, 0);
    put(s, change_step("t", 2), 3, 0);
    let_the_writer_go(s);
    wait_for(s, 3);
    EXPECT_EQ(s->done, 2);
    EXPECT_EQ(s->lost, 1);
    EXPECT_EQ(steps_in(s, "t"), 2);
    scene_end(s);
}

TEST(a_secret_for_one_certificate_makes_one_in_a_group_of_many)
{
    struct scene *s = scene_new();
    struct change *c = change_new();

    change_secret(c, "once", 1);
    put(s, c, 0, 0);
    hold_the_writer(s);
    for (int i = 1; i <= 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%d", i);
        c = change_step(name, 1);
        c->uses_secret = span_of("once");
        put(s, c, i, 0);
    }
    let_the_writer_go(s);
    wait_for(s, 21);
    EXPECT_EQ(s->done, 2);
    EXPECT_EQ(s->used_up, 19);
    EXPECT_EQ(steps_in(s, "t1"), 1);
    EXPECT_EQ(steps_in(s, "t2"), 0);
    scene_end(s);
}

/* ---- order --------------------------------------------------------------------------------------- */

TEST(done_is_called_in_the_order_of_the_puts)
{
    struct scene *s = scene_new();

    for (int i = 0; i < 2000; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%d", i / 2);      /* every other one has lost */
        put(s, change_step(name, 1), i, 0);
    }
    wait_for(s, 2000);
    for (int i = 0; i < 2000; i++) {
        EXPECT_EQ(s->order[i], i);
    }
    EXPECT_EQ(s->done, 1000);
    EXPECT_EQ(s->lost, 1000);
    scene_end(s);
}

TEST(done_may_put_more_even_while_the_writer_stops)
{
    struct scene *s = scene_new();

    put(s, change_step("t", 1), 1, 50);
    commit_stop(s->commit);
    s->commit = NULL;
    EXPECT_EQ(s->done, 51);
    EXPECT_EQ(steps_in(s, "more 1"), 1);
    scene_end(s);
}

struct putter {
    struct scene *scene;
    int number;
};

static void *put_many(void *context)
{
    struct putter *p = context;

    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d of %d", i, p->number);
        put(p->scene, change_step(name, 1), p->number * 1000 + i, 0);
    }
    return NULL;
}

TEST(several_threads_may_put_and_each_keeps_its_order)
{
    struct scene *s = scene_new();
    struct putter putters[4];
    pthread_t threads[4];
    int last[4] = { -1, -1, -1, -1 };

    for (int i = 0; i < 4; i++) {
        putters[i] = (struct putter){ s, i };
        REQUIRE(pthread_create(&threads[i], NULL, put_many, &putters[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    wait_for(s, 800);
    EXPECT_EQ(s->done, 800);
    for (int i = 0; i < 800; i++) {
        int who = s->order[i] / 1000, number = s->order[i] % 1000;
        EXPECT_EQ(number, last[who] + 1);
        last[who] = number;
    }
    scene_end(s);
}

/* ---- the WAL --------------------------------------------------------------------------------------- */

static off_t size_of(const struct scene *s, const char *end)
{
    char path[320];
    struct stat st = { .st_size = 0 };

    snprintf(path, sizeof path, "%s%s", s->place.path, end);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static void put_large(struct scene *s, int i)
{
    static uint8_t reply[256 * 1024];
    char name[32];

    snprintf(name, sizeof name, "t%d", i);
    struct change *c = change_step(name, 1);
    c->step->reply = (struct span){ reply, sizeof reply };
    put(s, c, i, 0);
}

TEST(the_wal_stays_small_under_steady_load_and_is_gone_after_the_stop)
{
    struct scene *s = scene_new();
    off_t most = 0;
    enum { CHANGES = 800 };             /* 200 MiB; the WAL begins again after 64 */

    for (int i = 0; i < CHANGES; i++) {
        put_large(s, i);
        wait_for(s, i - 7);             /* eight on their way */
        off_t size = size_of(s, "-wal");
        most = size > most ? size : most;
    }
    wait_for(s, CHANGES);
    EXPECT_EQ(s->done, CHANGES);
    printf("the WAL grew to %jd MiB\n", (intmax_t)(most >> 20));
    EXPECT(most > 0 && most < 96 << 20);
    commit_stop(s->commit);
    s->commit = NULL;
    EXPECT_EQ(size_of(s, "-wal"), 0);
    EXPECT(size_of(s, "") > 200 << 20);
    scene_end(s);
}

TEST(a_reader_does_not_stop_the_writer)
{
    struct scene *s = scene_new();
    struct store *reader = place_open(&s->place);

    for (int i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof name, "t%d", i);
        put(s, change_step(name, 1), i, 0);
        wait_for(s, i + 1);
        EXPECT_EQ(count_steps(reader, name), 1);
    }
    store_close(reader);
    scene_end(s);
}

TEST(a_writer_that_cannot_be_started_says_why)
{
    EXPECT(commit_start("/nonexistent/store.db", why, sizeof why) == NULL);
    EXPECT_HAS(why, "/nonexistent/store.db");
}
