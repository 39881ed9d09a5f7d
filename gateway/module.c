#include "gateway/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/option.h"
#include "gateway/quirk.h"

/* A module is code of this process, like a library: there is one list of them, and it only grows. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct module *registry;

static const struct cmpgate_option no_options[] = { { .name = NULL } };

/* ---- what a module must be -------------------------------------------------------------------------- */

static bool refuse(char why[MODULE_WHY], const char *reason)
{
    snprintf(why, MODULE_WHY, "%s", reason);
    return false;
}

static bool module_name_sane(const char *name)
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && name[0] >= 'a' && strlen(name) <= 32;
}

static bool header_sane(uint32_t abi, uint32_t size, size_t least, const char *name, char why[MODULE_WHY])
{
    static const char *const reserved[] = { "gateway", "key", "profile", "modules", "include" };

    if (abi != CMPGATE_ABI) {
        snprintf(why, MODULE_WHY, "it was built for abi %u, and this program has abi %u", (unsigned)abi, CMPGATE_ABI);
        return false;
    }
    if (size < least) {
        snprintf(why, MODULE_WHY, "its struct has %u octets, and must have at least %zu", (unsigned)size, least);
        return false;
    }
    if (name == NULL || !module_name_sane(name)) {
        return refuse(why, "its name must be of a-z, 0-9 and '-', beginning with a letter, at most 32");
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strcmp(name, reserved[i]) == 0) {
            snprintf(why, MODULE_WHY, "its name '%s' is a word of the configuration itself", name);
            return false;
        }
    }
    return true;
}

/* Words of the configuration, as the gateway's own quirks are. */
static bool quirks_sane(const struct cmpgate_quirk *quirks, char why[MODULE_WHY])
{
    size_t count = 0;

    for (const struct cmpgate_quirk *q = quirks; q != NULL && q->name != NULL; q++) {
        if (!module_name_sane(q->name) || q->help == NULL) {
            return refuse(why, "a quirk of it has no help, or a name that is not of a-z, 0-9 and '-'");
        }
        if (quirk_find(quirk_table, q->name) != NULL || quirk_find(quirks, q->name) != q) {
            snprintf(why, MODULE_WHY, "its quirk '%s' has a name that is taken", q->name);
            return false;
        }
        count++;
    }
    return count <= QUIRKS_MOST || refuse(why, "it has more quirks than 32");
}

static bool options_sane(const struct cmpgate_option *options, size_t size, char why[MODULE_WHY])
{
    char reason[OPTION_WHY];

    if (options != NULL && !option_table_sane(options, size, reason)) {
        return refuse(why, reason);
    }
    return true;
}

const struct cmpgate_quirk *module_quirks(const struct cmpgate_transport *t)
{
    static const struct cmpgate_quirk none[] = { { .name = NULL } };

    return CMPGATE_HAS(t, quirks) ? t->quirks : none;
}

bool module_transport_sane(const struct cmpgate_transport *t, char why[MODULE_WHY])
{
    /* What came later may be missing: a module that was built before it is as good as ever. */
    if (!header_sane(t->abi, t->size, offsetof(struct cmpgate_transport, quirks), t->name, why)) {
        return false;
    }
    if ((t->can & (CMPGATE_SERVES | CMPGATE_SENDS)) == 0) {
        return refuse(why, "it neither SERVES nor SENDS");
    }
    if (t->open == NULL || t->close == NULL) {
        return refuse(why, "it lacks open or close");
    }
    if ((t->can & CMPGATE_SERVES) && (t->serve == NULL || t->reply == NULL || t->stop == NULL)) {
        return refuse(why, "it SERVES, and lacks serve, reply or stop");
    }
    if ((t->can & CMPGATE_SENDS) && (t->send == NULL || t->schemes == NULL)) {
        return refuse(why, "it SENDS, and lacks send or schemes");
    }
    return options_sane(t->options, t->options_size, why) && quirks_sane(module_quirks(t), why);
}

bool module_backend_sane(const struct cmpgate_backend *b, char why[MODULE_WHY])
{
    if (!header_sane(b->abi, b->size, sizeof *b, b->name, why)) {
        return false;
    }
    if (b->open == NULL || b->submit == NULL || b->close == NULL) {
        return refuse(why, "it lacks open, submit or close");
    }
    if ((b->can & CMPGATE_CHECKS) && b->check == NULL) {
        return refuse(why, "it CHECKS, and lacks check");
    }
    if (b->kinds == 0) {
        return refuse(why, "it serves no kind of order");
    }
    return options_sane(b->options, b->options_size, why);
}

/* ---- finding ------------------------------------------------------------------------------------------ */

