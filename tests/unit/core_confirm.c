/* A backend that wants to hear what became of its certificates: a certConf waits for it, and nobody else does. */
#include <time.h>

#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

#define TELLS (CMPGATE_SERVES_KIND(CMPGATE_CERTIFY) | CMPGATE_SERVES_KIND(CMPGATE_REVOKE) | \
               CMPGATE_SERVES_KIND(CMPGATE_CONFIRM) | CMPGATE_SERVES_KIND(CMPGATE_DISCARD))

static const struct span none = { NULL, 0 };
static const struct cmpgate_outcome done = { .size = sizeof done, .result = CMPGATE_DONE };
static const struct cmpgate_outcome rejected = { .size = sizeof rejected, .result = CMPGATE_REJECTED, .text = "not today" };
static const struct cmpgate_outcome later = { .size = sizeof later, .result = CMPGATE_WAITING, .text = "signed on Mondays",
                                              .check_after = 3600 };
static const struct cmpgate_outcome busy = { .size = sizeof busy, .result = CMPGATE_BUSY, .check_after = 3600 };
static const struct core_setting told = { .backend_kinds = TELLS, .hold = 1 };
static const struct core_setting framed = {
    .backend_kinds = TELLS, .hold = 1,
    .transport_can = CMPGATE_SERVES | CMPGATE_CORRELATES | CMPGATE_POLLS, .polling = POLLING_FRAMING
};

/* An enrolment as far as it goes before the certConf. */
struct enrolment {
    struct core *c;
    struct draft *ir, *certConf;
    struct span certificate;
    struct heard ip;
};

/* The certConf that accepts; or refuses. */
static struct draft *confirm(const struct enrolment *e, struct span answer, int64_t status)
{
    struct draft *d = core_next(e->ir, PKIBody_certConf, answer);

    draft_confirms(d, &(struct holder){ .certificate = e->certificate });
    if (status != PKIStatus_accepted) {
        d->status->statusInfo = PKIStatusInfo_new(d->f->arena);
        d->status->statusInfo->status = asn1_put_int(d->f->arena, status);
    }
    draft_finish(d);
    return d;
}

/* The request's answer, from a backend that certifies at once. */
static struct heard certified(const struct enrolment *e)
{
    struct cmpgate_outcome outcome = done;

    outcome.certificate = (struct cmpgate_bytes){ e->certificate.ptr, e->certificate.len };
    core_at_once(e->c, &outcome);
    struct heard heard = core_send(e->c, e->ir->der);
    core_at_once(e->c, NULL);
    return heard;
}

static void enrol_with(struct enrolment *e, struct fixture *f, struct core *c)
{
    *e = (struct enrolment){ .c = c, .ir = draft_new(f, PKIBody_ir) };
    draft_finish(e->ir);
    e->certificate = fixture_issue(f, e->ir);
    e->ip = certified(e);
    EXPECT_BODY(e->ip, e->ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, e->ir), PHASE_ISSUED);
    EXPECT_EQ(core_order_kind(c), CMPGATE_CERTIFY);
    e->certConf = confirm(e, e->ip.message, PKIStatus_accepted);
}

static void enrol(struct enrolment *e, struct fixture *f, const struct core_setting *s)
{
    enrol_with(e, f, core_start(f, s));
}

static bool is_revoked(const struct enrolment *e)
{
    struct fixture *f = e->ir->f;
    uint8_t fingerprint[STORE_DIGEST];
    struct certificate *row = NULL;

    crypto_sha256(e->certificate, fingerprint);
    EXPECT(store_certificate(f->store, fingerprint, f->arena, &row) && row != NULL);
    return row != NULL && row->revoked_at != 0;
}

/* The PKIStatusInfo of an error that answers this message. */
static const struct PKIStatusInfo *error_of(const struct draft *d, const struct heard *heard)
{
    static const struct PKIStatusInfo no_error;
    struct PKIMessage *m = NULL;

    EXPECT_STR(core_fault(d->f, d, heard, &m), "");
    if (m == NULL || m->body->arm != PKIBody_error) {
        TEST_FAIL("not an error");
        return &no_error;
    }
    return m->body->error->pKIStatusInfo;
}

