/* Rows of the certificate inventory. */
#ifndef INVENTORY_H
#define INVENTORY_H
#include "gateway/store/store.h"

/* The row of a DER certificate; NULL when it does not decode or memory is out.  Points into der and arena. */
struct certificate *inventory_row(struct span der, const char *profile, const struct store_octets *transactionID,
                                  int64_t now, struct arena *);
/* "CN=pump 7 serial 65a0…", for logs and listings; returns buf. */
char *inventory_text(const struct certificate *, char *buf, size_t size);

#endif
