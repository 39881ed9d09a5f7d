/* The octets of a connection through the http module and libmicrohttpd, over a real socket.
 *
 * Whatever they are: every message that is delivered is answered and settled once; there is no more of them than requests,
 * each is made of octets that came; what two readers could cut into requests differently delivers nothing; what is logged
 * fits one line; and the connection comes to its end.
 */
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "transports/http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPEN_MOST = 256, QUIET = 1 /* milliseconds */, END = 10 /* seconds until something hangs */ };

/* What the module is given as its endpoint. */
struct cmpgate_endpoint {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int listener;
    struct sockaddr_un address;
    socklen_t address_len;
    void *self;
    pthread_t server, worker;
    bool working;
    uint64_t late[OPEN_MOST];               /* to be answered by the worker */
    size_t late_count;
    uint64_t open[OPEN_MOST];               /* taken and not settled */
    size_t open_count;
    /* of the input at hand */
    const uint8_t *input;
    size_t input_len, delivered, octets;
};

static struct cmpgate_endpoint desk;

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_http: not so: %s\n", what);
        abort();
    }
}

/* ---- the gate ------------------------------------------------------------------------------------------- */

static void answer(struct cmpgate_endpoint *d, uint64_t ticket)
{
    static const enum cmpgate_reply_kind kinds[] = { CMPGATE_ANSWER, CMPGATE_UNREADABLE, CMPGATE_ANSWER, CMPGATE_NOTHING,
                                                     CMPGATE_ANSWER, CMPGATE_ACCEPTED, CMPGATE_UNAVAILABLE };
    static const uint8_t message[] = { 0x30, 3, 'a', 'b', 'c' };
    struct cmpgate_reply reply = { .size = sizeof reply, .kind = kinds[ticket % 7], .check_after = 5 };

    if (reply.kind == CMPGATE_ANSWER) {
        reply.message = (struct cmpgate_bytes){ message, sizeof message };
    }
    cmpgate_transport.reply(d->self, ticket, &reply);
}

static bool has(const struct cmpgate_endpoint *d, const char *word)
{
    return memmem(d->input, d->input_len, word, strlen(word)) != NULL;
}

static size_t count(const struct cmpgate_endpoint *d, const char *word)
{
    size_t n = 0, len = strlen(word);

    for (size_t i = 0; i + len <= d->input_len; i++) {
        n += memcmp(d->input + i, word, len) == 0;
    }
    return n;
}

/* Under the lock. */
static void check_delivery(struct cmpgate_endpoint *d, const struct cmpgate_delivery *it)
{
    d->delivered++;
    d->octets += it->message.len;
    require(it->message.len > 0 && it->ticket != 0 && it->answers == 0, "a message under a ticket");
    /* For libmicrohttpd a method ends with a NUL, too. */
    require(d->delivered <= count(d, "POST"), "no more messages than requests");
    require(d->octets <= d->input_len, "no more octets than came");
    require(has(d, "hunked") || memmem(d->input, d->input_len, it->message.ptr, it->message.len) != NULL,
            "the message came as it is");
}

/* One in four is answered before this has returned, one in eight is not taken. */
static enum cmpgate_taken gate_deliver(struct cmpgate_endpoint *d, const struct cmpgate_delivery *it)
{
    bool full = it->ticket % 8 == 7, now = it->ticket % 4 == 0;