static int64_t status_of(const struct PKIStatusInfo *info)
{
    int64_t status = -1;

    EXPECT(asn1_int64(info->status, &status));
    return status;
}

/* Sends the certConf and is told to wait. */
static struct heard told_to_wait(const struct enrolment *e)
{
    struct heard heard = core_send(e->c, e->certConf->der);
    const struct PKIStatusInfo *info = error_of(e->certConf, &heard);

    EXPECT_EQ(status_of(info), PKIStatus_waiting);
    EXPECT(info->failInfo.ptr == NULL);
    EXPECT(!heard.last);
    EXPECT_EQ(core_phase(e->c, e->ir), PHASE_CONFIRM_WAITING);
    EXPECT_EQ(core_order_kind(e->c), CMPGATE_CONFIRM);
    return heard;
}

static struct draft *make_poll(const struct enrolment *e, const struct heard *last, int64_t certReqId)
{
    struct draft *poll = core_next(e->ir, PKIBody_pollReq, last->message);

    poll->poll->certReqId = asn1_put_int(poll->f->arena, certReqId);
    draft_finish(poll);
    return poll;
}

/* Polls, and is told to go on polling. */
static struct heard still_waits(const struct enrolment *e, const struct heard *last)
{
    struct draft *poll = make_poll(e, last, -1);
    struct heard heard = core_send(e->c, poll->der);

    EXPECT_BODY(heard, poll, PKIBody_pollRep);
    return heard;
}

static void over(const struct enrolment *e, enum cmpgate_result result)
{
    core_complete(e->c, result, none);
    core_wait_for_phase(e->c, e->ir, PHASE_CLOSED);
}

/* The order given last is due now, as it would be half a minute after a kill. */
static void make_due(struct core *c, struct fixture *f)
{
    struct order *o = core_order(c);

    o->due = time(NULL);
    EXPECT_EQ(store_apply(f->store, &(struct change){ .order = o }), COMMIT_DONE);
}

static void wait_for_state(struct core *c, enum order_state state)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

    for (int left = 3000; left > 0 && core_order(c)->state != state; left--) {
        nanosleep(&pause, NULL);
    }
    EXPECT_EQ(core_order(c)->state, state);
}

/* ---- answered while the client holds the line ------------------------------------------------------ */

CASE(a_certConf_is_answered_when_the_backend_has_confirmed)
{
    struct enrolment e;

    enrol(&e, f, &told);
    core_at_once(e.c, &done);
    struct heard heard = core_send(e.c, e.certConf->der);
    EXPECT_BODY(heard, e.certConf, PKIBody_pkiconf);
    EXPECT(heard.last);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_CONFIRMED);
    EXPECT_EQ(core_order_kind(e.c), CMPGATE_CONFIRM);
    EXPECT(span_eq(core_order(e.c)->certificate, e.certificate));
    EXPECT_EQ(core_order(e.c)->state, ORDER_DONE);
    EXPECT(span_eq(core_send(e.c, e.certConf->der).message, heard.message));
    EXPECT(span_eq(core_send(e.c, e.ir->der).message, e.ip.message));
    EXPECT_EQ(core_orders(e.c), 2);
    core_stop(e.c);
}

