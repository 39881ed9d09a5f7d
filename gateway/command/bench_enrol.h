/* One enrolment as a client sees it: ir and ip, and certConf and pkiconf unless confirmed implicitly. */
#ifndef COMMAND_BENCH_ENROL_H
#define COMMAND_BENCH_ENROL_H
#include "gateway/command/bench_http.h"
#include "gateway/crypto/crypto.h"

enum { BENCH_KIND = 64 };               /* room for the kind of an error */

/* Who enrols; shared by all connections and not changed.  All borrowed. */
struct bench_party {
    struct span reference, secret;      /* a shared secret … */
    const struct crypto_key *key;       /* … or a key with its certificate */
    struct span certificate, name, identifier;
    const struct crypto_anchors *anchors;   /* for answers that are signed; NULL: those are errors */
    struct span signer;                 /* of answers that bring no certificate */
    bool implicit, any_certificate;
};
/* The subject and the subjectKeyIdentifier of the certificate, into the party; false when it has none. */
bool bench_party_certificate(struct bench_party *, struct span certificate, struct arena *);

struct bench_times {                    /* milliseconds */
    double all, ir, certConf;           /* certConf 0: there was none */
};
/* Enrols the key, under a secret for this commonName and with a certificate for its subject, and verifies every
 * answer: protection, transactionID, nonces, status, and that the certificate is for the key.  False with the kind
 * of the error. */
bool bench_enrol(const struct bench_party *, struct bench_http *, const struct crypto_key *key,
                 const char *common_name, struct arena *, struct bench_times *, char kind[BENCH_KIND]);

#endif
