/* Distinguished names, compared as identities: the same attributes with the same text, whatever
 * string type (RFC 5280 7.1; PrintableString against UTF8String is what clients differ in) and
 * whatever order inside one RelativeDistinguishedName.  Case and spaces count: a name that only
 * looks like another must not get its certificate.
 */
#ifndef NAME_H
#define NAME_H
#include "codec/x509.h"

bool name_equal(const struct Name *, const struct Name *, struct arena *);
/* The same for DER; false when either does not decode. */
bool name_equal_der(const struct Name *, struct span der, struct arena *);
/* The same attributes in any order of RDNs, of which each has one, and which are 16 at most. */
bool name_equal_in_any_order(const struct Name *, const struct Name *, struct arena *);
/* The last commonName, which is the most particular; absent: none that can be read. */
struct span name_common(const struct Name *, struct arena *);
/* The NULL-DN: no RelativeDistinguishedName at all. */
bool name_is_null(const struct Name *);

#endif
