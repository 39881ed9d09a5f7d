/* Who may update or revoke a certificate of ours. */
#include <string.h>

#include "gateway/protocol/check.h"

/* RFC 9483 4.1.3 and 4.2 want a signature by the certificate itself; RFC 9810 leaves it to policy, and clients
 * send kur and rr under a shared secret as well.  A secret stands for the certificates that it obtained, no
 * others; this is the one place that says so. */
static bool obtained_with(const struct inbound *in, const struct certificate *row, bool *obtained)
{
    const struct credential *have = &in->sender.credential;
    struct span id = { row->transactionID.octets, row->transactionID.len };
    struct step *steps = NULL;
    size_t count = 0;

    if (!store_steps(in->store, id, in->arena, &steps, &count)) {
        return false;
    }
    *obtained = count > 0 && steps[0].credential.kind == CREDENTIAL_SECRET &&
                steps[0].credential.name.len == have->name.len &&
                memcmp(steps[0].credential.name.octets, have->name.octets, have->name.len) == 0;
    return true;
}

static bool secret_stands_for(const struct inbound *in, const struct certificate *row, struct refusal *no)
{
    bool obtained;

    if (!obtained_with(in, row, &obtained)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    return obtained || refuse(no, FAIL_notAuthorized,
                              "this certificate was not obtained with this shared secret: "
                              "want a signature by the certificate");
}

bool authority_over(const struct inbound *in, const struct certificate *row, struct refusal *no)
{
    const struct certificate *own = in->sender.row;

    if (in->sender.credential.kind == CREDENTIAL_SECRET) {
        return secret_stands_for(in, row, no);
    }
    return (own != NULL && memcmp(own->fingerprint, row->fingerprint, STORE_DIGEST) == 0) ||
           refuse(no, FAIL_notAuthorized,
                  "RFC 9483 4.2: want a signature by this very certificate, have one by another");
}
