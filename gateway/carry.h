/* From an input to a move that is true. */
#ifndef CARRY_H
#define CARRY_H
#include "gateway/task.h"

/* Loads the steps of a transaction and sets t->last.  False after a log line. */
bool carry_load(struct task *, const struct store_octets *transactionID);
/* Decides, and carries the move out: the change goes to the writer; what changes nothing is answered at once. */
void carry_input(struct task *, enum input);
/* Commits the order as it is now; `ask`: the backend is told afterwards. */
void carry_order(struct task *, bool ask);

#endif