CASE(a_certificate_that_the_backend_does_not_confirm_is_revoked_and_its_client_told_why)
{
    struct enrolment e;

    enrol(&e, f, &told);
    core_at_once(e.c, &rejected);
    struct heard heard = core_send(e.c, e.certConf->der);
    const struct PKIStatusInfo *info = error_of(e.certConf, &heard);
    EXPECT_EQ(status_of(info), PKIStatus_rejection);
    EXPECT_EQ(asn1_named_bits(info->failInfo), PKIFailureInfo_badRequest);
    EXPECT(info->statusString.count == 1 && span_eq(*(struct span *)info->statusString.item[0], span_of("not today")));
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_REJECTED);
    EXPECT(is_revoked(&e));
    EXPECT(span_eq(core_send(e.c, e.certConf->der).message, heard.message));

    struct draft *second = confirm(&e, heard.message, PKIStatus_accepted);
    heard = core_send(e.c, second->der);
    EXPECT_EQ(asn1_named_bits(error_of(second, &heard)->failInfo), PKIFailureInfo_certRevoked);
    EXPECT_EQ(core_orders(e.c), 2);             /* it knows: no DISCARD */
    core_stop(e.c);
}

CASE(a_backend_that_does_not_ask_for_it_hears_nothing)
{
    static const struct core_setting plain = { .hold = 1 };
    struct enrolment e;

    enrol(&e, f, &plain);
    struct heard heard = core_send(e.c, e.certConf->der);
    EXPECT_BODY(heard, e.certConf, PKIBody_pkiconf);
    enrol_with(&e, f, e.c);
    heard = core_send(e.c, confirm(&e, e.ip.message, PKIStatus_rejection)->der);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_DECLINED);
    enrol_with(&e, f, e.c);
    EXPECT_EQ(core_orders(e.c), 3);
    core_stop(e.c);
}

CASE(a_pure_backend_is_told_like_any_other)
{
    struct core_setting pure = told;
    struct enrolment e;

    pure.backend_can = CMPGATE_PURE;
    enrol(&e, f, &pure);
    struct heard waiting = told_to_wait(&e);
    over(&e, CMPGATE_DONE);
    struct draft *poll = make_poll(&e, &waiting, -1);
    struct heard heard = core_send(e.c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_pkiconf);
    core_stop(e.c);
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

/* holds 9483-4.4-11 9483-4.4-02 9483-4.4-03 9483-4.4-06 9483-3.6.4-02 */
CASE(a_certConf_that_takes_long_is_told_to_wait_and_polled_for)
{
    struct enrolment e;

    enrol(&e, f, &told);
    struct heard waiting = told_to_wait(&e);
    EXPECT(span_eq(core_send(e.c, e.certConf->der).message, waiting.message));
    struct heard polled = still_waits(&e, &waiting);

    struct draft *for_ip = make_poll(&e, &polled, 0);
    struct heard ip = core_send(e.c, for_ip->der);
    EXPECT_BODY(ip, for_ip, PKIBody_ip);
    EXPECT(span_eq(core_send(e.c, e.ir->der).message, e.ip.message));

    over(&e, CMPGATE_DONE);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_CONFIRMED);
    struct draft *poll = make_poll(&e, &polled, -1);
    struct heard heard = core_send(e.c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_pkiconf);
    EXPECT(heard.last);
    struct draft *again = make_poll(&e, &heard, -1);
    heard = core_send(e.c, again->der);
    EXPECT_BODY(heard, again, PKIBody_pkiconf);
    EXPECT(span_eq(core_send(e.c, e.certConf->der).message, waiting.message));
    for_ip = make_poll(&e, &heard, 0);
    ip = core_send(e.c, for_ip->der);
    EXPECT_BODY(ip, for_ip, PKIBody_ip);
    EXPECT_EQ(core_orders(e.c), 2);
    EXPECT(!is_revoked(&e));
    core_stop(e.c);
}

