/* Orders that wait for an operator before any backend hears of them. */
#ifndef APPROVAL_H
#define APPROVAL_H
#include "gateway/task.h"

/* Whether an operator must approve what the profile at hand is asked for. */
bool approval_is_needed(const struct task *);
/* Makes the order of an opening request one that waits for that. */
void approval_open(struct task *);
/* Whether the order is due because of an operator, or because there was none. */
bool approval_is_due(const struct order *);
/* Carries out what the operator has decided, or what comes of it when nobody has. */
void approval_due(struct task *);

#endif
