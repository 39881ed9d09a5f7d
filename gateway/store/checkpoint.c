#include "gateway/store/checkpoint.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/store/sqlite.h"

/* Pages of 4 KiB.  EVERY: how many new ones are worth the two fsyncs of a checkpoint.  MOST: 64 MiB.
 *
 * The thread alone would never bring the WAL to an end under steady load: it begins again only when a commit
 * finds all of it in the database, and while the thread copies, more comes.  So once it is longer than MOST
 * the writer does the rest between two commits, when the thread has finished what it was at.  The rest is
 * short then: some ten milliseconds for every 64 MiB written. */
enum { EVERY = 1000, MOST = 16384 };

struct checkpoint {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool wanted, working, stopping;
    /* the writer's alone */
    int thread_noted, writer_noted;     /* pages when the thread was last woken; when the writer did it */
};

/* A failure (disk full, a reader in the way) costs nothing but time: the WAL keeps it all, and the next
 * try comes with the next EVERY pages. */
static void copy(struct store *s)
{
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void *checkpoint_main(void *context)
{
    struct checkpoint *c = context;

    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->wanted && !c->stopping) {
            pthread_cond_wait(&c->wake, &c->lock);
        }
        if (c->stopping) {
            break;
        }
        c->wanted = false;
        c->working = true;
        pthread_mutex_unlock(&c->lock);
        copy(c->store);
        pthread_mutex_lock(&c->lock);
        c->working = false;
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

struct checkpoint *checkpoint_start(const char *path, char *why, size_t why_size)
{
    struct checkpoint *c = calloc(1, sizeof *c);

    if (c == NULL) {
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    c->store = store_open(path, why, why_size);
    if (c->store == NULL) {
        goto fail;
    }
    int error = pthread_create(&c->thread, NULL, checkpoint_main, c);
    if (error != 0) {
        snprintf(why, why_size, "no thread for checkpoints: %s", strerror(error));
        goto fail;
    }
    return c;
fail:
    store_close(c->store);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
    return NULL;
}

static bool has_grown(int *noted, int pages)
{
    if (pages < *noted) {
        *noted = 0;                     /* the WAL has begun again */
    }
    if (pages - *noted < EVERY) {
        return false;
    }
    *noted = pages;
    return true;
}

static void wake(struct checkpoint *c)
{
    pthread_mutex_lock(&c->lock);
    c->wanted = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

/* Only the writer wakes the thread, so what is idle now stays so until the writer says otherwise. */
static bool is_idle(struct checkpoint *c)
{
    pthread_mutex_lock(&c->lock);
    bool idle = !c->wanted && !c->working;
    pthread_mutex_unlock(&c->lock);
    return idle;
}

void checkpoint_note(struct checkpoint *c, struct store *writer, int pages)
{
    if (pages <= MOST) {
        if (has_grown(&c->thread_noted, pages)) {
            wake(c);
        }
        return;
    }
    /* A reader with an old snapshot makes it fail: not again before there is more to do. */
    if (is_idle(c) && has_grown(&c->writer_noted, pages)) {
        copy(writer);
    }
}

void checkpoint_stop(struct checkpoint *c)
{
    if (c == NULL) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    store_close(c->store);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void checkpoint_finish(struct store *writer)
{
    enum { PATIENCE_MILLISECONDS = 500 };

    sqlite3_busy_timeout(writer->db, PATIENCE_MILLISECONDS);
    sqlite3_wal_checkpoint_v2(writer->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}
