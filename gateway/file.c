#include "gateway/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct span read_fd(int fd, size_t most, struct arena *arena, char *why, size_t why_size)
{
    uint8_t *bytes = malloc(most + 1);
    struct span out = { NULL, 0 };
    size_t len = 0;
    ssize_t n = 1;

    while (bytes != NULL && n > 0 && len <= most) {
        n = read(fd, bytes + len, most + 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (bytes == NULL || n < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
    } else if (len > most) {
        snprintf(why, why_size, "larger than %zu octets", most);
    } else {
        out = arena_copy(arena, bytes, len);
    }
    free(bytes);
    return out;
}

struct span file_read(const char *path, size_t most, struct arena *arena, char *why, size_t why_size)
{
    if (strcmp(path, "-") == 0) {
        return read_fd(STDIN_FILENO, most, arena, why, why_size);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        return (struct span){ NULL, 0 };
    }
    struct span bytes = read_fd(fd, most, arena, why, why_size);
    close(fd);
    return bytes;
}

static bool write_all(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return true;
}

static const char *directory_of(const char *path, char copy[PATH_MAX])
{
    strncpy(copy, path, PATH_MAX - 1);
    copy[PATH_MAX - 1] = '\0';
    return dirname(copy);
}

/* The name is durable only when its directory is. */
static bool sync_directory_of(const char *path)
{
    char copy[PATH_MAX];

    int fd = open(directory_of(path, copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static bool write_aside(const char *aside, struct span bytes, mode_t mode)
{
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

    if (fd < 0) {
        return false;
    }
    bool ok = write_all(fd, bytes) && fsync(fd) == 0;
    int reason = errno;
    ok = close(fd) == 0 && ok;
    errno = ok ? errno : reason;
    return ok;
}

bool file_replace(const char *path, struct span bytes, mode_t mode, char *why, size_t why_size)
{
    char aside[PATH_MAX];

    if (strcmp(path, "-") == 0) {
        if (write_all(STDOUT_FILENO, bytes)) {
            return true;
        }
        snprintf(why, why_size, "%s", strerror(errno));
        return false;
    }
    if (snprintf(aside, sizeof aside, "%s.%d.new", path, (int)getpid()) >= (int)sizeof aside) {
        snprintf(why, why_size, "the path is too long");
        return false;
    }
    if (write_aside(aside, bytes, mode) && rename(aside, path) == 0 && sync_directory_of(path)) {
        return true;
    }
    snprintf(why, why_size, "%s", strerror(errno));
    unlink(aside);
    return false;
}

/* Whoever writes "NAME.PID.new" for this name; 0: it is not one of those. */
static pid_t writer_of(const char *aside, const char *name)
{
    size_t len = strlen(name);
    char *end = NULL;

    if (strncmp(aside, name, len) != 0 || aside[len] != '.' || aside[len + 1] < '1' || aside[len + 1] > '9') {
        return 0;
    }
    long pid = strtol(aside + len + 1, &end, 10);
    return strcmp(end, ".new") == 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* One that has our number was another's before us. */
void file_clear_aside(const char *path)
{
    char copy[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    DIR *directory = opendir(directory_of(path, copy));

    for (struct dirent *d; directory != NULL && (d = readdir(directory)) != NULL;) {
        pid_t writer = writer_of(d->d_name, name);
        if (writer != 0 && (writer == getpid() || (kill(writer, 0) != 0 && errno == ESRCH))) {
            unlinkat(dirfd(directory), d->d_name, 0);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}
