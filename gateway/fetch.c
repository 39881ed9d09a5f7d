#include "gateway/fetch.h"

#include <string.h>

#include "gateway/carry.h"
#include "gateway/recall.h"
#include "gateway/reply.h"

/* A reference is all the proof there is, so guesses must be few: a peer has so many at once, and gets new ones as its
 * budget fills up again.  One that hits is given back: many honest clients may be behind one address. */
enum { GUESSES = 100 };

/* The transaction under the reference, if it is of this endpoint; t->last NULL: none.  False after an answer. */
static bool find_transaction(struct task *t)
{
    struct store_octets transactionID;

    if (!store_reference(t->in.store, t->event->reference, &transactionID) || !carry_load(t, &transactionID)) {
        reply_unavailable(t, "the store cannot be read");
        return false;
    }
    if (t->last != NULL && strcmp(t->last->endpoint, t->in.endpoint->name) != 0) {
        t->last = NULL;
        t->in.step_count = 0;
    }
    return true;
}

/* What the reference was given out for: the opening request, or the certConf. */
static const struct step *find_step(const struct task *t)
{
    const struct step *s = t->in.steps;

    while (s < t->last && s->reference != t->event->reference) {
        s++;
    }
    return s;
}

/* The request, as if it had just come in again: the answer is to fit it, since the client knows no other message. */
static bool find_request(struct task *t)
{
    const struct config_endpoint *endpoint = t->in.endpoint;

    if (!store_order(t->in.store, find_step(t)->order, t->in.arena, &t->order) || t->order == NULL || !recall_request(t)) {
        reply_unavailable(t, "the request that is polled for cannot be read again");
        return false;
    }
    t->in.endpoint = endpoint;
    return true;
}

void fetch_event(struct task *t)
{
    if (t->in.endpoint == NULL) {
        reply_unavailable(t, "out of memory");
        return;
    }
    uint64_t price = t->in.config->iterations_burst / GUESSES;

    if (!inbound_pay(&t->in, price, &t->refusal)) {
        reply_unavailable(t, t->refusal.text);
        return;
    }
    if (!find_transaction(t)) {
        return;
    }
    if (t->last != NULL) {
        inbound_refund(&t->in, price);
        if (!find_request(t)) {
            return;
        }
    }
    carry_input(t, INPUT_FETCH);
}
