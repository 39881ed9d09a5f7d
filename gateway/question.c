#include "gateway/question.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Octets. */
enum { OCSP_MOST = 64 << 10, CRL_MOST = 16 << 20 /* what the codec takes */, CRL_MEMORY = 192 << 20, HEADER_MOST = 32 << 10 };

/* ---- what is asked ----------------------------------------------------------------------------------------- */

static void *append(uint8_t *at, const void *octets, size_t len)
{
    memcpy(at, octets, len);
    return at + len;
}

/* A CRL is of an issuer and a place; an OCSP answer is about a certificate, too. */
void question_key(const struct question_terms *t, uint8_t key[QUESTION_KEY])
{
    uint8_t all[2 * QUESTION_KEY + 3 + PLACE_URL_MAX] = { 0 }, *at = all;
    struct span about = t->kind == QUESTION_OCSP ? t->certificate : (struct span){ all, 0 };

    crypto_sha256(t->issuer, at);
    crypto_sha256(about, at + QUESTION_KEY);
    at += 2 * QUESTION_KEY;
    *at++ = (uint8_t)t->kind;
    *at++ = (uint8_t)(t->kind == QUESTION_OCSP ? t->nonce : 0);
    *at++ = t->anywhere;
    at = append(at, t->url.ptr, t->url.len);
    crypto_sha256((struct span){ all, (size_t)(at - all) }, key);
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return (const char *)arena_copy(arena, text, strlen(text) + 1).ptr;
}

static bool copy_terms(struct question *q, const struct question_terms *t)
{
    uint8_t *url = arena_zalloc(q->arena, t->url.len + 1);

    if (url == NULL) {
        return false;
    }
    memcpy(url, t->url.ptr, t->url.len);
    q->terms = *t;
    q->terms.url = (struct span){ url, t->url.len };
    q->terms.host = copy_text(q->arena, t->host);
    q->terms.certificate = arena_copy(q->arena, t->certificate.ptr, t->certificate.len);
    q->terms.issuer = arena_copy(q->arena, t->issuer.ptr, t->issuer.len);
    return q->terms.host != NULL && q->terms.certificate.ptr != NULL && q->terms.issuer.ptr != NULL;
}

static struct span nonce_of(const struct question *q)
{
    bool sent = q->terms.nonce != OCSP_NONCE_NONE;

    return sent ? (struct span){ q->nonce, sizeof q->nonce } : (struct span){ NULL, 0 };
}

struct question *question_new(const struct question_terms *t)
{
    struct question *q = calloc(1, sizeof *q);

    if (q == NULL || (q->arena = arena_new()) == NULL || !copy_terms(q, t)) {
        question_free(q);
        return NULL;
    }
    question_key(t, q->key);
    return q;
}

void question_free(struct question *q)
{
    if (q != NULL) {
        curl_easy_cleanup(q->easy);
        curl_slist_free_all(q->fields);
        arena_free(q->arena);
        arena_free(q->crl_arena);
        free(q->answer);
        free(q);
    }
}

/* ---- over HTTP --------------------------------------------------------------------------------------------- */

static size_t most_of(const struct question *q)
{
    return q->terms.kind == QUESTION_OCSP ? OCSP_MOST : CRL_MOST;
}

static size_t take_answer(char *data, size_t one, size_t len, void *context)
{
    struct question *q = context;

    (void)one;
    if (len > most_of(q) - q->answer_len) {
        q->too_large = true;
        return 0;
    }
    if (len > q->answer_room - q->answer_len) {
        size_t room = 2 * q->answer_room + len + 4096;
        uint8_t *grown = realloc(q->answer, room);
        if (grown == NULL) {
            return 0;
        }
        q->answer = grown;
        q->answer_room = room;
    }
    memcpy(q->answer + q->answer_len, data, len);
    q->answer_len += len;
    return len;
}

/* The library keeps all of them. */
static size_t count_header(char *data, size_t one, size_t len, void *context)
{
    struct question *q = context;

    (void)data;
    (void)one;
    q->header_len += len;
    q->too_large = q->too_large || q->header_len > HEADER_MOST;
    return q->too_large ? 0 : len;
}

/* Here the address is known that the name has led to, and no other will be connected to. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct question *q = context;

    (void)purpose;
    if (!q->terms.anywhere && !place_is_public(&address->addr)) {
        snprintf(q->why, sizeof q->why, "the address of %.100s is not a public one, and the host not in anchors-status-hosts",
                 q->terms.host);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool make_request(struct question *q)
{
    if (q->terms.kind != QUESTION_OCSP) {
        return true;
    }
    crypto_random(q->nonce, sizeof q->nonce);
    q->request = ocsp_request(q->terms.certificate, q->terms.issuer, nonce_of(q), q->arena);
    return q->request.ptr != NULL;
}

static bool set_method(struct question *q)
{
    CURL *e = q->easy;

    if (q->terms.kind == QUESTION_CRL) {
        return curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    }
    q->fields = curl_slist_append(NULL, "Content-Type: application/ocsp-request");
    return q->fields != NULL && curl_easy_setopt(e, CURLOPT_HTTPHEADER, q->fields) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->request.len) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDS, (const char *)q->request.ptr) == CURLE_OK;
}

static bool set_bounds(struct question *q)
{
    CURL *e = q->easy;
    long milliseconds = (long)q->terms.timeout * 1000;

    return curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, milliseconds) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, milliseconds) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)most_of(q)) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEDATA, q) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, count_header) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HEADERDATA, q) == CURLE_OK;
}

/* No redirects, no proxy, names or passwords of the environment, nothing decoded, no other protocol.  A connection is used once: it was
 * opened for this question's host and by this question's rules. */
