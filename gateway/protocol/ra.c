/* Registration authorities: who is one, and for what (RFC 9483 5.1.1, 5.2; RFC 9810 5.2.8.1). */
#include "gateway/protocol/check.h"

bool ra_by_certificate(const struct Certificate *c)
{
    const struct asn1_list *purposes = Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_extKeyUsage);

    for (size_t i = 0; purposes != NULL && i < purposes->count; i++) {
        const struct span *purpose = purposes->item[i];
        enum oid id = oid_find(*purpose);
        if (id == OID_id_kp_cmcRA || id == OID_id_kp_cmcCA) {
            return true;
        }
    }
    return false;
}

/* What the certificate says is not enough: the profile has to admit RAs, and the certificate is of this CA or under
 * the profile's anchors, which sender_verify() has seen to. */
bool ra_speaks(const struct inbound *in, const struct config_profile *profile)
{
    return profile != NULL && (profile->credentials & BY_RA) && in->sender.is_ra;
}
