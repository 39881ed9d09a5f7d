/* Any value as an indented tree: the members' names and, where the table says so, words. */
#include "codec/print.h"

#define INDENT 2
#define SHORT_OCTETS 48                 /* longer ones are cut ... */
#define SHOWN_OCTETS 24                 /* ... to this many */
#define INLINE_ITEMS 12

/* ---- lines ------------------------------------------------------------------------------ */

void print_label(struct printer *p, const char *label)
{
    int columns = p->indent * INDENT;

    if (p->dash) {
        sink_format(&p->sink, "%*s- ", columns - INDENT, "");
    } else {
        sink_format(&p->sink, "%*s", columns, "");
    }
    p->dash = false;
    p->lead = *label != '\0' ? ": " : "";
    for (const char *c = label; *c != '\0'; c++) {
        if (c[0] == '_' && c[1] == '\0') {
            break;                      /* Rand.int_ */
        }
        sink_octets(&p->sink, *c == '_' ? "-" : c, 1);
    }
}

void print_lead(struct printer *p)
{
    sink_str(&p->sink, p->lead);
    p->lead = ": ";
}

void print_end(struct printer *p)
{
    sink_octets(&p->sink, "\n", 1);
}

/* ---- leaves ----------------------------------------------------------------------------- */

void print_octets(struct printer *p, struct span octets)
{
    if (octets.len == 0) {
        sink_str(&p->sink, "(empty)");
        return;
    }
    if (octets.len <= SHORT_OCTETS || (p->flags & ASN1_PRINT_FULL) != 0) {
        sink_hex(&p->sink, octets);
        return;
    }
    sink_hex(&p->sink, (struct span){ octets.ptr, SHOWN_OCTETS });
    sink_format(&p->sink, "... (%zu octets)", octets.len);
}

/* References are octet strings and nearly always text. */
static bool is_text(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e) {
            return false;
        }
    }
    return s.len > 0 && s.len <= 64;
}

static void print_octet_string(struct printer *p, struct span s)
{
    print_octets(p, s);
    if (is_text(s)) {
        sink_str(&p->sink, " \"");
        sink_string(&p->sink, &VisibleString_type, s, "\"");
        sink_str(&p->sink, "\"");
    }
}

static const char *name_of(const struct asn1_name *names, int64_t value)
{
    for (; names != NULL && names->name != NULL; names++) {
        if (names->value == value) {
            return names->name;
        }
    }
    return NULL;
}

static void print_integer(struct printer *p, const struct asn1_type *t, struct span s)
{
    int64_t value;

    if (!asn1_int64(s, &value)) {
        sink_str(&p->sink, "0x");
        print_octets(p, s);
        return;
    }
    const char *name = name_of(t->names, value);
    if (name != NULL) {
        sink_format(&p->sink, "%s (%lld)", name, (long long)value);
    } else {
        sink_format(&p->sink, "%lld", (long long)value);
    }
}

static void print_named_bits(struct printer *p, const struct asn1_type *t, struct span s)
{
    const char *between = "";

    for (size_t bit = 0; s.len > 0 && bit < (s.len - 1) * 8; bit++) {
        if ((s.ptr[1 + bit / 8] >> (7 - bit % 8) & 1) == 0) {
            continue;
        }
        const char *name = name_of(t->names, (int64_t)bit);
        sink_str(&p->sink, between);
        between = ", ";
        if (name != NULL) {
            sink_str(&p->sink, name);
        } else {
            sink_format(&p->sink, "bit %zu", bit);
        }
    }
    sink_str(&p->sink, *between == '\0' ? "(none)" : "");
}

static void print_bits(struct printer *p, const struct asn1_type *t, struct span s)
{
    if (t->names != NULL) {
        print_named_bits(p, t, s);
        return;
    }
    if (s.len > 0) {
        print_octets(p, (struct span){ s.ptr + 1, s.len - 1 });
    }
    if (s.len > 0 && s.ptr[0] != 0) {
        sink_format(&p->sink, " (%u bits unused)", s.ptr[0]);
    }
}

static void print_leaf(struct printer *p, const struct asn1_type *t, struct span s)
{
    switch (t->tag) {
    case DER_BOOLEAN:
        sink_str(&p->sink, asn1_true(s) ? "TRUE" : "FALSE");
        break;
    case DER_INTEGER:
    case DER_ENUMERATED:
        print_integer(p, t, s);
        break;
    case DER_BIT_STRING:
        print_bits(p, t, s);
        break;
    case DER_OCTET_STRING:
        print_octet_string(p, s);
        break;
    case DER_NULL:
        sink_str(&p->sink, "NULL");
        break;
    case DER_OBJECT_IDENTIFIER:
        sink_oid(&p->sink, s);
        break;
    case DER_UTCTime:
    case DER_GeneralizedTime:
        sink_time(&p->sink, s);
        break;
    case DER_SEQUENCE:
        print_octets(p, s);
        break;
    default:
        sink_str(&p->sink, "\"");
        sink_string(&p->sink, t, s, "\"");
        sink_str(&p->sink, "\"");
    }
}

