/* Proof of possession: RFC 4211 4.1, RFC 9810 5.2.8; for PKCS #10 the request's own signature (RFC 2986). */
#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

/* ---- where ----------------------------------------------------------------------------------- */

static bool is_under(uint8_t tag, struct span der, struct span *contents)
{
    struct asn1_reader r = { der };
    struct asn1_tlv e;
    bool under = asn1_next(&r, &e) == NULL && e.tag == tag;

    *contents = under ? e.contents : (struct span){ NULL, 0 };
    return under;
}

/* NULL, or an OCTET STRING without octets. */
static bool is_nothing(struct span der)
{
    return span_eq(der, span_of("\x05\x00")) || span_eq(der, span_of("\x04\x00"));
}

/* With an EXPLICIT tag where RFC 4211 has an IMPLICIT one; raVerified also as an OCTET STRING, with or without. */
static bool find_explicit(const struct inbound *in, struct span der, struct ProofOfPossession *popo)
{
    struct asn1_error err;
    struct span inner;

    if (is_nothing(der) || (is_under(DER_CONTEXT_CONSTRUCTED | 0, der, &inner) && is_nothing(inner))) {
        popo->arm = ProofOfPossession_raVerified;
        return true;
    }
    popo->arm = ProofOfPossession_signature;
    popo->signature = is_under(DER_CONTEXT_CONSTRUCTED | 1, der, &inner) ? POPOSigningKey_decode(inner, in->arena, &err) : NULL;
    return popo->signature != NULL;
}

const struct CertReqMsg *pop_find(const struct inbound *in, const struct CertReqMsg *m, struct refusal *no)
{
    if (m->popo == NULL || m->popo->arm != ASN1_ARM_UNKNOWN) {
        return m;
    }
    struct CertReqMsg *found = arena_zalloc(in->arena, sizeof *found);
    struct ProofOfPossession *popo = ProofOfPossession_new(in->arena);
    if (found == NULL || popo == NULL) {
        refuse_unavailable(no, "out of memory");
        return NULL;
    }
    if (!find_explicit(in, m->popo->der, popo)) {
        refuse(no, FAIL_badDataFormat, "RFC 4211 4: popo: want raVerified or a signature");
        return NULL;
    }
    *found = *m;
    found->popo = popo;
    return found;
}

/* ---- what kind ------------------------------------------------------------------------------- */

static bool key_can_sign(enum oid key)
{
    switch (key) {
    case OID_id_X25519:
    case OID_id_X448:
    case OID_id_ecDH:
    case OID_id_ecMQV:
    case OID_dhpublicnumber:
    case OID_id_RSAES_OAEP:
        return false;
    default:
        return (oid_kind(key) & OID_KEM) == 0;
    }
}

/* RFC 9483 5.1.1: it is the RA that has verified it, and nobody else can say so. */
static bool is_raVerified(const struct CertReqMsg *m)
{
    return m->popo->arm == ProofOfPossession_raVerified;
}

bool pop_admits(const struct inbound *in, const struct CertReqMsg *m, struct refusal *no)
{
    const struct SubjectPublicKeyInfo *key = m->certReq->certTemplate->publicKey;
    char text[64];

    if (m->popo == NULL) {
        return refuse(no, FAIL_badPOP, "RFC 9483 4.1.1: popo is missing");
    }
    if (is_raVerified(m)) {
        return (in->message->body->arm != PKIBody_kur && ra_speaks(in, in->profile)) ||
               refuse(no, FAIL_notAuthorized, "RFC 9810 5.2.8.1: raVerified is for registration authorities");
    }
    if (!key_can_sign(oid_find(key->algorithm->algorithm))) {
        return refuse(no, FAIL_badPOP, "popo: %s keys cannot sign, and no other proof is taken here",
                      oid_text(key->algorithm->algorithm, text, sizeof text));
    }
    return m->popo->arm == ProofOfPossession_signature ||
           refuse(no, FAIL_badPOP, "RFC 9483 4.1.1: popo: want a signature, have %s",
                  m->popo->arm == ProofOfPossession_keyEncipherment ? "keyEncipherment" : "keyAgreement");
}

/* ---- signatures ------------------------------------------------------------------------------ */

static bool signature_holds(const struct inbound *in, struct span spki, const struct AlgorithmIdentifier *algorithm,
                            struct span data, struct span bits, struct refusal *no)
{
    struct span signature = asn1_bits_payload(bits);
    enum crypto_status status = CRYPTO_MISMATCH;

