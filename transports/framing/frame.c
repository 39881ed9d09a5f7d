#include "frame.h"
#include <string.h>

#define ABSOLUTE_FROM 1000000000u       /* 2001-09-09 */
#define WAIT_MOST 86400u                /* seconds */
#define CLOSE_FLAG 0x01

/* What stands before the body of each type, in octets, and whether there is a body at all. */
static const struct row {
    const char *rfc2510, *v10;
    enum frame_side from;
    uint8_t fixed;
    bool body, may_be_empty;
} rows[] = {
    [FRAME_REQUEST]  = { "pkiMsg",        "pkiReq",      FRAME_CLIENT, 0, true,  false },
    [FRAME_POLL_REP] = { "pollRep",       "pollRep",     FRAME_SERVER, 8, false, true },
    [FRAME_POLL_REQ] = { "pollReq",       "pollReq",     FRAME_CLIENT, 4, false, true },
    [FRAME_NOTHING]  = { "negPollRep",    "finRep",      FRAME_SERVER, 1, false, true },
    [FRAME_PARTIAL]  = { "partialMsgRep", NULL,          FRAME_SERVER, 8, true,  false },
    [FRAME_RESPONSE] = { "finalMsgRep",   "pkiRep",      FRAME_SERVER, 0, true,  false },
    [FRAME_ERROR]    = { "errorMsgRep",   "errorMsgRep", FRAME_SERVER, 0, true,  true },
};
#define ROWS (sizeof rows / sizeof *rows)

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)(value >> 16);
    p[2] = (uint8_t)(value >> 8);
    p[3] = (uint8_t)value;
    return p + 4;
}

static uint8_t *put16(uint8_t *p, size_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
    return p + 2;
}

const char *frame_name(enum framing framing, enum frame_type type)
{
    if ((size_t)type >= ROWS) {
        return NULL;
    }
    return framing == FRAMING_V10 ? rows[type].v10 : rows[type].rfc2510;
}

/* Version 10 has Error-Type and Data-Length before the text, RFC 2510 nothing. */
static size_t fixed_length(enum framing framing, enum frame_type type)
{
    return type == FRAME_ERROR && framing == FRAMING_V10 ? 4 : rows[type].fixed;
}

/* ---- reading ----------------------------------------------------------------- */

size_t frame_head_size(uint8_t fifth)
{
    return fifth == FRAMING_V10 ? FRAME_HEAD_MOST : FRAME_HEAD_LEAST;
}

static enum frame_fault check_length(const struct frame_head *head, size_t most)
{
    size_t fixed = fixed_length(head->framing, head->type);
    const struct row *row = &rows[head->type];

    if (head->length > most) {
        return FRAME_TOO_LARGE;
    }
    if (head->length < fixed || (head->length > fixed && !row->body) || (head->length == fixed && !row->may_be_empty)) {
        return FRAME_BAD_LENGTH;
    }
    return FRAME_FINE;
}

enum frame_fault frame_read_head(struct frame_head *head, const uint8_t *octets, enum frame_side from, size_t most)
{
    size_t counted = frame_head_size(octets[4]) - 4, length = get32(octets);
    uint8_t type = octets[counted + 3];

    *head = (struct frame_head){ .framing = octets[4] < FRAMING_V10 ? FRAMING_RFC2510 : FRAMING_V10 };
    if (octets[4] > FRAMING_V10) {
        return FRAME_BAD_VERSION;
    }
    head->close = head->framing == FRAMING_V10 && (octets[5] & CLOSE_FLAG) != 0;
    if (length < counted) {
        return FRAME_BAD_LENGTH;
    }
    head->length = length - counted;
    if (frame_name(head->framing, type) == NULL || rows[type].from != from) {
        return FRAME_BAD_TYPE;
    }
    head->type = type;
    return check_length(head, most);
}

static enum frame_fault read_error(struct frame *f, const uint8_t *value, size_t length)
{
    size_t data = get16(value + 2);

    if (data > length - 4) {
        return FRAME_BAD_VALUE;
    }
    f->error = get16(value);
    f->body = (struct cmpgate_bytes){ value + 4, data };
    f->extra = (struct cmpgate_bytes){ value + 4 + data, length - 4 - data };
    return FRAME_FINE;
}

enum frame_fault frame_read_value(struct frame *f, const struct frame_head *head, const uint8_t *value)
{
    size_t fixed = fixed_length(head->framing, head->type);

    *f = (struct frame){ .framing = head->framing, .close = head->close, .type = head->type };
    switch (head->type) {
    case FRAME_POLL_REP:
    case FRAME_PARTIAL:
        f->check_back = get32(value + 4);
        f->reference = get32(value);
        break;
    case FRAME_POLL_REQ:
        f->reference = get32(value);
        break;
    case FRAME_NOTHING:
        return value[0] == 0 ? FRAME_FINE : FRAME_BAD_VALUE;
    case FRAME_ERROR:
        if (head->framing == FRAMING_V10) {
            return read_error(f, value, head->length);
        }
        break;
    case FRAME_REQUEST:
    case FRAME_RESPONSE:
        break;
    }
    if (head->length > fixed) {
        f->body = (struct cmpgate_bytes){ value + fixed, head->length - fixed };
    }
    return FRAME_FINE;
}

enum frame_fault frame_read(struct frame *f, struct cmpgate_bytes octets, enum frame_side from, size_t most)
{
    struct frame_head head;

