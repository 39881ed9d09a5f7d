#include "drop.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { ATTEMPTS = 2 * NAME_NUMBERS };

static bool failed(char why[DROP_WHY], const char *what)
{
    snprintf(why, DROP_WHY, "%s: %s", what, strerror(errno));
    return false;
}

/* ---- opening ------------------------------------------------------------------------------------- */

/* One component below `parent`, made if it is not there. */
static int open_directory(int parent, const char *name, mode_t mode, char why[DROP_WHY])
{
    if (mkdirat(parent, name, mode) != 0 && errno != EEXIST) {
        failed(why, name);
        return -1;
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        failed(why, name);
    }
    return fd;
}

static bool open_places(struct drop *d, int base, int *work, const char *instance, char why[DROP_WHY])
{
    const struct { enum drop_place place; int *parent; const char *name; mode_t mode; } places[] = {
        { DROP_IN,      &base,                    "in",      0755 },
        { DROP_OUT,     &base,                    "out",     0755 },
        { DROP_FAILED,  &base,                    "failed",  0700 },
        { DROP_CLAIMED, work,                     instance,  0700 },
        { DROP_ANSWER,  &d->dir[DROP_CLAIMED],    "answer",  0700 },
        { DROP_HANDING, &d->dir[DROP_CLAIMED],    "handing", 0700 },
    };

    *work = open_directory(base, "work", 0700, why);
    for (size_t i = 0; *work >= 0 && i < sizeof places / sizeof *places; i++) {
        int fd = open_directory(*places[i].parent, places[i].name, places[i].mode, why);
        if (fd < 0) {
            return false;
        }
        d->dir[places[i].place] = fd;
    }
    return *work >= 0;
}

/* Every step is a rename. */
static bool one_file_system(const struct drop *d, char why[DROP_WHY])
{
    struct stat first, other;

    for (int i = 0; i < DROP_PLACES; i++) {
        if (fstat(d->dir[i], i == 0 ? &first : &other) != 0) {
            return failed(why, "fstat");
        }
        if (i > 0 && first.st_dev != other.st_dev) {
            snprintf(why, DROP_WHY, "in, work, out and failed must be on one file system");
            return false;
        }
    }
    return true;
}

/* A directory may pass its group on to what is made in it; answers are made elsewhere and moved there. */
static bool inherit_group(struct drop *d, char why[DROP_WHY])
{
    struct stat st;

    if (fstat(d->dir[DROP_OUT], &st) != 0) {
        return failed(why, "fstat");
    }
    d->rights.group = st.st_mode & S_ISGID ? st.st_gid : (gid_t)-1;
    return true;
}

bool drop_open(struct drop *d, const char *path, const char *instance, mode_t mode, char why[DROP_WHY])
{
    int base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), work = -1;

    for (int i = 0; i < DROP_PLACES; i++) {
        d->dir[i] = -1;
    }
    d->lock = -1;
    d->rights = (struct aside_rights){ mode, (gid_t)-1 };
    if (base < 0) {
        return failed(why, path);
    }
    bool ok = open_places(d, base, &work, instance, why) && one_file_system(d, why) && inherit_group(d, why);
    d->sequence.state = d->dir[DROP_CLAIMED];
    d->sequence.from = d->dir[DROP_ANSWER];
    d->sequence.to = d->dir[DROP_OUT];
    d->sequence.rights = d->rights;
    if (ok) {
        d->lock = openat(d->dir[DROP_CLAIMED], ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        ok = d->lock >= 0 || failed(why, ".lock");
    }
    if (work >= 0) {
        close(work);
    }
    close(base);
    return ok;
}

void drop_close(struct drop *d)
{
    for (int i = 0; i < DROP_PLACES; i++) {
        if (d->dir[i] >= 0) {
            close(d->dir[i]);
        }
    }
    if (d->lock >= 0) {
        close(d->lock);
    }
}

bool drop_lock(struct drop *d)
{
    return flock(d->lock, LOCK_EX | LOCK_NB) == 0;
}

void drop_tidy(struct drop *d)
{
    aside_tidy(d->dir[DROP_ANSWER]);
    aside_tidy(d->dir[DROP_CLAIMED]);
}

/* ---- taking --------------------------------------------------------------------------------------- */

