/* Sequences of inputs against decide(), and a model of what the world has seen of it.
 *
 * An input is read as lives of transactions, one after the other: an octet with what the request is, then one for each
 * thing that comes in, until an octet that ends the life.  What cannot come in then (an outcome of an order that
 * has one) is left out, as whoever calls decide() does; polls, references and repeats come for either message, where there are two.  The model shares nothing with the table: it has its own list
 * of ways from phase to phase, and what must be true at the end of each of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/protocol/decide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIFE_ENDS = 0xff };
enum order_is { NO_ORDER, OPEN, DONE, REJECTED, DROPPED };

struct world {
    enum phase phase;
    enum ending ending;
    bool certifies, implicit, framed, manual, confirms;
    enum order_is order, confirm, discard;
    bool silent, told, told_answer;     /* of the certConf: a conf; its client was told to wait; its answer is stored */
    bool pending;                       /* an operator has yet to say yes */
    unsigned certificates, steps;
    bool revoked, promised, answered;   /* promised: a reply is stored; answered: the answer to the request is */
};

static void must(bool ok, const struct world *w, enum input input, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s, %s: %s\n", phase_name(w->phase), input_name(input), what);
        abort();
    }
}

static bool is_outcome(enum input input)
{
    return (input >= INPUT_DONE && input <= INPUT_UNSURE) || input == INPUT_ORDER_DUE;
}

static bool is_confirming(const struct world *w)
{
    return w->phase == PHASE_CONFIRMING || w->phase == PHASE_CONFIRM_WAITING;
}

/* The order whose outcome comes in: there is never more than one that anything can follow from. */
static enum order_is *order_of(struct world *w)
{
    bool certifying = w->order == OPEN || w->order == DROPPED;

    return certifying ? &w->order : w->confirm == OPEN ? &w->confirm : &w->discard;
}

/* What comes in is about the order that tells the backend; `certConf`: and could be about the request as well. */
static bool is_told(struct world *w, enum input input, bool certConf)
{
    bool over = w->ending == ENDING_CONFIRMED || w->ending == ENDING_REJECTED;

    switch (input) {
    case INPUT_REPEAT: return certConf && is_confirming(w);
    case INPUT_POLL:   return certConf && w->told && (w->phase == PHASE_CONFIRM_WAITING || over);
    case INPUT_FETCH:  return certConf && w->told && w->framed;
    default:           return is_outcome(input) && order_of(w) != &w->order;
    }
}

static unsigned facts_of(const struct world *w)
{
    return (w->certifies ? FACT_CERTIFIES : 0u) | (w->implicit ? FACT_IMPLICIT : 0u) | (w->framed ? FACT_FRAMED : 0u) |
           (w->manual ? FACT_MANUAL : 0u) | (w->order == REJECTED ? FACT_REFUSED : 0u) |
           (w->ending == ENDING_ABANDONED ? FACT_ABANDONED : 0u) |
           (w->ending == ENDING_UNCONFIRMED || w->ending == ENDING_REJECTED ? FACT_UNCONFIRMED : 0u) |
           (w->confirms ? FACT_CONFIRMS : 0u) | (w->silent && w->phase == PHASE_CONFIRM_WAITING ? FACT_SILENT : 0u) |
           (w->ending == ENDING_CONFIRMED || w->ending == ENDING_DECLINED ? FACT_CONFIRMED : 0u) |
           (w->answered ? FACT_ANSWERED : 0u);
}

/* Whether it can come in at all. */
static bool can_come(const struct world *w, enum input input)
{
    switch (input) {
    case INPUT_REPEAT:       return w->phase != PHASE_NONE;
    case INPUT_DONE:
    case INPUT_REJECTED:
    case INPUT_LATER:
    case INPUT_BUSY:
    case INPUT_UNSURE:       return ((w->order == OPEN || w->order == DROPPED) && !w->pending) || w->confirm == OPEN || w->discard == OPEN;
    case INPUT_ORDER_DUE:    return (w->order == OPEN && !w->pending) || w->confirm == OPEN || w->discard == OPEN;
    case INPUT_APPROVED:
    case INPUT_DENIED:
    case INPUT_NOT_APPROVED: return w->order == OPEN && w->pending;
    case INPUT_HOLD_OVER:    return w->phase != PHASE_NONE && w->phase != PHASE_SWEPT;
    case INPUT_CONFIRM_LATE: return w->phase == PHASE_READY || w->phase == PHASE_ISSUED;
    case INPUT_BATCH:        return false;      /* a life of one step, without an order */
    default:                 return true;
    }
}

/* ---- what may happen, written again ------------------------------------------------------------------ */

