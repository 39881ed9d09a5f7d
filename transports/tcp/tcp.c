#include "tcp.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../stream/tls.h"
#include "client.h"
#include "server.h"

#define OPTION(NAME, TYPE, MEMBER, FALLBACK, MINIMUM, MAXIMUM, HELP)                        \
    { .name = (NAME), .type = (TYPE), .offset = offsetof(struct tcp_options, MEMBER),       \
      .fallback = (FALLBACK), .minimum = (MINIMUM), .maximum = (MAXIMUM), .help = (HELP) }

static const struct cmpgate_option options[] = {
    OPTION("listen", CMPGATE_ADDRESS, listen, NULL, 0, 0, "address and port to serve on (the port of CMP is 829)"),
    OPTION("url", CMPGATE_STRING, url, NULL, 0, 0, "where to send messages: tcp[+rfc2510]://HOST[:PORT] or tcps…"),
    OPTION("max-message", CMPGATE_OCTETS, max_message, "1m", 256, 1 << 30, "largest message taken"),
    OPTION("max-buffered", CMPGATE_OCTETS, max_buffered, "64m", 1 << 16, (int64_t)1 << 40,
           "most memory for messages being received, all connections together"),
    OPTION("request-timeout", CMPGATE_SECONDS, request_timeout, "30s", 1, 3600,
           "most time to receive a message from its first octet, and again to hand over the answer"),
    OPTION("idle-timeout", CMPGATE_SECONDS, idle_timeout, "60s", 1, 86400,
           "most time of a connection without a message"),
    OPTION("connections", CMPGATE_INTEGER, connections, "4096", 1, 100000, "most connections at a time"),
    OPTION("connections-per-address", CMPGATE_INTEGER, connections_per_address, "256", 0, 100000,
           "most connections from one address; 0: no limit"),
    OPTION("pipeline", CMPGATE_INTEGER, pipeline, "16", 1, 1024,
           "most requests of one connection that wait for their answers; the rest waits unread"),
    OPTION("check-back", CMPGATE_STRING, check_back, "relative", 0, 0,
           "time-to-check-back in version 10: relative, seconds from now, or absolute, as in RFC 2510"),
    OPTION("tls-certificate", CMPGATE_PATH, tls_certificate, NULL, 0, 0,
           "serve over TLS with this certificate and those up to its anchor, PEM"),
    OPTION("tls-key", CMPGATE_PATH, tls_key, NULL, 0, 0, "private key of tls-certificate, PEM"),
    OPTION("client-ca", CMPGATE_PATH, client_ca, NULL, 0, 0, "anchors of client certificates, PEM"),
    OPTION("client-certificate", CMPGATE_STRING, client_certificate, "none", 0, 0,
           "of TLS clients: none, optional or required"),
    OPTION("ca", CMPGATE_PATH, ca, NULL, 0, 0,
           "anchors of tcps:// servers, PEM; without it those of the system"),
    OPTION("certificate", CMPGATE_PATH, certificate, NULL, 0, 0,
           "client certificate to show tcps:// servers, PEM"),
    OPTION("key", CMPGATE_PATH, key, NULL, 0, 0, "private key of certificate, PEM"),
    OPTION("max-answer", CMPGATE_OCTETS, max_answer, "4m", 256, 1 << 30, "largest answer taken when sending"),
    OPTION("connect-timeout", CMPGATE_SECONDS, connect_timeout, "10s", 1, 3600,
           "most time to connect when sending"),
    OPTION("parallel", CMPGATE_INTEGER, parallel, "4", 1, 256, "most messages on their way at a time"),
    { .name = NULL }
};

uint64_t tcp_ticket(struct tcp *self)
{
    return atomic_fetch_add(&self->tickets, 1) + 1;
}

int64_t tcp_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool refuse(struct tcp *self, const char *why)
{
    tcp_log(self, CMPGATE_ERROR, 0, "%s", why);
    return false;
}

static bool check(struct tcp *self)
{
    const struct tcp_options *o = self->options;

    if (o->listen == NULL && o->url == NULL) {
        return refuse(self, "has neither listen nor url");
    }
    if (o->listen == NULL && (o->tls_certificate != NULL || o->tls_key != NULL || o->client_ca != NULL)) {
        return refuse(self, "tls-certificate, tls-key or client-ca without listen");
    }
    if (o->url == NULL && (o->ca != NULL || o->certificate != NULL || o->key != NULL)) {
        return refuse(self, "ca, certificate or key without a tcps:// url");
    }
    if (strcmp(o->check_back, "relative") != 0 && strcmp(o->check_back, "absolute") != 0) {
        tcp_log(self, CMPGATE_ERROR, 0, "check-back \"%s\": want relative or absolute", o->check_back);
        return false;
    }
    return o->max_buffered >= o->max_message || refuse(self, "max-buffered is less than max-message");
}

static bool open_both(struct tcp *self)
{
    const struct tcp_options *o = self->options;

    return check(self)
        && (o->listen == NULL || (self->server = server_open(self)) != NULL)
        && (o->url == NULL || (self->client = client_open(self)) != NULL);
}

static void tcp_close(void *closing)
{
    struct tcp *self = closing;

    client_close(self->client);
    server_close(self->server);
    free(self);
}

static void *tcp_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *opened_with)
{
    struct tcp *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return NULL;
    }
    self->gate = gate;
    self->endpoint = endpoint;
    self->options = opened_with;
    atomic_init(&self->tickets, 0);
    if (!open_both(self)) {
        tcp_close(self);
        return NULL;
    }
    return self;
}

static void tcp_serve(void *serving)
{
    struct tcp *self = serving;

    if (self->server != NULL) {
        server_serve(self->server);
    }
}

static void tcp_room(void *starved)
{
    struct tcp *self = starved;

    if (self->server != NULL) {
        server_room(self->server);
    }
}

static void tcp_reply(void *replying, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct tcp *self = replying;

    if (client_owns(ticket)) {
        self->gate->settled(self->endpoint, ticket, CMPGATE_HANDED_OVER, NULL);
    } else if (self->server != NULL) {
        server_reply(self->server, ticket, reply);
    }
}

static void tcp_send(void *sending, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    struct tcp *self = sending;

    if (self->client == NULL) {
        self->gate->settled(self->endpoint, ticket, CMPGATE_GONE, "this endpoint has no url");
        return;
    }
    client_send(self->client, ticket, message, deadline);
}

static void tcp_stop(void *stopping)
{
    struct tcp *self = stopping;

    if (self->server != NULL) {
        server_stop(self->server);
    }
}

static void tcp_retire(void *retiring)
{
    struct tcp *self = retiring;

    if (self->server != NULL) {
        server_retire(self->server);
    }
}

extern const struct cmpgate_transport cmpgate_transport;
__attribute__((visibility("default"))) const struct cmpgate_transport cmpgate_transport = {
    .abi = CMPGATE_ABI,
    .size = sizeof cmpgate_transport,
    .name = "tcp",
    .schemes = "tcp tcp+rfc2510 tcps tcps+rfc2510",
    .can = CMPGATE_SERVES | CMPGATE_SENDS | CMPGATE_CORRELATES | CMPGATE_POLLS,
    .options = options,
    .options_size = sizeof(struct tcp_options),
    .open = tcp_open,
    .serve = tcp_serve,
    .room = tcp_room,
    .reply = tcp_reply,
    .send = tcp_send,
    .stop = tcp_stop,
    .close = tcp_close,
    .retire = tcp_retire,
};
