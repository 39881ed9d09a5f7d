/* One event being worked on: what is known so far, and the move that was decided.
 *
 * worker.c reads messages, outcome.c follows orders, carry.c makes moves true.  A task lives
 * in a worker's arena until the next event.
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
    struct event *event;                /* freed by the worker, unless carry.c has given it to the writer */
    struct inbound in;                  /* the message at hand, or for an outcome the request it answers */
    const struct step *last;            /* NULL: the transactionID is unknown */
    struct request request;             /* an opening request */
    struct order *order;                /* the order at stake; NULL: none */
    struct cmpgate_outcome outcome;     /* of the order; size 0: none yet */
    struct move move;
    struct refusal refusal;
    struct log_subject subject;
};

/* ---- outcome.c ------------------------------------------------------------------------------- */

/* An order's outcome, an order or a confirmation that is due, a client that has waited long enough. */
void outcome_event(struct task *);
void due_event(struct task *);
void hold_event(struct task *);
/* The input that an outcome is to decide(). */
enum input outcome_input(const struct cmpgate_outcome *);
/* Writes an outcome into the order: state, token, when it is due again, result. */
void outcome_apply(struct task *);
/* Seconds after which an order without any outcome is in doubt, and looked at again. */
enum { OUTCOME_IN_DOUBT = 30 };
/* Brings back the request that the order is about, as if it had just been verified: for answers that are
 * given later.  False when it cannot be. */
bool outcome_recall(struct task *);

/* ---- carry.c --------------------------------------------------------------------------------- */

/* Loads the steps of a transaction and sets `last`. */
bool carry_load(struct task *, const struct store_octets *transactionID);
/* Looks up the move for an input and makes it true. */
void carry_input(struct task *, enum input);
/* Commits the order as it is now; `ask`: the backend is told afterwards. */
void carry_order_due(struct task *, bool ask);
/* Answers with t->refusal; changes nothing. */
void carry_refusal(struct task *);
/* The transport is to say "not now". */
void carry_unavailable(struct task *, const char *reason);
/* The facts that decide() needs. */
unsigned carry_facts(const struct task *);

#endif