/* The directory of modules beside a program that runs from its build tree: BUILD/gateway/cmpgate. */
static bool build_tree(char out[PATH_MAX])
{
    char exe[PATH_MAX], cache[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

    if (len <= 0) {
        return false;
    }
    exe[len] = '\0';
    *strrchr(exe, '/') = '\0';
    int cached = snprintf(cache, sizeof cache, "%s/../CMakeCache.txt", exe);
    int found = snprintf(out, PATH_MAX, "%s/../modules", exe);
    return cached < PATH_MAX && found < PATH_MAX && access(cache, F_OK) == 0;
}

static bool try_path(const char *directory, const char *name, const char *suffix, char out[PATH_MAX])
{
    char path[PATH_MAX];
    int len = name[0] == '/' ? snprintf(path, sizeof path, "%s", name)
                             : snprintf(path, sizeof path, "%s/%s%s", directory, name, suffix);

    return len < PATH_MAX && realpath(path, out) != NULL;
}

static bool find_file(const char *name, const char *config_directory, const char *module_directory,
                      char out[PATH_MAX], char why[MODULE_WHY])
{
    char built[PATH_MAX];

    if (strchr(name, '/') != NULL) {
        return try_path(config_directory, name, "", out) || refuse(why, strerror(errno));
    }
    if (module_directory != NULL && try_path(module_directory, name, ".so", out)) {
        return true;
    }
    if (build_tree(built) && try_path(built, name, ".so", out)) {
        return true;
    }
    if (try_path(CMPGATE_MODULE_DIR, name, ".so", out)) {
        return true;
    }
    snprintf(why, MODULE_WHY, "no %.64s.so in %s%s%s", name, module_directory != NULL ? module_directory : "",
             module_directory != NULL ? " or " : "", CMPGATE_MODULE_DIR);
    return false;
}

/* ---- loading ------------------------------------------------------------------------------------------- */

static bool adopt(struct module *m, void *handle, char why[MODULE_WHY])
{
    const struct cmpgate_transport *transport = dlsym(handle, "cmpgate_transport");
    const struct cmpgate_backend *backend = dlsym(handle, "cmpgate_backend");

    if ((transport == NULL) == (backend == NULL)) {
        return refuse(why, transport != NULL ? "it exports both cmpgate_transport and cmpgate_backend"
                                             : "it exports neither cmpgate_transport nor cmpgate_backend");
    }
    if (transport != NULL ? !module_transport_sane(transport, why) : !module_backend_sane(backend, why)) {
        return false;
    }
    m->transport = transport;
    m->backend = backend;
    m->name = transport != NULL ? transport->name : backend->name;
    m->options = transport != NULL ? transport->options : backend->options;
    m->options = m->options != NULL ? m->options : no_options;
    m->options_size = transport != NULL ? transport->options_size : backend->options_size;
    return true;
}

static const struct module *registered(const char *path)
{
    const struct module *m = registry;

    while (m != NULL && strcmp(m->path, path) != 0) {
        m = m->next;
    }
    return m;
}

static bool name_taken(const struct module *new, char why[MODULE_WHY])
{
    for (const struct module *m = registry; m != NULL; m = m->next) {
        if (strcmp(m->name, new->name) == 0) {
            snprintf(why, MODULE_WHY, "its name '%s' is that of %s, which is loaded already", new->name, m->path);
            return true;
        }
    }
    return false;
}

static const struct module *load(const char *path, char why[MODULE_WHY])
{
    struct module *m = calloc(1, sizeof *m);
    char *copy = strdup(path);
    void *handle = m != NULL && copy != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;

    if (handle == NULL) {
        const char *reason = m != NULL && copy != NULL ? dlerror() : NULL;
        refuse(why, reason != NULL ? reason : "out of memory");
    } else if (adopt(m, handle, why) && !name_taken(m, why)) {
        m->path = copy;
        m->next = registry;
        registry = m;
        return m;
    }
    if (handle != NULL) {
        dlclose(handle);
    }
    free(copy);
    free(m);
    return NULL;
}

const struct module *module_load(const char *name, const char *config_directory, const char *module_directory,
                                 char why[MODULE_WHY])
{
    char path[PATH_MAX];

    if (!find_file(name, config_directory, module_directory, path, why)) {
        return NULL;
    }
    pthread_mutex_lock(&registry_lock);
    const struct module *m = registered(path);
    if (m == NULL) {
        m = load(path, why);
    }
    pthread_mutex_unlock(&registry_lock);
    return m;
}

/* Whether one of the space-separated words is this one. */
static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == len && strncmp(at, word, n) == 0) {
            return true;
        }
        at += n;
    }
    return false;
}

const struct module *module_for_scheme(const char *scheme)
{
    pthread_mutex_lock(&registry_lock);
    const struct module *m = registry;
    while (m != NULL && !(m->transport != NULL && (m->transport->can & CMPGATE_SENDS) &&
                          has_word(m->transport->schemes, scheme))) {
        m = m->next;
    }
    pthread_mutex_unlock(&registry_lock);
    return m;
}

const struct module *module_first(void)
{
    pthread_mutex_lock(&registry_lock);
    const struct module *first = registry;
    pthread_mutex_unlock(&registry_lock);
    return first;
}
