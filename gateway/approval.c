#include "gateway/approval.h"

#include <stdio.h>

#include "gateway/carry.h"
#include "gateway/order.h"

bool approval_is_needed(const struct task *t)
{
    return t->in.profile != NULL && t->in.profile->approval_deadline > 0;
}

void approval_open(struct task *t)
{
    struct order *o = t->order;

    o->approval = APPROVAL_PENDING;
    o->due = t->in.now + t->in.profile->approval_deadline;
    o->attempts = 0;
    o->submitted = false;
}

/* Once approved and given to its backend, it is an order like any other. */
bool approval_is_due(const struct order *o)
{
    return o->approval != APPROVAL_NONE && o->attempts == 0;
}

static void refuse_order(struct order *o, const char *text)
{
    o->state = ORDER_REJECTED;
    o->due = 0;
    o->fail_info = 1u << FAIL_notAuthorized;
    o->text = text;
}

void approval_due(struct task *t)
{
    struct order *o = t->order;

    switch (o->approval) {
    case APPROVAL_GRANTED:
        order_begin(t);
        carry_input(t, INPUT_APPROVED);
        return;
    case APPROVAL_DENIED:
        refuse_order(o, o->approval_reason != NULL ? o->approval_reason : "denied by an operator");
        carry_input(t, INPUT_DENIED);
        return;
    default:
        refuse_order(o, "nobody has approved it in time");
        carry_input(t, INPUT_NOT_APPROVED);
    }
}
