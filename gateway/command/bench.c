/* cmpgate bench: real enrolments against a CMP server, and how long they take. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/command/bench_crypto.h"
#include "gateway/command/bench_report.h"
#include "gateway/command/command.h"
#include "gateway/command/secret.h"
#include "gateway/log.h"

enum {
    CONNECTIONS_MAX = 1024, REQUESTS_MAX = 10000000, SECONDS_MAX = 86400, KEYS_MAX = 65536,
    KEYS = 1024, KEYS_RSA = 32,         /* made beforehand when nothing is said; then used in turn */
    TIMEOUT = 30 * 1000                 /* ms for one exchange */
};

struct options {
    const char *url, *reference, *secret_file, *certificate, *key, *trusted, *key_type;
    long connections, requests, seconds, keys;
    bool implicit, any_certificate, crypto, json;
};

struct bench {
    const struct options *options;
    struct bench_url url;
    struct bench_party party;
    struct arena *arena;                /* what the party borrows */
    struct crypto_key *signer, **keys;
    struct crypto_anchors *anchors;
    size_t key_count;
    uint32_t run;                       /* in the subjects, so that two runs are told apart */
    double deadline;                    /* with --seconds; otherwise 0 */
    atomic_long begun, ended;
};

struct connection {
    struct bench *bench;
    pthread_t thread;
    struct bench_tally tally;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- one connection: a thread of its own ------------------------------------------------------------------ */

static void enrol_next(struct connection *c, struct bench_http *http, struct arena *arena, long number)
{
    struct bench *b = c->bench;
    struct bench_times times;
    char kind[BENCH_KIND] = "", name[48];

    snprintf(name, sizeof name, "bench-%08x-%ld", (unsigned)b->run, number);
    if (bench_enrol(&b->party, http, b->keys[(size_t)number % b->key_count], name, arena, &times, kind)) {
        bench_tally_add(&c->tally, &times);
    } else {
        bench_tally_error(&c->tally, kind, 1);
    }
    atomic_fetch_add(&b->ended, 1);
}

static void *connection_run(void *context)
{
    struct connection *c = context;
    struct bench *b = c->bench;
    struct arena *arena = arena_new();
    struct bench_http http = { .fd = -1 };
    long number;

    if (arena == NULL || !bench_http_open(&http, &b->url, TIMEOUT)) {
        bench_tally_error(&c->tally, "out of memory", 1);
        goto out;
    }
    while ((b->deadline == 0 || now() < b->deadline) &&
           (number = atomic_fetch_add(&b->begun, 1)) < b->options->requests) {
        enrol_next(c, &http, arena, number);
    }
out:
    bench_http_close(&http);
    arena_free(arena);
    return NULL;
}

/* ---- all of them -------------------------------------------------------------------------------------------- */

/* Until the last enrolment has ended; it ends, as every exchange has a deadline. */
static void show_progress(struct bench *b, atomic_bool *over)
{
    const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
    double began = now();

    while (!atomic_load(over)) {
        nanosleep(&pause, NULL);
        long ended = atomic_load(&b->ended);
        fprintf(stderr, "\r%ld ended, %.0f/s \033[K", ended, (double)ended / (now() - began));
    }
    fprintf(stderr, "\r\033[K");
}

struct progress {
    struct bench *bench;
    atomic_bool over;
};

static void *progress_run(void *context)
{
    struct progress *p = context;

    show_progress(p->bench, &p->over);
    return NULL;
}

static size_t start_connections(struct bench *b, struct connection *all, size_t count)
{
    size_t started = 0;

    while (started < count) {
        all[started].bench = b;
        if (pthread_create(&all[started].thread, NULL, connection_run, &all[started]) != 0) {
            break;
        }
        started++;
    }
    return started;
}

static double run_connections(struct bench *b, struct connection *all, size_t count, struct bench_tally *total)
{
    struct progress progress = { .bench = b };
    pthread_t thread;
    double began = now();

    b->deadline = b->options->seconds > 0 ? began + (double)b->options->seconds : 0;
    bool shown = isatty(STDERR_FILENO) && pthread_create(&thread, NULL, progress_run, &progress) == 0;
    size_t started = start_connections(b, all, count);
    if (started < count) {
        bench_tally_error(total, "no thread", count - started);
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(all[i].thread, NULL);
    }
    double took = now() - began;
    atomic_store(&progress.over, true);
    if (shown) {
        pthread_join(thread, NULL);
    }
    return took;
}

static int measure(struct bench *b)
{
    size_t count = (size_t)b->options->connections;
    struct connection *all = calloc(count, sizeof *all);
    struct bench_tally total = { .count = 0 };

    if (all == NULL) {
        return command_fail("bench", "out of memory");
    }
    signal(SIGPIPE, SIG_IGN);
    double took = run_connections(b, all, count, &total);
    for (size_t i = 0; i < count; i++) {
        bench_tally_merge(&total, &all[i].tally);
        bench_tally_free(&all[i].tally);
    }
    bench_report(&total, (unsigned)count, took, b->options->json);
    int status = total.errors == 0 && total.count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    bench_tally_free(&total);
    free(all);
    return status;
}

/* ---- what it takes ------------------------------------------------------------------------------------------- */

static bool load_secret(struct bench *b, char *why, size_t size)
{
    char shown[SECRET_TEXT];

    b->party.reference = span_str(b->options->reference);
    b->party.secret = secret_value(b->options->secret_file, shown, b->arena, why, size);
    return b->party.secret.ptr != NULL;
}

static bool load_signer(struct bench *b, char *why, size_t size)
{
    struct span *certificates;
    size_t count;

    b->signer = crypto_key_load(b->options->key, why, size);
    if (b->signer == NULL ||
        !crypto_pem_certificates(b->options->certificate, b->arena, &certificates, &count, why, size)) {
        return false;
    }
    b->party.key = b->signer;
    snprintf(why, size, "%.200s: a certificate with a subjectKeyIdentifier is needed", b->options->certificate);
    return bench_party_certificate(&b->party, certificates[0], b->arena);
}

static bool load_anchors(struct bench *b, char *why, size_t size)
{
    struct span *certificates;
    size_t count;

    if (b->options->trusted == NULL) {
        return true;
    }
    if (!crypto_pem_certificates(b->options->trusted, b->arena, &certificates, &count, why, size)) {
        return false;
    }
    b->party.signer = certificates[0];
    b->anchors = crypto_anchors_load(b->options->trusted, why, size);
    b->party.anchors = b->anchors;
    return b->anchors != NULL;
}

static bool make_keys(struct bench *b, char *why, size_t size)
{
    const struct options *o = b->options;
    long usual = strncmp(o->key_type, "rsa", 3) == 0 ? KEYS_RSA : KEYS;
    long want = o->keys > 0 ? o->keys : o->requests < usual ? o->requests : usual;

    b->keys = calloc((size_t)want, sizeof *b->keys);
    for (; b->keys != NULL && b->key_count < (size_t)want; b->key_count++) {
        b->keys[b->key_count] = crypto_key_generate(o->key_type);
        if (b->keys[b->key_count] == NULL) {
            break;
        }
    }
    snprintf(why, size, "no key of the type %s", o->key_type);
    return b->key_count == (size_t)want;
}

static void bench_free(struct bench *b)
{
    for (size_t i = 0; i < b->key_count; i++) {
        crypto_key_free(b->keys[i]);
    }
    free(b->keys);
    crypto_key_free(b->signer);
    crypto_anchors_free(b->anchors);
    if (b->party.secret.ptr != NULL) {
        crypto_wipe((void *)(uintptr_t)b->party.secret.ptr, b->party.secret.len);
    }
    arena_free(b->arena);
}

static int bench_run(const struct options *o)
{
    struct bench b = { .options = o, .arena = arena_new() };
    char why[512] = "out of memory";
    int status;

    b.party.implicit = o->implicit;
    b.party.any_certificate = o->any_certificate;
    crypto_random(&b.run, sizeof b.run);
    if (!bench_url_read(o->url, &b.url)) {
        command_wrong("bench", "%s: want a URL like http://HOST[:PORT]/PATH or tcp://HOST[:PORT]", o->url);
        status = COMMAND_USAGE;
    } else if (b.arena != NULL && (o->reference == NULL || load_secret(&b, why, sizeof why)) &&
               (o->key == NULL || load_signer(&b, why, sizeof why)) && load_anchors(&b, why, sizeof why) &&
               make_keys(&b, why, sizeof why)) {
        status = measure(&b);
    } else {
        status = command_fail("bench", "%s", why);
    }
    bench_free(&b);
    return status;
}

static int crypto_run(const struct options *o)
{
    struct crypto_key *key = crypto_key_generate(o->key_type);
    bool ok = key != NULL && bench_crypto(key, o->implicit, o->json);

    crypto_key_free(key);
    return ok ? EXIT_SUCCESS : command_fail("bench", "the cryptographic library fails");
}

/* ---- the command line ---------------------------------------------------------------------------------------- */

static const char bench_help[] =
    "usage: cmpgate bench URL (--ref REF --secret-file FILE | --cert PEM --key KEY --trusted PEM) [OPTION...]\n"
    "       cmpgate bench --crypto [--key-type TYPE] [--implicit] [--json]\n"
    "\n"
    "Enrols certificates at http://HOST[:PORT]/PATH, tcp://HOST[:PORT] (version 10) or tcp+rfc2510://HOST[:PORT]\n"
    "over kept-alive connections: under a secret each for a subject of\n"
    "its own, with --cert for the subject of that.  Verifies every answer, and prints throughput, times and errors.\n"
    "They are real enrolments.\n"
    "\n"
    "  --ref REF             enrol under the shared secret with this reference ...\n"
    "  --secret-file FILE    ... which is the first line of FILE\n"
    "  --cert PEM            or sign with this certificate ...\n"
    "  --key KEY             ... and its private key\n"
    "  --trusted PEM         certificates to trust answers by; needed where they are signed; the first is taken for\n"
    "                        the signer of those that bring no certificate\n"
    "  --connections N       how many enrol at the same time, each over its own connection (1)\n"
    "  --requests N          enrolments in all (100)\n"
    "  --seconds S           for so long, instead of a number\n"
    "  --key-type TYPE       ecdsa-p256 (default), ed25519 or rsa-2048\n"
    "  --keys N              keys made beforehand, used in turn (a key for each enrolment, at most 1024; RSA: 32)\n"
    "  --implicit            ask for implicit confirmation; --explicit (default): confirm with certConf\n"
    "  --any-certificate     do not mind for which key the certificate is, as of a test server that has only one\n"
    "  --crypto              no server: the CPU time of the cryptography alone\n"
    "  --json                the same figures for programs\n"
    "\n"
    "example: cmpgate bench http://127.0.0.1:8080/.well-known/cmp --ref device --secret-file secret --connections 8\n"
    "exit status: 0 all enrolments worked, 1 some did not, 2 wrong usage\n";

enum {
    OPT_REF = 256, OPT_SECRET, OPT_CERT, OPT_KEY, OPT_TRUSTED, OPT_CONNECTIONS, OPT_REQUESTS, OPT_SECONDS, OPT_TYPE,
    OPT_KEYS, OPT_IMPLICIT, OPT_EXPLICIT, OPT_ANY, OPT_CRYPTO, OPT_JSON
};

static bool read_number(const char *text, long most, long *out)
{
    char *end;

    *out = strtol(text, &end, 10);
    return end != text && *end == '\0' && *out >= 1 && *out <= most;
}

static bool is_key_type(const char *type)
{
    return strcmp(type, "ecdsa-p256") == 0 || strcmp(type, "ed25519") == 0 || strcmp(type, "rsa-2048") == 0;
}

/* False when the value does not fit. */
static bool set_option(struct options *o, int option)
{
    switch (option) {
    case OPT_REF:         o->reference = optarg; return secret_reference_ok(optarg);
    case OPT_SECRET:      o->secret_file = optarg; return true;
    case OPT_CERT:        o->certificate = optarg; return true;
    case OPT_KEY:         o->key = optarg; return true;
    case OPT_TRUSTED:     o->trusted = optarg; return true;
    case OPT_CONNECTIONS: return read_number(optarg, CONNECTIONS_MAX, &o->connections);
    case OPT_REQUESTS:    return read_number(optarg, REQUESTS_MAX, &o->requests);
    case OPT_SECONDS:     return read_number(optarg, SECONDS_MAX, &o->seconds);
    case OPT_TYPE:        o->key_type = optarg; return is_key_type(optarg);
    case OPT_KEYS:        return read_number(optarg, KEYS_MAX, &o->keys);
    case OPT_IMPLICIT:    o->implicit = true; return true;
    case OPT_EXPLICIT:    o->implicit = false; return true;
    case OPT_ANY:         o->any_certificate = true; return true;
    case OPT_CRYPTO:      o->crypto = true; return true;
    case OPT_JSON:        o->json = true; return true;
    default:              return false;
    }
}

static enum command_next check_options(int argc, char **argv, struct options *o)
{
    bool by_secret = o->reference != NULL && o->secret_file != NULL;
    bool by_key = o->certificate != NULL && o->key != NULL && o->trusted != NULL;

