/* Loadable modules: transports and backends, loaded once and never unloaded.
 *
 * A module is found by name: "http" is http.so in the directory that the configuration names, else in
 * the build tree when the program runs from one, else in CMPGATE_MODULE_DIR.  A name with a '/' is a
 * path.  It is refused unless everything about it fits what module.h, transport.h and backend.h say.
 */
#ifndef MODULE_H
#define MODULE_H
#include <cmpgate/backend.h>
#include <cmpgate/transport.h>

struct module {
    const char *path;
    const char *name;                           /* the section keyword */
    const struct cmpgate_transport *transport;  /* one of the two */
    const struct cmpgate_backend *backend;
    const struct cmpgate_option *options;       /* of either; never NULL */
    size_t options_size;
    const struct module *next;
};

enum { MODULE_WHY = 512 };

/* Loads a module, or finds it among those loaded.  config_directory: what relative paths are relative to;
 * module_directory: NULL, or where to look first.  NULL with a reason.  Any thread. */
const struct module *module_load(const char *name, const char *config_directory, const char *module_directory,
                                 char why[MODULE_WHY]);

/* A loaded transport that sends to this URL scheme ("https"); NULL: none.  Any thread. */
const struct module *module_for_scheme(const char *scheme);

/* All that are loaded, by `next`; NULL: none.  The list only grows, and at this end. */
const struct module *module_first(void);

/* The quirks a transport knows; never NULL. */
const struct cmpgate_quirk *module_quirks(const struct cmpgate_transport *);

/* What a const struct must fulfil to be used as a module; for the loader and its tests. */
bool module_transport_sane(const struct cmpgate_transport *, char why[MODULE_WHY]);
bool module_backend_sane(const struct cmpgate_backend *, char why[MODULE_WHY]);

#endif
