/* What the tests of crypto/ share: algorithm identifiers, keys in DER, and a desk on which openssl works. */
#ifndef CRYPTO_HELP_H
#define CRYPTO_HELP_H

#include "codec_help.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/crypto/crypto.h"

/* ---- algorithms ---------------------------------------------------------------------------- */

/* Parameters in hex; "" when there are none.  NULL when the codec already refuses them. */
static inline const struct AlgorithmIdentifier *algorithm(enum oid id, const char *parameters)
{
    struct asn1_error err;
    struct span oid = asn1_tlv(test_arena(), DER_OBJECT_IDENTIFIER, oid_contents(id));
    struct span parts[] = { oid, hex(parameters) };
    struct span der = asn1_sequence_of_parts(test_arena(), parts, *parameters != '\0' ? 2 : 1);

    return AlgorithmIdentifier_decode(der, test_arena(), &err);
}

static inline const struct AlgorithmIdentifier *algorithm_der(struct span der)
{
    struct asn1_error err;
    return AlgorithmIdentifier_decode(der, test_arena(), &err);
}

/* ---- octets -------------------------------------------------------------------------------- */

/* A copy with one bit the other way round. */
static inline struct span flipped(struct span s, size_t at)
{
    struct span copy = arena_copy(test_arena(), s.ptr, s.len);
    ((uint8_t *)(uintptr_t)copy.ptr)[at] ^= 1;
    return copy;
}

static inline struct span cut(struct span s, size_t octets)
{
    return (struct span){ s.ptr, s.len - octets };
}

static inline struct span joined(struct span a, struct span b)
{
    uint8_t *out = arena_alloc(test_arena(), a.len + b.len + 1);

    memcpy(out, a.ptr, a.len);
    memcpy(out + a.len, b.ptr, b.len);
    return (struct span){ out, a.len + b.len };
}

/* ---- the desk: a directory of this run's own ------------------------------------------------- */

static char desk_path[64];

__attribute__((constructor)) static void desk_set(void)
{
    strcpy(desk_path, "/tmp/cmpgate-crypto-XXXXXX");
    if (mkdtemp(desk_path) == NULL) {
        perror(desk_path);
        exit(1);
    }
}

__attribute__((destructor)) static void desk_clear(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf %s", desk_path);
    if (system(command) != 0) {
        perror(command);
    }
}

static inline const char *on_desk(const char *file)
{
    char *path = arena_alloc(test_arena(), sizeof desk_path + strlen(file) + 2);
    sprintf(path, "%s/%s", desk_path, file);
    return path;
}

/* Whether the command succeeds, with the desk as its directory. */
__attribute__((format(printf, 1, 2))) static inline bool run(const char *format, ...)
{
    char command[4096], line[4300];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    snprintf(line, sizeof line, "cd %s && { %s; } >log 2>&1 </dev/null", desk_path, command);
    return system(line) == 0;
}

static inline struct span load_path(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *in = fopen(path, "rb");

    if (in == NULL) {
        perror(path);
        exit(1);
    }
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    return arena_copy(test_arena(), bytes, n);
}

static inline struct span load(const char *file)
{
    return load_path(on_desk(file));
}

/* The same, for what the test itself needs: when that fails the log is shown. */
#define RUN(...)                                                                                 \
    do {                                                                                         \
        if (!run(__VA_ARGS__)) {                                                                 \
            struct span log_ = load("log");                                                      \
            fprintf(stderr, "%.*s", (int)log_.len, (const char *)log_.ptr);                      \
            exit(1);                                                                             \
        }                                                                                        \
    } while (0)

static inline void store(const char *file, struct span content)
{
    FILE *out = fopen(on_desk(file), "wb");

    if (out == NULL || fwrite(content.ptr, 1, content.len, out) != content.len || fclose(out) != 0) {
        perror(file);
        exit(1);
    }
}

static inline const char *named(const char *name, const char *ending)
{
    char *file = arena_alloc(test_arena(), strlen(name) + strlen(ending) + 1);

    sprintf(file, "%s%s", name, ending);
    return file;
}

/* The SubjectPublicKeyInfo of a new key, which is in NAME.pem. */
static inline struct span new_key(const char *name, const char *arguments)
{
    RUN("openssl genpkey %s -out %s.pem && openssl pkey -in %s.pem -pubout -outform DER -out %s.spki", arguments,
        name, name, name);
    return load(named(name, ".spki"));
}

#endif
