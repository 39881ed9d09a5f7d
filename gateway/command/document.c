#include "gateway/command/document.h"

#include <stdio.h>

#include "codec/cmp.h"
#include "gateway/command/pem.h"
#include "gateway/file.h"

/* PEM text of the largest DER that the codec takes. */
enum { MOST = ASN1_MAX_SIZE / 3 * 4 + (1 << 20) };

/* In the order in which they are tried. */
static const struct known {
    const struct asn1_type *type;
    const char *labels[2];
} known[] = {
    { &PKIMessage_type, { "PKIMESSAGE", "CMP" } },
    { &Certificate_type, { "CERTIFICATE", "X509 CERTIFICATE" } },
    { &CertificateList_type, { "X509 CRL", "CRL" } },
    { &CertificationRequest_type, { "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" } },
};
enum { KNOWN = sizeof known / sizeof *known };

static bool has_label(const struct known *k, const char *label)
{
    return strcmp(k->labels[0], label) == 0 || strcmp(k->labels[1], label) == 0;
}

static bool any_has_label(const char *label)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (has_label(&known[i], label)) {
            return true;
        }
    }
    return false;
}

bool document_decode(struct span der, const char *label, struct document *out, struct arena *arena,
                     char why[DOCUMENT_WHY])
{
    struct asn1_error err, furthest = { .type = NULL };
    bool told = label != NULL && any_has_label(label);

    for (size_t i = 0; i < KNOWN; i++) {
        if (told && !has_label(&known[i], label)) {
            continue;
        }
        out->type = known[i].type;
        out->der = der;
        out->value = asn1_decode(out->type, der, arena, &err);
        if (out->value != NULL) {
            return true;
        }
        if (furthest.type == NULL || err.offset > furthest.offset) {
            furthest = err;
        }
    }
    asn1_error_text(&furthest, why, DOCUMENT_WHY);
    return false;
}

/* DER may hold anything, even the text of a PEM header; PEM does not begin with a SEQUENCE. */
static bool is_pem(struct span bytes)
{
    return bytes.len > 0 && bytes.ptr[0] != DER_SEQUENCE && pem_found(bytes);
}

static bool each_pem(struct span text, struct arena *arena, void (*take)(void *, const struct document *),
                     void *context, char why[DOCUMENT_WHY])
{
    struct document document;
    struct pem pem;
    char reason[PEM_WHY];

    while (pem_next(&text, &pem, arena, reason)) {
        if (!document_decode(pem.der, pem.label, &document, arena, why)) {
            return false;
        }
        take(context, &document);
    }
    snprintf(why, DOCUMENT_WHY, "%s", reason);
    return reason[0] == '\0';
}

bool document_each(const char *path, struct arena *arena, void (*take)(void *, const struct document *),
                   void *context, char why[DOCUMENT_WHY])
{
    struct document document;
    struct span bytes = file_read(path, MOST, arena, why, DOCUMENT_WHY);

    if (bytes.ptr == NULL) {
        return false;
    }
    if (is_pem(bytes)) {
        return each_pem(bytes, arena, take, context, why);
    }
    if (bytes.len == 0 || bytes.ptr[0] != DER_SEQUENCE) {
        snprintf(why, DOCUMENT_WHY, bytes.len == 0 ? "it is empty" : "it is neither DER nor PEM");
        return false;
    }
    if (!document_decode(bytes, NULL, &document, arena, why)) {
        return false;
    }
    take(context, &document);
    return true;
}

struct span document_bytes(const char *path, struct arena *arena, char why[DOCUMENT_WHY])
{
    struct span bytes = file_read(path, MOST, arena, why, DOCUMENT_WHY);
    struct pem pem;
    char reason[PEM_WHY];

    if (!is_pem(bytes)) {
        return bytes;
    }
    if (!pem_next(&bytes, &pem, arena, reason)) {
        snprintf(why, DOCUMENT_WHY, "%s", reason);
        return (struct span){ NULL, 0 };
    }
    return pem.der;
}

bool document_odd(const char *path, struct arena *arena, struct document *out)
{
    char why[DOCUMENT_WHY];
    unsigned odd = 0;
    struct span bytes = document_bytes(path, arena, why);
    void *message = bytes.ptr != NULL ? asn1_decode_odd(&PKIMessage_type, bytes, arena, &odd, NULL) : NULL;

    *out = (struct document){ .type = &PKIMessage_type, .value = message, .der = bytes };
    return message != NULL && odd != 0;
}
