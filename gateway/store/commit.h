/* The one writer: a thread that makes changes true in groups, then runs what was to follow.
 *
 * Workers never wait for it.  It takes whatever changes are there, at once and without a delay
 * timer, applies each under its own savepoint in one transaction, commits with fsync, and then
 * calls each change's done() in the order the changes came.  A change that fails does not touch
 * its neighbours; when the commit itself fails, all of the group are FAILED and the writer goes on.
 */
#ifndef COMMIT_H
#define COMMIT_H
#include "gateway/store/store.h"

struct commit;

/* Runs on the writer's thread with no lock held; must not block (it may queue events, hand replies to
 * transports that do not block, and put further changes).  The change lives until it returns. */
typedef void (*commit_done)(void *context, enum commit_result);

struct commit *commit_start(const char *path, char *why, size_t why_size);
/* Gives the change away; any thread; never blocks on disk and cannot fail.  done may be NULL.  There is no
 * bound here: whoever lets work in bounds how much of it can be on its way. */
void commit_put(struct commit *, struct change *, commit_done done, void *context);
/* The same for what has time: applied, in any order, when nothing else is there to be applied. */
void commit_put_idle(struct commit *, struct change *, commit_done done, void *context);
/* Inside done(), when it says FAILED: why.  Valid until done() returns. */
const char *commit_why(const struct commit *);
/* Applies all that was put, also by done() meanwhile, then ends the thread, empties the WAL and closes the
 * store.  Nobody else may put any more. */
void commit_stop(struct commit *);

#endif
