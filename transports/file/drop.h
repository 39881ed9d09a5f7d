/* The directories of a drop, and the steps that a file makes through them.
 *
 *      in/                     requests, as whoever drops them leaves them
 *      work/INSTANCE/          requests this gateway has taken: claimed by rename
 *      work/INSTANCE/answer/   their answers, complete and on disk
 *      work/INSTANCE/handing/  requests whose answer is on its way to out/, or there
 *      out/                    answers, for whoever dropped the request
 *      failed/                 what could not be read, each with a NAME.txt that says why
 *
 *      in/N ─claim─► N ─write aside, fsync─► N, answer/N ─► handing/N, answer/N ─► handing/N, out/M ─► out/M
 *
 * Each arrow is one rename or unlink, so whatever kills us leaves one of these states, and each has one way on.
 * docs/transport-file.md has the table.  A name is one component, and no call follows a symbolic link, so nothing
 * outside these directories is reached whatever a name or a file in in/ is.
 *
 * drop_claim() and what else moves requests into work/ are for one thread; the rest for any, one at a time for each name.
 */
#ifndef FILE_DROP_H
#define FILE_DROP_H
#include <cmpgate/module.h>
#include <sys/stat.h>
#include "aside.h"
#include "name.h"
#include "sequence.h"

enum { DROP_WHY = 300 };

enum drop_place { DROP_IN, DROP_CLAIMED, DROP_HANDING, DROP_ANSWER, DROP_OUT, DROP_FAILED, DROP_PLACES };

struct drop {
    int dir[DROP_PLACES];
    int lock;                           /* work/INSTANCE/.lock */
    struct aside_rights rights;         /* of answers */
    struct sequence sequence;           /* of answers; its name is set before drop_open(), or NULL */
};

/* Opens the directories below `path`, and makes those that are missing.  False with a reason. */
bool drop_open(struct drop *, const char *path, const char *instance, mode_t mode, char why[DROP_WHY]);
void drop_close(struct drop *);

/* Whether this instance is ours now; another process, or an endpoint that a reload is closing, may have it. */
bool drop_lock(struct drop *);
/* After drop_lock(): what was being written when somebody was killed. */
void drop_tidy(struct drop *);

enum drop_claim {
    DROP_TAKEN,
    DROP_BUSY,                          /* a request of that name is in work: this one waits */
    DROP_MISSED,                        /* another gateway was faster, or it was taken back */
    DROP_TROUBLE                        /* with a reason */
};
enum drop_claim drop_claim(struct drop *, const char *name, char why[DROP_WHY]);
/* Gives it back; false: something of that name is in in/ again. */
bool drop_unclaim(struct drop *, const char *name);

/* Opens a request in work/ for reading; -1. */
int drop_request(const struct drop *, enum drop_place, const char *name);

/* Hands the answer over: when it returns true, it is in out/ to stay and the request is gone.  False with a reason:
 * call it again, with the same bytes.  `place`: where the request is, updated as it moves. */
bool drop_answer(struct drop *, enum drop_place *place, const char *name, struct cmpgate_bytes answer, char why[DROP_WHY]);

/* Moves the request to failed/ and says why beside it. */
bool drop_fail(struct drop *, enum drop_place, const char *name, const char *reason, char why[DROP_WHY]);
/* The request needs no answer. */
bool drop_let_go(struct drop *, enum drop_place, const char *name, char why[DROP_WHY]);

#endif
