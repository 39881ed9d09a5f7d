#include "gateway/endpoint.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/batch.h"
#include "gateway/lane.h"
#include "gateway/log.h"
#include "gateway/module.h"
#include "gateway/quirk.h"
#include "gateway/thread.h"
#include "gateway/ticket.h"

enum { SOCKETS_MOST = 16 };

/* What a module knows as struct cmpgate_endpoint is a struct endpoint. */
struct endpoint {
    const struct config_endpoint *config;
    const struct endpoint_host *host;
    const struct cmpgate_transport *transport;
    void *self;                         /* the module's */
    struct lane *lane;                  /* when it BLOCKS */
    pthread_t thread;
    bool serving;
    struct queue_watch watch;
    pthread_mutex_t lock;               /* never held while calling the module */
    struct tickets *tickets;
    bool stopped;
    atomic_bool finished;               /* serve() has returned */
    unsigned answering;                 /* calls of endpoint_reply() under way */
    bool starved;                       /* deliver() has said FULL since room() was called */
    int sockets[SOCKETS_MOST];          /* from gate_listener(), to be given back */
    size_t socket_count;
};

static struct endpoint *endpoint_of(struct cmpgate_endpoint *handle)
{
    return (struct endpoint *)(void *)handle;
}

__attribute__((format(printf, 4, 5)))
static void endpoint_log(const struct endpoint *e, enum cmpgate_severity severity, const char *id,
                         const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    log_line(severity, &(struct log_subject){ .id = id, .endpoint = e->config->name }, "%s", text);
}

/* Seconds in which a transport that keeps a request will have tried again. */
enum { TRIES_AGAIN = 3600 };

/* Nobody there, or an unclear end where nothing is kept: the client repeats, polls, or has gone for good. */
static void settle_awaited(const struct endpoint *e, const struct ticket *ticket, enum cmpgate_settled how)
{
    int64_t now = (int64_t)time(NULL);
    bool kept = how == CMPGATE_AGAIN && (e->transport->can & CMPGATE_STORES);

    if (ticket->awaited.len > 0 &&
        handovers_end(e->host->handovers, &ticket->awaited, kept ? now + TRIES_AGAIN : now, !kept)) {
        timer_wake(e->host->timer, now);
    }
}

/* ---- in ---------------------------------------------------------------------------------------- */

/* Nothing that is wrong for good may be answered FULL: the transport would offer it for ever. */
static const char *objection(struct endpoint *e, const struct cmpgate_delivery *d)
{
    if (e->stopped) {
        return "the gateway is stopping";
    }
    if (d->message.len > e->host->message_max) {
        return "the message is larger than message-max";
    }
    if (d->ticket == 0 || batch_is_ticket(d->ticket) || tickets_find(e->tickets, d->ticket) != NULL) {
        return "the transport has used a ticket twice, or one above 2^63";
    }
    return d->answers != 0 ? "a response to a message that this endpoint did not send" : NULL;
}

/* Whoever has as many places as are left takes no more of them: so a few peers together do not get them all, and one that
 * comes new finds a place.  Not where a peer may have them all, since then it stands for many. */
static bool has_its_share(const struct endpoint *e, uint64_t peer)
{
    size_t held = tickets_of(e->tickets, peer), left = e->config->in_flight - tickets_count(e->tickets);
    bool shared = e->config->in_flight_peer < e->config->in_flight;

    return e->host->budget != NULL && (held >= e->config->in_flight_peer || (shared && held >= left));
}

static enum cmpgate_taken take_ticket(struct endpoint *e, const struct cmpgate_delivery *d, uint64_t peer, const char *id)
{
    enum cmpgate_taken taken = CMPGATE_TAKEN;

    pthread_mutex_lock(&e->lock);
    const char *why = objection(e, d);
    if (why != NULL) {
        taken = CMPGATE_REFUSED;
    } else if (has_its_share(e, peer) || tickets_add(e->tickets, d->ticket, peer, id) == NULL) {
        e->starved = true;
        taken = CMPGATE_FULL;
    }
    pthread_mutex_unlock(&e->lock);

    if (why != NULL) {
        struct log_subject subject = { .id = id[0] != '\0' ? id : NULL, .endpoint = e->config->name, .peer = d->peer.text };
        log_line(CMPGATE_INFO, &subject, "refused %zu octets: %s", d->message.len, why);
    }
    return taken;
}

