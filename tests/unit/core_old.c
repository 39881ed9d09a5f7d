/* Clients of RFC 2510: pvno 1, and a conf that nobody answers. */
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

static struct draft *old_message(struct fixture *f, int arm)
{
    struct draft *d = draft_new(f, arm);

    d->header->pvno = asn1_put_int(f->arena, PKIHeader_cmp1999);
    return d;
}

static struct draft *make_conf(const struct draft *opening, struct span answer)
{
    struct draft *conf = core_next(opening, PKIBody_pkiconf, answer);

    draft_finish(conf);
    return conf;
}

/* ir and ip. */
static struct heard enrol(struct core *c, struct fixture *f, struct draft *ir)
{
    draft_finish(ir);
    struct heard waiting = core_send(c, ir->der);
    EXPECT_EQ(waiting.kind, CMPGATE_COME_BACK);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    return core_fetch(c, "lan", waiting.reference);
}

static const struct core_setting framed = {
    .transport_can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS, .polling = POLLING_FRAMING
};

CASE(an_old_client_enrols_to_its_end_and_its_conf_is_not_answered)
{
    f->endpoint.cmp1999 = true;
    struct core *c = core_start(f, &framed);
    struct draft *ir = old_message(f, PKIBody_ir);
    struct PKIMessage *m = NULL;
    struct asn1_error err;
    int64_t pvno = 0;

    struct heard ip = enrol(c, f, ir);
    EXPECT_EQ(ip.kind, CMPGATE_ANSWER);
    REQUIRE((m = PKIMessage_decode(ip.message, f->arena, &err)) != NULL);
    EXPECT(asn1_int64(m->header->pvno, &pvno) && pvno == 1);
    EXPECT_EQ(m->body->arm, PKIBody_ip);

    struct draft *conf = make_conf(ir, ip.message);
    struct heard heard = core_send(c, conf->der);
    EXPECT_EQ(heard.kind, CMPGATE_NOTHING);
    EXPECT(heard.message.ptr == NULL);
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    EXPECT_EQ(core_send(c, conf->der).kind, CMPGATE_NOTHING);
    EXPECT_EQ(core_send(c, make_conf(ir, ip.message)->der).kind, CMPGATE_NOTHING);
    core_stop(c);
}

/* A client that has neither nonces nor long transactionIDs cannot do else. */
CASE(a_conf_without_nonces_confirms)
{
    f->endpoint.cmp1999 = true;
    struct core *c = core_start(f, &framed);
    struct draft *ir = old_message(f, PKIBody_ir);
    struct PKIMessage *m = NULL;
    struct asn1_error err;

    ir->header->transactionID = put_text(f, "7");
    ir->header->senderNonce = (struct span){ NULL, 0 };
    struct heard ip = enrol(c, f, ir);
    EXPECT_EQ(ip.kind, CMPGATE_ANSWER);
    REQUIRE((m = PKIMessage_decode(ip.message, f->arena, &err)) != NULL);
    EXPECT(m->header->recipNonce.ptr == NULL);
    EXPECT_EQ(m->body->arm, PKIBody_ip);
    EXPECT_EQ(m->header->generalInfo.count, 0);

    struct draft *conf = core_next(ir, PKIBody_pkiconf, ip.message);
    conf->header->senderNonce = conf->header->recipNonce = (struct span){ NULL, 0 };
    draft_finish(conf);
    EXPECT_EQ(core_send(c, conf->der).kind, CMPGATE_NOTHING);
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    core_stop(c);
}

CASE(a_conf_with_a_wrong_recipNonce_confirms_nothing)
{
    f->endpoint.cmp1999 = true;
    struct core *c = core_start(f, &framed);
    struct draft *ir = old_message(f, PKIBody_ir);
    struct heard ip = enrol(c, f, ir);
    struct PKIMessage *m = NULL;
    struct asn1_error err;

    struct draft *conf = core_next(ir, PKIBody_pkiconf, ip.message);
    conf->header->recipNonce = put_text(f, "sixteen octets..");
    draft_finish(conf);
    struct heard heard = core_send(c, conf->der);
    REQUIRE((m = PKIMessage_decode(heard.message, f->arena, &err)) != NULL && m->body->arm == PKIBody_error);
    EXPECT_EQ(asn1_named_bits(m->body->error->pKIStatusInfo->failInfo), PKIFailureInfo_badRecipientNonce);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    core_stop(c);
}

