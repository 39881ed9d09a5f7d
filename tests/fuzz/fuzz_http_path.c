/* The http module's own parsers: whatever the octets, what is found is clean, and finding it again in
 * what was found gives the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "transports/http/media.h"
#include "transports/http/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_name(const char *name)
{
    require(strlen(name) <= PATH_NAME_MAX && name[0] != '.');
    for (; *name != '\0'; name++) {
        require(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *name) != NULL);
    }
}

static void check_again(const struct path *p, const struct path_map *map)
{
    char target[2 * PATH_NAME_MAX + 80];
    struct path again;

    if (p->kind == PATH_DOCUMENT) {
        snprintf(target, sizeof target, "/pki/%s", p->document);
    } else {
        snprintf(target, sizeof target, "/.well-known/cmp%s%s%s%s", p->profile[0] != '\0' ? "/p/" : "",
                 p->profile, p->operation != NULL ? "/" : "", p->operation != NULL ? p->operation : "");
    }
    path_parse(&again, target, map);
    require(again.kind == p->kind && again.operation == p->operation
            && strcmp(again.profile, p->profile) == 0 && strcmp(again.document, p->document) == 0);
}

static void check_path(const char *target)
{
    static const char *const roots[] = { "/", "/pkix/", "/a/b", NULL };
    static const struct path_map map = { .roots = roots, .documents = "/pki/" };
    struct path p;

    path_parse(&p, target, &map);
    if (p.kind == PATH_UNKNOWN) {
        require(p.why != NULL);
        return;
    }
    check_name(p.profile);
    check_name(p.document);
    check_again(&p, &map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    check_path(text);
    path_root_valid(text);
    path_documents_valid(text);
    require(media_name(media_parse((const char *)data, size)) != NULL);
    free(text);
    return 0;
}
