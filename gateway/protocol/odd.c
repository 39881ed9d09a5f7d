/* From octets to a message.  What is not DER as RFC 9810 has it is refused, but for what some clients are known to get
 * wrong: that is taken as it came, one quirk a kind.  Protection and proof of possession are verified over the received
 * octets in any case. */
#include "gateway/protocol/check.h"

/* Nobody is named by it: senderKID says who it is; answers are for the NULL-DN. */
static bool odd_name_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_ODD_NAME);
}

/* It counts as absent: what cannot be read cannot be too old, and neither can what is not there. */
static bool odd_time_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_ODD_TIME);
}

static bool odd_text_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_ODD_TEXT);
}

/* What is in it is another matter: pop.c. */
static bool odd_popo_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_ODD_POPO);
}

static const struct {
    unsigned odd;
    bool (*is_tolerated)(const struct inbound *);
} rows[] = {
    { ASN1_ODD_NAME,   odd_name_is_tolerated },
    { ASN1_ODD_TIME,   odd_time_is_tolerated },
    { ASN1_ODD_TEXT,   odd_text_is_tolerated },
    { ASN1_ODD_POPO,   odd_popo_is_tolerated },
    { ASN1_ODD_REASON, reason_flags_are_tolerated },
};

static bool all_is_tolerated(const struct inbound *in, unsigned odd)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((odd & rows[i].odd) && rows[i].is_tolerated(in)) {
            odd &= ~rows[i].odd;
        }
    }
    return odd == 0;
}

static bool take(struct inbound *in, struct PKIMessage *message, struct refusal *no)
{
    in->message = message;
    in->header = message->header;
    return inbound_adopt(in) || refuse_unavailable(no, "out of memory");
}

/* The strict decoder has said what is wrong. */
static bool read_odd(struct inbound *in, const char *why, struct refusal *no)
{
    struct asn1_error err;
    unsigned odd, ignored;
    struct PKIMessage *message = asn1_decode_odd(&PKIMessage_type, in->der, in->arena, &odd, &err);
    struct PKIMessageShell *shell = asn1_decode_odd(&PKIMessageShell_type, in->der, in->arena, &ignored, &err);

    in->header = shell != NULL ? shell->header : NULL;
    if (message != NULL && in->header != NULL && all_is_tolerated(in, odd)) {
        return take(in, message, no);
    }
    refuse(no, FAIL_badDataFormat, "%s", why);
    return in->header != NULL && refuse_version(in, no);
}

bool inbound_read(struct inbound *in, struct refusal *no)
{
    struct asn1_error err;
    char why[160];
    struct PKIMessage *message = PKIMessage_decode(in->der, in->arena, &err);

    crypto_sha256(in->der, in->digest);
    return message != NULL ? take(in, message, no) : read_odd(in, asn1_error_text(&err, why, sizeof why), no);
}

struct PKIMessage *inbound_decode(struct span der, struct arena *arena)
{
    unsigned odd;

    return asn1_decode_odd(&PKIMessage_type, der, arena, &odd, NULL);
}