/* ---- what RFC 2510 leaves open, only to those who speak it, only where they are served --------------------------- */

static struct draft *ir_of(struct fixture *f, int64_t pvno, const char *transactionID, const char *senderNonce)
{
    struct draft *d = draft_new(f, PKIBody_ir);

    d->header->pvno = asn1_put_int(f->arena, pvno);
    d->header->transactionID = transactionID != NULL ? put_text(f, transactionID) : (struct span){ NULL, 0 };
    d->header->senderNonce = senderNonce != NULL ? put_text(f, senderNonce) : (struct span){ NULL, 0 };
    return d;
}

static const char sixteen[] = "sixteen octets..";
static const char octets_65[] = "12345678901234567890123456789012345678901234567890123456789012345";

CASE(an_old_transactionID_may_be_short)
{
    f->endpoint.cmp1999 = true;
    EXPECT_ACCEPTED(ir_of(f, PKIHeader_cmp1999, "7", sixteen));
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp2000, "7", sixteen), badDataFormat, "transactionID: want 16");
}

CASE(an_old_message_still_needs_a_transactionID_that_can_be_stored)
{
    f->endpoint.cmp1999 = true;
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp1999, NULL, sixteen), badDataFormat, "transactionID is missing");
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp1999, "", sixteen), badDataFormat, "have 0");
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp1999, octets_65, sixteen), badDataFormat, "have 65");
}

CASE(an_old_senderNonce_may_be_absent_or_short)
{
    f->endpoint.cmp1999 = true;
    EXPECT_ACCEPTED(ir_of(f, PKIHeader_cmp1999, sixteen, NULL));
    EXPECT_ACCEPTED(ir_of(f, PKIHeader_cmp1999, "another of those", "short"));
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp2000, sixteen, NULL), badSenderNonce, "senderNonce is missing");
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp2000, sixteen, "short"), badSenderNonce, "have 5");
    EXPECT_REFUSED(ir_of(f, PKIHeader_cmp1999, sixteen, octets_65), badSenderNonce, "have 65");
}

CASE(an_old_client_is_not_granted_implicitConfirm_which_it_cannot_know)
{
    f->endpoint.cmp1999 = true;
    for (int64_t pvno = PKIHeader_cmp1999; pvno <= PKIHeader_cmp2000; pvno++) {
        struct draft *d = ir_of(f, pvno, sixteen, sixteen);
        draft_info(d, OID_id_it_implicitConfirm, &NULL__type, value_of(f, asn1_null()));
        EXPECT_ACCEPTED(d);
        EXPECT_EQ(f->request.implicit_confirm, pvno != PKIHeader_cmp1999);
    }
}

CASE(an_old_client_is_refused_where_it_is_not_provided_for)
{
    struct core *c = core_start(f, &framed);
    struct draft *ir = old_message(f, PKIBody_ir);
    struct PKIMessage *m = NULL;
    struct asn1_error err;
    int64_t pvno = 0;

    draft_finish(ir);
    struct heard heard = core_send(c, ir->der);
    EXPECT_EQ(heard.kind, CMPGATE_ANSWER);
    REQUIRE((m = PKIMessage_decode(heard.message, f->arena, &err)) != NULL && m->body->arm == PKIBody_error);
    EXPECT(asn1_int64(m->header->pvno, &pvno) && pvno == 2);
    EXPECT_EQ(asn1_named_bits(m->body->error->pKIStatusInfo->failInfo), PKIFailureInfo_unsupportedVersion);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    core_stop(c);
}

/* holds 9810-5.3.17-01 */
CASE(a_conf_of_a_client_of_today_confirms_nothing)
{
    f->endpoint.cmp1999 = true;
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct heard ip = enrol(c, f, ir);
    struct PKIMessage *m = NULL;
    struct asn1_error err;

    struct heard heard = core_send(c, make_conf(ir, ip.message)->der);
    EXPECT_EQ(heard.kind, CMPGATE_ANSWER);
    REQUIRE((m = PKIMessage_decode(heard.message, f->arena, &err)) != NULL && m->body->arm == PKIBody_error);
    EXPECT_EQ(asn1_named_bits(m->body->error->pKIStatusInfo->failInfo), PKIFailureInfo_badRequest);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    core_stop(c);
}
