/* Octets as text: strings, hex, times, OIDs, names. */
#include "codec/text.h"

#include <stdarg.h>

/* ---- where it goes ---------------------------------------------------------------------- */

void sink_octets(struct sink *s, const char *p, size_t n)
{
    if (s->out != NULL) {
        fwrite(p, 1, n, s->out);
        return;
    }
    if (s->size == 0) {
        return;
    }
    size_t room = s->size - 1 - s->at;
    n = n < room ? n : room;
    memcpy(s->buf + s->at, p, n);
    s->at += n;
    s->buf[s->at] = '\0';
}

void sink_str(struct sink *s, const char *text)
{
    sink_octets(s, text, strlen(text));
}

void sink_format(struct sink *s, const char *format, ...)
{
    char text[128];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sink_str(s, text);
}

static struct sink into(char *buf, size_t size)
{
    if (size > 0) {
        buf[0] = '\0';
    }
    return (struct sink){ .buf = buf, .size = size };
}

void sink_hex(struct sink *s, struct span octets)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < octets.len; i++) {
        char two[2] = { digits[octets.ptr[i] >> 4], digits[octets.ptr[i] & 15] };
        sink_octets(s, two, 2);
    }
}

/* ---- characters ------------------------------------------------------------------------- */

static size_t to_utf8(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Controls (C0, DEL, C1), and characters that hide or reorder what stands around them. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c & 0xfffe) == 0xfffe || (c >= 0xe0000 && c <= 0xe0fff);
}

void sink_char(struct sink *s, uint32_t c, const char *also)
{
    char utf8[4];

    if (is_unsafe(c)) {
        sink_format(s, c < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned)c);
        return;
    }
    if (c == '\\' || (c < 0x80 && strchr(also, (int)c) != NULL)) {
        sink_octets(s, "\\", 1);
    }
    sink_octets(s, utf8, to_utf8(c, utf8));
}

static size_t utf8_at(const uint8_t *p, size_t left, uint32_t *c)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (n > left || check_utf8((struct span){ p, n }) != NULL) {
        return 0;
    }
    *c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        *c = *c << 6 | (p[i] & 0x3f);
    }
    return n;
}

/* TeletexString is shown as Latin-1: what issuers that still use it mean by it. */
void string_chars(const struct asn1_type *t, struct span s,
                  void (*take)(void *ctx, uint32_t c, uint8_t octet), void *ctx)
{
    size_t width = t->tag == DER_BMPString ? 2 : t->tag == DER_UniversalString ? 4 : 1;

    for (size_t i = 0; i < s.len; ) {
        uint32_t c = s.ptr[i];
        size_t n = width <= s.len - i ? width : 1;
        for (size_t k = 1; k < n; k++) {
            c = c << 8 | s.ptr[i + k];
        }
        if (width == 1 && c >= 0x80 && t->tag != DER_TeletexString) {
            n = t->tag == DER_UTF8String ? utf8_at(s.ptr + i, s.len - i, &c) : 0;
        }
        bool valid = n > 0 && c <= 0x10ffff && (c & 0xfffff800u) != 0xd800;
        take(ctx, valid ? c : UINT32_MAX, s.ptr[i]);
        i += valid ? n : 1;
    }
}

struct escape {
    struct sink *sink;
    const char *also;
};

static void take_escaped(void *ctx, uint32_t c, uint8_t octet)
{
    const struct escape *e = ctx;

    if (c == UINT32_MAX) {
        sink_format(e->sink, "\\x%02x", octet);
    } else {
        sink_char(e->sink, c, e->also);
    }
}

void sink_string(struct sink *s, const struct asn1_type *t, struct span contents,
                 const char *also)
{
    struct escape e = { s, also };
    string_chars(t, contents, take_escaped, &e);
}

/* ---- times and OIDs --------------------------------------------------------------------- */

/* The octets have been checked when they came through the decoder; here they may not have. */
void sink_time(struct sink *s, struct span time)
{
    int64_t seconds;

    if (!asn1_time(time, &seconds)) {
        sink_string(s, &VisibleString_type, time, "");
        return;
    }
    const char *p = (const char *)time.ptr;
    if (time.len == 13) {
        sink_str(s, p[0] >= '5' ? "19" : "20");
    } else {
        sink_octets(s, p, 2);
        p += 2;
    }
    sink_format(s, "%.2s-%.2s-%.2sT%.2s:%.2s:%.2s", p, p + 2, p + 4, p + 6, p + 8, p + 10);
    sink_octets(s, p + 12, (size_t)((const char *)time.ptr + time.len - (p + 12)));
}

void sink_oid(struct sink *s, struct span contents)
{
    char text[512];
    sink_str(s, oid_text(contents, text, sizeof text));
}

/* ---- names ------------------------------------------------------------------------------ */

struct span choice_leaf(const struct asn1_type *t, const void *value,
                        const struct asn1_type **leaf)
{
    const struct asn1_choice *choice = value;

    if (choice == NULL || choice->arm < 0 || choice->arm >= t->nfields) {
        *leaf = &OCTET_STRING_type;
        return choice != NULL ? choice->der : (struct span){ NULL, 0 };
    }
    const struct asn1_field *f = &t->fields[choice->arm];
    const void *slot = (const char *)value + f->offset;
    if (f->type->kind == ASN1_KIND_CHOICE) {
        return choice_leaf(f->type, *(const void *const *)slot, leaf);
    }
    *leaf = f->type;
    return *(const struct span *)slot;
}

