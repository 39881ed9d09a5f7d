#include "http_fixture.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

double now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void nap(unsigned milliseconds)
{
    poll(NULL, 0, (int)milliseconds);
}

/* ---- the host table ---------------------------------------------------------- */

static void open_ticket(struct cmpgate_endpoint *e, uint64_t ticket)
{
    for (size_t i = 0; i < sizeof e->open_tickets / sizeof *e->open_tickets; i++) {
        if (e->open_tickets[i] == 0) {
            e->open_tickets[i] = ticket;
            return;
        }
    }
}

static bool close_ticket(struct cmpgate_endpoint *e, uint64_t ticket)
{
    for (size_t i = 0; i < sizeof e->open_tickets / sizeof *e->open_tickets; i++) {
        if (e->open_tickets[i] == ticket) {
            e->open_tickets[i] = 0;
            return true;
        }
    }
    return false;
}

static void copy_text(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from != NULL ? from : "");
}

static void remember(struct cmpgate_endpoint *e, const struct cmpgate_delivery *d)
{
    free(e->message);
    e->message = malloc(d->message.len + 1);
    if (d->message.len > 0) {
        memcpy(e->message, d->message.ptr, d->message.len);
    }
    e->message[d->message.len] = '\0';
    e->message_len = d->message.len;
    e->ticket = d->ticket;
    e->answers = d->answers;
    e->reference = d->reference;
    e->polls = d->polls;
    e->arrived = d->arrived;
    e->certificate_len = d->peer.tls_certificate.len;
    if (e->certificate_len > 0 && e->certificate_len <= sizeof e->certificate) {
        memcpy(e->certificate, d->peer.tls_certificate.ptr, e->certificate_len);
    }
    copy_text(e->peer, sizeof e->peer, d->peer.text);
    copy_text(e->profile, sizeof e->profile, d->profile);
    copy_text(e->operation, sizeof e->operation, d->operation);
}

static enum cmpgate_taken gate_deliver(struct cmpgate_endpoint *e, const struct cmpgate_delivery *d)
{
    int mode = atomic_load(&e->mode);

    pthread_mutex_lock(&e->lock);
    remember(e, d);
    bool taken = mode != GATE_FULL && mode != GATE_REFUSED;
    if (taken && d->answers == 0) {
        open_ticket(e, d->ticket);
        if (mode != GATE_INLINE) {
            e->held[e->held_count++] = d->ticket;
        }
    }
    e->delivered++;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (mode == GATE_INLINE) {
        struct cmpgate_reply reply = { .size = sizeof reply, .kind = CMPGATE_ANSWER, .message = d->message };
        e->module->reply(e->self, d->ticket, &reply);
    }
    return mode == GATE_FULL ? CMPGATE_FULL : mode == GATE_REFUSED ? CMPGATE_REFUSED : CMPGATE_TAKEN;
}

static void gate_settled(struct cmpgate_endpoint *e, uint64_t ticket, enum cmpgate_settled how,
                         const char *why)
{
    pthread_mutex_lock(&e->lock);
    e->last = (struct settlement){ .ticket = ticket, .how = how };
    copy_text(e->last.why, sizeof e->last.why, why);
    e->settled_twice += !close_ticket(e, ticket);
    e->settled++;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
}

static int gate_listener(struct cmpgate_endpoint *e, const char *address)
{
    (void)address;
    return e->listener;
}

static bool gate_document(struct cmpgate_endpoint *e, const char *name,
                          void (*give)(void *, struct cmpgate_bytes, const char *), void *context)
{
    static const uint8_t crl[] = "0\x03 a CRL";

    (void)e;
    if (strcmp(name, "crl") != 0) {
        return false;
    }
    give(context, (struct cmpgate_bytes){ crl, sizeof crl - 1 }, "application/pkix-crl");
    return true;
}

static void gate_log(struct cmpgate_endpoint *e, enum cmpgate_severity severity, uint64_t ticket,
                     const char *format, ...)
{
    char line[512];
    va_list arguments;

    (void)severity;
    (void)ticket;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&e->lock);
    size_t used = strlen(e->log), len = strlen(line);
    if (used + len + 2 < sizeof e->log) {
        snprintf(e->log + used, sizeof e->log - used, "%s\n", line);
    }
    pthread_mutex_unlock(&e->lock);
}

static bool gate_tolerates(struct cmpgate_endpoint *e, const char *quirk)
{
    return e->tolerated != NULL && strcmp(e->tolerated, quirk) == 0;
}

