/* Sequences of what can happen to some transactions, through worker, queue, store and writer, and a model that judges what
 * their clients, the backend and the store see of it.
 *
 * The first octet says what the backend promises and whether an operator must approve.  Then an event is two octets: what
 * happens, and to whom or how.  The model knows nothing of how the gateway does it: a request has one answer, whatever is
 * lost, repeated, late or killed; its repeats get the same octets; it is carried out once; steps are taken in the right
 * order and never undone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/protocol/decide.h"
#include "gateway/store/sqlite.h"
#include "tests/fuzz/sequence_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TRADES = 5, LETTERS = 40, TICKETS = 100, EVENTS = 60, STEPS = 8, DAY = 86400, OLD = 12 * DAY, HOLDERS = 2, USES = 2 };

struct letter {
    struct trade *trade;
    struct span der, wrapped;           /* wrapped: an RA has put its protection around it */
    int arm;
    uint8_t digest[32];
    struct span promised;               /* the stored answer that it got */
};

/* What the backend knows of an order. */
struct errand {
    uint8_t id[STORE_ORDER_ID];
    bool ordered, begun, finished;      /* it has heard of it, has not said that it has not begun, has said how it ended */
};

enum { CERTIFIES, CONFIRMS, DISCARDS, ERRANDS };

struct trade {
    struct draft *opening;
    struct letter *first;
    const struct holder *holder;        /* signs it; NULL: a secret */
    bool framed, one_use, by_ra;
    uint32_t reference;
    struct span answer;                 /* the last that is no refusal */
    struct span certificate;            /* that the client has got */
    /* the backend's side */
    struct errand errands[ERRANDS];
    bool gave_up;
    struct span made;
    /* the store's */
    size_t steps;
    struct step step[STEPS];
    uint8_t reply[STEPS][32];
    bool swept, reborn;                 /* reborn: its name was taken by another request, long after */
};

struct ticket {
    uint64_t number;
    struct letter *letter;              /* NULL: a poll by the framing */
    struct trade *trade;
};

static struct {
    struct fixture *f;
    int64_t since;
    uint32_t can;
    enum cmpgate_result mood;           /* of a PURE backend */
    struct holder holders[HOLDERS], ra;
    struct trade trades[TRADES];
    size_t trade_count;
    struct letter letters[LETTERS];
    size_t letter_count;
    struct ticket tickets[TICKETS];
    size_t ticket_count;
    bool broken, trouble;               /* the disk is; it was, or stalled */
    bool manual, confirms;              /* confirms: the backend hears what becomes of certificates */
} world;

static void fail(const struct trade *t, const char *what)
{
    size_t n = t != NULL ? t->steps : 0;

    sequence_break(false);              /* this and the input are to be written down */
    fprintf(stderr, "fuzz_sequence: transaction %d in step %zu, %s: %s\n", t != NULL ? (int)(t - world.trades) : -1, n,
            phase_name(n > 0 ? t->step[n - 1].phase : PHASE_NONE), what);
    abort();
}

static void must(bool ok, const struct trade *t, const char *what)
{
    if (!ok) {
        fail(t, what);
    }
}

/* ---- the store ---------------------------------------------------------------------------------------- */

static struct span id_of(const struct trade *t)
{
    return t->opening->header->transactionID;
}

static void load(const struct trade *t, struct step **steps, size_t *count)
{
    must(store_steps(world.f->store, id_of(t), world.f->arena, steps, count), t, "the store cannot be read");
    must(*count <= STEPS, t, "more steps than there are ways to go");
}

static enum phase phase_of(const struct trade *t)
{
    return t->swept ? PHASE_SWEPT : t->steps > 0 ? t->step[t->steps - 1].phase : PHASE_NONE;
}

static const struct step *stored_reply(const struct letter *l, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].reply.ptr != NULL && memcmp(steps[i].digest, l->digest, sizeof l->digest) == 0) {
            return &steps[i];
        }
    }
    return NULL;
}

