/* The schema, as the list of steps that lead to it: a database has made the first user_version of them.
 *
 * A migration that has been released is never changed; the next one is appended.
 *
 * Why it is laid out like this (figures: a million enrolments of an ir and a certConf in the store, that
 * is 3 million rows, 64 changes a commit, NVMe, SQLite 3.40; pages are those written to the WAL):
 *
 *  - What is appended has a rowid and lies in the order in which it came.  With (transactionID, number) as
 *    the key of the table itself, every step lands on a random page with its reply of 2 kB, and a page holds
 *    few: 10,400 rows/s and 7.3 pages an enrolment instead of 28,400 and 3.5 (at 200,000 enrolments).
 *  - (issuer, serial) grows at its right end, since our serial numbers begin with the time.
 *  - certificates_fingerprint is cold: 1.15 pages more an enrolment, 14,600 instead of 19,700 rows/s.
 *    It is looked up for each signed message and each certConf.  Its first 8 octets find the row as well as
 *    32 and keep twice as many entries in a page.
 *  - certificates_key costs the same again: 1.15 pages, 11,500 rows/s.  A certificate without `key` is not
 *    in it, so whoever never asks for duplicate keys need not pay.
 *  - `awaited` is what the timer must look at: it has a row while the last step of a transaction has a
 *    `due`.  An index on the steps would keep each due for ever, and every look at the clock would walk over
 *    all of history.  It holds open transactions only, so it is small and warm: 0.03 pages an enrolment.
 */
#include "gateway/store/sqlite.h"

enum { APPLICATION_ID = 0x434d5047 };   /* "CMPG"; file(1) shows it */

static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE steps ("
    "  id INTEGER PRIMARY KEY,"
    "  transactionID BLOB NOT NULL,"
    "  number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 64),"
    "  at INTEGER NOT NULL,"
    "  endpoint TEXT,"
    "  profile TEXT,"
    "  digest BLOB,"
    "  credential_kind INTEGER NOT NULL,"
    "  credential_name BLOB,"
    "  phase INTEGER NOT NULL,"
    "  ending INTEGER NOT NULL,"
    "  operation INTEGER NOT NULL,"
    "  body INTEGER NOT NULL,"
    "  pvno INTEGER NOT NULL,"
    "  certReqId INTEGER NOT NULL,"
    "  our_nonce BLOB,"
    "  first_nonce BLOB,"
    "  order_id BLOB,"
    "  certificate BLOB,"
    "  due INTEGER NOT NULL,"
    "  reply BLOB,"
    "  UNIQUE (transactionID, number)"
    ") STRICT;"
    "CREATE TABLE awaited ("
    "  due INTEGER NOT NULL,"
    "  transactionID BLOB NOT NULL,"
    "  PRIMARY KEY (due, transactionID)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE orders ("
    "  row INTEGER PRIMARY KEY,"
    "  id BLOB NOT NULL UNIQUE,"
    "  transactionID BLOB,"
    "  certReqId INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  backend TEXT,"
    "  profile TEXT,"
    "  peer TEXT,"
    "  created INTEGER NOT NULL,"
    "  due INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  submitted INTEGER NOT NULL,"
    "  waiting INTEGER NOT NULL,"
    "  implicit_confirm INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  message BLOB,"
    "  requester BLOB,"
    "  requester_certificate BLOB,"
    "  subject BLOB,"
    "  public_key BLOB,"
    "  extensions BLOB,"
    "  controls BLOB,"
    "  certificate BLOB,"
    "  not_before INTEGER NOT NULL,"
    "  not_after INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL,"
    "  token BLOB,"
    "  result BLOB,"
    "  fail_info INTEGER NOT NULL,"
    "  text TEXT"
    ") STRICT;"
    "CREATE INDEX orders_due ON orders (due) WHERE due <> 0 AND state = 0;"
    "CREATE TABLE issuers ("
    "  id INTEGER PRIMARY KEY,"
    "  name BLOB NOT NULL UNIQUE"
    ") STRICT;"
    "CREATE TABLE certificates ("
    "  id INTEGER PRIMARY KEY,"
    "  issuer INTEGER NOT NULL REFERENCES issuers,"
    "  serial BLOB NOT NULL,"
    "  fingerprint BLOB NOT NULL,"
    "  key BLOB,"
    "  subject BLOB NOT NULL,"
    "  profile TEXT,"
    "  transactionID BLOB,"
    "  not_before INTEGER NOT NULL,"
    "  not_after INTEGER NOT NULL,"
    "  added INTEGER NOT NULL,"
    "  der BLOB NOT NULL,"
    "  UNIQUE (issuer, serial)"
    ") STRICT;"
    "CREATE INDEX certificates_fingerprint ON certificates (substr(fingerprint, 1, 8));"
    "CREATE INDEX certificates_key ON certificates (substr(key, 1, 8)) WHERE key IS NOT NULL;"
    "CREATE TABLE revocations ("
    "  certificate INTEGER PRIMARY KEY REFERENCES certificates,"
    "  at INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE secrets ("
    "  reference BLOB PRIMARY KEY,"
    "  sealed BLOB NOT NULL,"
    "  profile TEXT,"
    "  subject BLOB,"
    "  uses INTEGER NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  not_after INTEGER NOT NULL,"
    "  disabled INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE crls ("
    "  id INTEGER PRIMARY KEY,"
    "  issuer INTEGER NOT NULL REFERENCES issuers,"
    "  number INTEGER NOT NULL,"
    "  this_update INTEGER NOT NULL,"
    "  next_update INTEGER NOT NULL,"
    "  revocations INTEGER NOT NULL,"
    "  der BLOB NOT NULL,"
    "  UNIQUE (issuer, number)"
    ") STRICT;"
    "CREATE TABLE counters ("
    "  name TEXT PRIMARY KEY,"
    "  value INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO counters VALUES ('revocations', 0);",
    /* 2: which certificate a kur is about.  Nothing but a kur is in the index. */
    "ALTER TABLE steps ADD COLUMN updates BLOB;"
    "CREATE INDEX steps_updates ON steps (updates) WHERE updates IS NOT NULL AND number = 1;",
    /* 3: polling references, of the few steps that have one; a NULL costs an octet */
    "ALTER TABLE steps ADD COLUMN reference INTEGER;"
    "CREATE UNIQUE INDEX steps_reference ON steps (reference) WHERE reference IS NOT NULL;",
    /* 4: what stays of transactions that were removed. */
    "ALTER TABLE steps ADD COLUMN message_time INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE tombstones ("
    "  transactionID BLOB PRIMARY KEY,"
    "  digest BLOB,"
    "  serial BLOB,"
    "  message_time INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX tombstones_time ON tombstones (message_time) WHERE message_time <> 0;",
    /* 5: orders that an operator must approve.  Nothing but those is in the index. */
    "ALTER TABLE orders ADD COLUMN approval INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE orders ADD COLUMN approval_reason TEXT;"
    "CREATE INDEX orders_approval ON orders (approval) WHERE approval <> 0;",
    /* 6: certificates of signers that are not in the inventory; a NULL costs an octet */
    "ALTER TABLE steps ADD COLUMN signer BLOB;",
};

