/* What we answer (RFC 9810 5.1, 5.3; RFC 9483 3.1 to 3.3, 4). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

static struct PKIMessage *answered(struct fixture *f, struct span der)
{
    struct PKIMessage *m;

    EXPECT_STR(answer_fault(f, der, &m), "");
    return m;
}

static bool by_mac(const struct PKIMessage *m)
{
    return oid_find(m->header->protectionAlg->algorithm) == OID_id_PasswordBasedMac;
}

static bool carries(const struct asn1_list *certificates, size_t at, const struct holder *h)
{
    const struct CMPCertificate *c = at < certificates->count ? certificates->item[at] : NULL;

    return c != NULL && span_eq(c->der, h->certificate);
}

static struct CertResponse *response(const struct PKIMessage *m)
{
    return m->body->ip->response.item[0];
}

/* ---- ip, cp, kup ----------------------------------------------------------------------------- */

/* The answer with a certificate to an opening request of this body. */
static struct PKIMessage *certified(struct fixture *f, struct draft *d, struct respond_certificate *c,
                                    struct holder *issued)
{
    struct respond how = { .in = &f->in };

    EXPECT_ACCEPTED(d);
    *issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    c->operation = d->body->arm;
    c->certReqId = f->request.certReqId;
    c->certificate = issued->certificate;
    struct PKIMessage *m = answered(f, respond_certificate(&how, c));
    EXPECT(m == NULL ||
           span_eq(m->header->senderNonce, (struct span){ how.senderNonce, sizeof how.senderNonce }));
    return m;
}

/* holds 9483-3.1-05 9483-3.1-08 9483-3.1-14 9483-3.1-16 9483-4.1.1-20 9483-4.1.1-21 9483-4.1.1-22 */
/* holds 9483-4.1.1-23 9483-4.1.1-24 9483-4.1.1-26 9483-4.1.1-32 9483-4.1.5-01 9483-4.1.5-20 9810-5.3.4-02 */
CASE(an_ir_is_answered_with_ip_under_its_own_MAC)
{
    struct holder h;
    struct respond_certificate c = { .confirm_until = f->now + 300 };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_ir), &c, &h);
    int64_t id, status, until;
    REQUIRE(m != NULL);
    EXPECT(by_mac(m));
    EXPECT_EQ(m->body->arm, PKIBody_ip);
    REQUIRE(m->body->ip->response.count == 1);
    EXPECT(asn1_int64(response(m)->certReqId, &id) && id == 0);
    EXPECT(asn1_int64(response(m)->status->status, &status) && status == PKIStatus_accepted);
    EXPECT(response(m)->status->failInfo.ptr == NULL);
    EXPECT(span_eq(response(m)->certifiedKeyPair->certOrEncCert->certificate->der, h.certificate));
    EXPECT_EQ(m->body->ip->caPubs.count, 0);
    EXPECT_EQ(m->extraCerts.count, 0);
    const struct span *wait = GeneralInfo_value(&m->header->generalInfo, OID_id_it_confirmWaitTime);
    EXPECT(wait != NULL && asn1_time(*wait, &until) && until == f->now + 300);
    EXPECT(GeneralInfo_find(&m->header->generalInfo, OID_id_it_implicitConfirm) == NULL);
}

/* holds 9483-4.1.5-03 9810-5.1.3.1-02 */
CASE(the_answer_takes_salt_and_count_from_the_request)
{
    struct holder h;
    struct respond_certificate c = { .confirm_until = 0 };
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->protectionAlg = put_pbm(f, OID_sha512, OID_hMAC_SHA1, 777);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT(span_eq(m->header->protectionAlg->der, f->in.header->protectionAlg->der));
}

/* holds 9483-3.1-13 9483-3.1-15 9483-4.1.1-31 9810-5.1.1.1-01 */
CASE(implicitConfirm_is_granted_in_the_header)
{
    struct holder h;
    struct respond_certificate c = { .implicit_confirm = true, .confirm_until = f->now + 300 };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_ir), &c, &h);
    REQUIRE(m != NULL);
    EXPECT(GeneralInfo_value(&m->header->generalInfo, OID_id_it_implicitConfirm) != NULL);
    EXPECT(GeneralInfo_find(&m->header->generalInfo, OID_id_it_confirmWaitTime) == NULL);
}

