/* cmpgate ca roll: the next key of a root CA, and the three certificates that carry trust over to it (RFC 9810 4.4). */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/command/certificate.h"
#include "gateway/command/command.h"
#include "gateway/file.h"
#include "gateway/log.h"

enum { DAY = 24 * 60 * 60, MOST_DAYS = 36500 };

struct roll {
    const char *config_file, *key_name, *key_type, *directory;
    int64_t days, now;
    struct config *config;
    const struct config_key *old;
    struct crypto_key *next;
    struct arena *arena;
    char why[512];
};

/* ---- which ------------------------------------------------------------------------------------------------- */

/* A self-signed certificate of a CA: what clients have as their anchor. */
static bool is_root(const struct config_key *key, struct arena *arena)
{
    struct asn1_error err;
    struct Certificate *c = Certificate_decode(key->certificate, arena, &err);
    const struct BasicConstraints *basic =
        c != NULL ? Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_basicConstraints) : NULL;

    return basic != NULL && asn1_true(basic->cA) &&
           span_eq(c->tbsCertificate->issuer->der, c->tbsCertificate->subject->der);
}

static bool find_old(struct roll *r)
{
    for (size_t i = 0; i < r->config->key_count; i++) {
        const struct config_key *key = &r->config->keys[i];
        bool meant = r->key_name == NULL || strcmp(r->key_name, key->name) == 0;
        if (!meant || !is_root(key, r->arena)) {
            continue;
        }
        if (r->old != NULL) {
            snprintf(r->why, sizeof r->why, "several keys are those of root CAs: want --key NAME");
            return false;
        }
        r->old = key;
    }
    if (r->old == NULL) {
        snprintf(r->why, sizeof r->why, r->key_name != NULL ? "there is no key \"%.64s\" of a root CA"
                 : "there is no key of a root CA%.0s", r->key_name != NULL ? r->key_name : "");
    }
    return r->old != NULL;
}

/* ---- making them -------------------------------------------------------------------------------------------- */

static bool write_file(struct roll *r, const char *name, struct span bytes)
{
    char path[4096], reason[256] = "out of memory";

    if (snprintf(path, sizeof path, "%s/%s", r->directory, name) >= (int)sizeof path || bytes.ptr == NULL ||
        !file_replace(path, bytes, 0644, reason, sizeof reason)) {
        snprintf(r->why, sizeof r->why, "%.200s/%s: %.200s", r->directory, name, reason);
        return false;
    }
    return true;
}

static bool make_key(struct roll *r)
{
    char path[4096], reason[256] = "the path is too long";

    if (mkdir(r->directory, 0700) != 0 && errno != EEXIST) {
        snprintf(r->why, sizeof r->why, "%.200s: %s", r->directory, strerror(errno));
        return false;
    }
    r->next = crypto_key_generate(r->key_type);
    if (r->next == NULL) {
        snprintf(r->why, sizeof r->why, "a key of type %.64s cannot be made", r->key_type);
        return false;
    }
    if (snprintf(path, sizeof path, "%s/ca.key", r->directory) >= (int)sizeof path ||
        !crypto_key_save(r->next, path, reason, sizeof reason)) {
        snprintf(r->why, sizeof r->why, "%.200s/ca.key: %.200s", r->directory, reason);
        return false;
    }
    return true;
}

static struct span join(struct roll *r, const struct span *ders, size_t count)
{
    uint8_t *all = NULL;
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        struct span pem = ders[i].ptr != NULL ? crypto_pem("CERTIFICATE", ders[i], r->arena) : ders[i];
        uint8_t *more = pem.ptr != NULL ? arena_alloc(r->arena, len + pem.len) : NULL;
        if (more == NULL) {
            return (struct span){ NULL, 0 };
        }
        if (len > 0) {
            memcpy(more, all, len);
        }
        memcpy(more + len, pem.ptr, pem.len);
        all = more;
        len += pem.len;
    }
    return (struct span){ all, len };
}

/* RFC 9810 4.4.1: the old key certified by the new one for as long as the old certificate says; the new key by the old
 * one until the last client that trusts the old root must have heard of it, which is then as well. */
