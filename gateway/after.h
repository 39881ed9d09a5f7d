/* What happens once a change is on disk: the reply is handed over, the backend is told, the timer and the
 * publisher are woken.  Runs on the writer's thread.
 */
#ifndef AFTER_H
#define AFTER_H
#include "gateway/task.h"

struct after;

/* Everything that is to follow this change, in the change's own arena; NULL when memory is out. */
struct after *after_plan(struct task *, struct change *);
/* Gives the change and the task's event to the writer.  False when memory is out: the change is gone, the event is not. */
bool after_commit(struct task *, struct change *, struct after *);

#endif
