/* The gateway's core, one event at a time: worker, queue, store, writer and checks are the real ones; the clock and the timer
 * are the caller's, and so are the two ends, a transport and a backend.
 *
 * One thread does it all but for the writer, which is waited for after each event unless its disk stalls: so the same
 * calls lead to the same events in the same order.
 */
#ifndef SEQUENCE_CORE_H
#define SEQUENCE_CORE_H
#include <cmpgate/backend.h>
#include <cmpgate/transport.h>

#include "tests/unit/protocol_help.h"

/* What the caller hears.  On its own thread. */
struct sequence_ends {
    uint32_t can;                       /* the backend */
    bool confirms;                      /* it takes CONFIRM and DISCARD as well */
    void (*reply)(uint64_t ticket, const struct cmpgate_reply *);
    void (*submit)(const struct cmpgate_order *);
    void (*check)(const struct cmpgate_order *);
    void (*worked)(void);               /* an event was worked on, and what it changed is on disk unless that stalls */
};

/* One at a time, on the fixture's configuration and store.  The fixture's clock is set by it as well. */
void sequence_start(struct fixture *, const struct sequence_ends *);
void sequence_stop(void);
/* As after kill -9: what waits for the disk is not written, whoever waits for an answer is gone. */
void sequence_kill(void);

/* A delivery at the endpoint that polls with CMP, or by its framing; message absent: a reference is polled.  0: no room. */
uint64_t sequence_deliver(struct span message, bool framed, uint32_t reference);
void sequence_complete(const uint8_t order[STORE_ORDER_ID], const struct cmpgate_outcome *);
/* Time passes; who has waited long enough, what was put off and what the store has due is put into the queue. */
void sequence_pass(int64_t seconds);
/* Works until there is nothing to do; how many events that were. */
unsigned sequence_run(void);

/* From now on changes wait; or go on. */
void sequence_stall(bool);
bool sequence_stalls(void);
/* From now on no file can be written; or can again. */
void sequence_break(bool);
/* Removes what is over. */
void sequence_sweep(void);

#endif
