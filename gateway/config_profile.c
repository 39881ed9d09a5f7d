#include "gateway/config_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };

struct profile_section {
    const char *backend, *anchors, *subject, *known_keys, *san, *approval;
    const char *const *operations, *const *credentials, *const *key_types, *const *key_usage;
    struct config_words algorithms;
    struct anchors_words status;
    const char *const *extended_key_usage, *const *tolerate;
    bool root_in_extra_certs, implicit_confirm, ca_pubs, sender_is_reference;
    int64_t validity, confirm_wait, kur_grace, approval_deadline;
};
#define AT(member) .offset = offsetof(struct profile_section, member)

const struct cmpgate_option profile_options[] = {
    { .name = "backend", .type = CMPGATE_STRING, AT(backend),
      .help = "the backend that issues; may be left out when there is one only" },
    { .name = "operations", .type = CMPGATE_LIST, AT(operations), .fallback = "ir cr p10cr kur rr genm",
      .help = "what may be asked: ir, cr, p10cr, kur, rr, genm" },
    { .name = "credentials", .type = CMPGATE_LIST, AT(credentials), .fallback = "secret certificate",
      .help = "who may ask: secret (shared secret), certificate (of this CA), anchor (under 'anchors')" },
    { .name = "anchors", .type = CMPGATE_PATH, AT(anchors),
      .help = "PEM: CA certificates of vendors, for credentials = {anchor}" },
    { .name = "anchors-crl", .type = CMPGATE_PATH, AT(status.crl),
      .help = "CRLs for what is under 'anchors': a file, PEM or DER, or a directory of them; read again when it changes" },
    { .name = "anchors-status", .type = CMPGATE_LIST, AT(status.sources),
      .help = "who else is asked for the status of what is under 'anchors': ocsp (responders), crl-points (distribution points)" },
    { .name = "anchors-status-required", .type = CMPGATE_BOOL, AT(status.required), .fallback = "yes",
      .help = "a certificate of which nobody says whether it is revoked is refused" },
    { .name = "anchors-status-hosts", .type = CMPGATE_LIST, AT(status.hosts),
      .help = "hosts that may be asked; none: all, at public addresses only" },
    { .name = "anchors-status-max-age", .type = CMPGATE_SECONDS, AT(status.max_age), .fallback = "1h", .minimum = 1,
      .maximum = (int64_t)30 * DAY, .help = "how long an answer is used before it is asked for again" },
    { .name = "anchors-status-timeout", .type = CMPGATE_SECONDS, AT(status.timeout), .fallback = "10s", .minimum = 1,
      .maximum = 300, .help = "time for one answer" },
    { .name = "anchors-ocsp-responder", .type = CMPGATE_STRING, AT(status.responder),
      .help = "URL of the OCSP responder that is asked instead of those in certificates" },
    { .name = "anchors-ocsp-nonce", .type = CMPGATE_STRING, AT(status.nonce), .fallback = "ask",
      .help = "ask (an answer without one is taken), require, or none" },
    { .name = "subject", .type = CMPGATE_STRING, AT(subject), .fallback = "requested",
      .help = "requested (as the request says) or bound (that of the credential)" },
    { .name = "known-keys", .type = CMPGATE_STRING, AT(known_keys), .fallback = "any",
      .help = "keys that have a certificate already get another: any, own (for the same subject) or none" },
    { .name = "san", .type = CMPGATE_STRING, AT(san), .fallback = "yes",
      .help = "a requested subjectAltName is granted: yes, no, or bound (names that the credential proves)" },
    { .name = "key-types", .type = CMPGATE_LIST, AT(key_types),
      .fallback = "rsa:2048-8192 ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448",
      .help = "public keys that get a certificate: rsa:LEAST-MOST, ecdsa-p256, ecdsa-p384, ecdsa-p521, ed25519, ed448" },
    { .name = "signatures", .type = CMPGATE_LIST, AT(algorithms.signatures),
      .fallback = "sha256WithRSAEncryption sha384WithRSAEncryption sha512WithRSAEncryption id-RSASSA-PSS "
                  "ecdsa-with-SHA256 ecdsa-with-SHA384 ecdsa-with-SHA512 id-Ed25519 id-Ed448",
      .help = "signature algorithms of messages and proofs of possession" },
    { .name = "macs", .type = CMPGATE_LIST, AT(algorithms.macs), .fallback = "id-PasswordBasedMac id-PBMAC1",
      .help = "MACs under a shared secret; an HMAC in this list has the secret as its key" },
    { .name = "mac-hmacs", .type = CMPGATE_LIST, AT(algorithms.mac_hmacs),
      .fallback = "id-hmacWithSHA1 id-hmacWithSHA256 id-hmacWithSHA384 id-hmacWithSHA512",
      .help = "the MAC inside PasswordBasedMac and PBMAC1" },
    { .name = "mac-digests", .type = CMPGATE_LIST, AT(algorithms.mac_digests), .fallback = "sha256 sha384 sha512",
      .help = "the one-way function of PasswordBasedMac" },
    { .name = "mac-prfs", .type = CMPGATE_LIST, AT(algorithms.mac_prfs),
      .fallback = "id-hmacWithSHA256 id-hmacWithSHA384 id-hmacWithSHA512", .help = "the PRF of PBKDF2 in PBMAC1" },
    { .name = "hashes", .type = CMPGATE_LIST, AT(algorithms.hashes), .fallback = "sha256 sha384 sha512",
      .help = "what a certConf may name as hashAlg" },
    { .name = "validity", .type = CMPGATE_SECONDS, AT(validity), .fallback = "365d", .minimum = 60,
      .maximum = (int64_t)36500 * DAY, .help = "how long a certificate is valid, unless less is asked for" },
    { .name = "key-usage", .type = CMPGATE_LIST, AT(key_usage), .fallback = "digitalSignature",
      .help = "what is granted: digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement, "
              "encipherOnly, decipherOnly" },
    { .name = "extended-key-usage", .type = CMPGATE_LIST, AT(extended_key_usage),
      .help = "what is granted when asked for: clientAuth, serverAuth, ... or dotted OIDs that the gateway knows" },
    { .name = "sender-is-reference", .type = CMPGATE_BOOL, AT(sender_is_reference), .fallback = "no",
      .help = "under a MAC the sender is the reference, as its commonName (RFC 9483 3.1), or nobody (RFC 9810 5.1.1)" },
    { .name = "implicit-confirm", .type = CMPGATE_BOOL, AT(implicit_confirm), .fallback = "yes",
      .help = "a client that asks for it need not confirm its certificate" },
    { .name = "ca-pubs", .type = CMPGATE_BOOL, AT(ca_pubs), .fallback = "yes",
      .help = "a device that enrols with a shared secret is sent the root, to trust it" },
    { .name = "root-in-extra-certs", .type = CMPGATE_BOOL, AT(root_in_extra_certs), .fallback = "no",
      .help = "the root is in extraCerts of ip, for devices that take their anchor from there (3GPP TS 33.310)" },
    { .name = "kur-grace", .type = CMPGATE_SECONDS, AT(kur_grace), .fallback = "0s", .minimum = 0,
      .maximum = (int64_t)366 * DAY, .help = "how long a certificate that has expired may still be updated with kur" },
    { .name = "confirm-wait", .type = CMPGATE_SECONDS, AT(confirm_wait), .fallback = "5m", .minimum = 1,
      .maximum = (int64_t)366 * DAY, .help = "time for the confirmation; after it the certificate is revoked" },
    { .name = "approval", .type = CMPGATE_STRING, AT(approval), .fallback = "automatic",
      .help = "automatic, or manual: each request waits until an operator approves or denies it" },
    { .name = "approval-deadline", .type = CMPGATE_SECONDS, AT(approval_deadline), .fallback = "7d", .minimum = 1,
      .maximum = (int64_t)366 * DAY, .help = "time for that; after it the request is refused" },
    { .name = "tolerate", .type = CMPGATE_LIST, AT(tolerate),
      .help = "quirks of old or odd clients to put up with, by name: those of the protocol" },
    { .name = NULL },
};