/* holds 9483-4.1.1-22 */
CASE(modifications_are_said)
{
    struct holder h;
    int64_t status;
    struct respond_certificate c = { .modified = true };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_ir), &c, &h);
    REQUIRE(m != NULL);
    EXPECT(asn1_int64(response(m)->status->status, &status) && status == PKIStatus_grantedWithMods);
}

/* holds 9483-3.1-02 9483-3.1-07 9483-3.2-01 */
CASE(a_signed_cr_is_answered_with_a_signed_cp)
{
    struct holder h, signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct respond_certificate c = { .confirm_until = f->now + 300 };
    struct draft *d = draft_new(f, PKIBody_cr);
    draft_sign(d, &signer);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT(!by_mac(m));
    EXPECT_EQ(m->body->arm, PKIBody_cp);
}

/* holds 9483-3.1-06 */
CASE(every_kind_of_signer_signs)
{
    static const char *const types[] = { "rsa-2048", "ecdsa-p384", "ed25519" };

    for (size_t i = 0; i < 3; i++) {
        struct holder h, signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
        struct respond_certificate c = { .confirm_until = 0 };
        struct draft *d = draft_new(f, PKIBody_cr);
        f->server.key = f->signer.key = fixture_key(f, types[i]);
        draft_sign(d, &signer);
        struct PKIMessage *m = certified(f, d, &c, &h);
        REQUIRE(m != NULL);
    }
}

/* holds 9483-4.1.3-20 */
CASE(a_kur_is_answered_with_kup)
{
    struct holder h, signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct respond_certificate c = { .caPubs = true };
    struct draft *d = draft_new(f, PKIBody_kur);
    draft_about(d, &signer);
    draft_sign(d, &signer);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->arm, PKIBody_kup);
    EXPECT_EQ(m->body->kup->caPubs.count, 0);
}

/* holds 9483-4.1.4-20 9810-5.3.4-01 */
CASE(a_p10cr_is_answered_with_cp_and_minus_1)
{
    struct holder h;
    int64_t id;
    struct respond_certificate c = { .confirm_until = 0 };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_p10cr), &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->arm, PKIBody_cp);
    EXPECT(asn1_int64(response(m)->certReqId, &id) && id == -1);
}

/* holds 9483-4.1.1-28 */
CASE(caPubs_brings_the_root_under_a_MAC)
{
    struct holder h;
    struct respond_certificate c = { .caPubs = true };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_ir), &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->ip->caPubs.count, 1);
    EXPECT(carries(&m->body->ip->caPubs, 0, &f->ca));
}

/* holds 9483-4.1.2-20 */
CASE(caPubs_comes_in_ip_only)
{
    struct holder h;
    struct respond_certificate c = { .caPubs = true };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_cr), &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->cp->caPubs.count, 0);
}

/* holds 9483-4.1.2-20 */
CASE(caPubs_does_not_come_with_a_signature)
{
    struct holder h, signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct respond_certificate c = { .caPubs = true };
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &signer);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->ip->caPubs.count, 0);
}

/* 3GPP TS 33.310: the anchor of a base station. */
CASE(the_root_is_in_extraCerts_of_an_ip_where_the_profile_says_so)
{
    struct holder h, signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct respond_certificate c = { .roots = true, .chain = &f->ca.certificate, .chain_count = 1 };
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &signer);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    REQUIRE(m->extraCerts.count == 2);
    EXPECT(carries(&m->extraCerts, 0, &f->server));
    EXPECT(carries(&m->extraCerts, 1, &f->ca));
    d = draft_new(f, PKIBody_cr);
    draft_sign(d, &signer);
    m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->extraCerts.count, 1);
}

