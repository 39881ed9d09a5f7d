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
    [QUIRK_NO_NONCE] = { "no-nonce", true, "a message without senderNonce", "no_senderNonce_is_a_quirk" },
    [QUIRK_NO_RECIP_NONCE] = { "no-recip-nonce", true, "certConf, pollReq and error without recipNonce",
                               "no_recipNonce_is_a_quirk" },
    [QUIRK_EARLY_RECIP_NONCE] = { "early-recip-nonce", false, "a recipNonce in a first message, which answers nothing",
                                  "a_recipNonce_in_the_first_message_is_a_quirk" },
    [QUIRK_SHORT_TRANSACTION_ID] = { "short-transaction-id", true, "a transactionID of 4 to 15 octets; RFC 9483 3.1 wants 16",
                                     "a_short_transactionID_is_a_quirk" },
    [QUIRK_NO_TRANSACTION_ID] = { "no-transaction-id", false, "a first message without transactionID: the answer brings one",
                                  "no_transactionID_is_a_quirk" },
    [QUIRK_NAMELESS_SENDER] = { "nameless-sender", false, "a sender that is no directoryName, or of a signature the NULL-DN: "
                                "senderKID says who it is", "a_sender_without_a_directoryName_is_a_quirk" },
    [QUIRK_DN_ORDER] = { "dn-order", false, "a sender with the attributes of the signer's subject in another order",
                         "a_sender_in_another_order_is_a_quirk" },
    [QUIRK_KID_IN_SENDER] = { "kid-in-sender", false, "a MAC without senderKID: the sender's commonName is the reference",
                              "a_reference_in_the_sender_is_a_quirk" },
    [QUIRK_FOREIGN_KID] = { "foreign-kid", false, "a senderKID that is not the signer's, such as its CA's: sender says who it is",
                            "a_senderKID_of_somebody_else_is_a_quirk" },
    [QUIRK_UNUSED_BITS] = { "unused-bits", false, "a protection whose zero bits at the end are called unused",
                            "a_protection_with_unused_bits_is_a_quirk" },
    [QUIRK_ANY_KEY_USAGE] = { "any-key-usage", true, "signatures by a certificate whose keyUsage lacks digitalSignature",
                              "a_certificate_that_may_not_sign_is_a_quirk" },
    [QUIRK_NO_EXTRA_CERTS] = { "no-extra-certs", false, "kur and rr without the signer's certificate in extraCerts, when it "
                               "is of this CA, and what follows when it has others", "a_signer_that_is_not_in_extraCerts_is_a_quirk" },
    [QUIRK_SEVERAL_PROFILES] = { "several-profiles", false, "several names in certProfile: the first counts",
                                 "several_names_in_certProfile_are_a_quirk" },
    [QUIRK_ANY_CERT_REQ_ID] = { "any-cert-req-id", false, "a certReqId other than 0, and 0 in the pollReq after a p10cr",
                                "another_certReqId_is_a_quirk" },
    [QUIRK_KUR_WITHOUT_SUBJECT] = { "kur-without-subject", true, "a kur whose template has no subject, or the NULL-DN, and no "
                                    "poposkInput: the new key may be somebody else's", "a_kur_without_subject_is_a_quirk" },
    [QUIRK_NEEDLESS_CERTCONF] = { "needless-certconf", false, "a certConf though implicitConfirm was granted",
                                  "a_certConf_that_nobody_waits_for_is_a_quirk" },
    [QUIRK_RR_NAMESAKE] = { "rr-namesake", true, "rr signed by another good certificate of this CA with the same subject",
                            "an_rr_by_a_namesake_is_a_quirk" },
    [QUIRK_REASON_FLAGS] = { "reason-flags", false, "an rr of RFC 2510: the reason as ReasonFlags, badSinceDate",
                             "a_reason_as_flags_is_a_quirk" },
    [QUIRK_ODD_NAME] = { "odd-name", false, "a sender or recipient that does not decode, such as one without contents; "
                         "senderKID says who it is", "a_sender_that_does_not_decode_is_a_quirk" },
    [QUIRK_ODD_TIME] = { "odd-time", false, "a messageTime that is no GeneralizedTime of DER; it counts as absent",
                         "a_messageTime_that_does_not_decode_is_a_quirk" },
    [QUIRK_ODD_TEXT] = { "odd-text", false, "freeText, statusString and errorDetails that are not UTF-8",
                         "a_freeText_that_is_not_UTF_8_is_a_quirk" },
    [QUIRK_ODD_POPO] = { "odd-popo", false, "a popo with an explicit tag around raVerified or the signature, or raVerified as "
                         "an OCTET STRING", "a_signature_with_an_explicit_tag_is_a_quirk" },
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
