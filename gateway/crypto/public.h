/* A public key, looked at once: what it is, and where its parts are. */
#ifndef CRYPTO_PUBLIC_H
#define CRYPTO_PUBLIC_H

#include "gateway/crypto/crypto.h"
#include "gateway/crypto/skim.h"

enum {
    PUBLIC_RSA_BITS_MAX = 8192,     /* verifying takes 0.3 ms; CRYPTO_SIGNATURE_MAX octets */
    PUBLIC_EXPONENT_BITS_MAX = 64,  /* an exponent as long as the modulus would take 100 times that */
};

struct public_key {
    struct crypto_public look;
    struct skim_key spki;
    struct skim_rsa rsa;            /* for CRYPTO_KEY_RSA */
};
/* As crypto_public_look(). */
enum crypto_status public_open(struct span spki, struct public_key *out);

#endif
