#include "server.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tcp.h"

#define ACCEPT_ROUNDS 64        /* connections before the others have their turn */
#define EVENTS 256
#define REST 100                /* milliseconds without accepting when descriptors ran out */
#define CLOSE_TIME 1000         /* milliseconds for the last answers to leave */

/* ---- opening ------------------------------------------------------------------------ */

static bool open_tls(struct server *s)
{
    const struct tcp_options *o = s->tcp->options;
    const struct tls_host host = { s->tcp->gate, s->tcp->endpoint };
    const struct tls_server_files files = { o->tls_certificate, o->tls_key, o->client_ca, o->client_certificate };
    const char *why = NULL;

    bool ok = tls_open(&s->files, &host, &files);
    if (ok && !stream_tls_open(&s->tls, &s->files, false, &why)) {
        tcp_log(s->tcp, CMPGATE_ERROR, 0, "TLS: %s", why);
        ok = false;
    }
    tls_close(&s->files);
    return ok;
}

/* What is not a connection: the wake and the listener are known by their addresses in the server. */
static bool watch(struct server *s, int operation, int *fd, bool on)
{
    struct epoll_event event = { .events = on ? EPOLLIN : 0, .data.ptr = fd };

    return epoll_ctl(s->epoll, operation, *fd, &event) == 0;
}

static bool open_loop(struct server *s)
{
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->listener = s->tcp->gate->listener(s->tcp->endpoint, s->tcp->options->listen);
    return s->epoll >= 0 && s->wake >= 0 && s->done >= 0 && s->listener >= 0
        && watch(s, EPOLL_CTL_ADD, &s->wake, true) && watch(s, EPOLL_CTL_ADD, &s->listener, false);
}

static void init(struct server *s, struct tcp *tcp)
{
    s->tcp = tcp;
    s->epoll = s->wake = s->done = s->listener = -1;
    s->budget.most = (size_t)tcp->options->max_buffered;
    exchanges_init(&s->exchanges);
    TAILQ_INIT(&s->all);
    TAILQ_INIT(&s->running);
    TAILQ_INIT(&s->starving);
    TAILQ_INIT(&s->dead);
    for (size_t i = 0; i < DEADLINES; i++) {
        TAILQ_INIT(&s->deadlines[i]);
    }
}

struct server *server_open(struct tcp *tcp)
{
    struct server *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    init(s, tcp);
    if (!open_tls(s) || !open_loop(s)) {
        server_close(s);
        return NULL;
    }
    return s;
}

/* ---- from other threads ---------------------------------------------------------------- */

