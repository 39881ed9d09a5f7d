#include "gateway/config_outline.h"

#include <stdio.h>
#include <string.h>

enum token { END, WORD, STRING, OPEN = '{', CLOSE = '}', EQUALS = '=', COMMA = ',', BAD = -1 };

enum { TEXT_MAX = 1024 };

struct scan {
    char *at;
    unsigned line;                      /* of `at` */
    unsigned token_line;
    enum token token;
    char text[TEXT_MAX];                /* of a WORD or STRING */
    struct arena *arena;
    outline_complain complain;
    void *context;
    struct outline *outline;
};

__attribute__((format(printf, 3, 4)))
static bool complain(struct scan *s, unsigned line, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    s->complain(s->context, line, format, ap);
    va_end(ap);
    return false;
}

/* ---- tokens ---------------------------------------------------------------------------------------- */

static bool word_char(char c)
{
    return c != '\0' && (strchr(".-_:/@%[]~", c) != NULL || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9'));
}

static void skip_blank(struct scan *s)
{
    for (;; s->at++) {
        if (*s->at == '#') {
            size_t len = strcspn(s->at, "\n");
            memset(s->at, ' ', len);
            s->at += len;
        }
        if (*s->at == '\n') {
            s->line++;
        } else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r') {
            return;
        }
    }
}

static enum token bad(struct scan *s, const char *what)
{
    complain(s, s->line, "%s", what);
    return BAD;
}

static enum token read_word(struct scan *s)
{
    size_t len = 0;

    while (word_char(s->at[len]) && len < TEXT_MAX - 1) {
        len++;
    }
    memcpy(s->text, s->at, len);
    s->text[len] = '\0';
    s->at += len;
    if (word_char(*s->at)) {
        return bad(s, "a word longer than 1023 characters");
    }
    return strstr(s->text, "//") != NULL ? bad(s, "a word with '//' in it needs double quotes") : WORD;
}

static enum token read_string(struct scan *s)
{
    size_t len = 0;

    for (s->at++; *s->at != '"'; s->at++) {
        if (*s->at == '\\' && s->at[1] != '"' && s->at[1] != '\\') {
            return bad(s, "in double quotes only \\\" and \\\\ may follow a backslash");
        }
        s->at += *s->at == '\\';
        if (*s->at == '\0' || *s->at == '\n' || *s->at == '\r') {
            return bad(s, "a string that does not end on its line");
        }
        if ((unsigned char)*s->at < ' ' || *s->at == 0x7f) {
            return bad(s, "a control character in a string");
        }
        if (s->at[0] == '$' && s->at[1] == '{') {
            return bad(s, "'${' is not expanded here: write the value itself");
        }
        if (len == TEXT_MAX - 1) {
            return bad(s, "a string longer than 1023 characters");
        }
        s->text[len++] = *s->at;
    }
    s->text[len] = '\0';
    s->at++;
    return STRING;
}

static enum token odd_character(struct scan *s)
{
    char text[96];
    unsigned char c = (unsigned char)*s->at;

    if (c == '/' || c == '*') {
        return bad(s, "comments begin with '#'");
    }
    if (c == '\'') {
        return bad(s, "strings are in double quotes");
    }
    if (c == '+') {
        return bad(s, "'+=' is not used here: write the whole list with '='");
    }
    snprintf(text, sizeof text, c > ' ' && c < 0x7f ? "'%c' is not expected here; a value with it needs double quotes"
                                                    : "an unexpected octet, 0x%02x", c);
    return bad(s, text);
}

static enum token next(struct scan *s)
{
    skip_blank(s);
    s->token_line = s->line;
    switch (*s->at) {
    case '\0':
        return s->token = END;
    case '{': case '}': case '=': case ',':
        return s->token = (enum token)*s->at++;
    case '"':
        return s->token = read_string(s);
    case '/':
        return s->token = s->at[1] == '/' || s->at[1] == '*' ? odd_character(s) : read_word(s);
    default:
        return s->token = word_char(*s->at) ? read_word(s) : odd_character(s);
    }
}

/* What a reader sees at this place. */
static const char *seen(const struct scan *s, char out[64])
{
    switch (s->token) {
    case END:
        return "the end of the file";
    case WORD: case STRING:
        snprintf(out, 64, "'%.50s'", s->text);
        return out;
    default:
        snprintf(out, 64, "'%c'", (char)s->token);
        return out;
    }
}

/* BAD has been complained about already. */
static bool wanted(struct scan *s, const char *what)
{
    char text[64];

    return s->token == BAD ? false : complain(s, s->token_line, "%s expected, not %s", what, seen(s, text));
}

/* ---- structure --------------------------------------------------------------------------------------- */

static const char *keep(struct scan *s, const char *text)
{
    return (const char *)arena_copy(s->arena, text, strlen(text) + 1).ptr;
}

static bool add_option(struct scan *s, struct outline_section *section, const char *name, unsigned line)
{
    struct outline_option *o = &section->options[section->option_count];

    if (section->option_count == OUTLINE_OPTIONS) {
        return complain(s, line, "more than %d options in one section", OUTLINE_OPTIONS);
    }
    *o = (struct outline_option){ .name = name, .line = line, .list = s->token == OPEN };
    section->option_count++;
    return true;
}

