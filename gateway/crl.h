/* Making a CRL: the inventory's revocations, signed by the backend that owns the key. */
#ifndef CRL_H
#define CRL_H
#include "gateway/backend.h"
#include "gateway/config.h"
#include "gateway/store/store.h"

/* Whether the backend's newest CRL must be replaced: none yet, revocations since, or half its life over.
 * *latest is that CRL or NULL.  False with a reason when the store cannot be read. */
bool crl_due(struct backend *, struct store *, int64_t now, struct arena *, struct crl **latest, bool *due,
             char *why, size_t why_size);
/* Has the backend sign the next one.  Returns the change that records it (its crl lives in the change's own
 * arena); NULL with a reason. */
struct change *crl_make(struct backend *, struct store *, int64_t now, char *why, size_t why_size);
/* Removes what was left beside DIRECTORY/NAME.crl by whoever was killed while replacing it. */
void crl_clear_aside(const char *directory, const char *name);
/* DIRECTORY/NAME.crl, replaced in one piece. */
bool crl_write(const char *directory, const char *name, struct span der, char *why, size_t why_size);

#endif
