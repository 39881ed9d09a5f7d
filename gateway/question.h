/* One question over HTTP about the status of a certificate: to an OCSP responder (RFC 6960 A) or for a CRL (RFC 5280 4.2.1.13).
 *
 * A question owns copies of all it needs, so it is the asker's alone while it is under way.
 */
#ifndef QUESTION_H
#define QUESTION_H
#include <curl/curl.h>

#include "gateway/crypto/crl.h"
#include "gateway/crypto/ocsp.h"
#include "gateway/event.h"
#include "gateway/place.h"

enum question_kind { QUESTION_OCSP, QUESTION_CRL };

/* What is asked, of whom, and how; all of it borrowed. */
struct question_terms {
    enum question_kind kind;
    struct span url;
    const char *host;                   /* of the URL */
    struct span certificate, issuer;    /* DER; a CRL is the issuer's, whatever the certificate */
    enum ocsp_nonce nonce;
    bool anywhere;                      /* the operator knows the host: its address need not be a public one */
    int64_t timeout, max_age;           /* seconds */
};

enum { QUESTION_KEY = EVENT_AWAITS };

struct question {
    struct question *next;              /* the asker's */
    bool under_way;
    struct arena *arena;                /* holds what it points to */
    struct question_terms terms;
    uint8_t key[QUESTION_KEY];
    uint8_t nonce[OCSP_NONCE];
    struct span request;                /* the OCSPRequest */
    /* HTTP */
    CURL *easy;
    struct curl_slist *fields;
    uint8_t *answer;
    size_t answer_len, answer_room, header_len;
    bool too_large;
    char error[CURL_ERROR_SIZE];
    /* in the end */
    char why[256];                      /* not answered; empty: answered */
    struct ocsp_answer ocsp;
    struct crypto_crl crl;
    struct arena *crl_arena;            /* holds the CRL; may be taken */
};

/* The same for two questions exactly if one answer does for both. */
void question_key(const struct question_terms *, uint8_t key[QUESTION_KEY]);

struct question *question_new(const struct question_terms *);   /* NULL without memory */
void question_free(struct question *);
/* Makes the request, and sets the easy handle up.  False without memory. */
bool question_prepare(struct question *);
/* The transfer has ended: reads and verifies what came.  Sets `why`, or `ocsp` or `crl`. */
void question_finish(struct question *, CURLcode, int64_t now);

#endif
