/* The two readers of a configuration agree: what the outline lets through, libconfuse reads without a word, and finds
 * in it the options that the outline has seen, neither more nor fewer values.  No file is opened and no module
 * loaded. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cmpgate_option nothing[] = { { .name = NULL } };

static const struct cmpgate_option *row(const struct section_kind *kind, const char *option)
{
    return kind != NULL ? option_find(kind->own, option) : NULL;
}

/* An option that stands there twice is refused by its own complaint, whatever libconfuse makes of it. */
static bool is_single(const struct outline_section *section, const struct outline_option *option)
{
    for (size_t i = 0; i < section->option_count; i++) {
        const struct outline_option *o = &section->options[i];
        if (o != option && strcmp(o->name, option->name) == 0) {
            return false;
        }
    }
    return true;
}

/* A value of an option must be there, and a list may be empty. */
static void check_section(struct reader *r, const struct outline_section *section)
{
    static const char *words[2000];
    const struct section_kind *kind = section_kind(r, section->keyword);

    for (size_t i = 0; i < section->option_count; i++) {
        const struct outline_option *o = &section->options[i];
        const struct cmpgate_option *known = row(kind, o->name);
        size_t count = known != NULL ? parse_words(r, section, o->name, words, 2000) : 0;
        if (known != NULL && !o->list && count != 1 && is_single(section, o)) {
            fprintf(stderr, "line %u: '%s' has %zu values\n", o->line, o->name, count);
            abort();
        }
        for (size_t j = 0; j < count; j++) {
            if (words[j] == NULL) {
                abort();
            }
        }
    }
}

static void read_text(struct reader *r, char *text)
{
    r->outline = outline_read(text, r->arena, reader_complain_va, r);
    if (r->outline == NULL || !sections_check_own(r)) {
        return;
    }
    r->complaints = NULL;               /* unknown options do not keep the values from being read */
    r->values = parse_values(r, text);
    if (r->values == NULL) {
        fprintf(stderr, "line %u: %s\n", r->complaints->line, r->complaints->text);
        abort();
    }
    for (size_t i = 1; i < r->outline->section_count; i++) {
        check_section(r, &r->outline->sections[i]);
    }
    cfg_free(r->values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct section_kind kinds[] = {
        { "gateway", false, nothing, gateway_options, NULL },
        { "key", true, nothing, key_options, NULL },
        { "profile", true, nothing, profile_options, NULL },
    };
    char *text = malloc(size + 1);
    struct config config = { 0 };
    struct reader r = { .config = &config, .arena = arena_new(), .file = "fuzz", .directory = "/", .kinds = kinds,
                        .kind_count = 3 };

    memcpy(text, data, size);
    text[size] = '\0';
    if (memchr(text, '\0', size) == NULL) {
        read_text(&r, text);
    }
    arena_free(r.arena);
    free(text);
    return 0;
}
