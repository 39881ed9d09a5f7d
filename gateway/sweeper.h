/* One thread that removes from the store what has been over for as long as the configuration says.
 *
 * It looks through a connection of its own and has the one writer remove a few transactions at a time, when
 * there is nothing else to write; then it rests for several times as long as that took.
 */
#ifndef SWEEPER_H
#define SWEEPER_H
#include <stddef.h>

struct sweeper;
struct gateway;

/* Takes `keep` from the configuration of the time, from reload to reload.  NULL with a reason. */
struct sweeper *sweeper_start(struct gateway *, char *why, size_t why_size);
void sweeper_stop(struct sweeper *);            /* before the writer stops; NULL is fine */

#endif
