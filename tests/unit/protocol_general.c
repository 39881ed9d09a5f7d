/* genm and genp (RFC 9483 4.3, RFC 9810 5.3.19). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

static struct draft *asks_der(struct fixture *f, struct span type, struct asn1_open value)
{
    struct draft *d = draft_new(f, PKIBody_genm);
    struct InfoTypeAndValue *info = InfoTypeAndValue_new(f->arena);

    info->infoType = type;
    info->infoValue = value;
    asn1_list_add(f->arena, &d->body->genm, info);
    return d;
}

static struct draft *asks(struct fixture *f, enum oid type)
{
    return asks_der(f, oid_contents(type), (struct asn1_open){ .der = { NULL, 0 } });
}

/* The one answer, from the encoded and decoded genp; NULL when something is wrong with the message. */
static const struct InfoTypeAndValue *told(struct fixture *f)
{
    struct respond how = { .in = &f->in };
    struct PKIMessage *m;

    EXPECT_STR(answer_fault(f, respond_genp(&how, &f->general.answers), &m), "");
    if (m == NULL || m->body->arm != PKIBody_genp || m->body->genp.count != 1) {
        TEST_FAIL("not a genp with one answer");
        return NULL;
    }
    return m->body->genp.item[0];
}

static bool is_told(const struct InfoTypeAndValue *info, enum oid type, bool value)
{
    return info != NULL && oid_find(info->infoType) == type && (info->infoValue.der.ptr != NULL) == value &&
           (info->infoValue.value != NULL) == value;
}

/* ---- what all have in common ----------------------------------------------------------------- */

/* holds 9483-4.3-02 9810-5.3.19.7-01 */
CASE(an_unknown_type_is_told_to_be_unsupported)
{
    EXPECT_ACCEPTED(asks(f, OID_id_it_suppLangTags));
    const struct InfoTypeAndValue *info = told(f);
    REQUIRE(is_told(info, OID_id_it_unsupportedOIDs, true));
    const struct asn1_list *list = info->infoValue.value;
    REQUIRE(list->count == 1);
    EXPECT(span_eq(*(const struct span *)list->item[0], oid_contents(OID_id_it_suppLangTags)));
}

/* holds 9483-4.3-02 9810-5.3.19.7-01 */
CASE(a_type_that_nobody_knows_is_told_to_be_unsupported)
{
    EXPECT_ACCEPTED(asks_der(f, span_of("\x2b\x06\x01\x04\x01\x01"), asn1_open_der(span_of("\x05\x00"))));
    EXPECT(is_told(told(f), OID_id_it_unsupportedOIDs, true));
}

/* holds 9483-4.3-01 */
CASE(two_questions_are_badRequest)
{
    struct draft *d = asks(f, OID_id_it_caCerts);
    REQUIRE(asn1_list_add(f->arena, &d->body->genm, d->body->genm.item[0]));
    EXPECT_REFUSED(d, badRequest, "want one InfoTypeAndValue, have 2");
}

/* holds 9483-4.3-01 */
CASE(no_question_is_badRequest)
{
    EXPECT_REFUSED(draft_new(f, PKIBody_genm), badRequest, "want one InfoTypeAndValue, have 0");
}

CASE(several_questions_are_a_quirk)
{
    struct draft *d = asks(f, OID_id_it_caCerts);
    REQUIRE(asn1_list_add(f->arena, &d->body->genm, asks(f, OID_id_it_currentCRL)->body->genm.item[0]));
    EXPECT_QUIRK(d, QUIRK_SEVERAL_QUESTIONS, badRequest, "want one InfoTypeAndValue, have 2");
    REQUIRE(f->general.answers.count == 2);
    const struct InfoTypeAndValue *first = f->general.answers.item[0], *second = f->general.answers.item[1];
    EXPECT_EQ(oid_find(first->infoType), OID_id_it_caCerts);
    EXPECT_EQ(oid_find(second->infoType), OID_id_it_currentCRL);
    d = asks(f, OID_id_it_caCerts);
    while (d->body->genm.count < 8) {
        REQUIRE(asn1_list_add(f->arena, &d->body->genm, d->body->genm.item[0]));
    }
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->general.answers.count, 8);
    d = asks(f, OID_id_it_caCerts);
    while (d->body->genm.count < 9) {
        REQUIRE(asn1_list_add(f->arena, &d->body->genm, d->body->genm.item[0]));
    }
    EXPECT_REFUSED(d, badRequest, "want one InfoTypeAndValue, have 9");
}

