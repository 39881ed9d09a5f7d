/* The cryptography of an enrolment without anything around it: what a server cannot do without. */
#ifndef COMMAND_BENCH_CRYPTO_H
#define COMMAND_BENCH_CRYPTO_H
#include "gateway/crypto/crypto.h"

/* Prints the CPU time that a server's signatures, verifications and MACs take for one enrolment, all keys being of
 * this kind.  False when the library fails. */
bool bench_crypto(const struct crypto_key *, bool implicit, bool json);

#endif
