/* Who protects a message, and whether its protection holds (RFC 9810 5.1.3, RFC 9483 3.2, 3.5). */
#include <inttypes.h>
#include <string.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

bool refuse_unavailable(struct refusal *no, const char *reason)
{
    refuse(no, FAIL_systemUnavail, "%s", reason);
    no->unavailable = true;
    return false;
}

/* ---- MACs ------------------------------------------------------------------------------------ */

/* Hashing the message itself costs as much as an iteration for every 64 octets, so that is paid for as well. */
static bool pay(const struct inbound *in, uint64_t iterations, size_t octets, struct refusal *no)
{
    return inbound_pay(in, iterations + octets / 64 + 1, no);
}

bool mac_check(const struct inbound *in, struct span secret, const struct AlgorithmIdentifier *algorithm,
               struct span data, struct span want, enum failure wrong, const char *what, struct refusal *no)
{
    uint8_t mac[CRYPTO_MAC_MAX];
    size_t len = 0;
    uint64_t iterations = 0, cost = in->config->iterations_max;
    enum crypto_status status = crypto_mac_cost(algorithm, &iterations);

    if (iterations > in->config->iterations_max) {
        return refuse(no, FAIL_badAlg,
                      "RFC 9810 5.1.3.1: %s: iterationCount: at most %" PRIu64 ", have %" PRIu64, what,
                      in->config->iterations_max, iterations);
    }
    if (status != CRYPTO_OK) {
        return refuse(no, FAIL_badAlg, "%s: %s", what, crypto_status_text(status));
    }
    if (!pay(in, iterations, data.len, no)) {
        return false;
    }
    status = crypto_mac(secret, algorithm, data, &cost, mac, &len);
    if (status == CRYPTO_FAILED) {
        return refuse_unavailable(no, "the MAC could not be computed");
    }
    if (status != CRYPTO_OK) {
        return refuse(no, FAIL_badAlg, "%s: %s", what, crypto_status_text(status));
    }
    bool equal = crypto_equal(want, (struct span){ mac, len });
    crypto_wipe(mac, sizeof mac);
    /* Asked only now that the secret is proven: before, the answer would tell whose profile it is. */
    return equal ? mac_is_admitted(in, algorithm, what, no)
                 : refuse(no, wrong, "%s is wrong, or there is no such reference here", what);
}

static bool secret_usable(const struct secret *secret, int64_t now)
{
    return secret != NULL && !secret->disabled && (secret->not_after == 0 || now <= secret->not_after);
}

/* Something to compute a MAC with in place of a secret that is not there, found with about the same work: an
 * answer must not tell by its time which references exist. */
static struct span stand_in(const struct inbound *in, struct span reference)
{
    static const uint8_t sealed[12 + 16 + 16];
    static const uint8_t nothing[16];

    crypto_seal_reveal(in->config->seal, reference, (struct span){ sealed, sizeof sealed }, in->arena);
    return (struct span){ nothing, sizeof nothing };
}

static bool find_secret(struct inbound *in, struct span reference, bool *usable, struct span *value,
                        struct refusal *no)
{
    struct sender *s = &in->sender;

