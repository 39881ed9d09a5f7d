/* Removing what is over: transactions, of which a tombstone stays, and in the end the tombstone. */
#include "gateway/store/tables.h"

/* ---- looking for it ------------------------------------------------------------------------------- */

enum { ROWS = 512 /* looked at in one go */ };

_Static_assert(PHASE_CLOSED == 5 && ORDER_DONE == 1 && ORDER_REJECTED == 2, "as in the SQL below");

/* Steps lie in the order in which they were made, and the one that closes a transaction is its last.  An order
 * without an outcome may still bring a certificate, which must then be found unwanted, or tell a backend of one. */
static struct query query_over(struct store *store)
{
    return query_of(store, SLOT_SWEEP_LOOK,
        "SELECT s.id, s.at, s.transactionID, s.phase = 5 AND NOT EXISTS (SELECT 1 FROM steps a JOIN orders o"
        " ON o.id = a.order_id WHERE a.transactionID = s.transactionID AND o.state NOT IN (1, 2))"
        " FROM steps s WHERE s.id > ? ORDER BY s.id LIMIT ?", NULL);
}

static bool find_over(struct store *store, struct sweep *sweep, int64_t *from)
{
    struct query q = query_over(store);
    bool more = false;
    int rows = 0;

    query_put_integer(&q, *from);
    query_put_integer(&q, ROWS);
    while (sweep->count < SWEEP_MOST && query_row(&q)) {
        struct store_octets id;
        rows++;
        *from = query_integer(&q);
        bool old = query_integer(&q) < sweep->closed_before;
        query_octets(&q, &id);
        more = more || old;
        if (query_integer(&q) != 0 && old) {
            sweep->over[sweep->count++] = id;
        }
    }
    if (!more || (rows < ROWS && sweep->count < SWEEP_MOST)) {
        *from = 0;
    }
    return query_end(&q);
}

bool store_sweep_look(struct store *store, struct sweep *sweep, int64_t *from)
{
    struct query q = query_of(store, SLOT_SWEEP_TOMBSTONES,
        "SELECT 1 FROM tombstones WHERE message_time <> 0 AND message_time < ? LIMIT 1", NULL);

    sweep->count = 0;
    query_put_integer(&q, sweep->accepted_from);
    sweep->tombstones = query_row(&q);
    return query_end(&q) && find_over(store, sweep, from);
}

bool store_tombstone(struct store *store, struct span transactionID, struct arena *arena, struct tombstone **found)
{
    struct query q = query_of(store, SLOT_TOMBSTONE,
        "SELECT digest, serial FROM tombstones WHERE transactionID = ?", arena);
    struct tombstone *t = arena_zalloc(arena, sizeof *t);

    *found = NULL;
    query_put_span(&q, transactionID);
    if (t == NULL) {
        q.fault = "out of memory";
    }
    if (query_row(&q)) {
        query_fixed(&q, t->digest, sizeof t->digest);
        t->serial = query_span(&q);
        *found = t;
    }
    return query_end(&q);
}

/* ---- removing it ---------------------------------------------------------------------------------- */

/* In one transaction of the database: nobody finds a transactionID neither here nor there. */
static bool bury(struct store *store, const struct store_octets *id, int64_t accepted_from)
{
    struct query q = query_of(store, SLOT_BURY,
        "INSERT INTO tombstones (transactionID, digest, serial, message_time)"
        " SELECT s.transactionID, s.digest, (SELECT c.serial FROM steps l JOIN certificates c"
        "  ON substr(c.fingerprint, 1, 8) = substr(l.certificate, 1, 8) AND c.fingerprint = l.certificate"
        "  WHERE l.transactionID = s.transactionID AND l.certificate IS NOT NULL LIMIT 1), s.message_time"
        " FROM steps s WHERE s.transactionID = ? AND s.number = 1 AND (s.message_time = 0 OR s.message_time >= ?)", NULL);

    query_put_octets(&q, id);
    query_put_integer(&q, accepted_from);
    return query_run(&q, NULL);
}

static bool remove_all(struct store *store, enum slot slot, const char *sql, const struct store_octets *id)
{
    struct query q = query_of(store, slot, sql, NULL);

    query_put_octets(&q, id);
    return query_run(&q, NULL);
}

static bool remove_tombstones(struct store *store, int64_t accepted_from)
{
    struct query q = query_of(store, SLOT_UNBURY,
        "DELETE FROM tombstones WHERE transactionID IN (SELECT transactionID FROM tombstones"
        " WHERE message_time <> 0 AND message_time < ? LIMIT ?)", NULL);

    query_put_integer(&q, accepted_from);
    query_put_integer(&q, SWEEP_MOST);
    return query_run(&q, NULL);
}

enum commit_result sweep_apply(struct store *store, const struct sweep *sweep)
{
    bool good = !sweep->tombstones || remove_tombstones(store, sweep->accepted_from);

    for (size_t i = 0; good && i < sweep->count; i++) {
        const struct store_octets *id = &sweep->over[i];
        good = bury(store, id, sweep->accepted_from) &&
               remove_all(store, SLOT_SWEEP_ORDERS, "DELETE FROM orders WHERE id IN"
                          " (SELECT order_id FROM steps WHERE transactionID = ? AND order_id IS NOT NULL)", id) &&
               remove_all(store, SLOT_SWEEP_STEPS, "DELETE FROM steps WHERE transactionID = ?", id);
    }
    return good ? COMMIT_DONE : COMMIT_FAILED;
}
