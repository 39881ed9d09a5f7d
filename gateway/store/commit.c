#include "gateway/store/commit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/store/apply.h"
#include "gateway/store/checkpoint.h"

/* Changes in one transaction.  More gain nothing (the fsync is shared by then) and would fail together. */
enum { GROUP = 256 };

struct commit {
    pthread_t thread;
    pthread_mutex_t lock;               /* first, end, idle, stopping */
    pthread_cond_t wake;
    struct change *first, **end;
    struct change *idle;                /* for when there is nothing else */
    bool stopping;
    /* the thread's alone */
    struct store *store;
    struct checkpoint *checkpoint;
    int pages;                          /* in the WAL after the last commit */
    const char *why;
};

/* ---- one group ----------------------------------------------------------------------------------- */

/* The next group of a list: its end is cut off, and what follows returned. */
static struct change *cut_group(struct change *first)
{
    struct change *last = first;

    for (int i = 1; i < GROUP && last->next != NULL; i++) {
        last = last->next;
    }
    struct change *rest = last->next;
    last->next = NULL;
    return rest;
}

static void note_result(struct commit *c, struct change *change, enum commit_result result)
{
    change->result = result;
    change->why = NULL;
    if (result == COMMIT_FAILED) {
        const char *why = store_why(c->store);
        change->why = (const char *)arena_copy(change->arena, why, strlen(why) + 1).ptr;
    }
}

static bool apply_all(struct commit *c, struct change *group)
{
    if (!apply_begin(c->store)) {
        return false;
    }
    for (struct change *change = group; change != NULL; change = change->next) {
        bool spoilt = false;
        note_result(c, change, apply_change(c->store, change, &spoilt));
        if (spoilt) {
            apply_rollback(c->store);
            return false;
        }
    }
    return apply_commit(c->store);
}

static void tell_all(struct commit *c, struct change *group)
{
    for (struct change *change = group, *next; change != NULL; change = next) {
        next = change->next;
        c->why = change->why != NULL ? change->why : "out of memory";
        if (change->done != NULL) {
            change->done(change->context, change->result);
        }
        change_free(change);
    }
}

static void commit_group(struct commit *c, struct change *group)
{
    c->pages = 0;
    if (!apply_all(c, group)) {
        for (struct change *change = group; change != NULL; change = change->next) {
            note_result(c, change, COMMIT_FAILED);
        }
    }
    tell_all(c, group);
    if (c->pages > 0) {
        checkpoint_note(c->checkpoint, c->store, c->pages);
    }
}

/* ---- the thread ------------------------------------------------------------------------------------ */

/* Everything that is there, in order; NULL when there will be no more. */
static struct change *take_all(struct commit *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->first == NULL && c->idle == NULL && !c->stopping) {
        pthread_cond_wait(&c->wake, &c->lock);
    }
    struct change *list = c->first != NULL ? c->first : c->idle;
    c->idle = c->first != NULL ? c->idle : NULL;
    c->first = NULL;
    c->end = &c->first;
    pthread_mutex_unlock(&c->lock);
    return list;
}

static void *commit_main(void *context)
{
    struct commit *c = context;

    for (struct change *list; (list = take_all(c)) != NULL; ) {
        while (list != NULL) {
            struct change *group = list;
            list = cut_group(group);
            commit_group(c, group);
        }
    }
    return NULL;
}

void commit_put(struct commit *c, struct change *change, commit_done done, void *context)
{
    change->done = done;
    change->context = context;
    change->next = NULL;
    pthread_mutex_lock(&c->lock);
    *c->end = change;
    c->end = &change->next;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void commit_put_idle(struct commit *c, struct change *change, commit_done done, void *context)
{
    change->done = done;
    change->context = context;
    pthread_mutex_lock(&c->lock);
    change->next = c->idle;
    c->idle = change;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

const char *commit_why(const struct commit *c)
{
    return c->why;
}

/* ---- life ------------------------------------------------------------------------------------------ */

static int note_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    ((struct commit *)context)->pages = pages;
    return SQLITE_OK;
}

/* The inner pages of all indexes, and the leaves that are written at their right ends: the writer looks
 * into each for each row.  Readers do with SQLite's 2 MiB. */
#define WRITER_CACHE "PRAGMA cache_size = -16384"

static bool open_stores(struct commit *c, const char *path, char *why, size_t why_size)
{
    c->store = store_open(path, why, why_size);
    if (c->store == NULL) {
        return false;
    }
    if (!sqlite_do(c->store, WRITER_CACHE)) {
        snprintf(why, why_size, "%s", store_why(c->store));
        return false;
    }
    sqlite3_wal_hook(c->store->db, note_pages, c);
    c->checkpoint = checkpoint_start(path, why, why_size);
    return c->checkpoint != NULL;
}

static void commit_free(struct commit *c)
{
    checkpoint_stop(c->checkpoint);
    store_close(c->store);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct commit *commit_start(const char *path, char *why, size_t why_size)
{
    struct commit *c = calloc(1, sizeof *c);

    if (c == NULL) {
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    c->end = &c->first;
    if (!open_stores(c, path, why, why_size)) {
        goto fail;
    }
    int error = pthread_create(&c->thread, NULL, commit_main, c);
    if (error != 0) {
        snprintf(why, why_size, "no thread to write the store: %s", strerror(error));
        goto fail;
    }
    return c;
fail:
    commit_free(c);
    return NULL;
}

void commit_stop(struct commit *c)
{
    if (c == NULL) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    checkpoint_stop(c->checkpoint);
    c->checkpoint = NULL;
    checkpoint_finish(c->store);
    commit_free(c);
}