CASE(no_question_asks_for_all_where_that_is_tolerated)
{
    fixture_tolerate(f, QUIRK_SEVERAL_QUESTIONS);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_genm));
    EXPECT_EQ(f->general.answers.count, 3);
}

/* holds 9483-5.1.4-01 */
CASE(a_signed_question_gets_a_signed_answer)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = asks(f, OID_id_it_caCerts);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    EXPECT(is_told(told(f), OID_id_it_caCerts, true));
}

CASE(a_profile_without_genm_does_not_answer)
{
    f->profiles[0].operations &= ~(uint32_t)OPERATION_GENM;
    EXPECT_REFUSED(asks(f, OID_id_it_caCerts), notAuthorized, "does not admit genm");
}

CASE(a_certificate_of_another_profile_may_ask)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = asks(f, OID_id_it_caCerts);
    draft_sign(d, &h);
    f->in.profile_name = "other";
    EXPECT_ACCEPTED(d);
}

CASE(the_label_of_the_path_must_fit_the_question)
{
    static const struct {
        const char *label;
        enum oid type;
    } rows[] = {
        { "getcacerts", OID_id_it_caCerts },
        { "getrootupdate", OID_id_it_rootCaCert },
        { "getcertreqtemplate", OID_id_it_certReqTemplate },
    };

    for (size_t i = 0; i < 3; i++) {
        f->in.operation = rows[i].label;
        EXPECT_ACCEPTED(asks(f, rows[i].type));
        EXPECT_REFUSED(asks(f, rows[(i + 1) % 3].type), badRequest, "genm was sent to the path for");
        EXPECT_REFUSED(asks(f, OID_id_it_currentCRL), badRequest, "genm was sent to the path for");
    }
}

/* holds 9483-4.3.1-01 9483-4.3.3-01 */
CASE(a_value_where_there_must_be_none_is_badDataFormat)
{
    static const enum oid types[] = { OID_id_it_caCerts, OID_id_it_certReqTemplate, OID_id_it_currentCRL };
    struct asn1_list *certificates = arena_zalloc(f->arena, sizeof *certificates);
    struct CMPCertificate *c = CMPCertificate_new(f->arena);

    c->der = f->ca.certificate;
    REQUIRE(asn1_list_add(f->arena, certificates, c));
    EXPECT_REFUSED(asks_der(f, oid_contents(types[0]),
                            asn1_open_value(&SEQUENCE_OF_CMPCertificate_type, certificates)),
                   badDataFormat, "id-it-caCerts: infoValue must be absent");
    struct CertReqTemplateContent *content = CertReqTemplateContent_new(f->arena);
    content->certTemplate = CertTemplate_new(f->arena);
    EXPECT_REFUSED(asks_der(f, oid_contents(types[1]), asn1_open_value(&CertReqTemplateContent_type, content)),
                   badDataFormat, "id-it-certReqTemplate: infoValue must be absent");
}

/* ---- CA certificates ------------------------------------------------------------------------- */

/* holds 9483-4.3.1-01 */
CASE(caCerts_are_the_issuing_and_the_intermediate_ones)
{
    struct holder middle = fixture_holder(f, "A CA between", "ecdsa-p256", HOLDER_STRANGER | HOLDER_CA);
    struct span all[] = { f->ca.certificate, middle.certificate };
    f->config.ca_certificates = all;
    f->config.ca_certificate_count = 2;
    EXPECT_ACCEPTED(asks(f, OID_id_it_caCerts));
    const struct InfoTypeAndValue *info = told(f);
    REQUIRE(is_told(info, OID_id_it_caCerts, true));
    const struct asn1_list *list = info->infoValue.value;
    REQUIRE(list->count == 2);
    EXPECT(span_eq(((const struct CMPCertificate *)list->item[0])->der, f->ca.certificate));
    EXPECT(span_eq(((const struct CMPCertificate *)list->item[1])->der, middle.certificate));
}