static bool read_list(struct scan *s, const char *name)
{
    unsigned line = s->token_line;

    for (next(s); s->token != CLOSE;) {
        if (s->token == END) {
            return complain(s, line, "the list of '%s' that begins here is not closed", name);
        }
        if (s->token != WORD && s->token != STRING) {
            return wanted(s, "a value");
        }
        if (next(s) == COMMA) {
            next(s);
        } else if (s->token != CLOSE && s->token != END) {
            return wanted(s, "',' or '}'");
        }
    }
    return true;
}

/* At the '=' of NAME = VALUE; ends on what follows the value. */
static bool read_option(struct scan *s, struct outline_section *section, const char *name, unsigned line)
{
    next(s);
    if (s->token != WORD && s->token != STRING && s->token != OPEN) {
        return wanted(s, "a value");
    }
    if (!add_option(s, section, name, line) || (s->token == OPEN && !read_list(s, name))) {
        return false;
    }
    return next(s) != BAD;
}

static void section_text(const struct outline_section *section, char out[160])
{
    snprintf(out, 160, section->title != NULL ? "%.64s \"%.64s\"" : "%.64s", section->keyword, section->title);
}

/* Inside a section, after a word that is not followed by '='. */
static bool no_equals(struct scan *s, const struct outline_section *section, const char *name)
{
    char what[160], text[64];

    section_text(section, what);
    if (s->token == OPEN || s->token == STRING || s->token == WORD) {
        return complain(s, s->token_line, "'%s' is not followed by '='; is the '}' of %s (line %u) missing?", name,
                        what, section->line);
    }
    return s->token == BAD ? false
                           : complain(s, s->token_line, "'=' expected after '%s', not %s", name, seen(s, text));
}

static bool section_body(struct scan *s, struct outline_section *section)
{
    char what[160];

    for (next(s); s->token != CLOSE;) {
        if (s->token == END) {
            section_text(section, what);
            return complain(s, section->line, "the section %s that begins here is not closed", what);
        }
        if (s->token != WORD) {
            return wanted(s, "an option or '}'");
        }
        const char *name = keep(s, s->text);
        unsigned line = s->token_line;
        if (next(s) != EQUALS) {
            return no_equals(s, section, name);
        }
        if (!read_option(s, section, name, line)) {
            return false;
        }
    }
    return next(s) != BAD;
}

static struct outline_section *add_section(struct scan *s, const char *keyword, unsigned line)
{
    struct outline *o = s->outline;

    if (o->section_count == OUTLINE_SECTIONS) {
        complain(s, line, "more than %d sections", OUTLINE_SECTIONS);
        return NULL;
    }
    struct outline_section *section = &o->sections[o->section_count];
    section->keyword = keyword;
    section->line = line;
    section->options = arena_zalloc(s->arena, OUTLINE_OPTIONS * sizeof *section->options);
    if (section->options == NULL || keyword == NULL) {
        complain(s, line, "out of memory");
        return NULL;
    }
    for (size_t i = 1; i < o->section_count; i++) {
        section->nth += strcmp(o->sections[i].keyword, keyword) == 0;
    }
    o->section_count++;
    return section;
}

/* Titles are names that get into logs, URLs and file names. */
static bool read_title(struct scan *s, struct outline_section *section)
{
    size_t len = strspn(s->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    if (len == 0 || len > 64 || s->text[len] != '\0') {
        return complain(s, s->token_line, "a name is of letters, digits and ._-, at most 64, and not '%.70s'", s->text);
    }
    section->title = keep(s, s->text);
    return next(s) != BAD;
}

static bool read_section(struct scan *s, const char *keyword, unsigned line)
{
    struct outline_section *section = add_section(s, keyword, line);

    if (section == NULL || ((s->token == WORD || s->token == STRING) && !read_title(s, section))) {
        return false;
    }
    return s->token == OPEN ? section_body(s, section) : wanted(s, "'{'");
}

static bool read_file(struct scan *s)
{
    for (next(s); s->token != END;) {
        if (s->token != WORD) {
            return wanted(s, "a section or an option");
        }
        const char *name = keep(s, s->text);
        unsigned line = s->token_line;
        bool is_option = next(s) == EQUALS;
        if (s->token == BAD ||
            !(is_option ? read_option(s, &s->outline->sections[0], name, line) : read_section(s, name, line))) {
            return false;
        }
    }
    return true;
}

struct outline *outline_read(char *text, struct arena *arena, outline_complain say, void *context)
{
    struct scan s = { .at = text, .line = 1, .arena = arena, .complain = say, .context = context };

    s.outline = arena_zalloc(arena, sizeof *s.outline);
    if (s.outline != NULL) {
        s.outline->sections = arena_zalloc(arena, OUTLINE_SECTIONS * sizeof *s.outline->sections);
    }
    if (s.outline == NULL || s.outline->sections == NULL) {
        complain(&s, 1, "out of memory");
        return NULL;
    }
    return add_section(&s, "", 1) != NULL && read_file(&s) ? s.outline : NULL;
}

const struct outline_option *outline_find(const struct outline_section *section, const char *name)
{
    for (size_t i = 0; i < section->option_count; i++) {
        if (strcmp(section->options[i].name, name) == 0) {
            return &section->options[i];
        }
    }
    return NULL;
}
