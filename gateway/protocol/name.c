#include "gateway/protocol/name.h"

/* Text of an attribute value; absent when its type is not DirectoryString, or it cannot be converted. */
static struct span text_of(const struct asn1_open *value, struct arena *arena)
{
    if (value->type != &DirectoryString_type || value->value == NULL) {
        return (struct span){ NULL, 0 };
    }
    return DirectoryString_utf8(value->value, arena);
}

static bool attribute_equal(const struct AttributeTypeAndValue *a, const struct AttributeTypeAndValue *b,
                            struct arena *arena)
{
    if (!span_eq(a->type, b->type)) {
        return false;
    }
    if (span_eq(a->value.der, b->value.der)) {
        return true;
    }
    struct span x = text_of(&a->value, arena), y = text_of(&b->value, arena);
    return x.ptr != NULL && y.ptr != NULL && span_eq(x, y);
}

static bool contains(const struct asn1_list *rdn, const struct AttributeTypeAndValue *attribute,
                     struct arena *arena)
{
    for (size_t i = 0; i < rdn->count; i++) {
        if (attribute_equal(rdn->item[i], attribute, arena)) {
            return true;
        }
    }
    return false;
}

/* Attributes of one RDN: more than a few are nobody's name, and comparing them is quadratic. */
enum { RDN_MAX = 8 };

static bool rdn_equal(const struct asn1_list *a, const struct asn1_list *b, struct arena *arena)
{
    if (a->count != b->count || a->count > RDN_MAX) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (!contains(b, a->item[i], arena) || !contains(a, b->item[i], arena)) {
            return false;
        }
    }
    return true;
}

bool name_equal(const struct Name *a, const struct Name *b, struct arena *arena)
{
    if (span_eq(a->der, b->der)) {
        return true;
    }
    if (a->rdnSequence.count != b->rdnSequence.count) {
        return false;
    }
    for (size_t i = 0; i < a->rdnSequence.count; i++) {
        if (!rdn_equal(a->rdnSequence.item[i], b->rdnSequence.item[i], arena)) {
            return false;
        }
    }
    return true;
}

/* RDNs of a name whose order is no matter: comparing them is quadratic. */
enum { RDNS_MAX = 16 };

/* An RDN of one attribute, as nearly all are; one of several is in its place or not found. */
static const struct AttributeTypeAndValue *only_attribute(const struct asn1_list *rdn)
{
    return rdn->count == 1 ? rdn->item[0] : NULL;
}

static size_t times_in(const struct Name *name, const struct AttributeTypeAndValue *wanted, struct arena *arena)
{
    size_t n = 0;

    for (size_t i = 0; i < name->rdnSequence.count; i++) {
        const struct AttributeTypeAndValue *a = only_attribute(name->rdnSequence.item[i]);
        n += a != NULL && attribute_equal(a, wanted, arena);
    }
    return n;
}

bool name_equal_in_any_order(const struct Name *a, const struct Name *b, struct arena *arena)
{
    const struct asn1_list *rdns = &a->rdnSequence;

    if (rdns->count != b->rdnSequence.count || rdns->count > RDNS_MAX) {
        return false;
    }
    for (size_t i = 0; i < rdns->count; i++) {
        const struct AttributeTypeAndValue *wanted = only_attribute(rdns->item[i]);
        if (wanted == NULL || times_in(a, wanted, arena) != times_in(b, wanted, arena)) {
            return false;
        }
    }
    return true;
}

struct span name_common(const struct Name *name, struct arena *arena)
{
    for (size_t i = name->rdnSequence.count; i-- > 0; ) {
        const struct asn1_list *rdn = name->rdnSequence.item[i];
        for (size_t j = 0; j < rdn->count; j++) {
            const struct AttributeTypeAndValue *a = rdn->item[j];
            if (oid_find(a->type) == OID_id_at_commonName) {
                return text_of(&a->value, arena);
            }
        }
    }
    return (struct span){ NULL, 0 };
}

bool name_equal_der(const struct Name *a, struct span der, struct arena *arena)
{
    struct asn1_error err;
    struct Name *b;

    if (der.ptr == NULL) {
        return false;
    }
    if (span_eq(a->der, der)) {
        return true;
    }
    b = Name_decode(der, arena, &err);
    return b != NULL && name_equal(a, b, arena);
}

bool name_is_null(const struct Name *name)
{
    return name->rdnSequence.count == 0;
}
