/* What whoever was killed while replacing a file has left beside it. */
#include "tests/unit/core_help.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/file.h"

/* Of a process that is no more. */
static pid_t nobody(void)
{
    pid_t child = fork();

    if (child == 0) {
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return child;
}

static void path_of(const struct fixture *f, const char *name, char path[200])
{
    snprintf(path, 200, "%s/%s", f->directory, name);
}

static void make(const struct fixture *f, const char *name)
{
    char path[200];

    path_of(f, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    EXPECT(fd >= 0);
    close(fd);
}

static bool is_there(const struct fixture *f, const char *name)
{
    char path[200];

    path_of(f, name, path);
    return access(path, F_OK) == 0;
}

static const char *named(char out[80], const char *before, pid_t pid, const char *after)
{
    snprintf(out, 80, "%s%d%s", before, (int)pid, after);
    return out;
}

CASE(only_what_the_dead_have_left_beside_this_file_is_removed)
{
    const pid_t dead = nobody(), living = getppid();
    char name[10][80], path[200];
    const char *stays[] = {
        "demo.crl", "demo.crl.new", "demo.crl..new", "demo.crl.x.new", named(name[0], "demo.crl.", living, ".new"),
        named(name[1], "demo.crl.", dead, ".newer"), named(name[2], "demo.crl.0", dead, ".new"),
        named(name[3], "demi.crl.", dead, ".new"), named(name[4], "demo.crl-", dead, ".new"),
        named(name[5], "demo.crl.-", dead, ".new"), "demo.crl.99999999999999999999.new",
    };
    const char *goes[] = { named(name[6], "demo.crl.", dead, ".new"), named(name[7], "demo.crl.", getpid(), ".new") };

    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++) {
        make(f, stays[i]);
    }
    make(f, goes[0]);
    make(f, goes[1]);
    path_of(f, "demo.crl", path);
    file_clear_aside(path);
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++) {
        if (!is_there(f, stays[i])) {
            TEST_FAIL("%s is gone", stays[i]);
        }
    }
    EXPECT(!is_there(f, goes[0]));
    EXPECT(!is_there(f, goes[1]));
    path_of(f, "no/such/directory", path);
    file_clear_aside(path);
}

CASE(a_gateway_clears_beside_its_crls_when_it_starts)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
    char name[80];

    named(name, "demo.crl.", nobody(), ".new");
    make(f, name);
    f->config.crl_directory = f->directory;
    struct core *c = core_start(f, &(struct core_setting){ .backend_can = CMPGATE_IDEMPOTENT });
    for (int left = 2000; is_there(f, name) && left > 0; left--) {
        nanosleep(&pause, NULL);
    }
    EXPECT(!is_there(f, name));
    core_stop(c);
}
