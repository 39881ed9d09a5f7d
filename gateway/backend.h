/* One configured backend, running: the module's handle and the desk it may call.
 *
 * Outcomes of a PURE backend come back inside backend_ask(), so that certificate and reply
 * can be one commit.  Those of any other come as EVENT_OUTCOME through the queue, whenever
 * and on whatever thread the backend completes.
 */
#ifndef BACKEND_H
#define BACKEND_H
#include "gateway/config.h"
#include "gateway/event.h"

struct backend;

/* queue: where outcomes go; NULL in commands, which use PURE backends only. */
struct backend *backend_open(const struct config *, const struct config_backend *, struct queue *queue);
void backend_close(struct backend *);   /* stop() and close() of the module; no verb may be running */

const char *backend_name(const struct backend *);
bool backend_can(const struct backend *, uint32_t capability);          /* CMPGATE_PURE, … */
bool backend_serves(const struct backend *, enum cmpgate_order_kind);
/* The key it signs with through us: the first KEY option it has set; NULL: none. */
const struct config_key *backend_key(const struct backend *);

/* Submits to a PURE backend and waits for nothing: the outcome, copied into the arena.  UNSURE with a text
 * when the module broke its promise to complete inside submit(). */
struct cmpgate_outcome backend_ask(struct backend *, const struct order *, uint64_t crl_number, int64_t now,
                                   struct arena *);

/* Hand over an order: submit() or check() of the module; the outcome comes as an event. */
void backend_submit(struct backend *, const struct order *, int64_t now);
void backend_check(struct backend *, const struct order *, int64_t now);
void backend_forget(struct backend *, const struct order *, int64_t now);
/* True while an order submitted by this process has no final outcome yet.  After a crash nothing is
 * in hand any more: then an open order is in doubt. */
bool backend_in_hand(struct backend *, const uint8_t id[STORE_ORDER_ID]);

#endif
