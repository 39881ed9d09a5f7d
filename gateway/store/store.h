/* What the gateway knows, on disk.
 *
 * A transaction is its steps: appended, never updated, unique on (transactionID, number).
 * Inserting step n+1 is the compare-and-swap between threads and between gateways; the loser
 * loads and decides again.  An order is what a backend owes us.  A certificate is one row of the
 * inventory; whether it is revoked is another row; whether it is confirmed is what the last step of
 * its transaction says.
 *
 * Readers are connections of their own, one a thread.  There is one writer, commit.h.
 */
#ifndef STORE_H
#define STORE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/asn1.h"

enum { STORE_DIGEST = 32, STORE_ORDER_ID = 16, STORE_ID_MAX = 64 /* octets of transactionID and nonces we take */ };
enum { STORE_STEPS_MAX = 64 /* of one transaction; step 65 is COMMIT_FAILED */ };

/* A short octet string held by value; len 0: absent. */
struct store_octets {
    uint8_t len;
    uint8_t octets[STORE_ID_MAX];
};

/* By value; absent when there is nothing or too much of it. */
static inline struct store_octets store_octets_of(struct span s)
{
    struct store_octets o = { .len = 0 };

    if (s.ptr != NULL && s.len <= STORE_ID_MAX) {
        o.len = (uint8_t)s.len;
        memcpy(o.octets, s.ptr, s.len);
    }
    return o;
}

static inline bool store_octets_same(const struct store_octets *a, const struct store_octets *b)
{
    return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}

/* FNV-1a over all of it, for tables of what is in flight: a client picks its transactionID, but can only slow its own
 * lookups down to the number of things that are in flight at all. */
static inline uint32_t store_octets_hash(const struct store_octets *o)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < o->len; i++) {
        h = (h ^ o->octets[i]) * 16777619u;
    }
    return h;
}

/* The phase a transaction is in after a step: the table of legal moves is in docs/architecture.md and
 * in protocol/decide.c.  The numbers are on disk: never renumber. */
enum phase {
    PHASE_NONE = 0,         /* nothing is known of this transactionID */
    PHASE_ORDERED = 1,      /* a request was accepted and an order committed; nothing answered yet */
    PHASE_WAITING = 2,      /* the client was told to wait and polls */
    PHASE_READY = 3,        /* the outcome is in; the client hears it with its next poll */
    PHASE_ISSUED = 4,       /* answered with a certificate; its confirmation is awaited until `due` */
    PHASE_CLOSED = 5,       /* over; repeats get what was answered */
    PHASE_SWEPT = 6,        /* over and removed: of no step; a tombstone says so */
    PHASE_CONFIRMING = 7,   /* the client has accepted the certificate and the backend is told; nothing answered yet */
    PHASE_CONFIRM_WAITING = 8,  /* the client was told to wait for the answer to its certConf, and polls */
    PHASE_COUNT
};

/* How a transaction ended (PHASE_CLOSED); on disk, never renumber. */
enum ending {
    ENDING_NONE = 0, ENDING_CONFIRMED = 1, ENDING_IMPLICIT = 2 /* nothing to confirm */, ENDING_REFUSED = 3 /* by the backend */,
    ENDING_DECLINED = 4 /* by the client's certConf */, ENDING_UNCONFIRMED = 5 /* time ran out */, ENDING_ABANDONED = 6 /* client's error */,
    ENDING_REJECTED = 7 /* the client had accepted, the backend has not */
};

/* What stays of a transaction that was removed, as long as its opening request could be taken for a new one. */
struct tombstone {
    uint8_t digest[STORE_DIGEST];   /* of the opening request */
    struct span serial;             /* of the certificate that was issued; absent: none */
};

enum credential_kind { CREDENTIAL_NONE = 0, CREDENTIAL_SECRET = 1, CREDENTIAL_CERTIFICATE = 2 };

/* Who opened the transaction; every follow-up must prove the same. */
struct credential {
    enum credential_kind kind;
    struct store_octets name;       /* the reference; or SHA-256 of the signer's certificate */
};

