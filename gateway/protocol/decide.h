/* The one function that changes the state of a transaction.
 *
 * decide() knows nothing but its arguments: the phase after the last step, what has come in, and a
 * few facts about it.  It answers with the phase to go to, what to say, and what to do.  The table in
 * decide.c is the whole of it; docs/architecture.md explains each row with what a kill, a repeat and a
 * late answer lead to.  Whoever carries a move out commits it first and acts afterwards.
 */
#ifndef DECIDE_H
#define DECIDE_H
#include "gateway/store/store.h"

/* What comes in. */
enum input {
    INPUT_OPEN,             /* a request that passed every check, in bytes not seen before */
    INPUT_ASK,              /* genm that passed every check */
    INPUT_REPEAT,           /* the very bytes of a message that led to a step of this transaction */
    INPUT_POLL,             /* pollReq */
    INPUT_FETCH,            /* a poll by the transport's framing: the reference of this transaction, and no message */
    INPUT_CONFIRM,          /* certConf that accepts the certificate */
    INPUT_CONF,             /* conf of RFC 2510: accepts the certificate, and is not answered */
    INPUT_DECLINE,          /* certConf that refuses it */
    INPUT_GIVE_UP,          /* error from the client */
    INPUT_DONE,             /* outcome of the order: it was carried out */
    INPUT_REJECTED,         /* … the backend refused for good */
    INPUT_LATER,            /* … WAITING: ask again */
    INPUT_BUSY,             /* … not begun: submit again */
    INPUT_UNSURE,           /* … nobody can tell: check, or an operator */
    INPUT_HOLD_OVER,        /* a client has waited as long as its endpoint allows */
    INPUT_CONFIRM_LATE,     /* `due` of an ISSUED step has passed */
    INPUT_APPROVED,         /* an operator has approved the order that waited for it */
    INPUT_DENIED,           /* … or denied it */
    INPUT_NOT_APPROVED,     /* … or done neither in time */
    INPUT_ORDER_DUE,        /* `due` of the order has passed, or it was just committed */
    INPUT_BATCH,            /* the messages inside a batch have been answered */
    INPUT_COUNT
};

/* Facts about the transaction, true at the time of the input. */
enum {
    FACT_CERTIFIES = 1 << 0,    /* the order makes a certificate (ir, cr, p10cr, kur), not rr */
    FACT_IMPLICIT  = 1 << 1,    /* implicit confirmation was granted: nothing to confirm */
    FACT_REFUSED   = 1 << 2,    /* READY: the outcome was a refusal */
    FACT_ABANDONED = 1 << 3,    /* CLOSED: the client gave up before there was an outcome */
    FACT_UNCONFIRMED = 1 << 4,  /* CLOSED: its confirmation came too late, or the backend did not take it */
    FACT_CONFIRMED = 1 << 5,    /* CLOSED: by a certConf */
    FACT_ANSWERED  = 1 << 6,    /* CLOSED: there is an answer to the request that can be given again */
    FACT_FRAMED    = 1 << 7,    /* who waits is told so by the transport's framing: the endpoint's way, as long as nothing was
                                 * said; after that, what was done: the transaction has a reference */
    FACT_MANUAL    = 1 << 8,    /* NONE: an operator must approve what is asked for */
    FACT_INDULGED  = 1 << 9,    /* CLOSED: implicitly confirmed, and a certConf for it all the same is tolerated */
    FACT_CONFIRMS  = 1 << 10,   /* ISSUED: the backend is to hear of it when the client accepts its certificate */
    FACT_TOLD      = 1 << 11,   /* the order at stake tells a backend what became of its certificate (CONFIRM, DISCARD); who
                                 * polls or repeats asks for the answer to the certConf */
    FACT_SILENT    = 1 << 12,   /* CONFIRM_WAITING: nobody waits; a conf of RFC 2510 is not answered */
    FACT_ALL       = (1 << 13) - 1
};

enum say {
    SAY_NOTHING,
    SAY_STORED,             /* the reply of the step that these bytes led to */
    SAY_ANSWER_AGAIN,       /* the stored answer to what is polled for: the opening request, or the certConf */
    SAY_ANSWER,             /* the outcome: ip, cp, kup, rp; pkiconf or error to a certConf */
    SAY_SILENCE,                /* the request is let go of without an answer */
    SAY_WAITING,
    SAY_COME_BACK,              /* the same in the framing: the reference that the step has */
    SAY_UNKNOWN,                /* nothing is under the reference that was polled */
    SAY_POLLREP,            /* made afresh, not committed */
    SAY_PKICONF,
    SAY_TOLD,               /* genp, made afresh, not committed */
    SAY_BATCH,              /* the answers to all messages inside */
    SAY_REFUSAL             /* `error` with `failure`, made afresh, not committed */
};

enum {
    ACT_STEP        = 1 << 0,   /* append a step */
    ACT_ORDER       = 1 << 1,   /* write the order down as it is now */
    ACT_CERTIFICATE = 1 << 2,   /* the outcome's certificate enters the inventory */
    ACT_REVOKE      = 1 << 3,   /* the certificate at stake is revoked: rr's target, or the one not wanted */
    ACT_ASK         = 1 << 4,   /* after the commit: submit or check the order */
    ACT_FORGET      = 1 << 5,   /* after the commit: tell the backend that nobody wants it any more */
    ACT_JOIN        = 1 << 6,   /* keep the ticket: it gets the answer that is on its way */
    ACT_CONFIRM     = 1 << 7,   /* write a new order down, to CONFIRM the certificate; asked after the commit */
    ACT_DISCARD     = 1 << 8    /* the same to DISCARD it, if its backend takes such orders; nobody waits for the outcome */
};

struct move {
    enum phase phase;           /* after it; without ACT_STEP the same as before */
    enum ending ending;         /* PHASE_CLOSED */
    enum say say;
    unsigned acts;
    int failure;                /* SAY_REFUSAL: enum failure (inbound.h) */
    const char *reason;         /* SAY_REFUSAL: for the client; otherwise for the log; never NULL */
};

/* A message was taken, and nothing is answered yet: tickets are held for the outcome. */
static inline bool phase_owes(enum phase phase)
{
    return phase == PHASE_ORDERED || phase == PHASE_CONFIRMING;
}

/* Total: every combination has a move. */
struct move decide(enum phase, enum input, unsigned facts);
const char *phase_name(enum phase);
const char *input_name(enum input);

#endif
