/* A worker: CPU only, one a core.  It takes an event, loads what the store knows, decides, hands
 * the change to the writer, and takes the next.  It never waits for the writer or for a peer.
 */
#ifndef WORKER_H
#define WORKER_H
#include <stddef.h>

struct event;
struct gateway;
struct worker;

/* A worker without a thread; NULL with a reason. */
struct worker *worker_new(struct gateway *, char *why, size_t why_size);
void worker_free(struct worker *);
/* Works on one event, which it takes over.  One thread at a time. */
void worker_work(struct worker *, struct event *);


/* A worker with a thread that ends when the queue is closed and empty; NULL with a reason. */
struct worker *worker_start(struct gateway *, char *why, size_t why_size);
void worker_join(struct worker *);      /* waits for that end, and frees */

#endif