static const struct cmpgate_gate gate = {
    .size = sizeof gate,
    .deliver = gate_deliver,
    .settled = gate_settled,
    .listener = gate_listener,
    .document = gate_document,
    .log = gate_log,
    .tolerates = gate_tolerates,
};

/* ---- running the module ------------------------------------------------------ */

static const struct cmpgate_transport *load(void)
{
    static void *module;

    if (module == NULL) {
        module = dlopen(FIXTURE_MODULE, RTLD_NOW | RTLD_LOCAL);
    }
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return dlsym(module, "cmpgate_transport");
}

static int64_t number(const char *text)
{
    char *unit;
    int64_t n = strtoll(text, &unit, 10);

    return *unit == 'k' ? n << 10 : *unit == 'm' ? n << 20 : n;
}

static void set_defaults(const struct cmpgate_transport *module, fixture_options *options)
{
    static const char *const none[] = { NULL };

    *options = (fixture_options){ 0 };
    for (const struct cmpgate_option *o = module->options; o->name != NULL; o++) {
        void *member = (char *)options + o->offset;
        if (o->type == CMPGATE_LIST) {
            *(const char *const **)member = none;
        } else if (o->type == CMPGATE_STRING || o->type == CMPGATE_ADDRESS) {
            *(const char **)member = o->fallback;
        } else if (o->fallback != NULL) {
            *(int64_t *)member = number(o->fallback);
        }
    }
}

static void listen_somewhere(struct cmpgate_endpoint *e)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof here;

    e->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(e->listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(e->listener, 128) != 0
        || getsockname(e->listener, (struct sockaddr *)&here, &len) != 0) {
        perror("listen");
        exit(1);
    }
    e->port = ntohs(here.sin_port);
}

void fixture_init(struct cmpgate_endpoint *e, enum gate_mode mode)
{
    memset(e, 0, sizeof *e);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->changed, NULL);
    atomic_init(&e->mode, mode);
    atomic_init(&e->finished, false);
    e->module = load();
    set_defaults(e->module, &e->options);
    e->options.listen = "127.0.0.1:0";
    listen_somewhere(e);
}

static void *serve(void *context)
{
    struct cmpgate_endpoint *e = context;

    e->module->serve(e->self);
    atomic_store(&e->finished, true);
    return NULL;
}

static uint64_t take_held(struct cmpgate_endpoint *e)
{
    uint64_t ticket = 0;

    if (e->held_count > 0) {
        ticket = e->held[0];
        memmove(e->held, e->held + 1, --e->held_count * sizeof *e->held);
    }
    return ticket;
}

