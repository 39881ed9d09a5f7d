/* How names, keys, algorithms, extensions and whole certificates look in a tree. */
#include "codec/cmp.h"
#include "codec/print.h"

/* ---- one line --------------------------------------------------------------------------- */

void print_name(struct printer *p, const struct asn1_type *t, const void *value)
{
    (void)t;
    sink_name(&p->sink, &((const struct Name *)value)->rdnSequence);
}

void print_general_name(struct printer *p, const struct asn1_type *t, const void *value)
{
    (void)t;
    sink_general_name(&p->sink, value);
}

void print_string_choice(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct asn1_type *leaf;
    struct span contents = choice_leaf(t, value, &leaf);

    sink_str(&p->sink, "\"");
    sink_string(&p->sink, leaf, contents, "\"");
    sink_str(&p->sink, "\"");
}

void print_time_choice(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct asn1_type *leaf;
    sink_time(&p->sink, choice_leaf(t, value, &leaf));
}

void print_hex_integer(struct printer *p, const struct asn1_type *t, const void *value)
{
    (void)t;
    sink_str(&p->sink, "0x");
    print_octets(p, *(const struct span *)value);
}

/* ---- algorithms and keys ---------------------------------------------------------------- */

/* The one-line parameters that tell algorithms apart: a curve, the digest of an MGF. */
static bool print_short_parameters(struct printer *p, const struct asn1_open *parameters)
{
    const struct asn1_type *t = parameters->type;
    const void *value = parameters->value;

    if (parameters->der.ptr == NULL && value == NULL) {
        return true;
    }
    if (t == &NULL__type && value != NULL) {
        return true;
    }
    if (t == &ECParameters_type && value != NULL) {
        sink_str(&p->sink, ", ");
        sink_oid(&p->sink, ((const struct ECParameters *)value)->namedCurve);
        return true;
    }
    return false;
}

void print_algorithm(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct AlgorithmIdentifier *a = value;
    const struct asn1_type *of = a->parameters.type;

    (void)t;
    print_lead(p);
    sink_oid(&p->sink, a->algorithm);
    if (print_short_parameters(p, &a->parameters)) {
        print_end(p);
    } else if (of != NULL && a->parameters.value != NULL && of->kind == ASN1_KIND_SEQUENCE &&
               of->print == NULL) {
        print_end(p);
        print_inside(p, of, a->parameters.value);
    } else {
        p->lead = ", ";
        print_open(p, &a->parameters);
    }
}

static size_t rsa_bits(struct span subject_public_key)
{
    struct span der = asn1_bits_payload(subject_public_key);
    struct asn1_reader key = { der }, members;
    struct asn1_tlv e;

    if (asn1_next(&key, &e) != NULL) {
        return 0;
    }
    members.rest = e.contents;
    if (e.tag != DER_SEQUENCE || asn1_next(&members, &e) != NULL || e.tag != DER_INTEGER) {
        return 0;
    }
    struct span n = e.contents;
    while (n.len > 0 && n.ptr[0] == 0) {
        n.ptr++;
        n.len--;
    }
    size_t bits = n.len * 8;
    for (unsigned top = n.len > 0 ? n.ptr[0] : 0x80; (top & 0x80) == 0; top <<= 1) {
        bits--;
    }
    return bits;
}

void print_public_key(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct SubjectPublicKeyInfo *key = value;

    if ((p->flags & ASN1_PRINT_FULL) != 0 || key->algorithm == NULL) {
        print_end(p);
        print_inside(p, t, value);
        return;
    }
    print_lead(p);
    sink_oid(&p->sink, key->algorithm->algorithm);
    print_short_parameters(p, &key->algorithm->parameters);
    size_t bits = rsa_bits(key->subjectPublicKey);
    if (oid_find(key->algorithm->algorithm) == OID_rsaEncryption && bits > 0) {
        sink_format(&p->sink, ", %zu bits", bits);
    }
    if (key->subjectPublicKey.len > 0) {
        sink_str(&p->sink, ", ");
        print_octets(p, (struct span){ key->subjectPublicKey.ptr + 1,
                                       key->subjectPublicKey.len - 1 });
    }
    print_end(p);
}

/* ---- extensions, controls, general information ------------------------------------------ */

static void print_oid_without_arc(struct printer *p, struct span contents)
{
    char text[512];
    const char *name = oid_text(contents, text, sizeof text);

    if (strncmp(name, "id-ce-", 6) == 0 || strncmp(name, "id-pe-", 6) == 0) {
        name += 6;
    }
    sink_str(&p->sink, name);
}

void print_extension(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct Extension *e = value;

    (void)t;
    print_lead(p);
    print_oid_without_arc(p, e->extnID);
    sink_str(&p->sink, asn1_true(e->critical) ? " (critical)" : "");
    print_open(p, &e->extnValue);
}

