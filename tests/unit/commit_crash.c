/* kill -9 is the reference: what done() has called DONE is there, whenever the process ends. */
#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store_fixture.h"

enum { ROUNDS = 20, WIDTH = 32 /* transactions that go on at the same time */ };

struct acknowledgement {
    uint32_t round, transaction, step;
    uint32_t result;
};

/* ---- the child, which is killed ------------------------------------------------------------------ */

struct stream {
    struct commit *commit;
    int out;
    struct acknowledgement next;
};

static void name_of(char name[32], const struct acknowledgement *a)
{
    snprintf(name, 32, "%u-%u-%u", a->round, a->transaction / WIDTH, a->transaction % WIDTH);
}

static void put_next(struct stream *);

static void on_done(void *context, enum commit_result result)
{
    struct stream *s = context;

    s->next.result = (uint32_t)result;
    if (write(s->out, &s->next, sizeof s->next) != (ssize_t)sizeof s->next) {
        _exit(1);
    }
    if (++s->next.step > 4) {
        s->next.step = 1;
        s->next.transaction += WIDTH;
    }
    put_next(s);
}

static void put_next(struct stream *s)
{
    char name[32];
    static const uint8_t reply[2000];

    name_of(name, &s->next);
    struct change *c = change_step(name, s->next.step);
    c->step->reply = (struct span){ reply, sizeof reply };
    c->step->due = 1000 + s->next.step;
    commit_put(s->commit, c, on_done, s);
}

static int write_until_killed(const struct place *p, uint32_t round, int out)
{
    static struct stream streams[WIDTH];
    char why[600];
    struct commit *commit = commit_start(p->path, why, sizeof why);

    if (commit == NULL) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    for (uint32_t i = 0; i < WIDTH; i++) {
        streams[i] = (struct stream){ commit, out, { .round = round, .transaction = i, .step = 1 } };
        put_next(&streams[i]);
    }
    for (;;) {
        pause();
    }
}

/* ---- the parent ---------------------------------------------------------------------------------- */

struct heard {
    struct acknowledgement *list;
    size_t count, room;
};

static void hear(struct heard *h, int in)
{
    struct acknowledgement a;

    while (read(in, &a, sizeof a) == (ssize_t)sizeof a) {
        if (h->count == h->room) {
            h->room = h->room > 0 ? h->room * 2 : 1024;
            h->list = realloc(h->list, h->room * sizeof *h->list);
            if (h->list == NULL) {
                exit(1);
            }
        }
        h->list[h->count++] = a;
    }
}

/* Kills the child some milliseconds after its first word, and hears what it has said until then. */
static void one_round(const struct place *p, uint32_t round, struct heard *h)
{
    int ends[2];
    const struct timespec delay = { .tv_nsec = (rand() % 40) * 1000 * 1000 + rand() % 1000000 };
    struct acknowledgement first;

    REQUIRE(pipe(ends) == 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(write_until_killed(p, round, ends[1]));
    }
    close(ends[1]);
    EXPECT_EQ(read(ends[0], &first, sizeof first), (ssize_t)sizeof first);
    nanosleep(&delay, NULL);
    kill(pid, SIGKILL);
    hear(h, ends[0]);
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void check(const struct place *p, const struct heard *h)
{
    struct store *s = place_open(p);
    size_t missing = 0;

    for (size_t i = 0; i < h->count; i++) {
        char name[32];
        name_of(name, &h->list[i]);
        EXPECT_EQ(h->list[i].result, COMMIT_DONE);
        missing += count_steps(s, name) < (int)h->list[i].step;
    }
    EXPECT_EQ(missing, 0);
    store_close(s);
}

/* Of every transaction exactly the last step is awaited, also after the recoveries. */
static bool note_last(void *context, const struct step *last, uint32_t steps, const struct certificate *issued)
{
    size_t *transactions = context;

    (void)issued;
    EXPECT_EQ(last->due, 1000 + steps);
    (*transactions)++;
    return true;
}

static void check_due(const struct place *p)
{
    struct store *s = place_open(p);
    struct arena *arena = arena_new();
    struct due *due;
    size_t count = 0, transactions = 0;
    int64_t next;

    EXPECT(store_each_transaction(s, note_last, &transactions));
    EXPECT(store_due(s, 2000, 200000, NULL, NULL, arena, &due, &count, &next));
    EXPECT(count > 0);
    EXPECT_EQ(count, transactions);
    arena_free(arena);
    store_close(s);
}

TEST(what_was_done_is_there_after_a_kill_at_any_moment)
{
    struct place p = place_new();
    struct heard h = { .list = NULL };

    srand((unsigned)time(NULL));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t before = h.count;
        one_round(&p, round, &h);
        check(&p, &h);
        printf("round %u: %zu changes acknowledged\n", round, h.count - before);
    }
    EXPECT(h.count > ROUNDS * 10);
    check_due(&p);
    free(h.list);
    place_remove(&p);
}