/* The gateway's worker: replies on a thread that is none of the module's. */
static void *work(void *context)
{
    struct cmpgate_endpoint *e = context;

    pthread_mutex_lock(&e->lock);
    while (e->working) {
        uint64_t ticket = atomic_load(&e->mode) == GATE_ECHO ? take_held(e) : 0;
        void *self = e->self;
        if (ticket == 0) {
            pthread_cond_wait(&e->changed, &e->lock);
            continue;
        }
        size_t len = e->message_len;
        uint8_t *copy = malloc(len + 1);
        memcpy(copy, e->message, len);
        pthread_mutex_unlock(&e->lock);
        struct cmpgate_reply reply = { .size = sizeof reply, .kind = CMPGATE_ANSWER, .message = { copy, len } };
        e->module->reply(self, ticket, &reply);
        free(copy);
        pthread_mutex_lock(&e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

bool fixture_open_only(struct cmpgate_endpoint *e)
{
    void *self = e->module->open(&gate, e, &e->options);

    pthread_mutex_lock(&e->lock);
    e->self = self;
    pthread_mutex_unlock(&e->lock);
    return self != NULL;
}

bool fixture_open(struct cmpgate_endpoint *e)
{
    if (!fixture_open_only(e)) {
        return false;
    }
    if (e->options.listen != NULL) {
        e->serving = pthread_create(&e->server, NULL, serve, e) == 0;
        if (!e->working) {
            e->working = true;
            pthread_create(&e->worker, NULL, work, e);
        }
    }
    return true;
}

void fixture_stop(struct cmpgate_endpoint *e)
{
    if (e->self != NULL) {
        e->module->stop(e->self);
    }
    if (e->serving) {
        pthread_join(e->server, NULL);
        e->serving = false;
    }
}

void fixture_stop_worker(struct cmpgate_endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    bool working = e->working;
    e->working = false;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    if (working) {
        pthread_join(e->worker, NULL);
    }
}

void fixture_close(struct cmpgate_endpoint *e)
{
    fixture_stop(e);
    fixture_stop_worker(e);
    if (e->self != NULL) {
        e->module->close(e->self);
    }
    close(e->listener);
    free(e->message);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->lock);
}

static bool wait_for(struct cmpgate_endpoint *e, const unsigned *counter, unsigned count)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    pthread_mutex_lock(&e->lock);
    while (*counter < count && pthread_cond_timedwait(&e->changed, &e->lock, &until) == 0) {
    }
    bool reached = *counter >= count;
    pthread_mutex_unlock(&e->lock);
    return reached;
}

bool fixture_wait_delivered(struct cmpgate_endpoint *e, unsigned count)
{
    return wait_for(e, &e->delivered, count);
}

bool fixture_wait_settled(struct cmpgate_endpoint *e, unsigned count)
{
    return wait_for(e, &e->settled, count);
}

uint64_t fixture_take_held(struct cmpgate_endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    uint64_t ticket = take_held(e);
    pthread_mutex_unlock(&e->lock);
    return ticket;
}

void fixture_reply(struct cmpgate_endpoint *e, uint64_t ticket, enum cmpgate_reply_kind kind,
                   const char *text, uint32_t check_after)
{
    struct cmpgate_reply reply = { .size = sizeof reply, .kind = kind, .check_after = check_after,
                                   .reference = e->come_back };

    if (kind == CMPGATE_ANSWER) {
        reply.message = (struct cmpgate_bytes){ (const uint8_t *)text, strlen(text) };
    } else {
        reply.reason = text;
    }
    e->module->reply(e->self, ticket, &reply);
}

void fixture_send(struct cmpgate_endpoint *e, uint64_t ticket, const void *message, size_t len,
                  int64_t deadline)
{
    pthread_mutex_lock(&e->lock);
    open_ticket(e, ticket);
    pthread_mutex_unlock(&e->lock);
    e->module->send(e->self, ticket, (struct cmpgate_bytes){ message, len }, deadline);
}

struct settlement fixture_last(struct cmpgate_endpoint *e)
{
    pthread_mutex_lock(&e->lock);
    struct settlement last = e->last;
    pthread_mutex_unlock(&e->lock);
    return last;
}

bool fixture_logged(struct cmpgate_endpoint *e, const char *part)
{
    pthread_mutex_lock(&e->lock);
    bool found = strstr(e->log, part) != NULL;
    pthread_mutex_unlock(&e->lock);
    return found;
}

/* ---- a client that writes octets --------------------------------------------- */

int dial(const struct cmpgate_endpoint *e)
{
    return dial_from(e, INADDR_ANY);
}

int dial_from(const struct cmpgate_endpoint *e, uint32_t address)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons((uint16_t)e->port) };
    struct timeval limit = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) != 0
        || connect(fd, (struct sockaddr *)&there, sizeof there) != 0) {
        perror("connect");
    }
    return fd;
}

bool write_all(int fd, const void *data, size_t len)
{
    const char *from = data;

    while (len > 0) {
        ssize_t n = send(fd, from, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        from += n;
        len -= (size_t)n;
    }
    return true;
}

bool write_text(int fd, const char *format, ...)
{
    char text[4096];
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return write_all(fd, text, (size_t)n);
}

static const char *field(const char *header, const char *name)
{
    const char *found = strcasestr(header, name);

    return found != NULL ? found + strlen(name) : NULL;
}

void read_response(int fd, struct response *r)
{
    size_t n = 0;

    memset(r, 0, sizeof *r);
    while (n + 1 < sizeof r->header && (n < 4 || memcmp(r->header + n - 4, "\r\n\r\n", 4) != 0)) {
        if (recv(fd, r->header + n, 1, 0) != 1) {
            return;
        }
        n++;
    }
    r->status = atoi(r->header + 9);
    const char *length = field(r->header, "content-length: ");
    size_t want = length != NULL ? strtoul(length, NULL, 10) : 0;
    while (r->length < want && r->length + 1 < sizeof r->body) {
        ssize_t got = recv(fd, r->body + r->length, want - r->length, 0);
        if (got <= 0) {
            r->status = 0;
            return;
        }
        r->length += (size_t)got;
    }
}

bool closed_by_peer(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char c;

    return poll(&p, 1, 5000) > 0 && recv(fd, &c, 1, MSG_DONTWAIT) <= 0;
}

bool write_post_header(int fd, const char *path, const char *type, size_t length)
{
    return write_text(fd, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                      path, type, length);
}

void post(const struct cmpgate_endpoint *e, const char *path, const char *type, const char *text,
          struct response *r)
{
    int fd = dial(e);

    write_post_header(fd, path, type, strlen(text));
    write_text(fd, "%s", text);
    read_response(fd, r);
    close(fd);
}
