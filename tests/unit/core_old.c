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
    .transport_can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS, .framed_polling = true
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
