/* What a requester wants: CertTemplate (RFC 4211 5) and CertificationRequestInfo (RFC 2986 4.1). */
#include <inttypes.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

bool is_our_ca(const struct inbound *in, const struct Name *name)
{
    struct asn1_error err;

    for (size_t i = 0; i < in->config->ca_certificate_count; i++) {
        struct Certificate *ca = Certificate_decode(in->config->ca_certificates[i], in->arena, &err);
        if (ca != NULL && name_equal(name, ca->tbsCertificate->subject, in->arena)) {
            return true;
        }
    }
    return false;
}

/* RFC 4211 5: what is for the CA to decide, or deprecated. */
static bool leaves_the_rest_to_us(const struct CertTemplate *t, struct refusal *no)
{
    const char *field = t->serialNumber.ptr != NULL ? "serialNumber"
                      : t->signingAlg != NULL ? "signingAlg"
                      : t->issuerUID.ptr != NULL ? "issuerUID"
                      : t->subjectUID.ptr != NULL ? "subjectUID" : NULL;

    return field == NULL ||
           refuse(no, FAIL_badCertTemplate, "RFC 4211 5: certTemplate.%s must be omitted", field);
}

static bool version_fits(const struct CertTemplate *t, struct refusal *no)
{
    int64_t version;

    return t->version.ptr == NULL || (asn1_int64(t->version, &version) && version == 2) ||
           refuse(no, FAIL_badCertTemplate, "RFC 4211 5: certTemplate.version: want 2 or none");
}

static bool issuer_fits(const struct inbound *in, const struct CertTemplate *t, struct refusal *no)
{
    char text[128];

    return t->issuer == NULL || is_our_ca(in, t->issuer) ||
           refuse(no, FAIL_wrongAuthority, "certTemplate.issuer: there is no CA \"%s\" here",
                  Name_text(t->issuer, text, sizeof text));
}

/* The tag of the template's publicKey is not that of a SubjectPublicKeyInfo. */
static bool take_key(const struct inbound *in, const struct SubjectPublicKeyInfo *key, struct wanted *w,
                     struct refusal *no)
{
    if (key == NULL || asn1_bits_payload(key->subjectPublicKey).len == 0) {
        return refuse(no, FAIL_badCertTemplate,
                      "RFC 9483 4.1.1: publicKey: want one, keys are not generated here");
    }
    w->spki = asn1_retag(in->arena, key->der, DER_SEQUENCE);
    return w->spki.ptr != NULL || refuse_unavailable(no, "out of memory");
}

static void take_validity(const struct OptionalValidity *v, struct wanted *w)
{
    w->has_not_before = v != NULL && v->notBefore != NULL && Time_to_unix(v->notBefore, &w->not_before);
    w->has_not_after = v != NULL && v->notAfter != NULL && Time_to_unix(v->notAfter, &w->not_after);
}

static const struct asn1_list *present(const struct asn1_list *list)
{
    return list->count > 0 ? list : NULL;
}

bool template_read(const struct inbound *in, const struct CertTemplate *t, struct wanted *w, struct refusal *no)
{
    w->subject = t->subject;
    w->extensions = present(&t->extensions);
    take_validity(t->validity, w);
    return version_fits(t, no) && leaves_the_rest_to_us(t, no) && issuer_fits(in, t, no) &&
           take_key(in, t->publicKey, w, no);
}

/* RFC 9810 5.2.1: for what is no X.509 certificate, and only beside an empty template, which nothing is issued for here. */
static bool is_of_another_kind(const struct SingleAttribute *control)
{
    return oid_find(control->type) == OID_id_regCtrl_altCertTemplate;
}

/* The first of several would be an update of something else than was meant. */
bool controls_read(const struct asn1_list *controls, struct refusal *no)
{
    char text[64];

    for (size_t i = 0; i < controls->count; i++) {
        const struct SingleAttribute *c = controls->item[i];
        if (is_of_another_kind(c)) {
            return refuse(no, FAIL_badCertTemplate,
                          "RFC 9810 5.2.1: controls: altCertTemplate: want certTemplate alone, for an X.509 certificate");
        }
        for (size_t j = 0; j < i; j++) {
            const struct SingleAttribute *other = controls->item[j];
            if (span_eq(other->type, c->type)) {
                return refuse(no, FAIL_badDataFormat, "control %s is there twice",
                              oid_text(c->type, text, sizeof text));
            }
        }
    }
    return true;
}

/* ---- PKCS #10 -------------------------------------------------------------------------------- */

/* extensionRequest (RFC 2985 5.4.2) is there once at most, with one value. */
static bool take_extensionRequest(const struct asn1_list *attributes, struct wanted *w, struct refusal *no)
{
    struct span type = oid_contents(OID_extensionRequest);
    size_t found = 0;

    for (size_t i = 0; i < attributes->count; i++) {
        const struct Attribute *a = attributes->item[i];
        if (!span_eq(a->type, type)) {
            continue;
        }
        const struct asn1_open *value = a->values.count == 1 ? a->values.item[0] : NULL;
        if (++found > 1 || value == NULL || value->malformed || value->value == NULL) {
            return refuse(no, FAIL_badCertTemplate,
                          "RFC 2985 5.4.2: extensionRequest: want one with one value");
        }
        w->extensions = present(value->value);
    }
    return true;
}

bool pkcs10_read(const struct inbound *in, const struct CertificationRequestInfo *info, struct wanted *w,
                 struct refusal *no)
{
    int64_t version;

    if (!asn1_int64(info->version, &version) || version != 0) {
        return refuse(no, FAIL_badCertTemplate, "RFC 9483 4.1.4: certificationRequestInfo.version: want 0");
    }
    w->subject = info->subject;
    return take_key(in, info->subjectPKInfo, w, no) && take_extensionRequest(&info->attributes, w, no);
}
