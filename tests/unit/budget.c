#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/budget.h"

enum { RATE = 100, BURST = 1000 };

TEST(a_peer_may_spend_its_burst_and_then_what_comes_in)
{
    struct budget *b = budget_new(RATE, BURST);

    EXPECT(budget_spend(b, "192.0.2.7:1", 600, 50));
    EXPECT(budget_spend(b, "192.0.2.7:1", 400, 50));
    EXPECT(!budget_spend(b, "192.0.2.7:1", 1, 50));
    EXPECT(!budget_spend(b, "192.0.2.7:1", 101, 51));
    EXPECT(budget_spend(b, "192.0.2.7:1", 100, 51));
    EXPECT(!budget_spend(b, "192.0.2.7:1", BURST + 1, 1000000));
    EXPECT(budget_spend(b, "192.0.2.7:1", BURST, 1000000));
    budget_free(b);
}

TEST(what_is_refused_costs_nothing)
{
    struct budget *b = budget_new(RATE, BURST);

    EXPECT(!budget_spend(b, "a", BURST + 1, 0));
    EXPECT(budget_spend(b, "a", BURST, 0));
    budget_free(b);
}

TEST(a_clock_that_steps_back_neither_gives_nor_takes)
{
    struct budget *b = budget_new(RATE, BURST);

    EXPECT(budget_spend(b, "a", BURST, 100));
    EXPECT(!budget_spend(b, "a", 1, 50));
    EXPECT(!budget_spend(b, "a", 1, 100));
    EXPECT(budget_spend(b, "a", RATE, 101));
    budget_free(b);
}

TEST(another_port_is_the_same_peer)
{
    struct budget *b = budget_new(RATE, BURST);

    EXPECT(budget_spend(b, "192.0.2.7:1", BURST, 0));
    EXPECT(!budget_spend(b, "192.0.2.7:2", 1, 0));
    EXPECT(!budget_spend(b, "192.0.2.7", 1, 0));
    EXPECT(!budget_spend(b, "[::ffff:192.0.2.7]:3", 1, 0));
    EXPECT(budget_spend(b, "192.0.2.8:1", BURST, 0));
    budget_free(b);
}

TEST(another_address_of_an_ipv6_site_is_the_same_peer)
{
    struct budget *b = budget_new(RATE, BURST);

    EXPECT(budget_spend(b, "[2001:db8:1:2::7]:829", BURST, 0));
    EXPECT(!budget_spend(b, "[2001:db8:1:2:ffff::1]:829", 1, 0));
    EXPECT(!budget_spend(b, "2001:db8:1:2::9", 1, 0));
    EXPECT(budget_spend(b, "[2001:db8:1:3::7]:829", BURST, 0));
    budget_free(b);
}

TEST(peers_without_an_address_have_budgets_too)
{
    static char longest[2000];
    struct budget *b = budget_new(RATE, BURST);

    memset(longest, 'x', sizeof longest - 1);
    EXPECT(budget_spend(b, "ann@example.org", BURST, 0));
    EXPECT(!budget_spend(b, "ann@example.org", 1, 0));
    EXPECT(budget_spend(b, "bob@example.org", BURST, 0));
    EXPECT(budget_spend(b, NULL, BURST, 0));
    EXPECT(!budget_spend(b, "", 1, 0));
    EXPECT(budget_spend(b, longest, BURST, 0));
    EXPECT(!budget_spend(b, longest, 1, 0));
    budget_free(b);
}

/* As many addresses as one likes give no more than the table holds. */
/* Also one that is as long as an address can be, or longer, and differs at its end only. */
TEST(a_peer_without_an_address_is_known_by_all_of_its_name)
{
    static const size_t lengths[] = { 1, 45, 46, 47, 255 };
    struct budget *b = budget_new(RATE, BURST);
    char name[256];

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memset(name, 'x', lengths[i]);
        name[lengths[i]] = '\0';
        EXPECT(budget_spend(b, name, BURST, 0));
        EXPECT(!budget_spend(b, name, 1, 0));
        name[lengths[i] - 1] = 'y';
        EXPECT(budget_spend(b, name, BURST, 0));
    }
    budget_free(b);
}

