#include "gateway/command/bench_http.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the URL ------------------------------------------------------------------------------------------ */

static bool take(char *out, size_t size, const char *from, size_t len)
{
    if (len == 0 || len >= size) {
        return false;
    }
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text > '~') {
            return false;
        }
    }
    return true;
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && text[digits] == '\0' && atol(text) > 0 && atol(text) < 65536;
}

static const char *read_scheme(const char *text, struct bench_url *url)
{
    static const struct { const char *scheme; bool tcp; enum framing framing; } schemes[] = {
        { "http://", false, FRAMING_V10 }, { "tcp://", true, FRAMING_V10 }, { "tcp+rfc2510://", true, FRAMING_RFC2510 }
    };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncmp(text, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
            url->tcp = schemes[i].tcp;
            url->framing = schemes[i].framing;
            return text + strlen(schemes[i].scheme);
        }
    }
    return NULL;
}

bool bench_url_read(const char *text, struct bench_url *url)
{
    const char *host = is_plain(text) ? read_scheme(text, url) : NULL;

    if (host == NULL) {
        return false;
    }
    bool bracketed = *host == '[';
    size_t len = bracketed ? strcspn(++host, "]/") : strcspn(host, ":/");
    if (!take(url->host, sizeof url->host, host, len) || (bracketed && host[len] != ']')) {
        return false;
    }
    const char *rest = host + len + bracketed;
    size_t port = *rest == ':' ? strcspn(rest, "/") : 0;
    if (!take(url->port, sizeof url->port, port > 0 ? rest + 1 : url->tcp ? "829" : "80",
              port > 0 ? port - 1 : url->tcp ? 3 : 2) ||
        !is_port(url->port)) {
        return false;
    }
    rest += port;
    if (url->tcp) {
        return *rest == '\0' || strcmp(rest, "/") == 0;
    }
    return *rest == '\0' ? take(url->path, sizeof url->path, "/", 1)
                         : *rest == '/' && take(url->path, sizeof url->path, rest, strlen(rest));
}

/* ---- the connection ------------------------------------------------------------------------------------- */

bool bench_http_open(struct bench_http *h, const struct bench_url *url, int64_t timeout)
{
    *h = (struct bench_http){ .url = url, .fd = -1, .timeout = timeout, .buffer = malloc(BENCH_HTTP_MAX) };
    return h->buffer != NULL;
}

static void hang_up(struct bench_http *h)
{
    if (h->fd >= 0) {
        close(h->fd);
    }
    h->fd = -1;
}

void bench_http_close(struct bench_http *h)
{
    hang_up(h);
    free(h->buffer);
    h->buffer = NULL;
}

static const char closed[] = "connection closed";

static bool failed(struct bench_http *h, const char *why)
{
    snprintf(h->why, sizeof h->why, "%s", why);
    return false;
}

static bool wait_for(struct bench_http *h, short events, int64_t deadline)
{
    struct pollfd p = { .fd = h->fd, .events = events };
    int64_t left = deadline - now_ms();
    int got = left > 0 ? poll(&p, 1, (int)left) : 0;

    /* An interrupted wait counts as ready: the call that follows does not block, and asks again. */
    return got != 0 || failed(h, "timeout");
}

static bool connect_one(struct bench_http *h, const struct addrinfo *a, int64_t deadline)
{
    int error = 0, on = 1;
    socklen_t len = sizeof error;

    h->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (h->fd < 0) {
        return failed(h, "no socket");
    }
    setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(h->fd, a->ai_addr, a->ai_addrlen) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return failed(h, "no connection");
    }
    if (!wait_for(h, POLLOUT, deadline)) {
        return false;
    }
    return (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0) || failed(h, "no connection");
}

static bool connect_any(struct bench_http *h, int64_t deadline)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *all = NULL;
    bool ok = false;

    if (getaddrinfo(h->url->host, h->url->port, &hints, &all) != 0) {
        return failed(h, "no such host");
    }
    for (const struct addrinfo *a = all; a != NULL && !ok; a = a->ai_next) {
        hang_up(h);
        ok = connect_one(h, a, deadline);
    }
    freeaddrinfo(all);
    return ok;
}

/* A server may have ended a kept-alive connection meanwhile. */
static bool is_stale(const struct bench_http *h)
{
    struct pollfd p = { .fd = h->fd, .events = POLLIN };

    return h->fd >= 0 && poll(&p, 1, 0) != 0;
}

/* ---- there ----------------------------------------------------------------------------------------------- */

