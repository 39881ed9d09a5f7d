/* The table of legal moves. */
#include "gateway/protocol/decide.h"

#include "gateway/protocol/inbound.h"

/* A row applies when all facts of `when` hold and none of `unless`; the first that applies wins. */
struct row {
    enum phase phase;
    enum input input;
    unsigned when, unless;
    struct move move;
};

#define GOES(p, s, a, r)      { .phase = PHASE_##p, .say = SAY_##s, .acts = (a), .reason = (r) }
#define ENDS(e, s, a, r)      { .phase = PHASE_CLOSED, .ending = ENDING_##e, .say = SAY_##s, .acts = (a), .reason = (r) }
#define STAYS(p, s, a, r)     { .phase = PHASE_##p, .say = SAY_##s, .acts = (a), .reason = (r) }
#define REFUSES(p, f, r)      { .phase = PHASE_##p, .say = SAY_REFUSAL, .failure = FAIL_##f, .reason = (r) }

#define UNKNOWN  "this transactionID is not known here: it was never opened, or is long over"
#define IN_USE   "this transactionID is in use by another request: open a new transaction"
#define WAS_USED "this transactionID was used by another request, long ago: open a new transaction"
#define IS_GONE  "this request was answered long ago, and the answer is not kept any more: open a new transaction"
#define NO_POLL  "nothing is being waited for in this transaction"
#define NO_CONF  "there is no certificate to confirm in this transaction"
#define NO_REFERENCE  "nothing is under this polling reference"
#define TAKEN    "the certificate was confirmed or declined before, in another message"
#define REVOKED  "the certificate has been revoked: the confirmation came too late, or the CA did not take it"
#define FIRST    "an outcome was there already: the first one counts"

