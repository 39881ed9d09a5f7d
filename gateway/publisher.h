/* Keeps a current CRL of every backend that signs CRLs: in the store, in a file, and at hand for GET.
 *
 * One thread looks once a second, and at once when woken, whether the revocations have changed
 * (a command in another process may have changed them) or half of a CRL's life is over.
 */
#ifndef PUBLISHER_H
#define PUBLISHER_H
#include "gateway/backend.h"
#include "gateway/config.h"
#include "gateway/store/commit.h"

struct publisher;
struct publisher *publisher_start(const struct config *, struct backend **backends, struct commit *,
                                  char *why, size_t why_size);
void publisher_wake(struct publisher *);        /* any thread; never blocks */
void publisher_stop(struct publisher *);
/* "NAME.crl" of a backend, "ca.pem": calls give() and returns true; false: no such document.  Any thread. */
bool publisher_document(struct publisher *, const char *name,
                        void (*give)(void *context, struct cmpgate_bytes, const char *media_type), void *context);

#endif
