#include "gateway/config_reader.h"

#include <string.h>

#include "gateway/place.h"

static const char *const needs_anchors[] = { "anchors-crl", "anchors-status", "anchors-status-required", "anchors-status-hosts",
                                             "anchors-status-max-age", "anchors-status-timeout", "anchors-ocsp-responder",
                                             "anchors-ocsp-nonce" };
static const char *const needs_any[] = { "anchors-status-required" };
static const char *const needs_ocsp[] = { "anchors-ocsp-responder", "anchors-ocsp-nonce" };
static const char *const needs_status[] = { "anchors-status-hosts", "anchors-status-max-age", "anchors-status-timeout" };

/* An option that changes nothing is somebody's mistake. */
static void complain_of(struct reader *r, const struct outline_section *section, const char *const *options, size_t count,
                        const char *missing)
{
    const char *word;

    for (size_t i = 0; i < count; i++) {
        if (parse_words(r, section, options[i], &word, 1) > 0) {
            reader_complain(r, section_line(section, options[i]), "'%s' is set, and %s is missing", options[i], missing);
        }
    }
}
#define COMPLAIN_OF(r, section, options, missing) \
    complain_of(r, section, options, sizeof options / sizeof *options, missing)

static void read_files(struct reader *r, const struct outline_section *section, const char *path, struct config_profile *profile)
{
    char why[256];

    if (path != NULL && profile->anchors != NULL && !crypto_anchors_crls(profile->anchors, path, why, sizeof why)) {
        reader_complain(r, section_line(section, "anchors-crl"), "%s: %s", path, why);
    }
}

static void read_responder(struct reader *r, const struct outline_section *section, const char *url, struct inquiry_rules *rules)
{
    struct span octets = { (const uint8_t *)url, url != NULL ? strlen(url) : 0 };
    char host[PLACE_HOST_MAX];

    if (url != NULL && !place_host(octets, host)) {
        reader_complain(r, section_line(section, "anchors-ocsp-responder"),
                        "'anchors-ocsp-responder' is no URL: want http://HOST[:PORT]/PATH, %d octets at most", PLACE_URL_MAX);
    } else {
        rules->responder = octets;
    }
}

static void read_network(struct reader *r, const struct outline_section *section, const struct anchors_words *words,
                         struct config_profile *profile)
{
    static const char *const sources[] = { "ocsp", "crl-points" };
    static const char *const nonces[] = { "ask", "require", "none" };      /* as enum ocsp_nonce has them */
    uint32_t asked = section_choices(r, section, "anchors-status", words->sources, sources, 2);
    struct inquiry_rules *rules = asked != 0 ? arena_zalloc(r->arena, sizeof *rules) : NULL;

    if (!(asked & 1)) {
        COMPLAIN_OF(r, section, needs_ocsp, "ocsp in 'anchors-status'");
    }
    if (rules == NULL) {
        COMPLAIN_OF(r, section, needs_status, "'anchors-status'");
        return;
    }
    *rules = (struct inquiry_rules){ .ocsp = asked & 1, .crls = asked & 2, .hosts = words->hosts, .timeout = words->timeout,
                                     .max_age = words->max_age };
    rules->nonce = (enum ocsp_nonce)section_choice(r, section, "anchors-ocsp-nonce", words->nonce, nonces, 3);
    read_responder(r, section, words->responder, rules);
    profile->inquiry = rules;
}

void read_anchors_status(struct reader *r, const struct outline_section *section, const struct anchors_words *words,
                         struct config_profile *profile)
{
    const char *word;

    if (parse_words(r, section, "anchors", &word, 1) == 0) {
        COMPLAIN_OF(r, section, needs_anchors, "'anchors'");
        return;
    }
    read_files(r, section, words->crl, profile);
    read_network(r, section, words, profile);
    if (words->crl == NULL && profile->inquiry == NULL) {
        COMPLAIN_OF(r, section, needs_any, "'anchors-crl' or 'anchors-status'");
    } else if (words->required && profile->anchors != NULL) {
        crypto_anchors_require_status(profile->anchors);
    }
}
