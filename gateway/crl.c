#include "gateway/crl.h"

#include <limits.h>
#include <stdio.h>

#include "codec/x509.h"
#include "gateway/crypto/crypto.h"
#include "gateway/file.h"

bool crl_due(struct backend *b, struct store *store, int64_t now, struct arena *arena, struct crl **latest, bool *due,
             char *why, size_t why_size)
{
    const struct config_key *key = backend_key(b);
    int64_t generation = 0;

    *latest = NULL;
    *due = false;
    if (key == NULL) {
        snprintf(why, why_size, "backend %s has no key of ours to sign a CRL with", backend_name(b));
        return false;
    }
    if (!store_revocations(store, &generation) || !store_latest_crl(store, key->name_der, arena, latest)) {
        snprintf(why, why_size, "%s", store_why(store));
        return false;
    }
    const struct crl *c = *latest;
    *due = c == NULL || c->revocations != generation || now >= c->this_update + (c->next_update - c->this_update) / 2;
    return true;
}

static bool crl_of_outcome(const struct cmpgate_outcome *outcome, struct crl *crl, struct arena *arena)
{
    struct asn1_error err;
    struct span der = { outcome->value.ptr, outcome->value.len };
    struct CertificateList *list = der.ptr != NULL ? CertificateList_decode(der, arena, &err) : NULL;

    if (outcome->result != CMPGATE_DONE || list == NULL || list->tbsCertList->nextUpdate == NULL) {
        return false;
    }
    crl->der = der;
    crl->issuer = list->tbsCertList->issuer->der;
    return Time_to_unix(list->tbsCertList->thisUpdate, &crl->this_update) &&
           Time_to_unix(list->tbsCertList->nextUpdate, &crl->next_update);
}

struct change *crl_make(struct backend *b, struct store *store, int64_t now, char *why, size_t why_size)
{
    struct change *change = change_new();
    struct crl *crl = change != NULL ? arena_zalloc(change->arena, sizeof *crl) : NULL;
    struct order order = { .kind = CMPGATE_CRL, .attempts = 1 };
    struct crl *latest = NULL;
    bool due = false;

    if (crl == NULL) {
        snprintf(why, why_size, "out of memory");
        goto fail;
    }
    /* The generation is read before the rows: a revocation that comes in between makes one CRL too many,
     * never one too few. */
    if (!crl_due(b, store, now, change->arena, &latest, &due, why, why_size)) {
        goto fail;
    }
    if (!store_revocations(store, &crl->revocations)) {
        snprintf(why, why_size, "%s", store_why(store));
        goto fail;
    }
    crl->number = latest != NULL ? latest->number + 1 : 1;
    crypto_random(order.id, sizeof order.id);
    struct cmpgate_outcome outcome = backend_ask(b, &order, crl->number, now, change->arena);
    if (!crl_of_outcome(&outcome, crl, change->arena)) {
        snprintf(why, why_size, "backend %s signed no CRL: %s", backend_name(b),
                 outcome.text != NULL ? outcome.text : "what it returned does not decode");
        goto fail;
    }
    change->crl = crl;
    return change;
fail:
    change_free(change);
    return NULL;
}

static bool crl_path(const char *directory, const char *name, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/%s.crl", directory, name) < PATH_MAX;
}

void crl_clear_aside(const char *directory, const char *name)
{
    char path[PATH_MAX];

    if (crl_path(directory, name, path)) {
        file_clear_aside(path);
    }
}

bool crl_write(const char *directory, const char *name, struct span der, char *why, size_t why_size)
{
    char path[PATH_MAX], reason[256] = "";

    if (!crl_path(directory, name, path)) {
        snprintf(why, why_size, "the path of the CRL is too long");
        return false;
    }
    if (!file_replace(path, der, 0644, reason, sizeof reason)) {
        snprintf(why, why_size, "%.256s: %s", path, reason);
        return false;
    }
    return true;
}
