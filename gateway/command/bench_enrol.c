#include "gateway/command/bench_enrol.h"

#include <stdio.h>
#include <time.h>

#include "codec/cmp.h"
#include "gateway/command/certificate.h"

/* PBM as clients have it; RFC 9481 6.1.1 wants at least 100 iterations. */
enum { ITERATIONS = 500, ITERATIONS_MAX = 1000000 };

struct enrolment {
    const struct bench_party *party;
    struct bench_http *http;
    const struct crypto_key *key;
    struct arena *arena;
    struct AlgorithmIdentifier *algorithm;
    uint8_t transactionID[16], senderNonce[16];
    struct span peer_nonce;             /* absent before the first answer */
    struct PKIMessage *answer;
    char *kind;
};

static bool wrong(struct enrolment *e, const char *kind)
{
    snprintf(e->kind, BENCH_KIND, "%s", kind);
    return false;
}

/* ---- the sender ------------------------------------------------------------------------------------------ */

bool bench_party_certificate(struct bench_party *p, struct span certificate, struct arena *a)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(certificate, a, &err);
    const struct span *identifier =
        c != NULL ? Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_subjectKeyIdentifier) : NULL;

    if (identifier == NULL) {
        return false;
    }
    p->certificate = certificate;
    p->name = c->tbsCertificate->subject->der;
    p->identifier = *identifier;
    return true;
}

static struct AlgorithmIdentifier *algorithm_of(enum oid id, struct arena *a)
{
    struct AlgorithmIdentifier *algorithm = AlgorithmIdentifier_new(a);

    if (algorithm != NULL) {
        algorithm->algorithm = oid_contents(id);
    }
    return algorithm;
}

static struct AlgorithmIdentifier *password_based_mac(struct arena *a)
{
    struct AlgorithmIdentifier *algorithm = algorithm_of(OID_id_PasswordBasedMac, a);
    struct PBMParameter *p = PBMParameter_new(a);
    uint8_t salt[16];

    if (algorithm == NULL || p == NULL) {
        return NULL;
    }
    crypto_random(salt, sizeof salt);
    p->salt = arena_copy(a, salt, sizeof salt);
    p->owf = algorithm_of(OID_sha256, a);
    p->iterationCount = asn1_put_int(a, ITERATIONS);
    p->mac = algorithm_of(OID_id_hmacWithSHA256, a);
    algorithm->parameters = asn1_open_value(&PBMParameter_type, p);
    struct span der = AlgorithmIdentifier_encode(algorithm, a);
    struct asn1_error err;
    return der.ptr != NULL ? AlgorithmIdentifier_decode(der, a, &err) : NULL;
}

static struct AlgorithmIdentifier *signature_algorithm(const struct crypto_key *key, struct arena *a)
{
    struct AlgorithmIdentifier *algorithm = AlgorithmIdentifier_new(a);

    if (algorithm != NULL) {
        algorithm->der = crypto_key_algorithm(key);
    }
    return algorithm;
}

/* ---- what we send: RFC 9483 3.1, 4.1.1 --------------------------------------------------------------------- */

static struct GeneralName *general_name(struct span dn, struct arena *a)
{
    struct GeneralName *name = GeneralName_new(a);
    struct Name *directory = Name_new(a);

    if (name == NULL || directory == NULL) {
        return NULL;
    }
    directory->der = dn.ptr != NULL ? dn : span_of("\x30\x00");
    name->arm = GeneralName_directoryName;
    name->directoryName = directory;
    return name;
}

static bool ask_implicit(struct PKIHeader *h, struct arena *a)
{
    struct InfoTypeAndValue *info = InfoTypeAndValue_new(a);
    struct span *null = arena_alloc(a, sizeof *null);

    if (info == NULL || null == NULL) {
        return false;
    }
    *null = asn1_null();
    info->infoType = oid_contents(OID_id_it_implicitConfirm);
    info->infoValue = asn1_open_value(&NULL__type, null);
    return asn1_list_add(a, &h->generalInfo, info);
}

static struct PKIHeader *make_header(struct enrolment *e)
{
    const struct bench_party *p = e->party;
    struct PKIHeader *h = PKIHeader_new(e->arena);

