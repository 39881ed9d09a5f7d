/* kur: which certificate is to be updated (RFC 9810 5.3.5, RFC 9483 4.1.3). */
#include <string.h>

#include "gateway/protocol/check.h"

/* RFC 9483 4.1.3 lets a signed kur leave oldCertID out: then it is the signer that is updated. */
static bool named_certificate(const struct inbound *in, const struct CertId *id, struct certificate **row,
                              struct refusal *no)
{
    if (id == NULL) {
        *row = in->sender.row;
        return *row != NULL || refuse(no, FAIL_badCertId,
                                      "RFC 9483 4.1.3: oldCertID is missing, and no certificate of "
                                      "this CA signed the kur");
    }
    if (id->issuer->arm != GeneralName_directoryName) {
        return refuse(no, FAIL_badCertId, "oldCertID.issuer: want a directoryName");
    }
    if (!store_certificate_by_serial(in->store, id->issuer->directoryName->der, id->serialNumber, in->arena,
                                     row)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    return *row != NULL ||
           refuse(no, FAIL_badCertId, "RFC 9483 3.6.4: oldCertID names no certificate that was issued here");
}

/* A signed kur is protected by the certificate it updates; another of the same holder will not do. */
static bool is_the_signer(const struct inbound *in, const struct certificate *row, struct refusal *no)
{
    const struct sender *s = &in->sender;

    return s->row == NULL ||
           memcmp(s->row->fingerprint, row->fingerprint, STORE_DIGEST) == 0 ||
           refuse(no, FAIL_badCertId,
                  "RFC 9483 4.1.3: oldCertID does not name the certificate that protects the kur");
}

/* The next certificate is what the first one was: another profile may mean another CA and other rights. */
static bool is_of_the_profile(const struct inbound *in, const struct certificate *row, struct refusal *no)
{
    return row->profile == NULL || strcmp(row->profile, in->profile->name) == 0 ||
           refuse(no, FAIL_notAuthorized, "the certificate was issued under profile \"%s\": send its kur there",
                  row->profile);
}

/* Until the client has said whether it takes the new certificate, nobody knows which one it will have. */
static bool no_other_is_open(const struct inbound *in, const struct certificate *row, struct refusal *no)
{
    bool open = false;

    if (!store_update_is_open(in->store, row->fingerprint, &open)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    return !open || refuse(no, FAIL_badRequest,
                           "another kur for this certificate has not been confirmed yet");
}

bool update_read(struct inbound *in, const struct CertRequest *request, struct wanted *w, struct order *order,
                 struct refusal *no)
{
    struct certificate *row = NULL;
    struct asn1_error err;

    if (!named_certificate(in, Controls_value(&request->controls, OID_id_regCtrl_oldCertID), &row, no) ||
        !is_the_signer(in, row, no) || !authority_over(in, row, no) || !status_updates(in, row, no) ||
        !is_of_the_profile(in, row, no) || !no_other_is_open(in, row, no)) {
        return false;
    }
    w->old = Certificate_decode(row->der, in->arena, &err);
    if (w->old == NULL) {
        return refuse(no, FAIL_systemFailure, "the certificate to be updated cannot be read");
    }
    order->certificate = row->der;
    return true;
}