    if (!store_secret(in->store, reference, in->arena, &s->secret)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    *usable = secret_usable(s->secret, in->now);
    if (!*usable) {
        *value = stand_in(in, reference);
        return true;
    }
    s->secret_value = crypto_seal_reveal(in->config->seal, reference, s->secret->sealed, in->arena);
    *value = s->secret_value;
    return value->ptr != NULL || refuse(no, FAIL_systemFailure, "the shared secret cannot be unsealed");
}

bool nameless_sender_is_tolerated(const struct inbound *in)
{
    const struct GeneralName *sender = in->header->sender;
    bool nameless = sender->arm != GeneralName_directoryName || name_is_null(sender->directoryName);

    bool unread = sender->arm == ASN1_ARM_UNKNOWN;      /* tolerated already: odd.c */

    return nameless && in->header->senderKID.ptr != NULL && (unread || quirk_on(in, QUIRK_NAMELESS_SENDER));
}

static bool sender_is_name(const struct PKIHeader *header)
{
    return header->sender->arm == GeneralName_directoryName;
}

static bool kid_in_sender_is_tolerated(const struct inbound *in)
{
    return in->header->senderKID.ptr == NULL && sender_is_name(in->header) && quirk_on(in, QUIRK_KID_IN_SENDER);
}

static struct span reference_of(const struct inbound *in)
{
    return kid_in_sender_is_tolerated(in) ? name_common(in->header->sender->directoryName, in->arena)
                                          : in->header->senderKID;
}

/* RFC 9483 3.1 has the reference written twice, 3.5 has nobody compare the two: whose secret it is has been proven by now. */
static bool sender_fits(const struct inbound *in, struct span reference, struct refusal *no)
{
    const struct config_profile *profile = profile_meant(in);

    if (profile == NULL || !profile->sender_is_reference || !sender_is_name(in->header) ||
        name_is_null(in->header->sender->directoryName)) {
        return true;
    }
    return span_eq(name_common(in->header->sender->directoryName, in->arena), reference) ||
           refuse(no, FAIL_badMessageCheck, "RFC 9483 3.1: sender: want the reference in senderKID as commonName, or no name");
}

static bool by_secret(struct inbound *in, struct span data, struct span mac, struct refusal *no)
{
    struct span reference = reference_of(in), value;
    bool usable;

    if (!sender_is_name(in->header) && !nameless_sender_is_tolerated(in)) {
        return refuse(no, FAIL_badMessageCheck,
                      "RFC 9483 3.1: sender: want a directoryName, which may be empty");
    }
    if (reference.len == 0 || reference.len > STORE_ID_MAX) {
        return refuse(no, FAIL_badMessageCheck,
                      "RFC 9483 3.1: senderKID: want the reference of the shared secret, "
                      "1 to %d octets, have %zu",
                      STORE_ID_MAX, reference.len);
    }
    if (!find_secret(in, reference, &usable, &value, no) ||
        !mac_check(in, value, in->header->protectionAlg, data, mac, FAIL_badMessageCheck,
                   "protection: the MAC", no)) {
        return false;
    }
    if (!usable) {
        /* The MAC fits the stand-in: somebody has read this file. */
        return refuse(no, FAIL_badMessageCheck,
                      "protection: the MAC is wrong, or there is no such reference here");
    }
    struct sender *s = &in->sender;
    s->credential.kind = CREDENTIAL_SECRET;
    s->credential.name.len = (uint8_t)reference.len;
    memcpy(s->credential.name.octets, reference.ptr, reference.len);
    s->subject = s->secret->subject;
    return sender_fits(in, reference, no);
}

/* ---- either kind ----------------------------------------------------------------------------- */

/* An encoder that takes the BIT STRING for one of named bits cuts zeros off; the octets are all there. */
static bool unused_bits_are_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_UNUSED_BITS);
}

static struct span protection_octets(const struct inbound *in)
{
    struct span bits = in->message->protection;

    return unused_bits_are_tolerated(in) ? (struct span){ bits.ptr + 1, bits.len - 1 } : asn1_bits_payload(bits);
}

static bool is_protected(const struct inbound *in, struct refusal *no)
{
    const struct PKIMessage *m = in->message;
    bool has_algorithm = m->header->protectionAlg != NULL, has_bits = m->protection.ptr != NULL;

    if (!has_bits) {
        return refuse(no, FAIL_badMessageCheck, "RFC 9483 3.5: a message without protection is not accepted%s",
                      has_algorithm ? ", though there is a protectionAlg" : "");
    }
    if (!has_algorithm) {
        return refuse(no, FAIL_badAlg, "RFC 9810 5.1.1: protection without protectionAlg");
    }
    return protection_octets(in).ptr != NULL ||
           refuse(no, FAIL_badMessageCheck, "protection: want whole octets, have unused bits");
}

static bool holds(struct inbound *in, struct refusal *no)
{
    const struct PKIMessage *m = in->message;
    char text[64];

    if (!is_protected(in, no)) {
        return false;
    }
    struct span bits = protection_octets(in);
    struct span data = PKIMessage_protected_part(m, in->arena);
    struct span algorithm = m->header->protectionAlg->algorithm;
    enum oid id = oid_find(algorithm);

    if (data.ptr == NULL) {
        return refuse_unavailable(no, "out of memory");
    }
    if ((oid_kind(id) & OID_MAC) && crypto_offers(id)) {
        return by_secret(in, data, bits, no);
    }
    if (oid_kind(id) & OID_SIGNATURE) {
        return sender_verify(in, data, bits, no);
    }
    return refuse(no, FAIL_badAlg, "protectionAlg: %s is not supported",
                  oid_text(algorithm, text, sizeof text));
}

bool protection_verify(struct inbound *in, struct refusal *no)
{
    return holds(in, no) || refuse_version(in, no);
}
