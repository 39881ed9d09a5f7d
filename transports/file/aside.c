#include "aside.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = ".writing-";

enum { ASIDE_NAME = 64 };

/* A new file under a name that nobody uses: not this process, and not one on another host with the same number. */
static int create(int dir, char name[ASIDE_NAME], mode_t mode)
{
    static atomic_uint_fast64_t counter;
    int fd;

    do {
        snprintf(name, ASIDE_NAME, "%s%ld-%llu", prefix, (long)getpid(),
                 (unsigned long long)atomic_fetch_add(&counter, 1));
        fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EEXIST);
    return fd;
}

static bool write_all(int fd, struct cmpgate_bytes bytes)
{
    for (size_t done = 0; done < bytes.len; ) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool fill(int fd, struct cmpgate_bytes bytes, struct aside_rights rights)
{
    /* Some file systems say only at close that there was no space. */
    bool ok = fchown(fd, (uid_t)-1, rights.group) == 0 && fchmod(fd, rights.mode) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

static bool write_and_name(int dir, const char *name, struct cmpgate_bytes bytes, struct aside_rights rights,
                           bool replace)
{
    char aside[ASIDE_NAME];
    int fd = create(dir, aside, rights.mode);

    if (fd < 0) {
        return false;
    }
    if (fill(fd, bytes, rights) &&
        (replace ? renameat(dir, aside, dir, name) == 0 : aside_move(dir, aside, dir, name))) {
        return true;
    }
    int error = errno;
    unlinkat(dir, aside, 0);
    errno = error;
    return false;
}

bool aside_write(int dir, const char *name, struct cmpgate_bytes bytes, struct aside_rights rights)
{
    return write_and_name(dir, name, bytes, rights, true);
}

bool aside_write_new(int dir, const char *name, struct cmpgate_bytes bytes, struct aside_rights rights)
{
    return write_and_name(dir, name, bytes, rights, false);
}

/* NFS, for one, has no rename that refuses to replace; there a kill between link and unlink leaves both names. */
static bool link_and_unlink(int from, const char *name, int to, const char *as)
{
    struct stat ours, theirs;

    if (linkat(from, name, to, as, 0) != 0) {
        bool linked = errno == EEXIST && fstatat(from, name, &ours, AT_SYMLINK_NOFOLLOW) == 0 &&
                      fstatat(to, as, &theirs, AT_SYMLINK_NOFOLLOW) == 0 && ours.st_ino == theirs.st_ino &&
                      ours.st_dev == theirs.st_dev;
        if (!linked) {
            return false;
        }
    }
    return unlinkat(from, name, 0) == 0;
}

bool aside_move(int from, const char *name, int to, const char *as)
{
    if (renameat2(from, name, to, as, RENAME_NOREPLACE) == 0) {
        return true;
    }
    return (errno == EINVAL || errno == ENOSYS) && link_and_unlink(from, name, to, as);
}

void aside_tidy(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

    if (d == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (struct dirent *e; (e = readdir(d)) != NULL; ) {
        if (strncmp(e->d_name, prefix, sizeof prefix - 1) == 0) {
            unlinkat(dir, e->d_name, 0);
        }
    }
    closedir(d);
}
