/* What the store has, in words, for the commands that list it. */
#ifndef COMMAND_WORDS_H
#define COMMAND_WORDS_H
#include "gateway/store/store.h"

enum { WORDS_CREDENTIAL = 3 * STORE_ID_MAX };

/* "2026-01-31T08:15:00Z" */
void words_time(int64_t at, char out[32]);
/* A secret's reference as text, a certificate's fingerprint as hex. */
void words_credential(const struct credential *, char out[WORDS_CREDENTIAL]);
/* "secret", "certificate" or "none" */
const char *words_credential_kind(const struct credential *);
/* A DER Name; "" when it is absent, "?" when it cannot be read. */
void words_name(struct span der, char *out, size_t size);
/* The kind and size of a public key: "rsa 2048", "secp256r1", "ed25519"; "" when there is none. */
void words_key(struct span spki, char *out, size_t size);

#endif
