#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gateway/event.h"

static struct event *numbered(uint64_t number)
{
    return event_hold(NULL, number, &(struct store_octets){ .len = 1, .octets = { 7 } });
}

/* ---- events ---------------------------------------------------------------------------------------- */

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

TEST(a_message_event_owns_copies_of_all_it_carries)
{
    char message[] = "0123", peer[] = "192.0.2.7:829", user[] = "ann", profile[] = "vpn", operation[] = "ir";
    uint8_t certificate[] = { 0x30, 0x00 };
    struct cmpgate_delivery d = {
        .size = sizeof d, .ticket = 42, .reference = 7, .message = { (uint8_t *)message, 4 },
        .peer = { .size = sizeof d.peer, .text = peer, .user = user, .user_proven = true,
                  .tls_certificate = { certificate, 2 } },
        .profile = profile, .operation = operation, .arrived = 1234 };
    struct event *e = event_of_delivery(NULL, &d);

    REQUIRE(e != NULL);
    message[0] = peer[0] = user[0] = profile[0] = operation[0] = '!';
    certificate[0] = 0xff;
    EXPECT_EQ(e->kind, EVENT_MESSAGE);
    EXPECT_EQ(e->ticket, 42);
    EXPECT_EQ(e->reference, 7);
    EXPECT_EQ(e->arrived, 1234);
    EXPECT(span_eq(e->message, span_of("0123")));
    EXPECT_STR(e->peer, "192.0.2.7:829");
    EXPECT_STR(e->user, "ann");
    EXPECT(e->user_proven);
    EXPECT(span_eq(e->tls_certificate, span_of("\x30\x00")));
    EXPECT_STR(e->profile, "vpn");
    EXPECT_STR(e->operation, "ir");
    EXPECT_EQ(strlen(e->id), 8);
    event_free(e);
}

TEST(what_a_delivery_lacks_its_event_lacks)
{
    struct cmpgate_delivery d = { .size = sizeof d, .ticket = 1, .peer = { .user_proven = true } };
    struct event *e = event_of_delivery(NULL, &d);

    REQUIRE(e != NULL);
    EXPECT(e->message.ptr == NULL);
    EXPECT(e->tls_certificate.ptr == NULL);
    EXPECT(e->peer == NULL && e->user == NULL && e->profile == NULL && e->operation == NULL);
    EXPECT(!e->user_proven);
    event_free(e);
}

TEST(messages_have_different_names_in_the_log)
{
    enum { SOME = 1000 };
    static char ids[SOME][16];
    struct cmpgate_delivery d = { .size = sizeof d, .ticket = 1 };

    for (int i = 0; i < SOME; i++) {
        struct event *e = event_of_delivery(NULL, &d);
        REQUIRE(e != NULL);
        memcpy(ids[i], e->id, sizeof ids[i]);
        event_free(e);
        for (int j = 0; j < i; j++) {
            EXPECT(strcmp(ids[i], ids[j]) != 0);
        }
    }
}

TEST(an_outcome_event_owns_copies_of_all_it_carries)
{
    char certificate[] = "cert", text[] = "because", token[] = "tok", value[] = "val", issuer[] = "issuer",
         root[] = "root";
    struct cmpgate_bytes chain[] = { BYTES(issuer), BYTES(root) };
    const struct cmpgate_outcome outcome = {
        .size = sizeof outcome, .result = CMPGATE_WAITING, .certificate = BYTES(certificate), .chain = chain,
        .chain_count = 2, .value = BYTES(value), .fail_info = 5, .text = text, .token = BYTES(token),
        .check_after = 60 };
    const uint8_t order[STORE_ORDER_ID] = { 0xab, 0xcd, 0xef, 0x01, 0x23 };
    struct event *e = event_of_outcome(order, &outcome);

    REQUIRE(e != NULL);
    certificate[0] = text[0] = token[0] = value[0] = issuer[0] = root[0] = '!';
    chain[0].len = 0;
    EXPECT_EQ(e->kind, EVENT_OUTCOME);
    EXPECT_STR(e->id, "abcdef01");
    EXPECT(memcmp(e->order, order, sizeof order) == 0);
    EXPECT_EQ(e->outcome.result, CMPGATE_WAITING);
    EXPECT_EQ(e->outcome.fail_info, 5);
    EXPECT_EQ(e->outcome.check_after, 60);
    EXPECT_EQ(e->outcome.chain_count, 2);
    EXPECT(e->outcome.chain[0].len == 6 && memcmp(e->outcome.chain[0].ptr, "issuer", 6) == 0);
    EXPECT(e->outcome.chain[1].len == 4 && memcmp(e->outcome.chain[1].ptr, "root", 4) == 0);
    EXPECT(e->outcome.certificate.len == 4 && memcmp(e->outcome.certificate.ptr, "cert", 4) == 0);
    EXPECT(e->outcome.value.len == 3 && memcmp(e->outcome.value.ptr, "val", 3) == 0);
    EXPECT(e->outcome.token.len == 3 && memcmp(e->outcome.token.ptr, "tok", 3) == 0);
    EXPECT_STR(e->outcome.text, "because");
    event_free(e);
}

