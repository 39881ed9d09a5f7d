#include "gateway/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/config_reader.h"

enum { FILE_MAX_OCTETS = 1 << 20, KINDS_MAX = 64 };

/* What config_ref() counts. */
struct whole {
    struct config config;
    atomic_uint references;
    struct arena *arena;
};

static const struct cmpgate_option no_options[] = { { .name = NULL } };

/* ---- complaints ------------------------------------------------------------------------------------------ */

void reader_complain_va(void *context, unsigned line, const char *format, va_list ap)
{
    struct reader *r = context;
    struct complaint *c = arena_alloc(r->arena, sizeof *c), **at = &r->complaints;
    char text[2048];

    vsnprintf(text, sizeof text, format, ap);
    if (c == NULL) {
        return;
    }
    c->line = line;
    c->text = (const char *)arena_copy(r->arena, text, strlen(text) + 1).ptr;
    while (*at != NULL && (*at)->line <= line) {
        at = &(*at)->next;
    }
    c->next = *at;
    *at = c;
}

bool reader_complain(struct reader *r, unsigned line, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    reader_complain_va(r, line, format, ap);
    va_end(ap);
    return false;
}

static void say_complaints(const struct reader *r, void (*complain)(void *, const char *), void *context)
{
    for (const struct complaint *c = r->complaints; c != NULL; c = c->next) {
        char line[2600];
        snprintf(line, sizeof line, "%.512s:%u: %s", r->file, c->line, c->text != NULL ? c->text : "out of memory");
        complain(context, line);
    }
}

/* ---- files ------------------------------------------------------------------------------------------------ */

/* The whole file with a NUL behind it; NULL after a complaint. */
static char *read_text(struct reader *r)
{
    int fd = open(r->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = arena_alloc(r->arena, FILE_MAX_OCTETS + 1);
    size_t len = 0;
    ssize_t n = -1;

    if (fd < 0 || text == NULL) {
        reader_complain(r, 1, "%s", fd < 0 ? strerror(errno) : "out of memory");
        goto out;
    }
    while (len < FILE_MAX_OCTETS && (n = read(fd, text + len, FILE_MAX_OCTETS - len)) > 0) {
        len += (size_t)n;
    }
    if (n < 0) {
        reader_complain(r, 1, "%s", strerror(errno));
    } else if (len == FILE_MAX_OCTETS) {
        reader_complain(r, 1, "the file is larger than %d octets", FILE_MAX_OCTETS);
    } else if (memchr(text, '\0', len) != NULL) {
        reader_complain(r, 1, "the file contains an octet 0x00: it is not text");
    } else {
        text[len] = '\0';
    }
out:
    if (fd >= 0) {
        close(fd);
    }
    return r->complaints == NULL ? text : NULL;
}

bool private_file(struct reader *r, unsigned line, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return reader_complain(r, line, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return reader_complain(r, line, "%s is not a file", path);
    }
    if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0) {
        return reader_complain(r, line, "%s has mode %04o: others must not read or write it (chmod 600)", path,
                               (unsigned)(st.st_mode & 07777));
    }
    return true;
}

static bool find_directory(struct reader *r)
{
    char copy[PATH_MAX], real[PATH_MAX];
    int len = snprintf(copy, sizeof copy, "%s", r->file);
    char *slash = strrchr(copy, '/');

    if (len >= (int)sizeof copy) {
        return reader_complain(r, 1, "%s", strerror(ENAMETOOLONG));
    }
    if (slash != NULL) {
        slash[slash == copy ? 1 : 0] = '\0';
    }
    if (realpath(slash != NULL ? copy : ".", real) == NULL) {
        return reader_complain(r, 1, "%s", strerror(errno));
    }
    r->directory = (const char *)arena_copy(r->arena, real, strlen(real) + 1).ptr;
    return r->directory != NULL;
}

/* ---- modules -------------------------------------------------------------------------------------------- */

static void add_kind(struct reader *r, struct section_kind kind)
{
    if (r->kind_count < KINDS_MAX) {
        r->kinds[r->kind_count++] = kind;
    }
}

static void add_own_kinds(struct reader *r)
{
    add_kind(r, (struct section_kind){ "gateway", false, no_options, gateway_options, NULL });
    add_kind(r, (struct section_kind){ "key", true, no_options, key_options, NULL });
    add_kind(r, (struct section_kind){ "profile", true, no_options, profile_options, NULL });
}

/* The gateway's own options of an endpoint and the module's stand in one section. */
static bool names_clash(struct reader *r, unsigned line, const struct module *m)
{
    for (const struct cmpgate_option *o = m->options; m->transport != NULL && o->name != NULL; o++) {
        if (option_find(endpoint_options, o->name) != NULL) {
            reader_complain(r, line, "module %s: its option '%s' is one of the gateway's own", m->path, o->name);
            return true;
        }
    }
    return false;
}

