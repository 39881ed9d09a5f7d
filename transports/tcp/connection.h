/* One connection of the server.
 *
 * Events only say that it should be looked at; connection_run() then does what can be done: writes
 * answers in the order of their requests, reads requests while there may be more of them, and sets the
 * deadline of what it is then waiting for.
 *
 *   reading ─► final: close was asked for, or what came is no message ─► answers out ─► lingering ─► dead
 *
 * While it waits for a message it owns no buffer.  It lingers after the last answer because closing a
 * socket with octets unread would reset the connection, and the peer might lose the answer.
 */
#ifndef TCP_CONNECTION_H
#define TCP_CONNECTION_H
#include <sys/queue.h>

#include "../framing/reader.h"
#include "../stream/stream.h"
#include "address.h"
#include "exchange.h"

struct server;

enum deadline_kind { DEADLINE_NONE, DEADLINE_IDLE, DEADLINE_RECEIVE, DEADLINE_SEND, DEADLINE_LINGER, DEADLINES };

struct connection {
    TAILQ_ENTRY(connection) others, run, starve, late;
    struct server *server;
    struct address address;
    struct stream stream;
    struct frame_reader reader;
    struct frame *parked;               /* a whole message that the gateway had no room for; malloc'ed */
    struct exchange_queue exchanges;    /* oldest first */
    size_t exchange_count;
    enum deadline_kind kind;
    int64_t due;                        /* milliseconds */
    int64_t idle_since, receive_since, send_since;
    bool readable;                      /* as far as we know */
    bool ended;                         /* the peer sends no more */
    bool final;                         /* we read no more */
    bool lingering, dead;
    bool in_run, in_starve;             /* lists of the server that it is on */
};
TAILQ_HEAD(connection_queue, connection);
TAILQ_HEAD(deadline_queue, connection);

/* Takes over the socket, even when it fails. */
void connection_new(struct server *, int fd, const struct sockaddr *from);
void connection_run(struct connection *);
void connection_late(struct connection *);          /* its deadline has passed */
void connection_drop(struct connection *, const char *why);     /* why: for those who still expect an answer */
void connection_free(struct connection *);          /* dead, and on no list but the server's `dead` */

/* The reply in the framing of the request. */
void connection_answer(const struct server *, struct exchange *, const struct cmpgate_reply *);
/* It is over with this exchange: tells the gateway and frees it. */
void connection_settle(struct server *, struct exchange *, enum cmpgate_settled, const char *why);

#endif
