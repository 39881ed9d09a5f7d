/* A move as rows: the change that makes it true. */
#ifndef CHANGE_H
#define CHANGE_H
#include "gateway/task.h"

/* What t->move says, with the reply that goes with it (absent: none) and the nonce it was sent with.
 * Everything is copied into the change's arena.  False when memory is out or the outcome's
 * certificate cannot be read. */
bool change_fill(struct task *, struct change *, struct span reply, const struct respond *);

#endif
