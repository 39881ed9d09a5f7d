/* Every message that we send: header, body, protection (RFC 9810 5.1; RFC 9483 3.1–3.3).
 *
 * One function a body.  The answer goes in the request's kind: MAC with the same secret and parameters
 * where the request's MAC verified, otherwise a signature by the configured signer, with [0] the signer and
 * then its chain in extraCerts.  pvno and transactionID are the request's, recipNonce its senderNonce,
 * recipient its sender.  All return the DER message in the arena; ptr NULL when memory or the key fails.
 */
#ifndef RESPOND_H
#define RESPOND_H
#include "gateway/protocol/inbound.h"

/* What an answer to `in` says apart from its body. */
struct respond {
    const struct inbound *in;           /* the message answered; its sender decides the protection */
    struct span again;                  /* the senderNonce, when this answer was sent before; absent: a fresh one */
    uint8_t senderNonce[CRYPTO_NONCE];  /* out: what was sent */
};

/* The certificate answer: ip, cp, kup by `operation` (arm of the opening request). */
struct respond_certificate {
    int operation;
    int64_t certReqId;
    struct span certificate;
    const struct span *chain;           /* into extraCerts, after the signer and its chain */
    size_t chain_count;
    bool modified;                      /* grantedWithMods */
    bool implicit_confirm;              /* generalInfo implicitConfirm … */
    int64_t confirm_until;              /* … or confirmWaitTime; 0: neither */
    bool roots;                         /* ip only: our roots in extraCerts */
    bool caPubs;                        /* ip only, MAC protection: the CA's certificates */
};
struct span respond_certificate(struct respond *, const struct respond_certificate *);

/* ip, cp, kup, rp or error with this refusal, as refusal->in_body and the operation say. */
struct span respond_refusal(struct respond *, int operation, int64_t certReqId, const struct refusal *);

/* rp: accepted; the certificate by issuer and serial in revCerts. */
struct span respond_revoked(struct respond *, struct span certificate);

/* Waiting in the form that the operation has for it (RFC 9810 5.3.21, 5.3.22): ip/cp/kup with status waiting,
 * `error` with status waiting for the rest. */
struct span respond_waiting(struct respond *, int operation, int64_t certReqId);
struct span respond_pollRep(struct respond *, int64_t certReqId, int64_t check_after, const char *reason);
struct span respond_pkiconf(struct respond *);
/* genp with these InfoTypeAndValues. */
struct span respond_genp(struct respond *, const struct asn1_list *answers);
/* nested: the answers to the messages of a batch (RFC 9483 5.2.2.2), each as it was made. */
struct span respond_nested(struct respond *, const struct span *parts, size_t count);

#endif
