/* cmpgate secret: add, list, disable. */
#include "gateway/command/secret.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/command/certificate.h"
#include "gateway/command/command.h"
#include "gateway/file.h"
#include "gateway/option.h"

/* ---- values -------------------------------------------------------------------------------------------- */

bool secret_reference_ok(const char *reference)
{
    size_t len = strlen(reference);

    return len > 0 && len <= STORE_ID_MAX;
}

/* Letters and digits that nobody mistakes for each other: 32 of them, 5 bits each. */
static void make_up(char shown[SECRET_TEXT])
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t random[32];

    crypto_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        shown[i] = alphabet[random[i] % 32];
    }
    shown[sizeof random] = '\0';
    crypto_wipe(random, sizeof random);
}

struct span secret_value(const char *file, char shown[SECRET_TEXT], struct arena *arena, char *why, size_t why_size)
{
    enum { LEAST = 8, MOST = 1024 };
    struct span absent = { NULL, 0 };
    char reason[128] = "";

    if (file == NULL) {
        make_up(shown);
        return arena_copy(arena, shown, strlen(shown));
    }
    struct span value = file_read(file, MOST + 2, arena, reason, sizeof reason);
    if (value.ptr == NULL) {
        snprintf(why, why_size, "%s: %s", file, reason);
        return absent;
    }
    const uint8_t *end = memchr(value.ptr, '\n', value.len);
    value.len = end != NULL ? (size_t)(end - value.ptr) : value.len;
    if (value.len < LEAST || value.len > MOST) {
        snprintf(why, why_size, "%s: a secret has %d to %d octets", file, LEAST, MOST);
        return absent;
    }
    return value;
}

static bool apply(struct store *store, struct secret *row, char *why, size_t why_size)
{
    struct change *change = change_new();

    if (change == NULL) {
        snprintf(why, why_size, "out of memory");
        return false;
    }
    change->secret = row;
    enum commit_result result = store_apply(store, change);
    if (result != COMMIT_DONE) {
        snprintf(why, why_size, "%s", store_why(store));
    }
    change_free(change);
    return result == COMMIT_DONE;
}

bool secret_put(struct store *store, const struct crypto_seal *seal, struct secret *row, const char *reference,
                struct span value, char *why, size_t why_size)
{
    struct arena *arena = arena_new();
    struct span name = span_str(reference);
    bool ok = false;

    if (arena == NULL) {
        snprintf(why, why_size, "out of memory");
        return false;
    }
    row->reference.len = (uint8_t)name.len;
    memcpy(row->reference.octets, name.ptr, name.len);
    row->sealed = crypto_seal_close(seal, name, value, arena);
    if (row->sealed.ptr == NULL) {
        snprintf(why, why_size, "the secret cannot be sealed");
    } else {
        ok = apply(store, row, why, why_size);
    }
    arena_free(arena);
    return ok;
}

/* ---- the subcommands --------------------------------------------------------------------------------------- */

struct secret_options {
    const char *config, *reference, *file, *profile, *subject;
    int64_t uses, lifetime;
    bool json;
};

static int add(const struct config *config, struct store *store, const struct secret_options *o)
{
    struct secret row = { .profile = o->profile, .uses = o->uses, .created = time(NULL) };
    char why[512] = "", shown[SECRET_TEXT] = "";
    struct arena *arena = arena_new();
    int status = EXIT_FAILURE;

    if (o->profile != NULL && config_profile_named(config, o->profile) == NULL) {
        arena_free(arena);
        return command_fail("secret add", "there is no profile '%s' in %s", o->profile, config->file);
    }
    if (o->subject != NULL) {
        row.subject = certificate_name(o->subject, arena);
    }
    row.not_after = o->lifetime > 0 ? row.created + o->lifetime : 0;
    struct span value = secret_value(o->file, shown, arena, why, sizeof why);
    if (value.ptr != NULL && secret_put(store, config->seal, &row, o->reference, value, why, sizeof why)) {
        printf("reference  %s\n", o->reference);
        printf("secret     %s\n", shown[0] != '\0' ? shown : "(as in the file)");
        status = EXIT_SUCCESS;
    } else {
        command_fail("secret add", "%s", why);
    }
    crypto_wipe((void *)(uintptr_t)value.ptr, value.len);
    crypto_wipe(shown, sizeof shown);
    arena_free(arena);
    return status;
}

static int disable(struct store *store, const struct secret_options *o)
{
    struct arena *arena = arena_new();
    struct secret *row = NULL;
    char why[512] = "";
    int status = EXIT_SUCCESS;

    if (!store_secret(store, span_str(o->reference), arena, &row)) {
        status = command_fail("secret disable", "%s", store_why(store));
    } else if (row == NULL) {
        status = command_fail("secret disable", "there is no secret with the reference '%s'", o->reference);
    } else {
        row->disabled = true;
        if (!apply(store, row, why, sizeof why)) {
            status = command_fail("secret disable", "%s", why);
        }
    }
    arena_free(arena);
    return status;
}

struct listing {
    bool json;
    size_t rows;
};

