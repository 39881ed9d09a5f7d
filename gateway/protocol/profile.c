/* Which profile a request is judged by, and whether it may be asked for that (RFC 9483 3.1, 6.1;
 * RFC 9810 5.1.1.4). */
#include <string.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/general.h"

/* ---- which ----------------------------------------------------------------------------------- */

static const struct config_profile *profile_called(const struct config *config, struct span name)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        if (span_eq(span_str(config->profiles[i].name), name)) {
            return &config->profiles[i];
        }
    }
    return NULL;
}

/* The name in certProfile; absent when there is none, or an empty one (RFC 9810 5.1.1.4: means none). */
static struct span certProfile_of(const struct inbound *in)
{
    const struct asn1_list *names = GeneralInfo_value(&in->header->generalInfo, OID_id_it_certProfile);

    if (names == NULL) {
        return (struct span){ NULL, 0 };
    }
    const struct span *first = names->item[0];
    return first->len > 0 ? *first : (struct span){ NULL, 0 };
}

static struct span name_asked_for(const struct inbound *in)
{
    return in->profile_name != NULL ? span_str(in->profile_name) : certProfile_of(in);
}

const struct config_profile *profile_meant(const struct inbound *in)
{
    const struct secret *secret = in->sender.secret;

    if (in->profile != NULL) {
        return in->profile;
    }
    struct span name = name_asked_for(in);
    if (name.ptr != NULL) {
        return profile_called(in->config, name);
    }
    if (secret != NULL && secret->profile != NULL && !in->endpoint->profile_fixed) {
        return profile_called(in->config, span_str(secret->profile));
    }
    return in->endpoint->profile;
}

static bool several_profiles_are_tolerated(const struct inbound *in)
{
    return quirk_on(in, QUIRK_SEVERAL_PROFILES);
}

static bool certProfile_fits(const struct inbound *in, struct refusal *no)
{
    const struct asn1_list *names = GeneralInfo_value(&in->header->generalInfo, OID_id_it_certProfile);

    if (names == NULL) {
        return true;
    }
    if (names->count != 1 && !several_profiles_are_tolerated(in)) {
        return refuse(no, FAIL_badDataFormat, "RFC 9483 3.1: certProfile: want one name, have %zu",
                      names->count);
    }
    struct span name = certProfile_of(in);
    return in->profile_name == NULL || name.ptr == NULL || span_eq(name, span_str(in->profile_name)) ||
           refuse(no, FAIL_badRequest, "certProfile \"%.*s\" is not the profile \"%s\" of the path",
                  (int)(name.len < 64 ? name.len : 64), name.ptr, in->profile_name);
}

/* ---- whether it may -------------------------------------------------------------------------- */

static const struct operation {
    int arm;
    uint32_t bit;
    const char *label;                  /* RFC 9483, Table 1 */
} operations[] = {
    { PKIBody_ir,    OPERATION_IR,    "initialization" },
    { PKIBody_cr,    OPERATION_CR,    "certification" },
    { PKIBody_p10cr, OPERATION_P10CR, "pkcs10" },
    { PKIBody_kur,   OPERATION_KUR,   "keyupdate" },
    { PKIBody_rr,    OPERATION_RR,    "revocation" },
    { PKIBody_genm,  OPERATION_GENM,  NULL },      /* by what it asks */
};

static const struct operation *operation_of(int arm)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (operations[i].arm == arm) {
            return &operations[i];
        }
    }
    return NULL;
}

static bool operation_fits(const struct inbound *in, struct refusal *no)
{
    int arm = in->message->body->arm;
    const struct operation *o = operation_of(arm);

    if (o == NULL) {
        return refuse(no, FAIL_badRequest, "%s is no request for a certificate, a revocation or information",
                      PKIBody_name(arm));
    }
    const char *label = o->label != NULL ? o->label : general_label(&in->message->body->genm);
    if (in->operation != NULL && (label == NULL || strcmp(in->operation, label) != 0)) {
        return refuse(no, FAIL_badRequest, "RFC 9483 6.1: %s was sent to the path for \"%s\"",
                      PKIBody_name(arm), in->operation);
    }
    return (in->profile->operations & o->bit) ||
           refuse(no, FAIL_notAuthorized, "profile \"%s\" does not admit %s", in->profile->name,
                  PKIBody_name(arm));
}

static bool mac_is_tolerated(const struct inbound *in)
{
    return quirk_on(in, in->message->body->arm == PKIBody_kur ? QUIRK_MAC_KUR : QUIRK_MAC_RR);
}

