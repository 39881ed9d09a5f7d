/* The inventory of certificates. */
#include "gateway/store/tables.h"

/* The phase of its transaction's last step comes with it: whether it is confirmed is nowhere else. */
#define SELECT                                                                                          \
    "SELECT c.fingerprint, c.der, i.name, c.serial, c.subject, c.key, c.profile, c.transactionID,"       \
    " c.not_before, c.not_after, c.added, r.at, r.reason, s.phase, s.ending"                             \
    " FROM certificates c JOIN issuers i ON i.id = c.issuer"                                             \
    " LEFT JOIN revocations r ON r.certificate = c.id"                                                   \
    " LEFT JOIN steps s ON s.id = (SELECT id FROM steps l WHERE l.transactionID = c.transactionID"       \
    " ORDER BY l.number DESC LIMIT 1)"

static void take(struct query *q, struct certificate *c)
{
    query_fixed(q, c->fingerprint, sizeof c->fingerprint);
    c->der = query_span(q);
    c->issuer = query_span(q);
    c->serial = query_span(q);
    c->subject = query_span(q);
    query_fixed(q, c->key, sizeof c->key);
    c->profile = query_text(q);
    query_octets(q, &c->transactionID);
    c->not_before = query_integer(q);
    c->not_after = query_integer(q);
    c->added = query_integer(q);
    c->revoked_at = query_integer(q);
    c->reason = (uint32_t)query_integer(q);
    c->phase = (enum phase)query_integer(q);
    c->ending = (enum ending)query_integer(q);
}

static bool find(struct query *q, struct certificate **found)
{
    struct certificate *c = arena_zalloc(q->arena, sizeof *c);

    *found = NULL;
    if (c == NULL) {
        q->fault = "out of memory";
    }
    if (query_row(q)) {
        take(q, c);
        *found = c;
    }
    return query_end(q);
}

bool store_certificate(struct store *store, const uint8_t fingerprint[STORE_DIGEST], struct arena *arena,
                       struct certificate **found)
{
    struct query q = query_of(store, SLOT_CERTIFICATE,
        SELECT " WHERE substr(c.fingerprint, 1, 8) = substr(?1, 1, 8) AND c.fingerprint = ?1", arena);

    query_put_span(&q, (struct span){ fingerprint, STORE_DIGEST });
    return find(&q, found);
}

bool store_certificate_by_serial(struct store *store, struct span issuer, struct span serial, struct arena *arena,
                                 struct certificate **found)
{
    struct query q = query_of(store, SLOT_CERTIFICATE_BY_SERIAL,
        SELECT " WHERE c.issuer = (SELECT id FROM issuers WHERE name = ?) AND c.serial = ?", arena);

    query_put_span(&q, issuer);
    query_put_span(&q, serial);
    return find(&q, found);
}

bool store_certificate_by_key(struct store *store, const uint8_t key[STORE_DIGEST], struct arena *arena,
                              struct certificate **newest)
{
    struct query q = query_of(store, SLOT_CERTIFICATE_BY_KEY,
        SELECT " WHERE c.key IS NOT NULL AND substr(c.key, 1, 8) = substr(?1, 1, 8) AND c.key = ?1"
        " ORDER BY c.id DESC LIMIT 1", arena);

    query_put_span(&q, (struct span){ key, STORE_DIGEST });
    return find(&q, newest);
}

/* ---- a new certificate ------------------------------------------------------------------------ */

bool issuers_add(struct store *store, struct span name)
{
    struct query q = query_of(store, SLOT_ISSUER_INSERT,
        "INSERT INTO issuers (name) VALUES (?) ON CONFLICT (name) DO NOTHING", NULL);

    query_put_span(&q, name);
    return query_run(&q, NULL);
}

/* A backend may give the same certificate again for the same order; another one under its serial number is
 * a CA that breaks RFC 5280 4.1.2.2, and nothing could tell the two apart when one is revoked. */
static enum commit_result same_again(struct store *store, const struct certificate *c)
{
    struct query q = query_of(store, SLOT_CERTIFICATE_SAME,
        "SELECT fingerprint = ? FROM certificates WHERE issuer = (SELECT id FROM issuers WHERE name = ?)"
        " AND serial = ?", NULL);

    query_put_span(&q, (struct span){ c->fingerprint, sizeof c->fingerprint });
    query_put_span(&q, c->issuer);
    query_put_span(&q, c->serial);
    bool same = query_row(&q) && query_integer(&q) != 0;
    if (!query_end(&q)) {
        return COMMIT_FAILED;
    }
    if (!same) {
        sqlite_refused(store, "another certificate of this issuer has the same serial number");
    }
    return same ? COMMIT_DONE : COMMIT_FAILED;
}

enum commit_result certificates_insert(struct store *store, const struct certificate *c)
{
    int inserted = 0;

    if (!issuers_add(store, c->issuer)) {
        return COMMIT_FAILED;
    }
    struct query q = query_of(store, SLOT_CERTIFICATE_INSERT,
        "INSERT INTO certificates (fingerprint, der, issuer, serial, subject, key, profile, transactionID,"
        " not_before, not_after, added)"
        " VALUES (?, ?, (SELECT id FROM issuers WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (issuer, serial) DO NOTHING", NULL);
    query_put_span(&q, (struct span){ c->fingerprint, sizeof c->fingerprint });
    query_put_span(&q, c->der);
    query_put_span(&q, c->issuer);
    query_put_span(&q, c->serial);
    query_put_span(&q, c->subject);
    query_put_fixed(&q, c->key, sizeof c->key);
    query_put_text(&q, c->profile);
    query_put_octets(&q, &c->transactionID);
    query_put_integer(&q, c->not_before);
    query_put_integer(&q, c->not_after);
    query_put_integer(&q, c->added);
    if (!query_run(&q, &inserted)) {
        return COMMIT_FAILED;
    }
    return inserted > 0 ? COMMIT_DONE : same_again(store, c);
}