static bool is_a_way(enum phase from, enum phase to)
{
    static const uint16_t ways[PHASE_COUNT] = {
        [PHASE_NONE]    = 1 << PHASE_ORDERED | 1 << PHASE_WAITING,
        [PHASE_ORDERED] = 1 << PHASE_WAITING | 1 << PHASE_ISSUED | 1 << PHASE_CLOSED,
        [PHASE_WAITING] = 1 << PHASE_READY | 1 << PHASE_CLOSED,
        [PHASE_READY]   = 1 << PHASE_ISSUED | 1 << PHASE_CLOSED,
        [PHASE_ISSUED]  = 1 << PHASE_CONFIRMING | 1 << PHASE_CONFIRM_WAITING | 1 << PHASE_CLOSED,
        [PHASE_CONFIRMING] = 1 << PHASE_CONFIRM_WAITING | 1 << PHASE_CLOSED,
        [PHASE_CONFIRM_WAITING] = 1 << PHASE_CLOSED,
        [PHASE_CLOSED]  = 0,
        [PHASE_SWEPT]   = 0,
    };

    return ways[from] >> to & 1;
}

static void check_move(const struct world *w, enum input input, bool told, const struct move *m)
{
    bool step = (m->acts & ACT_STEP) != 0;
    bool promises = m->say == SAY_ANSWER || m->say == SAY_WAITING || (m->say == SAY_PKICONF && w->phase != PHASE_CLOSED);

    must(m->reason != NULL, w, input, "no reason");
    must(step ? is_a_way(w->phase, m->phase) : m->phase == w->phase, w, input, "no legal way");
    must((m->phase == PHASE_CLOSED && step) == (m->ending != ENDING_NONE), w, input, "an ending that is none");
    must(!promises || step, w, input, "a promise that is not stored");
    must(m->say != SAY_STORED || w->promised || w->framed, w, input, "a stored reply that nobody has stored");
    must(m->say != SAY_ANSWER_AGAIN || (told ? w->told_answer : w->answered), w, input, "an answer again that was never given");
    must(m->say != SAY_REFUSAL || m->acts == 0, w, input, "a refusal that changes something");
    must(input > INPUT_GIVE_UP || m->say != SAY_NOTHING || (m->acts & ACT_JOIN), w, input, "a client without an answer");
}

/* ---- what has become of it ---------------------------------------------------------------------------- */

static enum order_is order_after(enum order_is order, enum input input, const struct move *m)
{
    if (m->acts & ACT_FORGET) {
        return DROPPED;
    }
    if (!(m->acts & ACT_ORDER)) {
        return order;
    }
    switch (input) {
    case INPUT_DONE:         return DONE;
    case INPUT_REJECTED:
    case INPUT_DENIED:
    case INPUT_NOT_APPROVED: return REJECTED;
    default:                 return order == NO_ORDER ? OPEN : order;
    }
}

/* A new order that tells the backend. */
static void tell(struct world *w, enum input input, const struct move *m)
{
    must(!(m->acts & (ACT_CONFIRM | ACT_DISCARD)) || (m->acts & ACT_STEP), w, input, "the backend is told, and no step says so");
    if (m->acts & ACT_CONFIRM) {
        must(w->confirm == NO_ORDER, w, input, "confirmed twice");
        w->confirm = OPEN;
        w->silent = m->say == SAY_SILENCE;
    }
    if (m->acts & ACT_DISCARD) {
        must(w->discard == NO_ORDER, w, input, "discarded twice");
        w->discard = OPEN;
    }
}

static void step(struct world *w, const struct move *m)
{
    bool to_certConf = is_confirming(w);

    w->phase = m->phase;
    w->ending = m->ending;
    w->steps++;
    w->promised = w->promised || (m->say != SAY_NOTHING && m->say != SAY_COME_BACK);
    w->answered = w->answered || m->say == SAY_ANSWER;
    w->told_answer = w->told_answer || (to_certConf && m->say == SAY_ANSWER);
    w->told = w->told || (to_certConf && m->phase == PHASE_CONFIRM_WAITING);
}

static void go(struct world *w, enum input input, bool certConf)
{
    bool told = is_told(w, input, certConf);
    struct move m = decide(w->phase, input, facts_of(w) | (told ? FACT_TOLD : 0u));
    enum order_is *order = is_outcome(input) ? order_of(w) : &w->order;

    check_move(w, input, told, &m);
    w->pending = w->order == NO_ORDER ? w->manual : w->pending && input != INPUT_APPROVED;
    *order = order_after(*order, input, &m);
    w->certificates += (m.acts & ACT_CERTIFICATE) != 0;
    w->revoked = w->revoked || (m.acts & ACT_REVOKE);
    tell(w, input, &m);
    if (m.acts & ACT_STEP) {
        step(w, &m);
    }
}