/* Stand-ins for intermediate CAs: only that they are not self-issued matters here. */
/* holds 9483-3.3-01 9483-3.3-02 9483-3.3-03 9483-3.4-01 */
CASE(extraCerts_are_signer_chain_and_issuers_without_roots_and_repetitions)
{
    struct holder h, signer = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct holder one = fixture_holder(f, "CA one", "ecdsa-p256", HOLDER_STRANGER);
    struct holder two = fixture_holder(f, "CA two", "ecdsa-p256", HOLDER_STRANGER);
    struct span server_chain[] = { one.certificate, f->ca.certificate };
    struct span issued_chain[] = { two.certificate, one.certificate, f->ca.certificate };
    struct respond_certificate c = { .chain = issued_chain, .chain_count = 3 };
    struct draft *d = draft_new(f, PKIBody_cr);
    f->signer.chain = server_chain;
    f->signer.chain_count = 2;
    draft_sign(d, &signer);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->extraCerts.count, 3);
    EXPECT(carries(&m->extraCerts, 0, &f->server));
    EXPECT(carries(&m->extraCerts, 1, &one));
    EXPECT(carries(&m->extraCerts, 2, &two));
}

/* holds 9483-3.3-02 9483-4.1.5-20 */
CASE(under_a_MAC_extraCerts_are_the_issuers_only)
{
    struct holder h, one = fixture_holder(f, "CA one", "ecdsa-p256", HOLDER_STRANGER);
    struct span chain[] = { one.certificate, f->ca.certificate };
    struct respond_certificate c = { .chain = chain, .chain_count = 2 };
    struct PKIMessage *m = certified(f, draft_new(f, PKIBody_ir), &c, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->extraCerts.count, 1);
    EXPECT(carries(&m->extraCerts, 0, &one));
}

/* holds 9483-3.1-01 9810-7-01 */
CASE(pvno_3_is_answered_with_pvno_3)
{
    struct holder h;
    int64_t pvno;
    struct respond_certificate c = { .confirm_until = 0 };
    struct draft *d = draft_new(f, PKIBody_ir);
    d->header->pvno = asn1_put_int(f->arena, 3);
    struct PKIMessage *m = certified(f, d, &c, &h);
    REQUIRE(m != NULL);
    EXPECT(asn1_int64(m->header->pvno, &pvno) && pvno == 3);
}

/* holds 9483-3.1-11 */
CASE(an_answer_that_is_given_again_keeps_its_senderNonce_and_echoes_the_new_one)
{
    struct respond how = { .in = &f->in, .again = span_of("as sent before..") };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct asn1_error err;
    struct PKIMessage *m = PKIMessage_decode(respond_pkiconf(&how), f->arena, &err);
    REQUIRE(m != NULL);
    EXPECT(span_eq(m->header->senderNonce, span_of("as sent before..")));
    EXPECT(memcmp(how.senderNonce, "as sent before..", sizeof how.senderNonce) == 0);
    EXPECT(span_eq(m->header->recipNonce, f->in.header->senderNonce));
}

/* holds 9483-3.1-10 */
CASE(two_answers_do_not_share_a_nonce)
{
    struct respond one = { .in = &f->in }, two = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    REQUIRE(respond_pkiconf(&one).ptr != NULL && respond_pkiconf(&two).ptr != NULL);
    EXPECT(memcmp(one.senderNonce, two.senderNonce, sizeof one.senderNonce) != 0);
}

/* ---- the others ------------------------------------------------------------------------------ */

/* holds 9483-4.2-05 9483-4.2-06 9483-4.2-07 9483-5.1.3-04 */
CASE(a_revocation_is_answered_with_rp)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct respond how = { .in = &f->in };
    struct draft *d = draft_new(f, PKIBody_rr);
    int64_t status;
    draft_about(d, &h);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    struct PKIMessage *m = answered(f, respond_revoked(&how, h.certificate));
    REQUIRE(m != NULL && m->body->arm == PKIBody_rp);
    EXPECT_EQ(m->body->rp->status.count, 1);
    EXPECT(asn1_int64(((struct PKIStatusInfo *)m->body->rp->status.item[0])->status, &status) &&
           status == PKIStatus_accepted);
    REQUIRE(m->body->rp->revCerts.count == 1);
    const struct CertId *id = m->body->rp->revCerts.item[0];
    EXPECT(span_eq(id->serialNumber, h.row->serial));
    EXPECT(span_eq(id->issuer->directoryName->der, h.row->issuer));
}

static int64_t waiting_status(const struct PKIStatusInfo *info)
{
    int64_t status = -1;
    return asn1_int64(info->status, &status) && info->failInfo.ptr == NULL ? status : -1;
}

