/* CMP over a Unix socket: the example of docs/writing-a-transport.md.
 *
 * A peer connects, sends one DER PKIMessage, gets one back and is disconnected.  DER says its own
 * length, so there is no framing.
 *
 *      example-socket "desk" { listen = "unix:/run/cmpgate/desk" }
 *
 * serve() owns the connections that are still sending; deliver() hands a complete message over; from
 * then on the connection waits under its ticket until reply() takes it out of the table.
 */
#include <cmpgate/transport.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64, TICK = 1000 /* milliseconds */ };

struct options {
    const char *listen;
    int64_t largest;                    /* octets of a message */
    int64_t patience;                   /* seconds for sending one, and for taking the answer */
};

#define OPTION(name_, type_, member_, ...) \
    { .name = name_, .type = type_, .offset = offsetof(struct options, member_), __VA_ARGS__ }

static const struct cmpgate_option option_table[] = {
    OPTION("listen", CMPGATE_ADDRESS, listen, .required = true, .help = "unix:PATH"),
    OPTION("largest", CMPGATE_OCTETS, largest, .fallback = "64k", .minimum = 1024, .maximum = 1 << 24,
           .help = "octets of the largest message taken"),
    OPTION("patience", CMPGATE_SECONDS, patience, .fallback = "10s", .minimum = 1, .maximum = 3600,
           .help = "time a peer has to send its message, and to take its answer"),
    { .name = NULL }
};

struct connection {
    int fd;                             /* -1: this row is free */
    uint64_t ticket;                    /* 0: still sending */
    time_t since;
    uint8_t *octets;                    /* serve()'s alone; `largest` of them, NULL once delivered */
    size_t have;
};

struct example {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
    const struct options *options;
    int listener, wake;                 /* wake: an eventfd that stop() writes to */
    uint64_t last_ticket;
    pthread_mutex_t lock;               /* of the table; never held across a call of the gate */
    struct connection connections[CONNECTIONS];
};

/* ---- the table ------------------------------------------------------------------------------ */

static void hang_up(struct example *self, struct connection *c)
{
    pthread_mutex_lock(&self->lock);
    close(c->fd);
    free(c->octets);
    *c = (struct connection){ .fd = -1 };
    pthread_mutex_unlock(&self->lock);
}

/* The socket that waits under this ticket, which is then the caller's; -1: there is none. */
static int take_out(struct example *self, uint64_t ticket)
{
    int fd = -1;

    pthread_mutex_lock(&self->lock);
    for (struct connection *c = self->connections; c < self->connections + CONNECTIONS; c++) {
        if (c->fd >= 0 && c->ticket == ticket) {
            fd = c->fd;
            *c = (struct connection){ .fd = -1 };
        }
    }
    pthread_mutex_unlock(&self->lock);
    return fd;
}

static struct connection *free_row(struct example *self)
{
    struct connection *found = NULL;

    pthread_mutex_lock(&self->lock);
    for (struct connection *c = self->connections; c < self->connections + CONNECTIONS && found == NULL; c++) {
        found = c->fd < 0 ? c : NULL;
    }
    pthread_mutex_unlock(&self->lock);
    return found;
}

/* Only serve() fills rows, so one that was free stays free until it does. */
static void welcome(struct example *self)
{
    int fd = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC);
    struct timeval patience = { .tv_sec = self->options->patience };
    struct connection *row = free_row(self);
    uint8_t *octets = malloc((size_t)self->options->largest);

    if (fd < 0 || row == NULL || octets == NULL) {
        free(octets);
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    pthread_mutex_lock(&self->lock);
    *row = (struct connection){ .fd = fd, .since = time(NULL), .octets = octets };
    pthread_mutex_unlock(&self->lock);
}

/* ---- one message ------------------------------------------------------------------------------ */

/* Octets of the SEQUENCE that begins here; 0: too few have come to tell, SIZE_MAX: this is none. */
static size_t whole_length(const uint8_t *p, size_t have)
{
    if (have < 2) {
        return 0;
    }
    size_t more = p[1] < 0x80 ? 0 : p[1] - 0x80u, length = p[1];
    if (p[0] != 0x30 || p[1] == 0x80 || more > 4) {
        return SIZE_MAX;
    }
    if (have < 2 + more) {
        return 0;
    }
    for (size_t i = 0; i < more; i++) {
        length = (i == 0 ? 0 : length << 8) | p[2 + i];
    }
    return 2 + more + length;
}

