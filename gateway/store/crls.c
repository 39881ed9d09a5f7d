/* CRLs as they were published. */
#include "gateway/store/tables.h"

bool store_latest_crl(struct store *store, struct span issuer, struct arena *arena, struct crl **found)
{
    struct query q = query_of(store, SLOT_CRL,
        "SELECT number, this_update, next_update, revocations, der FROM crls"
        " WHERE issuer = (SELECT id FROM issuers WHERE name = ?) ORDER BY number DESC LIMIT 1", arena);
    struct crl *c = arena_zalloc(arena, sizeof *c);
    struct span name = arena_copy(arena, issuer.ptr, issuer.len);

    *found = NULL;
    if (c == NULL || name.ptr == NULL) {
        q.fault = "out of memory";
    }
    query_put_span(&q, issuer);
    if (query_row(&q)) {
        c->issuer = name;
        c->number = (uint64_t)query_integer(&q);
        c->this_update = query_integer(&q);
        c->next_update = query_integer(&q);
        c->revocations = query_integer(&q);
        c->der = query_span(&q);
        *found = c;
    }
    return query_end(&q);
}

enum commit_result crls_insert(struct store *store, const struct crl *c)
{
    int inserted = 0;

    if (c->number > INT64_MAX) {
        sqlite_refused(store, "a CRL number above 2^63 - 1 cannot be kept");
        return COMMIT_FAILED;
    }
    if (!issuers_add(store, c->issuer)) {
        return COMMIT_FAILED;
    }
    struct query q = query_of(store, SLOT_CRL_INSERT,
        "INSERT INTO crls (issuer, number, this_update, next_update, revocations, der)"
        " VALUES ((SELECT id FROM issuers WHERE name = ?), ?, ?, ?, ?, ?)"
        " ON CONFLICT (issuer, number) DO NOTHING", NULL);
    query_put_span(&q, c->issuer);
    query_put_integer(&q, (int64_t)c->number);
    query_put_integer(&q, c->this_update);
    query_put_integer(&q, c->next_update);
    query_put_integer(&q, c->revocations);
    query_put_span(&q, c->der);
    if (!query_run(&q, &inserted)) {
        return COMMIT_FAILED;
    }
    return inserted > 0 ? COMMIT_DONE : COMMIT_LOST;
}
