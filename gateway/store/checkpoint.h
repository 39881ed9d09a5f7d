/* Moves what is in the WAL into the database, on a thread and a connection of its own, so that no commit
 * waits for it. */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H
#include <stddef.h>

struct store;
struct checkpoint;

struct checkpoint *checkpoint_start(const char *path, char *why, size_t why_size);
/* After a commit, on the writer's thread and with its connection: the WAL has so many pages now. */
void checkpoint_note(struct checkpoint *, struct store *writer, int pages);
void checkpoint_stop(struct checkpoint *);
/* All of the WAL, and the file cut to nothing, as far as readers let it.  The last thing a writer does. */
void checkpoint_finish(struct store *writer);

#endif
