/* Which numbers of a sender have come: what a number means now, and what is remembered of it.
 *
 * Bounded: of what came only the last RECEIVED_RECENT records are known, and of what was given up RECEIVED_RANGES ranges.
 * Nothing here reads files or knows the time.
 */
#ifndef FILE_RECEIVED_H
#define FILE_RECEIVED_H
#include "record.h"

enum {
    RECEIVED_RECENT = 256,
    RECEIVED_RANGES = 64,
    RECEIVED_AHEAD_MAX = 1000000,       /* numbers that may be missing at once; further off is no gap but nonsense */
    RECEIVED_TEXT = 64 * 1024           /* octets of the state as a text */
};

struct received {
    uint64_t next;                      /* all below have come or were given up */
    char last[RECORD_HEX];              /* of the record before; "": it is not known */
    size_t ranges, recents;
    struct { uint64_t first, last; } given_up[RECEIVED_RANGES];                     /* oldest first */
    struct { uint64_t number; char hash[RECORD_HEX]; } recent[RECEIVED_RECENT];     /* oldest first */
};

enum received_what {
    RECEIVED_NEXT,
    RECEIVED_BROKEN,                    /* the next, but it follows another record than the one that came */
    RECEIVED_AHEAD,
    RECEIVED_TOO_FAR,
    RECEIVED_LATE,                      /* was given up */
    RECEIVED_AGAIN,                     /* has come, the very same */
    RECEIVED_OTHER,                     /* has come, and was another */
    RECEIVED_OLD                        /* so old that nobody knows */
};

void received_init(struct received *);
/* The record of this number with this hash. */
enum received_what received_look(const struct received *, const struct record *, const char hash[RECORD_HEX]);
/* The next, or one that is late, has come. */
void received_take(struct received *, uint64_t number, const char hash[RECORD_HEX]);
/* All from the next to `last` have not come or are of no use.  `hash`: of the last one's record, or "". */
void received_give_up(struct received *, uint64_t last, const char *hash);

size_t received_print(const struct received *, char out[RECEIVED_TEXT]);
bool received_parse(struct received *, const char *text);

#endif
