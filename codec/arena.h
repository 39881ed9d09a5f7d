/* The inside of an arena: for the decoder, which allocates once a composite, and for the
 * encoder, which needs room to write into before it knows how much.  Inside the library. */
#ifndef CODEC_ARENA_H
#define CODEC_ARENA_H

#include "codec/asn1.h"

#pragma GCC visibility push(hidden)

#define ARENA_ALIGN ((size_t)16)

struct block {
    struct block *next;                 /* older and smaller */
    size_t size;
    _Alignas(16) uint8_t bytes[];
};

struct arena {
    uint8_t *at, *end;                  /* the free part of head */
    struct block *head;
    size_t limit, held;                 /* octets allowed, octets in all blocks */
    size_t older;                       /* octets used in the blocks behind head */
};

void *arena_alloc_slow(struct arena *a, size_t size);

static inline void *arena_get(struct arena *a, size_t size)
{
    uint8_t *p = a->at;

    size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    if ((size_t)(a->end - p) < size || size == 0) {
        return arena_alloc_slow(a, size);
    }
    a->at = p + size;
    return p;
}

struct room {
    uint8_t *ptr;
    size_t len;
};

/* Free room of at least that many octets; ptr NULL over the limit.  Nothing may be allocated
 * from the arena until arena_take(). */
struct room arena_room(struct arena *a, size_t at_least);

/* Keeps the last `len` octets of the room. */
struct span arena_take(struct arena *a, struct room room, size_t len);

#pragma GCC visibility pop

#endif
