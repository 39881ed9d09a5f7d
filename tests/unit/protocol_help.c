#include "tests/unit/protocol_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/inventory.h"

/* Nothing here may fail: a test that cannot be set up is not a test. */
static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "protocol_help: %s\n", what);
        abort();
    }
}
#define MUST(condition) must((condition), #condition)

/* ---- values ---------------------------------------------------------------------------------- */

struct span *value_of(struct fixture *f, struct span contents)
{
    struct span *s = arena_alloc(f->arena, sizeof *s);

    MUST(s != NULL);
    *s = contents;
    return s;
}

struct span put_text(struct fixture *f, const char *text)
{
    return arena_copy(f->arena, text, strlen(text));
}

struct asn1_list *put_names(struct fixture *f, int arm, const char *octets)
{
    struct asn1_list *names = arena_zalloc(f->arena, sizeof *names);
    struct GeneralName *name = GeneralName_new(f->arena);

    name->arm = arm;
    name->dNSName = put_text(f, octets);
    MUST(asn1_list_add(f->arena, names, name));
    return names;
}

struct AlgorithmIdentifier *put_algorithm(struct fixture *f, enum oid id)
{
    struct AlgorithmIdentifier *a = AlgorithmIdentifier_new(f->arena);

    a->algorithm = oid_contents(id);
    return a;
}

struct AlgorithmIdentifier *put_pbm(struct fixture *f, enum oid owf, enum oid mac, int64_t iterations)
{
    struct PBMParameter *p = PBMParameter_new(f->arena);
    struct AlgorithmIdentifier *a = put_algorithm(f, OID_id_PasswordBasedMac);

    p->salt = put_text(f, "sixteen octets..");
    p->owf = put_algorithm(f, owf);
    p->iterationCount = asn1_put_int(f->arena, iterations);
    p->mac = put_algorithm(f, mac);
    a->parameters = asn1_open_value(&PBMParameter_type, p);
    return a;
}

struct Name *fixture_name_tagged(struct fixture *f, const char *common_name, int directory_string_arm)
{
    struct Name *name = Name_new(f->arena);
    struct asn1_list *rdn = arena_zalloc(f->arena, sizeof *rdn);
    struct AttributeTypeAndValue *cn = AttributeTypeAndValue_new(f->arena);
    struct DirectoryString *text = DirectoryString_new(f->arena);

    text->arm = directory_string_arm;
    text->utf8String = put_text(f, common_name);
    cn->type = oid_contents(OID_id_at_commonName);
    cn->value = asn1_open_value(&DirectoryString_type, text);
    MUST(asn1_list_add(f->arena, rdn, cn) && asn1_list_add(f->arena, &name->rdnSequence, rdn));
    return fixture_decoded_name(f, Name_encode(name, f->arena));
}

struct span fixture_name(struct fixture *f, const char *common_name)
{
    return fixture_name_tagged(f, common_name, DirectoryString_utf8String)->der;
}

struct Name *fixture_decoded_name(struct fixture *f, struct span der)
{
    struct asn1_error err;
    struct Name *name = der.ptr != NULL ? Name_decode(der, f->arena, &err) : NULL;

    MUST(name != NULL);
    return name;
}

static struct GeneralName *general_name(struct fixture *f, struct span dn)
{
    struct GeneralName *name = GeneralName_new(f->arena);

    name->arm = GeneralName_directoryName;
    name->directoryName = fixture_decoded_name(f, dn);
    return name;
}

static struct span null_dn(void)
{
    static const uint8_t der[] = { 0x30, 0x00 };

    return (struct span){ der, sizeof der };
}

/* ---- certificates ---------------------------------------------------------------------------- */

void fixture_tolerate(struct fixture *f, enum quirk quirk)
{
    f->endpoint.tolerate |= UINT64_C(1) << quirk;
}

struct crypto_key *fixture_key(struct fixture *f, const char *type)
{
    struct crypto_key *key = crypto_key_generate(type);

    MUST(key != NULL && f->key_count < sizeof f->keys / sizeof *f->keys);
    f->keys[f->key_count++] = key;
    return key;
}

static void add_extension(struct fixture *f, struct asn1_list *list, enum oid id, bool critical,
                          struct asn1_open value)
{
    struct Extension *e = Extension_new(f->arena);

    e->extnID = oid_contents(id);
    e->critical = asn1_put_bool(critical);
    e->extnValue = value;
    MUST(asn1_list_add(f->arena, list, e));
}

static void add_purpose(struct fixture *f, struct asn1_list *list, enum oid purpose)
{
    struct asn1_list *purposes = arena_zalloc(f->arena, sizeof *purposes);

    MUST(purposes != NULL && asn1_list_add_span(f->arena, purposes, oid_contents(purpose)));
    add_extension(f, list, OID_id_ce_extKeyUsage, false, asn1_open_value(&ExtKeyUsageSyntax_type, purposes));
}

static void add_purposes(struct fixture *f, struct asn1_list *list, unsigned special)
{
    if (special & (HOLDER_RA | HOLDER_CMC_CA | HOLDER_CLIENT)) {
        add_purpose(f, list, special & HOLDER_RA ? OID_id_kp_cmcRA
                             : special & HOLDER_CMC_CA ? OID_id_kp_cmcCA : OID_id_kp_clientAuth);
    }
}

