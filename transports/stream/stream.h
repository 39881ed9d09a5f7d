/* Octets over a connected, non-blocking socket, with TLS or without.  One thread at a time. */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H
#include <sys/types.h>

#include "tls.h"

/* What the streams of one endpoint share: credentials, and what is asked of the other side. */
struct stream_tls {
    gnutls_certificate_credentials_t credentials;   /* NULL: no TLS */
    enum tls_wants wants;                           /* of a server */
    bool client;
};

/* Takes over nothing: the files may be forgotten afterwards.  False with a reason, which is static. */
bool stream_tls_open(struct stream_tls *, const struct tls *files, bool client, const char **why);
void stream_tls_close(struct stream_tls *);

struct stream {
    int fd;
    gnutls_session_t session;       /* NULL: without TLS */
    enum tls_wants wants;
    bool agreed;                    /* the handshake is over, or there is none */
    enum tls_peer shown;            /* verified once, after the handshake */
    gnutls_datum_t certificate;     /* DER, when GOOD; the session's */
    char why[TLS_WHY];              /* of the last FAILED */
};

/* `host`: of a client with TLS, the name or address that the server has to prove; lives as long as the stream.
 * False: out of memory; the descriptor stays the caller's. */
bool stream_open(struct stream *, int fd, const struct stream_tls *, const char *host);
/* Says goodbye where the protocol has words for it, without waiting, and closes the socket. */
void stream_close(struct stream *);
/* No more octets will be written: the other side sees the end when it has read the rest. */
void stream_finish(struct stream *);

/* The handshake is done by whichever of these comes first.  read: 0 at the end. */
enum { STREAM_AGAIN = -1, STREAM_FAILED = -2 };
ssize_t stream_read(struct stream *, void *, size_t);
/* After AGAIN the same octets have to be offered again. */
ssize_t stream_write(struct stream *, const void *, size_t);

/* What to wait for after AGAIN: true, until the socket can be written to; false, until it can be read. */
bool stream_wants_to_write(const struct stream *);

#endif
