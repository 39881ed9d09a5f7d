#include "connection.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "http.h"

#define LINGER_TIME 2000        /* milliseconds */
#define LINGER_ROUNDS 16        /* reads of a socket in one sweep */
#define LINGER_OCTETS (8 << 20)
#define SWEEP_PERIOD 250
#define LINGER_PERIOD 20
#define LATE_MAX 16             /* cut off in one sweep; the next one, at once, takes more */
#define GIVE_WAY 64             /* at a time one connection of so many, and one */
#define CANDIDATES 64           /* for giving way */
#define SAY_CROWDED 10000       /* milliseconds until it is said again */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void connections_init(struct connections *all, struct http *http)
{
    const struct http_options *o = http->options;

    *all = (struct connections){
        .http = http, .limit = (size_t)o->connections, .limit_per_address = (size_t)o->connections_per_address,
        .crowded = INT64_MIN / 2
    };
    pthread_mutex_init(&all->lock, NULL);
}

void connections_stop(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    all->stopped = true;
    while (all->arriving_count > 0) {
        close(all->arriving[--all->arriving_count].fd);
    }
    pthread_mutex_unlock(&all->lock);
    while (all->lingering_count > 0) {
        close(all->lingering[--all->lingering_count].fd);
    }
}

void connections_destroy(struct connections *all)
{
    connections_stop(all);
    addresses_free(&all->addresses);
    pthread_mutex_destroy(&all->lock);
}

static bool is_full(const struct connections *all)
{
    return all->count + all->pending >= all->limit;
}

bool connections_admit(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    bool room = !is_full(all);
    all->pending += room;
    pthread_mutex_unlock(&all->lock);
    return room;
}

bool connections_enter(struct connections *all, const struct sockaddr *from)
{
    pthread_mutex_lock(&all->lock);
    struct address *a = addresses_of(&all->addresses, from);
    bool may = a != NULL && (a->len == 0 || all->limit_per_address == 0
                             || a->connections < all->limit_per_address);
    if (may) {
        a->connections++;
    }
    pthread_mutex_unlock(&all->lock);
    return may;
}

void connections_unadmit(struct connections *all, const struct sockaddr *from)
{
    pthread_mutex_lock(&all->lock);
    all->pending--;
    if (from != NULL) {
        addresses_leave(&all->addresses, addresses_of(&all->addresses, from));
    }
    pthread_mutex_unlock(&all->lock);
}

/* ---- who waits on its peer -------------------------------------------------- */

/* Under the lock, as the next. */
static void stop_waiting(struct connection *c)
{
    struct connections *all = c->all;

    if (c->waits) {
        *(c->previous != NULL ? &c->previous->next : &all->first) = c->next;
        *(c->next != NULL ? &c->next->previous : &all->last) = c->previous;
        c->waits = false;
    }
}

static void begin_waiting(struct connection *c)
{
    struct connections *all = c->all;

    stop_waiting(c);
    c->waits = true;
    c->next = NULL;
    c->previous = all->last;
    *(all->last != NULL ? &all->last->next : &all->first) = c;
    all->last = c;
}

static struct connection *next_to_leave(const struct connections *all)
{
    struct connection *worst = NULL, *c = all->first;

    for (unsigned i = 0; i < CANDIDATES && c != NULL; i++, c = c->next) {
        if (worst == NULL || c->address->connections > worst->address->connections) {
            worst = c;
        }
    }
    return worst;
}

bool connections_want_more(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    bool want = !is_full(all) || all->leaving == 0;
    pthread_mutex_unlock(&all->lock);
    return want;
}

bool connections_make_room(struct connections *all)
{
    int64_t now = now_ms();
    struct connection *c;

    pthread_mutex_lock(&all->lock);
    bool full = is_full(all), say = full && now - all->crowded >= SAY_CROWDED;
    while (full && all->leaving <= all->limit / GIVE_WAY && (c = next_to_leave(all)) != NULL) {
        stop_waiting(c);
        c->leaving = true;
        all->leaving++;
        shutdown(c->fd, SHUT_RDWR);
    }
    bool some = !full || all->leaving > 0;
    all->crowded = say ? now : all->crowded;
    pthread_mutex_unlock(&all->lock);
    if (say) {
        http_log(all->http, CMPGATE_WARN, 0, "all %zu connections are taken: %s", all->limit,
                 some ? "those that have waited longest give way" : "nobody else gets in for now");
    }
    return some;
}

/* ---- one connection --------------------------------------------------------- */

static void name_peer(struct connection *c, const struct sockaddr *from)
{
    char address[INET6_ADDRSTRLEN] = "";

    c->tcp = true;
    if (from != NULL && from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        inet_ntop(AF_INET, &v4->sin_addr, address, sizeof address);
        snprintf(c->peer, sizeof c->peer, "%s:%u", address, ntohs(v4->sin_port));
    } else if (from != NULL && from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)from;
        inet_ntop(AF_INET6, &v6->sin6_addr, address, sizeof address);
        snprintf(c->peer, sizeof c->peer, "[%s]:%u", address, ntohs(v6->sin6_port));
    } else {
        c->tcp = false;
        snprintf(c->peer, sizeof c->peer, "unix");
    }
}

