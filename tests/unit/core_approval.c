/* Requests that wait for an operator: no backend hears of them before, and one decision counts. */
#include <time.h>

#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

static const struct core_setting plain = { .hold = 5 };

static struct core *start(struct fixture *f, const struct core_setting *s)
{
    f->profiles[0].approval_deadline = f->profiles[0].approval_deadline != 0 ? f->profiles[0].approval_deadline : 3600;
    return core_start(f, s);
}

/* Sends a request and is told to wait at once. */
static struct heard ask(struct core *c, struct draft *d)
{
    draft_finish(d);
    struct heard heard = core_send(c, d->der);
    EXPECT_EQ(core_phase(c, d), PHASE_WAITING);
    return heard;
}

static bool keep_order(void *context, const struct order *o)
{
    *(struct order *)context = *o;
    return true;
}

static enum commit_result decide_as(struct fixture *f, const uint8_t order[STORE_ORDER_ID], bool granted)
{
    struct decision decision = { .granted = granted, .reason = granted ? NULL : "unknown device", .at = time(NULL) };

    memcpy(decision.order, order, sizeof decision.order);
    return store_apply(f->store, &(struct change){ .decision = &decision });
}

/* The one that waits. */
static struct order pending(struct fixture *f)
{
    struct order o = { .due = 0 };

    EXPECT(store_each_pending(f->store, keep_order, &o));
    EXPECT_EQ(o.approval, APPROVAL_PENDING);
    return o;
}

static struct heard poll_for(struct core *c, const struct draft *opening, struct span answer)
{
    struct draft *poll = core_next(opening, PKIBody_pollReq, answer);

    draft_finish(poll);
    return core_send(c, poll->der);
}

CASE(a_backend_hears_of_a_request_when_it_has_been_approved)
{
    struct core *c = start(f, &plain);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct heard waiting = ask(c, ir);

    EXPECT_BODY(waiting, ir, PKIBody_ip);
    struct draft *poll = core_next(ir, PKIBody_pollReq, waiting.message);
    struct PKIMessage *m = NULL;
    draft_finish(poll);
    struct heard polled = core_send(c, poll->der);
    EXPECT_STR(core_fault(f, poll, &polled, &m), "");
    REQUIRE(m != NULL && m->body->arm == PKIBody_pollRep);
    const struct PollRep *rep = m->body->pollRep.item[0];
    EXPECT(rep->reason.count == 1 && span_eq(*(struct span *)rep->reason.item[0], span_of("waits for approval")));
    EXPECT_EQ(core_orders(c), 0);
    EXPECT_EQ(decide_as(f, pending(f).id, true), COMMIT_DONE);
    core_wait_for_order(c, 1);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    EXPECT_EQ(poll_for(c, ir, polled.message).kind, CMPGATE_ANSWER);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    EXPECT_EQ(core_orders(c), 1);
    core_stop(c);
}

static bool count_order(void *context, const struct order *o)
{
    (void)o;
    ++*(unsigned *)context;
    return true;
}

/* A wrong proof, or an rr for what there is not. */
static struct draft *wrong_request(struct fixture *f, int arm)
{
    struct draft *d = draft_new(f, arm);

    if (arm == PKIBody_kur || arm == PKIBody_rr) {
        struct holder *h = arena_zalloc(f->arena, sizeof *h);
        *h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
        draft_about(d, h);
        draft_sign(d, h);
    }
    if (arm == PKIBody_rr) {
        d->template->serialNumber = asn1_put_int(f->arena, 7);
    }
    d->damage_pop = true;
    draft_finish(d);
    return d;
}

/* holds 9483-5.1.5-01 */
CASE(what_is_wrong_with_a_request_is_said_before_anybody_must_approve_it)
{
    static const int arms[] = { PKIBody_ir, PKIBody_cr, PKIBody_p10cr, PKIBody_kur, PKIBody_rr };
    struct core *c = start(f, &plain);
    unsigned pending_orders = 0;

    for (size_t i = 0; i < sizeof arms / sizeof *arms; i++) {
        struct draft *d = wrong_request(f, arms[i]);
        struct heard heard = core_send(c, d->der);
        struct PKIMessage *m = NULL;
        EXPECT_STR(core_fault(f, d, &heard, &m), "");
        REQUIRE(m != NULL && m->body->arm == answer_arm(arms[i]));
        EXPECT_EQ(asn1_named_bits(answer_status(m->body)->failInfo),
                  arms[i] == PKIBody_rr ? PKIFailureInfo_badCertId : PKIFailureInfo_badPOP);
        EXPECT_EQ(core_phase(c, d), PHASE_NONE);
    }
    EXPECT(store_each_pending(f->store, count_order, &pending_orders));
    EXPECT_EQ(pending_orders, 0);
    EXPECT_EQ(core_orders(c), 0);
    core_stop(c);
}

