/* Polls by a transport's framing: a reference that was given out with "come back later", and no message. */
#ifndef FETCH_H
#define FETCH_H
#include "gateway/task.h"

void fetch_event(struct task *);        /* EVENT_MESSAGE without a message */

#endif
