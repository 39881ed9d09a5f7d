/* What a message of a known transaction answers, and whose it must be (RFC 9483 3.1, 3.5; RFC 2510 for conf). */
#include "tests/unit/test.h"

#include "tests/unit/protocol_forge.h"

static struct draft *poll(struct fixture *f)
{
    struct draft *opening = draft_new(f, PKIBody_ir);

    draft_committed(opening, PHASE_WAITING, NULL);
    return draft_follow(opening, PKIBody_pollReq);
}

static void set_recipNonce(struct draft *d, struct span nonce)
{
    d->header->recipNonce = nonce;
    d->der.ptr = NULL;
}

static const struct span absent = { NULL, 0 };

/* ---- recipNonce --------------------------------------------------------------------------------- */

/* By the framing only: there is no nonce to give back. */
CASE(while_nothing_was_said_no_recipNonce_is_wanted_and_none_is_right)
{
    struct draft *d = poll(f);
    forge_store(f, "UPDATE steps SET our_nonce = NULL");
    set_recipNonce(d, absent);
    EXPECT_ACCEPTED(d);
    set_recipNonce(d, put_text(f, "sixteen octets.."));
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce of our last message");
    set_recipNonce(d, put_text(f, ""));
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce of our last message");
}

/* holds 9483-3.5-09 */
CASE(the_last_message_is_the_last_that_was_sent)
{
    struct draft *d = poll(f);
    forge_store(f, "INSERT INTO steps (transactionID, number, at, endpoint, profile, credential_kind, credential_name, phase, ending,"
                   " operation, body, pvno, certReqId, due) SELECT transactionID, 2, at, endpoint, profile, credential_kind,"
                   " credential_name, phase, ending, operation, body, pvno, certReqId, 0 FROM steps");
    EXPECT_ACCEPTED(d);
    set_recipNonce(d, absent);
    EXPECT_REFUSED(d, badRecipientNonce, "recipNonce is missing");
}

/* What is not known here is refused as such, whatever its recipNonce. */
CASE(a_recipNonce_of_an_unknown_transaction_is_not_judged)
{
    struct draft *d = draft_new(f, PKIBody_pollReq);
    d->poll->certReqId = asn1_put_int(f->arena, -1);
    EXPECT_ACCEPTED(d);
    set_recipNonce(d, put_text(f, "sixteen octets.."));
    EXPECT_ACCEPTED(d);
}

static struct draft *conf(struct fixture *f)
{
    struct draft *opening = draft_new(f, PKIBody_ir);

    f->endpoint.cmp1999 = true;
    opening->header->pvno = asn1_put_int(f->arena, 1);
    draft_committed(opening, PHASE_ISSUED, NULL);
    return draft_follow(opening, PKIBody_pkiconf);
}

/* RFC 2510 3.1.1 has nonces that may be left out; one that is there must be right. */
CASE(a_conf_may_have_no_recipNonce_and_no_wrong_one)
{
    uint8_t nonce[CRYPTO_NONCE];
    struct draft *d = conf(f);
    EXPECT_ACCEPTED(d);
    set_recipNonce(d, absent);
    EXPECT_ACCEPTED(d);
    set_recipNonce(d, put_text(f, "sixteen octets.."));
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce of our last message");
    crypto_nonce_make(f->config.seal, d->header->transactionID, nonce);     /* of a pollRep or a refusal */
    set_recipNonce(d, (struct span){ nonce, sizeof nonce });
    EXPECT_REFUSED(d, badRecipientNonce, "not the senderNonce of our last message");
}

/* ---- the credential ----------------------------------------------------------------------------- */

/* What opens a transaction follows nothing: that its transactionID is in use is for decide() to say. */
CASE(an_opening_message_is_not_held_to_the_credential_of_another)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *first = draft_new(f, PKIBody_cr), *d = draft_new(f, PKIBody_ir);
    draft_sign(first, &h);
    draft_committed(first, PHASE_WAITING, NULL);
    d->header->transactionID = first->header->transactionID;
    EXPECT_ACCEPTED(d);
    EXPECT_EQ(f->in.step_count, 1);
}

CASE(without_a_first_message_there_is_no_credential_to_be_held_to)
{
    struct holder h = fixture_holder(f, "pump 7", "ecdsa-p256", 0);
    struct draft *d = draft_new(f, PKIBody_error);
    draft_sign(d, &h);
    EXPECT_ACCEPTED(d);
    EXPECT_ACCEPTED(draft_new(f, PKIBody_error));
}

/* ---- the poll ----------------------------------------------------------------------------------- */

static struct draft *poll_for(struct fixture *f, int arm, int64_t certReqId)
{
    struct draft *opening = draft_new(f, arm);

    draft_committed(opening, PHASE_WAITING, NULL);
    struct draft *d = draft_follow(opening, PKIBody_pollReq);
    d->poll->certReqId = asn1_put_int(f->arena, certReqId);
    return d;
}

/* The quirk is for a p10cr that is polled for with 0 instead of -1, and no more. */
CASE(no_other_certReqId_is_a_quirk)
{
    f->endpoint.tolerate = UINT64_MAX;
    EXPECT_ACCEPTED(poll_for(f, PKIBody_p10cr, 0));
    EXPECT_REFUSED(poll_for(f, PKIBody_p10cr, 1), badRequest, "nothing is waited for under certReqId 1");
    EXPECT_REFUSED(poll_for(f, PKIBody_rr, 0), badRequest, "nothing is waited for under certReqId 0");
    EXPECT_REFUSED(poll_for(f, PKIBody_ir, 1), badRequest, "nothing is waited for under certReqId 1");
}

CASE(a_poll_with_certReqId_0_for_what_is_unknown_is_badRequest)
{
    f->endpoint.tolerate = UINT64_MAX;
    /* A gateway says that the transaction is unknown before it looks at this. */
    EXPECT(!receive(draft_new(f, PKIBody_pollReq)));
    EXPECT_EQ(f->no.failure, FAIL_badRequest);
    EXPECT_HAS(f->no.text, "nothing is waited for under certReqId 0");
}
