#include "sweep.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool sweep_begin(struct sweep *s, int dir)
{
    sweep_end(s);
    /* A description of its own, and so a position of its own. */
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    s->dir = fdopendir(fd);
    if (s->dir == NULL) {
        close(fd);
    }
    return s->dir != NULL;
}

void sweep_end(struct sweep *s)
{
    if (s->dir != NULL) {
        closedir(s->dir);
    }
    s->dir = NULL;
    s->count = s->next = 0;
}

static int by_age(const void *left, const void *right)
{
    const struct sweep_entry *a = left, *b = right;

    if (a->arrived.tv_sec != b->arrived.tv_sec) {
        return a->arrived.tv_sec < b->arrived.tv_sec ? -1 : 1;
    }
    if (a->arrived.tv_nsec != b->arrived.tv_nsec) {
        return a->arrived.tv_nsec < b->arrived.tv_nsec ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static void add(struct sweep *s, const char *name)
{
    struct sweep_entry *e = &s->batch[s->count];
    struct stat st;

    if (strlen(name) >= sizeof e->name || fstatat(dirfd(s->dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    e->arrived = st.st_ctim;
    memcpy(e->name, name, strlen(name) + 1);
    s->count++;
}

static void fill(struct sweep *s, bool (*wanted)(const char *))
{
    struct dirent *e = NULL;

    s->count = s->next = 0;
    while (s->count < SWEEP_BATCH && (e = readdir(s->dir)) != NULL) {
        if (wanted(e->d_name)) {
            add(s, e->d_name);
        }
    }
    if (e == NULL && s->count < SWEEP_BATCH) {
        closedir(s->dir);
        s->dir = NULL;
    }
    qsort(s->batch, s->count, sizeof s->batch[0], by_age);
}

const char *sweep_next(struct sweep *s, bool (*wanted)(const char *))
{
    while (s->next == s->count && s->dir != NULL) {
        fill(s, wanted);
    }
    return s->next < s->count ? s->batch[s->next++].name : NULL;
}

void sweep_back(struct sweep *s)
{
    s->next--;
}

bool sweep_is_over(const struct sweep *s)
{
    return s->dir == NULL && s->next == s->count;
}
