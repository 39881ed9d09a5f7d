#include "gateway/handover.h"

#include <time.h>

#include "tests/unit/test.h"

enum { WAIT = 300 };

static const struct store_octets id = { .len = 16, .octets = { 1 } }, other = { .len = 16, .octets = { 2 } };

/* When the store has it due after WAIT. */
static int64_t when(struct handovers *h, const struct store_octets *transactionID, int64_t committed)
{
    struct due due = { .at = committed + WAIT, .transactionID = *transactionID };

    return handovers_when(h, &due, committed);
}

TEST(an_answer_that_arrives_at_once_leaves_the_time_that_the_store_has)
{
    int64_t now = time(NULL);
    struct handovers *h = handovers_new(now - 1000);

    handovers_begin(h, &id);
    EXPECT(when(h, &id, now) == INT64_MAX);
    EXPECT_EQ(when(h, &other, now), now + WAIT);
    EXPECT(!handovers_end(h, &id, now, true));
    EXPECT_EQ(when(h, &id, now), now + WAIT);
    handovers_free(h);
}

TEST(the_time_runs_from_the_moment_in_which_a_late_answer_arrives)
{
    int64_t now = time(NULL);
    struct handovers *h = handovers_new(now - 1000);

    handovers_begin(h, &id);
    EXPECT(handovers_end(h, &id, now + 7200, true));
    EXPECT_EQ(when(h, &id, now), now + 7200 + WAIT);
    EXPECT_EQ(when(h, &other, now), now + WAIT);
    handovers_free(h);
}

TEST(what_is_tried_again_does_not_let_the_time_run_until_it_has_arrived)
{
    int64_t now = time(NULL);
    struct handovers *h = handovers_new(now - 1000);

    handovers_begin(h, &id);
    EXPECT(handovers_end(h, &id, now + 3600, false));
    EXPECT_EQ(when(h, &id, now), now + 3600 + WAIT);
    handovers_begin(h, &id);
    EXPECT(when(h, &id, now) == INT64_MAX);
    EXPECT(handovers_end(h, &id, now + 600, true));
    EXPECT_EQ(when(h, &id, now), now + 600 + WAIT);
    handovers_free(h);
}

TEST(a_second_copy_gives_no_more_time)
{
    int64_t now = time(NULL);
    struct handovers *h = handovers_new(now - 1000);

    handovers_begin(h, &id);
    handovers_begin(h, &id);
    EXPECT(!handovers_end(h, &id, now, true));
    EXPECT_EQ(when(h, &id, now), now + WAIT);
    EXPECT(!handovers_end(h, &id, now + 7200, true));
    EXPECT_EQ(when(h, &id, now), now + WAIT);
    handovers_free(h);
}

TEST(after_a_start_the_time_counts_anew_for_what_was_open)
{
    int64_t now = time(NULL);
    struct handovers *h = handovers_new(now);

    EXPECT_EQ(when(h, &id, now - 10000), now + WAIT);
    EXPECT_EQ(when(h, &id, now - 1), now + WAIT);
    EXPECT_EQ(when(h, &id, now + 1), now + 1 + WAIT);
    handovers_free(h);
}

TEST(what_is_over_is_forgotten)
{
    int64_t now = time(NULL);
    struct handovers *h = handovers_new(now - 1000);

    handovers_begin(h, &id);
    handovers_forget(h, &id);
    EXPECT_EQ(when(h, &id, now), now + WAIT);
    EXPECT(!handovers_end(h, &id, now + 7200, true));
    EXPECT_EQ(when(h, &id, now), now + WAIT);
    handovers_free(h);
}
