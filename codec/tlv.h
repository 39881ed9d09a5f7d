/* One TLV: the only place that reads or writes headers.  Inside the library; others have
 * struct asn1_reader and asn1_tlv(). */
#ifndef CODEC_TLV_H
#define CODEC_TLV_H

#include "codec/asn1.h"

#pragma GCC visibility push(hidden)

/* Why the element at the front of `in` is refused; *at is the offending octet. */
const char *tlv_why(struct span in, const uint8_t **at);

/* A length of 128 or more behind p: its octets, 0 when it is not DER. */
static inline size_t tlv_long_length(const uint8_t *p, size_t left, size_t *len)
{
    size_t n = p[1] & 0x7f, v = 0;

    if (n == 0 || n > 4 || left < 2 + n) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[2 + i];
    }
    *len = v;
    return v < 0x80 || v >> (8 * (n - 1)) == 0 ? 0 : n;
}

/* Reads the element at the front of *in and moves *in behind it.  DER only: one-octet tags,
 * definite and minimal lengths.  False leaves *in; tlv_why() then says why. */
static inline bool tlv_read(struct span *in, struct asn1_tlv *out)
{
    const uint8_t *p = in->ptr;
    size_t left = in->len, header = 2;

    if (left < 2 || (p[0] & 0x1f) == 0x1f) {
        return false;
    }
    size_t len = p[1];
    if (len >= 0x80) {
        size_t n = tlv_long_length(p, left, &len);
        if (n == 0) {
            return false;
        }
        header += n;
    }
    if (left - header < len) {
        return false;
    }
    out->tag = p[0];
    out->contents.ptr = p + header;
    out->contents.len = len;
    out->der.ptr = p;
    out->der.len = header + len;
    in->ptr = p + header + len;
    in->len = left - header - len;
    return true;
}

#pragma GCC visibility pop

#endif