static bool make_certificates(struct roll *r)
{
    struct asn1_error err;
    struct Certificate *old = Certificate_decode(r->old->certificate, r->arena, &err);
    int64_t from = 0, to = 0, start = r->now - 60;

    if (old == NULL || !Time_to_unix(old->tbsCertificate->validity->notBefore, &from) ||
        !Time_to_unix(old->tbsCertificate->validity->notAfter, &to) || to <= r->now) {
        snprintf(r->why, sizeof r->why, "the certificate of key \"%.64s\" has expired: nobody can be carried over any "
                 "more", r->old->name);
        return false;
    }
    struct span name = r->old->name_der;
    struct span three[] = {
        certificate_make_root(r->next, name, r->next, start, r->now + r->days * DAY, r->arena),
        certificate_make_root(r->next, name, r->old->key, start, to, r->arena),
        certificate_make_root(r->old->key, name, r->next, from, to, r->arena),
    };
    return write_file(r, "ca.pem", join(r, three, 1)) && write_file(r, "root-updates.pem", join(r, three, 3));
}

static int run(struct roll *r)
{
    r->config = config_read(r->config_file, command_complain, NULL);
    r->arena = arena_new();
    bool ok = r->config != NULL && r->arena != NULL && find_old(r) && make_key(r) && make_certificates(r);

    if (ok) {
        printf("%s/ca.key            the next key of \"%s\"\n"
               "%s/ca.pem            its self-signed certificate\n"
               "%s/root-updates.pem  newWithNew, newWithOld, oldWithNew\n"
               "\n"
               "1. Add ca.pem to the file that 'trust' names, and root-updates = \"…/root-updates.pem\" to the section\n"
               "   gateway; reload.  Clients that ask with rootCaCert are told of it.\n"
               "2. When they have the new root, let key \"%s\" name the new files, make a new certificate for the signer\n"
               "   under it, and restart.  What the old key has signed stays good until it expires.\n",
               r->directory, r->old->name, r->directory, r->directory, r->old->name);
    } else if (r->config != NULL) {
        command_fail("ca roll", "%s", r->why);
    }
    crypto_key_free(r->next);
    arena_free(r->arena);
    config_unref(r->config);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the command line ----------------------------------------------------------------------------------------- */

static const char roll_help[] =
    "usage: cmpgate ca roll -c FILE [--key NAME] [--key-type TYPE] [--days N] DIR\n"
    "\n"
    "Makes the next key of a root CA in the directory DIR, and what carries trust over to it: the new root, the new key\n"
    "certified by the old one, the old key certified by the new one (RFC 9810, 4.4).  The configuration stays as it is.\n"
    "\n"
    "  -c FILE          the configuration\n"
    "  --key NAME       the key section of the root, where there are several\n"
    "  --key-type TYPE  ecdsa-p256 (default), ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072, rsa-4096 or ed25519\n"
    "  --days N         how long the new root is valid; default 3650\n"
    "  DIR              made when absent; a ca.key in it is never overwritten\n"
    "\n"
    "example: cmpgate ca roll -c cmpgate.conf next\n"
    "exit status: 0 made, 1 not made, 2 wrong usage\n";

static bool read_days(const char *text, int64_t *days)
{
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    *days = value;
    return errno == 0 && end != text && *end == '\0' && value > 0 && value <= MOST_DAYS;
}

static enum command_next checked(const struct roll *r, int argc)
{
    if (argc - optind > 1) {
        return command_wrong("ca roll", "there is one argument too many");
    }
    if (r->config_file == NULL) {
        return command_wrong("ca roll", "-c FILE is missing");
    }
    return r->directory != NULL ? COMMAND_GO : command_wrong("ca roll", "DIR is missing");
}

static enum command_next read_options(int argc, char **argv, struct roll *r)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "key", required_argument, NULL, 'k' },
        { "key-type", required_argument, NULL, 't' }, { "days", required_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' }, { 0 }
    };

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': r->config_file = optarg; break;
        case 'k': r->key_name = optarg; break;
        case 't': r->key_type = optarg; break;
        case 'd':
            if (!read_days(optarg, &r->days)) {
                return command_wrong("ca roll", "--days %s: want 1 to %d", optarg, MOST_DAYS);
            }
            break;
        case 'h': return command_help(roll_help);
        case ':': return command_wrong("ca roll", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("ca roll", "there is no option %s", argv[optind - 1]);
        }
    }
    r->directory = argv[optind];
    return checked(r, argc);
}

int command_ca(int argc, char **argv)
{
    struct roll r = { .key_type = "ecdsa-p256", .days = 3650, .now = time(NULL) };

    log_setup(false, CMPGATE_WARN);
    if (argc < 2 || strcmp(argv[1], "roll") != 0) {
        if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
            command_help(roll_help);
            return EXIT_SUCCESS;
        }
        command_wrong("ca", "want 'ca roll'");
        return COMMAND_USAGE;
    }
    switch (read_options(argc - 1, argv + 1, &r)) {
    case COMMAND_GO:   return run(&r);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}
