#include "gateway/command/courier.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/option.h"

enum { TICKET = 1, GRACE = 2 /* seconds for a transport to notice its own deadline */ };

/* What the transport knows as struct cmpgate_endpoint. */
struct courier {
    pthread_mutex_t lock;               /* never held while calling the transport */
    pthread_cond_t changed;
    uint8_t *answer;                    /* malloc'ed */
    size_t answer_len;
    uint64_t delivered;                 /* the ticket that the answer came under */
    bool settled;
    char *why;                          /* COURIER_WHY octets */
};

static struct courier *courier_of(struct cmpgate_endpoint *handle)
{
    return (struct courier *)(void *)handle;
}

/* ---- the gate: any thread of the transport -------------------------------------------------------------- */

static enum cmpgate_taken courier_deliver(struct cmpgate_endpoint *handle, const struct cmpgate_delivery *d)
{
    struct courier *c = courier_of(handle);
    enum cmpgate_taken taken = CMPGATE_REFUSED;

    pthread_mutex_lock(&c->lock);
    bool wanted = c->answer == NULL && !c->settled && (d->answers == TICKET || d->answers == 0);
    uint8_t *copy = wanted ? malloc(d->message.len + 1) : NULL;
    if (copy != NULL) {
        memcpy(copy, d->message.ptr, d->message.len);
        c->answer = copy;
        c->answer_len = d->message.len;
        c->delivered = d->ticket;
        taken = CMPGATE_TAKEN;
        pthread_cond_signal(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    return taken;
}

static void courier_settled(struct cmpgate_endpoint *handle, uint64_t ticket, enum cmpgate_settled how,
                            const char *why)
{
    struct courier *c = courier_of(handle);

    (void)how;
    pthread_mutex_lock(&c->lock);
    if (ticket == TICKET) {
        c->settled = true;
        if (why != NULL) {
            snprintf(c->why, COURIER_WHY, "%s", why);
        }
        pthread_cond_signal(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
}

static int courier_listener(struct cmpgate_endpoint *handle, const char *address)
{
    (void)handle;
    (void)address;
    return -1;
}

static bool courier_claim(struct cmpgate_endpoint *handle, const char *name, unsigned seconds)
{
    (void)handle;
    (void)name;
    (void)seconds;
    return true;
}

static bool courier_document(struct cmpgate_endpoint *handle, const char *name,
                             void (*give)(void *, struct cmpgate_bytes, const char *), void *context)
{
    (void)handle;
    (void)name;
    (void)give;
    (void)context;
    return false;
}

/* A transport that does not open says why here, and one that takes long, or that has seen something odd, says that. */
__attribute__((format(printf, 4, 5)))
static void courier_log(struct cmpgate_endpoint *handle, enum cmpgate_severity severity, uint64_t ticket,
                        const char *format, ...)
{
    struct courier *c = courier_of(handle);
    char text[COURIER_WHY];
    va_list ap;

    (void)ticket;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (severity == CMPGATE_INFO || severity == CMPGATE_WARN) {
        fprintf(stderr, "%s\n", text);
    } else if (severity == CMPGATE_ERROR) {
        pthread_mutex_lock(&c->lock);
        memcpy(c->why, text, sizeof text);
        pthread_mutex_unlock(&c->lock);
    }
}

/* There is no section that could say so. */
static bool courier_tolerates(struct cmpgate_endpoint *handle, const char *quirk)
{
    (void)handle;
    (void)quirk;
    return false;
}

static const struct cmpgate_gate gate = {
    .size = sizeof gate,
    .deliver = courier_deliver,
    .settled = courier_settled,
    .listener = courier_listener,
    .claim = courier_claim,
    .document = courier_document,
    .log = courier_log,
    .tolerates = courier_tolerates,
};

/* ---- there and back ---------------------------------------------------------------------------------------- */

static bool set_option(const struct module *m, const char *name, const char *value, struct arena *arena, void *options,
                       char why[COURIER_WHY])
{
    const struct cmpgate_option *row = option_find(m->options, name);
    char reason[OPTION_WHY] = "";

    if (row == NULL) {
        snprintf(why, COURIER_WHY, "the transport %s has no option '%s'", m->name, name);
        return false;
    }
    if (!option_set(row, &value, 1, ".", arena, options, reason)) {
        snprintf(why, COURIER_WHY, "%s: %s", name, reason);
        return false;
    }
    return true;
}

static bool set_fallbacks(const struct module *m, struct arena *arena, void *options, char why[COURIER_WHY])
{
    char reason[OPTION_WHY] = "";

    for (const struct cmpgate_option *o = m->options; o->name != NULL; o++) {
        if (!option_set_fallback(o, NULL, arena, options, reason)) {
            snprintf(why, COURIER_WHY, "%s", reason);
            return false;
        }
    }
    return true;
}

static void *options_with(const struct module *m, const char *url, const struct courier_option *more, size_t count,
                          struct arena *arena, char why[COURIER_WHY])
{
    void *options = arena_zalloc(arena, m->options_size + 1);

    if (options == NULL) {
        snprintf(why, COURIER_WHY, "out of memory");
        return NULL;
    }
    bool ok = set_fallbacks(m, arena, options, why) && set_option(m, "url", url, arena, options, why);
    for (size_t i = 0; ok && i < count; i++) {
        ok = set_option(m, more[i].name, more[i].value, arena, options, why);
    }
    return ok ? options : NULL;
}

static void wait_settled(struct courier *c, int64_t deadline)
{
    struct timespec until = { .tv_sec = (time_t)deadline + GRACE };
    int result = 0;

    pthread_mutex_lock(&c->lock);
    while (!c->settled && c->answer == NULL && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    }
    if (!c->settled && c->answer == NULL) {
        snprintf(c->why, COURIER_WHY, "no answer in time");
    }
    pthread_mutex_unlock(&c->lock);
}

static void carry(struct courier *c, const struct cmpgate_transport *transport, const void *options,
                  struct span message, int64_t timeout)
{
    int64_t deadline = time(NULL) + timeout;
    void *self = transport->open(&gate, (struct cmpgate_endpoint *)(void *)c, options);

    if (self == NULL) {
        return;
    }
    transport->send(self, TICKET, (struct cmpgate_bytes){ message.ptr, message.len }, deadline);
    wait_settled(c, deadline);
    if (c->delivered != 0 && transport->reply != NULL) {
        transport->reply(self, c->delivered, &(struct cmpgate_reply){ .size = sizeof(struct cmpgate_reply),
                                                                      .kind = CMPGATE_NOTHING });
    }
    transport->close(self);
}

struct span courier_carry(const struct module *m, const char *url, const struct courier_option *more, size_t option_count,
                          struct span message, int64_t timeout, struct arena *arena, char why[COURIER_WHY])
{
    struct courier c = { .why = why };
    struct span answer = { NULL, 0 };
    void *options = options_with(m, url, more, option_count, arena, why);

    if (options == NULL) {
        return answer;
    }
    why[0] = '\0';
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.changed, NULL);
    carry(&c, m->transport, options, message, timeout);
    /* close() has ended the transport's threads: nobody else looks at c any more. */
    if (c.answer != NULL) {
        answer = arena_copy(arena, c.answer, c.answer_len);
    }
    if (answer.ptr == NULL && why[0] == '\0') {
        snprintf(why, COURIER_WHY, c.answer != NULL ? "out of memory" : "the transport gave no answer and no reason");
    }
    free(c.answer);
    pthread_cond_destroy(&c.changed);
    pthread_mutex_destroy(&c.lock);
    return answer;
}
