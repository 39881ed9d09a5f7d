/* The part of an answer that is the same for every body: header, protection, extraCerts. */
#ifndef RESPOND_MESSAGE_H
#define RESPOND_MESSAGE_H
#include "gateway/protocol/respond.h"

/* What goes with a body.  All borrowed. */
struct respond_extras {
    bool implicit_confirm;              /* generalInfo */
    int64_t confirm_until;              /* generalInfo, when not 0 */
    const struct span *chain;           /* into extraCerts */
    size_t chain_count;
    bool roots;                         /* into extraCerts as well, after the chain */
};

/* Encodes and protects; ptr NULL when `body` is NULL, memory is out or the key fails.  Sets r->senderNonce. */
struct span respond_message(struct respond *, struct PKIBody *body, const struct respond_extras *);

/* Whether the answer is protected by a MAC: where the request's own has been verified. */
bool respond_by_mac(const struct respond *);

#endif