    *f = (struct frame){ .framing = FRAMING_V10 };
    if (octets.len < FRAME_HEAD_LEAST || octets.len < frame_head_size(octets.ptr[4])) {
        return FRAME_BAD_LENGTH;
    }
    size_t size = frame_head_size(octets.ptr[4]);
    enum frame_fault fault = frame_read_head(&head, octets.ptr, from, most);
    f->framing = head.framing;
    if (fault == FRAME_FINE && head.length != octets.len - size) {
        fault = FRAME_BAD_LENGTH;
    }
    return fault != FRAME_FINE ? fault : frame_read_value(f, &head, octets.ptr + size);
}

bool frame_looks_like_one(struct cmpgate_bytes octets)
{
    return octets.len >= FRAME_HEAD_LEAST && octets.ptr[0] == 0 && octets.ptr[4] <= FRAMING_V10
        && get32(octets.ptr) == octets.len - 4;
}

/* ---- writing ----------------------------------------------------------------- */

size_t frame_write_prefix(const struct frame *f, uint8_t out[FRAME_PREFIX_MOST])
{
    size_t counted = f->framing == FRAMING_V10 ? 3 : 1;
    size_t fixed = fixed_length(f->framing, f->type);
    uint8_t *p = put32(out, (uint32_t)(counted + fixed + f->body.len + f->extra.len));

    if (f->framing == FRAMING_V10) {
        *p++ = FRAMING_V10;
        *p++ = f->close ? CLOSE_FLAG : 0;
    }
    *p++ = (uint8_t)f->type;
    switch (f->type) {
    case FRAME_POLL_REP:
    case FRAME_PARTIAL:
        p = put32(put32(p, f->reference), f->check_back);
        break;
    case FRAME_POLL_REQ:
        p = put32(p, f->reference);
        break;
    case FRAME_NOTHING:
        *p++ = 0;
        break;
    case FRAME_ERROR:
        if (f->framing == FRAMING_V10) {
            p = put16(put16(p, f->error), f->body.len);
        }
        break;
    case FRAME_REQUEST:
    case FRAME_RESPONSE:
        break;
    }
    return (size_t)(p - out);
}

size_t frame_size(const struct frame *f)
{
    uint8_t prefix[FRAME_PREFIX_MOST];

    return frame_write_prefix(f, prefix) + f->body.len + f->extra.len;
}

static uint8_t *append(uint8_t *to, struct cmpgate_bytes bytes)
{
    if (bytes.len > 0) {
        memcpy(to, bytes.ptr, bytes.len);
    }
    return to + bytes.len;
}

void frame_write(const struct frame *f, uint8_t *out)
{
    uint8_t prefix[FRAME_PREFIX_MOST];
    size_t len = frame_write_prefix(f, prefix);

    append(append(append(out, (struct cmpgate_bytes){ prefix, len }), f->body), f->extra);
}

/* ---- errors ------------------------------------------------------------------ */

const char *frame_error_name(uint16_t error)
{
    static const struct { uint16_t error; const char *name; } names[] = {
        { FRAME_VERSION_NOT_SUPPORTED, "VersionNotSupported" },
        { FRAME_GENERAL_CLIENT_ERROR, "GeneralClientError" },
        { FRAME_INVALID_MESSAGE_TYPE, "InvalidMessageType" },
        { FRAME_INVALID_POLL_ID, "InvalidPollID" },
        { FRAME_GENERAL_SERVER_ERROR, "GeneralServerError" },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].error == error) {
            return names[i].name;
        }
    }
    return "unknown Error-Type";
}

static const struct {
    enum frame_error error;
    const char *text;
} faults[] = {
    [FRAME_FINE]        = { FRAME_GENERAL_SERVER_ERROR, "nothing is wrong" },
    [FRAME_BAD_VERSION] = { FRAME_VERSION_NOT_SUPPORTED, "version 10 is the highest understood here" },
    [FRAME_BAD_TYPE]    = { FRAME_INVALID_MESSAGE_TYPE, "no message of this type is taken here" },
    [FRAME_BAD_LENGTH]  = { FRAME_GENERAL_CLIENT_ERROR, "the length does not fit the message type" },
    [FRAME_TOO_LARGE]   = { FRAME_GENERAL_CLIENT_ERROR, "the message is larger than what is taken here" },
    [FRAME_BAD_VALUE]   = { FRAME_GENERAL_CLIENT_ERROR, "the value does not fit the message type" },
};

const char *frame_fault_text(enum frame_fault fault)
{
    return faults[fault].text;
}

struct frame frame_of_error(enum framing framing, enum frame_error error, const char *text)
{
    return (struct frame){ .framing = framing, .type = FRAME_ERROR, .error = framing == FRAMING_V10 ? error : 0,
                           .body = { (const uint8_t *)text, strlen(text) } };
}

struct frame frame_of_fault(enum framing framing, enum frame_fault fault)
{
    struct frame f = frame_of_error(framing, faults[fault].error, faults[fault].text);

    f.close = framing == FRAMING_V10;
    return f;
}

/* ---- times ------------------------------------------------------------------- */

uint32_t frame_wait(uint32_t check_back, int64_t now)
{
    int64_t wait = check_back >= ABSOLUTE_FROM ? (int64_t)check_back - now : (int64_t)check_back;

    return wait < 1 ? 1 : wait > WAIT_MOST ? WAIT_MOST : (uint32_t)wait;
}

uint32_t frame_check_back(enum framing framing, bool absolute, uint32_t seconds, int64_t now)
{
    return framing == FRAMING_RFC2510 || absolute ? (uint32_t)(now + seconds) : seconds;
}
