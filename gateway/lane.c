#include "gateway/lane.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/thread.h"

struct lane {
    lane_work work;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct lane_item *first, **last;
    unsigned busy;                      /* threads that carry something out */
    bool stopped;
    unsigned threads;
    pthread_t thread[];
};

static struct lane_item *take(struct lane *l)
{
    struct lane_item *item = l->first;

    if (item != NULL) {
        l->first = item->next;
        l->last = l->first != NULL ? l->last : &l->first;
        l->busy++;
    }
    return item;
}

static void *run(void *context)
{
    struct lane *l = context;

    pthread_mutex_lock(&l->lock);
    for (;;) {
        struct lane_item *item = take(l);
        if (item != NULL) {
            pthread_mutex_unlock(&l->lock);
            l->work(l->context, item);
            pthread_mutex_lock(&l->lock);
            l->busy--;
        } else if (l->stopped) {
            break;
        } else {
            pthread_cond_wait(&l->filled, &l->lock);
        }
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

struct lane *lane_start(const char *name, unsigned threads, lane_work work, void *context)
{
    struct lane *l = calloc(1, sizeof *l + threads * sizeof l->thread[0]);

    if (l == NULL) {
        return NULL;
    }
    l->work = work;
    l->context = context;
    l->last = &l->first;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->filled, NULL);
    while (l->threads < threads && thread_start(&l->thread[l->threads], name, run, l)) {
        l->threads++;
    }
    if (l->threads == 0) {
        lane_stop(l);
        return NULL;
    }
    return l;
}

void lane_put(struct lane *l, struct lane_item *item)
{
    item->next = NULL;
    pthread_mutex_lock(&l->lock);
    *l->last = item;
    l->last = &item->next;
    pthread_cond_signal(&l->filled);
    pthread_mutex_unlock(&l->lock);
}

bool lane_idle(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    bool idle = l->first == NULL && l->busy == 0;
    pthread_mutex_unlock(&l->lock);
    return idle;
}

void lane_stop(struct lane *l)
{
    if (l == NULL) {
        return;
    }
    pthread_mutex_lock(&l->lock);
    l->stopped = true;
    pthread_cond_broadcast(&l->filled);
    pthread_mutex_unlock(&l->lock);
    for (unsigned i = 0; i < l->threads; i++) {
        pthread_join(l->thread[i], NULL);
    }
    pthread_cond_destroy(&l->filled);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
