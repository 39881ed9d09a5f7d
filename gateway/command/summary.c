#include "gateway/command/summary.h"

#include <stdarg.h>
#include <stdio.h>

/* A line that grows until it is full. */
struct line {
    char *text;
    size_t at;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
    size_t room = SUMMARY_TEXT - line->at;
    va_list args;

    va_start(args, format);
    int len = vsnprintf(line->text + line->at, room, format, args);
    va_end(args);
    line->at += len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
}

/* Text of a peer: what a terminal would obey is shown as a question mark. */
static void add_peer_text(struct line *line, struct span text)
{
    for (size_t i = 0; i < text.len && i < 300; i++) {
        bool plain = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7f;
        add(line, "%c", plain ? text.ptr[i] : '?');
    }
}

char *summary_hex(struct span octets, size_t most, char *buf)
{
    buf[0] = '\0';
    for (size_t i = 0; i < octets.len && i < most; i++) {
        snprintf(buf + 2 * i, 3, "%02x", octets.ptr[i]);
    }
    if (octets.len > most) {
        snprintf(buf + 2 * most, 4, "…");
    }
    return buf;
}

static void add_name(struct line *line, const struct Name *name)
{
    char text[256];

    add(line, "%s", name != NULL && name->rdnSequence.count > 0 ? Name_text(name, text, sizeof text) : "no subject");
}

static void add_serial(struct line *line, struct span serial)
{
    char hex[2 * 24 + 4];

    add(line, " serial %s", summary_hex(serial, 24, hex));
}

/* ---- status ------------------------------------------------------------------------------------------ */

static int64_t status_of(const struct PKIStatusInfo *info)
{
    int64_t status = -1;

    asn1_int64(info->status, &status);
    return status;
}

static void add_failures(struct line *line, uint32_t bits)
{
    const char *before = " (";

    for (unsigned n = 0; n < 32; n++) {
        if (bits & (1u << n)) {
            add(line, "%s%s", before, PKIFailureInfo_name(1u << n));
            before = ", ";
        }
    }
    if (bits != 0) {
        add(line, ")");
    }
}

static void add_texts(struct line *line, const struct asn1_list *texts)
{
    for (size_t i = 0; i < texts->count && i < 4; i++) {
        add(line, i == 0 ? ": " : "; ");
        add_peer_text(line, *(const struct span *)texts->item[i]);
    }
}

static void add_status(struct line *line, const struct PKIStatusInfo *info)
{
    add(line, "%s", PKIStatus_name(status_of(info)));
    add_failures(line, asn1_named_bits(info->failInfo));
    add_texts(line, &info->statusString);
}

/* ---- bodies ------------------------------------------------------------------------------------------- */

static void add_certificate(struct line *line, const struct CertifiedKeyPair *pair)
{
    const struct CertOrEncCert *either = pair->certOrEncCert;

    if (either->arm == CertOrEncCert_encryptedCert) {
        add(line, ", an encrypted certificate");
    } else if (either->certificate->arm == CMPCertificate_x509v3PKCert) {
        const struct TBSCertificate *tbs = either->certificate->x509v3PKCert->tbsCertificate;
        add(line, ", ");
        add_name(line, tbs->subject);
        add_serial(line, tbs->serialNumber);
    }
}

static void add_response(struct line *line, const struct CertRepMessage *rep)
{
    for (size_t i = 0; i < rep->response.count && i < 4; i++) {
        const struct CertResponse *response = rep->response.item[i];
        add(line, i == 0 ? " " : "; ");
        add_status(line, response->status);
        if (response->certifiedKeyPair != NULL) {
            add_certificate(line, response->certifiedKeyPair);
        }
    }
    if (rep->response.count > 4) {
        add(line, "; %zu more", rep->response.count - 4);
    }
}

static void add_requests(struct line *line, const struct asn1_list *requests)
{
    for (size_t i = 0; i < requests->count && i < 4; i++) {
        const struct CertReqMsg *request = requests->item[i];
        add(line, i == 0 ? " " : ", ");
        add_name(line, request->certReq->certTemplate->subject);
    }
    if (requests->count > 4) {
        add(line, ", %zu more", requests->count - 4);
    }
}

static void add_revocations(struct line *line, const struct asn1_list *details)
{
    for (size_t i = 0; i < details->count && i < 4; i++) {
        const struct RevDetails *one = details->item[i];
        add_serial(line, one->certDetails->serialNumber);
    }
}

static void add_revoked(struct line *line, const struct RevRepContent *rep)
{
    for (size_t i = 0; i < rep->status.count && i < 4; i++) {
        add(line, i == 0 ? " " : "; ");
        add_status(line, rep->status.item[i]);
    }
}

static void add_confirmations(struct line *line, const struct asn1_list *statuses)
{
    for (size_t i = 0; i < statuses->count && i < 4; i++) {
        const struct CertStatus *one = statuses->item[i];
        add(line, i == 0 ? " " : "; ");
        if (one->statusInfo == NULL) {
            add(line, "accepted");
        } else {
            add_status(line, one->statusInfo);
        }
    }
    if (statuses->count == 0) {
        add(line, " rejection");        /* RFC 9810, 5.3.18: an empty list rejects everything */
    }
}

