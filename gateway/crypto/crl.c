#include "gateway/crypto/crl.h"

#include <stdlib.h>

/* By length, then by octets: which order does not matter, only that there is one. */
static int compare(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    if (x->len != y->len) {
        return x->len < y->len ? -1 : 1;
    }
    return memcmp(x->ptr, y->ptr, x->len);
}

static bool is_whole(const struct Extension *e)
{
    const struct IssuingDistributionPoint *p = e->extnValue.value;

    return oid_find(e->extnID) == OID_id_ce_issuingDistributionPoint && p != NULL &&
           !asn1_true(p->onlyContainsUserCerts) && !asn1_true(p->onlyContainsCACerts) &&
           !asn1_true(p->onlyContainsAttributeCerts) && !asn1_true(p->indirectCRL) && p->onlySomeReasons.ptr == NULL;
}

/* Those must be critical, and mean the same when somebody has forgotten it. */
static bool narrows(const struct Extension *e)
{
    enum oid id = oid_find(e->extnID);

    return id == OID_id_ce_issuingDistributionPoint || id == OID_id_ce_deltaCRLIndicator;
}

/* RFC 5280 5.2: with a critical extension that is not understood a CRL says nothing about a certificate. */
static const char *scope_fault(const struct TBSCertList *tbs)
{
    for (size_t i = 0; i < tbs->crlExtensions.count; i++) {
        const struct Extension *e = tbs->crlExtensions.item[i];
        if ((asn1_true(e->critical) || narrows(e)) && !is_whole(e)) {
            return "it is not about all certificates of its issuer (a delta, indirect or partial CRL)";
        }
    }
    for (size_t i = 0; i < tbs->revokedCertificates.count; i++) {
        const struct RevokedCertificate *r = tbs->revokedCertificates.item[i];
        for (size_t j = 0; j < r->crlEntryExtensions.count; j++) {
            if (asn1_true(((const struct Extension *)r->crlEntryExtensions.item[j])->critical)) {
                return "an entry has a critical extension";
            }
        }
    }
    return NULL;
}

const char *crypto_crl_take(struct crypto_crl *c, struct span der, struct arena *arena)
{
    struct asn1_error err;

    c->list = CertificateList_decode(der, arena, &err);
    if (c->list == NULL) {
        return "it is no CRL";
    }
    const struct TBSCertList *tbs = c->list->tbsCertList;
    if (tbs->nextUpdate == NULL || !Time_to_unix(tbs->thisUpdate, &c->this_update) ||
        !Time_to_unix(tbs->nextUpdate, &c->next_update)) {
        return "it has no nextUpdate";
    }
    const char *fault = scope_fault(tbs);
    c->count = tbs->revokedCertificates.count;
    c->serials = arena_alloc(arena, (c->count + 1) * sizeof *c->serials);
    if (fault != NULL || c->serials == NULL) {
        return fault != NULL ? fault : "no memory";
    }
    for (size_t i = 0; i < c->count; i++) {
        c->serials[i] = ((const struct RevokedCertificate *)tbs->revokedCertificates.item[i])->userCertificate;
    }
    qsort(c->serials, c->count, sizeof *c->serials, compare);
    return NULL;
}

bool crypto_crl_signed_by(const struct crypto_crl *c, struct span spki)
{
    return crypto_verify(spki, c->list->signatureAlgorithm, c->list->tbsCertList->der, asn1_bits_payload(c->list->signature),
                         false) == CRYPTO_OK;
}

/* The place that it names; NULL: none. */
static const struct DistributionPointName *place_of(const struct crypto_crl *c)
{
    const struct IssuingDistributionPoint *p =
        Extensions_value(&c->list->tbsCertList->crlExtensions, OID_id_ce_issuingDistributionPoint);

    return p != NULL ? p->distributionPoint : NULL;
}

static bool names_url(const struct DistributionPointName *place, struct span url)
{
    for (size_t i = 0; place->arm == DistributionPointName_fullName && i < place->fullName.count; i++) {
        const struct GeneralName *name = place->fullName.item[i];
        if (name->arm == GeneralName_uniformResourceIdentifier && span_eq(name->uniformResourceIdentifier, url)) {
            return true;
        }
    }
    return false;
}

bool crypto_crl_is_of(const struct crypto_crl *c, struct span url)
{
    const struct DistributionPointName *place = place_of(c);

    return place == NULL || names_url(place, url);
}

static bool share_a_name(const struct DistributionPointName *a, const struct DistributionPointName *b)
{
    if (a == NULL || b == NULL || a->arm != DistributionPointName_fullName || b->arm != DistributionPointName_fullName) {
        return false;
    }
    for (size_t i = 0; i < a->fullName.count * b->fullName.count; i++) {
        const struct GeneralName *x = a->fullName.item[i / b->fullName.count], *y = b->fullName.item[i % b->fullName.count];
        if (span_eq(x->der, y->der)) {
            return true;
        }
    }
    return false;
}

static bool has_place(const struct Certificate *c, const struct DistributionPointName *place)
{
    const struct asn1_list *points = Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_cRLDistributionPoints);

    for (size_t i = 0; points != NULL && i < points->count; i++) {
        if (share_a_name(place, ((const struct DistributionPoint *)points->item[i])->distributionPoint)) {
            return true;
        }
    }
    return false;
}

bool crypto_crl_covers(const struct crypto_crl *crl, struct span certificate)
{
    const struct DistributionPointName *place = place_of(crl);
    struct arena *arena = place != NULL ? arena_new() : NULL;
    struct asn1_error err;

    if (place == NULL || arena == NULL) {
        return place == NULL;
    }
    const struct Certificate *c = Certificate_decode(certificate, arena, &err);
    bool covers = c != NULL && has_place(c, place);
    arena_free(arena);
    return covers;
}

bool crypto_crl_has(const struct crypto_crl *c, struct span serial)
{
    return bsearch(&serial, c->serials, c->count, sizeof serial, compare) != NULL;
}

bool crypto_crl_keep(struct crypto_crl *out, const struct crypto_crl *from, struct arena *arena)
{
    *out = (struct crypto_crl){ .this_update = from->this_update, .next_update = from->next_update,
                                .serials = arena_alloc(arena, (from->count + 1) * sizeof *out->serials) };
    for (; out->serials != NULL && out->count < from->count; out->count++) {
        out->serials[out->count] = arena_copy(arena, from->serials[out->count].ptr, from->serials[out->count].len);
        if (out->serials[out->count].ptr == NULL) {
            return false;
        }
    }
    return out->serials != NULL;
}
