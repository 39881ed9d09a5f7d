/* An answer that took long is the one that it would have been at once, and what is never fetched is over; backends that are
 * not there, or do not work. */
#include <time.h>

#include "tests/unit/capture.h"
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

static const struct core_setting plain = { .hold = 1 };
static const int arms[] = { PKIBody_ir, PKIBody_cr, PKIBody_p10cr, PKIBody_kur, PKIBody_rr };

enum { ARMS = sizeof arms / sizeof *arms };

/* A good request: a kur and an rr are about a certificate, and signed with it. */
static struct draft *request(struct fixture *f, int arm)
{
    struct draft *d = draft_new(f, arm);

    if (arm == PKIBody_kur || arm == PKIBody_rr) {
        struct holder *h = arena_zalloc(f->arena, sizeof *h);
        *h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
        draft_about(d, h);
        draft_sign(d, h);
    }
    return d;
}

static struct PKIMessage *read_answer(struct fixture *f, const struct draft *d, const struct heard *heard)
{
    struct PKIMessage *m = NULL;

    EXPECT_STR(core_fault(f, d, heard, &m), "");
    return m;
}

static struct PKIMessage *answered_at_once(struct core *c, struct draft *d, struct cmpgate_outcome *outcome)
{
    core_at_once(c, outcome);
    draft_finish(d);
    struct heard heard = core_send(c, d->der);
    core_at_once(c, NULL);
    return read_answer(d->f, d, &heard);
}

static struct draft *poll_after(const struct draft *d, struct span answer)
{
    struct draft *poll = core_next(d, PKIBody_pollReq, answer);
    bool in_response = d->body->arm != PKIBody_rr && d->body->arm != PKIBody_p10cr;

    poll->poll->certReqId = asn1_put_int(d->f->arena, in_response ? 0 : -1);
    draft_finish(poll);
    return poll;
}

/* Told to wait, and at once to wait on. */
static struct heard waits(struct core *c, struct draft *d)
{
    draft_finish(d);
    struct heard heard = core_send(c, d->der);
    EXPECT_EQ(core_phase(c, d), PHASE_WAITING);
    struct draft *poll = poll_after(d, heard.message);
    struct heard polled = core_send(c, poll->der);
    EXPECT_BODY(polled, poll, PKIBody_pollRep);
    return polled;
}

static struct PKIMessage *fetched(struct core *c, const struct draft *d, struct span answer)
{
    core_wait_for_phase(c, d, PHASE_READY);
    struct draft *poll = poll_after(d, answer);
    struct heard heard = core_send(c, poll->der);
    return read_answer(d->f, poll, &heard);
}

/* ---- the same answer ------------------------------------------------------------------------- */

static bool same_certificates(const struct asn1_list *a, const struct asn1_list *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; same && i < a->count; i++) {
        same = span_eq(((struct CMPCertificate *)a->item[i])->der, ((struct CMPCertificate *)b->item[i])->der);
    }
    return same;
}

static bool same_header(const struct PKIHeader *a, const struct PKIHeader *b)
{
    static const enum oid kinds[] = { OID_id_it_implicitConfirm, OID_id_it_confirmWaitTime };
    bool same = span_eq(a->pvno, b->pvno) && span_eq(a->sender->der, b->sender->der) && span_eq(a->senderKID, b->senderKID) &&
                a->generalInfo.count == b->generalInfo.count &&
                span_eq(a->protectionAlg->algorithm, b->protectionAlg->algorithm);

    for (size_t i = 0; i < 2; i++) {
        same &= (GeneralInfo_find(&a->generalInfo, kinds[i]) != NULL) == (GeneralInfo_find(&b->generalInfo, kinds[i]) != NULL);
    }
    return same;
}

static bool same_response(const struct CertRepMessage *a, const struct CertRepMessage *b)
{
    if (a->response.count != 1 || b->response.count != 1) {
        return false;
    }
    const struct CertResponse *x = a->response.item[0], *y = b->response.item[0];
    return span_eq(x->certReqId, y->certReqId) && span_eq(x->status->der, y->status->der) &&
           (x->certifiedKeyPair != NULL) == (y->certifiedKeyPair != NULL) && same_certificates(&a->caPubs, &b->caPubs);
}

static bool same_status(const struct RevRepContent *a, const struct RevRepContent *b)
{
    return a->status.count == 1 && b->status.count == 1 && a->revCerts.count == b->revCerts.count &&
           span_eq(((struct PKIStatusInfo *)a->status.item[0])->der, ((struct PKIStatusInfo *)b->status.item[0])->der);
}