static const struct row table[] = {
    /* Nothing is known. */
    { PHASE_NONE, INPUT_OPEN, FACT_MANUAL | FACT_FRAMED, 0,
        GOES(WAITING, COME_BACK, ACT_STEP | ACT_ORDER, "an operator must approve it: told to come back") },
    { PHASE_NONE, INPUT_OPEN, FACT_MANUAL, 0,
        GOES(WAITING, WAITING, ACT_STEP | ACT_ORDER, "an operator must approve it: told to wait") },
    { PHASE_NONE, INPUT_OPEN, 0, 0,
        GOES(ORDERED, NOTHING, ACT_STEP | ACT_ORDER | ACT_ASK | ACT_JOIN, "ordered") },
    { PHASE_NONE, INPUT_ASK,     0, 0, STAYS(NONE, TOLD, 0, "told") },
    { PHASE_NONE, INPUT_BATCH,   0, FACT_CERTIFIES, ENDS(IMPLICIT, BATCH, ACT_STEP, "a batch has been answered") },
    { PHASE_NONE, INPUT_POLL,    0, 0, REFUSES(NONE, badRequest, UNKNOWN) },
    { PHASE_NONE, INPUT_FETCH,   0, 0, STAYS(NONE, UNKNOWN, 0, NO_REFERENCE) },
    { PHASE_NONE, INPUT_CONFIRM, 0, 0, REFUSES(NONE, badRequest, UNKNOWN) },
    { PHASE_NONE, INPUT_CONF,    0, 0, REFUSES(NONE, badRequest, UNKNOWN) },
    { PHASE_NONE, INPUT_DECLINE, 0, 0, REFUSES(NONE, badRequest, UNKNOWN) },
    { PHASE_NONE, INPUT_GIVE_UP, 0, 0, REFUSES(NONE, badRequest, UNKNOWN) },

    /* The order is on disk, the client has heard nothing. */
    { PHASE_ORDERED, INPUT_OPEN,    0, 0, REFUSES(ORDERED, transactionIdInUse, IN_USE) },
    { PHASE_ORDERED, INPUT_ASK,    0, 0, REFUSES(ORDERED, transactionIdInUse, IN_USE) },
    { PHASE_ORDERED, INPUT_REPEAT,  0, 0, STAYS(ORDERED, NOTHING, ACT_JOIN, "joins the first copy's wait") },
    { PHASE_ORDERED, INPUT_POLL,    0, 0, REFUSES(ORDERED, badRequest, NO_POLL) },
    { PHASE_ORDERED, INPUT_FETCH,   0, 0, STAYS(ORDERED, UNKNOWN, 0, NO_REFERENCE) },
    { PHASE_ORDERED, INPUT_CONFIRM, 0, 0, REFUSES(ORDERED, badRequest, NO_CONF) },
    { PHASE_ORDERED, INPUT_CONF,    0, 0, REFUSES(ORDERED, badRequest, NO_CONF) },
    { PHASE_ORDERED, INPUT_DECLINE, 0, 0, REFUSES(ORDERED, badRequest, NO_CONF) },
    { PHASE_ORDERED, INPUT_GIVE_UP, 0, 0,
        ENDS(ABANDONED, PKICONF, ACT_STEP | ACT_FORGET, "the client gave up") },
    { PHASE_ORDERED, INPUT_DONE, FACT_CERTIFIES, FACT_IMPLICIT,
        GOES(ISSUED, ANSWER, ACT_STEP | ACT_ORDER | ACT_CERTIFICATE, "issued, to be confirmed") },
    { PHASE_ORDERED, INPUT_DONE, FACT_CERTIFIES | FACT_IMPLICIT, 0,
        ENDS(IMPLICIT, ANSWER, ACT_STEP | ACT_ORDER | ACT_CERTIFICATE, "issued") },
    { PHASE_ORDERED, INPUT_DONE, 0, FACT_CERTIFIES,
        ENDS(IMPLICIT, ANSWER, ACT_STEP | ACT_ORDER | ACT_REVOKE, "revoked") },
    { PHASE_ORDERED, INPUT_REJECTED, 0, 0,
        ENDS(REFUSED, ANSWER, ACT_STEP | ACT_ORDER, "refused by the backend") },
    { PHASE_ORDERED, INPUT_LATER, FACT_FRAMED, 0,
        GOES(WAITING, COME_BACK, ACT_STEP | ACT_ORDER, "the backend needs time: told to come back") },
    { PHASE_ORDERED, INPUT_LATER, 0, 0,
        GOES(WAITING, WAITING, ACT_STEP | ACT_ORDER, "the backend needs time: told to wait") },
    { PHASE_ORDERED, INPUT_BUSY, 0, 0,
        STAYS(ORDERED, NOTHING, ACT_ORDER, "the backend is busy: submitted again later") },
    { PHASE_ORDERED, INPUT_UNSURE, FACT_FRAMED, 0,
        GOES(WAITING, COME_BACK, ACT_STEP | ACT_ORDER, "the order's fate is unknown: told to come back") },
    { PHASE_ORDERED, INPUT_UNSURE, 0, 0,
        GOES(WAITING, WAITING, ACT_STEP | ACT_ORDER, "the order's fate is unknown: told to wait") },
    { PHASE_ORDERED, INPUT_HOLD_OVER, FACT_FRAMED, 0,
        GOES(WAITING, COME_BACK, ACT_STEP, "no outcome within the hold time: told to come back") },
    { PHASE_ORDERED, INPUT_HOLD_OVER, 0, 0,
        GOES(WAITING, WAITING, ACT_STEP, "no outcome within the hold time: told to wait") },
    { PHASE_ORDERED, INPUT_ORDER_DUE, 0, 0, STAYS(ORDERED, NOTHING, ACT_ASK, "asked") },

    /* The client polls. */
    { PHASE_WAITING, INPUT_OPEN,    0, 0, REFUSES(WAITING, transactionIdInUse, IN_USE) },
    { PHASE_WAITING, INPUT_ASK,    0, 0, REFUSES(WAITING, transactionIdInUse, IN_USE) },
    { PHASE_WAITING, INPUT_REPEAT,  FACT_FRAMED, 0, STAYS(WAITING, COME_BACK, 0, "repeated: still waiting") },
    { PHASE_WAITING, INPUT_REPEAT,  0, 0, STAYS(WAITING, STORED, 0, "repeated: the stored reply") },
    { PHASE_WAITING, INPUT_POLL,    0, 0, STAYS(WAITING, POLLREP, 0, "still waiting") },
    { PHASE_WAITING, INPUT_FETCH,   0, 0, STAYS(WAITING, COME_BACK, 0, "still waiting") },
    { PHASE_WAITING, INPUT_CONFIRM, 0, 0, REFUSES(WAITING, badRequest, NO_CONF) },
    { PHASE_WAITING, INPUT_CONF,    0, 0, REFUSES(WAITING, badRequest, NO_CONF) },
    { PHASE_WAITING, INPUT_DECLINE, 0, 0, REFUSES(WAITING, badRequest, NO_CONF) },
    { PHASE_WAITING, INPUT_GIVE_UP, 0, 0,
        ENDS(ABANDONED, PKICONF, ACT_STEP | ACT_FORGET, "the client gave up") },
    { PHASE_WAITING, INPUT_DONE, FACT_CERTIFIES, 0,
        GOES(READY, NOTHING, ACT_STEP | ACT_ORDER | ACT_CERTIFICATE, "the certificate is there, to be fetched") },
    { PHASE_WAITING, INPUT_DONE, 0, FACT_CERTIFIES,
        GOES(READY, NOTHING, ACT_STEP | ACT_ORDER | ACT_REVOKE, "revoked, to be told") },
    { PHASE_WAITING, INPUT_REJECTED, 0, 0,
        GOES(READY, NOTHING, ACT_STEP | ACT_ORDER, "refused by the backend, to be told") },
    { PHASE_WAITING, INPUT_LATER,     0, 0, STAYS(WAITING, NOTHING, ACT_ORDER, "the backend needs more time") },
    { PHASE_WAITING, INPUT_BUSY,      0, 0, STAYS(WAITING, NOTHING, ACT_ORDER, "the backend is busy") },
    { PHASE_WAITING, INPUT_UNSURE,    0, 0, STAYS(WAITING, NOTHING, ACT_ORDER, "the order's fate is unknown") },
    { PHASE_WAITING, INPUT_HOLD_OVER, FACT_FRAMED, 0, STAYS(WAITING, COME_BACK, 0, "joined too late: still waiting") },
    { PHASE_WAITING, INPUT_HOLD_OVER, 0, 0, STAYS(WAITING, STORED, 0, "joined too late: the stored reply") },
    { PHASE_WAITING, INPUT_APPROVED,  0, 0, STAYS(WAITING, NOTHING, ACT_ORDER | ACT_ASK, "approved by an operator: asked") },
    { PHASE_WAITING, INPUT_DENIED, 0, 0,
        GOES(READY, NOTHING, ACT_STEP | ACT_ORDER, "denied by an operator, to be told") },
    { PHASE_WAITING, INPUT_NOT_APPROVED, 0, 0,
        GOES(READY, NOTHING, ACT_STEP | ACT_ORDER, "not approved in time, to be told") },
    { PHASE_WAITING, INPUT_ORDER_DUE, 0, 0, STAYS(WAITING, NOTHING, ACT_ASK, "asked") },

    /* The outcome is in, the client has yet to poll for it. */
    { PHASE_READY, INPUT_OPEN,    0, 0, REFUSES(READY, transactionIdInUse, IN_USE) },
    { PHASE_READY, INPUT_ASK,    0, 0, REFUSES(READY, transactionIdInUse, IN_USE) },
    { PHASE_READY, INPUT_REPEAT,  FACT_FRAMED, 0, STAYS(READY, COME_BACK, 0, "repeated: the answer can be fetched") },
    { PHASE_READY, INPUT_REPEAT,  0, 0, STAYS(READY, STORED, 0, "repeated: the stored reply") },
    { PHASE_READY, INPUT_POLL, FACT_REFUSED, 0,
        ENDS(REFUSED, ANSWER, ACT_STEP, "told of the refusal") },
    { PHASE_READY, INPUT_POLL, FACT_CERTIFIES, FACT_IMPLICIT | FACT_REFUSED,
        GOES(ISSUED, ANSWER, ACT_STEP, "fetched, to be confirmed") },
    { PHASE_READY, INPUT_POLL, 0, 0, ENDS(IMPLICIT, ANSWER, ACT_STEP, "fetched") },
    { PHASE_READY, INPUT_FETCH, FACT_REFUSED, 0,
        ENDS(REFUSED, ANSWER, ACT_STEP, "told of the refusal") },
    { PHASE_READY, INPUT_FETCH, FACT_CERTIFIES, FACT_IMPLICIT | FACT_REFUSED,
        GOES(ISSUED, ANSWER, ACT_STEP, "fetched, to be confirmed") },
    { PHASE_READY, INPUT_FETCH, 0, 0, ENDS(IMPLICIT, ANSWER, ACT_STEP, "fetched") },
    { PHASE_READY, INPUT_CONFIRM, 0, 0, REFUSES(READY, badRequest, NO_CONF) },
    { PHASE_READY, INPUT_CONF,    0, 0, REFUSES(READY, badRequest, NO_CONF) },
    { PHASE_READY, INPUT_DECLINE, 0, 0, REFUSES(READY, badRequest, NO_CONF) },
    { PHASE_READY, INPUT_GIVE_UP, FACT_CERTIFIES, FACT_REFUSED,
        ENDS(ABANDONED, PKICONF, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "the client gave up: certificate revoked") },
    { PHASE_READY, INPUT_GIVE_UP, 0, 0, ENDS(ABANDONED, PKICONF, ACT_STEP, "the client gave up") },
    { PHASE_READY, INPUT_CONFIRM_LATE, FACT_CERTIFIES, FACT_REFUSED,
        ENDS(UNCONFIRMED, NOTHING, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "never fetched: certificate revoked") },
    { PHASE_READY, INPUT_CONFIRM_LATE, 0, 0, ENDS(UNCONFIRMED, NOTHING, ACT_STEP, "the answer was never fetched") },
    { PHASE_READY, INPUT_DONE,      0, 0, STAYS(READY, NOTHING, 0, FIRST) },
    { PHASE_READY, INPUT_REJECTED,  0, 0, STAYS(READY, NOTHING, 0, FIRST) },
    { PHASE_READY, INPUT_HOLD_OVER, FACT_FRAMED, 0, STAYS(READY, COME_BACK, 0, "joined too late: the answer can be fetched") },
    { PHASE_READY, INPUT_HOLD_OVER, 0, 0, STAYS(READY, STORED, 0, "joined too late: the stored reply") },

    /* The client has the certificate and owes a certConf. */
    { PHASE_ISSUED, INPUT_OPEN,    0, 0, REFUSES(ISSUED, transactionIdInUse, IN_USE) },
    { PHASE_ISSUED, INPUT_ASK,    0, 0, REFUSES(ISSUED, transactionIdInUse, IN_USE) },
    { PHASE_ISSUED, INPUT_REPEAT,  0, 0, STAYS(ISSUED, STORED, 0, "repeated: the stored reply") },
    { PHASE_ISSUED, INPUT_POLL,    0, 0, STAYS(ISSUED, ANSWER_AGAIN, 0, "polled again: the stored answer") },
    { PHASE_ISSUED, INPUT_FETCH,   0, 0, STAYS(ISSUED, STORED, 0, "fetched again: the stored answer") },
    { PHASE_ISSUED, INPUT_CONFIRM, FACT_CONFIRMS, 0,
        GOES(CONFIRMING, NOTHING, ACT_STEP | ACT_CONFIRM | ACT_JOIN, "accepted: the backend is told") },
    { PHASE_ISSUED, INPUT_CONF, FACT_CONFIRMS, 0,
        GOES(CONFIRM_WAITING, SILENCE, ACT_STEP | ACT_CONFIRM, "accepted by conf: the backend is told") },
    { PHASE_ISSUED, INPUT_CONFIRM, 0, 0, ENDS(CONFIRMED, PKICONF, ACT_STEP, "confirmed") },
    { PHASE_ISSUED, INPUT_CONF,    0, 0, ENDS(CONFIRMED, SILENCE, ACT_STEP, "confirmed by conf") },
    { PHASE_ISSUED, INPUT_DECLINE, 0, 0,
        ENDS(DECLINED, PKICONF, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "declined by the client: certificate revoked") },
    { PHASE_ISSUED, INPUT_GIVE_UP, 0, 0,
        ENDS(ABANDONED, PKICONF, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "the client gave up: certificate revoked") },
    { PHASE_ISSUED, INPUT_CONFIRM_LATE, 0, 0,
        ENDS(UNCONFIRMED, NOTHING, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "not confirmed in time: certificate revoked") },
    { PHASE_ISSUED, INPUT_DONE,      0, 0, STAYS(ISSUED, NOTHING, 0, FIRST) },
    { PHASE_ISSUED, INPUT_REJECTED,  0, 0, STAYS(ISSUED, NOTHING, 0, FIRST) },
    { PHASE_ISSUED, INPUT_HOLD_OVER, 0, 0, STAYS(ISSUED, STORED, 0, "joined too late: the stored reply") },

    /* The client has accepted, and the backend is told; the client has heard nothing. */
    { PHASE_CONFIRMING, INPUT_OPEN,   0, 0, REFUSES(CONFIRMING, transactionIdInUse, IN_USE) },
    { PHASE_CONFIRMING, INPUT_ASK,    0, 0, REFUSES(CONFIRMING, transactionIdInUse, IN_USE) },
    { PHASE_CONFIRMING, INPUT_REPEAT, FACT_TOLD, 0, STAYS(CONFIRMING, NOTHING, ACT_JOIN, "joins the first copy's wait") },
    { PHASE_CONFIRMING, INPUT_REPEAT, 0, 0, STAYS(CONFIRMING, STORED, 0, "repeated: the stored reply") },
    { PHASE_CONFIRMING, INPUT_POLL,   0, 0, STAYS(CONFIRMING, ANSWER_AGAIN, 0, "polled again: the stored answer") },
    { PHASE_CONFIRMING, INPUT_FETCH,  0, 0, STAYS(CONFIRMING, STORED, 0, "fetched again: the stored answer") },
    { PHASE_CONFIRMING, INPUT_CONFIRM, 0, 0, REFUSES(CONFIRMING, certConfirmed, TAKEN) },
    { PHASE_CONFIRMING, INPUT_DECLINE, 0, 0, REFUSES(CONFIRMING, certConfirmed, TAKEN) },
    { PHASE_CONFIRMING, INPUT_CONF,    0, 0, STAYS(CONFIRMING, SILENCE, 0, "accepted already") },
    { PHASE_CONFIRMING, INPUT_GIVE_UP, 0, 0,
        ENDS(ABANDONED, PKICONF, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "the client gave up: certificate revoked") },
    { PHASE_CONFIRMING, INPUT_DONE, FACT_TOLD, 0, ENDS(CONFIRMED, ANSWER, ACT_STEP | ACT_ORDER, "confirmed") },
    { PHASE_CONFIRMING, INPUT_DONE,     0, 0, STAYS(CONFIRMING, NOTHING, 0, FIRST) },
    { PHASE_CONFIRMING, INPUT_REJECTED, FACT_TOLD, 0,
        ENDS(REJECTED, ANSWER, ACT_STEP | ACT_ORDER | ACT_REVOKE, "accepted by the client, not by the backend: certificate revoked") },
    { PHASE_CONFIRMING, INPUT_REJECTED, 0, 0, STAYS(CONFIRMING, NOTHING, 0, FIRST) },
    { PHASE_CONFIRMING, INPUT_LATER, FACT_TOLD | FACT_FRAMED, 0,
        GOES(CONFIRM_WAITING, COME_BACK, ACT_STEP | ACT_ORDER, "the backend needs time to confirm: told to come back") },
    { PHASE_CONFIRMING, INPUT_LATER, FACT_TOLD, 0,
        GOES(CONFIRM_WAITING, WAITING, ACT_STEP | ACT_ORDER, "the backend needs time to confirm: told to wait") },
    { PHASE_CONFIRMING, INPUT_BUSY, FACT_TOLD, 0,
        STAYS(CONFIRMING, NOTHING, ACT_ORDER, "the backend is busy: submitted again later") },
    { PHASE_CONFIRMING, INPUT_UNSURE, FACT_TOLD | FACT_FRAMED, 0,
        GOES(CONFIRM_WAITING, COME_BACK, ACT_STEP | ACT_ORDER, "the order's fate is unknown: told to come back") },
    { PHASE_CONFIRMING, INPUT_UNSURE, FACT_TOLD, 0,
        GOES(CONFIRM_WAITING, WAITING, ACT_STEP | ACT_ORDER, "the order's fate is unknown: told to wait") },
    { PHASE_CONFIRMING, INPUT_HOLD_OVER, FACT_FRAMED, 0,
        GOES(CONFIRM_WAITING, COME_BACK, ACT_STEP, "not confirmed within the hold time: told to come back") },
    { PHASE_CONFIRMING, INPUT_HOLD_OVER, 0, 0,
        GOES(CONFIRM_WAITING, WAITING, ACT_STEP, "not confirmed within the hold time: told to wait") },
    { PHASE_CONFIRMING, INPUT_ORDER_DUE, 0, 0, STAYS(CONFIRMING, NOTHING, ACT_ASK, "asked") },

    /* The client polls for the answer to its certConf. */
    { PHASE_CONFIRM_WAITING, INPUT_OPEN,   0, 0, REFUSES(CONFIRM_WAITING, transactionIdInUse, IN_USE) },
    { PHASE_CONFIRM_WAITING, INPUT_ASK,    0, 0, REFUSES(CONFIRM_WAITING, transactionIdInUse, IN_USE) },
    { PHASE_CONFIRM_WAITING, INPUT_REPEAT, FACT_TOLD | FACT_FRAMED, 0,
        STAYS(CONFIRM_WAITING, COME_BACK, 0, "repeated: still waiting") },
    { PHASE_CONFIRM_WAITING, INPUT_REPEAT, 0, 0, STAYS(CONFIRM_WAITING, STORED, 0, "repeated: the stored reply") },
    { PHASE_CONFIRM_WAITING, INPUT_POLL, FACT_TOLD, 0, STAYS(CONFIRM_WAITING, POLLREP, 0, "still waiting") },
    { PHASE_CONFIRM_WAITING, INPUT_POLL, 0, 0, STAYS(CONFIRM_WAITING, ANSWER_AGAIN, 0, "polled again: the stored answer") },
    { PHASE_CONFIRM_WAITING, INPUT_FETCH, FACT_TOLD, 0, STAYS(CONFIRM_WAITING, COME_BACK, 0, "still waiting") },
    { PHASE_CONFIRM_WAITING, INPUT_FETCH, 0, 0, STAYS(CONFIRM_WAITING, STORED, 0, "fetched again: the stored answer") },
    { PHASE_CONFIRM_WAITING, INPUT_CONFIRM, 0, 0, REFUSES(CONFIRM_WAITING, certConfirmed, TAKEN) },
    { PHASE_CONFIRM_WAITING, INPUT_DECLINE, 0, 0, REFUSES(CONFIRM_WAITING, certConfirmed, TAKEN) },
    { PHASE_CONFIRM_WAITING, INPUT_CONF,    0, 0, STAYS(CONFIRM_WAITING, SILENCE, 0, "accepted already") },
    { PHASE_CONFIRM_WAITING, INPUT_GIVE_UP, 0, 0,
        ENDS(ABANDONED, PKICONF, ACT_STEP | ACT_REVOKE | ACT_DISCARD, "the client gave up: certificate revoked") },
    { PHASE_CONFIRM_WAITING, INPUT_DONE, FACT_TOLD | FACT_SILENT, 0,
        ENDS(CONFIRMED, NOTHING, ACT_STEP | ACT_ORDER, "confirmed by conf") },
    { PHASE_CONFIRM_WAITING, INPUT_DONE, FACT_TOLD, 0,
        ENDS(CONFIRMED, ANSWER, ACT_STEP | ACT_ORDER, "confirmed, to be told") },
    { PHASE_CONFIRM_WAITING, INPUT_DONE,     0, 0, STAYS(CONFIRM_WAITING, NOTHING, 0, FIRST) },
    { PHASE_CONFIRM_WAITING, INPUT_REJECTED, FACT_TOLD | FACT_SILENT, 0,
        ENDS(REJECTED, NOTHING, ACT_STEP | ACT_ORDER | ACT_REVOKE, "accepted by conf, not by the backend: certificate revoked") },
    { PHASE_CONFIRM_WAITING, INPUT_REJECTED, FACT_TOLD, 0,
        ENDS(REJECTED, ANSWER, ACT_STEP | ACT_ORDER | ACT_REVOKE, "not accepted by the backend, to be told: certificate revoked") },
    { PHASE_CONFIRM_WAITING, INPUT_REJECTED, 0, 0, STAYS(CONFIRM_WAITING, NOTHING, 0, FIRST) },
    { PHASE_CONFIRM_WAITING, INPUT_LATER,  FACT_TOLD, 0, STAYS(CONFIRM_WAITING, NOTHING, ACT_ORDER, "the backend needs more time") },
    { PHASE_CONFIRM_WAITING, INPUT_BUSY,   FACT_TOLD, 0, STAYS(CONFIRM_WAITING, NOTHING, ACT_ORDER, "the backend is busy") },
    { PHASE_CONFIRM_WAITING, INPUT_UNSURE, FACT_TOLD, 0, STAYS(CONFIRM_WAITING, NOTHING, ACT_ORDER, "the order's fate is unknown") },
    { PHASE_CONFIRM_WAITING, INPUT_HOLD_OVER, FACT_FRAMED, 0,
        STAYS(CONFIRM_WAITING, COME_BACK, 0, "joined too late: still waiting") },
    { PHASE_CONFIRM_WAITING, INPUT_HOLD_OVER, 0, 0, STAYS(CONFIRM_WAITING, STORED, 0, "joined too late: the stored reply") },
    { PHASE_CONFIRM_WAITING, INPUT_ORDER_DUE, 0, 0, STAYS(CONFIRM_WAITING, NOTHING, ACT_ASK, "asked") },

    /* Over. */
    { PHASE_CLOSED, INPUT_OPEN,   0, 0, REFUSES(CLOSED, transactionIdInUse, IN_USE) },
    { PHASE_CLOSED, INPUT_ASK,   0, 0, REFUSES(CLOSED, transactionIdInUse, IN_USE) },
    { PHASE_CLOSED, INPUT_REPEAT, 0, 0, STAYS(CLOSED, STORED, 0, "repeated: the stored reply") },
    { PHASE_CLOSED, INPUT_POLL, FACT_ANSWERED, 0,
        STAYS(CLOSED, ANSWER_AGAIN, 0, "polled again: the stored answer") },
    { PHASE_CLOSED, INPUT_POLL, 0, 0, REFUSES(CLOSED, badRequest, NO_POLL) },
    { PHASE_CLOSED, INPUT_FETCH, FACT_TOLD | FACT_ABANDONED, 0, STAYS(CLOSED, UNKNOWN, 0, NO_REFERENCE) },
    { PHASE_CLOSED, INPUT_FETCH, FACT_ANSWERED, 0, STAYS(CLOSED, STORED, 0, "fetched again: the stored answer") },
    { PHASE_CLOSED, INPUT_FETCH, 0, 0, STAYS(CLOSED, UNKNOWN, 0, NO_REFERENCE) },
    { PHASE_CLOSED, INPUT_CONFIRM, FACT_CONFIRMED, 0,
        REFUSES(CLOSED, certConfirmed, TAKEN) },
    { PHASE_CLOSED, INPUT_DECLINE, FACT_CONFIRMED, 0,
        REFUSES(CLOSED, certConfirmed, TAKEN) },
    { PHASE_CLOSED, INPUT_CONFIRM, FACT_UNCONFIRMED, 0,
        REFUSES(CLOSED, certRevoked, REVOKED) },
    { PHASE_CLOSED, INPUT_DECLINE, FACT_UNCONFIRMED, 0,
        REFUSES(CLOSED, certRevoked, REVOKED) },
    { PHASE_CLOSED, INPUT_CONFIRM, FACT_INDULGED | FACT_CERTIFIES, 0,
        STAYS(CLOSED, PKICONF, 0, "confirmed, though there was no need to") },
    { PHASE_CLOSED, INPUT_CONFIRM, 0, 0, REFUSES(CLOSED, badRequest, NO_CONF) },
    { PHASE_CLOSED, INPUT_DECLINE, 0, 0, REFUSES(CLOSED, badRequest, NO_CONF) },
    { PHASE_CLOSED, INPUT_CONF, FACT_UNCONFIRMED, 0,
        REFUSES(CLOSED, certRevoked, REVOKED) },
    { PHASE_CLOSED, INPUT_CONF, FACT_ANSWERED, 0, STAYS(CLOSED, SILENCE, 0, "over already") },
    { PHASE_CLOSED, INPUT_CONF, 0, 0, REFUSES(CLOSED, badRequest, NO_CONF) },
    { PHASE_CLOSED, INPUT_GIVE_UP, 0, 0, STAYS(CLOSED, PKICONF, 0, "over already") },
    { PHASE_CLOSED, INPUT_DONE,     FACT_TOLD, 0, STAYS(CLOSED, NOTHING, ACT_ORDER, "the backend has taken note") },
    { PHASE_CLOSED, INPUT_REJECTED, FACT_TOLD, 0, STAYS(CLOSED, NOTHING, ACT_ORDER, "the backend has not taken note") },
    { PHASE_CLOSED, INPUT_LATER,    FACT_TOLD, 0, STAYS(CLOSED, NOTHING, ACT_ORDER, "the backend needs time to take note") },
    { PHASE_CLOSED, INPUT_BUSY,     FACT_TOLD, 0, STAYS(CLOSED, NOTHING, ACT_ORDER, "the backend is busy: told again later") },
    { PHASE_CLOSED, INPUT_UNSURE,   FACT_TOLD, 0, STAYS(CLOSED, NOTHING, ACT_ORDER, "the order's fate is unknown") },
    { PHASE_CLOSED, INPUT_ORDER_DUE, FACT_TOLD, 0, STAYS(CLOSED, NOTHING, ACT_ASK, "told again") },
    { PHASE_CLOSED, INPUT_DONE, FACT_ABANDONED | FACT_CERTIFIES, 0,
        STAYS(CLOSED, NOTHING, ACT_ORDER | ACT_CERTIFICATE | ACT_REVOKE,
              "issued after the client had given up: certificate revoked") },
    { PHASE_CLOSED, INPUT_DONE, FACT_ABANDONED, FACT_CERTIFIES,
        STAYS(CLOSED, NOTHING, ACT_ORDER | ACT_REVOKE, "revoked, though the client had given up") },
    { PHASE_CLOSED, INPUT_REJECTED, FACT_ABANDONED, 0,
        STAYS(CLOSED, NOTHING, ACT_ORDER, "refused after the client had given up") },
    { PHASE_CLOSED, INPUT_DONE,     0, 0, STAYS(CLOSED, NOTHING, 0, FIRST) },
    { PHASE_CLOSED, INPUT_REJECTED, 0, 0, STAYS(CLOSED, NOTHING, 0, FIRST) },
    { PHASE_CLOSED, INPUT_HOLD_OVER, 0, 0, STAYS(CLOSED, STORED, 0, "joined too late: the stored reply") },

    /* Over, and removed by the sweep but for its tombstone. */
    { PHASE_SWEPT, INPUT_OPEN,    0, 0, REFUSES(SWEPT, transactionIdInUse, WAS_USED) },
    { PHASE_SWEPT, INPUT_ASK,     0, 0, REFUSES(SWEPT, transactionIdInUse, WAS_USED) },
    { PHASE_SWEPT, INPUT_REPEAT,  0, 0, REFUSES(SWEPT, transactionIdInUse, IS_GONE) },
    { PHASE_SWEPT, INPUT_POLL,    0, 0, REFUSES(SWEPT, badRequest, UNKNOWN) },
    { PHASE_SWEPT, INPUT_FETCH,   0, 0, STAYS(SWEPT, UNKNOWN, 0, NO_REFERENCE) },
    { PHASE_SWEPT, INPUT_CONFIRM, 0, 0, REFUSES(SWEPT, badRequest, UNKNOWN) },
    { PHASE_SWEPT, INPUT_CONF,    0, 0, REFUSES(SWEPT, badRequest, UNKNOWN) },
    { PHASE_SWEPT, INPUT_DECLINE, 0, 0, REFUSES(SWEPT, badRequest, UNKNOWN) },
    { PHASE_SWEPT, INPUT_GIVE_UP, 0, 0, REFUSES(SWEPT, badRequest, UNKNOWN) },
};

struct move decide(enum phase phase, enum input input, unsigned facts)
{
    for (const struct row *r = table; r < table + sizeof table / sizeof *table; r++) {
        if (r->phase == phase && r->input == input && (facts & r->when) == r->when && (facts & r->unless) == 0) {
            return r->move;
        }
    }
    return (struct move){ .phase = phase, .say = SAY_NOTHING, .reason = "nothing to do" };
}

const char *phase_name(enum phase phase)
{
    static const char *const names[] = { "none", "ordered", "waiting", "ready", "issued", "closed", "swept",
                                         "confirming", "confirm-waiting" };

    return (size_t)phase < sizeof names / sizeof *names ? names[phase] : "?";
}

const char *input_name(enum input input)
{
    static const char *const names[INPUT_COUNT] = {
        "request", "question", "repeat", "poll", "fetch", "confirm", "conf", "decline", "give-up", "done", "rejected", "later",
        "busy", "unsure", "hold-over", "confirm-late", "approved", "denied", "not-approved", "order-due", "batch"
    };

    return (size_t)input < INPUT_COUNT ? names[input] : "?";
}
