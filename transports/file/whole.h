/* Is a file in in/ whole, and may it be taken?
 *
 * Nobody can see from outside whether a writer has finished.  What can be known: that it was renamed into place
 * (when all who drop files promise to do so), that a marker stands beside it, or that it has the length which its
 * own first octets say and has been left alone for a while.
 */
#ifndef FILE_WHOLE_H
#define FILE_WHOLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

enum whole_rule {
    WHOLE_QUIET,                        /* long enough, and not changed for `quiet` seconds, or closed by its writer */
    WHOLE_RENAMED,                      /* whatever has the name of a request is whole */
    WHOLE_MARKER                        /* NAME.done stands beside NAME, and is not older */
};

struct whole_rules {
    enum whole_rule rule;
    int64_t quiet, patience;            /* seconds */
    int64_t max_size;                   /* octets */
    const uid_t *owners;                /* whose files are taken; NULL: anybody's */
    size_t owner_count;
};

enum whole {
    WHOLE_YES,
    WHOLE_NOT_YET,                      /* look again at *when (0: when something has changed) */
    WHOLE_NEVER,                        /* refused: why says it */
    WHOLE_NOTHING                       /* it has gone, or is a directory */
};

enum { WHOLE_WHY = 200 };

/* Looks at `name` in the directory `dir`.  `closed`: its writer has just closed it, or renamed it into place. */
enum whole whole_look(const struct whole_rules *, int dir, const char *name, bool closed, struct timespec now,
                      struct timespec *when, char why[WHOLE_WHY]);

/* The same of a file that is open; its marker is not asked for. */
enum whole whole_look_open(const struct whole_rules *, int fd, bool closed, struct timespec now, struct timespec *when,
                           char why[WHOLE_WHY]);

/* Octets of the element of which these are the first `len`, by its own account; 0: too few to tell; SIZE_MAX: these
 * are not the first octets of a message. */
size_t whole_length(const uint8_t *first, size_t len);

/* The moment `seconds` after `t`, and whether a comes before b. */
struct timespec whole_after(struct timespec t, int64_t seconds);
bool whole_before(struct timespec a, struct timespec b);

#endif
