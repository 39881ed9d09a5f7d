/* A batch on its way through the gateway: taken apart when it comes, put together when all in it have been answered
 * (RFC 9483 5.2.2.2).
 */
#ifndef NEST_H
#define NEST_H
#include "gateway/task.h"

/* A batch that is not the repeat of one.  The first time: checks it, and queues each message inside as an event of its own.
 * When all inside have been answered it comes again: commits the one answer to the batch. */
void nest_event(struct task *);

#endif
