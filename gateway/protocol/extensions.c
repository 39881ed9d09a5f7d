/* The extensions that a certificate gets (RFC 5280 4.2): what was asked for, as far as the profile grants it.
 *
 * keyUsage is cut down to what is granted, extKeyUsage and subjectAltName are granted or refused; whatever
 * belongs to the issuer (key identifiers, distribution points) and whatever we do not know is left out when it
 * is not critical, and refused when it is.  Where nothing was asked for, the profile's usages are set: a
 * certificate without them could be used for anything.
 */
#include <string.h>

#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

struct grant {
    const struct inbound *in;
    const struct wanted *wanted;
    struct refusal *no;
    bool modified;
    bool has_usage, has_purposes;
    uint32_t usage;                     /* KeyUsage bits */
    struct asn1_open purposes, altName;
    bool purposes_critical;
};

/* Extensions of one request; more are nobody's certificate. */
enum { EXTENSIONS_MAX = 32 };

/* ---- what was asked for ---------------------------------------------------------------------- */

uint32_t usage_of_key(enum crypto_key_kind kind)
{
    uint32_t can_sign = KeyUsage_digitalSignature | KeyUsage_nonRepudiation;

    switch (kind) {
    case CRYPTO_KEY_RSA:
        return can_sign | KeyUsage_keyEncipherment | KeyUsage_dataEncipherment;
    case CRYPTO_KEY_EC:
        return can_sign | KeyUsage_keyAgreement | KeyUsage_encipherOnly | KeyUsage_decipherOnly;
    default:
        return can_sign;
    }
}

static uint32_t usage_granted(const struct grant *g)
{
    return g->in->profile->key_usage & usage_of_key(g->wanted->key.kind);
}

static bool ask_keyUsage(struct grant *g, const struct Extension *e)
{
    uint32_t asked = asn1_named_bits(*(const struct span *)e->extnValue.value);

    if (asked & (KeyUsage_keyCertSign | KeyUsage_cRLSign)) {
        return refuse(g->no, FAIL_badCertTemplate, "keyUsage: keyCertSign and cRLSign are for CAs");
    }
    g->usage = asked & usage_granted(g);
    g->has_usage = true;
    g->modified |= g->usage != asked;
    return g->usage != 0 ||
           refuse(g->no, FAIL_badCertTemplate,
                  "keyUsage: none of what is asked for is granted by profile \"%s\" for such a key",
                  g->in->profile->name);
}

static bool purpose_granted(const struct config_profile *p, struct span purpose)
{
    enum oid id = oid_find(purpose);

    for (size_t i = 0; i < p->extended_key_usage_count; i++) {
        if (p->extended_key_usages[i] == id) {
            return true;
        }
    }
    return false;
}

static bool ask_extKeyUsage(struct grant *g, const struct Extension *e)
{
    const struct asn1_list *asked = e->extnValue.value;
    char text[64];

    for (size_t i = 0; i < asked->count; i++) {
        const struct span *purpose = asked->item[i];
        if (!purpose_granted(g->in->profile, *purpose)) {
            return refuse(g->no, FAIL_badCertTemplate, "extKeyUsage: %s is not granted by profile \"%s\"",
                          oid_text(*purpose, text, sizeof text), g->in->profile->name);
        }
    }
    g->purposes = e->extnValue;
    g->has_purposes = true;
    g->purposes_critical = asn1_true(e->critical);
    return true;
}

