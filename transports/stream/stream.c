#include "stream.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int load(const struct stream_tls *s, const struct tls *files)
{
    int code = 0;

    if (files->certificate.data != NULL) {
        code = gnutls_certificate_set_x509_key_mem(s->credentials, &files->certificate, &files->key, GNUTLS_X509_FMT_PEM);
    }
    if (code >= 0 && files->anchors.data != NULL) {
        code = gnutls_certificate_set_x509_trust_mem(s->credentials, &files->anchors, GNUTLS_X509_FMT_PEM);
    } else if (code >= 0 && s->client) {
        code = gnutls_certificate_set_x509_system_trust(s->credentials);
    }
    return code;
}

bool stream_tls_open(struct stream_tls *s, const struct tls *files, bool client, const char **why)
{
    *s = (struct stream_tls){ .wants = files->wants, .client = client };
    if (!files->on) {
        return true;
    }
    int code = gnutls_certificate_allocate_credentials(&s->credentials);
    if (code >= 0) {
        code = load(s, files);
    }
    *why = gnutls_strerror(code);
    return code >= 0;
}

void stream_tls_close(struct stream_tls *s)
{
    if (s->credentials != NULL) {
        gnutls_certificate_free_credentials(s->credentials);
        s->credentials = NULL;
    }
}

static bool is_address(const char *host)
{
    unsigned char scrap[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, scrap) == 1 || inet_pton(AF_INET6, host, scrap) == 1;
}

/* The name is checked during the handshake (RFC 9525); server name indication is for names only. */
static int expect_server(gnutls_session_t session, const char *host)
{
    gnutls_session_set_verify_cert(session, host, 0);
    return is_address(host) ? 0 : gnutls_server_name_set(session, GNUTLS_NAME_DNS, host, strlen(host));
}

static int set_up(struct stream *s, const struct stream_tls *tls, const char *host)
{
    int code = gnutls_priority_set_direct(s->session, TLS_PRIORITY, NULL);

    if (code >= 0) {
        code = gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, tls->credentials);
    }
    if (code >= 0 && tls->client) {
        code = expect_server(s->session, host);
    } else if (tls->wants != TLS_WANTS_NONE) {
        gnutls_certificate_server_set_request(s->session, GNUTLS_CERT_REQUEST);
    }
    gnutls_transport_set_int(s->session, s->fd);
    tls_acknowledge(s->session, s->fd);
    return code;
}

bool stream_open(struct stream *s, int fd, const struct stream_tls *tls, const char *host)
{
    unsigned flags = GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | (tls->client ? GNUTLS_CLIENT : GNUTLS_SERVER);

    *s = (struct stream){ .fd = fd, .wants = tls->client ? TLS_WANTS_NONE : tls->wants,
                          .agreed = tls->credentials == NULL };
    if (s->agreed) {
        return true;
    }
    if (gnutls_init(&s->session, flags) < 0 || set_up(s, tls, host) < 0) {
        if (s->session != NULL) {
            gnutls_deinit(s->session);
            s->session = NULL;
        }
        return false;
    }
    return true;
}

void stream_finish(struct stream *s)
{
    if (s->session != NULL && s->agreed) {
        gnutls_bye(s->session, GNUTLS_SHUT_WR);
    }
    shutdown(s->fd, SHUT_WR);
}

void stream_close(struct stream *s)
{
    if (s->session != NULL) {
        if (s->agreed) {
            gnutls_bye(s->session, GNUTLS_SHUT_WR);
        }
        gnutls_deinit(s->session);
        s->session = NULL;
    }
    close(s->fd);
    s->fd = -1;
}

/* ---- TLS ----------------------------------------------------------------------- */

static ssize_t failed(struct stream *s, int code)
{
    if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED) {
        return STREAM_AGAIN;
    }
    if (s->why[0] == '\0') {
        snprintf(s->why, sizeof s->why, "TLS: %s", gnutls_strerror(code));
    }
    return STREAM_FAILED;
}

/* A certificate that is shown has to be good, even where it is optional: a peer that thinks it is known
 * must not be served as a stranger. */
static bool admit(struct stream *s)
{
    char why[TLS_WHY] = "";

    if (s->wants == TLS_WANTS_NONE) {
        return true;
    }
    s->shown = tls_peer(s->session, &s->certificate, why);
    if (s->shown == TLS_PEER_GOOD || (s->shown == TLS_PEER_NONE && s->wants == TLS_WANTS_OPTIONAL)) {
        return true;
    }
    if (s->shown == TLS_PEER_NONE) {
        snprintf(s->why, sizeof s->why, "a client certificate is required");
    } else {
        snprintf(s->why, sizeof s->why, "client certificate: %.130s", why);
    }
    gnutls_alert_send(s->session, GNUTLS_AL_FATAL,
                      s->shown == TLS_PEER_NONE ? GNUTLS_A_CERTIFICATE_REQUIRED : GNUTLS_A_BAD_CERTIFICATE);
    return false;
}

/* 0: agreed. */
static ssize_t shake_hands(struct stream *s)
{
    int code;

    do {
        code = gnutls_handshake(s->session);
    } while (code < 0 && code != GNUTLS_E_AGAIN && gnutls_error_is_fatal(code) == 0);
    if (code < 0) {
        if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
            snprintf(s->why, sizeof s->why, "TLS: the server does not prove its name, or is not trusted");
        }
        return failed(s, code);
    }
    s->agreed = true;
    return admit(s) ? 0 : STREAM_FAILED;
}

static ssize_t read_tls(struct stream *s, void *to, size_t len)
{
    ssize_t n;

    if (!s->agreed && (n = shake_hands(s)) != 0) {
        return n;
    }
    do {
        n = gnutls_record_recv(s->session, to, len);
    } while (n < 0 && n != GNUTLS_E_AGAIN && gnutls_error_is_fatal((int)n) == 0);
    /* Many peers end without words; a message says its own length, so nothing can be cut off unnoticed. */
    return n >= 0 ? n : n == GNUTLS_E_PREMATURE_TERMINATION ? 0 : failed(s, (int)n);
}

static ssize_t write_tls(struct stream *s, const void *from, size_t len)
{
    ssize_t n;

    if (!s->agreed && (n = shake_hands(s)) != 0) {
        return n;
    }
    do {
        n = gnutls_record_send(s->session, from, len);
    } while (n == GNUTLS_E_INTERRUPTED);
    return n >= 0 ? n : failed(s, (int)n);
}

/* ---- either -------------------------------------------------------------------- */

static ssize_t judge(struct stream *s, ssize_t n)
{
    if (n >= 0) {
        return n;
    }
    if (errno == EAGAIN) {
        return STREAM_AGAIN;
    }
    snprintf(s->why, sizeof s->why, "%s", strerror(errno));
    return STREAM_FAILED;
}

ssize_t stream_read(struct stream *s, void *to, size_t len)
{
    ssize_t n;

    if (s->session != NULL) {
        return read_tls(s, to, len);
    }
    do {
        n = recv(s->fd, to, len, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return judge(s, n);
}

ssize_t stream_write(struct stream *s, const void *from, size_t len)
{
    ssize_t n;

    if (s->session != NULL) {
        return write_tls(s, from, len);
    }
    do {
        n = send(s->fd, from, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return judge(s, n);
}

bool stream_wants_to_write(const struct stream *s)
{
    return s->session != NULL && gnutls_record_get_direction(s->session) == 1;
}
