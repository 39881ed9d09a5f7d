/* Shared secrets, sealed. */
#include "gateway/store/tables.h"

#define COLUMNS "reference, sealed, profile, subject, uses, created, not_after, disabled"

static void take(struct query *q, struct secret *s)
{
    query_octets(q, &s->reference);
    s->sealed = query_span(q);
    s->profile = query_text(q);
    s->subject = query_span(q);
    s->uses = query_integer(q);
    s->created = query_integer(q);
    s->not_after = query_integer(q);
    s->disabled = query_integer(q) != 0;
}

bool store_secret(struct store *store, struct span reference, struct arena *arena, struct secret **found)
{
    struct query q = query_of(store, SLOT_SECRET, "SELECT " COLUMNS " FROM secrets WHERE reference = ?", arena);
    struct secret *s = arena_zalloc(arena, sizeof *s);

    *found = NULL;
    if (s == NULL) {
        q.fault = "out of memory";
    }
    query_put_span(&q, reference);
    if (query_row(&q)) {
        take(&q, s);
        *found = s;
    }
    return query_end(&q);
}

/* ---- listing ----------------------------------------------------------------------------------- */

struct listed {
    struct secret secret;
    struct listed *next;
};

static bool read_all(struct store *store, struct arena *arena, struct listed **first)
{
    struct query q = query_of(store, SLOT_EACH_SECRET,
        "SELECT " COLUMNS " FROM secrets ORDER BY created DESC, reference", arena);

    while (query_row(&q)) {
        struct listed *l = arena_zalloc(arena, sizeof *l);
        if (l == NULL) {
            q.fault = "out of memory";
            break;
        }
        take(&q, &l->secret);
        *first = l;
        first = &l->next;
    }
    return query_end(&q);
}

/* All are read before the first is shown: a listing that stands in a pager holds no snapshot. */
bool store_each_secret(struct store *store, bool (*row)(void *, const struct secret *), void *context)
{
    enum { LIST_MEMORY = 1 << 30 };
    struct arena *arena = arena_new();
    struct listed *l = NULL;

    if (arena == NULL) {
        return sqlite_refused(store, "out of memory");
    }
    arena_limit(arena, LIST_MEMORY);
    bool ok = read_all(store, arena, &l);
    while (ok && l != NULL && row(context, &l->secret)) {
        l = l->next;
    }
    arena_free(arena);
    return ok;
}

/* ---- using one up ------------------------------------------------------------------------------ */

/* Looked at before it is written: a secret without a limit costs an enrolment no row.  Nobody gets between,
 * since the write lock is held. */
enum commit_result secrets_use(struct store *store, struct span reference, int64_t now)
{
    struct query q = query_of(store, SLOT_SECRET_USES,
        "SELECT uses FROM secrets WHERE reference = ? AND disabled = 0 AND (not_after = 0 OR not_after >= ?)", NULL);

    query_put_span(&q, reference);
    query_put_integer(&q, now);
    int64_t uses = query_row(&q) ? query_integer(&q) : 0;
    if (!query_end(&q)) {
        return COMMIT_FAILED;
    }
    if (uses <= 0) {
        return uses < 0 ? COMMIT_DONE : COMMIT_USED_UP;
    }
    q = query_of(store, SLOT_SECRET_TAKE, "UPDATE secrets SET uses = uses - 1 WHERE reference = ?", NULL);
    query_put_span(&q, reference);
    return query_run(&q, NULL) ? COMMIT_DONE : COMMIT_FAILED;
}

enum commit_result secrets_put(struct store *store, const struct secret *s)
{
    struct query q = query_of(store, SLOT_SECRET_PUT,
        "INSERT INTO secrets (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (reference) DO UPDATE SET (" COLUMNS ") ="
        " (excluded.reference, excluded.sealed, excluded.profile, excluded.subject, excluded.uses,"
        " excluded.created, excluded.not_after, excluded.disabled)", NULL);

    query_put_octets(&q, &s->reference);
    query_put_span(&q, s->sealed);
    query_put_text(&q, s->profile);
    query_put_span(&q, s->subject);
    query_put_integer(&q, s->uses);
    query_put_integer(&q, s->created);
    query_put_integer(&q, s->not_after);
    query_put_integer(&q, s->disabled);
    return query_run(&q, NULL) ? COMMIT_DONE : COMMIT_FAILED;
}
