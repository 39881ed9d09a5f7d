/* One message on its way to a server: sent, polled for in the framing's own way, delivered, settled. */
#ifndef TCP_TRANSFER_H
#define TCP_TRANSFER_H
#include <stdatomic.h>

#include "dial.h"

struct tcp;

struct transfer {
    struct transfer *next;
    uint64_t ticket;
    int64_t until, due;             /* milliseconds of tcp_now(): give up; do not try before */
    uint32_t reference;             /* to poll with; 0: the message has not been sent */
    bool parts;                     /* some of the answer has been delivered */
    size_t len;
    uint8_t message[];
};

struct transfer *transfer_new(uint64_t ticket, struct cmpgate_bytes message, int64_t deadline);

/* One exchange.  True: it is settled, so free it; false: again when it is due.  `framing`: what to speak,
 * changed when the server turns out to have only the other. */
bool transfer_carry(struct transfer *, struct tcp *, struct link *, atomic_int *framing);

void transfer_give_up(const struct transfer *, struct tcp *, const char *why);  /* settles AGAIN */

#endif