TEST(a_due_event_is_named_after_its_transaction_or_its_order)
{
    struct due transaction = { .transactionID = { .len = 16, .octets = { 0x01, 0x02, 0x03, 0x04, 0x05 } } };
    struct due order = { .order = { 0xaa, 0xbb, 0xcc, 0xdd } };
    struct event *e = event_due(&transaction), *f = event_due(&order);

    REQUIRE(e != NULL && f != NULL);
    EXPECT_STR(e->id, "01020304");
    EXPECT_EQ(e->transactionID.len, 16);
    EXPECT_STR(f->id, "aabbccdd");
    EXPECT_EQ(f->order[3], 0xdd);
    event_free(e);
    event_free(f);
}

/* ---- the queue --------------------------------------------------------------------------------------- */

TEST(events_come_out_in_the_order_they_went_in)
{
    struct queue *q = queue_new(10);

    for (uint64_t i = 1; i <= 5; i++) {
        EXPECT(queue_put(q, numbered(i)));
    }
    for (uint64_t i = 1; i <= 5; i++) {
        struct event *e = queue_take(q);
        EXPECT_EQ(e->ticket, i);
        event_free(e);
    }
    queue_free(q);
}

TEST(a_full_queue_says_no_but_takes_our_own_follow_ups)
{
    struct queue *q = queue_new(2);
    struct event *third = numbered(3);

    EXPECT(queue_put(q, numbered(1)));
    EXPECT(queue_put(q, numbered(2)));
    EXPECT(!queue_put(q, third));
    queue_put_always(q, third);
    for (uint64_t i = 1; i <= 3; i++) {
        struct event *e = queue_take(q);
        EXPECT_EQ(e->ticket, i);
        event_free(e);
    }
    queue_free(q);
}

TEST(a_closed_queue_gives_what_it_has_and_then_nothing)
{
    struct queue *q = queue_new(2);
    struct event *refused = numbered(2);

    EXPECT(queue_put(q, numbered(1)));
    queue_close(q);
    EXPECT(!queue_put(q, refused));
    struct event *e = queue_take(q);
    EXPECT(e != NULL);
    EXPECT(queue_take(q) == NULL);
    event_free(e);
    event_free(refused);
    queue_free(q);
}

TEST(what_is_put_after_the_end_is_freed_with_the_queue)
{
    struct queue *q = queue_new(2);

    queue_close(q);
    queue_put_always(q, numbered(1));   /* the leak checker sees whether it is */
    queue_free(q);
}

static void count_room(void *context)
{
    atomic_fetch_add((atomic_uint *)context, 1);
}

TEST(who_was_refused_hears_of_room_once_there_is_some)
{
    atomic_uint told = 0;
    struct queue_watch watch = { .room = count_room, .context = &told };
    struct queue *q = queue_new(4);

    queue_watch(q, &watch);
    for (uint64_t i = 1; i <= 4; i++) {
        EXPECT(queue_put(q, numbered(i)));
    }
    event_free(queue_take(q));
    EXPECT_EQ(told, 0);                 /* nobody was refused */
    EXPECT(queue_put(q, numbered(5)));
    struct event *refused = numbered(6);
    EXPECT(!queue_put(q, refused));
    EXPECT_EQ(told, 0);
    event_free(queue_take(q));
    EXPECT_EQ(told, 1);
    event_free(queue_take(q));
    EXPECT_EQ(told, 1);                 /* once is enough */
    event_free(refused);
    queue_unwatch(q, &watch);
    queue_free(q);
}

TEST(a_watch_that_was_taken_back_is_not_called)
{
    atomic_uint told = 0;
    struct queue_watch watch = { .room = count_room, .context = &told };
    struct queue *q = queue_new(1);
    struct event *refused = numbered(2);

    queue_watch(q, &watch);
    EXPECT(queue_put(q, numbered(1)));
    EXPECT(!queue_put(q, refused));
    queue_unwatch(q, &watch);
    event_free(queue_take(q));
    EXPECT_EQ(told, 0);
    event_free(refused);
    queue_free(q);
}

/* ---- many threads -------------------------------------------------------------------------------------- */

enum { PRODUCERS = 4, CONSUMERS = 3, EACH = 5000 };

struct load {
    struct queue *queue;
    _Atomic uint64_t sum;
    atomic_uint taken;
};

