#include "gateway/protocol/certlist.h"

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
