#include "http.h"
#include <stdlib.h>
#include <string.h>
#include "client.h"
#include "path.h"
#include "quirk.h"
#include "server.h"
#include "../stream/tls.h"

#define OPTION(NAME, TYPE, MEMBER, FALLBACK, MINIMUM, MAXIMUM, HELP)                        \
    { .name = (NAME), .type = (TYPE), .offset = offsetof(struct http_options, MEMBER),      \
      .fallback = (FALLBACK), .minimum = (MINIMUM), .maximum = (MAXIMUM), .help = (HELP) }

static const struct cmpgate_option options[] = {
    OPTION("listen", CMPGATE_ADDRESS, listen, NULL, 0, 0, "address and port to serve on"),
    OPTION("url", CMPGATE_STRING, url, NULL, 0, 0, "where to send messages: http[s]://HOST[:PORT]/PATH"),
    OPTION("path", CMPGATE_LIST, path, NULL, 0, 0,
           "roots served beside /.well-known/cmp, such as \"/pkix/\" or \"/\""),
    OPTION("documents", CMPGATE_STRING, documents, "/pki/", 0, 0,
           "prefix of public documents (CRL, CA certificate) for GET; \"\": none"),
    OPTION("max-body", CMPGATE_OCTETS, max_body, "1m", 256, 1 << 30, "largest message taken"),
    OPTION("max-buffered", CMPGATE_OCTETS, max_buffered, "64m", 1 << 16, (int64_t)1 << 40,
           "most memory for messages being received, beyond 16k each, all connections together"),
    OPTION("max-header", CMPGATE_OCTETS, max_header, "32k", 4096, 1 << 20,
           "memory of a connection: request line, header fields and read buffer"),
    OPTION("request-timeout", CMPGATE_SECONDS, request_timeout, "30s", 1, 3600,
           "most time to receive a request, and again to hand over the answer"),
    OPTION("idle-timeout", CMPGATE_SECONDS, idle_timeout, "60s", 1, 86400,
           "most time between two requests of a connection"),
    OPTION("retry-after", CMPGATE_SECONDS, retry_after, "5s", 1, 86400,
           "what Retry-After says when the gateway has no room"),
    OPTION("connections", CMPGATE_INTEGER, connections, "1024", 1, 100000, "most connections at a time"),
    OPTION("connections-per-address", CMPGATE_INTEGER, connections_per_address, "256", 0, 100000,
           "most connections from one address (IPv6: /64); 0: no limit"),
    OPTION("threads", CMPGATE_INTEGER, threads, "1", 1, 64, "threads that read and write connections"),
    OPTION("tls-certificate", CMPGATE_PATH, tls_certificate, NULL, 0, 0,
           "serve HTTPS with this certificate and those up to its anchor, PEM"),
    OPTION("tls-key", CMPGATE_PATH, tls_key, NULL, 0, 0, "private key of tls-certificate, PEM"),
    OPTION("client-ca", CMPGATE_PATH, client_ca, NULL, 0, 0, "anchors of client certificates, PEM"),
    OPTION("client-certificate", CMPGATE_STRING, client_certificate, "none", 0, 0,
           "of HTTPS clients: none, optional or required"),
    OPTION("ca", CMPGATE_PATH, ca, NULL, 0, 0,
           "anchors of https:// servers, PEM; without it those of the system"),
    OPTION("certificate", CMPGATE_PATH, certificate, NULL, 0, 0,
           "client certificate to show https:// servers, PEM"),
    OPTION("key", CMPGATE_PATH, key, NULL, 0, 0, "private key of certificate, PEM"),
    OPTION("proxy", CMPGATE_STRING, proxy, NULL, 0, 0, "HTTP proxy to send through: http://HOST:PORT"),
    OPTION("max-answer", CMPGATE_OCTETS, max_answer, "4m", 256, 1 << 30, "largest answer taken when sending"),
    OPTION("connect-timeout", CMPGATE_SECONDS, connect_timeout, "10s", 1, 3600,
           "most time to connect when sending"),
    OPTION("parallel", CMPGATE_INTEGER, parallel, "4", 1, 256, "most messages on their way at a time"),
    { .name = NULL }
};

uint64_t http_ticket(struct http *self)
{
    return atomic_fetch_add(&self->tickets, 1) + 1;
}

