/* Files that hold secrets or certificates, and the library's way to name bytes. */
#ifndef CRYPTO_PLUMBING_H
#define CRYPTO_PLUMBING_H
#include <gnutls/gnutls.h>
#include <sys/types.h>

#include "gateway/crypto/crypto.h"

static inline gnutls_datum_t plumbing_datum(struct span s)
{
    return (gnutls_datum_t){ (unsigned char *)(uintptr_t)s.ptr, (unsigned)s.len };
}

/* The whole of a regular file of at most `max` octets, NUL-terminated beyond them; ptr NULL with a
 * reason in `why`.  `forbidden` are the permission bits the file must not have.  Freed with
 * plumbing_forget(), which also wipes it. */
struct span plumbing_read(const char *path, size_t max, mode_t forbidden, char *why, size_t why_size);
void plumbing_forget(struct span);

/* A new file of mode 0600, on disk when this returns; there is none when it returns false. */
bool plumbing_create(const char *path, struct span content, char *why, size_t why_size);

#endif