CASE(who_polls_hears_what_the_backend_waits_for_and_in_the_end_that_it_refuses)
{
    struct enrolment e;
    struct PKIMessage *m = NULL;

    enrol(&e, f, &told);
    core_at_once(e.c, &later);
    struct heard waiting = told_to_wait(&e);
    struct draft *poll = make_poll(&e, &waiting, -1);
    struct heard heard = core_send(e.c, poll->der);
    EXPECT_STR(core_fault(f, poll, &heard, &m), "");
    REQUIRE(m != NULL && m->body->arm == PKIBody_pollRep);
    const struct PollRep *rep = m->body->pollRep.item[0];
    EXPECT(rep->reason.count == 1 && span_eq(*(struct span *)rep->reason.item[0], span_of("signed on Mondays")));

    core_refuse(e.c, PKIFailureInfo_certRevoked, "revoked yesterday");
    core_wait_for_phase(e.c, e.ir, PHASE_CLOSED);
    poll = make_poll(&e, &heard, -1);
    heard = core_send(e.c, poll->der);
    const struct PKIStatusInfo *info = error_of(poll, &heard);
    EXPECT_EQ(status_of(info), PKIStatus_rejection);
    EXPECT_EQ(asn1_named_bits(info->failInfo), PKIFailureInfo_certRevoked);
    EXPECT(info->statusString.count == 1 && span_eq(*(struct span *)info->statusString.item[0], span_of("revoked yesterday")));
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_REJECTED);
    EXPECT(is_revoked(&e));
    core_stop(e.c);
}

CASE(another_certConf_changes_nothing_while_the_first_one_waits)
{
    struct enrolment e;

    enrol(&e, f, &told);
    struct heard waiting = told_to_wait(&e);
    struct draft *second = confirm(&e, waiting.message, PKIStatus_rejection);
    struct heard heard = core_send(e.c, second->der);
    EXPECT_EQ(asn1_named_bits(error_of(second, &heard)->failInfo), PKIFailureInfo_certConfirmed);
    EXPECT_EQ(core_phase(e.c, e.ir), PHASE_CONFIRM_WAITING);
    EXPECT(!is_revoked(&e));
    over(&e, CMPGATE_DONE);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_CONFIRMED);
    core_stop(e.c);
}

CASE(what_waits_to_be_confirmed_is_not_confirmed)
{
    struct enrolment e;

    enrol(&e, f, &told);
    told_to_wait(&e);
    struct draft *cr = draft_new(f, PKIBody_cr);
    draft_sign(cr, &(struct holder){ .certificate = e.certificate, .subject = fixture_name(f, "pump 7"),
                                     .key = (struct crypto_key *)(uintptr_t)e.ir->key });
    draft_finish(cr);
    struct heard heard = core_send(e.c, cr->der);
    EXPECT_EQ(asn1_named_bits(error_of(cr, &heard)->failInfo), PKIFailureInfo_signerNotTrusted);
    core_stop(e.c);
}

CASE(the_time_to_confirm_is_over_with_the_certConf)
{
    const struct timespec three = { .tv_sec = 3 };
    struct enrolment e;

    f->profiles[0].confirm_wait = 1;
    enrol(&e, f, &told);
    told_to_wait(&e);
    nanosleep(&three, NULL);
    EXPECT_EQ(core_phase(e.c, e.ir), PHASE_CONFIRM_WAITING);
    core_stop(e.c);
    e.c = core_start(f, &told);
    nanosleep(&three, NULL);
    EXPECT_EQ(core_phase(e.c, e.ir), PHASE_CONFIRM_WAITING);
    EXPECT(!is_revoked(&e));
    core_stop(e.c);
}

/* ---- after a kill -------------------------------------------------------------------------------------- */

CASE(what_waits_outlives_the_gateway_and_is_checked)
{
    struct core_setting checks = told;
    struct enrolment e;

    checks.backend_can = CMPGATE_CHECKS;
    enrol(&e, f, &checks);
    core_at_once(e.c, &later);
    struct heard waiting = told_to_wait(&e);
    make_due(e.c, f);
    core_stop(e.c);
    e.c = core_start(f, &checks);
    still_waits(&e, &waiting);
    EXPECT(span_eq(core_send(e.c, e.certConf->der).message, waiting.message));
    core_wait_for_order(e.c, 1);
    EXPECT_EQ(core_order_kind(e.c), CMPGATE_CONFIRM);
    over(&e, CMPGATE_DONE);
    struct draft *poll = make_poll(&e, &waiting, -1);
    struct heard heard = core_send(e.c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_pkiconf);
    core_stop(e.c);
}

