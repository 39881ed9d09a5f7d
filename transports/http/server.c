#include "server.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "handler.h"
#include "http.h"

#define ACCEPT_ROUNDS 64        /* connections between two looks at the clock */
#define REST 100                /* milliseconds without accepting when there is nothing to take connections with */
#define MORE_OPTIONS 8          /* room for more_options() */
#define CLOSE_TIME 1            /* seconds for the last answers to leave */

static bool open_tls(struct server *s)
{
    const struct http_options *o = s->http->options;
    const struct tls_host host = { s->http->gate, s->http->endpoint };
    const struct tls_server_files files = { o->tls_certificate, o->tls_key, o->client_ca, o->client_certificate };

    if (!tls_open(&s->tls, &host, &files)) {
        return false;
    }
    if (s->tls.on && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        http_log(s->http, CMPGATE_ERROR, 0, "this libmicrohttpd was built without TLS");
        return false;
    }
    return true;
}

struct server *server_open(struct http *http)
{
    const struct http_options *o = http->options;
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    s->http = http;
    s->map = (struct path_map){ .roots = o->path, .documents = o->documents };
    pthread_mutex_init(&s->accepting, NULL);
    atomic_init(&s->retired, false);
    atomic_init(&s->stopping, false);
    connections_init(&s->connections, http);
    exchanges_init(&s->exchanges, (size_t)o->max_buffered);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->listener = http->gate->listener(http->endpoint, o->listen);
    if (s->wake < 0 || s->listener < 0 || !open_tls(s)) {
        server_close(s);
        return NULL;
    }
    return s;
}

