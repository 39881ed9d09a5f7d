#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gateway/event.h"

/* ---- messages ---------------------------------------------------------------------------------------- */

/* A header with this transactionID, and a body with this tag.  No more is looked at. */
static size_t message_octets(uint8_t out[64], uint8_t id, uint8_t body)
{
    const uint8_t octets[] = {
        0x30, 0x1a, 0x30, 0x16, 0x02, 0x01, 0x02, 0xa4, 0x02, 0x30, 0x00, 0xa4, 0x02, 0x30, 0x00,
        0xa0, 0x02, 0x18, 0x00, 0xa4, 0x03, 0x04, 0x01, id, 0xa6, 0x00, body, 0x00 };

    memcpy(out, octets, sizeof octets);
    return sizeof octets;
}

static struct event *message(uint8_t id, uint64_t ticket)
{
    uint8_t octets[64];
    size_t len = message_octets(octets, id, 0xa0);

    return event_of_delivery(NULL, &(struct cmpgate_delivery){
        .size = sizeof(struct cmpgate_delivery), .ticket = ticket, .message = { octets, len } });
}

static uint32_t turn_of(uint8_t id, uint8_t body)
{
    uint8_t octets[64];
    size_t len = message_octets(octets, id, body);

    return event_turn((struct span){ octets, len });
}

TEST(a_turn_is_told_by_the_transactionID)
{
    EXPECT(turn_of(1, 0xa0) != 0);
    EXPECT_EQ(turn_of(1, 0xa0), turn_of(1, 0xb8));
    EXPECT(turn_of(1, 0xa0) != turn_of(2, 0xa0));
}

struct octets {
    uint8_t octet[700];
    size_t len;
};

static struct octets tagged(uint8_t tag, const uint8_t *contents, size_t len)
{
    struct octets o = { .octet = { tag }, .len = 1 };

    if (len >= 128) {
        o.octet[o.len++] = len < 256 ? 0x81 : 0x82;
    }
    if (len >= 256) {
        o.octet[o.len++] = (uint8_t)(len >> 8);
    }
    o.octet[o.len++] = (uint8_t)len;
    memcpy(o.octet + o.len, contents, len);
    o.len += len;
    return o;
}

/* A nested message of this transaction with so many times this one inside. */
static struct octets nested(uint8_t id, const struct octets *inside, unsigned count)
{
    struct octets all = { .len = 0 }, message;

    for (unsigned i = 0; i < count; i++) {
        memcpy(all.octet + all.len, inside->octet, inside->len);
        all.len += inside->len;
    }
    all = tagged(0x30, all.octet, all.len);
    all = tagged(0xb4, all.octet, all.len);
    /* The header is what is left of a message without its own head and its body. */
    size_t header = message_octets(message.octet, id, 0xb4) - 2 - 2;
    memmove(message.octet, message.octet + 2, header);
    memcpy(message.octet + header, all.octet, all.len);
    return tagged(0x30, message.octet, header + all.len);
}

static uint32_t nested_turn(uint8_t id, uint8_t inner, unsigned count)
{
    struct octets inside = { .len = 0 };

    inside.len = message_octets(inside.octet, inner, 0xa0);
    struct octets o = nested(id, &inside, count);
    return event_turn((struct span){ o.octet, o.len });
}

TEST(protection_that_was_added_has_the_turn_of_the_message_inside)
{
    EXPECT_EQ(nested_turn(1, 1, 1), turn_of(1, 0xa0));
}

TEST(batches_wait_for_nobody)
{
    EXPECT_EQ(turn_of(1, 0xb4), 0);
    EXPECT_EQ(nested_turn(1, 1, 0), 0);
    EXPECT_EQ(nested_turn(1, 2, 1), 0);
    EXPECT_EQ(nested_turn(1, 1, 2), 0);
}

TEST(only_so_many_protections_are_looked_through)
{
    enum { DEEPEST = 8 };
    struct octets o = { .len = 0 };

    o.len = message_octets(o.octet, 1, 0xa0);
    for (int depth = 1; depth <= DEEPEST + 1; depth++) {
        o = nested(1, &o, 1);
        EXPECT_EQ(event_turn((struct span){ o.octet, o.len }), depth <= DEEPEST ? turn_of(1, 0xa0) : 0);
    }
    for (size_t cut = 0; cut < o.len; cut++) {
        EXPECT_EQ(event_turn((struct span){ o.octet, cut }), 0);
    }
}

TEST(what_is_no_message_or_has_no_transactionID_waits_for_nobody)
{
    uint8_t octets[64];
    size_t len = message_octets(octets, 1, 0xa0);

    EXPECT_EQ(event_turn(span_of("")), 0);
    EXPECT_EQ(event_turn(span_of("Dear gateway")), 0);
    octets[19] = 0xa5;
    EXPECT_EQ(event_turn((struct span){ octets, len }), 0);
    for (size_t cut = 0; cut < len; cut++) {
        EXPECT_EQ(event_turn((struct span){ octets, cut }), 0);
    }
}