/* holds 9483-4.4-01 9483-4.4-03 9810-5.3.4-02 */
CASE(waiting_for_a_certificate_is_said_in_its_response)
{
    struct respond how = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct PKIMessage *m = answered(f, respond_waiting(&how, PKIBody_ir, 0));
    REQUIRE(m != NULL && m->body->arm == PKIBody_ip);
    EXPECT_EQ(waiting_status(response(m)->status), PKIStatus_waiting);
    EXPECT(response(m)->certifiedKeyPair == NULL);
    m = answered(f, respond_waiting(&how, PKIBody_kur, 0));
    EXPECT(m != NULL && m->body->arm == PKIBody_kup);
    m = answered(f, respond_waiting(&how, PKIBody_p10cr, -1));
    EXPECT(m != NULL && m->body->arm == PKIBody_cp);
}

/* holds 9483-4.4-02 9483-3.6.4-03 */
CASE(waiting_for_a_revocation_is_said_in_error)
{
    struct respond how = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct PKIMessage *m = answered(f, respond_waiting(&how, PKIBody_rr, -1));
    REQUIRE(m != NULL && m->body->arm == PKIBody_error);
    EXPECT_EQ(waiting_status(m->body->error->pKIStatusInfo), PKIStatus_waiting);
}

/* holds 9483-4.4-06 9483-4.4-07 */
CASE(pollRep_says_when_to_come_back)
{
    struct respond how = { .in = &f->in };
    int64_t id, seconds;
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct PKIMessage *m = answered(f, respond_pollRep(&how, -1, 30, "an operator has to look at it"));
    REQUIRE(m != NULL && m->body->arm == PKIBody_pollRep && m->body->pollRep.count == 1);
    const struct PollRep *rep = m->body->pollRep.item[0];
    EXPECT(asn1_int64(rep->certReqId, &id) && id == -1);
    EXPECT(asn1_int64(rep->checkAfter, &seconds) && seconds == 30);
    REQUIRE(rep->reason.count == 1);
    EXPECT(span_eq(*(struct span *)rep->reason.item[0], span_of("an operator has to look at it")));
}

CASE(a_pollRep_without_a_reason_has_none)
{
    static const char *const none[] = { NULL, "" };
    struct respond how = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    for (size_t i = 0; i < 2; i++) {
        struct PKIMessage *m = answered(f, respond_pollRep(&how, 0, 30, none[i]));
        REQUIRE(m != NULL && m->body->pollRep.count == 1);
        EXPECT_EQ(((const struct PollRep *)m->body->pollRep.item[0])->reason.count, 0);
    }
}

CASE(an_answer_that_cannot_be_protected_is_none)
{
    struct respond how = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    f->config.iterations_max = 1000;
    EXPECT(respond_pkiconf(&how).ptr != NULL);
    f->config.iterations_max = 999;
    EXPECT(respond_pkiconf(&how).ptr == NULL);
}

/* Whatever has no response of its own is refused in error, wherever the mistake was found. */
CASE(what_has_no_response_of_its_own_is_refused_in_error)
{
    static const int arms[] = { PKIBody_genm, PKIBody_nested, PKIBody_pollReq, PKIBody_certConf };
    struct respond how = { .in = &f->in };
    struct refusal no = { .failure = FAIL_badRequest, .in_body = true, .text = "" };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    for (size_t i = 0; i < sizeof arms / sizeof *arms; i++) {
        struct PKIMessage *m = answered(f, respond_refusal(&how, arms[i], 0, &no));
        REQUIRE(m != NULL && m->body->arm == PKIBody_error);
        EXPECT_EQ(m->body->error->pKIStatusInfo->statusString.count, 0);
        EXPECT_EQ(asn1_named_bits(m->body->error->pKIStatusInfo->failInfo), PKIFailureInfo_badRequest);
    }
}

/* Better none than one that says nothing. */
CASE(without_a_certificate_there_is_no_answer_with_one)
{
    struct respond how = { .in = &f->in };
    struct respond_certificate c = { .operation = PKIBody_ir };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(respond_certificate(&how, &c).ptr == NULL);
    EXPECT(respond_revoked(&how, span_of("\x30\x00")).ptr == NULL);
}