/* holds 9483-4.3.1-01 */
CASE(a_root_that_does_not_issue_is_not_among_the_caCerts)
{
    f->general.ca_count = 0;
    EXPECT_ACCEPTED(asks(f, OID_id_it_caCerts));
    EXPECT(is_told(told(f), OID_id_it_caCerts, false));
}

CASE(the_chain_of_the_issuing_key_is_among_the_caCerts)
{
    struct holder middle = fixture_holder(f, "A CA between", "ecdsa-p256", HOLDER_STRANGER | HOLDER_CA);
    f->ca_key.chain = &middle.certificate;
    f->ca_key.chain_count = 1;
    f->config.ca_certificates = &middle.certificate;        /* and once is enough */
    EXPECT_ACCEPTED(asks(f, OID_id_it_caCerts));
    const struct InfoTypeAndValue *info = told(f);
    REQUIRE(is_told(info, OID_id_it_caCerts, true));
    EXPECT_EQ(((const struct asn1_list *)info->infoValue.value)->count, 2);
}

/* ---- the update of a root -------------------------------------------------------------------- */

/* The CA of the fixture gets a next key. */
static void roll(struct fixture *f, struct config_root_update *u)
{
    struct crypto_key *next = fixture_key(f, "ecdsa-p256");

    *u = (struct config_root_update){
        .new_with_new = fixture_certify(f, f->ca_name, next, f->ca_name, next, HOLDER_CA),
        .new_with_old = fixture_certify(f, f->ca_name, next, f->ca_name, f->ca.key, HOLDER_CA),
        .old_with_new = fixture_certify(f, f->ca_name, f->ca.key, f->ca_name, next, HOLDER_CA),
    };
    f->config.root_updates = u;
    f->config.root_update_count = 1;
}

static struct draft *asks_for_root(struct fixture *f, struct span der)
{
    struct CMPCertificate *c = CMPCertificate_new(f->arena);

    c->der = der;
    return asks_der(f, oid_contents(OID_id_it_rootCaCert), asn1_open_value(&CMPCertificate_type, c));
}

/* holds 9483-4.3.2-01 */
CASE(the_update_of_a_root_is_told_with_all_three_certificates)
{
    struct config_root_update u;
    roll(f, &u);
    EXPECT_ACCEPTED(asks_for_root(f, f->ca.certificate));
    const struct InfoTypeAndValue *info = told(f);
    REQUIRE(is_told(info, OID_id_it_rootCaKeyUpdate, true));
    const struct RootCaKeyUpdateContent *content = info->infoValue.value;
    EXPECT(span_eq(content->newWithNew->der, u.new_with_new));
    REQUIRE(content->newWithOld != NULL && content->oldWithNew != NULL);
    EXPECT(asn1_retag(f->arena, content->newWithOld->der, DER_SEQUENCE).ptr != NULL);
}

/* CMPCertificate has room for other kinds. */
CASE(a_root_that_is_no_X_509_certificate_is_badDataFormat)
{
    EXPECT_REFUSED(asks_for_root(f, span_of("\xa1\x02\x05\x00")), badDataFormat, "rootCaCert: want an X.509 certificate");
}

CASE(without_a_root_the_only_update_is_told)
{
    struct config_root_update u[2];
    roll(f, u);
    EXPECT_ACCEPTED(asks(f, OID_id_it_rootCaCert));
    EXPECT(is_told(told(f), OID_id_it_rootCaKeyUpdate, true));
    u[1] = u[0];
    f->config.root_update_count = 2;
    EXPECT_ACCEPTED(asks(f, OID_id_it_rootCaCert));
    EXPECT(is_told(told(f), OID_id_it_rootCaKeyUpdate, false));
}

/* holds 9483-4.3.2-01 */
CASE(a_root_without_an_update_is_told_so)
{
    EXPECT_ACCEPTED(asks_for_root(f, f->ca.certificate));
    EXPECT(is_told(told(f), OID_id_it_rootCaKeyUpdate, false));
}