static void drop_ticket(struct endpoint *e, uint64_t number)
{
    pthread_mutex_lock(&e->lock);
    struct ticket dropped = { .state = TICKET_FREE };
    struct ticket *ticket = tickets_find(e->tickets, number);
    if (ticket != NULL) {
        dropped = *ticket;
        tickets_remove(e->tickets, ticket);
    }
    e->starved = true;
    pthread_mutex_unlock(&e->lock);
    settle_awaited(e, &dropped, CMPGATE_GONE);
}

static enum cmpgate_taken gate_deliver(struct cmpgate_endpoint *handle, const struct cmpgate_delivery *d)
{
    struct endpoint *e = endpoint_of(handle);
    /* Too large must not even be copied. */
    struct event *event = d->message.len > e->host->message_max ? NULL : event_of_delivery(e, d);
    const char *id = event != NULL ? event->id : NULL;
    uint64_t peer = e->host->budget != NULL ? budget_peer(e->host->budget, d->peer.text) : 0;

    if (event != NULL) {
        event->peer_number = peer;
    }
    /* The ticket is in the table before the event is in the queue: a worker may answer at once. */
    enum cmpgate_taken taken = take_ticket(e, d, peer, id != NULL ? id : "");
    if (taken == CMPGATE_TAKEN && (event == NULL || !queue_put(e->host->queue, event))) {
        drop_ticket(e, d->ticket);
        taken = CMPGATE_FULL;
    }
    if (taken != CMPGATE_TAKEN) {
        event_free(event);
    }
    return taken;
}

/* ---- out --------------------------------------------------------------------------------------- */

struct answer {
    struct lane_item item;
    uint64_t ticket;
    struct cmpgate_reply reply;
    /* the message and the reason follow */
};

static struct answer *answer_copy(uint64_t ticket, const struct cmpgate_reply *reply)
{
    size_t reason = reply->reason != NULL ? strlen(reply->reason) + 1 : 0;
    struct answer *a = malloc(sizeof *a + reply->message.len + reason);

    if (a == NULL) {
        return NULL;
    }
    uint8_t *tail = (uint8_t *)(a + 1);
    a->ticket = ticket;
    a->reply = *reply;
    if (reply->message.ptr != NULL) {
        memcpy(tail, reply->message.ptr, reply->message.len);
        a->reply.message.ptr = tail;
    }
    if (reason > 0) {
        a->reply.reason = memcpy(tail + reply->message.len, reply->reason, reason);
    }
    return a;
}

static void answer_on_lane(void *context, struct lane_item *item)
{
    struct endpoint *e = context;
    struct answer *a = (struct answer *)(void *)item;

    e->transport->reply(e->self, a->ticket, &a->reply);
    free(a);
}

static void hand_over(struct endpoint *e, uint64_t ticket, const struct cmpgate_reply *reply)
{
    if (e->lane == NULL) {
        e->transport->reply(e->self, ticket, reply);
        return;
    }
    struct answer *a = answer_copy(ticket, reply);
    if (a == NULL) {
        /* The peer will repeat its request and get the stored answer. */
        endpoint_log(e, CMPGATE_ERROR, NULL, "out of memory: an answer was not given");
        drop_ticket(e, ticket);
        return;
    }
    lane_put(e->lane, &a->item);
}

/* From then on the transport owes settled(). */
static bool take_answer(struct endpoint *e, uint64_t number, const struct store_octets *awaited)
{
    pthread_mutex_lock(&e->lock);
    struct ticket *ticket = tickets_find(e->tickets, number);
    bool owed = ticket != NULL && ticket->state == TICKET_TAKEN;
    if (owed) {
        ticket->state = TICKET_ANSWERED;
    }
    if (owed && awaited != NULL) {
        ticket->awaited = *awaited;
        handovers_begin(e->host->handovers, awaited);
    }
    e->answering++;
    pthread_mutex_unlock(&e->lock);
    return owed;
}

static void answer(struct endpoint *e, uint64_t number, const struct cmpgate_reply *reply,
                   const struct store_octets *awaited)
{
    if (batch_is_ticket(number)) {
        batches_answer(e->host->batches, number, reply);
        return;
    }
    if (take_answer(e, number, awaited)) {
        hand_over(e, number, reply);
    } else {
        endpoint_log(e, CMPGATE_DEBUG, NULL, "ticket %" PRIu64 " has been answered already", number);
    }
    /* The ticket may be settled before reply() has returned: until here nobody may close what it runs in. */
    pthread_mutex_lock(&e->lock);
    e->answering--;
    pthread_mutex_unlock(&e->lock);
}