/* Nobody can tell which peers meet: the number is another in every budget. */
TEST(a_peer_has_one_number_in_a_budget)
{
    struct budget *b = budget_new(RATE, BURST), *other = budget_new(RATE, BURST);
    uint64_t number = budget_peer(b, "192.0.2.7:1");

    EXPECT(budget_peer(b, "192.0.2.7:2") == number);
    EXPECT(budget_peer(b, "192.0.2.8:1") != number);
    EXPECT(budget_peer(other, "192.0.2.7:1") != number);
    EXPECT(budget_peer(b, NULL) == budget_peer(b, ""));
    budget_free(b);
    budget_free(other);
    budget_free(NULL);
}

TEST(a_budget_into_which_nothing_comes_is_spent_once)
{
    struct budget *b = budget_new(0, 10);

    EXPECT(budget_spend(b, "a", 10, 0));
    EXPECT(!budget_spend(b, "a", 1, 1000000));
    budget_free(b);
}

TEST(changing_addresses_gives_no_fresh_budget_for_ever)
{
    struct budget *b = budget_new(RATE, BURST);
    unsigned granted = 0;

    for (unsigned i = 0; i < 100000; i++) {
        char peer[64];
        snprintf(peer, sizeof peer, "10.%u.%u.%u:1", i >> 16 & 255, i >> 8 & 255, i & 255);
        granted += budget_spend(b, peer, BURST, 0);
    }
    EXPECT_EQ(granted, 4096);
    budget_free(b);
}

TEST(a_peer_cannot_wash_its_budget_by_crowding_itself_out)
{
    struct budget *b = budget_new(RATE, BURST);
    unsigned granted = 0;

    EXPECT(budget_spend(b, "192.0.2.7:1", BURST, 0));
    for (unsigned i = 0; i < 100000; i++) {
        char peer[64];
        snprintf(peer, sizeof peer, "10.%u.%u.%u:1", i >> 16 & 255, i >> 8 & 255, i & 255);
        budget_spend(b, peer, BURST, 0);
        granted += budget_spend(b, "192.0.2.7:1", 1, 0);
    }
    EXPECT_EQ(granted, 0);
    budget_free(b);
}

static struct budget *shared;
static atomic_uint spent;

static void *spender(void *context)
{
    (void)context;
    for (int i = 0; i < 10000; i++) {
        spent += budget_spend(shared, "192.0.2.7:1", 1, 0);
    }
    return NULL;
}

TEST(threads_together_spend_no_more_than_there_is)
{
    pthread_t thread[4];

    shared = budget_new(RATE, 5000);
    for (int i = 0; i < 4; i++) {
        pthread_create(&thread[i], NULL, spender, NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
    }
    EXPECT_EQ(spent, 5000);
    budget_free(shared);
}

TEST(when_all_is_used_up_the_loud_are_put_off_and_the_steady_are_not)
{
    struct budget *b = budget_new(RATE, BURST);

    budget_limit(b, 500);               /* a thousand at once */
    EXPECT(budget_spend(b, "192.0.2.1:1", 600, 50));
    EXPECT(budget_spend(b, "192.0.2.2:1", 400, 50));
    EXPECT(!budget_spend(b, "192.0.2.1:1", 100, 50));
    EXPECT(budget_spend(b, "192.0.2.3:1", 100, 50));
    EXPECT(budget_spend(b, "192.0.2.1:1", 100, 51));
    budget_free(b);
}

TEST(who_has_used_half_of_its_own_is_loud)
{
    struct budget *b = budget_new(RATE, BURST);

    budget_limit(b, 500);
    EXPECT(budget_spend(b, "192.0.2.1:1", BURST / 2, 50));
    EXPECT(budget_spend(b, "192.0.2.2:1", BURST / 2 - 1, 50));
    EXPECT(budget_spend(b, "192.0.2.3:1", 1, 50));
    EXPECT(!budget_spend(b, "192.0.2.1:1", 1, 50));
    EXPECT(budget_spend(b, "192.0.2.2:1", 1, 50));
    EXPECT(!budget_spend(b, "192.0.2.2:1", 1, 50));
    budget_free(b);
}

TEST(what_is_given_back_is_there_again_for_all)
{
    struct budget *b = budget_new(RATE, BURST);

    budget_limit(b, 500);
    EXPECT(budget_spend(b, "192.0.2.1:1", 1000, 50));
    budget_give_back(b, "192.0.2.1:1", 400, 50);
    EXPECT(budget_spend(b, "192.0.2.1:1", 400, 50));
    EXPECT(!budget_spend(b, "192.0.2.1:1", 1, 50));
    budget_free(b);
}
