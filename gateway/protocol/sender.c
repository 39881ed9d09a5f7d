/* The certificate behind a signed message: which it is, and whether we believe it (RFC 9483 3.1, 3.3, 3.5). */
#include <string.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

/* Certificates of extraCerts that are looked at; crypto_anchors_verify() takes no more. */
enum { EXTRA_CERTS_MAX = 16 };

/* ---- which ----------------------------------------------------------------------------------- */

static bool has_key_identifier(const struct Certificate *c, struct span want)
{
    const struct TBSCertificate *tbs = c->tbsCertificate;
    const struct span *have = Extensions_value(&tbs->extensions, OID_id_ce_subjectKeyIdentifier);
    uint8_t computed[20];

    if (have != NULL) {
        return span_eq(*have, want);
    }
    return crypto_key_identifier(tbs->subjectPublicKeyInfo->der, computed) &&
           span_eq((struct span){ computed, sizeof computed }, want);
}

/* The first that the header means: RFC 9483 3.3 wants it in front, and asks to cope with any order. */
static struct Certificate *pick(const struct inbound *in, const struct Name *sender, bool *key_known)
{
    const struct asn1_list *extra = &in->message->extraCerts;
    struct span senderKID = in->header->senderKID;

    *key_known = false;
    for (size_t i = 0; i < extra->count && i < EXTRA_CERTS_MAX; i++) {
        const struct CMPCertificate *c = extra->item[i];
        if (c->arm != CMPCertificate_x509v3PKCert) {
            continue;
        }
        if (senderKID.ptr != NULL && !has_key_identifier(c->x509v3PKCert, senderKID)) {
            continue;
        }
        *key_known = true;
        if (name_equal(c->x509v3PKCert->tbsCertificate->subject, sender, in->arena)) {
            return c->x509v3PKCert;
        }
    }
    return NULL;
}

static bool find_signer(struct inbound *in, struct refusal *no)
{
    const struct GeneralName *sender = in->header->sender;
    struct sender *s = &in->sender;
    bool key_known;

    if (in->message->extraCerts.count == 0) {
        return refuse(no, FAIL_badMessageCheck,
                      "RFC 9483 3.3: extraCerts: want the certificate of the signature key");
    }
    if (sender->arm != GeneralName_directoryName) {
        return refuse(no, FAIL_badMessageCheck,
                      "RFC 9483 3.1: sender: want the subject of the protection certificate");
    }
    s->decoded = pick(in, sender->directoryName, &key_known);
    if (s->decoded == NULL) {
        return refuse(no, FAIL_badMessageCheck, key_known
                      ? "RFC 9483 3.5: sender is not the subject of the protection certificate"
                      : "RFC 9483 3.5: senderKID names no certificate of extraCerts");
    }
    s->certificate = s->decoded->der;
    return true;
}

/* ---- whether we believe it ------------------------------------------------------------------- */

static bool may_sign(const struct Certificate *c, struct refusal *no)
{
    const struct asn1_list *extensions = &c->tbsCertificate->extensions;
    const struct span *usage = Extensions_value(extensions, OID_id_ce_keyUsage);

    if (Extensions_find(extensions, OID_id_ce_keyUsage) == NULL) {
        return true;
    }
    return (usage != NULL && (asn1_named_bits(*usage) & KeyUsage_digitalSignature)) ||
           refuse(no, FAIL_signerNotTrusted,
                  "RFC 9483 3.5: keyUsage of the protection certificate lacks digitalSignature");
}

/* Its row in the inventory.  What bears the issuer and serial of a certificate of ours is that certificate, octet for octet,
 * or a forgery: an ECDSA signature can be turned into another one that verifies as well, and a revoked certificate
 * must not come back like that as a stranger under some anchor. */
