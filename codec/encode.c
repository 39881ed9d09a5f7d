/* Encoding: back to front, so that every length is known when its header is written. */
#include "codec/arena.h"
#include "codec/asn1_table.h"
#include "codec/tlv.h"

#define FIRST_ROOM ((size_t)512)

struct writer {
    struct arena *arena;
    struct room room;                   /* the last `used` octets of it are written */
    size_t used;
    struct asn1_error *why;
};

static bool fail(struct writer *w, const struct asn1_type *t, const char *field,
                 const char *reason)
{
    if (w->why->reason == NULL) {
        *w->why = (struct asn1_error){ .type = t->name, .field = field, .reason = reason };
    }
    return false;
}

/* ---- octets ----------------------------------------------------------------------------- */

static bool grow(struct writer *w, size_t n)
{
    struct room old = w->room;

    if (n > ASN1_MAX_SIZE || w->used + n > ASN1_MAX_SIZE) {
        return fail(w, &ANY_type, NULL, "too large");
    }
    w->room = arena_room(w->arena, (w->used + n) * 2);
    if (w->room.ptr == NULL) {
        return fail(w, &ANY_type, NULL, "memory limit");
    }
    if (w->used > 0) {
        memcpy(w->room.ptr + w->room.len - w->used, old.ptr + old.len - w->used, w->used);
    }
    return true;
}

static inline bool reserve(struct writer *w, size_t n)
{
    return w->room.len - w->used >= n || grow(w, n);
}

static inline uint8_t *front(const struct writer *w)
{
    return w->room.ptr + w->room.len - w->used;
}

static inline bool put(struct writer *w, const void *p, size_t n)
{
    if (!reserve(w, n)) {
        return false;
    }
    w->used += n;
    if (n > 0) {
        memcpy(front(w), p, n);
    }
    return true;
}

/* The header of what was written since `mark`. */
static bool put_header(struct writer *w, uint8_t tag, size_t mark)
{
    uint8_t h[6];
    return put(w, h, asn1_header(h, tag, w->used - mark));
}

/* Under `tag`, or as it comes when that is 0. */
static bool put_verbatim(struct writer *w, struct span der, uint8_t tag)
{
    if (!put(w, der.ptr, der.len)) {
        return false;
    }
    if (tag != 0 && der.len > 0) {
        *front(w) = tag;
    }
    return true;
}

/* ---- values ----------------------------------------------------------------------------- */

static bool encode_value(struct writer *w, const struct asn1_type *t, uint8_t tag, uint32_t spec,
                         const void *slot);

static bool is_present(const struct asn1_type *t, const void *slot)
{
    switch (t->kind) {
    case ASN1_KIND_SEQUENCE:
    case ASN1_KIND_CHOICE:
        return *(void *const *)slot != NULL;
    case ASN1_KIND_LIST: {
        const struct asn1_list *l = slot;
        return l->der.ptr != NULL || l->item != NULL;
    }
    case ASN1_KIND_OPEN:
    case ASN1_KIND_OPEN_OCTETS: {
        const struct asn1_open *o = slot;
        return o->der.ptr != NULL || o->value != NULL;
    }
    default:
        return ((const struct span *)slot)->ptr != NULL;
    }
}

/* X.690, 11.5: whether what was written since `mark` is the member's DEFAULT. */
static bool is_default(const struct writer *w, const struct asn1_field *f, size_t mark)
{
    unsigned value = f->spec >> 16;
    struct span written = { front(w), w->used - mark };

    if (value < ASN1_DEFAULT_DER) {
        return written.len == 3 && written.ptr[2] == value;
    }
    return span_eq(written, asn1_defaults[value - ASN1_DEFAULT_DER]);
}

/* A builder that pairs an OID with a value of another type is wrong; say so here rather than
 * let the receiver find out. */
static bool is_defined(const struct asn1_field *f, const void *base)
{
    const struct asn1_open *o = (const void *)((const char *)base + f->offset);
    const struct span *by = (const void *)((const char *)base + f->by);

    if (f->type->kind == ASN1_KIND_LIST || o->der.ptr != NULL) {
        return true;
    }
    const struct asn1_type *defined = f->set[oid_find(*by)];
    return defined == NULL || defined == o->type;
}

static bool encode_field(struct writer *w, const struct asn1_type *t, const struct asn1_field *f,
                         const void *base)
{
    const void *slot = (const char *)base + f->offset;
    bool explicitly = (f->spec & ASN1_SPEC_EXPLICIT) != 0;
    size_t mark = w->used;

    if (!is_present(f->type, slot)) {
        return (f->spec & ASN1_SPEC_OPTIONAL) != 0 || fail(w, t, f->name, "missing");
    }
    if (f->set != NULL && !is_defined(f, base)) {
        return fail(w, t, f->name, "not the type its OID defines");
    }
    if (!encode_value(w, f->type, explicitly ? f->type->tag : f->tag, f->spec, slot)) {
        return fail(w, t, f->name, "not encodable");
    }
    if ((f->spec & ASN1_SPEC_DEFAULT) != 0 && is_default(w, f, mark)) {
        w->used = mark;
        return true;
    }
    return !explicitly || put_header(w, f->tag, mark);
}

static bool encode_leaf(struct writer *w, const struct asn1_type *t, uint8_t tag, uint32_t spec,
                        const struct span *contents)
{
    size_t mark = w->used;
    const char *why = t->check != NULL ? t->check(*contents) : NULL;

    if (why == NULL && (spec & ASN1_SPEC_NOT_EMPTY) != 0 && contents->len == 0) {
        why = "empty";
    }
    if (why != NULL) {
        return fail(w, t, NULL, why);
    }
    return put(w, contents->ptr, contents->len) && put_header(w, tag, mark);
}