void endpoint_reply(struct endpoint *e, uint64_t number, const struct cmpgate_reply *reply)
{
    answer(e, number, reply, NULL);
}

void endpoint_reply_awaited(struct endpoint *e, uint64_t number, const struct cmpgate_reply *reply,
                            const struct store_octets *transactionID, bool again)
{
    bool counts = e->host->handovers != NULL && (!again || (e->transport->can & CMPGATE_STORES));

    answer(e, number, reply, counts ? transactionID : NULL);
}

static void gate_settled(struct cmpgate_endpoint *handle, uint64_t number, enum cmpgate_settled how, const char *why)
{
    static const char *const ends[] = { "handed over", "not handed over for now", "the peer is gone" };
    struct endpoint *e = endpoint_of(handle);
    struct ticket settled = { .state = TICKET_FREE };

    pthread_mutex_lock(&e->lock);
    struct ticket *ticket = tickets_find(e->tickets, number);
    if (ticket != NULL) {
        settled = *ticket;
        tickets_remove(e->tickets, ticket);
    }
    bool room = e->starved && !e->stopped;
    e->starved = e->starved && !room;
    pthread_mutex_unlock(&e->lock);

    settle_awaited(e, &settled, how);
    if (settled.state == TICKET_FREE) {
        endpoint_log(e, CMPGATE_WARN, NULL, "the transport settled ticket %" PRIu64 ", which is not open", number);
    } else {
        endpoint_log(e, how == CMPGATE_HANDED_OVER ? CMPGATE_DEBUG : CMPGATE_INFO, settled.id, "%s%s%s",
                     ends[how <= CMPGATE_GONE ? how : CMPGATE_GONE], why != NULL ? ": " : "", why != NULL ? why : "");
    }
    if (room && e->transport->room != NULL) {
        e->transport->room(e->self);
    }
}

/* The queue was full for somebody, and has room.  Said to all: a word too many does no harm. */
static void queue_has_room(void *context)
{
    struct endpoint *e = context;

    if (e->transport->room != NULL) {
        e->transport->room(e->self);
    }
}

/* ---- the rest of the gate ----------------------------------------------------------------------- */

static int gate_listener(struct cmpgate_endpoint *handle, const char *address)
{
    struct endpoint *e = endpoint_of(handle);
    char why[256] = "this gateway does not listen", where[128];
    bool may = e->host->listeners != NULL && e->socket_count < SOCKETS_MOST;
    int fd = may ? listeners_get(e->host->listeners, address, why, sizeof why) : -1;

    if (fd < 0) {
        endpoint_log(e, CMPGATE_ERROR, NULL, "cannot listen on %s: %s", address, why);
        return -1;
    }
    e->sockets[e->socket_count++] = fd;
    listener_text(fd, where, sizeof where);
    endpoint_log(e, CMPGATE_INFO, NULL, "listening on %s", where);
    return fd;
}

/* There is one gateway to a store, so every name is ours. */
static bool gate_claim(struct cmpgate_endpoint *handle, const char *name, unsigned seconds)
{
    (void)handle;
    (void)name;
    (void)seconds;
    return true;
}

static bool gate_document(struct cmpgate_endpoint *handle, const char *name,
                          void (*give)(void *, struct cmpgate_bytes, const char *), void *context)
{
    const struct endpoint_host *host = endpoint_of(handle)->host;

    return host->document != NULL && host->document(host->context, name, give, context);
}

__attribute__((format(printf, 4, 5)))
static void gate_log(struct cmpgate_endpoint *handle, enum cmpgate_severity severity, uint64_t number,
                     const char *format, ...)
{
    struct endpoint *e = endpoint_of(handle);
    char text[1024], id[sizeof ((struct ticket *)NULL)->id] = "";
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (number != 0) {
        pthread_mutex_lock(&e->lock);
        const struct ticket *ticket = tickets_find(e->tickets, number);
        if (ticket != NULL) {
            memcpy(id, ticket->id, sizeof id);
        }
        pthread_mutex_unlock(&e->lock);
    }
    endpoint_log(e, severity, id[0] != '\0' ? id : NULL, "%s", text);
}

static bool gate_tolerates(struct cmpgate_endpoint *handle, const char *name)
{
    const struct config_endpoint *config = endpoint_of(handle)->config;
    const struct cmpgate_quirk *table = module_quirks(config->transport), *row = quirk_find(table, name);

    return row != NULL && (config->tolerate_own >> (row - table) & 1);
}

