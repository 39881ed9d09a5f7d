/* Whether a CA has issued what the order says: if not, the answer is grantedWithMods (RFC 9810 5.2.3). */
#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

/* The times that the client asked for; NULL: it left them to us. */
static const struct OptionalValidity *asked_validity(const struct order *order, struct arena *arena)
{
    struct PKIMessage *m = order->message.ptr != NULL ? inbound_decode(order->message, arena) : NULL;
    int arm = m != NULL ? m->body->arm : -1;

    if (arm != PKIBody_ir && arm != PKIBody_cr && arm != PKIBody_kur) {
        return NULL;
    }
    const struct CertReqMsg *request = m->body->ir.count > 0 ? m->body->ir.item[0] : NULL;  /* cr, kur: the same member */
    return request != NULL ? request->certReq->certTemplate->validity : NULL;
}

static bool is_time(const struct Time *have, int64_t want)
{
    int64_t time;

    return Time_to_unix(have, &time) && time == want;
}

static bool validity_is_kept(const struct order *order, const struct Validity *have, struct arena *arena)
{
    const struct OptionalValidity *asked = asked_validity(order, arena);

    return asked == NULL || ((asked->notBefore == NULL || is_time(have->notBefore, order->not_before)) &&
                             (asked->notAfter == NULL || is_time(have->notAfter, order->not_after)));
}

static bool extensions_are_kept(const struct order *order, const struct asn1_list *have, struct arena *arena)
{
    struct asn1_error err;
    struct asn1_list *want = order->extensions.ptr != NULL ? Extensions_decode(order->extensions, arena, &err) : NULL;

    return want != NULL ? extensions_are_among(want, have) : order->extensions.ptr == NULL;
}

bool order_is_kept(const struct order *order, const struct Certificate *issued, struct arena *arena)
{
    const struct TBSCertificate *tbs = issued->tbsCertificate;

    return name_equal_der(tbs->subject, order->subject, arena) &&
           validity_is_kept(order, tbs->validity, arena) && extensions_are_kept(order, &tbs->extensions, arena);
}
