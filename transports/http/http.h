/* CMP over HTTP (RFC 9811): one configured endpoint.
 *
 *   http.c        the module: options, verbs         media.c   Content-Type
 *   server.c      accepting, starting, stopping     path.c    what a path names
 *   handler.c     libmicrohttpd's calls, answers     request.c may this request be read?
 *   connection.c  deadlines, who gives way            quirk.c  what may be put up with
 *   address.c     how many connections each address has
 *   framed.c      TCP messages as content
 *   exchange.c    ticket -> suspended request
 *   client.c      send(): libcurl on one thread      transfer.c  one message on its way
 *   ../stream/tls.c  certificates and keys, is this client whom it says?
 */
#ifndef HTTP_H
#define HTTP_H
#include <stdatomic.h>

#include <cmpgate/transport.h>

struct http_options {
    const char *listen, *url;
    /* serving */
    const char *const *path;
    const char *documents;
    int64_t max_body, max_buffered, max_header;             /* octets */
    int64_t request_timeout, idle_timeout, retry_after;     /* seconds */
    int64_t connections, connections_per_address, threads;
    const char *tls_certificate, *tls_key, *client_ca, *client_certificate;
    /* sending */
    const char *proxy, *ca, *certificate, *key;
    int64_t max_answer;                                     /* octets */
    int64_t connect_timeout;                                /* seconds */
    int64_t parallel;
};

struct http {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
    const struct http_options *options;
    unsigned quirks;                    /* tolerated: bits of enum http_quirk */
    struct server *server;              /* NULL: does not listen */
    struct client *client;              /* NULL: has no url */
    atomic_uint_fast64_t tickets;
};

/* Whether what is to be shown to and asked of https:// servers can be used.  False after a log line. */
bool http_check_client_files(struct http *, bool https);

/* A number that was never given out before. */
uint64_t http_ticket(struct http *);

#define http_log(http, severity, ticket, ...) \
    ((http)->gate->log((http)->endpoint, (severity), (ticket), __VA_ARGS__))

#endif
