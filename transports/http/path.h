/* What the path of a request names.
 *
 *      <root>[/p/<name>][/<operation>][/]      a CMP service (RFC 9811 3.4, RFC 9483 6.1)
 *      <documents><name>                       a public document beside it
 *
 * /.well-known/cmp is always a root; more can be configured.
 */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H
#include <stdbool.h>
#include <stddef.h>

#define PATH_NAME_MAX 64        /* octets of a profile's or document's name */

enum path_kind { PATH_UNKNOWN, PATH_CMP, PATH_DOCUMENT };

struct path {
    enum path_kind kind;
    const char *operation;              /* a label of RFC 9483, Table 1; NULL: none */
    char profile[PATH_NAME_MAX + 1];    /* "": none */
    char document[PATH_NAME_MAX + 1];
    const char *why;                    /* PATH_UNKNOWN: a line for people */
};

/* Where services and documents are. */
struct path_map {
    const char *const *roots;           /* NULL-terminated; "/pkix/" and "/pkix" mean the same */
    const char *documents;              /* "/pki/"; NULL or "": no documents */
};

/* Reads the target of a request as it stood on the request line: still percent-encoded, perhaps in
 * absolute form, perhaps with a query, which names nothing here. */
void path_parse(struct path *, const char *target, const struct path_map *);

/* Whether `root` can be configured: begins with "/", clean segments.  `documents` must end in "/". */
bool path_root_valid(const char *root);
bool path_documents_valid(const char *documents);

#endif
