/* CRLs of others, read from files, and read again when the files change (RFC 5280 5, 6.3). */
#ifndef CRYPTO_CRLS_H
#define CRYPTO_CRLS_H
#include "gateway/crypto/crypto.h"

struct crypto_crls;
/* A file with one CRL in DER or several in PEM, or a directory of such files.  NULL with a reason, also when there is no
 * CRL in it, or one whose scope is not "all certificates of its issuer". */
struct crypto_crls *crls_load(const char *path, char *why, size_t why_size);
void crls_free(struct crypto_crls *);
/* Reads them again when they have changed.  False with a reason, once for each change: then what was read before stays.
 * One thread at a time; crls_judge() may go on meanwhile. */
bool crls_refresh(struct crypto_crls *, bool *changed, char *why, size_t why_size);
/* OK, REVOKED, or STATUS_UNKNOWN: there is no CRL of this issuer that is current and signed with its key.  `certificate` is
 * DER, `serial` the contents of the INTEGER in it.  Any thread. */
enum crypto_status crls_judge(struct crypto_crls *, struct span certificate, struct span issuer, struct span issuer_spki,
                              struct span serial, int64_t now);

#endif
