/* What TLS needs beside the libraries that speak it: files checked when the endpoint is opened, and
 * the verdict on a client's certificate.
 *
 * libmicrohttpd asks for a client certificate and lets everybody in, with any certificate or none, so
 * the handler asks here before it reads a request.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H
#include <stdbool.h>
#include <gnutls/gnutls.h>

struct http;

/* TLS 1.2 and 1.3 (RFC 9325, section 3.1.1). */
#define TLS_PRIORITY "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"
#define TLS_WHY 160

enum tls_wants { TLS_WANTS_NONE, TLS_WANTS_OPTIONAL, TLS_WANTS_REQUIRED };

/* Of a server; PEM with a NUL behind it, which is how libmicrohttpd wants it.  All zero: plain HTTP. */
struct tls {
    bool on;
    enum tls_wants wants;
    gnutls_datum_t certificate, key, anchors;
};

/* Reads and checks the files that the options name.  False after a log line. */
bool tls_open(struct tls *, struct http *);
void tls_close(struct tls *);           /* wipes the key; all zero is fine */

/* Checks what a client needs for its URL.  False after a log line. */
bool tls_check_client(struct http *, bool https);

enum tls_peer { TLS_PEER_UNKNOWN, TLS_PEER_NONE, TLS_PEER_GOOD, TLS_PEER_BAD };
/* The certificate the peer has shown: its chain leads to an anchor now, and it may be used by TLS
 * clients.  GOOD: `leaf` is its DER, which lives as long as the session.  BAD: `why`, for people. */
enum tls_peer tls_peer(gnutls_session_t, gnutls_datum_t *leaf, char why[TLS_WHY]);

/* From now on acknowledges at once what has been read, whenever there is nothing more: a client ends its
 * handshake with two writes, its request is the third, and with Nagle's algorithm on each leaves when
 * the one before is acknowledged, over which the kernel takes 40 ms.  Before the handshake. */
void tls_acknowledge(gnutls_session_t, int fd);

#endif
