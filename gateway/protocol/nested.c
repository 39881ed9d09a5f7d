/* Messages inside of messages (RFC 9810 5.1.3.4; RFC 9483 5.2.2).
 *
 * What has the transactionID of the one message in it is that message with protection added: somebody on the way, an RA,
 * has approved of it.  It is the inner message that is carried out and answered, as if it had come alone.  What has
 * a transactionID of its own is a batch: batch.c.
 */
#include "gateway/protocol/check.h"

static const struct asn1_list *contents(const struct PKIMessage *m)
{
    return &m->body->nested;
}

static bool is_nested(const struct PKIMessage *m)
{
    return m->body->arm == PKIBody_nested;
}

static bool adds_protection(const struct PKIMessage *m)
{
    if (!is_nested(m) || contents(m)->count != 1) {
        return false;
    }
    const struct PKIMessage *inner = contents(m)->item[0];
    return m->header->transactionID.ptr != NULL &&
           span_eq(inner->header->transactionID, m->header->transactionID);
}

bool nested_is_batch(const struct inbound *in)
{
    return is_nested(in->message);
}

static void step_inside(struct inbound *in)
{
    struct PKIMessage *inner = contents(in->message)->item[0];

    in->around[in->around_count++] = in->message;
    in->message = inner;
    in->header = inner->header;
    in->der = inner->der;
}

static bool open_all(struct inbound *in, struct refusal *no)
{
    while (adds_protection(in->message)) {
        const struct PKIMessage *inner = contents(in->message)->item[0];
        if (in->around_count >= in->config->nesting_max) {
            return refuse(no, FAIL_badRequest, "nested: want at most %u protections around a message",
                          in->config->nesting_max);
        }
        if (!span_eq(inner->header->senderNonce, in->header->senderNonce)) {
            return refuse(no, FAIL_badSenderNonce,
                          "RFC 9483 5.2.2.1: nested: senderNonce is not that of the message inside");
        }
        step_inside(in);
    }
    if (in->around_count > 0) {
        crypto_sha256(in->der, in->digest);
    }
    return in->around_count == 0 || !nested_is_batch(in) ||
           refuse(no, FAIL_badRequest, "nested: want one request inside, have a batch");
}

bool nested_open(struct inbound *in, struct refusal *no)
{
    return open_all(in, no) || refuse_version(in, no);
}

/* A signature, by somebody whom the profile of the message inside admits as an RA. */
static bool is_by_ra(struct inbound *outer, struct refusal *no)
{
    if (!protection_verify(outer, no)) {
        return false;
    }
    if (outer->sender.credential.kind != CREDENTIAL_CERTIFICATE) {
        return refuse(no, FAIL_wrongIntegrity, "RFC 9483 5.2.2.1: nested: want a signature, have a MAC");
    }
    return ra_speaks(outer, outer->profile) ||
           refuse(no, FAIL_notAuthorized, "nested: its signer is no registration authority for profile \"%s\"",
                  outer->profile != NULL ? outer->profile->name : "?");
}

static bool layer_verify(const struct inbound *in, struct PKIMessage *layer, struct refusal *no)
{
    struct inbound outer = *in;

    outer.message = layer;
    outer.header = layer->header;
    outer.der = layer->der;
    outer.sender = (struct sender){ .of_this_ca = false };
    outer.steps = NULL;
    outer.step_count = 0;
    outer.profile = profile_meant(in);
    bool good = is_by_ra(&outer, no);
    inbound_wipe(&outer);
    return good;
}

/* The refusal is for whoever put this around the message. */
static bool answer_outside(struct inbound *in, struct PKIMessage *layer)
{
    inbound_wipe(in);
    in->sender = (struct sender){ .of_this_ca = false };
    in->message = layer;
    in->header = layer->header;
    return false;
}

bool nested_verify(struct inbound *in, struct refusal *no)
{
    for (size_t i = 0; i < in->around_count; i++) {
        if (!layer_verify(in, in->around[i], no)) {
            return answer_outside(in, in->around[i]);
        }
    }
    in->approved = in->around_count > 0;
    return true;
}

static bool batch_may(struct inbound *in, struct refusal *no)
{
    in->profile = profile_meant(in);
    if (contents(in->message)->count > in->config->batch_max) {
        return refuse(no, FAIL_badRequest, "nested: want at most %u messages in a batch, have %zu", in->config->batch_max,
                      contents(in->message)->count);
    }
    return is_by_ra(in, no) && header_check(in, no);
}

bool nested_batch_check(struct inbound *in, struct refusal *no)
{
    return batch_may(in, no) || refuse_version(in, no);
}
