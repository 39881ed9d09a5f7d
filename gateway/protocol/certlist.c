#include "gateway/protocol/certlist.h"

#include <string.h>

static bool is_self_issued(struct arena *arena, struct span der)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(der, arena, &err);

    return c != NULL && span_eq(c->tbsCertificate->issuer->der, c->tbsCertificate->subject->der);
}

struct CMPCertificate *certlist_one(struct arena *arena, struct span der)
{
    struct CMPCertificate *c = der.ptr != NULL ? CMPCertificate_new(arena) : NULL;

    if (c != NULL) {
        c->der = der;
    }
    return c;
}

bool certlist_add(struct arena *arena, struct asn1_list *list, struct span der)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct CMPCertificate *c = list->item[i];
        if (span_eq(c->der, der)) {
            return true;
        }
    }
    struct CMPCertificate *c = certlist_one(arena, der);
    return c != NULL && asn1_list_add(arena, list, c);
}

static bool add_those(struct arena *arena, struct asn1_list *list, const struct span *ders, size_t count, bool roots)
{
    for (size_t i = 0; i < count; i++) {
        if (is_self_issued(arena, ders[i]) == roots && !certlist_add(arena, list, ders[i])) {
            return false;
        }
    }
    return true;
}

bool certlist_add_chain(struct arena *arena, struct asn1_list *list, const struct span *ders, size_t count)
{
    return add_those(arena, list, ders, count, false);
}

bool certlist_add_roots(struct arena *arena, struct asn1_list *list, const struct span *ders, size_t count)
{
    return add_those(arena, list, ders, count, true);
}

/* ---- one after the other, as the store has them ------------------------------------------------- */

struct span certlist_join(struct arena *arena, const struct span *ders, size_t count)
{
    size_t len = 0, at = 0;

    for (size_t i = 0; i < count; i++) {
        len += ders[i].len;
    }
    uint8_t *all = len > 0 ? arena_alloc(arena, len) : NULL;
    for (size_t i = 0; all != NULL && i < count; i++) {
        if (ders[i].len > 0) {
            memcpy(all + at, ders[i].ptr, ders[i].len);
        }
        at += ders[i].len;
    }
    return (struct span){ all, all != NULL ? len : 0 };
}

size_t certlist_split(struct span all, struct span *out, size_t most)
{
    struct asn1_reader r = { all };
    struct asn1_tlv tlv;
    size_t n = 0;

    while (n < most && r.rest.len > 0 && asn1_next(&r, &tlv) == NULL) {
        out[n++] = tlv.der;
    }
    return n;
}
