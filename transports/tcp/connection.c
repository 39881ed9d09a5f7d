#include "connection.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "../framing/answer.h"
#include "server.h"
#include "tcp.h"

#define ROUNDS 32               /* reads before the others have their turn */
#define LINGER_TIME 2000        /* milliseconds */

/* ---- deadlines -------------------------------------------------------------------- */

static int64_t patience(const struct connection *c, enum deadline_kind kind)
{
    const struct tcp_options *o = c->server->tcp->options;

    return kind == DEADLINE_LINGER ? LINGER_TIME
         : 1000 * (kind == DEADLINE_IDLE ? o->idle_timeout : o->request_timeout);
}

/* Those of one kind all wait equally long, so the place is nearly always at the end. */
static void set_deadline(struct connection *c, enum deadline_kind kind, int64_t since)
{
    struct deadline_queue *queue = &c->server->deadlines[kind];
    int64_t due = since + patience(c, kind);

    if (c->kind == kind && (kind == DEADLINE_NONE || c->due == due)) {
        return;
    }
    if (c->kind != DEADLINE_NONE) {
        TAILQ_REMOVE(&c->server->deadlines[c->kind], c, late);
    }
    c->kind = kind;
    c->due = due;
    if (kind == DEADLINE_NONE) {
        return;
    }
    struct connection *before = TAILQ_LAST(queue, deadline_queue);
    while (before != NULL && before->due > due) {
        before = TAILQ_PREV(before, deadline_queue, late);
    }
    if (before != NULL) {
        TAILQ_INSERT_AFTER(queue, before, c, late);
    } else {
        TAILQ_INSERT_HEAD(queue, c, late);
    }
}

static struct exchange *first_answered(const struct connection *c)
{
    struct exchange *e = TAILQ_FIRST(&c->exchanges);

    return e != NULL && e->answered ? e : NULL;
}

/* What it is waiting for.  While the gateway thinks, nobody is late. */
static void choose_deadline(struct connection *c)
{
    if (c->lingering) {
        set_deadline(c, DEADLINE_LINGER, c->idle_since);
    } else if (first_answered(c) != NULL) {
        set_deadline(c, DEADLINE_SEND, c->send_since);
    } else if (reader_begun(&c->reader) || !c->stream.agreed) {
        set_deadline(c, DEADLINE_RECEIVE, c->receive_since);
    } else if (c->exchange_count > 0) {
        set_deadline(c, DEADLINE_NONE, 0);
    } else {
        set_deadline(c, DEADLINE_IDLE, c->idle_since);
    }
}

/* ---- beginning and end -------------------------------------------------------------- */

static void run_soon(struct connection *c)
{
    if (!c->in_run && !c->dead) {
        c->in_run = true;
        TAILQ_INSERT_TAIL(&c->server->running, c, run);
    }
}

static void starve(struct connection *c)
{
    if (!c->in_starve) {
        c->in_starve = true;
        TAILQ_INSERT_TAIL(&c->server->starving, c, starve);
    }
}

/* Edge-triggered and for everything: nothing has to be changed in the kernel ever after. */
static bool watch(struct connection *c)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c };

    return epoll_ctl(c->server->epoll, EPOLL_CTL_ADD, c->stream.fd, &event) == 0;
}

