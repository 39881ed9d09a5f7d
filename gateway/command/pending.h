/* An order by what a person types of its id. */
#ifndef COMMAND_PENDING_H
#define COMMAND_PENDING_H
#include "gateway/store/store.h"

enum { PENDING_HEX = 2 * STORE_ORDER_ID + 4, PENDING_WHY = 512 };

/* The one order of those that an operator has, or had, to decide whose id begins like this; NULL with a reason. */
struct order *pending_find(struct store *, const char *id, struct arena *, char why[PENDING_WHY]);

#endif
