/* cmpgate crl: a CRL now, instead of when it is due. */
#include "gateway/command/crl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/command/command.h"
#include "gateway/crl.h"
#include "gateway/file.h"
#include "gateway/log.h"
#include "gateway/option.h"

static bool signs_crls(const struct config_backend *b)
{
    return (b->module->kinds & CMPGATE_SERVES_KIND(CMPGATE_CRL)) != 0;
}

/* The issuer of a backend is the name of the key that it signs with. */
static bool signs_for(const struct config *config, const struct config_backend *row, struct span issuer)
{
    struct backend *b = backend_open(config, row, NULL);
    const struct config_key *key = b != NULL ? backend_key(b) : NULL;
    bool fits = key != NULL && span_eq(key->name_der, issuer);

    backend_close(b);
    return fits;
}

const struct config_backend *crl_backend(const struct config *config, struct span issuer)
{
    const struct config_backend *found = NULL;

    for (size_t i = 0; i < config->backend_count; i++) {
        const struct config_backend *b = &config->backends[i];
        if (!signs_crls(b) || (issuer.ptr != NULL && !signs_for(config, b, issuer))) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = b;
    }
    return found;
}

/* ---- making one ------------------------------------------------------------------------------------------- */

static void say_written(const struct crl *crl, const char *name, const char *where)
{
    char until[32] = "?";
    time_t t = (time_t)crl->next_update;
    struct tm tm;

    if (gmtime_r(&t, &tm) != NULL) {
        strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    fprintf(stderr, "CRL %llu of %s, good until %s: %s\n", (unsigned long long)crl->number, name, until, where);
}

static bool write_out(const struct config *config, const char *name, const struct crl *crl, const char *out,
                      char *why, size_t why_size)
{
    char where[4200], reason[256] = "";

    if (out != NULL) {
        if (!file_replace(out, crl->der, 0644, reason, sizeof reason)) {
            snprintf(why, why_size, "%.200s: %s", out, reason);
            return false;
        }
        snprintf(where, sizeof where, "%s", strcmp(out, "-") == 0 ? "standard output" : out);
    } else if (config->crl_directory != NULL) {
        if (!crl_write(config->crl_directory, name, crl->der, why, why_size)) {
            return false;
        }
        snprintf(where, sizeof where, "%s/%s.crl", config->crl_directory, name);
    } else {
        snprintf(where, sizeof where, "in the store only, since there is no crl-directory");
    }
    say_written(crl, name, where);
    return true;
}

bool crl_issue(const struct config *config, const struct config_backend *row, struct store *store, const char *out,
               char *why, size_t why_size)
{
    struct backend *b = backend_open(config, row, NULL);
    struct change *change = NULL;
    bool ok = false;

    if (b == NULL) {
        snprintf(why, why_size, "backend %s does not open", row->name);
        return false;
    }
    change = crl_make(b, store, time(NULL), why, why_size);
    if (change == NULL) {
        goto out;
    }
    switch (store_apply(store, change)) {
    case COMMIT_DONE:
        ok = write_out(config, row->name, change->crl, out, why, why_size);
        break;
    case COMMIT_LOST:
        snprintf(why, why_size, "the running gateway has just made CRL %llu itself",
                 (unsigned long long)change->crl->number);
        break;
    default:
        snprintf(why, why_size, "%s", store_why(store));
    }
out:
    change_free(change);
    backend_close(b);
    return ok;
}

/* ---- cmpgate crl -------------------------------------------------------------------------------------------- */

struct crl_options {
    const char *config, *backend, *out;
};

static const struct config_backend *chosen(const struct config *config, const char *name, char *why, size_t why_size)
{
    const struct config_backend *only = crl_backend(config, (struct span){ NULL, 0 });

    if (name == NULL) {
        snprintf(why, why_size, "%s: name the BACKEND, since not exactly one signs CRLs", config->file);
        return only;
    }
    for (size_t i = 0; i < config->backend_count; i++) {
        if (strcmp(config->backends[i].name, name) == 0) {
            snprintf(why, why_size, "backend %.64s signs no CRLs", name);
            return signs_crls(&config->backends[i]) ? &config->backends[i] : NULL;
        }
    }
    snprintf(why, why_size, "there is no backend '%.64s' in %.200s", name, config->file);
    return NULL;
}

static int make(const struct crl_options *o)
{
    char why[512] = "";
    struct config *config = config_read(o->config, command_complain, NULL);
    const struct config_backend *backend = config != NULL ? chosen(config, o->backend, why, sizeof why) : NULL;
    struct store *store = backend != NULL ? store_open(config->store, why, sizeof why) : NULL;
    bool ok = store != NULL && crl_issue(config, backend, store, o->out, why, sizeof why);

    if (!ok && config != NULL) {
        command_fail("crl", "%s", why);
    }
    store_close(store);
    config_unref(config);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char crl_help[] =
    "usage: cmpgate crl -c FILE [-o OUT] [BACKEND]\n"
    "\n"
    "Signs a new CRL now and writes it, DER, to the configured crl-directory or to OUT.  A running gateway keeps\n"
    "its CRLs fresh by itself and serves this one as well.\n"
    "\n"
    "  -c FILE   the configuration\n"
    "  -o OUT    write it there instead (\"-\": standard output)\n"
    "  BACKEND   whose CRL, where more than one signs CRLs\n"
    "\n"
    "example: cmpgate crl -c cmpgate.conf -o - | openssl crl -inform DER -noout -text\n"
    "exit status: 0 made, 1 not made, 2 wrong usage\n";

static enum command_next read_options(int argc, char **argv, struct crl_options *o)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "out", required_argument, NULL, 'o' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:o:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': o->config = optarg; break;
        case 'o': o->out = optarg; break;
        case 'h': return command_help(crl_help);
        case ':': return command_wrong("crl", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("crl", "there is no option %s", argv[optind - 1]);
        }
    }
    if (argc - optind > 1) {
        return command_wrong("crl", "'%s' is one argument too many", argv[optind + 1]);
    }
    o->backend = argv[optind];
    return o->config != NULL ? COMMAND_GO : command_wrong("crl", "-c FILE is missing");
}

int command_crl(int argc, char **argv)
{
    struct crl_options o = { .config = NULL };

    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, &o)) {
    case COMMAND_GO:   return make(&o);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}
