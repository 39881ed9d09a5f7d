#include "gateway/config_reader.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

struct gateway_section {
    const char *store, *seal_key, *signer, *trust, *log_format, *log_level, *module_directory, *crl_directory;
    const char *root_updates;
    int64_t workers, queue, message_max, drain, iterations_max, iterations_rate, iterations_burst, iterations_total, check_after, keep, nesting_max,
        batch_max;
};
#define AT(member) .offset = offsetof(struct gateway_section, member)

const struct cmpgate_option gateway_options[] = {
    { .name = "store", .type = CMPGATE_PATH, AT(store), .fallback = "cmpgate.db",
      .help = "the database of transactions, orders and certificates; made when absent" },
    { .name = "seal-key", .type = CMPGATE_PATH, AT(seal_key), .fallback = "seal.key",
      .help = "the key under which shared secrets are kept in the database; mode 0600; cmpgate init makes it" },
    { .name = "signer", .type = CMPGATE_STRING, AT(signer), .required = true,
      .help = "the key section that signs answers; not the CA's key" },
    { .name = "trust", .type = CMPGATE_PATH, AT(trust), .required = true,
      .help = "PEM: CA certificates whose certificates count as of this CA" },
    { .name = "root-updates", .type = CMPGATE_PATH, AT(root_updates),
      .help = "PEM: newWithNew, newWithOld and oldWithNew of each root that has a new key; cmpgate ca roll makes it" },
    { .name = "workers", .type = CMPGATE_INTEGER, AT(workers), .maximum = 1024,
      .help = "threads that work on messages; 0 or left out: one a processor" },
    { .name = "queue", .type = CMPGATE_INTEGER, AT(queue), .fallback = "4096", .minimum = 1, .maximum = 1000000,
      .help = "messages that wait for a worker; then transports say that they are busy" },
    { .name = "message-max", .type = CMPGATE_OCTETS, AT(message_max), .fallback = "1m", .minimum = 4096,
      .maximum = 16 << 20, .help = "the largest message taken" },
    { .name = "nesting-max", .type = CMPGATE_INTEGER, AT(nesting_max), .fallback = "2", .maximum = NESTING_MOST,
      .help = "most protections that RAs may put around a message; 0: none is taken" },
    { .name = "batch-max", .type = CMPGATE_INTEGER, AT(batch_max), .fallback = "100", .maximum = BATCH_MOST,
      .help = "most messages that an RA may send in one; 0: none" },
    { .name = "drain", .type = CMPGATE_SECONDS, AT(drain), .fallback = "10s", .maximum = HOUR,
      .help = "time for a polite stop" },
    { .name = "iterations-max", .type = CMPGATE_INTEGER, AT(iterations_max), .fallback = "1000000", .minimum = 100,
      .maximum = 1000000000, .help = "most hash iterations that the MAC of one message may ask for" },
    { .name = "iterations-rate", .type = CMPGATE_INTEGER, AT(iterations_rate), .fallback = "1000000", .minimum = 1,
      .maximum = 1000000000000, .help = "hash iterations a second that one peer may make us compute" },
    { .name = "iterations-burst", .type = CMPGATE_INTEGER, AT(iterations_burst), .fallback = "10000000", .minimum = 1,
      .maximum = 1000000000000, .help = "and how many at once; at least iterations-max" },
    { .name = "iterations-total", .type = CMPGATE_INTEGER, AT(iterations_total), .fallback = "0", .maximum = 1000000000000,
      .help = "what all peers together may make us compute in a second, before those who want much are put off; 0: no limit" },
    { .name = "keep", .type = CMPGATE_SECONDS, AT(keep), .fallback = "30d", .minimum = HOUR, .maximum = (int64_t)36500 * DAY,
      .help = "how long a transaction that is over stays in the store, and its answers can be had again" },
    { .name = "check-after", .type = CMPGATE_SECONDS, AT(check_after), .fallback = "30s", .minimum = 1, .maximum = DAY,
      .help = "when waiting clients are told to ask again, unless the backend knows better" },
    { .name = "log-format", .type = CMPGATE_STRING, AT(log_format), .fallback = "logfmt", .help = "logfmt or json" },
    { .name = "log-level", .type = CMPGATE_STRING, AT(log_level), .fallback = "info",
      .help = "debug, info, warn or error: this and what is worse" },
    { .name = "module-directory", .type = CMPGATE_PATH, AT(module_directory),
      .help = "where to look for modules first" },
    { .name = "crl-directory", .type = CMPGATE_PATH, AT(crl_directory),
      .help = "where CRLs are written to, as files; left out: nowhere" },
    { .name = NULL },
};

/* ---- the signer -------------------------------------------------------------------------------------------- */

/* The signer answers for the gateway, day in, day out, on a machine that faces the network: a CA key must not do
 * that (RFC 9483 3.1 lets clients require digitalSignature). */
static void check_signer(struct reader *r, unsigned line, const struct config_key *key)
{
    struct asn1_error error;
    struct Certificate *c = key->certificate.ptr != NULL ? Certificate_decode(key->certificate, r->arena, &error) : NULL;
    int64_t not_after = 0;

    if (c == NULL) {
        return;                         /* complained about with the key */
    }
    const struct TBSCertificate *tbs = c->tbsCertificate;
    const struct BasicConstraints *basic = Extensions_value(&tbs->extensions, OID_id_ce_basicConstraints);
    const struct span *usage = Extensions_value(&tbs->extensions, OID_id_ce_keyUsage);
    if (basic != NULL && asn1_true(basic->cA)) {
        reader_complain(r, line, "'signer' \"%s\" is the key of a CA: answers need a key of their own", key->name);
    }
    if (usage != NULL && !(asn1_named_bits(*usage) & KeyUsage_digitalSignature)) {
        reader_complain(r, line, "'signer' \"%s\": its certificate has keyUsage without digitalSignature", key->name);
    }
    if (asn1_time(tbs->validity->notAfter->utcTime, &not_after) && not_after < (int64_t)time(NULL)) {
        reader_complain(r, line, "'signer' \"%s\": its certificate has expired", key->name);
    }
}

