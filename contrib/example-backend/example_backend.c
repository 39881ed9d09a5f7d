/* A CA that takes its time: the example of docs/writing-a-backend.md.
 *
 * It answers every request for a certificate with "waiting" and issues it `delay` seconds later.  It
 * keeps nothing: the moment when an order is ready travels in the token, which the gateway stores
 * with the order and hands back.  So a restart of the gateway, or another gateway on the same store,
 * changes nothing.
 *
 *      example "slow" { key = "ca"  delay = 5s }
 *
 * One that is built with EXAMPLE_KINDS wants to hear what became of its certificates, and takes its time over that
 * as well: then the client waits for the answer to its certConf.
 *
 *      example-confirms "slow" { key = "ca"  delay = 0s  confirm-delay = 5s }
 *
 * What a backend promises in `can` is fixed when it is compiled; the Makefile builds this file once
 * for each promise, so that one can watch what the gateway makes of them.
 */
#include <cmpgate/backend.h>

#include <stdlib.h>

#include "codec/cmp.h"
#include "codec/x509.h"

#ifndef EXAMPLE_CAN
#define EXAMPLE_CAN CMPGATE_PURE
#define EXAMPLE_NAME "example"
#endif
#ifndef EXAMPLE_KINDS
#define EXAMPLE_KINDS 0                 /* besides CERTIFY and REVOKE: those of CONFIRM and DISCARD */
#endif

struct options {
    const char *key;
    int64_t delay, confirm_delay;
};

static const struct cmpgate_option option_table[] = {
    { .name = "key", .type = CMPGATE_KEY, .offset = offsetof(struct options, key), .required = true,
      .help = "key section of the CA" },
    { .name = "delay", .type = CMPGATE_SECONDS, .offset = offsetof(struct options, delay), .fallback = "5s",
      .help = "time from a request to its certificate" },
    { .name = "confirm-delay", .type = CMPGATE_SECONDS, .offset = offsetof(struct options, confirm_delay), .fallback = "0s",
      .help = "time from a certConf to its confirmation, where this CA is told of it" },
    { .name = NULL }
};

/* Written by open() and only read afterwards, so that the verbs may run on several threads. */
struct example {
    const struct cmpgate_desk *desk;
    struct cmpgate_instance *instance;
    const struct options *options;
    struct arena *arena;                /* owns what open() has decoded */
    struct cmpgate_key_info key;
    struct TBSCertificate *ca;
    struct AlgorithmIdentifier *signature;
};

static struct span span_from(struct cmpgate_bytes b)
{
    return (struct span){ b.ptr, b.len };
}

/* ---- making a certificate ------------------------------------------------------------------ */

static struct Extension *authority(const struct example *self, struct arena *a)
{
    const struct span *identifier = Extensions_value(&self->ca->extensions, OID_id_ce_subjectKeyIdentifier);
    struct AuthorityKeyIdentifier issuer = { .keyIdentifier = identifier != NULL ? *identifier : (struct span){ 0 } };
    struct Extension *extension = Extension_new(a);

    if (extension != NULL) {
        extension->extnID = oid_contents(OID_id_ce_authorityKeyIdentifier);
        extension->extnValue = asn1_open_der(AuthorityKeyIdentifier_encode(&issuer, a));
    }
    return extension;
}

static struct span make_tbs(const struct example *self, const struct cmpgate_order *order, struct arena *a)
{
    struct asn1_error ignored;
    struct asn1_list *granted = NULL;
    struct Validity validity = { .notBefore = Time_from_unix(a, order->not_before),
                                 .notAfter = Time_from_unix(a, order->not_after) };
    struct TBSCertificate tbs = {
        .version = asn1_put_int(a, 2),
        /* The order's id is the serial number: carrying it out twice makes the same certificate. */
        .serialNumber = asn1_put_unsigned(a, span_from(order->id)),
        .signature = self->signature,
        .issuer = self->ca->subject,
        .validity = &validity,
        .subject = Name_decode(span_from(order->subject), a, &ignored),
        .subjectPublicKeyInfo = SubjectPublicKeyInfo_decode(span_from(order->public_key), a, &ignored),
    };

    if (order->extensions.ptr != NULL) {
        granted = Extensions_decode(span_from(order->extensions), a, &ignored);
    }
    for (size_t i = 0; granted != NULL && i < granted->count; i++) {
        asn1_list_add(a, &tbs.extensions, granted->item[i]);
    }
    struct Extension *last = authority(self, a);
    if (last == NULL || !asn1_list_add(a, &tbs.extensions, last) || (order->extensions.ptr != NULL && granted == NULL)) {
        return (struct span){ NULL, 0 };
    }
    return TBSCertificate_encode(&tbs, a);      /* absent when a member above is */
}

static struct span make_certificate(const struct example *self, const struct cmpgate_order *order, struct arena *a)
{
    struct TBSCertificate tbs = { .der = make_tbs(self, order, a) };
    struct Certificate certificate = { .tbsCertificate = &tbs, .signatureAlgorithm = self->signature };
    uint8_t signature[CMPGATE_SIGNATURE_MAX];
    size_t len = 0;

