/* A plain client for the benchmark, of HTTP/1.1 or of CMP over TCP: one kept-alive connection, bounded in size and time. */
#ifndef COMMAND_BENCH_HTTP_H
#define COMMAND_BENCH_HTTP_H
#include "codec/asn1.h"
#include "transports/framing/frame.h"

enum { BENCH_HTTP_MAX = 256 * 1024 };   /* octets of an answer, its headers included */

struct bench_url {
    char host[256], port[8], path[1024];
    bool tcp;                           /* CMP over TCP, in this framing; otherwise HTTP */
    enum framing framing;
};
/* http://HOST[:PORT][/PATH], tcp[+rfc2510]://HOST[:PORT]; [HOST] for IPv6.  False when it is not such a URL. */
bool bench_url_read(const char *text, struct bench_url *);

/* Belongs to one thread. */
struct bench_http {
    const struct bench_url *url;
    int fd;                             /* -1: not connected */
    int64_t timeout;                    /* ms for one exchange, a connection made for it included */
    uint8_t *buffer;                    /* BENCH_HTTP_MAX octets, malloc'ed */
    char why[64];                       /* of the last exchange that failed */
};
bool bench_http_open(struct bench_http *, const struct bench_url *, int64_t timeout);
void bench_http_close(struct bench_http *);

/* POSTs a message as application/pkixcmp, or sends it as a TCP message; connects when there is no connection, and once
 * more when a kept-alive one ends without an answer.  The body of a 200 or of a
 * pkiRep, in the buffer
 * until the next call; absent with a reason in `why`: then the connection is closed. */
struct span bench_http_post(struct bench_http *, struct span message);

#endif