/* What its backend has heard fits what became of the certificate. */
static void check_told(const struct world *w, enum input last)
{
    bool of_no_use = w->ending == ENDING_DECLINED || w->ending == ENDING_UNCONFIRMED || w->ending == ENDING_ABANDONED;

    must(w->confirm == NO_ORDER || (w->confirms && w->order == DONE), w, last, "confirmed, and not by whom it asks");
    must(!is_confirming(w) || w->confirm == OPEN, w, last, "who waits to be confirmed has no order to wait for");
    must(w->confirm != OPEN || is_confirming(w) || w->ending == ENDING_ABANDONED, w, last, "over before its backend has said so");
    must((w->ending == ENDING_REJECTED) == (w->confirm == REJECTED && w->ending != ENDING_ABANDONED), w, last,
         "rejected, and not by the backend");
    must(w->ending != ENDING_CONFIRMED || !w->confirms || w->confirm == DONE, w, last, "confirmed without its backend");
    must(w->discard == NO_ORDER || of_no_use, w, last, "of use, and discarded");
    must(!(of_no_use && w->order == DONE && w->certificates == 1 && w->answered) || w->discard != NO_ORDER, w, last,
         "of no use, and its backend has not heard of it");
}

static void check_world(const struct world *w, enum input last)
{
    bool unwanted = w->ending == ENDING_DECLINED || w->ending == ENDING_UNCONFIRMED || w->ending == ENDING_ABANDONED ||
                    w->ending == ENDING_REJECTED;
    bool wanted = w->ending == ENDING_CONFIRMED || w->ending == ENDING_IMPLICIT;
    bool waits = w->phase == PHASE_ORDERED || w->phase == PHASE_WAITING;
    bool issued = w->phase == PHASE_ISSUED || is_confirming(w);

    must(w->certificates <= 1, w, last, "two certificates");
    must(w->certificates == 0 || (w->certifies && w->order == DONE), w, last, "a certificate that no order has brought");
    must(w->steps <= STORE_STEPS_MAX, w, last, "steps without end");
    must(!waits || w->order == OPEN, w, last, "who waits has no order to wait for");
    must(w->order != OPEN || waits, w, last, "an order that nobody waits for");
    must(w->order != DROPPED || w->ending == ENDING_ABANDONED, w, last, "dropped, though the client has not given up");
    must(!(w->certificates == 1 && unwanted) || w->revoked, w, last, "nobody wants it, and it is valid");
    must(!(w->certifies && wanted) || (w->certificates == 1 && !w->revoked), w, last, "wanted, and not valid");
    must(!issued || (w->certificates == 1 && w->answered && !w->revoked), w, last, "issued without a certificate");
    must(!(w->ending == ENDING_IMPLICIT && w->certifies) || w->implicit, w, last, "not confirmed, though it should be");
    check_told(w, last);
}

/* The sweep takes what is over and whose order may bring nothing more. */
static void sweep(struct world *w)
{
    if (w->phase == PHASE_CLOSED && w->order != DROPPED && w->confirm != OPEN && w->discard != OPEN) {
        w->phase = PHASE_SWEPT;
        w->ending = ENDING_NONE;
    }
}

/* Whoever has opened a transaction can end it, whatever has happened to it. */
static void check_end(struct world w)
{
    if (w.phase != PHASE_NONE && w.phase != PHASE_SWEPT) {
        go(&w, INPUT_GIVE_UP, false);
        check_world(&w, INPUT_GIVE_UP);
        must(w.phase == PHASE_CLOSED, &w, INPUT_GIVE_UP, "it cannot be ended");
    }
}

static size_t live(const uint8_t *data, size_t size)
{
    struct world w = { .certifies = data[0] & 1, .implicit = data[0] & 2, .framed = data[0] & 4, .manual = data[0] & 8,
                       .confirms = data[0] & 16 };
    size_t at = 1;

    for (; at < size && data[at] != LIFE_ENDS; at++) {
        enum input input = (enum input)(data[at] % (INPUT_COUNT + 1));
        if (input == INPUT_COUNT) {
            sweep(&w);
        } else if (can_come(&w, input)) {
            go(&w, input, data[at] / (INPUT_COUNT + 1) & 1);
            if (w.phase != PHASE_SWEPT) {
                check_world(&w, input);
            }
        }
    }
    check_end(w);
    return at + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size; ) {
        at += live(data + at, size - at);
    }
    return 0;
}