    pthread_mutex_lock(&d->lock);
    check_delivery(d, it);
    if (!full) {
        require(d->open_count < OPEN_MOST, "few open tickets");
        d->open[d->open_count++] = it->ticket;
    }
    if (!full && !now) {
        d->late[d->late_count++] = it->ticket;
        pthread_cond_broadcast(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
    if (now) {
        answer(d, it->ticket);
    }
    return full ? CMPGATE_FULL : CMPGATE_TAKEN;
}

static void gate_settled(struct cmpgate_endpoint *d, uint64_t ticket, enum cmpgate_settled how, const char *why)
{
    size_t i = 0;

    (void)how;
    (void)why;
    pthread_mutex_lock(&d->lock);
    while (i < d->open_count && d->open[i] != ticket) {
        i++;
    }
    require(i < d->open_count, "a ticket is settled once, and only if it was taken");
    d->open[i] = d->open[--d->open_count];
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static int gate_listener(struct cmpgate_endpoint *d, const char *address)
{
    (void)address;
    return d->listener;
}

static bool gate_document(struct cmpgate_endpoint *d, const char *name,
                          void (*give)(void *, struct cmpgate_bytes, const char *), void *context)
{
    (void)d;
    if (strcmp(name, "crl") == 0) {
        give(context, (struct cmpgate_bytes){ (const uint8_t *)"crl", 3 }, "application/pkix-crl");
    }
    return strcmp(name, "crl") == 0;
}

__attribute__((format(printf, 4, 5)))
static void gate_log(struct cmpgate_endpoint *d, enum cmpgate_severity severity, uint64_t ticket, const char *format, ...)
{
    char line[2048];
    va_list ap;

    (void)d;
    (void)severity;
    (void)ticket;
    va_start(ap, format);
    vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    for (const unsigned char *c = (const unsigned char *)line; *c != '\0'; c++) {
        require(*c >= 0x20 && *c != 0x7f, "no control characters in the log");
    }
}

static bool gate_tolerates(struct cmpgate_endpoint *d, const char *quirk)
{
    (void)d;
    return strcmp(quirk, "wrong-content-type") == 0;
}

static const struct cmpgate_gate gate = {
    .size = sizeof gate, .deliver = gate_deliver, .settled = gate_settled, .listener = gate_listener,
    .document = gate_document, .log = gate_log, .tolerates = gate_tolerates,
};

/* ---- from start to end of the process --------------------------------------------------------------------- */

static void *serve(void *context)
{
    cmpgate_transport.serve(((struct cmpgate_endpoint *)context)->self);
    return NULL;
}

static void *work(void *context)
{
    struct cmpgate_endpoint *d = context;

    pthread_mutex_lock(&d->lock);
    while (d->working) {
        if (d->late_count == 0) {
            pthread_cond_wait(&d->changed, &d->lock);
            continue;
        }
        uint64_t ticket = d->late[--d->late_count];
        pthread_mutex_unlock(&d->lock);
        answer(d, ticket);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void tear_down(void)
{
    cmpgate_transport.stop(desk.self);
    pthread_join(desk.server, NULL);
    pthread_mutex_lock(&desk.lock);
    desk.working = false;
    pthread_cond_broadcast(&desk.changed);
    pthread_mutex_unlock(&desk.lock);
    pthread_join(desk.worker, NULL);
    cmpgate_transport.close(desk.self);
    close(desk.listener);
}

/* An abstract address of the kernel's choice: no file, no port. */
static void listen_somewhere(struct cmpgate_endpoint *d)
{
    d->address.sun_family = AF_UNIX;
    d->address_len = sizeof d->address;
    d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    require(bind(d->listener, (struct sockaddr *)&d->address, sizeof d->address.sun_family) == 0 &&
            listen(d->listener, 16) == 0 &&
            getsockname(d->listener, (struct sockaddr *)&d->address, &d->address_len) == 0, "a socket listens");
}

/* Small limits, so that short inputs reach them. */
static void set_up(void)
{
    static const char *const roots[] = { "/pkix/", NULL };
    static const struct http_options options = {
        .listen = "fuzz", .path = roots, .documents = "/pki/", .max_body = 256, .max_buffered = 65536, .max_header = 4096,
        .request_timeout = 2, .idle_timeout = 2, .retry_after = 5, .connections = 16, .connections_per_address = 0,
        .threads = 1, .client_certificate = "none", .max_answer = 1024, .connect_timeout = 1, .parallel = 1,
    };

    pthread_mutex_init(&desk.lock, NULL);
    pthread_cond_init(&desk.changed, NULL);
    listen_somewhere(&desk);
    desk.self = cmpgate_transport.open(&gate, &desk, &options);
    desk.working = true;
    require(desk.self != NULL && pthread_create(&desk.server, NULL, serve, &desk) == 0 &&
            pthread_create(&desk.worker, NULL, work, &desk) == 0, "the module serves");
    atexit(tear_down);
}

/* ---- a second reader of the first header --------------------------------------------------------------------- */

struct reading {
    unsigned lengths, encodings;
    bool bad_length;                        /* not digits only */
    bool plain;                             /* lines end as they should, so that there is one way to read it */
};

/* The value of a field of this name; NULL: the line is another. */
static const char *value_of(const char *line, const char *name)
{
    size_t len = strlen(name);

    return strncasecmp(line, name, len) == 0 && line[len] == ':' ? line + len + 1 : NULL;
}

static void read_line(struct reading *r, char *line)
{
    const char *length = value_of(line, "Content-Length");

    r->encodings += value_of(line, "Transfer-Encoding") != NULL;
    if (length != NULL) {
        size_t digits;
        r->lengths++;
        length += strspn(length, " \t");
        digits = strspn(length, "0123456789");
        r->bad_length = r->bad_length || digits == 0 || length[digits + strspn(length + digits, " \t")] != '\0';
    }
}

static struct reading read_first(const uint8_t *data, size_t size)
{
    struct reading r = { .plain = false };
    const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    char *text = end != NULL ? strndup((const char *)data, (size_t)(end - data) + 2) : NULL;

    if (text != NULL && strlen(text) == (size_t)(end - data) + 2 && strncmp(text, "POST ", 5) == 0) {
        r.plain = true;
        for (char *line = text, *stop; (stop = strpbrk(line, "\r\n")) != NULL; line = stop + 2) {
            r.plain = r.plain && stop[0] == '\r' && stop[1] == '\n';
            if (!r.plain) {
                break;
            }
            *stop = '\0';
            read_line(&r, line);
        }
    }
    free(text);
    return r;
}

static bool is_ambiguous(const struct reading *r)
{
    return r->plain && (r->lengths > 1 || r->encodings > 1 || r->bad_length || (r->lengths > 0 && r->encodings > 0));
}

/* ---- one input ------------------------------------------------------------------------------------------------ */

static bool all_settled(void)
{
    pthread_mutex_lock(&desk.lock);
    bool settled = desk.open_count == 0;
    pthread_mutex_unlock(&desk.lock);
    return settled;
}

/* Until the other side has ended, or (`quiet`) has no more to say. */
static void read_answers(int fd, bool quiet)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char scrap[8192];
    ssize_t n = 1;

    while (n > 0) {
        int ready = poll(&p, 1, quiet ? QUIET : END * 1000);
        require(quiet || ready > 0, "the connection ends");
        if (ready <= 0 && all_settled()) {
            return;
        }
        n = ready > 0 ? recv(fd, scrap, sizeof scrap, 0) : 1;
    }
}

/* libmicrohttpd hears of an end that comes together with the last octets only when its time is up: epoll tells it of
 * both at once, and it looks for one.  So the end is said when the octets have been taken. */
static void wait_until_taken(int fd)
{
    struct pollfd p = { .fd = fd };
    int left = 1;

    for (int i = 0; i < 2000 && left > 0 && (p.revents & POLLHUP) == 0; i++) {
        require(ioctl(fd, SIOCOUTQ, &left) == 0, "the socket says what has not been taken");
        poll(&p, 1, left > 0);
    }
}

static void exchange(const uint8_t *data, size_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    require(connect(fd, (struct sockaddr *)&desk.address, desk.address_len) == 0, "somebody accepts");
    /* It may have been turned away before it has said all. */
    if (send(fd, data, size, MSG_NOSIGNAL) > 0) {
        wait_until_taken(fd);
        read_answers(fd, true);
    }
    shutdown(fd, SHUT_WR);
    read_answers(fd, false);
    close(fd);
    for (int i = 0; i < END * 1000 && !all_settled(); i++) {
        usleep(1000);
    }
    require(all_settled(), "every ticket is settled");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (desk.self == NULL) {
        set_up();
    }
    if (size == 0) {
        return 0;
    }
    struct reading first = read_first(data, size);
    pthread_mutex_lock(&desk.lock);
    desk.input = data;
    desk.input_len = size;
    desk.delivered = desk.octets = 0;
    pthread_mutex_unlock(&desk.lock);
    exchange(data, size);
    require(!is_ambiguous(&first) || desk.delivered == 0, "what can be read in two ways delivers nothing");
    return 0;
}