static bool ask_subjectAltName(struct grant *g, const struct Extension *e)
{
    const struct asn1_list *names = e->extnValue.value;
    char text[64];

    /* An update has the names of the certificate: keep_old_names(). */
    enum san_rule rule = g->wanted->old != NULL ? SAN_REQUESTED : g->in->profile->san;

    if (rule == SAN_NONE) {
        return refuse(g->no, FAIL_badCertTemplate, "profile \"%s\" grants no subjectAltName",
                      g->in->profile->name);
    }
    for (size_t i = 0; i < names->count; i++) {
        if (!altname_is_sane(names->item[i])) {
            return refuse(g->no, FAIL_badCertTemplate,
                          "RFC 5280 4.2.1.6: subjectAltName: \"%s\" is no such name",
                          GeneralName_text(names->item[i], text, sizeof text));
        }
        if (rule == SAN_BOUND && !altname_is_proven(g->in, names->item[i])) {
            return refuse(g->no, FAIL_notAuthorized,
                          "RFC 9483 5.1.1: subjectAltName: \"%s\" is no name that this credential proves",
                          GeneralName_text(names->item[i], text, sizeof text));
        }
    }
    g->altName = e->extnValue;
    return true;
}

/* CA FALSE is what an end entity's certificate says by not having it. */
static bool ask_basicConstraints(struct grant *g, const struct Extension *e)
{
    const struct BasicConstraints *c = e->extnValue.value;

    if (asn1_true(c->cA)) {
        return refuse(g->no, FAIL_badCertTemplate, "basicConstraints: CA certificates are not issued here");
    }
    return c->pathLenConstraint.ptr == NULL ||
           refuse(g->no, FAIL_badCertTemplate,
                  "RFC 5280 4.2.1.9: basicConstraints: pathLenConstraint without cA");
}

static const struct {
    enum oid id;
    bool (*ask)(struct grant *, const struct Extension *);
} rows[] = {
    { OID_id_ce_keyUsage,         ask_keyUsage },
    { OID_id_ce_extKeyUsage,      ask_extKeyUsage },
    { OID_id_ce_subjectAltName,   ask_subjectAltName },
    { OID_id_ce_basicConstraints, ask_basicConstraints },
};

static bool ask(struct grant *g, const struct Extension *e)
{
    enum oid id = oid_find(e->extnID);
    char text[64];

    if (e->extnValue.malformed) {
        return refuse(g->no, FAIL_badCertTemplate, "extension %s cannot be read",
                      oid_text(e->extnID, text, sizeof text));
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].id == id) {
            return rows[i].ask(g, e);
        }
    }
    g->modified = true;
    return !asn1_true(e->critical) ||
           refuse(g->no, FAIL_badCertTemplate, "critical extension %s is not granted",
                  oid_text(e->extnID, text, sizeof text));
}

static bool is_repeated(const struct asn1_list *list, size_t at)
{
    const struct Extension *e = list->item[at];

    for (size_t i = 0; i < at; i++) {
        const struct Extension *other = list->item[i];
        if (span_eq(other->extnID, e->extnID)) {
            return true;
        }
    }
    return false;
}

static bool ask_all(struct grant *g, const struct asn1_list *list)
{
    char text[64];

    if (list->count > EXTENSIONS_MAX) {
        return refuse(g->no, FAIL_badCertTemplate, "at most %d extensions can be asked for", EXTENSIONS_MAX);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct Extension *e = list->item[i];
        if (is_repeated(list, i)) {
            return refuse(g->no, FAIL_badCertTemplate, "RFC 5280 4.2: extension %s is there twice",
                          oid_text(e->extnID, text, sizeof text));
        }
        if (!ask(g, e)) {
            return false;
        }
    }
    return true;
}

/* RFC 9483 4.1.3: an update keeps the names of the certificate, whether or not it repeats them. */
static bool keep_old_names(struct grant *g)
{
    const struct Extension *old = g->wanted->old == NULL ? NULL
        : Extensions_find(&g->wanted->old->tbsCertificate->extensions, OID_id_ce_subjectAltName);

    if (g->wanted->old == NULL) {
        return true;
    }
    if (g->altName.der.ptr != NULL && (old == NULL || !span_eq(old->extnValue.der, g->altName.der))) {
        return refuse(g->no, FAIL_badCertTemplate,
                      "RFC 9483 4.1.3: subjectAltName is not that of the certificate to be updated");
    }
    if (old != NULL) {
        g->altName = old->extnValue;
    }
    return true;
}

/* ---- what is granted ------------------------------------------------------------------------- */

