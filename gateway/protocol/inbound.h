/* One message at hand, and what is known about it so far.
 *
 * A worker fills it from top to bottom: decode, load, find the credential, verify, check the
 * header, read the body.  Each check takes the inbound and says yes, or no with a refusal.  All
 * of it lives in the worker's arena until the next event.
 */
#ifndef INBOUND_H
#define INBOUND_H
#include "codec/cmp.h"
#include "gateway/budget.h"
#include "gateway/config.h"
#include "gateway/event.h"
#include "gateway/quirk.h"
#include "gateway/store/store.h"

/* RFC 9810 5.2.3: bit numbers of PKIFailureInfo. */
enum failure {
    FAIL_badAlg, FAIL_badMessageCheck, FAIL_badRequest, FAIL_badTime, FAIL_badCertId, FAIL_badDataFormat,
    FAIL_wrongAuthority, FAIL_incorrectData, FAIL_missingTimeStamp, FAIL_badPOP, FAIL_certRevoked,
    FAIL_certConfirmed, FAIL_wrongIntegrity, FAIL_badRecipientNonce, FAIL_timeNotAvailable,
    FAIL_unacceptedPolicy, FAIL_unacceptedExtension, FAIL_addInfoNotAvailable, FAIL_badSenderNonce,
    FAIL_badCertTemplate, FAIL_signerNotTrusted, FAIL_transactionIdInUse, FAIL_unsupportedVersion,
    FAIL_notAuthorized, FAIL_systemUnavail, FAIL_systemFailure, FAIL_duplicateCertReq
};
const char *failure_name(enum failure);

