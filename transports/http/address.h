/* How many connections each address has.
 *
 * An IPv6 network of 64 bits counts as one address: whoever has one of its addresses has them all.
 * Unix sockets have none.  Not locked: the connections' lock guards it.
 */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct address {
    struct address *next;               /* in its bucket */
    uint8_t octets[8];
    size_t len;                         /* 4, 8, or 0 for all unix sockets */
    size_t connections;
};

#define ADDRESS_BUCKETS 1024

struct addresses {
    struct address *bucket[ADDRESS_BUCKETS];
};

/* Where it is counted; made with no connections if need be, NULL without memory. */
struct address *addresses_of(struct addresses *, const struct sockaddr *);
/* One connection less; forgotten with the last. */
void addresses_leave(struct addresses *, struct address *);
/* All of them forgotten. */
void addresses_free(struct addresses *);

#endif
