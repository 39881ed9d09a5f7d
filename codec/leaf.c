/* The leaves of ASN.1: what DER and RFC 5280 allow as their contents. */
#include "codec/asn1_table.h"

const char *check_boolean(struct span c)
{
    if (c.len != 1) {
        return "BOOLEAN is not one octet";
    }
    return c.ptr[0] == 0x00 || c.ptr[0] == 0xff ? NULL : "BOOLEAN is neither 00 nor FF";
}

const char *check_integer(struct span c)
{
    if (c.len == 0) {
        return "empty INTEGER";
    }
    if (c.len > ASN1_MAX_INTEGER) {
        return "INTEGER too long";
    }
    if (c.len > 1 && ((c.ptr[0] == 0x00 && c.ptr[1] < 0x80) ||
                      (c.ptr[0] == 0xff && c.ptr[1] >= 0x80))) {
        return "INTEGER not minimal";
    }
    return NULL;
}

const char *check_integer_0_max(struct span c)
{
    const char *why = check_integer(c);
    if (why != NULL) {
        return why;
    }
    return c.ptr[0] < 0x80 ? NULL : "INTEGER below 0";
}

const char *check_integer_1_max(struct span c)
{
    const char *why = check_integer(c);
    if (why != NULL) {
        return why;
    }
    return c.ptr[0] < 0x80 && (c.len > 1 || c.ptr[0] > 0) ? NULL : "INTEGER below 1";
}

const char *check_bit_string(struct span c)
{
    if (c.len == 0) {
        return "BIT STRING without unused-bits octet";
    }
    unsigned unused = c.ptr[0];
    if (unused > 7 || (c.len == 1 && unused != 0)) {
        return "more unused bits than there are";
    }
    if ((c.ptr[c.len - 1] & ((1u << unused) - 1)) != 0 && c.len > 1) {
        return "unused bits not zero";
    }
    return NULL;
}

/* X.690, 11.2.2: where bits have names, trailing zero bits are left out. */
const char *check_named_bits(struct span c)
{
    const char *why = check_bit_string(c);
    if (why != NULL) {
        return why;
    }
    if (c.len > 1 && (c.ptr[c.len - 1] >> c.ptr[0] & 1) == 0) {
        return "trailing zero in named bits";
    }
    return NULL;
}

const char *check_null(struct span c)
{
    return c.len == 0 ? NULL : "NULL has contents";
}

const char *check_oid(struct span c)
{
    size_t arc = 0;                     /* octets of the present one */

    if (c.len == 0) {
        return "empty OBJECT IDENTIFIER";
    }
    if (c.len > ASN1_MAX_OID) {
        return "OBJECT IDENTIFIER too long";
    }
    if ((c.ptr[c.len - 1] & 0x80) != 0) {
        return "OBJECT IDENTIFIER ends inside an arc";
    }
    for (size_t i = 0; i < c.len; i++) {
        if (arc == 0 && c.ptr[i] == 0x80) {
            return "arc not minimal";
        }
        arc = c.ptr[i] & 0x80 ? arc + 1 : 0;
        if (arc >= ASN1_MAX_ARC_OCTETS) {
            return "arc too long";
        }
    }
    return NULL;
}

/* ---- strings ---------------------------------------------------------------------------- */

/* Octets of the character at p, 0 when it is not UTF-8 (RFC 3629: shortest form, no
 * surrogates, at most U+10FFFF). */
static size_t utf8_char(const uint8_t *p, size_t left)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (n < 2) {
        return n;
    }
    if (n > left || p[0] >= 0xf8) {
        return 0;
    }
    uint32_t c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

const char *check_utf8(struct span c)
{
    for (size_t i = 0; i < c.len; ) {
        size_t n = utf8_char(c.ptr + i, c.len - i);
        if (n == 0) {
            return "not UTF-8";
        }
        i += n;
    }
    return NULL;
}

/* X.680, table 10.  Real issuers also put '*', '@', '_' and '&' into PrintableStrings; in names
 * and extensions that makes the one value malformed, not the message (struct asn1_open). */
static bool is_printable(uint8_t c)
{
    static const uint32_t set[4] = { 0, 0xa7fffb81u, 0x07fffffeu, 0x07fffffeu };
    return c < 0x80 && (set[c >> 5] >> (c & 31) & 1) != 0;
}

const char *check_printable(struct span c)
{
    for (size_t i = 0; i < c.len; i++) {
        if (!is_printable(c.ptr[i])) {
            return "character not in PrintableString";
        }
    }
    return NULL;
}

const char *check_numeric(struct span c)
{
    for (size_t i = 0; i < c.len; i++) {
        if ((c.ptr[i] < '0' || c.ptr[i] > '9') && c.ptr[i] != ' ') {
            return "character not in NumericString";
        }
    }
    return NULL;
}

const char *check_ia5(struct span c)
{
    for (size_t i = 0; i < c.len; i++) {
        if (c.ptr[i] >= 0x80) {
            return "character not in IA5String";
        }
    }
    return NULL;
}

const char *check_visible(struct span c)
{
    for (size_t i = 0; i < c.len; i++) {
        if (c.ptr[i] < 0x20 || c.ptr[i] > 0x7e) {
            return "character not in VisibleString";
        }
    }
    return NULL;
}

const char *check_bmp(struct span c)
{
    if (c.len % 2 != 0) {
        return "BMPString of odd length";
    }
    for (size_t i = 0; i < c.len; i += 2) {
        if ((c.ptr[i] & 0xf8) == 0xd8) {
            return "surrogate in BMPString";
        }
    }
    return NULL;
}

