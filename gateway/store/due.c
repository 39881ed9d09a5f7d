/* What the timer must look at. */
#include "gateway/store/tables.h"

/* Both halves come out of an index in order, so the query ends after `most` rows however many wait. */
static struct query query_due(struct store *store)
{
    return query_of(store, SLOT_DUE,
        "SELECT due, transactionID, NULL FROM awaited"
        " UNION ALL SELECT due, transactionID, id FROM orders WHERE due <> 0 AND state = 0"
        " ORDER BY due LIMIT ?", NULL);
}

bool store_due(struct store *store, int64_t until, size_t most, struct arena *arena, struct due **due, size_t *count,
               int64_t *next)
{
    struct query q = query_due(store);
    struct due *list = arena_alloc(arena, most > 0 ? most * sizeof *list : 1);

    *due = list;
    *count = 0;
    *next = 0;
    if (list == NULL) {
        q.fault = "out of memory";
    }
    query_put_integer(&q, (int64_t)most + 1);
    while (query_row(&q)) {
        int64_t at = query_integer(&q);
        if (*count == most || at > until) {
            *next = at;
            break;
        }
        struct due *d = &list[(*count)++];
        d->at = at;
        query_octets(&q, &d->transactionID);
        query_fixed(&q, d->order, sizeof d->order);
    }
    return query_end(&q);
}
