#include "gateway/store/apply.h"

#include <time.h>

#include "gateway/store/tables.h"

struct change *change_new(void)
{
    struct arena *arena = arena_new();
    struct change *c = arena != NULL ? arena_zalloc(arena, sizeof *c) : NULL;

    if (c == NULL) {
        arena_free(arena);
        return NULL;
    }
    c->arena = arena;
    return c;
}

void change_free(struct change *c)
{
    if (c != NULL) {
        arena_free(c->arena);
    }
}

/* ---- the transaction --------------------------------------------------------------------------- */

bool apply_begin(struct store *s)
{
    return query_plain(s, SLOT_BEGIN, "BEGIN IMMEDIATE");
}

bool apply_commit(struct store *s)
{
    if (query_plain(s, SLOT_COMMIT, "COMMIT")) {
        return true;
    }
    apply_rollback(s);
    return false;
}

/* Some failures have rolled back already.  The reason for it all stays in store_why(). */
void apply_rollback(struct store *s)
{
    if (sqlite3_get_autocommit(s->db) == 0) {
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
}

/* ---- a change ---------------------------------------------------------------------------------- */

/* The step first: a lost race is the usual failure, and then nothing has been written yet.  The certificate
 * before its revocation: both may come at once. */
static enum commit_result apply_members(struct store *s, const struct change *c)
{
    enum commit_result result = COMMIT_DONE;

    if (c->step != NULL) {
        result = steps_insert(s, c->step);
    }
    if (result == COMMIT_DONE && c->uses_secret.ptr != NULL) {
        result = secrets_use(s, c->uses_secret, c->step != NULL ? c->step->at : (int64_t)time(NULL));
    }
    if (result == COMMIT_DONE && c->order != NULL) {
        result = orders_put(s, c->order);
    }
    if (result == COMMIT_DONE && c->decision != NULL) {
        result = orders_decide(s, c->decision);
    }
    if (result == COMMIT_DONE && c->certificate != NULL) {
        result = certificates_insert(s, c->certificate);
    }
    if (result == COMMIT_DONE && c->revocation != NULL) {
        result = revocations_insert(s, c->revocation);
    }
    if (result == COMMIT_DONE && c->unrevoke != NULL) {
        result = revocations_lift(s, c->unrevoke);
    }
    if (result == COMMIT_DONE && c->secret != NULL) {
        result = secrets_put(s, c->secret);
    }
    if (result == COMMIT_DONE && c->crl != NULL) {
        result = crls_insert(s, c->crl);
    }
    if (result == COMMIT_DONE && c->sweep != NULL) {
        result = sweep_apply(s, c->sweep);
    }
    return result;
}

/* What is wrong with the change and not with the disk. */
static bool own_fault(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:                     /* refused by us */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return true;
    default:
        return false;
    }
}

enum commit_result apply_change(struct store *s, const struct change *c, bool *spoilt)
{
    *spoilt = true;
    if (!query_plain(s, SLOT_SAVEPOINT, "SAVEPOINT one")) {
        return COMMIT_FAILED;
    }
    enum commit_result result = apply_members(s, c);
    if (result == COMMIT_FAILED && !own_fault(s->code)) {
        return COMMIT_FAILED;
    }
    bool undone = result == COMMIT_DONE || sqlite3_exec(s->db, "ROLLBACK TO one", NULL, NULL, NULL) == SQLITE_OK;
    if (!undone || !query_plain(s, SLOT_RELEASE, "RELEASE one")) {
        return COMMIT_FAILED;
    }
    *spoilt = false;
    return result;
}

enum commit_result store_apply(struct store *s, const struct change *c)
{
    bool spoilt = false;

    if (!apply_begin(s)) {
        return COMMIT_FAILED;
    }
    enum commit_result result = apply_change(s, c, &spoilt);
    if (spoilt || result != COMMIT_DONE) {
        apply_rollback(s);
        return result;
    }
    return apply_commit(s) ? COMMIT_DONE : COMMIT_FAILED;
}
