/* pollReq (RFC 9810 5.3.22, RFC 9483 4.4). */
#include <inttypes.h>

#include "gateway/protocol/check.h"

/* What was answered with a CertResponse is polled for by its certReqId; −1 stands for the whole answer, and is
 * the only number there is for the others. */
static bool certReqId_is_tolerated(const struct inbound *in, const struct step *last, int64_t id)
{
    return last != NULL && last->operation == PKIBody_p10cr && id == 0 && quirk_on(in, QUIRK_ANY_CERT_REQ_ID);
}

bool poll_read(const struct inbound *in, int64_t *certReqId, struct refusal *no)
{
    const struct asn1_list *polls = &in->message->body->pollReq;
    const struct step *last = in->step_count > 0 ? &in->steps[in->step_count - 1] : NULL;

    if (polls->count != 1) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.4: pollReq: want one certReqId, have %zu", polls->count);
    }
    const struct PollReq *poll = polls->item[0];
    if (!asn1_int64(poll->certReqId, certReqId)) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.4: pollReq: there is no such certReqId");
    }
    return *certReqId == -1 || (last != NULL && *certReqId == last->certReqId) ||
           certReqId_is_tolerated(in, last, *certReqId) ||
           refuse(no, FAIL_badRequest,
                  "RFC 9483 4.4: pollReq: nothing is waited for under certReqId %" PRId64, *certReqId);
}