/* As in fuzz_decide.c; a PURE backend has done nothing until its outcome is there, so its requests skip a phase. */
static bool is_a_way(enum phase from, enum phase to)
{
    const unsigned pure = world.can & CMPGATE_PURE ? 1u << PHASE_ISSUED | 1u << PHASE_CLOSED : 0;
    const unsigned ways[] = {
        [PHASE_NONE]    = 1u << PHASE_ORDERED | 1u << PHASE_WAITING | pure,
        [PHASE_ORDERED] = 1u << PHASE_WAITING | 1u << PHASE_ISSUED | 1u << PHASE_CLOSED,
        [PHASE_WAITING] = 1u << PHASE_READY | 1u << PHASE_CLOSED,
        [PHASE_READY]   = 1u << PHASE_ISSUED | 1u << PHASE_CLOSED,
        [PHASE_ISSUED]  = 1u << PHASE_CLOSED | (world.confirms ? 1u << PHASE_CONFIRMING : 0),
        [PHASE_CONFIRMING] = 1u << PHASE_CONFIRM_WAITING | 1u << PHASE_CLOSED,
        [PHASE_CONFIRM_WAITING] = 1u << PHASE_CLOSED,
        [PHASE_CLOSED]  = 0,
        [PHASE_SWEPT]   = 0,
    };

    return ways[from] >> to & 1;
}

static void note_step(struct trade *t, const struct step *s)
{
    must(s->number == t->steps + 1, t, "a step is left out");
    must(!t->swept, t, "a step of a transaction that was removed");
    must(is_a_way(phase_of(t), s->phase), t, "no legal way");
    must((s->phase == PHASE_CLOSED) == (s->ending != ENDING_NONE), t, "an ending that is none");
    crypto_sha256(s->reply, t->reply[t->steps]);
    t->step[t->steps++] = *s;
}

static void check_old_step(const struct trade *t, const struct step *s, size_t i)
{
    uint8_t reply[32];

    crypto_sha256(s->reply, reply);
    must(s->phase == t->step[i].phase && s->ending == t->step[i].ending && memcmp(reply, t->reply[i], sizeof reply) == 0, t,
         "a step was changed");
}

static void note_swept(struct trade *t)
{
    must(phase_of(t) == PHASE_CLOSED, t, "what is not over was removed");
    t->swept = true;
}

/* When nobody would take the old request any more, another may have its transactionID. */
static void note_reborn(struct trade *t, const struct step *opening)
{
    must(memcmp(opening->digest, t->first->digest, sizeof t->first->digest) != 0, t, "a request is carried out once more");
    t->reborn = true;
}

static void look_at(struct trade *t)
{
    struct step *steps = NULL;
    size_t count = 0;

    load(t, &steps, &count);
    if (count == 0 && t->steps > 0 && !t->swept) {
        note_swept(t);
    } else if (count > 0 && t->swept && !t->reborn) {
        note_reborn(t, steps);
    }
    if (t->reborn) {
        return;
    }
    must(t->swept ? count == 0 : count >= t->steps, t, "steps are gone");
    for (size_t i = 0; i < count; i++) {
        if (i < t->steps) {
            check_old_step(t, &steps[i], i);
        } else {
            note_step(t, &steps[i]);
        }
    }
}

/* Until the client has said whether it takes the new certificate, nobody knows which one it will have. */
static void check_updates(const struct holder *h)
{
    unsigned open = 0;

    for (size_t i = 0; i < world.trade_count; i++) {
        const struct trade *t = &world.trades[i];
        bool under_way = phase_of(t) != PHASE_NONE && phase_of(t) != PHASE_CLOSED && phase_of(t) != PHASE_SWEPT;
        open += t->holder == h && t->opening->body->arm == PKIBody_kur && under_way;
        must(open <= 1, t, "two kurs at once for one certificate");
    }
}

static void look_at_all(void)
{
    for (size_t i = 0; i < world.trade_count; i++) {
        look_at(&world.trades[i]);
    }
    for (size_t i = 0; i < HOLDERS; i++) {
        check_updates(&world.holders[i]);
    }
}

/* ---- the client --------------------------------------------------------------------------------------- */

enum says { SAYS_REFUSAL, SAYS_WAITING, SAYS_DONE, SAYS_OTHER };

static enum says says_status(const struct PKIStatusInfo *info)
{
    int64_t status = -1;

    asn1_int64(info->status, &status);
    return status == PKIStatus_waiting ? SAYS_WAITING : status == PKIStatus_rejection ? SAYS_REFUSAL : SAYS_DONE;
}

static const struct CertResponse *response_in(const struct PKIMessage *m)
{
    int arm = m->body->arm;

    return arm == PKIBody_ip || arm == PKIBody_cp || arm == PKIBody_kup ? m->body->ip->response.item[0] : NULL;
}