static bool list_row(void *context, const struct secret *row)
{
    struct listing *l = context;
    char reference[STORE_ID_MAX + 1] = "", uses[24] = "unlimited";

    memcpy(reference, row->reference.octets, row->reference.len);
    if (row->uses >= 0) {
        snprintf(uses, sizeof uses, "%lld", (long long)row->uses);
    }
    if (l->json) {
        fputs(l->rows > 0 ? ",\n " : "[", stdout);
        fputs("{\"reference\":", stdout);
        command_json_string(reference);
        fputs(",\"profile\":", stdout);
        row->profile != NULL ? command_json_string(row->profile) : (void)fputs("null", stdout);
        printf(",\"uses\":%lld,\"created\":%lld,\"notAfter\":%lld,\"disabled\":%s}", (long long)row->uses,
               (long long)row->created, (long long)row->not_after, row->disabled ? "true" : "false");
    } else {
        if (l->rows == 0) {
            printf("%-32s %-16s %-10s %s\n", "REFERENCE", "PROFILE", "USES", "STATE");
        }
        bool expired = row->not_after != 0 && row->not_after < time(NULL);
        printf("%-32s %-16s %-10s %s\n", reference, row->profile != NULL ? row->profile : "any", uses,
               row->disabled ? "disabled" : expired ? "expired" : "good");
    }
    l->rows++;
    return true;
}

static int list(struct store *store, const struct secret_options *o)
{
    struct listing l = { .json = o->json };

    if (!store_each_secret(store, list_row, &l)) {
        return command_fail("secret list", "%s", store_why(store));
    }
    if (o->json) {
        puts(l.rows > 0 ? "]" : "[]");
    } else if (l.rows == 0) {
        puts("There are no secrets.");
    }
    return EXIT_SUCCESS;
}

/* ---- the command line ---------------------------------------------------------------------------------------- */

static const char secret_help[] =
    "usage: cmpgate secret add -c FILE --ref REF [--secret-file FILE] [--profile NAME] [--subject CN]\n"
    "                          [--uses N] [--valid TIME]\n"
    "       cmpgate secret disable -c FILE --ref REF\n"
    "       cmpgate secret list -c FILE [--json]\n"
    "\n"
    "Shared secrets for MAC-protected requests. A running gateway sees a change at once.\n"
    "\n"
    "  -c FILE              the configuration\n"
    "  --ref REF            the reference that clients put into senderKID; adding one that exists replaces it\n"
    "  --secret-file FILE   the secret is the first line of FILE (\"-\": standard input); without it one is made\n"
    "                       up and printed, this once\n"
    "  --profile NAME       it may be used for this profile only\n"
    "  --subject CN         certificates must have the subject CN=CN, where the profile binds subjects\n"
    "  --uses N             certificates it may get (default: no limit)\n"
    "  --valid TIME         how long it may be used: 90m, 24h, 7d (default: for ever)\n"
    "\n"
    "example: cmpgate secret add -c cmpgate.conf --ref pump-7 --uses 1 --valid 7d\n"
    "exit status: 0 done, 1 not done, 2 wrong usage\n";

static enum command_next read_options(int argc, char **argv, struct secret_options *o)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "ref", required_argument, NULL, 'r' },
        { "secret-file", required_argument, NULL, 's' }, { "profile", required_argument, NULL, 'p' },
        { "subject", required_argument, NULL, 'd' }, { "uses", required_argument, NULL, 'u' },
        { "valid", required_argument, NULL, 'v' }, { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': o->config = optarg; break;
        case 'r': o->reference = optarg; break;
        case 's': o->file = optarg; break;
        case 'p': o->profile = optarg; break;
        case 'd': o->subject = optarg; break;
        case 'j': o->json = true; break;
        case 'u':
            if (!option_integer(optarg, &o->uses) || o->uses < 1) {
                return command_wrong("secret", "--uses %s: want a number from 1", optarg);
            }
            break;
        case 'v':
            if (!option_seconds(optarg, &o->lifetime) || o->lifetime < 1) {
                return command_wrong("secret", "--valid %s: want a time like 90m, 24h or 7d", optarg);
            }
            break;
        case 'h': return command_help(secret_help);
        case ':': return command_wrong("secret", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("secret", "there is no option %s", argv[optind - 1]);
        }
    }
    return o->config != NULL ? COMMAND_GO : command_wrong("secret", "-c FILE is missing");
}

static int run(const char *verb, const struct secret_options *o)
{
    char why[512] = "";
    struct config *config = config_read(o->config, command_complain, NULL);
    struct store *store = config != NULL ? store_open(config->store, why, sizeof why) : NULL;
    int status = EXIT_FAILURE;

    if (store != NULL) {
        status = strcmp(verb, "add") == 0 ? add(config, store, o)
               : strcmp(verb, "list") == 0 ? list(store, o) : disable(store, o);
    } else if (config != NULL) {
        command_fail("secret", "%s", why);
    }
    store_close(store);
    config_unref(config);
    return status;
}

int command_secret(int argc, char **argv)
{
    struct secret_options o = { .uses = -1 };

    switch (read_options(argc, argv, &o)) {
    case COMMAND_GO:   break;
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
    const char *verb = optind < argc ? argv[optind] : "";
    bool listing = strcmp(verb, "list") == 0;
    if (!listing && strcmp(verb, "add") != 0 && strcmp(verb, "disable") != 0) {
        command_wrong("secret", "want add, disable or list");
        return COMMAND_USAGE;
    }
    if (!listing && (o.reference == NULL || !secret_reference_ok(o.reference))) {
        command_wrong("secret", "--ref REF is missing, or not 1 to %d octets", STORE_ID_MAX);
        return COMMAND_USAGE;
    }
    return run(verb, &o);
}
