/* The configuration: read once, checked whole, then immutable.
 *
 * Everything a name refers to is resolved while reading, so nobody looks anything up by name
 * later except profiles named by clients.  One struct, refcounted; a reload makes a new one.
 */
#ifndef CONFIG_H
#define CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmpgate/backend.h>
#include <cmpgate/transport.h>

#include "gateway/crypto/crypto.h"
#include "gateway/inquiry.h"

/* key "ca" { file = "ca.key"  certificate = "ca.pem" }   certificate: the leaf first, then its chain */
struct config_key {
    const char *name, *file, *certificate_file;
    struct crypto_key *key;
    struct span certificate;            /* DER */
    struct span *chain;                 /* DER, issuer first */
    size_t chain_count;
    struct span name_der;               /* DER subject Name of the certificate */
    struct span key_identifier;         /* its subjectKeyIdentifier; absent: none */
};

enum { NESTING_MOST = 8, BATCH_MOST = 1000 };

/* Which enrolment operations and credentials a profile admits. */
enum { OPERATION_IR = 1, OPERATION_CR = 2, OPERATION_P10CR = 4, OPERATION_KUR = 8, OPERATION_RR = 16,
       OPERATION_GENM = 32 };
enum { BY_SECRET = 1, BY_CERTIFICATE = 2 /* of this CA */, BY_ANCHOR = 4 /* under the profile's anchors */,
       BY_RA = 8 /* either of the last two, with id-kp-cmcRA or id-kp-cmcCA: speaks for others */ };

/* How the subject of a certificate comes about. */
enum subject_rule {
    SUBJECT_REQUESTED,      /* the template's, as asked; certificates of this CA ask for their own */
    SUBJECT_BOUND,          /* must equal the one the credential is bound to (or be left to us) */
    SUBJECT_ANY             /* the template's, whoever asks */
};

/* The subjectAltName that a request asks for. */
enum san_rule {
    SAN_NONE,               /* is refused */
    SAN_REQUESTED,          /* is granted */
    SAN_BOUND               /* must have names only that the credential proves; an RA asks for others */
};

/* Public keys that the inventory has a certificate for. */
enum known_keys {
    KNOWN_KEYS_ANY,         /* certified again, for whoever proves to have them */
    KNOWN_KEYS_OWN,         /* for the subject that they were certified for */
    KNOWN_KEYS_NONE         /* never, not in a kur either */
};

struct config_key_type {
    enum crypto_key_kind kind;
    enum oid curve;                     /* EC; otherwise OID_NONE */
    unsigned minimum_bits, maximum_bits;    /* RSA only */
};

/* Algorithms that are admitted. */
struct config_oids {
    enum oid *oid;
    size_t count;
};
/* By any of its names. */
bool config_oids_have(const struct config_oids *, enum oid);

/* profile "default" { backend = "demo" … } */
struct config_profile {
    const char *name;
    struct config_backend *backend;
    uint32_t operations, credentials;   /* OPERATION_…, BY_… */
    struct crypto_anchors *anchors;     /* BY_ANCHOR, BY_RA; NULL: none */
    struct inquiry_rules *inquiry;      /* who is asked for the status of certificates under them; NULL: nobody */
    enum subject_rule subject;
    enum known_keys known_keys;
    enum san_rule san;
    struct config_key_type *key_types;
    size_t key_type_count;
    int64_t validity;                   /* seconds: default and most */
    uint32_t key_usage;                 /* named bits granted (digitalSignature = 1 << 0 …) */
    enum oid *extended_key_usages;      /* granted; others asked for are refused */
    size_t extended_key_usage_count;
    bool implicit_confirm;              /* granted when asked for */
    bool sender_is_reference;           /* the sender of a MAC is the reference or the NULL-DN; otherwise anybody */
    bool root_in_extra_certs;           /* and in extraCerts of any ip, as 3GPP TS 33.310 has it */
    bool ca_pubs;                       /* the root goes out in caPubs of an ip under a MAC */
    int64_t kur_grace;                  /* seconds after its end in which a certificate may still be updated */
    int64_t confirm_wait;               /* seconds a client has for its certConf */
    int64_t approval_deadline;          /* seconds an operator has to approve a request; 0: none must */
    uint64_t tolerate;                  /* bits of enum quirk: see quirk.h */
    struct config_oids signatures;      /* of messages and of proofs of possession */
    struct config_oids macs;            /* id-PasswordBasedMac, id-PBMAC1, or an HMAC with the secret as its key */
    struct config_oids mac_hmacs;       /* inside either of the first two */
    struct config_oids mac_digests;     /* owf of PasswordBasedMac */
    struct config_oids mac_prfs;        /* of PBKDF2 in PBMAC1 */
    struct config_oids hashes;          /* hashAlg of a certConf */
};

