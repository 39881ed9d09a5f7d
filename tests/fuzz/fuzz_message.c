/* One message through the whole protocol: worker, checks, decide, embedded CA, commit, answer.
 *
 * Every input goes in twice: as it is, and, if it decodes, with a fresh transactionID and a MAC that is right,
 * so that the fuzzer gets behind the protection.  What must hold: each message gets exactly one reply;
 * an answer decodes strictly, encodes to itself, and echoes the transactionID.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "codec/cmp.h"
#include "gateway/command/command.h"
#include "gateway/command/secret.h"
#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/quirk.h"
#include "gateway/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char reference[] = "device-1", secret[] = "cmpgate";

/* ---- a transport that keeps the one reply -------------------------------------------------------------- */

static struct desk {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
    pthread_mutex_t lock;
    pthread_cond_t replied;
    uint64_t ticket;
    unsigned replies;
    enum cmpgate_reply_kind kind;
    struct span message;
} desk = { .lock = PTHREAD_MUTEX_INITIALIZER, .replied = PTHREAD_COND_INITIALIZER };

static void *desk_open(const struct cmpgate_gate *gate, struct cmpgate_endpoint *endpoint, const void *options)
{
    (void)options;
    desk.gate = gate;
    desk.endpoint = endpoint;
    return &desk;
}

static void desk_reply(void *self, uint64_t ticket, const struct cmpgate_reply *reply)
{
    (void)self;
    pthread_mutex_lock(&desk.lock);
    if (ticket == desk.ticket) {
        uint8_t *copy = malloc(reply->message.len + 1);
        if (copy == NULL) {
            abort();
        }
        if (reply->message.len > 0) {
            memcpy(copy, reply->message.ptr, reply->message.len);
        }
        free((void *)(uintptr_t)desk.message.ptr);
        desk.message = (struct span){ copy, reply->message.len };
        desk.kind = reply->kind;
        desk.replies++;
        pthread_cond_signal(&desk.replied);
    }
    pthread_mutex_unlock(&desk.lock);
    desk.gate->settled(desk.endpoint, ticket, CMPGATE_HANDED_OVER, NULL);
}

static void desk_nothing(void *self)
{
    (void)self;
}

static const struct cmpgate_transport desk_transport = {
    .abi = CMPGATE_ABI, .size = sizeof desk_transport, .name = "desk", .can = CMPGATE_SERVES | CMPGATE_CORRELATES,
    .open = desk_open, .serve = desk_nothing, .room = desk_nothing, .reply = desk_reply, .stop = desk_nothing,
    .close = desk_nothing,
};

/* ---- a gateway around it ---------------------------------------------------------------------------------- */

static struct gateway gateway = { .lock = PTHREAD_MUTEX_INITIALIZER };
static struct config *config;
static struct worker *worker;
static struct arena *arena;
static char directory[] = "/dev/shm/cmpgate-fuzz-XXXXXX";

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "fuzz_message: %s\n", what);
        abort();
    }
}

static void clean_up(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (system(command) != 0) {
        fprintf(stderr, "fuzz_message: %s stays behind\n", directory);
    }
}

static void put_secret(void)
{
    char why[512];
    struct store *store = store_open(config->store, why, sizeof why);
    struct secret row = { .uses = -1, .created = time(NULL) };

    must(store != NULL, why);
    must(secret_put(store, config->seal, &row, reference, span_str(secret), why, sizeof why), why);
    store_close(store);
}

static void make_config(void)
{
    char path[128], conf[160], line[512];
    char *argv[] = { "init", path, NULL };

    must(mkdtemp(directory) != NULL, "no directory in /dev/shm");
    atexit(clean_up);
    snprintf(path, sizeof path, "%s/gateway", directory);
    fflush(stdout);
    must(command_init(2, argv) == 0, "init failed");
    snprintf(line, sizeof line, "sed -i 's|^gateway {|gateway { module-directory = \"%s/modules\"|' %s/cmpgate.conf",
             BUILD_DIR, path);
    must(system(line) == 0, "sed failed");
    snprintf(conf, sizeof conf, "%s/cmpgate.conf", path);
    config = config_read(conf, command_complain, NULL);
    must(config != NULL, "the configuration is refused");
    config->endpoints[0].transport = &desk_transport;
    config->endpoints[0].message_time = -1;
    /* What does not decode gets as far as it may. */
    for (int quirk = QUIRK_REASON_FLAGS; quirk <= QUIRK_ODD_POPO; quirk++) {
        config->endpoints[0].tolerate |= UINT64_C(1) << quirk;
    }
}

