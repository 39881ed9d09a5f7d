#include "gateway/event.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "gateway/batch.h"

/* An event is followed by copies of everything it points to. */
struct packer {
    uint8_t *at;
};

static const uint8_t *pack(struct packer *packer, const void *octets, size_t len)
{
    uint8_t *copy = packer->at;

    if (len > 0) {
        memcpy(copy, octets, len);
    }
    packer->at += len;
    return copy;
}

static const char *pack_text(struct packer *packer, const char *text)
{
    return text == NULL ? NULL : (const char *)pack(packer, text, strlen(text) + 1);
}

static struct span pack_span(struct packer *packer, struct cmpgate_bytes bytes)
{
    if (bytes.ptr == NULL) {
        return (struct span){ 0 };
    }
    return (struct span){ pack(packer, bytes.ptr, bytes.len), bytes.len };
}

static struct cmpgate_bytes pack_bytes(struct packer *packer, struct cmpgate_bytes bytes)
{
    struct span copy = pack_span(packer, bytes);

    return (struct cmpgate_bytes){ copy.ptr, copy.len };
}

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static struct event *event_new(enum event_kind kind, size_t tail, struct packer *packer)
{
    struct event *e = malloc(sizeof *e + tail);

    if (e != NULL) {
        memset(e, 0, sizeof *e);
        e->kind = kind;
        packer->at = (uint8_t *)(e + 1);
    }
    return e;
}

/* Names for messages in the log: distinct for 2^32 of them, and not those of the last run. */
static void name_message(struct event *e)
{
    static _Atomic uint32_t counter;
    static _Atomic bool begun;
    uint32_t start;

    if (!atomic_load(&begun) && getrandom(&start, sizeof start, 0) == sizeof start &&
        !atomic_exchange(&begun, true)) {
        atomic_fetch_add(&counter, start);
    }
    uint32_t number = atomic_fetch_add(&counter, 1) * 0x9e3779b1u;
    snprintf(e->id, sizeof e->id, "%08x", (unsigned)number);
}

/* What belongs to no message is named after its transaction or order. */
static void name_after(struct event *e, const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len && i < 4; i++) {
        snprintf(e->id + 2 * i, sizeof e->id - 2 * i, "%02x", octets[i]);
    }
}

/* The next element, which has this tag. */
static bool enter(struct asn1_reader *r, uint8_t tag, struct asn1_tlv *tlv)
{
    return asn1_next(r, tlv) == NULL && tlv->tag == tag;
}

static struct span find_transactionID(struct span header)
{
    enum { TRANSACTION_ID = 0xa4, UNTAGGED = 3 /* pvno, sender, recipient */ };
    struct asn1_reader r = { header };
    struct asn1_tlv tlv;

    for (int i = 0; asn1_next(&r, &tlv) == NULL; i++) {
        if (i >= UNTAGGED && tlv.tag >= TRANSACTION_ID) {
            return tlv.tag == TRANSACTION_ID ? tlv.contents : (struct span){ NULL, 0 };
        }
    }
    return (struct span){ NULL, 0 };
}

/* What is inside of [4]; absent when it is not where it should be. */
static struct span read_transactionID(struct span message, struct asn1_tlv *body)
{
    struct asn1_reader r = { message };
    struct asn1_tlv whole, header;

    if (!enter(&r, DER_SEQUENCE, &whole)) {
        return (struct span){ NULL, 0 };
    }
    r.rest = whole.contents;
    if (!enter(&r, DER_SEQUENCE, &header) || asn1_next(&r, body) != NULL) {
        return (struct span){ NULL, 0 };
    }
    return find_transactionID(header.contents);
}

static bool only_message(const struct asn1_tlv *nested, struct span *message)
{
    struct asn1_reader r = { nested->contents };
    struct asn1_tlv all, one;

    if (!enter(&r, DER_SEQUENCE, &all)) {
        return false;
    }
    r.rest = all.contents;
    *message = all.contents;
    return enter(&r, DER_SEQUENCE, &one) && r.rest.len == 0;
}

/* The messages of a batch are given out beside it, and it waits for their answers: so it must never have a turn that they
 * could wait for. */
uint32_t event_turn(struct span message)
{
    enum { NESTED = 0xb4, DEEPEST = 8 };
    struct asn1_tlv body;
    struct span id = read_transactionID(message, &body);
    uint32_t turn = 2166136261u;

    for (int depth = 0; id.ptr != NULL && body.tag == NESTED; depth++) {
        if (depth == DEEPEST || !only_message(&body, &message) || !span_eq(read_transactionID(message, &body), id)) {
            return 0;
        }
    }
    for (size_t n = 0; n < id.len; n++) {
        turn = (turn ^ id.ptr[n]) * 16777619u;
    }
    return id.ptr == NULL ? 0 : turn != 0 ? turn : 1;
}

