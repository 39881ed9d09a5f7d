#include "http_tls_pki.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static char directory[] = "/tmp/http-tls-XXXXXX";

static const struct kind {
    const char *name, *issuer;
    int days;                   /* of validity, from now */
    const char *purpose;        /* NULL: an authority */
} kinds[] = {
    { "ca", NULL, 10, NULL },
    { "other", NULL, 10, NULL },
    { "server", "ca", 10, GNUTLS_KP_TLS_WWW_SERVER },
    { "client", "ca", 10, GNUTLS_KP_TLS_WWW_CLIENT },
    { "stranger", "other", 10, GNUTLS_KP_TLS_WWW_CLIENT },
    { "expired", "ca", -1, GNUTLS_KP_TLS_WWW_CLIENT },
    { "webserver", "ca", 10, GNUTLS_KP_TLS_WWW_SERVER },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static struct made {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
} made[KINDS];

static void must(int code)
{
    if (code < 0) {
        fprintf(stderr, "making certificates: %s\n", gnutls_strerror(code));
        exit(1);
    }
}

const char *pki_file(const char *name)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const char *suffix, gnutls_datum_t pem, mode_t mode)
{
    char full[64];

    snprintf(full, sizeof full, "%s%s", name, suffix);
    int fd = open(pki_file(full), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || fchmod(fd, mode) != 0 || write(fd, pem.data, pem.size) != (ssize_t)pem.size) {
        perror(full);
        exit(1);
    }
    close(fd);
}

static const struct made *issuer_of(const struct kind *kind, const struct made *self)
{
    for (size_t i = 0; kind->issuer != NULL && i < KINDS; i++) {
        if (strcmp(kinds[i].name, kind->issuer) == 0) {
            return &made[i];
        }
    }
    return self;
}

static void fill_in(gnutls_x509_crt_t crt, const struct kind *kind, uint8_t serial)
{
    static const uint8_t loopback[] = { 127, 0, 0, 1 };
    time_t now = time(NULL);

    must(gnutls_x509_crt_set_version(crt, 3));
    must(gnutls_x509_crt_set_serial(crt, &serial, 1));
    must(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, kind->name,
                                       (unsigned)strlen(kind->name)));
    must(gnutls_x509_crt_set_activation_time(crt, now - 5 * 86400));
    must(gnutls_x509_crt_set_expiration_time(crt, now + kind->days * 86400));
    must(gnutls_x509_crt_set_basic_constraints(crt, kind->purpose == NULL, -1));
    if (kind->purpose != NULL) {
        must(gnutls_x509_crt_set_key_purpose_oid(crt, kind->purpose, 0));
        must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback, sizeof loopback,
                                                  GNUTLS_FSAN_SET));
    }
}

static void make(size_t i)
{
    struct made *m = &made[i];
    gnutls_datum_t pem;

    must(gnutls_x509_privkey_init(&m->key));
    must(gnutls_x509_privkey_generate(m->key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    must(gnutls_x509_crt_init(&m->certificate));
    fill_in(m->certificate, &kinds[i], (uint8_t)(i + 1));
    must(gnutls_x509_crt_set_key(m->certificate, m->key));
    const struct made *issuer = issuer_of(&kinds[i], m);
    must(gnutls_x509_crt_sign2(m->certificate, issuer->certificate, issuer->key, GNUTLS_DIG_SHA256, 0));
    must(gnutls_x509_crt_export2(m->certificate, GNUTLS_X509_FMT_PEM, &pem));
    write_file(kinds[i].name, ".pem", pem, 0644);
    gnutls_free(pem.data);
    must(gnutls_x509_privkey_export2(m->key, GNUTLS_X509_FMT_PEM, &pem));
    write_file(kinds[i].name, ".key", pem, 0600);
    if (strcmp(kinds[i].name, "client") == 0) {
        write_file("open", ".key", pem, 0644);
    }
    gnutls_free(pem.data);
}

static void clean_up(void)
{
    char name[64];

    for (size_t i = 0; i < KINDS; i++) {
        snprintf(name, sizeof name, "%s.pem", kinds[i].name);
        unlink(pki_file(name));
        snprintf(name, sizeof name, "%s.key", kinds[i].name);
        unlink(pki_file(name));
        gnutls_x509_crt_deinit(made[i].certificate);
        gnutls_x509_privkey_deinit(made[i].key);
    }
    unlink(pki_file("open.key"));
    rmdir(directory);
}

void pki_make(void)
{
    if (made[0].key != NULL) {
        return;
    }
    if (mkdtemp(directory) == NULL) {
        perror(directory);
        exit(1);
    }
    for (size_t i = 0; i < KINDS; i++) {
        make(i);
    }
    atexit(clean_up);
}

size_t pki_der(const char *name, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            must(gnutls_x509_crt_export(made[i].certificate, GNUTLS_X509_FMT_DER, out, &size));
            return size;
        }
    }
    return 0;
}
