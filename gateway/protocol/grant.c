/* What the profile grants of it: the key, the subject, the validity (RFC 9483 5.1.1). */
#include <inttypes.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

/* ---- key ------------------------------------------------------------------------------------- */

static const char *kind_text(const struct crypto_public *key)
{
    switch (key->kind) {
    case CRYPTO_KEY_RSA:     return "RSA";
    case CRYPTO_KEY_EC:      return oid_name(key->curve);
    case CRYPTO_KEY_ED25519: return "Ed25519";
    case CRYPTO_KEY_ED448:   return "Ed448";
    default:                 return "this kind of";
    }
}

static bool same_type(const struct config_key_type *type, const struct crypto_public *key)
{
    return type->kind == key->kind && type->curve == key->curve;
}

static bool size_admitted(const struct config_key_type *type, const struct crypto_public *key)
{
    return type->kind != CRYPTO_KEY_RSA || (key->bits >= type->minimum_bits && key->bits <= type->maximum_bits);
}

static bool type_admitted(const struct config_profile *p, const struct crypto_public *key, struct refusal *no)
{
    const struct config_key_type *near = NULL;

    for (size_t i = 0; i < p->key_type_count; i++) {
        const struct config_key_type *type = &p->key_types[i];
        if (same_type(type, key) && size_admitted(type, key)) {
            return true;
        }
        near = same_type(type, key) ? type : near;
    }
    if (near != NULL) {
        return refuse(no, FAIL_badCertTemplate,
                      "publicKey: profile \"%s\" wants RSA keys of %u to %u bits, have %u", p->name,
                      near->minimum_bits, near->maximum_bits, key->bits);
    }
    return refuse(no, FAIL_badCertTemplate, "publicKey: profile \"%s\" does not admit %s keys", p->name,
                  kind_text(key));
}

bool grant_key(const struct inbound *in, struct wanted *w, struct refusal *no)
{
    enum crypto_status status = crypto_public_look(w->spki, &w->key);

    if (status == CRYPTO_FAILED) {
        return refuse_unavailable(no, "the public key could not be looked at");
    }
    if (status != CRYPTO_OK) {
        return refuse(no, FAIL_badCertTemplate, "publicKey: %s", crypto_status_text(status));
    }
    return type_admitted(in->profile, &w->key, no);
}

/* ---- subject --------------------------------------------------------------------------------- */

bool no_subject_is_tolerated(const struct inbound *in, const struct Name *subject)
{
    return in->message->body->arm == PKIBody_kur && (subject == NULL || name_is_null(subject)) &&
           quirk_on(in, QUIRK_KUR_WITHOUT_SUBJECT);
}

/* RFC 9483 4.1.3: a certificate is updated under the name it has. */
static bool subject_of_update(const struct inbound *in, const struct wanted *w, struct order *order,
                              struct refusal *no)
{
    const struct Name *old = w->old->tbsCertificate->subject;

    order->subject = old->der;
    return w->subject == NULL || name_equal(w->subject, old, in->arena) || no_subject_is_tolerated(in, w->subject) ||
           refuse(no, FAIL_badCertTemplate,
                  "RFC 9483 4.1.3: subject is not that of the certificate to be updated");
}

/* A certificate of ours asks for itself, unless the profile says `any`: otherwise a secret for one name would be good
 * for every name, by way of its first certificate. */
bool subject_is_bound(const struct inbound *in)
{
    const struct sender *s = &in->sender;

    return !ra_speaks(in, in->profile) &&
           (in->profile->subject == SUBJECT_BOUND ||
            (s->credential.kind == CREDENTIAL_SECRET && s->subject.ptr != NULL) ||
            (s->of_this_ca && in->profile->subject != SUBJECT_ANY));
}

/* RFC 9483 4.1, 5.1.1: the request's subject is the one that the protection proves. */
static bool bound_subject(const struct inbound *in, const struct wanted *w, struct order *order,
                          struct refusal *no)
{
    char text[128];

