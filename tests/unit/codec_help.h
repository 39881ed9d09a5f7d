/* What the tests of the codec share: octets from hex, vectors from files, one arena. */
#ifndef CODEC_HELP_H
#define CODEC_HELP_H

#include "test.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#include "codec/cmp.h"

static struct arena *test_arena(void)
{
    static struct arena *a;

    if (a == NULL) {
        a = arena_new();
    }
    return a;
}

/* "30 03 0201 05": octets in the arena. */
static inline struct span hex(const char *text)
{
    uint8_t *out = arena_alloc(test_arena(), strlen(text) / 2 + 1);
    size_t n = 0;

    for (const char *p = text; *p != '\0'; ) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        char two[3] = { p[0], p[1], '\0' };
        out[n++] = (uint8_t)strtoul(two, NULL, 16);
        p += 2;
    }
    return (struct span){ out, n };
}

/* One element around the contents given in hex. */
static inline struct span tlv(uint8_t tag, const char *contents)
{
    return asn1_tlv(test_arena(), tag, hex(contents));
}

static inline struct span text_tlv(uint8_t tag, const char *contents)
{
    return asn1_tlv(test_arena(), tag, span_str(contents));
}

static inline struct span read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *out = arena_alloc(test_arena(), 1 << 20);

    if (f == NULL || out == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    size_t n = fread(out, 1, 1 << 20, f);
    fclose(f);
    return arena_copy(test_arena(), out, n);
}

static inline struct span vector(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/vectors/%s", SOURCE_DIR, name);
    return read_file(path);
}

/* Why the octets are refused as this type; "accepted" when they are not. */
static inline const char *why_not(const struct asn1_type *t, struct span der)
{
    static struct asn1_error err;
    return asn1_decode(t, der, test_arena(), &err) == NULL ? err.reason : "accepted";
}

#define EXPECT_REFUSED(type, der, reason) EXPECT_STR(why_not(&type##_type, der), reason)
#define EXPECT_ACCEPTED(type, der) EXPECT_STR(why_not(&type##_type, der), "accepted")

/* The whole refusal in words. */
static inline const char *refusal(const struct asn1_type *t, struct span der)
{
    static char text[256];
    struct asn1_error err;

    if (asn1_decode(t, der, test_arena(), &err) != NULL) {
        return "accepted";
    }
    return asn1_error_text(&err, text, sizeof text);
}

#define EXPECT_SAME(have, want)                                                                  \
    do {                                                                                         \
        struct span have_ = (have), want_ = (want);                                              \
        if (!span_eq(have_, want_)) {                                                            \
            TEST_FAIL("%s is %s, expected %s", #have, hex_of(have_), hex_of(want_));             \
        }                                                                                        \
    } while (0)

static inline const char *hex_of(struct span s)
{
    char *out = arena_alloc(test_arena(), s.len * 2 + 10);

    strcpy(out, s.ptr == NULL ? "absent" : "");
    for (size_t i = 0; i < s.len; i++) {
        sprintf(out + 2 * i, "%02x", s.ptr[i]);
    }
    return out;
}

#endif