CASE(the_new_root_has_no_update)
{
    struct config_root_update u;
    roll(f, &u);
    EXPECT_ACCEPTED(asks_for_root(f, u.new_with_new));
    EXPECT(is_told(told(f), OID_id_it_rootCaKeyUpdate, false));
}

CASE(another_root_of_the_same_key_has_no_update)
{
    struct config_root_update u;
    roll(f, &u);
    struct span name = fixture_name(f, "Another CA");
    EXPECT_ACCEPTED(asks_for_root(f, fixture_certify(f, name, f->ca.key, name, f->ca.key, HOLDER_CA)));
    EXPECT(is_told(told(f), OID_id_it_rootCaKeyUpdate, false));
}

/* ---- a template ------------------------------------------------------------------------------ */

static const struct CertReqTemplateContent *template_told(struct fixture *f, struct draft *d)
{
    EXPECT_ACCEPTED(d);
    const struct InfoTypeAndValue *info = told(f);
    return is_told(info, OID_id_it_certReqTemplate, true) ? info->infoValue.value : NULL;
}

/* holds 9483-4.3.3-01 9810-5.3.19.16-01 */
CASE(a_template_says_what_the_profile_grants)
{
    const struct CertReqTemplateContent *c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    const struct CertTemplate *t = c->certTemplate;
    EXPECT(t->subject != NULL && t->subject->rdnSequence.count == 0);
    EXPECT(t->publicKey == NULL && t->serialNumber.ptr == NULL && t->signingAlg == NULL);
    EXPECT(t->issuerUID.ptr == NULL && t->subjectUID.ptr == NULL);
    const struct span *usage = Extensions_value(&t->extensions, OID_id_ce_keyUsage);
    REQUIRE(usage != NULL);
    EXPECT_EQ(asn1_named_bits(*usage), KeyUsage_digitalSignature);      /* what all of its keys can have */
    const struct asn1_list *purposes = Extensions_value(&t->extensions, OID_id_ce_extKeyUsage);
    REQUIRE(purposes != NULL);
    EXPECT_EQ(purposes->count, 2);
}

static bool has_length(const struct asn1_list *keySpec, int64_t bits)
{
    for (size_t i = 0; i < keySpec->count; i++) {
        const struct SingleAttribute *a = keySpec->item[i];
        int64_t have;
        if (oid_find(a->type) == OID_id_regCtrl_rsaKeyLen &&
            asn1_int64(*(const struct span *)a->value.value, &have) && have == bits) {
            return true;
        }
    }
    return false;
}

static bool has_algorithm(const struct asn1_list *keySpec, enum oid algorithm, enum oid curve)
{
    for (size_t i = 0; i < keySpec->count; i++) {
        const struct SingleAttribute *a = keySpec->item[i];
        const struct AlgorithmIdentifier *have = a->value.value;
        if (oid_find(a->type) != OID_id_regCtrl_algId || oid_find(have->algorithm) != algorithm) {
            continue;
        }
        const struct ECParameters *parameters = have->parameters.value;
        if (curve == OID_NONE ? have->parameters.der.ptr == NULL : oid_find(parameters->namedCurve) == curve) {
            return true;
        }
    }
    return false;
}

/* holds 9483-4.3.3-01 9810-5.3.19.16-01 9483-4.3.3-02 */
CASE(a_keySpec_has_every_kind_of_key)
{
    const struct CertReqTemplateContent *c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    EXPECT_EQ(c->keySpec.count, 5);
    EXPECT(has_algorithm(&c->keySpec, OID_id_ecPublicKey, OID_secp256r1));
    EXPECT(has_algorithm(&c->keySpec, OID_id_Ed25519, OID_NONE));
    EXPECT(has_length(&c->keySpec, 2048) && has_length(&c->keySpec, 3072) && has_length(&c->keySpec, 4096));
}

/* holds 9483-4.3.3-02 */
CASE(one_length_of_RSA_is_one_length)
{
    f->key_types[1].minimum_bits = f->key_types[1].maximum_bits = 3072;
    const struct CertReqTemplateContent *c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    EXPECT_EQ(c->keySpec.count, 3);
    EXPECT(has_length(&c->keySpec, 3072));
}

