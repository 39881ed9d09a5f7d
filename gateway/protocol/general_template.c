/* What a profile wants, told to clients before they ask for it: CertReqTemplateContent (RFC 9483 4.3.3, RFC 9810
 * 5.3.19.16). */
#include "gateway/protocol/check.h"
#include "gateway/protocol/general.h"

/* ---- keySpec --------------------------------------------------------------------------------- */

static bool add_control(struct arena *arena, struct asn1_list *list, enum oid type, const struct asn1_type *value_type,
                        void *value)
{
    struct SingleAttribute *control = SingleAttribute_new(arena);

    if (control == NULL || value == NULL) {
        return false;
    }
    control->type = oid_contents(type);
    control->value = asn1_open_value(value_type, value);
    return asn1_list_add(arena, list, control);
}

static struct AlgorithmIdentifier *algorithm_of(struct arena *arena, const struct config_key_type *type)
{
    struct AlgorithmIdentifier *a = AlgorithmIdentifier_new(arena);
    struct ECParameters *curve = ECParameters_new(arena);

    if (a == NULL || curve == NULL) {
        return NULL;
    }
    switch (type->kind) {
    case CRYPTO_KEY_EC:
        curve->arm = ECParameters_namedCurve;
        curve->namedCurve = oid_contents(type->curve);
        a->algorithm = oid_contents(OID_id_ecPublicKey);
        a->parameters = asn1_open_value(&ECParameters_type, curve);
        return a;
    case CRYPTO_KEY_ED25519:
        a->algorithm = oid_contents(OID_id_Ed25519);
        return a;
    default:
        a->algorithm = oid_contents(OID_id_Ed448);
        return a;
    }
}

static bool add_length(struct arena *arena, struct asn1_list *list, unsigned bits)
{
    struct span *value = arena_alloc(arena, sizeof *value);

    if (value != NULL) {
        *value = asn1_put_int(arena, bits);
    }
    return add_control(arena, list, OID_id_regCtrl_rsaKeyLen, &RsaKeyLenCtrl_type, value);
}

/* There is no way to say "from … to": the lengths that people use, and the ends. */
static bool add_lengths(struct arena *arena, struct asn1_list *list, const struct config_key_type *type)
{
    static const unsigned usual[] = { 2048, 3072, 4096, 8192 };

    if (!add_length(arena, list, type->minimum_bits)) {
        return false;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (usual[i] > type->minimum_bits && usual[i] < type->maximum_bits && !add_length(arena, list, usual[i])) {
            return false;
        }
    }
    return type->maximum_bits == type->minimum_bits || add_length(arena, list, type->maximum_bits);
}

static bool add_keySpec(const struct inbound *in, struct asn1_list *list)
{
    const struct config_profile *p = in->profile;

    for (size_t i = 0; i < p->key_type_count; i++) {
        const struct config_key_type *type = &p->key_types[i];
        bool added = type->kind == CRYPTO_KEY_RSA
            ? add_lengths(in->arena, list, type)
            : add_control(in->arena, list, OID_id_regCtrl_algId, &AlgorithmIdentifier_type,
                          algorithm_of(in->arena, type));
        if (!added) {
            return false;
        }
    }
    return true;
}

/* ---- certTemplate ---------------------------------------------------------------------------- */

/* What every key of the profile can have: a usage that depends on the key is set without being asked for. */
static uint32_t common_usage(const struct config_profile *p)
{
    uint32_t usage = p->key_usage;

    for (size_t i = 0; i < p->key_type_count; i++) {
        usage &= usage_of_key(p->key_types[i].kind);
    }
    return usage;
}

static bool add_extension(struct arena *arena, struct asn1_list *list, enum oid id, bool critical,
                          const struct asn1_type *type, void *value)
{
    struct Extension *e = Extension_new(arena);

    if (e == NULL) {
        return false;
    }
    e->extnID = oid_contents(id);
    e->critical = asn1_put_bool(critical);
    e->extnValue = asn1_open_value(type, value);
    return asn1_list_add(arena, list, e);
}

static bool add_extensions(const struct inbound *in, struct asn1_list *list)
{
    const struct config_profile *p = in->profile;
    struct span *usage = arena_alloc(in->arena, sizeof *usage);
    struct asn1_list *purposes = arena_zalloc(in->arena, sizeof *purposes);

    if (usage == NULL || purposes == NULL) {
        return false;
    }
    *usage = asn1_put_named_bits(in->arena, common_usage(p));
    for (size_t i = 0; i < p->extended_key_usage_count; i++) {
        if (!asn1_list_add_span(in->arena, purposes, oid_contents(p->extended_key_usages[i]))) {
            return false;
        }
    }
    return (common_usage(p) == 0 ||
            add_extension(in->arena, list, OID_id_ce_keyUsage, true, &KeyUsage_type, usage)) &&
           (purposes->count == 0 ||
            add_extension(in->arena, list, OID_id_ce_extKeyUsage, false, &ExtKeyUsageSyntax_type, purposes));
}

/* The name that this sender must ask for, or the NULL-DN: fill in what you like. */
static struct Name *subject_of(const struct inbound *in)
{
    struct asn1_error err;
    struct Name *any;

    if (subject_is_bound(in) && in->sender.subject.ptr != NULL) {
        return Name_decode(in->sender.subject, in->arena, &err);
    }
    any = Name_new(in->arena);
    return any != NULL && asn1_list_init(in->arena, &any->rdnSequence) ? any : NULL;
}

struct CertReqTemplateContent *general_template(const struct inbound *in)
{
    struct CertReqTemplateContent *content = CertReqTemplateContent_new(in->arena);
    struct CertTemplate *t = CertTemplate_new(in->arena);

    if (content == NULL || t == NULL) {
        return NULL;
    }
    t->subject = subject_of(in);
    content->certTemplate = t;
    return t->subject != NULL && add_extensions(in, &t->extensions) && add_keySpec(in, &content->keySpec)
           ? content : NULL;
}