/* SEQUENCE { OID, value DEFINED BY it OPTIONAL }. */
void print_typed_value(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct InfoTypeAndValue *v = value;

    (void)t;
    print_lead(p);
    sink_oid(&p->sink, v->infoType);
    if (v->infoValue.der.ptr == NULL && v->infoValue.value == NULL) {
        print_end(p);
        return;
    }
    print_open(p, &v->infoValue);
}
_Static_assert(offsetof(struct InfoTypeAndValue, infoValue) ==
               offsetof(struct SingleAttribute, value), "print_typed_value() takes both");

/* ---- certificates and CRLs, in summary -------------------------------------------------- */

static void print_signature_algorithm(struct printer *p, const struct AlgorithmIdentifier *a)
{
    print_member(p, "signatureAlgorithm", &AlgorithmIdentifier_type, &a);
}

static void print_extensions(struct printer *p, const struct asn1_list *extensions)
{
    for (size_t i = 0; i < extensions->count; i++) {
        print_label(p, "");
        print_extension(p, &Extension_type, extensions->item[i]);
    }
}

static void print_validity(struct printer *p, const struct Validity *v)
{
    if (v == NULL || v->notBefore == NULL || v->notAfter == NULL) {
        return;
    }
    print_label(p, "validity");
    print_lead(p);
    print_time_choice(p, &Time_type, v->notBefore);
    sink_str(&p->sink, " to ");
    print_time_choice(p, &Time_type, v->notAfter);
    print_end(p);
}

void print_certificate(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct Certificate *c = value;
    const struct TBSCertificate *tbs = c->tbsCertificate;

    if ((p->flags & ASN1_PRINT_FULL) != 0 || tbs == NULL || tbs->subject == NULL) {
        print_lead(p);
        sink_str(&p->sink, "Certificate");
        print_end(p);
        print_inside(p, t, value);
        return;
    }
    print_lead(p);
    sink_str(&p->sink, "Certificate ");
    print_name(p, &Name_type, tbs->subject);
    print_end(p);
    p->indent++;
    print_member(p, "issuer", &Name_type, &tbs->issuer);
    print_member(p, "serialNumber", &CertificateSerialNumber_type, &tbs->serialNumber);
    print_validity(p, tbs->validity);
    print_member(p, "publicKey", &SubjectPublicKeyInfo_type, &tbs->subjectPublicKeyInfo);
    print_extensions(p, &tbs->extensions);
    print_signature_algorithm(p, c->signatureAlgorithm);
    p->indent--;
}

void print_cmp_certificate(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct CMPCertificate *c = value;

    (void)t;
    if (c->arm == CMPCertificate_x509v3PKCert && c->x509v3PKCert != NULL) {
        print_certificate(p, &Certificate_type, c->x509v3PKCert);
        return;
    }
    print_lead(p);
    sink_str(&p->sink, "unknown kind of certificate ");
    print_octets(p, c->der);
    print_end(p);
}

#define SHOWN_ENTRIES 10

static void print_entries(struct printer *p, const struct asn1_list *entries)
{
    print_label(p, "revokedCertificates");
    print_lead(p);
    sink_format(&p->sink, "%zu", entries->count);
    print_end(p);
    p->indent++;
    for (size_t i = 0; i < entries->count && i < SHOWN_ENTRIES; i++) {
        const struct RevokedCertificate *r = entries->item[i];
        const struct span *reason = Extensions_value(&r->crlEntryExtensions, OID_id_ce_cRLReasons);
        print_label(p, "");
        print_hex_integer(p, &CertificateSerialNumber_type, &r->userCertificate);
        sink_str(&p->sink, " ");
        print_time_choice(p, &Time_type, r->revocationDate);
        if (reason != NULL) {
            p->lead = " ";
            print_value(p, &CRLReason_type, reason);
        } else {
            print_end(p);
        }
    }
    if (entries->count > SHOWN_ENTRIES) {
        print_label(p, "...");
        print_end(p);
    }
    p->indent--;
}

void print_crl(struct printer *p, const struct asn1_type *t, const void *value)
{
    const struct CertificateList *c = value;
    const struct TBSCertList *tbs = c->tbsCertList;

    if ((p->flags & ASN1_PRINT_FULL) != 0 || tbs == NULL || tbs->issuer == NULL) {
        print_lead(p);
        sink_str(&p->sink, "CertificateList");
        print_end(p);
        print_inside(p, t, value);
        return;
    }
    print_lead(p);
    sink_str(&p->sink, "CertificateList of ");
    print_name(p, &Name_type, tbs->issuer);
    print_end(p);
    p->indent++;
    print_member(p, "thisUpdate", &Time_type, &tbs->thisUpdate);
    print_member(p, "nextUpdate", &Time_type, &tbs->nextUpdate);
    print_entries(p, &tbs->revokedCertificates);
    print_extensions(p, &tbs->crlExtensions);
    print_signature_algorithm(p, c->signatureAlgorithm);
    p->indent--;
}
