#include "gateway/quirk.h"

#include <string.h>

#include "gateway/config.h"
#include "gateway/log.h"
#include "gateway/module.h"

_Static_assert(QUIRKS <= 64, "a set of them is a uint64_t");

const struct cmpgate_quirk quirk_table[QUIRKS + 1] = {
    [QUIRK_SHORT_NONCE] = { "short-nonce", true, "a senderNonce of 4 to 15 octets; RFC 9483 3.1 wants 16",
                            "a_short_senderNonce_is_a_quirk" },
    [QUIRK_MAC_KUR] = { "mac-kur", true, "kur under the shared secret that got the certificate, instead of signed with it",
                        "a_kur_under_a_MAC_is_a_quirk" },
    [QUIRK_MAC_RR] = { "mac-rr", true, "rr under the shared secret that got the certificate, instead of signed with it",
                       "an_rr_under_a_MAC_is_a_quirk" },
    [QUIRK_FEW_ITERATIONS] = { "few-iterations", true, "a MAC with fewer than the 100 iterations of RFC 9045 4.3",
                               "a_MAC_with_few_iterations_is_a_quirk" },
    [QUIRK_SEVERAL_QUESTIONS] = { "several-questions", false, "a genm with up to 8 InfoTypeAndValue, or none: all there is "
                                  "(RFC 9810 D.5); RFC 9483 4.3 wants one", "several_questions_are_a_quirk" },
};

const struct cmpgate_quirk *quirk_find(const struct cmpgate_quirk *table, const char *name)
{
    for (const struct cmpgate_quirk *q = table; q->name != NULL; q++) {
        if (strcmp(q->name, name) == 0) {
            return q;
        }
    }
    return NULL;
}

void quirk_print(FILE *out, const struct cmpgate_quirk *table)
{
    for (const struct cmpgate_quirk *q = table; q->name != NULL; q++) {
        fprintf(out, "  %-24s %s%s\n", q->name, q->weakens ? "weakens security: " : "", q->help);
    }
}

static void warn(const char *kind, const char *name, const struct cmpgate_quirk *table, uint64_t set)
{
    for (const struct cmpgate_quirk *q = table; q->name != NULL; q++) {
        if (q->weakens && (set >> (q - table) & 1)) {
            log_line(CMPGATE_WARN, NULL, "%s \"%s\" tolerates %s, which weakens security: %s", kind, name, q->name, q->help);
        }
    }
}

void quirk_warn(const struct config *config)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        warn("profile", config->profiles[i].name, quirk_table, config->profiles[i].tolerate);
    }
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct config_endpoint *e = &config->endpoints[i];
        warn(e->transport->name, e->name, quirk_table, e->tolerate);
        warn(e->transport->name, e->name, module_quirks(e->transport), e->tolerate_own);
    }
}
