/* Support messages: what a genm asks and its genp tells (RFC 9483 4.3, RFC 9810 5.3.19).
 *
 * One row an infoType.  Nothing is changed by a question, so nothing is stored: the answer is made afresh each time.
 */
#ifndef GENERAL_H
#define GENERAL_H
#include "gateway/protocol/inbound.h"

/* A backend that signs CRLs of its own. */
struct general_ca {
    const char *name;                   /* of the backend: its CRL is fetched as NAME.crl */
    const struct config_key *key;
};

struct general {
    const struct inbound *in;
    const struct general_ca *cas;
    size_t ca_count;
    const struct general_ca *ca;        /* the profile's own; NULL: it signs no CRLs */
    struct asn1_list answers;           /* out: of InfoTypeAndValue */
};

/* The label of the path for what is asked (RFC 9483 6.1); NULL: there is none for it. */
const char *general_label(const struct asn1_list *genm);

/* Answers the genm at hand. */
bool general_answer(struct general *, struct refusal *);

/* general_template.c: what profile `in->profile` wants of a request: a CertReqTemplateContent, NULL without memory. */
struct CertReqTemplateContent *general_template(const struct inbound *);

#endif