    order->subject = in->sender.subject;
    if (order->subject.ptr == NULL) {
        return refuse(no, FAIL_notAuthorized,
                      "profile \"%s\" wants a shared secret that is bound to a subject", in->profile->name);
    }
    return w->subject == NULL || name_equal_der(w->subject, order->subject, in->arena) ||
           refuse(no, FAIL_notAuthorized,
                  "RFC 9483 5.1.1: subject \"%s\" is not the one that this credential is bound to",
                  Name_text(w->subject, text, sizeof text));
}

/* What cannot be read as the type that its attribute has is not signed: RFC 5280 4.1.2.4. */
static bool subject_is_readable(const struct Name *subject, struct refusal *no)
{
    char text[64];

    for (size_t i = 0; i < subject->rdnSequence.count; i++) {
        const struct asn1_list *rdn = subject->rdnSequence.item[i];
        for (size_t j = 0; j < rdn->count; j++) {
            const struct AttributeTypeAndValue *a = rdn->item[j];
            if (a->value.malformed) {
                return refuse(no, FAIL_badCertTemplate, "subject: %s cannot be read",
                              oid_text(a->type, text, sizeof text));
            }
        }
    }
    return true;
}

bool grant_subject(const struct inbound *in, const struct wanted *w, struct order *order, struct refusal *no)
{
    if (w->old != NULL) {
        return subject_of_update(in, w, order, no);
    }
    if (subject_is_bound(in)) {
        return bound_subject(in, w, order, no);
    }
    if (w->subject == NULL) {
        return refuse(no, FAIL_badCertTemplate, "RFC 9483 4.1.1: subject is missing");
    }
    order->subject = w->subject->der;
    return subject_is_readable(w->subject, no);
}

/* ---- a key that has a certificate already --------------------------------------------------------- */

/* Two at the same moment may both pass: the inventory has neither yet. */
bool grant_known_key(const struct inbound *in, const struct wanted *w, const struct order *order, struct refusal *no)
{
    enum known_keys rule = in->profile->known_keys;
    struct certificate *known = NULL;
    uint8_t key[STORE_DIGEST];

    if (rule == KNOWN_KEYS_ANY) {
        return true;
    }
    crypto_sha256(w->spki, key);
    if (!store_certificate_by_key(in->store, key, in->arena, &known)) {
        return refuse_unavailable(no, "the store cannot be read");
    }
    if (known == NULL) {
        return true;
    }
    if (known->revoked_at != 0 && known->reason == CRLReason_keyCompromise) {
        return refuse(no, FAIL_badCertTemplate, "publicKey: a certificate for this key was revoked for keyCompromise");
    }
    struct asn1_error err;
    struct Name *holder = Name_decode(known->subject, in->arena, &err);
    bool own = holder != NULL && name_equal_der(holder, order->subject, in->arena);
    return (rule == KNOWN_KEYS_OWN && own) ||
           refuse(no, FAIL_badCertTemplate, "publicKey: profile \"%s\" wants a new key, this one has a certificate%s",
                  in->profile->name, rule == KNOWN_KEYS_OWN ? " under another name" : "");
}

/* ---- validity -------------------------------------------------------------------------------- */

/* A start in the past is moved to now, an end beyond what the profile gives is moved to that. */
bool grant_validity(const struct inbound *in, const struct wanted *w, struct order *order, bool *modified,
                    struct refusal *no)
{
    int64_t most = in->profile->validity, start = in->now, end;

    if (w->has_not_before && w->not_before > in->now + most) {
        return refuse(no, FAIL_badCertTemplate,
                      "validity.notBefore is further ahead than profile \"%s\" certifies", in->profile->name);
    }
    if (w->has_not_before) {
        start = w->not_before > in->now ? w->not_before : in->now;
        *modified |= w->not_before < in->now;
    }
    end = start + most;
    if (w->has_not_after) {
        if (w->not_after <= start) {
            return refuse(no, FAIL_badCertTemplate, "validity.notAfter is %s", w->not_after <= in->now
                          ? "in the past" : "not after notBefore");
        }
        *modified |= w->not_after > end;
        end = w->not_after < end ? w->not_after : end;
    }
    order->not_before = start;
    order->not_after = end;
    return true;
}