static bool encode_sequence(struct writer *w, const struct asn1_type *t, uint8_t tag,
                            const struct asn1_node *v)
{
    size_t mark = w->used;

    if (v->der.ptr != NULL) {
        return put_verbatim(w, v->der, tag);
    }
    const char *why = t->rule != NULL ? t->rule(v) : NULL;
    if (why != NULL) {
        return fail(w, t, NULL, why);
    }
    for (unsigned i = t->nfields; i-- > 0; ) {
        if (!encode_field(w, t, &t->fields[i], v)) {
            return false;
        }
    }
    return put_header(w, tag, mark);
}

static bool encode_choice(struct writer *w, const struct asn1_type *t,
                          const struct asn1_choice *v)
{
    if (v->der.ptr != NULL) {
        return put_verbatim(w, v->der, 0);
    }
    if (v->arm < 0 || v->arm >= t->nfields) {
        return fail(w, t, NULL, "no such alternative");
    }
    return encode_field(w, t, &t->fields[v->arm], v);
}

/* X.690, 11.6: moves the element just written, the first of those since `mark`, behind the ones
 * that are smaller; those are in order already. */
static bool insert_in_order(struct writer *w, size_t mark)
{
    struct asn1_tlv first, next;
    struct span rest = { front(w), w->used - mark };
    size_t smaller = 0;

    if (!tlv_read(&rest, &first)) {
        return fail(w, &ANY_type, NULL, "not DER");
    }
    while (rest.len > 0 && tlv_read(&rest, &next)) {
        size_t n = first.der.len < next.der.len ? first.der.len : next.der.len;
        if (memcmp(first.der.ptr, next.der.ptr, n) <= 0) {
            break;
        }
        smaller += next.der.len;
    }
    if (smaller == 0) {
        return true;
    }
    size_t len = first.der.len;
    if (!reserve(w, len)) {
        return false;
    }
    uint8_t *p = front(w), *spare = p - len;
    memcpy(spare, p, len);
    memmove(p, p + len, smaller);
    memcpy(p + smaller, spare, len);
    return true;
}

static bool encode_list(struct writer *w, const struct asn1_type *t, uint8_t tag,
                        const struct asn1_list *l)
{
    bool structs = t->of->kind == ASN1_KIND_SEQUENCE || t->of->kind == ASN1_KIND_CHOICE;
    size_t mark = w->used;

    if (l->der.ptr != NULL) {
        return put_verbatim(w, l->der, tag);
    }
    if (l->count < t->min || l->count > ASN1_MAX_LIST) {
        return fail(w, t, NULL, l->count < t->min ? "empty list" : "too many in a list");
    }
    for (size_t i = l->count; i-- > 0; ) {
        const void *slot = structs ? (const void *)&l->item[i] : l->item[i];
        if (slot == NULL || !is_present(t->of, slot)) {
            return fail(w, t, NULL, "an item is missing");
        }
        if (!encode_value(w, t->of, t->of->tag, 0, slot) ||
            (t->tag == DER_SET && !insert_in_order(w, mark))) {
            return false;
        }
    }
    return put_header(w, tag, mark);
}

static bool encode_open(struct writer *w, const struct asn1_open *o)
{
    if (o->der.ptr != NULL) {
        return put_verbatim(w, o->der, 0);
    }
    if (o->type == NULL) {
        return fail(w, &OPEN_type, NULL, "value without a type");
    }
    bool structs = o->type->kind == ASN1_KIND_SEQUENCE || o->type->kind == ASN1_KIND_CHOICE;
    return encode_value(w, o->type, o->type->tag, 0, structs ? (const void *)&o->value : o->value);
}

static bool encode_value(struct writer *w, const struct asn1_type *t, uint8_t tag, uint32_t spec,
                         const void *slot)
{
    size_t mark = w->used;

    switch (t->kind) {
    case ASN1_KIND_LEAF:
        return encode_leaf(w, t, tag, spec, slot);
    case ASN1_KIND_SEQUENCE:
        return encode_sequence(w, t, tag, *(void *const *)slot);
    case ASN1_KIND_CHOICE:
        return encode_choice(w, t, *(void *const *)slot);
    case ASN1_KIND_LIST:
        return encode_list(w, t, tag, slot);
    case ASN1_KIND_OPEN:
        return encode_open(w, slot);
    case ASN1_KIND_OPEN_OCTETS:
        return encode_open(w, slot) && put_header(w, tag, mark);
    default:
        return put_verbatim(w, *(const struct span *)slot, 0);
    }
}

struct span asn1_encode_why(const struct asn1_type *type, const void *value, struct arena *a,
                            struct asn1_error *why)
{
    bool structs = type->kind == ASN1_KIND_SEQUENCE || type->kind == ASN1_KIND_CHOICE;
    struct asn1_error ignored;
    struct writer w = { .arena = a, .why = why != NULL ? why : &ignored };

    *w.why = (struct asn1_error){ 0 };
    if (value == NULL || !is_present(type, structs ? (const void *)&value : value)) {
        fail(&w, type, NULL, "missing");
        return (struct span){ NULL, 0 };
    }
    w.room = arena_room(a, FIRST_ROOM);
    if (w.room.ptr == NULL) {
        fail(&w, type, NULL, "memory limit");
        return (struct span){ NULL, 0 };
    }
    if (!encode_value(&w, type, type->tag, 0, structs ? (const void *)&value : value)) {
        return (struct span){ NULL, 0 };
    }
    return arena_take(a, w.room, w.used);
}

struct span asn1_encode(const struct asn1_type *type, const void *value, struct arena *a)
{
    return asn1_encode_why(type, value, a, NULL);
}
