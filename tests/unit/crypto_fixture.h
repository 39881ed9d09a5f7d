/* A scratch directory, the openssl command beside us, and AlgorithmIdentifiers from their parts.
 *
 * Everything allocated here lives until the end of the test program.
 */
#ifndef CRYPTO_FIXTURE_H
#define CRYPTO_FIXTURE_H

#include "gateway/crypto/crypto.h"

struct arena *arena(void);
struct span hex(const char *text);
/* The same octets with bit 0 of octet `at` flipped; a negative `at` counts from the end. */
struct span flipped(struct span in, long at);

/* A path in the scratch directory, which is removed at exit. */
const char *scratch(const char *name);
void scratch_write(const char *name, struct span content);
struct span scratch_read(const char *name);
struct span file_read(const char *path);
/* Runs a command line by the shell in the scratch directory; false unless it exits with 0. */
bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct span null_parameters(void);
/* DER and decoded form; `parameters` absent when its ptr is NULL.  NULL when the codec refuses. */
struct span algorithm_der(enum oid id, struct span parameters);
const struct AlgorithmIdentifier *algorithm(enum oid id, struct span parameters);
/* RSASSA-PSS; what equals its DEFAULT (SHA-1, 20) is left out, as is a negative salt. */
const struct AlgorithmIdentifier *algorithm_pss_of(enum oid digest, enum oid mgf_digest, int64_t salt);

double cpu_seconds(void);

#endif
