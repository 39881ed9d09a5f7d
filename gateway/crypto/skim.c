#include "gateway/crypto/skim.h"

bool skim_next(struct asn1_reader *r, uint8_t tag, struct asn1_tlv *out)
{
    return asn1_next(r, out) == NULL && out->tag == tag;
}

bool skim_end(const struct asn1_reader *r)
{
    return r->rest.len == 0;
}

bool skim_sequence(struct span in, struct asn1_reader *out)
{
    struct asn1_reader whole = { in };
    struct asn1_tlv tlv;

    if (in.ptr == NULL || !skim_next(&whole, DER_SEQUENCE, &tlv) || !skim_end(&whole)) {
        return false;
    }
    out->rest = tlv.contents;
    return true;
}

bool skim_positive(struct asn1_reader *r, struct span *out)
{
    struct asn1_tlv tlv;

    if (!skim_next(r, DER_INTEGER, &tlv) || tlv.contents.len == 0 || tlv.contents.ptr[0] >= 0x80) {
        return false;
    }
    *out = tlv.contents;
    if (out->ptr[0] == 0) {
        out->ptr++;
        out->len--;
        return out->len > 0 && out->ptr[0] >= 0x80;
    }
    return true;
}

static bool parse_algorithm(struct asn1_reader *r, struct skim_key *out)
{
    struct asn1_tlv sequence, id, parameters;

    if (!skim_next(r, DER_SEQUENCE, &sequence)) {
        return false;
    }
    struct asn1_reader inside = { sequence.contents };
    if (!skim_next(&inside, DER_OBJECT_IDENTIFIER, &id)) {
        return false;
    }
    out->algorithm = oid_find(id.contents);
    out->parameters = (struct span){ NULL, 0 };
    if (skim_end(&inside)) {
        return true;
    }
    if (asn1_next(&inside, &parameters) != NULL) {
        return false;
    }
    out->parameters = parameters.der;
    return skim_end(&inside);
}

bool skim_key(struct span spki, struct skim_key *out)
{
    struct asn1_reader r;
    struct asn1_tlv bits;

    if (!skim_sequence(spki, &r) || !parse_algorithm(&r, out) ||
        !skim_next(&r, DER_BIT_STRING, &bits) || !skim_end(&r)) {
        return false;
    }
    out->key = asn1_bits_payload(bits.contents);
    return out->key.ptr != NULL;
}

bool skim_rsa(struct span key, struct skim_rsa *out)
{
    struct asn1_reader r;

    return skim_sequence(key, &r) && skim_positive(&r, &out->modulus) &&
           skim_positive(&r, &out->exponent) && skim_end(&r);
}

unsigned skim_bits(struct span magnitude)
{
    unsigned bits = (unsigned)magnitude.len * 8;

    for (unsigned first = magnitude.len > 0 ? magnitude.ptr[0] : 0x80; first < 0x80; first <<= 1) {
        bits--;
    }
    return bits;
}

bool skim_certificate(struct span der, struct skim_certificate *out)
{
    struct asn1_reader certificate, r;
    struct asn1_tlv tlv, serial, issuer, subject, spki;

    if (!skim_sequence(der, &certificate) || !skim_next(&certificate, DER_SEQUENCE, &tlv)) {
        return false;
    }
    r.rest = tlv.contents;
    if (r.rest.len > 0 && r.rest.ptr[0] == DER_CONTEXT_CONSTRUCTED &&
        !skim_next(&r, DER_CONTEXT_CONSTRUCTED, &tlv)) {
        return false;
    }
    if (!skim_next(&r, DER_INTEGER, &serial) || !skim_next(&r, DER_SEQUENCE, &tlv) ||
        !skim_next(&r, DER_SEQUENCE, &issuer) || !skim_next(&r, DER_SEQUENCE, &tlv) ||
        !skim_next(&r, DER_SEQUENCE, &subject) || !skim_next(&r, DER_SEQUENCE, &spki)) {
        return false;
    }
    *out = (struct skim_certificate){ serial.der, issuer.der, subject.der, spki.der };
    return true;
}
