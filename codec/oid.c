/* Object identifiers: from octets to rows and to text, and back. */
#include "codec/oid_index.h"

#include <ctype.h>
#include <stdlib.h>

enum oid oid_find(struct span contents)
{
    if (contents.len < 3) {
        return OID_NONE;
    }
    unsigned s = oid_slot(contents.ptr, contents.len, oid_seed);
    for (; oid_slots[s] != OID_NONE; s = (s + 1) % OID_SLOTS) {
        const struct oid_row *r = &oid_rows[oid_slots[s]];
        if (r->len == contents.len && memcmp(r->contents, contents.ptr, r->len) == 0) {
            return oid_slots[s];
        }
    }
    return OID_NONE;
}

static const struct oid_row *row(enum oid id)
{
    return &oid_rows[(unsigned)id < OID_COUNT ? id : OID_NONE];
}

struct span oid_contents(enum oid id)
{
    const struct oid_row *r = row(id);
    return (struct span){ r->len > 0 ? r->contents : NULL, r->len };
}

const char *oid_name(enum oid id)
{
    return row(id)->name;
}

unsigned oid_kind(enum oid id)
{
    return row(id)->kind;
}

/* RFC 4514's table and, for the others, what `openssl x509` prints. */
const char *oid_attribute(enum oid id)
{
    switch (id) {
    case OID_id_at_commonName: return "CN";
    case OID_id_at_surname: return "SN";
    case OID_id_at_serialNumber: return "serialNumber";
    case OID_id_at_countryName: return "C";
    case OID_id_at_localityName: return "L";
    case OID_id_at_stateOrProvinceName: return "ST";
    case OID_id_at_streetAddress: return "street";
    case OID_id_at_organizationName: return "O";
    case OID_id_at_organizationalUnitName: return "OU";
    case OID_id_at_title: return "title";
    case OID_id_at_description: return "description";
    case OID_id_at_businessCategory: return "businessCategory";
    case OID_id_at_postalCode: return "postalCode";
    case OID_id_at_postOfficeBox: return "postOfficeBox";
    case OID_id_at_telephoneNumber: return "telephoneNumber";
    case OID_id_at_name: return "name";
    case OID_id_at_givenName: return "GN";
    case OID_id_at_initials: return "initials";
    case OID_id_at_generationQualifier: return "generationQualifier";
    case OID_id_at_x500UniqueIdentifier: return "x500UniqueIdentifier";
    case OID_id_at_dnQualifier: return "dnQualifier";
    case OID_id_at_pseudonym: return "pseudonym";
    case OID_id_at_organizationIdentifier: return "organizationIdentifier";
    case OID_userid: return "UID";
    case OID_id_domainComponent: return "DC";
    case OID_id_emailAddress: return "emailAddress";
    case OID_unstructuredName: return "unstructuredName";
    case OID_unstructuredAddress: return "unstructuredAddress";
    case OID_jurisdictionLocalityName: return "jurisdictionL";
    case OID_jurisdictionStateOrProvinceName: return "jurisdictionST";
    case OID_jurisdictionCountryName: return "jurisdictionC";
    default: return NULL;
    }
}

/* ---- dotted text ------------------------------------------------------------------------ */

/* An arc can have any length (UUIDs have 128 bits), so it is multiplied out in decimal. */
static void add_septet(uint8_t digits[48], size_t *n, unsigned septet)
{
    unsigned carry = septet;

    for (size_t i = 0; i < *n; i++) {
        carry += digits[i] * 128u;
        digits[i] = (uint8_t)(carry % 10);
        carry /= 10;
    }
    for (; carry > 0 && *n < 48; carry /= 10) {
        digits[(*n)++] = (uint8_t)(carry % 10);
    }
}

static void put_text(char *buf, size_t size, size_t *at, const char *text)
{
    for (; *text != '\0' && *at + 1 < size; text++) {
        buf[(*at)++] = *text;
    }
    if (size > 0) {
        buf[*at] = '\0';
    }
}

static void put_arc(char *buf, size_t size, size_t *at, const uint8_t *digits, size_t n)
{
    char text[50] = ".0";

    for (size_t i = 0; i < n; i++) {
        text[1 + i] = (char)('0' + digits[n - 1 - i]);
    }
    text[1 + (n > 0 ? n : 1)] = '\0';
    put_text(buf, size, at, text);
}