CASE(the_first_decision_counts)
{
    struct core *c = start(f, &plain);
    struct draft *ir = draft_new(f, PKIBody_ir);

    ask(c, ir);
    struct order o = pending(f);
    EXPECT_EQ(decide_as(f, o.id, true), COMMIT_DONE);
    EXPECT_EQ(decide_as(f, o.id, true), COMMIT_LOST);
    EXPECT_EQ(decide_as(f, o.id, false), COMMIT_LOST);
    core_wait_for_order(c, 1);
    EXPECT_EQ(decide_as(f, o.id, true), COMMIT_LOST);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    EXPECT_EQ(decide_as(f, o.id, false), COMMIT_LOST);
    EXPECT_EQ(core_orders(c), 1);
    core_stop(c);
}

CASE(a_denial_is_told_with_its_reason_and_no_backend_hears_of_it)
{
    struct core *c = start(f, &plain);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct heard waiting = ask(c, ir);
    struct PKIMessage *m = NULL;

    EXPECT_EQ(decide_as(f, pending(f).id, false), COMMIT_DONE);
    core_wait_for_phase(c, ir, PHASE_READY);
    struct draft *poll = core_next(ir, PKIBody_pollReq, waiting.message);
    draft_finish(poll);
    struct heard refused = core_send(c, poll->der);
    EXPECT_STR(core_fault(f, poll, &refused, &m), "");
    REQUIRE(m != NULL && m->body->arm == PKIBody_ip);
    const struct PKIStatusInfo *status = ((struct CertResponse *)m->body->ip->response.item[0])->status;
    EXPECT_EQ(asn1_named_bits(status->failInfo), PKIFailureInfo_notAuthorized);
    EXPECT(status->statusString.count == 1 && span_eq(*(struct span *)status->statusString.item[0], span_of("unknown device")));
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    EXPECT_EQ(core_orders(c), 0);
    core_stop(c);
}

CASE(what_nobody_approves_in_time_is_refused)
{
    f->profiles[0].approval_deadline = 1;
    struct core *c = start(f, &plain);
    struct draft *rr = draft_new(f, PKIBody_rr);
    struct holder device = fixture_holder(f, "pump 7", "ecdsa-p256", 0);

    draft_sign(rr, &device);
    draft_about(rr, &device);
    ask(c, rr);
    struct order o = pending(f);
    core_wait_for_phase(c, rr, PHASE_READY);
    EXPECT_EQ(decide_as(f, o.id, true), COMMIT_LOST);
    EXPECT_EQ(core_orders(c), 0);
    core_stop(c);
}

CASE(a_decision_made_while_the_gateway_is_down_is_carried_out)
{
    struct core *c = start(f, &plain);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct heard waiting = ask(c, ir);

    core_stop(c);
    EXPECT_EQ(decide_as(f, pending(f).id, true), COMMIT_DONE);
    c = start(f, &plain);
    core_wait_for_order(c, 1);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    EXPECT_EQ(poll_for(c, ir, waiting.message).kind, CMPGATE_ANSWER);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    core_stop(c);
}

CASE(what_its_client_gives_up_cannot_be_approved_and_no_backend_hears_of_it)
{
    struct core *c = start(f, &plain);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct heard waiting = ask(c, ir);
    struct order o = pending(f);
    struct draft *error = core_next(ir, PKIBody_error, waiting.message);

    draft_finish(error);
    struct heard heard = core_send(c, error->der);
    EXPECT_BODY(heard, error, PKIBody_pkiconf);
    EXPECT_EQ(decide_as(f, o.id, true), COMMIT_LOST);
    /* Whatever the backend is told of, it would be told of before the next order. */
    struct draft *other = draft_new(f, PKIBody_ir);
    ask(c, other);
    EXPECT_EQ(decide_as(f, pending(f).id, true), COMMIT_DONE);
    core_wait_for_order(c, 1);
    EXPECT_EQ(core_forgotten(c), 0);
    core_stop(c);
}

CASE(a_client_without_cmp_polling_waits_for_an_operator_too)
{
    static const struct core_setting framed = {
        .transport_can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS, .polling = POLLING_FRAMING, .hold = 5
    };
    struct core *c = start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct heard waiting = ask(c, ir);

    EXPECT_EQ(waiting.kind, CMPGATE_COME_BACK);
    EXPECT_EQ(decide_as(f, pending(f).id, true), COMMIT_DONE);
    core_wait_for_order(c, 1);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    struct heard answer = core_fetch(c, "lan", waiting.reference);
    EXPECT_BODY(answer, ir, PKIBody_ip);
    core_stop(c);
}

CASE(a_pure_backend_waits_for_the_operator_too)
{
    struct core_setting pure = plain;

    pure.backend_can = CMPGATE_PURE;
    struct core *c = start(f, &pure);
    struct draft *ir = draft_new(f, PKIBody_ir);

    ask(c, ir);
    EXPECT_EQ(core_orders(c), 0);
    EXPECT_EQ(decide_as(f, pending(f).id, true), COMMIT_DONE);
    core_wait_for_order(c, 1);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    core_stop(c);
}
