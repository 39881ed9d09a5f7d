#include "address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool read_from(struct address *a, const struct sockaddr *from)
{
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        memcpy(a->octets, mapped, sizeof mapped);
        memcpy(a->octets + sizeof mapped, &v4->sin_addr, 4);
        a->port = ntohs(v4->sin_port);
    } else if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)from;
        memcpy(a->octets, &v6->sin6_addr, sizeof a->octets);
        a->port = ntohs(v6->sin6_port);
    }
    return from->sa_family == AF_INET || from->sa_family == AF_INET6;
}

/* FNV-1a: a peer who chooses addresses that collide has so many that a limit for each means nothing. */
static size_t bucket_of(const struct address *a)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < sizeof a->octets; i++) {
        hash = (hash ^ a->octets[i]) * 16777619u;
    }
    return hash % ADDRESS_BUCKETS;
}

static bool is_full(struct addresses *all, const struct address *a, size_t bucket, size_t most)
{
    const struct address *other;
    size_t count = 0;

    LIST_FOREACH(other, &all->bucket[bucket], others) {
        count += memcmp(other->octets, a->octets, sizeof a->octets) == 0;
        if (count >= most) {
            return true;
        }
    }
    return false;
}

bool address_add(struct addresses *all, struct address *a, const struct sockaddr *from, size_t most)
{
    *a = (struct address){ .counted = false };
    if (!read_from(a, from)) {
        return true;
    }
    size_t bucket = bucket_of(a);
    if (most > 0 && is_full(all, a, bucket, most)) {
        return false;
    }
    LIST_INSERT_HEAD(&all->bucket[bucket], a, others);
    a->counted = true;
    return true;
}

void address_remove(struct address *a)
{
    if (a->counted) {
        LIST_REMOVE(a, others);
        a->counted = false;
    }
}

void address_text(const struct address *a, char out[ADDRESS_TEXT])
{
    char address[INET6_ADDRSTRLEN] = "";

    if (!a->counted) {
        snprintf(out, ADDRESS_TEXT, "unix");
    } else if (memcmp(a->octets, mapped, sizeof mapped) == 0) {
        inet_ntop(AF_INET, a->octets + sizeof mapped, address, sizeof address);
        snprintf(out, ADDRESS_TEXT, "%s:%u", address, a->port);
    } else {
        inet_ntop(AF_INET6, a->octets, address, sizeof address);
        snprintf(out, ADDRESS_TEXT, "[%s]:%u", address, a->port);
    }
}
