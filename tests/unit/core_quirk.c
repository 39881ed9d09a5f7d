/* Quirks that go through the whole core: what is stored, told and repeated. */
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

static const struct core_setting framed = {
    .transport_can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS, .polling = POLLING_FRAMING
};

/* ir and ip, with implicit confirmation. */
static struct draft *enrolled(struct core *c, struct fixture *f, struct span *answer)
{
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_info(ir, OID_id_it_implicitConfirm, &NULL__type, value_of(f, asn1_null()));
    draft_finish(ir);
    struct heard waiting = core_send(c, ir->der);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    *answer = core_fetch(c, "lan", waiting.reference).message;
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    return ir;
}

static struct span certificate_of(struct fixture *f, struct span answer)
{
    struct asn1_error err;
    struct PKIMessage *ip = PKIMessage_decode(answer, f->arena, &err);
    struct CertResponse *r = ip->body->ip->response.item[0];

    return r->certifiedKeyPair->certOrEncCert->certificate->der;
}

static struct draft *confirms(struct fixture *f, const struct draft *ir, struct span answer, bool rightly)
{
    struct draft *d = core_next(ir, PKIBody_certConf, answer);

    draft_confirms(d, &(struct holder){ .certificate = rightly ? certificate_of(f, answer) : f->ca.certificate });
    draft_finish(d);
    return d;
}

CASE(a_certConf_that_nobody_waits_for_is_a_quirk)
{
    struct core *c = core_start(f, &framed);
    struct span answer;
    struct draft *ir = enrolled(c, f, &answer);
    struct draft *certConf = confirms(f, ir, answer, true);

    struct heard heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_error);
    core_stop(c);

    fixture_tolerate(f, QUIRK_NEEDLESS_CERTCONF);
    c = core_start(f, &framed);
    heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    certConf = confirms(f, ir, answer, true);
    heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    certConf = confirms(f, ir, answer, false);
    heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_error);
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    core_stop(c);
}

/* Sent again, it is the same transaction: one order, and one certificate. */
CASE(a_transaction_without_a_name_is_one_all_the_same)
{
    fixture_tolerate(f, QUIRK_NO_TRANSACTION_ID);
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct asn1_error err;
    uint8_t digest[32];

    ir->header->transactionID = (struct span){ NULL, 0 };
    draft_finish(ir);
    struct heard waiting = core_send(c, ir->der);
    EXPECT_EQ(waiting.kind, CMPGATE_COME_BACK);
    EXPECT_EQ(core_send(c, ir->der).reference, waiting.reference);
    EXPECT_EQ(core_orders(c), 1);

    crypto_sha256(ir->der, digest);
    ir->header->transactionID = (struct span){ digest, 16 };
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    struct heard ip = core_fetch(c, "lan", waiting.reference);
    struct PKIMessage *m = PKIMessage_decode(ip.message, f->arena, &err);
    REQUIRE(m != NULL && m->body->arm == PKIBody_ip);
    EXPECT(span_eq(m->header->transactionID, ir->header->transactionID));

    struct draft *certConf = confirms(f, ir, ip.message, true);
    struct heard heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    core_stop(c);
}

static void used_once(struct secret *s) { s->uses = 1; }

/* What takes a use of the secret is found where the secret was. */
CASE(a_reference_in_the_sender_is_used_up_as_ever)
{
    fixture_tolerate(f, QUIRK_KID_IN_SENDER);
    fixture_secret(f, REFERENCE, PASSWORD, used_once);
    struct core *c = core_start(f, &framed);

    for (int i = 0; i < 2; i++) {
        struct draft *ir = draft_new(f, PKIBody_ir);
        ir->header->sender->directoryName = fixture_decoded_name(f, fixture_name(f, REFERENCE));
        ir->header->senderKID = (struct span){ NULL, 0 };
        draft_finish(ir);
        struct heard heard = core_send(c, ir->der);
        EXPECT_EQ(heard.kind, i == 0 ? CMPGATE_COME_BACK : CMPGATE_ANSWER);
    }
    EXPECT_EQ(core_orders(c), 1);
    core_stop(c);
}

static struct draft *odd_ir(struct fixture *f)
{
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    struct span proof = POPOSigningKey_encode(ir->request->popo->signature, f->arena);
    ir->request->popo = ProofOfPossession_new(f->arena);
    ir->request->popo->der = asn1_tlv(f->arena, DER_CONTEXT_CONSTRUCTED | ProofOfPossession_signature, proof);
    ir->header->sender = GeneralName_new(f->arena);
    ir->header->sender->der = span_of("\xa4\x00");
    ir->keep_popo = true;
    draft_finish(ir);
    return ir;
}

/* The store has it as it came, and the answer is made when the outcome is there. */
CASE(what_does_not_decode_runs_to_its_end)
{
    struct core *c = core_start(f, &framed);
    struct draft *ir = odd_ir(f);
    struct PKIMessage *m = NULL;

    struct heard refusal = core_send(c, ir->der);
    EXPECT_BODY(refusal, ir, PKIBody_error);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    core_stop(c);

    fixture_tolerate(f, QUIRK_ODD_NAME);
    fixture_tolerate(f, QUIRK_ODD_POPO);
    c = core_start(f, &framed);
    struct heard waiting = core_send(c, ir->der);
    EXPECT_EQ(waiting.kind, CMPGATE_COME_BACK);
    EXPECT_EQ(core_send(c, ir->der).reference, waiting.reference);
    EXPECT_EQ(core_orders(c), 1);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    struct heard ip = core_fetch(c, "lan", waiting.reference);
    EXPECT_STR(core_fault(f, ir, &ip, &m), "");
    EXPECT(m != NULL && m->body->arm == PKIBody_ip);
    struct draft *certConf = confirms(f, ir, ip.message, true);
    struct heard heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    core_stop(c);
}

/* Nothing is stored where a nonce would be, and nothing is given back. */
CASE(a_transaction_without_nonces_runs_to_its_end)
{
    fixture_tolerate(f, QUIRK_NO_NONCE);
    fixture_tolerate(f, QUIRK_NO_RECIP_NONCE);
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct PKIMessage *m = NULL;

    ir->header->senderNonce = (struct span){ NULL, 0 };
    draft_finish(ir);
    struct heard waiting = core_send(c, ir->der);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    struct heard ip = core_fetch(c, "lan", waiting.reference);
    EXPECT_STR(core_fault(f, ir, &ip, &m), "");
    EXPECT(m != NULL && m->header->recipNonce.ptr == NULL);

    struct draft *certConf = core_next(ir, PKIBody_certConf, ip.message);
    draft_confirms(certConf, &(struct holder){ .certificate = certificate_of(f, ip.message) });
    certConf->header->senderNonce = certConf->header->recipNonce = (struct span){ NULL, 0 };
    draft_finish(certConf);
    struct heard heard = core_send(c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    core_stop(c);
}
