/* Decoding: one walk over the octets, guided by the table, every rule checked on the way. */
#include "codec/arena.h"
#include "codec/asn1_table.h"
#include "codec/tlv.h"

#define NO_ARM (-2)

struct decoder {
    const uint8_t *start;
    struct arena *arena;
    struct asn1_error *err;
    unsigned depth, nested;
    unsigned elements;
    bool limit;                         /* the failure is a limit's: neither LENIENT nor ODD excuses it */
    unsigned *odd;                      /* asn1_decode_odd(): what was met; otherwise NULL */
};

/* What stands around a value besides its type. */
struct place {
    uint32_t spec;
    const struct asn1_type *defined;    /* for OPEN: what the OID stands for, or NULL */
};

static bool fail(struct decoder *d, const uint8_t *at, const char *reason)
{
    if (d->err->reason == NULL) {
        d->err->reason = reason;
        d->err->offset = (size_t)(at - d->start);
    }
    return false;
}

static bool over_limit(struct decoder *d, const uint8_t *at, const char *reason)
{
    d->limit = true;
    return fail(d, at, reason);
}

/* The first to be blamed is the innermost. */
static bool blame(struct decoder *d, const struct asn1_type *t, const char *field)
{
    if (d->err->type == NULL) {
        d->err->type = t->name;
        d->err->field = field;
    }
    return false;
}

static bool fail_element(struct decoder *d, struct span in)
{
    const uint8_t *at;
    const char *why = tlv_why(in, &at);
    return fail(d, at, why);
}

static inline bool read_element(struct decoder *d, struct span *in, struct asn1_tlv *out)
{
    if (__builtin_expect(!tlv_read(in, out), 0)) {
        return fail_element(d, *in);
    }
    if (__builtin_expect(++d->elements > ASN1_MAX_ELEMENTS, 0)) {
        return over_limit(d, out->der.ptr, "too many elements");
    }
    return true;
}

static inline bool may_be_odd(const struct decoder *d, uint32_t spec)
{
    return d->odd != NULL && (spec & ASN1_SPEC_ODD) != 0;
}

static bool take_as_odd(struct decoder *d, uint32_t spec)
{
    if (!may_be_odd(d, spec) || d->limit) {
        return false;
    }
    *d->odd |= spec >> 16;
    return true;
}

/* The failure has been excused: back to where the value began. */
static bool forget_failure(struct decoder *d, unsigned depth, unsigned nested)
{
    d->depth = depth;
    d->nested = nested;
    *d->err = (struct asn1_error){ 0 };
    return true;
}

/* ---- which row a tag belongs to --------------------------------------------------------- */

static bool type_begins(const struct asn1_type *t, uint8_t tag);

static inline bool field_begins(const struct asn1_field *f, uint8_t tag)
{
    return f->tag != 0 ? f->tag == tag : type_begins(f->type, tag);
}

static int find_arm(const struct asn1_type *t, uint8_t tag)
{
    unsigned number = tag & 0x1f;

    if (number < t->nfields && t->fields[number].tag == tag) {
        return (int)number;
    }
    for (int i = 0; i < t->nfields; i++) {
        if (field_begins(&t->fields[i], tag)) {
            return i;
        }
    }
    bool context = (tag & 0xc0) == DER_CONTEXT;
    return (t->flags & ASN1_EXTENSIBLE) != 0 && context ? ASN1_ARM_UNKNOWN : NO_ARM;
}

static bool type_begins(const struct asn1_type *t, uint8_t tag)
{
    if (t->tag != 0) {
        return t->tag == tag;
    }
    return t->kind == ASN1_KIND_CHOICE ? find_arm(t, tag) != NO_ARM : true;
}

/* An alternative under its number, but primitive for constructed or the reverse; or octets without any tag of it. */
static bool begins_oddly(const struct decoder *d, const struct asn1_field *f, uint8_t tag)
{
    enum { CONSTRUCTED = 0x20 };

    return may_be_odd(d, f->spec) && f->type->kind == ASN1_KIND_CHOICE &&
           (tag == DER_OCTET_STRING || find_arm(f->type, tag ^ CONSTRUCTED) != NO_ARM);
}