/* RFC 2510 has neither implicitConfirm nor confirmWaitTime. */
CASE(an_answer_of_1999_has_no_generalInfo)
{
    struct draft *d = draft_new(f, PKIBody_ir);
    struct holder h;
    struct respond_certificate until = { .confirm_until = f->now + 300 }, implicit = { .implicit_confirm = true };
    f->endpoint.cmp1999 = true;
    d->header->pvno = asn1_put_int(f->arena, 1);
    struct PKIMessage *m = certified(f, d, &until, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->header->generalInfo.count, 0);
    m = certified(f, d, &implicit, &h);
    REQUIRE(m != NULL);
    EXPECT_EQ(m->header->generalInfo.count, 0);
}

CASE(the_answers_to_a_batch_are_as_they_were_made)
{
    struct respond how = { .in = &f->in };
    struct span parts[2];
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    parts[0] = respond_pkiconf(&how);
    parts[1] = respond_pollRep(&how, 0, 30, NULL);
    struct PKIMessage *m = answered(f, respond_nested(&how, parts, 2));
    REQUIRE(m != NULL && m->body->arm == PKIBody_nested && m->body->nested.count == 2);
    for (size_t i = 0; i < 2; i++) {
        EXPECT(span_eq(((const struct PKIMessage *)m->body->nested.item[i])->der, parts[i]));
    }
}

/* holds 9483-4.1.1-49 9483-4.1.1-50 */
CASE(pkiconf_is_protected)
{
    struct respond how = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct PKIMessage *m = answered(f, respond_pkiconf(&how));
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->arm, PKIBody_pkiconf);
    EXPECT(by_mac(m));
    EXPECT_EQ(m->header->generalInfo.count, 0);
}

/* A message of which only the header can be read still gets an answer with its IDs. */
/* holds 9483-3.5-02 */
CASE(a_message_whose_body_is_broken_is_refused_with_its_IDs)
{
    struct respond how = { .in = &f->in };
    struct draft *d = draft_new(f, PKIBody_ir);
    EXPECT_ACCEPTED(d);
    f->in.message = NULL;
    f->in.sender = (struct sender){ .of_this_ca = false };
    refuse(&f->no, FAIL_badDataFormat, "PKIBody at 77: truncated");
    struct PKIMessage *m = answered(f, respond_refusal(&how, -1, 0, &f->no));
    REQUIRE(m != NULL);
    EXPECT_EQ(m->body->arm, PKIBody_error);
    EXPECT(!by_mac(m));
}

CASE(a_secret_that_is_gone_leaves_a_signature)
{
    struct respond how = { .in = &f->in };
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    inbound_wipe(&f->in);
    struct PKIMessage *m = answered(f, respond_pkiconf(&how));
    REQUIRE(m != NULL);
    EXPECT(!by_mac(m));
}

CASE(a_secret_is_wiped)
{
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    struct span was = f->in.sender.secret_value;
    static const uint8_t zero[sizeof PASSWORD - 1];
    REQUIRE(was.len == sizeof zero);
    inbound_wipe(&f->in);
    EXPECT(memcmp(was.ptr, zero, sizeof zero) == 0);
    EXPECT(f->in.sender.secret_value.ptr == NULL);
}

/* ---- texts ----------------------------------------------------------------------------------- */

CASE(a_long_text_is_cut_between_characters)
{
    char e_acute[601];
    for (size_t i = 0; i < 300; i++) {
        memcpy(e_acute + 2 * i, "\xc3\xa9", 3);
    }
    EXPECT_ACCEPTED(draft_new(f, PKIBody_ir));
    EXPECT(!refuse(&f->no, FAIL_badRequest, "%s", e_acute));
    f->in_request = false;
    EXPECT_EQ(strlen(f->no.text), 239);
    EXPECT_EQ(f->no.text[238], '?');
    EXPECT_STR(refusal_fault(f, true), "");
}

CASE(every_failure_has_its_name)
{
    EXPECT(f != NULL);
    EXPECT_STR(failure_name(FAIL_badAlg), "badAlg");
    EXPECT_STR(failure_name(FAIL_transactionIdInUse), "transactionIdInUse");
    EXPECT_STR(failure_name(FAIL_duplicateCertReq), "duplicateCertReq");
}
