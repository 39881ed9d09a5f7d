/* The answers to the messages in a batch: gathered from any thread, complete once. */
#include "gateway/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

static struct event *new_event(void)
{
    struct cmpgate_delivery d = { .size = sizeof d, .ticket = 1, .message = { (const uint8_t *)"batch", 5 } };

    return event_of_delivery(NULL, &d);
}

static const struct credential sender = { .kind = CREDENTIAL_CERTIFICATE };

static void answer(struct batches *all, uint64_t ticket, const char *text)
{
    batches_answer(all, ticket, &(struct cmpgate_reply){
        .size = sizeof(struct cmpgate_reply), .kind = CMPGATE_ANSWER, .message = { (const uint8_t *)text, strlen(text) } });
}

static const char *text_of(const struct batch *b, size_t part)
{
    static char text[32];
    struct span s = batch_part(b, part);

    if (s.ptr == NULL) {
        return "none";
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return text;
}

/* The queue gives what was put into it, in order: the batch is not there before the marker. */
static bool is_queued(struct queue *queue)
{
    struct event *marker = new_event();

    queue_put_always(queue, marker);
    struct event *first = queue_take(queue);
    bool queued = first != marker;
    event_free(first);
    if (queued) {
        event_free(queue_take(queue));
    }
    return queued;
}

/* holds 9483-5.2.2.2-05 */
TEST(a_batch_comes_back_with_its_last_answer)
{
    struct queue *queue = queue_new(10);
    struct batches *all = batches_new(queue);
    struct event *e = new_event();
    struct batch *b = batches_open(all, e, &sender, 2);
    uint64_t first = batch_ticket(b, 0), second = batch_ticket(b, 1);

    EXPECT(batch_is_ticket(first) && batch_is_ticket(second) && first != second);
    EXPECT(!batch_is_ticket(1) && !batch_is_ticket(UINT64_MAX >> 1));
    batches_begun(all, b);
    answer(all, second, "two");
    EXPECT(!is_queued(queue));
    answer(all, first, "one");
    struct event *back = queue_take(queue);
    REQUIRE(back == e);
    EXPECT_EQ(batch_parts(e->batch), 2);
    EXPECT_STR(text_of(e->batch, 0), "one");
    EXPECT_STR(text_of(e->batch, 1), "two");
    EXPECT_EQ(batch_sender(e->batch)->kind, CREDENTIAL_CERTIFICATE);
    event_free(back);
    batches_free(all);
    queue_free(queue);
}

TEST(all_answers_may_be_there_before_it_has_begun)
{
    struct queue *queue = queue_new(10);
    struct batches *all = batches_new(queue);
    struct batch *b = batches_open(all, new_event(), &sender, 1);

    answer(all, batch_ticket(b, 0), "one");
    EXPECT(!is_queued(queue));
    batches_begun(all, b);
    EXPECT(is_queued(queue));
    batches_free(all);
    queue_free(queue);
}

TEST(the_first_answer_counts_and_strangers_do_not)
{
    struct queue *queue = queue_new(10);
    struct batches *all = batches_new(queue);
    struct batch *b = batches_open(all, new_event(), &sender, 2);
    uint64_t first = batch_ticket(b, 0), second = batch_ticket(b, 1);

    batches_begun(all, b);
    answer(all, first, "one");
    answer(all, first, "another");
    answer(all, batch_ticket(b, 2), "of no part");
    answer(all, first + (UINT64_C(1) << 40), "of no batch");
    EXPECT(!is_queued(queue));
    answer(all, second, "two");
    struct event *back = queue_take(queue);
    EXPECT_STR(text_of(back->batch, 0), "one");
    event_free(back);
    answer(all, second, "too late");
    EXPECT(!is_queued(queue));
    batches_free(all);
    queue_free(queue);
}

TEST(what_is_no_message_is_left_out)
{
    struct queue *queue = queue_new(10);
    struct batches *all = batches_new(queue);
    struct batch *b = batches_open(all, new_event(), &sender, 1);
    uint64_t ticket = batch_ticket(b, 0);

    batches_begun(all, b);
    batches_answer(all, ticket, &(struct cmpgate_reply){ .kind = CMPGATE_UNAVAILABLE, .reason = "busy" });
    struct event *back = queue_take(queue);
    EXPECT_STR(text_of(back->batch, 0), "none");
    event_free(back);
    batches_free(all);
    queue_free(queue);
}

TEST(what_is_still_open_is_freed)
{
    struct queue *queue = queue_new(10);
    struct batches *all = batches_new(queue);
    struct batch *b = batches_open(all, new_event(), &sender, 2);

    batches_begun(all, b);
    answer(all, batch_ticket(b, 0), "one");
    batches_free(all);
    queue_free(queue);
}

/* ---- many threads ------------------------------------------------------------------------------ */

enum { PARTS = 1000, THREADS = 4 };

struct crowd {
    struct batches *all;
    struct batch *batch;
    uint64_t tickets[PARTS];
};

static void *answer_all(void *context)
{
    struct crowd *c = context;

    for (size_t i = 0; i < PARTS; i++) {
        answer(c->all, c->tickets[i], "x");
    }
    return NULL;
}

TEST(many_threads_complete_it_once)
{
    static struct crowd c;
    struct queue *queue = queue_new(10);
    pthread_t threads[THREADS];

    c.all = batches_new(queue);
    c.batch = batches_open(c.all, new_event(), &sender, PARTS);
    for (size_t i = 0; i < PARTS; i++) {
        c.tickets[i] = batch_ticket(c.batch, i);
    }
    for (size_t i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, answer_all, &c) == 0);
    }
    batches_begun(c.all, c.batch);
    struct event *back = queue_take(queue);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    EXPECT_EQ(batch_parts(back->batch), PARTS);
    for (size_t i = 0; i < PARTS; i++) {
        EXPECT_STR(text_of(back->batch, i), "x");
    }
    event_free(back);
    EXPECT(!is_queued(queue));
    batches_free(c.all);
    queue_free(queue);
}
