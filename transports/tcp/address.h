/* Who is at the other end of a connection, and how many connections each address has. */
#ifndef TCP_ADDRESS_H
#define TCP_ADDRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define ADDRESS_BUCKETS 1024
#define ADDRESS_TEXT 64

/* 18 octets instead of a sockaddr: there may be very many. */
struct address {
    LIST_ENTRY(address) others;     /* of its bucket */
    bool counted;                   /* in the table; Unix sockets are not */
    uint8_t octets[16];             /* IPv4: mapped */
    uint16_t port;
};

struct addresses {
    LIST_HEAD(, address) bucket[ADDRESS_BUCKETS];
};

/* False: this address has `most` already (0: no limit); it is not in the table then. */
bool address_add(struct addresses *, struct address *, const struct sockaddr *, size_t most);
void address_remove(struct address *);
/* "192.0.2.7:40112", "[2001:db8::7]:40112", "unix" */
void address_text(const struct address *, char out[ADDRESS_TEXT]);

#endif
