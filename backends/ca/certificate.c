/* An order becomes a certificate: RFC 5280, 4.1. */
#include "ca.h"

#include <sys/random.h>

enum { SERIAL_MAX = 20, EXTENSIONS_MAX = 64 };

/* What goes into the certificate, decoded from the order; all of it stays verbatim. */
struct wish {
    struct Name *subject;
    struct SubjectPublicKeyInfo *key;
    struct asn1_list granted;           /* of Extension; empty when policy granted none */
};

/* ---- what we refuse to sign ------------------------------------------------------------ */

/* Each at most once (RFC 5280, 4.2), readable when we know its type, and none that is ours to write:
 * authorityKeyIdentifier describes the CA, and a wrong one breaks every path built with it. */
static bool extension_is_fit(const struct asn1_list *granted, size_t i)
{
    const struct Extension *extension = granted->item[i];

    for (size_t j = 0; j < i; j++) {
        if (span_eq(extension->extnID, ((const struct Extension *)granted->item[j])->extnID)) {
            return false;
        }
    }
    return !extension->extnValue.malformed &&
           !span_eq(extension->extnID, oid_contents(OID_id_ce_authorityKeyIdentifier));
}

static bool extensions_are_fit(const struct asn1_list *granted)
{
    if (granted->count > EXTENSIONS_MAX) {
        return false;
    }
    for (size_t i = 0; i < granted->count; i++) {
        if (!extension_is_fit(granted, i)) {
            return false;
        }
    }
    return true;
}

/* A certificate without subject names its holder in a critical subjectAltName (RFC 5280, 4.1.2.6). */
static bool holder_is_named(const struct wish *wish)
{
    const struct Extension *names = Extensions_find(&wish->granted, OID_id_ce_subjectAltName);

    return wish->subject->rdnSequence.count > 0 || (names != NULL && asn1_true(names->critical));
}

/* NULL when the order can be read; otherwise what is wrong with it. */
static const char *read_order(struct wish *wish, const struct cmpgate_order *order, struct arena *a)
{
    struct asn1_error ignored;
    struct asn1_list *granted = NULL;

    wish->subject = Name_decode(span_from(order->subject), a, &ignored);
    if (wish->subject == NULL) {
        return "the subject cannot be read";
    }
    wish->key = SubjectPublicKeyInfo_decode(span_from(order->public_key), a, &ignored);
    if (wish->key == NULL || asn1_bits_payload(wish->key->subjectPublicKey).len == 0) {
        return "the public key cannot be read";
    }
    if (order->extensions.ptr != NULL) {
        granted = Extensions_decode(span_from(order->extensions), a, &ignored);
        if (granted == NULL) {
            return "the extensions cannot be read";
        }
        wish->granted = *granted;
    }
    return holder_is_named(wish) ? NULL : "a certificate without subject needs a critical subjectAltName";
}

/* ---- what we write -------------------------------------------------------------------- */

/* 32 bits of time, 96 random bits: unpredictable as RFC 5280 asks (more than the 64 bits that browsers
 * demand), and neighbours in time are neighbours in the index of the inventory. */
static struct span fresh_serial(int64_t now, struct arena *a)
{
    uint8_t octets[16] = { (uint8_t)(now >> 24), (uint8_t)(now >> 16), (uint8_t)(now >> 8), (uint8_t)now };

    if (getrandom(octets + 4, sizeof octets - 4, 0) != (ssize_t)sizeof octets - 4) {
        return (struct span){ NULL, 0 };
    }
    struct span serial = asn1_put_unsigned(a, (struct span){ octets, sizeof octets });
    /* Positive and at most 20 octets (RFC 5280, 4.1.2.2), should the clock stand at 1970 and the
     * kernel at zero: rather none than one that verifiers refuse. */
    bool fit = serial.len <= SERIAL_MAX && !(serial.len == 1 && serial.ptr[0] == 0);
    return fit ? serial : (struct span){ NULL, 0 };
}

/* Nothing outlives the CA: the path would end before the certificate does. */
static struct Validity *validity(const struct ca *ca, const struct cmpgate_order *order, struct arena *a)
{
    int64_t not_after = order->not_after < ca->not_after ? order->not_after : ca->not_after;
    struct Validity *v = Validity_new(a);

