/* One request on its way through the gateway, and the table from tickets to those that wait.
 *
 *   put ─► in the table ─ deliver() TAKEN ─► take (reply) ─► ready ─► collect ─► written ─► settled
 *              └──────── FULL, REFUSED: drop
 *
 * An exchange belongs to the loop's thread, but between take and ready to the one that replies, who
 * touches nothing but its answer.  The table's lock is never held while calling anybody.
 */
#ifndef TCP_EXCHANGE_H
#define TCP_EXCHANGE_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "../framing/frame.h"

#define EXCHANGE_BUCKETS 1024

struct connection;

struct exchange {
    TAILQ_ENTRY(exchange) order;        /* of its connection: the order of the requests */
    struct exchange *link;              /* in its bucket; then among those that are ready */
    struct connection *connection;      /* NULL: it has ended */
    uint64_t ticket;                    /* 0: made by us, settled() is not owed */
    enum framing framing;               /* asked in, so answered in */
    bool close;                         /* asked for */
    bool answered;                      /* the loop knows of the answer */
    bool nothing;                       /* the answer is finRep */
    uint8_t *octets;                    /* the answer, malloc'ed; NULL: there was no memory for one */
    size_t len, sent;
};
TAILQ_HEAD(exchange_queue, exchange);

struct exchanges {
    pthread_mutex_t lock;
    struct exchange *bucket[EXCHANGE_BUCKETS];
    struct exchange *ready, **ready_end;
    size_t waiting;                     /* in the table */
};

void exchanges_init(struct exchanges *);
void exchanges_destroy(struct exchanges *);

struct exchange *exchange_new(struct connection *, const struct frame *request);
void exchange_free(struct exchange *);
/* Makes the octets of an answer. */
void exchange_answer(struct exchange *, const struct frame *);

void exchanges_put(struct exchanges *, struct exchange *, uint64_t ticket);
/* NULL: there is no such ticket. */
struct exchange *exchanges_take(struct exchanges *, uint64_t ticket);
struct exchange *exchanges_take_any(struct exchanges *);
size_t exchanges_waiting(struct exchanges *);
/* True: it is the first, so the loop has to be woken. */
bool exchanges_ready(struct exchanges *, struct exchange *);
/* All that are ready, oldest first, linked by `link`. */
struct exchange *exchanges_collect(struct exchanges *);

#endif
