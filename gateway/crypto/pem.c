/* PEM as in RFC 7468: text around the blocks and blocks of other kinds are passed over. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/crypto/plumbing.h"

enum { PEM_FILE_MAX = 4 << 20, PEM_CERTIFICATES_MAX = 1024 };

static const char BEGIN[] = "-----BEGIN CERTIFICATE-----";
static const char END[] = "-----END CERTIFICATE-----";

/* The text of the next block, taken from *rest.  `whole` is false when it has no end. */
static struct span next_block(struct span *rest, bool *whole)
{
    const uint8_t *end = rest->ptr + rest->len;
    const uint8_t *from = memmem(rest->ptr, rest->len, BEGIN, sizeof BEGIN - 1);

    *whole = true;
    if (from == NULL) {
        return (struct span){ NULL, 0 };
    }
    const uint8_t *to = memmem(from, (size_t)(end - from), END, sizeof END - 1);
    if (to == NULL) {
        *whole = false;
        return (struct span){ NULL, 0 };
    }
    to += sizeof END - 1;
    *rest = (struct span){ to, (size_t)(end - to) };
    return (struct span){ from, (size_t)(to - from) };
}

/* A certificate that the library would refuse later is refused now, with its file's name. */
static const char *check_certificate(const gnutls_datum_t *der)
{
    gnutls_x509_crt_t certificate;
    int code = gnutls_x509_crt_init(&certificate);

    if (code < 0) {
        return gnutls_strerror(code);
    }
    code = gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER);
    gnutls_x509_crt_deinit(certificate);
    return code < 0 ? "not a certificate" : NULL;
}

static const char *decode_block(struct span block, struct arena *arena, struct span *out)
{
    gnutls_datum_t text = plumbing_datum(block), der = { NULL, 0 };
    const char *wrong = "bad base64";

    if (gnutls_pem_base64_decode2("CERTIFICATE", &text, &der) >= 0) {
        wrong = check_certificate(&der);
        *out = arena_copy(arena, der.data, der.size);
    }
    gnutls_free(der.data);
    return wrong == NULL && out->ptr == NULL ? "no memory" : wrong;
}

static bool decode_all(struct span text, struct arena *arena, struct span **out, size_t *count,
                       char *why, size_t why_size)
{
    struct span found[PEM_CERTIFICATES_MAX];
    size_t n = 0;
    bool whole;

    for (struct span block; block = next_block(&text, &whole), block.ptr != NULL; n++) {
        const char *wrong =
            n < PEM_CERTIFICATES_MAX ? decode_block(block, arena, &found[n]) : "one too many";
        if (wrong != NULL) {
            snprintf(why, why_size, "certificate %zu: %s", n + 1, wrong);
            return false;
        }
    }
    if (!whole) {
        snprintf(why, why_size, "certificate %zu: no end line", n + 1);
        return false;
    }
    if (n == 0) {
        snprintf(why, why_size, "no certificate in it");
        return false;
    }
    *out = (struct span *)(uintptr_t)arena_copy(arena, found, n * sizeof found[0]).ptr;
    *count = *out != NULL ? n : 0;
    return *out != NULL;
}

bool crypto_pem_certificates(const char *path, struct arena *arena, struct span **out, size_t *count,
                             char *why, size_t why_size)
{
    struct span text = plumbing_read(path, PEM_FILE_MAX, 0, why, why_size);

    *out = NULL;
    *count = 0;
    if (text.ptr == NULL) {
        return false;
    }
    snprintf(why, why_size, "no memory");
    bool done = decode_all(text, arena, out, count, why, why_size);
    plumbing_forget(text);
    return done;
}

struct span crypto_pem(const char *label, struct span der, struct arena *arena)
{
    gnutls_datum_t in = plumbing_datum(der), pem = { NULL, 0 };
    struct span out = { NULL, 0 };

    if (gnutls_pem_base64_encode2(label, &in, &pem) >= 0) {
        out = arena_copy(arena, pem.data, pem.size);
    }
    gnutls_free(pem.data);
    return out;
}
