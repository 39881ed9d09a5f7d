#include "gateway/crypto/plumbing.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

const char *crypto_status_text(enum crypto_status status)
{
    switch (status) {
    case CRYPTO_OK:            return "good";
    case CRYPTO_BAD_ALGORITHM: return "the algorithm is not supported or has unfit parameters";
    case CRYPTO_BAD_KEY:       return "the key is unusable or does not fit the algorithm";
    case CRYPTO_MISMATCH:      return "it does not verify";
    case CRYPTO_TOO_COSTLY:    return "it asks for more iterations or octets than are allowed";
    case CRYPTO_NOT_TRUSTED:   return "no path leads from the certificate to an anchor";
    case CRYPTO_EXPIRED:       return "a certificate on the path is not valid at this time";
    case CRYPTO_REVOKED:       return "a certificate on the path is revoked";
    case CRYPTO_STATUS_UNKNOWN: return "nobody says whether a certificate on the path is revoked";
    case CRYPTO_STATUS_PENDING: return "it is being asked whether a certificate on the path is revoked";
    case CRYPTO_STATUS_UNAVAILABLE: return "it cannot be found out now whether a certificate on the path is revoked";
    case CRYPTO_FAILED:        return "the cryptographic library failed";
    }
    return "?";
}

/* Without randomness nothing here is safe, so there is nothing to go on with. */
void crypto_random(void *out, size_t len)
{
    uint8_t *p = out;

    while (len > 0) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno != EINTR) {
            abort();
        }
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

bool crypto_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || gnutls_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void crypto_wipe(void *p, size_t len)
{
    if (p != NULL && len > 0) {
        explicit_bzero(p, len);
    }
}

/* ---- files ------------------------------------------------------------------- */

static bool file_fits(int fd, size_t max, mode_t forbidden, size_t *size, char *why, size_t why_size)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        return false;
    }
    if (!S_ISREG(info.st_mode)) {
        snprintf(why, why_size, "not a regular file");
        return false;
    }
    if ((info.st_mode & forbidden) != 0) {
        snprintf(why, why_size, "mode %04o is too open: no more than %04o is allowed",
                 (unsigned)info.st_mode & 07777, 0777 & ~(unsigned)forbidden);
        return false;
    }
    if ((uintmax_t)info.st_size > max) {
        snprintf(why, why_size, "more than %zu octets", max);
        return false;
    }
    *size = (size_t)info.st_size;
    return true;
}

/* At most `len`: a file that shrinks meanwhile is read as far as it goes. */
static ssize_t read_full(int fd, uint8_t *out, size_t len)
{
    size_t have = 0;

    while (have < len) {
        ssize_t n = read(fd, out + have, len - have);
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        have += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)have;
}

struct span plumbing_read(const char *path, size_t max, mode_t forbidden, char *why, size_t why_size)
{
    struct span out = { NULL, 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        return out;
    }
    if (!file_fits(fd, max, forbidden, &size, why, why_size)) {
        goto out;
    }
    bytes = calloc(1, size + 1);
    ssize_t have = bytes != NULL ? read_full(fd, bytes, size) : -1;
    if (have < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        free(bytes);
        goto out;
    }
    out = (struct span){ bytes, (size_t)have };
out:
    close(fd);
    return out;
}

void plumbing_forget(struct span s)
{
    crypto_wipe((void *)(uintptr_t)s.ptr, s.len);
    free((void *)(uintptr_t)s.ptr);
}

static bool write_full(int fd, struct span content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.ptr, content.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            content.ptr += n;
            content.len -= (size_t)n;
        }
    }
    return fsync(fd) == 0;
}

/* Without this a power cut may forget the name of a file whose content is safe. */
static bool sync_directory_of(const char *path)
{
    char *copy = strdup(path);
    int fd = copy != NULL ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool done = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    free(copy);
    return done;
}

bool plumbing_create(const char *path, struct span content, char *why, size_t why_size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        snprintf(why, why_size, "%s", strerror(errno));
        return false;
    }
    bool done = write_full(fd, content);
    done = close(fd) == 0 && done;
    if (!done || !sync_directory_of(path)) {
        snprintf(why, why_size, "%s", strerror(errno));
        unlink(path);
        return false;
    }
    return true;
}