    if (h == NULL || (p->implicit && e->peer_nonce.ptr == NULL && !ask_implicit(h, e->arena))) {
        return NULL;
    }
    crypto_random(e->senderNonce, sizeof e->senderNonce);
    h->pvno = asn1_put_int(e->arena, PKIHeader_cmp2000);
    h->sender = general_name(p->name, e->arena);
    h->recipient = general_name((struct span){ NULL, 0 }, e->arena);
    h->messageTime = asn1_put_generalized_time(e->arena, time(NULL));
    h->protectionAlg = e->algorithm;
    h->senderKID = p->key != NULL ? p->identifier : p->reference;
    h->transactionID = (struct span){ e->transactionID, sizeof e->transactionID };
    h->senderNonce = arena_copy(e->arena, e->senderNonce, sizeof e->senderNonce);
    h->recipNonce = e->peer_nonce;
    h->der = PKIHeader_encode(h, e->arena);
    return h->der.ptr != NULL ? h : NULL;
}

static struct span protect(struct enrolment *e, struct span data)
{
    const struct bench_party *p = e->party;
    uint8_t bits[CRYPTO_SIGNATURE_MAX];
    uint64_t cost = ITERATIONS_MAX;
    size_t len = 0;
    enum crypto_status status = p->key != NULL ? crypto_sign(p->key, data, bits, &len)
                                               : crypto_mac(p->secret, e->algorithm, data, &cost, bits, &len);

    return status == CRYPTO_OK ? asn1_put_bits(e->arena, (struct span){ bits, len }) : (struct span){ NULL, 0 };
}

static struct span make_message(struct enrolment *e, struct PKIBody *body)
{
    const struct span none = { NULL, 0 };
    struct PKIMessage *m = PKIMessage_new(e->arena);
    struct CMPCertificate *own = CMPCertificate_new(e->arena);

    if (m == NULL || own == NULL) {
        return none;
    }
    m->header = make_header(e);
    body->der = PKIBody_encode(body, e->arena);
    m->body = body;
    own->der = e->party->certificate;
    if (m->header == NULL || body->der.ptr == NULL ||
        (e->party->key != NULL && !asn1_list_add(e->arena, &m->extraCerts, own))) {
        return none;
    }
    struct span data = PKIMessage_protected_part(m, e->arena);
    m->protection = data.ptr != NULL ? protect(e, data) : none;
    return m->protection.ptr != NULL ? PKIMessage_encode(m, e->arena) : none;
}

static struct CertRequest *make_request(struct enrolment *e, const char *common_name)
{
    struct CertRequest *r = CertRequest_new(e->arena);
    struct CertTemplate *t = CertTemplate_new(e->arena);
    struct Name *subject = Name_new(e->arena);
    struct SubjectPublicKeyInfo *key = SubjectPublicKeyInfo_new(e->arena);

    if (r == NULL || t == NULL || subject == NULL || key == NULL) {
        return NULL;
    }
    /* Who has a certificate enrols for its own name: a server need not grant it any other. */
    subject->der = e->party->key != NULL ? e->party->name : certificate_name(common_name, e->arena);
    key->der = crypto_key_spki(e->key);
    t->subject = subject;
    t->publicKey = key;
    r->certReqId = asn1_put_int(e->arena, 0);
    r->certTemplate = t;
    r->der = subject->der.ptr != NULL ? CertRequest_encode(r, e->arena) : subject->der;
    return r->der.ptr != NULL ? r : NULL;
}

static struct ProofOfPossession *prove(struct enrolment *e, const struct CertRequest *request)
{
    struct ProofOfPossession *popo = ProofOfPossession_new(e->arena);
    struct POPOSigningKey *proof = POPOSigningKey_new(e->arena);
    uint8_t bits[CRYPTO_SIGNATURE_MAX];
    size_t len = 0;

    if (popo == NULL || proof == NULL || crypto_sign(e->key, request->der, bits, &len) != CRYPTO_OK) {
        return NULL;
    }
    proof->algorithmIdentifier = signature_algorithm(e->key, e->arena);
    proof->signature = asn1_put_bits(e->arena, (struct span){ bits, len });
    popo->arm = ProofOfPossession_signature;
    popo->signature = proof;
    return popo;
}

static struct span make_ir(struct enrolment *e, const char *common_name)
{
    struct PKIBody *body = PKIBody_new(e->arena);
    struct CertReqMsg *m = CertReqMsg_new(e->arena);
    struct CertRequest *request = make_request(e, common_name);