static enum says what_it_says(const struct PKIMessage *m)
{
    const struct CertResponse *r = response_in(m);

    switch (m->body->arm) {
    case PKIBody_error: return says_status(m->body->error->pKIStatusInfo);
    case PKIBody_rp:    return says_status(m->body->rp->status.item[0]);
    default:            return r != NULL ? says_status(r->status) : SAYS_OTHER;
    }
}

static struct span certificate_in(const struct PKIMessage *m)
{
    const struct CertResponse *r = response_in(m);

    return r != NULL && r->certifiedKeyPair != NULL ? r->certifiedKeyPair->certOrEncCert->certificate->der
                                                    : (struct span){ NULL, 0 };
}

static void check_certificate(struct trade *t, struct span der)
{
    struct certificate *row = NULL;
    uint8_t digest[32];

    if (der.ptr == NULL) {
        return;
    }
    crypto_sha256(der, digest);
    must(store_certificate(world.f->store, digest, world.f->arena, &row) && row != NULL, t,
         "a certificate was given out that is not in the inventory");
    must(t->certificate.ptr == NULL || span_eq(t->certificate, der), t, "one request, two certificates");
    t->certificate = der;
}

/* What must be found again: whatever answers a request, and the word that a certConf was taken. */
static bool is_promise(const struct letter *l, const struct PKIMessage *m)
{
    enum says says = what_it_says(m);

    if (l == l->trade->first) {
        return says == SAYS_DONE || says == SAYS_WAITING;
    }
    return l->arm == PKIBody_certConf && (m->body->arm == PKIBody_pkiconf || says == SAYS_WAITING);
}

static void check_answer(struct letter *l, struct span der, const struct PKIMessage *m)
{
    struct trade *t = l->trade;
    struct step *steps = NULL;
    size_t count = 0;

    load(t, &steps, &count);
    const struct step *stored = stored_reply(l, steps, count);
    bool kept = stored != NULL && span_eq(stored->reply, der);
    must(stored == NULL || kept, t, "another answer to the same message");
    must(t->swept || l->promised.ptr == NULL || span_eq(l->promised, der), t, "a repeat got other octets");
    must(kept || !is_promise(l, m), t, "a promise that is not stored");
    must(!t->swept || what_it_says(m) == SAYS_REFUSAL, t, "an answer from nowhere");
    l->promised = kept ? stored->reply : l->promised;
}

static void take_answer(const struct ticket *k, struct span der)
{
    struct trade *t = k->trade;
    struct asn1_error err;
    struct PKIMessage *m = PKIMessage_decode(der, world.f->arena, &err);

    must(m != NULL && span_eq(m->header->transactionID, id_of(t)), t, "an answer that is none");
    check_certificate(t, certificate_in(m));
    check_answer(k->letter != NULL ? k->letter : t->first, der, m);
    if (what_it_says(m) != SAYS_REFUSAL) {
        t->answer = der;
    }
}

/* Only a client whose gateway has trouble, who gave up, or whose CA is busy may hear that it must come again. */
static void check_unavailable(const struct trade *t)
{
    bool busy = (world.can & CMPGATE_PURE) && world.mood == CMPGATE_BUSY;

    must(world.trouble || t->gave_up || busy, t, "not now, without need");
}

static struct ticket take_ticket(uint64_t number)
{
    for (size_t i = 0; i < world.ticket_count; i++) {
        if (world.tickets[i].number == number) {
            struct ticket k = world.tickets[i];
            world.tickets[i] = world.tickets[--world.ticket_count];
            return k;
        }
    }
    fail(NULL, "a second answer to one delivery");
    return world.tickets[0];
}

static void on_reply(uint64_t number, const struct cmpgate_reply *reply)
{
    struct ticket k = take_ticket(number);

    look_at(k.trade);
    if (k.trade->reborn) {
        return;
    }
    switch (reply->kind) {
    case CMPGATE_ANSWER:
        take_answer(&k, arena_copy(world.f->arena, reply->message.ptr, reply->message.len));
        break;
    case CMPGATE_COME_BACK:
        must(k.trade->framed && reply->reference != 0, k.trade, "told to come back where there is no such thing");
        must(k.trade->reference == 0 || k.trade->reference == reply->reference, k.trade, "another reference");
        k.trade->reference = reply->reference;
        break;
    case CMPGATE_UNAVAILABLE:
        check_unavailable(k.trade);
        break;
    default:
        must(reply->kind == CMPGATE_UNKNOWN_REFERENCE && k.letter == NULL, k.trade, "a reply of an odd kind");
    }
}

