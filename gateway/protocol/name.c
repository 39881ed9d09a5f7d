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
