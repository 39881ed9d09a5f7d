/* Leaves as C values, both ways. */
#include "codec/asn1_table.h"

static const struct span absent = { NULL, 0 };

/* ---- INTEGER, BOOLEAN, NULL ------------------------------------------------------------- */

bool asn1_int64(struct span integer, int64_t *out)
{
    if (integer.ptr == NULL || integer.len == 0 || integer.len > 8) {
        return false;
    }
    uint64_t v = integer.ptr[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < integer.len; i++) {
        v = v << 8 | integer.ptr[i];
    }
    *out = (int64_t)v;
    return true;
}

bool asn1_uint(struct span integer, uint64_t *out)
{
    if (integer.ptr == NULL || integer.len == 0 || (integer.ptr[0] & 0x80) != 0 ||
        integer.len > 9 || (integer.len == 9 && integer.ptr[0] != 0)) {
        return false;
    }
    uint64_t v = 0;
    for (size_t i = 0; i < integer.len; i++) {
        v = v << 8 | integer.ptr[i];
    }
    *out = v;
    return true;
}

struct span asn1_put_int(struct arena *a, int64_t value)
{
    uint8_t b[8];
    size_t from = 0;

    for (size_t i = 0; i < sizeof b; i++) {
        b[i] = (uint8_t)((uint64_t)value >> (8 * (sizeof b - 1 - i)));
    }
    while (from < sizeof b - 1 && ((b[from] == 0x00 && b[from + 1] < 0x80) ||
                                   (b[from] == 0xff && b[from + 1] >= 0x80))) {
        from++;
    }
    return arena_copy(a, b + from, sizeof b - from);
}

struct span asn1_put_unsigned(struct arena *a, struct span n)
{
    while (n.len > 0 && n.ptr[0] == 0) {
        n.ptr++;
        n.len--;
    }
    size_t sign = n.len == 0 || n.ptr[0] >= 0x80;
    uint8_t *out = arena_alloc(a, n.len + sign);
    if (out == NULL) {
        return absent;
    }
    out[0] = 0;
    if (n.len > 0) {
        memcpy(out + sign, n.ptr, n.len);
    }
    return (struct span){ out, n.len + sign };
}

bool asn1_true(struct span boolean)
{
    return boolean.len == 1 && boolean.ptr[0] != 0;
}

struct span asn1_put_bool(bool value)
{
    return value ? span_of("\xff") : span_of("\0");
}

struct span asn1_null(void)
{
    return span_of("");
}

/* ---- BIT STRING ------------------------------------------------------------------------- */

struct span asn1_bits_payload(struct span bits)
{
    if (bits.len == 0 || bits.ptr[0] != 0) {
        return absent;
    }
    return (struct span){ bits.ptr + 1, bits.len - 1 };
}

struct span asn1_put_bits(struct arena *a, struct span payload)
{
    uint8_t *out = arena_alloc(a, payload.len + 1);

    if (out == NULL) {
        return absent;
    }
    out[0] = 0;
    if (payload.len > 0) {
        memcpy(out + 1, payload.ptr, payload.len);
    }
    return (struct span){ out, payload.len + 1 };
}

uint32_t asn1_named_bits(struct span bits)
{
    uint32_t out = 0;

    for (size_t bit = 0; bit < 32 && 1 + bit / 8 < bits.len; bit++) {
        out |= (uint32_t)(bits.ptr[1 + bit / 8] >> (7 - bit % 8) & 1) << bit;
    }
    return out;
}

/* X.690, 11.2.2: the last bit put is a one. */
struct span asn1_put_named_bits(struct arena *a, uint32_t bits)
{
    uint8_t b[5] = { 0 };
    size_t used = 0;

    for (size_t bit = 0; bit < 32; bit++) {
        if ((bits >> bit & 1) != 0) {
            b[1 + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
            used = bit + 1;
        }
    }
    b[0] = (uint8_t)((8 - used % 8) % 8);
    return arena_copy(a, b, 1 + (used + 7) / 8);
}

/* ---- times ------------------------------------------------------------------------------ */

/* Days from 1970-01-01 in the proleptic Gregorian calendar.  Years begin in March here, so that
 * the leap day is the last of its year. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

static int digits(const uint8_t *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

bool asn1_time(struct span time, int64_t *unix_seconds)
{
    bool utc = time.len == 13;

    if (time.ptr == NULL ||
        (utc ? check_utc_time(time) : check_generalized_time(time)) != NULL) {
        return false;
    }
    const uint8_t *p = time.ptr + (utc ? 2 : 4);
    int year = digits(time.ptr, utc ? 2 : 4);
    if (utc) {
        year += year >= 50 ? 1900 : 2000;
    }
    *unix_seconds = days_from_date(year, digits(p, 2), digits(p + 2, 2)) * 86400 +
                    digits(p + 4, 2) * 3600 + digits(p + 6, 2) * 60 + digits(p + 8, 2);
    return true;
}

static struct span put_time(struct arena *a, int64_t t, int first, int last, int century_digits)
{
    char text[40];
    int year, month, day;

    if (t < INT64_C(-62167219200) || t > INT64_C(253402300799)) {
        return absent;
    }
    int64_t days = (t >= 0 ? t : t - 86399) / 86400;
    int second = (int)(t - days * 86400);
    date_from_days(days, &year, &month, &day);
    if (year < first || year > last) {
        return absent;
    }
    int n = snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02dZ", year, month, day,
                     second / 3600, second / 60 % 60, second % 60);
    return arena_copy(a, text + 2 - century_digits, (size_t)n - 2 + (size_t)century_digits);
}

struct span asn1_put_generalized_time(struct arena *a, int64_t unix_seconds)
{
    return put_time(a, unix_seconds, 0, 9999, 2);
}

struct span asn1_put_utc_time(struct arena *a, int64_t unix_seconds)
{
    return put_time(a, unix_seconds, 1950, 2049, 0);
}
