#include "gateway/config_reader.h"

#include <pthread.h>
#include <string.h>

/* libconfuse's scanner is one for the whole process. */
static pthread_mutex_t scanner = PTHREAD_MUTEX_INITIALIZER;
/* Its error function gets no context; both are used under the lock only. */
static struct reader *parsing;

static void on_error(cfg_t *cfg, const char *format, va_list ap)
{
    reader_complain_va(parsing, (unsigned)cfg->line, format, ap);
}

/* ---- the grammar, from the tables ----------------------------------------------------------------------- */

static size_t count_rows(const struct cmpgate_option *table)
{
    size_t n = 0;

    while (table[n].name != NULL) {
        n++;
    }
    return n;
}

static cfg_opt_t *add_rows(cfg_opt_t *at, const struct cmpgate_option *table)
{
    for (; table->name != NULL; table++) {
        cfg_opt_t list = CFG_STR_LIST(table->name, NULL, CFGF_NONE), single = CFG_STR(table->name, NULL, CFGF_NONE);
        *at++ = table->type == CMPGATE_LIST ? list : single;
    }
    return at;
}

static cfg_opt_t *section_grammar(struct reader *r, const struct section_kind *kind)
{
    size_t rows = count_rows(kind->common) + count_rows(kind->own);
    cfg_opt_t *grammar = arena_alloc(r->arena, (rows + 1) * sizeof *grammar), end = CFG_END();

    if (grammar != NULL) {
        *add_rows(add_rows(grammar, kind->common), kind->own) = end;
    }
    return grammar;
}

/* Sections of no known kind have been complained about; they are only to be passed over. */
static bool first_of_unknown(const struct reader *r, const struct outline_section *section)
{
    return section->nth == 0 && section_kind(r, section->keyword) == NULL;
}

static cfg_opt_t *file_grammar(struct reader *r)
{
    size_t most = 2 + r->kind_count + r->outline->section_count;
    cfg_opt_t *grammar = arena_alloc(r->arena, most * sizeof *grammar), *at = grammar;
    cfg_opt_t modules = CFG_STR_LIST("modules", NULL, CFGF_NONE), end = CFG_END();

    if (grammar == NULL) {
        return NULL;
    }
    *at++ = modules;
    for (size_t i = 0; i < r->kind_count; i++) {
        const struct section_kind *kind = &r->kinds[i];
        cfg_opt_t *options = section_grammar(r, kind);
        if (options == NULL) {
            return NULL;
        }
        cfg_opt_t section = CFG_SEC(kind->keyword, options, CFGF_MULTI | (kind->titled ? CFGF_TITLE : 0));
        *at++ = section;
    }
    for (size_t i = 1; i < r->outline->section_count; i++) {
        const struct outline_section *unknown = &r->outline->sections[i];
        if (first_of_unknown(r, unknown)) {
            cfg_opt_t section = CFG_SEC(unknown->keyword, arena_zalloc(r->arena, sizeof(cfg_opt_t)),
                                        CFGF_MULTI | (unknown->title != NULL ? CFGF_TITLE : 0));
            *at++ = section;
        }
    }
    *at = end;
    return grammar;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

cfg_t *parse_values(struct reader *r, const char *text)
{
    cfg_opt_t *grammar = file_grammar(r);
    cfg_t *values = grammar != NULL ? cfg_init(grammar, CFGF_IGNORE_UNKNOWN) : NULL;

    if (values == NULL) {
        reader_complain(r, 1, "out of memory");
        return NULL;
    }
    pthread_mutex_lock(&scanner);
    parsing = r;
    cfg_set_error_function(values, on_error);
    int parsed = cfg_parse_buf(values, text);
    parsing = NULL;
    pthread_mutex_unlock(&scanner);
    if (parsed != CFG_SUCCESS) {
        if (r->complaints == NULL) {
            reader_complain(r, 1, "the file cannot be parsed");
        }
        cfg_free(values);
        return NULL;
    }
    return values;
}

size_t parse_words(const struct reader *r, const struct outline_section *section, const char *option,
                   const char **words, size_t most)
{
    cfg_t *where = section->keyword[0] == '\0' ? r->values
                 : cfg_getnsec(r->values, section->keyword, (unsigned)section->nth);
    cfg_opt_t *found = where != NULL && outline_find(section, option) != NULL ? cfg_getopt(where, option) : NULL;
    size_t count = found != NULL ? cfg_opt_size(found) : 0;

    for (size_t i = 0; i < count && i < most; i++) {
        words[i] = cfg_opt_getnstr(found, (unsigned)i);
    }
    return count < most ? count : most;
}
