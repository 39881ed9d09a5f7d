/* A bump allocator: blocks of growing size, all forgotten together. */
#include "codec/arena.h"

#include <stdlib.h>

#define FIRST_BLOCK ((size_t)16 << 10)

struct arena *arena_new(void)
{
    struct arena *a = calloc(1, sizeof *a);
    if (a != NULL) {
        a->limit = ARENA_LIMIT;
    }
    return a;
}

static void free_blocks(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

static void use_block(struct arena *a, struct block *b)
{
    a->head = b;
    a->at = b != NULL ? b->bytes : NULL;
    a->end = b != NULL ? b->bytes + b->size : NULL;
}

void arena_free(struct arena *a)
{
    if (a == NULL) {
        return;
    }
    free_blocks(a->head);
    free(a);
}

/* The newest block is the largest: keeping it alone makes the next message fit in one. */
void arena_reset(struct arena *a)
{
    struct block *keep = a->head;

    if (keep == NULL) {
        return;
    }
    free_blocks(keep->next);
    keep->next = NULL;
    if (keep->size > ARENA_KEEP) {
        free_blocks(keep);
        keep = NULL;
    }
    use_block(a, keep);
    a->held = keep != NULL ? keep->size : 0;
    a->older = 0;
}

void arena_limit(struct arena *a, size_t octets)
{
    a->limit = octets;
}

size_t arena_used(const struct arena *a)
{
    return a->head != NULL ? a->older + (size_t)(a->at - a->head->bytes) : 0;
}

static bool add_block(struct arena *a, size_t at_least)
{
    size_t allowed = a->limit > a->held ? a->limit - a->held : 0;
    size_t size = a->head != NULL ? a->head->size * 2 : FIRST_BLOCK;

    if (at_least > allowed) {
        return false;
    }
    if (size < at_least) {
        size = at_least;
    }
    if (size > allowed) {
        size = allowed;
    }
    struct block *b = malloc(sizeof *b + size);
    if (b == NULL) {
        return false;
    }
    a->older = arena_used(a);
    a->held += size;
    b->size = size;
    b->next = a->head;
    use_block(a, b);
    return true;
}

/* `size` is a multiple of the alignment, or wrapped around to 0. */
void *arena_alloc_slow(struct arena *a, size_t size)
{
    if (size == 0 || !add_block(a, size)) {
        return NULL;
    }
    uint8_t *p = a->at;
    a->at += size;
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return arena_get(a, size > 0 ? size : 1);
}

void *arena_zalloc(struct arena *a, size_t size)
{
    void *p = arena_alloc(a, size);
    if (p != NULL) {
        memset(p, 0, size);
    }
    return p;
}

struct span arena_copy(struct arena *a, const void *ptr, size_t len)
{
    uint8_t *p = arena_alloc(a, len);
    if (p == NULL) {
        return (struct span){ NULL, 0 };
    }
    if (len > 0) {
        memcpy(p, ptr, len);
    }
    return (struct span){ p, len };
}

struct room arena_room(struct arena *a, size_t at_least)
{
    if ((size_t)(a->end - a->at) < at_least && !add_block(a, at_least)) {
        return (struct room){ NULL, 0 };
    }
    return (struct room){ a->at, (size_t)(a->end - a->at) };
}

struct span arena_take(struct arena *a, struct room room, size_t len)
{
    size_t used = (len + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);

    memmove(room.ptr, room.ptr + room.len - len, len);
    a->at = used < room.len ? room.ptr + used : a->end;
    return (struct span){ room.ptr, len };
}
