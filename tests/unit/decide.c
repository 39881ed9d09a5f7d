/* The table of legal moves, exhaustively: every phase, input and set of facts, and every path. */
#include "gateway/protocol/decide.h"

#include "gateway/protocol/inbound.h"
#include "tests/unit/test.h"

#define EACH(p, i, f)                                           \
    for (int p = PHASE_NONE; p < PHASE_COUNT; p++)              \
        for (int i = 0; i < INPUT_COUNT; i++)                   \
            for (unsigned f = 0; f <= FACT_ALL; f++)

/* How far on the way a phase is; the numbers of phases are in the order in which they were thought of. */
static int progress(enum phase phase)
{
    static const int far[PHASE_COUNT] = {
        [PHASE_ORDERED] = 1, [PHASE_WAITING] = 2, [PHASE_READY] = 3, [PHASE_ISSUED] = 4, [PHASE_CONFIRMING] = 5,
        [PHASE_CONFIRM_WAITING] = 6, [PHASE_CLOSED] = 7, [PHASE_SWEPT] = 8
    };

    return far[phase];
}

static bool is_outcome(int input)
{
    return input >= INPUT_DONE && input <= INPUT_UNSURE;
}

static bool from_client(int input)
{
    return input <= INPUT_GIVE_UP;
}

TEST(every_combination_has_a_move_with_a_reason)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        EXPECT(m.reason != NULL && m.reason[0] != '\0');
        EXPECT(m.phase >= PHASE_NONE && m.phase < PHASE_COUNT);
    }
}

TEST(without_a_step_nothing_changes)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        if (!(m.acts & ACT_STEP)) {
            EXPECT_EQ(m.phase, phase);
            EXPECT_EQ(m.ending, ENDING_NONE);
        }
    }
}

/* holds 9483-3.6.4-02 */
TEST(phases_only_go_forward_and_over_is_over)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        EXPECT(progress(m.phase) >= progress((enum phase)phase));
        if (m.acts & ACT_STEP) {
            EXPECT(progress(m.phase) > progress((enum phase)phase));
            EXPECT((m.phase == PHASE_CLOSED) == (m.ending != ENDING_NONE));
        }
    }
}

TEST(what_promises_something_is_committed_first)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        if (m.say == SAY_ANSWER || m.say == SAY_WAITING ||
            (m.say == SAY_COME_BACK && (phase == PHASE_ORDERED || phase == PHASE_CONFIRMING)) || (m.say == SAY_PKICONF && phase != PHASE_CLOSED)) {
            EXPECT(m.acts & ACT_STEP);
        }
    }
}

TEST(a_certConf_that_nobody_waits_for_changes_nothing)
{
    for (unsigned f = 0; f <= FACT_ALL; f++) {
        struct move m = decide(PHASE_CLOSED, INPUT_CONFIRM, f);
        bool indulged = (f & FACT_INDULGED) && (f & FACT_CERTIFIES);
        EXPECT_EQ(m.acts, 0);
        if (!(f & (FACT_CONFIRMED | FACT_UNCONFIRMED))) {
            EXPECT_EQ(m.say, indulged ? SAY_PKICONF : SAY_REFUSAL);
        }
    }
}

TEST(a_reference_is_given_out_once_and_with_the_step_that_waits)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        if (m.say == SAY_COME_BACK && (m.acts & ACT_STEP)) {
            EXPECT(phase_owes((enum phase)phase) || (phase == PHASE_NONE && (facts & FACT_MANUAL)));
            EXPECT_EQ(m.phase, phase == PHASE_CONFIRMING ? PHASE_CONFIRM_WAITING : PHASE_WAITING);
        }
        if (m.say == SAY_COME_BACK) {
            EXPECT((facts & FACT_FRAMED) || input == INPUT_FETCH);
        }
    }
}