/* ---- the backend -------------------------------------------------------------------------------------- */

static size_t errand_of(const struct cmpgate_order *order)
{
    return order->kind == CMPGATE_CONFIRM ? CONFIRMS : order->kind == CMPGATE_DISCARD ? DISCARDS : CERTIFIES;
}

static bool is_issued_by(const struct trade *t, struct cmpgate_bytes certificate)
{
    struct certificate *row = NULL;
    uint8_t digest[32];

    crypto_sha256((struct span){ certificate.ptr, certificate.len }, digest);
    return store_certificate(world.f->store, digest, world.f->arena, &row) && row != NULL &&
           span_eq((struct span){ row->transactionID.octets, row->transactionID.len }, id_of(t));
}

static bool is_about(const struct cmpgate_order *order, const struct trade *t)
{
    return errand_of(order) == CERTIFIES ? span_eq(t->first->der, (struct span){ order->message.ptr, order->message.len })
                                         : is_issued_by(t, order->certificate);
}

static struct trade *trade_of(const struct cmpgate_order *order)
{
    for (size_t i = 0; i < world.trade_count; i++) {
        if (is_about(order, &world.trades[i])) {
            return &world.trades[i];
        }
    }
    return NULL;
}

static void complete(struct trade *t, size_t which, const uint8_t order[STORE_ORDER_ID], enum cmpgate_result result, bool another)
{
    bool certifies = which == CERTIFIES && t->opening->body->arm != PKIBody_rr;
    struct cmpgate_outcome outcome = { .size = sizeof outcome, .result = result, .check_after = 30, .text = "so it is" };
    struct errand *e = &t->errands[which];

    if (result == CMPGATE_DONE && certifies) {
        t->made = t->made.ptr == NULL || another ? fixture_issue(world.f, t->opening) : t->made;
        outcome.certificate = (struct cmpgate_bytes){ t->made.ptr, t->made.len };
    }
    /* Only who says that it has not begun may be told to begin once more. */
    e->begun = e->begun && result != CMPGATE_BUSY;
    e->finished = e->finished || result == CMPGATE_DONE || result == CMPGATE_REJECTED;
    sequence_complete(order, &outcome);
}

static bool is_on_disk(const uint8_t *order)
{
    struct order *row = NULL;

    return store_order(world.f->store, order, world.f->arena, &row) && row != NULL;
}

static void note_order(struct trade *t, const struct cmpgate_order *order)
{
    struct errand *e = &t->errands[errand_of(order)];

    must(!e->ordered || memcmp(e->id, order->id.ptr, sizeof e->id) == 0, t, "one request, two orders");
    memcpy(e->id, order->id.ptr, sizeof e->id);
    e->ordered = true;
}

static void on_submit(const struct cmpgate_order *order)
{
    struct trade *t = trade_of(order);
    size_t which = errand_of(order);

    if (t == NULL) {
        return;                         /* of an earlier life */
    }
    if (world.can & CMPGATE_PURE) {
        complete(t, which, order->id.ptr, world.mood, t->certificate.ptr == NULL);
        return;
    }
    must(is_on_disk(order->id.ptr), t, "the backend hears of an order that is not on disk");
    note_order(t, order);
    must(!t->errands[which].begun || (world.can & CMPGATE_IDEMPOTENT), t, "an order is carried out twice");
    t->errands[which].begun = true;
}

static void on_check(const struct cmpgate_order *order)
{
    struct trade *t = trade_of(order);

    if (t != NULL && (world.can & CMPGATE_PURE)) {
        complete(t, errand_of(order), order->id.ptr, world.mood, t->certificate.ptr == NULL);
    } else if (t != NULL) {
        note_order(t, order);
    }
}

/* ---- what happens ------------------------------------------------------------------------------------- */

/* What an RA has wrapped comes by itself now and then, too. */
static void deliver(struct letter *l)
{
    struct trade *t = l->trade;
    bool wrapped = l->wrapped.ptr != NULL && world.ticket_count % 3 != 2;

    if (world.ticket_count < TICKETS) {
        uint64_t number = sequence_deliver(wrapped ? l->wrapped : l->der, t->framed, 0);
        must(number != 0, t, "no room");
        world.tickets[world.ticket_count++] = (struct ticket){ number, l, t };
    }
}