/* An answer is one write, so it leaves at once. */
static void prepare(int fd)
{
    static const int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void connection_new(struct server *s, int fd, const struct sockaddr *from)
{
    const struct tcp_options *o = s->tcp->options;
    struct connection *c = calloc(1, sizeof *c);

    if (c == NULL || !address_add(&s->addresses, &c->address, from, (size_t)o->connections_per_address)) {
        close(fd);
        free(c);
        return;
    }
    c->server = s;
    c->idle_since = c->receive_since = s->now;
    TAILQ_INIT(&c->exchanges);
    reader_init(&c->reader, FRAME_CLIENT, (size_t)o->max_message, &s->budget);
    prepare(fd);
    if (!stream_open(&c->stream, fd, &s->tls, NULL) || !watch(c)) {
        address_remove(&c->address);
        stream_close(&c->stream);
        free(c);
        return;
    }
    s->count++;
    TAILQ_INSERT_TAIL(&s->all, c, others);
    c->readable = true;
    run_soon(c);
}

void connection_settle(struct server *s, struct exchange *e, enum cmpgate_settled how, const char *why)
{
    if (e->ticket != 0) {
        s->tcp->gate->settled(s->tcp->endpoint, e->ticket, how, why);
    }
    exchange_free(e);
}

/* Those whose answer is still to come keep their tickets. */
static void abandon_exchanges(struct connection *c, const char *why)
{
    struct exchange *e;

    while ((e = TAILQ_FIRST(&c->exchanges)) != NULL) {
        TAILQ_REMOVE(&c->exchanges, e, order);
        e->connection = NULL;
        if (e->answered) {
            connection_settle(c->server, e, CMPGATE_GONE, why);
        }
    }
}

void connection_drop(struct connection *c, const char *why)
{
    struct server *s = c->server;

    if (c->dead) {
        return;
    }
    c->dead = true;
    abandon_exchanges(c, why);
    set_deadline(c, DEADLINE_NONE, 0);
    if (c->in_run) {
        TAILQ_REMOVE(&s->running, c, run);
    }
    if (c->in_starve) {
        TAILQ_REMOVE(&s->starving, c, starve);
    }
    TAILQ_REMOVE(&s->all, c, others);
    s->count--;
    address_remove(&c->address);
    reader_next(&c->reader);
    stream_close(&c->stream);
    TAILQ_INSERT_TAIL(&s->dead, c, others);
}

void connection_free(struct connection *c)
{
    free(c->parked);
    free(c);
}

/* ---- answers ------------------------------------------------------------------------- */

void connection_answer(const struct server *s, struct exchange *e, const struct cmpgate_reply *reply)
{
    bool absolute = s->tcp->options->check_back[0] == 'a';
    char text[FRAME_TEXT];
    struct frame f = frame_of_reply(reply, e->framing, absolute, time(NULL), text);

    exchange_answer(e, &f);
}

static void add_exchange(struct connection *c, struct exchange *e)
{
    TAILQ_INSERT_TAIL(&c->exchanges, e, order);
    c->exchange_count++;
}

static void remove_exchange(struct connection *c, struct exchange *e)
{
    TAILQ_REMOVE(&c->exchanges, e, order);
    c->exchange_count--;
}

/* An answer of our own, behind those that are still to come; the last of the connection. */
static void refuse(struct connection *c, const struct frame *answer, const char *why)
{
    struct exchange *e = exchange_new(c, answer);
    char peer[ADDRESS_TEXT];

    address_text(&c->address, peer);
    tcp_log(c->server->tcp, CMPGATE_INFO, 0, "%s: refused: %s", peer, why);
    reader_next(&c->reader);
    free(c->parked);
    c->parked = NULL;
    if (e == NULL) {
        connection_drop(c, "out of memory");
        return;
    }
    e->close = true;
    e->answered = true;
    exchange_answer(e, answer);
    c->final = true;
    if (first_answered(c) == NULL) {
        c->send_since = c->server->now;
    }
    add_exchange(c, e);
}

static void refuse_with(struct connection *c, enum framing framing, const char *text)
{
    struct frame answer = frame_of_error(framing, FRAME_GENERAL_SERVER_ERROR, text);

    refuse(c, &answer, text);
}

/* The connection ends with this answer: the peer wants it, the server does, or a finRep is all there was
 * to say.  Version 10 tells the peer so. */
static bool is_last(struct connection *c, struct exchange *e)
{
    bool going = atomic_load(&c->server->stopping) || atomic_load(&c->server->retiring);
    bool alone = c->exchange_count == 1 && !reader_begun(&c->reader);

    return e->close || (alone && (going || (e->nothing && e->framing == FRAMING_V10)));
}

static void begin_answer(struct connection *c, struct exchange *e)
{
    e->close = is_last(c, e);
    if (e->close && e->framing == FRAMING_V10) {
        e->octets[5] |= 0x01;
    }
    c->final = c->final || e->close;
}

/* A peer that has closed its side may be gone altogether; nobody can tell. */
static void finish_answer(struct connection *c, struct exchange *e)
{
    remove_exchange(c, e);
    connection_settle(c->server, e, c->ended ? CMPGATE_AGAIN : CMPGATE_HANDED_OVER,
                      c->ended ? "the peer had closed its side before it had the answer" : NULL);
    c->idle_since = c->send_since = c->server->now;
}

/* False: the rest has to wait. */
static bool write_answer(struct connection *c, struct exchange *e)
{
    if (e->octets == NULL) {
        connection_drop(c, "out of memory");
        return false;
    }
    if (e->sent == 0) {
        begin_answer(c, e);
    }
    ssize_t n = stream_write(&c->stream, e->octets + e->sent, e->len - e->sent);
    if (n == STREAM_FAILED) {
        connection_drop(c, "the peer is gone");
        return false;
    }
    e->sent += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void write_answers(struct connection *c)
{
    struct exchange *e;

    while (!c->dead && (e = first_answered(c)) != NULL && write_answer(c, e)) {
        if (e->sent == e->len) {
            bool last = e->close;
            finish_answer(c, e);
            if (last) {
                abandon_exchanges(c, "the connection ends with the answer before");
                c->exchange_count = 0;
                return;
            }
        }
    }
}

/* ---- requests ------------------------------------------------------------------------- */

static enum cmpgate_taken deliver(struct connection *c, const struct frame *request, uint64_t ticket)
{
    char peer[ADDRESS_TEXT];
    struct cmpgate_delivery delivery = {
        .size = sizeof delivery,
        .ticket = ticket,
        .reference = request->type == FRAME_POLL_REQ ? request->reference : 0,
        .message = request->body,
        .peer = { .size = sizeof delivery.peer, .text = peer,
                  .tls_certificate = { c->stream.certificate.data, c->stream.certificate.size } },
        .arrived = time(NULL)
    };

    address_text(&c->address, peer);
    return c->server->tcp->gate->deliver(c->server->tcp->endpoint, &delivery);
}

/* 0 never was a reference of ours, and means none to the gateway. */
static void answer_at_once(struct connection *c, struct exchange *e)
{
    static const struct cmpgate_reply unknown = { .size = sizeof unknown, .kind = CMPGATE_UNKNOWN_REFERENCE };

    connection_answer(c->server, e, &unknown);
    e->answered = true;
    if (first_answered(c) == NULL) {
        c->send_since = c->server->now;
    }
    add_exchange(c, e);
}

/* The gateway has no room: it keeps the message, reads no more, and tries again when there is some. */
static void park(struct connection *c, const struct frame *request)
{
    if (c->parked == NULL && (c->parked = malloc(sizeof *c->parked)) != NULL) {
        *c->parked = *request;
    }
    if (c->parked == NULL) {
        connection_drop(c, "out of memory");
        return;
    }
    starve(c);
}

static void accept_request(struct connection *c, struct exchange *e)
{
    add_exchange(c, e);
    c->final = c->final || e->close;
    reader_next(&c->reader);
    free(c->parked);
    c->parked = NULL;
}

static void submit(struct connection *c, const struct frame *request)
{
    struct server *s = c->server;
    struct exchange *e = exchange_new(c, request);

    if (e == NULL) {
        park(c, request);
        return;
    }
    if (request->type == FRAME_POLL_REQ && request->reference == 0) {
        answer_at_once(c, e);
        c->final = c->final || e->close;
        reader_next(&c->reader);
        return;
    }
    exchanges_put(&s->exchanges, e, tcp_ticket(s->tcp));
    uint64_t ticket = e->ticket;
    enum framing framing = request->framing;
    enum cmpgate_taken taken = deliver(c, request, ticket);
    if (taken == CMPGATE_TAKEN) {
        accept_request(c, e);
        return;
    }
    exchange_free(exchanges_take(&s->exchanges, ticket));
    if (taken == CMPGATE_FULL) {
        park(c, request);
        return;
    }
    refuse_with(c, framing, "shutting down, or more than the gateway takes");
}

static bool may_read(const struct connection *c)
{
    return !c->dead && !c->ended && !c->final && c->readable && !c->in_starve && c->parked == NULL
        && (int64_t)c->exchange_count < c->server->tcp->options->pipeline && !atomic_load(&c->server->stopping);
}

/* Clients that write head and message separately with Nagle's algorithm on send the second only when the
 * first is acknowledged, over which the kernel takes 40 ms.  The setting wears off. */
static void acknowledge(const struct connection *c)
{
    static const int on = 1;

    if (c->address.counted) {
        setsockopt(c->stream.fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
}

static void took(struct connection *c, size_t n)
{
    struct frame request;
    enum frame_fault fault;

    if (!reader_begun(&c->reader)) {
        c->receive_since = c->server->now;
    }
    switch (reader_took(&c->reader, n, &request, &fault)) {
    case READER_MORE:
        break;
    case READER_WHOLE:
        submit(c, &request);
        break;
    case READER_FAULT:
        request = frame_of_fault(request.framing, fault);
        refuse(c, &request, frame_fault_text(fault));
        break;
    }
}

static void read_some(struct connection *c)
{
    uint8_t *at;
    size_t len;

    if (!reader_space(&c->reader, &at, &len)) {
        starve(c);
        return;
    }
    ssize_t n = stream_read(&c->stream, at, len);
    if (n > 0) {
        took(c, (size_t)n);
    } else if (n == 0) {
        c->ended = true;
        reader_next(&c->reader);
    } else if (n == STREAM_AGAIN) {
        c->readable = false;
        if (reader_begun(&c->reader)) {
            acknowledge(c);
        }
    } else {
        char peer[ADDRESS_TEXT];
        address_text(&c->address, peer);
        tcp_log(c->server->tcp, CMPGATE_INFO, 0, "%s: %s", peer, c->stream.why);
        connection_drop(c, "the peer is gone");
    }
}

static void read_requests(struct connection *c)
{
    if (c->parked != NULL && !c->in_starve && !c->final) {
        struct frame request = *c->parked;
        submit(c, &request);
    }
    for (unsigned i = 0; i < ROUNDS && may_read(c); i++) {
        read_some(c);
    }
    if (may_read(c)) {
        run_soon(c);
    }
}

/* ---- the end --------------------------------------------------------------------------- */

static void linger(struct connection *c)
{
    char scrap[16384];
    ssize_t n = 1;

    if (!c->lingering) {
        c->lingering = true;
        c->idle_since = c->server->now;
        reader_next(&c->reader);
        stream_finish(&c->stream);
    }
    for (unsigned i = 0; i < ROUNDS && n > 0; i++) {
        n = recv(c->stream.fd, scrap, sizeof scrap, MSG_DONTWAIT);
    }
    if (n > 0) {
        run_soon(c);
    } else if (c->ended || n == 0 || errno != EAGAIN) {
        connection_drop(c, NULL);
    }
}

void connection_run(struct connection *c)
{
    if (c->lingering) {
        linger(c);
    } else {
        write_answers(c);
        read_requests(c);
        if (!c->dead) {
            write_answers(c);
        }
        bool over = c->final || c->ended || atomic_load(&c->server->stopping);
        if (!c->dead && over && c->exchange_count == 0) {
            linger(c);
        }
    }
    if (!c->dead) {
        choose_deadline(c);
    }
}

void connection_late(struct connection *c)
{
    char peer[ADDRESS_TEXT];

    address_text(&c->address, peer);
    if (c->kind == DEADLINE_RECEIVE && c->parked != NULL) {
        refuse_with(c, c->parked->framing, "busy, try again later");
        choose_deadline(c);
        run_soon(c);
        return;
    }
    if (c->kind == DEADLINE_RECEIVE || c->kind == DEADLINE_SEND) {
        tcp_log(c->server->tcp, CMPGATE_DEBUG, 0, "%s: too slow in %s", peer,
                c->kind == DEADLINE_SEND ? "reading its answer" : "sending a message");
    }
    connection_drop(c, "the peer did not read its answer in time");
}