TEST(who_waits_is_told_so_in_one_way_only)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        if (m.phase == PHASE_WAITING && phase == PHASE_ORDERED) {
            EXPECT_EQ(m.say, facts & FACT_FRAMED ? SAY_COME_BACK : SAY_WAITING);
        }
        if (m.phase == PHASE_CONFIRM_WAITING && phase == PHASE_CONFIRMING) {
            EXPECT_EQ(m.say, facts & FACT_FRAMED ? SAY_COME_BACK : SAY_WAITING);
        }
        if (phase == PHASE_CONFIRM_WAITING && input == INPUT_REPEAT) {
            EXPECT_EQ(m.say, (facts & FACT_FRAMED) && (facts & FACT_TOLD) ? SAY_COME_BACK : SAY_STORED);
        }
        if ((phase == PHASE_WAITING || phase == PHASE_READY) && input == INPUT_REPEAT) {
            EXPECT_EQ(m.say, facts & FACT_FRAMED ? SAY_COME_BACK : SAY_STORED);
        }
    }
}

TEST(a_reference_fetches_what_a_pollReq_would)
{
    for (unsigned facts = 0; facts <= FACT_ALL; facts++) {
        struct move fetched = decide(PHASE_READY, INPUT_FETCH, facts), polled = decide(PHASE_READY, INPUT_POLL, facts);
        EXPECT_EQ(fetched.say, SAY_ANSWER);
        EXPECT_EQ(fetched.phase, polled.phase);
        EXPECT_EQ(fetched.ending, polled.ending);
        EXPECT_EQ(fetched.acts, polled.acts);
    }
}

TEST(no_backend_hears_of_what_an_operator_must_approve)
{
    for (unsigned facts = 0; facts <= FACT_ALL; facts++) {
        struct move m = decide(PHASE_NONE, INPUT_OPEN, facts);
        EXPECT_EQ((m.acts & ACT_ASK) != 0, !(facts & FACT_MANUAL));
        EXPECT(m.acts & ACT_ORDER);
        EXPECT_EQ(m.phase, facts & FACT_MANUAL ? PHASE_WAITING : PHASE_ORDERED);
    }
}

TEST(a_word_of_the_operator_counts_while_the_client_waits_for_it)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        bool word = input == INPUT_APPROVED || input == INPUT_DENIED || input == INPUT_NOT_APPROVED;
        if (word) {
            EXPECT_EQ(m.acts != 0, phase == PHASE_WAITING);
            EXPECT_EQ(m.say, SAY_NOTHING);
        }
        if (input == INPUT_APPROVED && phase == PHASE_WAITING) {
            EXPECT_EQ(m.acts, ACT_ORDER | ACT_ASK);
        }
    }
}

TEST(a_conf_is_a_certConf_that_is_not_answered)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        EXPECT(m.say != SAY_SILENCE || input == INPUT_CONF);
        if (m.say == SAY_SILENCE && phase == PHASE_ISSUED) {
            struct move certConf = decide((enum phase)phase, INPUT_CONFIRM, facts);
            EXPECT_EQ(m.ending, certConf.ending);
            EXPECT_EQ(m.acts, certConf.acts & ~(unsigned)ACT_JOIN);
        }
    }
}

TEST(nothing_is_under_a_reference_without_an_answer_or_the_hope_of_one)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        bool given_up = (facts & FACT_TOLD) && (facts & FACT_ABANDONED), answered = facts & FACT_ANSWERED;
        bool hopeless = phase <= PHASE_ORDERED || phase == PHASE_SWEPT || (phase == PHASE_CLOSED && (given_up || !answered));
        EXPECT_EQ(m.say == SAY_UNKNOWN, input == INPUT_FETCH && hopeless);
    }
}

/* holds 9483-3.5-01 */
TEST(a_refusal_changes_nothing)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        if (m.say == SAY_REFUSAL) {
            EXPECT_EQ(m.acts, 0);
            EXPECT_EQ(m.phase, phase);
        }
    }
}

/* holds 9483-5.1-01 */
TEST(every_message_of_a_client_is_answered_or_joined)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        bool impossible = phase == PHASE_NONE && input == INPUT_REPEAT;
        if (from_client(input) && !impossible) {
            EXPECT(m.say != SAY_NOTHING || (m.acts & ACT_JOIN));
        }
    }
}

