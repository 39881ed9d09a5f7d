/* cmpgate revoke: an operator takes back a certificate. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/command/command.h"
#include "gateway/command/crl.h"
#include "gateway/command/document.h"
#include "gateway/inventory.h"
#include "gateway/log.h"
#include "gateway/option.h"

/* CRLReason (RFC 5280, 5.3.1); removeFromCRL is not a reason to give but what --unhold does. */
enum { REASON_HOLD = 6, REASONS = 11 };
static const char *const reasons[REASONS] = {
    "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
    "certificateHold", "", "", "privilegeWithdrawn", "aACompromise"
};

struct revoke {
    const char *config_file, *serial, *file;
    uint32_t reason;
    bool unhold;
    struct config *config;
    struct store *store;
    struct arena *arena;
    char why[512];
};

/* ---- finding it ------------------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* INTEGER contents of a serial number as people have it: "65A0…", "0x65a0…", "65:a0:…", "serial=65A0…". */
static struct span parse_serial(const char *text, struct arena *arena)
{
    enum { MOST = 64 };
    uint8_t octets[MOST] = { 0 };
    size_t digits = 0;

    text += strncmp(text, "serial=", 7) == 0 ? 7 : 0;
    text += strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0 ? 2 : 0;
    size_t all = strspn(text, "0123456789abcdefABCDEF:");
    size_t colons = 0;
    for (size_t i = 0; i < all; i++) {
        colons += text[i] == ':';
    }
    if (text[all] != '\0' || all == colons || all - colons > 2 * (size_t)MOST) {
        return (struct span){ NULL, 0 };
    }
    /* An odd number of digits: the first octet has but one. */
    digits = (all - colons) % 2;
    for (size_t i = 0; i < all; i++) {
        if (text[i] != ':') {
            octets[digits / 2] = (uint8_t)(octets[digits / 2] << 4 | hex_digit(text[i]));
            digits++;
        }
    }
    return asn1_put_unsigned(arena, (struct span){ octets, digits / 2 });
}

static struct certificate *by_serial(struct revoke *r)
{
    struct span serial = parse_serial(r->serial, r->arena);
    struct certificate *found = NULL;
    struct asn1_error err;

    if (serial.ptr == NULL) {
        snprintf(r->why, sizeof r->why, "--serial %.100s: want hex digits", r->serial);
        return NULL;
    }
    snprintf(r->why, sizeof r->why, "no certificate of ours has the serial number %.140s", r->serial);
    for (size_t i = 0; i < r->config->ca_certificate_count && found == NULL; i++) {
        struct Certificate *ca = Certificate_decode(r->config->ca_certificates[i], r->arena, &err);
        if (ca != NULL &&
            !store_certificate_by_serial(r->store, ca->tbsCertificate->subject->der, serial, r->arena, &found)) {
            snprintf(r->why, sizeof r->why, "%s", store_why(r->store));
        }
    }
    return found;
}

static struct certificate *by_file(struct revoke *r)
{
    char why[DOCUMENT_WHY];
    struct span der = document_bytes(r->file, r->arena, why);
    struct certificate *found = NULL;
    uint8_t fingerprint[STORE_DIGEST];

    if (der.ptr == NULL) {
        snprintf(r->why, sizeof r->why, "%.200s: %s", r->file, why);
        return NULL;
    }
    crypto_sha256(der, fingerprint);
    snprintf(r->why, sizeof r->why, "%.200s: not a certificate that was issued here", r->file);
    if (!store_certificate(r->store, fingerprint, r->arena, &found)) {
        snprintf(r->why, sizeof r->why, "%s", store_why(r->store));
    }
    return found;
}

/* ---- doing it ---------------------------------------------------------------------------------------------- */

static bool admissible(struct revoke *r, const struct certificate *c)
{
    bool held = c->revoked_at != 0 && c->reason == REASON_HOLD;

    if (r->unhold && !held) {
        snprintf(r->why, sizeof r->why, "it is not on hold%s", c->revoked_at != 0 ? ", but revoked for good" : "");
        return false;
    }
    if (!r->unhold && c->revoked_at != 0 && (!held || r->reason == REASON_HOLD)) {
        snprintf(r->why, sizeof r->why, held ? "it is on hold already" : "it is revoked already");
        return false;
    }
    return true;
}

static bool apply(struct revoke *r, const struct certificate *c)
{
    struct change *change = change_new();
    struct revocation revocation = { .at = time(NULL), .reason = r->reason };

    if (change == NULL) {
        snprintf(r->why, sizeof r->why, "out of memory");
        return false;
    }
    memcpy(revocation.fingerprint, c->fingerprint, sizeof revocation.fingerprint);
    if (r->unhold) {
        change->unrevoke = c->fingerprint;
    } else {
        change->revocation = &revocation;
    }
    enum commit_result result = store_apply(r->store, change);
    if (result != COMMIT_DONE) {
        snprintf(r->why, sizeof r->why, "%s", store_why(r->store));
    }
    change_free(change);
    return result == COMMIT_DONE;
}

/* The revocation stands whether or not this works: a running gateway makes the CRL too, and the next one that
 * starts will. */