static void set_up(void)
{
    char why[512] = "";
    struct gateway *g = &gateway;

    log_setup(false, CMPGATE_ERROR);
    make_config();
    put_secret();
    g->store = config->store;
    g->commit = commit_start(g->store, why, sizeof why);
    must(g->commit != NULL, why);
    g->queue = queue_new(config->queue);
    g->holds = holds_new();
    g->handovers = handovers_new(time(NULL));
    g->batches = batches_new(g->queue);
    g->budget = budget_new(UINT64_MAX / 4, UINT64_MAX / 4);
    g->timer = timer_start(g->store, g->queue, g->handovers, why, sizeof why);
    must(g->timer != NULL, why);
    g->host = (struct endpoint_host){ .queue = g->queue, .batches = g->batches, .message_max = config->message_max,
                                      .handovers = g->handovers, .timer = g->timer };
    const struct generation_host host = { g->queue, g->commit, &g->host };
    g->current = generation_open(config, NULL, &host, why, sizeof why);
    must(g->current != NULL, why);
    worker = worker_new(g, why, sizeof why);
    arena = arena_new();
    must(worker != NULL && arena != NULL, why);
}

/* ---- one message -------------------------------------------------------------------------------------------- */

static void wait_for_reply(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&desk.lock);
    while (desk.replies == 0) {
        must(pthread_cond_timedwait(&desk.replied, &desk.lock, &until) == 0, "a message got no reply");
    }
    must(desk.replies == 1, "a message got two replies");
    pthread_mutex_unlock(&desk.lock);
}

static void check_reply(struct span request)
{
    struct asn1_error err;
    unsigned odd;
    struct PKIMessageShell *asked = asn1_decode_odd(&PKIMessageShell_type, request, arena, &odd, &err);

    if (desk.kind != CMPGATE_ANSWER) {
        must(desk.kind == CMPGATE_UNREADABLE || desk.kind == CMPGATE_UNAVAILABLE, "a reply of an odd kind");
        must(desk.kind != CMPGATE_UNREADABLE || asked == NULL, "a readable header was called unreadable");
        return;
    }
    struct PKIMessage *answer = PKIMessage_decode(desk.message, arena, &err);
    must(answer != NULL, "an answer does not decode");
    must(span_eq(PKIMessage_encode(answer, arena), desk.message), "an answer does not encode to itself");
    must(asked != NULL, "an unreadable message was answered");
    must(span_eq(answer->header->transactionID, asked->header->transactionID), "another transactionID");
}

static void exchange(struct span message)
{
    static const char peer[] = "192.0.2.1:1";
    struct cmpgate_delivery delivery = {
        .size = sizeof delivery, .ticket = ++desk.ticket, .message = { message.ptr, message.len },
        .peer = { .size = sizeof delivery.peer, .text = peer }, .arrived = time(NULL),
    };
    bool mine = false;

    desk.replies = 0;
    must(desk.gate->deliver(desk.endpoint, &delivery) == CMPGATE_TAKEN, "a message was not taken");
    while (!mine) {
        struct event *e = queue_take(gateway.queue);
        mine = e->kind == EVENT_MESSAGE;
        worker_work(worker, e);
    }
    wait_for_reply();
    check_reply(message);
}

/* The same message under a new transactionID, with a MAC that is right; absent when it is not to be had. */
static struct span protected_afresh(struct span message)
{
    static uint64_t counter;
    struct span absent = { NULL, 0 };
    struct asn1_error err;
    unsigned odd;
    struct PKIMessage *m = asn1_decode_odd(&PKIMessage_type, message, arena, &odd, &err);
    uint8_t mac[CRYPTO_MAC_MAX], id[16] = { 0 };
    size_t len = 0;
    uint64_t cost = 5000;

    if (m == NULL || m->header->protectionAlg == NULL) {
        return absent;
    }
    struct PKIHeader header = *m->header;
    counter++;
    memcpy(id, &counter, sizeof counter);
    header.der = absent;
    header.transactionID = (struct span){ id, sizeof id };
    header.senderKID = span_str(reference);
    struct span parts[] = { PKIHeader_encode(&header, arena), m->body->der };
    struct span part = parts[0].ptr != NULL ? asn1_sequence_of_parts(arena, parts, 2) : absent;
    if (part.ptr == NULL ||
        crypto_mac(span_str(secret), header.protectionAlg, part, &cost, mac, &len) != CRYPTO_OK) {
        return absent;
    }
    struct PKIMessage fresh = {
        .header = PKIHeader_decode(parts[0], arena, &err), .body = m->body,
        .protection = asn1_put_bits(arena, (struct span){ mac, len }), .extraCerts = m->extraCerts,
    };
    return fresh.header != NULL ? PKIMessage_encode(&fresh, arena) : absent;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = { data, size };

    if (worker == NULL) {
        set_up();
    }
    if (size == 0 || size > config->message_max) {
        return 0;
    }
    exchange(input);
    struct span fresh = protected_afresh(input);
    if (fresh.ptr != NULL) {
        exchange(fresh);
    }
    arena_reset(arena);
    return 0;
}