enum { NEWEST = sizeof migrations / sizeof *migrations };

static bool look(struct store *s, int64_t *application, int64_t *version, int64_t *things)
{
    return sqlite_number(s, "PRAGMA application_id", application) &&
           sqlite_number(s, "PRAGMA user_version", version) &&
           sqlite_number(s, "SELECT count(*) FROM sqlite_schema", things);
}

bool schema_check(struct store *s)
{
    int64_t application = 0, version = 0, things = 0;

    /* One snapshot: another process may be making the schema right now. */
    bool ok = sqlite_do(s, "BEGIN") && look(s, &application, &version, &things);
    if (!ok) {
        return false;
    }
    sqlite_do(s, "END");
    if (application == 0 && version == 0 && things == 0) {
        return true;
    }
    if (application != APPLICATION_ID || version < 1) {
        return sqlite_refused(s, "is a database of another program (application_id %lld)", (long long)application);
    }
    if (version > NEWEST) {
        return sqlite_refused(s, "has schema %lld, made by a newer cmpgate; this one knows schemas up to %d",
                              (long long)version, (int)NEWEST);
    }
    return true;
}

static bool migrate_from(struct store *s, int64_t version)
{
    char sql[80];

    for (int64_t v = version; v < NEWEST; v++) {
        if (!sqlite_do(s, migrations[v])) {
            return false;
        }
    }
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, (int)NEWEST);
    return sqlite_do(s, sql) && sqlite_do(s, "COMMIT");
}

bool schema_migrate(struct store *s)
{
    int64_t version = 0;

    if (!sqlite_number(s, "PRAGMA user_version", &version)) {
        return false;
    }
    if (version == NEWEST) {
        return true;
    }
    /* Again under the lock: another process may have been faster. */
    if (!sqlite_do(s, "BEGIN IMMEDIATE") || !sqlite_number(s, "PRAGMA user_version", &version) ||
        !migrate_from(s, version)) {
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return false;
    }
    return true;
}