/* ---- turns --------------------------------------------------------------------------------------------- */

static void takes(struct queue *q, uint64_t ticket, struct event **out)
{
    *out = queue_take(q);
    EXPECT(*out != NULL && (*out)->ticket == ticket);
}

TEST(messages_of_a_transaction_are_given_out_one_after_the_other_and_others_pass)
{
    struct queue *q = queue_new(10);
    struct event *one, *two, *three, *other;

    EXPECT(queue_put(q, message(7, 1)) && queue_put(q, message(7, 2)) && queue_put(q, message(7, 3)));
    EXPECT(queue_put(q, message(8, 4)));
    takes(q, 1, &one);
    takes(q, 4, &other);
    EXPECT(queue_put(q, message(9, 5)));
    event_free(one);
    takes(q, 2, &two);
    event_free(two);
    takes(q, 3, &three);
    event_free(three);
    event_free(other);
    takes(q, 5, &one);
    event_free(one);
    queue_free(q);
}

TEST(what_comes_back_has_its_turn_still)
{
    struct queue *q = queue_new(10);
    struct event *one, *two;

    EXPECT(queue_put(q, message(7, 1)) && queue_put(q, message(7, 2)));
    takes(q, 1, &one);
    queue_put_always(q, one);
    takes(q, 1, &one);
    event_free(one);
    takes(q, 2, &two);
    event_free(two);
    queue_free(q);
}

TEST(what_yields_lets_others_of_its_turn_go_first)
{
    struct queue *q = queue_new(8);
    struct event *first = message(1, 1), *second = message(1, 2);

    EXPECT(queue_put(q, first) && queue_put(q, second));
    EXPECT(queue_take(q) == first);
    event_yield(first);
    EXPECT(queue_take(q) == second);
    queue_put_always(q, first);
    queue_put_always(q, message(2, 3));
    struct event *other = queue_take(q);
    EXPECT(other != first);             /* whose turn the second has now */
    event_free(other);
    event_free(second);
    EXPECT(queue_take(q) == first);
    event_free(first);
    queue_free(q);
}

TEST(those_that_wait_for_their_turn_take_up_room)
{
    struct queue *q = queue_new(3);
    struct event *one, *refused = message(9, 4), *other;

    EXPECT(queue_put(q, message(7, 1)) && queue_put(q, message(7, 2)) && queue_put(q, message(8, 3)));
    takes(q, 1, &one);
    takes(q, 3, &other);
    EXPECT(queue_put(q, message(7, 5)) && queue_put(q, message(7, 6)));
    EXPECT(!queue_put(q, refused));
    event_free(refused);
    event_free(other);
    event_free(one);
    queue_free(q);
}

static void *take_until_closed(void *context)
{
    for (struct event *e; (e = queue_take(context)) != NULL; event_free(e)) {
    }
    return NULL;
}

TEST(a_queue_that_is_closed_still_gives_out_those_that_wait)
{
    struct queue *q = queue_new(10);
    struct event *one;
    pthread_t threads[2];

    EXPECT(queue_put(q, message(7, 1)) && queue_put(q, message(7, 2)) && queue_put(q, message(7, 3)));
    takes(q, 1, &one);
    queue_close(q);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, take_until_closed, q);
    }
    sched_yield();
    event_free(one);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    EXPECT(queue_take(q) == NULL);
    queue_free(q);
}

/* ---- many threads -------------------------------------------------------------------------------------- */

enum { TRANSACTIONS = 16, EACH = 400, CONSUMERS = 4 };

struct load {
    struct queue *queue;
    uint64_t seen[TRANSACTIONS];        /* by whoever has the turn, and so without a lock */
    atomic_bool inside[TRANSACTIONS];
    atomic_uint wrong, taken;
};

static void *consume(void *context)
{
    struct load *load = context;

    for (struct event *e; (e = queue_take(load->queue)) != NULL; event_free(e)) {
        unsigned id = e->message.ptr[23];
        bool alone = !atomic_exchange(&load->inside[id], true);
        if (!alone || e->ticket != ++load->seen[id]) {
            atomic_fetch_add(&load->wrong, 1);
        }
        sched_yield();
        atomic_fetch_add(&load->taken, 1);
        atomic_store(&load->inside[id], false);
    }
    return NULL;
}

TEST(with_many_threads_each_transaction_keeps_its_order)
{
    struct load load = { .queue = queue_new(64) };
    pthread_t consumers[CONSUMERS];

    for (int i = 0; i < CONSUMERS; i++) {
        pthread_create(&consumers[i], NULL, consume, &load);
    }
    for (unsigned n = 0; n < TRANSACTIONS * EACH; n++) {
        struct event *e = message((uint8_t)(n % TRANSACTIONS), n / TRANSACTIONS + 1);
        while (!queue_put(load.queue, e)) {
            sched_yield();
        }
    }
    queue_close(load.queue);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(consumers[i], NULL);
    }
    EXPECT_EQ(load.wrong, 0);
    EXPECT_EQ(load.taken, TRANSACTIONS * EACH);
    queue_free(load.queue);
}