struct step {
    struct store_octets transactionID;
    uint32_t number;                /* 1, 2, … */
    int64_t at;                     /* Unix seconds */
    const char *endpoint, *profile;
    uint8_t digest[STORE_DIGEST];   /* SHA-256 of the message that led here; all zero: no message did */
    struct credential credential;
    enum phase phase;
    enum ending ending;
    int32_t operation;              /* PKIBody arm of the opening request */
    int32_t body;                   /* PKIBody arm of `reply`; -1: none */
    int32_t pvno;
    int64_t certReqId;
    struct store_octets our_nonce;      /* senderNonce of the last committed reply */
    struct store_octets first_nonce;    /* the client's first senderNonce: recipNonce of a delayed answer */
    uint8_t order[STORE_ORDER_ID];      /* all zero: none */
    uint8_t certificate[STORE_DIGEST];  /* SHA-256 of the certificate issued; all zero: none */
    uint8_t updates[STORE_DIGEST];      /* kur: SHA-256 of the certificate to be updated; all zero: none */
    int64_t message_time;           /* step 1: messageTime of the opening request, Unix seconds; 0: it had none */
    int64_t due;                    /* when the timer must look at it again; 0: never */
    uint32_t reference;             /* the polling reference that was given out with this step; unique in the store; 0: none */
    struct span reply;              /* the answer as sent; absent: nothing was sent with this step */
    struct span signer;             /* step 1: the certificate that opened it, then others of its extraCerts, DER one after the
                                     * other; absent: it is in the inventory, or there was none */
};

enum order_state { ORDER_OPEN = 0, ORDER_DONE = 1, ORDER_REJECTED = 2, ORDER_UNSURE = 3, ORDER_DROPPED = 4 };

/* What an operator has to say, or has said, before a backend hears of an order; on disk, never renumber. */
enum approval { APPROVAL_NONE = 0 /* not needed */, APPROVAL_PENDING = 1, APPROVAL_GRANTED = 2, APPROVAL_DENIED = 3 };

struct order {
    uint8_t id[STORE_ORDER_ID];
    struct store_octets transactionID;  /* len 0: not of a transaction */
    int64_t certReqId;
    int32_t kind;                       /* enum cmpgate_order_kind */
    enum order_state state;
    const char *backend, *profile, *peer;   /* peer: text only */
    int64_t created, due;               /* due: when to check() or submit() again; 0: nothing to do */
    uint32_t attempts;
    bool submitted;                     /* the backend was, or may have been, given it */
    bool waiting;                       /* it answered WAITING (or UNSURE): ask, do not submit again */
    struct span message;                /* the request as received */
    struct span requester, requester_certificate, subject, public_key, extensions, controls, certificate;
    int64_t not_before, not_after;
    uint32_t reason;
    struct span token;
    bool implicit_confirm;              /* asked for and granted */
    bool modified;                      /* policy granted something else than was asked */
    struct span result;                 /* the certificate, then its chain, DER one after the other; absent: none */
    uint32_t fail_info;
    const char *text;
    enum approval approval;             /* PENDING: due is when it is too late */
    const char *approval_reason;        /* the operator's; NULL: none */
    bool begins;                        /* not on disk: written so that the backend is told, for the attempts-th time */
};

struct certificate {
    uint8_t fingerprint[STORE_DIGEST];  /* SHA-256 of der */
    struct span der;
    struct span issuer, serial, subject;    /* DER Name, contents of the INTEGER, DER Name */
    uint8_t key[STORE_DIGEST];          /* SHA-256 of the SubjectPublicKeyInfo; all zero: not to be found by its
                                         * key, which saves an index entry (store/schema.c has its cost) */
    const char *profile;
    struct store_octets transactionID;  /* that issued it; len 0: none of ours */
    int64_t not_before, not_after, added;
    /* read only, not written with the row */
    int64_t revoked_at;                 /* 0: not revoked */
    uint32_t reason;
    enum phase phase;                   /* of its transaction's last step; PHASE_NONE: no transaction */
    enum ending ending;
};

