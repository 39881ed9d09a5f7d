/* Path validation: the paths are found here, each is judged by GnuTLS (RFC 5280, 6), and the clock
 * is ours: the caller says what time it is.
 *
 * Who sends certificates decides how many paths there are to try, so the search follows names
 * only, which costs next to nothing, and the number of paths that are judged is bounded.
 */
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/crypto/crls.h"
#include "gateway/crypto/plumbing.h"
#include "gateway/crypto/public.h"

enum {
    EXTRA_MAX = 16,
    DEPTH_MAX = 8,                  /* certificates of a path, the anchor not counted */
    CERTIFICATE_MAX = 64 << 10,     /* octets */
    JUDGED_MAX = 8,                 /* paths: 8 * 8 signatures at most */
    VISITED_MAX = 64,               /* certificates put on a path, and taken off again */
};

struct certificate {
    struct span der;
    struct skim_certificate names;
    gnutls_x509_crt_t handle;       /* NULL until it is needed */
};

struct crypto_anchors {
    struct arena *arena;            /* holds the octets */
    struct certificate *item;
    size_t count;
    struct crypto_crls *crls;       /* NULL: none */
    bool status_required;
};

/* ---- loading ----------------------------------------------------------------- */

void crypto_anchors_free(struct crypto_anchors *anchors)
{
    if (anchors == NULL) {
        return;
    }
    for (size_t i = 0; i < anchors->count; i++) {
        gnutls_x509_crt_deinit(anchors->item[i].handle);
    }
    crls_free(anchors->crls);
    arena_free(anchors->arena);
    free(anchors);
}

static bool certificate_import(struct certificate *c)
{
    gnutls_datum_t der = plumbing_datum(c->der);

    if (c->handle != NULL) {
        return true;
    }
    if (gnutls_x509_crt_init(&c->handle) < 0) {
        c->handle = NULL;
        return false;
    }
    if (gnutls_x509_crt_import(c->handle, &der, GNUTLS_X509_FMT_DER) < 0) {
        gnutls_x509_crt_deinit(c->handle);
        c->handle = NULL;
        return false;
    }
    return true;
}

static bool add_anchors(struct crypto_anchors *anchors, const struct span *der, size_t count, char *why,
                        size_t why_size)
{
    anchors->item = arena_zalloc(anchors->arena, count * sizeof anchors->item[0]);
    if (anchors->item == NULL) {
        snprintf(why, why_size, "no memory");
        return false;
    }
    for (; anchors->count < count; anchors->count++) {
        struct certificate *c = &anchors->item[anchors->count];
        c->der = der[anchors->count];
        if (!skim_certificate(c->der, &c->names) || !certificate_import(c)) {
            snprintf(why, why_size, "certificate %zu: not DER", anchors->count + 1);
            return false;
        }
    }
    return true;
}

struct crypto_anchors *crypto_anchors_load(const char *path, char *why, size_t why_size)
{
    struct crypto_anchors *anchors = calloc(1, sizeof *anchors);
    struct span *der;
    size_t count;

    if (anchors == NULL || (anchors->arena = arena_new()) == NULL) {
        snprintf(why, why_size, "no memory");
        free(anchors);
        return NULL;
    }
    if (!crypto_pem_certificates(path, anchors->arena, &der, &count, why, why_size) ||
        !add_anchors(anchors, der, count, why, why_size)) {
        crypto_anchors_free(anchors);
        return NULL;
    }
    return anchors;
}

bool crypto_anchors_crls(struct crypto_anchors *anchors, const char *path, char *why, size_t why_size)
{
    anchors->crls = crls_load(path, why, why_size);
    return anchors->crls != NULL;
}

void crypto_anchors_require_status(struct crypto_anchors *anchors)
{
    anchors->status_required = true;
}

bool crypto_anchors_refresh(struct crypto_anchors *anchors, bool *changed, char *why, size_t why_size)
{
    *changed = false;
    return anchors->crls == NULL || crls_refresh(anchors->crls, changed, why, why_size);
}

/* ---- one path ---------------------------------------------------------------- */

