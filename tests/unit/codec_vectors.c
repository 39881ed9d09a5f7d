/* Every message in tests/vectors: decoded, printed as its golden text says, and encoded again to
 * the same octets, copied and rebuilt; every one in tests/vectors/bad refused.
 *
 * Where CODEC_GOLDEN=write is set the texts are written, to be read before they are committed.
 */
#include "codec_help.h"

static void for_each(const char *directory, void (*take)(const char *path))
{
    char path[4096];
    struct dirent **entries;

    snprintf(path, sizeof path, "%s/tests/vectors%s", SOURCE_DIR, directory);
    int n = scandir(path, &entries, NULL, alphasort);
    unsigned taken = 0;
    for (int i = 0; i < n; i++) {
        size_t len = strlen(entries[i]->d_name);
        if (len > 4 && strcmp(entries[i]->d_name + len - 4, ".der") == 0) {
            snprintf(path, sizeof path, "%s/tests/vectors%s/%s", SOURCE_DIR, directory,
                     entries[i]->d_name);
            arena_reset(test_arena());
            take(path);
            taken++;
        }
        free(entries[i]);
    }
    free(entries);
    EXPECT(taken > 20);
}

static struct PKIMessage *decoded(const char *path, struct span der)
{
    struct asn1_error err;
    char text[256];
    struct PKIMessage *m = PKIMessage_decode(der, test_arena(), &err);

    if (m == NULL) {
        TEST_FAIL("%s: %s", path, asn1_error_text(&err, text, sizeof text));
    }
    return m;
}

static void expect_octets(const char *path, const char *how, struct span have, struct span want)
{
    if (!span_eq(have, want)) {
        TEST_FAIL("%s is not the same octets when %s", path, how);
    }
}

static void round_trip(const char *path)
{
    struct span der = read_file(path);
    struct PKIMessage *m = decoded(path, der);

    if (m == NULL) {
        return;
    }
    expect_octets(path, "copied", PKIMessage_encode(m, test_arena()), der);
    m->der = (struct span){ NULL, 0 };
    expect_octets(path, "put together", PKIMessage_encode(m, test_arena()), der);
    asn1_strip(&PKIMessage_type, m);
    expect_octets(path, "rebuilt", PKIMessage_encode(m, test_arena()), der);
}

TEST(every_message_comes_back_octet_by_octet)
{
    for_each("", round_trip);
}

static void arm_in_name(const char *path)
{
    struct PKIMessage *m = decoded(path, read_file(path));
    const char *name = strrchr(path, '/') + 1;

    if (m != NULL) {
        const char *arm = PKIBody_name(m->body->arm);
        if (strncmp(name, arm, strlen(arm)) != 0 || name[strlen(arm)] != '_') {
            TEST_FAIL("%s has a body %s", path, arm);
        }
    }
}

TEST(every_message_has_the_body_its_name_says)
{
    for_each("", arm_in_name);
}

/* ---- golden texts ----------------------------------------------------------------------- */

static struct span printed(const struct PKIMessage *m)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    asn1_print(out, &PKIMessage_type, m, 0);
    fclose(out);
    struct span copy = arena_copy(test_arena(), text, size);
    free(text);
    return copy;
}

static void golden(const char *path)
{
    char text_path[4096];
    struct PKIMessage *m = decoded(path, read_file(path));
    const char *mode = getenv("CODEC_GOLDEN");

    if (m == NULL) {
        return;
    }
    struct span text = printed(m);
    snprintf(text_path, sizeof text_path, "%.*s.txt", (int)strlen(path) - 4, path);
    if (mode != NULL && strcmp(mode, "write") == 0) {
        FILE *out = fopen(text_path, "wb");
        EXPECT(out != NULL && fwrite(text.ptr, 1, text.len, out) == text.len);
        EXPECT(out != NULL && fclose(out) == 0);
        return;
    }
    if (!span_eq(read_file(text_path), text)) {
        TEST_FAIL("%s is not what is printed now", text_path);
    }
}

TEST(every_message_prints_its_golden_text)
{
    for_each("", golden);
}

/* ---- JSON, as strict as a parser is ----------------------------------------------------- */

static const char *json_value(const char *p);

static const char *json_string(const char *p)
{
    for (p++; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e) {
            return NULL;
        }
        p += *p == '\\';
    }
    return p + 1;
}

static const char *json_members(const char *p, char end)
{
    bool object = end == '}';

    for (p++; *p != end; ) {
        if (object) {
            p = *p == '"' ? json_string(p) : NULL;
            p = p != NULL && *p == ':' ? p + 1 : NULL;
        }
        p = p != NULL ? json_value(p) : NULL;
        if (p == NULL || (*p != ',' && *p != end)) {
            return NULL;
        }
        p += *p == ',';
    }
    return p + 1;
}

static const char *json_value(const char *p)
{
    static const char *const words[] = { "true", "false", "null" };

    if (*p == '{' || *p == '[') {
        return json_members(p, *p == '{' ? '}' : ']');
    }
    if (*p == '"') {
        return json_string(p);
    }
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(p, words[i], strlen(words[i])) == 0) {
            return p + strlen(words[i]);
        }
    }
    size_t digits = strspn(p + (*p == '-'), "0123456789");
    return digits > 0 ? p + (*p == '-') + digits : NULL;
}

static void json(const char *path)
{
    struct PKIMessage *m = decoded(path, read_file(path));
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    asn1_print_json(out, &PKIMessage_type, m);
    fclose(out);
    const char *end = json_value(text);
    if (end == NULL || strcmp(end, "\n") != 0) {
        TEST_FAIL("%s is no JSON", path);
    }
    free(text);
}

TEST(every_message_is_json_too)
{
    for_each("", json);
}

/* ---- the bad ones ----------------------------------------------------------------------- */

static void refused(const char *path)
{
    struct asn1_error err;
    struct span der = read_file(path);

    if (PKIMessage_decode(der, test_arena(), &err) != NULL) {
        TEST_FAIL("%s is accepted", path);
        return;
    }
    if (err.type == NULL || err.reason == NULL || err.offset > der.len) {
        TEST_FAIL("%s is refused without a reason", path);
    }
}

TEST(every_bad_message_is_refused_with_type_reason_and_offset)
{
    for_each("/bad", refused);
}

/* A message cut anywhere, or with one octet changed, is refused or comes back the same. */
static void damaged(const char *path)
{
    struct asn1_error err;
    struct span der = read_file(path);
    uint8_t *copy = malloc(der.len);
    struct arena *a = arena_new();

    for (size_t i = 0; i < der.len; i++) {
        memcpy(copy, der.ptr, der.len);
        arena_reset(a);
        if (PKIMessage_decode((struct span){ copy, i }, a, &err) != NULL) {
            TEST_FAIL("%s cut at %zu is accepted", path, i);
        }
        copy[i] ^= (uint8_t)(1 + i % 255);
        struct PKIMessage *m = PKIMessage_decode((struct span){ copy, der.len }, a, &err);
        if (m != NULL) {
            asn1_strip(&PKIMessage_type, m);
            expect_octets(path, "changed", PKIMessage_encode(m, a),
                          (struct span){ copy, der.len });
        }
    }
    arena_free(a);
    free(copy);
}

TEST(damage_is_refused_or_kept)
{
    for_each("", damaged);
}
