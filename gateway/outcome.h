/* Following orders: what a backend answered, what is due, who has waited long enough. */
#ifndef OUTCOME_H
#define OUTCOME_H
#include "gateway/task.h"

void outcome_event(struct task *);      /* EVENT_OUTCOME */
void due_event(struct task *);          /* EVENT_DUE */
void hold_event(struct task *);         /* EVENT_HOLD */

#endif