bool question_prepare(struct question *q)
{
    CURL *e = q->easy = curl_easy_init();

    return e != NULL && curl_easy_setopt(e, CURLOPT_URL, (const char *)q->terms.url.ptr) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK && curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK && curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USERAGENT, "cmpgate") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_ERRORBUFFER, q->error) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, q) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PRIVATE, (void *)q) == CURLE_OK && make_request(q) && set_method(q) && set_bounds(q);
}

/* ---- what came --------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3)))
static void give_up(struct question *q, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(q->why, sizeof q->why, format, args);
    va_end(args);
}

static void judge_ocsp(struct question *q, int64_t now)
{
    struct span answer = { q->answer, q->answer_len };
    const char *fault = ocsp_judge(answer, q->terms.certificate, q->terms.issuer, nonce_of(q), q->terms.nonce == OCSP_NONCE_REQUIRE, now,
                                   &q->ocsp);

    if (fault == NULL && q->ocsp.next_update == 0 && q->ocsp.this_update + q->terms.max_age < now) {
        fault = "it is older than anchors-status-max-age, and has no nextUpdate";
    }
    if (fault != NULL) {
        give_up(q, "the OCSP response: %s", fault);
    }
}

/* RFC 5280 6.3.3 f. */
static bool may_sign_crls(const struct Certificate *issuer)
{
    const struct asn1_list *extensions = &issuer->tbsCertificate->extensions;
    const struct span *usage = Extensions_value(extensions, OID_id_ce_keyUsage);

    return Extensions_find(extensions, OID_id_ce_keyUsage) == NULL ||
           (usage != NULL && (asn1_named_bits(*usage) & KeyUsage_cRLSign));
}

static const char *crl_fault(const struct question *q, const struct crypto_crl *crl, const struct Certificate *issuer, int64_t now)
{
    const struct TBSCertificate *tbs = issuer->tbsCertificate;

    if (!span_eq(crl->list->tbsCertList->issuer->der, tbs->subject->der)) {
        return "it is of another issuer";
    }
    if (!crypto_crl_is_of(crl, q->terms.url)) {
        return "its issuingDistributionPoint names another place";
    }
    if (!may_sign_crls(issuer)) {
        return "its issuer may not sign CRLs";
    }
    if (!crypto_crl_signed_by(crl, tbs->subjectPublicKeyInfo->der)) {
        return "it is not signed with the key of the issuer";
    }
    return crl->this_update > now ? "its thisUpdate is in the future" : crl->next_update < now ? "it has expired" : NULL;
}

static void judge_crl(struct question *q, struct arena *arena, int64_t now)
{
    struct crypto_crl crl;
    struct asn1_error err;
    const struct Certificate *issuer = Certificate_decode(q->terms.issuer, arena, &err);
    const char *fault = issuer != NULL ? crypto_crl_take(&crl, (struct span){ q->answer, q->answer_len }, arena) : "no memory";

    fault = fault != NULL ? fault : crl_fault(q, &crl, issuer, now);
    if (fault == NULL && ((q->crl_arena = arena_new()) == NULL || !crypto_crl_keep(&q->crl, &crl, q->crl_arena))) {
        fault = "no memory";
    }
    if (fault != NULL) {
        give_up(q, "the CRL: %s", fault);
    }
}

static void judge(struct question *q, int64_t now)
{
    struct arena *arena = arena_new();

    if (arena == NULL) {
        give_up(q, "no memory");
        return;
    }
    arena_limit(arena, CRL_MEMORY);
    if (q->terms.kind == QUESTION_OCSP) {
        judge_ocsp(q, now);
    } else {
        judge_crl(q, arena, now);
    }
    arena_free(arena);
}

void question_finish(struct question *q, CURLcode code, int64_t now)
{
    long status = 0;

    curl_easy_getinfo(q->easy, CURLINFO_RESPONSE_CODE, &status);
    if (q->too_large || code == CURLE_FILESIZE_EXCEEDED) {
        give_up(q, "the answer is too large");
    } else if (code != CURLE_OK && q->why[0] == '\0') {
        give_up(q, "%s", q->error[0] != '\0' ? q->error : curl_easy_strerror(code));
    } else if (code == CURLE_OK && status != 200) {
        give_up(q, "HTTP %ld%s", status, status >= 300 && status < 400 ? ": redirects are not followed" : "");
    } else if (code == CURLE_OK) {
        q->why[0] = '\0';       /* one of several addresses was refused, another was not */
        judge(q, now);
    }
}
