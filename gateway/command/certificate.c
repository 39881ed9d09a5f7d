#include "gateway/command/certificate.h"

#include <string.h>

/* Clocks differ. */
enum { A_MINUTE = 60 };

struct span certificate_name(const char *common_name, struct arena *a)
{
    struct DirectoryString text = { .arm = DirectoryString_utf8String, .utf8String = span_str(common_name) };
    struct AttributeTypeAndValue attribute = {
        .type = oid_contents(OID_id_at_commonName), .value = asn1_open_value(&DirectoryString_type, &text)
    };
    struct asn1_list rdn = { .count = 0 };
    struct Name name = { .arm = Name_rdnSequence };

    if (!asn1_list_add(a, &rdn, &attribute) || !asn1_list_add(a, &name.rdnSequence, &rdn)) {
        return (struct span){ NULL, 0 };
    }
    return Name_encode(&name, a);
}

static bool add_extension(struct asn1_list *list, enum oid id, bool critical, const struct asn1_type *type,
                          const void *value, struct arena *a)
{
    struct Extension *extension = Extension_new(a);
    struct span der = asn1_encode(type, value, a);

    if (extension == NULL || der.ptr == NULL) {
        return false;
    }
    extension->extnID = oid_contents(id);
    extension->critical = critical ? asn1_put_bool(true) : (struct span){ NULL, 0 };
    extension->extnValue = asn1_open_der(der);
    return asn1_list_add(a, list, extension);
}

static bool add_key_identifiers(struct asn1_list *list, const struct crypto_key *key, const struct crypto_key *issuer,
                                struct arena *a)
{
    uint8_t subject_id[20], issuer_id[20];
    struct span identifier = { subject_id, sizeof subject_id };
    struct AuthorityKeyIdentifier authority = { .keyIdentifier = { issuer_id, sizeof issuer_id } };

    return crypto_key_identifier(crypto_key_spki(key), subject_id) &&
           crypto_key_identifier(crypto_key_spki(issuer), issuer_id) &&
           add_extension(list, OID_id_ce_subjectKeyIdentifier, false, &SubjectKeyIdentifier_type, &identifier, a) &&
           add_extension(list, OID_id_ce_authorityKeyIdentifier, false, &AuthorityKeyIdentifier_type, &authority, a);
}

static bool add_key_usage(struct asn1_list *list, uint32_t bits, struct arena *a)
{
    struct span usage = asn1_put_named_bits(a, bits);

    return add_extension(list, OID_id_ce_keyUsage, true, &KeyUsage_type, &usage, a);
}

static struct span serial_number(struct arena *a)
{
    uint8_t octets[16];

    crypto_random(octets, sizeof octets);
    octets[0] = (octets[0] & 0x7f) | 0x40;
    return asn1_put_unsigned(a, (struct span){ octets, sizeof octets });
}

/* Signs a TBSCertificate whose names, key and extensions are filled in. */
static struct span finish(struct TBSCertificate *tbs, const struct crypto_key *key, const struct crypto_key *issuer,
                          int64_t not_before, int64_t not_after, struct arena *a)
{
    struct span nothing = { NULL, 0 };
    struct asn1_error err;
    struct Validity validity = { .notBefore = Time_from_unix(a, not_before), .notAfter = Time_from_unix(a, not_after) };
    uint8_t *signature = arena_alloc(a, CRYPTO_SIGNATURE_MAX);
    size_t len = 0;

    tbs->version = asn1_put_int(a, 2);
    tbs->serialNumber = serial_number(a);
    tbs->signature = AlgorithmIdentifier_decode(crypto_key_algorithm(issuer), a, &err);
    tbs->validity = &validity;
    tbs->subjectPublicKeyInfo = SubjectPublicKeyInfo_decode(crypto_key_spki(key), a, &err);
    if (tbs->signature == NULL || tbs->subjectPublicKeyInfo == NULL || validity.notBefore == NULL ||
        validity.notAfter == NULL || signature == NULL) {
        return nothing;
    }
    struct span der = TBSCertificate_encode(tbs, a);
    if (der.ptr == NULL || crypto_sign(issuer, der, signature, &len) != CRYPTO_OK) {
        return nothing;
    }
    struct TBSCertificate *signed_part = TBSCertificate_decode(der, a, &err);
    struct Certificate certificate = {
        .tbsCertificate = signed_part, .signatureAlgorithm = tbs->signature,
        .signature = asn1_put_bits(a, (struct span){ signature, len }),
    };
    return signed_part != NULL ? Certificate_encode(&certificate, a) : nothing;
}

struct span certificate_make_root(const struct crypto_key *key, struct span name_der, const struct crypto_key *issuer,
                                  int64_t not_before, int64_t not_after, struct arena *a)
{
    struct asn1_error err;
    struct span nothing = { NULL, 0 };
    struct Name *name = Name_decode(name_der, a, &err);
    struct BasicConstraints constraints = { .cA = asn1_put_bool(true) };
    struct TBSCertificate tbs = { .issuer = name, .subject = name };

    bool ok = name != NULL &&
              add_extension(&tbs.extensions, OID_id_ce_basicConstraints, true, &BasicConstraints_type, &constraints, a) &&
              add_key_usage(&tbs.extensions, KeyUsage_keyCertSign | KeyUsage_cRLSign, a) &&
              add_key_identifiers(&tbs.extensions, key, issuer, a);
    return ok ? finish(&tbs, key, issuer, not_before, not_after, a) : nothing;
}

struct span certificate_make_ca(const struct crypto_key *key, const char *common_name, int64_t now, int64_t lifetime,
                                struct arena *a)
{
    return certificate_make_root(key, certificate_name(common_name, a), key, now - A_MINUTE, now + lifetime, a);
}

struct span certificate_make_signer(const struct crypto_key *key, const char *common_name,
                                    const struct crypto_key *ca, struct span ca_certificate,
                                    int64_t now, int64_t lifetime, struct arena *a)
{
    struct asn1_error err;
    struct span nothing = { NULL, 0 };
    struct Certificate *issuer = Certificate_decode(ca_certificate, a, &err);
    struct Name *name = Name_decode(certificate_name(common_name, a), a, &err);
    struct asn1_list usages = { .count = 0 };

    if (issuer == NULL || name == NULL || !asn1_list_add_span(a, &usages, oid_contents(OID_id_kp_cmcCA))) {
        return nothing;
    }
    struct TBSCertificate tbs = { .issuer = issuer->tbsCertificate->subject, .subject = name };
    bool ok = add_key_usage(&tbs.extensions, KeyUsage_digitalSignature, a) &&
              add_extension(&tbs.extensions, OID_id_ce_extKeyUsage, false, &ExtKeyUsageSyntax_type, &usages, a) &&
              add_key_identifiers(&tbs.extensions, key, ca, a);
    return ok ? finish(&tbs, key, ca, now - A_MINUTE, now + lifetime, a) : nothing;
}
