/* The sending side of one-way media: files are handed over with a record each, in the order of their numbers.
 *
 *      from/x.pki ─► state: record 17 is for x.pki ─► to/NAME-0000000017.seq ─► to/x.pki
 *
 * Each arrow is one rename that is on disk before the next.  The state (NAME.sent) is the last record and which file it is
 * for, so whatever kills us in between, the next one who hands over anything finishes that one first, with the same
 * octets under the same number.  No number is ever without its record and its file.
 */
#ifndef FILE_SEQUENCE_H
#define FILE_SEQUENCE_H
#include "aside.h"
#include "name.h"

struct sequence {
    const char *name;                   /* the sender's; NULL: files are not numbered */
    int state, from, to;                /* directories: NAME.sent and NAME.lock; files that are complete; where they go */
    struct aside_rights rights;         /* of records */
};

/* Hands over from/NAME, if it is there: under the first of its answer's names that is free.  False with a reason of at
 * most `size` octets: call it again.  Any thread, any process; they wait for each other. */
bool sequence_hand(const struct sequence *, const char *name, char *why, size_t size);

#endif