static const struct cmpgate_gate gate = {
    .size = sizeof gate,
    .deliver = gate_deliver,
    .settled = gate_settled,
    .listener = gate_listener,
    .claim = gate_claim,
    .document = gate_document,
    .log = gate_log,
    .tolerates = gate_tolerates,
};

/* ---- life --------------------------------------------------------------------------------------- */

static struct endpoint *endpoint_new(const struct config_endpoint *config, const struct endpoint_host *host)
{
    struct endpoint *e = calloc(1, sizeof *e);

    if (e == NULL) {
        return NULL;
    }
    e->config = config;
    e->host = host;
    e->transport = config->transport;
    e->watch = (struct queue_watch){ .room = queue_has_room, .context = e };
    pthread_mutex_init(&e->lock, NULL);
    e->tickets = tickets_new(config->in_flight);
    if (e->transport->can & CMPGATE_BLOCKS) {
        e->lane = lane_start(config->name, config->lanes, answer_on_lane, e);
    }
    return e;
}

static void drop_sockets(struct endpoint *e)
{
    while (e->socket_count > 0) {
        listeners_drop(e->host->listeners, e->sockets[--e->socket_count]);
    }
}

/* What the transport owes still when it is closed. */
static void settle_all(struct endpoint *e)
{
    for (struct ticket *left; e->tickets != NULL && (left = tickets_any(e->tickets)) != NULL;) {
        settle_awaited(e, left, CMPGATE_AGAIN);
        tickets_remove(e->tickets, left);
    }
}

static void endpoint_free(struct endpoint *e)
{
    lane_stop(e->lane);
    settle_all(e);
    drop_sockets(e);
    tickets_free(e->tickets);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

struct endpoint *endpoint_open(struct config_endpoint *config, const struct endpoint_host *host)
{
    struct endpoint *e = endpoint_new(config, host);
    bool blocks = config->transport->can & CMPGATE_BLOCKS;

    if (e == NULL || e->tickets == NULL || (blocks && e->lane == NULL)) {
        log_line(CMPGATE_ERROR, &(struct log_subject){ .endpoint = config->name }, "out of memory or threads");
        goto failed;
    }
    e->self = e->transport->open(&gate, (struct cmpgate_endpoint *)(void *)e, config->options);
    if (e->self == NULL) {
        endpoint_log(e, CMPGATE_ERROR, NULL, "%s \"%s\" does not open", e->transport->name, config->name);
        goto failed;
    }
    queue_watch(host->queue, &e->watch);
    return e;

failed:
    if (e != NULL) {
        endpoint_free(e);
    }
    return NULL;
}

static void *serve(void *context)
{
    struct endpoint *e = context;

    e->transport->serve(e->self);
    atomic_store(&e->finished, true);
    return NULL;
}

bool endpoint_serve(struct endpoint *e)
{
    e->serving = thread_start(&e->thread, e->config->name, serve, e);
    if (!e->serving) {
        endpoint_log(e, CMPGATE_ERROR, NULL, "no thread can be started");
    }
    return e->serving;
}

void endpoint_retire(struct endpoint *e)
{
    if (CMPGATE_HAS(e->transport, retire)) {
        e->transport->retire(e->self);
    } else {
        endpoint_stop(e);
    }
    /* A door that has no other user is shut now, not when the last one has gone. */
    drop_sockets(e);
}

bool endpoint_finished(const struct endpoint *e)
{
    return atomic_load(&e->finished);
}

void endpoint_stop(struct endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    bool stopped = e->stopped;
    e->stopped = true;
    pthread_mutex_unlock(&e->lock);

    if (!stopped) {
        e->transport->stop(e->self);
    }
    if (e->serving) {
        pthread_join(e->thread, NULL);
        e->serving = false;
    }
}

bool endpoint_idle(struct endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    bool idle = tickets_count(e->tickets) == 0 && e->answering == 0;
    pthread_mutex_unlock(&e->lock);
    return idle && (e->lane == NULL || lane_idle(e->lane));
}

void endpoint_close(struct endpoint *e)
{
    if (e == NULL) {
        return;
    }
    endpoint_stop(e);
    queue_unwatch(e->host->queue, &e->watch);
    /* What waits in the lane calls the module, so the lane ends first. */
    lane_stop(e->lane);
    e->lane = NULL;
    e->transport->close(e->self);
    endpoint_free(e);
}

const struct config_endpoint *endpoint_config(const struct endpoint *e)
{
    return e->config;
}

const char *endpoint_name(const struct endpoint *e)
{
    return e->config->name;
}
