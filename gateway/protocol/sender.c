/* The certificate behind a signed message: which it is, and whether we believe it (RFC 9483 3.1, 3.3, 3.5). */
#include <string.h>

#include "gateway/protocol/certlist.h"
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

/* The signature proves the key, and the certificate whose it is: a name that is written otherwise changes nothing. */
static bool dn_order_is_tolerated(const struct inbound *in, const struct Name *subject)
{
    const struct Name *sender = in->header->sender->directoryName;

    return quirk_on(in, QUIRK_DN_ORDER) && name_equal_in_any_order(subject, sender, in->arena);
}

static bool sender_is(const struct inbound *in, const struct Name *subject)
{
    const struct GeneralName *sender = in->header->sender;

    return sender->arm == GeneralName_directoryName &&
           (name_equal(subject, sender->directoryName, in->arena) || dn_order_is_tolerated(in, subject));
}

enum match { MATCH_NOTHING, MATCH_KEY, MATCH_ALL };

/* What of the header this certificate fits. */
static enum match match(const struct inbound *in, const struct Certificate *c, bool by_key)
{
    struct span senderKID = in->header->senderKID;

    if (by_key && senderKID.ptr != NULL && !has_key_identifier(c, senderKID)) {
        return MATCH_NOTHING;
    }
    return (by_key && nameless_sender_is_tolerated(in)) || sender_is(in, c->tbsCertificate->subject) ? MATCH_ALL : MATCH_KEY;
}

/* The first that the header means: RFC 9483 3.3 wants it in front, and asks to cope with any order. */
static struct Certificate *pick(const struct inbound *in, bool by_key, bool *key_known)
{
    const struct asn1_list *extra = &in->message->extraCerts;

    *key_known = false;
    for (size_t i = 0; i < extra->count && i < EXTRA_CERTS_MAX; i++) {
        const struct CMPCertificate *c = extra->item[i];
        enum match fits = c->arm == CMPCertificate_x509v3PKCert ? match(in, c->x509v3PKCert, by_key) : MATCH_NOTHING;
        if (fits == MATCH_ALL) {
            return c->x509v3PKCert;
        }
        *key_known |= fits == MATCH_KEY;
    }
    return NULL;
}

/* Whoever it is, the signature must be by its key. */
static bool foreign_kid_is_tolerated(const struct inbound *in)
{
    return in->header->senderKID.ptr != NULL && quirk_on(in, QUIRK_FOREIGN_KID);
}

static struct Certificate *pick_signer(const struct inbound *in, bool *key_known)
{
    struct Certificate *c = pick(in, true, key_known);

    return c == NULL && foreign_kid_is_tolerated(in) ? pick(in, false, key_known) : c;
}

/* ---- which, when extraCerts has none --------------------------------------------------------- */

static const struct CertId *oldCertID_of(const struct asn1_list *kur)
{
    const struct CertReqMsg *m = kur->count == 1 ? kur->item[0] : NULL;

    return m != NULL ? Controls_value(&m->certReq->controls, OID_id_regCtrl_oldCertID) : NULL;
}

static bool row_of_body(const struct inbound *in, struct certificate **row)
{
    const struct PKIBody *body = in->message->body;
    const struct CertId *old = body->arm == PKIBody_kur ? oldCertID_of(&body->kur) : NULL;
    const struct RevDetails *d = body->arm == PKIBody_rr && body->rr.count == 1 ? body->rr.item[0] : NULL;

    if (old != NULL && old->issuer->arm == GeneralName_directoryName) {
        return store_certificate_by_serial(in->store, old->issuer->directoryName->der, old->serialNumber, in->arena, row);
    }
    if (d != NULL && d->certDetails->issuer != NULL && d->certDetails->serialNumber.ptr != NULL) {
        return store_certificate_by_serial(in->store, d->certDetails->issuer->der, d->certDetails->serialNumber, in->arena, row);
    }
    return true;
}

static bool follows(const struct inbound *in)
{
    return in->step_count > 0 && !body_opens(in->message->body->arm);
}

/* The certificate that opened the transaction, or that the body is about; it stays absent when there is none. */
static bool expected(const struct inbound *in, struct span *der)
{
    const struct step *first = follows(in) ? &in->steps[0] : NULL;
    struct certificate *row = NULL;
    bool good = true;

    if (first == NULL) {
        good = row_of_body(in, &row);
    } else if (first->signer.ptr != NULL) {
        return certlist_split(first->signer, der, 1) == 1;
    } else if (first->credential.kind == CREDENTIAL_CERTIFICATE) {
        good = store_certificate(in->store, first->credential.name.octets, in->arena, &row);
    }
    if (row != NULL) {
        *der = row->der;
    }
    return good;
}

/* RFC 9483 3.3: certConf and pollReq may leave extraCerts out, all of them. */
static bool may_be_missing(const struct inbound *in)
{
    return (follows(in) && in->message->extraCerts.count == 0) || quirk_on(in, QUIRK_NO_EXTRA_CERTS);
}

