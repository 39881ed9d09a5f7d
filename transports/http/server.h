/* The serving side: our own accept() in front of libmicrohttpd's threads.
 *
 * The listening socket belongs to the gateway and is never shown to libmicrohttpd, which would shut it
 * down on stopping, and which can abort when it is told to stop listening while it is busy.  serve()
 * accepts, hands connections over, and between two of them cuts off those that are late.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <microhttpd.h>

#include <cmpgate/transport.h>

#include "connection.h"
#include "exchange.h"
#include "path.h"
#include "../stream/tls.h"

struct http;

struct server {
    struct http *http;
    int listener;                   /* the gateway's */
    int wake;                       /* eventfd: stop, retire, or room for a connection again */
    pthread_mutex_t accepting;      /* held while the listener is touched */
    atomic_bool retired;            /* it is not touched any more; each answer is a connection's last */
    atomic_bool stopping;
    struct MHD_Daemon *daemon;      /* NULL until served */
    struct path_map map;
    struct tls tls;
    struct connections connections;
    struct exchanges exchanges;
};

struct server *server_open(struct http *);      /* NULL after a log line */
void server_serve(struct server *);             /* until server_stop(); retired: until nobody is connected */
void server_retire(struct server *);            /* any thread: no more connections, the listener is let go of */
void server_stop(struct server *);              /* any thread */
void server_close(struct server *);             /* after serve() has returned; NULL is fine */
void server_reply(struct server *, uint64_t ticket, const struct cmpgate_reply *);  /* any thread */
void server_wake(struct server *);

#endif
