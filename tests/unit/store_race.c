/* Two processes on one database. */
#include "test.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store_fixture.h"

enum { RIVALS = 3, ROUNDS = 60 };

/* Tries to take each step of the transaction, and writes an octet with the number of each that it won. */
static int race(const struct place *p, int start, int won)
{
    char go;
    struct store *s = place_open(p);

    if (read(start, &go, 1) < 0) {
        return 1;
    }
    for (uint8_t n = 1; n <= ROUNDS; n++) {
        enum commit_result result = apply_and_free(s, change_step("t", n));
        if (result == COMMIT_DONE && write(won, &n, 1) != 1) {
            return 1;
        }
        if (result != COMMIT_DONE && result != COMMIT_LOST) {
            fprintf(stderr, "%s\n", store_why(s));
            return 1;
        }
    }
    store_close(s);
    return 0;
}

static pid_t start_rival(const struct place *p, const int start[2], const int won[2])
{
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        close(start[1]);
        _exit(race(p, start[0], won[1]));
    }
    return pid;
}

TEST(of_several_processes_exactly_one_takes_each_step)
{
    struct place p = place_new();
    int start[2], won[2], winners[ROUNDS + 1] = { 0 };
    pid_t pids[RIVALS];
    uint8_t n;

    REQUIRE(pipe(start) == 0 && pipe(won) == 0);
    for (int i = 0; i < RIVALS; i++) {
        pids[i] = start_rival(&p, start, won);
    }
    close(start[0]);
    close(start[1]);
    close(won[1]);
    while (read(won[0], &n, 1) == 1) {
        winners[n <= ROUNDS ? n : 0]++;
    }
    close(won[0]);
    for (int i = 0; i < RIVALS; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        EXPECT_EQ(status, 0);
    }
    for (int i = 1; i <= ROUNDS; i++) {
        EXPECT_EQ(winners[i], 1);
    }
    struct store *s = place_open(&p);
    EXPECT_EQ(count_steps(s, "t"), ROUNDS);
    store_close(s);
    place_remove(&p);
}

static int open_at_once(const struct place *p, int start)
{
    char go;

    if (read(start, &go, 1) < 0) {
        return 1;
    }
    store_close(place_open(p));
    return 0;
}

static void open_together(const struct place *p)
{
    int start[2];
    pid_t pids[RIVALS];

    REQUIRE(pipe(start) == 0);
    for (int i = 0; i < RIVALS; i++) {
        fflush(NULL);
        pids[i] = fork();
        if (pids[i] == 0) {
            close(start[1]);
            _exit(open_at_once(p, start[0]));
        }
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < RIVALS; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        EXPECT_EQ(status, 0);
    }
}

TEST(processes_that_meet_on_a_new_file_all_open_it)
{
    for (int round = 0; round < 10; round++) {
        struct place p = place_new();
        open_together(&p);
        place_remove(&p);
    }
}

/* ---- a process that holds the write lock ------------------------------------------------------------ */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What a command may do: takes the write lock, says so, and lets go after so many milliseconds. */
static int lock_and_sleep(const struct place *p, int ready, int milliseconds)
{
    const struct timespec pause = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    sqlite3 *db = NULL;

    if (sqlite3_open(p->path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK || write(ready, "", 1) != 1) {
        return 1;
    }
    nanosleep(&pause, NULL);
    return sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK || sqlite3_close(db) != SQLITE_OK;
}

/* Returns when the child has the lock. */
static pid_t lock_for(const struct place *p, int milliseconds)
{
    int ready[2];
    char octet;

    if (pipe(ready) != 0) {
        return -1;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(lock_and_sleep(p, ready[1], milliseconds));
    }
    close(ready[1]);
    EXPECT_EQ(read(ready[0], &octet, 1), 1);
    close(ready[0]);
    return pid;
}

TEST(a_change_waits_for_another_process_that_writes)
{
    struct place p = place_new();
    struct store *s = place_open(&p);
    int status = -1;

    pid_t pid = lock_for(&p, 300);
    double before = seconds();
    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    EXPECT(seconds() - before > 0.1);
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
    store_close(s);
    place_remove(&p);
}

TEST(a_change_fails_when_another_process_writes_for_too_long_and_works_after)
{
    struct place p = place_new();
    struct store *s = place_open(&p);
    int status = -1;

    pid_t pid = lock_for(&p, 6500);
    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_FAILED);
    EXPECT_HAS(store_why(s), "another process holds the write lock");
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(apply_and_free(s, change_step("t", 1)), COMMIT_DONE);
    store_close(s);
    place_remove(&p);
}
