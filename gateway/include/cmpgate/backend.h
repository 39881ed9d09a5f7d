/* The backend side of the gateway's plugin interface: any CA behind one const struct.
 *
 * The gateway has already checked the request (protection, proof of possession, policy)
 * and writes down an *order*; the backend carries it out and answers with complete(),
 * at once or weeks later, from any thread, even from another process after a restart.
 *
 *      open ──► submit(order) ──► complete(id, DONE | REJECTED)
 *                    │
 *                    └─────────► complete(id, WAITING, token) … check(order) … complete(…)
 *      stop ──► close            forget(order): nobody wants it any more
 *
 * Orders live in the gateway's store, so a backend need keep nothing.  Exactly-once is the
 * product of what the backend promises in `can`:
 *   PURE        nothing has happened unless the gateway commits the outcome;
 *   IDEMPOTENT  the same order id twice is one effect, for ever;
 *   CHECKS      check() can tell what became of an id.
 * An order whose fate is unknown and whose backend promises none of these waits for an operator.
 */
#ifndef CMPGATE_BACKEND_H
#define CMPGATE_BACKEND_H
#include <cmpgate/module.h>

enum { CMPGATE_PURE = 1 << 0, CMPGATE_IDEMPOTENT = 1 << 1, CMPGATE_CHECKS = 1 << 2 };

enum cmpgate_order_kind {
    CMPGATE_CERTIFY,    /* make a certificate */
    CMPGATE_REVOKE,     /* revoke `certificate` for `reason` */
    CMPGATE_RECOVER,    /* give back an archived key */
    CMPGATE_CONFIRM,    /* the client has accepted `certificate`, and waits: DONE is answered by pkiConf, WAITING lets it
                         * poll, REJECTED refuses: then the gateway has it revoked (RFC 9810 5.3.18, RFC 9483 4.1.1, 4.4) */
    CMPGATE_DISCARD,    /* the client has refused, never confirmed, or given up `certificate`, which the gateway has revoked;
                         * nobody waits, and REJECTED changes nothing.  After a CONFIRM: it is the later word */
    CMPGATE_CRL,        /* sign a CRL; outcome.value is the CertificateList */
    CMPGATE_GENERAL     /* a general message: info_type, info_value */
};
#define CMPGATE_SERVES_KIND(kind) (1u << (kind))

/* Valid until the verb returns. */
struct cmpgate_order {
    uint32_t size;
    enum cmpgate_order_kind kind;
    struct cmpgate_bytes id;                    /* 16 octets: the idempotency key, the same after a
                                                 * restart, on a retry, and on another gateway */
    struct cmpgate_bytes token;                 /* yours, from the last WAITING */
    uint32_t attempt;                           /* 1 on the first submit() */
    int64_t now, deadline;                      /* Unix seconds; deadline 0: none */
    const char *profile;
    const struct cmpgate_peer *peer;            /* NULL when the order has no live peer (restart) */
    struct cmpgate_bytes requester;             /* DER Name proven by the protection; absent: none */
    struct cmpgate_bytes requester_certificate; /* DER; absent when a shared secret was used */
    /* CERTIFY: what policy has granted, DER */
    struct cmpgate_bytes subject;               /* Name */
    struct cmpgate_bytes public_key;            /* SubjectPublicKeyInfo */
    struct cmpgate_bytes extensions;            /* Extensions (SEQUENCE OF); absent: none */
    struct cmpgate_bytes controls;              /* Controls as received; absent: none */
    int64_t not_before, not_after;              /* Unix seconds */
    /* REVOKE, CONFIRM, DISCARD: the certificate meant; CERTIFY for a kur: the old one */
    struct cmpgate_bytes certificate;
    uint32_t reason;                            /* CRLReason, RFC 5280 5.3.1 */
    /* CRL */
    uint64_t number;                            /* CRLNumber to write */
    /* GENERAL */
    struct cmpgate_bytes info_type, info_value;
    struct cmpgate_bytes message;               /* the PKIMessage as received; absent: none */
};

enum cmpgate_result {
    CMPGATE_DONE,
    CMPGATE_REJECTED,   /* refused for good: fail_info, text */
    CMPGATE_WAITING,    /* taken: check() again after check_after seconds, with `token` */
    CMPGATE_BUSY,       /* not begun: submit() again later */
    CMPGATE_UNSURE      /* may or may not have happened: check(), or an operator */
};