static void expect_same(const struct PKIMessage *a, const struct PKIMessage *b, int arm)
{
    REQUIRE(a != NULL && b != NULL);
    EXPECT_EQ(a->body->arm, arm);
    REQUIRE(b->body->arm == arm);
    EXPECT(same_header(a->header, b->header));
    EXPECT(same_certificates(&a->extraCerts, &b->extraCerts));
    if (arm == PKIBody_rp) {
        EXPECT(same_status(a->body->rp, b->body->rp));
    } else {
        EXPECT(same_response(a->body->ip, b->body->ip));
    }
}

static struct span issued(struct fixture *f, const struct draft *d)
{
    return d->body->arm != PKIBody_rr ? fixture_issue(f, d) : (struct span){ NULL, 0 };
}

static const struct span *certificate_in(const struct PKIMessage *m)
{
    const struct CertResponse *r = m != NULL && m->body->arm != PKIBody_rp ? m->body->ip->response.item[0] : NULL;

    return r != NULL && r->certifiedKeyPair != NULL ? &r->certifiedKeyPair->certOrEncCert->certificate->der : NULL;
}

/* holds 9483-4.4-09 */
CASE(an_answer_after_polling_is_what_it_would_have_been)
{
    struct core *c = core_start(f, &plain);

    for (size_t i = 0; i < ARMS; i++) {
        struct draft *quick = request(f, arms[i]), *slow = request(f, arms[i]);
        struct span first = issued(f, quick), second = issued(f, slow);
        struct cmpgate_outcome done = { .size = sizeof done, .result = CMPGATE_DONE, .certificate = { first.ptr, first.len } };
        struct PKIMessage *at_once = answered_at_once(c, quick, &done);
        struct heard waiting = waits(c, slow);
        core_complete(c, CMPGATE_DONE, second);
        struct PKIMessage *late = fetched(c, slow, waiting.message);
        expect_same(at_once, late, answer_arm(arms[i]));
        EXPECT(arms[i] == PKIBody_rr || (certificate_in(late) != NULL && span_eq(*certificate_in(late), second)));
        EXPECT_EQ(core_phase(c, slow), core_phase(c, quick));
    }
    core_stop(c);
}

static unsigned fail_info_of(const struct PKIMessage *m)
{
    const struct PKIStatusInfo *info = m != NULL ? answer_status(m->body) : NULL;

    return info != NULL ? asn1_named_bits(info->failInfo) : 0;
}

/* A certConf for what there is not. */
static unsigned answer_to_certConf(struct core *c, const struct draft *d)
{
    struct fixture *f = d->f;
    struct step *steps;
    size_t count;
    struct draft *certConf = draft_follow(d, PKIBody_certConf);

    EXPECT(store_steps(f->store, d->header->transactionID, f->arena, &steps, &count) && count > 0);
    certConf->header->recipNonce = arena_copy(f->arena, steps[count - 1].our_nonce.octets, steps[count - 1].our_nonce.len);
    certConf->status->certHash = put_text(f, "a hash of thirty-two octets, or so");
    draft_finish(certConf);
    struct heard heard = core_send(c, certConf->der);
    const struct PKIMessage *m = read_answer(f, certConf, &heard);
    EXPECT(m != NULL && m->body->arm == PKIBody_error);
    return fail_info_of(m);
}

/* holds 9483-3.6.2-02 9483-4.4-09 9483-4.1.1-33 */
CASE(a_refusal_after_polling_is_what_it_would_have_been)
{
    struct core *c = core_start(f, &plain);

    for (size_t i = 0; i < ARMS; i++) {
        struct draft *quick = request(f, arms[i]), *slow = request(f, arms[i]);
        struct cmpgate_outcome no = { .size = sizeof no, .result = CMPGATE_REJECTED, .text = "not for pumps",
                                      .fail_info = PKIFailureInfo_badCertTemplate };
        struct PKIMessage *at_once = answered_at_once(c, quick, &no);
        struct heard waiting = waits(c, slow);
        core_refuse(c, no.fail_info, no.text);
        struct PKIMessage *late = fetched(c, slow, waiting.message);
        expect_same(at_once, late, answer_arm(arms[i]));
        EXPECT(at_once != NULL && late != NULL && span_eq(at_once->body->der, late->body->der));
        EXPECT_EQ(answer_to_certConf(c, quick), PKIFailureInfo_badRequest);
        EXPECT_EQ(answer_to_certConf(c, slow), PKIFailureInfo_badRequest);
        EXPECT_EQ(core_phase(c, slow), PHASE_CLOSED);
        EXPECT_EQ(core_phase(c, quick), PHASE_CLOSED);
    }
    core_stop(c);
}

/* ---- never fetched ------------------------------------------------------------------------------ */

