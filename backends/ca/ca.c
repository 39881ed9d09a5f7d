#include "ca.h"

#include <stdlib.h>

#define HAS(ca, bit) (((ca)->key_usage & (bit)) != 0)

#define ROW(name_, type_, member_, ...)                                                            \
    { .name = name_, .type = type_, .offset = offsetof(struct ca_options, member_), __VA_ARGS__ }

static const struct cmpgate_option options[] = {
    ROW("key", CMPGATE_KEY, key, .required = true, .help = "key section of the CA: its key, certificate and chain"),
    ROW("crl-lifetime", CMPGATE_SECONDS, crl_lifetime, .fallback = "7d", .minimum = 60, .maximum = 366 * 86400,
        .help = "time from one CRL to the latest moment of the next (nextUpdate)"),
    ROW("crl-url", CMPGATE_LIST, crl_url, .help = "URLs of the CRL, for cRLDistributionPoints"),
    ROW("aia-url", CMPGATE_LIST, aia_url, .help = "URLs of the CA certificate, for authorityInfoAccess"),
    ROW("ocsp-url", CMPGATE_LIST, ocsp_url, .help = "URLs of an OCSP responder, for authorityInfoAccess"),
    { .name = NULL }
};

/* ---- outcomes ------------------------------------------------------------------------- */

enum { TRY_AGAIN_AFTER = 10 };          /* seconds */

struct cmpgate_outcome ca_refused(uint32_t fail_info, const char *text)
{
    return (struct cmpgate_outcome){
        .size = sizeof (struct cmpgate_outcome),
        .result = CMPGATE_REJECTED,
        .fail_info = fail_info,
        .text = text,
    };
}

struct cmpgate_outcome ca_not_now(const char *text)
{
    return (struct cmpgate_outcome){
        .size = sizeof (struct cmpgate_outcome),
        .result = CMPGATE_BUSY,
        .text = text,
        .check_after = TRY_AGAIN_AFTER,
    };
}

/* ---- orders --------------------------------------------------------------------------- */

bool ca_valid_at(const struct ca *ca, int64_t now)
{
    return ca->not_before <= now && now <= ca->not_after;
}

struct span ca_sign(const struct ca *ca, struct span tbs, struct arena *a)
{
    uint8_t signature[CMPGATE_SIGNATURE_MAX];
    size_t len = 0;

    if (!ca->desk->sign(ca->instance, ca->options->key, bytes_from(tbs), signature, &len)) {
        return (struct span){ NULL, 0 };
    }
    return asn1_put_bits(a, (struct span){ signature, len });
}

static struct cmpgate_outcome carry_out(const struct ca *ca, const struct cmpgate_order *order, struct arena *a)
{
    switch (order->kind) {
    case CMPGATE_CERTIFY:
        return ca_certify(ca, order, a);
    case CMPGATE_CRL:
        return ca_crl(ca, order, a);
    case CMPGATE_REVOKE:
        /* The gateway's inventory is the CA's database: its commit is the whole effect. */
        return (struct cmpgate_outcome){ .size = sizeof (struct cmpgate_outcome), .result = CMPGATE_DONE };
    default:
        return ca_refused(PKIFailureInfo_badRequest, "the CA does not serve this kind of request");
    }
}

/* Completes before it returns: nothing here waits for anybody. */
static void ca_submit(void *self, const struct cmpgate_order *order)
{
    const struct ca *ca = self;
    struct arena *a = arena_new();
    struct cmpgate_outcome outcome = a != NULL ? carry_out(ca, order, a) : ca_not_now("out of memory");

    ca->desk->complete(ca->instance, order->id, &outcome);
    arena_free(a);
}

/* ---- open and close ------------------------------------------------------------------- */

static const struct cmpgate_bytes no_order;

static bool urls_are_fit(const struct ca *ca, const char *option, const char *const *urls)
{
    for (; *urls != NULL; urls++) {
        bool fit = strchr(*urls, ':') != NULL;
        for (const char *c = *urls; *c != '\0'; c++) {
            fit = fit && *c > ' ' && *c < 0x7f;
        }
        if (!fit) {
            ca->desk->log(ca->instance, CMPGATE_ERROR, no_order, "%s: \"%s\" is not a URL in ASCII", option, *urls);
            return false;
        }
    }
    return true;
}

