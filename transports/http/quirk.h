/* What HTTP peers do against RFC 9811 and RFC 9112, and an operator may put up with.
 *
 * To add one: a line here, its row in quirk.c, http_tolerates() where it is refused, the test that the row names, and
 * a line in the table "Quirks" of docs/transport-http.md.
 */
#ifndef HTTP_QUIRK_H
#define HTTP_QUIRK_H
#include <stdbool.h>

#include <cmpgate/transport.h>

enum http_quirk {
    HTTP_NO_CONTENT_TYPE,
    HTTP_WRONG_CONTENT_TYPE,
    HTTP_NO_HOST,
    HTTP_WRONG_ANSWER_TYPE,
    HTTP_TCP_CONTENT,
    HTTP_QUIRKS
};

extern const struct cmpgate_quirk http_quirks[HTTP_QUIRKS + 1];

/* Those that the endpoint tolerates, as bits; an older gateway tolerates none. */
unsigned http_quirks_of(const struct cmpgate_gate *, struct cmpgate_endpoint *);

static inline bool http_tolerates(unsigned quirks, enum http_quirk quirk)
{
    return (quirks >> quirk & 1) != 0;
}

#endif
