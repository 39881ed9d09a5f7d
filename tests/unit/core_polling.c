/* Polling by a transport's framing: a number instead of a CMP message tells a client to wait. */
#include "gateway/reply.h"
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

static const struct core_setting framed = {
    .transport_can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS, .polling = POLLING_FRAMING
};

/* Sends a request that the backend lets wait, and is told to come back. */
static uint32_t told_to_come_back(struct core *c, struct draft *d)
{
    draft_finish(d);
    struct heard heard = core_send(c, d->der);
    EXPECT_EQ(heard.kind, CMPGATE_COME_BACK);
    EXPECT(heard.reference != 0);
    EXPECT(heard.check_after > 0 && heard.check_after <= 30);
    EXPECT(heard.message.ptr == NULL);
    EXPECT(!heard.last);
    return heard.reference;
}

CASE(an_answer_that_takes_long_is_fetched_under_a_reference_and_confirmed)
{
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    uint32_t reference = told_to_come_back(c, ir);

    EXPECT_EQ(core_fetch(c, "lan", reference).kind, CMPGATE_COME_BACK);
    EXPECT_EQ(core_fetch(c, "lan", reference).reference, reference);
    struct heard again = core_send(c, ir->der);
    EXPECT_EQ(again.kind, CMPGATE_COME_BACK);
    EXPECT_EQ(again.reference, reference);

    struct span certificate = fixture_issue(f, ir);
    core_complete(c, CMPGATE_DONE, certificate);
    core_wait_for_phase(c, ir, PHASE_READY);
    EXPECT_EQ(core_send(c, ir->der).kind, CMPGATE_COME_BACK);
    struct heard answer = core_fetch(c, "lan", reference);
    EXPECT_BODY(answer, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);

    EXPECT(span_eq(core_fetch(c, "lan", reference).message, answer.message));
    EXPECT(span_eq(core_send(c, ir->der).message, answer.message));

    struct draft *certConf = core_next(ir, PKIBody_certConf, answer.message);
    draft_confirms(certConf, &(struct holder){ .certificate = certificate });
    draft_finish(certConf);
    struct heard confirmed = core_send(c, certConf->der);
    EXPECT_BODY(confirmed, certConf, PKIBody_pkiconf);
    EXPECT(span_eq(core_fetch(c, "lan", reference).message, answer.message));
    EXPECT(span_eq(core_send(c, certConf->der).message, confirmed.message));
    core_stop(c);
}

CASE(a_reference_outlives_the_gateway)
{
    struct core *c = core_start(f, &framed);
    struct draft *cr = draft_new(f, PKIBody_cr);
    uint32_t reference = told_to_come_back(c, cr);

    core_stop(c);
    c = core_start(f, &framed);
    EXPECT_EQ(core_fetch(c, "lan", reference).reference, reference);
    EXPECT_EQ(core_send(c, cr->der).reference, reference);
    core_stop(c);
}

CASE(a_revocation_that_takes_long_is_fetched_as_well)
{
    struct core *c = core_start(f, &framed);
    struct holder device = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *rr = draft_new(f, PKIBody_rr);

    draft_sign(rr, &device);
    draft_about(rr, &device);
    uint32_t reference = told_to_come_back(c, rr);
    core_complete(c, CMPGATE_DONE, (struct span){ NULL, 0 });
    core_wait_for_phase(c, rr, PHASE_READY);
    struct heard answer = core_fetch(c, "lan", reference);
    EXPECT_BODY(answer, rr, PKIBody_rp);
    EXPECT(answer.last);
    EXPECT(span_eq(core_fetch(c, "lan", reference).message, answer.message));
    core_stop(c);
}

CASE(a_refusal_is_fetched_as_well)
{
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    uint32_t reference = told_to_come_back(c, ir);

    core_complete(c, CMPGATE_REJECTED, (struct span){ NULL, 0 });
    core_wait_for_phase(c, ir, PHASE_READY);
    struct heard answer = core_fetch(c, "lan", reference);
    EXPECT_BODY(answer, ir, PKIBody_ip);
    EXPECT(span_eq(core_fetch(c, "lan", reference).message, answer.message));
    core_stop(c);
}

CASE(nothing_is_under_a_reference_of_another_endpoint_or_of_nobody)
{
    struct core *c = core_start(f, &framed);
    uint32_t reference = told_to_come_back(c, draft_new(f, PKIBody_ir));
    uint32_t another = told_to_come_back(c, draft_new(f, PKIBody_ir));

    /* Random, so that one says nothing of the next. */
    EXPECT((another > reference ? another - reference : reference - another) > 16);
    EXPECT_EQ(core_fetch(c, "wan", reference).kind, CMPGATE_UNKNOWN_REFERENCE);
    EXPECT_EQ(core_fetch(c, "lan", reference ^ 1).kind, CMPGATE_UNKNOWN_REFERENCE);
    EXPECT_EQ(core_fetch(c, "lan", reference).kind, CMPGATE_COME_BACK);
    core_stop(c);
}

