/* One event being worked on: what is known so far, and the move that was decided.
 *
 * worker.c reads messages, outcome.c follows orders; carry.c takes their input to decide() and makes the
 * move true with reply.c, change.c and after.c.  A task lives on a worker's stack until the next event.
 */
#ifndef TASK_H
#define TASK_H
#include "gateway/gateway.h"
#include "gateway/log.h"
#include "gateway/protocol/decide.h"
#include "gateway/protocol/inbound.h"
#include "gateway/protocol/respond.h"

struct task {
    struct gateway *gateway;
    struct generation *generation;      /* entered when the event was taken */
    struct event *event;                /* freed by the worker, unless after.c has given it to the writer */
    struct inbound in;                  /* the message at hand, or for an outcome the request it answers */
    const struct step *last;            /* NULL: the transactionID is unknown */
    const struct tombstone *tombstone;  /* of a transaction that was removed; NULL: none */
    struct request request;             /* an opening request */
    struct asn1_list told;              /* a genm: the InfoTypeAndValues of its genp */
    struct order *order;                /* the order at stake; NULL: none */
    struct cmpgate_outcome outcome;     /* of the order; size 0: none yet */
    struct span *parts;                 /* a batch: the answers to the messages inside */
    size_t part_count;
    struct inquirer inquirer;           /* about the signers of the message */
    struct move move;
    struct refusal refusal;
    struct log_subject subject;
};

/* Seconds that the client has for its certConf; a profile that was removed meanwhile leaves the usual time. */
static inline int64_t task_confirm_wait(const struct task *t)
{
    enum { USUAL = 5 * 60 };

    return t->in.profile != NULL ? t->in.profile->confirm_wait : USUAL;
}

/* The root in caPubs; a profile that was removed meanwhile leaves it out. */
static inline bool task_gives_caPubs(const struct task *t)
{
    return t->in.profile != NULL && t->in.profile->ca_pubs;
}

static inline enum phase task_phase(const struct task *t)
{
    return t->last != NULL ? t->last->phase : t->tombstone != NULL ? PHASE_SWEPT : PHASE_NONE;
}

/* PKIBody arm of the request that opened the transaction. */
static inline int task_operation(const struct task *t)
{
    if (t->last != NULL) {
        return t->last->operation;
    }
    return t->in.message != NULL ? t->in.message->body->arm : -1;
}

/* A certConf for a certificate that needs none is tolerated. */
static inline bool task_is_indulged(const struct task *t)
{
    return t->last != NULL && t->last->phase == PHASE_CLOSED && t->last->ending == ENDING_IMPLICIT &&
           quirk_on(&t->in, QUIRK_NEEDLESS_CERTCONF);
}

#endif