static void add_extensions(struct fixture *f, struct asn1_list *list, struct span spki, unsigned special)
{
    uint8_t identifier[20];
    uint32_t usage = special & HOLDER_CA ? KeyUsage_keyCertSign
                   : special & HOLDER_CANNOT_SIGN ? KeyUsage_keyAgreement : KeyUsage_digitalSignature;

    if (!(special & HOLDER_NO_KEY_USAGE)) {
        add_extension(f, list, OID_id_ce_keyUsage, true,
                      asn1_open_value(&KeyUsage_type, value_of(f, asn1_put_named_bits(f->arena, usage))));
    }
    if (!(special & HOLDER_NO_IDENTIFIER)) {
        MUST(crypto_key_identifier(spki, identifier));
        add_extension(
            f, list, OID_id_ce_subjectKeyIdentifier, false,
            asn1_open_value(&SubjectKeyIdentifier_type, value_of(f, arena_copy(f->arena, identifier, 20))));
    }
    if (special & HOLDER_CA) {
        struct BasicConstraints *constraints = BasicConstraints_new(f->arena);
        constraints->cA = asn1_put_bool(true);
        add_extension(f, list, OID_id_ce_basicConstraints, true,
                      asn1_open_value(&BasicConstraints_type, constraints));
    }
    add_purposes(f, list, special);
    if (special & HOLDER_WITH_NAMES) {
        add_extension(f, list, OID_id_ce_subjectAltName, false,
                      asn1_open_value(&GeneralNames_type, put_names(f, GeneralName_dNSName, "pump7.example")));
    }
}

static struct AlgorithmIdentifier *algorithm_of(struct fixture *f, const struct crypto_key *key)
{
    struct asn1_error err;
    struct AlgorithmIdentifier *a = AlgorithmIdentifier_decode(crypto_key_algorithm(key), f->arena, &err);

    MUST(a != NULL);
    return a;
}

static struct span sign_bits(struct fixture *f, const struct crypto_key *key, struct span data)
{
    uint8_t out[CRYPTO_SIGNATURE_MAX];
    size_t len = 0;

    MUST(data.ptr != NULL && crypto_sign(key, data, out, &len) == CRYPTO_OK);
    return asn1_put_bits(f->arena, (struct span){ out, len });
}

static struct SubjectPublicKeyInfo *public_of(struct fixture *f, const struct crypto_key *key)
{
    struct asn1_error err;
    struct SubjectPublicKeyInfo *spki = SubjectPublicKeyInfo_decode(crypto_key_spki(key), f->arena, &err);

    MUST(spki != NULL);
    return spki;
}

static struct Validity *validity(struct fixture *f, unsigned special)
{
    enum { DAY = 86400 };
    struct Validity *v = Validity_new(f->arena);

    v->notBefore = Time_from_unix(f->arena, f->now + (special & HOLDER_NOT_YET ? DAY : -20 * DAY));
    v->notAfter = Time_from_unix(f->arena, f->now + (special & HOLDER_EXPIRED ? -DAY : 20 * DAY));
    return v;
}

struct span fixture_certify(struct fixture *f, struct span subject, const struct crypto_key *key,
                            struct span issuer, const struct crypto_key *issuer_key, unsigned special)
{
    struct Certificate *c = Certificate_new(f->arena);
    struct TBSCertificate *tbs = TBSCertificate_new(f->arena);
    uint8_t serial[8];

    crypto_random(serial, sizeof serial);
    tbs->version = asn1_put_int(f->arena, 2);
    tbs->serialNumber = asn1_put_unsigned(f->arena, (struct span){ serial, sizeof serial });
    tbs->signature = algorithm_of(f, issuer_key);
    tbs->issuer = fixture_decoded_name(f, issuer);
    tbs->validity = validity(f, special);
    tbs->subject = fixture_decoded_name(f, subject);
    tbs->subjectPublicKeyInfo = public_of(f, key);
    add_extensions(f, &tbs->extensions, crypto_key_spki(key), special);
    tbs->der = TBSCertificate_encode(tbs, f->arena);
    c->tbsCertificate = tbs;
    c->signatureAlgorithm = tbs->signature;
    c->signature = sign_bits(f, issuer_key, tbs->der);
    struct span der = Certificate_encode(c, f->arena);
    MUST(der.ptr != NULL);
    return der;
}

/* ---- the store ------------------------------------------------------------------------------- */

static void apply(struct fixture *f, struct change *c)
{
    enum commit_result result = store_apply(f->store, c);

    must(result == COMMIT_DONE, store_why(f->store));
    c->arena = NULL;
}

static struct store_octets octets_of(struct span s)
{
    struct store_octets o = { .len = (uint8_t)s.len };

    MUST(s.len <= sizeof o.octets);
    memcpy(o.octets, s.ptr, s.len);
    return o;
}

static struct store_octets random_id(void)
{
    struct store_octets o = { .len = 16 };

    crypto_random(o.octets, o.len);
    return o;
}

static struct step first_step(struct fixture *f, enum phase phase, int operation, struct credential credential)
{
    return (struct step){
        .number = 1,
        .at = f->now,
        .endpoint = f->endpoint.name,
        .profile = f->profiles[0].name,
        .phase = phase,
        .ending = phase == PHASE_CLOSED ? ENDING_CONFIRMED : ENDING_NONE,
        .operation = operation,
        .body = PKIBody_ip,
        .pvno = 2,
        .certReqId = operation == PKIBody_p10cr || operation == PKIBody_rr ? -1 : 0,
        .credential = credential,
        .our_nonce = octets_of((struct span){ f->our_nonce, sizeof f->our_nonce }),
        .due = phase == PHASE_ISSUED ? f->now + 300 : 0,
        .reply = span_of("reply"),
    };
}

