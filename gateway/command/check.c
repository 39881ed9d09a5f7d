#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/command/command.h"

static const char check_help[] =
    "usage: cmpgate check -c FILE [--options]\n"
    "\n"
    "Reads a configuration as serve would, with its modules, keys and certificates, and says everything that is\n"
    "wrong with it, as FILE:LINE: text on standard error; or that it is ok, and what it amounts to.\n"
    "\n"
    "  -c FILE     the configuration\n"
    "  --options   print all sections and options, those of the file's modules included\n"
    "\n"
    "example: cmpgate check -c /etc/cmpgate/cmpgate.conf\n"
    "exit status: 0 the configuration is ok, 1 it is not, 2 wrong usage\n";

struct check {
    const char *config;
    bool options;
};

static enum command_next read_arguments(int argc, char **argv, struct check *out)
{
    static const struct option names[] = { { "options", no_argument, NULL, 'o' }, { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int c;

    opterr = 0;
    optind = 1;
    while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        switch (c) {
        case 'c': out->config = optarg; break;
        case 'o': out->options = true; break;
        case 'h': return command_help(check_help);
        default:  return command_wrong(argv[0], "unknown option '%s', or one without its value", argv[optind - 1]);
        }
    }
    if (optind < argc) {
        return command_wrong(argv[0], "unexpected argument '%s'", argv[optind]);
    }
    return out->config != NULL ? COMMAND_GO : command_wrong(argv[0], "-c FILE is missing");
}

static void print_backends(const struct config *config)
{
    for (size_t i = 0; i < config->backend_count; i++) {
        printf("  backend   %s \"%s\"\n", config->backends[i].module->name, config->backends[i].name);
    }
}

static void print_operations(uint32_t operations)
{
    static const char *const names[] = { "ir", "cr", "p10cr", "kur", "rr", "genm" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (operations & 1u << i) {
            printf(" %s", names[i]);
        }
    }
}

static void print_profiles(const struct config *config)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        const struct config_profile *p = &config->profiles[i];
        printf("  profile   %s:", p->name);
        print_operations(p->operations);
        printf(" by%s%s%s%s, from %s\n", p->credentials & BY_SECRET ? " secret" : "",
               p->credentials & BY_CERTIFICATE ? " certificate" : "", p->credentials & BY_ANCHOR ? " anchor" : "",
               p->credentials & BY_RA ? " ra" : "", p->backend->name);
    }
}

static void print_address(const struct config_endpoint *e)
{
    for (const struct cmpgate_option *o = e->transport->options; o != NULL && o->name != NULL; o++) {
        const char *const *address = (const void *)((const char *)e->options + o->offset);
        if (o->type == CMPGATE_ADDRESS && *address != NULL) {
            printf(" %s %s", o->name, *address);
        }
    }
}

static void print_endpoints(const struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct config_endpoint *e = &config->endpoints[i];
        printf("  endpoint  %s \"%s\"", e->transport->name, e->name);
        print_address(e);
        printf(", profile %s%s\n", e->profile->name, e->profile_fixed ? " only" : "");
    }
}

int command_check(int argc, char **argv)
{
    struct check check = { NULL, false };
    enum command_next next = read_arguments(argc, argv, &check);

    if (next != COMMAND_GO) {
        return next == COMMAND_HELP ? EXIT_SUCCESS : COMMAND_USAGE;
    }
    struct config *config = config_read(check.config, command_complain, NULL);
    if (check.options) {
        config_print_options(stdout);
    }
    if (config == NULL) {
        return EXIT_FAILURE;
    }
    if (!check.options) {
        printf("%s: ok\n", check.config);
        print_endpoints(config);
        print_profiles(config);
        print_backends(config);
    }
    config_unref(config);
    return EXIT_SUCCESS;
}