/* ---- values ----------------------------------------------------------------------------- */

static bool decode_value(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                         struct place where, void *slot);
static bool decode_field(struct decoder *d, const struct asn1_field *f, const struct asn1_tlv *e,
                         void *base);

static inline bool enter(struct decoder *d, const struct asn1_type *t, const uint8_t *at)
{
    if (++d->depth > ASN1_MAX_DEPTH) {
        return over_limit(d, at, "too deep");
    }
    if ((t->flags & ASN1_NESTING) != 0 && ++d->nested > ASN1_MAX_NESTED + 1) {
        return over_limit(d, at, "too many messages in one another");
    }
    return true;
}

static inline void leave(struct decoder *d, const struct asn1_type *t)
{
    d->depth--;
    d->nested -= (t->flags & ASN1_NESTING) != 0;
}

static void *get_zeroed(struct decoder *d, const uint8_t *at, size_t size)
{
    void *p = arena_get(d->arena, size);

    if (p == NULL) {
        over_limit(d, at, "memory limit");
        return NULL;
    }
    return memset(p, 0, size);
}

static bool decode_leaf(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                        uint32_t spec, struct span *slot)
{
    const char *why = t->check != NULL ? t->check(e->contents) : NULL;

    if (why != NULL && !take_as_odd(d, spec)) {
        return fail(d, e->der.ptr, why);
    }
    if ((spec & ASN1_SPEC_NOT_EMPTY) != 0 && e->contents.len == 0) {
        return fail(d, e->der.ptr, "empty");
    }
    *slot = e->contents;
    return true;
}

/* X.690, 11.5: a member with its DEFAULT value is left out. */
static bool is_default(const struct asn1_field *f, const struct asn1_tlv *e)
{
    unsigned value = f->spec >> 16;

    if (value < ASN1_DEFAULT_DER) {
        return e->contents.len == 1 && e->contents.ptr[0] == value;
    }
    return span_eq(e->der, asn1_defaults[value - ASN1_DEFAULT_DER]);
}

/* An element that nobody decodes further must still be well formed where it stands. */
static bool decode_rest(struct decoder *d, struct span *rest, struct span *slot)
{
    struct asn1_tlv e;
    struct span all = *rest;

    while (rest->len > 0) {
        if (!read_element(d, rest, &e)) {
            return false;
        }
    }
    *slot = all;
    return true;
}

static bool decode_members(struct decoder *d, const struct asn1_type *t, struct span rest,
                           void *base)
{
    struct asn1_tlv e;

    for (const struct asn1_field *f = t->fields, *end = f + t->nfields; f < end; f++) {
        if (rest.len == 0 || (!field_begins(f, rest.ptr[0]) && !begins_oddly(d, f, rest.ptr[0]))) {
            if ((f->spec & ASN1_SPEC_OPTIONAL) != 0) {
                continue;
            }
            fail(d, rest.ptr, "missing or out of order");
            return blame(d, t, f->name);
        }
        bool ok = (f->spec & ASN1_SPEC_REST) != 0
                      ? decode_rest(d, &rest, (void *)((char *)base + f->offset))
                      : read_element(d, &rest, &e) && decode_field(d, f, &e, base);
        if (!ok) {
            return blame(d, t, f->name);
        }
    }
    if (rest.len != 0) {
        fail(d, rest.ptr, "unknown member");
        return blame(d, t, NULL);
    }
    const char *why = t->rule != NULL ? t->rule(base) : NULL;
    if (why != NULL) {
        fail(d, ((struct asn1_node *)base)->der.ptr, why);
        return blame(d, t, NULL);
    }
    return true;
}

static bool decode_sequence(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                            void **slot)
{
    struct asn1_node *v = get_zeroed(d, e->der.ptr, t->size);

    if (v == NULL || !enter(d, t, e->der.ptr)) {
        return blame(d, t, NULL);
    }
    v->der = e->der;
    *slot = v;
    bool ok = decode_members(d, t, e->contents, v);
    leave(d, t);
    return ok;
}