CASE(nothing_is_under_a_reference_whose_client_gave_up)
{
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    uint32_t reference = told_to_come_back(c, ir);
    struct draft *error = draft_follow(ir, PKIBody_error);

    error->header->recipNonce = (struct span){ NULL, 0 };
    draft_finish(error);
    struct heard heard = core_send(c, error->der);
    EXPECT_BODY(heard, error, PKIBody_pkiconf);
    core_wait_for_forget(c, 1);
    EXPECT_EQ(core_fetch(c, "lan", reference).kind, CMPGATE_UNKNOWN_REFERENCE);
    core_stop(c);
}

CASE(guesses_cost_the_peer_its_budget_and_hits_do_not)
{
    struct core *c = core_start(f, &framed);
    struct heard heard = { .kind = CMPGATE_COME_BACK };
    uint32_t reference = told_to_come_back(c, draft_new(f, PKIBody_ir));

    for (int i = 0; i < 150; i++) {
        EXPECT_EQ(core_fetch(c, "lan", reference).kind, CMPGATE_COME_BACK);
    }
    unsigned guesses = 0;
    while (guesses < 150 && (heard = core_fetch(c, "lan", reference + ++guesses)).kind == CMPGATE_UNKNOWN_REFERENCE) {
    }
    EXPECT_EQ(heard.kind, CMPGATE_UNAVAILABLE);
    EXPECT(guesses <= 101);
    /* And who guesses learns nothing from a hit any more. */
    EXPECT_EQ(core_fetch(c, "lan", reference).kind, CMPGATE_UNAVAILABLE);
    core_stop(c);
}

CASE(a_client_that_was_told_to_come_back_may_poll_with_cmp_instead)
{
    struct core *c = core_start(f, &framed);
    struct draft *ir = draft_new(f, PKIBody_ir);
    uint32_t reference = told_to_come_back(c, ir);
    struct draft *poll = draft_follow(ir, PKIBody_pollReq);

    poll->header->recipNonce = (struct span){ NULL, 0 };
    draft_finish(poll);
    struct heard heard = core_send(c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_pollRep);

    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    poll = core_next(ir, PKIBody_pollReq, heard.message);
    draft_finish(poll);
    heard = core_send(c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_ip);
    /* The answer in the client's hands fits its poll; whoever asks by the framing gets one that fits the request. */
    struct heard fetched = core_fetch(c, "lan", reference);
    EXPECT_BODY(fetched, ir, PKIBody_ip);
    core_stop(c);
}

CASE(who_polls_comes_again_when_the_backend_is_due_and_soon_when_it_is_being_asked)
{
    struct config config = { .check_after = 30 };
    struct order order = { .due = 1004 };
    struct task t = { .in = { .config = &config, .now = 1000 }, .order = &order };

    (void)f;
    EXPECT_EQ(reply_check_after(&t), 4);
    order.due = 1100;
    EXPECT_EQ(reply_check_after(&t), 30);
    order.due = 0;
    EXPECT_EQ(reply_check_after(&t), 30);
    order.due = 1000;
    EXPECT_EQ(reply_check_after(&t), 5);
    order.due = 900;
    EXPECT_EQ(reply_check_after(&t), 5);
    config.check_after = 2;
    EXPECT_EQ(reply_check_after(&t), 2);
    t.order = NULL;
    EXPECT_EQ(reply_check_after(&t), 2);
}

/* The reason of the pollRep that comes of this text; absent: none. */
static struct span reason_of(struct fixture *f, const char *text)
{
    static const struct core_setting patient = { .hold = 30 };
    struct core *c = core_start(f, &patient);
    struct draft *ir = draft_new(f, PKIBody_ir);
    struct cmpgate_outcome later = { .size = sizeof later, .result = CMPGATE_WAITING, .text = text, .check_after = 3600 };
    struct PKIMessage *m = NULL;

    draft_finish(ir);
    core_at_once(c, &later);
    struct heard waiting = core_send(c, ir->der);
    EXPECT_BODY(waiting, ir, PKIBody_ip);
    struct draft *poll = core_next(ir, PKIBody_pollReq, waiting.message);
    draft_finish(poll);
    struct heard heard = core_send(c, poll->der);
    EXPECT_STR(core_fault(f, poll, &heard, &m), "");
    core_stop(c);
    if (m == NULL || m->body->arm != PKIBody_pollRep) {
        TEST_FAIL("no pollRep");
        return (struct span){ NULL, 0 };
    }
    const struct PollRep *rep = m->body->pollRep.item[0];
    EXPECT(rep->reason.count <= 1);
    return rep->reason.count > 0 ? *(struct span *)rep->reason.item[0] : (struct span){ NULL, 0 };
}