    if (!signature_is_admitted(in, algorithm, "popo", no)) {
        return false;
    }
    if (signature.ptr != NULL) {
        status = crypto_verify(spki, algorithm, data, signature, true);
    }
    switch (status) {
    case CRYPTO_OK:
        return true;
    case CRYPTO_BAD_ALGORITHM:
        return refuse(no, FAIL_badAlg, "popo: %s", crypto_status_text(status));
    case CRYPTO_FAILED:
        return refuse_unavailable(no, "the proof of possession could not be verified");
    case CRYPTO_MISMATCH:
        return refuse(no, FAIL_badPOP, "popo: the signature is wrong");
    default:
        return refuse(no, FAIL_badPOP, "popo: %s", crypto_status_text(status));
    }
}

/* ---- POPOSigningKeyInput (RFC 4211 4.1) ------------------------------------------------------ */

/* For somebody whose name is proven otherwise: it must be that name. */
static bool authInfo_sender(const struct inbound *in, const struct GeneralName *name, struct refusal *no)
{
    return (name->arm == GeneralName_directoryName && !name_is_null(name->directoryName) &&
            name_equal_der(name->directoryName, in->sender.subject, in->arena)) ||
           refuse(no, FAIL_badPOP,
                  "RFC 4211 4.1: poposkInput.authInfo.sender is not the name that the protection proves");
}

/* For somebody without a proven name: a MAC over the public key, under the secret that protects the message. */
static bool authInfo_publicKeyMAC(const struct inbound *in, const struct POPOSigningKeyInput *input,
                                  struct refusal *no)
{
    const struct PKMACValue *mac = input->authInfo->publicKeyMAC;
    struct span want = asn1_bits_payload(mac->value);

    if (in->sender.credential.kind != CREDENTIAL_SECRET) {
        return refuse(no, FAIL_badPOP, "RFC 4211 4.1: poposkInput.authInfo.publicKeyMAC needs a shared secret");
    }
    if (want.ptr == NULL) {
        return refuse(no, FAIL_badPOP, "poposkInput.authInfo.publicKeyMAC: want whole octets");
    }
    return mac_check(in, in->sender.secret_value, mac->algId, input->publicKey->der, want, FAIL_badPOP,
                     "poposkInput.authInfo.publicKeyMAC", no);
}

static bool input_fits(const struct inbound *in, const struct POPOSigningKeyInput *input,
                       const struct wanted *w, struct refusal *no)
{
    if (!span_eq(input->publicKey->der, w->spki)) {
        return refuse(no, FAIL_badPOP, "RFC 4211 4.1: poposkInput.publicKey is not the key of certTemplate");
    }
    return input->authInfo->arm == POPOSigningKeyInput_authInfo_sender
           ? authInfo_sender(in, input->authInfo->sender, no)
           : authInfo_publicKeyMAC(in, input, no);
}

/* RFC 9810 5.2.8.2: with subject and publicKey in the template the signature is over certReq, and poposkInput
 * must be omitted; otherwise it is over poposkInput as a SEQUENCE. */
static bool signed_data(const struct inbound *in, const struct CertReqMsg *m, const struct wanted *w,
                        struct span *data, struct refusal *no)
{
    const struct POPOSigningKeyInput *input = m->popo->signature->poposkInput;
    bool complete = m->certReq->certTemplate->subject != NULL;

    if (input == NULL) {
        *data = m->certReq->der;
        return complete || no_subject_is_tolerated(in, NULL) ||
               refuse(no, FAIL_badPOP, "RFC 9810 5.2.8.2: popo: want poposkInput, certTemplate has no subject");
    }
    if (complete) {
        return refuse(no, FAIL_badPOP, "RFC 9810 5.2.8.2: popo: poposkInput must be omitted, certTemplate has "
                      "subject and publicKey");
    }
    *data = asn1_retag(in->arena, input->der, DER_SEQUENCE);
    return input_fits(in, input, w, no) && (data->ptr != NULL || refuse_unavailable(no, "out of memory"));
}

bool pop_verify(const struct inbound *in, const struct CertReqMsg *m, const struct wanted *w,
                struct refusal *no)
{
    const struct POPOSigningKey *popo = m->popo->signature;
    struct span data;

    if (is_raVerified(m)) {
        return true;
    }
    return signed_data(in, m, w, &data, no) &&
           signature_holds(in, w->spki, popo->algorithmIdentifier, data, popo->signature, no);
}

bool pop_verify_pkcs10(const struct inbound *in, const struct CertificationRequest *r, const struct wanted *w, struct refusal *no)
{
    return signature_holds(in, w->spki, r->signatureAlgorithm, r->certificationRequestInfo->der, r->signature, no);
}
