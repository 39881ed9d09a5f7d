/* The media types of CMP over HTTP (RFC 9811 3.2, RFC 2510 5.4). */
#ifndef HTTP_MEDIA_H
#define HTTP_MEDIA_H
#include <stddef.h>

/* The last two were never registered: their content is a whole TCP message (transports/framing). */
enum media { MEDIA_OTHER, MEDIA_PKIXCMP, MEDIA_X_PKIXCMP, MEDIA_POLL, MEDIA_X_POLL };

/* What a Content-Type value names.  Letter case and parameters do not matter: real clients add
 * "; charset=UTF-8". */
enum media media_parse(const char *value, size_t len);

/* Whether content may be a PKIMessage, whatever its type says: a SEQUENCE, and longer than its head. */
int media_is_der(const unsigned char *content, size_t len);

/* "application/pkixcmp", …; that also for MEDIA_OTHER. */
const char *media_name(enum media);

#endif
