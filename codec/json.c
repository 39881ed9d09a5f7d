/* Any value as JSON: everything that is there, octets in hex. */
#include "codec/print.h"


static void value_json(FILE *out, const struct asn1_type *t, const void *value);

/* ---- leaves ----------------------------------------------------------------------------- */

static void take_json(void *ctx, uint32_t c, uint8_t octet)
{
    FILE *out = ctx;

    if (c == UINT32_MAX) {
        c = octet;
    }
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
        fputc((int)c, out);
    } else if (c < 0x10000) {
        fprintf(out, "\\u%04x", (unsigned)c);
    } else {
        c -= 0x10000;
        fprintf(out, "\\u%04x\\u%04x", 0xd800 + (unsigned)(c >> 10),
                0xdc00 + (unsigned)(c & 0x3ff));
    }
}

static void string_json(FILE *out, const struct asn1_type *t, struct span s)
{
    fputc('"', out);
    string_chars(t, s, take_json, out);
    fputc('"', out);
}

static void text_json(FILE *out, const char *text)
{
    string_json(out, &UTF8String_type, span_str(text));
}

static void hex_json(FILE *out, struct span s)
{
    struct sink sink = { .out = out };

    fputc('"', out);
    sink_hex(&sink, s);
    fputc('"', out);
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

/* A reader of JSON may have doubles only, which are exact up to 2^53. */
static void integer_json(FILE *out, const struct asn1_type *t, struct span s)
{
    int64_t value;

    if (t == &CertificateSerialNumber_type || !asn1_int64(s, &value) ||
        value > INT64_C(1) << 53 || value < -(INT64_C(1) << 53)) {
        hex_json(out, s);
        return;
    }
    const char *name = name_of(t->names, value);
    if (name != NULL) {
        text_json(out, name);
    } else {
        fprintf(out, "%lld", (long long)value);
    }
}

static void named_bits_json(FILE *out, const struct asn1_type *t, struct span s)
{
    const char *between = "";

    fputc('[', out);
    for (size_t bit = 0; s.len > 0 && bit < (s.len - 1) * 8; bit++) {
        if ((s.ptr[1 + bit / 8] >> (7 - bit % 8) & 1) == 0) {
            continue;
        }
        const char *name = name_of(t->names, (int64_t)bit);
        fputs(between, out);
        between = ",";
        if (name != NULL) {
            text_json(out, name);
        } else {
            fprintf(out, "%zu", bit);
        }
    }
    fputc(']', out);
}

static void bits_json(FILE *out, const struct asn1_type *t, struct span s)
{
    if (t->names != NULL) {
        named_bits_json(out, t, s);
        return;
    }
    struct span octets = { s.ptr + (s.len > 0), s.len - (s.len > 0) };
    if (s.len > 0 && s.ptr[0] != 0) {
        fprintf(out, "{\"unused\":%u,\"octets\":", s.ptr[0]);
        hex_json(out, octets);
        fputc('}', out);
        return;
    }
    hex_json(out, octets);
}

/* Times and OIDs are plain ASCII in the sink, apart from what it has escaped with `\`. */
static void sink_json(FILE *out, struct span s, void (*put)(struct sink *, struct span))
{
    char text[600] = "";
    struct sink sink = { .buf = text, .size = sizeof text };

    put(&sink, s);
    text_json(out, text);
}

static void leaf_json(FILE *out, const struct asn1_type *t, struct span s)
{
    switch (t->tag) {
    case DER_BOOLEAN:
        fputs(asn1_true(s) ? "true" : "false", out);
        break;
    case DER_INTEGER:
    case DER_ENUMERATED:
        integer_json(out, t, s);
        break;
    case DER_BIT_STRING:
        bits_json(out, t, s);
        break;
    case DER_NULL:
        fputs("null", out);
        break;
    case DER_OBJECT_IDENTIFIER:
        sink_json(out, s, sink_oid);
        break;
    case DER_UTCTime:
    case DER_GeneralizedTime:
        sink_json(out, s, sink_time);
        break;
    case DER_OCTET_STRING:
    case DER_SEQUENCE:
        hex_json(out, s);
        break;
    default:
        string_json(out, t, s);
    }
}

/* ---- composites ------------------------------------------------------------------------- */

static void key_json(FILE *out, const char *name)
{
    fputc('"', out);
    for (const char *c = name; *c != '\0' && !(c[0] == '_' && c[1] == '\0'); c++) {
        fputc(*c == '_' ? '-' : *c, out);
    }
    fputs("\":", out);
}

static void members_json(FILE *out, const struct asn1_type *t, const void *value)
{
    const char *between = "";

    fputc('{', out);
    for (unsigned i = 0; i < t->nfields; i++) {
        const struct asn1_field *f = &t->fields[i];
        const void *member = slot_value(f->type, (const char *)value + f->offset);
        if (member == NULL) {
            continue;
        }
        fputs(between, out);
        between = ",";
        key_json(out, f->name);
        value_json(out, f->type, member);
    }
    fputc('}', out);
}

static void choice_json(FILE *out, const struct asn1_type *t, const struct asn1_choice *v)
{
    fputc('{', out);
    if (v->arm < 0 || v->arm >= t->nfields) {
        key_json(out, "der");
        hex_json(out, v->der);
    } else {
        const struct asn1_field *f = &t->fields[v->arm];
        const void *value = slot_value(f->type, (const char *)v + f->offset);
        key_json(out, f->name);
        if (value != NULL) {
            value_json(out, f->type, value);
        } else {
            fputs("null", out);
        }
    }
    fputc('}', out);
}

static void list_json(FILE *out, const struct asn1_type *t, const struct asn1_list *l)
{
    fputc('[', out);
    for (size_t i = 0; i < l->count; i++) {
        fputs(i > 0 ? "," : "", out);
        value_json(out, t->of, l->item[i]);
    }
    fputc(']', out);
}

static void open_json(FILE *out, const struct asn1_open *o)
{
    if (o->type != NULL && o->value != NULL) {
        value_json(out, o->type, o->value);
        return;
    }
    fputc('{', out);
    key_json(out, o->malformed ? "malformed" : "der");
    hex_json(out, o->der);
    fputc('}', out);
}

/* Names also in one string: that is what most readers want of them. */
static void name_json(FILE *out, const struct Name *name)
{
    char text[2048];

    fputs("{\"text\":", out);
    text_json(out, Name_text(name, text, sizeof text));
    fputs(",\"rdnSequence\":", out);
    list_json(out, &RDNSequence_type, &name->rdnSequence);
    fputc('}', out);
}

static void value_json(FILE *out, const struct asn1_type *t, const void *value)
{
    switch (t->kind) {
    case ASN1_KIND_LEAF:
        leaf_json(out, t, *(const struct span *)value);
        break;
    case ASN1_KIND_SEQUENCE:
        members_json(out, t, value);
        break;
    case ASN1_KIND_CHOICE:
        if (t == &Name_type) {
            name_json(out, value);
        } else {
            choice_json(out, t, value);
        }
        break;
    case ASN1_KIND_LIST:
        list_json(out, t, value);
        break;
    case ASN1_KIND_OPEN:
    case ASN1_KIND_OPEN_OCTETS:
        open_json(out, value);
        break;
    default:
        hex_json(out, *(const struct span *)value);
    }
}

void asn1_print_json(FILE *out, const struct asn1_type *type, const void *value)
{
    if (value == NULL) {
        fputs("null\n", out);
        return;
    }
    value_json(out, type, value);
    fputc('\n', out);
}
