/* What no honest client sends and no healthy disk holds. */
#ifndef PROTOCOL_FORGE_H
#define PROTOCOL_FORGE_H
#include "tests/unit/protocol_help.h"

/* The certificate with something changed, signed anew with this key. */
struct span forge_certificate(struct fixture *, struct span der, const struct crypto_key *issuer_key,
                              void (*change)(struct fixture *, struct TBSCertificate *));
/* The extension of this type gets this DER, readable or not. */
void forge_extension(struct fixture *, struct TBSCertificate *, enum oid, struct span der);
/* The holder's certificate changed like that; it is not in the inventory, and f->ca has signed it. */
struct holder forge_holder(struct fixture *, const char *common_name, unsigned special,
                           void (*change)(struct fixture *, struct TBSCertificate *));
/* SQL on the database of the fixture, behind the back of its store. */
void forge_store(struct fixture *, const char *sql);
/* Other octets in the holder's row of the inventory. */
void forge_row(struct fixture *, const struct holder *, struct span der);
/* Another issuer in it. */
void forge_issuer(struct fixture *, struct holder *, const char *common_name);
/* The certificates that came with the first message of each transaction, one after the other. */
void forge_signer(struct fixture *, struct span certificates);

#endif