/* A week later: what is due of the transaction is due now. */
static void let_it_be_due(struct fixture *f, const struct draft *d)
{
    struct step *steps;
    size_t count;

    REQUIRE(store_steps(f->store, d->header->transactionID, f->arena, &steps, &count) && count > 0);
    struct step next = steps[count - 1];
    EXPECT(next.due >= time(NULL) + 6 * 86400);
    next.number++;
    next.due = time(NULL) - 1;
    EXPECT_EQ(store_apply(f->store, &(struct change){ .step = &next }), COMMIT_DONE);
}

/* holds 9810-5.3.21-02 */
CASE(what_nobody_polls_for_is_over)
{
    struct core *c = core_start(f, &plain);
    struct draft *ir = request(f, PKIBody_ir);
    struct certificate *row = NULL;
    uint8_t fingerprint[STORE_DIGEST];

    draft_finish(ir);
    struct heard heard = core_send(c, ir->der);
    struct span certificate = fixture_issue(f, ir);
    core_complete(c, CMPGATE_DONE, certificate);
    core_wait_for_phase(c, ir, PHASE_READY);
    core_stop(c);
    let_it_be_due(f, ir);

    c = core_start(f, &plain);
    core_wait_for_phase(c, ir, PHASE_CLOSED);
    crypto_sha256(certificate, fingerprint);
    REQUIRE(store_certificate(f->store, fingerprint, f->arena, &row) && row != NULL);
    EXPECT(row->revoked_at != 0);
    EXPECT_EQ(row->ending, ENDING_UNCONFIRMED);
    struct draft *poll = poll_after(ir, heard.message);
    struct heard late = core_send(c, poll->der);
    EXPECT_BODY(late, poll, PKIBody_error);
    core_stop(c);
}

/* ---- backends that do not work --------------------------------------------------------------- */

/* holds 9483-3.6.4-11 */
CASE(a_backend_that_cannot_reach_its_CA_says_systemUnavail)
{
    struct core *c = core_start(f, &plain);
    struct draft *ir = request(f, PKIBody_ir);
    struct cmpgate_outcome no = { .size = sizeof no, .result = CMPGATE_REJECTED, .text = "no line to the CA",
                                  .fail_info = PKIFailureInfo_systemUnavail };

    EXPECT_EQ(fail_info_of(answered_at_once(c, ir, &no)), PKIFailureInfo_systemUnavail);
    EXPECT_EQ(core_phase(c, ir), PHASE_CLOSED);
    core_stop(c);
}

/* Nothing was refused: the same request is taken as soon as it can be. */
CASE(a_busy_backend_makes_the_transport_say_not_now)
{
    struct core *c = core_start(f, &(struct core_setting){ .backend_can = CMPGATE_PURE });
    struct draft *ir = request(f, PKIBody_ir);
    struct span certificate = fixture_issue(f, ir);
    struct cmpgate_outcome busy = { .size = sizeof busy, .result = CMPGATE_BUSY },
        done = { .size = sizeof done, .result = CMPGATE_DONE, .certificate = { certificate.ptr, certificate.len } };

    core_at_once(c, &busy);
    draft_finish(ir);
    EXPECT_EQ(core_send(c, ir->der).kind, CMPGATE_UNAVAILABLE);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    core_at_once(c, &done);
    struct heard heard = core_send(c, ir->der);
    EXPECT_BODY(heard, ir, PKIBody_ip);
    EXPECT_EQ(core_phase(c, ir), PHASE_ISSUED);
    core_stop(c);
}

/* holds 9483-3.6.4-12 */
CASE(a_backend_that_fails_is_systemFailure_and_nothing_is_stored)
{
    struct core *c = core_start(f, &(struct core_setting){ .backend_can = CMPGATE_PURE });
    struct draft *ir = request(f, PKIBody_ir);
    struct span stranger = fixture_issue(f, request(f, PKIBody_ir));
    struct cmpgate_outcome unsure = { .size = sizeof unsure, .result = CMPGATE_UNSURE, .text = "the HSM does not answer" },
        wrong = { .size = sizeof wrong, .result = CMPGATE_DONE, .certificate = { stranger.ptr, stranger.len } };

    capture_begin(false, CMPGATE_INFO);
    unsigned fail_info = fail_info_of(answered_at_once(c, ir, &unsure));
    const char *said = capture_end();
    EXPECT_EQ(fail_info, PKIFailureInfo_systemFailure);
    EXPECT_HAS(said, "refused: systemFailure: the CA failed: the HSM does not answer");
    EXPECT(strstr(said, "operator") == NULL);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    EXPECT_EQ(fail_info_of(answered_at_once(c, ir, &wrong)), PKIFailureInfo_systemFailure);
    EXPECT_EQ(core_phase(c, ir), PHASE_NONE);
    core_stop(c);
}
