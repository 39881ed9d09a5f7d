#include "gateway/config_reader.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 256 };

const struct section_kind *section_kind(const struct reader *r, const char *keyword)
{
    for (size_t i = 0; i < r->kind_count; i++) {
        if (strcmp(r->kinds[i].keyword, keyword) == 0) {
            return &r->kinds[i];
        }
    }
    return NULL;
}

void section_text(const struct outline_section *section, char out[160])
{
    snprintf(out, 160, section->title != NULL ? "%.64s \"%.64s\"" : "%.64s", section->keyword, section->title);
}

unsigned section_line(const struct outline_section *section, const char *option)
{
    const struct outline_option *o = outline_find(section, option);

    return o != NULL ? o->line : section->line;
}

const struct outline_section *section_next(const struct reader *r, const char *keyword,
                                           const struct outline_section *before)
{
    const struct outline *o = r->outline;

    for (size_t i = before != NULL ? (size_t)(before - o->sections) + 1 : 1; i < o->section_count; i++) {
        if (strcmp(o->sections[i].keyword, keyword) == 0) {
            return &o->sections[i];
        }
    }
    return NULL;
}

size_t sections_count(const struct reader *r, const char *keyword)
{
    size_t count = 0;

    for (const struct outline_section *s = NULL; (s = section_next(r, keyword, s)) != NULL;) {
        count++;
    }
    return count;
}

/* ---- structure ------------------------------------------------------------------------------------------- */

void section_hint(const char *word, const char *const *candidates, size_t count, char out[64])
{
    const char *near = option_nearest(word, candidates, count);

    out[0] = '\0';
    if (near != NULL) {
        snprintf(out, 64, ": did you mean '%.32s'?", near);
    }
}

static void unknown_section(struct reader *r, const struct outline_section *section)
{
    const char *keywords[64];
    char known[512] = "", hint[64];
    size_t count = 0, len = 0;

    for (size_t i = 0; i < r->kind_count && count < 64; i++) {
        keywords[count++] = r->kinds[i].keyword;
        if (len < sizeof known) {
            len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", i > 0 ? ", " : "", r->kinds[i].keyword);
        }
    }
    section_hint(section->keyword, keywords, count, hint);
    reader_complain(r, section->line, "unknown section '%.64s'%s (known: %s; a module's section needs its module in "
                    "'modules')", section->keyword, hint, known);
}

static void unknown_option(struct reader *r, const struct outline_section *section, const struct section_kind *kind,
                           const struct outline_option *option)
{
    const struct cmpgate_option *tables[] = { kind->common, kind->own };
    const char *names[OUTLINE_OPTIONS];
    char what[160], hint[64];
    size_t count = 0;

    for (size_t t = 0; t < 2; t++) {
        for (const struct cmpgate_option *o = tables[t]; o->name != NULL && count < OUTLINE_OPTIONS; o++) {
            names[count++] = o->name;
        }
    }
    section_hint(option->name, names, count, hint);
    section_text(section, what);
    reader_complain(r, option->line, "unknown option '%.64s' in %s%s", option->name, what, hint);
}

static void check_option(struct reader *r, const struct outline_section *section, const struct section_kind *kind,
                         const struct outline_option *option)
{
    const struct cmpgate_option *row = option_find(kind->common, option->name);
    const struct outline_option *first = outline_find(section, option->name);

    row = row != NULL ? row : option_find(kind->own, option->name);
    if (row == NULL) {
        unknown_option(r, section, kind, option);
    } else if (first != option) {
        reader_complain(r, option->line, "'%s' is there twice (first on line %u)", option->name, first->line);
    }
}

/* A list where one value belongs is a syntax error to libconfuse. */
static bool shape_fits(struct reader *r, const struct section_kind *kind, const struct outline_option *option)
{
    const struct cmpgate_option *row = option_find(kind->common, option->name);

    row = row != NULL ? row : option_find(kind->own, option->name);
    if (row != NULL && option->list && row->type != CMPGATE_LIST) {
        return reader_complain(r, option->line, "'%s' takes one value, not a list", option->name);
    }
    return true;
}

/* Two with the same name are one to libconfuse. */
static bool title_fits(struct reader *r, const struct outline_section *section, const struct section_kind *kind)
{
    char what[160];

    section_text(section, what);
    if (kind->titled && section->title == NULL) {
        return reader_complain(r, section->line, "%s needs a name: %s \"NAME\" { ... }", what, section->keyword);
    }
    if (!kind->titled && section->title != NULL) {
        return reader_complain(r, section->line, "%s takes no name", section->keyword);
    }
    for (const struct outline_section *s = NULL; (s = section_next(r, section->keyword, s)) != section;) {
        if (section->title == NULL || (s->title != NULL && strcmp(s->title, section->title) == 0)) {
            return reader_complain(r, section->line, "%s is there twice (first on line %u)", what, s->line);
        }
    }
    return true;
}

