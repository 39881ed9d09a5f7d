/* What the gateway says, as a message of either framing. */
#ifndef FRAMING_ANSWER_H
#define FRAMING_ANSWER_H
#include <cmpgate/transport.h>

#include "frame.h"

enum { FRAME_TEXT = 300 };

/* `absolute`: how version 10 says when to come back.  Points into the reply and into `text`. */
struct frame frame_of_reply(const struct cmpgate_reply *, enum framing, bool absolute, int64_t now, char text[FRAME_TEXT]);

#endif
