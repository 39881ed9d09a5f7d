/* What a certificate of ours may still do: good, on hold, revoked, expired, not valid yet, not confirmed.
 *
 * One row a status; docs/architecture.md has the same table for people.  One that a newer certificate has taken the place
 * of is as good as before, until it expires or is revoked: whoever lost the answer to a kur must be able to ask again.
 */
#include "gateway/protocol/check.h"

enum {
    MAY_ALL       = 1 << 0,
    MAY_RR        = 1 << 1,     /* answered with certRevoked and not with a riddle; on hold: revokes for good */
    MAY_FOLLOW    = 1 << 2,     /* pollReq, certConf, error: what was begun in time is brought to its end */
    MAY_FOLLOW_RR = 1 << 3,     /* the pollReq for the outcome of the rr that revoked it */
    MAY_KUR_LATE  = 1 << 4,     /* kur within the profile's grace */
};

struct status {
    const char *text;
    unsigned may;
};

static const struct status good        = { "good",                   MAY_ALL },
                           revoked     = { "is revoked",             MAY_RR | MAY_FOLLOW_RR },
                           on_hold     = { "is on hold",             MAY_RR | MAY_FOLLOW_RR },
                           unconfirmed = { "has not been confirmed", 0 },
                           not_yet     = { "is not valid yet",       0 },
                           expired     = { "has expired",            MAY_RR | MAY_FOLLOW | MAY_KUR_LATE };

/* The certConf that is still owed is protected by what the request was protected with (RFC 9483 4.1.1). */
static bool is_confirmed(const struct certificate *row)
{
    return row->phase == PHASE_NONE ||
           (row->phase == PHASE_CLOSED && (row->ending == ENDING_CONFIRMED || row->ending == ENDING_IMPLICIT));
}

/* The worst first. */
static const struct status *status_of(const struct certificate *row, int64_t now)
{
    if (row->revoked_at != 0) {
        return row->reason == CRLReason_certificateHold ? &on_hold : &revoked;
    }
    if (!is_confirmed(row)) {
        return &unconfirmed;
    }
    return now < row->not_before ? &not_yet : now > row->not_after ? &expired : &good;
}

static bool in_grace(const struct inbound *in, const struct certificate *row)
{
    const struct config_profile *profile = profile_meant(in);

    return profile != NULL && in->now <= row->not_after + profile->kur_grace;
}

/* What the message would be, for somebody who may not do all. */
static unsigned wants(const struct inbound *in, const struct certificate *row)
{
    int arm = in->message->body->arm;

    if (arm == PKIBody_rr) {
        return MAY_RR;
    }
    if (arm == PKIBody_kur) {
        return in_grace(in, row) ? MAY_KUR_LATE : 0;
    }
    if (body_opens(arm) || in->step_count == 0) {
        return 0;
    }
    bool of_rr = arm == PKIBody_pollReq && in->steps[0].operation == PKIBody_rr;
    return MAY_FOLLOW | (of_rr ? MAY_FOLLOW_RR : 0u);
}

bool status_admits(const struct inbound *in, struct refusal *no)
{
    const struct certificate *row = in->sender.row;
    const struct status *status = status_of(row, in->now);

    return ((wants(in, row) | MAY_ALL) & status->may) ||
           refuse(no, FAIL_signerNotTrusted, "the protection certificate %s", status->text);
}

bool status_updates(const struct inbound *in, const struct certificate *row, struct refusal *no)
{
    const struct status *status = status_of(row, in->now);

    return (status->may & MAY_ALL) || ((status->may & MAY_KUR_LATE) && in_grace(in, row)) ||
           refuse(no, row->revoked_at != 0 ? FAIL_certRevoked : FAIL_badCertId,
                  "RFC 9483 4.1.3: the certificate to be updated %s", status->text);
}
