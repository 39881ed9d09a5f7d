/* The inventory becomes a certificate revocation list: RFC 5280, 5. */
#include "ca.h"

#include <stdlib.h>

/* The entries, encoded one by one as the store reads them out: a CRL of a hundred thousand needs
 * the memory of its bytes, not that of a tree of structs. */
struct entries {
    uint8_t *der;
    size_t len, room;
    struct arena *scratch;              /* of the entry at hand */
    bool failed;                        /* an entry is missing: no CRL may come of this */
};

static bool entries_append(struct entries *e, struct span entry)
{
    if (entry.len > e->room - e->len) {
        size_t room = 2 * e->room + entry.len + 4096;
        uint8_t *der = realloc(e->der, room);
        if (der == NULL) {
            return false;
        }
        e->der = der;
        e->room = room;
    }
    memcpy(e->der + e->len, entry.ptr, entry.len);
    e->len += entry.len;
    return true;
}

/* `unspecified` is said by saying nothing, and removeFromCRL belongs into delta CRLs (RFC 5280, 5.3.1). */
static bool reason_is_said(uint32_t reason)
{
    return (reason >= CRLReason_keyCompromise && reason <= CRLReason_certificateHold) ||
           reason == CRLReason_privilegeWithdrawn || reason == CRLReason_aACompromise;
}

static struct span encode_entry(const struct cmpgate_revoked *row, struct arena *a)
{
    struct RevokedCertificate entry = {
        .userCertificate = span_from(row->serial),
        .revocationDate = Time_from_unix(a, row->revoked_at),
    };
    struct span reason = asn1_put_int(a, row->reason);

    if (reason_is_said(row->reason) &&
        !extension_add(&entry.crlEntryExtensions, OID_id_ce_cRLReasons, &CRLReason_type, &reason, a)) {
        return (struct span){ NULL, 0 };
    }
    return RevokedCertificate_encode(&entry, a);
}

static void take_row(void *context, const struct cmpgate_revoked *row)
{
    struct entries *e = context;

    if (e->failed) {
        return;
    }
    arena_reset(e->scratch);
    struct span entry = encode_entry(row, e->scratch);
    e->failed = entry.ptr == NULL || !entries_append(e, entry);
}

static bool write_extensions(struct asn1_list *out, const struct ca *ca, uint64_t number, struct arena *a)
{
    uint8_t octets[8];

    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    struct span value = asn1_put_unsigned(a, (struct span){ octets, sizeof octets });
    return extension_add_authorityKeyIdentifier(out, ca, a) &&
           extension_add(out, OID_id_ce_cRLNumber, &INTEGER_0_MAX_type, &value, a);
}

static struct span write_tbs(const struct ca *ca, const struct cmpgate_order *order, const struct entries *e,
                             struct arena *a)
{
    struct TBSCertList tbs = {
        .version = asn1_put_int(a, 1),                  /* v2 */
        .signature = ca->signature,
        .issuer = ca->subject,
        .thisUpdate = Time_from_unix(a, order->now),
        .nextUpdate = Time_from_unix(a, order->now + ca->options->crl_lifetime),
    };

    /* An empty list is an absent one (RFC 5280, 5.1.2.6). */
    if (e->len > 0) {
        tbs.revokedCertificates.der = asn1_tlv(a, DER_SEQUENCE, (struct span){ e->der, e->len });
    }
    if ((e->len > 0 && tbs.revokedCertificates.der.ptr == NULL) ||
        tbs.thisUpdate == NULL || tbs.nextUpdate == NULL ||
        !write_extensions(&tbs.crlExtensions, ca, order->number, a)) {
        return (struct span){ NULL, 0 };
    }
    return TBSCertList_encode(&tbs, a);
}

static struct span write_crl(const struct ca *ca, struct span tbs, struct arena *a)
{
    struct TBSCertList written = { .der = tbs };
    struct CertificateList crl = {
        .tbsCertList = &written,
        .signatureAlgorithm = ca->signature,
        .signature = ca_sign(ca, tbs, a),
    };

    return crl.signature.ptr != NULL ? CertificateList_encode(&crl, a) : (struct span){ NULL, 0 };
}

static struct span make_crl(const struct ca *ca, const struct cmpgate_order *order, struct entries *e,
                            struct arena *a)
{
    struct span none = { NULL, 0 };

    if (e->scratch == NULL ||
        !ca->desk->each_revoked(ca->instance, bytes_from(ca->subject->der), take_row, e) || e->failed) {
        return none;
    }
    struct span tbs = write_tbs(ca, order, e, a);
    return tbs.ptr != NULL ? write_crl(ca, tbs, a) : none;
}

struct cmpgate_outcome ca_crl(const struct ca *ca, const struct cmpgate_order *order, struct arena *a)
{
    struct entries e = { .scratch = NULL };

    if (!ca_valid_at(ca, order->now)) {
        return ca_refused(PKIFailureInfo_systemFailure, "the CA certificate is not valid at this time");
    }
    if ((ca->key_usage & KeyUsage_cRLSign) == 0) {
        return ca_refused(PKIFailureInfo_systemFailure, "keyUsage of the CA certificate lacks cRLSign");
    }
    e.scratch = arena_new();
    struct span der = make_crl(ca, order, &e, a);
    arena_free(e.scratch);
    free(e.der);
    if (der.ptr == NULL) {
        return ca_not_now("the inventory could not be read, or the CRL not written or signed");
    }
    return (struct cmpgate_outcome){
        .size = sizeof (struct cmpgate_outcome),
        .result = CMPGATE_DONE,
        .value = bytes_from(der),
    };
}
