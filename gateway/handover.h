/* From when the time to confirm a certificate runs.
 *
 * A client can only confirm what it has got, and only while we are there to be told.  The store knows when an
 * answer was committed; this knows the rest, in memory: which answers are still on their way to their clients,
 * which ones arrived late, and since when we have been up.  What a kill forgets of it does not matter, since
 * the time counts anew after a start.
 */
#ifndef HANDOVER_H
#define HANDOVER_H
#include "gateway/store/store.h"

struct handovers;

struct handovers *handovers_new(int64_t started);       /* Unix seconds; NULL when memory is out */
void handovers_free(struct handovers *);

/* A copy of the answer of this transaction is given to a transport.  Any thread; so for all that follow. */
void handovers_begin(struct handovers *, const struct store_octets *transactionID);
/* That copy has been settled.  final: it was handed over, or nobody is there to take it.  Otherwise the transport
 * tries again, and the time does not run before `from` (Unix seconds).  True: it was late, and the timer should
 * look again at what is due. */
bool handovers_end(struct handovers *, const struct store_octets *transactionID, int64_t from, bool final);
/* The transaction is over. */
void handovers_forget(struct handovers *, const struct store_octets *transactionID);

/* When the transaction is due that the store has due at due->at, by a step made at `at`: not before that.
 * INT64_MAX: not while its answer is on its way.  A store_when, for store_due(). */
int64_t handovers_when(void *handovers, const struct due *due, int64_t at);

#endif