/* ---- key types -------------------------------------------------------------------------------------------- */

/* "rsa:2048-4096", "rsa:3072" or "rsa". */
static bool rsa_type(const char *word, struct config_key_type *out)
{
    enum { LEAST = 1024, MOST = 8192 /* crypto_verify() takes no larger ones */ };
    unsigned long minimum = 2048, maximum = MOST;
    char *end = NULL;

    if (strcmp(word, "rsa") != 0) {
        if (strncmp(word, "rsa:", 4) != 0) {
            return false;
        }
        minimum = maximum = strtoul(word + 4, &end, 10);
        if (end == word + 4) {
            return false;
        }
        if (*end == '-') {
            const char *from = end + 1;
            maximum = strtoul(from, &end, 10);
            if (end == from) {
                return false;
            }
        }
    }
    if ((end != NULL && *end != '\0') || minimum < LEAST || maximum > MOST || minimum > maximum) {
        return false;
    }
    *out = (struct config_key_type){ .kind = CRYPTO_KEY_RSA, .minimum_bits = (unsigned)minimum,
                                     .maximum_bits = (unsigned)maximum };
    return true;
}

static bool key_type(const char *word, struct config_key_type *out)
{
    static const struct {
        const char *name;
        struct config_key_type type;
    } rows[] = {
        { "ecdsa-p256", { .kind = CRYPTO_KEY_EC, .curve = OID_secp256r1 } },
        { "ecdsa-p384", { .kind = CRYPTO_KEY_EC, .curve = OID_secp384r1 } },
        { "ecdsa-p521", { .kind = CRYPTO_KEY_EC, .curve = OID_secp521r1 } },
        { "ed25519", { .kind = CRYPTO_KEY_ED25519 } },
        { "ed448", { .kind = CRYPTO_KEY_ED448 } },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, word) == 0) {
            *out = rows[i].type;
            return true;
        }
    }
    return rsa_type(word, out);
}