    if (body == NULL || m == NULL || request == NULL) {
        return (struct span){ NULL, 0 };
    }
    m->certReq = request;
    m->popo = prove(e, request);
    body->arm = PKIBody_ir;
    if (m->popo == NULL || !asn1_list_add(e->arena, &body->ir, m)) {
        return (struct span){ NULL, 0 };
    }
    return make_message(e, body);
}

static struct span make_certConf(struct enrolment *e, const struct Certificate *issued)
{
    struct PKIBody *body = PKIBody_new(e->arena);
    struct CertStatus *s = CertStatus_new(e->arena);
    uint8_t hash[CRYPTO_DIGEST_MAX];
    size_t len = 0;
    enum oid digest = crypto_digest_of_signature(issued->signatureAlgorithm);

    if (body == NULL || s == NULL || crypto_digest(digest, issued->der, hash, &len) != CRYPTO_OK) {
        return (struct span){ NULL, 0 };
    }
    s->certHash = arena_copy(e->arena, hash, len);
    s->certReqId = asn1_put_int(e->arena, 0);
    body->arm = PKIBody_certConf;
    if (!asn1_list_add(e->arena, &body->certConf, s)) {
        return (struct span){ NULL, 0 };
    }
    return make_message(e, body);
}

/* ---- what comes back ---------------------------------------------------------------------------------------- */

static bool mac_holds(const struct enrolment *e, struct span data, struct span want)
{
    uint8_t mac[CRYPTO_MAC_MAX];
    uint64_t cost = ITERATIONS_MAX;
    size_t len = 0;

    return crypto_mac(e->party->secret, e->answer->header->protectionAlg, data, &cost, mac, &len) == CRYPTO_OK &&
           crypto_equal((struct span){ mac, len }, want);
}

/* What the first of extraCerts is (RFC 9483 3.3), or the certificate that we know. */
static const struct Certificate *signer_of(const struct enrolment *e)
{
    const struct asn1_list *certificates = &e->answer->extraCerts;
    const struct CMPCertificate *first = certificates->count > 0 ? certificates->item[0] : NULL;
    struct asn1_error err;

    if (first == NULL) {
        return e->party->signer.ptr != NULL ? Certificate_decode(e->party->signer, e->arena, &err) : NULL;
    }
    return first->arm == CMPCertificate_x509v3PKCert ? first->x509v3PKCert : NULL;
}

/* With a path from the signer to what we trust. */
static bool signature_holds(const struct enrolment *e, struct span data, struct span signature)
{
    enum { EXTRA = 16 };
    const struct asn1_list *certificates = &e->answer->extraCerts;
    const struct Certificate *signer = signer_of(e);
    struct span extra[EXTRA];
    size_t count = 0;

    if (e->party->anchors == NULL || signer == NULL) {
        return false;
    }
    for (size_t i = 1; i < certificates->count && count < EXTRA; i++) {
        extra[count++] = ((const struct CMPCertificate *)certificates->item[i])->der;
    }
    return crypto_verify(signer->tbsCertificate->subjectPublicKeyInfo->der, e->answer->header->protectionAlg, data,
                         signature, false) == CRYPTO_OK &&
           crypto_anchors_verify(e->party->anchors, signer->der, extra, count, time(NULL)) == CRYPTO_OK;
}

static bool protection_holds(const struct enrolment *e)
{
    const struct PKIMessage *m = e->answer;
    struct span data = PKIMessage_protected_part(m, e->arena);
    struct span bits = asn1_bits_payload(m->protection);

    if (m->header->protectionAlg == NULL || data.ptr == NULL || bits.ptr == NULL) {
        return false;
    }
    return (oid_kind(oid_find(m->header->protectionAlg->algorithm)) & OID_MAC) != 0
               ? e->party->secret.ptr != NULL && mac_holds(e, data, bits)
               : signature_holds(e, data, bits);
}

static bool header_fits(struct enrolment *e)
{
    const struct PKIHeader *h = e->answer->header;

    if (!span_eq(h->transactionID, (struct span){ e->transactionID, sizeof e->transactionID })) {
        return wrong(e, "wrong transactionID");
    }
    if (!span_eq(h->recipNonce, (struct span){ e->senderNonce, sizeof e->senderNonce })) {
        return wrong(e, "wrong recipNonce");
    }
    return h->senderNonce.ptr != NULL || wrong(e, "no senderNonce");
}