static void *produce(void *context)
{
    struct load *load = context;

    for (uint64_t i = 1; i <= EACH; i++) {
        struct event *e = numbered(i);
        while (!queue_put(load->queue, e)) {
            sched_yield();
        }
    }
    return NULL;
}

static void *consume(void *context)
{
    struct load *load = context;

    for (struct event *e; (e = queue_take(load->queue)) != NULL; event_free(e)) {
        atomic_fetch_add(&load->sum, e->ticket);
        atomic_fetch_add(&load->taken, 1);
    }
    return NULL;
}

TEST(many_threads_lose_nothing_and_double_nothing)
{
    struct load load = { .queue = queue_new(64) };
    pthread_t producer[PRODUCERS], consumer[CONSUMERS];

    for (int i = 0; i < CONSUMERS; i++) {
        pthread_create(&consumer[i], NULL, consume, &load);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_create(&producer[i], NULL, produce, &load);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(producer[i], NULL);
    }
    queue_close(load.queue);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(consumer[i], NULL);
    }
    EXPECT_EQ(load.taken, PRODUCERS * EACH);
    EXPECT_EQ(load.sum, (uint64_t)PRODUCERS * EACH * (EACH + 1) / 2);
    queue_free(load.queue);
}

/* ---- peers -------------------------------------------------------------------------------------------- */

static void put_from(struct queue *q, uint64_t peer, uint64_t ticket)
{
    struct cmpgate_delivery d = { .size = sizeof d, .ticket = ticket };
    struct event *e = event_of_delivery(NULL, &d);

    e->peer_number = peer;
    EXPECT(queue_put(q, e));
}

static void expect_order(struct queue *q, const uint64_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct event *e = queue_take(q);
        EXPECT_EQ(e->ticket, order[i]);
        event_free(e);
    }
}

TEST(peers_take_turns_and_each_keeps_its_order)
{
    const uint64_t order[] = { 1, 11, 2, 12, 3, 4, 5 };
    struct queue *q = queue_new(100);

    for (uint64_t i = 1; i <= 5; i++) {
        put_from(q, 1, i);
    }
    put_from(q, 2, 11);
    put_from(q, 2, 12);
    expect_order(q, order, sizeof order / sizeof *order);
    queue_free(q);
}

TEST(our_own_events_come_every_other_time)
{
    const uint64_t order[] = { 101, 1, 102, 2, 3, 4 };
    struct queue *q = queue_new(100);

    for (uint64_t i = 1; i <= 4; i++) {
        put_from(q, 1, i);
    }
    queue_put_always(q, numbered(101));
    queue_put_always(q, numbered(102));
    expect_order(q, order, sizeof order / sizeof *order);
    queue_free(q);
}

static void take_and_work(struct queue *q, uint64_t ticket, uint64_t nanoseconds)
{
    struct event *e = queue_take(q);

    EXPECT_EQ(e->ticket, ticket);
    queue_worked(q, e->peer_number, e->foreseen, nanoseconds);
    event_free(e);
}

TEST(who_costs_much_waits_while_others_catch_up)
{
    struct queue *q = queue_new(100);

    put_from(q, 1, 1);
    put_from(q, 1, 2);
    take_and_work(q, 1, 1000);
    for (uint64_t i = 11; i <= 15; i++) {
        put_from(q, 2, i);
    }
    for (uint64_t i = 11; i <= 14; i++) {
        take_and_work(q, i, 300);
    }
    take_and_work(q, 2, 1000);
    take_and_work(q, 15, 300);
    queue_free(q);
}

TEST(what_is_in_work_counts_as_much_as_the_one_before_it)
{
    struct queue *q = queue_new(100);

    for (uint64_t i = 1; i <= 3; i++) {
        put_from(q, 1, i);
    }
    take_and_work(q, 1, 1000);
    struct event *in_work = queue_take(q);
    put_from(q, 2, 11);
    put_from(q, 2, 12);
    take_and_work(q, 11, 10);
    take_and_work(q, 12, 10);
    queue_worked(q, in_work->peer_number, in_work->foreseen, 1000);
    event_free(in_work);
    take_and_work(q, 3, 1000);
    queue_free(q);
}

TEST(who_wanted_nothing_for_long_has_saved_nothing)
{
    struct queue *q = queue_new(100);

    put_from(q, 1, 1);
    put_from(q, 1, 2);
    put_from(q, 1, 3);
    take_and_work(q, 1, 1000);
    take_and_work(q, 2, 1000);
    for (uint64_t i = 11; i <= 15; i++) {
        put_from(q, 2, i);
    }
    take_and_work(q, 11, 600);
    take_and_work(q, 12, 600);
    take_and_work(q, 3, 1000);
    take_and_work(q, 13, 600);
    queue_free(q);
}
