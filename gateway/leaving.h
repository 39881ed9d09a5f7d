/* Endpoints that a reload has left behind: they serve the peers they have until the last has gone.
 *
 *   retired ─► finished, or out of time ─► stopped ─► owes nothing ─► closed
 *
 * All of it is the main thread's.
 */
#ifndef LEAVING_H
#define LEAVING_H
#include "gateway/endpoint.h"

struct leaving {
    struct leaving *next;
    struct endpoint *endpoint;
    struct config *config;              /* that its options are from */
    int64_t until;                      /* milliseconds of the monotonic clock */
};

/* A retired endpoint that has so many seconds left.  Out of memory it stays open for good, which is better than
 * closing what others point to. */
void leaving_add(struct leaving **, struct endpoint *, struct config *, int64_t seconds);
/* Moves each of them on as far as it is. */
void leaving_look(struct leaving **);
void leaving_stop(struct leaving *);            /* time is up for all */
bool leaving_idle(const struct leaving *);      /* none owes an answer */
void leaving_close(struct leaving **);          /* nobody can speak of them any more */

#endif
