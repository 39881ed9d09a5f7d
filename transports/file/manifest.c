#include "manifest.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "digest.h"

/* Octets of the record; 0: there is none of this number, or it is no record. */
static size_t read_record(const struct manifest *m, uint64_t number, char text[RECORD_MAX], struct record *record)
{
    char name[NAME_SIZE];
    struct stat st;

    record_name(m->from, number, name);
    int fd = openat(m->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, text, RECORD_MAX) : 0;
    close(fd);
    bool good = n > 0 && record_parse(record, text, (size_t)n) && record->number == number &&
                strcmp(record->from, m->from) == 0;
    return good ? (size_t)n : 0;
}

/* Calls for each number that has a record here, until one says true. */
static bool each_number(const struct manifest *m, bool (*wanted)(const struct manifest *, uint64_t, void *), void *context)
{
    /* A description of its own, and so a position of its own. */
    int fd = openat(m->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;
    uint64_t number;
    bool found = false;

    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    while (!found && (e = readdir(dir)) != NULL) {
        found = record_number(m->from, e->d_name, &number) && wanted(m, number, context);
    }
    closedir(dir);
    return found;
}

struct wanted {
    const char *name;
    struct record *record;
};

static bool names_it(const struct manifest *m, uint64_t number, void *looking)
{
    const struct wanted *w = looking;
    char text[RECORD_MAX];

    return read_record(m, number, text, w->record) > 0 && strcmp(w->record->file, w->name) == 0;
}

enum manifest_word manifest_look(const struct manifest *m, const char *name, const char *octets, size_t len,
                                 struct record *record)
{
    struct wanted wanted = { name, record };
    char hash[RECORD_HEX];

    if (!each_number(m, names_it, &wanted)) {
        return MANIFEST_NONE;
    }
    bool fits = record->size == len && digest_text(octets, len, hash) && strcmp(hash, record->sha256) == 0;
    return fits ? MANIFEST_FITS : MANIFEST_CHANGED;
}

struct below {
    uint64_t number, highest;           /* highest: of those below `number` */
};

static bool note_below(const struct manifest *m, uint64_t number, void *noting)
{
    struct below *b = noting;

    (void)m;
    if (number < b->number && number > b->highest) {
        b->highest = number;
    }
    return false;
}

uint64_t manifest_gap(const struct manifest *m, uint64_t number)
{
    struct below below = { number, 0 };

    each_number(m, note_below, &below);
    return below.highest == 0 ? number : below.highest + 1;
}

bool manifest_follows(const struct manifest *m, const struct record *record)
{
    char text[RECORD_MAX], hash[RECORD_HEX];
    struct record before;

    if (record->number == 1) {
        return strcmp(record->previous, record_zeros) == 0;
    }
    size_t len = read_record(m, record->number - 1, text, &before);
    return len == 0 || (digest_text(text, len, hash) && strcmp(hash, record->previous) == 0);
}