static bool exists(const struct drop *d, enum drop_place place, const char *name)
{
    struct stat st;

    return fstatat(d->dir[place], name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool move(const struct drop *d, enum drop_place from, enum drop_place to, const char *name)
{
    return renameat(d->dir[from], name, d->dir[to], name) == 0;
}

/* Nobody else moves anything into our directories, so what is not there now will not be a moment later. */
enum drop_claim drop_claim(struct drop *d, const char *name, char why[DROP_WHY])
{
    if (exists(d, DROP_CLAIMED, name) || exists(d, DROP_HANDING, name)) {
        return DROP_BUSY;
    }
    if (move(d, DROP_IN, DROP_CLAIMED, name)) {
        return DROP_TAKEN;
    }
    if (errno == ENOENT) {
        return DROP_MISSED;
    }
    failed(why, "it cannot be moved to work");
    return DROP_TROUBLE;
}

bool drop_unclaim(struct drop *d, const char *name)
{
    return aside_move(d->dir[DROP_CLAIMED], name, d->dir[DROP_IN], name);
}

int drop_request(const struct drop *d, enum drop_place place, const char *name)
{
    return openat(d->dir[place], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* ---- handing over ----------------------------------------------------------------------------------- */

static bool synced(const struct drop *d, enum drop_place place, char why[DROP_WHY], const char *what)
{
    return fsync(d->dir[place]) == 0 || failed(why, what);
}

/* Under the first of its names that is free. */
static bool move_to_out(const struct drop *d, const char *name, char why[DROP_WHY])
{
    char as[NAME_SIZE];

    for (unsigned attempt = 1; attempt <= ATTEMPTS; attempt++) {
        name_answer(name, name_number(attempt), ".pki", as);
        if (aside_move(d->dir[DROP_ANSWER], name, d->dir[DROP_OUT], as)) {
            return true;
        }
        if (errno != EEXIST) {
            return failed(why, as);
        }
    }
    return failed(why, as);
}

/* Complete and on disk beside the request, and only then is the request marked as being handed over. */
static bool lay_ready(const struct drop *d, const char *name, struct cmpgate_bytes answer, char why[DROP_WHY])
{
    if (!aside_write(d->dir[DROP_ANSWER], name, answer, d->rights)) {
        return failed(why, "the answer cannot be written");
    }
    if (!synced(d, DROP_ANSWER, why, "the answer cannot be written")) {
        return false;
    }
    return move(d, DROP_CLAIMED, DROP_HANDING, name) || failed(why, "handing");
}

bool drop_answer(struct drop *d, enum drop_place *place, const char *name, struct cmpgate_bytes answer, char why[DROP_WHY])
{
    if (*place == DROP_CLAIMED) {
        if (!lay_ready(d, name, answer, why)) {
            return false;
        }
        *place = DROP_HANDING;
    }
    /* That it is being handed over must be on disk before it is in out/: otherwise it might be handed over again. */
    if (!synced(d, DROP_HANDING, why, "handing")) {
        return false;
    }
    /* Without an answer laid ready it is in out/ already, or was. */
    if (d->sequence.name != NULL && !sequence_hand(&d->sequence, name, why, DROP_WHY)) {
        return false;
    }
    if (exists(d, DROP_ANSWER, name) && !move_to_out(d, name, why)) {
        return false;
    }
    return synced(d, DROP_OUT, why, "out") && drop_let_go(d, DROP_HANDING, name, why);
}

bool drop_let_go(struct drop *d, enum drop_place place, const char *name, char why[DROP_WHY])
{
    return unlinkat(d->dir[place], name, 0) == 0 || errno == ENOENT || failed(why, "the request cannot be removed");
}

/* ---- giving up -------------------------------------------------------------------------------------- */

/* The reason first: a file in failed/ without one would puzzle its finder.  One that is there without its file is from
 * somebody who was killed in between. */
static bool explain(const struct drop *d, const char *name, const char *reason, char as[NAME_SIZE], char why[DROP_WHY])
{
    char text[1024], txt[NAME_SIZE];
    unsigned attempt = 0, number;

    do {
        number = name_number(++attempt);
        name_answer(name, number, ".pki", as);
    } while (exists(d, DROP_FAILED, as));
    int len = snprintf(text, sizeof text, "%s\n", reason);
    name_answer(name, number, ".txt", txt);
    struct cmpgate_bytes bytes = { (const uint8_t *)text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1 };
    return aside_write(d->dir[DROP_FAILED], txt, bytes, (struct aside_rights){ 0600, (gid_t)-1 }) || failed(why, txt);
}

bool drop_fail(struct drop *d, enum drop_place place, const char *name, const char *reason, char why[DROP_WHY])
{
    char as[NAME_SIZE];

    if (!explain(d, name, reason, as, why)) {
        return false;
    }
    return (aside_move(d->dir[place], name, d->dir[DROP_FAILED], as) || failed(why, as)) &&
           synced(d, DROP_FAILED, why, "failed");
}
