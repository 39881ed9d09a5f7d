/* One change, inside a transaction: for commit.c. */
#ifndef APPLY_H
#define APPLY_H
#include "gateway/store/sqlite.h"

bool apply_begin(struct store *);       /* takes the write lock, waiting for it */
bool apply_commit(struct store *);      /* false: nothing of the transaction happened */
void apply_rollback(struct store *);

/* Under a savepoint of its own: when it is not DONE nothing of it is there.  *spoilt: neither can the rest
 * of the transaction be (disk full, I/O error); roll it back. */
enum commit_result apply_change(struct store *, const struct change *, bool *spoilt);

#endif
