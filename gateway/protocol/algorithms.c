/* Which algorithms a profile admits (RFC 9481, RFC 9045). */
#include <inttypes.h>

#include "gateway/protocol/check.h"

/* RFC 9045 4.3: fewer give a dictionary attack away for nothing. */
enum { ITERATIONS_MIN = 100 };

static const struct config_profile *judged_by(const struct inbound *in)
{
    const struct config_profile *profile = profile_meant(in);

    return profile != NULL ? profile : in->endpoint->profile;
}

static bool admitted(const struct inbound *in, const struct config_oids *list, enum oid id, const char *what,
                     const char *part, struct refusal *no)
{
    return config_oids_have(list, id) || refuse(no, FAIL_badAlg, "%s%s: profile \"%s\" does not admit %s", what, part,
                                     judged_by(in)->name, oid_name(id));
}

bool signature_is_admitted(const struct inbound *in, const struct AlgorithmIdentifier *a, const char *what,
                           struct refusal *no)
{
    return admitted(in, &judged_by(in)->signatures, oid_find(a->algorithm), what, "", no);
}

bool hash_is_admitted(const struct inbound *in, enum oid digest, const char *what, struct refusal *no)
{
    return admitted(in, &judged_by(in)->hashes, digest, what, "", no);
}

/* ---- MACs ------------------------------------------------------------------------------------ */

static bool few_iterations_are_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_FEW_ITERATIONS);
}

static bool iterations_are_enough(struct span count, const char *what, struct refusal *no)
{
    uint64_t iterations = 0;

    return !asn1_uint(count, &iterations) || iterations >= ITERATIONS_MIN ||
           refuse(no, FAIL_badAlg, "RFC 9045 4.3: %s: iterationCount: at least %d, have %" PRIu64, what, ITERATIONS_MIN,
                  iterations);
}

static bool pbm_is_admitted(const struct inbound *in, const struct PBMParameter *p, const char *what, struct refusal *no)
{
    const struct config_profile *profile = judged_by(in);

    return admitted(in, &profile->mac_digests, oid_find(p->owf->algorithm), what, ": owf", no) &&
           admitted(in, &profile->mac_hmacs, oid_find(p->mac->algorithm), what, ": mac", no) &&
           (few_iterations_are_tolerated(in) || iterations_are_enough(p->iterationCount, what, no));
}

/* Without a prf it is HMAC-SHA1 (RFC 8018, A.2). */
static bool pbmac1_is_admitted(const struct inbound *in, const struct PBMAC1_params *p, const char *what,
                               struct refusal *no)
{
    const struct config_profile *profile = judged_by(in);
    const struct PBKDF2_params *kdf = p->keyDerivationFunc->parameters.value;
    enum oid prf = kdf->prf != NULL ? oid_find(kdf->prf->algorithm) : OID_id_hmacWithSHA1;

    return admitted(in, &profile->mac_prfs, prf, what, ": prf", no) &&
           admitted(in, &profile->mac_hmacs, oid_find(p->messageAuthScheme->algorithm), what, ": messageAuthScheme", no) &&
           (few_iterations_are_tolerated(in) || iterations_are_enough(kdf->iterationCount, what, no));
}

bool mac_is_admitted(const struct inbound *in, const struct AlgorithmIdentifier *a, const char *what, struct refusal *no)
{
    enum oid id = oid_find(a->algorithm);

    if (!admitted(in, &judged_by(in)->macs, id, what, "", no)) {
        return false;
    }
    switch (id) {
    case OID_id_PasswordBasedMac: return pbm_is_admitted(in, a->parameters.value, what, no);
    case OID_id_PBMAC1:           return pbmac1_is_admitted(in, a->parameters.value, what, no);
    default:                      return true;
    }
}
