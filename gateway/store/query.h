/* One use of a kept statement: put the parameters in order, take the columns in order, end it.
 *
 * It remembers the first thing that went wrong, so a caller puts and takes in a chain and asks query_end()
 * once.  What has gone wrong reads as zero and absent.
 *
 *     struct query q = query_of(s, SLOT_X, "SELECT a, b FROM x WHERE c = ?", arena);
 *     query_put_span(&q, c);
 *     if (query_row(&q)) { x->a = query_integer(&q); x->b = query_span(&q); }
 *     return query_end(&q);
 *
 * A statement that is not ended holds a snapshot, and the WAL cannot begin again while it does.
 */
#ifndef QUERY_H
#define QUERY_H
#include "gateway/store/sqlite.h"

struct query {
    struct store *store;
    sqlite3_stmt *statement;
    struct arena *arena;                /* of the columns taken; NULL: none are */
    int parameter, column;
    int code;                           /* SQLITE_OK, or what failed */
    const char *fault;                  /* of our own making; NULL: none */
};

struct query query_of(struct store *, enum slot, const char *sql, struct arena *);

/* What is put must live until query_end(). */
void query_put_integer(struct query *, int64_t);
void query_put_span(struct query *, struct span);                   /* absent: NULL */
void query_put_text(struct query *, const char *);                  /* NULL: NULL */
void query_put_octets(struct query *, const struct store_octets *); /* len 0: NULL */
void query_put_fixed(struct query *, const uint8_t *, size_t len);  /* all zero: NULL */

/* The next row; false at the end, and when something has gone wrong. */
bool query_row(struct query *);

int64_t query_integer(struct query *);
struct span query_span(struct query *);
const char *query_text(struct query *);
void query_octets(struct query *, struct store_octets *);
void query_fixed(struct query *, uint8_t *, size_t len);            /* NULL: all zero */

/* Gives the statement back.  False when anything went wrong: store_why() has the reason. */
bool query_end(struct query *);
/* Runs a statement without a result and ends it; *changes, when given, is how many rows it wrote. */
bool query_run(struct query *, int *changes);

/* BEGIN and its like: no parameter, no result. */
bool query_plain(struct store *, enum slot, const char *sql);

#endif
