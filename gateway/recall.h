/* The request that a later answer belongs to. */
#ifndef RECALL_H
#define RECALL_H
#include "gateway/task.h"

/* Brings back the request that the task's order is about, as if it had just been verified.  False when it cannot be
 * read again. */
bool recall_request(struct task *);

#endif
