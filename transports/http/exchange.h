/* One request on its way through the gateway, and the table from tickets to those that wait.
 *
 *   RECEIVING ─ put ─► in the table ─ deliver() TAKEN ─► suspended ─ answer ─► resumed ─► sent ─► settled
 *                          └──────── FULL, REFUSED: drop
 *
 * An exchange belongs to libmicrohttpd's thread, which makes and frees it.  While it is in the table
 * its ticket, state and answer are guarded by the table's lock; reply() takes it out again, so nobody
 * else ever holds a pointer to it.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <microhttpd.h>

#include "connection.h"
#include "framed.h"
#include "request.h"

#define EXCHANGE_BUCKETS 1024

struct answer {
    unsigned status;                    /* 0: none yet */
    struct MHD_Response *response;      /* NULL: no memory for one */
    bool message;                       /* content is a PKIMessage, or a TCP message */
};

struct body {
    uint8_t *ptr;
    size_t len, room;
};

struct exchange {
    struct exchange *next;              /* in its bucket */
    struct MHD_Connection *mhd;
    struct connection *connection;
    struct request request;
    struct body body;
    struct framed framed;               /* what the body is, once it is complete */
    size_t received, pieces;            /* octets of content, and how many calls brought them */
    bool begun;                         /* the header has been read */
    bool complete;                      /* all of the content has been read and dealt with */
    bool half_closed;                   /* the peer had closed its side when the answer was there */
    bool taken;                         /* deliver() said TAKEN: settled() is owed */
    uint64_t ticket;
    bool suspended;
    struct answer answer;
};

struct exchanges {
    pthread_mutex_t lock;
    pthread_cond_t settled;
    struct exchange *bucket[EXCHANGE_BUCKETS];
    size_t unsettled;                   /* put, and neither dropped nor settled */
    bool closed;
    atomic_size_t buffered;             /* octets of content being received */
    size_t buffered_max;
};

void exchanges_init(struct exchanges *, size_t buffered_max);
void exchanges_destroy(struct exchanges *);

struct exchange *exchange_new(void);
void exchange_free(struct exchanges *, struct exchange *);

enum appended { APPENDED, APPEND_TOO_LARGE, APPEND_NO_ROOM };
/* Adds to the content; `max` octets at most, and within what all together may hold. */
enum appended exchange_append(struct exchanges *, struct exchange *, const void *, size_t len, size_t max);
void exchange_forget_body(struct exchanges *, struct exchange *);

void exchanges_put(struct exchanges *, struct exchange *, uint64_t ticket);
/* deliver() did not take it. */
void exchanges_drop(struct exchanges *, struct exchange *);
/* deliver() took it: suspends its connection.  False: already answered, or closing; not suspended. */
bool exchanges_wait(struct exchanges *, struct exchange *);
/* Any thread.  Owns the response from now on.  False: there is no such ticket. */
bool exchanges_answer(struct exchanges *, uint64_t ticket, struct answer);
/* settled() has been called. */
void exchanges_settled(struct exchanges *);

/* Answers all that wait with what `make` makes, takes no more, and waits up to `seconds` until all
 * are settled. */
void exchanges_close(struct exchanges *, struct answer (*make)(void), unsigned seconds);

#endif
