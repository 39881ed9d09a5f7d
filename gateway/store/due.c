/* What the timer must look at. */
#include "gateway/store/tables.h"

/* Both halves come out of an index in order, and are read no further than needed, however many wait. */
static struct query query_due(struct store *store)
{
    return query_of(store, SLOT_DUE,
        "SELECT due, transactionID, NULL, (SELECT at FROM steps s WHERE s.transactionID = a.transactionID"
        " ORDER BY number DESC LIMIT 1) FROM awaited a"
        " UNION ALL SELECT due, transactionID, id, NULL FROM orders WHERE due <> 0 AND state = 0"
        " ORDER BY due", NULL);
}

static void take(struct query *q, struct due *d, int64_t *at)
{
    d->at = query_integer(q);
    query_octets(q, &d->transactionID);
    query_fixed(q, d->order, sizeof d->order);
    *at = query_integer(q);
}

bool store_due(struct store *store, int64_t until, size_t most, store_when when, void *context, struct arena *arena,
               struct due **due, size_t *count, int64_t *next)
{
    struct query q = query_due(store);
    struct due *list = arena_alloc(arena, most > 0 ? most * sizeof *list : 1), d;
    int64_t at = 0, first = INT64_MAX, stored = 0;

    *due = list;
    *count = 0;
    if (list == NULL) {
        q.fault = "out of memory";
    }
    while (stored <= until && query_row(&q)) {
        take(&q, &d, &at);
        stored = d.at;
        int64_t then = when != NULL && at != 0 ? when(context, &d, at) : d.at;
        if (then > until || *count == most) {
            first = then < first ? then : first;
            stored = *count == most ? INT64_MAX : stored;
            continue;
        }
        list[(*count)++] = d;
    }
    *next = first != INT64_MAX ? first : 0;
    return query_end(&q);
}

bool store_version(struct store *store, int64_t *version)
{
    return sqlite_number(store, "PRAGMA data_version", version);
}
