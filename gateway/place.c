#include "gateway/place.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* ---- in a certificate -------------------------------------------------------------------------------------- */

static bool is_http(const struct GeneralName *name)
{
    static const char scheme[] = "http://";
    struct span uri = name->uniformResourceIdentifier;

    return name->arm == GeneralName_uniformResourceIdentifier && uri.len > sizeof scheme - 1 && uri.len <= PLACE_URL_MAX &&
           strncasecmp((const char *)uri.ptr, scheme, sizeof scheme - 1) == 0;
}

static void take(const struct GeneralName *name, struct span out[PLACES_MAX], size_t *n)
{
    if (*n < PLACES_MAX && is_http(name)) {
        out[(*n)++] = name->uniformResourceIdentifier;
    }
}

size_t place_responders(const struct Certificate *c, struct span out[PLACES_MAX])
{
    const struct asn1_list *all = Extensions_value(&c->tbsCertificate->extensions, OID_id_pe_authorityInfoAccess);
    size_t n = 0;

    for (size_t i = 0; all != NULL && i < all->count; i++) {
        const struct AccessDescription *a = all->item[i];
        if (oid_find(a->accessMethod) == OID_id_ad_ocsp) {
            take(a->accessLocation, out, &n);
        }
    }
    return n;
}

static bool is_whole(const struct DistributionPoint *p)
{
    return p->reasons.ptr == NULL && p->cRLIssuer.count == 0 && p->distributionPoint != NULL &&
           p->distributionPoint->arm == DistributionPointName_fullName;
}

size_t place_crls(const struct Certificate *c, struct span out[PLACES_MAX])
{
    const struct asn1_list *all = Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_cRLDistributionPoints);
    size_t n = 0;

    for (size_t i = 0; all != NULL && i < all->count; i++) {
        const struct DistributionPoint *p = all->item[i];
        for (size_t j = 0; is_whole(p) && j < p->distributionPoint->fullName.count; j++) {
            take(p->distributionPoint->fullName.item[j], out, &n);
        }
    }
    return n;
}

/* ---- a URL --------------------------------------------------------------------------------------------------- */

static bool is_printable(struct span url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] >= 0x7f) {
            return false;
        }
    }
    return url.len > 0 && url.len <= PLACE_URL_MAX;
}

/* Read by the library that will follow it, so that the two cannot disagree. */
static bool read_host(CURLU *parsed, const char *text, char host[PLACE_HOST_MAX])
{
    char *scheme = NULL, *user = NULL, *name = NULL;
    bool good = curl_url_set(parsed, CURLUPART_URL, text, 0) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && strcmp(scheme, "http") == 0 &&
                curl_url_get(parsed, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
                curl_url_get(parsed, CURLUPART_HOST, &name, 0) == CURLUE_OK && strlen(name) < PLACE_HOST_MAX;

    if (good) {
        snprintf(host, PLACE_HOST_MAX, "%s", name);
    }
    curl_free(scheme);
    curl_free(user);
    curl_free(name);
    return good;
}

bool place_host(struct span url, char host[PLACE_HOST_MAX])
{
    char text[PLACE_URL_MAX + 1];
    CURLU *parsed = is_printable(url) ? curl_url() : NULL;

    if (parsed == NULL) {
        return false;
    }
    snprintf(text, sizeof text, "%.*s", (int)url.len, (const char *)url.ptr);
    bool good = read_host(parsed, text, host);
    curl_url_cleanup(parsed);
    return good;
}

/* ---- an address ---------------------------------------------------------------------------------------------- */

struct network {
    uint32_t address;
    unsigned bits;
};

static bool is_in(uint32_t address, struct network n)
{
    return (address ^ n.address) >> (32 - n.bits) == 0;
}

/* The registry of RFC 6890, as far as it is not globally reachable; multicast and what is reserved above it. */
static bool is_public_4(uint32_t address)
{
    static const struct network others[] = {
        { 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },  { 0xa9fe0000, 16 }, { 0xac100000, 12 },
        { 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 },
        { 0xe0000000, 3 },
    };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (is_in(address, others[i])) {
            return false;
        }
    }
    return true;
}

/* Global unicast (2000::/3) but for what leads to an IPv4 address (2001::/32, 2002::/16) and the documentation's (2001:db8::/32). */
static bool is_public_6(const uint8_t a[16])
{
    bool teredo = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0;
    bool example = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8;

    return a[0] >> 5 == 1 && !teredo && !example && !(a[0] == 0x20 && a[1] == 0x02);
}

bool place_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        return is_public_4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    }
    return address->sa_family == AF_INET6 &&
           is_public_6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
}
