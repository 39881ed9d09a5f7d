/* One message there and its answer back, over a transport's sending side, without a gateway. */
#ifndef COMMAND_COURIER_H
#define COMMAND_COURIER_H
#include "codec/asn1.h"
#include "gateway/module.h"

enum { COURIER_WHY = 512 };

/* An option of the transport, as it would stand in its section: "ca", "/etc/cmp/ca.pem". */
struct courier_option {
    const char *name, *value;
};

/* Opens the transport with this URL, these options and otherwise its defaults, makes one attempt of at most `timeout` seconds, and
 * closes it.  The answer as received, in the arena; absent with a reason: nothing came back. */
struct span courier_carry(const struct module *, const char *url, const struct courier_option *, size_t option_count,
                          struct span message, int64_t timeout, struct arena *, char why[COURIER_WHY]);

#endif