static void sink_attribute_value(struct sink *s, const struct asn1_open *open)
{
    const struct asn1_type *t = open->type;
    struct span contents;

    if (t == NULL || open->value == NULL) {
        sink_str(s, "#");
        sink_hex(s, open->der);
        return;
    }
    if (t->kind == ASN1_KIND_CHOICE) {
        contents = choice_leaf(t, open->value, &t);
    } else {
        contents = *(const struct span *)open->value;
    }
    if (t->tag == DER_BIT_STRING || t->tag == DER_OCTET_STRING) {
        sink_str(s, "#");
        sink_hex(s, contents);
        return;
    }
    sink_string(s, t, contents, ",+\"<>;=#");
}

void sink_rdn(struct sink *s, const struct asn1_list *rdn)
{
    for (size_t i = 0; i < rdn->count; i++) {
        const struct AttributeTypeAndValue *a = rdn->item[i];
        const char *short_name = oid_attribute(oid_find(a->type));

        sink_str(s, i > 0 ? "+" : "");
        if (short_name != NULL) {
            sink_str(s, short_name);
        } else {
            sink_oid(s, a->type);
        }
        sink_str(s, "=");
        sink_attribute_value(s, &a->value);
    }
}

void sink_name(struct sink *s, const struct asn1_list *rdns)
{
    if (rdns->count == 0) {
        sink_str(s, "NULL-DN");
    }
    for (size_t i = 0; i < rdns->count; i++) {
        sink_str(s, i > 0 ? ", " : "");
        sink_rdn(s, rdns->item[i]);
    }
}

static void sink_ip(struct sink *s, struct span ip)
{
    if (ip.len == 4 || ip.len == 8) {
        for (size_t i = 0; i < ip.len; i++) {
            sink_format(s, "%s%u", i == 0 ? "" : i == 4 ? "/" : ".", ip.ptr[i]);
        }
    } else if (ip.len == 16 || ip.len == 32) {
        for (size_t i = 0; i < ip.len; i += 2) {
            sink_format(s, "%s%x", i == 0 ? "" : i == 16 ? "/" : ":",
                        (unsigned)ip.ptr[i] << 8 | ip.ptr[i + 1]);
        }
    } else {
        sink_hex(s, ip);
    }
}

static void sink_other_name(struct sink *s, const struct AnotherName *name)
{
    sink_oid(s, name->type_id);
    sink_str(s, " ");
    if (name->value.type != NULL && name->value.type->kind == ASN1_KIND_LEAF &&
        name->value.value != NULL) {
        sink_string(s, name->value.type, *(const struct span *)name->value.value, "");
    } else {
        sink_hex(s, name->value.der);
    }
}

void sink_general_name(struct sink *s, const struct GeneralName *name)
{
    if (name->arm == GeneralName_directoryName && name->directoryName != NULL) {
        sink_name(s, &name->directoryName->rdnSequence);
        return;
    }
    if (name->arm >= 0 && name->arm < GeneralName_type.nfields) {
        sink_str(s, GeneralName_type.fields[name->arm].name);
        sink_str(s, ":");
    }
    switch (name->arm) {
    case GeneralName_rfc822Name:
    case GeneralName_dNSName:
    case GeneralName_uniformResourceIdentifier:
        sink_string(s, &IA5String_type, name->dNSName, ",");
        break;
    case GeneralName_iPAddress:
        sink_ip(s, name->iPAddress);
        break;
    case GeneralName_registeredID:
        sink_oid(s, name->registeredID);
        break;
    case GeneralName_otherName:
        sink_other_name(s, name->otherName);
        break;
    default:
        sink_hex(s, name->der);
    }
}

char *Name_text(const struct Name *name, char *buf, size_t size)
{
    struct sink s = into(buf, size);
    sink_name(&s, &name->rdnSequence);
    return buf;
}

char *GeneralName_text(const struct GeneralName *name, char *buf, size_t size)
{
    struct sink s = into(buf, size);
    sink_general_name(&s, name);
    return buf;
}

struct utf8 {
    char *text;
    size_t len;
    bool bad;
};

static void take_utf8(void *ctx, uint32_t c, uint8_t octet)
{
    struct utf8 *u = ctx;

    (void)octet;
    if (c == UINT32_MAX) {
        u->bad = true;
        return;
    }
    u->len += to_utf8(c, u->text + u->len);
}

struct span DirectoryString_utf8(const struct DirectoryString *s, struct arena *a)
{
    const struct asn1_type *leaf;
    struct span contents = choice_leaf(&DirectoryString_type, s, &leaf);
    struct utf8 u = { .text = arena_alloc(a, contents.len * 2 + 4) };

    if (u.text == NULL || contents.ptr == NULL) {
        return (struct span){ NULL, 0 };
    }
    string_chars(leaf, contents, take_utf8, &u);
    return u.bad ? (struct span){ NULL, 0 } : (struct span){ (const uint8_t *)u.text, u.len };
}
