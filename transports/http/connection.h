/* The connections of a server: who is at the other end, and how long they may stay.
 *
 * libmicrohttpd's own timeout counts from the last octet, so a peer that sends one octet a second
 * stays for ever.  Here each connection has a deadline for what it is doing; the serving thread
 * sweeps, and shuts the socket down under the lock that also guards its closing, so never a
 * descriptor that has become somebody else's.
 *
 * When all places are taken and somebody is at the door, those give way that wait on their peers, the
 * longest first; the first few of them in the order of how many connections their addresses have.
 * So connections from which nothing comes keep nobody out, who sends a request and takes its answer
 * is the last to be asked, and what the gateway works on is not touched.
 *
 * After a refusal that left content unread, closing the socket would reset the connection and the
 * peer might never read the answer.  A duplicate of the descriptor keeps it open while the rest is
 * thrown away, for at most two seconds and eight mebibytes.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <microhttpd.h>

#include "../stream/tls.h"
#include "address.h"

#define LINGER_MAX 64           /* sockets */
#define FOREVER INT64_MAX

struct http;

struct connection {
    struct connections *all;
    struct address *address;
    struct connection *previous, *next; /* among those that wait, when `waits` */
    bool waits;                         /* on its peer: has a deadline */
    bool leaving;                       /* gives way */
    int fd;                             /* libmicrohttpd's */
    bool tcp;
    bool used;                          /* has sent a request line before */
    bool linger;                        /* content was left unread */
    enum tls_peer shown;                /* verified once, with the first request */
    gnutls_datum_t certificate;         /* when GOOD; the session's */
    int64_t deadline;                   /* milliseconds of the monotonic clock, or FOREVER */
    char peer[64];                      /* "192.0.2.7:40112", "[2001:db8::7]:40112", "unix" */
};

struct lingering {
    int fd;
    int64_t until;                      /* milliseconds */
    size_t thrown;                      /* octets */
};

struct connections {
    pthread_mutex_t lock;
    struct http *http;
    struct connection *first, *last;    /* that wait, in the order in which that began */
    struct addresses addresses;
    size_t count;                       /* open */
    size_t leaving;                     /* of these, give way */
    size_t pending;                     /* accepted, not yet seen by libmicrohttpd's thread */
    size_t limit, limit_per_address;    /* the latter 0: none */
    struct lingering arriving[LINGER_MAX];
    size_t arriving_count;
    bool stopped;                       /* nobody sweeps any more */
    int64_t crowded;                    /* milliseconds: when it was last said that all places are taken */
    int64_t swept;                      /* milliseconds: when all were last looked at */
    /* The serving thread's, not locked: to throw away takes time. */
    struct lingering lingering[LINGER_MAX];
    size_t lingering_count;
};

void connections_init(struct connections *, struct http *);
void connections_stop(struct connections *);    /* the serving thread, or when there is none: no more lingering */
void connections_destroy(struct connections *); /* all connections are closed */

/* On the accepting thread: reserves a place; gives one back that was not used.  `from` NULL: for nobody yet. */
bool connections_admit(struct connections *);
void connections_unadmit(struct connections *, const struct sockaddr *from);
/* For this address.  False: it has as many as it may have, or there is no memory. */
bool connections_enter(struct connections *, const struct sockaddr *from);
/* True: the accepting thread may look who is at the door. */
bool connections_want_more(struct connections *);
/* Somebody is at the door: when all places are taken, some give way.  False: nobody can. */
bool connections_make_room(struct connections *);

/* libmicrohttpd's thread.  open: NULL without memory. */
struct connection *connections_open(struct connections *, struct MHD_Connection *);
/* True: the accepting thread has something to do, room was made or a socket must be drained. */
bool connections_close(struct connections *, struct connection *);

/* Cuts off who is late; the serving thread.  Returns in how many milliseconds to come again, -1: when
 * there is something new. */
int connections_sweep(struct connections *);

void connection_allow(struct connection *, int64_t seconds);    /* from now; FOREVER: no deadline */

/* Acknowledge at once what has arrived.  A client that writes header and content separately with
 * Nagle's algorithm on (openssl does) sends the content only when the header is acknowledged, and on
 * a kept-alive connection the kernel takes 40 ms over that.  The setting wears off: repeat it. */
void connection_acknowledge(const struct connection *);

/* The peer has closed its side, and may be gone altogether. */
bool connection_half_closed(const struct connection *);

#endif
