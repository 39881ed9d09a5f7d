/* One thread that sleeps until the next thing is due, and then says so with an event.
 *
 * Two kinds of things: holds, tickets in memory that must be answered in time (EVENT_HOLD), and what
 * the store says is due, orders to look after and confirmations that are late (EVENT_DUE).  The store is
 * the truth: a due row is said once and again after a while if it is still there, so that neither a
 * lost event nor a restart loses it.
 */
#ifndef TIMER_H
#define TIMER_H
#include "gateway/event.h"
#include "gateway/handover.h"

struct timer;

/* Reads `store_path` through a connection of its own.  NULL with a reason.  handovers: which confirmations have more
 * time than the store says; they outlive the timer. */
struct timer *timer_start(const char *store_path, struct queue *, struct handovers *, char *why, size_t why_size);
void timer_stop(struct timer *);                /* ends the thread, forgets the holds; NULL is fine */

/* An EVENT_HOLD for this ticket after so many seconds (whole ones: whatever the clock of the wall says), unless
 * released before.  False when memory is out.  Any thread. */
bool timer_hold(struct timer *, struct endpoint *, uint64_t ticket, const struct store_octets *transactionID,
                int64_t seconds);
/* True when the hold was still there: no event will come.  False: it has come, or never was.  Any thread. */
bool timer_release(struct timer *, const struct endpoint *, uint64_t ticket);

/* Puts the event back into the queue in about a second, for what cannot be done now.  Takes it over.  Any thread. */
void timer_later(struct timer *, struct event *);
/* The same until the store can be used again, but for an hour at most.  False: it has been put off for that long, and is
 * still the caller's. */
bool timer_put_off(struct timer *, struct event *);

/* A commit has made something due at `at` (Unix seconds; 0: nothing).  Any thread, cheap. */
void timer_wake(struct timer *, int64_t at);

#endif
