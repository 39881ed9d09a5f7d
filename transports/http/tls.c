#include "tls.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include "http.h"

#define PEM_MAX (1 << 20)       /* octets of a file */

/* ---- files ------------------------------------------------------------------- */

static void forget(gnutls_datum_t *pem)
{
    if (pem->data != NULL) {
        gnutls_memset(pem->data, 0, pem->size);
        free(pem->data);
    }
    *pem = (gnutls_datum_t){ NULL, 0 };
}

/* NULL, or why the file cannot be used.  `forbidden`: permissions that nobody may have. */
static const char *check_file(int fd, mode_t forbidden, size_t *len)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return "not a file";
    }
    if ((st.st_mode & forbidden) != 0) {
        return "open to everybody: want mode 0600 or 0640";
    }
    if (st.st_size <= 0 || st.st_size > PEM_MAX) {
        return st.st_size <= 0 ? "empty" : "too large";
    }
    *len = (size_t)st.st_size;
    return NULL;
}

static bool read_whole(int fd, unsigned char *to, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, to, len);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        if (n > 0) {
            to += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static const char *read_content(int fd, size_t len, gnutls_datum_t *pem)
{
    pem->data = calloc(1, len + 1);
    pem->size = (unsigned)len;
    if (pem->data == NULL || !read_whole(fd, pem->data, len)) {
        return "cannot be read";
    }
    return memchr(pem->data, '\0', len) != NULL ? "not PEM" : NULL;
}

static bool read_pem(struct http *http, const char *option, const char *path, mode_t forbidden,
                     gnutls_datum_t *pem)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *why = check_file(fd, forbidden, &len);

    if (why == NULL) {
        why = read_content(fd, len, pem);
    }
    if (why != NULL) {
        http_log(http, CMPGATE_ERROR, 0, "%s %s: %s", option, path, why);
    }
    if (fd >= 0) {
        close(fd);
    }
    return why == NULL;
}

/* ---- do they fit? ------------------------------------------------------------- */

struct pair {
    const char *certificate_option, *certificate_path, *key_option, *key_path;
};

/* Both or neither; with both, one belongs to the other. */
static bool read_pair(struct http *http, const struct pair *p, gnutls_datum_t *certificate,
                      gnutls_datum_t *key)
{
    gnutls_certificate_credentials_t credentials = NULL;

    if (p->certificate_path == NULL || p->key_path == NULL) {
        bool lacks_key = p->key_path == NULL;
        http_log(http, CMPGATE_ERROR, 0, "%s without %s", lacks_key ? p->certificate_option : p->key_option,
                 lacks_key ? p->key_option : p->certificate_option);
        return false;
    }
    if (!read_pem(http, p->certificate_option, p->certificate_path, 0, certificate)
        || !read_pem(http, p->key_option, p->key_path, S_IRWXO, key)
        || gnutls_certificate_allocate_credentials(&credentials) < 0) {
        return false;
    }
    int code = gnutls_certificate_set_x509_key_mem(credentials, certificate, key, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        http_log(http, CMPGATE_ERROR, 0, "%s %s with %s %s: %s", p->certificate_option,
                 p->certificate_path, p->key_option, p->key_path, gnutls_strerror(code));
    }
    gnutls_certificate_free_credentials(credentials);
    return code >= 0;
}

static bool read_anchors(struct http *http, const char *option, const char *path, gnutls_datum_t *anchors)
{
    gnutls_certificate_credentials_t credentials = NULL;

    if (!read_pem(http, option, path, 0, anchors)
        || gnutls_certificate_allocate_credentials(&credentials) < 0) {
        return false;
    }
    int count = gnutls_certificate_set_x509_trust_mem(credentials, anchors, GNUTLS_X509_FMT_PEM);
    if (count <= 0) {
        http_log(http, CMPGATE_ERROR, 0, "%s %s: %s", option, path,
                 count < 0 ? gnutls_strerror(count) : "no certificate in it");
    }
    gnutls_certificate_free_credentials(credentials);
    return count > 0;
}

/* ---- serving ------------------------------------------------------------------- */

static bool read_wants(struct http *http, enum tls_wants *wants)
{
    static const char *const words[] = { "none", "optional", "required" };
    const struct http_options *o = http->options;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(o->client_certificate, words[i]) == 0) {
            *wants = (enum tls_wants)i;
            return true;
        }
    }
    http_log(http, CMPGATE_ERROR, 0, "client-certificate \"%s\": want none, optional or required",
             o->client_certificate);
    return false;
}

