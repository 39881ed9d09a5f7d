/* Where a certificate says that its status is found, and what of that may be asked (RFC 5280 4.2.1.13, 4.2.2.1).
 *
 * Whoever has made the certificate has chosen these URLs, so they are looked at only when a path to an anchor has been verified,
 * and even then the gateway must not be somebody's way into the network that it stands in.
 */
#ifndef PLACE_H
#define PLACE_H
#include <stdbool.h>
#include <sys/socket.h>

#include "codec/x509.h"

enum { PLACES_MAX = 4, PLACE_URL_MAX = 512, PLACE_HOST_MAX = 256 };

/* URLs of HTTP as they stand in the certificate, not NUL-terminated: at most PLACES_MAX.  Of distribution points those that are about
 * all reasons and have CRLs of the issuer. */
size_t place_responders(const struct Certificate *, struct span out[PLACES_MAX]);
size_t place_crls(const struct Certificate *, struct span out[PLACES_MAX]);

/* Whether it is an http URL that names no user; its host.  The octets may be anything. */
bool place_host(struct span url, char host[PLACE_HOST_MAX]);

/* An address that is the same everywhere in the Internet: not this host, not a private network, nobody's neighbour. */
bool place_is_public(const struct sockaddr *);

#endif