/* As if it had been in extraCerts: everything else about it is looked at as ever. */
static bool find_expected(const struct inbound *in, struct Certificate **signer, struct refusal *no)
{
    struct span der = { NULL, 0 };
    struct asn1_error err;

    if (!may_be_missing(in)) {
        return true;
    }
    if (!expected(in, &der)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    struct Certificate *c = der.ptr != NULL ? Certificate_decode(der, in->arena, &err) : NULL;
    *signer = c != NULL && match(in, c, true) == MATCH_ALL ? c : NULL;
    return true;
}

static bool find_signer(struct inbound *in, struct refusal *no)
{
    struct sender *s = &in->sender;
    bool key_known, none = in->message->extraCerts.count == 0;

    if (!none && in->header->sender->arm != GeneralName_directoryName && !nameless_sender_is_tolerated(in)) {
        return refuse(no, FAIL_badMessageCheck,
                      "RFC 9483 3.1: sender: want the subject of the protection certificate");
    }
    s->decoded = pick_signer(in, &key_known);
    if (s->decoded == NULL && !find_expected(in, &s->decoded, no)) {
        return false;
    }
    if (s->decoded == NULL) {
        return refuse(no, FAIL_badMessageCheck, none
                      ? "RFC 9483 3.3: extraCerts: want the certificate of the signature key" : key_known
                      ? "RFC 9483 3.5: sender is not the subject of the protection certificate"
                      : "RFC 9483 3.5: senderKID names no certificate of extraCerts");
    }
    s->certificate = s->decoded->der;
    return true;
}

/* ---- whether we believe it ------------------------------------------------------------------- */

static bool any_keyUsage_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_ANY_KEY_USAGE);
}

static bool may_sign(const struct inbound *in, struct refusal *no)
{
    const struct asn1_list *extensions = &in->sender.decoded->tbsCertificate->extensions;
    const struct span *usage = Extensions_value(extensions, OID_id_ce_keyUsage);

    if (Extensions_find(extensions, OID_id_ce_keyUsage) == NULL) {
        return true;
    }
    return (usage != NULL && (asn1_named_bits(*usage) & KeyUsage_digitalSignature)) ||
           any_keyUsage_is_tolerated(in) ||
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

static size_t sent_along(const struct inbound *in, struct span out[EXTRA_CERTS_MAX])
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

/* Those of the message, and those of the first of its transaction. */
static size_t candidates(const struct inbound *in, struct span out[EXTRA_CERTS_MAX])
{
    size_t n = sent_along(in, out);

    return follows(in) ? n + certlist_split(in->steps[0].signer, out + n, EXTRA_CERTS_MAX - n) : n;
}

struct span sender_certificates(const struct inbound *in)
{
    struct span all[EXTRA_CERTS_MAX + 1] = { in->sender.certificate };

    if (in->sender.credential.kind != CREDENTIAL_CERTIFICATE || in->sender.of_this_ca) {
        return (struct span){ NULL, 0 };
    }
    return certlist_join(in->arena, all, 1 + sent_along(in, all + 1));
}

static enum crypto_status ask(void *context, struct span certificate, struct span issuer)
{
    const struct inbound *in = context;

    return inquiry_status(in->inquirer, profile_meant(in)->inquiry, certificate, issuer, in->arena, in->now);
}

static enum crypto_status judge_path(struct inbound *in, const struct crypto_anchors *anchors, const struct span *extra, size_t n)
{
    bool asks = in->inquirer != NULL && profile_meant(in)->inquiry != NULL;

    return crypto_anchors_judge(anchors, in->sender.certificate, extra, n, in->now,
                                asks ? &(struct crypto_ask){ ask, in } : NULL);
}

/* What cannot be found out now may be known later, so that is not the sender's fault. */
static bool path_leads(struct inbound *in, const struct crypto_anchors *anchors, const struct span *extra, size_t n,
                       struct refusal *no)
{
    enum crypto_status status = judge_path(in, anchors, extra, n);
    bool later = status == CRYPTO_STATUS_PENDING || status == CRYPTO_STATUS_UNAVAILABLE;

    if (status == CRYPTO_OK) {
        return true;
    }
    refuse(no, later ? FAIL_systemUnavail : FAIL_signerNotTrusted, "the protection certificate: %s", crypto_status_text(status));
    no->pending = status == CRYPTO_STATUS_PENDING;
    return false;
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
static bool proves_itself(struct inbound *in, struct span data, struct span signature,
                          const struct crypto_anchors *anchors, struct refusal *no)
{
    struct span extra[EXTRA_CERTS_MAX];
    size_t n = anchors != NULL ? candidates(in, extra) : 0;
    uint64_t price = PRICE_SIGNATURE * (1 + n) + data.len / 64;

    if (!inbound_pay(in, price, no) || !signature_fits(in, data, signature, no)) {
        return false;
    }
    bool leads = anchors == NULL || path_leads(in, anchors, extra, n, no);
    if (leads || no->failure == FAIL_systemUnavail) {
        inbound_refund(in, price);
    }
    return leads;
}

bool sender_verify(struct inbound *in, struct span data, struct span signature, struct refusal *no)
{
    struct sender *s = &in->sender;
    const struct crypto_anchors *anchors = NULL;

    if (!find_signer(in, no) || !may_sign(in, no)) {
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
