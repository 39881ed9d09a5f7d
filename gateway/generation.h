/* One configuration and what runs under it: backends, endpoints, the publisher of CRLs.
 *
 * A reload makes the next generation beside the running one, shares with it every backend and endpoint whose
 * options and keys are the same, and swaps.  A worker stays in the generation in which it took its event; the
 * old one is closed when the last has left it.
 */
#ifndef GENERATION_H
#define GENERATION_H
#include <stdatomic.h>

#include "gateway/backend.h"
#include "gateway/config.h"
#include "gateway/endpoint.h"
#include "gateway/leaving.h"
#include "gateway/publisher.h"

struct generation {
    atomic_uint refs;
    struct config *config;
    struct backend **backends;          /* beside config->backends */
    struct endpoint **endpoints;        /* beside config->endpoints */
    /* Whoever runs since an earlier generation has its options from that one's configuration. */
    struct config **backend_configs, **endpoint_configs;
    struct publisher *publisher;
};

struct generation_host {
    struct queue *queue;
    struct commit *commit;
    const struct endpoint_host *endpoint_host;
};

/* Takes the configuration over.  Opens what `old` (NULL: none) does not run with the same options; nothing serves yet.
 * NULL with a reason: then nothing has changed, and the configuration is gone. */
struct generation *generation_open(struct config *, const struct generation *old, const struct generation_host *,
                                   char *why, size_t why_size);
/* Starts the endpoints that `old` does not run already.  False when one does not start. */
bool generation_serve(struct generation *, const struct generation *old);
/* Takes no more messages at the endpoints that `next` (NULL: none) does not go on with. */
void generation_stop(struct generation *, const struct generation *next);
/* Whether no endpoint owes an answer any more. */
bool generation_idle(const struct generation *);
/* The endpoints that `next` does not go on with serve those they have, for at most so many seconds: they are `leaving` from
 * now on, and no endpoints of the generation any more. */
void generation_retire(struct generation *, const struct generation *next, struct leaving **, int64_t seconds);
/* Closes and frees what `next` does not go on with.  Nobody may be in the generation any more. */
void generation_close(struct generation *, const struct generation *next);

/* The running backend of a profile of this generation's configuration. */
static inline struct backend *generation_backend(const struct generation *g, const struct config_profile *profile)
{
    return g->backends[profile->backend - g->config->backends];
}

#endif
