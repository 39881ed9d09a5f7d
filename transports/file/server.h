/* The serving side: takes requests from in/, delivers them, and takes again what a lack of room or a failing disk has
 * left in work/. */
#ifndef FILE_SERVER_H
#define FILE_SERVER_H
#include "file.h"
#include "expect.h"
#include "sweep.h"
#include "table.h"

struct server {
    struct file *file;
    struct drop drop;
    struct whole_rules rules;
    uid_t *owners;
    struct table taken;
    int wake, watch;                    /* eventfd; inotify, or -1 */
    atomic_bool stopping;
    atomic_bool full;                   /* deliver() has said FULL, and nobody that there is room */
    atomic_bool name_awaited;           /* a request in in/ waits for the one of its name in work/ */
    atomic_bool look_again;             /* the name that was awaited may be free */
    atomic_int_fast64_t rest_until;     /* Unix seconds: nothing is taken before */
    atomic_bool rested;                 /* what is in work/ is to be delivered again after the rest */
    /* serve()'s alone */
    struct expect *expect;              /* NULL: requests come without records */
    uint64_t tickets;
    uint8_t *buffer;                    /* max-size octets */
    struct sweep work, in;
    bool work_due, in_due;              /* walks that are to begin */
    enum drop_place work_place;
    char held[NAME_SIZE];               /* taken when the gateway had no room for it; "": none */
    struct timespec rescan_at, ripe_at; /* when in_due becomes true by itself; ripe_at 0: not for a file's sake */
};

struct server *server_open(struct file *);
void server_serve(struct server *);
void server_wake(struct server *);                      /* any thread */
void server_room(struct server *);                      /* any thread */
void server_stop(struct server *);                      /* any thread */
void server_close(struct server *);

/* Nothing is taken for so many seconds, and then what is in work/ is delivered again.  Any thread. */
void server_rest(struct server *, int64_t seconds);

/* Neither stopping, nor full, nor resting.  serve() only, like the next: whether to look again at that moment. */
bool server_may_take(struct server *);
void server_ripens(struct server *, struct timespec when);
void server_looks(struct server *);                     /* a walk over in/ begins */

/* answer.c: the gateway's answer to a ticket.  A lane thread. */
void server_reply(struct server *, uint64_t ticket, const struct cmpgate_reply *);

/* take.c: one request from in/, or one again from work/.  serve() only. */
enum take {
    TAKE_DONE,                          /* delivered, refused, or left for later */
    TAKE_FULL                           /* the gateway has no room, or a disk has none: stop for now */
};
enum take take_in(struct server *, const char *name, bool closed);
enum take take_again(struct server *, enum drop_place, const char *name);
/* It goes to failed/ with a reason; nothing is done for a while. */
enum take take_refuse(struct server *, enum drop_place, const char *name, const char *reason);
enum take take_rest(struct server *, const char *name, const char *why);

#endif
