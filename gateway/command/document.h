/* A file that holds what CMP is about: messages, certificates, CRLs, requests; DER or PEM. */
#ifndef COMMAND_DOCUMENT_H
#define COMMAND_DOCUMENT_H
#include "codec/asn1.h"

enum { DOCUMENT_WHY = 256 };

struct document {
    const struct asn1_type *type;       /* PKIMessage_type, Certificate_type, … */
    void *value;                        /* what asn1_decode() gives for it */
    struct span der;
};

/* Decodes bytes whose type is known by a PEM label, or by `label` NULL to be found out: the type whose decoding
 * works, or got furthest.  False with a reason that names type, field and offset. */
bool document_decode(struct span der, const char *label, struct document *, struct arena *, char why[DOCUMENT_WHY]);

/* Calls for each document of a file ("-": standard input): one if it is DER, every block if it is PEM.
 * False with a reason when the file cannot be read, or any of them not be decoded; then the rest is not looked at. */
bool document_each(const char *path, struct arena *, void (*take)(void *, const struct document *), void *context,
                   char why[DOCUMENT_WHY]);

/* A CMP message with what peers are known to get wrong (enum asn1_odd), and nothing worse, in a file of its own. */
bool document_odd(const char *path, struct arena *, struct document *);

/* The bytes of a file that holds one thing, DER or PEM; absent with a reason. */
struct span document_bytes(const char *path, struct arena *, char why[DOCUMENT_WHY]);

#endif
