/* The gateway's core between two ends that a test holds: a transport and a backend that do as the test says.
 *
 * Everything between them is real and runs on threads of its own: queue, worker, checks, decide, writer, timer.
 */
#ifndef CORE_HELP_H
#define CORE_HELP_H
#include <cmpgate/backend.h>
#include <cmpgate/transport.h>

#include "tests/unit/protocol_help.h"

struct core;

/* What a delivery was answered with; the message is in the fixture's arena. */
struct heard {
    enum cmpgate_reply_kind kind;
    struct span message;
    uint32_t reference, check_after;
    bool last;
};

/* How it is set up before it starts. */
struct core_setting {
    uint32_t transport_can, backend_can, backend_kinds; /* 0: SERVES|CORRELATES; nothing; CERTIFY and REVOKE */
    enum polling polling;
    int64_t hold;                       /* seconds; 0: 1 */
};

/* Runs on the fixture's configuration and store; endpoints "lan" and "wan". */
struct core *core_start(struct fixture *, const struct core_setting *);
/* Ends it; what is not in the store is gone. */
void core_stop(struct core *);

/* One delivery, and what it was answered with.  Aborts when there is no answer within a time that no machine needs. */
struct heard core_send(struct core *, struct span message);
struct heard core_fetch(struct core *, const char *endpoint, uint32_t reference);

/* Deliveries whose answers are only counted: how many deliveries have been answered like this since the start, and a wait
 * for the n-th of them. */
void core_post(struct core *, struct span message);
/* From now on deliveries come in a framing that can say "come back later", or do not. */
void core_frame(struct core *, bool);
unsigned core_answers(struct core *, enum cmpgate_reply_kind);
void core_wait_for_answers(struct core *, enum cmpgate_reply_kind, unsigned n);

/* The disk stalls: from now on no change is committed, until it goes on. */
void core_stall(struct core *);
void core_go_on(struct core *);

/* Waits until the backend was given its n-th order since the start (submit or check, forget for the other). */
void core_wait_for_order(struct core *, unsigned n);
void core_wait_for_forget(struct core *, unsigned n);
unsigned core_orders(struct core *);
unsigned core_forgotten(struct core *);
/* The kind of the order given last, and its row. */
enum cmpgate_order_kind core_order_kind(struct core *);
struct order *core_order(struct core *);
/* The outcome of the order that was given last, and waits until the store has it, or until nothing can be expected. */
void core_complete(struct core *, enum cmpgate_result, struct span certificate);
/* The same, refused for this reason: bits of PKIFailureInfo. */
void core_refuse(struct core *, uint32_t fail_info, const char *text);
/* From now on the backend completes each order at once, while it is given it; NULL: no more. */
void core_at_once(struct core *, const struct cmpgate_outcome *);
/* What is stored of a transaction. */
enum phase core_phase(struct core *, const struct draft *);
enum ending core_ending(struct core *, const struct draft *);
/* Waits until the transaction is in this phase. */
void core_wait_for_phase(struct core *, const struct draft *, enum phase);

/* What is wrong with an answer to the draft, as if that had just been received; "" for nothing. */
const char *core_fault(struct fixture *, const struct draft *, const struct heard *, struct PKIMessage **);
/* The next message of a client that has heard this answer. */
struct draft *core_next(const struct draft *opening, int arm, struct span answer);

#define EXPECT_BODY(HEARD, DRAFT, ARM)                                         \
    do {                                                                       \
        struct PKIMessage *m_;                                                 \
        EXPECT_STR(core_fault((DRAFT)->f, (DRAFT), &(HEARD), &m_), "");          \
        if (m_ != NULL) {                                                      \
            EXPECT_EQ(m_->body->arm, ARM);                                     \
        }                                                                      \
    } while (0)

#endif
