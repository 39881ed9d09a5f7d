/* What a certificate of ours may still do: each cell of the table in docs/architecture.md. */
#include "tests/unit/test.h"

#include "tests/unit/protocol_help.h"

enum state { GOOD, SUPERSEDED, UNCONFIRMED, NOT_YET, EXPIRED, HELD, REVOKED, STATES };
static const char *const state_names[STATES] = {
    "good", "superseded", "not confirmed", "not valid yet", "expired", "on hold", "revoked"
};

/* What it sends; the last four go on with what it began before. */
enum what { IR, CR, P10CR, KUR, RR, GENM, POLL, CONF, ERROR, POLL_RR, WHATS };
static const char *const what_names[WHATS] = {
    "ir", "cr", "p10cr", "kur", "rr", "genm", "pollReq", "certConf", "error", "pollReq of its rr"
};

/* y: admitted; r: admitted, and told certRevoked; n: signerNotTrusted */
static const char table[STATES][WHATS + 1] = {
    /*  icpkrgpcep */
    [GOOD]        = "yyyyyyyyyy",
    [SUPERSEDED]  = "yyyyyyyyyy",
    [UNCONFIRMED] = "nnnnnnnnnn",
    [NOT_YET]     = "nnnnnnnnnn",
    [EXPIRED]     = "nnnnrnyyyy",
    [HELD]        = "nnnnynnnny",
    [REVOKED]     = "nnnnrnnnny",
};

static unsigned special_of(enum state state)
{
    return state == UNCONFIRMED ? HOLDER_UNCONFIRMED : state == NOT_YET ? HOLDER_NOT_YET
         : state == EXPIRED ? HOLDER_EXPIRED : 0;
}

static struct draft *opening(struct fixture *f, const struct holder *h, int arm)
{
    struct draft *d = draft_new(f, arm);

    if (arm == PKIBody_kur || arm == PKIBody_rr) {
        draft_about(d, h);
    }
    if (arm == PKIBody_genm) {
        struct InfoTypeAndValue *info = InfoTypeAndValue_new(f->arena);
        info->infoType = oid_contents(OID_id_it_caCerts);
        asn1_list_add(f->arena, &d->body->genm, info);
    }
    draft_sign(d, h);
    return d;
}

static struct draft *following(struct fixture *f, const struct holder *h, int opened, enum phase phase, int arm)
{
    struct holder *issued = arena_zalloc(f->arena, sizeof *issued);
    struct draft *first = opening(f, h, opened);

    *issued = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    draft_committed(first, phase, issued);
    struct draft *d = draft_follow(first, arm);
    if (arm == PKIBody_certConf) {
        draft_confirms(d, issued);
    }
    if (arm == PKIBody_pollReq && opened == PKIBody_rr) {
        d->poll->certReqId = asn1_put_int(f->arena, -1);
    }
    return d;
}

static struct draft *draft_of(struct fixture *f, const struct holder *h, enum what what)
{
    switch (what) {
    case IR:      return opening(f, h, PKIBody_ir);
    case CR:      return opening(f, h, PKIBody_cr);
    case P10CR:   return opening(f, h, PKIBody_p10cr);
    case KUR:     return opening(f, h, PKIBody_kur);
    case RR:      return opening(f, h, PKIBody_rr);
    case GENM:    return opening(f, h, PKIBody_genm);
    case POLL:    return following(f, h, PKIBody_kur, PHASE_WAITING, PKIBody_pollReq);
    case CONF:    return following(f, h, PKIBody_kur, PHASE_ISSUED, PKIBody_certConf);
    case ERROR:   return following(f, h, PKIBody_kur, PHASE_ISSUED, PKIBody_error);
    default:      return following(f, h, PKIBody_rr, PHASE_WAITING, PKIBody_pollReq);
    }
}

static struct holder in_state(struct fixture *f, enum state state)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", special_of(state));

    if (state == HELD || state == REVOKED) {
        fixture_revoke(f, &h, state == HELD ? CRLReason_certificateHold : CRLReason_keyCompromise);
    }
    if (state == SUPERSEDED) {
        struct holder next = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
        draft_committed(opening(f, &h, PKIBody_kur), PHASE_CLOSED, &next);
    }
    return h;
}

static char outcome(struct fixture *f, struct draft *d)
{
    f->no = (struct refusal){ .text = "" };
    if (receive(d)) {
        return 'y';
    }
    return f->no.failure == FAIL_signerNotTrusted ? 'n' : f->no.failure == FAIL_certRevoked ? 'r' : '?';
}

/* holds 9483-4.1.3-02 9483-5.1.3-03 */
CASE(each_cell_of_the_table_is_so)
{
    for (int state = 0; state < STATES; state++) {
        for (int what = 0; what < WHATS; what++) {
            struct holder h = in_state(f, (enum state)state);
            char have = outcome(f, draft_of(f, &h, (enum what)what));
            if (have != table[state][what]) {
                TEST_FAIL("%s, %s: want %c, have %c: %s", state_names[state], what_names[what], table[state][what], have,
                          f->no.text);
            }
        }
    }
}

CASE(a_refusal_for_its_status_says_which_and_is_signed)
{
    static const struct {
        enum state state;
        const char *words;
    } rows[] = {
        { UNCONFIRMED, "has not been confirmed" }, { NOT_YET, "is not valid yet" }, { EXPIRED, "has expired" },
        { HELD, "is on hold" }, { REVOKED, "is revoked" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct holder h = in_state(f, rows[i].state);
        EXPECT_DISTRUSTED(opening(f, &h, PKIBody_cr), signerNotTrusted, rows[i].words);
    }
}

/* The fixture's expired certificate ended an hour before now, or less. */
CASE(an_expired_certificate_is_updated_within_the_grace_of_its_profile)
{
    struct holder h = in_state(f, EXPIRED);
    int64_t since = f->now - h.row->not_after;

    f->profiles[0].kur_grace = since;
    EXPECT_ACCEPTED(opening(f, &h, PKIBody_kur));
    EXPECT_DISTRUSTED(opening(f, &h, PKIBody_cr), signerNotTrusted, "has expired");
    f->profiles[0].kur_grace = since - 1;
    EXPECT_DISTRUSTED(opening(f, &h, PKIBody_kur), signerNotTrusted, "has expired");
}

CASE(grace_is_for_a_kur_under_a_secret_as_well)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", HOLDER_EXPIRED | HOLDER_BY_SECRET);
    struct draft *d = draft_new(f, PKIBody_kur);

    fixture_tolerate(f, QUIRK_MAC_KUR);
    draft_about(d, &h);
    EXPECT_REFUSED(d, badCertId, "has expired");
    f->profiles[0].kur_grace = f->now - h.row->not_after;
    EXPECT_ACCEPTED(d);
}

CASE(there_is_no_grace_for_what_is_revoked)
{
    struct holder h = in_state(f, EXPIRED);

    f->profiles[0].kur_grace = 366 * 86400;
    fixture_revoke(f, &h, CRLReason_superseded);
    EXPECT_DISTRUSTED(opening(f, &h, PKIBody_kur), signerNotTrusted, "is revoked");
}

/* holds 9483-4.4-05 */
CASE(an_expired_certificate_does_not_go_on_with_what_another_began)
{
    struct holder h = in_state(f, EXPIRED), other = in_state(f, GOOD);
    struct draft *d = following(f, &other, PKIBody_kur, PHASE_WAITING, PKIBody_pollReq);

    draft_sign(d, &h);
    EXPECT_REFUSED(d, notAuthorized, "not the credential that opened the transaction");
}