static void add_module(struct reader *r, unsigned line, const char *name, const char *module_directory)
{
    char why[MODULE_WHY];
    const struct module *m = module_load(name, r->directory, module_directory, why);

    if (m == NULL) {
        reader_complain(r, line, "module %s: %s", name, why);
    } else if (section_kind(r, m->name) != NULL) {
        reader_complain(r, line, "module %s is there twice", name);
    } else if (!names_clash(r, line, m)) {
        add_kind(r, (struct section_kind){ m->name, true, m->transport != NULL ? endpoint_options : no_options,
                                           m->options, m });
    }
}

/* Reads the values a first time, for nothing but the names of the modules, whose tables the real reading
 * needs. */
static bool load_modules(struct reader *r, const char *text)
{
    const struct outline_section *top = &r->outline->sections[0], *gateway = section_next(r, "gateway", NULL);
    const char *names[KINDS_MAX], *directory = NULL;

    r->values = parse_values(r, text);
    if (r->values == NULL) {
        return false;
    }
    if (gateway != NULL && parse_words(r, gateway, "module-directory", &directory, 1) == 1) {
        directory = option_path(r->directory, directory, r->arena);
    }
    size_t count = parse_words(r, top, "modules", names, KINDS_MAX), known = r->kind_count;
    for (size_t i = 0; i < count; i++) {
        add_module(r, section_line(top, "modules"), names[i], directory);
    }
    if (count == 0) {
        reader_complain(r, section_line(top, "modules"), "'modules' is missing: it names the transports and backends "
                        "to load, as in modules = {http, ca}");
    }
    cfg_free(r->values);
    r->values = NULL;
    return count > 0 && r->kind_count == known + count;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static void read_sections(struct reader *r)
{
    /* Each refers only to those before it. */
    read_keys(r);
    read_backends(r);
    read_profiles(r);
    read_gateway(r);
    read_endpoints(r);
}

static void read_all(struct reader *r)
{
    char *text = find_directory(r) ? read_text(r) : NULL;

    r->outline = text != NULL ? outline_read(text, r->arena, reader_complain_va, r) : NULL;
    if (r->outline == NULL) {
        return;
    }
    add_own_kinds(r);
    bool readable = sections_check_own(r) && load_modules(r, text) && sections_check_modules(r);
    r->values = readable ? parse_values(r, text) : NULL;
    if (r->values != NULL) {
        read_sections(r);
        cfg_free(r->values);
    }
}

static struct whole *whole_new(void)
{
    struct whole *w = calloc(1, sizeof *w);

    if (w == NULL) {
        return NULL;
    }
    atomic_init(&w->references, 1);
    w->arena = arena_new();
    if (w->arena == NULL) {
        free(w);
        return NULL;
    }
    return w;
}

struct config *config_read(const char *path, void (*complain)(void *context, const char *line), void *context)
{
    struct section_kind kinds[KINDS_MAX];
    struct whole *w = whole_new();

    if (w == NULL) {
        complain(context, "out of memory");
        return NULL;
    }
    struct reader r = { .config = &w->config, .arena = w->arena, .file = path, .kinds = kinds };
    read_all(&r);
    w->config.file = (const char *)arena_copy(w->arena, path, strlen(path) + 1).ptr;
    w->config.directory = r.directory;
    say_complaints(&r, complain, context);
    if (r.complaints != NULL || w->config.file == NULL) {
        config_unref(&w->config);
        return NULL;
    }
    return &w->config;
}

/* ---- holding ---------------------------------------------------------------------------------------------- */

struct config *config_ref(struct config *config)
{
    atomic_fetch_add(&((struct whole *)(void *)config)->references, 1);
    return config;
}

void config_unref(struct config *config)
{
    struct whole *w = (struct whole *)(void *)config;

    if (w == NULL || atomic_fetch_sub(&w->references, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < config->key_count; i++) {
        crypto_key_free(config->keys[i].key);
    }
    for (size_t i = 0; i < config->profile_count; i++) {
        crypto_anchors_free(config->profiles[i].anchors);
    }
    crypto_anchors_free(config->anchors);
    crypto_seal_free(config->seal);
    arena_free(w->arena);
    free(w);
}

struct config_profile *config_profile_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        if (strcmp(config->profiles[i].name, name) == 0) {
            return &config->profiles[i];
        }
    }
    return NULL;
}

struct config_endpoint *config_endpoint_named(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->endpoint_count; i++) {
        if (strcmp(c->endpoints[i].name, name) == 0) {
            return &c->endpoints[i];
        }
    }
    return NULL;
}

struct config_key *config_key_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->key_count; i++) {
        if (strcmp(config->keys[i].name, name) == 0) {
            return &config->keys[i];
        }
    }
    return NULL;
}
