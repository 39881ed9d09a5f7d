/* Elements below the tables: reading one after the other, writing single ones. */
#include "codec/tlv.h"

const char *asn1_next(struct asn1_reader *r, struct asn1_tlv *out)
{
    struct span rest = r->rest;
    const uint8_t *at;

    if (rest.len == 0) {
        return "end of input";
    }
    const char *why = tlv_read(&rest, out, &at);
    if (why == NULL) {
        r->rest = rest;
    }
    return why;
}

size_t asn1_header(uint8_t out[6], uint8_t tag, size_t contents_len)
{
    size_t n = 0;

    out[0] = tag;
    if (contents_len < 0x80) {
        out[1] = (uint8_t)contents_len;
        return 2;
    }
    for (size_t l = contents_len; l > 0; l >>= 8) {
        n++;
    }
    out[1] = (uint8_t)(0x80 | n);
    for (size_t i = 0; i < n; i++) {
        out[2 + i] = (uint8_t)(contents_len >> (8 * (n - 1 - i)));
    }
    return 2 + n;
}

static struct span join(struct arena *a, uint8_t tag, const struct span *parts, size_t n)
{
    uint8_t header[6];
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        len += parts[i].len;
    }
    if (len > ASN1_MAX_SIZE) {
        return (struct span){ NULL, 0 };
    }
    size_t h = asn1_header(header, tag, len);
    uint8_t *out = arena_alloc(a, h + len);
    if (out == NULL) {
        return (struct span){ NULL, 0 };
    }
    memcpy(out, header, h);
    for (size_t i = 0, at = h; i < n; at += parts[i].len, i++) {
        if (parts[i].len > 0) {
            memcpy(out + at, parts[i].ptr, parts[i].len);
        }
    }
    return (struct span){ out, h + len };
}

struct span asn1_tlv(struct arena *a, uint8_t tag, struct span contents)
{
    return join(a, tag, &contents, 1);
}

struct span asn1_sequence_of_parts(struct arena *a, const struct span *parts, size_t n)
{
    return join(a, ASN1_SEQUENCE, parts, n);
}

struct span asn1_retag(struct arena *a, struct span der, uint8_t tag)
{
    uint8_t *out = der.len > 0 ? arena_alloc(a, der.len) : NULL;

    if (out == NULL) {
        return (struct span){ NULL, 0 };
    }
    memcpy(out, der.ptr, der.len);
    out[0] = tag;
    return (struct span){ out, der.len };
}
