/* What a responder says about one certificate (RFC 6960): the question, and the judging of the answer. */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H
#include "gateway/crypto/crypto.h"

enum { OCSP_NONCE = 16 };
enum ocsp_nonce { OCSP_NONCE_ASK /* an answer without one is taken */, OCSP_NONCE_REQUIRE, OCSP_NONCE_NONE };

/* An OCSPRequest about `certificate` of `issuer`, both DER; the CertID is with SHA-1, which every responder knows and which secures
 * nothing.  `nonce` absent: without.  ptr NULL when a certificate cannot be read, or without memory. */
struct span ocsp_request(struct span certificate, struct span issuer, struct span nonce, struct arena *);

struct ocsp_answer {
    enum crypto_status status;          /* OK, REVOKED, STATUS_UNKNOWN: the responder does not know it */
    int64_t this_update, next_update;   /* Unix seconds; next_update 0: there is newer information at any time */
};

/* Judges a response to ocsp_request() with the same certificate, issuer and nonce: signed by the issuer or by somebody to whom it gave
 * id-kp-OCSPSigning, over the octets that came; about this certificate; current at `now`, by five minutes.  A nonce that is there
 * must be ours, and `wants_nonce` wants one.  NULL, or why it is none. */
const char *ocsp_judge(struct span response, struct span certificate, struct span issuer, struct span nonce, bool wants_nonce,
                       int64_t now, struct ocsp_answer *);

#endif