static bool decode_choice(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                          void **slot)
{
    struct asn1_choice *v = get_zeroed(d, e->der.ptr, t->size);

    if (v == NULL || !enter(d, t, e->der.ptr)) {
        return blame(d, t, NULL);
    }
    v->der = e->der;
    v->arm = find_arm(t, e->tag);
    *slot = v;
    if (v->arm == NO_ARM) {
        fail(d, e->der.ptr, "no such alternative");
        return blame(d, t, NULL);
    }
    if (v->arm != ASN1_ARM_UNKNOWN && !decode_field(d, &t->fields[v->arm], e, v)) {
        return blame(d, t, t->fields[v->arm].name);
    }
    leave(d, t);
    return true;
}

static bool decode_choice_or_odd(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                                 struct place where, void **slot)
{
    unsigned depth = d->depth, nested = d->nested;

    if (decode_choice(d, t, e, slot)) {
        return true;
    }
    if (!take_as_odd(d, where.spec)) {
        return false;
    }
    ((struct asn1_choice *)*slot)->arm = ASN1_ARM_UNKNOWN;
    return forget_failure(d, depth, nested);
}

/* X.690, 11.6: as octet strings.  Neither can be the beginning of the other, for their lengths
 * are among the octets compared. */
static bool in_order(struct span a, struct span b)
{
    return memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len) <= 0;
}

static bool count_items(struct decoder *d, const struct asn1_type *t, struct span rest,
                        size_t *count)
{
    struct asn1_tlv e;
    struct span last = { NULL, 0 };

    for (*count = 0; rest.len > 0; (*count)++) {
        if (!tlv_read(&rest, &e)) {
            return fail_element(d, rest);
        }
        if (*count >= ASN1_MAX_LIST) {
            return over_limit(d, e.der.ptr, "too many in a list");
        }
        if (!type_begins(t->of, e.tag)) {
            return fail(d, e.der.ptr, "unexpected tag");
        }
        if ((t->tag == DER_SET) && last.ptr != NULL && !in_order(last, e.der)) {
            return fail(d, e.der.ptr, "SET OF not in order");
        }
        last = e.der;
    }
    return true;
}

static bool is_struct(const struct asn1_type *t)
{
    return t->kind == ASN1_KIND_SEQUENCE || t->kind == ASN1_KIND_CHOICE;
}

static bool decode_items(struct decoder *d, const struct asn1_type *of, struct span rest,
                         struct place where, struct asn1_list *l, size_t count)
{
    bool structs = is_struct(of);
    size_t stride = structs ? 0 : of->size;
    char *cell = NULL;
    struct asn1_tlv e;

    l->item = get_zeroed(d, rest.ptr, count * (sizeof *l->item + stride) + 1);
    if (l->item == NULL) {
        return false;
    }
    cell = (char *)(l->item + count);
    for (; l->count < count; l->count++, cell += stride) {
        if (!structs) {
            l->item[l->count] = cell;
        }
        void *slot = structs ? (void *)&l->item[l->count] : cell;
        if (!read_element(d, &rest, &e) || !decode_value(d, of, &e, where, slot)) {
            return false;
        }
    }
    return true;
}

static bool decode_list(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                        struct place where, struct asn1_list *l)
{
    size_t count;

    l->der = e->der;
    if (!enter(d, t, e->der.ptr) || !count_items(d, t, e->contents, &count)) {
        return false;
    }
    if (count < t->min) {
        return fail(d, e->der.ptr, "empty list");
    }
    if (!decode_items(d, t->of, e->contents, where, l, count)) {
        return false;
    }
    leave(d, t);
    return true;
}

/* ---- open types ------------------------------------------------------------------------- */

static void *decode_new(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e)
{
    void *value = NULL;

    if (is_struct(t)) {
        return decode_value(d, t, e, (struct place){ 0, NULL }, &value) ? value : NULL;
    }
    value = get_zeroed(d, e->der.ptr, t->size);
    if (value == NULL || !decode_value(d, t, e, (struct place){ 0, NULL }, value)) {
        return NULL;
    }
    return value;
}