    if (tbs.der.ptr == NULL || !self->desk->sign(self->instance, self->options->key,
                                                 (struct cmpgate_bytes){ tbs.der.ptr, tbs.der.len }, signature, &len)) {
        return (struct span){ NULL, 0 };
    }
    certificate.signature = asn1_put_bits(a, (struct span){ signature, len });
    return Certificate_encode(&certificate, a);
}

/* ---- the verbs ----------------------------------------------------------------------------- */

static void issue(const struct example *self, const struct cmpgate_order *order)
{
    struct arena *a = arena_new();
    struct span der = a != NULL ? make_certificate(self, order, a) : (struct span){ NULL, 0 };
    struct cmpgate_outcome outcome = { .size = sizeof outcome, .result = CMPGATE_DONE };

    if (der.ptr != NULL) {
        outcome.certificate = (struct cmpgate_bytes){ der.ptr, der.len };
        outcome.chain = &self->key.certificate;
        outcome.chain_count = 1;
    } else {
        outcome.result = CMPGATE_REJECTED;
        outcome.fail_info = PKIFailureInfo_badCertTemplate;
        outcome.text = "no certificate can be made of this";
    }
    /* complete() copies, so what the arena holds may go right after it. */
    self->desk->complete(self->instance, order->id, &outcome);
    arena_free(a);
}

static void wait_until(const struct example *self, const struct cmpgate_order *order, int64_t ready)
{
    struct cmpgate_outcome outcome = {
        .size = sizeof outcome,
        .result = CMPGATE_WAITING,
        .text = order->kind == CMPGATE_CERTIFY ? "the certificate is being made" : "the certificate is being confirmed",
        .token = { (const uint8_t *)&ready, sizeof ready },
        .check_after = (uint32_t)(ready - order->now),
    };

    self->desk->complete(self->instance, order->id, &outcome);
}

static int64_t delay_of(const struct example *self, const struct cmpgate_order *order)
{
    switch (order->kind) {
    case CMPGATE_CERTIFY: return self->options->delay;
    case CMPGATE_CONFIRM:
    case CMPGATE_DISCARD: return self->options->confirm_delay;
    default:              return 0;
    }
}

/* A CA that publishes its certificates would do so here, or take them back. */
static void take_note(const struct example *self, const struct cmpgate_order *order)
{
    self->desk->log(self->instance, CMPGATE_INFO, order->id, "%s",
                    order->kind == CMPGATE_CONFIRM ? "confirmed" : order->kind == CMPGATE_DISCARD ? "discarded" : "revoked");
    self->desk->complete(self->instance, order->id,
                         &(struct cmpgate_outcome){ .size = sizeof (struct cmpgate_outcome), .result = CMPGATE_DONE });
}

/* submit() and check() are the same here, because the order and its token say everything.  A backend
 * with a database of its own would look order->id up in check(). */
static void carry_out(void *context, const struct cmpgate_order *order)
{
    const struct example *self = context;
    int64_t ready = order->now + delay_of(self, order);

    if (order->token.len == sizeof ready) {
        memcpy(&ready, order->token.ptr, sizeof ready);
    }
    if (order->now < ready) {
        wait_until(self, order, ready);
    } else if (order->kind == CMPGATE_CERTIFY) {
        issue(self, order);
    } else {
        take_note(self, order);
    }
}

static void example_forget(void *context, const struct cmpgate_order *order)
{
    const struct example *self = context;

    self->desk->log(self->instance, CMPGATE_INFO, order->id, "nobody wants it any more");
}

static void example_close(void *context)
{
    struct example *self = context;

    arena_free(self->arena);
    free(self);
}

static bool read_key(struct example *self)
{
    struct asn1_error ignored;
    struct Certificate *certificate = NULL;

    self->key.size = sizeof self->key;
    if (self->arena != NULL && self->desk->key(self->instance, self->options->key, &self->key)) {
        certificate = Certificate_decode(span_from(self->key.certificate), self->arena, &ignored);
        self->signature = AlgorithmIdentifier_decode(span_from(self->key.signature_algorithm), self->arena, &ignored);
    }
    self->ca = certificate != NULL ? certificate->tbsCertificate : NULL;
    return self->ca != NULL && self->signature != NULL;
}

static void *example_open(const struct cmpgate_desk *desk, struct cmpgate_instance *instance, const void *options)
{
    struct example *self = calloc(1, sizeof *self);

    if (self == NULL) {
        return NULL;
    }
    *self = (struct example){ .desk = desk, .instance = instance, .options = options, .arena = arena_new() };
    if (!read_key(self)) {
        desk->log(instance, CMPGATE_ERROR, (struct cmpgate_bytes){ 0 }, "key \"%s\" cannot be used", self->options->key);
        example_close(self);
        return NULL;
    }
    return self;
}

const struct cmpgate_backend cmpgate_backend = {
    .abi = CMPGATE_ABI,
    .size = sizeof cmpgate_backend,
    .name = EXAMPLE_NAME,
    .can = EXAMPLE_CAN,
    .kinds = CMPGATE_SERVES_KIND(CMPGATE_CERTIFY) | CMPGATE_SERVES_KIND(CMPGATE_REVOKE) | EXAMPLE_KINDS,
    .options = option_table,
    .options_size = sizeof (struct options),
    .open = example_open,
    .submit = carry_out,
    .check = carry_out,
    .forget = example_forget,
    .close = example_close,
};
