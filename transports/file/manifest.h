/* The answers of one-way media as their fetcher sees them: the records that have come into a directory are its manifest.
 *
 * Records stay where they are when their file is fetched; that is how a gap shows.  Nothing is kept elsewhere.
 */
#ifndef FILE_MANIFEST_H
#define FILE_MANIFEST_H
#include "record.h"

struct manifest {
    const char *from;                   /* whose records; others are left alone */
    int dir;
};

enum manifest_word {
    MANIFEST_FITS,
    MANIFEST_NONE,                      /* no record names this file yet */
    MANIFEST_CHANGED                    /* it is not what its record says; it may be under way still */
};

/* What the records say of a file with this name and these octets; *record is the one that names it. */
enum manifest_word manifest_look(const struct manifest *, const char *name, const char *octets, size_t len,
                                 struct record *record);
/* The lowest number from which on all below `number` have no record here, or `number` where none is missing.
 * Where there is no record of a lower number at all, nothing is missing: they may have been put away. */
uint64_t manifest_gap(const struct manifest *, uint64_t number);
/* Whether it follows the record before it, or that one is not here. */
bool manifest_follows(const struct manifest *, const struct record *);

#endif