CASE(what_may_be_confirmed_already_is_told_again_if_that_is_the_same)
{
    struct core_setting same = told;
    struct enrolment e;
    uint8_t id[STORE_ORDER_ID];

    same.backend_can = CMPGATE_IDEMPOTENT;
    enrol(&e, f, &same);
    told_to_wait(&e);
    memcpy(id, core_order(e.c)->id, sizeof id);
    make_due(e.c, f);
    core_stop(e.c);
    e.c = core_start(f, &same);
    core_wait_for_order(e.c, 1);
    EXPECT(memcmp(id, core_order(e.c)->id, sizeof id) == 0);
    over(&e, CMPGATE_DONE);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_CONFIRMED);
    core_stop(e.c);
}

CASE(what_may_be_confirmed_already_waits_for_an_operator_otherwise)
{
    struct enrolment e;

    enrol(&e, f, &told);
    struct heard waiting = told_to_wait(&e);
    struct order *o = core_order(e.c);
    make_due(e.c, f);
    core_stop(e.c);
    e.c = core_start(f, &told);
    for (int left = 3000; left > 0 && o->state != ORDER_UNSURE; left--) {
        nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
        EXPECT(store_order(f->store, o->id, f->arena, &o));
    }
    EXPECT_EQ(o->state, ORDER_UNSURE);
    EXPECT_EQ(core_orders(e.c), 0);
    still_waits(&e, &waiting);
    EXPECT_EQ(core_phase(e.c, e.ir), PHASE_CONFIRM_WAITING);
    core_stop(e.c);
}

CASE(a_busy_backend_is_told_again)
{
    struct enrolment e;

    enrol(&e, f, &told);
    core_at_once(e.c, &busy);
    told_to_wait(&e);
    core_at_once(e.c, &done);
    make_due(e.c, f);
    core_wait_for_order(e.c, 3);
    core_wait_for_phase(e.c, e.ir, PHASE_CLOSED);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_CONFIRMED);
    core_stop(e.c);
}

/* ---- what is of no use ----------------------------------------------------------------------------------- */

/* Nobody waits for its outcome, whatever it is, and nothing follows from it but that it is asked for no more. */
static void discarded(const struct enrolment *e, enum ending ending, unsigned orders)
{
    core_wait_for_order(e->c, orders);
    EXPECT_EQ(core_order_kind(e->c), CMPGATE_DISCARD);
    EXPECT(span_eq(core_order(e->c)->certificate, e->certificate));
    EXPECT_EQ(core_ending(e->c, e->ir), ending);
    EXPECT(is_revoked(e));
    core_complete(e->c, CMPGATE_WAITING, none);
    core_complete(e->c, CMPGATE_DONE, none);
    wait_for_state(e->c, ORDER_DONE);
    EXPECT_EQ(core_ending(e->c, e->ir), ending);
}

CASE(the_backend_hears_of_what_the_client_refuses_and_the_client_waits_for_nothing)
{
    struct enrolment e;

    enrol(&e, f, &told);
    struct draft *certConf = confirm(&e, e.ip.message, PKIStatus_rejection);
    struct heard heard = core_send(e.c, certConf->der);
    EXPECT_BODY(heard, certConf, PKIBody_pkiconf);
    discarded(&e, ENDING_DECLINED, 2);
    EXPECT(span_eq(core_send(e.c, certConf->der).message, heard.message));
    core_stop(e.c);
}

CASE(the_backend_hears_of_what_is_not_confirmed_in_time)
{
    struct enrolment e;

    f->profiles[0].confirm_wait = 1;
    enrol(&e, f, &told);
    discarded(&e, ENDING_UNCONFIRMED, 2);
    core_stop(e.c);
}