static void find_signer(struct reader *r, const struct outline_section *section, const char *name)
{
    unsigned line = section_line(section, "signer");
    struct config_key *key = config_key_named(r->config, name);

    if (key == NULL) {
        reader_complain(r, line, "'signer' is \"%s\", and there is no key \"%s\"", name, name);
        return;
    }
    r->config->signer = key;
    check_signer(r, line, key);
}

/* ---- trust -------------------------------------------------------------------------------------------------- */

static void check_trusted(struct reader *r, unsigned line, const char *path, size_t number, struct span der)
{
    struct asn1_error error;
    struct Certificate *c = Certificate_decode(der, r->arena, &error);
    char text[256];

    if (c == NULL) {
        reader_complain(r, line, "%s: certificate %zu: %s", path, number, asn1_error_text(&error, text, sizeof text));
        return;
    }
    const struct BasicConstraints *basic = Extensions_value(&c->tbsCertificate->extensions, OID_id_ce_basicConstraints);
    if (basic == NULL || !asn1_true(basic->cA)) {
        reader_complain(r, line, "%s: certificate %zu is not that of a CA", path, number);
    }
}

static void load_trust(struct reader *r, unsigned line, const char *path)
{
    struct config *config = r->config;
    char why[256];

    if (!crypto_pem_certificates(path, r->arena, &config->ca_certificates, &config->ca_certificate_count, why,
                                 sizeof why)) {
        reader_complain(r, line, "%s: %s", path, why);
        return;
    }
    for (size_t i = 0; i < config->ca_certificate_count; i++) {
        check_trusted(r, line, path, i + 1, config->ca_certificates[i]);
    }
    config->anchors = crypto_anchors_load(path, why, sizeof why);
    if (config->anchors == NULL) {
        reader_complain(r, line, "%s: %s", path, why);
    }
}

/* ---- the section --------------------------------------------------------------------------------------------- */

static void load_seal(struct reader *r, unsigned line, const char *path)
{
    char why[256];

    if (!private_file(r, line, path)) {
        return;
    }
    r->config->seal = crypto_seal_open(path, why, sizeof why);
    if (r->config->seal == NULL) {
        reader_complain(r, line, "%s: %s", path, why);
    }
}

static void check_directory(struct reader *r, unsigned line, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        reader_complain(r, line, "%s is not a directory", path);
    }
}

static void set_limits(struct reader *r, const struct outline_section *section, const struct gateway_section *o)
{
    struct config *config = r->config;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    config->workers = o->workers > 0 ? (unsigned)o->workers : processors > 0 ? (unsigned)processors : 1;
    config->queue = (size_t)o->queue;
    config->message_max = (size_t)o->message_max;
    config->nesting_max = (unsigned)o->nesting_max;
    config->batch_max = (unsigned)o->batch_max;
    config->drain = o->drain;
    config->iterations_max = (uint64_t)o->iterations_max;
    config->iterations_rate = (uint64_t)o->iterations_rate;
    config->iterations_burst = (uint64_t)o->iterations_burst;
    config->iterations_total = (uint64_t)o->iterations_total;
    config->keep = o->keep;
    config->check_after = o->check_after;
    if (o->iterations_burst < o->iterations_max) {
        reader_complain(r, section_line(section, "iterations-burst"), "'iterations-burst' is below 'iterations-max': the "
                        "costliest message that is allowed could never be paid for");
    }
}

static void set_log(struct reader *r, const struct outline_section *section, const struct gateway_section *o)
{
    static const char *const formats[] = { "logfmt", "json" };
    static const char *const levels[] = { "debug", "info", "warn", "error" };

    r->config->log_json = section_choice(r, section, "log-format", o->log_format, formats, 2) == 1;
    r->config->log_level = (enum cmpgate_severity)section_choice(r, section, "log-level", o->log_level, levels, 4);
}

void read_gateway(struct reader *r)
{
    const struct outline_section *section = section_next(r, "gateway", NULL);
    struct gateway_section options = { .log_format = "logfmt", .log_level = "info" };
    struct config *config = r->config;

    if (section == NULL) {
        reader_complain(r, 1, "there is no section 'gateway': it names at least the signer and the trusted CAs");
        return;
    }
    section_fill(r, section, gateway_options, &options);
    config->store = options.store;
    config->crl_directory = options.crl_directory;
    set_limits(r, section, &options);
    set_log(r, section, &options);
    if (options.seal_key != NULL) {
        load_seal(r, section_line(section, "seal-key"), options.seal_key);
    }
    if (options.signer != NULL) {
        find_signer(r, section, options.signer);
    }
    if (options.trust != NULL) {
        load_trust(r, section_line(section, "trust"), options.trust);
    }
    if (options.root_updates != NULL) {
        read_root_updates(r, section_line(section, "root-updates"), options.root_updates);
    }
    if (options.crl_directory != NULL) {
        check_directory(r, section_line(section, "crl-directory"), options.crl_directory);
    }
}
