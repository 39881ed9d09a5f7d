/* Lists of CMPCertificate: extraCerts, caPubs, caCerts. */
#ifndef CERTLIST_H
#define CERTLIST_H
#include "codec/cmp.h"

/* One of these octets; NULL without octets or memory. */
struct CMPCertificate *certlist_one(struct arena *, struct span der);
/* Adds it unless it is there.  False without memory; so for all. */
bool certlist_add(struct arena *, struct asn1_list *, struct span der);
/* Adds those that are not self-issued: roots are not to be trusted for being in a list. */
bool certlist_add_chain(struct arena *, struct asn1_list *, const struct span *ders, size_t count);
/* Adds those that are. */
bool certlist_add_roots(struct arena *, struct asn1_list *, const struct span *ders, size_t count);

/* One after the other, as the store has them; absent when there are none, or no memory. */
struct span certlist_join(struct arena *, const struct span *ders, size_t count);
/* The reverse; at most so many. */
size_t certlist_split(struct span all, struct span *out, size_t most);

#endif