static bool check_section(struct reader *r, const struct outline_section *section, const struct section_kind *kind)
{
    bool fits = title_fits(r, section, kind);

    for (size_t i = 0; i < section->option_count; i++) {
        check_option(r, section, kind, &section->options[i]);
        fits = shape_fits(r, kind, &section->options[i]) && fits;
    }
    return fits;
}

static bool check_top_level(struct reader *r)
{
    const struct outline_section *top = &r->outline->sections[0];
    const struct outline_option *modules = outline_find(top, "modules");
    bool readable = true;

    for (size_t i = 0; i < top->option_count; i++) {
        const struct outline_option *o = &top->options[i];
        if (strcmp(o->name, "include") == 0) {
            readable = reader_complain(r, o->line, "files cannot be included: a configuration is one file");
        } else if (strcmp(o->name, "modules") != 0) {
            readable = reader_complain(r, o->line, "unknown option '%.64s' outside of any section; only 'modules' stands "
                                       "there", o->name);
        } else if (o != modules) {
            readable = reader_complain(r, o->line, "'modules' is there twice (first on line %u)", modules->line);
        }
    }
    const struct outline_section *braces = section_next(r, "modules", NULL);
    if (braces != NULL) {
        readable = reader_complain(r, braces->line, "'modules' is a list: modules = {http, ca}");
    }
    return readable;
}

/* Before the modules are known libconfuse takes all sections with one keyword to have names, or none of them. */
static bool named_alike(struct reader *r, const struct outline_section *section)
{
    const struct outline_section *first = section_next(r, section->keyword, NULL);

    if ((first->title == NULL) == (section->title == NULL)) {
        return true;
    }
    const struct outline_section *nameless = section->title == NULL ? section : first;
    return reader_complain(r, nameless->line, "%s needs a name: %s \"NAME\" { ... }", section->keyword,
                           section->keyword);
}

bool sections_check_own(struct reader *r)
{
    bool readable = check_top_level(r);

    for (size_t i = 1; i < r->outline->section_count; i++) {
        const struct outline_section *section = &r->outline->sections[i];
        const struct section_kind *kind = section_kind(r, section->keyword);
        readable = (kind != NULL ? check_section(r, section, kind) : named_alike(r, section)) && readable;
    }
    return readable;
}

bool sections_check_modules(struct reader *r)
{
    bool readable = true;

    for (size_t i = 1; i < r->outline->section_count; i++) {
        const struct outline_section *section = &r->outline->sections[i];
        const struct section_kind *kind = section_kind(r, section->keyword);
        if (kind == NULL) {
            unknown_section(r, section);
        } else if (kind->module != NULL) {
            readable = check_section(r, section, kind) && readable;
        }
    }
    return readable;
}

/* ---- values ---------------------------------------------------------------------------------------------- */

static void fill_key(struct reader *r, const struct outline_section *section, const struct cmpgate_option *row,
                     const char *word)
{
    if (config_key_named(r->config, word) == NULL) {
        reader_complain(r, section_line(section, row->name), "'%s' is \"%s\", and there is no key \"%s\"", row->name,
                        word, word);
    }
}

static void fill_row(struct reader *r, const struct outline_section *section, const struct cmpgate_option *row,
                     void *options)
{
    const char *words[WORDS];
    char why[OPTION_WHY] = "", what[160];
    size_t count = parse_words(r, section, row->name, words, WORDS);
    unsigned line = section_line(section, row->name);

    if (outline_find(section, row->name) != NULL) {
        if (count == WORDS) {
            reader_complain(r, line, "'%s' has too many values", row->name);
        } else if (!option_set(row, words, count, r->directory, r->arena, options, why)) {
            reader_complain(r, line, "%s", why);
        } else if (row->type == CMPGATE_KEY) {
            fill_key(r, section, row, words[0]);
        }
    } else if (row->required) {
        section_text(section, what);
        reader_complain(r, line, "'%s' is missing in %s: %s", row->name, what, row->help != NULL ? row->help : "");
    } else if (!option_set_fallback(row, r->directory, r->arena, options, why)) {
        reader_complain(r, line, "%s", why);
    }
}

void section_fill(struct reader *r, const struct outline_section *section, const struct cmpgate_option *table,
                  void *options)
{
    for (const struct cmpgate_option *row = table; row->name != NULL; row++) {
        fill_row(r, section, row, options);
    }
}

size_t section_choice(struct reader *r, const struct outline_section *section, const char *option, const char *word,
                      const char *const *words, size_t count)
{
    char known[512] = "", hint[64];
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
        if (len < sizeof known) {
            len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", i > 0 ? ", " : "", words[i]);
        }
    }
    section_hint(word, words, count, hint);
    reader_complain(r, section_line(section, option), "'%s' does not know \"%s\"%s (%s)", option, word,
                    hint, count > 0 ? known : "none so far");
    return count;
}

uint32_t section_choices(struct reader *r, const struct outline_section *section, const char *option,
                         const char *const *list, const char *const *words, size_t count)
{
    uint32_t bits = 0;

    for (; *list != NULL; list++) {
        size_t place = section_choice(r, section, option, *list, words, count);
        bits |= place < count ? 1u << place : 0;
    }
    return bits;
}
