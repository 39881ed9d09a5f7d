#include "client.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <curl/curl.h>
#include "http.h"
#include "transfer.h"

#define RESPONSE_TICKET (UINT64_C(1) << 63)
#define NAP 1000                /* milliseconds between two looks at the deadlines of those that wait */

struct client {
    struct http *http;
    struct curl_slist *fields;
    CURLM *multi;
    CURL **idle;                        /* handles without a transfer; all made in open */
    size_t idle_count, count;
    struct transfer *running;           /* on the thread only */
    pthread_t thread;
    pthread_mutex_t lock;               /* guards what follows */
    struct transfer *first, **last;     /* waiting for a handle */
    bool started, closing;
};

bool client_owns(uint64_t ticket)
{
    return (ticket & RESPONSE_TICKET) != 0;
}

uint64_t client_ticket(struct http *http)
{
    return RESPONSE_TICKET | http_ticket(http);
}

static bool open_handles(struct client *c)
{
    size_t want = (size_t)c->http->options->parallel;

    c->multi = curl_multi_init();
    c->idle = calloc(want, sizeof *c->idle);
    while (c->multi != NULL && c->idle != NULL && c->count < want
           && (c->idle[c->count] = curl_easy_init()) != NULL) {
        c->count++;
    }
    c->idle_count = c->count;
    return c->count == want
        && curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)want) == CURLM_OK;
}

/* libcurl would ask for "100 Continue" before large content and wait a second for it. */
static bool open_fields(struct client *c)
{
    struct curl_slist *type = curl_slist_append(NULL, "Content-Type: application/pkixcmp");

    c->fields = type;
    return type != NULL && curl_slist_append(type, "Expect:") != NULL
        && curl_slist_append(type, "Accept: application/pkixcmp, application/x-pkixcmp") != NULL;
}

struct client *client_open(struct http *http)
{
    const char *why = transfer_check_url(http->options->url);
    struct client *c;

    if (why != NULL) {
        http_log(http, CMPGATE_ERROR, 0, "url %s", why);
        return NULL;
    }
    if (!http_check_client_files(http, strncasecmp(http->options->url, "https:", 6) == 0)
        || (c = calloc(1, sizeof *c)) == NULL) {
        return NULL;
    }
    c->http = http;
    c->last = &c->first;
    pthread_mutex_init(&c->lock, NULL);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !open_handles(c) || !open_fields(c)) {
        http_log(http, CMPGATE_ERROR, 0, "libcurl does not start");
        client_close(c);
        return NULL;
    }
    return c;
}

static struct transfer *take_waiting(struct client *c)
{
    pthread_mutex_lock(&c->lock);
    struct transfer *t = c->first;
    if (t != NULL) {
        c->first = t->next;
        if (c->first == NULL) {
            c->last = &c->first;
        }
        t->next = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    return t;
}

static void start_one(struct client *c, struct transfer *t)
{
    CURL *easy = c->idle[c->idle_count - 1];

    if (!transfer_prepare(t, easy, c->fields) || curl_multi_add_handle(c->multi, easy) != CURLM_OK) {
        transfer_give_up(t, t->error);
        transfer_free(t);
        return;
    }
    t->error[0] = '\0';
    c->idle_count--;
    t->next = c->running;
    c->running = t;
}

static void start_waiting(struct client *c)
{
    struct transfer *t;

    while (c->idle_count > 0 && (t = take_waiting(c)) != NULL) {
        start_one(c, t);
    }
}

/* Those whose time is over while all handles are busy. */
static void drop_late(struct client *c)
{
    struct transfer *late = NULL;
    int64_t now = time(NULL);

    pthread_mutex_lock(&c->lock);
    for (struct transfer **at = &c->first; *at != NULL;) {
        struct transfer *t = *at;
        if (t->deadline > now) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        t->next = late;
        late = t;
    }
    for (c->last = &c->first; *c->last != NULL; c->last = &(*c->last)->next) {
    }
    pthread_mutex_unlock(&c->lock);
    while (late != NULL) {
        struct transfer *t = late;
        late = t->next;
        transfer_give_up(t, "the deadline has passed while others were on their way");
        transfer_free(t);
    }
}

static void release(struct client *c, struct transfer *t)
{
    struct transfer **at = &c->running;

    while (*at != t) {
        at = &(*at)->next;
    }
    *at = t->next;
    curl_multi_remove_handle(c->multi, t->easy);
    c->idle[c->idle_count++] = t->easy;
    transfer_free(t);
}

static void finish_done(struct client *c)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
        struct transfer *t = NULL;
        if (message->msg == CURLMSG_DONE
            && curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t) == CURLE_OK) {
            transfer_finish(t, message->data.result);
            release(c, t);
        }
    }
}

static bool is_closing(struct client *c)
{
    pthread_mutex_lock(&c->lock);
    bool closing = c->closing;
    pthread_mutex_unlock(&c->lock);
    return closing;
}

static void abandon_all(struct client *c)
{
    struct transfer *t;

    while (c->running != NULL) {
        transfer_give_up(c->running, "closing");
        release(c, c->running);
    }
    while ((t = take_waiting(c)) != NULL) {
        transfer_give_up(t, "closing");
        transfer_free(t);
    }
}

static void *run(void *context)
{
    struct client *c = context;
    int running;

    while (!is_closing(c)) {
        start_waiting(c);
        drop_late(c);
        curl_multi_perform(c->multi, &running);
        finish_done(c);
        start_waiting(c);
        curl_multi_poll(c->multi, NULL, 0, NAP, NULL);
    }
    abandon_all(c);
    return NULL;
}

/* Under the lock. */
static bool ensure_started(struct client *c)
{
    if (!c->started) {
        c->started = pthread_create(&c->thread, NULL, run, c) == 0;
    }
    return c->started;
}

void client_send(struct client *c, uint64_t ticket, struct cmpgate_bytes message, int64_t deadline)
{
    struct transfer *t = transfer_new(c->http, ticket, message, deadline);

    if (t == NULL) {
        c->http->gate->settled(c->http->endpoint, ticket, CMPGATE_AGAIN, "out of memory");
        return;
    }
    pthread_mutex_lock(&c->lock);
    bool started = ensure_started(c);
    if (started) {
        *c->last = t;
        c->last = &t->next;
    }
    pthread_mutex_unlock(&c->lock);
    if (!started) {
        transfer_give_up(t, "no thread could be started");
        transfer_free(t);
        return;
    }
    curl_multi_wakeup(c->multi);
}

void client_close(struct client *c)
{
    if (c == NULL) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->closing = true;
    bool started = c->started;
    pthread_mutex_unlock(&c->lock);
    if (started) {
        curl_multi_wakeup(c->multi);
        pthread_join(c->thread, NULL);
    }
    for (size_t i = 0; i < c->count; i++) {
        curl_easy_cleanup(c->idle[i]);
    }
    free(c->idle);
    curl_multi_cleanup(c->multi);
    curl_slist_free_all(c->fields);
    curl_global_cleanup();
    pthread_mutex_destroy(&c->lock);
    free(c);
}
