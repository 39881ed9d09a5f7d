/* RSASSA-PSS (RFC 8017, 8.1.2; RFC 4055, 3), which GnuTLS verifies only for salts of its own choice. */
#ifndef CRYPTO_PSS_H
#define CRYPTO_PSS_H

#include "gateway/crypto/algorithm.h"
#include "gateway/crypto/public.h"

enum crypto_status pss_verify(const struct public_key *, const struct algorithm_pss *, struct span data,
                              struct span signature);

#endif
