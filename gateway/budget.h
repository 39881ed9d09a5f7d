/* What one peer may make us compute: a token bucket of MAC iterations for each address.
 *
 * The table is of fixed size, in sets of a few places chosen by a keyed hash, so nobody can aim at a
 * place.  A peer that is not in the table takes the fullest bucket of its set and inherits what is in
 * it: whoever changes addresses to get a fresh bucket gets, once the table is full, a used one.
 */
#ifndef BUDGET_H
#define BUDGET_H
#include <stdbool.h>
#include <stdint.h>

struct budget;

struct budget *budget_new(uint64_t per_second, uint64_t burst);     /* NULL when memory is out */
void budget_free(struct budget *);
/* What all peers together may spend in a second; 0, as in the beginning: no limit.  When it is used up, those are put off who
 * have used more than half of their own, so that the many that are loud do not silence the few that are steady.
 * Before the first spending. */
void budget_limit(struct budget *, uint64_t per_second);
/* A number that stands for the peer, as above; nobody can choose which. */
uint64_t budget_peer(const struct budget *, const char *peer);

/* Takes `iterations` from the bucket of `peer`; false, and nothing taken, when they are not there.
 * `peer` is the text of a cmpgate_peer: "192.0.2.7:40112" counts as 192.0.2.7, an IPv6 address as its
 * /64, anything else as itself.  `now` is monotonic seconds.  Any thread. */
bool budget_spend(struct budget *, const char *peer, uint64_t iterations, int64_t now);
/* Puts back what was spent on something that turned out to be honest. */
void budget_give_back(struct budget *, const char *peer, uint64_t iterations, int64_t now);

#endif