    if (v == NULL) {
        return NULL;
    }
    v->notBefore = Time_from_unix(a, order->not_before);
    v->notAfter = Time_from_unix(a, not_after);
    return v->notBefore != NULL && v->notAfter != NULL ? v : NULL;
}

/* What policy granted, in its order, then what the CA adds where it is missing, always in this order. */
static bool write_extensions(struct asn1_list *out, const struct ca *ca, const struct wish *wish, struct arena *a)
{
    const struct asn1_list *granted = &wish->granted;

    for (size_t i = 0; i < granted->count; i++) {
        if (!asn1_list_add(a, out, granted->item[i])) {
            return false;
        }
    }
    return (Extensions_find(granted, OID_id_ce_subjectKeyIdentifier) != NULL ||
            extension_add_subjectKeyIdentifier(out, wish->key, a)) &&
           extension_add_authorityKeyIdentifier(out, ca, a) &&
           (Extensions_find(granted, OID_id_ce_cRLDistributionPoints) != NULL ||
            extension_add_cRLDistributionPoints(out, ca, a)) &&
           (Extensions_find(granted, OID_id_pe_authorityInfoAccess) != NULL ||
            extension_add_authorityInfoAccess(out, ca, a));
}

static struct span write_tbs(const struct ca *ca, const struct wish *wish, const struct cmpgate_order *order,
                             struct arena *a)
{
    struct TBSCertificate tbs = {
        .version = asn1_put_int(a, 2),                  /* v3 */
        .serialNumber = fresh_serial(order->now, a),
        .signature = ca->signature,
        .issuer = ca->subject,
        .validity = validity(ca, order, a),
        .subject = wish->subject,
        .subjectPublicKeyInfo = wish->key,
    };

    if (tbs.serialNumber.ptr == NULL || tbs.validity == NULL || !write_extensions(&tbs.extensions, ca, wish, a)) {
        return (struct span){ NULL, 0 };
    }
    return TBSCertificate_encode(&tbs, a);
}

static struct span write_certificate(const struct ca *ca, struct span tbs, struct arena *a)
{
    struct TBSCertificate written = { .der = tbs };
    struct Certificate certificate = {
        .tbsCertificate = &written,
        .signatureAlgorithm = ca->signature,
        .signature = ca_sign(ca, tbs, a),
    };
    struct asn1_error ignored;
    struct span der = { NULL, 0 };

    if (certificate.signature.ptr != NULL) {
        der = Certificate_encode(&certificate, a);
    }
    /* What we could not read ourselves nobody is to get. */
    return der.ptr != NULL && Certificate_decode(der, a, &ignored) != NULL ? der : (struct span){ NULL, 0 };
}

struct cmpgate_outcome ca_certify(const struct ca *ca, const struct cmpgate_order *order, struct arena *a)
{
    struct wish wish = { .subject = NULL };

    if (!ca_valid_at(ca, order->now)) {
        return ca_refused(PKIFailureInfo_systemFailure, "the CA certificate is not valid at this time");
    }
    if (order->not_after <= order->not_before || order->not_before >= ca->not_after) {
        return ca_refused(PKIFailureInfo_badCertTemplate, "the validity would be empty");
    }
    const char *wrong = read_order(&wish, order, a);
    if (wrong != NULL) {
        return ca_refused(PKIFailureInfo_badCertTemplate, wrong);
    }
    if (!extensions_are_fit(&wish.granted)) {
        return ca_refused(PKIFailureInfo_unacceptedExtension,
                          "an extension is malformed, given twice, or the CA's to write");
    }

    struct span tbs = write_tbs(ca, &wish, order, a);
    struct span der = tbs.ptr != NULL ? write_certificate(ca, tbs, a) : tbs;
    if (der.ptr == NULL) {
        return ca_not_now("the certificate could not be written or signed");
    }
    return (struct cmpgate_outcome){
        .size = sizeof (struct cmpgate_outcome),
        .result = CMPGATE_DONE,
        .certificate = bytes_from(der),
        .chain = ca->chain,
        .chain_count = ca->chain_count,
    };
}
