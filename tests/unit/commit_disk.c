/* Disks that are full or fail, under a running writer. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_fixture.h"

struct answer {
    pthread_mutex_t lock;
    pthread_cond_t said;
    struct commit *commit;
    int waiting, failed;
    char reason[600];
};

static void on_done(void *context, enum commit_result result)
{
    struct answer *a = context;

    pthread_mutex_lock(&a->lock);
    a->waiting--;
    if (result == COMMIT_FAILED) {
        a->failed++;
        snprintf(a->reason, sizeof a->reason, "%s", commit_why(a->commit));
    }
    pthread_cond_signal(&a->said);
    pthread_mutex_unlock(&a->lock);
}

/* Puts so many steps of 64 KiB, waits for them, and returns how many have FAILED. */
static int put_and_wait(struct commit *commit, const char *prefix, int count, char *reason, size_t reason_size)
{
    static const uint8_t reply[64 * 1024];
    struct answer a = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, commit, count, 0, "" };

    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s %d", prefix, i);
        struct change *c = change_step(name, 1);
        c->step->reply = (struct span){ reply, sizeof reply };
        commit_put(commit, c, on_done, &a);
    }
    pthread_mutex_lock(&a.lock);
    while (a.waiting > 0) {
        pthread_cond_wait(&a.said, &a.lock);
    }
    pthread_mutex_unlock(&a.lock);
    snprintf(reason, reason_size, "%s", a.reason);
    return a.failed;
}

static struct commit *start(const struct place *p)
{
    char why[600];
    struct commit *commit = commit_start(p->path, why, sizeof why);

    if (commit == NULL) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    return commit;
}

/* What failed is not there, what was done before and after is. */
static void check_steps(const struct place *p, int before, int after)
{
    struct store *s = place_open(p);
    char name[32];

    for (int i = 0; i < before; i++) {
        snprintf(name, sizeof name, "before %d", i);
        EXPECT_EQ(count_steps(s, name), 1);
    }
    EXPECT_EQ(count_steps(s, "full 0"), 0);
    for (int i = 0; i < after; i++) {
        snprintf(name, sizeof name, "after %d", i);
        EXPECT_EQ(count_steps(s, name), 1);
    }
    store_close(s);
}

/* ---- write() fails ------------------------------------------------------------------------------- */

static void limit_files(rlim_t octets)
{
    struct rlimit limit;

    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = octets;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int with_failing_writes(void *context)
{
    const struct place *p = context;
    struct commit *commit = start(p);
    unsigned red = test_failures;
    char reason[600];

    signal(SIGXFSZ, SIG_IGN);           /* write() then fails with EFBIG */
    EXPECT_EQ(put_and_wait(commit, "before", 4, reason, sizeof reason), 0);
    limit_files(64 * 1024);
    EXPECT_EQ(put_and_wait(commit, "full", 40, reason, sizeof reason), 40);
    EXPECT_HAS(reason, p->path);
    EXPECT_HAS(reason, "I/O error");
    limit_files(RLIM_INFINITY);
    EXPECT_EQ(put_and_wait(commit, "after", 40, reason, sizeof reason), 0);
    commit_stop(commit);
    check_steps(p, 4, 40);
    return test_failures != red;
}

TEST(a_write_that_fails_fails_the_group_and_the_next_is_done)
{
    struct place p = place_new();

    EXPECT_EQ(in_child(with_failing_writes, &p), 0);
    place_remove(&p);
}

/* ---- no space is left ------------------------------------------------------------------------------ */

/* A file system of 4 MiB at the place's directory, for this process only. */
static bool mount_small(const struct place *p)
{
    return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", p->directory, "tmpfs", 0, "size=4m,mode=0700") == 0;
}

static void write_ballast(const char *path)
{
    static const char zeros[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    EXPECT(fd >= 0);
    while (write(fd, zeros, sizeof zeros) > 0) {
    }
    EXPECT_EQ(errno, ENOSPC);
    close(fd);
}

enum { CANNOT_MOUNT = 77 };

static int on_a_full_disk(void *context)
{
    const struct place *p = context;
    char ballast[320], reason[600];
    unsigned red = test_failures;

    if (!mount_small(p)) {
        return CANNOT_MOUNT;
    }
    struct commit *commit = start(p);
    EXPECT_EQ(put_and_wait(commit, "before", 4, reason, sizeof reason), 0);
    snprintf(ballast, sizeof ballast, "%s/ballast", p->directory);
    write_ballast(ballast);
    EXPECT_EQ(put_and_wait(commit, "full", 8, reason, sizeof reason), 8);
    EXPECT_HAS(reason, p->path);
    EXPECT_HAS(reason, "full");
    EXPECT_EQ(put_and_wait(commit, "full", 1, reason, sizeof reason), 1);
    EXPECT_EQ(unlink(ballast), 0);
    EXPECT_EQ(put_and_wait(commit, "after", 8, reason, sizeof reason), 0);
    commit_stop(commit);
    check_steps(p, 4, 8);
    return test_failures != red;
}

TEST(a_full_disk_fails_the_group_and_the_next_is_done_when_there_is_room)
{
    struct place p = place_new();
    int status = in_child(on_a_full_disk, &p);

    if (status == CANNOT_MOUNT) {
        printf("not tried: no right to mount a tmpfs\n");
    } else {
        EXPECT_EQ(status, 0);
    }
    place_remove(&p);
}
