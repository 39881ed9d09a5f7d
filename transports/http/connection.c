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
#define SWEEP_PERIOD 250
#define LINGER_PERIOD 20
#define LATE_MAX 16             /* cut off in one sweep; the next one takes more */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void connections_init(struct connections *all, struct http *http, size_t limit)
{
    *all = (struct connections){ .http = http, .limit = limit };
    pthread_mutex_init(&all->lock, NULL);
}

void connections_stop(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    all->stopped = true;
    while (all->lingering_count > 0) {
        close(all->lingering[--all->lingering_count].fd);
    }
    pthread_mutex_unlock(&all->lock);
}

void connections_destroy(struct connections *all)
{
    connections_stop(all);
    pthread_mutex_destroy(&all->lock);
}

bool connections_admit(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    bool room = all->count + all->pending < all->limit;
    all->pending += room;
    pthread_mutex_unlock(&all->lock);
    return room;
}

void connections_unadmit(struct connections *all)
{
    pthread_mutex_lock(&all->lock);
    all->pending--;
    pthread_mutex_unlock(&all->lock);
}

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
    const union MHD_ConnectionInfo *from = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct connection *c = calloc(1, sizeof *c);

    if (c != NULL) {
        c->fd = fd->connect_fd;
        name_peer(c, from != NULL ? from->client_addr : NULL);
        expect_handshake(c, mhd);
        atomic_init(&c->deadline, 0);
        connection_allow(c, all->http->options->request_timeout);
    }
    pthread_mutex_lock(&all->lock);
    all->pending--;
    if (c != NULL) {
        all->count++;
        c->next = all->first;
        if (c->next != NULL) {
            c->next->previous = c;
        }
        all->first = c;
    }
    pthread_mutex_unlock(&all->lock);
    return c;
}

/* Called before libmicrohttpd closes its descriptor. */
static void start_lingering(struct connections *all, const struct connection *c)
{
    if (!c->linger || all->stopped || all->lingering_count == LINGER_MAX) {
        return;
    }
    int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0) {
        all->lingering[all->lingering_count++] = (struct lingering){ fd, now_ms() + LINGER_TIME };
    }
}

bool connections_close(struct connections *all, struct connection *c)
{
    pthread_mutex_lock(&all->lock);
    bool was_full = all->count + all->pending >= all->limit;
    start_lingering(all, c);
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        all->first = c->next;
    }
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    all->count--;
    bool wake = was_full || c->linger;
    pthread_mutex_unlock(&all->lock);
    free(c);
    return wake;
}

/* True when there is nothing more to wait for. */
static bool drain(const struct lingering *l, int64_t now)
{
    char scrap[16384];
    ssize_t n = 1;

    for (unsigned i = 0; i < LINGER_ROUNDS && n > 0; i++) {
        n = recv(l->fd, scrap, sizeof scrap, MSG_DONTWAIT);
    }
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || now >= l->until;
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

    for (struct connection *c = all->first; c != NULL && n < LATE_MAX; c = c->next) {
        if (atomic_load(&c->deadline) <= now) {
            atomic_store(&c->deadline, FOREVER);
            shutdown(c->fd, SHUT_RDWR);
            memcpy(late[n++].peer, c->peer, sizeof c->peer);
        }
    }
    return n;
}

int connections_sweep(struct connections *all)
{
    struct connection late[LATE_MAX];
    int64_t now = now_ms();

    pthread_mutex_lock(&all->lock);
    size_t n = sweep_late(all, now, late);
    sweep_lingering(all, now);
    int next = all->lingering_count > 0 ? LINGER_PERIOD
             : all->count + all->pending > 0 ? SWEEP_PERIOD : -1;
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < n; i++) {
        http_log(all->http, CMPGATE_INFO, 0, "%s: out of time, cut off", late[i].peer);
    }
    return next;
}

void connection_allow(struct connection *c, int64_t seconds)
{
    atomic_store(&c->deadline, seconds == FOREVER ? FOREVER : now_ms() + seconds * 1000);
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