static bool add(struct grant *g, struct asn1_list *list, enum oid id, bool critical, struct asn1_open value)
{
    struct Extension *e = Extension_new(g->in->arena);

    if (e == NULL) {
        return false;
    }
    e->extnID = oid_contents(id);
    e->critical = asn1_put_bool(critical);
    e->extnValue = value;
    return asn1_list_add(g->in->arena, list, e);
}

static bool add_keyUsage(struct grant *g, struct asn1_list *list)
{
    struct span *bits = arena_zalloc(g->in->arena, sizeof *bits);
    uint32_t usage = g->has_usage ? g->usage : usage_granted(g);

    if (bits == NULL || usage == 0) {
        return bits != NULL;
    }
    *bits = asn1_put_named_bits(g->in->arena, usage);
    return add(g, list, OID_id_ce_keyUsage, true, asn1_open_value(&KeyUsage_type, bits));
}

static bool add_extKeyUsage(struct grant *g, struct asn1_list *list)
{
    const struct config_profile *p = g->in->profile;
    struct asn1_list *purposes;

    if (g->has_purposes) {
        return add(g, list, OID_id_ce_extKeyUsage, g->purposes_critical, asn1_open_der(g->purposes.der));
    }
    if (p->extended_key_usage_count == 0) {
        return true;
    }
    purposes = arena_zalloc(g->in->arena, sizeof *purposes);
    for (size_t i = 0; purposes != NULL && i < p->extended_key_usage_count; i++) {
        if (!asn1_list_add_span(g->in->arena, purposes, oid_contents(p->extended_key_usages[i]))) {
            return false;
        }
    }
    return purposes != NULL &&
           add(g, list, OID_id_ce_extKeyUsage, false, asn1_open_value(&ExtKeyUsageSyntax_type, purposes));
}

/* RFC 5280 4.2.1.6: critical where it is the only name. */
static bool add_subjectAltName(struct grant *g, struct asn1_list *list, bool only_name)
{
    return g->altName.der.ptr == NULL ||
           add(g, list, OID_id_ce_subjectAltName, only_name, asn1_open_der(g->altName.der));
}

static bool write_down(struct grant *g, struct order *order, bool only_name)
{
    struct asn1_list list = { .count = 0 };

    if (!add_keyUsage(g, &list) || !add_extKeyUsage(g, &list) || !add_subjectAltName(g, &list, only_name)) {
        return refuse_unavailable(g->no, "out of memory");
    }
    if (list.count == 0) {
        return true;
    }
    order->extensions = Extensions_encode(&list, g->in->arena);
    return order->extensions.ptr != NULL || refuse_unavailable(g->no, "the extensions could not be written");
}

bool extensions_are_among(const struct asn1_list *asked, const struct asn1_list *have)
{
    for (size_t i = 0; i < asked->count; i++) {
        const struct Extension *e = asked->item[i];
        const struct Extension *found = NULL;
        for (size_t j = 0; j < have->count && found == NULL; j++) {
            const struct Extension *h = have->item[j];
            found = span_eq(h->extnID, e->extnID) ? h : NULL;
        }
        if (found == NULL || !span_eq(found->extnValue.der, e->extnValue.der)) {
            return false;
        }
    }
    return true;
}

bool grant_extensions(const struct inbound *in, const struct wanted *w, struct order *order, bool *modified,
                      struct refusal *no)
{
    static const uint8_t null_dn[] = { DER_SEQUENCE, 0 };
    struct grant g = { .in = in, .wanted = w, .no = no };
    bool only_name = span_eq(order->subject, (struct span){ null_dn, sizeof null_dn });

    if ((w->extensions != NULL && !ask_all(&g, w->extensions)) || !keep_old_names(&g)) {
        return false;
    }
    if (only_name && g.altName.der.ptr == NULL) {
        return refuse(no, FAIL_badCertTemplate,
                      "RFC 9483 4.1.1: subject is empty, and there is no subjectAltName");
    }
    *modified |= g.modified;
    return write_down(&g, order, only_name);
}
