#include "ca.h"

#include <nettle/sha1.h>

bool extension_add(struct asn1_list *list, enum oid id, const struct asn1_type *type, const void *value,
                   struct arena *a)
{
    struct Extension *extension = Extension_new(a);
    struct span der = asn1_encode(type, value, a);

    if (extension == NULL || der.ptr == NULL) {
        return false;
    }
    extension->extnID = oid_contents(id);
    extension->extnValue = asn1_open_der(der);
    return asn1_list_add(a, list, extension);
}

struct span key_identifier_of(const struct SubjectPublicKeyInfo *key, struct arena *a)
{
    struct span bits = asn1_bits_payload(key->subjectPublicKey);
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx sha1;

    sha1_init(&sha1);
    sha1_update(&sha1, bits.len, bits.ptr);
    sha1_digest(&sha1, sizeof digest, digest);
    return arena_copy(a, digest, sizeof digest);
}

bool extension_add_subjectKeyIdentifier(struct asn1_list *list, const struct SubjectPublicKeyInfo *key,
                                        struct arena *a)
{
    struct span identifier = key_identifier_of(key, a);

    return identifier.ptr != NULL &&
           extension_add(list, OID_id_ce_subjectKeyIdentifier, &SubjectKeyIdentifier_type, &identifier, a);
}

bool extension_add_authorityKeyIdentifier(struct asn1_list *list, const struct ca *ca, struct arena *a)
{
    struct AuthorityKeyIdentifier issuer = { .keyIdentifier = ca->key_identifier };

    return extension_add(list, OID_id_ce_authorityKeyIdentifier, &AuthorityKeyIdentifier_type, &issuer, a);
}

/* ---- extensions made of URLs ---------------------------------------------------------- */

static struct GeneralName *name_of_url(const char *url, struct arena *a)
{
    struct GeneralName *name = GeneralName_new(a);

    if (name != NULL) {
        name->arm = GeneralName_uniformResourceIdentifier;
        name->uniformResourceIdentifier = span_str(url);
    }
    return name;
}

/* One distribution point with all the names: they are ways to the same CRL (RFC 5280, 4.2.1.13). */
bool extension_add_cRLDistributionPoints(struct asn1_list *list, const struct ca *ca, struct arena *a)
{
    struct DistributionPointName where = { .arm = DistributionPointName_fullName };
    struct DistributionPoint point = { .distributionPoint = &where };
    struct asn1_list points = { .count = 0 };

    for (const char *const *url = ca->options->crl_url; *url != NULL; url++) {
        struct GeneralName *name = name_of_url(*url, a);
        if (name == NULL || !asn1_list_add(a, &where.fullName, name)) {
            return false;
        }
    }
    return where.fullName.count == 0 ||
           (asn1_list_add(a, &points, &point) &&
            extension_add(list, OID_id_ce_cRLDistributionPoints, &CRLDistributionPoints_type, &points, a));
}

static bool add_access(struct asn1_list *list, enum oid method, const char *const *urls, struct arena *a)
{
    for (; *urls != NULL; urls++) {
        struct AccessDescription *access = AccessDescription_new(a);
        struct GeneralName *name = name_of_url(*urls, a);
        if (access == NULL || name == NULL || !asn1_list_add(a, list, access)) {
            return false;
        }
        access->accessMethod = oid_contents(method);
        access->accessLocation = name;
    }
    return true;
}

bool extension_add_authorityInfoAccess(struct asn1_list *list, const struct ca *ca, struct arena *a)
{
    struct asn1_list ways = { .count = 0 };

    return add_access(&ways, OID_id_ad_ocsp, ca->options->ocsp_url, a) &&
           add_access(&ways, OID_id_ad_caIssuers, ca->options->aia_url, a) &&
           (ways.count == 0 ||
            extension_add(list, OID_id_pe_authorityInfoAccess, &AuthorityInfoAccessSyntax_type, &ways, a));
}