CASE(a_template_is_that_of_the_profile_asked_for)
{
    static struct config_key_type ed448 = { .kind = CRYPTO_KEY_ED448 };
    struct draft *d = asks(f, OID_id_it_certReqTemplate);
    f->profiles[1].key_types = &ed448;
    f->profiles[1].key_type_count = 1;
    draft_certProfile(d, "other", NULL);
    const struct CertReqTemplateContent *c = template_told(f, d);
    REQUIRE(c != NULL && c->keySpec.count == 1);
    EXPECT(has_algorithm(&c->keySpec, OID_id_Ed448, OID_NONE));
}

CASE(who_is_bound_to_a_subject_is_told_it)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = asks(f, OID_id_it_certReqTemplate);
    draft_sign(d, &h);
    const struct CertReqTemplateContent *c = template_told(f, d);
    REQUIRE(c != NULL);
    EXPECT(span_eq(c->certTemplate->subject->der, h.subject));
}

static void bind_subject(struct secret *s)
{
    static const uint8_t name[] = "\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x0c\x06pump 9";
    s->subject = (struct span){ name, sizeof name - 1 };
}

static bool any_subject(const struct CertReqTemplateContent *c)
{
    return c != NULL && c->certTemplate->subject != NULL && c->certTemplate->subject->rdnSequence.count == 0;
}

/* What the sender would be refused is not told either. */
CASE(the_subject_that_is_told_is_the_one_that_will_be_granted)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = asks(f, OID_id_it_certReqTemplate);
    f->profiles[0].subject = SUBJECT_ANY;
    draft_sign(d, &h);
    EXPECT(any_subject(template_told(f, d)));
    f->profiles[0].subject = SUBJECT_BOUND;
    EXPECT(any_subject(template_told(f, asks(f, OID_id_it_certReqTemplate))));  /* a secret that is bound to nobody */
    fixture_secret(f, REFERENCE, PASSWORD, bind_subject);
    const struct CertReqTemplateContent *c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    EXPECT(span_eq(c->certTemplate->subject->der, fixture_name(f, "pump 9")));
}

CASE(usages_are_told_as_they_are_granted)
{
    const struct CertReqTemplateContent *c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    const struct Extension *usage = Extensions_find(&c->certTemplate->extensions, OID_id_ce_keyUsage);
    const struct Extension *purposes = Extensions_find(&c->certTemplate->extensions, OID_id_ce_extKeyUsage);
    REQUIRE(usage != NULL && purposes != NULL);
    EXPECT(asn1_true(usage->critical) && !asn1_true(purposes->critical));
    f->profiles[0].key_usage = KeyUsage_keyEncipherment;        /* some of its keys cannot */
    f->profiles[0].extended_key_usage_count = 0;
    c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    EXPECT_EQ(c->certTemplate->extensions.count, 0);
    f->profiles[0].key_types = &f->key_types[1];                /* RSA alone can */
    f->profiles[0].key_type_count = 1;
    c = template_told(f, asks(f, OID_id_it_certReqTemplate));
    REQUIRE(c != NULL);
    EXPECT_EQ(c->certTemplate->extensions.count, 1);
}

/* ---- CRLs ------------------------------------------------------------------------------------ */

static struct span a_crl(struct fixture *f, struct span issuer, int64_t this_update)
{
    struct CertificateList *list = CertificateList_new(f->arena);
    struct TBSCertList *tbs = TBSCertList_new(f->arena);

    tbs->version = asn1_put_int(f->arena, 1);
    tbs->signature = put_algorithm(f, OID_ecdsa_with_SHA256);
    tbs->issuer = fixture_decoded_name(f, issuer);
    tbs->thisUpdate = Time_from_unix(f->arena, this_update);
    tbs->nextUpdate = Time_from_unix(f->arena, this_update + 3600);
    list->tbsCertList = tbs;
    list->signatureAlgorithm = tbs->signature;
    list->signature = asn1_put_bits(f->arena, span_of("signature"));
    struct crl crl = { .issuer = issuer, .number = (uint64_t)this_update, .this_update = this_update,
                       .next_update = this_update + 3600, .der = CertificateList_encode(list, f->arena) };
    EXPECT_EQ(store_apply(f->store, &(struct change){ .crl = &crl }), COMMIT_DONE);
    return crl.der;
}

