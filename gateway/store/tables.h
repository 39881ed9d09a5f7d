/* What the files of the tables offer each other and apply.c.
 *
 * The writing functions run inside a transaction that apply.c or commit.c has begun; each makes one member
 * of a change true.  FAILED leaves the reason in store_why(); what was written is the caller's to undo.
 */
#ifndef TABLES_H
#define TABLES_H
#include "gateway/store/query.h"

/* The columns of a step, in the order in which steps_take() takes them. */
#define STEPS_COLUMNS                                                                                  \
    "s.transactionID, s.number, s.at, s.endpoint, s.profile, s.digest, s.credential_kind, "            \
    "s.credential_name, s.phase, s.ending, s.operation, s.body, s.pvno, s.certReqId, s.our_nonce, "    \
    "s.first_nonce, s.order_id, s.certificate, s.updates, s.message_time, s.due, s.reply, s.reference, " \
    "s.signer"
void steps_take(struct query *, struct step *);

enum commit_result steps_insert(struct store *, const struct step *);
enum commit_result orders_put(struct store *, const struct order *);
enum commit_result orders_decide(struct store *, const struct decision *);
enum commit_result certificates_insert(struct store *, const struct certificate *);
enum commit_result revocations_insert(struct store *, const struct revocation *);
enum commit_result revocations_lift(struct store *, const uint8_t fingerprint[STORE_DIGEST]);
/* `now`: a secret whose not_after is before it has no use left. */
enum commit_result secrets_use(struct store *, struct span reference, int64_t now);
enum commit_result secrets_put(struct store *, const struct secret *);
enum commit_result sweep_apply(struct store *, const struct sweep *);
enum commit_result crls_insert(struct store *, const struct crl *);

/* Gives an issuer's name its number, if it has none yet. */
bool issuers_add(struct store *, struct span name);

#endif