static size_t length(const char *const *list)
{
    size_t n = 0;

    while (list != NULL && list[n] != NULL) {
        n++;
    }
    return n;
}

static void key_types(struct reader *r, const struct outline_section *section, const char *const *list,
                      struct config_profile *profile)
{
    size_t count = length(list);

    profile->key_types = arena_zalloc(r->arena, (count + 1) * sizeof *profile->key_types);
    for (size_t i = 0; i < count && profile->key_types != NULL; i++) {
        if (key_type(list[i], &profile->key_types[profile->key_type_count])) {
            profile->key_type_count++;
        } else {
            reader_complain(r, section_line(section, "key-types"), "'key-types' does not know \"%s\" (rsa:LEAST-MOST "
                            "from 1024 to 8192, ecdsa-p256, ecdsa-p384, ecdsa-p521, ed25519, ed448)", list[i]);
        }
    }
    if (count == 0) {
        reader_complain(r, section_line(section, "key-types"), "'key-types' is empty: nobody would get a certificate");
    }
}

/* ---- the rest of a profile ---------------------------------------------------------------------------------- */

static void extended_key_usages(struct reader *r, const struct outline_section *section, const char *const *list,
                                struct config_profile *profile)
{
    size_t count = length(list);

    profile->extended_key_usages = arena_zalloc(r->arena, (count + 1) * sizeof *profile->extended_key_usages);
    for (size_t i = 0; i < count && profile->extended_key_usages != NULL; i++) {
        enum oid oid = oid_named(list[i]);
        if (oid != OID_NONE && (oid_kind(oid) & OID_EKU)) {
            profile->extended_key_usages[profile->extended_key_usage_count++] = oid;
        } else {
            reader_complain(r, section_line(section, "extended-key-usage"), "'extended-key-usage' does not know \"%s\"",
                            list[i]);
        }
    }
}

static void key_usages(struct reader *r, const struct outline_section *section, const char *const *list,
                       struct config_profile *profile)
{
    /* The named bits in order (RFC 5280 4.2.1.3). */
    static const char *const names[] = { "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
                                         "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly" };

    profile->key_usage = section_choices(r, section, "key-usage", list, names, sizeof names / sizeof names[0]);
    if (profile->key_usage & (KeyUsage_keyCertSign | KeyUsage_cRLSign)) {
        reader_complain(r, section_line(section, "key-usage"), "'key-usage' has keyCertSign or cRLSign: a profile makes "
                        "no CA");
    }
}

static void credentials(struct reader *r, const struct outline_section *section, const struct profile_section *options,
                        struct config_profile *profile)
{
    static const char *const names[] = { "secret", "certificate", "anchor", "ra" };
    unsigned line = section_line(section, "anchors");
    char why[256];

    profile->credentials = section_choices(r, section, "credentials", options->credentials, names, 4);
    if (profile->credentials == 0) {
        reader_complain(r, section_line(section, "credentials"), "'credentials' admits nobody");
    }
    if (options->anchors == NULL && (profile->credentials & BY_ANCHOR)) {
        reader_complain(r, section_line(section, "credentials"), "'credentials' has anchor, and 'anchors' is missing");
    } else if (options->anchors != NULL && !(profile->credentials & (BY_ANCHOR | BY_RA))) {
        reader_complain(r, line, "'anchors' is set, and 'credentials' has neither anchor nor ra");
    } else if (options->anchors != NULL) {
        profile->anchors = crypto_anchors_load(options->anchors, why, sizeof why);
        if (profile->anchors == NULL) {
            reader_complain(r, line, "%s: %s", options->anchors, why);
        }
    }
    read_anchors_status(r, section, &options->status, profile);
}

