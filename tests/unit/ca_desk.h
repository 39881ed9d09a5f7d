/* A desk for backends under test: it has one CA key, made by openssl, signs with GnuTLS, remembers
 * the last outcome, and has an inventory of as many revoked certificates as the test says.
 */
#ifndef CA_DESK_H
#define CA_DESK_H
#include <cmpgate/backend.h>
#include <gnutls/abstract.h>

#include "codec/x509.h"

struct key_kind {
    const char *name;
    const char *genpkey;                /* arguments of openssl genpkey */
    const char *digest;                 /* argument of openssl req: "-sha256" */
    gnutls_sign_algorithm_t sign;
};

extern const struct key_kind p256, p384, rsa2048, ed25519;

/* The backend knows it as its instance. */
struct cmpgate_instance {
    struct cmpgate_desk desk;
    char directory[64];                 /* ca.key, ca.pem and whatever the test puts there */
    struct arena *arena;                /* everything the fixture and the orders hold */
    const struct key_kind *kind;
    gnutls_privkey_t key;
    struct cmpgate_key_info info;
    const struct cmpgate_backend *module;
    void *self, *options;
    struct cmpgate_outcome outcome;     /* the last one; what it points to lives until the next */
    void *outcome_memory[8];
    unsigned completions;
    char log[4096];                     /* lines of ERROR and WARN */
    bool cannot_sign, cannot_read_store;
    size_t revoked;                     /* rows of each_revoked(): serial 01000000 00…, reason i % 11 */
    int64_t now;
};

/* A CA whose certificate is valid for `days` from now on, with these arguments more for openssl req
 * (NULL: basicConstraints, keyUsage and subjectKeyIdentifier of a CA).  NULL when openssl fails. */
struct cmpgate_instance *desk_new(const struct key_kind *, int days, const char *req_arguments);
/* Puts a subordinate CA in the place of the CA, which becomes its chain. */
bool desk_make_subordinate(struct cmpgate_instance *);
void desk_free(struct cmpgate_instance *);

/* Loads the module; its options have their fallbacks, key is "ca". */
bool desk_load(struct cmpgate_instance *, const char *module);
/* One word, or several for a list, ended by NULL.  Before desk_open(). */
void desk_set(struct cmpgate_instance *, const char *option, ...);
bool desk_open(struct cmpgate_instance *);

/* A CERTIFY order as from a certification request of openssl req, for 30 days from `now`. */
struct cmpgate_order desk_order(struct cmpgate_instance *, const char *genpkey, const char *req_arguments);
/* submit(); false when there was not exactly one outcome. */
bool desk_submit(struct cmpgate_instance *, const struct cmpgate_order *);
bool desk_check(struct cmpgate_instance *, const struct cmpgate_order *);

/* The certificate of the outcome, decoded; NULL when it is none. */
struct Certificate *desk_certificate(struct cmpgate_instance *);
/* Writes bytes into a file of the directory. */
bool desk_write(struct cmpgate_instance *, const char *file, struct cmpgate_bytes);
/* Runs a command in the directory; its output (both streams), with its exit status. */
const char *desk_run(struct cmpgate_instance *, int *status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
