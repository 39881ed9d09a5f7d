/* Tickets that wait for the outcome of a transaction.
 *
 * The only thing about a message that stays in memory between two events, and losing it costs
 * nothing but the connection: the client repeats its request and gets the stored reply.
 */
#ifndef HOLD_H
#define HOLD_H
#include "gateway/event.h"

struct holds;

/* One waiting ticket; taken out, it is the caller's to free(). */
struct held {
    struct held *next;
    struct endpoint *endpoint;
    uint64_t ticket;
    bool framed;                        /* its framing can say "come back later" */
    char id[16];                        /* of the message, for the log */
    uint8_t digest[STORE_DIGEST];       /* of the message: what is said to it is said to no other */
    struct store_octets transactionID;
};

struct holds *holds_new(void);
void holds_free(struct holds *);
bool holds_add(struct holds *, const struct store_octets *transactionID, struct endpoint *, uint64_t ticket, bool framed,
               const char *id, const uint8_t digest[STORE_DIGEST]);
/* Whether some wait for this transaction, and the framing of each can say "come back later". */
bool holds_all_framed(struct holds *, const struct store_octets *transactionID);
/* All that wait for this transaction, as a list. */
struct held *holds_take(struct holds *, const struct store_octets *transactionID);
/* This one, when it still waits. */
struct held *holds_take_ticket(struct holds *, const struct store_octets *transactionID,
                               const struct endpoint *, uint64_t ticket);
/* Everything that waits, at shutdown. */
struct held *holds_take_all(struct holds *);

#endif
