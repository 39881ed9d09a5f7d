/* A transport's module as the gateway would run it, with a host table that does what a test asks for, and
 * a client that writes octets.
 */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmpgate/transport.h>

/* Which transport: http, unless the build says otherwise. */
#ifdef FIXTURE_TCP
#include "transports/tcp/tcp.h"
typedef struct tcp_options fixture_options;
#else
#include "transports/http/http.h"
typedef struct http_options fixture_options;
#endif

#define HELD_MAX 256

enum gate_mode {
    GATE_ECHO,          /* a worker thread answers with the message that came */
    GATE_INLINE,        /* the answer comes before deliver() returns */
    GATE_HOLD,          /* taken, and kept until the test replies */
    GATE_FULL,
    GATE_REFUSED
};

struct settlement {
    uint64_t ticket;
    enum cmpgate_settled how;
    char why[300];
};

/* What the module is given as its endpoint. */
struct cmpgate_endpoint {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_int mode;
    const struct cmpgate_transport *module;
    void *self;
    int listener;                       /* owned by the fixture */
    int port;
    fixture_options options;
    const char *tolerated;              /* one quirk; NULL: none */
    uint32_t come_back;                 /* the reference in replies */
    pthread_t server, worker;
    bool serving, working;
    atomic_bool finished;               /* serve() has returned */

    unsigned delivered;
    uint64_t held[HELD_MAX];            /* tickets waiting for a reply */
    size_t held_count;
    /* the last delivery */
    uint64_t ticket, answers;
    uint8_t *message;
    size_t message_len;
    uint32_t reference;                 /* that was polled */
    bool polls;
    char peer[80], profile[80], operation[80];  /* "" for NULL */
    uint8_t certificate[4096];
    size_t certificate_len;
    int64_t arrived;

    unsigned settled;
    struct settlement last;
    unsigned settled_twice;             /* a ticket already settled, or never taken */
    uint64_t open_tickets[1024];        /* taken or sent, and not settled */
    char log[8192];
};

/* A server that listens on a free port with the options' defaults; change endpoint->options, then
 * fixture_open(). */
void fixture_init(struct cmpgate_endpoint *, enum gate_mode);
bool fixture_open_only(struct cmpgate_endpoint *);
bool fixture_open(struct cmpgate_endpoint *);           /* open and, when it listens, serve */
void fixture_stop(struct cmpgate_endpoint *);           /* stop, wait for serve() to return */
void fixture_stop_worker(struct cmpgate_endpoint *);    /* nobody replies any more */
void fixture_close(struct cmpgate_endpoint *);          /* stop, close, free */

bool fixture_wait_delivered(struct cmpgate_endpoint *, unsigned count);  /* within 5 s */
bool fixture_wait_settled(struct cmpgate_endpoint *, unsigned count);
uint64_t fixture_take_held(struct cmpgate_endpoint *);  /* 0: none */
void fixture_reply(struct cmpgate_endpoint *, uint64_t ticket, enum cmpgate_reply_kind,
                   const char *text, uint32_t check_after);
void fixture_send(struct cmpgate_endpoint *, uint64_t ticket, const void *, size_t, int64_t deadline);
struct settlement fixture_last(struct cmpgate_endpoint *);
bool fixture_logged(struct cmpgate_endpoint *, const char *part);

/* ---- a client that writes octets ------------------------------------------- */

struct response {
    int status;                 /* 0: the connection ended first */
    char header[4096];
    char body[65536];
    size_t length;
};

int dial(const struct cmpgate_endpoint *);
int dial_from(const struct cmpgate_endpoint *, uint32_t address);     /* such as INADDR_LOOPBACK + 1 */
bool write_all(int fd, const void *, size_t);
bool write_text(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
void read_response(int fd, struct response *);          /* one; within 10 s */
bool closed_by_peer(int fd);                            /* nothing more comes; within 5 s */
/* Header fields of a POST with `length` octets of content. */
bool write_post_header(int fd, const char *path, const char *type, size_t length);
/* One POST of `text` on a connection of its own. */
void post(const struct cmpgate_endpoint *, const char *path, const char *type, const char *text,
          struct response *);
double now_seconds(void);
void nap(unsigned milliseconds);

#endif
