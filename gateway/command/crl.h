/* A new CRL now, for the commands that make one. */
#ifndef COMMAND_CRL_H
#define COMMAND_CRL_H
#include "gateway/config.h"
#include "gateway/store/store.h"

/* The configured backend that signs CRLs for this issuer (DER Name), or for `issuer` absent the only one there is;
 * NULL: none, or several. */
const struct config_backend *crl_backend(const struct config *, struct span issuer);

/* Signs and stores the next CRL, and writes it to `out` ("-": standard output), or for `out` NULL to the
 * configured directory, if there is one.  Says what it has done in one line.  False with a reason. */
bool crl_issue(const struct config *, const struct config_backend *, struct store *, const char *out,
               char *why, size_t why_size);

#endif