TEST(a_certificate_enters_only_with_the_outcome_that_brings_it)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        if (m.acts & ACT_CERTIFICATE) {
            EXPECT_EQ(input, INPUT_DONE);
            EXPECT(facts & FACT_CERTIFIES);
            EXPECT(phase == PHASE_ORDERED || phase == PHASE_WAITING ||
                   (phase == PHASE_CLOSED && (facts & FACT_ABANDONED)));
        }
    }
}

TEST(an_outcome_never_speaks_for_a_client_that_polls)
{
    EACH(phase, input, facts) {
        if (is_outcome(input) && !phase_owes((enum phase)phase)) {
            struct move m = decide((enum phase)phase, (enum input)input, facts);
            EXPECT(m.say == SAY_NOTHING || (phase == PHASE_CONFIRM_WAITING && m.phase == PHASE_CLOSED));
        }
    }
}

/* holds 9483-5.1-02 9810-5.1.1-06 9483-3.6.4-09 */
TEST(an_opening_request_never_takes_a_transaction_that_exists)
{
    for (int phase = PHASE_ORDERED; phase < PHASE_COUNT; phase++) {
        struct move m = decide((enum phase)phase, INPUT_OPEN, 0);
        EXPECT_EQ(m.say, SAY_REFUSAL);
        EXPECT_EQ(m.failure, FAIL_transactionIdInUse);
    }
}

/* holds 9483-3.5-06 9483-3.1-26 */
TEST(a_follow_up_of_an_unknown_transaction_is_a_bad_request)
{
    static const enum input inputs[] = { INPUT_POLL, INPUT_CONF, INPUT_CONFIRM, INPUT_DECLINE, INPUT_GIVE_UP };

    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct move m = decide(PHASE_NONE, inputs[i], 0);
        EXPECT_EQ(m.say, SAY_REFUSAL);
        EXPECT_EQ(m.failure, FAIL_badRequest);
    }
}

TEST(a_second_certConf_is_told_that_the_first_one_counted)
{
    EXPECT_EQ(decide(PHASE_CLOSED, INPUT_CONFIRM, FACT_CONFIRMED | FACT_ANSWERED).failure, FAIL_certConfirmed);
    EXPECT_EQ(decide(PHASE_CLOSED, INPUT_DECLINE, FACT_CONFIRMED | FACT_ANSWERED).failure, FAIL_certConfirmed);
    EXPECT_EQ(decide(PHASE_CLOSED, INPUT_CONFIRM, FACT_UNCONFIRMED | FACT_ANSWERED).failure, FAIL_certRevoked);
    EXPECT_EQ(decide(PHASE_CLOSED, INPUT_CONFIRM, FACT_ANSWERED).failure, FAIL_badRequest);
}

/* ---- a backend that is told ------------------------------------------------------------- */

TEST(a_certConf_waits_for_the_backend_that_wants_to_hear_of_it_and_for_no_other)
{
    for (unsigned facts = 0; facts <= FACT_ALL; facts++) {
        struct move accepted = decide(PHASE_ISSUED, INPUT_CONFIRM, facts), declined = decide(PHASE_ISSUED, INPUT_DECLINE, facts);
        bool told = facts & FACT_CONFIRMS;
        EXPECT_EQ(accepted.phase, told ? PHASE_CONFIRMING : PHASE_CLOSED);
        EXPECT_EQ(accepted.acts, told ? ACT_STEP | ACT_CONFIRM | ACT_JOIN : ACT_STEP);
        EXPECT_EQ(declined.phase, PHASE_CLOSED);
        EXPECT_EQ(declined.say, SAY_PKICONF);
        EXPECT_EQ(declined.acts, ACT_STEP | ACT_REVOKE | ACT_DISCARD);
    }
}