CASE(the_backend_hears_of_whom_the_client_gives_up)
{
    struct enrolment e;

    enrol(&e, f, &told);
    struct draft *error = core_next(e.ir, PKIBody_error, e.ip.message);
    draft_finish(error);
    struct heard heard = core_send(e.c, error->der);
    EXPECT_BODY(heard, error, PKIBody_pkiconf);
    discarded(&e, ENDING_ABANDONED, 2);
    core_stop(e.c);
}

CASE(a_client_may_give_up_while_its_certConf_waits)
{
    struct enrolment e;

    enrol(&e, f, &told);
    struct heard waiting = told_to_wait(&e);
    struct order *confirms = core_order(e.c);
    struct draft *error = core_next(e.ir, PKIBody_error, waiting.message);
    draft_finish(error);
    struct heard heard = core_send(e.c, error->der);
    EXPECT_BODY(heard, error, PKIBody_pkiconf);
    discarded(&e, ENDING_ABANDONED, 3);
    EXPECT_EQ(core_forgotten(e.c), 0);
    /* Its certificate is asked for by a poll as before; the answer to its certConf is not there to be had. */
    struct draft *poll = make_poll(&e, &heard, -1);
    heard = core_send(e.c, poll->der);
    EXPECT_BODY(heard, poll, PKIBody_ip);
    EXPECT(store_order(f->store, confirms->id, f->arena, &confirms));
    EXPECT_EQ(confirms->state, ORDER_OPEN);
    core_stop(e.c);
}

CASE(what_a_kill_kept_from_the_backend_it_hears_after_the_next_start)
{
    struct core_setting same = told;
    struct enrolment e;

    same.backend_can = CMPGATE_IDEMPOTENT;
    enrol(&e, f, &same);
    core_send(e.c, confirm(&e, e.ip.message, PKIStatus_rejection)->der);
    core_wait_for_order(e.c, 2);
    make_due(e.c, f);
    core_stop(e.c);
    e.c = core_start(f, &same);
    discarded(&e, ENDING_DECLINED, 1);
    core_stop(e.c);
}

CASE(a_backend_may_ask_for_one_and_not_for_the_other)
{
    struct core_setting half = told;
    struct enrolment e;

    half.backend_kinds &= ~CMPGATE_SERVES_KIND(CMPGATE_DISCARD);
    enrol(&e, f, &half);
    core_send(e.c, confirm(&e, e.ip.message, PKIStatus_rejection)->der);
    EXPECT_EQ(core_ending(e.c, e.ir), ENDING_DECLINED);
    enrol_with(&e, f, e.c);
    EXPECT_EQ(core_orders(e.c), 2);
    told_to_wait(&e);
    core_stop(e.c);
}

/* ---- polling by the framing -------------------------------------------------------------------------------- */

CASE(the_answer_to_a_certConf_is_fetched_under_a_reference_of_its_own)
{
    struct core *c = core_start(f, &framed);
    struct enrolment e = { .c = c, .ir = draft_new(f, PKIBody_ir) };

    draft_finish(e.ir);
    uint32_t of_ir = core_send(c, e.ir->der).reference;
    e.certificate = fixture_issue(f, e.ir);
    core_complete(c, CMPGATE_DONE, e.certificate);
    core_wait_for_phase(c, e.ir, PHASE_READY);
    e.ip = core_fetch(c, "lan", of_ir);
    EXPECT_BODY(e.ip, e.ir, PKIBody_ip);

    e.certConf = confirm(&e, e.ip.message, PKIStatus_accepted);
    struct heard come_back = core_send(c, e.certConf->der);
    uint32_t reference = come_back.reference;
    EXPECT_EQ(come_back.kind, CMPGATE_COME_BACK);
    EXPECT(reference != 0 && reference != of_ir);
    EXPECT_EQ(core_send(c, e.certConf->der).reference, reference);
    EXPECT_EQ(core_fetch(c, "lan", reference).reference, reference);
    EXPECT_EQ(core_fetch(c, "wan", reference).kind, CMPGATE_UNKNOWN_REFERENCE);
    EXPECT(span_eq(core_fetch(c, "lan", of_ir).message, e.ip.message));
    EXPECT(span_eq(core_send(c, e.ir->der).message, e.ip.message));
    core_stop(c);

    c = core_start(f, &framed);
    e.c = c;
    EXPECT_EQ(core_fetch(c, "lan", reference).reference, reference);
    core_stop(c);
}

