/* The file module as the gateway would run it, on a drop of its own, with a host table that does what a test asks for.
 */
#ifndef FILE_FIXTURE_H
#define FILE_FIXTURE_H
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmpgate/transport.h>

#include "transports/file/file.h"       /* struct file_options */

enum { KEPT = 512 /* deliveries whose names and tickets are kept */ };

enum gate_mode {
    GATE_ECHO,          /* a thread answers with "answer to " and what came */
    GATE_INLINE,        /* the answer comes before deliver() returns */
    GATE_HOLD,          /* taken, and kept until the test replies */
    GATE_FULL,
    GATE_REFUSED
};

struct kept {
    uint64_t ticket;
    char peer[300], message[300];
    bool answered;
};

/* What the module is given as its endpoint. */
struct cmpgate_endpoint {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_int mode;
    atomic_uint room_for;               /* GATE_ECHO, GATE_HOLD: so many may be taken and not settled */
    enum cmpgate_reply_kind kind;       /* what GATE_ECHO answers */
    uint32_t check_after;
    const struct cmpgate_transport *module;
    void *self;
    char directory[64];
    struct file_options options;
    pthread_t server, worker;
    bool serving, working;

    unsigned delivered, settled, open, twice;
    enum cmpgate_settled how;           /* of the last */
    char why[300];
    uint64_t highest;                   /* ticket */
    uint8_t *answer;                    /* what came back to a send() */
    size_t answer_len;
    struct kept kept[KEPT];             /* the first ones */
    char log[16384];
};

/* A drop in a new directory, options at their defaults but `whole`, which is "renamed"; change options, then open. */
void fixture_init(struct cmpgate_endpoint *, enum gate_mode);
/* Another endpoint on the drop of the first. */
void fixture_init_beside(struct cmpgate_endpoint *, const struct cmpgate_endpoint *, enum gate_mode);
bool fixture_open(struct cmpgate_endpoint *);           /* open, and when it has a directory, serve */
void fixture_stop(struct cmpgate_endpoint *);           /* stop, wait for serve() to return; replies still work */
void fixture_close(struct cmpgate_endpoint *);          /* stop, close; the drop stays */
void fixture_kill(struct cmpgate_endpoint *);           /* the same, and nothing that is held is ever answered */
void fixture_remove(struct cmpgate_endpoint *);         /* the drop */

bool fixture_wait_delivered(struct cmpgate_endpoint *, unsigned count);         /* within 20 s */
bool fixture_wait_settled(struct cmpgate_endpoint *, unsigned count);
/* How many by now, while others may come. */
unsigned fixture_delivered(struct cmpgate_endpoint *);
unsigned fixture_settled(struct cmpgate_endpoint *);
void fixture_reply(struct cmpgate_endpoint *, uint64_t ticket, enum cmpgate_reply_kind, const char *text);
/* The ticket of the n-th delivery, from 0. */
uint64_t fixture_ticket(struct cmpgate_endpoint *, unsigned n);
void fixture_make_room(struct cmpgate_endpoint *, enum gate_mode);      /* another mode, and room() */
bool fixture_logged(struct cmpgate_endpoint *, const char *part);

/* ---- files of the drop: "in/x.pki" ---------------------------------------------------------------- */

void put(const struct cmpgate_endpoint *, const char *name, const char *text);         /* aside, and renamed */
void put_slowly(const struct cmpgate_endpoint *, const char *name, const char *text);  /* opened, written, closed */
bool is_there(const struct cmpgate_endpoint *, const char *name);
bool comes(const struct cmpgate_endpoint *, const char *name);                         /* within 20 s */
bool goes(const struct cmpgate_endpoint *, const char *name);
/* Its text, until the next call; "" when there is none. */
const char *text_of(const struct cmpgate_endpoint *, const char *name);
unsigned files_in(const struct cmpgate_endpoint *, const char *name);                  /* without those with a dot */
const char *path_of(const struct cmpgate_endpoint *, const char *name);                /* until the next call */
bool moved(const struct cmpgate_endpoint *, const char *from, const char *to);         /* renamed, or given another name */
bool linked(const struct cmpgate_endpoint *, const char *from, const char *to);
void nap(unsigned milliseconds);

/* ---- a whole test: START …, END() ---------------------------------------------------------------- */

/* What to do with the options before the module is opened. */
#define START_WITH(MODE, ...)                                           \
    struct cmpgate_endpoint e;                                          \
    fixture_init(&e, MODE);                                             \
    __VA_ARGS__;                                                        \
    if (!fixture_open(&e)) {                                            \
        TEST_FAIL("the module does not open: %s", e.log);               \
        return;                                                         \
    }
#define START(MODE) START_WITH(MODE, (void)0)
#define END() do { fixture_close(&e); EXPECT_EQ(e.twice, 0); fixture_remove(&e); } while (0)

#endif
