/* cmpgate init: a ready gateway in a new directory. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/command/certificate.h"
#include "gateway/command/command.h"
#include "gateway/command/secret.h"
#include "gateway/file.h"
#include "gateway/option.h"

enum { DAY = 24 * 60 * 60, CA_LIFETIME = 3650 * DAY, SIGNER_LIFETIME = 1825 * DAY };

struct init {
    const char *directory, *common_name, *key_type, *http, *tcp, *reference, *secret_file;
    struct arena *arena;
    int64_t now;
    char path[4096];                    /* of path_of() */
    char why[512];
};

static const char *path_of(struct init *in, const char *name)
{
    snprintf(in->path, sizeof in->path, "%s/%s", in->directory, name);
    return in->path;
}

static bool failed(struct init *in, const char *what)
{
    char reason[256];

    snprintf(reason, sizeof reason, "%.250s", in->why);
    snprintf(in->why, sizeof in->why, "%.200s: %s", what, reason);
    return false;
}

/* ---- keys and certificates ------------------------------------------------------------------------- */

static struct crypto_key *make_key(struct init *in, const char *file)
{
    struct crypto_key *key = crypto_key_generate(in->key_type);

    if (key == NULL) {
        snprintf(in->why, sizeof in->why, "a key of type %s cannot be made", in->key_type);
        return NULL;
    }
    if (!crypto_key_save(key, path_of(in, file), in->why, sizeof in->why)) {
        failed(in, in->path);
        crypto_key_free(key);
        return NULL;
    }
    return key;
}

static bool write_certificate(struct init *in, const char *file, struct span der)
{
    struct span pem = der.ptr != NULL ? crypto_pem("CERTIFICATE", der, in->arena) : der;

    if (pem.ptr == NULL) {
        snprintf(in->why, sizeof in->why, "the certificate cannot be made");
        return failed(in, path_of(in, file));
    }
    return file_replace(path_of(in, file), pem, 0644, in->why, sizeof in->why) || failed(in, in->path);
}

static bool make_keys(struct init *in)
{
    char signer_name[300];
    struct crypto_key *ca = make_key(in, "ca.key"), *signer = ca != NULL ? make_key(in, "signer.key") : NULL;
    bool ok = false;

    if (signer != NULL) {
        snprintf(signer_name, sizeof signer_name, "%s - CMP", in->common_name);
        struct span root = certificate_make_ca(ca, in->common_name, in->now, CA_LIFETIME, in->arena);
        ok = write_certificate(in, "ca.pem", root) &&
             write_certificate(in, "signer.pem",
                               certificate_make_signer(signer, signer_name, ca, root, in->now, SIGNER_LIFETIME,
                                                       in->arena));
    }
    crypto_key_free(ca);
    crypto_key_free(signer);
    return ok;
}

/* ---- configuration, store, secret ------------------------------------------------------------------------ */

static const char template[] =
    "# A gateway with an embedded CA, made by cmpgate init.\n"
    "# docs/configuration.md explains every option; 'cmpgate check -c FILE' finds mistakes.\n"
    "\n"
    "modules = { \"http\", %s\"ca\", \"file\" }\n"
    "\n"
    "gateway {\n"
    "    store         = \"cmpgate.db\"\n"
    "    seal-key      = \"seal.key\"      # seals the shared secrets; keep it apart from backups of the store\n"
    "    signer        = \"signer\"        # signs our messages; not the CA's key\n"
    "    trust         = \"ca.pem\"        # certificates under these are \"of this CA\"\n"
    "    crl-directory = \".\"             # demo.crl is kept here\n"
    "}\n"
    "\n"
    "key \"ca\"     { file = \"ca.key\"      certificate = \"ca.pem\" }\n"
    "key \"signer\" { file = \"signer.key\"  certificate = \"signer.pem\" }\n"
    "\n"
    "ca \"demo\" {\n"
    "    key     = \"ca\"\n"
    "    crl-url = { \"http://%s/pki/demo.crl\" }\n"
    "}\n"
    "\n"
    "profile \"default\" {\n"
    "    backend = \"demo\"\n"
    "}\n"
    "\n"
    "http \"http\" {\n"
    "    listen  = \"%s\"\n"
    "    profile = \"default\"\n"
    "}\n"
    "\n"
    "# Requests that are dropped in drop/in/NAME.pki are answered by drop/out/NAME.pki.\n"
    "file \"drop\" {\n"
    "    directory = \"drop\"\n"
    "    profile   = \"default\"\n"
    "}\n";

