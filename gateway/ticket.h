/* The tickets of one endpoint that are taken and not settled: a hash table of bounded size.
 *
 * Not locked: the endpoint does that.
 */
#ifndef TICKET_H
#define TICKET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/store.h"

enum ticket_state {
    TICKET_FREE = 0,
    TICKET_TAKEN,                       /* the gateway owes an answer */
    TICKET_ANSWERED                     /* the transport owes settled() */
};

struct ticket {
    uint64_t number;
    enum ticket_state state;
    char id[16];                        /* of the message, for the log */
    uint64_t peer;                      /* budget_peer() */
    struct store_octets awaited;        /* ANSWERED with a certificate to be confirmed: its transactionID */
};

struct tickets;

struct tickets *tickets_new(size_t most);               /* NULL when memory is out */
void tickets_free(struct tickets *);
struct ticket *tickets_find(struct tickets *, uint64_t number);
/* NULL when there are `most` already, or this number is in use. */
struct ticket *tickets_add(struct tickets *, uint64_t number, uint64_t peer, const char *id);
void tickets_remove(struct tickets *, struct ticket *);
struct ticket *tickets_any(struct tickets *);           /* NULL: there is none */
/* How many of them are of this peer, or of one that looks alike in a table of a few thousand. */
size_t tickets_of(const struct tickets *, uint64_t peer);
size_t tickets_count(const struct tickets *);

#endif
