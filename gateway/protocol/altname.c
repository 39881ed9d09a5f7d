/* Names in a subjectAltName that a certificate may bear (RFC 5280 4.2.1.6).
 *
 * What verifiers compare as C strings, or split at dots and slashes, must not hold what makes two of them
 * read it differently: a NUL, a space, an empty label.
 */
#include <string.h>
#include <strings.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_graphic(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~') {
            return false;
        }
    }
    return s.len > 0;
}

/* RFC 1034 3.5, with the underscore that names of services and of Windows machines have. */
static bool is_label(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(p[i]) && p[i] != '_' && (p[i] != '-' || i == 0 || i == len - 1)) {
            return false;
        }
    }
    return len > 0 && len <= 63;
}

static bool is_host(struct span s)
{
    size_t from = 0;

    for (size_t i = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != '.') {
            continue;
        }
        if (!is_label(s.ptr + from, i - from)) {
            return false;
        }
        from = i + 1;
    }
    return s.len <= 253;
}

/* A wildcard is a whole label, the first, and not the only one (RFC 6125 6.4.3). */
static bool is_dNSName(struct span s)
{
    bool wild = s.len > 2 && s.ptr[0] == '*' && s.ptr[1] == '.';

    return is_host(wild ? (struct span){ s.ptr + 2, s.len - 2 } : s);
}

static bool is_mailbox(struct span s)
{
    const uint8_t *at = s.len > 0 ? memrchr(s.ptr, '@', s.len) : NULL;

    return at != NULL && at > s.ptr && is_graphic(s) &&
           is_host((struct span){ at + 1, (size_t)(s.ptr + s.len - at - 1) });
}

/* RFC 3986 3.1: it is absolute, so it has a scheme, and then something. */
static bool is_uri(struct span s)
{
    const uint8_t *colon = s.len > 0 ? memchr(s.ptr, ':', s.len) : NULL;

    if (colon == NULL || colon == s.ptr || colon == s.ptr + s.len - 1 || !is_graphic(s) || !is_alnum(s.ptr[0])) {
        return false;
    }
    for (const uint8_t *p = s.ptr; p < colon; p++) {
        if (!is_alnum(*p) && *p != '+' && *p != '-' && *p != '.') {
            return false;
        }
    }
    return true;
}

bool altname_is_sane(const struct GeneralName *name)
{
    switch (name->arm) {
    case GeneralName_iPAddress:                 return name->iPAddress.len == 4 || name->iPAddress.len == 16;
    case GeneralName_dNSName:                   return is_dNSName(name->dNSName);
    case GeneralName_rfc822Name:                return is_mailbox(name->rfc822Name);
    case GeneralName_uniformResourceIdentifier: return is_uri(name->uniformResourceIdentifier);
    default:                                    return true;
    }
}

/* ---- whose ----------------------------------------------------------------------------------- */

static bool same_host(struct span a, struct span b)
{
    return a.len == b.len && a.len > 0 && strncasecmp((const char *)a.ptr, (const char *)b.ptr, a.len) == 0;
}

static bool same_altname(const struct GeneralName *a, const struct GeneralName *b)
{
    if (a->arm == GeneralName_dNSName && b->arm == GeneralName_dNSName) {
        return same_host(a->dNSName, b->dNSName);
    }
    return span_eq(a->der, b->der);
}

static bool is_in_certificate(const struct Certificate *c, const struct GeneralName *name)
{
    const struct asn1_list *have = Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_subjectAltName);

    for (size_t i = 0; have != NULL && i < have->count; i++) {
        if (same_altname(have->item[i], name)) {
            return true;
        }
    }
    return false;
}

/* An operator has bound the secret to it.  The commonName of a certificate proves no host: under another rule its holder may
 * have chosen it. */
static bool is_bound_to_secret(const struct inbound *in, const struct GeneralName *name)
{
    struct asn1_error err;
    const struct sender *s = &in->sender;
    bool bound = s->credential.kind == CREDENTIAL_SECRET && s->subject.ptr != NULL && name->arm == GeneralName_dNSName;
    struct Name *dn = bound ? Name_decode(s->subject, in->arena, &err) : NULL;

    return dn != NULL && same_host(name_common(dn, in->arena), name->dNSName);
}

bool altname_is_proven(const struct inbound *in, const struct GeneralName *name)
{
    const struct Certificate *c = in->sender.decoded;

    return ra_speaks(in, in->profile) || (c != NULL && is_in_certificate(c, name)) || is_bound_to_secret(in, name);
}
