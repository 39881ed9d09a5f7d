#include "gateway/crypto/ocsp.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include "gateway/crypto/plumbing.h"

enum { SKEW = 300 /* seconds */, EXTENSIONS_MAX = 16, SINGLES_MAX = 64 };

/* ---- both ------------------------------------------------------------------------------------------------ */

struct pair {
    gnutls_x509_crt_t certificate, issuer;
};

static bool import(gnutls_x509_crt_t *out, struct span der)
{
    gnutls_datum_t octets = plumbing_datum(der);

    return gnutls_x509_crt_init(out) >= 0 && gnutls_x509_crt_import(*out, &octets, GNUTLS_X509_FMT_DER) >= 0;
}

static void pair_free(struct pair *p)
{
    if (p->certificate != NULL) {
        gnutls_x509_crt_deinit(p->certificate);
    }
    if (p->issuer != NULL) {
        gnutls_x509_crt_deinit(p->issuer);
    }
}

static bool pair_import(struct pair *p, struct span certificate, struct span issuer)
{
    *p = (struct pair){ NULL, NULL };
    return import(&p->certificate, certificate) && import(&p->issuer, issuer);
}

/* ---- the question ---------------------------------------------------------------------------------------- */

static bool ask(gnutls_ocsp_req_t request, const struct pair *p, struct span nonce)
{
    gnutls_datum_t octets = plumbing_datum(nonce);

    return gnutls_ocsp_req_add_cert(request, GNUTLS_DIG_SHA1, p->issuer, p->certificate) >= 0 &&
           (nonce.ptr == NULL || gnutls_ocsp_req_set_nonce(request, 0, &octets) >= 0);
}

static gnutls_ocsp_req_t request_of(const struct pair *p, struct span nonce)
{
    gnutls_ocsp_req_t request = NULL;

    if (gnutls_ocsp_req_init(&request) < 0) {
        return NULL;
    }
    if (!ask(request, p, nonce)) {
        gnutls_ocsp_req_deinit(request);
        return NULL;
    }
    return request;
}

struct span ocsp_request(struct span certificate, struct span issuer, struct span nonce, struct arena *arena)
{
    struct pair p;
    gnutls_datum_t der = { NULL, 0 };
    struct span out = { NULL, 0 };
    gnutls_ocsp_req_t request = pair_import(&p, certificate, issuer) ? request_of(&p, nonce) : NULL;

    if (request != NULL && gnutls_ocsp_req_export(request, &der) >= 0) {
        out = arena_copy(arena, der.data, der.size);
        gnutls_free(der.data);
    }
    if (request != NULL) {
        gnutls_ocsp_req_deinit(request);
    }
    pair_free(&p);
    return out;
}

/* ---- the answer as a whole ------------------------------------------------------------------------------- */

static const char *status_fault(gnutls_ocsp_resp_t r)
{
    switch (gnutls_ocsp_resp_get_status(r)) {
    case GNUTLS_OCSP_RESP_SUCCESSFUL:    return NULL;
    case GNUTLS_OCSP_RESP_MALFORMEDREQUEST: return "the responder says: malformed request";
    case GNUTLS_OCSP_RESP_INTERNALERROR: return "the responder says: internal error";
    case GNUTLS_OCSP_RESP_TRYLATER:      return "the responder says: try later";
    case GNUTLS_OCSP_RESP_SIGREQUIRED:   return "the responder wants signed requests";
    case GNUTLS_OCSP_RESP_UNAUTHORIZED:  return "the responder says: unauthorized";
    default:                             return "it has an unknown responseStatus";
    }
}

/* RFC 6960 4.2.2.2. */
static const char *signature_fault(gnutls_ocsp_resp_t r, gnutls_x509_crt_t issuer)
{
    unsigned verdict = ~0U;

    if (gnutls_ocsp_resp_verify_direct(r, issuer, &verdict, 0) < 0) {
        return "its signature cannot be verified";
    }
    return verdict == 0 ? NULL : "it is not signed by the issuer, nor by a responder of the issuer's";
}

/* RFC 9654 2.1: a responder may leave it out, and then only its times say that it is no old one. */
static const char *nonce_fault(gnutls_ocsp_resp_t r, struct span want, bool wants_nonce)
{
    gnutls_datum_t have = { NULL, 0 };
    int code = gnutls_ocsp_resp_get_nonce(r, NULL, &have);
    bool absent = code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    bool same = code >= 0 && crypto_equal(want, (struct span){ have.data, have.size });

    if (code >= 0) {
        gnutls_free(have.data);
    }
    if (absent) {
        return wants_nonce ? "it has no nonce" : NULL;
    }
    return same || want.ptr == NULL ? NULL : "its nonce is not that of the request";
}

static bool is_nonce(gnutls_datum_t oid)
{
    static const char id[] = GNUTLS_OCSP_NONCE;

    return oid.size >= sizeof id - 1 && strncmp((const char *)oid.data, id, oid.size) == 0;
}