static struct letter *write_letter(struct trade *t, struct draft *d)
{
    if (world.letter_count == LETTERS) {
        return NULL;
    }
    struct letter *l = &world.letters[world.letter_count++];
    draft_finish(d);
    *l = (struct letter){ .trade = t, .der = d->der, .arm = d->body->arm };
    crypto_sha256(l->der, l->digest);
    if (t->by_ra) {
        struct draft *around = draft_wrap(d, &world.ra);
        draft_finish(around);
        l->wrapped = around->der;
    }
    return l;
}

static void send(struct trade *t, struct draft *d)
{
    struct letter *l = write_letter(t, d);

    if (l != NULL) {
        deliver(l);
    }
}

static struct draft *new_opening(struct trade *t, int arm, bool implicit)
{
    struct fixture *f = world.f;
    struct draft *d = draft_new(f, arm);

    draft_mac(d, t->one_use ? "few" : REFERENCE, PASSWORD, 100);
    if (arm == PKIBody_kur || arm == PKIBody_rr) {
        draft_sign(d, t->holder);
        draft_about(d, t->holder);
    }
    if (implicit && arm != PKIBody_rr) {
        draft_info(d, OID_id_it_implicitConfirm, &NULL__type, value_of(f, asn1_null()));
    }
    return d;
}

/* Made when it is needed, whatever the disk is like. */
static void need(struct holder *h, const char *name, unsigned special)
{
    if (h->key == NULL) {
        sequence_break(false);
        *h = fixture_holder(world.f, name, "ecdsa-p256", special);
        sequence_break(world.broken);
    }
}

static const struct holder *holder(int i)
{
    need(&world.holders[i], i == 0 ? "pump 7" : "pump 8", 0);
    return &world.holders[i];
}

static void open_trade(uint8_t how)
{
    static const int arms[] = { PKIBody_ir, PKIBody_cr, PKIBody_p10cr, PKIBody_ir, PKIBody_kur, PKIBody_kur, PKIBody_rr, PKIBody_rr };
    int arm = arms[how & 7];

    if (world.trade_count == TRADES || world.letter_count == LETTERS) {
        return;
    }
    struct trade *t = &world.trades[world.trade_count];
    *t = (struct trade){ .framed = (how & 16) && !world.confirms, .one_use = how & 32, .by_ra = how & 64 };
    if (arm == PKIBody_kur || arm == PKIBody_rr) {
        t->holder = holder(how & 1);
        t->one_use = false;
    }
    if (t->by_ra) {
        need(&world.ra, "The RA", HOLDER_RA);
    }
    t->opening = new_opening(t, arm, how & 8);
    t->first = write_letter(t, t->opening);
    world.trade_count++;
    deliver(t->first);
}

static struct draft *follow(const struct trade *t, int arm)
{
    struct asn1_error err;
    struct draft *d = draft_follow(t->opening, arm);

    if (t->answer.ptr != NULL) {
        d->header->recipNonce = PKIMessage_decode(t->answer, world.f->arena, &err)->header->senderNonce;
    } else {
        d->header->recipNonce = (struct span){ NULL, 0 };
    }
    return d;
}

static void confirm(struct trade *t, bool accept)
{
    struct draft *d = follow(t, PKIBody_certConf);
    struct span certificate = t->certificate.ptr != NULL ? t->certificate : world.f->server.certificate;

    draft_confirms(d, &(struct holder){ .certificate = certificate });
    if (t->opening->body->arm == PKIBody_p10cr) {
        d->status->certReqId = asn1_put_int(world.f->arena, -1);
    }
    if (!accept) {
        d->status->statusInfo = PKIStatusInfo_new(world.f->arena);
        d->status->statusInfo->status = asn1_put_int(world.f->arena, PKIStatus_rejection);
    }
    send(t, d);
}

static void poll(struct trade *t)
{
    struct draft *d = follow(t, PKIBody_pollReq);
    int arm = t->opening->body->arm;

    if (arm == PKIBody_p10cr || arm == PKIBody_rr) {
        d->poll->certReqId = asn1_put_int(world.f->arena, -1);
    }
    if (!t->framed) {
        send(t, d);
    } else if (t->reference != 0 && world.ticket_count < TICKETS) {
        uint64_t number = sequence_deliver((struct span){ NULL, 0 }, true, t->reference);
        must(number != 0, t, "no room");
        world.tickets[world.ticket_count++] = (struct ticket){ number, NULL, t };
    }
}