/* With the step that ends it, and revoked in the same commit. */
TEST(a_backend_hears_of_each_certificate_that_is_of_no_use)
{
    EACH(phase, input, facts) {
        struct move m = decide((enum phase)phase, (enum input)input, facts);
        bool of_no_use = m.phase == PHASE_CLOSED && (m.acts & ACT_STEP) && (m.acts & ACT_REVOKE) && !(m.acts & ACT_ORDER);
        EXPECT_EQ((m.acts & ACT_DISCARD) != 0, of_no_use);
        EXPECT(!(m.acts & ACT_CONFIRM) || (phase == PHASE_ISSUED && (facts & FACT_CONFIRMS)));
    }
}

TEST(no_time_runs_out_while_the_backend_confirms)
{
    for (unsigned facts = 0; facts <= FACT_ALL; facts++) {
        EXPECT_EQ(decide(PHASE_CONFIRMING, INPUT_CONFIRM_LATE, facts).acts, 0);
        EXPECT_EQ(decide(PHASE_CONFIRM_WAITING, INPUT_CONFIRM_LATE, facts).acts, 0);
    }
}

/* The order that made the certificate has had its outcome: only that of its own order confirms it. */
TEST(the_outcome_of_another_order_confirms_nothing)
{
    EACH(phase, input, facts) {
        bool confirms = phase == PHASE_CONFIRMING || phase == PHASE_CONFIRM_WAITING;
        if (confirms && is_outcome(input) && !(facts & FACT_TOLD)) {
            EXPECT_EQ(decide((enum phase)phase, (enum input)input, facts).acts, 0);
        }
    }
}

/* ---- every path: a transaction as the world sees it ------------------------------------- */

struct world {
    enum phase phase;
    enum ending ending;
    bool certifies, implicit, framed, manual, refused;
    bool confirms;          /* its backend wants to hear of a certConf */
    int certificates;       /* that entered the inventory */
    bool revoked;           /* the certificate at stake */
    bool delivered;         /* an answer with a certificate was sent */
};

static unsigned facts_of(const struct world *w)
{
    return (w->certifies ? FACT_CERTIFIES : 0u) | (w->implicit ? FACT_IMPLICIT : 0u) |
           (w->refused ? FACT_REFUSED : 0u) |
           (w->ending == ENDING_ABANDONED ? FACT_ABANDONED : 0u) |
           (w->ending == ENDING_UNCONFIRMED ? FACT_UNCONFIRMED : 0u) |
           (w->ending == ENDING_CONFIRMED || w->ending == ENDING_DECLINED ? FACT_CONFIRMED : 0u) |
           (w->delivered ? FACT_ANSWERED : 0u) | (w->framed ? FACT_FRAMED : 0u) |
           (w->manual ? FACT_MANUAL : 0u) | (w->confirms ? FACT_CONFIRMS : 0u) |
           (w->phase == PHASE_CONFIRMING || w->phase == PHASE_CONFIRM_WAITING ? FACT_TOLD : 0u);
}

static struct world step(struct world w, enum input input)
{
    struct move m = decide(w.phase, input, facts_of(&w));

    if (m.acts & ACT_STEP) {
        w.phase = m.phase;
        w.ending = m.ending;
    }
    bool confirming = w.ending == ENDING_REJECTED;
    if (!confirming && (input == INPUT_REJECTED || input == INPUT_DENIED || input == INPUT_NOT_APPROVED) && (m.acts & ACT_ORDER)) {
        w.refused = true;
    }
    w.certificates += (m.acts & ACT_CERTIFICATE) != 0;
    w.revoked |= (m.acts & ACT_REVOKE) != 0;
    w.delivered |= m.say == SAY_ANSWER && w.certifies && !w.refused && !confirming;
    return w;
}

static void check_world(const struct world *w)
{
    EXPECT(w->certificates <= 1);
    EXPECT(!w->delivered || w->certificates == 1);
    EXPECT(!(w->certificates == 1 && w->refused));
    if (w->certificates == 1 &&
        (w->ending == ENDING_DECLINED || w->ending == ENDING_UNCONFIRMED || w->ending == ENDING_REJECTED)) {
        EXPECT(w->revoked);
    }
    if (w->ending == ENDING_ABANDONED && w->certificates == 1) {
        EXPECT(w->revoked);
    }
    if (w->certifies && (w->ending == ENDING_CONFIRMED || w->ending == ENDING_IMPLICIT)) {
        EXPECT(w->certificates == 1 && !w->revoked && w->delivered);
    }
    if (w->ending == ENDING_IMPLICIT && w->certifies) {
        EXPECT(w->implicit);
    }
}