/* holds 9810-5.3.22-02 */
CASE(a_poll_hears_what_the_backend_waits_for)
{
    EXPECT(span_eq(reason_of(f, "the CA is opened on Mondays"), span_of("the CA is opened on Mondays")));
    EXPECT(reason_of(f, NULL).ptr == NULL);
    EXPECT(reason_of(f, "").ptr == NULL);
}

CASE(what_a_backend_says_is_cut_and_made_utf8)
{
    char long_text[400], cut[240];

    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    memset(cut, 'x', sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    EXPECT(span_eq(reason_of(f, long_text), span_str(cut)));
    memcpy(long_text + 238, "\xc3\xa9", 2);        /* is cut in the middle */
    cut[238] = '?';
    EXPECT(span_eq(reason_of(f, long_text), span_str(cut)));
    EXPECT(span_eq(reason_of(f, "gr\xc3\xbcn \xff \x1b[2J"), span_of("gr\xc3\xbcn ? ?[2J")));
}

CASE(an_endpoint_that_polls_with_cmp_gives_no_references)
{
    struct core_setting by_cmp = framed;

    by_cmp.polling = POLLING_CMP;
    struct core *c = core_start(f, &by_cmp);
    struct draft *ir = draft_new(f, PKIBody_ir);
    draft_finish(ir);
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    core_stop(c);
}

/* ---- a transport of which some deliveries can be told by their framing -------------------------------------------- */

static const struct core_setting as_delivered = { .polling = POLLING_AS_DELIVERED };

CASE(a_message_in_a_framing_is_told_to_come_back_by_it)
{
    struct core *c = core_start(f, &as_delivered);
    struct draft *ir = draft_new(f, PKIBody_ir);

    core_frame(c, true);
    uint32_t reference = told_to_come_back(c, ir);
    EXPECT_EQ(core_fetch(c, "lan", reference).kind, CMPGATE_COME_BACK);
    EXPECT_EQ(core_send(c, ir->der).reference, reference);
    core_complete(c, CMPGATE_DONE, fixture_issue(f, ir));
    core_wait_for_phase(c, ir, PHASE_READY);
    struct heard answer = core_fetch(c, "lan", reference);
    EXPECT_BODY(answer, ir, PKIBody_ip);
    core_stop(c);
}

CASE(a_message_without_a_framing_is_told_so_by_cmp)
{
    struct core *c = core_start(f, &as_delivered);
    struct draft *ir = draft_new(f, PKIBody_ir), *framed_ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    core_frame(c, true);
    told_to_come_back(c, framed_ir);
    EXPECT(span_eq(core_send(c, ir->der).message, heard.message));
    core_stop(c);
}

CASE(a_framing_that_is_not_to_be_used_is_not)
{
    struct core *c = core_start(f, &(struct core_setting){ .polling = POLLING_CMP });
    struct draft *ir = draft_new(f, PKIBody_ir);

    draft_finish(ir);
    core_frame(c, true);
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
    core_stop(c);
}

/* Both copies get one answer, so it is one that both can hear. */
CASE(of_two_copies_one_without_a_framing_decides)
{
    for (int first = 0; first < 2; first++) {
        struct core *c = core_start(f, &as_delivered);
        struct draft *ir = draft_new(f, PKIBody_ir);

        draft_finish(ir);
        core_frame(c, first == 0);
        core_post(c, ir->der);
        core_wait_for_order(c, 1);
        core_frame(c, first != 0);
        struct heard heard = core_send(c, ir->der);
        EXPECT_BODY(heard, ir, PKIBody_ip);
        EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
        EXPECT_EQ(core_answers(c, CMPGATE_COME_BACK), 0);
        core_stop(c);
    }
}

CASE(an_outcome_that_waits_is_told_by_the_framing_of_who_waits)
{
    struct core_setting slow = as_delivered;

    slow.hold = 600;
    for (int frames = 0; frames < 2; frames++) {
        struct core *c = core_start(f, &slow);
        struct draft *ir = draft_new(f, PKIBody_ir);

        draft_finish(ir);
        core_frame(c, frames);
        core_post(c, ir->der);
        core_wait_for_order(c, 1);
        core_complete(c, CMPGATE_WAITING, (struct span){ NULL, 0 });
        core_wait_for_answers(c, frames ? CMPGATE_COME_BACK : CMPGATE_ANSWER, 1);
        EXPECT_EQ(core_phase(c, ir), PHASE_WAITING);
        core_stop(c);
    }
}