static struct credential secret_credential(const char *reference)
{
    return (struct credential){ .kind = CREDENTIAL_SECRET, .name = octets_of(span_str(reference)) };
}

static struct credential certificate_credential(struct span der)
{
    struct credential c = { .kind = CREDENTIAL_CERTIFICATE, .name = { .len = STORE_DIGEST } };

    crypto_sha256(der, c.name.octets);
    return c;
}

/* Into the inventory, by a transaction of its own. */
static struct certificate *add_row(struct fixture *f, struct span der, unsigned special)
{
    struct store_octets id = random_id();
    struct certificate *row = inventory_row(der, "default", &id, f->now, f->arena);
    struct credential by =
        special & HOLDER_BY_SECRET ? secret_credential(REFERENCE) : certificate_credential(span_of("-"));
    struct step step =
        first_step(f, special & HOLDER_UNCONFIRMED ? PHASE_ISSUED : PHASE_CLOSED, PKIBody_ir, by);

    MUST(row != NULL);
    if (special & HOLDER_BY_NAMESAKE) {
        step.credential = secret_credential(REFERENCE);
        step.credential.kind = CREDENTIAL_CERTIFICATE;
    }
    step.transactionID = id;
    memcpy(step.certificate, row->fingerprint, STORE_DIGEST);
    apply(f, &(struct change){ .step = &step, .certificate = row });
    return row;
}

struct holder fixture_holder(struct fixture *f, const char *common_name, const char *key_type, unsigned special)
{
    struct holder h = { .key = fixture_key(f, key_type), .subject = fixture_name(f, common_name) };
    bool self = special & HOLDER_SELF_SIGNED;

    h.certificate =
        fixture_certify(f, h.subject, h.key, self ? h.subject : f->ca_name, self ? h.key : f->ca.key, special);
    if (!(special & (HOLDER_STRANGER | HOLDER_SELF_SIGNED))) {
        h.row = add_row(f, h.certificate, special);
    }
    return h;
}

struct span fixture_issue(struct fixture *f, const struct draft *d)
{
    return fixture_certify(f, fixture_name(f, "pump 7"), d->key, f->ca_name, f->ca.key, 0);
}

void fixture_revoke(struct fixture *f, const struct holder *h, unsigned reason)
{
    struct revocation r = { .at = f->now, .reason = reason };

    memcpy(r.fingerprint, h->row->fingerprint, STORE_DIGEST);
    apply(f, &(struct change){ .revocation = &r });
}

void fixture_secret(struct fixture *f, const char *reference, const char *password,
                    void (*change)(struct secret *))
{
    struct secret s = { .reference = octets_of(span_str(reference)), .uses = -1, .created = f->now };

    s.sealed = crypto_seal_close(f->config.seal, span_str(reference), span_str(password), f->arena);
    MUST(s.sealed.ptr != NULL);
    if (change != NULL) {
        change(&s);
    }
    apply(f, &(struct change){ .secret = &s });
}

void fixture_anchor(struct fixture *f, const struct holder *h)
{
    char path[96], why[128] = "";
    snprintf(path, sizeof path, "%s/anchor.pem", f->directory);
    FILE *file = fopen(path, "w");
    struct span pem = crypto_pem("CERTIFICATE", h->certificate, f->arena);

    MUST(file != NULL && fwrite(pem.ptr, 1, pem.len, file) == pem.len && fclose(file) == 0);
    crypto_anchors_free(f->profiles[0].anchors);
    f->profiles[0].anchors = crypto_anchors_load(path, why, sizeof why);
    must(f->profiles[0].anchors != NULL, why);
    f->profiles[0].credentials |= BY_ANCHOR;
}

/* ---- the fixture ----------------------------------------------------------------------------- */

static void fill_profiles(struct fixture *f)
{
    f->backends[0] = (struct config_backend){ .name = "demo" };
    f->backends[1] = (struct config_backend){ .name = "far" };
    f->key_types[0] = (struct config_key_type){ .kind = CRYPTO_KEY_EC, .curve = OID_secp256r1 };
    f->key_types[1] =
        (struct config_key_type){ .kind = CRYPTO_KEY_RSA, .minimum_bits = 2048, .maximum_bits = 4096 };
    f->key_types[2] = (struct config_key_type){ .kind = CRYPTO_KEY_ED25519 };
    f->purposes[0] = OID_id_kp_clientAuth;
    f->purposes[1] = OID_id_kp_serverAuth;
    static enum oid signatures[] = { OID_sha256WithRSAEncryption, OID_ecdsa_with_SHA256, OID_ecdsa_with_SHA384,
                                     OID_ecdsa_with_SHA512, OID_id_Ed25519 };
    static enum oid macs[] = { OID_id_PasswordBasedMac, OID_id_PBMAC1 };
    static enum oid hmacs[] = { OID_id_hmacWithSHA1, OID_id_hmacWithSHA256, OID_id_hmacWithSHA512 };
    static enum oid hashes[] = { OID_sha256, OID_sha384, OID_sha512 };

    f->profiles[0] = (struct config_profile){
        .name = "default", .backend = &f->backends[0], .credentials = BY_SECRET | BY_CERTIFICATE,
        .operations = OPERATION_IR | OPERATION_CR | OPERATION_P10CR | OPERATION_KUR | OPERATION_RR | OPERATION_GENM,
        .san = SAN_REQUESTED, .key_types = f->key_types, .key_type_count = 3, .validity = 30 * 86400,
        .key_usage = KeyUsage_digitalSignature | KeyUsage_keyEncipherment, .extended_key_usages = f->purposes,
        .extended_key_usage_count = 2, .implicit_confirm = true, .ca_pubs = true,
        .confirm_wait = 300,
        .signatures = { signatures, 5 }, .macs = { macs, 2 }, .mac_hmacs = { hmacs, 3 }, .mac_digests = { hashes, 3 },
        .mac_prfs = { hmacs + 1, 2 }, .hashes = { hashes, 3 },
    };
    f->profiles[1] = f->profiles[0];
    f->profiles[1].name = "other";
    f->profiles[1].backend = &f->backends[1];
}