/* Copied before complete() returns. */
struct cmpgate_outcome {
    uint32_t size;
    enum cmpgate_result result;
    struct cmpgate_bytes certificate;           /* CERTIFY: DER Certificate */
    const struct cmpgate_bytes *chain;          /* issuer first, towards the root; may be empty */
    size_t chain_count;
    struct cmpgate_bytes value;                 /* CRL, GENERAL, RECOVER */
    uint32_t fail_info;                         /* bits of PKIFailureInfo: 1 << badCertTemplate … */
    const char *text;                           /* UTF-8, one line, for the log and the client: REJECTED as statusString,
                                                 * WAITING as the reason in pollRep; cut at 239 octets */
    struct cmpgate_bytes token;                 /* WAITING: comes back with check(); at most 4096 octets */
    uint32_t check_after;                       /* seconds: WAITING, BUSY, UNSURE */
};

/* One row of the gateway's inventory of revoked certificates. */
struct cmpgate_revoked {
    uint32_t size;
    struct cmpgate_bytes serial;                /* contents octets of the INTEGER */
    int64_t revoked_at, not_after;              /* Unix seconds */
    uint32_t reason;                            /* CRLReason */
};

/* A key as configured in a `key` section. */
struct cmpgate_key_info {
    uint32_t size;
    struct cmpgate_bytes certificate;           /* DER Certificate of the key */
    const struct cmpgate_bytes *chain;          /* issuer first; empty for a root */
    size_t chain_count;
    struct cmpgate_bytes signature_algorithm;   /* DER AlgorithmIdentifier that sign() will use */
};

#define CMPGATE_SIGNATURE_MAX 1024              /* octets that sign() may write */

struct cmpgate_instance;                        /* the gateway's name for a configured backend; opaque */

/* The host table. */
struct cmpgate_desk {
    uint32_t size;

    /* The outcome of an order.  Any thread, inside submit() or check() or long after.  The first final
     * outcome wins; later ones are logged and dropped. */
    void (*complete)(struct cmpgate_instance *, struct cmpgate_bytes id, const struct cmpgate_outcome *);

    /* Describes a key; *info is valid until close().  False when there is no such key. */
    bool (*key)(struct cmpgate_instance *, const char *key, struct cmpgate_key_info *info);

    /* Signs `tbs`.  `out` has room for CMPGATE_SIGNATURE_MAX octets; *len is set.  Any thread. */
    bool (*sign)(struct cmpgate_instance *, const char *key, struct cmpgate_bytes tbs,
                 uint8_t *out, size_t *len);

    /* Calls row() for each revoked certificate of `issuer` (DER Name) that has not expired, in order of
     * serial number; rows are valid inside row() only.  False when the store cannot be read. */
    bool (*each_revoked)(struct cmpgate_instance *, struct cmpgate_bytes issuer,
                         void (*row)(void *context, const struct cmpgate_revoked *), void *context);

    /* id absent: about the instance as a whole.  printf-like; one line.  Any thread. */
    void (*log)(struct cmpgate_instance *, enum cmpgate_severity, struct cmpgate_bytes id,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
};

/* What a backend module exports as `const struct cmpgate_backend cmpgate_backend`. */
struct cmpgate_backend {
    uint32_t abi, size;             /* CMPGATE_ABI, sizeof (struct cmpgate_backend) */
    const char *name;               /* section keyword in the configuration: "ca" */
    uint32_t can;                   /* PURE, IDEMPOTENT, CHECKS */
    uint32_t kinds;                 /* CMPGATE_SERVES_KIND(…) of the orders it takes; CONFIRM and DISCARD are given to
                                     * whoever takes them, and then a certConf waits for the outcome */
    const struct cmpgate_option *options;
    size_t options_size;

    /* Everything that can fail.  NULL on failure, after a log line.  `options` live until close(). */
    void *(*open)(const struct cmpgate_desk *, struct cmpgate_instance *, const void *options);

    /* Carry out an order: complete() now, or take note and return.  Several threads at once; must not
     * block.  A PURE backend completes inside submit(). */
    void (*submit)(void *self, const struct cmpgate_order *);

    /* What became of it?  At check_after, at the deadline, after a restart, after UNSURE.  Must lead to
     * complete().  Absent: submit() is called again if PURE or IDEMPOTENT. */
    void (*check)(void *self, const struct cmpgate_order *);

    /* Nobody wants it any more: stop if you can; complete() is no longer expected.  May be absent. */
    void (*forget)(void *self, const struct cmpgate_order *);

    /* Return soon; orders without an outcome stay in the store and come back.  May be absent. */
    void (*stop)(void *self);
    void (*close)(void *self);
};

/* The module defines it; visible even when the module is compiled with -fvisibility=hidden. */
extern __attribute__((visibility("default"))) const struct cmpgate_backend cmpgate_backend;

#endif
