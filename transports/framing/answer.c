#include "answer.h"
#include <inttypes.h>
#include <stdio.h>

struct frame frame_of_reply(const struct cmpgate_reply *reply, enum framing framing, bool absolute, int64_t now,
                            char text[FRAME_TEXT])
{
    struct frame f = { .framing = framing };
    const char *reason = reply->reason;

    switch (reply->kind) {
    case CMPGATE_ANSWER:
        f.type = FRAME_RESPONSE;
        f.body = reply->message;
        break;
    case CMPGATE_NOTHING:
    case CMPGATE_ACCEPTED:
        f.type = FRAME_NOTHING;
        break;
    case CMPGATE_COME_BACK:
        f.type = FRAME_POLL_REP;
        f.reference = reply->reference;
        f.check_back = frame_check_back(framing, absolute, reply->check_after, now);
        break;
    case CMPGATE_UNREADABLE:
        snprintf(text, FRAME_TEXT, "%s", reason != NULL ? reason : "not a DER PKIMessage");
        return frame_of_error(framing, FRAME_GENERAL_CLIENT_ERROR, text);
    case CMPGATE_UNKNOWN_REFERENCE:
        snprintf(text, FRAME_TEXT, "%s", reason != NULL ? reason : "there is nothing under this polling reference");
        return frame_of_error(framing, FRAME_INVALID_POLL_ID, text);
    case CMPGATE_UNAVAILABLE:
        snprintf(text, FRAME_TEXT, "%.250s; try again in %" PRIu32 " s", reason != NULL ? reason : "not now",
                 reply->check_after);
        return frame_of_error(framing, FRAME_GENERAL_SERVER_ERROR, text);
    }
    return f;
}
