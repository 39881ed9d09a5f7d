/* What the files of protocol/ share among themselves.
 *
 * Everything here runs on a worker's thread and allocates in the inbound's arena.  A check that says
 * no has filled in the refusal.
 */
#ifndef CHECK_H
#define CHECK_H
#include "gateway/protocol/inbound.h"

/* ---- protection ------------------------------------------------------------------------------ */

/* protection.c: the MAC of `data` under `secret` is `want`.  The cost is known before any of it is spent: above
 * the configured limit is badAlg, above the peer's budget `unavailable`.  A MAC that does not fit is refused
 * with `wrong`; `what` names it in texts. */
bool mac_check(const struct inbound *, struct span secret, const struct AlgorithmIdentifier *, struct span data,
               struct span want, enum failure wrong, const char *what, struct refusal *);

/* algorithms.c: whether the profile that the message means admits it; parameters are those that a MAC has been computed
 * with.  Otherwise badAlg. */
bool mac_is_admitted(const struct inbound *, const struct AlgorithmIdentifier *, const char *what, struct refusal *);
bool signature_is_admitted(const struct inbound *, const struct AlgorithmIdentifier *, const char *what,
                           struct refusal *);
bool hash_is_admitted(const struct inbound *, enum oid digest, const char *what, struct refusal *);

/* Nobody is named as the sender, and senderKID says who it is. */
bool nameless_sender_is_tolerated(const struct inbound *);

/* sender.c: finds the certificate that protects the message, verifies `signature` over `data` with it, and sees
 * that it is one we believe (RFC 9483 3.5).  Sets `sender`. */
bool sender_verify(struct inbound *, struct span data, struct span signature, struct refusal *);
/* status.c: whether in->sender.row, a certificate of ours, may send such a message in the state that it is in; and whether
 * this one may be updated. */
bool status_admits(const struct inbound *, struct refusal *);
bool status_updates(const struct inbound *, const struct certificate *, struct refusal *);

/* ---- the transaction ------------------------------------------------------------------------- */

/* What a body does: opens a transaction, or goes on with one. */
bool body_opens(int arm);

/* authority.c: whether the sender may update or revoke this certificate of ours. */
bool authority_over(const struct inbound *, const struct certificate *, struct refusal *);

/* ra.c: a certificate that makes its holder a registration authority, for the profiles that admit one: id-kp-cmcRA,
 * or id-kp-cmcCA of a CA that acts as one (RFC 9483 5.1.1, RFC 6402 2.10). */
bool ra_by_certificate(const struct Certificate *);
/* The sender speaks for others under this profile: it chooses subjects, says raVerified, revokes. */
bool ra_speaks(const struct inbound *, const struct config_profile *);

/* ---- a certificate request ------------------------------------------------------------------- */

/* What is asked for, whichever body it came in. */
struct wanted {
    const struct Name *subject;         /* NULL: left to us */
    struct span spki;                   /* DER SubjectPublicKeyInfo */
    struct crypto_public key;
    const struct asn1_list *extensions; /* of Extension; NULL: none */
    bool has_not_before, has_not_after;
    int64_t not_before, not_after;
    const struct Certificate *old;      /* kur: the certificate to update */
};

/* template.c: what a CertTemplate or a CertificationRequestInfo asks for. */
bool template_read(const struct inbound *, const struct CertTemplate *, struct wanted *, struct refusal *);
bool pkcs10_read(const struct inbound *, const struct CertificationRequestInfo *, struct wanted *,
                 struct refusal *);
/* The controls of a CertRequest: each there once (RFC 4211 6). */
bool controls_read(const struct asn1_list *controls, struct refusal *);
/* Whether one of our CA certificates has this subject. */
bool is_our_ca(const struct inbound *, const struct Name *);

/* update.c: the certificate that a kur is about, and what the new one takes from it (RFC 9483 4.1.3). */
bool update_read(struct inbound *, const struct CertRequest *, struct wanted *, struct order *,
                 struct refusal *);

/* pop.c: proof of possession (RFC 4211 4; RFC 9810 5.2.8).  The first finds one that is not where it should be (odd.c), and
 * returns NULL when there is none.  The second says whether the proof is of a kind that we take, without any cryptography;
 * the others verify it over the received bytes. */
const struct CertReqMsg *pop_find(const struct inbound *, const struct CertReqMsg *, struct refusal *);
bool pop_admits(const struct inbound *, const struct CertReqMsg *, struct refusal *);
bool pop_verify(const struct inbound *, const struct CertReqMsg *, const struct wanted *, struct refusal *);
bool pop_verify_pkcs10(const struct inbound *, const struct CertificationRequest *, const struct wanted *, struct refusal *);

/* grant.c: key type, subject, earlier certificates of the key, and validity against the profile, into the order. */
bool grant_key(const struct inbound *, struct wanted *, struct refusal *);
/* Whether the sender gets certificates for its own subject only. */
bool subject_is_bound(const struct inbound *);
/* The subject of a kur is that of the certificate, whether it is repeated or not. */
bool no_subject_is_tolerated(const struct inbound *, const struct Name *subject);
bool grant_subject(const struct inbound *, const struct wanted *, struct order *, struct refusal *);
bool grant_known_key(const struct inbound *, const struct wanted *, const struct order *, struct refusal *);
bool grant_validity(const struct inbound *, const struct wanted *, struct order *, bool *modified,
                    struct refusal *);

/* altname.c: fit to stand in a certificate (RFC 5280 4.2.1.6); kinds that nobody compares as text are. */
bool altname_is_sane(const struct GeneralName *);
/* One that the sender has been proven to have: in its certificate's subjectAltName, or, a dNSName, as the commonName that its
 * shared secret is bound to.  To an RA no name is a stranger's. */
bool altname_is_proven(const struct inbound *, const struct GeneralName *);

/* extensions.c: each of the first list is in the second, with the same value. */
bool extensions_are_among(const struct asn1_list *asked, const struct asn1_list *have);
/* KeyUsage bits that a key can have at all (RFC 3279 2.3, RFC 5480 3, RFC 8410 5). */
uint32_t usage_of_key(enum crypto_key_kind);
/* Those that the certificate gets, into order->extensions; after grant_subject(). */
bool grant_extensions(const struct inbound *, const struct wanted *, struct order *, bool *modified,
                      struct refusal *);

/* revoke.c: rr, into an order to revoke; and whether it may be as RFC 2510 has it. */
bool revoke_read(struct inbound *, struct request *, struct refusal *);
bool reason_flags_are_tolerated(const struct inbound *);

#endif