static const char tcp_template[] =
    "\n"
    "tcp \"tcp\" {\n"
    "    listen  = \"%s\"\n"
    "    profile = \"default\"\n"
    "}\n";

static bool write_config(struct init *in)
{
    char text[sizeof template + sizeof tcp_template + 1024], tcp[sizeof tcp_template + 256] = "";

    int tcp_len = in->tcp != NULL ? snprintf(tcp, sizeof tcp, tcp_template, in->tcp) : 0;
    int len = snprintf(text, sizeof text, template, in->tcp != NULL ? "\"tcp\", " : "", in->http, in->http);
    if (len >= 0 && (size_t)len < sizeof text) {
        len += snprintf(text + len, sizeof text - (size_t)len, "%s", tcp);
    }
    if (len < 0 || (size_t)len >= sizeof text || (size_t)tcp_len >= sizeof tcp) {
        snprintf(in->why, sizeof in->why, "the address is too long");
        return false;
    }
    return file_replace(path_of(in, "cmpgate.conf"), (struct span){ (const uint8_t *)text, (size_t)len }, 0644,
                        in->why, sizeof in->why) || failed(in, in->path);
}

static bool add_secret(struct init *in, const struct crypto_seal *seal, struct store *store, char *shown)
{
    struct secret row = { .uses = -1, .created = in->now };
    struct span value = secret_value(in->secret_file, shown, in->arena, in->why, sizeof in->why);

    if (value.ptr == NULL) {
        return false;
    }
    bool ok = secret_put(store, seal, &row, in->reference, value, in->why, sizeof in->why);
    crypto_wipe((void *)(uintptr_t)value.ptr, value.len);
    return ok;
}

static bool make_store(struct init *in, char *shown)
{
    if (!crypto_seal_create(path_of(in, "seal.key"), in->why, sizeof in->why)) {
        return failed(in, in->path);
    }
    struct crypto_seal *seal = crypto_seal_open(in->path, in->why, sizeof in->why);
    struct store *store = seal != NULL ? store_open(path_of(in, "cmpgate.db"), in->why, sizeof in->why) : NULL;
    bool ok = store != NULL && add_secret(in, seal, store, shown);
    store_close(store);
    crypto_seal_free(seal);
    return ok;
}

static bool make_directory(struct init *in)
{
    if (mkdir(in->directory, 0700) != 0) {
        snprintf(in->why, sizeof in->why, "%s: %s%s", in->directory, strerror(errno),
                 errno == EEXIST ? ": init never touches what is there" : "");
        return false;
    }
    return true;
}

/* The gateway makes what is missing, but whoever wants to drop a file may come first. */
static bool make_drop(struct init *in)
{
    static const struct { const char *name; mode_t mode; } directories[] = {
        { "drop", 0755 }, { "drop/in", 0755 }, { "drop/out", 0755 }, { "drop/work", 0700 }, { "drop/failed", 0700 } };

    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        if (mkdir(path_of(in, directories[i].name), directories[i].mode) != 0) {
            snprintf(in->why, sizeof in->why, "%.200s: %s", in->path, strerror(errno));
            return false;
        }
    }
    return true;
}

static int init(struct init *in)
{
    char shown[SECRET_TEXT] = "";

    in->now = time(NULL);
    in->arena = arena_new();
    bool ok = in->arena != NULL && make_directory(in) && make_drop(in) && make_keys(in) && make_store(in, shown) && write_config(in);
    arena_free(in->arena);
    if (!ok) {
        return command_fail("init", "%s", in->why);
    }
    printf("gateway    %s/cmpgate.conf\n", in->directory);
    printf("CA         %s/ca.pem (\"%s\", the anchor for clients)\n", in->directory, in->common_name);
    printf("serves     http://%s/.well-known/cmp\n", in->http);
    if (in->tcp != NULL) {
        printf("           tcp://%s\n", in->tcp);
    }
    printf("           file:%s/drop\n", in->directory);
    printf("reference  %s\n", in->reference);
    printf("secret     %s\n", shown[0] != '\0' ? shown : "(as in the file)");
    printf("\nstart it:  cmpgate serve -c %s/cmpgate.conf\n", in->directory);
    crypto_wipe(shown, sizeof shown);
    return EXIT_SUCCESS;
}