CASE(the_answer_fits_the_certConf_and_is_the_same_for_whoever_asks)
{
    struct enrolment e;

    enrol(&e, f, &framed);
    uint32_t reference = core_send(e.c, e.certConf->der).reference;
    over(&e, CMPGATE_DONE);
    struct heard fetched = core_fetch(e.c, "lan", reference);
    EXPECT_BODY(fetched, e.certConf, PKIBody_pkiconf);
    EXPECT(span_eq(core_fetch(e.c, "lan", reference).message, fetched.message));
    EXPECT(span_eq(core_send(e.c, e.certConf->der).message, fetched.message));
    core_stop(e.c);
}

CASE(a_refusal_of_a_certConf_is_fetched_and_nothing_when_the_client_gave_up)
{
    struct enrolment e;

    enrol(&e, f, &framed);
    uint32_t reference = core_send(e.c, e.certConf->der).reference;
    over(&e, CMPGATE_REJECTED);
    struct heard fetched = core_fetch(e.c, "lan", reference);
    EXPECT_EQ(status_of(error_of(e.certConf, &fetched)), PKIStatus_rejection);
    EXPECT(is_revoked(&e));

    enrol_with(&e, f, e.c);
    reference = core_send(e.c, e.certConf->der).reference;
    struct draft *error = core_next(e.ir, PKIBody_error, e.ip.message);
    draft_finish(error);
    struct heard heard = core_send(e.c, error->der);
    EXPECT_BODY(heard, error, PKIBody_pkiconf);
    EXPECT_EQ(core_fetch(e.c, "lan", reference).kind, CMPGATE_UNKNOWN_REFERENCE);
    core_stop(e.c);
}

/* ---- RFC 2510 ---------------------------------------------------------------------------------------------- */

/* An old client as far as its conf, which is not answered. */
static struct draft *send_conf(struct enrolment *e, struct fixture *f, struct core *c)
{
    *e = (struct enrolment){ .c = c, .ir = draft_new(f, PKIBody_ir) };
    e->ir->header->pvno = asn1_put_int(f->arena, PKIHeader_cmp1999);
    draft_finish(e->ir);
    e->certificate = fixture_issue(f, e->ir);
    e->ip = certified(e);
    unsigned before = core_orders(c);
    struct draft *conf = core_next(e->ir, PKIBody_pkiconf, e->ip.message);
    draft_finish(conf);
    EXPECT_EQ(core_send(c, conf->der).kind, CMPGATE_NOTHING);
    core_wait_for_order(c, before + 1);
    EXPECT_EQ(core_order_kind(c), CMPGATE_CONFIRM);
    EXPECT_EQ(core_phase(c, e->ir), PHASE_CONFIRM_WAITING);
    EXPECT_EQ(core_send(c, conf->der).kind, CMPGATE_NOTHING);
    return conf;
}

CASE(a_conf_is_not_answered_and_confirms_when_the_backend_has_said_so)
{
    struct enrolment e;

    f->endpoint.cmp1999 = true;
    struct core *c = core_start(f, &told);
    struct draft *conf = send_conf(&e, f, c);
    over(&e, CMPGATE_DONE);
    EXPECT_EQ(core_ending(c, e.ir), ENDING_CONFIRMED);
    EXPECT_EQ(core_send(c, conf->der).kind, CMPGATE_NOTHING);

    conf = send_conf(&e, f, c);
    over(&e, CMPGATE_REJECTED);
    EXPECT_EQ(core_ending(c, e.ir), ENDING_REJECTED);
    EXPECT(is_revoked(&e));
    EXPECT_EQ(core_send(c, conf->der).kind, CMPGATE_NOTHING);
    core_stop(c);
}
