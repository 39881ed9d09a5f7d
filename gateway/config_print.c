#include "gateway/config_reader.h"
#include "gateway/quirk.h"

static void print_module(FILE *out, const struct module *m)
{
    fprintf(out, "\n%s \"NAME\" { ... }   (%s, %s)\n", m->name, m->transport != NULL ? "an endpoint" : "a backend",
            m->path);
    option_print(out, m->options);
    if (m->transport != NULL && module_quirks(m->transport)->name != NULL) {
        fputs("  quirks, for 'tolerate':\n", out);
        quirk_print(out, module_quirks(m->transport));
    }
}

void config_print_options(FILE *out)
{
    fputs("modules = { ... }\n  names of modules to load, or paths with a '/'\n\ngateway { ... }\n", out);
    option_print(out, gateway_options);
    fputs("\nkey \"NAME\" { ... }\n", out);
    option_print(out, key_options);
    fputs("\nprofile \"NAME\" { ... }\n", out);
    option_print(out, profile_options);
    fputs("\nevery endpoint\n", out);
    option_print(out, endpoint_options);
    fputs("\nquirks of the protocol, for 'tolerate' of an endpoint or a profile\n", out);
    quirk_print(out, quirk_table);
    for (const struct module *m = module_first(); m != NULL; m = m->next) {
        print_module(out, m);
    }
}
