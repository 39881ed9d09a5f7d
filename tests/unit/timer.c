#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/timer.h"

/* A store in a directory of its own, a queue, and the timer between them. */
struct bench {
    char directory[64], path[96];
    struct store *store;
    struct queue *queue;
    struct handovers *handovers;        /* since for ever, unless a test has others */
    struct timer *timer;
};

static bool setup(struct bench *b)
{
    char why[256] = "";

    log_setup(false, CMPGATE_ERROR);
    strcpy(b->directory, "/tmp/cmpgate-test-XXXXXX");
    if (mkdtemp(b->directory) == NULL) {
        return false;
    }
    snprintf(b->path, sizeof b->path, "%s/store.db", b->directory);
    b->store = store_open(b->path, why, sizeof why);
    b->queue = queue_new(100);
    b->handovers = handovers_new(0);
    b->timer = NULL;
    EXPECT_STR(why, "");
    return b->store != NULL;
}

static bool start(struct bench *b)
{
    char why[256] = "";

    b->timer = timer_start(b->path, b->queue, b->handovers, why, sizeof why);
    EXPECT_STR(why, b->timer != NULL ? why : "");
    return b->timer != NULL;
}

static void teardown(struct bench *b)
{
    char command[128];

    timer_stop(b->timer);
    queue_free(b->queue);
    handovers_free(b->handovers);
    store_close(b->store);
    snprintf(command, sizeof command, "rm -r %s", b->directory);
    EXPECT_EQ(system(command), 0);
}

static int64_t now(void)
{
    return (int64_t)time(NULL);
}

