/* The receiving side of one-way media: requests are taken with their records and in the order of these.
 *
 * in/NAME-0000000017.seq says what in/x.pki is.  What is missing, doubled, late or changed is written to
 * failed/NAME.report and to the log; docs/transport-file.md lists the words.  serve() only.
 */
#ifndef FILE_EXPECT_H
#define FILE_EXPECT_H
#include <time.h>
#include "received.h"

struct server;

enum { EXPECT_NAMES = 4096 /* files named by waiting records that are known at once */ };

struct expect {
    struct received received;
    bool loaded, mend_due;              /* mend_due: something may have been claimed without being written down */
    struct timespec survey_at;          /* no look at all of in/ before */
    /* of one survey */
    uint64_t lowest;                    /* number that is ahead; 0: none */
    struct timespec since;              /* the oldest of those ahead */
    size_t names;                       /* may be more than fit */
    uint64_t name[EXPECT_NAMES];        /* their hashes */
};

struct expect *expect_new(void);                        /* NULL: memory is out */
void expect_free(struct expect *);
/* Before anything is delivered: what has come so far is known.  False: not now. */
bool expect_ready(struct server *);
/* Takes what there is to take. */
void expect_walk(struct server *);

/* ---- arrive.c: one record --------------------------------------------------------------------------------- */

struct arrival {
    struct record record;               /* file "": it cannot be read */
    char name[NAME_SIZE], hash[RECORD_HEX];     /* the record's own */
    struct timespec since;              /* when it came */
};

enum arrive {
    ARRIVE_DONE,                        /* taken or put away */
    ARRIVE_WAITS,                       /* for its file */
    ARRIVE_AHEAD,                       /* for those before it */
    ARRIVE_NONE,                        /* there is no such record */
    ARRIVE_STOP                         /* no room, or no disk */
};
enum arrive arrive(struct server *, uint64_t number, struct arrival *);
/* After a kill: finishes one whose file is in work/ already.  False: a disk fails. */
bool arrive_mend(struct server *, uint64_t number);
bool arrive_save(struct server *);      /* the state; false after a rest has begun */
/* A line in the report and the log: "WHEN WORD TEXT"; false after a rest has begun. */
bool arrive_report(struct server *, const char *word, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
