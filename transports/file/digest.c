#include "digest.h"
#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <unistd.h>

enum { SHA256 = 32 };

static void print(const uint8_t digest[SHA256], char out[RECORD_HEX])
{
    for (size_t i = 0; i < SHA256; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

bool digest_text(const char *text, size_t len, char out[RECORD_HEX])
{
    uint8_t digest[SHA256];

    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text, len, digest) != 0) {
        return false;
    }
    print(digest, out);
    return true;
}

static bool feed(gnutls_hash_hd_t hash, int fd, uint64_t *size)
{
    uint8_t buffer[8192];
    ssize_t n;

    *size = 0;
    while ((n = pread(fd, buffer, sizeof buffer, (off_t)*size)) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 || gnutls_hash(hash, buffer, (size_t)n) != 0) {
            return false;
        }
        *size += (uint64_t)n;
    }
    return true;
}

bool digest_file(int fd, uint64_t *size, char out[RECORD_HEX])
{
    uint8_t digest[SHA256];
    gnutls_hash_hd_t hash;

    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0) {
        return false;
    }
    bool ok = feed(hash, fd, size);
    gnutls_hash_deinit(hash, digest);
    if (ok) {
        print(digest, out);
    }
    return ok;
}
