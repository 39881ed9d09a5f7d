#include "framed.h"
#include <stdlib.h>
#include <time.h>
#include "../framing/answer.h"

static enum framed_mark mark_of(const struct frame *f)
{
    return f->framing == FRAMING_RFC2510 ? FRAMED_RFC2510 : f->close ? FRAMED_V10_CLOSE : FRAMED_V10;
}

struct framed framed_read(struct cmpgate_bytes content, enum media media, bool tolerated)
{
    bool expected = media == MEDIA_POLL || media == MEDIA_X_POLL || tolerated;
    struct frame f;

    if (!expected || !frame_looks_like_one(content)) {
        return (struct framed){ .message = content };
    }
    enum frame_fault fault = frame_read(&f, content, FRAME_CLIENT, content.len);
    if (fault != FRAME_FINE) {
        enum frame_error error = (enum frame_error)frame_of_fault(FRAMING_V10, fault).error;
        return (struct framed){ .mark = mark_of(&f), .fault = frame_fault_text(fault), .error = error };
    }
    if (f.type == FRAME_POLL_REQ && f.reference == 0) {         /* never one of the gateway's */
        return (struct framed){ .mark = mark_of(&f), .error = FRAME_INVALID_POLL_ID,
                                .fault = "there is nothing under this polling reference" };
    }
    return (struct framed){ .mark = mark_of(&f), .message = f.body, .reference = f.reference };
}

static struct MHD_Response *response_of(struct frame *f, enum framed_mark mark)
{
    f->close = mark == FRAMED_V10_CLOSE;
    size_t size = frame_size(f);
    uint8_t *octets = malloc(size);

    if (octets == NULL) {
        return NULL;
    }
    frame_write(f, octets);
    return MHD_create_response_from_buffer(size, octets, MHD_RESPMEM_MUST_FREE);
}

static enum framing framing_of(enum framed_mark mark)
{
    return mark == FRAMED_RFC2510 ? FRAMING_RFC2510 : FRAMING_V10;
}

struct MHD_Response *framed_response(const struct cmpgate_reply *reply, enum framed_mark mark)
{
    char text[FRAME_TEXT];
    struct frame f = frame_of_reply(reply, framing_of(mark), false, time(NULL), text);

    return response_of(&f, mark);
}

struct MHD_Response *framed_error_response(const struct framed *framed)
{
    struct frame f = frame_of_error(framing_of(framed->mark), framed->error, framed->fault);

    return response_of(&f, framed->mark);
}
