/* CMP over TCP, port 829: RFC 2510, section 5.2, and version 10 of the same; one configured endpoint.
 *
 *   tcp.c         the module: options, verbs
 *   server.c      the event loop: accepting, waking, deadlines, stopping
 *   connection.c  one connection: reading requests, writing answers in their order
 *   exchange.c    one request on its way; ticket -> exchange
 *   address.c     who is at the other end, and how many connections they have
 *   client.c      send(): threads that carry one message at a time
 *   transfer.c    one message on its way: framing, polling    dial.c  connecting
 *   ../framing/   the messages         ../stream/   TLS
 */
#ifndef TCP_H
#define TCP_H
#include <stdatomic.h>

#include <cmpgate/transport.h>

struct tcp_options {
    const char *listen, *url;
    /* serving */
    int64_t max_message, max_buffered;                      /* octets */
    int64_t request_timeout, idle_timeout;                  /* seconds */
    int64_t connections, connections_per_address, pipeline;
    const char *check_back;
    const char *tls_certificate, *tls_key, *client_ca, *client_certificate;
    /* sending */
    const char *ca, *certificate, *key;
    int64_t max_answer;                                     /* octets */
    int64_t connect_timeout;                                /* seconds */
    int64_t parallel;
};

struct tcp {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
    const struct tcp_options *options;
    struct server *server;              /* NULL: does not listen */
    struct client *client;              /* NULL: has no url */
    atomic_uint_fast64_t tickets;
};

/* A number that was never given out before. */
uint64_t tcp_ticket(struct tcp *);

/* Milliseconds of the monotonic clock. */
int64_t tcp_now(void);

#define tcp_log(tcp, severity, ticket, ...) \
    ((tcp)->gate->log((tcp)->endpoint, (severity), (ticket), __VA_ARGS__))

#endif
