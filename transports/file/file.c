#include "file.h"
#include <stdlib.h>
#include "client.h"
#include "record.h"
#include "server.h"

#define OPTION(NAME, TYPE, MEMBER, FALLBACK, MINIMUM, MAXIMUM, HELP)                        \
    { .name = (NAME), .type = (TYPE), .offset = offsetof(struct file_options, MEMBER),      \
      .fallback = (FALLBACK), .minimum = (MINIMUM), .maximum = (MAXIMUM), .help = (HELP) }

static const struct cmpgate_option options[] = {
    OPTION("directory", CMPGATE_PATH, directory, NULL, 0, 0, "serve the drop in this directory: in, out, work, failed"),
    OPTION("url", CMPGATE_STRING, url, NULL, 0, 0, "where to send messages: file:/DIRECTORY"),
    OPTION("instance", CMPGATE_STRING, instance, "gateway", 0, 0,
           "this gateway's own directory in work; another for each gateway on one drop"),
    OPTION("whole", CMPGATE_STRING, whole, "quiet", 0, 0,
           "what tells that a request is whole: quiet, renamed or marker"),
    OPTION("quiet", CMPGATE_SECONDS, quiet, "2s", 0, 86400,
           "a request that nobody was seen to close is taken after so long without a change"),
    OPTION("patience", CMPGATE_SECONDS, patience, "1h", 1, 366 * 86400,
           "a request that is cut short is refused after so long without a change"),
    OPTION("rescan", CMPGATE_SECONDS, rescan, "10s", 1, 3600, "most time between two looks at everything in in"),
    OPTION("retry-after", CMPGATE_SECONDS, retry_after, "5s", 1, 3600,
           "time until it is tried again when a file cannot be written or moved"),
    OPTION("max-size", CMPGATE_OCTETS, max_size, "1m", 256, 16 << 20, "largest request taken"),
    OPTION("owners", CMPGATE_LIST, owners, NULL, 0, 0, "users whose files are taken, by name or number; none: anybody's"),
    OPTION("mode", CMPGATE_STRING, mode, "0644", 0, 0, "permissions of answers"),
    OPTION("expect", CMPGATE_STRING, expect, NULL, 0, 0,
           "take what comes by this sender's records, and report what is missing, doubled or changed"),
    OPTION("sequence-wait", CMPGATE_SECONDS, sequence_wait, "10m", 1, 366 * 86400,
           "a request that later ones have overtaken is reported lost after so long"),
    OPTION("sequence", CMPGATE_STRING, sequence, NULL, 0, 0,
           "put a record beside everything that goes out, numbered under this name"),
    OPTION("keep", CMPGATE_BOOL, keep, "no", 0, 0, "leave answers in out when sending"),
    { .name = NULL }
};

static void file_close(void *closing)
{
    struct file *self = closing;

    client_close(self->client);
    server_close(self->server);
    free(self);
}

static bool is_sender(struct file *self, const char *option, const char *name)
{
    bool good = name == NULL || record_is_sender(name);

    if (!good) {
        file_log(self, CMPGATE_ERROR, 0, "%s \"%s\": want letters, digits, '_' and '-', at most 32", option, name);
    }
    return good;
}

static bool open_both(struct file *self)
{
    const struct file_options *o = self->options;

    if (!is_sender(self, "expect", o->expect) || !is_sender(self, "sequence", o->sequence)) {
        return false;
    }
    if (o->directory == NULL && o->url == NULL) {
        file_log(self, CMPGATE_ERROR, 0, "has neither directory nor url");
        return false;
    }
    if (o->directory != NULL && (self->server = server_open(self)) == NULL) {
        return false;
    }
    return o->url == NULL || (self->client = client_open(self)) != NULL;
}

static void *file_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *opened_with)
{
    struct file *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return NULL;
    }
    self->gate = gate;
    self->endpoint = endpoint;
    self->options = opened_with;
    if (!open_both(self)) {
        file_close(self);
        return NULL;
    }
    return self;
}

static void file_serve(void *serving)
{
    struct file *self = serving;

    if (self->server != NULL) {
        server_serve(self->server);
    }
}

static void file_room(void *asked)
{
    struct file *self = asked;

    if (self->server != NULL) {
        server_room(self->server);
    }
}

static void file_reply(void *replying, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct file *self = replying;

    if (client_owns(ticket)) {
        self->gate->settled(self->endpoint, ticket, CMPGATE_HANDED_OVER, NULL);
    } else if (self->server != NULL) {
        server_reply(self->server, ticket, reply);
    }
}

static void file_send(void *sending, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    struct file *self = sending;

    if (self->client == NULL) {
        self->gate->settled(self->endpoint, ticket, CMPGATE_GONE, "this endpoint has no url");
        return;
    }
    client_send(self->client, ticket, message, deadline);
}

static void file_stop(void *stopping)
{
    struct file *self = stopping;

    if (self->server != NULL) {
        server_stop(self->server);
    }
}

extern const struct cmpgate_transport cmpgate_transport;
__attribute__((visibility("default"))) const struct cmpgate_transport cmpgate_transport = {
    .abi = CMPGATE_ABI,
    .size = sizeof cmpgate_transport,
    .name = "file",
    .schemes = "file",
    .can = CMPGATE_SERVES | CMPGATE_SENDS | CMPGATE_CORRELATES | CMPGATE_STORES | CMPGATE_BLOCKS,
    .options = options,
    .options_size = sizeof(struct file_options),
    .open = file_open,
    .serve = file_serve,
    .room = file_room,
    .reply = file_reply,
    .send = file_send,
    .stop = file_stop,
    .close = file_close,
};