static void fill_config(struct fixture *f)
{
    char path[96], why[128] = "";
    struct config *c = &f->config;

    snprintf(path, sizeof path, "%s/seal", f->directory);
    must(crypto_seal_create(path, why, sizeof why), why);
    c->seal = crypto_seal_open(path, why, sizeof why);
    must(c->seal != NULL, why);
    f->ca_name = fixture_name(f, "The CA");
    f->ca = fixture_holder(f, "The CA", "ecdsa-p256", HOLDER_SELF_SIGNED | HOLDER_CA);
    f->server = fixture_holder(f, "The Server", "ecdsa-p256", HOLDER_STRANGER);
    f->signer = (struct config_key){ .key = f->server.key,
                                     .certificate = f->server.certificate,
                                     .name_der = f->server.subject };
    uint8_t identifier[20];
    MUST(crypto_key_identifier(crypto_key_spki(f->server.key), identifier));
    f->signer.key_identifier = arena_copy(f->arena, identifier, sizeof identifier);
    c->signer = &f->signer;
    c->ca_certificates = &f->ca.certificate;
    c->ca_certificate_count = 1;
    c->iterations_max = 10000;
    c->nesting_max = 2;
    c->batch_max = 4;
    c->profiles = f->profiles;
    c->profile_count = 2;
    f->ca_key = (struct config_key){ .key = f->ca.key, .certificate = f->ca.certificate, .name_der = f->ca_name };
    f->cas[0] = (struct general_ca){ .name = "demo", .key = &f->ca_key };
    f->general = (struct general){ .cas = f->cas, .ca_count = 1, .ca = &f->cas[0] };
    f->endpoint = (struct config_endpoint){
        .name = "lan", .profile = &f->profiles[0], .message_time = 300, .hold = 30
    };
}

struct fixture *fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[96], why[128] = "";

    MUST(f != NULL);
    const char *base = getenv("TMPDIR");
    snprintf(f->directory, sizeof f->directory, "%s/cmpgate-protocol-XXXXXX", base != NULL ? base : "/tmp");
    MUST(mkdtemp(f->directory) != NULL);
    f->arena = arena_new();
    f->now = time(NULL);
    crypto_random(f->our_nonce, sizeof f->our_nonce);
    snprintf(path, sizeof path, "%s/store", f->directory);
    f->config.store = (const char *)arena_copy(f->arena, path, strlen(path) + 1).ptr;
    f->store = store_open(path, why, sizeof why);
    must(f->store != NULL, why);
    f->in.budget = budget_new(1000000, 1000000);
    fill_profiles(f);
    fill_config(f);
    fixture_secret(f, REFERENCE, PASSWORD, NULL);
    return f;
}

void fixture_free(struct fixture *f)
{
    char command[128];

    inbound_wipe(&f->in);
    for (size_t i = 0; i < f->key_count; i++) {
        crypto_key_free(f->keys[i]);
    }
    crypto_anchors_free(f->profiles[0].anchors);
    crypto_seal_free(f->config.seal);
    budget_free(f->in.budget);
    store_close(f->store);
    arena_free(f->arena);
    snprintf(command, sizeof command, "rm -r '%s'", f->directory);
    MUST(system(command) == 0);
    free(f);
}

/* ---- drafts: bodies -------------------------------------------------------------------------- */

static void fill_request(struct draft *d, struct asn1_list *messages)
{
    struct arena *a = d->f->arena;
    struct CertRequest *request = CertRequest_new(a);

    d->request = CertReqMsg_new(a);
    d->template = CertTemplate_new(a);
    d->key = fixture_key(d->f, "ecdsa-p256");
    d->template->subject = fixture_decoded_name(d->f, fixture_name(d->f, "pump 7"));
    d->template->publicKey = public_of(d->f, d->key);
    request->certReqId = asn1_put_int(a, 0);
    request->certTemplate = d->template;
    d->request->certReq = request;
    MUST(asn1_list_add(a, messages, d->request));
}

static void fill_p10cr(struct draft *d)
{
    struct arena *a = d->f->arena;
    struct CertificationRequest *r = CertificationRequest_new(a);

    d->info = CertificationRequestInfo_new(a);
    d->key = fixture_key(d->f, "ecdsa-p256");
    d->info->version = asn1_put_int(a, 0);
    d->info->subject = fixture_decoded_name(d->f, fixture_name(d->f, "pump 7"));
    d->info->subjectPKInfo = public_of(d->f, d->key);
    MUST(asn1_list_init(a, &d->info->attributes));
    r->certificationRequestInfo = d->info;
    d->body->p10cr = r;
}