static bool find_row(struct inbound *in, struct refusal *no)
{
    struct sender *s = &in->sender;
    const struct TBSCertificate *tbs = s->decoded->tbsCertificate;
    struct certificate *row = NULL;

    if (!store_certificate_by_serial(in->store, tbs->issuer->der, tbs->serialNumber, in->arena, &row)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    s->row = row;
    return row == NULL || memcmp(row->fingerprint, s->credential.name.octets, STORE_DIGEST) == 0 ||
           refuse(no, FAIL_signerNotTrusted,
                  "the protection certificate is not the one that was issued under this serial number");
}

/* Without an anchor it may be under there is no need to look at the signature. */
static const struct crypto_anchors *anchors_for(const struct inbound *in)
{
    const struct config_profile *profile = profile_meant(in);

    return profile != NULL ? profile->anchors : NULL;
}

static size_t candidates(const struct inbound *in, struct span out[EXTRA_CERTS_MAX])
{
    const struct asn1_list *extra = &in->message->extraCerts;
    size_t n = 0;

    for (size_t i = 0; i < extra->count && i < EXTRA_CERTS_MAX; i++) {
        const struct CMPCertificate *c = extra->item[i];
        if (c->arm == CMPCertificate_x509v3PKCert && c->x509v3PKCert != in->sender.decoded) {
            out[n++] = c->x509v3PKCert->der;
        }
    }
    return n;
}

static bool path_leads(const struct inbound *in, const struct crypto_anchors *anchors, struct refusal *no)
{
    struct span extra[EXTRA_CERTS_MAX];
    size_t n = candidates(in, extra);
    enum crypto_status status = crypto_anchors_verify(anchors, in->sender.certificate, extra, n, in->now);

    return status == CRYPTO_OK ||
           refuse(no, FAIL_signerNotTrusted, "the protection certificate: %s", crypto_status_text(status));
}

/* ---- the signature --------------------------------------------------------------------------- */

static bool signature_fits(const struct inbound *in, struct span data, struct span signature,
                           struct refusal *no)
{
    const struct SubjectPublicKeyInfo *key = in->sender.decoded->tbsCertificate->subjectPublicKeyInfo;
    enum crypto_status status;

    if (!signature_is_admitted(in, in->header->protectionAlg, "protectionAlg", no)) {
        return false;
    }
    status = crypto_verify(key->der, in->header->protectionAlg, data, signature, true);
    switch (status) {
    case CRYPTO_OK:
        return true;
    case CRYPTO_BAD_ALGORITHM:
    case CRYPTO_BAD_KEY:
        return refuse(no, FAIL_badAlg, "protectionAlg: %s", crypto_status_text(status));
    case CRYPTO_MISMATCH:
        return refuse(no, FAIL_badMessageCheck, "RFC 9810 5.1.3: protection: the signature is wrong");
    default:
        return refuse_unavailable(no, "the signature could not be verified");
    }
}

/* The signature first: a path of the sender's making costs several of them. */
static bool proves_itself(const struct inbound *in, struct span data, struct span signature,
                          const struct crypto_anchors *anchors, struct refusal *no)
{
    size_t signatures = anchors != NULL ? 1 + in->message->extraCerts.count : 1;
    uint64_t price = PRICE_SIGNATURE * (signatures < EXTRA_CERTS_MAX ? signatures : EXTRA_CERTS_MAX) + data.len / 64;

    if (!inbound_pay(in, price, no) || !signature_fits(in, data, signature, no) ||
        (anchors != NULL && !path_leads(in, anchors, no))) {
        return false;
    }
    inbound_refund(in, price);
    return true;
}

bool sender_verify(struct inbound *in, struct span data, struct span signature, struct refusal *no)
{
    struct sender *s = &in->sender;
    const struct crypto_anchors *anchors = NULL;

    if (!find_signer(in, no) || !may_sign(s->decoded, no)) {
        return false;
    }
    crypto_sha256(s->certificate, s->credential.name.octets);
    if (!find_row(in, no)) {
        return false;
    }
    if (s->row == NULL && (anchors = anchors_for(in)) == NULL) {
        return refuse(no, FAIL_signerNotTrusted,
                      "the protection certificate is not of this CA, and the profile has "
                      "no anchor it could be under");
    }
    if (s->row != NULL && !status_admits(in, no)) {
        return false;
    }
    if (!proves_itself(in, data, signature, anchors, no)) {
        return false;
    }
    s->credential.name.len = STORE_DIGEST;
    s->credential.kind = CREDENTIAL_CERTIFICATE;
    s->of_this_ca = s->row != NULL;
    s->is_ra = ra_by_certificate(s->decoded);
    s->subject = s->decoded->tbsCertificate->subject->der;
    return true;
}
