/* The header of a message whose protection holds (RFC 9810 5.1.1; RFC 9483 3.1, 3.5). */
#include <inttypes.h>
#include <string.h>

#include "gateway/protocol/check.h"

/* RFC 9483 3.1 wants 128 bits; more are taken as far as they can be stored. */
enum { ID_MIN = 16, SHORT = 4 };

bool inbound_is_1999(const struct inbound *in)
{
    int64_t pvno;

    return in->endpoint != NULL && in->endpoint->cmp1999 && asn1_int64(in->header->pvno, &pvno) &&
           pvno == PKIHeader_cmp1999;
}

static bool pvno_is_known(const struct inbound *in, struct refusal *no)
{
    int64_t pvno;

    if (!asn1_int64(in->header->pvno, &pvno)) {
        return refuse(no, FAIL_unsupportedVersion, "RFC 9483 3.5: pvno: want 2 or 3");
    }
    return pvno == PKIHeader_cmp2000 || pvno == PKIHeader_cmp2021 ||
           inbound_is_1999(in) ||
           refuse(no, FAIL_unsupportedVersion, "RFC 9483 3.5: pvno: want 2 or 3, have %" PRId64, pvno);
}

bool refuse_version(const struct inbound *in, struct refusal *no)
{
    if (!no->unavailable) {
        pvno_is_known(in, no);
    }
    return false;
}

/* RFC 2510 3.1.1 has no lengths, and nonces are optional.  What has no transactionID cannot be followed up. */
static bool fits_in_1999(const struct inbound *in, struct span octets, bool optional)
{
    return inbound_is_1999(in) &&
           (octets.ptr == NULL ? optional : octets.len > 0 && octets.len <= STORE_ID_MAX);
}

static bool size_fits(struct span octets, const char *field, enum failure failure, struct refusal *no)
{
    if (octets.ptr == NULL) {
        return refuse(no, failure, "RFC 9483 3.5: %s is missing", field);
    }
    return (octets.len >= ID_MIN && octets.len <= STORE_ID_MAX) ||
           refuse(no, failure, "RFC 9483 3.1: %s: want %d to %d octets, have %zu", field, ID_MIN,
                  STORE_ID_MAX, octets.len);
}

static bool is_short(struct span octets)
{
    return octets.len >= SHORT && octets.len < ID_MIN;
}

/* The nonce is the client's own defence against answers that are replayed to it. */
static bool short_nonce_is_tolerated(const struct inbound *in)
{
    return is_short(in->header->senderNonce) && quirk_on(in, QUIRK_SHORT_NONCE);
}

static bool no_nonce_is_tolerated(const struct inbound *in)
{
    return in->header->senderNonce.ptr == NULL && quirk_on(in, QUIRK_NO_NONCE);
}

/* Two clients may come upon the same one: the second is refused as long as the first is remembered. */
static bool short_transactionID_is_tolerated(const struct inbound *in)
{
    return is_short(in->header->transactionID) && quirk_on(in, QUIRK_SHORT_TRANSACTION_ID);
}

/* One that is odd (odd.c) counts as absent.  asn1_time() also takes a UTCTime, which is shorter. */
bool inbound_message_time(const struct inbound *in, int64_t *time)
{
    enum { SHORTEST = 15 /* YYYYMMDDHHMMSSZ */ };
    struct span have = in->header->messageTime;

    return have.len >= SHORTEST && asn1_time(have, time);
}

static bool time_is_close(const struct inbound *in, struct refusal *no)
{
    int64_t time = 0, most = in->endpoint->message_time;

    if (most < 0 || !inbound_message_time(in, &time)) {
        return true;
    }
    int64_t off = time > in->arrived ? time - in->arrived : in->arrived - time;
    return off <= most ||
           refuse(no, FAIL_badTime,
                  "RFC 9483 3.5: messageTime is %" PRId64 " s %s our clock, want at most %" PRId64, off,
                  time > in->arrived ? "ahead of" : "behind", most);
}

/* ---- generalInfo ----------------------------------------------------------------------------- */

static bool asks_for_certificate(int arm)
{
    return arm == PKIBody_ir || arm == PKIBody_cr || arm == PKIBody_kur || arm == PKIBody_p10cr;
}

