#include "address.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static struct address key_of(const struct sockaddr *from)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    struct address key = { .len = 0 };

    if (from != NULL && from->sa_family == AF_INET) {
        key.len = 4;
        memcpy(key.octets, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    } else if (from != NULL && from->sa_family == AF_INET6) {
        const uint8_t *v6 = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr.s6_addr;
        key.len = memcmp(v6, mapped, sizeof mapped) == 0 ? 4 : 8;
        memcpy(key.octets, key.len == 4 ? v6 + 12 : v6, key.len);
    }
    return key;
}

/* FNV-1a.  Whoever chooses addresses that meet makes a chain as long as there may be connections. */
static struct address **bucket_of(struct addresses *all, const struct address *key)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < key->len; i++) {
        hash = (hash ^ key->octets[i]) * 16777619u;
    }
    return &all->bucket[(hash ^ hash >> 16) % ADDRESS_BUCKETS];
}

struct address *addresses_of(struct addresses *all, const struct sockaddr *from)
{
    struct address key = key_of(from), **bucket = bucket_of(all, &key);

    for (struct address *a = *bucket; a != NULL; a = a->next) {
        if (a->len == key.len && memcmp(a->octets, key.octets, key.len) == 0) {
            return a;
        }
    }
    struct address *a = malloc(sizeof *a);
    if (a != NULL) {
        *a = key;
        a->next = *bucket;
        *bucket = a;
    }
    return a;
}

void addresses_leave(struct addresses *all, struct address *leaving)
{
    struct address **at = bucket_of(all, leaving);

    if (--leaving->connections > 0) {
        return;
    }
    while (*at != leaving) {
        at = &(*at)->next;
    }
    *at = leaving->next;
    free(leaving);
}

/* What was accepted while the daemon stopped is never heard of again, and leaves its address behind. */
void addresses_free(struct addresses *all)
{
    for (size_t i = 0; i < ADDRESS_BUCKETS; i++) {
        for (struct address *a = all->bucket[i], *next; a != NULL; a = next) {
            next = a->next;
            free(a);
        }
    }
}