static void ring(int fd)
{
    static const uint64_t one = 1;
    ssize_t n;

    /* EAGAIN: the counter is full, so it is awake already. */
    do {
        n = write(fd, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
}

void server_stop(struct server *s)
{
    atomic_store(&s->stopping, true);
    ring(s->wake);
    ring(s->done);
}

void server_retire(struct server *s)
{
    atomic_store(&s->retiring, true);
    ring(s->wake);
}

void server_room(struct server *s)
{
    if (!atomic_exchange(&s->has_room, true)) {
        ring(s->wake);
    }
}

void server_reply(struct server *s, uint64_t ticket, const struct cmpgate_reply *reply)
{
    struct exchange *e = exchanges_take(&s->exchanges, ticket);

    if (e == NULL) {
        return;
    }
    connection_answer(s, e, reply);
    if (exchanges_ready(&s->exchanges, e)) {
        ring(s->wake);
    }
}

/* ---- accepting -------------------------------------------------------------------------- */

/* While all places are taken the rest waits in the kernel's backlog. */
static void choose_listening(struct server *s)
{
    bool want = !atomic_load(&s->stopping) && !atomic_load(&s->retiring)
             && s->count < (size_t)s->tcp->options->connections && s->now >= s->rest_until;

    if (want != s->listening && watch(s, EPOLL_CTL_MOD, &s->listener, want)) {
        s->listening = want;
    }
}

/* False: nobody is waiting, or there is nothing left to take them with. */
static bool accept_one(struct server *s)
{
    struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof from;
    int fd = accept4(s->listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        connection_new(s, fd, (const struct sockaddr *)&from);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        tcp_log(s->tcp, CMPGATE_WARN, 0, "accept: %s", strerror(errno));
        s->rest_until = s->now + REST;
    }
    return errno == ECONNABORTED || errno == EINTR;
}

static void accept_some(struct server *s)
{
    for (unsigned i = 0; i < ACCEPT_ROUNDS && s->count < (size_t)s->tcp->options->connections && accept_one(s); i++) {
    }
}

/* ---- one turn ------------------------------------------------------------------------------ */

static void run_soon(struct server *s, struct connection *c)
{
    if (!c->in_run) {
        c->in_run = true;
        TAILQ_INSERT_TAIL(&s->running, c, run);
    }
}

static void take_answers(struct server *s)
{
    for (struct exchange *e = exchanges_collect(&s->exchanges), *next; e != NULL; e = next) {
        struct connection *c = e->connection;
        next = e->link;
        if (c == NULL) {
            connection_settle(s, e, CMPGATE_GONE, "the peer closed the connection before it had the answer");
            continue;
        }
        e->answered = true;
        if (TAILQ_FIRST(&c->exchanges) == e) {
            c->send_since = s->now;
        }
        run_soon(s, c);
    }
}

/* Those that starve are fed when the gateway has said so, or when others have given memory back. */
static void feed(struct server *s)
{
    bool room = atomic_exchange(&s->has_room, false);
    struct connection *c;

    if (room || s->budget.held < s->held_before) {
        while ((c = TAILQ_FIRST(&s->starving)) != NULL) {
            TAILQ_REMOVE(&s->starving, c, starve);
            c->in_starve = false;
            run_soon(s, c);
        }
    }
    s->held_before = s->budget.held;
}

static void run_all(struct server *s)
{
    struct connection_queue turn = TAILQ_HEAD_INITIALIZER(turn);
    struct connection *c;

    /* Whoever asks for another turn while this one lasts gets it after the next look at the events. */
    TAILQ_CONCAT(&turn, &s->running, run);
    while ((c = TAILQ_FIRST(&turn)) != NULL) {
        TAILQ_REMOVE(&turn, c, run);
        c->in_run = false;
        connection_run(c);
    }
}

static void end_late(struct server *s)
{
    for (size_t i = DEADLINE_IDLE; i < DEADLINES; i++) {
        struct connection *c;
        while ((c = TAILQ_FIRST(&s->deadlines[i])) != NULL && c->due <= s->now) {
            connection_late(c);
        }
    }
}

static void bury(struct server *s)
{
    struct connection *c;

    while ((c = TAILQ_FIRST(&s->dead)) != NULL) {
        TAILQ_REMOVE(&s->dead, c, others);
        connection_free(c);
    }
}

/* Milliseconds until there is something to do by itself; -1: never. */
static int until_next(const struct server *s)
{
    int64_t next = s->rest_until > s->now ? s->rest_until : INT64_MAX;

    bool fed = !TAILQ_EMPTY(&s->starving) && s->budget.held < s->held_before;

    if (fed || !TAILQ_EMPTY(&s->running)) {
        return 0;
    }
    for (size_t i = DEADLINE_IDLE; i < DEADLINES; i++) {
        const struct connection *c = TAILQ_FIRST(&s->deadlines[i]);
        if (c != NULL && c->due < next) {
            next = c->due;
        }
    }
    return next == INT64_MAX ? -1 : next <= s->now ? 0 : (int)(next - s->now);
}

static void take_event(struct server *s, const struct epoll_event *event)
{
    uint64_t count;

    if (event->data.ptr == &s->wake) {
        while (read(s->wake, &count, sizeof count) < 0 && errno == EINTR) {
        }
    } else if (event->data.ptr == &s->listener) {
        accept_some(s);
    } else {
        struct connection *c = event->data.ptr;
        c->readable |= (event->events & ~(uint32_t)EPOLLOUT) != 0 || c->stream.session != NULL;
        run_soon(s, c);
    }
}

static void turn(struct server *s, int most)
{
    struct epoll_event events[EVENTS];
    int timeout = until_next(s);

    int n = epoll_wait(s->epoll, events, EVENTS, most >= 0 && (timeout < 0 || timeout > most) ? most : timeout);
    s->now = tcp_now();
    for (int i = 0; i < n; i++) {
        take_event(s, &events[i]);
    }
    take_answers(s);
    feed(s);
    run_all(s);
    end_late(s);
    bury(s);
    choose_listening(s);
}

/* ---- life --------------------------------------------------------------------------------- */

/* Nobody takes requests any more: those who wait for nothing are told the end. */
static void run_everybody(struct server *s)
{
    struct connection *c;

    TAILQ_FOREACH(c, &s->all, others) {
        run_soon(s, c);
    }
}

static bool has_answers(const struct server *s)
{
    const struct connection *c;

    TAILQ_FOREACH(c, &s->all, others) {
        if (c->exchange_count > 0) {
            return true;
        }
    }
    return false;
}

/* Those whom no reply has reached get an answer of ours; a slow reader does not hold up the end. */
static void end_all(struct server *s)
{
    static const struct cmpgate_reply closing = { .size = sizeof closing, .kind = CMPGATE_UNAVAILABLE,
                                                  .check_after = 1, .reason = "shutting down" };
    int64_t until = tcp_now() + CLOSE_TIME;
    struct connection *c;
    struct exchange *e;

    while ((e = exchanges_take_any(&s->exchanges)) != NULL) {
        connection_answer(s, e, &closing);
        exchanges_ready(&s->exchanges, e);
    }
    turn(s, 0);
    while (has_answers(s) && s->now < until) {
        turn(s, (int)(until - s->now));
    }
    while ((c = TAILQ_FIRST(&s->all)) != NULL) {
        connection_drop(c, "the gateway has closed before the peer had read its answer");
    }
    take_answers(s);
    bury(s);
}

static void *run(void *context)
{
    struct server *s = context;
    bool told = false;

    s->now = tcp_now();
    choose_listening(s);
    while (!atomic_load(&s->closing)) {
        turn(s, -1);
        if (atomic_load(&s->stopping) && !told) {
            told = true;
            run_everybody(s);
            server_room(s);
        }
        if (atomic_load(&s->retiring) && s->count == 0) {
            ring(s->done);
        }
    }
    end_all(s);
    return NULL;
}

void server_serve(struct server *s)
{
    struct pollfd done = { .fd = s->done, .events = POLLIN };

    s->started = pthread_create(&s->thread, NULL, run, s) == 0;
    if (!s->started) {
        tcp_log(s->tcp, CMPGATE_ERROR, 0, "no thread can be started");
        return;
    }
    while (poll(&done, 1, -1) < 0 && errno == EINTR) {
    }
}

void server_close(struct server *s)
{
    if (s == NULL) {
        return;
    }
    atomic_store(&s->stopping, true);
    atomic_store(&s->closing, true);
    if (s->started) {
        ring(s->wake);
        pthread_join(s->thread, NULL);
    }
    stream_tls_close(&s->tls);
    exchanges_destroy(&s->exchanges);
    for (int i = 0; i < 3; i++) {
        int fd = i == 0 ? s->epoll : i == 1 ? s->wake : s->done;
        if (fd >= 0) {
            close(fd);
        }
    }
    free(s);
}
