/* The order at stake in a task: its identity, and what an outcome makes of it. */
#ifndef ORDER_H
#define ORDER_H
#include "gateway/task.h"

/* Seconds after which an order without any outcome is in doubt, and looked at again. */
enum { ORDER_IN_DOUBT = 30 };

/* Gives the order of an opening request its identity. */
void order_open(struct task *, const struct backend *);
/* It is about to be given to its backend for the first time. */
void order_begin(struct task *);
/* Puts an order that tells the backend of the task's order what became of its certificate (CONFIRM, DISCARD) in that
 * one's place.  False when the certificate cannot be read, or memory is out. */
bool order_tell(struct task *, enum cmpgate_order_kind);
/* Whether that backend takes such orders.  One that is not configured any more takes none. */
bool order_may_tell(const struct task *, enum cmpgate_order_kind);
/* Whether the task's order is one of those. */
bool order_tells(const struct task *);
/* The running backend that the order is for; NULL after a log line: it is not configured any more. */
struct backend *order_backend(const struct task *);
/* The input that an outcome is to decide(). */
enum input order_input(const struct cmpgate_outcome *);
/* Writes the task's outcome into its order: state, token, result, when it is due again. */
void order_apply(struct task *);
/* The certificate of an order that was carried out, and its chain, issuer first; absent: none. */
struct span order_certificates(const struct task *, const struct span **chain, size_t *chain_count);
/* A backend's refusal in the client's terms, into the task's refusal. */
void order_refusal(struct task *);

#endif