static void add_polls(struct line *line, const struct asn1_list *replies)
{
    for (size_t i = 0; i < replies->count && i < 4; i++) {
        const struct PollRep *one = replies->item[i];
        uint64_t seconds = 0;
        asn1_uint(one->checkAfter, &seconds);
        add(line, "%s in %llu s", i == 0 ? " ask again" : ",", (unsigned long long)seconds);
        add_texts(line, &one->reason);
    }
}

static void add_error(struct line *line, const struct ErrorMsgContent *error)
{
    add(line, " ");
    add_status(line, error->pKIStatusInfo);
    add_texts(line, &error->errorDetails);
}

static void add_info_types(struct line *line, const struct asn1_list *infos)
{
    char text[128];

    for (size_t i = 0; i < infos->count && i < 8; i++) {
        const struct InfoTypeAndValue *info = infos->item[i];
        add(line, "%s%s", i == 0 ? " " : ", ", oid_text(info->infoType, text, sizeof text));
    }
}

static void add_body(struct line *line, const struct PKIBody *body)
{
    switch (body->arm) {
    case PKIBody_ir: case PKIBody_cr: case PKIBody_kur: case PKIBody_krr: case PKIBody_ccr:
        add_requests(line, &body->ir);
        break;
    case PKIBody_ip: case PKIBody_cp: case PKIBody_kup: case PKIBody_ccp:
        add_response(line, body->ip);
        break;
    case PKIBody_p10cr:
        add(line, " ");
        add_name(line, body->p10cr->certificationRequestInfo->subject);
        break;
    case PKIBody_rr:       add_revocations(line, &body->rr); break;
    case PKIBody_rp:       add_revoked(line, body->rp); break;
    case PKIBody_certConf: add_confirmations(line, &body->certConf); break;
    case PKIBody_pollRep:  add_polls(line, &body->pollRep); break;
    case PKIBody_error:    add_error(line, body->error); break;
    case PKIBody_nested:   add(line, " %zu message%s", body->nested.count, body->nested.count == 1 ? "" : "s"); break;
    case PKIBody_genm: case PKIBody_genp:
        add_info_types(line, &body->genm);
        break;
    default:
        break;
    }
}

static void add_protection(struct line *line, const struct PKIHeader *header)
{
    char algorithm[128];

    if (header->protectionAlg == NULL) {
        add(line, " [not protected]");
        return;
    }
    add(line, " [%s", oid_text(header->protectionAlg->algorithm, algorithm, sizeof algorithm));
    /* Of a shared secret the reference says which. */
    if ((oid_kind(oid_find(header->protectionAlg->algorithm)) & OID_MAC) != 0 && header->senderKID.ptr != NULL) {
        add(line, ", ");
        add_peer_text(line, header->senderKID);
    }
    add(line, "]");
}

char *summary_text(const struct PKIMessage *message, char buf[SUMMARY_TEXT])
{
    struct line line = { buf, 0 };

    buf[0] = '\0';
    add(&line, "%s:", PKIBody_name(message->body->arm));
    add_body(&line, message->body);
    if (GeneralInfo_find(&message->header->generalInfo, OID_id_it_implicitConfirm) != NULL) {
        add(&line, ", implicitConfirm");
    }
    add_protection(&line, message->header);
    return buf;
}

/* ---- what it comes to ----------------------------------------------------------------------------------- */

static enum summary_tone tone_of(const struct PKIStatusInfo *info)
{
    switch (status_of(info)) {
    case PKIStatus_rejection: return SUMMARY_REFUSED;
    case PKIStatus_waiting:   return SUMMARY_WAITING;
    default:                  return SUMMARY_GOOD;
    }
}

static enum summary_tone worse(enum summary_tone a, enum summary_tone b)
{
    return a > b ? a : b;
}

enum summary_tone summary_tone(const struct PKIMessage *message)
{
    const struct PKIBody *body = message->body;
    enum summary_tone tone = SUMMARY_GOOD;

    switch (body->arm) {
    case PKIBody_ip: case PKIBody_cp: case PKIBody_kup: case PKIBody_ccp:
        for (size_t i = 0; i < body->ip->response.count; i++) {
            tone = worse(tone, tone_of(((const struct CertResponse *)body->ip->response.item[i])->status));
        }
        return tone;
    case PKIBody_rp:
        for (size_t i = 0; i < body->rp->status.count; i++) {
            tone = worse(tone, tone_of(body->rp->status.item[i]));
        }
        return tone;
    case PKIBody_pollRep:
        return SUMMARY_WAITING;
    case PKIBody_error:
        /* RFC 9810, 5.2.3: an error may also say that the answer takes time. */
        return tone_of(body->error->pKIStatusInfo) == SUMMARY_WAITING ? SUMMARY_WAITING : SUMMARY_REFUSED;
    default:
        return tone;
    }
}