/* What makes a certificate one of a CA: RFC 5280, 4.2.1.3 and 4.2.1.9. */
static const char *read_extensions(struct ca *ca, const struct TBSCertificate *tbs)
{
    const struct BasicConstraints *constraints = Extensions_value(&tbs->extensions, OID_id_ce_basicConstraints);
    const struct span *usage = Extensions_value(&tbs->extensions, OID_id_ce_keyUsage);
    const struct span *identifier = Extensions_value(&tbs->extensions, OID_id_ce_subjectKeyIdentifier);

    if (constraints == NULL || !asn1_true(constraints->cA)) {
        return "basicConstraints does not say that it is a CA's";
    }
    ca->key_usage = usage != NULL ? asn1_named_bits(*usage) : UINT32_MAX;
    if (!HAS(ca, KeyUsage_keyCertSign)) {
        return "keyUsage lacks keyCertSign";
    }
    ca->key_identifier = identifier != NULL ? *identifier : key_identifier_of(tbs->subjectPublicKeyInfo, ca->arena);
    return ca->key_identifier.ptr != NULL ? NULL : "out of memory";
}

static const char *read_certificate(struct ca *ca, struct span der)
{
    struct asn1_error ignored;
    struct Certificate *certificate = Certificate_decode(der, ca->arena, &ignored);

    if (certificate == NULL) {
        return "cannot be read";
    }
    struct TBSCertificate *tbs = certificate->tbsCertificate;
    if (!Time_to_unix(tbs->validity->notBefore, &ca->not_before) ||
        !Time_to_unix(tbs->validity->notAfter, &ca->not_after)) {
        return "has a validity that cannot be read";
    }
    if (tbs->subject->rdnSequence.count == 0) {
        return "has an empty subject";
    }
    ca->subject = tbs->subject;
    return read_extensions(ca, tbs);
}

static const char *read_key(struct ca *ca, const struct cmpgate_key_info *info)
{
    struct asn1_error ignored;

    ca->signature = AlgorithmIdentifier_decode(span_from(info->signature_algorithm), ca->arena, &ignored);
    ca->chain_count = info->chain_count + 1;
    ca->chain = arena_alloc(ca->arena, ca->chain_count * sizeof *ca->chain);
    if (ca->signature == NULL || ca->chain == NULL) {
        return "the algorithm of its key cannot be read";
    }
    ca->chain[0] = info->certificate;
    for (size_t i = 0; i < info->chain_count; i++) {
        ca->chain[i + 1] = info->chain[i];
    }
    return read_certificate(ca, span_from(info->certificate));
}

static bool ca_prepare(struct ca *ca)
{
    struct cmpgate_key_info info = { .size = sizeof info };
    const struct ca_options *o = ca->options;

    if (!urls_are_fit(ca, "crl-url", o->crl_url) || !urls_are_fit(ca, "aia-url", o->aia_url) ||
        !urls_are_fit(ca, "ocsp-url", o->ocsp_url)) {
        return false;
    }
    if (!ca->desk->key(ca->instance, o->key, &info)) {
        ca->desk->log(ca->instance, CMPGATE_ERROR, no_order, "there is no key \"%s\"", o->key);
        return false;
    }
    const char *wrong = read_key(ca, &info);
    if (wrong != NULL) {
        ca->desk->log(ca->instance, CMPGATE_ERROR, no_order, "certificate of key \"%s\": %s", o->key, wrong);
    }
    return wrong == NULL;
}

static void ca_close(void *self)
{
    struct ca *ca = self;

    arena_free(ca->arena);
    free(ca);
}

static void *ca_open(const struct cmpgate_desk *desk, struct cmpgate_instance *instance, const void *given)
{
    struct ca *ca = calloc(1, sizeof *ca);
    struct arena *arena = arena_new();

    if (ca == NULL || arena == NULL) {
        desk->log(instance, CMPGATE_ERROR, no_order, "out of memory");
        arena_free(arena);
        free(ca);
        return NULL;
    }
    *ca = (struct ca){ .desk = desk, .instance = instance, .options = given, .arena = arena };
    if (!ca_prepare(ca)) {
        ca_close(ca);
        return NULL;
    }
    return ca;
}

const struct cmpgate_backend cmpgate_backend = {
    .abi = CMPGATE_ABI,
    .size = sizeof (struct cmpgate_backend),
    .name = "ca",
    .can = CMPGATE_PURE,
    .kinds = CMPGATE_SERVES_KIND(CMPGATE_CERTIFY) | CMPGATE_SERVES_KIND(CMPGATE_REVOKE) |
             CMPGATE_SERVES_KIND(CMPGATE_CRL),
    .options = options,
    .options_size = sizeof (struct ca_options),
    .open = ca_open,
    .submit = ca_submit,
    .close = ca_close,
};
