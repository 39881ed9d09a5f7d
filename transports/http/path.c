#include "path.h"
#include <string.h>
#include <strings.h>

/* A piece of the target; not NUL-terminated. */
struct piece {
    const char *ptr;
    size_t len;
};

/* RFC 9483, Table 1 (IANA "CMP Well-Known URI Path Segments"). */
static const char *const operations[] = {
    "initialization", "certification", "keyupdate", "pkcs10", "revocation",
    "getcacerts", "getrootupdate", "getcertreqtemplate", "getcrls", "nested",
};

static const char well_known[] = "/.well-known/cmp";

/* RFC 3986 "unreserved": what needs no encoding and means nothing to a file system or a log. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || (c != '\0' && strchr("-._~", c) != NULL);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One octet of a segment, decoded; -1 when the encoding is broken. */
static int decode_octet(struct piece *from)
{
    char c = *from->ptr++;

    from->len--;
    if (c != '%') {
        return (unsigned char)c;
    }
    if (from->len < 2 || hex(from->ptr[0]) < 0 || hex(from->ptr[1]) < 0) {
        return -1;
    }
    int octet = hex(from->ptr[0]) * 16 + hex(from->ptr[1]);
    from->ptr += 2;
    from->len -= 2;
    return octet;
}

/* Decodes a segment that may only be unreserved characters: %2F is not a separator here, and no
 * name begins with a dot, so none can be "..". */
static bool decode_name(char name[PATH_NAME_MAX + 1], struct piece from)
{
    size_t n = 0;

    while (from.len > 0) {
        int octet = decode_octet(&from);
        if (octet < 0 || n == PATH_NAME_MAX || !is_unreserved((char)octet)) {
            return false;
        }
        name[n++] = (char)octet;
    }
    name[n] = '\0';
    return n > 0 && name[0] != '.';
}

static const char *operation_find(const char *label)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i], label) == 0) {
            return operations[i];
        }
    }
    return NULL;
}

/* The path alone: without scheme and authority (RFC 9112 3.2.2), query and fragment. */
static struct piece path_of(const char *target)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]);
        if (strncasecmp(target, schemes[i], n) == 0) {
            target += n + strcspn(target + n, "/?#");
            break;
        }
    }
    struct piece path = { target, strcspn(target, "?#") };
    return path.len > 0 ? path : (struct piece){ "/", 1 };
}

static size_t root_length(const char *root)
{
    size_t n = strlen(root);

    while (n > 0 && root[n - 1] == '/') {
        n--;
    }
    return n;
}

static bool below_root(struct piece path, const char *root, size_t len)
{
    return path.len >= len && memcmp(path.ptr, root, len) == 0
        && (path.len == len || path.ptr[len] == '/');
}

/* What follows the longest root that fits; false: none does. */
static bool strip_root(struct piece *path, const char *const *roots)
{
    size_t longest = 0;
    bool found = false;

    if (below_root(*path, well_known, sizeof well_known - 1)) {
        longest = sizeof well_known - 1;
        found = true;
    }
    for (; *roots != NULL; roots++) {
        size_t len = root_length(*roots);
        if ((!found || len > longest) && below_root(*path, *roots, len)) {
            longest = len;
            found = true;
        }
    }
    path->ptr += longest;
    path->len -= longest;
    return found;
}

/* Takes "/segment" off the front. */
static struct piece next_segment(struct piece *rest)
{
    struct piece segment = { rest->ptr + 1, 0 };

    while (segment.len < rest->len - 1 && segment.ptr[segment.len] != '/') {
        segment.len++;
    }
    rest->ptr += 1 + segment.len;
    rest->len -= 1 + segment.len;
    return segment;
}

static void parse_service(struct path *p, struct piece rest)
{
    char label[PATH_NAME_MAX + 1];

    /* RFC 6712 3.6: with and without a trailing slash is the same. */
    if (rest.len > 0 && rest.ptr[rest.len - 1] == '/') {
        rest.len--;
    }
    if (rest.len > 2 && memcmp(rest.ptr, "/p/", 3) == 0) {
        next_segment(&rest);
        if (!decode_name(p->profile, next_segment(&rest))) {
            p->why = "malformed profile name after /p/";
            return;
        }
    }
    if (rest.len > 0) {
        if (!decode_name(label, next_segment(&rest))
            || (p->operation = operation_find(label)) == NULL) {
            p->why = "unknown operation label (RFC 9483, Table 1)";
            return;
        }
    }
    if (rest.len > 0) {
        p->why = "nothing follows the operation label";
        return;
    }
    p->kind = PATH_CMP;
}

void path_parse(struct path *p, const char *target, const struct path_map *map)
{
    struct piece path = path_of(target);
    size_t prefix = map->documents != NULL ? strlen(map->documents) : 0;

    *p = (struct path){ .kind = PATH_UNKNOWN };
    if (prefix > 0 && path.len > prefix && memcmp(path.ptr, map->documents, prefix) == 0) {
        if (decode_name(p->document, (struct piece){ path.ptr + prefix, path.len - prefix })) {
            p->kind = PATH_DOCUMENT;
        } else {
            p->why = "malformed document name";
        }
        return;
    }
    if (strip_root(&path, map->roots)) {
        parse_service(p, path);
    } else {
        p->why = "no CMP service here; it is at /.well-known/cmp";
    }
}

bool path_root_valid(const char *root)
{
    if (root[0] != '/' || strstr(root, "//") != NULL || strstr(root, "/.") != NULL) {
        return strcmp(root, well_known) == 0;
    }
    for (const char *c = root; *c != '\0'; c++) {
        if (*c != '/' && !is_unreserved(*c)) {
            return false;
        }
    }
    return true;
}

bool path_documents_valid(const char *documents)
{
    size_t n = strlen(documents);

    return n == 0 || (n > 1 && path_root_valid(documents) && documents[n - 1] == '/');
}