static bool refused(struct enrolment *e, const struct PKIStatusInfo *info)
{
    uint32_t bits = asn1_named_bits(info->failInfo);
    int64_t status = -1;

    if (bits != 0) {
        snprintf(e->kind, BENCH_KIND, "refused: %s", PKIFailureInfo_name(bits & (~bits + 1)));
    } else {
        asn1_int64(info->status, &status);
        snprintf(e->kind, BENCH_KIND, "status %s", PKIStatus_name(status));
    }
    return false;
}

/* An `error` counts as such, whoever protects it: nothing is done on its word. */
static bool answer_fits(struct enrolment *e, int arm)
{
    const struct PKIBody *body = e->answer->body;

    if (!header_fits(e)) {
        return false;
    }
    if (body->arm == PKIBody_error) {
        return refused(e, body->error->pKIStatusInfo);
    }
    if (!protection_holds(e)) {
        return wrong(e, "wrong protection");
    }
    return body->arm == arm || wrong(e, "answer of another kind");
}

static double milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* One exchange; its time is that of the wire and the server, from the bytes of one to the bytes of the other. */
static bool exchange(struct enrolment *e, struct span message, int arm, double *took)
{
    struct asn1_error err;
    double began = milliseconds();

    if (message.ptr == NULL) {
        return wrong(e, "message could not be made");
    }
    struct span answer = bench_http_post(e->http, message);
    *took = milliseconds() - began;
    if (answer.ptr == NULL) {
        return wrong(e, e->http->why);
    }
    answer = arena_copy(e->arena, answer.ptr, answer.len);
    e->answer = answer.ptr != NULL ? PKIMessage_decode(answer, e->arena, &err) : NULL;
    return e->answer != NULL ? answer_fits(e, arm) : wrong(e, "answer does not decode");
}

static const struct Certificate *issued_certificate(struct enrolment *e)
{
    const struct asn1_list *responses = &e->answer->body->ip->response;
    const struct CertResponse *r = responses->count == 1 ? responses->item[0] : NULL;
    const struct CertOrEncCert *c =
        r != NULL && r->certifiedKeyPair != NULL ? r->certifiedKeyPair->certOrEncCert : NULL;
    int64_t status = -1;

    if (r == NULL) {
        wrong(e, "not one CertResponse");
        return NULL;
    }
    asn1_int64(r->status->status, &status);
    if (status != PKIStatus_accepted && status != PKIStatus_grantedWithMods) {
        refused(e, r->status);
        return NULL;
    }
    if (c == NULL || c->arm != CertOrEncCert_certificate || c->certificate->arm != CMPCertificate_x509v3PKCert) {
        wrong(e, "no certificate");
        return NULL;
    }
    const struct Certificate *issued = c->certificate->x509v3PKCert;
    if (!e->party->any_certificate &&
        !span_eq(issued->tbsCertificate->subjectPublicKeyInfo->der, crypto_key_spki(e->key))) {
        wrong(e, "certificate for another key");
        return NULL;
    }
    return issued;
}

static bool run(struct enrolment *e, const char *common_name, struct bench_times *times)
{
    if (!exchange(e, make_ir(e, common_name), PKIBody_ip, &times->ir)) {
        return false;
    }
    const struct Certificate *issued = issued_certificate(e);
    if (issued == NULL) {
        return false;
    }
    if (GeneralInfo_find(&e->answer->header->generalInfo, OID_id_it_implicitConfirm) != NULL) {
        return e->party->implicit || wrong(e, "confirmed without being asked to");
    }
    e->peer_nonce = e->answer->header->senderNonce;
    return exchange(e, make_certConf(e, issued), PKIBody_pkiconf, &times->certConf);
}

bool bench_enrol(const struct bench_party *party, struct bench_http *http, const struct crypto_key *key,
                 const char *common_name, struct arena *arena, struct bench_times *times, char kind[BENCH_KIND])
{
    struct enrolment e = { .party = party, .http = http, .key = key, .arena = arena, .kind = kind };
    double began = milliseconds();

    arena_reset(arena);
    crypto_random(e.transactionID, sizeof e.transactionID);
    *times = (struct bench_times){ .all = 0 };
    e.algorithm = party->key != NULL ? signature_algorithm(party->key, arena) : password_based_mac(arena);
    if (e.algorithm == NULL) {
        return wrong(&e, "out of memory");
    }
    bool ok = run(&e, common_name, times);
    times->all = milliseconds() - began;
    return ok;
}