struct search {
    const struct crypto_anchors *anchors;
    struct certificate extra[EXTRA_MAX];
    size_t extra_count;
    int64_t now;
    const struct crypto_ask *ask;           /* NULL: nobody */
    struct certificate *path[DEPTH_MAX];    /* the leaf first */
    size_t depth;
    unsigned judged, visited;
    enum crypto_status best;        /* what is told when no path is good */
};

static bool in_time(gnutls_x509_crt_t c, int64_t now)
{
    int64_t from = gnutls_x509_crt_get_activation_time(c);
    int64_t to = gnutls_x509_crt_get_expiration_time(c);

    return from != -1 && from <= now && (to == -1 || now <= to);
}

static bool path_in_time(const struct search *s, const struct certificate *anchor)
{
    bool good = in_time(anchor->handle, s->now);

    for (size_t i = 0; i < s->depth; i++) {
        good = good && in_time(s->path[i]->handle, s->now);
    }
    return good;
}

/* RFC 5280, 6.1 without the clock.  The key of every issuer has passed may_issue(). */
static bool chain_good(const struct search *s, const struct certificate *anchor)
{
    gnutls_x509_crt_t chain[DEPTH_MAX];
    unsigned flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
                     GNUTLS_VERIFY_DO_NOT_ALLOW_X509_V1_CA_CRT;
    unsigned verdict = ~0U;

    for (size_t i = 0; i < s->depth; i++) {
        chain[i] = s->path[i]->handle;
    }
    int code = gnutls_x509_crt_list_verify(chain, (unsigned)s->depth, &anchor->handle, 1, NULL, 0,
                                           flags, &verdict);
    return code >= 0 && verdict == 0;
}

/* The contents of a serial number, from its element. */
static struct span contents(struct span element)
{
    struct asn1_reader r = { element };
    struct asn1_tlv tlv;

    return asn1_next(&r, &tlv) == NULL ? tlv.contents : (struct span){ NULL, 0 };
}

/* RFC 5280 6.3.3 f. */
static bool may_sign_crls(const struct certificate *issuer)
{
    unsigned usage = 0;
    int code = gnutls_x509_crt_get_key_usage(issuer->handle, &usage, NULL);

    return code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE || (code >= 0 && (usage & GNUTLS_KEY_CRL_SIGN));
}

/* By the files first: they are the operator's own word. */
static enum crypto_status status_of(const struct search *s, const struct certificate *c, const struct certificate *issuer)
{
    enum crypto_status status = CRYPTO_STATUS_UNKNOWN;

    if (s->anchors->crls != NULL && may_sign_crls(issuer)) {
        status = crls_judge(s->anchors->crls, c->der, c->names.issuer, issuer->names.spki, contents(c->names.serial), s->now);
    }
    return status == CRYPTO_STATUS_UNKNOWN && s->ask != NULL ? s->ask->status(s->ask->context, c->der, issuer->der) : status;
}

/* Each certificate of the path, all of them at once; the anchor is the operator's own choice.  What is not known yet outweighs what
 * is not known, as the order of enum crypto_status has it. */
static enum crypto_status path_status(const struct search *s, const struct certificate *anchor)
{
    enum crypto_status worst = CRYPTO_OK;

    for (size_t i = 0; (s->anchors->crls != NULL || s->ask != NULL) && i < s->depth; i++) {
        const struct certificate *issuer = i + 1 < s->depth ? s->path[i + 1] : anchor;
        enum crypto_status status = status_of(s, s->path[i], issuer);
        if (status == CRYPTO_REVOKED) {
            return status;
        }
        bool counts = status == CRYPTO_STATUS_PENDING || s->anchors->status_required;
        worst = counts && status > worst ? status : worst;
    }
    return worst;
}

static bool judge(struct search *s, const struct certificate *anchor)
{
    for (size_t i = 0; i < s->depth; i++) {
        if (!certificate_import(s->path[i])) {
            return false;
        }
    }
    s->judged++;
    if (!chain_good(s, anchor)) {
        return false;
    }
    enum crypto_status status = path_in_time(s, anchor) ? path_status(s, anchor) : CRYPTO_EXPIRED;
    s->best = s->best == CRYPTO_STATUS_PENDING && status != CRYPTO_OK ? s->best : status;
    return status == CRYPTO_OK;
}

