#include "gateway/config_reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGEST = CONFIG_FILES_DIGEST, WHOLE_MOST = 1 << 20 };

/* What a file of a module may hold: keys too, so nothing of it stays in memory. */
static bool digest_content(int fd, size_t len, uint8_t out[DIGEST])
{
    uint8_t *bytes = malloc(len + 1);
    size_t have = 0;
    ssize_t n = 1;

    while (bytes != NULL && have < len && (n = read(fd, bytes + have, len - have)) > 0) {
        have += (size_t)n;
    }
    bool whole = bytes != NULL && have == len;
    if (whole) {
        crypto_sha256((struct span){ bytes, len }, out);
    }
    if (bytes != NULL) {
        crypto_wipe(bytes, len);
    }
    free(bytes);
    return whole;
}

/* Something large is told by what its directory says of it; a directory, a socket and nothing at all by their names
 * alone. */
static void digest_file(const char *path, uint8_t out[DIGEST])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    memset(out, 0, DIGEST);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (st.st_size > WHOLE_MOST || !digest_content(fd, (size_t)st.st_size, out))) {
        int64_t facts[] = { st.st_size, (int64_t)st.st_ino, st.st_mtim.tv_sec, st.st_mtim.tv_nsec };
        crypto_sha256((struct span){ (const uint8_t *)facts, sizeof facts }, out);
    }
    if (fd >= 0) {
        close(fd);
    }
}

void digest_files(const struct cmpgate_option *table, const void *options, uint8_t out[DIGEST])
{
    uint8_t so_far[2][DIGEST];

    memset(so_far, 0, sizeof so_far);
    for (const struct cmpgate_option *o = table; options != NULL && o->name != NULL; o++) {
        const char *path = o->type == CMPGATE_PATH
                         ? *(const char *const *)(const void *)((const char *)options + o->offset) : NULL;
        if (path != NULL) {
            digest_file(path, so_far[1]);
            crypto_sha256((struct span){ so_far[0], sizeof so_far }, so_far[0]);
        }
    }
    memcpy(out, so_far[0], DIGEST);
}
