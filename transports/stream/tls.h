/* What TLS needs beside GnuTLS, whichever transport it carries: files checked when the endpoint is
 * opened, and the verdict on a client's certificate.
 *
 * A handshake that asks for a client certificate lets everybody in, with any certificate or none, so
 * the transport asks here before it reads a request.
 */
#ifndef STREAM_TLS_H
#define STREAM_TLS_H
#include <stdbool.h>
#include <gnutls/gnutls.h>

#include <cmpgate/transport.h>

/* TLS 1.2 and 1.3 (RFC 9325, section 3.1.1). */
#define TLS_PRIORITY "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"
#define TLS_WHY 160

enum tls_wants { TLS_WANTS_NONE, TLS_WANTS_OPTIONAL, TLS_WANTS_REQUIRED };

/* Who complains. */
struct tls_host {
    const struct cmpgate_gate *gate;
    struct cmpgate_endpoint *endpoint;
};

/* The options of these names; NULL: not given. */
struct tls_server_files {
    const char *certificate, *key, *client_ca, *client_certificate;
};
struct tls_client_files {
    const char *ca, *certificate, *key;
};

/* Of a server or client; PEM with a NUL behind it, which is how libmicrohttpd wants it.  All zero: no TLS. */
struct tls {
    bool on;
    enum tls_wants wants;
    gnutls_datum_t certificate, key, anchors;
};

/* Reads and checks the files that the options name.  False after a log line. */
bool tls_open(struct tls *, const struct tls_host *, const struct tls_server_files *);
void tls_close(struct tls *);           /* wipes the key; all zero is fine */

/* Reads and checks what a client needs for its URL; without TLS it needs nothing, and `scheme` is the one
 * that would have it.  False after a log line. */
bool tls_open_client(struct tls *, const struct tls_host *, const struct tls_client_files *, bool secure,
                     const char *scheme);

enum tls_peer { TLS_PEER_UNKNOWN, TLS_PEER_NONE, TLS_PEER_GOOD, TLS_PEER_BAD };
/* The certificate the peer has shown: its chain leads to an anchor now, and it may be used by TLS
 * clients.  GOOD: `leaf` is its DER, which lives as long as the session.  BAD: `why`, for people. */
enum tls_peer tls_peer(gnutls_session_t, gnutls_datum_t *leaf, char why[TLS_WHY]);

/* From now on acknowledges at once what has been read, whenever there is nothing more: a client ends its
 * handshake with two writes, its request is the third, and with Nagle's algorithm on each leaves when
 * the one before is acknowledged, over which the kernel takes 40 ms.  Before the handshake. */
void tls_acknowledge(gnutls_session_t, int fd);

#endif
