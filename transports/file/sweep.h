/* A walk over a directory, a batch of names at a time: each entry is met once, and no more than a batch is in memory
 * however many there are.  Within a batch the oldest comes first; across batches the order is the file system's.
 *
 * What appears during a walk may be met by it or not: walk again.  One thread.
 */
#ifndef FILE_SWEEP_H
#define FILE_SWEEP_H
#include <dirent.h>
#include <stdbool.h>
#include <time.h>
#include "name.h"

enum { SWEEP_BATCH = 256 };

struct sweep_entry {
    struct timespec arrived;            /* ctime: when it was last written or renamed */
    char name[NAME_SIZE];
};

struct sweep {
    DIR *dir;                           /* NULL: no walk is under way, or its last batch is */
    size_t count, next;
    struct sweep_entry batch[SWEEP_BATCH];
};

bool sweep_begin(struct sweep *, int dir);                      /* false with errno */
/* The next name that `wanted`; NULL: that was all. */
const char *sweep_next(struct sweep *, bool (*wanted)(const char *name));
void sweep_back(struct sweep *);                                /* sweep_next() gives the last one again */
bool sweep_is_over(const struct sweep *);
void sweep_end(struct sweep *);                                 /* at any time */

#endif