/* holds 9810-5.3.19.6-01 */
CASE(currentCRL_is_the_latest_of_the_profiles_CA)
{
    a_crl(f, fixture_name(f, "Another CA"), f->now);
    a_crl(f, f->ca_name, f->now - 60);
    struct span latest = a_crl(f, f->ca_name, f->now - 30);
    EXPECT_ACCEPTED(asks(f, OID_id_it_currentCRL));
    const struct InfoTypeAndValue *info = told(f);
    REQUIRE(is_told(info, OID_id_it_currentCRL, true));
    EXPECT(span_eq(info->infoValue.der, latest));
}

CASE(without_a_CRL_currentCRL_has_no_value)
{
    EXPECT_ACCEPTED(asks(f, OID_id_it_currentCRL));
    EXPECT(is_told(told(f), OID_id_it_currentCRL, false));
    a_crl(f, f->ca_name, f->now);
    f->general.ca = NULL;
    EXPECT_ACCEPTED(asks(f, OID_id_it_currentCRL));
    EXPECT(is_told(told(f), OID_id_it_currentCRL, false));
}

static struct draft *asks_for_crl(struct fixture *f, struct CRLSource *source, int64_t known)
{
    struct asn1_list *list = arena_zalloc(f->arena, sizeof *list);
    struct CRLStatus *status = CRLStatus_new(f->arena);

    status->source = source;
    status->thisUpdate = known != 0 ? Time_from_unix(f->arena, known) : NULL;
    asn1_list_add(f->arena, list, status);
    return asks_der(f, oid_contents(OID_id_it_crlStatusList), asn1_open_value(&SEQUENCE_OF_CRLStatus_type, list));
}

static struct CRLSource *by_issuer(struct fixture *f, struct span name)
{
    struct CRLSource *source = CRLSource_new(f->arena);
    struct GeneralName *issuer = GeneralName_new(f->arena);

    issuer->arm = GeneralName_directoryName;
    issuer->directoryName = fixture_decoded_name(f, name);
    source->arm = CRLSource_issuer;
    asn1_list_add(f->arena, &source->issuer, issuer);
    return source;
}

static struct CRLSource *by_dpn(struct fixture *f, const char *uri)
{
    struct CRLSource *source = CRLSource_new(f->arena);

    source->arm = CRLSource_dpn;
    source->dpn = DistributionPointName_new(f->arena);
    source->dpn->arm = DistributionPointName_fullName;
    source->dpn->fullName = *put_names(f, GeneralName_uniformResourceIdentifier, uri);
    return source;
}

static bool crl_is_told(struct fixture *f, struct span crl)
{
    const struct InfoTypeAndValue *info = told(f);
    const struct asn1_list *list = is_told(info, OID_id_it_crls, crl.ptr != NULL) ? info->infoValue.value : NULL;

    return crl.ptr == NULL ? is_told(info, OID_id_it_crls, false)
                           : list != NULL && list->count == 1 &&
                             span_eq(((const struct CertificateList *)list->item[0])->der, crl);
}

static const struct span nothing = { NULL, 0 };

/* holds 9483-4.3.4-01 9483-4.3.4-04 */
CASE(the_latest_CRL_of_an_issuer_is_told)
{
    struct span latest = a_crl(f, f->ca_name, f->now - 30);
    EXPECT_ACCEPTED(asks_for_crl(f, by_issuer(f, f->ca_name), 0));
    EXPECT(crl_is_told(f, latest));
    EXPECT_ACCEPTED(asks_for_crl(f, by_issuer(f, f->ca_name), f->now - 31));
    EXPECT(crl_is_told(f, latest));
}

/* holds 9483-4.3.4-01 9810-5.3.19.17-01 9483-4.3.4-03 */
CASE(a_CRL_that_the_client_has_is_not_told_again)
{
    a_crl(f, f->ca_name, f->now - 30);
    EXPECT_ACCEPTED(asks_for_crl(f, by_issuer(f, f->ca_name), f->now - 30));
    EXPECT(crl_is_told(f, nothing));
    EXPECT_ACCEPTED(asks_for_crl(f, by_issuer(f, f->ca_name), f->now));
    EXPECT(crl_is_told(f, nothing));
}

