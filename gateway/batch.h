/* Batches being worked on: a nested message and the answers to the messages inside it (RFC 9483 5.2.2.2).
 *
 * Each message inside is an event of its own, under a ticket of ours instead of a transport's; endpoint_reply() brings its
 * answer here.  With the last one the event of the batch goes back into the queue.  All of it is in memory only: a batch
 * that is lost is sent again, and each message inside finds its stored reply.
 */
#ifndef BATCH_H
#define BATCH_H
#include "gateway/event.h"

struct batches;
struct batch;

struct batches *batches_new(struct queue *);            /* NULL when memory is out */
void batches_free(struct batches *);                    /* and what is still open */

/* Tickets of this kind are ours; a transport may not use them. */
bool batch_is_ticket(uint64_t ticket);

/* Opens one for the event, which is taken, and whose sender has proven this credential.  It stays open until each part
 * has its answer and batches_begun() was called.  NULL when memory is out: the event is still the caller's. */
struct batch *batches_open(struct batches *, struct event *, const struct credential *, size_t parts);
uint64_t batch_ticket(const struct batch *, size_t part);
void batches_begun(struct batches *, struct batch *);

/* The answer to a part; copied.  Any thread; unknown tickets and second answers are ignored. */
void batches_answer(struct batches *, uint64_t ticket, const struct cmpgate_reply *);

/* ---- once it is complete: event->batch, freed with the event -------------------------------------- */

const struct credential *batch_sender(const struct batch *);
size_t batch_parts(const struct batch *);
/* DER PKIMessage; absent when the part got none. */
struct span batch_part(const struct batch *, size_t part);
void batch_free(struct batch *);

#endif