/* libcurl reads the files itself, for each connection; here they are only looked at. */
bool http_check_client_files(struct http *self, bool https)
{
    const struct http_options *o = self->options;
    const struct tls_host host = { self->gate, self->endpoint };
    const struct tls_client_files files = { o->ca, o->certificate, o->key };
    struct tls tls = { 0 };

    bool fit = tls_open_client(&tls, &host, &files, https, "an https://");
    tls_close(&tls);
    return fit;
}

static bool check_paths(struct http *self)
{
    const struct http_options *o = self->options;

    for (const char *const *root = o->path; root != NULL && *root != NULL; root++) {
        if (!path_root_valid(*root)) {
            http_log(self, CMPGATE_ERROR, 0, "path \"%s\": want \"/\" or \"/name/...\" of letters, "
                     "digits and \"-_~.\"", *root);
            return false;
        }
    }
    if (o->documents != NULL && !path_documents_valid(o->documents)) {
        http_log(self, CMPGATE_ERROR, 0, "documents \"%s\": want \"/name/\" of letters, digits and "
                 "\"-_~.\"", o->documents);
        return false;
    }
    return true;
}

static bool open_both(struct http *self)
{
    const struct http_options *o = self->options;

    if (o->listen == NULL && o->url == NULL) {
        http_log(self, CMPGATE_ERROR, 0, "has neither listen nor url");
        return false;
    }
    if (o->listen == NULL && (o->tls_certificate != NULL || o->tls_key != NULL || o->client_ca != NULL)) {
        http_log(self, CMPGATE_ERROR, 0, "tls-certificate, tls-key or client-ca without listen");
        return false;
    }
    if (o->url == NULL && !http_check_client_files(self, false)) {
        return false;
    }
    if (o->listen != NULL && (!check_paths(self) || (self->server = server_open(self)) == NULL)) {
        return false;
    }
    return o->url == NULL || (self->client = client_open(self)) != NULL;
}

static void http_close(void *closing)
{
    struct http *self = closing;

    client_close(self->client);
    server_close(self->server);
    free(self);
}

static void *http_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint,
                       const void *opened_with)
{
    struct http *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return NULL;
    }
    self->gate = gate;
    self->endpoint = endpoint;
    self->options = opened_with;
    self->quirks = http_quirks_of(gate, endpoint);
    atomic_init(&self->tickets, 0);
    if (!open_both(self)) {
        http_close(self);
        return NULL;
    }
    return self;
}

static void http_serve(void *serving)
{
    struct http *self = serving;

    if (self->server != NULL) {
        server_serve(self->server);
    }
}

/* Whoever was refused comes back by itself: HTTP has no way to call it. */
static void http_room(void *unused)
{
    (void)unused;
}

static void http_reply(void *replying, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct http *self = replying;

    if (client_owns(ticket)) {
        self->gate->settled(self->endpoint, ticket, CMPGATE_HANDED_OVER, NULL);
    } else if (self->server != NULL) {
        server_reply(self->server, ticket, reply);
    }
}

static void http_send(void *sending, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    struct http *self = sending;

    if (self->client == NULL) {
        self->gate->settled(self->endpoint, ticket, CMPGATE_GONE, "this endpoint has no url");
        return;
    }
    client_send(self->client, ticket, message, deadline);
}

static void http_stop(void *stopping)
{
    struct http *self = stopping;

    if (self->server != NULL) {
        server_stop(self->server);
    }
}

static void http_retire(void *retiring)
{
    struct http *self = retiring;

    if (self->server != NULL) {
        server_retire(self->server);
    }
}

extern const struct cmpgate_transport cmpgate_transport;
__attribute__((visibility("default"))) const struct cmpgate_transport cmpgate_transport = {
    .abi = CMPGATE_ABI,
    .size = sizeof cmpgate_transport,
    .name = "http",
    .schemes = "http https",
    .can = CMPGATE_SERVES | CMPGATE_SENDS | CMPGATE_CORRELATES,
    .options = options,
    .options_size = sizeof(struct http_options),
    .open = http_open,
    .serve = http_serve,
    .room = http_room,
    .reply = http_reply,
    .send = http_send,
    .stop = http_stop,
    .close = http_close,
    .quirks = http_quirks,
    .retire = http_retire,
};