static void fill_rr(struct draft *d)
{
    d->details = RevDetails_new(d->f->arena);
    d->template = CertTemplate_new(d->f->arena);
    d->details->certDetails = d->template;
    MUST(asn1_list_add(d->f->arena, &d->body->rr, d->details));
}

static void fill_certConf(struct draft *d)
{
    d->status = CertStatus_new(d->f->arena);
    d->status->certReqId = asn1_put_int(d->f->arena, 0);
    MUST(asn1_list_add(d->f->arena, &d->body->certConf, d->status));
}

static void fill_pollReq(struct draft *d)
{
    d->poll = PollReq_new(d->f->arena);
    d->poll->certReqId = asn1_put_int(d->f->arena, 0);
    MUST(asn1_list_add(d->f->arena, &d->body->pollReq, d->poll));
}

static void fill_error(struct draft *d)
{
    d->body->error = ErrorMsgContent_new(d->f->arena);
    d->error = PKIStatusInfo_new(d->f->arena);
    d->error->status = asn1_put_int(d->f->arena, PKIStatus_rejection);
    d->body->error->pKIStatusInfo = d->error;
}

static void fill_body(struct draft *d, int arm)
{
    d->body->arm = arm;
    switch (arm) {
    case PKIBody_ir:
    case PKIBody_cr:
    case PKIBody_kur:      fill_request(d, &d->body->ir); break;
    case PKIBody_p10cr:    fill_p10cr(d); break;
    case PKIBody_rr:       fill_rr(d); break;
    case PKIBody_certConf: fill_certConf(d); break;
    case PKIBody_pollReq:  fill_pollReq(d); break;
    case PKIBody_error:    fill_error(d); break;
    case PKIBody_genm:     MUST(asn1_list_init(d->f->arena, &d->body->genm)); break;
    case PKIBody_pkiconf:  d->body->pkiconf = asn1_null(); break;
    case PKIBody_nested:   break;
    default:               MUST(false);
    }
}

/* ---- drafts: header -------------------------------------------------------------------------- */

static struct span random_octets(struct fixture *f, size_t len)
{
    uint8_t octets[64];

    crypto_random(octets, len);
    return arena_copy(f->arena, octets, len);
}

struct draft *draft_new(struct fixture *f, int arm)
{
    struct draft *d = arena_zalloc(f->arena, sizeof *d);
    struct PKIHeader *h = PKIHeader_new(f->arena);

    d->f = f;
    d->message = PKIMessage_new(f->arena);
    d->header = d->message->header = h;
    d->body = d->message->body = PKIBody_new(f->arena);
    h->pvno = asn1_put_int(f->arena, 2);
    h->recipient = general_name(f, f->ca_name);
    h->messageTime = asn1_put_generalized_time(f->arena, f->now);
    h->transactionID = random_octets(f, 16);
    h->senderNonce = random_octets(f, 16);
    draft_mac(d, REFERENCE, PASSWORD, 1000);
    fill_body(d, arm);
    return d;
}

void draft_mac(struct draft *d, const char *reference, const char *password, int64_t iterations)
{
    d->signer = NULL;
    d->password = password;
    d->header->sender = general_name(d->f, null_dn());
    d->header->senderKID = put_text(d->f, reference);
    d->header->protectionAlg = put_pbm(d->f, OID_sha256, OID_id_hmacWithSHA256, iterations);
    d->message->extraCerts = (struct asn1_list){ .count = 0 };
}

static void add_extraCert(struct draft *d, struct span der)
{
    struct CMPCertificate *c = CMPCertificate_new(d->f->arena);

    c->der = der;
    MUST(asn1_list_add(d->f->arena, &d->message->extraCerts, c));
}

void draft_sign(struct draft *d, const struct holder *h)
{
    uint8_t identifier[20];

    MUST(crypto_key_identifier(crypto_key_spki(h->key), identifier));
    d->signer = h;
    d->header->sender = general_name(d->f, h->subject);
    d->header->senderKID = arena_copy(d->f->arena, identifier, sizeof identifier);
    d->header->protectionAlg = algorithm_of(d->f, h->key);
    d->message->extraCerts = (struct asn1_list){ .count = 0 };
    add_extraCert(d, h->certificate);
}

struct draft *draft_follow(const struct draft *opening, int arm)
{
    struct fixture *f = opening->f;
    struct draft *d = draft_new(f, arm);

    if (opening->signer != NULL) {
        draft_sign(d, opening->signer);
    } else {
        d->password = opening->password;
        d->header->senderKID = opening->header->senderKID;
        d->header->protectionAlg = opening->header->protectionAlg;
    }
    d->header->pvno = opening->header->pvno;
    d->header->transactionID = opening->header->transactionID;
    d->header->recipNonce = (struct span){ f->our_nonce, sizeof f->our_nonce };
    return d;
}

void draft_info(struct draft *d, enum oid type, const struct asn1_type *value_type, const void *value)
{
    struct InfoTypeAndValue *info = InfoTypeAndValue_new(d->f->arena);

    info->infoType = oid_contents(type);
    if (value != NULL) {
        info->infoValue = asn1_open_value(value_type, (void *)(uintptr_t)value);
    }
    MUST(asn1_list_add(d->f->arena, &d->header->generalInfo, info));
}

