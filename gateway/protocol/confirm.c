/* certConf: what the client says about the certificate it got (RFC 9810 5.3.18; RFC 9483 4.1.1, 5.1.2). */
#include <inttypes.h>

#include "gateway/protocol/check.h"

static bool pvno_admits_hashAlg(const struct inbound *in, struct refusal *no)
{
    int64_t pvno;

    return (asn1_int64(in->header->pvno, &pvno) && pvno == PKIHeader_cmp2021) ||
           refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: hashAlg is for pvno 3");
}

/* Of the client's choosing, or the one that goes with the certificate's signature. */
static bool choose_digest(const struct inbound *in, const struct CertStatus *s, const struct Certificate *c,
                          enum oid *digest, struct refusal *no)
{

    if (s->hashAlg == NULL) {
        *digest = crypto_digest_of_signature(c->signatureAlgorithm);
        return *digest != OID_NONE ||
               refuse(no, FAIL_badRequest,
                      "RFC 9810 5.3.18: the certificate's signature has no digest: want hashAlg");
    }
    *digest = oid_find(s->hashAlg->algorithm);
    if (!pvno_admits_hashAlg(in, no)) {
        return false;
    }
    return hash_is_admitted(in, *digest, "certConf: hashAlg", no);
}

static bool certHash_fits(const struct inbound *in, const struct CertStatus *s,
                          const struct certificate *issued, struct refusal *no)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(issued->der, in->arena, &err);
    uint8_t hash[CRYPTO_DIGEST_MAX];
    size_t len = 0;
    enum oid digest;

    if (c == NULL) {
        return refuse(no, FAIL_systemFailure, "the issued certificate cannot be read");
    }
    if (!choose_digest(in, s, c, &digest, no)) {
        return false;
    }
    if (crypto_digest(digest, issued->der, hash, &len) != CRYPTO_OK) {
        return refuse(no, FAIL_badAlg, "certConf: %s is not supported", oid_name(digest));
    }
    return span_eq(s->certHash, (struct span){ hash, len }) ||
           refuse(no, FAIL_badCertId, "RFC 9483 5.1.2: certHash is not the %s of the issued certificate",
                  oid_name(digest));
}

/* RFC 9483 4.1.1 wants 0 here, also where the cp to a p10cr has −1, which is what clients repeat. */
static bool certReqId_fits(const struct inbound *in, const struct CertStatus *s, struct refusal *no)
{
    const struct step *last = in->step_count > 0 ? &in->steps[in->step_count - 1] : NULL;
    int64_t id, want = last != NULL ? last->certReqId : 0;

    return (asn1_int64(s->certReqId, &id) && (id == want || (want == -1 && id == 0))) ||
           refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: certConf: want certReqId %" PRId64, want);
}

static bool read_decision(const struct PKIStatusInfo *info, bool *accepted, struct refusal *no)
{
    int64_t status;

    *accepted = true;
    if (info == NULL) {
        return true;
    }
    if (!asn1_int64(info->status, &status) || (status != PKIStatus_accepted && status != PKIStatus_rejection)) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: certConf: want status accepted or rejection");
    }
    *accepted = status == PKIStatus_accepted;
    return !*accepted || info->failInfo.ptr == NULL ||
           refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: certConf: accepted, and yet there is a failInfo");
}

bool confirm_read(const struct inbound *in, const struct certificate *issued, bool *accepted,
                  struct refusal *no)
{
    const struct asn1_list *certConf = &in->message->body->certConf;

    if (certConf->count == 0) {
        *accepted = false;      /* RFC 9810 5.3.18: whatever is not mentioned is rejected */
        return true;
    }
    if (certConf->count != 1) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: certConf: want one CertStatus, have %zu",
                      certConf->count);
    }
    const struct CertStatus *s = certConf->item[0];
    return certReqId_fits(in, s, no) && certHash_fits(in, s, issued, no) &&
           read_decision(s->statusInfo, accepted, no);
}

bool conf_read(const struct inbound *in, struct refusal *no)
{
    return inbound_is_1999(in) ||
           refuse(no, FAIL_badRequest, "RFC 9483 4.1.1: want certConf, have pkiconf");
}
