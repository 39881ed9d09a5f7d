#include "crypto_fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char directory[] = "/tmp/crypto-test.XXXXXX";
static bool directory_made;
static struct arena *memory;

static void clean(void)
{
    char command[sizeof directory + 16];

    arena_free(memory);
    if (directory_made) {
        snprintf(command, sizeof command, "rm -rf %s", directory);
        if (system(command) != 0) {
            perror(command);
        }
    }
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

struct arena *arena(void)
{
    if (memory == NULL) {
        memory = arena_new();
        atexit(clean);
    }
    return memory;
}

const char *scratch(const char *name)
{
    arena();
    if (!directory_made && mkdtemp(directory) == NULL) {
        die(directory);
    }
    directory_made = true;
    size_t size = sizeof directory + 1 + strlen(name);
    char *path = arena_alloc(arena(), size);
    snprintf(path, size, "%s/%s", directory, name);
    return path;
}

struct span file_read(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        die(path);
    }
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return arena_copy(arena(), bytes, len);
}

struct span scratch_read(const char *name)
{
    return file_read(scratch(name));
}

void scratch_write(const char *name, struct span content)
{
    FILE *f = fopen(scratch(name), "wb");

    if (f == NULL || fwrite(content.ptr, 1, content.len, f) != content.len || fclose(f) != 0) {
        die(name);
    }
    chmod(scratch(name), 0600);
}

bool run(const char *format, ...)
{
    char command[2048];
    size_t len = (size_t)snprintf(command, sizeof command, "cd %s && umask 077 && { ", scratch(""));
    va_list arguments;

    va_start(arguments, format);
    len += (size_t)vsnprintf(command + len, sizeof command - len, format, arguments);
    va_end(arguments);
    snprintf(command + len, sizeof command - len, "; } >log 2>&1");
    return system(command) == 0;
}

struct span hex(const char *text)
{
    size_t len = strlen(text) / 2;
    uint8_t *out = arena_alloc(arena(), len);

    for (size_t i = 0; i < len; i++) {
        unsigned octet;
        if (sscanf(text + 2 * i, "%2x", &octet) != 1) {
            die(text);
        }
        out[i] = (uint8_t)octet;
    }
    return (struct span){ out, len };
}

struct span flipped(struct span in, long at)
{
    struct span copy = arena_copy(arena(), in.ptr, in.len);

    ((uint8_t *)(uintptr_t)copy.ptr)[at >= 0 ? (size_t)at : in.len - (size_t)-at] ^= 1;
    return copy;
}

struct span null_parameters(void)
{
    return asn1_tlv(arena(), DER_NULL, span_of(""));
}

struct span algorithm_der(enum oid id, struct span parameters)
{
    struct span parts[] = { asn1_tlv(arena(), DER_OBJECT_IDENTIFIER, oid_contents(id)), parameters };

    return asn1_sequence_of_parts(arena(), parts, parameters.ptr != NULL ? 2 : 1);
}

const struct AlgorithmIdentifier *algorithm(enum oid id, struct span parameters)
{
    struct asn1_error err;

    return AlgorithmIdentifier_decode(algorithm_der(id, parameters), arena(), &err);
}

const struct AlgorithmIdentifier *algorithm_pss_of(enum oid digest, enum oid mgf_digest, int64_t salt)
{
    struct span mgf = algorithm_der(OID_id_mgf1, algorithm_der(mgf_digest, null_parameters()));
    struct span length = asn1_tlv(arena(), DER_INTEGER, asn1_put_int(arena(), salt));
    struct span parts[3];
    size_t n = 0;

    if (digest != OID_sha1) {
        parts[n++] = asn1_tlv(arena(), DER_CONTEXT_CONSTRUCTED | 0, algorithm_der(digest, null_parameters()));
    }
    if (mgf_digest != OID_sha1) {
        parts[n++] = asn1_tlv(arena(), DER_CONTEXT_CONSTRUCTED | 1, mgf);
    }
    if (salt >= 0 && salt != 20) {
        parts[n++] = asn1_tlv(arena(), DER_CONTEXT_CONSTRUCTED | 2, length);
    }
    return algorithm(OID_id_RSASSA_PSS, asn1_sequence_of_parts(arena(), parts, n));
}

double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}
