#include "gateway/config_reader.h"

#include <string.h>

struct key_section {
    const char *file, *certificate;
};

const struct cmpgate_option key_options[] = {
    { .name = "file", .type = CMPGATE_PATH, .offset = offsetof(struct key_section, file), .required = true,
      .help = "private key, PEM or DER, PKCS#8 or traditional, not encrypted; mode 0600" },
    { .name = "certificate", .type = CMPGATE_PATH, .offset = offsetof(struct key_section, certificate),
      .required = true, .help = "PEM: the key's certificate first, then the chain that the gateway sends along" },
    { .name = NULL },
};

/* What the gateway must know of the key's certificate. */
static bool look_at_certificate(struct reader *r, unsigned line, const char *path, struct config_key *key)
{
    struct asn1_error error;
    struct Certificate *c = Certificate_decode(key->certificate, r->arena, &error);
    char text[256];

    if (c == NULL) {
        return reader_complain(r, line, "%s: %s", path, asn1_error_text(&error, text, sizeof text));
    }
    const struct TBSCertificate *tbs = c->tbsCertificate;
    const struct span *identifier = Extensions_value(&tbs->extensions, OID_id_ce_subjectKeyIdentifier);
    key->name_der = tbs->subject->der;
    key->key_identifier = identifier != NULL ? *identifier : (struct span){ 0 };
    if (key->key != NULL && !span_eq(tbs->subjectPublicKeyInfo->der, crypto_key_spki(key->key))) {
        return reader_complain(r, line, "%s: the first certificate is not that of the key", path);
    }
    return true;
}

static void load_certificates(struct reader *r, unsigned line, const char *path, struct config_key *key)
{
    struct span *certificates;
    size_t count;
    char why[256];

    if (!crypto_pem_certificates(path, r->arena, &certificates, &count, why, sizeof why)) {
        reader_complain(r, line, "%s: %s", path, why);
        return;
    }
    if (count == 0) {
        reader_complain(r, line, "%s: no certificate in it", path);
        return;
    }
    key->certificate = certificates[0];
    key->chain = certificates + 1;
    key->chain_count = count - 1;
    look_at_certificate(r, line, path, key);
}

static void read_key(struct reader *r, const struct outline_section *section, struct config_key *key)
{
    struct key_section options = { 0 };
    unsigned line = section_line(section, "file");
    char why[256];

    section_fill(r, section, key_options, &options);
    key->name = section->title;
    key->file = options.file;
    key->certificate_file = options.certificate;
    if (options.file != NULL && private_file(r, line, options.file)) {
        key->key = crypto_key_load(options.file, why, sizeof why);
        if (key->key == NULL) {
            reader_complain(r, line, "%s: %s", options.file, why);
        }
    }
    if (options.certificate != NULL) {
        load_certificates(r, section_line(section, "certificate"), options.certificate, key);
    }
}

void read_keys(struct reader *r)
{
    struct config *config = r->config;

    config->keys = arena_zalloc(r->arena, (sections_count(r, "key") + 1) * sizeof *config->keys);
    for (const struct outline_section *s = NULL; config->keys != NULL && (s = section_next(r, "key", s)) != NULL;) {
        read_key(r, s, &config->keys[config->key_count++]);
    }
}
