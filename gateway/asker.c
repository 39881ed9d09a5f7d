#include "gateway/asker.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "gateway/thread.h"

enum { OPEN_MOST = 512, OPEN_HOST = 256, UNDER_WAY_MOST = 32, UNDER_WAY_HOST = 8, LOOK = 100, REST = 10000 /* milliseconds */ };

struct asker {
    struct asker_calls calls;
    pthread_t thread;
    CURLM *multi;
    pthread_mutex_t lock;
    struct question *first, **last;     /* those that are open, in the order in which they came */
    bool running, stopping;
};

struct asker *asker_new(const struct asker_calls *calls)
{
    struct asker *a = calloc(1, sizeof *a);

    if (a == NULL) {
        return NULL;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(a);
        return NULL;
    }
    a->calls = *calls;
    a->last = &a->first;
    a->multi = curl_multi_init();
    pthread_mutex_init(&a->lock, NULL);
    if (a->multi == NULL) {
        asker_free(a);
        return NULL;
    }
    return a;
}

/* ---- the list, under the lock -------------------------------------------------------------------------------- */

static size_t count_of(const struct asker *a, const char *host, bool under_way)
{
    size_t n = 0;

    for (const struct question *q = a->first; q != NULL; q = q->next) {
        n += (q->under_way || !under_way) && (host == NULL || strcasecmp(q->terms.host, host) == 0);
    }
    return n;
}

static void append(struct asker *a, struct question *q)
{
    q->next = NULL;
    *a->last = q;
    a->last = &q->next;
}

static void take_out(struct asker *a, struct question *q)
{
    struct question **at = &a->first;

    while (*at != q) {
        at = &(*at)->next;
    }
    *at = q->next;
    a->last = *at != NULL ? a->last : at;
}

/* The next whose turn it is; NULL: none, or there is no room for it. */
static struct question *next_of(struct asker *a)
{
    struct question *q = count_of(a, NULL, true) < UNDER_WAY_MOST ? a->first : NULL;

    while (q != NULL && (q->under_way || count_of(a, q->terms.host, true) >= UNDER_WAY_HOST)) {
        q = q->next;
    }
    if (q != NULL) {
        q->under_way = true;
    }
    return q;
}

/* ---- the thread ----------------------------------------------------------------------------------------------- */

static void finish(struct asker *a, struct question *q, CURLcode code)
{
    question_finish(q, code, time(NULL));
    pthread_mutex_lock(&a->lock);
    take_out(a, q);
    pthread_mutex_unlock(&a->lock);
    a->calls.done(a->calls.context, q);
}

static void start_some(struct asker *a)
{
    struct question *q;

    do {
        pthread_mutex_lock(&a->lock);
        q = next_of(a);
        pthread_mutex_unlock(&a->lock);
        if (q != NULL && (!question_prepare(q) || curl_multi_add_handle(a->multi, q->easy) != CURLM_OK)) {
            finish(a, q, CURLE_OUT_OF_MEMORY);
        }
    } while (q != NULL);
}

static void finish_some(struct asker *a)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(a->multi, &left)) != NULL) {
        struct question *q = NULL;
        CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&q) == CURLE_OK && q != NULL) {
            curl_multi_remove_handle(a->multi, q->easy);
            finish(a, q, code);
        }
    }
}

static bool goes_on(struct asker *a, bool *idle)
{
    pthread_mutex_lock(&a->lock);
    bool stopping = a->stopping;
    *idle = a->first == NULL;
    pthread_mutex_unlock(&a->lock);
    return !stopping;
}

static void *run(void *context)
{
    struct asker *a = context;
    bool idle;
    int running;

    while (goes_on(a, &idle)) {
        start_some(a);
        curl_multi_perform(a->multi, &running);
        finish_some(a);
        a->calls.look(a->calls.context);
        curl_multi_poll(a->multi, NULL, 0, idle ? REST : LOOK, NULL);
    }
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

bool asker_put(struct asker *a, struct question *q)
{
    pthread_mutex_lock(&a->lock);
    bool room = count_of(a, NULL, false) < OPEN_MOST && count_of(a, q->terms.host, false) < OPEN_HOST;
    if (room && !a->running) {
        a->running = thread_start(&a->thread, "asker", run, a);
    }
    bool taken = room && a->running;
    if (taken) {
        append(a, q);
    }
    pthread_mutex_unlock(&a->lock);
    if (taken) {
        curl_multi_wakeup(a->multi);
    }
    return taken;
}

static void end_thread(struct asker *a)
{
    pthread_mutex_lock(&a->lock);
    bool running = a->running;
    a->stopping = true;
    pthread_mutex_unlock(&a->lock);
    if (running) {
        curl_multi_wakeup(a->multi);
        pthread_join(a->thread, NULL);
    }
}

void asker_free(struct asker *a)
{
    if (a == NULL) {
        return;
    }
    end_thread(a);
    for (struct question *q = a->first, *next; q != NULL; q = next) {
        next = q->next;
        if (q->easy != NULL) {
            curl_multi_remove_handle(a->multi, q->easy);
        }
        question_free(q);
    }
    curl_multi_cleanup(a->multi);
    pthread_mutex_destroy(&a->lock);
    curl_global_cleanup();
    free(a);
}