static void publish(struct revoke *r, const struct certificate *c)
{
    const struct config_backend *backend = crl_backend(r->config, c->issuer);

    if (backend == NULL) {
        fputs("no backend signs CRLs for its issuer\n", stderr);
    } else if (!crl_issue(r->config, backend, r->store, NULL, r->why, sizeof r->why)) {
        fprintf(stderr, "no CRL made here: %s\n", r->why);
    }
}

static bool revoke(struct revoke *r)
{
    char text[512];
    struct certificate *c = r->serial != NULL ? by_serial(r) : by_file(r);

    if (c == NULL || !admissible(r, c) || !apply(r, c)) {
        return false;
    }
    inventory_text(c, text, sizeof text);
    printf("%s: %s%s\n", text, r->unhold ? "good again" : "revoked, ", r->unhold ? "" : reasons[r->reason]);
    fflush(stdout);
    publish(r, c);
    return true;
}

static int run(struct revoke *r)
{
    r->config = config_read(r->config_file, command_complain, NULL);
    r->store = r->config != NULL ? store_open(r->config->store, r->why, sizeof r->why) : NULL;
    r->arena = arena_new();
    bool ok = r->store != NULL && r->arena != NULL && revoke(r);
    if (!ok && r->config != NULL) {
        command_fail("revoke", "%s", r->why);
    }
    arena_free(r->arena);
    store_close(r->store);
    config_unref(r->config);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the command line ---------------------------------------------------------------------------------------- */

static const char revoke_help[] =
    "usage: cmpgate revoke -c FILE (--serial HEX | --cert CERT) [--reason REASON | --unhold]\n"
    "\n"
    "Revokes a certificate that was issued here, and signs a new CRL.  A running gateway sees it within a second.\n"
    "\n"
    "  -c FILE           the configuration\n"
    "  --serial HEX      its serial number, as 'openssl x509 -serial' prints it\n"
    "  --cert CERT       or the certificate itself, PEM or DER\n"
    "  --reason REASON   unspecified (default), keyCompromise, cACompromise, affiliationChanged, superseded,\n"
    "                    cessationOfOperation, certificateHold, privilegeWithdrawn or aACompromise\n"
    "  --unhold          lifts a certificateHold instead\n"
    "\n"
    "example: cmpgate revoke -c cmpgate.conf --cert pump-7.pem --reason keyCompromise\n"
    "exit status: 0 done, 1 not done, 2 wrong usage\n";

static enum command_next read_reason(const char *word, uint32_t *reason)
{
    for (uint32_t i = 0; i < REASONS; i++) {
        if (reasons[i][0] != '\0' && strcmp(reasons[i], word) == 0) {
            *reason = i;
            return COMMAND_GO;
        }
    }
    const char *nearest = option_nearest(word, reasons, REASONS);
    return nearest != NULL && nearest[0] != '\0'
        ? command_wrong("revoke", "--reason %s: did you mean '%s'?", word, nearest)
        : command_wrong("revoke", "--reason %s: no such reason", word);
}

static enum command_next checked(const struct revoke *r, bool reason_given)
{
    if (r->config_file == NULL) {
        return command_wrong("revoke", "-c FILE is missing");
    }
    if ((r->serial != NULL) == (r->file != NULL)) {
        return command_wrong("revoke", "want either --serial HEX or --cert CERT");
    }
    if (r->unhold && reason_given) {
        return command_wrong("revoke", "--unhold takes no --reason");
    }
    return COMMAND_GO;
}

static enum command_next read_options(int argc, char **argv, struct revoke *r)
{
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' }, { "serial", required_argument, NULL, 's' },
        { "cert", required_argument, NULL, 'f' }, { "reason", required_argument, NULL, 'r' },
        { "unhold", no_argument, NULL, 'u' }, { "help", no_argument, NULL, 'h' }, { 0 }
    };
    bool reason_given = false;

    for (int c; (c = getopt_long(argc, argv, ":c:h", longs, NULL)) != -1; ) {
        switch (c) {
        case 'c': r->config_file = optarg; break;
        case 's': r->serial = optarg; break;
        case 'f': r->file = optarg; break;
        case 'u': r->unhold = true; break;
        case 'r':
            reason_given = true;
            if (read_reason(optarg, &r->reason) != COMMAND_GO) {
                return COMMAND_WRONG;
            }
            break;
        case 'h': return command_help(revoke_help);
        case ':': return command_wrong("revoke", "%s needs a value", argv[optind - 1]);
        default:  return command_wrong("revoke", "there is no option %s", argv[optind - 1]);
        }
    }
    if (optind < argc) {
        return command_wrong("revoke", "'%s' is one argument too many", argv[optind]);
    }
    return checked(r, reason_given);
}

int command_revoke(int argc, char **argv)
{
    struct revoke r = { .reason = 0 };

    log_setup(false, CMPGATE_WARN);
    switch (read_options(argc, argv, &r)) {
    case COMMAND_GO:   return run(&r);
    case COMMAND_HELP: return EXIT_SUCCESS;
    default:           return COMMAND_USAGE;
    }
}