void draft_certProfile(struct draft *d, const char *name, const char *second)
{
    struct asn1_list *names = arena_zalloc(d->f->arena, sizeof *names);

    MUST(asn1_list_add_span(d->f->arena, names, put_text(d->f, name)));
    if (second != NULL) {
        MUST(asn1_list_add_span(d->f->arena, names, put_text(d->f, second)));
    }
    draft_info(d, OID_id_it_certProfile, &SEQUENCE_1_OF_UTF8String_type, names);
}

/* ---- drafts: contents ------------------------------------------------------------------------ */

void draft_about(struct draft *d, const struct holder *h)
{
    struct fixture *f = d->f;

    d->about = h;
    if (d->details != NULL) {
        d->template->issuer = fixture_decoded_name(f, h->row->issuer);
        d->template->serialNumber = h->row->serial;
        return;
    }
    struct CertId *id = CertId_new(f->arena);
    struct SingleAttribute *control = SingleAttribute_new(f->arena);
    id->issuer = general_name(f, h->row->issuer);
    id->serialNumber = h->row->serial;
    control->type = oid_contents(OID_id_regCtrl_oldCertID);
    control->value = asn1_open_value(&CertId_type, id);
    d->request->certReq->controls = (struct asn1_list){ .count = 0 };
    MUST(asn1_list_add(f->arena, &d->request->certReq->controls, control));
    d->template->subject = fixture_decoded_name(f, h->subject);
}

void draft_confirms(struct draft *d, const struct holder *h)
{
    uint8_t hash[32];

    crypto_sha256(h->certificate, hash);
    d->status->certHash = arena_copy(d->f->arena, hash, sizeof hash);
}

static struct asn1_list *extensions_of(struct draft *d)
{
    return d->details != NULL ? &d->details->crlEntryDetails : &d->template->extensions;
}

void draft_extension(struct draft *d, enum oid id, bool critical, const struct asn1_type *type,
                     const void *value)
{
    add_extension(d->f, extensions_of(d), id, critical, asn1_open_value(type, (void *)(uintptr_t)value));
}

void draft_extension_der(struct draft *d, const char *oid, bool critical, const char *octets, size_t len)
{
    struct Extension *e = Extension_new(d->f->arena);

    e->extnID = oid_parse(d->f->arena, oid);
    e->critical = asn1_put_bool(critical);
    e->extnValue = asn1_open_der(arena_copy(d->f->arena, octets, len));
    MUST(asn1_list_add(d->f->arena, extensions_of(d), e));
}

static struct credential credential_of(const struct draft *d)
{
    if (d->signer != NULL) {
        return certificate_credential(d->signer->certificate);
    }
    return (struct credential){ .kind = CREDENTIAL_SECRET, .name = octets_of(d->header->senderKID) };
}

void draft_committed(struct draft *d, enum phase phase, const struct holder *issued)
{
    struct step step = first_step(d->f, phase, d->body->arm, credential_of(d));

    step.transactionID = octets_of(d->header->transactionID);
    step.first_nonce = octets_of(d->header->senderNonce);
    if (issued != NULL) {
        crypto_sha256(issued->certificate, step.certificate);
    }
    if (d->body->arm == PKIBody_kur && d->about != NULL) {
        crypto_sha256(d->about->certificate, step.updates);
    }
    apply(d->f, &(struct change){ .step = &step });
}

/* ---- drafts: to bytes ------------------------------------------------------------------------ */

static struct span spoil(struct fixture *f, struct span bits)
{
    uint8_t *copy = arena_alloc(f->arena, bits.len);

    memcpy(copy, bits.ptr, bits.len);
    copy[bits.len - 1] ^= 1;
    return (struct span){ copy, bits.len };
}

static void add_pop(struct draft *d)
{
    struct fixture *f = d->f;
    const struct crypto_key *key = d->pop_key != NULL ? d->pop_key : d->key;
    struct span signature;

    if (d->info != NULL) {
        struct CertificationRequest *r = d->body->p10cr;
        signature = sign_bits(f, key, CertificationRequestInfo_encode(d->info, f->arena));
        r->signatureAlgorithm = r->signatureAlgorithm != NULL ? r->signatureAlgorithm : algorithm_of(f, key);
        r->signature = d->damage_pop ? spoil(f, signature) : signature;
    } else if (d->request != NULL && !d->keep_popo) {
        struct ProofOfPossession *popo = ProofOfPossession_new(f->arena);
        popo->arm = ProofOfPossession_signature;
        popo->signature = POPOSigningKey_new(f->arena);
        signature = sign_bits(f, key, CertRequest_encode(d->request->certReq, f->arena));
        popo->signature->algorithmIdentifier = algorithm_of(f, key);
        popo->signature->signature = d->damage_pop ? spoil(f, signature) : signature;
        d->request->popo = popo;
    }
}

static struct span mac_bits(struct draft *d, struct span data)
{
    uint8_t mac[CRYPTO_MAC_MAX];
    uint64_t cost = UINT64_MAX;
    size_t len = 0;
    struct asn1_error err;
    struct AlgorithmIdentifier *a = AlgorithmIdentifier_decode(
        AlgorithmIdentifier_encode(d->header->protectionAlg, d->f->arena), d->f->arena, &err);

