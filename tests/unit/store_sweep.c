#include "test.h"

#include <stdlib.h>

#include "store_fixture.h"

enum { OLD = 1000, NOW = 2000 };

static struct scene {
    struct place place;
    struct store *store;
    struct arena *arena;
} s;

static void begin(void)
{
    s.place = place_new();
    s.store = place_open(&s.place);
    s.arena = arena_new();
}

static void end(void)
{
    arena_free(s.arena);
    store_close(s.store);
    place_remove(&s.place);
}

/* Two steps, the second one made at `at`. */
static void transaction(const char *id, enum phase phase, int64_t at, int64_t message_time)
{
    struct change *c = change_step(id, 1);

    c->step->message_time = message_time;
    c->step->at = at;
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    c = change_step(id, 2);
    c->step->at = at;
    c->step->phase = phase;
    c->step->ending = phase == PHASE_CLOSED ? ENDING_CONFIRMED : ENDING_NONE;
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
}

/* The same with an order, of which there is a row. */
static void transaction_of_order(const char *id, uint8_t mark, enum order_state state)
{
    struct change *c = change_step(id, 1);

    c->step->at = OLD;
    c->step->phase = PHASE_CLOSED;
    c->step->ending = ENDING_ABANDONED;
    struct order *o = change_order(c, mark);
    o->state = state;
    o->due = 0;
    memcpy(c->step->order, o->id, sizeof o->id);
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
}

/* Removes what there is to remove, and says how many transactions that were. */
static size_t sweep(int64_t closed_before, int64_t accepted_from)
{
    size_t all = 0;
    int64_t from = 0;

    do {
        struct change *c = change_new();
        c->sweep = arena_zalloc(c->arena, sizeof *c->sweep);
        c->sweep->closed_before = closed_before;
        c->sweep->accepted_from = accepted_from;
        EXPECT(store_sweep_look(s.store, c->sweep, &from));
        all += c->sweep->count;
        EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    } while (from != 0);
    return all;
}

static size_t steps_of(const char *id)
{
    struct step *steps;
    size_t count = 99;

    EXPECT(store_steps(s.store, span_str(id), s.arena, &steps, &count));
    return count;
}

static struct tombstone *tombstone_of(const char *id)
{
    struct tombstone *found = NULL;

    EXPECT(store_tombstone(s.store, span_str(id), s.arena, &found));
    return found;
}

TEST(what_is_over_for_long_goes_and_nothing_else)
{
    begin();
    transaction("over", PHASE_CLOSED, OLD, 0);
    transaction("open", PHASE_ISSUED, OLD, 0);
    transaction("late", PHASE_CLOSED, NOW, 0);
    EXPECT_EQ(sweep(OLD, 0), 0);
    EXPECT_EQ(steps_of("over"), 2);
    EXPECT_EQ(sweep(OLD + 1, 0), 1);
    EXPECT_EQ(steps_of("over"), 0);
    EXPECT_EQ(steps_of("open"), 2);
    EXPECT_EQ(steps_of("late"), 2);
    EXPECT(tombstone_of("open") == NULL);
    end();
}

TEST(a_tombstone_has_the_digest_of_the_request_and_the_serial_number)
{
    begin();
    struct change *c = change_step("t", 1);
    uint8_t digest[STORE_DIGEST], fingerprint[STORE_DIGEST];
    change_certificate(c, 7, "CN=ca", span_of("serial"));
    memcpy(digest, c->step->digest, sizeof digest);
    memcpy(fingerprint, c->step->certificate, sizeof fingerprint);
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    c = change_step("t", 2);
    c->step->phase = PHASE_CLOSED;
    EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);

    EXPECT_EQ(sweep(INT64_MAX, 0), 1);
    struct tombstone *t = tombstone_of("t");
    REQUIRE(t != NULL);
    EXPECT(memcmp(t->digest, digest, sizeof digest) == 0);
    EXPECT(span_eq(t->serial, span_of("serial")));
    struct certificate *kept = NULL;
    EXPECT(store_certificate(s.store, fingerprint, s.arena, &kept) && kept != NULL);
    end();
}