static bool implicitConfirm_fits(const struct inbound *in, struct refusal *no)
{
    const struct asn1_list *info = &in->header->generalInfo;

    if (GeneralInfo_find(info, OID_id_it_implicitConfirm) == NULL) {
        return true;
    }
    if (GeneralInfo_value(info, OID_id_it_implicitConfirm) == NULL) {
        return refuse(no, FAIL_badDataFormat, "RFC 9483 3.1: implicitConfirm: want the value NULL, have none");
    }
    if (!asks_for_certificate(in->message->body->arm)) {
        return refuse(no, FAIL_badDataFormat, "RFC 9483 3.1: implicitConfirm does not belong into %s",
                      PKIBody_name(in->message->body->arm));
    }
    return GeneralInfo_find(info, OID_id_it_confirmWaitTime) == NULL ||
           refuse(no, FAIL_badDataFormat,
                  "RFC 9483 3.1: implicitConfirm and confirmWaitTime exclude each other");
}

/* ---- the place in the transaction ------------------------------------------------------------ */

bool body_opens(int arm)
{
    return arm != PKIBody_certConf && arm != PKIBody_pkiconf && arm != PKIBody_pollReq && arm != PKIBody_error;
}

static const struct step *last_reply(const struct inbound *in)
{
    for (size_t i = in->step_count; i-- > 0; ) {
        if (in->steps[i].our_nonce.len > 0) {
            return &in->steps[i];
        }
    }
    return NULL;
}

/* pollRep and refusals are not written down: their nonces are recognised, not remembered.  Only what may follow
 * them is judged like that. */
static bool nonce_was_sent(const struct inbound *in)
{
    const struct step *reply = last_reply(in);
    struct span nonce = in->header->recipNonce;

    if (reply != NULL && span_eq(nonce, (struct span){ reply->our_nonce.octets, reply->our_nonce.len })) {
        return true;
    }
    return in->message->body->arm != PKIBody_certConf && in->message->body->arm != PKIBody_pkiconf &&
           crypto_nonce_ours(in->config->seal, in->header->transactionID, nonce);
}

static bool early_recipNonce_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_EARLY_RECIP_NONCE);
}

static bool no_recipNonce_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_NO_RECIP_NONCE);
}

static bool recipNonce_fits(const struct inbound *in, struct refusal *no)
{
    struct span nonce = in->header->recipNonce;

    if (body_opens(in->message->body->arm)) {
        return nonce.ptr == NULL || early_recipNonce_is_tolerated(in) ||
               refuse(no, FAIL_badRecipientNonce, "RFC 9483 3.1: recipNonce must be absent in the first message");
    }
    if (in->step_count == 0) {
        return true;        /* of a transaction that is not known here: refused as such */
    }
    if (nonce.ptr == NULL) {
        /* Nothing was said yet, or by the transport's framing only: there is no nonce to give back. */
        return last_reply(in) == NULL || inbound_is_1999(in) || no_recipNonce_is_tolerated(in) ||
               refuse(no, FAIL_badRecipientNonce, "RFC 9483 3.5: recipNonce is missing");
    }
    return nonce_was_sent(in) ||
           refuse(no, FAIL_badRecipientNonce,
                  "RFC 9483 3.5: recipNonce is not the senderNonce of our last message");
}

/* RFC 9483 3.2, 4.1.1, 4.4: follow-ups are protected by what protected the first message. */
static bool credential_is_the_same(const struct inbound *in, struct refusal *no)
{
    const struct credential *have = &in->sender.credential;

    if (in->step_count == 0 || body_opens(in->message->body->arm)) {
        return true;
    }
    const struct credential *want = &in->steps[0].credential;
    if (have->kind != want->kind) {
        return refuse(no, FAIL_wrongIntegrity,
                      "RFC 9483 3.2: want %s as in the first message of the transaction",
                      want->kind == CREDENTIAL_SECRET ? "a MAC" : "a signature");
    }
    return (have->name.len == want->name.len &&
            memcmp(have->name.octets, want->name.octets, have->name.len) == 0) ||
           refuse(no, FAIL_notAuthorized, "RFC 9483 4.1.1: not the credential that opened the transaction");
}

bool header_check(const struct inbound *in, struct refusal *no)
{
    const struct PKIHeader *h = in->header;

    return pvno_is_known(in, no) &&
           (fits_in_1999(in, h->transactionID, false) || short_transactionID_is_tolerated(in) ||
            size_fits(h->transactionID, "transactionID", FAIL_badDataFormat, no)) &&
           (fits_in_1999(in, h->senderNonce, true) || short_nonce_is_tolerated(in) || no_nonce_is_tolerated(in) ||
            size_fits(h->senderNonce, "senderNonce", FAIL_badSenderNonce, no)) &&
           credential_is_the_same(in, no) &&
           recipNonce_fits(in, no) &&
           time_is_close(in, no) &&
           implicitConfirm_fits(in, no);
}