    /* What cannot be computed is refused before it would be: any bits will do. */
    if (a == NULL || crypto_mac(span_str(d->password), a, data, &cost, mac, &len) != CRYPTO_OK) {
        return asn1_put_bits(d->f->arena, span_of("no such MAC"));
    }
    return asn1_put_bits(d->f->arena, (struct span){ mac, len });
}

void draft_finish(struct draft *d)
{
    struct fixture *f = d->f;
    struct asn1_error why;

    add_pop(d);
    if (!d->keep_protection) {
        struct span data = PKIMessage_protected_part(d->message, f->arena);
        struct span bits = d->signer != NULL ? sign_bits(f, d->signer->key, data) : mac_bits(d, data);
        d->message->protection = d->damage_protection ? spoil(f, bits) : bits;
    }
    d->der = asn1_encode_why(&PKIMessage_type, d->message, f->arena, &why);
    if (d->der.ptr == NULL) {
        char text[160];
        must(false, asn1_error_text(&why, text, sizeof text));
    }
}

void draft_put_inside(struct draft *outer, struct draft *d)
{
    struct asn1_error err;

    if (d->der.ptr == NULL) {
        draft_finish(d);
    }
    struct PKIMessage *inner = PKIMessage_decode(d->der, d->f->arena, &err);
    MUST(inner != NULL && asn1_list_add(d->f->arena, &outer->body->nested, inner));
}

struct draft *draft_wrap(struct draft *d, const struct holder *ra)
{
    struct draft *outer = draft_new(d->f, PKIBody_nested);

    draft_put_inside(outer, d);
    outer->header->transactionID = d->header->transactionID;
    outer->header->senderNonce = d->header->senderNonce;
    if (ra != NULL) {
        draft_sign(outer, ra);
    }
    return outer;
}

/* ---- the checks, in a worker's order --------------------------------------------------------- */

static bool read_body(struct fixture *f)
{
    struct inbound *in = &f->in;
    struct certificate *issued = NULL;

    switch (in->message->body->arm) {
    case PKIBody_certConf:
        MUST(in->step_count > 0 &&
             store_certificate(f->store, in->steps[in->step_count - 1].certificate, f->arena, &issued) &&
             issued != NULL);
        return confirm_read(in, issued, &f->accepted, &f->no);
    case PKIBody_pollReq:
        return poll_read(in, &f->polled, &f->no);
    case PKIBody_pkiconf:
        return conf_read(in, &f->no);
    case PKIBody_error:
        return true;
    case PKIBody_genm:
        f->general.in = in;
        f->general.answers = (struct asn1_list){ .count = 0 };
        return profile_choose(in, &f->no) && general_answer(&f->general, &f->no);
    default:
        f->in_request = profile_choose(in, &f->no);
        return f->in_request && request_read(in, &f->request, &f->no);
    }
}

static bool fill_inbound(struct fixture *f, struct span der)
{
    struct inbound *in = &f->in;
    const char *profile_name = in->profile_name, *operation = in->operation;

    inbound_wipe(in);
    *in = (struct inbound){
        .config = &f->config,
        .endpoint = &f->endpoint,
        .store = f->store,
        .budget = in->budget,
        .arena = f->arena,
        .peer = "192.0.2.7:40112",
        .profile_name = profile_name,
        .operation = operation,
        .arrived = f->now,
        .now = f->now,
        .der = der,
    };
    return inbound_read(in, &f->no);
}

bool receive(struct draft *d)
{
    struct fixture *f = d->f;
    struct inbound *in = &f->in;

    if (d->der.ptr == NULL) {
        draft_finish(d);
    }
    f->in_request = false;
    f->request = (struct request){ .operation = d->body->arm };
    if (!fill_inbound(f, d->der)) {
        return false;
    }
    f->request.operation = in->message->body->arm;
    if (in->header->transactionID.ptr != NULL && in->header->transactionID.len <= STORE_ID_MAX) {
        MUST(store_steps(f->store, in->header->transactionID, f->arena, &in->steps, &in->step_count));
    }
    if (!nested_open(in, &f->no)) {
        return false;
    }
    if (nested_is_batch(in)) {
        return nested_batch_check(in, &f->no);
    }
    return protection_verify(in, &f->no) && header_check(in, &f->no) && nested_verify(in, &f->no) && read_body(f);
}

/* ---- answers --------------------------------------------------------------------------------- */

static const char *mac_fault(struct fixture *f, const struct PKIMessage *m, struct span data)
{
    uint8_t mac[CRYPTO_MAC_MAX];
    uint64_t cost = UINT64_MAX;
    size_t len = 0;

    if (!span_eq(m->header->protectionAlg->der, f->in.header->protectionAlg->der)) {
        return "not the request's protectionAlg";
    }
    struct span named = f->in.header->senderKID;
    if (!span_eq(m->header->senderKID, named.ptr != NULL ? named : sender_reference(&f->in.sender))) {
        return "senderKID is not the reference";
    }
    if (crypto_mac(span_str(PASSWORD), m->header->protectionAlg, data, &cost, mac, &len) != CRYPTO_OK) {
        return "no MAC can be computed";
    }
    return span_eq(asn1_bits_payload(m->protection), (struct span){ mac, len }) ? "" : "the MAC is wrong";
}

