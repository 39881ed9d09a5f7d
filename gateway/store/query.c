#include "gateway/store/query.h"

static sqlite3_stmt *kept_statement(struct store *s, enum slot slot, const char *sql, int *code)
{
    *code = SQLITE_OK;
    if (s->kept[slot] == NULL) {
        *code = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->kept[slot], NULL);
    }
    return s->kept[slot];
}

struct query query_of(struct store *s, enum slot slot, const char *sql, struct arena *arena)
{
    struct query q = { .store = s, .arena = arena };

    q.statement = kept_statement(s, slot, sql, &q.code);
    return q;
}

static bool going(const struct query *q)
{
    return q->code == SQLITE_OK && q->fault == NULL;
}

/* ---- parameters ------------------------------------------------------------------------------ */

void query_put_integer(struct query *q, int64_t value)
{
    if (going(q)) {
        q->code = sqlite3_bind_int64(q->statement, ++q->parameter, value);
    }
}

void query_put_span(struct query *q, struct span span)
{
    if (!going(q)) {
        return;
    }
    /* An unbound parameter is NULL.  An empty value is not: the pointer must then be one, any one. */
    q->parameter++;
    if (span.ptr != NULL) {
        q->code = sqlite3_bind_blob64(q->statement, q->parameter, span.ptr, span.len, SQLITE_STATIC);
    }
}

void query_put_text(struct query *q, const char *text)
{
    if (!going(q)) {
        return;
    }
    q->parameter++;
    if (text != NULL) {
        q->code = sqlite3_bind_text(q->statement, q->parameter, text, -1, SQLITE_STATIC);
    }
}

void query_put_octets(struct query *q, const struct store_octets *o)
{
    query_put_span(q, (struct span){ o->len > 0 ? o->octets : NULL, o->len });
}

void query_put_fixed(struct query *q, const uint8_t *octets, size_t len)
{
    bool zero = true;

    for (size_t i = 0; i < len && zero; i++) {
        zero = octets[i] == 0;
    }
    query_put_span(q, (struct span){ zero ? NULL : octets, zero ? 0 : len });
}

/* ---- rows ------------------------------------------------------------------------------------ */

bool query_row(struct query *q)
{
    if (!going(q)) {
        return false;
    }
    int code = sqlite3_step(q->statement);
    q->column = 0;
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        q->code = code;
    }
    return code == SQLITE_ROW;
}

int64_t query_integer(struct query *q)
{
    return going(q) ? sqlite3_column_int64(q->statement, q->column++) : 0;
}

/* The octets where they lie in SQLite; valid until the next row. */
static struct span column_span(struct query *q)
{
    int column = q->column++;

    if (!going(q) || sqlite3_column_type(q->statement, column) == SQLITE_NULL) {
        return (struct span){ NULL, 0 };
    }
    const void *octets = sqlite3_column_blob(q->statement, column);
    int len = sqlite3_column_bytes(q->statement, column);
    if (octets == NULL && len > 0) {
        q->fault = "out of memory";
    }
    return (struct span){ octets != NULL ? octets : (const uint8_t *)"", (size_t)len };
}

struct span query_span(struct query *q)
{
    struct span s = column_span(q);

    if (s.ptr == NULL || !going(q)) {
        return (struct span){ NULL, 0 };
    }
    s = arena_copy(q->arena, s.ptr, s.len);
    if (s.ptr == NULL) {
        q->fault = "a row does not fit into the memory allowed for it";
    }
    return s;
}

const char *query_text(struct query *q)
{
    int column = q->column++;

    if (!going(q) || sqlite3_column_type(q->statement, column) == SQLITE_NULL) {
        return NULL;
    }
    const unsigned char *text = sqlite3_column_text(q->statement, column);
    struct span copy = { NULL, 0 };
    if (text != NULL) {
        copy = arena_copy(q->arena, text, (size_t)sqlite3_column_bytes(q->statement, column) + 1);
    }
    if (copy.ptr == NULL) {
        q->fault = "a row does not fit into the memory allowed for it";
    }
    return (const char *)copy.ptr;
}

void query_octets(struct query *q, struct store_octets *o)
{
    struct span s = column_span(q);

    o->len = 0;
    if (s.len > sizeof o->octets) {
        q->fault = "a row is damaged: an identifier is too long";
    } else if (s.len > 0) {
        o->len = (uint8_t)s.len;
        memcpy(o->octets, s.ptr, s.len);
    }
}

void query_fixed(struct query *q, uint8_t *octets, size_t len)
{
    struct span s = column_span(q);

    memset(octets, 0, len);
    if (s.ptr != NULL && s.len != len) {
        q->fault = "a row is damaged: a digest or identifier has the wrong length";
    } else if (s.ptr != NULL) {
        memcpy(octets, s.ptr, len);
    }
}

/* ---- the end --------------------------------------------------------------------------------- */

bool query_end(struct query *q)
{
    bool ok = true;

    if (q->fault != NULL) {
        ok = sqlite_refused(q->store, "%s", q->fault);
    } else if (q->code != SQLITE_OK) {
        ok = sqlite_failed(q->store, q->code);
    }
    if (q->statement != NULL) {
        sqlite3_reset(q->statement);
        sqlite3_clear_bindings(q->statement);
    }
    return ok;
}

bool query_run(struct query *q, int *changes)
{
    query_row(q);
    if (changes != NULL) {
        *changes = going(q) ? sqlite3_changes(q->store->db) : 0;
    }
    return query_end(q);
}

bool query_plain(struct store *s, enum slot slot, const char *sql)
{
    struct query q = query_of(s, slot, sql, NULL);

    return query_run(&q, NULL);
}