TEST(an_order_goes_with_its_transaction_and_holds_it_while_it_may_bring_something)
{
    begin();
    transaction_of_order("done", 1, ORDER_DONE);
    transaction_of_order("rejected", 2, ORDER_REJECTED);
    transaction_of_order("dropped", 3, ORDER_DROPPED);
    transaction_of_order("unsure", 4, ORDER_UNSURE);
    EXPECT_EQ(sweep(NOW, 0), 2);
    EXPECT_EQ(steps_of("dropped"), 1);
    EXPECT_EQ(steps_of("unsure"), 1);
    for (uint8_t mark = 1; mark <= 4; mark++) {
        struct order *found = NULL;
        uint8_t id[STORE_ORDER_ID];
        memset(id, mark, sizeof id);
        EXPECT(store_order(s.store, id, s.arena, &found));
        EXPECT_EQ(found != NULL, mark > 2);
    }
    end();
}

/* One that made the certificate, one that confirms it, one that takes it back: the outcome of each may come. */
TEST(each_order_of_a_transaction_holds_it)
{
    static const enum phase phases[] = { PHASE_ISSUED, PHASE_CONFIRM_WAITING, PHASE_CLOSED };

    begin();
    for (uint8_t i = 0; i < 3; i++) {
        struct change *c = change_step("told", i + 1u);
        c->step->at = OLD;
        c->step->phase = phases[i];
        memset(c->step->order, i + 1, sizeof c->step->order);
        change_order(c, (uint8_t)(i + 1))->state = i == 0 ? ORDER_DONE : ORDER_OPEN;
        EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    }
    for (uint8_t mark = 3; mark > 1; mark--) {
        EXPECT_EQ(sweep(NOW, 0), 0);
        struct change *c = change_new();
        change_order(c, mark)->state = ORDER_DONE;
        EXPECT_EQ(apply_and_free(s.store, c), COMMIT_DONE);
    }
    EXPECT_EQ(sweep(NOW, 0), 1);
    for (uint8_t mark = 1; mark <= 3; mark++) {
        struct order *found = NULL;
        uint8_t id[STORE_ORDER_ID];
        memset(id, mark, sizeof id);
        EXPECT(store_order(s.store, id, s.arena, &found) && found == NULL);
    }
    end();
}

TEST(a_tombstone_stays_while_its_request_could_be_accepted)
{
    begin();
    transaction("dateless", PHASE_CLOSED, OLD, 0);
    transaction("dated", PHASE_CLOSED, OLD, OLD);
    EXPECT_EQ(sweep(NOW, 0), 2);
    EXPECT(tombstone_of("dated") != NULL && tombstone_of("dateless") != NULL);
    sweep(NOW, OLD);
    EXPECT(tombstone_of("dated") != NULL);
    sweep(NOW, OLD + 1);
    EXPECT(tombstone_of("dated") == NULL);
    EXPECT(tombstone_of("dateless") != NULL);
    end();
}

TEST(what_nobody_would_accept_any_more_leaves_no_tombstone)
{
    begin();
    transaction("dated", PHASE_CLOSED, OLD, OLD);
    EXPECT_EQ(sweep(NOW, OLD + 1), 1);
    EXPECT_EQ(steps_of("dated"), 0);
    EXPECT(tombstone_of("dated") == NULL);
    end();
}

TEST(one_look_takes_a_few_and_the_next_goes_on_behind_them)
{
    char id[8];

    begin();
    for (int i = 0; i < 3 * SWEEP_MOST + 5; i++) {
        snprintf(id, sizeof id, "%d", i);
        transaction(id, i % 3 == 0 ? PHASE_ISSUED : PHASE_CLOSED, OLD, 0);
    }
    struct sweep look = { .closed_before = NOW };
    int64_t from = 0;
    EXPECT(store_sweep_look(s.store, &look, &from));
    EXPECT_EQ(look.count, SWEEP_MOST);
    EXPECT(from > 0);
    EXPECT_EQ(sweep(NOW, 0), 67);
    EXPECT_EQ(sweep(NOW, 0), 0);
    end();
}
