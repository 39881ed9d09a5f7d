/* PEM, as people paste it: text around it, CRLF, any line length.  (RFC 7468, lax reading) */
#ifndef COMMAND_PEM_H
#define COMMAND_PEM_H
#include "codec/asn1.h"

enum { PEM_LABEL = 64, PEM_WHY = 128 };

struct pem {
    char label[PEM_LABEL];              /* "CERTIFICATE" */
    struct span der;                    /* in the arena */
};

/* Whether there is a "-----BEGIN" in it at all. */
bool pem_found(struct span text);
/* The next block of *text, which moves on behind it.  False at the end, with why empty, and when a block is
 * broken, with a reason. */
bool pem_next(struct span *text, struct pem *out, struct arena *, char why[PEM_WHY]);

#endif