static double monotonic(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Everything the queue has by then, counted; the last one is kept in *last when wanted. */
static unsigned events_within(struct bench *b, double seconds, struct event *last)
{
    unsigned count = 0;

    usleep((useconds_t)(seconds * 1e6));
    queue_close(b->queue);
    for (struct event *e; (e = queue_take(b->queue)) != NULL; event_free(e)) {
        count++;
        if (last != NULL) {
            *last = *e;
        }
    }
    return count;
}

/* An order that is due, committed as a worker would. */
static void commit_order(struct bench *b, uint8_t name, int64_t due)
{
    struct change *c = change_new();
    struct order *o = arena_zalloc(c->arena, sizeof *o);

    memset(o->id, name, sizeof o->id);
    o->state = ORDER_OPEN;
    o->backend = "demo";
    o->profile = "default";
    o->created = now();
    o->due = due;
    o->message = span_of("request");
    c->order = o;
    EXPECT_EQ(store_apply(b->store, c), COMMIT_DONE);
    change_free(c);
}

/* A certificate that was answered and whose confirmation is awaited. */
static void commit_step(struct bench *b, uint8_t name, uint32_t number, enum phase phase, int64_t due)
{
    struct change *c = change_new();
    struct step *s = arena_zalloc(c->arena, sizeof *s);

    *s = (struct step){ .transactionID = { .len = 16 }, .number = number, .at = now(), .endpoint = "lan",
                        .profile = "default", .phase = phase, .ending = phase == PHASE_CLOSED ? ENDING_CONFIRMED : 0,
                        .body = -1, .pvno = 2, .due = due, .credential = { .kind = CREDENTIAL_SECRET } };
    memset(s->transactionID.octets, name, 16);
    memset(s->digest, (int)number, sizeof s->digest);
    c->step = s;
    EXPECT_EQ(store_apply(b->store, c), COMMIT_DONE);
    change_free(c);
}

static const struct store_octets transaction = { .len = 4, .octets = { 0xde, 0xad, 0xbe, 0xef } };
static struct endpoint *const lan = (struct endpoint *)(uintptr_t)&transaction;  /* a name, never looked into */

/* ---- holds ------------------------------------------------------------------------------------------------ */

TEST(a_hold_becomes_an_event_when_its_time_is_over)
{
    struct bench b;

    REQUIRE(setup(&b) && start(&b));
    double from = monotonic();
    EXPECT(timer_hold(b.timer, lan, 7, &transaction, 1));
    struct event *e = queue_take(b.queue);
    double took = monotonic() - from;
    EXPECT(took >= 0.99);
    EXPECT_EQ(e->kind, EVENT_HOLD);
    EXPECT_EQ(e->ticket, 7);
    EXPECT(e->endpoint == lan);
    EXPECT_EQ(e->transactionID.len, 4);
    EXPECT_STR(e->id, "deadbeef");
    event_free(e);
    EXPECT(!timer_release(b.timer, lan, 7));
    teardown(&b);
}

TEST(an_event_that_was_put_off_comes_back_in_about_a_second)
{
    struct bench b;
    struct due due = { .order = { 1 } };

    REQUIRE(setup(&b) && start(&b));
    double from = monotonic();
    timer_later(b.timer, event_due(&due));
    due.order[0] = 2;
    timer_later(b.timer, event_due(&due));
    for (uint8_t i = 1; i <= 2; i++) {
        struct event *e = queue_take(b.queue);
        EXPECT_EQ(e->order[0], i);
        event_free(e);
    }
    double took = monotonic() - from;
    EXPECT(took >= 0.9 && took <= 1.5);
    teardown(&b);
}

TEST(an_event_that_is_put_off_when_the_timer_stops_is_freed)
{
    struct bench b;
    struct due due = { .order = { 1 } };

    REQUIRE(setup(&b) && start(&b));
    timer_later(b.timer, event_due(&due));
    EXPECT_EQ(events_within(&b, 0.1, NULL), 0);
    teardown(&b);
}

TEST(a_hold_that_was_released_is_silent)
{
    struct bench b;

    REQUIRE(setup(&b) && start(&b));
    EXPECT(timer_hold(b.timer, lan, 7, &transaction, 1));
    EXPECT(timer_release(b.timer, lan, 7));
    EXPECT(!timer_release(b.timer, lan, 7));
    EXPECT(!timer_release(b.timer, lan, 8));
    EXPECT_EQ(events_within(&b, 1.2, NULL), 0);
    teardown(&b);
}

TEST(holds_come_in_the_order_of_their_times)
{
    struct bench b;

    REQUIRE(setup(&b) && start(&b));
    EXPECT(timer_hold(b.timer, lan, 2, &transaction, 2));
    EXPECT(timer_hold(b.timer, lan, 3, &transaction, 100));
    EXPECT(timer_hold(b.timer, lan, 1, &transaction, -5));
    for (uint64_t ticket = 1; ticket <= 2; ticket++) {
        struct event *e = queue_take(b.queue);
        EXPECT_EQ(e->ticket, ticket);
        event_free(e);
    }
    teardown(&b);                       /* frees the third */
}

/* ---- what the store says ------------------------------------------------------------------------------------ */

TEST(what_was_due_before_the_start_is_said_at_once)
{
    struct bench b;
    struct event last;

    REQUIRE(setup(&b));
    commit_order(&b, 0xaa, now() - 10);
    REQUIRE(start(&b));
    EXPECT_EQ(events_within(&b, 0.3, &last), 1);
    EXPECT_EQ(last.kind, EVENT_DUE);
    EXPECT_STR(last.id, "aaaaaaaa");
    EXPECT_EQ(last.order[15], 0xaa);
    teardown(&b);
}

TEST(a_late_confirmation_is_said_with_its_transaction)
{
    struct bench b;
    struct event last;

    REQUIRE(setup(&b));
    commit_step(&b, 0xbb, 1, PHASE_ISSUED, now() - 1);
    REQUIRE(start(&b));
    EXPECT_EQ(events_within(&b, 0.3, &last), 1);
    EXPECT_EQ(last.transactionID.len, 16);
    EXPECT_EQ(last.transactionID.octets[0], 0xbb);
    teardown(&b);
}

TEST(a_confirmation_that_became_late_while_we_were_down_counts_anew)
{
    struct bench b;

    REQUIRE(setup(&b));
    commit_step(&b, 0xbb, 1, PHASE_ISSUED, now() - 1);
    handovers_free(b.handovers);
    b.handovers = handovers_new(now() + 100);   /* the step is older than the start */
    REQUIRE(start(&b));
    EXPECT_EQ(events_within(&b, 0.3, NULL), 0);
    teardown(&b);
}

TEST(what_is_still_due_is_not_said_over_and_over)
{
    struct bench b;

    REQUIRE(setup(&b));
    for (uint8_t name = 1; name <= 20; name++) {
        commit_order(&b, name, now() - name);
        commit_step(&b, name, 1, PHASE_ISSUED, now() - name);
    }
    REQUIRE(start(&b));
    for (int i = 0; i < 25; i++) {
        usleep(100000);
        timer_wake(b.timer, now());     /* as commits of others would */
    }
    EXPECT_EQ(events_within(&b, 0, NULL), 40);
    teardown(&b);
}

TEST(what_becomes_due_again_later_is_said_again)
{
    struct bench b;

    REQUIRE(setup(&b));
    commit_order(&b, 0xaa, now() - 10);
    REQUIRE(start(&b));
    event_free(queue_take(b.queue));
    commit_order(&b, 0xaa, now() + 1);
    timer_wake(b.timer, now() + 1);
    double from = monotonic();
    event_free(queue_take(b.queue));
    EXPECT(monotonic() - from < 2.5);
    teardown(&b);
}

TEST(a_commit_wakes_the_timer_that_sleeps_longer)
{
    struct bench b;

    REQUIRE(setup(&b) && start(&b));
    usleep(200000);                     /* it has found nothing and sleeps for a minute */
    commit_order(&b, 0xcc, now() + 1);
    timer_wake(b.timer, now() + 1);
    double from = monotonic();
    struct event *e = queue_take(b.queue);
    EXPECT(monotonic() - from < 1.5);
    EXPECT_EQ(e->order[0], 0xcc);
    event_free(e);
    teardown(&b);
}

TEST(what_was_settled_in_time_is_silent)
{
    struct bench b;

    REQUIRE(setup(&b));
    commit_step(&b, 0xbb, 1, PHASE_ISSUED, now() + 1);
    REQUIRE(start(&b));
    commit_step(&b, 0xbb, 2, PHASE_CLOSED, 0);
    timer_wake(b.timer, 0);
    EXPECT_EQ(events_within(&b, 1.5, NULL), 0);
    teardown(&b);
}

TEST(a_store_that_cannot_be_opened_is_a_reason)
{
    struct queue *q = queue_new(1);
    char why[256] = "";

    EXPECT(timer_start("/nonexistent/store.db", q, NULL, why, sizeof why) == NULL);
    EXPECT(why[0] != '\0');
    queue_free(q);
}

/* ---- many threads -------------------------------------------------------------------------------------------- */

enum { HOLDERS = 4, EACH = 2000 };

struct holder {
    struct bench *bench;
    uint64_t first;
    unsigned released;
};

/* Half of the holds are over already, half are far away; all are let go of. */
static void *hold_and_release(void *context)
{
    struct holder *h = context;

    for (uint64_t t = h->first; t < h->first + EACH; t++) {
        timer_hold(h->bench->timer, lan, t, &transaction, (t % 2 == 0 ? 1000 : -1));
        timer_wake(h->bench->timer, now() + 1000);
    }
    for (uint64_t t = h->first; t < h->first + EACH; t++) {
        h->released += timer_release(h->bench->timer, lan, t);
    }
    return NULL;
}

TEST(each_of_many_holds_is_either_released_or_said)
{
    struct bench b;
    struct holder holder[HOLDERS];
    pthread_t thread[HOLDERS];
    unsigned released = 0;

    REQUIRE(setup(&b) && start(&b));
    for (int i = 0; i < HOLDERS; i++) {
        holder[i] = (struct holder){ &b, (uint64_t)i * EACH, 0 };
        pthread_create(&thread[i], NULL, hold_and_release, &holder[i]);
    }
    for (int i = 0; i < HOLDERS; i++) {
        pthread_join(thread[i], NULL);
        released += holder[i].released;
    }
    EXPECT(released >= HOLDERS * EACH / 2);
    EXPECT_EQ(released + events_within(&b, 0.2, NULL), HOLDERS * EACH);
    teardown(&b);
}
