/* Opening and closing a database, and why that failed. */
#include "gateway/store/sqlite.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* How long a command may hold the write lock before a commit of ours fails. */
enum { BUSY_MILLISECONDS = 5000 };

/* ---- reasons ------------------------------------------------------------------------------- */

const char *store_why(const struct store *s)
{
    return s->why;
}

static const char *hint(int code)
{
    switch (code & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return ": the file and its directory must be writable, for FILE-wal and FILE-shm too";
    case SQLITE_BUSY:
        return ": another process holds the write lock";
    default:
        return "";
    }
}

bool sqlite_failed(struct store *s, int code)
{
    int error = 0;

    /* SQLite keeps the errno of an old failure, so only ask where the system was the cause. */
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_FULL) {
        error = sqlite3_system_errno(s->db);
    }
    s->code = code;
    snprintf(s->why, sizeof s->why, "%s: %s%s%s%s", s->path, sqlite3_errmsg(s->db), error != 0 ? ": " : "",
             error != 0 ? strerror(error) : "", hint(code));
    return false;
}

bool sqlite_refused(struct store *s, const char *format, ...)
{
    va_list args;
    int used = snprintf(s->why, sizeof s->why, "%s: ", s->path);

    s->code = SQLITE_OK;
    if (used > 0 && (size_t)used < sizeof s->why) {
        va_start(args, format);
        vsnprintf(s->why + used, sizeof s->why - (size_t)used, format, args);
        va_end(args);
    }
    return false;
}

/* ---- SQL that is used once ----------------------------------------------------------------- */

bool sqlite_do(struct store *s, const char *sql)
{
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK || sqlite_failed(s, code);
}

bool sqlite_number(struct store *s, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);

    *value = 0;
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        *value = sqlite3_column_int64(statement, 0);
    }
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || sqlite_failed(s, code);
    sqlite3_finalize(statement);
    return ok;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* "file:x" would be a URI and ":memory:" no file: a relative path gets a "./" to be taken as it is. */
static char *plain_path(const char *path)
{
    char *plain = NULL;

    if (asprintf(&plain, "%s%s", path[0] == '/' ? "" : "./", path) < 0) {
        return NULL;
    }
    return plain;
}

/* Makes the file with mode 0600, which SQLite then gives to -wal and -shm as well.  Not by umask(), which
 * is the whole process's, and not by open(): closing it would drop the locks that other connections of
 * this process hold on the file (POSIX locks belong to the process). */
static bool make_file(struct store *s)
{
    if (mknod(s->path, S_IFREG | S_IRUSR | S_IWUSR, 0) == 0 || errno == EEXIST) {
        return true;
    }
    return sqlite_refused(s, "cannot be made: %s", strerror(errno));
}

static bool connect_to(struct store *s)
{
    int code = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                               NULL);

    if (code != SQLITE_OK) {
        return sqlite_failed(s, code);
    }
    if (sqlite3_db_readonly(s->db, "main") == 1) {
        return sqlite_refused(s, "may be read, but not written");
    }
    sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return true;
}

/* Changing the mode needs the file alone, and SQLite does not wait for that by itself: two processes that
 * start on a new file meet here. */
static bool switch_to_wal(struct store *s)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    bool done = false;

    for (int tries = BUSY_MILLISECONDS / 20; tries > 0; tries--) {
        done = sqlite_do(s, "PRAGMA journal_mode = WAL");
        if (done || (s->code & 0xff) != SQLITE_BUSY) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    return done;
}

/* synchronous: a commit is on disk when it returns; NORMAL may lose the last ones with the power.
 * wal_autocheckpoint: no commit pays for a checkpoint (checkpoint.c does them; a command that is alone
 *   checkpoints when it closes).
 * secure_delete: FAST overwrites what is deleted where that costs no extra page.
 * temp_store: no file outside the store's directory. */
static bool configure(struct store *s)
{
    return switch_to_wal(s) &&
           sqlite_do(s, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0;"
                        "PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
                        "PRAGMA journal_size_limit = 67108864");
}

struct store *store_open(const char *path, char *why, size_t why_size)
{
    struct store *s = calloc(1, sizeof *s);

    if (s == NULL || (s->path = plain_path(path)) == NULL) {
        snprintf(why, why_size, "%s: out of memory", path);
        free(s);
        return NULL;
    }
    if (make_file(s) && connect_to(s) && schema_check(s) && configure(s) && schema_migrate(s)) {
        return s;
    }
    snprintf(why, why_size, "%s", s->why);
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        sqlite3_finalize(s->kept[i]);
    }
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}
