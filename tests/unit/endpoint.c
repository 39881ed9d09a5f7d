#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gateway/endpoint.h"
#include "gateway/log.h"

/* A transport that this test drives: it keeps the gate, and settles at once or when told. */
struct door {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped, closed;
    bool keeps_tickets;                 /* does not settle by itself */
    atomic_uint replies, rooms;
    uint64_t last_ticket;
    enum cmpgate_reply_kind last_kind;
    char last_message[64];
    pthread_t replied_on;
    unsigned slow_ms;
    atomic_bool lingers;                /* does not come back from reply() after settled() */
};

static struct door door;

static void *door_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *options)
{
    (void)options;
    door.gate = gate;
    door.endpoint = endpoint;
    return &door;
}

static void *door_open_fails(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *options)
{
    (void)gate;
    (void)endpoint;
    (void)options;
    return NULL;
}

static void door_serve(void *self)
{
    struct door *d = self;

    pthread_mutex_lock(&d->lock);
    while (!d->stopped) {
        pthread_cond_wait(&d->changed, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
}

static void door_stop(void *self)
{
    struct door *d = self;

    pthread_mutex_lock(&d->lock);
    d->stopped = true;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static void door_reply(void *self, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct door *d = self;

    if (d->slow_ms > 0) {
        usleep(d->slow_ms * 1000);
    }
    pthread_mutex_lock(&d->lock);
    d->last_ticket = ticket;
    d->last_kind = reply->kind;
    snprintf(d->last_message, sizeof d->last_message, "%.*s", (int)reply->message.len,
             reply->message.ptr != NULL ? (const char *)reply->message.ptr : "");
    d->replied_on = pthread_self();
    pthread_mutex_unlock(&d->lock);
    atomic_fetch_add(&d->replies, 1);
    if (!d->keeps_tickets) {
        d->gate->settled(d->endpoint, ticket, CMPGATE_HANDED_OVER, NULL);
    }
    while (atomic_load(&d->lingers)) {
        usleep(1000);
    }
}

static void door_room(void *self)
{
    atomic_fetch_add(&((struct door *)self)->rooms, 1);
}

static void door_close(void *self)
{
    ((struct door *)self)->closed = true;
}

static const struct cmpgate_transport transport = {
    .abi = CMPGATE_ABI, .size = sizeof transport, .name = "door", .can = CMPGATE_SERVES | CMPGATE_CORRELATES,
    .open = door_open, .serve = door_serve, .room = door_room, .reply = door_reply, .stop = door_stop,
    .close = door_close,
};

/* ---- what every test needs ----------------------------------------------------------------------------- */

struct bench {
    struct endpoint_host host;
    struct config_endpoint config;
    struct cmpgate_transport transport;
    struct endpoint *endpoint;
};

static bool no_document(void *context, const char *name, void (*give)(void *, struct cmpgate_bytes, const char *),
                        void *give_context)
{
    (void)context;
    if (strcmp(name, "ca.pem") != 0) {
        return false;
    }
    give(give_context, (struct cmpgate_bytes){ (const uint8_t *)"PEM", 3 }, "application/x-pem-file");
    return true;
}

static void setup(struct bench *b, uint32_t in_flight, size_t queue, uint32_t can)
{
    log_setup(false, CMPGATE_ERROR + 1);        /* what is refused here is meant to be */
    memset(&door, 0, sizeof door);
    pthread_mutex_init(&door.lock, NULL);
    pthread_cond_init(&door.changed, NULL);
    b->transport = transport;
    b->transport.can |= can;
    b->host = (struct endpoint_host){ .queue = queue_new(queue), .listeners = listeners_new(), .message_max = 32,
                                      .document = no_document };
    b->config = (struct config_endpoint){ .name = "lan", .transport = &b->transport, .in_flight = in_flight,
                                          .lanes = 2 };
    b->endpoint = endpoint_open(&b->config, &b->host);
}

static void teardown(struct bench *b)
{
    endpoint_close(b->endpoint);
    listeners_free(b->host.listeners);
    queue_free(b->host.queue);
}

static enum cmpgate_taken deliver(uint64_t ticket, const char *message)
{
    return door.gate->deliver(door.endpoint, &(struct cmpgate_delivery){
        .size = sizeof(struct cmpgate_delivery), .ticket = ticket,
        .message = { (const uint8_t *)message, strlen(message) }, .peer = { .text = "192.0.2.7:1" } });
}

static void answer(struct bench *b, uint64_t ticket, const char *message)
{
    endpoint_reply(b->endpoint, ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_ANSWER,
        .message = { (const uint8_t *)message, strlen(message) } });
}

static void settle(uint64_t ticket)
{
    door.gate->settled(door.endpoint, ticket, CMPGATE_HANDED_OVER, NULL);
}

/* ---- a message's way ------------------------------------------------------------------------------------- */

TEST(a_message_becomes_an_event_and_its_answer_reaches_the_transport)
{
    struct bench b;

    setup(&b, 10, 10, 0);
    EXPECT_EQ(deliver(7, "request"), CMPGATE_TAKEN);
    EXPECT(!endpoint_idle(b.endpoint));
    struct event *e = queue_take(b.host.queue);
    EXPECT(e->endpoint == b.endpoint);
    EXPECT_EQ(e->ticket, 7);
    EXPECT(span_eq(e->message, span_of("request")));
    answer(&b, 7, "answer");
    EXPECT_EQ(door.replies, 1);
    EXPECT_EQ(door.last_ticket, 7);
    EXPECT_STR(door.last_message, "answer");
    EXPECT(endpoint_idle(b.endpoint));
    event_free(e);
    teardown(&b);
    EXPECT(door.closed);
}

TEST(a_ticket_is_answered_once)
{
    struct bench b;

    setup(&b, 10, 10, 0);
    door.keeps_tickets = true;
    EXPECT_EQ(deliver(7, "request"), CMPGATE_TAKEN);
    answer(&b, 7, "first");
    answer(&b, 7, "second");
    answer(&b, 8, "never taken");
    EXPECT_EQ(door.replies, 1);
    EXPECT_STR(door.last_message, "first");
    settle(7);
    answer(&b, 7, "after the end");
    EXPECT_EQ(door.replies, 1);
    teardown(&b);
}

/* INT64_MAX: the answer is on its way. */
static bool time_to_confirm_runs(const struct bench *b, const struct store_octets *transactionID)
{
    int64_t now = (int64_t)time(NULL);
    struct due due = { .at = now, .transactionID = *transactionID };

    return handovers_when(b->host.handovers, &due, now) != INT64_MAX;
}

static void answer_awaited(struct bench *b, uint64_t ticket, const struct store_octets *transactionID, bool again)
{
    endpoint_reply_awaited(b->endpoint, ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_ANSWER }, transactionID, again);
}

TEST(the_time_to_confirm_runs_when_the_answer_is_handed_over)
{
    static const struct store_octets id = { .len = 16, .octets = { 1 } };
    struct bench b;

    setup(&b, 10, 10, 0);
    b.host.handovers = handovers_new(0);
    door.keeps_tickets = true;
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    answer_awaited(&b, 1, &id, false);
    EXPECT(!time_to_confirm_runs(&b, &id));
    settle(1);
    EXPECT(time_to_confirm_runs(&b, &id));
    EXPECT_EQ(deliver(2, "a"), CMPGATE_TAKEN);
    answer_awaited(&b, 2, &id, true);           /* who asks again gains nothing */
    EXPECT(time_to_confirm_runs(&b, &id));
    teardown(&b);
    handovers_free(b.host.handovers);
}

TEST(what_a_storing_transport_holds_still_stops_the_time_to_confirm)
{
    static const struct store_octets id = { .len = 16, .octets = { 1 } };
    struct bench b;

    setup(&b, 10, 10, CMPGATE_STORES);
    b.host.handovers = handovers_new(0);
    door.keeps_tickets = true;
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    answer_awaited(&b, 1, &id, true);
    EXPECT(!time_to_confirm_runs(&b, &id));
    answer_awaited(&b, 1, &id, true);           /* dropped, and not counted */
    settle(1);
    EXPECT(time_to_confirm_runs(&b, &id));
    teardown(&b);
    handovers_free(b.host.handovers);
}

TEST(no_more_than_in_flight_are_taken_until_one_is_settled)
{
    struct bench b;

    setup(&b, 2, 10, 0);
    door.keeps_tickets = true;
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver(2, "b"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver(3, "c"), CMPGATE_FULL);
    answer(&b, 1, "x");
    EXPECT_EQ(deliver(3, "c"), CMPGATE_FULL);   /* answered is not yet settled */
    EXPECT_EQ(door.rooms, 0);
    settle(1);
    EXPECT_EQ(door.rooms, 1);
    EXPECT_EQ(deliver(3, "c"), CMPGATE_TAKEN);
    teardown(&b);
}

static enum cmpgate_taken deliver_from(uint64_t ticket, const char *peer)
{
    return door.gate->deliver(door.endpoint, &(struct cmpgate_delivery){
        .size = sizeof(struct cmpgate_delivery), .ticket = ticket, .message = { (const uint8_t *)"m", 1 },
        .peer = { .text = peer } });
}

TEST(one_peer_does_not_get_all_places)
{
    struct bench b;

    setup(&b, 4, 10, 0);
    struct budget *budget = budget_new(1, 1);
    b.host.budget = budget;
    b.config.in_flight_peer = 2;
    door.keeps_tickets = true;
    EXPECT_EQ(deliver_from(1, "192.0.2.1:1"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver_from(2, "192.0.2.1:2"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver_from(3, "192.0.2.1:3"), CMPGATE_FULL);
    EXPECT_EQ(deliver_from(4, "192.0.2.2:1"), CMPGATE_TAKEN);
    answer(&b, 1, "x");
    settle(1);
    EXPECT_EQ(door.rooms, 1);
    EXPECT_EQ(deliver_from(5, "192.0.2.1:3"), CMPGATE_TAKEN);
    teardown(&b);
    budget_free(budget);
}

TEST(a_few_peers_do_not_get_all_places_together)
{
    struct bench b;

    setup(&b, 8, 10, 0);
    struct budget *budget = budget_new(1, 1);
    b.host.budget = budget;
    b.config.in_flight_peer = 4;
    door.keeps_tickets = true;
    for (uint64_t n = 1; n <= 4; n++) {
        EXPECT_EQ(deliver_from(n, "192.0.2.1:1"), CMPGATE_TAKEN);
    }
    EXPECT_EQ(deliver_from(5, "192.0.2.1:1"), CMPGATE_FULL);
    EXPECT_EQ(deliver_from(5, "192.0.2.2:1"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver_from(6, "192.0.2.2:1"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver_from(7, "192.0.2.2:1"), CMPGATE_FULL);    /* it has two, and two are left */
    EXPECT_EQ(deliver_from(7, "192.0.2.3:1"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver_from(8, "192.0.2.3:1"), CMPGATE_FULL);
    EXPECT_EQ(deliver_from(8, "192.0.2.4:1"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver_from(9, "192.0.2.5:1"), CMPGATE_FULL);
    teardown(&b);
    budget_free(budget);
}

TEST(whoever_may_have_all_places_gets_them)
{
    struct bench b;

    setup(&b, 4, 10, 0);
    struct budget *budget = budget_new(1, 1);
    b.host.budget = budget;
    b.config.in_flight_peer = 4;
    door.keeps_tickets = true;
    for (uint64_t n = 1; n <= 4; n++) {
        EXPECT_EQ(deliver_from(n, "192.0.2.1:1"), CMPGATE_TAKEN);
    }
    teardown(&b);
    budget_free(budget);
}

TEST(settling_what_is_not_open_frees_no_room)
{
    struct bench b;

    setup(&b, 2, 10, 0);
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver(2, "b"), CMPGATE_TAKEN);
    settle(99);
    settle(99);
    EXPECT_EQ(deliver(3, "c"), CMPGATE_FULL);
    teardown(&b);
}

TEST(a_full_queue_is_full_for_the_transport_which_then_hears_of_room)
{
    struct bench b;

    setup(&b, 10, 1, 0);
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver(2, "b"), CMPGATE_FULL);
    EXPECT_EQ(door.rooms, 0);
    event_free(queue_take(b.host.queue));
    EXPECT_EQ(door.rooms, 1);
    EXPECT_EQ(deliver(2, "b"), CMPGATE_TAKEN);
    teardown(&b);
}

TEST(what_can_never_be_taken_is_refused)
{
    struct bench b;

    setup(&b, 10, 10, 0);
    EXPECT_EQ(deliver(1, "thirty-three octets are too many!"), CMPGATE_REFUSED);
    EXPECT_EQ(deliver(0, "ticket 0"), CMPGATE_REFUSED);
    EXPECT_EQ(deliver(2, "a"), CMPGATE_TAKEN);
    EXPECT_EQ(deliver(2, "a"), CMPGATE_REFUSED);
    EXPECT_EQ(door.gate->deliver(door.endpoint, &(struct cmpgate_delivery){ .ticket = 3, .answers = 1 }),
              CMPGATE_REFUSED);
    endpoint_stop(b.endpoint);
    EXPECT_EQ(deliver(4, "a"), CMPGATE_REFUSED);
    teardown(&b);
}

TEST(after_the_stop_what_was_taken_is_still_answered)
{
    struct bench b;

    setup(&b, 10, 10, 0);
    EXPECT(endpoint_serve(b.endpoint));
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    endpoint_stop(b.endpoint);
    EXPECT(door.stopped);
    EXPECT(!endpoint_idle(b.endpoint));
    answer(&b, 1, "late");
    EXPECT_STR(door.last_message, "late");
    EXPECT(endpoint_idle(b.endpoint));
    teardown(&b);
}

TEST(a_transport_that_does_not_open_is_no_endpoint)
{
    struct bench b;

    setup(&b, 1, 1, 0);
    b.transport.open = door_open_fails;
    EXPECT(endpoint_open(&b.config, &b.host) == NULL);
    teardown(&b);
}

/* ---- transports that block ---------------------------------------------------------------------------------- */

static void wait_for_replies(unsigned count)
{
    for (int i = 0; i < 500 && atomic_load(&door.replies) < count; i++) {
        usleep(10000);
    }
}

TEST(a_transport_that_blocks_is_called_on_a_lane_with_copies)
{
    struct bench b;
    char message[] = "answer";

    setup(&b, 10, 10, CMPGATE_BLOCKS);
    EXPECT_EQ(deliver(1, "a"), CMPGATE_TAKEN);
    door.slow_ms = 50;
    answer(&b, 1, message);
    memset(message, '!', sizeof message);
    EXPECT_EQ(door.replies, 0);         /* nobody waited for it */
    EXPECT(!endpoint_idle(b.endpoint));
    wait_for_replies(1);
    EXPECT_STR(door.last_message, "answer");
    EXPECT(!pthread_equal(door.replied_on, pthread_self()));
    teardown(&b);
}

TEST(closing_gives_out_what_waits_in_the_lane)
{
    struct bench b;

    setup(&b, 10, 10, CMPGATE_BLOCKS);
    door.slow_ms = 5;
    for (uint64_t ticket = 1; ticket <= 10; ticket++) {
        EXPECT_EQ(deliver(ticket, "a"), CMPGATE_TAKEN);
        answer(&b, ticket, "x");
    }
    teardown(&b);
    EXPECT_EQ(door.replies, 10);
}

/* ---- the rest of the gate ----------------------------------------------------------------------------------- */

TEST(listening_sockets_come_from_the_gateway)
{
    struct bench b;

    setup(&b, 1, 1, 0);
    EXPECT(door.gate->listener(door.endpoint, "127.0.0.1:0") >= 0);
    EXPECT_EQ(door.gate->listener(door.endpoint, "192.0.2.7:1"), -1);
    EXPECT(door.gate->claim(door.endpoint, "mail/1", 60));
    teardown(&b);
}

static void keep(void *context, struct cmpgate_bytes bytes, const char *media_type)
{
    snprintf(context, 64, "%s:%.*s", media_type, (int)bytes.len, (const char *)bytes.ptr);
}

TEST(documents_come_from_the_gateway)
{
    struct bench b;
    char have[64] = "";

    setup(&b, 1, 1, 0);
    EXPECT(door.gate->document(door.endpoint, "ca.pem", keep, have));
    EXPECT_STR(have, "application/x-pem-file:PEM");
    EXPECT(!door.gate->document(door.endpoint, "other", keep, have));
    teardown(&b);
}

TEST(a_delivery_of_a_module_from_before_there_was_polls_does_not_poll)
{
    struct cmpgate_delivery d = { .size = sizeof d, .message = { (const uint8_t *)"x", 1 }, .polls = true };
    struct event *e = event_of_delivery(NULL, &d);

    REQUIRE(e != NULL);
    EXPECT(e->framed);
    event_free(e);
    d.size = offsetof(struct cmpgate_delivery, polls);
    e = event_of_delivery(NULL, &d);
    REQUIRE(e != NULL);
    EXPECT(!e->framed);
    event_free(e);
}

TEST(a_transport_hears_which_of_its_quirks_are_tolerated)
{
    static const struct cmpgate_quirk quirks[] = {
        { "slams", true, "shuts the door", NULL }, { "knocks", false, "asks twice", NULL }, { .name = NULL } };
    struct bench b;

    setup(&b, 10, 10, 0);
    b.transport.quirks = quirks;
    b.config.tolerate_own = 2;
    EXPECT(door.gate->tolerates(door.endpoint, "knocks"));
    EXPECT(!door.gate->tolerates(door.endpoint, "slams"));
    EXPECT(!door.gate->tolerates(door.endpoint, "short-nonce"));
    teardown(&b);
}

/* ---- a reload ------------------------------------------------------------------------------------------------ */

static void *answer_seven(void *context)
{
    answer(context, 7, "answer");
    return NULL;
}

/* Closing it would free what reply() still runs in. */
TEST(an_endpoint_is_not_idle_before_reply_has_returned)
{
    struct bench b;
    pthread_t worker;

    setup(&b, 10, 10, 0);
    EXPECT_EQ(deliver(7, "request"), CMPGATE_TAKEN);
    atomic_store(&door.lingers, true);
    pthread_create(&worker, NULL, answer_seven, &b);
    while (atomic_load(&door.replies) == 0) {
        usleep(1000);
    }
    usleep(20 * 1000);
    EXPECT(!endpoint_idle(b.endpoint));
    atomic_store(&door.lingers, false);
    pthread_join(worker, NULL);
    EXPECT(endpoint_idle(b.endpoint));
    teardown(&b);
}

static void door_retire(void *self)
{
    door_stop(self);                    /* as if the last peer had gone */
}

TEST(a_retired_endpoint_is_finished_when_serve_returns_and_takes_messages_until_it_is_stopped)
{
    struct bench b;

    setup(&b, 10, 10, 0);
    b.transport.retire = door_retire;
    REQUIRE(endpoint_serve(b.endpoint));
    EXPECT(!endpoint_finished(b.endpoint));
    endpoint_retire(b.endpoint);
    for (int i = 0; i < 5000 && !endpoint_finished(b.endpoint); i++) {
        usleep(1000);
    }
    EXPECT(endpoint_finished(b.endpoint));
    EXPECT_EQ(deliver(7, "request"), CMPGATE_TAKEN);
    answer(&b, 7, "answer");
    endpoint_stop(b.endpoint);
    EXPECT_EQ(deliver(8, "request"), CMPGATE_REFUSED);
    teardown(&b);
}

TEST(a_transport_that_cannot_retire_is_stopped)
{
    struct bench b;

    setup(&b, 10, 10, 0);
    REQUIRE(endpoint_serve(b.endpoint));
    endpoint_retire(b.endpoint);
    EXPECT(endpoint_finished(b.endpoint));
    EXPECT_EQ(deliver(7, "request"), CMPGATE_REFUSED);
    teardown(&b);
}

TEST(the_socket_of_a_retired_endpoint_is_shut)
{
    struct bench b;
    char path[] = "unix:/tmp/cmpgate-test-retired.sock";

    setup(&b, 10, 10, 0);
    b.transport.retire = door_retire;
    EXPECT(door.gate->listener(door.endpoint, path) >= 0);
    EXPECT_EQ(access(path + 5, F_OK), 0);
    endpoint_retire(b.endpoint);
    EXPECT(access(path + 5, F_OK) != 0);
    teardown(&b);
}

/* ---- many at once -------------------------------------------------------------------------------------------- */

enum { EACH = 3000, DELIVERERS = 3 };

static void *deliverer(void *context)
{
    uint64_t first = (uint64_t)(uintptr_t)context * EACH + 1;

    for (uint64_t ticket = first; ticket < first + EACH; ticket++) {
        while (deliver(ticket, "request") == CMPGATE_FULL) {
            sched_yield();
        }
    }
    return NULL;
}

static void *worker(void *context)
{
    struct bench *b = context;

    for (struct event *e; (e = queue_take(b->host.queue)) != NULL; event_free(e)) {
        answer(b, e->ticket, "answer");
    }
    return NULL;
}

static void race(uint32_t can)
{
    struct bench b;
    pthread_t from[DELIVERERS], workers[2];

    setup(&b, 16, 8, can);
    for (int i = 0; i < 2; i++) {
        pthread_create(&workers[i], NULL, worker, &b);
    }
    for (uintptr_t i = 0; i < DELIVERERS; i++) {
        pthread_create(&from[i], NULL, deliverer, (void *)i);
    }
    for (int i = 0; i < DELIVERERS; i++) {
        pthread_join(from[i], NULL);
    }
    queue_close(b.host.queue);
    for (int i = 0; i < 2; i++) {
        pthread_join(workers[i], NULL);
    }
    wait_for_replies(EACH * DELIVERERS);
    teardown(&b);
    EXPECT_EQ(door.replies, EACH * DELIVERERS);
}

TEST(each_of_many_messages_is_answered_once)
{
    race(0);
}

TEST(each_of_many_messages_is_answered_once_by_lanes_too)
{
    race(CMPGATE_BLOCKS);
}