static const char *extensions_fault(gnutls_ocsp_resp_t r)
{
    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        gnutls_datum_t oid = { NULL, 0 };
        unsigned critical = 0;
        int code = gnutls_ocsp_resp_get_extension(r, i, &oid, &critical, NULL);
        if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
            return NULL;
        }
        bool known = code >= 0 && (critical == 0 || is_nonce(oid));
        if (code >= 0) {
            gnutls_free(oid.data);
        }
        if (!known) {
            return "it has a critical extension that is not known";
        }
    }
    return "it has too many extensions";
}

/* ---- what it says ---------------------------------------------------------------------------------------- */

struct cert_id {
    gnutls_digest_algorithm_t digest;
    gnutls_datum_t name, key, serial;
};

static void cert_id_free(struct cert_id *id)
{
    gnutls_free(id->name.data);
    gnutls_free(id->key.data);
    gnutls_free(id->serial.data);
}

static bool same_octets(gnutls_datum_t a, gnutls_datum_t b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool same_id(const struct cert_id *a, const struct cert_id *b)
{
    return a->digest == b->digest && same_octets(a->name, b->name) && same_octets(a->key, b->key) &&
           same_octets(a->serial, b->serial);
}

struct single {
    struct cert_id id;
    unsigned status;
    time_t this_update, next_update;    /* -1: none */
};

static const char *single_fault(const struct single *s, int64_t now)
{
    if (s->this_update == (time_t)-1 || s->this_update > now + SKEW) {
        return "its thisUpdate is in the future";
    }
    return s->next_update != (time_t)-1 && s->next_update < now ? "it has expired: nextUpdate has passed" : NULL;
}

static enum crypto_status status_of(const struct single *s)
{
    switch (s->status) {
    case GNUTLS_OCSP_CERT_GOOD:    return CRYPTO_OK;
    case GNUTLS_OCSP_CERT_REVOKED: return CRYPTO_REVOKED;
    default:                       return CRYPTO_STATUS_UNKNOWN;
    }
}

/* Of several about the certificate the last counts, unless one says that it is revoked. */
static const char *take_single(const struct single *s, int64_t now, bool *found, struct ocsp_answer *out)
{
    const char *fault = single_fault(s, now);

    if (fault == NULL && !(*found && out->status == CRYPTO_REVOKED)) {
        *out = (struct ocsp_answer){ status_of(s), s->this_update, s->next_update == (time_t)-1 ? 0 : s->next_update };
    }
    *found = *found || fault == NULL;
    return fault;
}

static const char *find_single(gnutls_ocsp_resp_t r, const struct cert_id *want, int64_t now, struct ocsp_answer *out)
{
    const char *fault = "it is not about this certificate";
    bool found = false;

    for (unsigned i = 0; i < SINGLES_MAX; i++) {
        struct single s = { .id = { .digest = GNUTLS_DIG_UNKNOWN } };
        time_t revoked_at;
        if (gnutls_ocsp_resp_get_single(r, i, &s.id.digest, &s.id.name, &s.id.key, &s.id.serial, &s.status, &s.this_update,
                                        &s.next_update, &revoked_at, NULL) < 0) {
            break;
        }
        if (same_id(&s.id, want)) {
            fault = take_single(&s, now, &found, out);
        }
        cert_id_free(&s.id);
    }
    return found ? NULL : fault;
}

static const char *content_fault(gnutls_ocsp_resp_t r, const struct pair *p, int64_t now, struct ocsp_answer *out)
{
    gnutls_ocsp_req_t request = request_of(p, (struct span){ NULL, 0 });
    struct cert_id want = { .digest = GNUTLS_DIG_UNKNOWN };
    const char *fault = "no memory";

    if (request != NULL &&
        gnutls_ocsp_req_get_cert_id(request, 0, &want.digest, &want.name, &want.key, &want.serial) >= 0) {
        fault = find_single(r, &want, now, out);
        cert_id_free(&want);
    }
    if (request != NULL) {
        gnutls_ocsp_req_deinit(request);
    }
    return fault;
}

static const char *judge(gnutls_ocsp_resp_t r, const struct pair *p, struct span nonce, bool wants_nonce, int64_t now,
                         struct ocsp_answer *out)
{
    const char *fault = status_fault(r);

    fault = fault != NULL ? fault : signature_fault(r, p->issuer);
    fault = fault != NULL ? fault : extensions_fault(r);
    fault = fault != NULL ? fault : nonce_fault(r, nonce, wants_nonce);
    return fault != NULL ? fault : content_fault(r, p, now, out);
}

const char *ocsp_judge(struct span response, struct span certificate, struct span issuer, struct span nonce, bool wants_nonce,
                       int64_t now, struct ocsp_answer *out)
{
    struct pair p;
    gnutls_datum_t der = plumbing_datum(response);
    gnutls_ocsp_resp_t r = NULL;
    const char *fault = "no memory";

    if (pair_import(&p, certificate, issuer) && gnutls_ocsp_resp_init(&r) >= 0) {
        fault = gnutls_ocsp_resp_import(r, &der) < 0 ? "it is no OCSP response" : judge(r, &p, nonce, wants_nonce, now, out);
    }
    if (r != NULL) {
        gnutls_ocsp_resp_deinit(r);
    }
    pair_free(&p);
    return fault;
}