/* There are few worlds and many ways to each. */
static bool been_here(const struct world *w)
{
    static bool seen[PHASE_COUNT][8][4][128];
    unsigned flags = (w->certifies ? 1u : 0u) | (w->implicit ? 2u : 0u) | (w->refused ? 4u : 0u) |
                     (w->revoked ? 8u : 0u) | (w->delivered ? 16u : 0u) | (w->framed ? 32u : 0u) |
                     (w->confirms ? 64u : 0u);
    bool *here = &seen[w->phase][w->ending][w->certificates & 3][flags];
    bool been = *here;

    *here = true;
    return been;
}

/* A backend gives one final outcome for an order, except that we may hear it twice. */
static void walk(struct world w)
{
    check_world(&w);
    if (been_here(&w)) {
        return;
    }
    for (int input = 0; input < INPUT_COUNT; input++) {
        bool confirming = w.phase == PHASE_CONFIRMING || w.phase == PHASE_CONFIRM_WAITING;
        bool contradicts = !confirming && ((input == INPUT_REJECTED && w.certificates > 0) || (input == INPUT_DONE && w.refused));
        bool second = input == INPUT_DONE && w.phase == PHASE_CLOSED && w.certificates + w.revoked > 0;
        if (!contradicts && !second) {
            walk(step(w, (enum input)input));
        }
    }
}

TEST(on_every_path_at_most_one_certificate_and_none_unwanted_stays_valid)
{
    for (unsigned kind = 0; kind < 32; kind++) {
        struct world w = { .certifies = kind & 1, .implicit = kind & 2, .framed = kind & 4, .manual = kind & 8,
                           .confirms = kind & 16 };
        walk(w);
    }
}

/* holds 9483-4.1.1-47 9483-5.1.2-01 9483-4.4-08 9810-5.3.22-02 9810-5.3.21-01 */
TEST(the_straight_ways_arrive)
{
    struct world w = { .certifies = true };

    w = step(step(w, INPUT_OPEN), INPUT_DONE);
    EXPECT_EQ(w.phase, PHASE_ISSUED);
    w = step(w, INPUT_CONFIRM);
    EXPECT_EQ(w.ending, ENDING_CONFIRMED);

    w = (struct world){ .certifies = true };
    w = step(step(step(step(w, INPUT_OPEN), INPUT_LATER), INPUT_DONE), INPUT_POLL);
    EXPECT_EQ(w.phase, PHASE_ISSUED);
    EXPECT(w.delivered);

    w = (struct world){ .certifies = true, .framed = true };
    w = step(step(step(step(w, INPUT_OPEN), INPUT_HOLD_OVER), INPUT_DONE), INPUT_FETCH);
    EXPECT_EQ(w.phase, PHASE_ISSUED);
    EXPECT(w.delivered);

    w = (struct world){ .certifies = true, .confirms = true };
    w = step(step(step(w, INPUT_OPEN), INPUT_DONE), INPUT_CONFIRM);
    EXPECT_EQ(w.phase, PHASE_CONFIRMING);
    EXPECT_EQ(step(w, INPUT_DONE).ending, ENDING_CONFIRMED);
    EXPECT_EQ(step(w, INPUT_REJECTED).ending, ENDING_REJECTED);
    EXPECT_EQ(step(step(w, INPUT_LATER), INPUT_DONE).ending, ENDING_CONFIRMED);

    w = (struct world){ .certifies = false };
    w = step(step(w, INPUT_OPEN), INPUT_DONE);
    EXPECT_EQ(w.ending, ENDING_IMPLICIT);
    EXPECT(w.revoked);
}