static void expect_handshake(const struct connection *c, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    if (c->tcp && tls != NULL && tls->tls_session != NULL) {
        tls_acknowledge(tls->tls_session, c->fd);
    }
}

struct connection *connections_open(struct connections *all, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *from = info != NULL ? info->client_addr : NULL;
    struct connection *c = calloc(1, sizeof *c);

    if (c != NULL) {
        c->all = all;
        c->fd = fd->connect_fd;
        name_peer(c, from);
        expect_handshake(c, mhd);
        c->deadline = FOREVER;
    }
    pthread_mutex_lock(&all->lock);
    all->pending--;
    struct address *address = addresses_of(&all->addresses, from);
    if (c != NULL) {
        all->count++;
        c->address = address;
    } else {
        addresses_leave(&all->addresses, address);
    }
    pthread_mutex_unlock(&all->lock);
    if (c != NULL) {
        connection_allow(c, all->http->options->request_timeout);
    }
    return c;
}

/* Called before libmicrohttpd closes its descriptor. */
static void start_lingering(struct connections *all, const struct connection *c)
{
    if (!c->linger || all->stopped || all->arriving_count == LINGER_MAX) {
        return;
    }
    int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0) {
        all->arriving[all->arriving_count++] = (struct lingering){ fd, now_ms() + LINGER_TIME, 0 };
    }
}

bool connections_close(struct connections *all, struct connection *c)
{
    pthread_mutex_lock(&all->lock);
    bool was_full = is_full(all);
    start_lingering(all, c);
    stop_waiting(c);
    addresses_leave(&all->addresses, c->address);
    all->leaving -= c->leaving;
    all->count--;
    bool wake = was_full || c->linger;
    pthread_mutex_unlock(&all->lock);
    free(c);
    return wake;
}

/* True when there is nothing more to wait for. */
static bool drain(struct lingering *l, int64_t now)
{
    char scrap[16384];
    ssize_t n = 1;

    for (unsigned i = 0; i < LINGER_ROUNDS && n > 0; i++) {
        n = recv(l->fd, scrap, sizeof scrap, MSG_DONTWAIT);
        l->thrown += n > 0 ? (size_t)n : 0;
    }
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || now >= l->until
        || l->thrown >= LINGER_OCTETS;
}

/* Under the lock. */
static void take_arriving(struct connections *all)
{
    while (all->arriving_count > 0 && all->lingering_count < LINGER_MAX) {
        all->lingering[all->lingering_count++] = all->arriving[--all->arriving_count];
    }
}

static void sweep_lingering(struct connections *all, int64_t now)
{
    for (size_t i = 0; i < all->lingering_count;) {
        if (drain(&all->lingering[i], now)) {
            close(all->lingering[i].fd);
            all->lingering[i] = all->lingering[--all->lingering_count];
        } else {
            i++;
        }
    }
}

/* Names those cut off in `late`, so that they are logged outside the lock. */
static size_t sweep_late(struct connections *all, int64_t now, struct connection late[LATE_MAX])
{
    size_t n = 0;

    if (now - all->swept < SWEEP_PERIOD) {
        return 0;           /* woken by something else: that many need not be looked at again */
    }
    for (struct connection *c = all->first, *next; c != NULL && n < LATE_MAX; c = next) {
        next = c->next;
        if (c->deadline <= now) {
            stop_waiting(c);
            shutdown(c->fd, SHUT_RDWR);
            memcpy(late[n++].peer, c->peer, sizeof c->peer);
        }
    }
    all->swept = n < LATE_MAX ? now : 0;
    return n;
}

int connections_sweep(struct connections *all)
{
    struct connection late[LATE_MAX];
    int64_t now = now_ms();

    pthread_mutex_lock(&all->lock);
    size_t n = sweep_late(all, now, late);
    take_arriving(all);
    int next = n == LATE_MAX ? 0 : all->lingering_count > 0 ? LINGER_PERIOD
             : all->count + all->pending > 0 ? SWEEP_PERIOD : -1;
    pthread_mutex_unlock(&all->lock);
    sweep_lingering(all, now);
    for (size_t i = 0; i < n; i++) {
        http_log(all->http, CMPGATE_INFO, 0, "%s: out of time, cut off", late[i].peer);
    }
    return next;
}

void connection_allow(struct connection *c, int64_t seconds)
{
    pthread_mutex_lock(&c->all->lock);
    if (seconds == FOREVER || c->leaving) {
        stop_waiting(c);
    } else {
        begin_waiting(c);
    }
    c->deadline = seconds == FOREVER ? FOREVER : now_ms() + seconds * 1000;
    pthread_mutex_unlock(&c->all->lock);
}

void connection_acknowledge(const struct connection *c)
{
    static const int on = 1;

    if (c->tcp) {
        setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
}

bool connection_half_closed(const struct connection *c)
{
    struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}