/* ---- the search -------------------------------------------------------------- */

static bool may_issue(const struct certificate *c)
{
    struct public_key key;

    return public_open(c->names.spki, &key) == CRYPTO_OK &&
           (key.look.kind != CRYPTO_KEY_RSA || key.look.bits <= PUBLIC_RSA_BITS_MAX);
}

static bool try_anchors(struct search *s)
{
    struct span issuer = s->path[s->depth - 1]->names.issuer;

    for (size_t i = 0; i < s->anchors->count && s->judged < JUDGED_MAX; i++) {
        const struct certificate *anchor = &s->anchors->item[i];
        if (span_eq(anchor->names.subject, issuer) && judge(s, anchor)) {
            return true;
        }
    }
    return false;
}

static bool on_path(const struct search *s, const struct certificate *c)
{
    for (size_t i = 0; i < s->depth; i++) {
        if (s->path[i] == c || span_eq(s->path[i]->der, c->der)) {
            return true;
        }
    }
    return false;
}

/* Goes at most DEPTH_MAX deep. */
static bool search_from(struct search *s)
{
    if (try_anchors(s)) {
        return true;
    }
    struct span issuer = s->path[s->depth - 1]->names.issuer;
    for (size_t i = 0; i < s->extra_count && s->depth < DEPTH_MAX; i++) {
        struct certificate *c = &s->extra[i];
        if (!span_eq(c->names.subject, issuer) || on_path(s, c)) {
            continue;
        }
        if (s->judged >= JUDGED_MAX || s->visited++ >= VISITED_MAX) {
            return false;
        }
        if (!may_issue(c)) {
            continue;
        }
        s->path[s->depth++] = c;
        if (search_from(s)) {
            return true;
        }
        s->depth--;
    }
    return false;
}

/* One that cannot be read is left out: extraCerts may hold anything. */
static void take_extra(struct search *s, const struct span *extra, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct certificate *c = &s->extra[s->extra_count];
        c->der = extra[i];
        if (extra[i].len <= CERTIFICATE_MAX && skim_certificate(c->der, &c->names)) {
            s->extra_count++;
        }
    }
}

/* A certificate that is itself an anchor needs no signature to be trusted. */
static const struct certificate *find_anchor(const struct crypto_anchors *anchors, struct span der)
{
    for (size_t i = 0; i < anchors->count; i++) {
        if (span_eq(anchors->item[i].der, der)) {
            return &anchors->item[i];
        }
    }
    return NULL;
}

static void search_free(struct search *s, struct certificate *leaf)
{
    if (leaf->handle != NULL) {
        gnutls_x509_crt_deinit(leaf->handle);
    }
    for (size_t i = 0; i < s->extra_count; i++) {
        if (s->extra[i].handle != NULL) {
            gnutls_x509_crt_deinit(s->extra[i].handle);
        }
    }
}

enum crypto_status crypto_anchors_judge(const struct crypto_anchors *anchors, struct span leaf_der, const struct span *extra,
                                        size_t extra_count, int64_t now, const struct crypto_ask *ask)
{
    struct certificate leaf = { .der = leaf_der };
    struct search s = { .anchors = anchors, .now = now, .ask = ask, .best = CRYPTO_NOT_TRUSTED };

    if (leaf_der.len > CERTIFICATE_MAX || extra_count > EXTRA_MAX) {
        return CRYPTO_TOO_COSTLY;
    }
    const struct certificate *same = find_anchor(anchors, leaf_der);
    if (same != NULL) {
        return in_time(same->handle, now) ? CRYPTO_OK : CRYPTO_EXPIRED;
    }
    if (!skim_certificate(leaf_der, &leaf.names)) {
        return CRYPTO_NOT_TRUSTED;
    }
    take_extra(&s, extra, extra_count);
    s.path[s.depth++] = &leaf;
    search_from(&s);
    search_free(&s, &leaf);
    return s.best;
}

enum crypto_status crypto_anchors_verify(const struct crypto_anchors *anchors, struct span leaf, const struct span *extra,
                                         size_t extra_count, int64_t now)
{
    return crypto_anchors_judge(anchors, leaf, extra, extra_count, now, NULL);
}
