/* Shared secrets, for the commands that make them. */
#ifndef COMMAND_SECRET_H
#define COMMAND_SECRET_H
#include "gateway/crypto/crypto.h"
#include "gateway/store/store.h"

enum { SECRET_TEXT = 40 };              /* room for a secret that we make up, as text */

/* 1 to STORE_ID_MAX octets: it has to fit a senderKID. */
bool secret_reference_ok(const char *reference);
/* The first line of `file`, 8 to 1024 octets; for file NULL a new one of 160 random bits, which is
 * also put into `shown`.  In the arena; wipe it.  Absent with a reason. */
struct span secret_value(const char *file, char shown[SECRET_TEXT], struct arena *, char *why, size_t why_size);
/* Seals the value and writes the row, replacing one of that reference. */
bool secret_put(struct store *, const struct crypto_seal *, struct secret *row, const char *reference,
                struct span value, char *why, size_t why_size);

#endif