/* RFC 9483 4.1.3, 4.2: whoever updates or revokes a certificate signs with it; 4.1.5 has no MAC for that. */
static bool kind_fits(const struct inbound *in, struct refusal *no)
{
    int arm = in->message->body->arm;

    return in->sender.credential.kind != CREDENTIAL_SECRET || (arm != PKIBody_kur && arm != PKIBody_rr) ||
           mac_is_tolerated(in) ||
           refuse(no, FAIL_wrongIntegrity, "RFC 9483 %s: %s wants a signature by the certificate that it is about, not a MAC",
                  arm == PKIBody_kur ? "4.1.3" : "4.2", PKIBody_name(arm));
}

/* RFC 9483 3.5: the wrong kind of protection is wrongIntegrity, the wrong certificate notAuthorized. */
static bool credential_fits(const struct inbound *in, struct refusal *no)
{
    const struct sender *s = &in->sender;
    uint32_t admitted = in->profile->credentials;
    bool by_mac = s->credential.kind == CREDENTIAL_SECRET;
    uint32_t have = by_mac ? BY_SECRET : s->of_this_ca ? BY_CERTIFICATE : BY_ANCHOR;

    if ((admitted & have) || ra_speaks(in, in->profile)) {
        return true;
    }
    if (by_mac || !(admitted & (BY_CERTIFICATE | BY_ANCHOR | BY_RA))) {
        return refuse(no, FAIL_wrongIntegrity, "profile \"%s\" wants %s", in->profile->name,
                      by_mac ? "a signature" : "a MAC");
    }
    return refuse(no, FAIL_notAuthorized, "profile \"%s\" does not admit certificates of %s", in->profile->name,
                  s->of_this_ca ? "this CA" : "other CAs");
}

/* RFC 9483 4.1.2, 4.1.4: cr and p10cr are for those that have a certificate of this PKI; who brings one of another
 * sends ir.  A shared secret is good for all of them (4.1.5). */
static bool origin_fits(const struct inbound *in, struct refusal *no)
{
    int arm = in->message->body->arm;

    return (arm != PKIBody_cr && arm != PKIBody_p10cr) || in->sender.credential.kind == CREDENTIAL_SECRET ||
           in->sender.of_this_ca || ra_speaks(in, in->profile) ||
           refuse(no, FAIL_notAuthorized, "RFC 9483 4.1.2: %s wants a certificate of this PKI: send ir",
                  PKIBody_name(arm));
}

static bool secret_fits(const struct inbound *in, struct refusal *no)
{
    const struct secret *secret = in->sender.credential.kind == CREDENTIAL_SECRET ? in->sender.secret : NULL;

    return secret == NULL || secret->profile == NULL || strcmp(secret->profile, in->profile->name) == 0 ||
           refuse(no, FAIL_notAuthorized, "this shared secret is for profile \"%s\"", secret->profile);
}

static bool is_no_matter_of_profiles(int arm)
{
    return arm == PKIBody_rr || arm == PKIBody_genm;
}

/* A certificate of ours asks for more under the profile that it came from; what another profile gives is for those
 * that are admitted there, and an RA is for all that admit one.  rr is no matter of profiles. */
static bool certificate_fits(const struct inbound *in, struct refusal *no)
{
    const struct certificate *row = in->sender.of_this_ca ? in->sender.row : NULL;

    return row == NULL || row->profile == NULL || is_no_matter_of_profiles(in->message->body->arm) || ra_speaks(in, in->profile) ||
           strcmp(row->profile, in->profile->name) == 0 ||
           refuse(no, FAIL_notAuthorized, "the protection certificate was issued under profile \"%s\", not \"%s\"",
                  row->profile, in->profile->name);
}

bool profile_choose(struct inbound *in, struct refusal *no)
{
    struct span name = name_asked_for(in);

    if (!certProfile_fits(in, no)) {
        return false;
    }
    const struct config_profile *profile = profile_meant(in);
    if (profile == NULL) {
        return refuse(no, FAIL_badRequest, "there is no profile \"%.*s\"",
                      (int)(name.len < 64 ? name.len : 64), name.ptr);
    }
    if (in->endpoint->profile_fixed && profile != in->endpoint->profile) {
        return refuse(no, FAIL_notAuthorized, "this endpoint is for profile \"%s\" only",
                      in->endpoint->profile->name);
    }
    in->profile = profile;
    return operation_fits(in, no) && kind_fits(in, no) && credential_fits(in, no) && origin_fits(in, no) && secret_fits(in, no) &&
           certificate_fits(in, no);
}
