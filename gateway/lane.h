/* Threads for what may block: a transport that BLOCKS is called here and nowhere else.
 *
 * A lane belongs to one endpoint, so a slow peer fills only its own.  Items are intrusive and
 * carried out in order of arrival, several at once when there are several threads; their number is
 * bounded by what the endpoint has in flight.
 */
#ifndef LANE_H
#define LANE_H
#include <stdbool.h>
#include <stddef.h>

struct lane;

struct lane_item {
    struct lane_item *next;
};

/* Carries out and frees an item, on a thread of the lane, with no lock held. */
typedef void (*lane_work)(void *context, struct lane_item *);

struct lane *lane_start(const char *name, unsigned threads, lane_work, void *context);  /* NULL: none started */
void lane_put(struct lane *, struct lane_item *);   /* gives the item away; any thread; never blocks */
bool lane_idle(struct lane *);                      /* nothing waits and nothing is being carried out */
void lane_stop(struct lane *);                      /* carries out the rest, then ends; NULL is fine */

#endif