/* ---- composites ------------------------------------------------------------------------- */

const void *slot_value(const struct asn1_type *t, const void *slot)
{
    switch (t->kind) {
    case ASN1_KIND_SEQUENCE:
    case ASN1_KIND_CHOICE:
        return *(void *const *)slot;
    case ASN1_KIND_LIST: {
        const struct asn1_list *l = slot;
        return l->der.ptr != NULL || l->item != NULL ? l : NULL;
    }
    case ASN1_KIND_OPEN:
    case ASN1_KIND_OPEN_OCTETS: {
        const struct asn1_open *o = slot;
        return o->der.ptr != NULL || o->value != NULL ? o : NULL;
    }
    default:
        return ((const struct span *)slot)->ptr != NULL ? slot : NULL;
    }
}

static bool fits_line(const struct asn1_type *t)
{
    return t->kind == ASN1_KIND_LEAF || t->kind == ASN1_KIND_ANY ||
           (t->flags & ASN1_ONE_LINE) != 0;
}

/* A type of which fits_line() is true, without label or end. */
static void print_on_line(struct printer *p, const struct asn1_type *t, const void *value)
{
    if (t->print != NULL) {
        t->print(p, t, value);
    } else if (t->kind == ASN1_KIND_LEAF) {
        print_leaf(p, t, *(const struct span *)value);
    } else {
        print_octets(p, *(const struct span *)value);
    }
}

static void print_item(struct printer *p, const struct asn1_type *t, const void *value)
{
    p->indent++;
    p->dash = true;
    if (t->kind == ASN1_KIND_SEQUENCE && t->print == NULL) {
        p->indent--;
        print_inside(p, t, value);
    } else {
        print_label(p, "");
        print_value(p, t, value);
        p->indent--;
    }
    p->dash = false;
}

void print_inside(struct printer *p, const struct asn1_type *t, const void *value)
{
    if (t->kind == ASN1_KIND_LIST) {
        const struct asn1_list *l = value;
        for (size_t i = 0; i < l->count; i++) {
            print_item(p, t->of, l->item[i]);
        }
        return;
    }
    p->indent++;
    for (unsigned i = 0; i < t->nfields; i++) {
        const struct asn1_field *f = &t->fields[i];
        print_member(p, f->name, f->type, (const char *)value + f->offset);
    }
    p->indent--;
}

void print_member(struct printer *p, const char *label, const struct asn1_type *t,
                  const void *slot)
{
    const void *value = slot_value(t, slot);

    if (value != NULL) {
        print_label(p, label);
        print_value(p, t, value);
    }
}

static void print_list(struct printer *p, const struct asn1_type *t, const struct asn1_list *l)
{
    if (l->count == 0) {
        print_lead(p);
        sink_str(&p->sink, "(empty)");
    }
    if (!fits_line(t->of) || l->count > INLINE_ITEMS) {
        print_end(p);
        print_inside(p, t, l);
        return;
    }
    for (size_t i = 0; i < l->count; i++) {
        if (i == 0) {
            print_lead(p);
        } else {
            sink_str(&p->sink, ", ");
        }
        print_on_line(p, t->of, l->item[i]);
    }
    print_end(p);
}

static void print_choice(struct printer *p, const struct asn1_type *t,
                         const struct asn1_choice *v)
{
    print_lead(p);
    if (v->arm < 0 || v->arm >= t->nfields) {
        print_octets(p, v->der);
        print_end(p);
        return;
    }
    const struct asn1_field *f = &t->fields[v->arm];
    const void *value = slot_value(f->type, (const char *)v + f->offset);
    sink_str(&p->sink, f->name);
    if (value != NULL) {
        print_value(p, f->type, value);
    } else {
        print_end(p);
    }
}

void print_open(struct printer *p, const struct asn1_open *open)
{
    if (open->type != NULL && open->value != NULL) {
        print_value(p, open->type, open->value);
        return;
    }
    print_lead(p);
    sink_str(&p->sink, open->malformed ? "malformed " : "");
    print_octets(p, open->der);
    print_end(p);
}

void print_value(struct printer *p, const struct asn1_type *t, const void *value)
{
    if (fits_line(t)) {
        print_lead(p);
        print_on_line(p, t, value);
        print_end(p);
        return;
    }
    if (t->print != NULL) {
        t->print(p, t, value);
        return;
    }
    switch (t->kind) {
    case ASN1_KIND_LIST:
        print_list(p, t, value);
        break;
    case ASN1_KIND_CHOICE:
        print_choice(p, t, value);
        break;
    case ASN1_KIND_OPEN:
    case ASN1_KIND_OPEN_OCTETS:
        print_open(p, value);
        break;
    default:
        print_end(p);
        print_inside(p, t, value);
    }
}

void asn1_print(FILE *out, const struct asn1_type *type, const void *value, unsigned flags)
{
    struct printer p = { .sink = { .out = out }, .flags = flags };

    sink_str(&p.sink, type->name);
    p.lead = ": ";
    if (value == NULL) {
        print_end(&p);
        return;
    }
    print_value(&p, type, value);
}
