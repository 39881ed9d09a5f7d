/* The requests of this endpoint that the gateway has taken and that are not settled: by ticket, and by name.
 *
 * As many as the gateway lets be in flight, and no more.  Any thread.
 */
#ifndef FILE_TABLE_H
#define FILE_TABLE_H
#include <pthread.h>
#include <stdint.h>
#include "drop.h"

enum { TABLE_BUCKETS = 4096 };

struct taken {
    uint64_t ticket;
    enum drop_place place;              /* DROP_CLAIMED or DROP_HANDING */
    struct taken *next_ticket, *next_name;
    char name[];
};

struct table {
    pthread_mutex_t lock;
    struct taken *by_ticket[TABLE_BUCKETS], *by_name[TABLE_BUCKETS];
};

void table_init(struct table *);
void table_free(struct table *);
/* False: memory is out. */
bool table_add(struct table *, uint64_t ticket, enum drop_place, const char *name);
bool table_has(struct table *, const char *name);
/* Still in the table, so that its name stays in use; NULL: unknown.  One thread at a time has a ticket. */
struct taken *table_find(struct table *, uint64_t ticket);
void table_remove(struct table *, uint64_t ticket);

#endif