static const char *signature_fault(struct fixture *f, const struct PKIMessage *m, struct span data)
{
    const struct CMPCertificate *first = m->extraCerts.count > 0 ? m->extraCerts.item[0] : NULL;

    if (first == NULL || !span_eq(first->der, f->server.certificate)) {
        return "extraCerts does not begin with the signer";
    }
    if (!span_eq(m->header->senderKID, f->signer.key_identifier)) {
        return "senderKID is not the signer's key identifier";
    }
    if (crypto_verify(crypto_key_spki(f->server.key), m->header->protectionAlg, data,
                      asn1_bits_payload(m->protection), false) != CRYPTO_OK) {
        return "the signature is wrong";
    }
    return "";
}

static struct span recipient_of_answer(const struct PKIHeader *request)
{
    return request->sender->arm == GeneralName_directoryName ? request->sender->directoryName->der : null_dn();
}

static const char *header_fault(struct fixture *f, const struct PKIHeader *h)
{
    const struct PKIHeader *request = f->in.header;
    int64_t pvno = 0, asked = 2, time = 0, least = f->endpoint.cmp1999 ? 1 : 2;

    asn1_int64(request->pvno, &asked);
    if (!asn1_int64(h->pvno, &pvno) || pvno != (asked < least ? least : asked > 3 ? 3 : asked)) {
        return "pvno is wrong";
    }
    if (!span_eq(h->transactionID, request->transactionID)) {
        return "transactionID is not the request's";
    }
    if (!span_eq(h->recipNonce, request->senderNonce)) {
        return "recipNonce is not the request's senderNonce";
    }
    if (h->senderNonce.len != CRYPTO_NONCE ||
        !crypto_nonce_ours(f->config.seal, h->transactionID, h->senderNonce)) {
        return "senderNonce is not one of ours";
    }
    if (h->recipient->arm != GeneralName_directoryName ||
        !span_eq(h->recipient->directoryName->der, recipient_of_answer(request))) {
        return "recipient is not the request's sender";
    }
    if (h->sender->arm != GeneralName_directoryName ||
        !span_eq(h->sender->directoryName->der, f->server.subject)) {
        return "sender is not the signer's subject";
    }
    return asn1_time(h->messageTime, &time) && time == f->now ? "" : "messageTime is wrong";
}

const char *answer_fault(struct fixture *f, struct span der, struct PKIMessage **out)
{
    struct asn1_error err;
    struct PKIMessage *m = der.ptr != NULL ? PKIMessage_decode(der, f->arena, &err) : NULL;
    const char *fault;

    *out = m;
    if (m == NULL) {
        return der.ptr == NULL ? "there is no answer" : "the answer does not decode";
    }
    fault = header_fault(f, m->header);
    if (fault[0] != '\0') {
        return fault;
    }
    struct span data = PKIMessage_protected_part(m, f->arena);
    bool by_mac = oid_find(m->header->protectionAlg->algorithm) == OID_id_PasswordBasedMac;
    return by_mac ? mac_fault(f, m, data) : signature_fault(f, m, data);
}

const struct PKIStatusInfo *answer_status(const struct PKIBody *body)
{
    switch (body->arm) {
    case PKIBody_ip:
    case PKIBody_cp:
    case PKIBody_kup:
        return body->ip->response.count == 1 ? ((struct CertResponse *)body->ip->response.item[0])->status
                                             : NULL;
    case PKIBody_rp:
        return body->rp->status.count == 1 ? body->rp->status.item[0] : NULL;
    case PKIBody_error:
        return body->error->pKIStatusInfo;
    default:
        return NULL;
    }
}

int answer_arm(int request_arm)
{
    switch (request_arm) {
    case PKIBody_ir:  return PKIBody_ip;
    case PKIBody_kur: return PKIBody_kup;
    case PKIBody_rr:  return PKIBody_rp;
    default:          return PKIBody_cp;
    }
}

/* RFC 9483 3.6.2: what is wrong with a request is said in its response, everything else in error. */
static int arm_of_refusal(const struct fixture *f)
{
    return f->in_request ? answer_arm(f->in.message->body->arm) : PKIBody_error;
}

const char *refusal_fault(struct fixture *f, bool by_mac)
{
    struct respond how = { .in = &f->in };
    int arm = f->in.message != NULL ? f->in.message->body->arm : -1;

    return refusal_fault_in(f, respond_refusal(&how, arm, f->request.certReqId, &f->no), by_mac, false);
}

const char *refusal_fault_in(struct fixture *f, struct span der, bool by_mac, bool any_text)
{
    struct PKIMessage *m;
    int64_t status = -1;
    const char *fault = answer_fault(f, der, &m);

    if (fault[0] != '\0') {
        return fault;
    }
    if (by_mac != (oid_find(m->header->protectionAlg->algorithm) == OID_id_PasswordBasedMac)) {
        return by_mac ? "signed, though the MAC was right" : "a MAC with a secret that was not proven";
    }
    if (m->body->arm != arm_of_refusal(f)) {
        return "in the wrong body";
    }
    const struct PKIStatusInfo *info = answer_status(m->body);
    if (info == NULL || !asn1_int64(info->status, &status) || status != PKIStatus_rejection) {
        return "not one status rejection";
    }
    if (asn1_named_bits(info->failInfo) != 1u << f->no.failure) {
        return "not the failInfo";
    }
    const struct span *text = info->statusString.count == 1 ? info->statusString.item[0] : NULL;
    return text != NULL && (any_text || span_eq(*text, span_str(f->no.text))) ? "" : "not the text";
}