    if (argc - optind > (o->crypto ? 0 : 1)) {
        return command_wrong("bench", "'%s' is one argument too many", argv[optind + (o->crypto ? 0 : 1)]);
    }
    if (!o->crypto && argc == optind) {
        return command_wrong("bench", "URL is missing");
    }
    if (!o->crypto && (by_secret == by_key || (by_secret && (o->key != NULL || o->certificate != NULL)) ||
                       (by_key && (o->reference != NULL || o->secret_file != NULL)))) {
        return command_wrong("bench", "want --ref with --secret-file, or --cert with --key and --trusted");
    }
    if (o->requests > 0 && o->seconds > 0) {
        return command_wrong("bench", "want --requests or --seconds, not both");
    }
    o->url = argv[optind];
    o->requests = o->requests > 0 ? o->requests : o->seconds > 0 ? REQUESTS_MAX : 100;
    return COMMAND_GO;
}

static enum command_next read_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        { "ref", required_argument, NULL, OPT_REF }, { "secret-file", required_argument, NULL, OPT_SECRET },
        { "cert", required_argument, NULL, OPT_CERT }, { "key", required_argument, NULL, OPT_KEY },
        { "trusted", required_argument, NULL, OPT_TRUSTED },
        { "connections", required_argument, NULL, OPT_CONNECTIONS },
        { "requests", required_argument, NULL, OPT_REQUESTS }, { "seconds", required_argument, NULL, OPT_SECONDS },
        { "key-type", required_argument, NULL, OPT_TYPE }, { "keys", required_argument, NULL, OPT_KEYS },
        { "implicit", no_argument, NULL, OPT_IMPLICIT }, { "explicit", no_argument, NULL, OPT_EXPLICIT },
        { "any-certificate", no_argument, NULL, OPT_ANY }, { "crypto", no_argument, NULL, OPT_CRYPTO },
        { "json", no_argument, NULL, OPT_JSON }, { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1; ) {
        if (c == 'h') {
            return command_help(bench_help);
        }
        if (c == ':') {
            return command_wrong("bench", "%s needs a value", argv[optind - 1]);
        }
        if (c == '?') {
            return command_wrong("bench", "there is no option %s", argv[optind - 1]);
        }
        if (!set_option(o, c)) {
            return command_wrong("bench", "%s is no value for this option", optarg);
        }
    }
    return check_options(argc, argv, o);
}

int command_bench(int argc, char **argv)
{
    struct options o = { .connections = 1, .key_type = "ecdsa-p256" };

    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, &o)) {
    case COMMAND_GO:   return o.crypto ? crypto_run(&o) : bench_run(&o);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}
