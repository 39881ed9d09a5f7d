#include "gateway/backend.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/log.h"

/* An order that the module has and has not finished.  `outcome` is set for backend_ask(): the outcome
 * goes there and not into the queue. */
struct errand {
    struct errand *next;
    uint8_t id[STORE_ORDER_ID];
    struct cmpgate_outcome *outcome;
    struct arena *arena;
    bool answered;
};

enum { ERRAND_BUCKETS = 256 };

/* The opaque cmpgate_instance is the backend itself. */
struct cmpgate_instance {
    const struct config *config;
    const struct config_backend *row;
    struct queue *queue;
    struct cmpgate_desk desk;
    void *self;
    pthread_mutex_t lock;               /* of errands; never held across a verb */
    struct errand *errands[ERRAND_BUCKETS];
};

struct backend {
    struct cmpgate_instance instance;
};

/* ---- errands --------------------------------------------------------------------------- */

static struct errand **errand_find(struct cmpgate_instance *in, const uint8_t *id)
{
    struct errand **at = &in->errands[id[0]];

    while (*at != NULL && memcmp((*at)->id, id, STORE_ORDER_ID) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static bool errand_add(struct cmpgate_instance *in, struct errand *errand)
{
    pthread_mutex_lock(&in->lock);
    struct errand **at = errand_find(in, errand->id);
    bool fresh = *at == NULL;
    if (fresh) {
        errand->next = NULL;
        *at = errand;
    }
    pthread_mutex_unlock(&in->lock);
    return fresh;
}

static struct errand *errand_remove(struct cmpgate_instance *in, const uint8_t *id)
{
    pthread_mutex_lock(&in->lock);
    struct errand **at = errand_find(in, id), *errand = *at;
    if (errand != NULL) {
        *at = errand->next;
    }
    pthread_mutex_unlock(&in->lock);
    return errand;
}

/* ---- the desk ---------------------------------------------------------------------------- */

static struct span span_from(struct cmpgate_bytes b)
{
    return (struct span){ b.ptr, b.len };
}

static struct cmpgate_bytes bytes_from(struct span s)
{
    return (struct cmpgate_bytes){ s.ptr, s.len };
}

static struct cmpgate_bytes copy_bytes(struct arena *arena, struct cmpgate_bytes b)
{
    return b.ptr != NULL ? bytes_from(arena_copy(arena, b.ptr, b.len)) : b;
}

static void copy_outcome(struct cmpgate_outcome *to, const struct cmpgate_outcome *from, struct arena *arena)
{
    struct cmpgate_bytes *chain = NULL;

    *to = (struct cmpgate_outcome){ .size = sizeof *to };
    memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
    to->size = sizeof *to;
    to->certificate = copy_bytes(arena, to->certificate);
    to->value = copy_bytes(arena, to->value);
    to->token = copy_bytes(arena, to->token);
    if (to->text != NULL) {
        to->text = (const char *)arena_copy(arena, to->text, strlen(to->text) + 1).ptr;
    }
    if (to->chain_count > 0 && (chain = arena_alloc(arena, to->chain_count * sizeof *chain)) != NULL) {
        for (size_t i = 0; i < to->chain_count; i++) {
            chain[i] = copy_bytes(arena, to->chain[i]);
        }
    }
    to->chain = chain;
    to->chain_count = chain != NULL ? to->chain_count : 0;
}

static bool outcome_is_final(const struct cmpgate_outcome *outcome)
{
    return outcome->result == CMPGATE_DONE || outcome->result == CMPGATE_REJECTED;
}

/* Gives the outcome to a backend_ask() that waits for this id; false when none does. */
static bool desk_hand_in(struct cmpgate_instance *in, const uint8_t *id, const struct cmpgate_outcome *outcome)
{
    bool asked = false;

    pthread_mutex_lock(&in->lock);
    struct errand *errand = *errand_find(in, id);
    if (errand != NULL && errand->outcome != NULL) {
        asked = true;
        if (!errand->answered) {
            copy_outcome(errand->outcome, outcome, errand->arena);
            errand->answered = true;
        }
    }
    pthread_mutex_unlock(&in->lock);
    return asked;
}

static void desk_complete(struct cmpgate_instance *in, struct cmpgate_bytes id, const struct cmpgate_outcome *outcome)
{
    struct log_subject subject = { .endpoint = in->row->name };

    if (id.len != STORE_ORDER_ID) {
        log_line(CMPGATE_ERROR, &subject, "completed an order with an id of %zu octets: ignored", id.len);
        return;
    }
    if (desk_hand_in(in, id.ptr, outcome)) {
        return;
    }
    if (outcome_is_final(outcome)) {
        free(errand_remove(in, id.ptr));
    }
    struct event *event = event_of_outcome(id.ptr, outcome);
    if (event == NULL || in->queue == NULL) {
        /* The order stays open in the store and comes back when it is due. */
        log_line(CMPGATE_ERROR, &subject, "an outcome could not be taken: its order will be asked about again");
        event_free(event);
        return;
    }
    queue_put_always(in->queue, event);
}

static bool desk_key(struct cmpgate_instance *in, const char *name, struct cmpgate_key_info *info)
{
    const struct config_key *key = config_key_named(in->config, name);

    if (key == NULL) {
        return false;
    }
    /* struct span and struct cmpgate_bytes are the same two members; the static assertion says so. */
    _Static_assert(sizeof(struct span) == sizeof(struct cmpgate_bytes) &&
                   offsetof(struct span, len) == offsetof(struct cmpgate_bytes, len), "spans are bytes");
    *info = (struct cmpgate_key_info){
        .size = sizeof *info,
        .certificate = bytes_from(key->certificate),
        .chain = (const struct cmpgate_bytes *)key->chain,
        .chain_count = key->chain_count,
        .signature_algorithm = bytes_from(crypto_key_algorithm(key->key)),
    };
    return true;
}

static bool desk_sign(struct cmpgate_instance *in, const char *name, struct cmpgate_bytes tbs, uint8_t *out, size_t *len)
{
    const struct config_key *key = config_key_named(in->config, name);

    _Static_assert(CMPGATE_SIGNATURE_MAX >= CRYPTO_SIGNATURE_MAX, "a signature fits");
    return key != NULL && crypto_sign(key->key, span_from(tbs), out, len) == CRYPTO_OK;
}

struct revoked_rows {
    void (*row)(void *, const struct cmpgate_revoked *);
    void *context;
};

static void desk_revoked_row(void *context, const struct certificate *c)
{
    const struct revoked_rows *rows = context;

    rows->row(rows->context, &(struct cmpgate_revoked){
        .size = sizeof(struct cmpgate_revoked), .serial = bytes_from(c->serial),
        .revoked_at = c->revoked_at, .not_after = c->not_after, .reason = c->reason });
}

/* Opens a connection of its own: this runs on whatever thread the module calls from, and rarely. */
static bool desk_each_revoked(struct cmpgate_instance *in, struct cmpgate_bytes issuer,
                              void (*row)(void *, const struct cmpgate_revoked *), void *context)
{
    struct revoked_rows rows = { row, context };
    char why[256] = "";
    struct store *store = store_open(in->config->store, why, sizeof why);

    if (store == NULL) {
        log_line(CMPGATE_ERROR, &(struct log_subject){ .endpoint = in->row->name }, "%s", why);
        return false;
    }
    bool ok = store_each_revoked(store, span_from(issuer), time(NULL), desk_revoked_row, &rows);
    store_close(store);
    return ok;
}

static void desk_log(struct cmpgate_instance *in, enum cmpgate_severity severity, struct cmpgate_bytes id,
                     const char *format, ...)
{
    char text[512], hex[17] = "";
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (size_t i = 0; i < id.len && i < 8; i++) {
        snprintf(hex + 2 * i, 3, "%02x", id.ptr[i]);
    }
    log_line(severity, &(struct log_subject){ .id = id.len > 0 ? hex : NULL, .endpoint = in->row->name }, "%s", text);
}

/* ---- life --------------------------------------------------------------------------------- */

struct backend *backend_open(const struct config *config, const struct config_backend *row, struct queue *queue)
{
    struct backend *b = calloc(1, sizeof *b);

    if (b == NULL) {
        return NULL;
    }
    b->instance = (struct cmpgate_instance){
        .config = config, .row = row, .queue = queue,
        .desk = { sizeof b->instance.desk, desk_complete, desk_key, desk_sign, desk_each_revoked, desk_log },
    };
    pthread_mutex_init(&b->instance.lock, NULL);
    b->instance.self = row->module->open(&b->instance.desk, &b->instance, row->options);
    if (b->instance.self == NULL) {
        log_line(CMPGATE_ERROR, &(struct log_subject){ .endpoint = row->name }, "backend %s does not open", row->name);
        pthread_mutex_destroy(&b->instance.lock);
        free(b);
        return NULL;
    }
    return b;
}

void backend_close(struct backend *b)
{
    if (b == NULL) {
        return;
    }
    const struct cmpgate_backend *module = b->instance.row->module;
    if (CMPGATE_HAS(module, stop)) {
        module->stop(b->instance.self);
    }
    if (CMPGATE_HAS(module, close)) {
        module->close(b->instance.self);
    }
    for (size_t i = 0; i < ERRAND_BUCKETS; i++) {
        for (struct errand *e = b->instance.errands[i], *next; e != NULL; e = next) {
            next = e->next;
            free(e);
        }
    }
    pthread_mutex_destroy(&b->instance.lock);
    free(b);
}

const char *backend_name(const struct backend *b)
{
    return b->instance.row->name;
}

bool backend_can(const struct backend *b, uint32_t capability)
{
    return (b->instance.row->module->can & capability) == capability;
}

bool backend_serves(const struct backend *b, enum cmpgate_order_kind kind)
{
    return (b->instance.row->module->kinds & CMPGATE_SERVES_KIND(kind)) != 0;
}

const struct config_key *backend_key(const struct backend *b)
{
    const struct config_backend *row = b->instance.row;

    for (const struct cmpgate_option *o = row->module->options; o != NULL && o->name != NULL; o++) {
        if (o->type != CMPGATE_KEY) {
            continue;
        }
        const char *name = NULL;
        memcpy(&name, (const char *)row->options + o->offset, sizeof name);
        if (name != NULL) {
            return config_key_named(b->instance.config, name);
        }
    }
    return NULL;
}

/* ---- orders ------------------------------------------------------------------------------- */

static struct cmpgate_order order_for_module(const struct order *o, const struct cmpgate_peer *peer,
                                             uint64_t crl_number, int64_t now)
{
    return (struct cmpgate_order){
        .size = sizeof(struct cmpgate_order), .kind = (enum cmpgate_order_kind)o->kind,
        .id = { o->id, sizeof o->id }, .token = bytes_from(o->token), .attempt = o->attempts,
        .now = now, .profile = o->profile, .peer = o->peer != NULL ? peer : NULL,
        .requester = bytes_from(o->requester), .requester_certificate = bytes_from(o->requester_certificate),
        .subject = bytes_from(o->subject), .public_key = bytes_from(o->public_key),
        .extensions = bytes_from(o->extensions), .controls = bytes_from(o->controls),
        .not_before = o->not_before, .not_after = o->not_after, .certificate = bytes_from(o->certificate),
        .reason = o->reason, .number = crl_number, .message = bytes_from(o->message),
    };
}

struct cmpgate_outcome backend_ask(struct backend *b, const struct order *o, uint64_t crl_number, int64_t now,
                                   struct arena *arena)
{
    struct cmpgate_peer peer = { .size = sizeof peer, .text = o->peer };
    struct cmpgate_order order = order_for_module(o, &peer, crl_number, now);
    struct cmpgate_outcome outcome = { .size = sizeof outcome, .result = CMPGATE_UNSURE,
                                       .text = "the backend did not complete a pure order at once" };
    struct errand errand = { .outcome = &outcome, .arena = arena };

    memcpy(errand.id, o->id, sizeof errand.id);
    if (!errand_add(&b->instance, &errand)) {
        outcome.text = "the order is being asked for already";
        return outcome;
    }
    b->instance.row->module->submit(b->instance.self, &order);
    errand_remove(&b->instance, errand.id);
    return outcome;
}

void backend_submit(struct backend *b, const struct order *o, int64_t now)
{
    struct cmpgate_peer peer = { .size = sizeof peer, .text = o->peer };
    struct cmpgate_order order = order_for_module(o, &peer, 0, now);
    struct errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL) {
        return;         /* due again later */
    }
    memcpy(errand->id, o->id, sizeof errand->id);
    if (!errand_add(&b->instance, errand)) {
        free(errand);   /* an IDEMPOTENT order, submitted again */
    }
    b->instance.row->module->submit(b->instance.self, &order);
}

void backend_check(struct backend *b, const struct order *o, int64_t now)
{
    struct cmpgate_peer peer = { .size = sizeof peer, .text = o->peer };
    struct cmpgate_order order = order_for_module(o, &peer, 0, now);

    if (CMPGATE_HAS(b->instance.row->module, check)) {
        b->instance.row->module->check(b->instance.self, &order);
    } else {
        b->instance.row->module->submit(b->instance.self, &order);
    }
}

void backend_forget(struct backend *b, const struct order *o, int64_t now)
{
    struct cmpgate_peer peer = { .size = sizeof peer, .text = o->peer };
    struct cmpgate_order order = order_for_module(o, &peer, 0, now);

    free(errand_remove(&b->instance, o->id));
    if (CMPGATE_HAS(b->instance.row->module, forget)) {
        b->instance.row->module->forget(b->instance.self, &order);
    }
}

bool backend_in_hand(struct backend *b, const uint8_t id[STORE_ORDER_ID])
{
    pthread_mutex_lock(&b->instance.lock);
    bool found = *errand_find(&b->instance, id) != NULL;
    pthread_mutex_unlock(&b->instance.lock);
    return found;
}
