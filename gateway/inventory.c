#include "gateway/inventory.h"

#include <stdio.h>

#include "codec/x509.h"
#include "gateway/crypto/crypto.h"

struct certificate *inventory_row(struct span der, const char *profile, const struct store_octets *transactionID,
                                  int64_t now, struct arena *arena)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(der, arena, &err);
    struct certificate *row = arena_zalloc(arena, sizeof *row);

    if (c == NULL || row == NULL) {
        return NULL;
    }
    const struct TBSCertificate *tbs = c->tbsCertificate;
    row->der = der;
    crypto_sha256(der, row->fingerprint);
    row->issuer = tbs->issuer->der;
    row->serial = tbs->serialNumber;
    row->subject = tbs->subject->der;
    crypto_sha256(tbs->subjectPublicKeyInfo->der, row->key);
    row->profile = profile;
    if (transactionID != NULL) {
        row->transactionID = *transactionID;
    }
    row->added = now;
    if (!Time_to_unix(tbs->validity->notBefore, &row->not_before) ||
        !Time_to_unix(tbs->validity->notAfter, &row->not_after)) {
        return NULL;
    }
    return row;
}

char *inventory_text(const struct certificate *row, char *buf, size_t size)
{
    char subject[256] = "?", serial[2 * 20 + 1] = "";
    struct asn1_error err;
    struct arena *arena = arena_new();
    struct Name *name = arena != NULL ? Name_decode(row->subject, arena, &err) : NULL;

    if (name != NULL) {
        Name_text(name, subject, sizeof subject);
    }
    for (size_t i = 0; i < row->serial.len && i < 20; i++) {
        snprintf(serial + 2 * i, 3, "%02x", row->serial.ptr[i]);
    }
    snprintf(buf, size, "%s serial %s", subject, serial);
    arena_free(arena);
    return buf;
}
