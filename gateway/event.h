/* What a worker takes from the queue: something that may change a transaction.
 *
 * An event owns copies of all it carries and is one allocation; whoever takes it frees it or gives
 * it on.  Everything else a worker needs is in the store.
 */
#ifndef EVENT_H
#define EVENT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmpgate/backend.h>
#include <cmpgate/transport.h>

#include "gateway/store/store.h"

struct endpoint;
struct batch;

enum event_kind {
    EVENT_MESSAGE,      /* from a transport: ticket, message, where it came from */
    EVENT_OUTCOME,      /* from a backend: order, outcome */
    EVENT_DUE,          /* from the timer: transactionID (a confirmation is late) or order */
    EVENT_HOLD          /* from the timer: this ticket must be answered now, one way or another */
};

enum { EVENT_AWAITS = 32 };

struct event {
    enum event_kind kind;
    struct event *next;                 /* the queue's, or the timer's */
    int64_t later;                      /* the timer's */
    unsigned put_off, lost;             /* how often already: until the store can be used; to another that was first */
    char id[16];                        /* "7f3a09c2": on every log line about it */
    uint32_t turn;                      /* MESSAGE: of its transaction; 0: it waits for no other */
    struct queue *in_work;              /* the queue that gave it out and will give out none of its turn until it is freed */
    /* MESSAGE, HOLD */
    struct endpoint *endpoint;
    uint64_t ticket;
    struct span message;
    uint64_t peer_number;               /* budget_peer() */
    uint64_t foreseen;                  /* the queue's: nanoseconds that it was taken to cost */
    const char *peer, *user;            /* text; user NULL: none */
    bool user_proven;
    struct span tls_certificate;
    const char *profile, *operation;    /* from the path, or NULL */
    uint32_t reference;
    bool framed;                        /* its framing can say "come back later" */
    int64_t arrived;
    int64_t patience;                   /* monotonic milliseconds until which it waits for an inquiry; 0: it has not waited yet */
    uint8_t awaits[EVENT_AWAITS];                 /* the inquiry's */
    struct batch *batch;                /* a batch whose messages have all been answered; owned */
    /* OUTCOME, DUE, HOLD */
    struct store_octets transactionID;
    uint8_t order[STORE_ORDER_ID];
    struct cmpgate_outcome outcome;     /* pointers into this event */
    bool fresh;                         /* DUE: the order was committed a moment ago by this very process */
};

/* All of these copy and return NULL when memory is out. */
struct event *event_of_delivery(struct endpoint *, const struct cmpgate_delivery *);
struct event *event_of_outcome(const uint8_t order[STORE_ORDER_ID], const struct cmpgate_outcome *);
struct event *event_due(const struct due *);
struct event *event_hold(struct endpoint *, uint64_t ticket, const struct store_octets *transactionID);
void event_free(struct event *);
/* What waits for long lets others of its turn go first. */
void event_yield(struct event *);

/* A number for the transactionID that a message has in its header, if it can be found there; never 0 then.  A nested message
 * that adds protection has that of the message inside; 0 for a batch, whose parts have transactions of their own.  Cheap: it
 * skips seven elements at most of each. */
uint32_t event_turn(struct span message);

/* ---- the bounded queue ------------------------------------------------------------ */

/* Messages are taken from the peer that has had least of the workers' time, among those that have some waiting, so
 * whoever sends many, or such as cost much, waits behind itself; our own events take turns with all of them.
 *
 * Messages of one transaction are given out one at a time, in the order in which they were put: the next when the last
 * one has been freed, which is when its change is on disk.  Two transactions may share a turn; then one waits a little. */

struct queue;
struct queue *queue_new(size_t most);
bool queue_put(struct queue *, struct event *);         /* false: full or closed; the caller keeps it */
void queue_put_always(struct queue *, struct event *);  /* our own follow-ups: outcomes, timers, repeats after a lost
                                                         * race; bounded by what is in flight, never refused */
struct event *queue_take(struct queue *);               /* waits; NULL when closed and empty */
/* What a message that was taken has cost: its `foreseen`, and the time that it really took.  Any thread. */
void queue_worked(struct queue *, uint64_t peer_number, uint64_t foreseen, uint64_t nanoseconds);
void queue_next_turn(struct queue *, uint32_t turn);    /* event.c's alone */
void queue_close(struct queue *);
void queue_free(struct queue *);                        /* and whatever was put after the last take */

/* Who was refused wants to hear of room.  room() is called on the thread of whoever made the room, with
 * no lock of the queue held that put or take need; it must only set a flag or an eventfd.  The watch
 * belongs to the caller and is not called any more once queue_unwatch() returned. */
struct queue_watch {
    void (*room)(void *context);
    void *context;
    struct queue_watch *next;           /* the queue's */
};
void queue_watch(struct queue *, struct queue_watch *);
void queue_unwatch(struct queue *, struct queue_watch *);

#endif
