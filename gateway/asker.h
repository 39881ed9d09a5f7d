/* One thread that asks questions over the network, several at once, so that nobody else ever waits for somebody else's server.
 *
 * It is started with the first question.  How many may be open is bounded, in all and of one host: a host that does not answer
 * takes the places of no other.
 */
#ifndef ASKER_H
#define ASKER_H
#include "gateway/question.h"

struct asker;

/* done(): a question has come to its end, and is the callee's; look(): every tenth of a second while questions are open.  Both on
 * the asker's thread, without its lock. */
struct asker_calls {
    void (*done)(void *context, struct question *);
    void (*look)(void *context);
    void *context;
};

struct asker *asker_new(const struct asker_calls *);            /* NULL without memory */
/* Takes it over, or returns false, when too many are open or there is no thread.  Any thread, never blocks. */
bool asker_put(struct asker *, struct question *);
void asker_free(struct asker *);                                /* ends the thread, forgets what is open; NULL is fine */

#endif