static bool send_all(struct bench_http *h, const uint8_t *at, size_t left, int64_t deadline)
{
    while (left > 0) {
        ssize_t n = send(h->fd, at, left, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return failed(h, closed);
        }
        if (n < 0 && !wait_for(h, POLLOUT, deadline)) {
            return false;
        }
        at += n > 0 ? (size_t)n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Head and message in one piece, in either protocol. */
static bool send_frame(struct bench_http *h, struct span message, int64_t deadline)
{
    const struct frame f = { .framing = h->url->framing, .type = FRAME_REQUEST, .body = { message.ptr, message.len } };
    size_t size = frame_size(&f);

    if (size > BENCH_HTTP_MAX) {
        return failed(h, "message too long");
    }
    frame_write(&f, h->buffer);
    return send_all(h, h->buffer, size, deadline);
}

static bool send_request(struct bench_http *h, struct span message, int64_t deadline)
{
    bool v6 = strchr(h->url->host, ':') != NULL;
    int n = snprintf((char *)h->buffer, BENCH_HTTP_MAX,
                     "POST %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nContent-Type: application/pkixcmp\r\n"
                     "Connection: keep-alive\r\nContent-Length: %zu\r\n\r\n",
                     h->url->path, v6 ? "[" : "", h->url->host, v6 ? "]" : "", h->url->port, message.len);

    if (n < 0 || message.len > BENCH_HTTP_MAX - (size_t)n) {
        return failed(h, "message too long");
    }
    memcpy(h->buffer + n, message.ptr, message.len);
    return send_all(h, h->buffer, (size_t)n + message.len, deadline);
}

/* ---- and back ---------------------------------------------------------------------------------------------- */

/* Reads on until `until` octets are there, or, for 0, the end of the header, whose length it then returns. */
static size_t receive(struct bench_http *h, size_t *have, size_t until, int64_t deadline)
{
    for (;;) {
        const uint8_t *end = until == 0 ? memmem(h->buffer, *have, "\r\n\r\n", 4) : NULL;
        if (end != NULL) {
            return (size_t)(end - h->buffer) + 4;
        }
        if (until > 0 && *have >= until) {
            return until;
        }
        if (*have == BENCH_HTTP_MAX) {
            failed(h, "answer too long");
            return 0;
        }
        if (!wait_for(h, POLLIN, deadline)) {
            return 0;
        }
        ssize_t n = recv(h->fd, h->buffer + *have, BENCH_HTTP_MAX - *have, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            failed(h, closed);
            return 0;
        }
        *have += n > 0 ? (size_t)n : 0;
    }
}

/* The value of a header field in a NUL-terminated header; NULL: there is none. */
static const char *field(const char *header, const char *name)
{
    const char *line = header;

    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
            line += strlen(name) + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}

static bool stays_open(const char *header)
{
    const char *connection = field(header, "Connection");

    if (strncmp(header, "HTTP/1.0", 8) == 0) {
        return connection != NULL && strncasecmp(connection, "keep-alive", 10) == 0;
    }
    return connection == NULL || strncasecmp(connection, "close", 5) != 0;
}

static bool read_header(struct bench_http *h, const char *header, size_t header_len, size_t *content)
{
    const char *length = field(header, "Content-Length");

    if (strncmp(header, "HTTP/1.", 7) != 0 || strlen(header) < 12 || strspn(header + 9, "0123456789") != 3) {
        return failed(h, "no HTTP answer");
    }
    if (strncmp(header + 8, " 200", 4) != 0) {
        snprintf(h->why, sizeof h->why, "HTTP %.3s", header + 9);
        return false;
    }
    if (length == NULL || !isdigit((unsigned char)*length)) {
        return failed(h, "HTTP answer without Content-Length");
    }
    *content = strtoul(length, NULL, 10);
    return (*content > 0 && *content <= BENCH_HTTP_MAX - header_len) || failed(h, "length of the HTTP answer");
}

static bool receive_frame(struct bench_http *h, struct span *answer, bool *keep, bool *heard, int64_t deadline)
{
    size_t have = 0;
    struct frame f;
    bool begun = receive(h, &have, 4, deadline) > 0;

    *heard = have > 0;
    if (!begun) {
        return false;
    }
    size_t size = 4 + ((size_t)h->buffer[0] << 24 | (size_t)h->buffer[1] << 16 | (size_t)h->buffer[2] << 8 | h->buffer[3]);
    if (size > BENCH_HTTP_MAX || receive(h, &have, size, deadline) == 0) {
        return size > BENCH_HTTP_MAX ? failed(h, "answer too long") : false;
    }
    if (frame_read(&f, (struct cmpgate_bytes){ h->buffer, size }, FRAME_SERVER, BENCH_HTTP_MAX) != FRAME_FINE) {
        return failed(h, "no TCP message");
    }
    if (f.type != FRAME_RESPONSE) {
        return failed(h, frame_name(f.framing, f.type));
    }
    *keep = !f.close;
    *answer = (struct span){ f.body.ptr, f.body.len };
    return true;
}

static bool receive_answer(struct bench_http *h, struct span *answer, bool *keep, bool *heard, int64_t deadline)
{
    size_t have = 0, content = 0, header = receive(h, &have, 0, deadline);

    *heard = have > 0;
    if (header == 0) {
        return false;
    }
    h->buffer[header - 2] = '\0';       /* inside of the blank line: the last field keeps its end */
    const char *text = (const char *)h->buffer;
    if (strlen(text) != header - 2) {
        return failed(h, "no HTTP answer");
    }
    if (!read_header(h, text, header, &content)) {
        return false;
    }
    *keep = stays_open(text);
    if (receive(h, &have, header + content, deadline) == 0) {
        return false;
    }
    *answer = (struct span){ h->buffer + header, content };
    return true;
}

/* *heard: anything came back at all. */
static bool exchange(struct bench_http *h, struct span message, struct span *answer, bool *heard, int64_t deadline)
{
    bool keep = false, ok = (h->fd >= 0 || connect_any(h, deadline)) &&
        (h->url->tcp ? send_frame(h, message, deadline) && receive_frame(h, answer, &keep, heard, deadline)
                     : send_request(h, message, deadline) && receive_answer(h, answer, &keep, heard, deadline));

    if (!ok || !keep) {
        hang_up(h);
    }
    return ok;
}

struct span bench_http_post(struct bench_http *h, struct span message)
{
    int64_t deadline = now_ms() + h->timeout;
    struct span answer = { NULL, 0 };
    bool heard = false;

    if (is_stale(h)) {
        hang_up(h);
    }
    bool reused = h->fd >= 0;
    bool ok = exchange(h, message, &answer, &heard, deadline);
    if (!ok && reused && !heard && strcmp(h->why, closed) == 0) {
        /* The server has ended an idle connection just then: once more, over a new one.  (RFC 9112 9.3.1) */
        ok = exchange(h, message, &answer, &heard, deadline);
    }
    return ok ? answer : (struct span){ NULL, 0 };
}