struct revocation {
    uint8_t fingerprint[STORE_DIGEST];
    int64_t at;
    uint32_t reason;
};

struct crl {
    struct span issuer;                 /* DER Name */
    uint64_t number;
    int64_t this_update, next_update;
    struct span der;
    int64_t revocations;                /* store_revocations() when it was made: changed means stale */
};

/* A shared secret.  `sealed` is under the gateway's seal with the reference as its name. */
struct secret {
    struct store_octets reference;
    struct span sealed;
    const char *profile;                /* the one profile it may use; NULL: any that takes secrets */
    struct span subject;                /* DER Name it is bound to; absent: what the profile says */
    int64_t uses;                       /* certificates it may still get; -1: no limit */
    int64_t created, not_after;         /* not_after 0: for ever */
    bool disabled;
};

/* ---- opening ------------------------------------------------------------------- */

struct store;
/* Opens a database, making it (mode 0600) when absent and migrating an older schema; refuses a newer one.
 * NULL with a reason.  The handle is one connection: for one thread. */
struct store *store_open(const char *path, char *why, size_t why_size);
void store_close(struct store *);

/* ---- reading: results live in the arena; false means the store failed (reason in store_why) --------- */

const char *store_why(const struct store *);

/* All steps of a transaction in order (count 0: unknown), at most STORE_STEPS_MAX. */
bool store_steps(struct store *, struct span transactionID, struct arena *, struct step **, size_t *count);
/* The transaction that was given this polling reference; len 0: none. */
bool store_reference(struct store *, uint32_t reference, struct store_octets *transactionID);
/* *found is NULL when there is none; so for all that follow. */
bool store_order(struct store *, const uint8_t id[STORE_ORDER_ID], struct arena *, struct order **found);
bool store_tombstone(struct store *, struct span transactionID, struct arena *, struct tombstone **found);
bool store_certificate(struct store *, const uint8_t fingerprint[STORE_DIGEST], struct arena *, struct certificate **found);
bool store_certificate_by_serial(struct store *, struct span issuer, struct span serial, struct arena *, struct certificate **found);
bool store_certificate_by_key(struct store *, const uint8_t key[STORE_DIGEST], struct arena *, struct certificate **newest);
/* Whether a kur for this certificate is on its way: ordered, waiting, or handed out and not confirmed. */
bool store_update_is_open(struct store *, const uint8_t fingerprint[STORE_DIGEST], bool *open);
bool store_secret(struct store *, struct span reference, struct arena *, struct secret **found);
bool store_latest_crl(struct store *, struct span issuer, struct arena *, struct crl **found);
/* A number that changes whenever a revocation is added or lifted. */
bool store_revocations(struct store *, int64_t *generation);
/* Revoked, unexpired certificates of an issuer, by serial number.  Without der, subject, key, profile and
 * transaction: a CRL may have 100,000 of them.  A row is valid inside row(). */
bool store_each_revoked(struct store *, struct span issuer, int64_t now,
                        void (*row)(void *, const struct certificate *), void *);
/* A number that changes whenever another connection has written anything. */
bool store_version(struct store *, int64_t *version);
/* What the timer must look at: open transactions (last step with due != 0) and open orders with due != 0,
 * due at or before `until`, earliest first, at most `most`; *next: the earliest due beyond those, 0: none. */
struct due { int64_t at; struct store_octets transactionID; uint8_t order[STORE_ORDER_ID]; };
/* Whether a transaction that the store has due at due->at may wait longer, and until when; its last step was made at
 * `at`.  INT64_MAX: until we are woken. */
typedef int64_t (*store_when)(void *context, const struct due *due, int64_t at);
/* when: NULL: as the store has it. */
bool store_due(struct store *, int64_t until, size_t most, store_when when, void *context, struct arena *, struct due **,
               size_t *count, int64_t *next);