static struct config_backend *backend(struct reader *r, const struct outline_section *section, const char *name)
{
    struct config *config = r->config;
    char what[160];

    if (name == NULL && config->backend_count == 1) {
        return &config->backends[0];
    }
    for (size_t i = 0; name != NULL && i < config->backend_count; i++) {
        if (strcmp(config->backends[i].name, name) == 0) {
            return &config->backends[i];
        }
    }
    section_text(section, what);
    if (name != NULL) {
        reader_complain(r, section_line(section, "backend"), "'backend' is \"%s\", and there is no backend \"%s\"", name,
                        name);
    } else if (config->backend_count > 1) {
        reader_complain(r, section->line, "'backend' is missing in %s, and there are several", what);
    }
    return NULL;
}

static enum san_rule san(struct reader *r, const struct outline_section *section, const char *word)
{
    /* It was a matter of yes or no once. */
    static const char *const words[] = { "yes", "no", "bound", "true", "on", "false", "off" };
    static const enum san_rule rules[] = { SAN_REQUESTED, SAN_NONE, SAN_BOUND, SAN_REQUESTED, SAN_REQUESTED, SAN_NONE, SAN_NONE };
    size_t i = section_choice(r, section, "san", word, words, sizeof words / sizeof *words);

    return i < sizeof words / sizeof *words ? rules[i] : SAN_NONE;
}

static void read_profile(struct reader *r, const struct outline_section *section, struct config_profile *profile)
{
    static const char *const operations[] = { "ir", "cr", "p10cr", "kur", "rr", "genm" };
    static const char *const approvals[] = { "automatic", "manual" };
    static const char *const subjects[] = { "requested", "bound", "any" };
    static const char *const known_keys[] = { "any", "own", "none" };     /* as enum known_keys has them */
    static const enum subject_rule rules[] = { SUBJECT_REQUESTED, SUBJECT_BOUND, SUBJECT_ANY };
    static const char *const none[] = { NULL };
    struct profile_section options = { .operations = none, .credentials = none, .key_types = none, .key_usage = none,
                                       .extended_key_usage = none, .subject = "requested", .approval = "automatic", .known_keys = "any", .san = "yes",
                                       .tolerate = none, .status = { .sources = none, .hosts = none, .nonce = "ask" } };

    section_fill(r, section, profile_options, &options);
    profile->name = section->title;
    profile->backend = backend(r, section, options.backend);
    profile->operations = section_choices(r, section, "operations", options.operations, operations, 6);
    if (profile->operations == 0) {
        reader_complain(r, section_line(section, "operations"), "'operations' admits nothing");
    }
    credentials(r, section, &options, profile);
    size_t subject = section_choice(r, section, "subject", options.subject, subjects, 3);
    profile->subject = subject < 3 ? rules[subject] : SUBJECT_REQUESTED;
    profile->known_keys = (enum known_keys)section_choice(r, section, "known-keys", options.known_keys, known_keys, 3);
    profile->san = san(r, section, options.san);
    key_types(r, section, options.key_types, profile);
    read_algorithms(r, section, &options.algorithms, profile);
    profile->validity = options.validity;
    key_usages(r, section, options.key_usage, profile);
    extended_key_usages(r, section, options.extended_key_usage, profile);
    profile->implicit_confirm = options.implicit_confirm;
    profile->root_in_extra_certs = options.root_in_extra_certs;
    profile->sender_is_reference = options.sender_is_reference;
    profile->ca_pubs = options.ca_pubs;
    profile->kur_grace = options.kur_grace;
    profile->confirm_wait = options.confirm_wait;
    bool manual = section_choice(r, section, "approval", options.approval, approvals, 2) == 1;
    profile->approval_deadline = manual ? options.approval_deadline : 0;
    read_quirks(r, section, options.tolerate, NULL, &profile->tolerate, NULL);
}

void read_profiles(struct reader *r)
{
    struct config *config = r->config;

    config->profiles = arena_zalloc(r->arena, (sections_count(r, "profile") + 1) * sizeof *config->profiles);
    for (const struct outline_section *s = NULL;
         config->profiles != NULL && (s = section_next(r, "profile", s)) != NULL;) {
        read_profile(r, s, &config->profiles[config->profile_count++]);
    }
    if (config->profile_count == 0) {
        reader_complain(r, 1, "there is no profile: profile \"default\" { } admits what is usual");
    }
}
