/* What is refused, sent through a whole gateway: the answer that comes out, and the store that stays what it was. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/core_help.h"

static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "core_refusal: %s\n", what);
        abort();
    }
}

/* ---- the store ------------------------------------------------------------------------------- */

static void write_rows(sqlite3 *db, const char *table, FILE *out)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    sqlite3_stmt *rows = NULL;

    must(sql != NULL && sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK, table);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            const void *octets = sqlite3_column_blob(rows, i);
            int len = sqlite3_column_bytes(rows, i);
            fprintf(out, "%s %d %d:", table, sqlite3_column_type(rows, i), len);
            fwrite(len > 0 ? octets : "", 1, (size_t)len, out);
        }
    }
    sqlite3_finalize(rows);
    sqlite3_free(sql);
}

/* Of every row of every table. */
static void store_digest(const struct fixture *f, uint8_t digest[STORE_DIGEST])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    must(out != NULL && sqlite3_open_v2(f->config.store, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, "no store");
    sqlite3_busy_timeout(db, 10000);
    must(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", -1, &tables, NULL) == SQLITE_OK,
         "no schema");
    while (sqlite3_step(tables) == SQLITE_ROW) {
        write_rows(db, (const char *)sqlite3_column_text(tables, 0), out);
    }
    sqlite3_finalize(tables);
    sqlite3_close(db);
    fclose(out);
    crypto_sha256((struct span){ (const uint8_t *)text, len }, digest);
    free(text);
}

/* ---- the gateway ----------------------------------------------------------------------------- */

/* A gateway for this one message; the fixture is then as before. */
static struct heard send_alone(struct fixture *f, struct span message)
{
    struct config config = f->config;
    struct config_backend backend = f->backends[0];
    struct core *c = core_start(f, &(struct core_setting){ .hold = 1 });
    struct heard heard = core_send(c, message);

    core_stop(c);
    f->config = config;
    f->backends[0] = backend;
    return heard;
}

static const char *heard_fault(struct fixture *f, const struct heard *heard, bool by_mac)
{
    struct asn1_error err;
    int64_t now = f->now;

    if (heard->kind != CMPGATE_ANSWER) {
        return "the gateway does not answer";
    }
    struct PKIMessage *m = PKIMessage_decode(heard->message, f->arena, &err);
    if (m == NULL || !asn1_time(m->header->messageTime, &f->now) || f->now < now || f->now > time(NULL)) {
        return "the gateway's answer has no messageTime of now";
    }
    /* How far a messageTime is off is said in seconds, and one may have passed. */
    const char *fault = refusal_fault_in(f, heard->message, by_mac, f->no.failure == FAIL_badTime);
    f->now = now;
    return fault;
}

/* A test may have a clock of its own, which no gateway has. */
static bool is_now(const struct fixture *f)
{
    enum { LATELY = 60 };
    int64_t now = time(NULL);

    return f->now <= now && now - f->now < LATELY;
}

const char *gateway_fault(struct draft *d, bool by_mac)
{
    struct fixture *f = d->f;
    uint8_t before[STORE_DIGEST], after[STORE_DIGEST];

    if (!is_now(f)) {
        return "";
    }
    store_digest(f, before);
    struct heard heard = send_alone(f, d->der);
    store_digest(f, after);
    return memcmp(before, after, STORE_DIGEST) == 0 ? heard_fault(f, &heard, by_mac) : "the store has changed";
}
