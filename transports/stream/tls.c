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

#define PEM_MAX (1 << 20)       /* octets of a file */

#define complain(host, ...) (host)->gate->log((host)->endpoint, CMPGATE_ERROR, 0, __VA_ARGS__)

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

static bool read_pem(const struct tls_host *host, const char *option, const char *path, mode_t forbidden,
                     gnutls_datum_t *pem)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *why = check_file(fd, forbidden, &len);

    if (why == NULL) {
        why = read_content(fd, len, pem);
    }
    if (why != NULL) {
        complain(host, "%s %s: %s", option, path, why);
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
static bool read_pair(const struct tls_host *host, const struct pair *p, gnutls_datum_t *certificate,
                      gnutls_datum_t *key)
{
    gnutls_certificate_credentials_t credentials = NULL;

    if (p->certificate_path == NULL || p->key_path == NULL) {
        bool lacks_key = p->key_path == NULL;
        complain(host, "%s without %s", lacks_key ? p->certificate_option : p->key_option,
                 lacks_key ? p->key_option : p->certificate_option);
        return false;
    }
    if (!read_pem(host, p->certificate_option, p->certificate_path, 0, certificate)
        || !read_pem(host, p->key_option, p->key_path, S_IRWXO, key)
        || gnutls_certificate_allocate_credentials(&credentials) < 0) {
        return false;
    }
    int code = gnutls_certificate_set_x509_key_mem(credentials, certificate, key, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        complain(host, "%s %s with %s %s: %s", p->certificate_option,
                 p->certificate_path, p->key_option, p->key_path, gnutls_strerror(code));
    }
    gnutls_certificate_free_credentials(credentials);
    return code >= 0;
}

static bool read_anchors(const struct tls_host *host, const char *option, const char *path, gnutls_datum_t *anchors)
{
    gnutls_certificate_credentials_t credentials = NULL;

    if (!read_pem(host, option, path, 0, anchors)
        || gnutls_certificate_allocate_credentials(&credentials) < 0) {
        return false;
    }
    int count = gnutls_certificate_set_x509_trust_mem(credentials, anchors, GNUTLS_X509_FMT_PEM);
    if (count <= 0) {
        complain(host, "%s %s: %s", option, path,
                 count < 0 ? gnutls_strerror(count) : "no certificate in it");
    }
    gnutls_certificate_free_credentials(credentials);
    return count > 0;
}

/* ---- serving ------------------------------------------------------------------- */

static bool read_wants(const struct tls_host *host, const char *word, enum tls_wants *wants)
{
    static const char *const words[] = { "none", "optional", "required" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            *wants = (enum tls_wants)i;
            return true;
        }
    }
    complain(host, "client-certificate \"%s\": want none, optional or required", word);
    return false;
}

/* NULL, or what is missing beside something that is there. */
static const char *find_gap(const struct tls_server_files *files, enum tls_wants wants)
{
    bool tls = files->certificate != NULL || files->key != NULL;

    if (!tls && wants != TLS_WANTS_NONE) {
        return "client-certificate without tls-certificate and tls-key";
    }
    if (wants != TLS_WANTS_NONE && files->client_ca == NULL) {
        return "client-certificate without client-ca: nobody to trust";
    }
    if (wants == TLS_WANTS_NONE && files->client_ca != NULL) {
        return "client-ca without client-certificate optional or required";
    }
    return NULL;
}

bool tls_open(struct tls *tls, const struct tls_host *host, const struct tls_server_files *files)
{
    struct pair pair = { "tls-certificate", files->certificate, "tls-key", files->key };

    if (!read_wants(host, files->client_certificate, &tls->wants)) {
        return false;
    }
    const char *gap = find_gap(files, tls->wants);
    if (gap != NULL) {
        complain(host, "%s", gap);
        return false;
    }
    tls->on = files->certificate != NULL || files->key != NULL;
    return !tls->on || (read_pair(host, &pair, &tls->certificate, &tls->key)
                        && (files->client_ca == NULL
                            || read_anchors(host, "client-ca", files->client_ca, &tls->anchors)));
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

static bool read_client_files(struct tls *tls, const struct tls_host *host, const struct tls_client_files *files)
{
    struct pair pair = { "certificate", files->certificate, "key", files->key };

    return (files->ca == NULL || read_anchors(host, "ca", files->ca, &tls->anchors))
        && ((files->certificate == NULL && files->key == NULL)
            || read_pair(host, &pair, &tls->certificate, &tls->key));
}

bool tls_open_client(struct tls *tls, const struct tls_host *host, const struct tls_client_files *files, bool secure,
                     const char *scheme)
{
    const char *idle = files->ca != NULL ? "ca" : files->certificate != NULL ? "certificate"
                     : files->key != NULL ? "key" : NULL;

    tls->on = secure;
    if (!secure && idle != NULL) {
        complain(host, "%s without %s url", idle, scheme);
        return false;
    }
    return !secure || read_client_files(tls, host, files);
}