/* ---- the command line ------------------------------------------------------------------------------------- */

static const char init_help[] =
    "usage: cmpgate init DIR [OPTION…]\n"
    "\n"
    "Makes a ready gateway in the new directory DIR: a configuration, a CA with its key, a key that signs\n"
    "CMP messages, an empty store, one shared secret, which is printed once and kept sealed, and a directory\n"
    "drop for messages in files.\n"
    "\n"
    "  --cn NAME            commonName of the CA (default \"cmpgate demo CA\")\n"
    "  --key-type TYPE      ecdsa-p256 (default), ecdsa-p384, rsa-2048, rsa-3072, rsa-4096 or ed25519\n"
    "  --http ADDR:PORT     where to listen (default 127.0.0.1:8080)\n"
    "  --tcp ADDR:PORT      also listen for CMP over TCP there (its port is 829)\n"
    "  --ref REF            reference of the shared secret (default \"device\")\n"
    "  --secret-file FILE   the secret is the first line of FILE; without it one is made up and printed\n"
    "\n"
    "example: cmpgate init demo --cn \"Plant 7 CA\" --key-type ecdsa-p384\n"
    "exit status: 0 made, 1 not made (DIR may be left incomplete), 2 wrong usage\n";

static bool known_key_type(const char *type)
{
    static const char *const types[] = { "ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i], type) == 0) {
            return true;
        }
    }
    return false;
}

/* What goes into the configuration file between quotes must not be able to end them. */
static bool plain(const char *text)
{
    return strpbrk(text, "\"\\\n\r$") == NULL && text[0] != '\0';
}

static enum command_next checked(const struct init *in)
{
    if (in->directory == NULL) {
        return command_wrong("init", "DIR is missing");
    }
    if (!known_key_type(in->key_type)) {
        return command_wrong("init", "--key-type %s: not one of the types", in->key_type);
    }
    if (!option_address(in->http) || !plain(in->http)) {
        return command_wrong("init", "--http %s: want ADDR:PORT", in->http);
    }
    if (in->tcp != NULL && (!option_address(in->tcp) || !plain(in->tcp))) {
        return command_wrong("init", "--tcp %s: want ADDR:PORT", in->tcp);
    }
    if (in->common_name[0] == '\0' || strlen(in->common_name) > 64) {
        return command_wrong("init", "--cn: want 1 to 64 octets");
    }
    if (!secret_reference_ok(in->reference)) {
        return command_wrong("init", "--ref: want 1 to %d octets", STORE_ID_MAX);
    }
    return COMMAND_GO;
}

static enum command_next read_options(int argc, char **argv, struct init *in)
{
    static const struct option longs[] = {
        { "cn", required_argument, NULL, 'n' }, { "key-type", required_argument, NULL, 'k' },
        { "http", required_argument, NULL, 'a' }, { "tcp", required_argument, NULL, 't' },
        { "ref", required_argument, NULL, 'r' },
        { "secret-file", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'n': in->common_name = optarg; break;
        case 'k': in->key_type = optarg; break;
        case 'a': in->http = optarg; break;
        case 't': in->tcp = optarg; break;
        case 'r': in->reference = optarg; break;
        case 's': in->secret_file = optarg; break;
        case 'h': return command_help(init_help);
        case ':': return command_wrong("init", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("init", "there is no option %s", argv[optind - 1]);
        }
    }
    if (optind + 1 < argc) {
        return command_wrong("init", "'%s' is one argument too many", argv[optind + 1]);
    }
    in->directory = argv[optind];
    return checked(in);
}

int command_init(int argc, char **argv)
{
    struct init in = {
        .common_name = "cmpgate demo CA", .key_type = "ecdsa-p256", .http = "127.0.0.1:8080", .reference = "device"
    };

    switch (read_options(argc, argv, &in)) {
    case COMMAND_GO:   return init(&in);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}
