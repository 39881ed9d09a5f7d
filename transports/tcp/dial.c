#include "dial.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tcp.h"

/* ---- URLs ------------------------------------------------------------------------ */

static const struct {
    const char *scheme;
    bool secure;
    enum framing framing;
} schemes[] = {
    { "tcp://", false, FRAMING_V10 },
    { "tcps://", true, FRAMING_V10 },
    { "tcp+rfc2510://", false, FRAMING_RFC2510 },
    { "tcps+rfc2510://", true, FRAMING_RFC2510 },
};

static const char *read_scheme(struct place *p, const char *url)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i].scheme);
        if (strncasecmp(url, schemes[i].scheme, len) == 0) {
            p->secure = schemes[i].secure;
            p->framing = schemes[i].framing;
            return url + len;
        }
    }
    return NULL;
}

static bool copy(char *to, size_t room, const char *from, size_t len)
{
    if (len == 0 || len >= room) {
        return false;
    }
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

static bool read_port(struct place *p, const char *text)
{
    size_t len = strspn(text, "0123456789");
    unsigned long port = 0;

    for (size_t i = 0; i < len && port < 65536; i++) {
        port = port * 10 + (unsigned long)(text[i] - '0');
    }
    return port > 0 && port < 65536 && copy(p->port, sizeof p->port, text, len)
        && (text[len] == '\0' || strcmp(text + len, "/") == 0);
}

const char *place_read(struct place *p, const char *url)
{
    const char *host = read_scheme(p, url);

    if (host == NULL) {
        return "is no URL of this transport: want tcp://HOST[:PORT], tcp+rfc2510://… or tcps://…";
    }
    bool bracket = host[0] == '[';
    size_t len = bracket ? strcspn(++host, "]") : strcspn(host, ":/");
    const char *rest = host + len + (bracket && host[len] == ']');
    if (!copy(p->host, sizeof p->host, host, len) || memchr(host, '@', len) != NULL || (bracket && host[len] != ']')) {
        return "names no host";
    }
    strcpy(p->port, "829");
    if (*rest == ':') {
        return read_port(p, rest + 1) ? NULL : "has no port from 1 to 65535, or more than a host and a port";
    }
    return *rest == '\0' || strcmp(rest, "/") == 0 ? NULL : "has a path: want a host and a port only";
}

/* ---- waiting ----------------------------------------------------------------------- */

static bool failed(struct link *l, const char *why)
{
    snprintf(l->why, sizeof l->why, "%s", why);
    return false;
}

static bool wait_for(struct link *l, int fd, short events, int64_t until)
{
    struct pollfd p[] = { { .fd = fd, .events = events }, { .fd = l->quit, .events = POLLIN } };
    int64_t left;

    while ((left = until - tcp_now()) > 0) {
        int n = poll(p, 2, left > 60000 ? 60000 : (int)left);
        if (n < 0 && errno != EINTR) {
            return failed(l, strerror(errno));
        }
        if (n > 0 && p[1].revents != 0) {
            return failed(l, "closing");
        }
        if (n > 0 && p[0].revents != 0) {
            return true;
        }
    }
    return failed(l, "no answer in time");
}

/* ---- connecting --------------------------------------------------------------------- */

void link_close(struct link *l)
{
    if (l->open) {
        stream_close(&l->stream);
        reader_next(&l->reader);
        l->open = false;
    }
}

static void name_peer(struct link *l, const struct addrinfo *a)
{
    char host[64] = "", port[8] = "";

    getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(l->peer, sizeof l->peer, a->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static bool finish_connect(struct link *l, int fd, const struct addrinfo *a, int64_t until)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return failed(l, strerror(errno));
    }
    if (!wait_for(l, fd, POLLOUT, until)) {
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
        return failed(l, strerror(error));
    }
    return true;
}

static bool connect_one(struct link *l, const struct addrinfo *a, int64_t until)
{
    static const int on = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return failed(l, strerror(errno));
    }
    if (!finish_connect(l, fd, a, until) || !stream_open(&l->stream, fd, l->tls, l->place->host)) {
        close(fd);
        return false;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    name_peer(l, a);
    l->open = true;
    l->used = false;
    return true;
}

static bool connect_any(struct link *l, int64_t until)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *all = NULL;
    int code = getaddrinfo(l->place->host, l->place->port, &hints, &all);

    if (code != 0) {
        return failed(l, gai_strerror(code));
    }
    for (const struct addrinfo *a = all; a != NULL && !l->open && tcp_now() < until; a = a->ai_next) {
        connect_one(l, a, until);
    }
    freeaddrinfo(all);
    return l->open;
}

/* Nobody speaks out of turn, so whatever there is to read on a connection at rest is its end. */
static bool is_stale(const struct link *l)
{
    struct pollfd p = { .fd = l->stream.fd, .events = POLLIN };

    return poll(&p, 1, 0) != 0;
}

bool link_open(struct link *l, int64_t until)
{
    int64_t soonest = tcp_now() + l->connect_time;

    if (l->open && is_stale(l)) {
        link_close(l);
    }
    l->why[0] = '\0';
    return l->open || connect_any(l, soonest < until ? soonest : until)
        || (l->why[0] == '\0' ? failed(l, "no connection in time") : false);
}

/* ---- there and back -------------------------------------------------------------------- */

static bool wait_more(struct link *l, ssize_t n, short otherwise, int64_t until)
{
    if (n == STREAM_FAILED) {
        return failed(l, l->stream.why);
    }
    short events = l->stream.session == NULL ? otherwise : stream_wants_to_write(&l->stream) ? POLLOUT : POLLIN;
    return wait_for(l, l->stream.fd, events, until);
}

bool link_write(struct link *l, const void *octets, size_t len, int64_t until)
{
    const uint8_t *at = octets;

    while (len > 0) {
        ssize_t n = stream_write(&l->stream, at, len);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        } else if (!wait_more(l, n, POLLOUT, until)) {
            return false;
        }
    }
    return true;
}

bool link_read(struct link *l, struct frame *f, size_t most, bool *heard, int64_t until)
{
    enum frame_fault fault;
    uint8_t *at;
    size_t len;

    l->budget = (struct frame_budget){ .held = l->reader.room, .most = most };
    reader_next(&l->reader);
    reader_init(&l->reader, FRAME_SERVER, most, &l->budget);
    for (;;) {
        if (!reader_space(&l->reader, &at, &len)) {
            return failed(l, "out of memory");
        }
        ssize_t n = stream_read(&l->stream, at, len);
        if (n == 0) {
            return failed(l, "the server has closed the connection");
        }
        if (n < 0) {
            if (!wait_more(l, n, POLLIN, until)) {
                return false;
            }
            continue;
        }
        *heard = true;
        switch (reader_took(&l->reader, (size_t)n, f, &fault)) {
        case READER_MORE:
            break;
        case READER_WHOLE:
            return true;
        case READER_FAULT:
            return failed(l, fault == FRAME_TOO_LARGE ? "the answer is larger than max-answer" : frame_fault_text(fault));
        }
    }
}