static void hand_over(struct example *self, struct connection *c)
{
    struct cmpgate_delivery delivery = {
        .size = sizeof delivery,
        .ticket = ++self->last_ticket,
        .message = { c->octets, c->have },
        .peer = { .size = sizeof delivery.peer, .text = "local" },
        .arrived = time(NULL),
    };
    uint8_t *octets = c->octets;

    /* In the table before deliver(): the answer may come on another thread before deliver() returns,
     * and then the row is no longer ours. */
    c->octets = NULL;
    pthread_mutex_lock(&self->lock);
    c->ticket = delivery.ticket;
    pthread_mutex_unlock(&self->lock);
    if (self->gate->deliver(self->endpoint, &delivery) != CMPGATE_TAKEN) {
        hang_up(self, c);               /* all that this protocol can say is nothing */
    }
    free(octets);
}

static void receive(struct example *self, struct connection *c)
{
    size_t largest = (size_t)self->options->largest;
    ssize_t got = recv(c->fd, c->octets + c->have, largest - c->have, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    c->have += got > 0 ? (size_t)got : 0;
    size_t whole = whole_length(c->octets, c->have);
    if (got <= 0 || whole > largest || (whole != 0 && c->have > whole)) {
        hang_up(self, c);
    } else if (c->have == whole) {
        hand_over(self, c);
    }
}

/* ---- the verbs ---------------------------------------------------------------------------------- */

static void watch(struct example *self, struct pollfd *ready)
{
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        const struct connection *c = &self->connections[i];
        ready[i] = (struct pollfd){ .fd = c->ticket == 0 ? c->fd : -1, .events = POLLIN };
    }
    pthread_mutex_unlock(&self->lock);
}

/* Its own thread, until stop(). */
static void example_serve(void *context)
{
    struct example *self = context;
    struct pollfd ready[CONNECTIONS + 2];

    for (;;) {
        watch(self, ready);
        ready[CONNECTIONS] = (struct pollfd){ .fd = self->listener, .events = POLLIN };
        ready[CONNECTIONS + 1] = (struct pollfd){ .fd = self->wake, .events = POLLIN };
        poll(ready, CONNECTIONS + 2, TICK);
        if (ready[CONNECTIONS + 1].revents != 0) {
            return;
        }
        for (size_t i = 0; i < CONNECTIONS; i++) {
            struct connection *c = &self->connections[i];
            if (ready[i].fd >= 0 && ready[i].revents != 0) {
                receive(self, c);
            } else if (ready[i].fd >= 0 && time(NULL) - c->since > self->options->patience) {
                hang_up(self, c);
            }
        }
        if (ready[CONNECTIONS].revents != 0) {
            welcome(self);
        }
    }
}

static bool send_all(int fd, struct cmpgate_bytes message)
{
    size_t sent = 0;

    while (sent < message.len) {
        ssize_t n = send(fd, message.ptr + sent, message.len - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        sent += (size_t)n;
    }
    return true;
}

/* On a thread of the endpoint's lane, because the transport BLOCKS: send() may wait for a slow peer. */
static void example_reply(void *context, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct example *self = context;
    int fd = take_out(self, ticket);

    if (fd < 0) {
        return;                         /* an unknown ticket is ignored */
    }
    /* Every other kind of reply is, in this protocol, the end of the connection. */
    bool taken = reply->kind != CMPGATE_ANSWER || send_all(fd, reply->message);
    close(fd);
    self->gate->settled(self->endpoint, ticket, taken ? CMPGATE_HANDED_OVER : CMPGATE_GONE,
                        taken ? NULL : "the peer did not take its answer");
}

static void example_stop(void *context)
{
    struct example *self = context;

    eventfd_write(self->wake, 1);
}

static void example_close(void *context)
{
    struct example *self = context;

    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (self->connections[i].fd >= 0) {
            hang_up(self, &self->connections[i]);
        }
    }
    close(self->wake);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static void *example_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *options)
{
    struct example *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return NULL;
    }
    self->gate = gate;
    self->endpoint = endpoint;
    self->options = options;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        self->connections[i].fd = -1;
    }
    pthread_mutex_init(&self->lock, NULL);
    self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    self->listener = gate->listener(endpoint, self->options->listen);
    if (self->wake < 0 || self->listener < 0) {
        example_close(self);
        return NULL;
    }
    return self;
}

const struct cmpgate_transport cmpgate_transport = {
    .abi = CMPGATE_ABI,
    .size = sizeof cmpgate_transport,
    .name = "example-socket",
    .can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_BLOCKS,
    .options = option_table,
    .options_size = sizeof (struct options),
    .open = example_open,
    .serve = example_serve,
    .reply = example_reply,
    .stop = example_stop,
    .close = example_close,
};