/* Why something is refused: one bit, and a sentence that helps the person at the other end. */
struct refusal {
    enum failure failure;
    bool in_body;               /* in ip/cp/kup/rp as status rejection; otherwise an `error` body */
    bool pending;               /* not the last word: the status of a signer is being asked for */
    bool unavailable;           /* not an answer at all: the transport says "not now" (503) */
    char text[240];             /* "RFC 9810 5.1.1: senderNonce: want 16 octets, have 4" */
};
/* Fills the refusal and returns false, so that a check can end with it. */
bool refuse(struct refusal *, enum failure, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A text of somebody else's, cut to fit and made fit for a UTF8String: returns `to`. */
const char *presentable(const char *text, char *to, size_t size);
/* "not now" instead of an answer: the store or memory let us down.  Returns false. */
bool refuse_unavailable(struct refusal *, const char *reason);

/* Who sent it, proven by the protection. */
struct sender {
    struct credential credential;       /* kind NONE until the protection has been verified */
    struct secret *secret;              /* SECRET: its row */
    struct span secret_value;           /* SECRET: in the clear; wiped by inbound_wipe() */
    struct span certificate;            /* CERTIFICATE: DER */
    struct Certificate *decoded;        /* the same, decoded */
    bool of_this_ca;                    /* issued by us, in the inventory, neither revoked nor expired */
    bool is_ra;                         /* its certificate says so: id-kp-cmcRA or id-kp-cmcCA */
    struct certificate *row;            /* its row, when it is ours */
    struct span subject;                /* DER Name that the credential is bound to; absent: none */
};

struct inbound {
    /* the place it came to */
    const struct config *config;
    const struct config_endpoint *endpoint;
    struct store *store;
    struct budget *budget;
    struct inquirer *inquirer;          /* NULL: the network is asked about nobody */
    struct arena *arena;
    const char *peer;
    const char *profile_name;           /* from the path; NULL: none */
    const char *operation;              /* label from the path; NULL: none */
    int64_t arrived, now;
    /* the message */
    struct span der;
    struct PKIMessage *message;         /* NULL while only the header could be read */
    struct PKIHeader *header;
    uint8_t digest[STORE_DIGEST];       /* SHA-256 of der */
    /* what others have put around it, outermost first (RFC 9483 5.2.2.1); der and digest are of the message inside */
    struct PKIMessage *around[NESTING_MOST];
    size_t around_count;
    bool approved;                      /* an RA has, by its signature around it */
    /* what the store knows of its transactionID */
    struct step *steps;
    size_t step_count;
    /* the sender and what it may do */
    struct sender sender;
    const struct config_profile *profile;
};
void inbound_wipe(struct inbound *);
/* Of the secret; valid as long as the sender is. */
struct span sender_reference(const struct sender *);
/* Of a proven sender whose certificate is not in the inventory: that, then what else extraCerts has, DER one after the other.
 * Messages that follow may leave them out.  Absent: there is nothing to keep, or no memory. */
struct span sender_certificates(const struct inbound *);

/* A header without transactionID gets this one: the message stays as it was received, and its protection with it.  False
 * without memory. */
bool inbound_name_transaction(struct inbound *, struct span transactionID);
/* The same with one of our making, for a first message, where that is tolerated. */
bool inbound_adopt(struct inbound *);

/* odd.c: decodes in->der, or at least its header, so that a refusal can echo its IDs.  What does not decode and is odd
 * (enum asn1_odd) is taken as it came where a quirk of that name is tolerated. */
bool inbound_read(struct inbound *, struct refusal *);
/* A message that has been taken once, from the store. */
struct PKIMessage *inbound_decode(struct span der, struct arena *);

/* Whether a quirk is tolerated here: by the endpoint, or by the profile that the message means (as far as it is
 * known yet: that of a secret only after protection_verify()). */
bool quirk_on(const struct inbound *, enum quirk);

/* Takes what some work costs, in hash iterations, from the peer's budget; false, with a refusal that is no answer, when
 * it is not there. */
enum {
    PRICE_SIGNATURE = 1000,     /* to be verified; given back when it is good, so that only those cost that are not */
    PRICE_REFUSAL = 2000        /* to be signed, or given a MAC */
};
bool inbound_pay(const struct inbound *, uint64_t iterations, struct refusal *);
void inbound_refund(const struct inbound *, uint64_t iterations);

/* ---- checks, in the order in which a worker makes them --------------------------------------- */

/* Finds the credential that the header names and verifies the protection over the received bytes
 * (RFC 9810 5.1.3, RFC 9483 3.2, 3.5).  MAC: the secret by senderKID, cost bounded by the configuration
 * and paid from the peer's budget first.  Signature: the certificate from extraCerts or the inventory, its
 * path, its key usage, its status.  Sets `sender`. */
bool protection_verify(struct inbound *, struct refusal *);

/* pvno, transactionID, nonces, messageTime, sender and recipient (RFC 9810 5.1.1, RFC 9483 3.1, 3.5); for a
 * follow-up: the same credential as the first message, and a recipNonce that we sent. */
bool header_check(const struct inbound *, struct refusal *);

/* Unix seconds; false: there is none, or none that can be read. */
bool inbound_message_time(const struct inbound *, int64_t *);

/* Another refusal for what is refused already, when its version is not one of ours: then nothing else of it is ours to judge
 * (RFC 9810 7).  Returns false. */
bool refuse_version(const struct inbound *, struct refusal *);

/* A message with protection added is opened: from here on it is the message inside that is at hand, at most nesting-max
 * deep.  Structure only; nested_verify() verifies each signature around it, once the message inside has been
 * verified, and wants those of RAs.  Sets `approved`.  An approval says nothing of the proof of possession inside. */
bool nested_open(struct inbound *, struct refusal *);
bool nested_verify(struct inbound *, struct refusal *);
/* Several messages, or one of another transaction: each is a message of its own (RFC 9483 5.2.2.2). */
bool nested_is_batch(const struct inbound *);
/* Size, protection by an RA, header. */
bool nested_batch_check(struct inbound *, struct refusal *);

/* Chooses the profile: path, then certProfile in generalInfo, then the endpoint's; sees that it admits this
 * operation and this kind of credential, and that path label and body agree. */
bool profile_choose(struct inbound *, struct refusal *);

/* The profile that the message means, whether or not it may have it; NULL: none has that name. */
const struct config_profile *profile_meant(const struct inbound *);

/* ---- bodies ---------------------------------------------------------------------------------- */

/* An opening request, reduced to what a backend is asked for. */
struct request {
    int operation;                      /* PKIBody arm */
    int64_t certReqId;
    bool implicit_confirm;              /* asked for, and granted by the profile */
    struct order *order;                /* filled, but for id, times and state */
    bool modified;                      /* policy granted something else than was asked: grantedWithMods */
    bool one_use;                       /* takes a use of the sender's secret */
};
/* ir, cr, kur (RFC 9810 5.3.1–5.3.5; RFC 9483 4.1), p10cr (RFC 2986), rr (RFC 9810 5.3.9; RFC 9483 4.2):
 * template and policy, POP over the received bytes, key types, the certificate to update or revoke. */
bool request_read(struct inbound *, struct request *, struct refusal *);

/* kept.c: the certificate is what the order asks for; its key is looked at elsewhere. */
bool order_is_kept(const struct order *, const struct Certificate *issued, struct arena *);

/* certConf (RFC 9810 5.3.18, RFC 9483 4.1.1) against the certificate that was issued.  *accepted is the client's
 * decision; false with a refusal when it does not fit. */
bool confirm_read(const struct inbound *, const struct certificate *issued, bool *accepted, struct refusal *);

/* Whether it is a message of RFC 2510, at an endpoint that serves those. */
bool inbound_is_1999(const struct inbound *);

/* conf (RFC 2510 3.3.18): only from a client of that time, where the endpoint serves those. */
bool conf_read(const struct inbound *, struct refusal *);

/* pollReq (RFC 9810 5.3.22): its certReqId must fit what is waited for. */
bool poll_read(const struct inbound *, int64_t *certReqId, struct refusal *);

#endif
