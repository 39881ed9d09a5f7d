/* One SQLite connection, as the files of this directory share it.
 *
 * A connection is used by one thread at a time.  Its statements are prepared at their first use and
 * kept; each has a slot, and the SQL stands beside the code that binds it and reads it.
 */
#ifndef SQLITE_H
#define SQLITE_H
#include <sqlite3.h>

#include "gateway/store/store.h"

enum slot {
    SLOT_BEGIN, SLOT_COMMIT, SLOT_SAVEPOINT, SLOT_RELEASE,
    SLOT_STEPS, SLOT_REFERENCE, SLOT_STEP_INSERT, SLOT_STEP_BEFORE, SLOT_AWAIT, SLOT_AWAIT_OVER, SLOT_UPDATE_OPEN,
    SLOT_ORDER, SLOT_ORDER_PUT, SLOT_ORDER_DECIDE, SLOT_EACH_PENDING, SLOT_ORDERS_LIKE,
    SLOT_CERTIFICATE, SLOT_CERTIFICATE_BY_SERIAL, SLOT_CERTIFICATE_BY_KEY, SLOT_CERTIFICATE_INSERT,
    SLOT_CERTIFICATE_SAME, SLOT_ISSUER_INSERT,
    SLOT_CERTIFICATE_ID, SLOT_REVOKE, SLOT_UNREVOKE, SLOT_GENERATION,
    SLOT_GENERATION_NEXT, SLOT_EACH_REVOKED,
    SLOT_SECRET, SLOT_SECRET_PUT, SLOT_SECRET_USES, SLOT_SECRET_TAKE, SLOT_EACH_SECRET,
    SLOT_CRL, SLOT_CRL_INSERT,
    SLOT_DUE,
    SLOT_SWEEP_LOOK, SLOT_SWEEP_TOMBSTONES, SLOT_TOMBSTONE, SLOT_BURY, SLOT_UNBURY, SLOT_SWEEP_ORDERS, SLOT_SWEEP_STEPS,
    SLOT_NEWEST_STEP, SLOT_LISTING, SLOT_ISSUED,
    SLOT_COUNT
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *kept[SLOT_COUNT];
    int code;                           /* extended result code of the last failure; SQLITE_OK: it was ours */
    char why[512];
};

/* Notes why the last call failed, from SQLite and errno, for store_why().  Returns false. */
bool sqlite_failed(struct store *, int code);
/* The same for a reason of our own. */
bool sqlite_refused(struct store *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* SQL without a result, not kept. */
bool sqlite_do(struct store *, const char *sql);
/* The first column of the first row; 0 without one. */
bool sqlite_number(struct store *, const char *sql, int64_t *value);

/* The file is ours, and its schema one that we know how to use. */
bool schema_check(struct store *);
/* Makes the schema, or brings an older one up to date. */
bool schema_migrate(struct store *);

#endif