/* All of `in` as one element of the type. */
static void *decode_whole(struct decoder *d, const struct asn1_type *t, struct span in)
{
    struct asn1_tlv e;

    if (!read_element(d, &in, &e)) {
        blame(d, t, NULL);
        return NULL;
    }
    if (in.len != 0 || !type_begins(t, e.tag)) {
        fail(d, in.len != 0 ? in.ptr : e.der.ptr, in.len != 0 ? "trailing data" : "unexpected tag");
        blame(d, t, NULL);
        return NULL;
    }
    void *value = decode_new(d, t, &e);
    if (value == NULL) {
        blame(d, t, NULL);
    }
    return value;
}

static bool decode_open(struct decoder *d, struct span der, struct place where,
                        struct asn1_open *slot)
{
    unsigned depth = d->depth, nested = d->nested;

    slot->der = der;
    slot->type = where.defined;
    if (slot->type == NULL) {
        return true;
    }
    slot->value = decode_whole(d, slot->type, der);
    if (slot->value != NULL) {
        return true;
    }
    if ((where.spec & ASN1_SPEC_LENIENT) == 0 || d->limit) {
        return false;
    }
    slot->malformed = true;
    return forget_failure(d, depth, nested);
}

static bool decode_value(struct decoder *d, const struct asn1_type *t, const struct asn1_tlv *e,
                         struct place where, void *slot)
{
    switch (t->kind) {
    case ASN1_KIND_LEAF:
        return decode_leaf(d, t, e, where.spec, slot);
    case ASN1_KIND_SEQUENCE:
        return decode_sequence(d, t, e, slot);
    case ASN1_KIND_CHOICE:
        return decode_choice_or_odd(d, t, e, where, slot);
    case ASN1_KIND_LIST:
        return decode_list(d, t, e, where, slot);
    case ASN1_KIND_OPEN:
        return decode_open(d, e->der, where, slot);
    case ASN1_KIND_OPEN_OCTETS:
        return decode_open(d, e->contents, where, slot);
    default:
        *(struct span *)slot = e->der;
        return true;
    }
}

/* An EXPLICIT tag holds one element and nothing else. */
static bool unwrap(struct decoder *d, const struct asn1_type *t, struct span contents,
                   struct asn1_tlv *inner)
{
    if (!read_element(d, &contents, inner)) {
        return false;
    }
    if (contents.len != 0) {
        return fail(d, contents.ptr, "trailing data in explicit tag");
    }
    if (!type_begins(t, inner->tag)) {
        return fail(d, inner->der.ptr, "unexpected tag");
    }
    return true;
}

static bool decode_field(struct decoder *d, const struct asn1_field *f, const struct asn1_tlv *e,
                         void *base)
{
    struct place where = { f->spec, NULL };
    struct asn1_tlv inner;

    if ((f->spec & ASN1_SPEC_EXPLICIT) != 0) {
        if (!unwrap(d, f->type, e->contents, &inner)) {
            return false;
        }
        e = &inner;
    }
    if (f->set != NULL) {
        where.defined = f->set[oid_find(*(struct span *)(void *)((char *)base + f->by))];
    }
    if (!decode_value(d, f->type, e, where, (char *)base + f->offset)) {
        return false;
    }
    if ((f->spec & ASN1_SPEC_DEFAULT) != 0 && is_default(f, e)) {
        return fail(d, e->der.ptr, "DEFAULT value present");
    }
    return true;
}

void *asn1_decode_odd(const struct asn1_type *type, struct span in, struct arena *a, unsigned *odd,
                      struct asn1_error *err)
{
    struct asn1_error ignored;
    struct decoder d = { .start = in.ptr, .arena = a, .err = err != NULL ? err : &ignored, .odd = odd };

    *d.err = (struct asn1_error){ 0 };
    if (odd != NULL) {
        *odd = 0;
    }
    if (in.ptr == NULL || in.len > ASN1_MAX_SIZE) {
        fail(&d, in.ptr, in.ptr == NULL ? "nothing there" : "too large");
        blame(&d, type, NULL);
        return NULL;
    }
    return decode_whole(&d, type, in);
}

void *asn1_decode(const struct asn1_type *type, struct span in, struct arena *a,
                  struct asn1_error *err)
{
    return asn1_decode_odd(type, in, a, NULL, err);
}
