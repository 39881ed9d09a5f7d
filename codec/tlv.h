/* One TLV: the only place that reads or writes headers.  Inside the library; others have
 * struct asn1_reader and asn1_tlv(). */
#ifndef CODEC_TLV_H
#define CODEC_TLV_H

#include "codec/asn1.h"

/* DER only: one-octet tags, definite and minimal lengths.  Reads the element at the front of
 * *in and moves *in behind it.  NULL, or the reason; then *at is the offending octet. */
static inline const char *tlv_read(struct span *in, struct asn1_tlv *out, const uint8_t **at)
{
    const uint8_t *p = in->ptr;
    size_t left = in->len;

    *at = p;
    if (left < 2) {
        return "truncated";
    }
    uint8_t tag = p[0];
    size_t len = p[1], header = 2;
    if ((tag & 0x1f) == 0x1f) {
        return "tag number above 30";
    }
    if (len >= 0x80) {
        size_t n = len & 0x7f;
        *at = p + 1;
        if (n == 0) {
            return "indefinite length";
        }
        if (n > 4) {
            return "length too large";
        }
        if (left < 2 + n) {
            return "truncated";
        }
        len = 0;
        for (size_t i = 0; i < n; i++) {
            len = len << 8 | p[2 + i];
        }
        if (len < 0x80 || len >> (8 * (n - 1)) == 0) {
            return "length not minimal";
        }
        header += n;
    }
    if (left - header < len) {
        *at = p;
        return "truncated";
    }
    out->tag = tag;
    out->contents = (struct span){ p + header, len };
    out->der = (struct span){ p, header + len };
    in->ptr = p + header + len;
    in->len = left - header - len;
    return NULL;
}

#endif