static void give_up(struct trade *t)
{
    t->gave_up = true;
    send(t, follow(t, PKIBody_error));
}

static void another_request(struct trade *t)
{
    struct draft *d = draft_follow(t->opening, t->opening->body->arm);

    d->header->recipNonce = (struct span){ NULL, 0 };
    if (t->holder != NULL) {
        draft_about(d, t->holder);
    }
    send(t, d);
}

static void repeat_any(struct trade *t, uint8_t which)
{
    struct letter *l = &world.letters[which % world.letter_count];

    deliver(l->trade == t ? l : t->first);
}

static void decide_order(struct trade *t, bool granted)
{
    struct decision d = { .granted = granted, .at = time(NULL) };

    if (t->steps > 0 && !t->swept && !sequence_stalls()) {
        memcpy(d.order, t->step[0].order, STORE_ORDER_ID);
        store_apply(world.f->store, &(struct change){ .decision = &d });
        sequence_pass(1);
    }
}

static void stall_disk(bool on)
{
    world.trouble = world.trouble || on;
    sequence_stall(on);
}

static void break_disk(bool on)
{
    world.broken = on;
    world.trouble = world.trouble || on;
    sequence_break(on);
}

static void kill_gateway(void)
{
    world.broken = false;
    world.ticket_count = 0;
    sequence_kill();
}

static void pass(uint8_t how)
{
    static const int seconds[] = { 1, 11, 31, 61, 301, 3601, 4 * 3600, 8 * DAY };

    sequence_pass(seconds[how % 8]);
}

/* Early, late, twice, another one: but who is finished does not say that it has not begun, and who has not begun is not
 * finished. */
static void backend_says(struct trade *t, uint8_t how)
{
    enum cmpgate_result result = (enum cmpgate_result)(how % 8 < 5 ? how % 8 : CMPGATE_DONE);
    bool final = result == CMPGATE_DONE || result == CMPGATE_REJECTED;

    for (size_t i = 0; i < ERRANDS; i++) {
        struct errand *e = &t->errands[i];
        if (e->begun && !(world.can & CMPGATE_PURE) && (final || !e->finished) && (i == CERTIFIES || !(how & 16))) {
            complete(t, i, e->id, result, how & 8);
        }
    }
}

static void happens(uint8_t what, uint8_t how)
{
    struct trade *t = world.trade_count > 0 ? &world.trades[how % world.trade_count] : NULL;
    uint8_t rest = (uint8_t)(how / TRADES);

    if (t == NULL || what % 16 == 0) {
        open_trade(how);
        return;
    }
    switch (what % 16) {
    case 1:  deliver(t->first); break;
    case 2:  confirm(t, true); break;
    case 3:  confirm(t, rest & 1); break;
    case 4:
    case 5:  poll(t); break;
    case 6:  give_up(t); break;
    case 7:  repeat_any(t, rest); break;
    case 8:
    case 9:  backend_says(t, rest); break;
    case 10: world.mood = (enum cmpgate_result)(how % 8 < 5 ? how % 8 : CMPGATE_DONE); break;
    case 11: pass(how); break;
    case 12:
        how & 1 ? kill_gateway() : sequence_sweep();
        look_at_all();
        break;
    case 13: stall_disk(how & 1); break;
    case 14: break_disk(how & 1); break;
    case 15: world.manual && (how & 32) ? decide_order(t, how & 64) : another_request(t); break;
    }
}

/* ---- in the end ---------------------------------------------------------------------------------------- */

static int64_t number_of(const struct trade *t, const char *table)
{
    char sql[300];
    struct span id = id_of(t);
    int n = snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE transactionID = x'", table);
    int64_t count = -1;

    for (size_t i = 0; i < id.len; i++) {
        n += snprintf(sql + n, sizeof sql - (size_t)n, "%02x", id.ptr[i]);
    }
    snprintf(sql + n, sizeof sql - (size_t)n, "'");
    must(sqlite_number(world.f->store, sql, &count), t, "the store cannot be read");
    return count;
}

static bool is_revoked(const struct trade *t, const uint8_t fingerprint[STORE_DIGEST])
{
    struct certificate *row = NULL;

    must(store_certificate(world.f->store, fingerprint, world.f->arena, &row) && row != NULL, t,
         "a certificate is not in the inventory");
    return row->revoked_at != 0;
}

