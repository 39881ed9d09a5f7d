#include "test.h"

#include <stdlib.h>

#include "gateway/ticket.h"

TEST(a_ticket_is_found_until_it_is_removed)
{
    struct tickets *t = tickets_new(4);

    struct ticket *ticket = tickets_add(t, 7, 0, "0badcafe");
    REQUIRE(ticket != NULL);
    EXPECT_EQ(ticket->state, TICKET_TAKEN);
    EXPECT(tickets_find(t, 7) == ticket);
    EXPECT_STR(tickets_find(t, 7)->id, "0badcafe");
    EXPECT(tickets_find(t, 8) == NULL);
    EXPECT(tickets_add(t, 7, 0, "x") == NULL);
    tickets_remove(t, ticket);
    EXPECT(tickets_find(t, 7) == NULL);
    EXPECT_EQ(tickets_count(t), 0);
    tickets_free(t);
}

TEST(there_are_never_more_than_the_most)
{
    struct tickets *t = tickets_new(3);

    EXPECT(tickets_add(t, 1, 0, "") != NULL);
    EXPECT(tickets_add(t, 2, 0, "") != NULL);
    EXPECT(tickets_add(t, 3, 0, "") != NULL);
    EXPECT(tickets_add(t, 4, 0, "") == NULL);
    tickets_remove(t, tickets_find(t, 2));
    EXPECT(tickets_add(t, 4, 0, "") != NULL);
    tickets_free(t);
}

/* Against a plain array, with numbers that collide. */
TEST(any_order_of_adding_and_removing_is_right)
{
    enum { NUMBERS = 200, MOST = 64, ROUNDS = 200000 };
    struct tickets *t = tickets_new(MOST);
    bool there[NUMBERS] = { false };
    size_t count = 0;

    srand(1);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t n = (uint64_t)(rand() % NUMBERS);
        struct ticket *found = tickets_find(t, n << 20);
        REQUIRE((found != NULL) == there[n]);
        if (found != NULL) {
            tickets_remove(t, found);
        } else if (tickets_add(t, n << 20, 0, "") == NULL) {
            REQUIRE(count == MOST);
            continue;
        }
        there[n] = !there[n];
        count += there[n] ? 1 : (size_t)-1;
        REQUIRE(tickets_count(t) == count);
    }
    tickets_free(t);
}
