/* One configured transport, running: its thread, its tickets, its limits.
 *
 * deliver() makes an event of a message and puts it into the queue, as long as fewer than
 * `in_flight` messages of this endpoint are unsettled.  endpoint_reply() hands the one answer to the
 * transport: on the calling thread, or on the endpoint's lane when the transport BLOCKS.
 *
 * Life of a ticket:  deliver() ─► TAKEN ─► endpoint_reply() ─► settled() ─► forgotten.
 * Whatever a transport or we do out of this order is logged and has no effect.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H
#include "gateway/budget.h"
#include "gateway/config.h"
#include "gateway/event.h"
#include "gateway/handover.h"
#include "gateway/listener.h"
#include "gateway/timer.h"

struct endpoint;

/* What endpoints need of the gateway; filled by gateway.c.  Must outlive them. */
struct endpoint_host {
    struct queue *queue;
    struct batches *batches;            /* NULL: nothing but transports' own tickets is answered */
    struct listeners *listeners;
    size_t message_max;
    /* gate->document(): see transport.h; may be NULL */
    bool (*document)(void *context, const char *name,
                     void (*give)(void *, struct cmpgate_bytes, const char *media_type), void *give_context);
    void *context;
    const struct budget *budget;        /* that tells peers apart; NULL: nobody does */
    struct handovers *handovers;        /* told of answers with a certificate to be confirmed; may be NULL */
    struct timer *timer;                /* woken when one of them was late; with handovers */
};

struct endpoint *endpoint_open(struct config_endpoint *, const struct endpoint_host *); /* NULL after a log line */
bool endpoint_serve(struct endpoint *);         /* starts its thread */
/* Once a taken ticket, or one of a batch; copied.  Any thread; a second answer to a ticket is dropped. */
void endpoint_reply(struct endpoint *, uint64_t ticket, const struct cmpgate_reply *);
/* The same for an answer with a certificate to be confirmed: the time to do so runs from when it is handed over.
 * again: it was given before.  A transport that STORES has not let go of the request then, so the answer had not
 * arrived; any other client has let it go, and gets no more time by asking again. */
void endpoint_reply_awaited(struct endpoint *, uint64_t ticket, const struct cmpgate_reply *,
                            const struct store_octets *transactionID, bool again);
/* No new peers; goes on with those it has, where the transport can, and is finished when the last has gone. */
void endpoint_retire(struct endpoint *);
bool endpoint_finished(const struct endpoint *);    /* serve() has returned, by itself or told to */
void endpoint_stop(struct endpoint *);          /* takes no more; waits for serve() to return */
bool endpoint_idle(struct endpoint *);          /* nothing in flight, nobody in endpoint_reply() */
void endpoint_close(struct endpoint *);         /* frees; nothing may be in flight in queue or writer */
const struct config_endpoint *endpoint_config(const struct endpoint *);
const char *endpoint_name(const struct endpoint *);

#endif
