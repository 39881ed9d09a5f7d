/* One message of the two framings of CMP over a stream of octets.
 *
 *   RFC 2510, section 5.2       length(4)  type(1)                 value      length counts type and value
 *   version 10                  length(4)  0A  flags(1)  type(1)   value      length counts all behind itself
 *   (draft-ietf-pkix-cmp-tcp)
 *
 * The fifth octet tells them apart: below 10 it is a type, from 10 on a version.  Nothing in here does
 * I/O or knows what a PKIMessage is; server, sender and HTTP bodies share it.
 */
#ifndef FRAMING_FRAME_H
#define FRAMING_FRAME_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmpgate/module.h>

enum framing { FRAMING_RFC2510 = 0, FRAMING_V10 = 10 };

enum frame_type {
    FRAME_REQUEST = 0,          /* pkiMsg, pkiReq */
    FRAME_POLL_REP = 1,
    FRAME_POLL_REQ = 2,
    FRAME_NOTHING = 3,          /* negPollRep, finRep: there is no (further) PKIMessage */
    FRAME_PARTIAL = 4,          /* partialMsgRep; RFC 2510 only */
    FRAME_RESPONSE = 5,         /* finalMsgRep, pkiRep */
    FRAME_ERROR = 6
};

/* Error-Type of version 10: 0xMMNN.  01 is version negotiation, 02 the client's fault, 03 the server's. */
enum frame_error {
    FRAME_VERSION_NOT_SUPPORTED = 0x0101,
    FRAME_GENERAL_CLIENT_ERROR = 0x0200,
    FRAME_INVALID_MESSAGE_TYPE = 0x0201,
    FRAME_INVALID_POLL_ID = 0x0202,
    FRAME_GENERAL_SERVER_ERROR = 0x0300
};

/* Who writes a message: each type belongs to one of them. */
enum frame_side { FRAME_CLIENT, FRAME_SERVER };

struct frame {
    enum framing framing;
    bool close;                     /* version 10: the connection ends with this exchange */
    enum frame_type type;
    uint32_t reference;             /* POLL_REP, POLL_REQ, PARTIAL */
    uint32_t check_back;            /* POLL_REP, PARTIAL: as on the wire, see frame_wait() */
    uint16_t error;                 /* ERROR in version 10 */
    struct cmpgate_bytes body;      /* the PKIMessage; of an ERROR its text (UTF-8, no NUL) */
    struct cmpgate_bytes extra;     /* ERROR in version 10 of older drafts: their text, behind the data */
};

/* Octets 0 to 4, or to 6 in version 10. */
enum { FRAME_HEAD_LEAST = 5, FRAME_HEAD_MOST = 7 };

struct frame_head {
    enum framing framing;
    bool close;
    enum frame_type type;
    size_t length;                  /* of the value, in octets */
};

/* Why octets are no message.  After any of these nobody knows where the next one begins. */
enum frame_fault {
    FRAME_FINE,
    FRAME_BAD_VERSION,              /* above 10 */
    FRAME_BAD_TYPE,                 /* unknown, or not for this side to send */
    FRAME_BAD_LENGTH,               /* the type has another length */
    FRAME_TOO_LARGE,
    FRAME_BAD_VALUE
};

/* How many octets the head has whose fifth octet this is. */
size_t frame_head_size(uint8_t fifth);

/* Reads a whole head; `most`: octets of a value.  With a fault, head->framing is the one to answer in. */
enum frame_fault frame_read_head(struct frame_head *, const uint8_t *octets, enum frame_side from, size_t most);

/* Reads the value behind a head; body and extra point into it. */
enum frame_fault frame_read_value(struct frame *, const struct frame_head *, const uint8_t *value);

/* One message that is there as a whole, and nothing behind it. */
enum frame_fault frame_read(struct frame *, struct cmpgate_bytes, enum frame_side from, size_t most);

/* Whether octets begin like a message of either framing rather than like DER; for HTTP bodies. */
bool frame_looks_like_one(struct cmpgate_bytes);

/* All that stands before body and extra on the wire; returns how many octets. */
enum { FRAME_PREFIX_MOST = 15 };
size_t frame_write_prefix(const struct frame *, uint8_t out[FRAME_PREFIX_MOST]);

size_t frame_size(const struct frame *);
void frame_write(const struct frame *, uint8_t *out);       /* frame_size() octets */

/* "pkiReq", "pollRep", … */
const char *frame_name(enum framing, enum frame_type);
const char *frame_error_name(uint16_t error);               /* never NULL */
const char *frame_fault_text(enum frame_fault);

/* The errorMsgRep for an error; in RFC 2510 only its text goes over the wire. */
struct frame frame_of_error(enum framing, enum frame_error, const char *text);
struct frame frame_of_fault(enum framing, enum frame_fault);

/* The time-to-check-back of a POLL_REP or PARTIAL.  RFC 2510 says seconds since 1970; in version 10 there
 * are both kinds, so what would be a time after 2001 is taken for one, and a smaller number for seconds
 * from now.  At least 1, at most a day: a clock that is wrong must not keep anybody waiting for ever. */
uint32_t frame_wait(uint32_t check_back, int64_t now);
uint32_t frame_check_back(enum framing, bool absolute, uint32_t seconds, int64_t now);

#endif