void server_wake(struct server *s)
{
    static const uint64_t one = 1;
    ssize_t n;

    /* EAGAIN: the counter is full, so it is awake already. */
    do {
        n = write(s->wake, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
}

static void library_says(void *context, const char *format, va_list arguments)
{
    struct server *s = context;
    char line[300];

    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    request_clean(line);
    http_log(s->http, CMPGATE_DEBUG, 0, "libmicrohttpd: %s", line);
}

/* Those that are not always there. */
static struct MHD_OptionItem *more_options(const struct server *s, struct MHD_OptionItem out[MORE_OPTIONS])
{
    const struct http_options *o = s->http->options;
    size_t n = 0;

    if (o->threads > 1) {
        out[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL };
    }
    if (s->tls.on) {
        out[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, s->tls.certificate.data };
        out[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, s->tls.key.data };
        out[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, TLS_PRIORITY };
    }
    if (s->tls.wants != TLS_WANTS_NONE) {
        out[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0, s->tls.anchors.data };
    }
    out[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    return out;
}

/* libmicrohttpd 0.9.75 locks up when a connection handed to it meets its own limit, so ours is the
 * one that counts and its limit, an n-th for each of n threads, is out of reach.  Its timeout is only
 * for slow readers after serve() has returned, when nobody sweeps.
 *
 * With epoll its thread spins for as long as a TLS handshake is half done; with poll it waits. */
static bool start_daemon(struct server *s)
{
    const struct http_options *o = s->http->options;
    int64_t silence = o->idle_timeout > o->request_timeout ? o->idle_timeout : o->request_timeout;
    unsigned limit = (unsigned)((o->connections + 64) * o->threads);
    struct MHD_OptionItem more[MORE_OPTIONS];

    s->daemon = MHD_start_daemon(
        (s->tls.on ? MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS : MHD_USE_EPOLL_INTERNAL_THREAD)
            | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET
            | MHD_USE_ERROR_LOG,
        0, NULL, NULL, handler_request, s,
        MHD_OPTION_EXTERNAL_LOGGER, library_says, s,
        MHD_OPTION_URI_LOG_CALLBACK, handler_target, s,
        MHD_OPTION_UNESCAPE_CALLBACK, handler_unescape, s,
        MHD_OPTION_NOTIFY_COMPLETED, handler_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, handler_connection, s,
        MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)o->max_header,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)silence + 1,
        MHD_OPTION_ARRAY, more_options(s, more),
        MHD_OPTION_END);
    if (s->daemon == NULL) {
        http_log(s->http, CMPGATE_ERROR, 0, "libmicrohttpd does not start: %s", strerror(errno));
    }
    return s->daemon != NULL;
}

static void hand_over(struct server *s, int fd, const struct sockaddr *from, socklen_t len)
{
    if (!connections_enter(&s->connections, from)) {
        connections_unadmit(&s->connections, NULL);
        close(fd);
    } else if (MHD_add_connection(s->daemon, fd, from, len) != MHD_YES) {
        connections_unadmit(&s->connections, from);
    }
}

/* Once retired, the number of the listener may be somebody else's. */
static int accept_unless_retired(struct server *s, struct sockaddr *from, socklen_t *len)
{
    int fd = -1;

    errno = EAGAIN;
    pthread_mutex_lock(&s->accepting);
    if (!atomic_load(&s->retired)) {
        fd = accept4(s->listener, from, len, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    int error = errno;
    pthread_mutex_unlock(&s->accepting);
    errno = error;
    return fd;
}

/* False: nobody is waiting, or there is nothing left to take them with. */
static bool accept_one(struct server *s, bool *rest)
{
    struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof from;

    if (!connections_admit(&s->connections)) {
        return false;
    }
    int fd = accept_unless_retired(s, (struct sockaddr *)&from, &len);
    if (fd >= 0) {
        hand_over(s, fd, (struct sockaddr *)&from, len);
        return true;
    }
    int error = errno;
    connections_unadmit(&s->connections, NULL);
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) {
        http_log(s->http, CMPGATE_WARN, 0, "accept: %s", strerror(error));
        *rest = true;
    }
    return error == ECONNABORTED || error == EINTR;
}

static bool may_accept(struct server *s)
{
    return !atomic_load(&s->retired) && connections_want_more(&s->connections);
}

/* Who finds no place waits in the kernel's backlog until others have given way; once the server is retired, whoever
 * comes waits there for its successor. */
static void accept_some(struct server *s, int timeout)
{
    struct pollfd p[] = {
        { .fd = s->wake, .events = POLLIN },
        { .fd = may_accept(s) ? s->listener : -1, .events = POLLIN }
    };
    uint64_t count;
    unsigned taken = 0;
    bool rest = false;

    if (poll(p, 2, timeout) <= 0) {
        return;
    }
    if (p[0].revents != 0 && read(s->wake, &count, sizeof count) < 0 && errno != EAGAIN) {
        return;
    }
    while (p[1].revents != 0 && taken < ACCEPT_ROUNDS && accept_one(s, &rest)) {
        taken++;
    }
    if (rest || (p[1].revents != 0 && taken == 0 && !connections_make_room(&s->connections))) {
        poll(p, 1, REST);
    }
}

void server_serve(struct server *s)
{
    if (!start_daemon(s)) {
        return;
    }
    for (;;) {
        int next = connections_sweep(&s->connections);
        bool empty = next < 0;
        if (atomic_load(&s->stopping) || (empty && atomic_load(&s->retired))) {
            break;
        }
        accept_some(s, next);
    }
    connections_stop(&s->connections);
}

void server_retire(struct server *s)
{
    pthread_mutex_lock(&s->accepting);
    atomic_store(&s->retired, true);
    pthread_mutex_unlock(&s->accepting);
    server_wake(s);
}

void server_stop(struct server *s)
{
    atomic_store(&s->stopping, true);
    server_wake(s);
}

void server_reply(struct server *s, uint64_t ticket, const struct cmpgate_reply *reply)
{
    exchanges_answer(&s->exchanges, ticket, handler_answer(reply, (enum framed_mark)(ticket % FRAMED_MARKS)));
}

void server_close(struct server *s)
{
    if (s == NULL) {
        return;
    }
    if (s->daemon != NULL) {
        /* Stopping with a suspended connection aborts the process. */
        exchanges_close(&s->exchanges, handler_closing, CLOSE_TIME);
        MHD_stop_daemon(s->daemon);
    }
    tls_close(&s->tls);
    connections_destroy(&s->connections);
    exchanges_destroy(&s->exchanges);
    pthread_mutex_destroy(&s->accepting);
    if (s->wake >= 0) {
        close(s->wake);
    }
    free(s);
}
