/* A disk that stalls, a store that cannot be written or read for a while, and races that are lost for ever: who waits
 * waits at rest, and goes on when the store does. */
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "capture.h"
#include "gateway/store/sqlite.h"

static const struct core_setting by_hand = { .backend_can = CMPGATE_IDEMPOTENT };
static const struct core_setting patient = { .backend_can = CMPGATE_IDEMPOTENT, .hold = 60 };

static void pause_milliseconds(long ms)
{
    const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    nanosleep(&pause, NULL);
}

static double seconds_of(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* By another connection, as another process would. */
static void change_store(struct fixture *f, const char *sql)
{
    if (!sqlite_do(f->store, sql)) {
        TEST_FAIL("%s: %s", sql, store_why(f->store));
    }
}

static unsigned orders_in_store(struct fixture *f)
{
    int64_t count = 0;

    EXPECT(sqlite_number(f->store, "SELECT count(*) FROM orders", &count));
    return (unsigned)count;
}

/* ---- the disk stalls ----------------------------------------------------------------------------------- */

CASE(repeats_of_a_request_that_is_not_on_disk_yet_wait_at_rest_and_open_nothing)
{
    enum { COPIES = 40 };
    struct core *c = core_start(f, &by_hand);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_stall(c);
    core_post(c, ir->der);
    core_wait_for_answers(c, CMPGATE_UNAVAILABLE, 1);   /* its hold time is over */
    double began = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < COPIES; i++) {
        core_post(c, ir->der);
    }
    pause_milliseconds(1500);
    EXPECT(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - began < 0.5);
    EXPECT_EQ(core_answers(c, CMPGATE_UNAVAILABLE), 1);
    EXPECT_EQ(core_answers(c, CMPGATE_ANSWER), 0);

    core_go_on(c);
    core_wait_for_order(c, 1);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_answers(c, CMPGATE_ANSWER, COPIES);
    EXPECT_EQ(core_answers(c, CMPGATE_UNAVAILABLE), 1);
    EXPECT_EQ(core_orders(c), 1);
    EXPECT_EQ(orders_in_store(f), 1);
    core_stop(c);
}

CASE(a_client_that_was_told_not_now_goes_on_where_it_was_when_the_disk_does)
{
    struct core *c = core_start(f, &by_hand);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_stall(c);
    EXPECT_EQ(core_send(c, ir->der).kind, CMPGATE_UNAVAILABLE);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    core_go_on(c);
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    EXPECT_EQ(core_orders(c), 1);
    core_stop(c);
}

/* ---- it cannot be written --------------------------------------------------------------------------------- */

static void limit_files(rlim_t octets)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);           /* write() then fails with EFBIG */
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = octets;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

CASE(an_outcome_that_cannot_be_written_is_kept_and_written_when_it_can)
{
    struct core *c = core_start(f, &patient);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_post(c, ir->der);
    core_wait_for_order(c, 1);
    limit_files(0);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    pause_milliseconds(300);
    EXPECT_EQ(core_phase(c, ir), PHASE_ORDERED);
    limit_files(RLIM_INFINITY);
    core_wait_for_answers(c, CMPGATE_ANSWER, 1);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    EXPECT_EQ(core_orders(c), 1);
    core_stop(c);
}

/* ---- it cannot be read ------------------------------------------------------------------------------------ */

CASE(an_outcome_that_comes_while_the_orders_cannot_be_read_is_kept)
{
    struct core *c = core_start(f, &patient);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_post(c, ir->der);
    core_wait_for_order(c, 1);
    change_store(f, "ALTER TABLE orders RENAME TO away");
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    pause_milliseconds(300);
    change_store(f, "ALTER TABLE away RENAME TO orders");
    core_wait_for_answers(c, CMPGATE_ANSWER, 1);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    core_stop(c);
}

CASE(an_outcome_that_comes_while_the_steps_cannot_be_read_is_kept)
{
    struct core *c = core_start(f, &patient);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_post(c, ir->der);
    core_wait_for_order(c, 1);
    change_store(f, "ALTER TABLE steps RENAME TO away");
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    pause_milliseconds(300);
    change_store(f, "ALTER TABLE away RENAME TO steps");
    core_wait_for_answers(c, CMPGATE_ANSWER, 1);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    core_stop(c);
}

CASE(whoever_has_waited_long_enough_hears_so_though_the_store_cannot_be_read)
{
    struct core *c = core_start(f, &by_hand);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_post(c, ir->der);
    core_wait_for_order(c, 1);
    change_store(f, "ALTER TABLE orders RENAME TO away");
    core_wait_for_answers(c, CMPGATE_UNAVAILABLE, 1);
    change_store(f, "ALTER TABLE away RENAME TO orders");
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    EXPECT_EQ(core_orders(c), 1);
    core_stop(c);
}

CASE(messages_that_cannot_be_answered_do_not_fill_the_log)
{
    enum { COPIES = 90 };
    struct core *c = core_start(f, &patient);
    struct draft *ir = draft_new(f, PKIBody_ir);
    unsigned lines = 0;

    draft_finish(ir);
    change_store(f, "ALTER TABLE steps RENAME TO away");
    capture_begin(false, CMPGATE_WARN);
    for (int i = 0; i < COPIES; i++) {
        core_post(c, ir->der);
    }
    core_wait_for_answers(c, CMPGATE_UNAVAILABLE, COPIES);
    for (const char *at = capture_end(); (at = strstr(at, "not answered: ")) != NULL; at++) {
        lines++;
    }
    EXPECT(lines > 0 && lines < COPIES);
    change_store(f, "ALTER TABLE away RENAME TO steps");
    core_stop(c);
}

/* ---- races ------------------------------------------------------------------------------------------------ */

CASE(who_loses_every_race_tries_with_pauses_and_wins_when_it_can)
{
    struct core *c = core_start(f, &patient);
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    change_store(f, "CREATE TRIGGER lost BEFORE INSERT ON steps BEGIN SELECT RAISE(IGNORE); END");
    double began = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    core_post(c, ir->der);
    pause_milliseconds(1500);
    EXPECT(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - began < 0.5);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    change_store(f, "DROP TRIGGER lost");
    core_wait_for_order(c, 1);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_answers(c, CMPGATE_ANSWER, 1);
    core_stop(c);
}