static void check_ending(const struct trade *t)
{
    const struct step *last = t->steps > 0 ? &t->step[t->steps - 1] : NULL;
    static const uint8_t none[STORE_DIGEST];

    if (last == NULL || last->phase != PHASE_CLOSED || memcmp(last->certificate, none, sizeof none) == 0) {
        return;
    }
    bool wanted = last->ending == ENDING_CONFIRMED || last->ending == ENDING_IMPLICIT;
    must(is_revoked(t, last->certificate) != wanted, t, "revoked though it is wanted, or the other way round");
}

static void check_trade(const struct trade *t)
{
    if (t->reborn) {
        return;
    }
    must(number_of(t, "certificates") <= 1, t, "one transaction, two certificates");
    must(number_of(t, "orders") <= (world.confirms ? 3 : 1), t, "one transaction, too many orders");
    check_ending(t);
}

/* The request that was first to come through, of those with this transactionID. */
static struct letter *opening_of(const struct trade *t)
{
    for (size_t i = 0; i < world.letter_count; i++) {
        if (world.letters[i].trade == t && memcmp(world.letters[i].digest, t->step[0].digest, STORE_DIGEST) == 0) {
            return &world.letters[i];
        }
    }
    return t->first;
}

/* Whoever has opened a transaction with a secret can end it, whatever has happened to it; once it knows what it has
 * been answered. */
static void end_trade(struct trade *t)
{
    if (t->holder != NULL || phase_of(t) == PHASE_NONE || phase_of(t) == PHASE_SWEPT) {
        return;
    }
    deliver(opening_of(t));
    sequence_run();
    world.letter_count -= world.letter_count > LETTERS - 2 ? 2 : 0;
    poll(t);
    sequence_run();
    give_up(t);
    sequence_run();
    must(phase_of(t) == PHASE_CLOSED, t, "it cannot be ended");
}

static void check_uses(void)
{
    size_t used = 0;

    for (size_t i = 0; i < world.trade_count; i++) {
        used += world.trades[i].one_use && world.trades[i].steps > 0;
    }
    must(used <= USES, NULL, "a secret was used more often than it may be");
}

static void settle(void)
{
    sequence_break(false);
    sequence_stall(false);
    for (int i = 0; i < 10 && (i < 2 || world.ticket_count > 0); i++) {
        sequence_run();
        sequence_pass(11);
    }
    sequence_run();
    must(world.ticket_count == 0, world.ticket_count > 0 ? world.tickets[0].trade : NULL, "a delivery without an answer");
}

/* ---- one input ------------------------------------------------------------------------------------------ */

static void few_uses(struct secret *s)
{
    s->uses = USES;
}

static void renew_fixture(void)
{
    enum { KEYS = 256 };

    if (world.f != NULL && world.f->key_count + HOLDERS + 1 + LETTERS < KEYS && time(NULL) - world.since < OLD) {
        return;
    }
    if (world.f != NULL) {
        fixture_free(world.f);
    }
    setenv("TMPDIR", "/dev/shm", 0);
    world.f = fixture_new();
    world.since = time(NULL);
}

static void begin(uint8_t setting)
{
    static const uint32_t cans[] = { CMPGATE_PURE, CMPGATE_IDEMPOTENT, CMPGATE_CHECKS, 0 };
    static struct sequence_ends ends = { .reply = on_reply, .submit = on_submit, .check = on_check, .worked = look_at_all };

    renew_fixture();
    world.can = ends.can = cans[setting & 3];
    world.manual = setting & 4;
    world.confirms = ends.confirms = setting & 8;
    world.mood = CMPGATE_DONE;
    world.broken = world.trouble = false;
    world.trade_count = world.letter_count = world.ticket_count = 0;
    world.f->profiles[0].credentials |= BY_RA;
    world.f->profiles[0].approval_deadline = world.manual ? 3600 : 0;
    sequence_start(world.f, &ends);
    fixture_secret(world.f, "few", PASSWORD, few_uses);
    memset(world.holders, 0, sizeof world.holders);
    world.ra = (struct holder){ .key = NULL };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    begin(data[0]);
    for (size_t i = 1; i + 1 < size && i < 2 * EVENTS; i += 2) {
        happens(data[i], data[i + 1]);
        sequence_run();
    }
    settle();
    for (size_t i = 0; i < world.trade_count; i++) {
        end_trade(&world.trades[i]);
        check_trade(&world.trades[i]);
    }
    check_uses();
    sequence_stop();
    return 0;
}