const char *check_universal(struct span c)
{
    if (c.len % 4 != 0) {
        return "UniversalString not of four-octet characters";
    }
    for (size_t i = 0; i < c.len; i += 4) {
        uint32_t u = (uint32_t)c.ptr[i] << 24 | (uint32_t)c.ptr[i + 1] << 16 |
                     (uint32_t)c.ptr[i + 2] << 8 | c.ptr[i + 3];
        if (u > 0x10ffff || (u >= 0xd800 && u <= 0xdfff)) {
            return "no character in UniversalString";
        }
    }
    return NULL;
}

/* ---- times ------------------------------------------------------------------------------ */

static int two_digits(const uint8_t *p)
{
    bool digits = p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9';
    return digits ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

static bool is_date(int year, int month, int day)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (leap && month == 2);
}

/* "MMDDHHMMSS" of that year. */
static bool is_month_to_second(int year, const uint8_t *p)
{
    int hour = two_digits(p + 4), minute = two_digits(p + 6), second = two_digits(p + 8);

    return is_date(year, two_digits(p), two_digits(p + 2)) && hour >= 0 && hour < 24 &&
           minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

/* RFC 5280, 4.1.2.5.1: seconds, and Z. */
const char *check_utc_time(struct span c)
{
    if (c.len != 13 || c.ptr[12] != 'Z') {
        return "UTCTime is not YYMMDDHHMMSSZ";
    }
    int year = two_digits(c.ptr);
    if (year < 0 || !is_month_to_second(year >= 50 ? 1900 + year : 2000 + year, c.ptr + 2)) {
        return "no such time";
    }
    return NULL;
}

static const char *check_to_second(struct span c)
{
    if (c.len < 15 || c.ptr[c.len - 1] != 'Z') {
        return "GeneralizedTime is not YYYYMMDDHHMMSSZ";
    }
    int century = two_digits(c.ptr), year = two_digits(c.ptr + 2);
    if (century < 0 || year < 0 || !is_month_to_second(century * 100 + year, c.ptr + 4)) {
        return "no such time";
    }
    return NULL;
}

/* X.690, 11.7: DER allows a fraction of a second, with a point and without trailing zeros.  CMP
 * does not forbid it in messageTime and clients send it; certificates may not (below). */
const char *check_generalized_time(struct span c)
{
    const char *why = check_to_second(c);

    if (why != NULL || c.len == 15) {
        return why;
    }
    if (c.ptr[14] != '.' || c.len < 17 || c.ptr[c.len - 2] == '0') {
        return "GeneralizedTime with an odd fraction";
    }
    for (size_t i = 15; i < c.len - 1; i++) {
        if (c.ptr[i] < '0' || c.ptr[i] > '9') {
            return "GeneralizedTime with an odd fraction";
        }
    }
    return NULL;
}

/* RFC 5280, 4.1.2.5.2: no fraction. */
const char *check_generalized_seconds(struct span c)
{
    return c.len == 15 ? check_to_second(c) : "GeneralizedTime is not YYYYMMDDHHMMSSZ";
}

/* ---- the types -------------------------------------------------------------------------- */

LEAF(BOOLEAN, CHECK(check_boolean))
LEAF(INTEGER, CHECK(check_integer))
LEAF(INTEGER_0_MAX, CHECK(check_integer_0_max))
LEAF(INTEGER_1_MAX, CHECK(check_integer_1_max))
LEAF(ENUMERATED, CHECK(check_integer))
LEAF(BIT_STRING, CHECK(check_bit_string))
LEAF(OCTET_STRING, CHECK(NULL))
const struct asn1_type NULL__type = { .name = "NULL", .kind = ASN1_KIND_LEAF, .tag = TAG_NULL_,
    .size = sizeof(struct span), CHECK(check_null) };
LEAF(OBJECT_IDENTIFIER, CHECK(check_oid))
LEAF(UTF8String, CHECK(check_utf8))
LEAF(NumericString, CHECK(check_numeric))
LEAF(PrintableString, CHECK(check_printable))
LEAF(TeletexString, CHECK(NULL))
LEAF(IA5String, CHECK(check_ia5))
LEAF(VisibleString, CHECK(check_visible))
LEAF(UniversalString, CHECK(check_universal))
LEAF(BMPString, CHECK(check_bmp))
LEAF(UTCTime, CHECK(check_utc_time))
LEAF(GeneralizedTime, CHECK(check_generalized_time))

const struct asn1_type ANY_type = { .name = "ANY", .kind = ASN1_KIND_ANY,
    .size = sizeof(struct span) };
const struct asn1_type OPEN_type = { .name = "ANY", .kind = ASN1_KIND_OPEN,
    .size = sizeof(struct asn1_open) };
const struct asn1_type OPEN_OCTETS_type = { .name = "OCTET STRING", .tag = TAG_OPEN_OCTETS,
    .kind = ASN1_KIND_OPEN_OCTETS, .size = sizeof(struct asn1_open) };
LIST_OF(SET_OF_OPEN, OPEN, SIZE_1_MAX)
LIST_OF(SEQUENCE_OF_INTEGER, INTEGER, SIZE_0_MAX)
LIST_OF(SEQUENCE_OF_UTF8String, UTF8String, SIZE_0_MAX)
LIST_OF(SEQUENCE_OF_OBJECT_IDENTIFIER, OBJECT_IDENTIFIER, SIZE_0_MAX)
LIST_OF(SET_OF_ANY, ANY, SIZE_0_MAX)
