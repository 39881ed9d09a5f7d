/* Elements below the tables: reading one after the other, writing single ones. */
#include "codec/tlv.h"

const char *tlv_why(struct span in, const uint8_t **at)
{
    size_t len;

    *at = in.ptr;
    if (in.len < 2) {
        return "truncated";
    }
    if ((in.ptr[0] & 0x1f) == 0x1f) {
        return "tag number above 30";
    }
    if (in.ptr[1] < 0x80) {
        return "truncated";
    }
    size_t n = in.ptr[1] & 0x7f;
    *at = in.ptr + 1;
    if (n == 0) {
        return "indefinite length";
    }
    if (n > 4) {
        return "length too large";
    }
    if (in.len >= 2 + n && tlv_long_length(in.ptr, in.len, &len) == 0) {
        return "length not minimal";
    }
    *at = in.ptr;
    return "truncated";
}

const char *asn1_next(struct asn1_reader *r, struct asn1_tlv *out)
{
    const uint8_t *at;

    if (r->rest.len == 0) {
        return "end of input";
    }
    return tlv_read(&r->rest, out) ? NULL : tlv_why(r->rest, &at);
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
    return join(a, DER_SEQUENCE, parts, n);
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