/* holds 9483-4.3.4-03 */
CASE(a_CRL_of_somebody_else_is_not_told)
{
    a_crl(f, fixture_name(f, "Another CA"), f->now);
    EXPECT_ACCEPTED(asks_for_crl(f, by_issuer(f, fixture_name(f, "Another CA")), 0));
    EXPECT(crl_is_told(f, nothing));
}

static void expect_crl(struct fixture *f, struct CRLSource *source, struct span crl)
{
    EXPECT_ACCEPTED(asks_for_crl(f, source, 0));
    EXPECT(crl_is_told(f, crl));
}

/* holds 9483-4.3.4-02 9483-4.3.4-04 */
CASE(a_distribution_point_is_a_pointer_to_what_is_here)
{
    struct span latest = a_crl(f, f->ca_name, f->now);
    expect_crl(f, by_dpn(f, "http://anywhere.example/pki/demo.crl"), latest);
    expect_crl(f, by_dpn(f, "http://anywhere.example/pki/demo2.crl"), nothing);
    expect_crl(f, by_dpn(f, "http://anywhere.example/pki/demo.crl.old"), nothing);
    expect_crl(f, by_dpn(f, "demo.crl"), nothing);
}

/* The host and the way do not matter; the name does, and that it is one. */
CASE(a_distribution_point_is_known_by_its_name)
{
    struct span latest = a_crl(f, f->ca_name, f->now);
    expect_crl(f, by_dpn(f, "/demo.crl"), latest);
    expect_crl(f, by_dpn(f, "http://anywhere.example/pki/tiny.crl"), nothing);
    expect_crl(f, by_dpn(f, "http://anywhere.example/pki/demo.pem"), nothing);
    struct CRLSource *source = by_dpn(f, "");
    source->dpn->fullName = *put_names(f, GeneralName_dNSName, "anywhere.example/demo.crl");
    expect_crl(f, source, nothing);
    source->dpn->arm = DistributionPointName_nameRelativeToCRLIssuer;
    source->dpn->nameRelativeToCRLIssuer = *(struct asn1_list *)fixture_decoded_name(f, f->ca_name)->rdnSequence.item[0];
    expect_crl(f, source, nothing);
}

CASE(any_of_the_names_of_a_distribution_point_will_do)
{
    struct span latest = a_crl(f, f->ca_name, f->now);
    struct CRLSource *source = by_dpn(f, "http://anywhere.example/other.crl");
    const struct asn1_list *more = put_names(f, GeneralName_uniformResourceIdentifier, "ldap://anywhere.example/demo.crl");
    REQUIRE(asn1_list_add(f->arena, &source->dpn->fullName, more->item[0]));
    expect_crl(f, source, latest);
}

/* RFC 5280 4.2.1.13 has one issuer of a CRL, and it is a directoryName. */
CASE(an_issuer_is_one_directoryName)
{
    a_crl(f, f->ca_name, f->now);
    struct CRLSource *source = by_issuer(f, f->ca_name);
    REQUIRE(asn1_list_add(f->arena, &source->issuer, source->issuer.item[0]));
    expect_crl(f, source, nothing);
    source = by_issuer(f, f->ca_name);
    source->issuer = *put_names(f, GeneralName_dNSName, "ca.example");
    expect_crl(f, source, nothing);
}

CASE(a_crlStatusList_without_value_is_badDataFormat)
{
    EXPECT_REFUSED(asks(f, OID_id_it_crlStatusList), badDataFormat, "id-it-crlStatusList: infoValue is missing");
}

/* holds 9483-4.3.4-01 */
CASE(two_CRLStatus_are_badRequest)
{
    struct draft *d = asks_for_crl(f, by_issuer(f, f->ca_name), 0);
    struct InfoTypeAndValue *info = d->body->genm.item[0];
    struct asn1_list *list = info->infoValue.value;
    REQUIRE(asn1_list_add(f->arena, list, list->item[0]));
    EXPECT_REFUSED(d, badRequest, "want one CRLStatus, have 2");
}
