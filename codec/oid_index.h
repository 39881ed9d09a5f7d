/* What oid_gen.c makes of the rows in oid.h.  Inside the library. */
#ifndef CODEC_OID_INDEX_H
#define CODEC_OID_INDEX_H

#include "codec/oid.h"

#pragma GCC visibility push(hidden)

#define OID_SLOT_BITS 10
#define OID_SLOTS (1u << OID_SLOT_BITS)

struct oid_row {
    const char *name;
    const uint8_t *contents;
    unsigned len, kind;
};

extern const struct oid_row oid_rows[OID_COUNT];
extern const uint16_t oid_slots[OID_SLOTS];     /* enum oid, OID_NONE for a free slot */
extern const uint32_t oid_seed;

/* The last octets of an OID tell it from its neighbours; the arcs before them hardly do. */
static inline unsigned oid_slot(const uint8_t *p, size_t len, uint32_t seed)
{
    uint32_t key = (uint32_t)p[len - 1] | (uint32_t)p[len - 2] << 8 |
                   (uint32_t)p[len - 3] << 16 | (uint32_t)len << 24;
    return (uint32_t)(key * seed) >> (32 - OID_SLOT_BITS);
}

#pragma GCC visibility pop

#endif