struct event *event_of_delivery(struct endpoint *endpoint, const struct cmpgate_delivery *d)
{
    const struct cmpgate_peer *peer = &d->peer;
    size_t tail = d->message.len + text_size(peer->text) + text_size(peer->user) +
                  peer->tls_certificate.len + text_size(d->profile) + text_size(d->operation);
    struct packer packer;
    struct event *e = event_new(EVENT_MESSAGE, tail, &packer);

    if (e == NULL) {
        return NULL;
    }
    name_message(e);
    e->endpoint = endpoint;
    e->ticket = d->ticket;
    e->message = pack_span(&packer, d->message);
    e->turn = event_turn(e->message);
    e->peer = pack_text(&packer, peer->text);
    e->user = pack_text(&packer, peer->user);
    e->user_proven = peer->user != NULL && peer->user_proven;
    e->tls_certificate = pack_span(&packer, peer->tls_certificate);
    e->profile = pack_text(&packer, d->profile);
    e->operation = pack_text(&packer, d->operation);
    e->reference = d->reference;
    e->framed = CMPGATE_HAS(d, polls);
    e->arrived = d->arrived;
    return e;
}

static size_t chain_size(const struct cmpgate_outcome *outcome)
{
    size_t size = outcome->chain_count * sizeof *outcome->chain;

    for (size_t i = 0; i < outcome->chain_count; i++) {
        size += outcome->chain[i].len;
    }
    return size;
}

/* First in the tail, where the alignment of struct event still holds. */
static void pack_chain(struct packer *packer, struct event *e, const struct cmpgate_outcome *outcome)
{
    struct cmpgate_bytes *chain = (struct cmpgate_bytes *)(void *)packer->at;

    packer->at += outcome->chain_count * sizeof *chain;
    for (size_t i = 0; i < outcome->chain_count; i++) {
        chain[i] = pack_bytes(packer, outcome->chain[i]);
    }
    e->outcome.chain = outcome->chain_count > 0 ? chain : NULL;
    e->outcome.chain_count = outcome->chain_count;
}

struct event *event_of_outcome(const uint8_t order[STORE_ORDER_ID], const struct cmpgate_outcome *outcome)
{
    size_t tail = chain_size(outcome) + outcome->certificate.len + outcome->value.len +
                  outcome->token.len + text_size(outcome->text);
    struct packer packer;
    struct event *e = event_new(EVENT_OUTCOME, tail, &packer);

    if (e == NULL) {
        return NULL;
    }
    name_after(e, order, STORE_ORDER_ID);
    memcpy(e->order, order, STORE_ORDER_ID);
    e->outcome = *outcome;
    e->outcome.size = sizeof e->outcome;
    pack_chain(&packer, e, outcome);
    e->outcome.certificate = pack_bytes(&packer, outcome->certificate);
    e->outcome.value = pack_bytes(&packer, outcome->value);
    e->outcome.token = pack_bytes(&packer, outcome->token);
    e->outcome.text = pack_text(&packer, outcome->text);
    return e;
}

struct event *event_due(const struct due *due)
{
    struct packer packer;
    struct event *e = event_new(EVENT_DUE, 0, &packer);

    if (e == NULL) {
        return NULL;
    }
    if (due->transactionID.len > 0) {
        name_after(e, due->transactionID.octets, due->transactionID.len);
    } else {
        name_after(e, due->order, STORE_ORDER_ID);
    }
    e->transactionID = due->transactionID;
    memcpy(e->order, due->order, STORE_ORDER_ID);
    return e;
}

struct event *event_hold(struct endpoint *endpoint, uint64_t ticket, const struct store_octets *transactionID)
{
    struct packer packer;
    struct event *e = event_new(EVENT_HOLD, 0, &packer);

    if (e == NULL) {
        return NULL;
    }
    name_after(e, transactionID->octets, transactionID->len);
    e->endpoint = endpoint;
    e->ticket = ticket;
    e->transactionID = *transactionID;
    return e;
}

void event_yield(struct event *e)
{
    struct queue *in_work = e->in_work;

    e->in_work = NULL;
    if (in_work != NULL) {
        queue_next_turn(in_work, e->turn);
    }
}

void event_free(struct event *e)
{
    if (e != NULL) {
        batch_free(e->batch);
        event_yield(e);
    }
    free(e);
}