/* NULL, or what is missing beside something that is there. */
static const char *find_gap(const struct http_options *o, enum tls_wants wants)
{
    bool tls = o->tls_certificate != NULL || o->tls_key != NULL;

    if (!tls && wants != TLS_WANTS_NONE) {
        return "client-certificate without tls-certificate and tls-key";
    }
    if (wants != TLS_WANTS_NONE && o->client_ca == NULL) {
        return "client-certificate without client-ca: nobody to trust";
    }
    if (wants == TLS_WANTS_NONE && o->client_ca != NULL) {
        return "client-ca without client-certificate optional or required";
    }
    return NULL;
}

bool tls_open(struct tls *tls, struct http *http)
{
    const struct http_options *o = http->options;
    struct pair pair = { "tls-certificate", o->tls_certificate, "tls-key", o->tls_key };

    if (!read_wants(http, &tls->wants)) {
        return false;
    }
    const char *gap = find_gap(o, tls->wants);
    if (gap != NULL) {
        http_log(http, CMPGATE_ERROR, 0, "%s", gap);
        return false;
    }
    tls->on = o->tls_certificate != NULL || o->tls_key != NULL;
    if (tls->on && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        http_log(http, CMPGATE_ERROR, 0, "this libmicrohttpd was built without TLS");
        return false;
    }
    return !tls->on || (read_pair(http, &pair, &tls->certificate, &tls->key)
                        && (o->client_ca == NULL
                            || read_anchors(http, "client-ca", o->client_ca, &tls->anchors)));
}

void tls_close(struct tls *tls)
{
    forget(&tls->certificate);
    forget(&tls->key);
    forget(&tls->anchors);
}

static bool says(char why[TLS_WHY], const char *text)
{
    snprintf(why, TLS_WHY, "%s", text);
    return false;
}

static bool verify(gnutls_session_t session, char why[TLS_WHY])
{
    gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                      .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
    gnutls_datum_t text = { NULL, 0 };
    unsigned status = 0;

    int code = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
    if (code < 0) {
        return says(why, gnutls_strerror(code));
    }
    if (status == 0) {
        return true;
    }
    code = gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
    says(why, code >= 0 ? (const char *)text.data : "the certificate is not trusted");
    gnutls_free(text.data);
    return false;
}

enum tls_peer tls_peer(gnutls_session_t session, gnutls_datum_t *leaf, char why[TLS_WHY])
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);

    if (chain == NULL || count == 0) {
        return TLS_PEER_NONE;
    }
    if (!verify(session, why)) {
        return TLS_PEER_BAD;
    }
    *leaf = chain[0];
    return TLS_PEER_GOOD;
}

static ssize_t pull(gnutls_transport_ptr_t socket, void *to, size_t size)
{
    static const int on = 1;
    int fd = (int)(intptr_t)socket;
    ssize_t n = recv(fd, to, size, 0);

    if (n < 0 && errno == EAGAIN) {
        setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        errno = EAGAIN;
    }
    return n;
}

void tls_acknowledge(gnutls_session_t session, int fd)
{
    if (gnutls_transport_get_int(session) == fd) {
        gnutls_transport_set_pull_function(session, pull);
    }
}

/* ---- sending --------------------------------------------------------------------- */

/* libcurl reads the files itself, for each connection; here they are only looked at. */
static bool check_client_files(struct http *http)
{
    const struct http_options *o = http->options;
    struct pair pair = { "certificate", o->certificate, "key", o->key };
    gnutls_datum_t certificate = { NULL, 0 }, key = { NULL, 0 }, anchors = { NULL, 0 };

    bool fit = (o->ca == NULL || read_anchors(http, "ca", o->ca, &anchors))
        && ((o->certificate == NULL && o->key == NULL) || read_pair(http, &pair, &certificate, &key));
    forget(&anchors);
    forget(&certificate);
    forget(&key);
    return fit;
}

bool tls_check_client(struct http *http, bool https)
{
    const struct http_options *o = http->options;
    const char *idle = o->ca != NULL ? "ca" : o->certificate != NULL ? "certificate"
                     : o->key != NULL ? "key" : NULL;

    if (!https && idle != NULL) {
        http_log(http, CMPGATE_ERROR, 0, "%s without an https:// url", idle);
        return false;
    }
    return !https || check_client_files(http);
}