/* What stood in the files that a module's options name: the same names may lead to others after a while. */
enum { CONFIG_FILES_DIGEST = 32 };

/* How whoever waits is told so. */
enum polling {
    POLLING_CMP,                        /* by a CMP message */
    POLLING_FRAMING,                    /* by the transport's framing */
    POLLING_AS_DELIVERED                /* by the framing when its message came in one that can */
};

struct config_endpoint {
    const char *name;                   /* "lan" */
    const struct cmpgate_transport *transport;
    const void *options;                /* the module's struct, filled */
    uint8_t files[CONFIG_FILES_DIGEST];
    struct config_profile *profile;     /* when the message names none */
    bool profile_fixed;                 /* messages may not name another */
    uint32_t in_flight;                 /* most messages taken and not settled */
    uint32_t in_flight_peer;            /* most of them of one peer */
    unsigned lanes;                     /* threads that answer, for a transport that BLOCKS */
    int64_t hold;                       /* seconds until a reply must be given */
    bool cmp1999;                       /* serves clients of RFC 2510 (pvno 1) */
    enum polling polling;
    int64_t message_time;               /* most seconds of difference to messageTime; -1: not checked */
    uint64_t tolerate;                  /* bits of enum quirk: see quirk.h */
    uint64_t tolerate_own;              /* bits of the rows of the transport's own table */
    unsigned line;                      /* in the file, for messages */
};

struct config_backend {
    const char *name;                   /* "demo" */
    const struct cmpgate_backend *module;
    const void *options;
    uint8_t files[CONFIG_FILES_DIGEST];
    unsigned line;
};

/* The roll of a root CA to its next key (RFC 9810 4.4). */
struct config_root_update {
    struct span new_with_new, new_with_old, old_with_new;   /* DER */
};

struct config {
    const char *file, *directory;       /* relative paths are taken from the directory */
    const char *store;                  /* path of the database */
    struct crypto_seal *seal;
    struct config_key *signer;          /* signs our answers; not a CA key */
    struct crypto_anchors *anchors;     /* CA certificates whose certificates are "of this CA" */
    struct span *ca_certificates;       /* the same, DER */
    size_t ca_certificate_count;
    struct config_root_update *root_updates;
    size_t root_update_count;
    unsigned workers;
    size_t queue;                       /* events */
    size_t message_max;                 /* octets of a PKIMessage */
    unsigned nesting_max;               /* protections around one message, at most NESTING_MOST */
    unsigned batch_max;                 /* messages in one nested message, at most BATCH_MOST */
    int64_t drain;                      /* seconds for a polite stop */
    uint64_t iterations_max;            /* of one MAC */
    uint64_t iterations_rate, iterations_burst; /* a peer's budget: per second, and at once */
    uint64_t iterations_total;          /* of all peers together, per second; 0: no limit */
    int64_t keep;                       /* seconds for which transactions that are over stay in the store */
    int64_t check_after;                /* seconds told to pollers when the backend names none */
    bool log_json;
    enum cmpgate_severity log_level;
    const char *crl_directory;          /* NULL: CRLs are not written to files */

    struct config_key *keys;            size_t key_count;
    struct config_profile *profiles;    size_t profile_count;
    struct config_backend *backends;    size_t backend_count;
    struct config_endpoint *endpoints;  size_t endpoint_count;
};

/* One complaint a line, "FILE:LINE: text", to `complain`; NULL when there was any. */
struct config *config_read(const char *path, void (*complain)(void *context, const char *line), void *context);
struct config *config_ref(struct config *);
void config_unref(struct config *);

struct config_profile *config_profile_named(const struct config *, const char *name);   /* NULL: none */
struct config_endpoint *config_endpoint_named(const struct config *, const char *name);
struct config_key *config_key_named(const struct config *, const char *name);

/* Every section with its options, their types and defaults, for people; of the modules loaded so far. */
void config_print_options(FILE *);

#endif
