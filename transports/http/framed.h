/* TCP messages as HTTP content: application/pkixcmp-poll, which RFC 9811, section 4, knows from early drafts.
 *
 * Whoever asks in a TCP message is answered in one, of the same framing; who asks with a bare PKIMessage under
 * the same type gets a bare one.  The mark that says so travels in the ticket, because the answer is made where
 * nothing else of the request is known.
 */
#ifndef HTTP_FRAMED_H
#define HTTP_FRAMED_H
#include <stdbool.h>
#include <microhttpd.h>

#include <cmpgate/transport.h>

#include "../framing/frame.h"
#include "media.h"

enum framed_mark { FRAMED_NOT, FRAMED_RFC2510, FRAMED_V10, FRAMED_V10_CLOSE };
enum { FRAMED_MARKS = 4 };              /* a ticket is this many times a number, and its mark */

struct framed {
    enum framed_mark mark;
    struct cmpgate_bytes message;       /* the PKIMessage, where the content is or holds one */
    uint32_t reference;                 /* what is polled for instead of it; 0: nothing */
    const char *fault;                  /* NULL, or why it cannot be answered: then with an errorMsgRep */
    enum frame_error error;
};

/* What the content is.  `tolerated`: it may be a TCP message under any type. */
struct framed framed_read(struct cmpgate_bytes content, enum media, bool tolerated);

/* The TCP message for a reply to a marked ticket, and for a fault.  NULL: out of memory. */
struct MHD_Response *framed_response(const struct cmpgate_reply *, enum framed_mark);
struct MHD_Response *framed_error_response(const struct framed *);

#endif