/* What may be removed now.  closed_before and accepted_from are given, the rest is found: at most SWEEP_MOST transactions that
 * were closed before then and whose orders are done with, beginning behind row *from, which is 0 in the beginning and
 * again when all has been seen; and whether there are tombstones that are not needed any more. */
enum { SWEEP_MOST = 32 };
struct sweep {
    int64_t closed_before;          /* Unix seconds */
    int64_t accepted_from;          /* requests with an earlier messageTime are not accepted any more; 0: any may be */
    struct store_octets over[SWEEP_MOST];
    size_t count;
    bool tombstones;
};
bool store_sweep_look(struct store *, struct sweep *, int64_t *from);
/* For listings: newest first, as of the moment of the call; row() returns false to stop, may take its time,
 * and its rows are valid inside it.  issued: NULL when no step has a certificate. */
typedef bool (*store_transaction_row)(void *, const struct step *last, uint32_t steps, const struct certificate *issued);
bool store_each_transaction(struct store *, store_transaction_row, void *);
/* Orders that wait for an operator, the oldest first; rows are valid inside row(). */
bool store_each_pending(struct store *, bool (*row)(void *, const struct order *), void *);
/* Those whose id begins with these hex digits (lower case) and that an operator had or has to decide, two at most. */
bool store_orders_like(struct store *, const char *hex, struct arena *, struct order *found[2]);
bool store_each_secret(struct store *, bool (*row)(void *, const struct secret *), void *);

/* ---- one change ------------------------------------------------------------------ */

enum commit_result {
    COMMIT_DONE,
    COMMIT_LOST,        /* somebody else took this step: load and decide again */
    COMMIT_USED_UP,     /* the secret had no use left */
    COMMIT_FAILED       /* disk full, I/O error, locked, or not to be stored: nothing of it happened */
};

/* An operator's word on an order. */
struct decision {
    uint8_t order[STORE_ORDER_ID];
    bool granted;
    const char *reason;                 /* NULL: none */
    int64_t at;
};

/* All or nothing.  Members that are NULL or absent do not take part.  Everything it points to lives in
 * its own arena, so it outlives whoever made it. */
struct change {
    struct arena *arena;
    struct step *step;                  /* inserted; LOST when (transactionID, number) or its reference exists, or the
                                         * number before it does not; or when it begins a kur, and another one for
                                         * this certificate is open */
    struct order *order;                /* inserted, or replaced when the id exists; LOST when that one has an outcome, is
                                         * unsure or dropped and this would open it again, was decided and this knows nothing
                                         * of it, or was begun more often than this knows, or as this begins it */
    const struct decision *decision;    /* written into the order, which is due then; LOST when that is not pending any more */
    struct certificate *certificate;    /* inserted; nothing changes when this very certificate is there; FAILED
                                         * when another one has its issuer and serial */
    struct revocation *revocation;      /* inserted unless the certificate is revoked already, unless hold;
                                         * FAILED when the certificate is not in the store */
    const uint8_t *unrevoke;            /* fingerprint: its revocation is lifted, if it is a hold (RFC 5280
                                         * 5.3.1: no other can be); otherwise nothing changes */
    struct span uses_secret;            /* reference: one use is taken; USED_UP when there is none left, it is
                                         * disabled, unknown, or expired at step->at (now, without a step) */
    struct secret *secret;              /* inserted or replaced */
    struct crl *crl;                    /* inserted; LOST when (issuer, number) exists */
    struct sweep *sweep;                /* removed: steps and orders, for which tombstones are inserted where needed, and up
                                         * to SWEEP_MOST old tombstones.  Certificates and revocations stay */
    /* commit.c's own */
    struct change *next;
    void (*done)(void *, enum commit_result);
    void *context;
    enum commit_result result;
    const char *why;
};
struct change *change_new(void);        /* NULL when there is no memory */
void change_free(struct change *);

/* Applies one change by itself, durably: for commands.  A running gateway uses commit.h.  Waits up to 5 s for
 * another process that writes.  FAILED: store_why() says why.  The change stays the caller's. */
enum commit_result store_apply(struct store *, const struct change *);

#endif
