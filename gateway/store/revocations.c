/* Which certificates are revoked, and the number that says whether a CRL is stale. */
#include "gateway/store/tables.h"

/* RFC 5280 5.3.1: certificateHold, the one reason that can be lifted. */
#define HOLD "6"

bool store_revocations(struct store *store, int64_t *generation)
{
    struct query q = query_of(store, SLOT_GENERATION, "SELECT value FROM counters WHERE name = 'revocations'", NULL);

    *generation = query_row(&q) ? query_integer(&q) : 0;
    return query_end(&q);
}

static enum commit_result changed(struct store *store)
{
    struct query q = query_of(store, SLOT_GENERATION_NEXT,
        "UPDATE counters SET value = value + 1 WHERE name = 'revocations'", NULL);

    return query_run(&q, NULL) ? COMMIT_DONE : COMMIT_FAILED;
}

/* 0 in *id: there is no such certificate. */
static bool certificate_id(struct store *store, const uint8_t fingerprint[STORE_DIGEST], int64_t *id)
{
    struct query q = query_of(store, SLOT_CERTIFICATE_ID,
        "SELECT id FROM certificates WHERE substr(fingerprint, 1, 8) = substr(?1, 1, 8) AND fingerprint = ?1", NULL);

    query_put_span(&q, (struct span){ fingerprint, STORE_DIGEST });
    *id = query_row(&q) ? query_integer(&q) : 0;
    return query_end(&q);
}

enum commit_result revocations_insert(struct store *store, const struct revocation *r)
{
    int changes = 0;
    int64_t id = 0;

    if (!certificate_id(store, r->fingerprint, &id)) {
        return COMMIT_FAILED;
    }
    if (id == 0) {
        sqlite_refused(store, "the certificate to revoke is not in the inventory");
        return COMMIT_FAILED;
    }
    struct query q = query_of(store, SLOT_REVOKE,
        "INSERT INTO revocations (certificate, at, reason) VALUES (?, ?, ?)"
        " ON CONFLICT (certificate) DO UPDATE SET at = excluded.at, reason = excluded.reason"
        " WHERE reason = " HOLD " AND excluded.reason <> " HOLD, NULL);
    query_put_integer(&q, id);
    query_put_integer(&q, r->at);
    query_put_integer(&q, r->reason);
    if (!query_run(&q, &changes)) {
        return COMMIT_FAILED;
    }
    return changes > 0 ? changed(store) : COMMIT_DONE;
}

enum commit_result revocations_lift(struct store *store, const uint8_t fingerprint[STORE_DIGEST])
{
    int changes = 0;
    int64_t id = 0;

    if (!certificate_id(store, fingerprint, &id)) {
        return COMMIT_FAILED;
    }
    struct query q = query_of(store, SLOT_UNREVOKE,
        "DELETE FROM revocations WHERE certificate = ? AND reason = " HOLD, NULL);
    query_put_integer(&q, id);
    if (!query_run(&q, &changes)) {
        return COMMIT_FAILED;
    }
    return changes > 0 ? changed(store) : COMMIT_DONE;
}

/* ---- for a CRL -------------------------------------------------------------------------------- */

/* From the revocations to the certificates: the few of the many.  The order is that of the numbers, which
 * for positive INTEGERs of the same length is that of their octets. */
bool store_each_revoked(struct store *store, struct span issuer, int64_t now,
                        void (*row)(void *, const struct certificate *), void *context)
{
    struct arena *arena = arena_new();
    struct query q = query_of(store, SLOT_EACH_REVOKED,
        "SELECT c.fingerprint, c.serial, c.not_before, c.not_after, r.at, r.reason"
        " FROM revocations r CROSS JOIN certificates c ON c.id = r.certificate"
        " WHERE c.issuer = (SELECT id FROM issuers WHERE name = ?) AND c.not_after >= ?"
        " ORDER BY length(c.serial), c.serial", arena);

    if (arena == NULL) {
        q.fault = "out of memory";
    }
    query_put_span(&q, issuer);
    query_put_integer(&q, now);
    while (query_row(&q)) {
        struct certificate c = { .issuer = issuer };
        query_fixed(&q, c.fingerprint, sizeof c.fingerprint);
        c.serial = query_span(&q);
        c.not_before = query_integer(&q);
        c.not_after = query_integer(&q);
        c.revoked_at = query_integer(&q);
        c.reason = (uint32_t)query_integer(&q);
        if (q.fault == NULL) {
            row(context, &c);
        }
        arena_reset(arena);
    }
    bool ok = query_end(&q);
    arena_free(arena);
    return ok;
}
