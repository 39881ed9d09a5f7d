/* The serving side: one thread with an event loop, however many connections there are. */
#ifndef TCP_SERVER_H
#define TCP_SERVER_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "../stream/stream.h"
#include "connection.h"

struct tcp;

struct server {
    struct tcp *tcp;
    struct tls files;
    struct stream_tls tls;
    int listener, epoll;
    int wake;                           /* eventfd: the loop has something to do */
    int done;                           /* eventfd: serve() may return */
    pthread_t thread;
    bool started;
    atomic_bool stopping, retiring, closing, has_room;
    struct exchanges exchanges;
    /* the loop's alone */
    int64_t now;                        /* milliseconds, at the beginning of this turn */
    bool listening;                     /* the listener is watched */
    int64_t rest_until;                 /* no accepting before: descriptors ran out */
    size_t count;                       /* connections */
    struct addresses addresses;
    struct frame_budget budget;
    size_t held_before;                 /* of the budget, when those that starve were last asked */
    struct connection_queue all, running, starving, dead;
    struct deadline_queue deadlines[DEADLINES];
};

struct server *server_open(struct tcp *);       /* NULL after a log line; starts no thread */
void server_serve(struct server *);             /* until server_stop(), or all have gone after server_retire() */
void server_close(struct server *);             /* NULL is fine */

/* Any thread. */
void server_stop(struct server *);
void server_retire(struct server *);
void server_room(struct server *);
void server_reply(struct server *, uint64_t ticket, const struct cmpgate_reply *);

#endif