/* The first octets hold two arcs, 40 * first + second. */
static void put_first(char *buf, size_t size, size_t *at, uint8_t *digits, size_t n)
{
    unsigned value = n <= 2 ? digits[0] + (n > 1 ? digits[1] * 10u : 0) : 80;
    unsigned first = value < 80 ? value / 40 : 2;
    char text[2] = { (char)('0' + first), '\0' };

    put_text(buf, size, at, text);
    int borrow = (int)first * 4;        /* tens to take away */
    for (size_t i = 1; i < n && borrow > 0; i++) {
        int d = digits[i] - borrow;
        borrow = d < 0 ? (9 - d) / 10 : 0;
        digits[i] = (uint8_t)(d + 10 * borrow);
    }
    while (n > 1 && digits[n - 1] == 0) {
        n--;
    }
    put_arc(buf, size, at, digits, n);
}

char *oid_dotted(struct span c, char *buf, size_t size)
{
    uint8_t digits[48] = { 0 };
    size_t at = 0, n = 0;
    bool first = true;

    put_text(buf, size, &at, "");
    for (size_t i = 0; i < c.len; i++) {
        add_septet(digits, &n, c.ptr[i] & 0x7f);
        if ((c.ptr[i] & 0x80) != 0) {
            continue;
        }
        if (first) {
            put_first(buf, size, &at, digits, n > 0 ? n : 1);
        } else {
            put_arc(buf, size, &at, digits, n);
        }
        first = false;
        n = 0;
        memset(digits, 0, sizeof digits);
    }
    return buf;
}

char *oid_text(struct span contents, char *buf, size_t size)
{
    enum oid id = oid_find(contents);

    if (id == OID_NONE) {
        return oid_dotted(contents, buf, size);
    }
    snprintf(buf, size, "%s", oid_name(id));
    return buf;
}

/* ---- from text -------------------------------------------------------------------------- */

static bool put_septets(uint8_t *out, size_t *len, uint64_t arc)
{
    size_t septets = 1;

    for (uint64_t v = arc >> 7; v > 0; v >>= 7) {
        septets++;
    }
    if (*len + septets > ASN1_MAX_OID) {
        return false;
    }
    while (septets-- > 0) {
        out[(*len)++] = (uint8_t)((arc >> (7 * septets) & 0x7f) | (septets > 0 ? 0x80 : 0));
    }
    return true;
}

/* Reads decimal digits without sign or leading zero, below 2^63. */
static bool read_arc(const char **p, uint64_t *arc)
{
    const char *start = *p;

    *arc = 0;
    while (isdigit((unsigned char)**p) && *p - start < 18) {
        *arc = *arc * 10 + (uint64_t)(*(*p)++ - '0');
    }
    return *p > start && (*start != '0' || *p == start + 1) && !isdigit((unsigned char)**p);
}

struct span oid_parse(struct arena *a, const char *dotted)
{
    uint8_t out[ASN1_MAX_OID];
    uint64_t first = 0, arc;
    size_t len = 0;
    int n = 0;

    for (const char *p = dotted; ; p++, n++) {
        if (!read_arc(&p, &arc) || (*p != '.' && *p != '\0') || (n == 0 && arc > 2) ||
            (n == 1 && first < 2 && arc > 39)) {
            return (struct span){ NULL, 0 };
        }
        if (n == 0) {
            first = arc;
        } else if (!put_septets(out, &len, n == 1 ? first * 40 + arc : arc)) {
            return (struct span){ NULL, 0 };
        }
        if (*p == '\0') {
            break;
        }
    }
    return n > 0 ? arena_copy(a, out, len) : (struct span){ NULL, 0 };
}

static bool is_named(const char *row_name, const char *name)
{
    if (strcmp(row_name, name) == 0) {
        return true;
    }
    const char *tail = strncmp(row_name, "id-", 3) == 0 ? strchr(row_name + 3, '-') : NULL;
    return tail != NULL && strcmp(tail + 1, name) == 0;
}

enum oid oid_named(const char *name)
{
    char dotted[256];

    for (unsigned i = 1; i < OID_COUNT; i++) {
        if (strcmp(oid_rows[i].name, name) == 0) {
            return i;
        }
    }
    for (unsigned i = 1; i < OID_COUNT; i++) {
        if (is_named(oid_rows[i].name, name) ||
            strcmp(oid_dotted(oid_contents(i), dotted, sizeof dotted), name) == 0) {
            return i;
        }
    }
    return OID_NONE;
}
