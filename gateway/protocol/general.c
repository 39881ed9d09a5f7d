#include "gateway/protocol/general.h"

#include <string.h>

#include "gateway/protocol/certlist.h"
#include "gateway/protocol/check.h"
#include "gateway/protocol/name.h"

/* One question. */
struct question {
    struct general *g;
    const struct InfoTypeAndValue *asked;
    struct InfoTypeAndValue *answer;    /* its infoType is set; without a value it says "there is none" */
    struct refusal *no;
};

static bool no_memory(struct refusal *no)
{
    return refuse_unavailable(no, "out of memory");
}

static bool say(struct question *q, const struct asn1_type *type, void *value)
{
    if (value == NULL) {
        return no_memory(q->no);
    }
    q->answer->infoValue = asn1_open_value(type, value);
    return true;
}

/* ---- CA certificates (RFC 9483 4.3.1) -------------------------------------------------------- */

/* Roots that do not issue are for rootCaCert. */
static bool tell_caCerts(struct question *q)
{
    const struct inbound *in = q->g->in;
    struct asn1_list *list = arena_zalloc(in->arena, sizeof *list);

    if (list == NULL) {
        return no_memory(q->no);
    }
    for (size_t i = 0; i < q->g->ca_count; i++) {
        const struct config_key *key = q->g->cas[i].key;
        if (!certlist_add(in->arena, list, key->certificate) ||
            !certlist_add_chain(in->arena, list, key->chain, key->chain_count)) {
            return no_memory(q->no);
        }
    }
    if (!certlist_add_chain(in->arena, list, in->config->ca_certificates, in->config->ca_certificate_count)) {
        return no_memory(q->no);
    }
    return list->count == 0 || say(q, &SEQUENCE_OF_CMPCertificate_type, list);
}

/* ---- the update of a root (RFC 9483 4.3.2, RFC 9810 4.4) ------------------------------------- */

/* The key tells which root is meant: its certificate may have been renewed. */
static bool is_of_root(const struct inbound *in, const struct config_root_update *u, const struct Certificate *root)
{
    struct asn1_error err;
    struct Certificate *old = Certificate_decode(u->old_with_new, in->arena, &err);

    return old != NULL && span_eq(old->tbsCertificate->subjectPublicKeyInfo->der,
                                  root->tbsCertificate->subjectPublicKeyInfo->der) &&
           name_equal(old->tbsCertificate->subject, root->tbsCertificate->subject, in->arena);
}

/* Without a root the one update there is: with several, none of them is certain to be the one. */
static const struct config_root_update *find_update(const struct inbound *in, const struct Certificate *root)
{
    const struct config *c = in->config;

    if (root == NULL) {
        return c->root_update_count == 1 ? &c->root_updates[0] : NULL;
    }
    for (size_t i = 0; i < c->root_update_count; i++) {
        if (is_of_root(in, &c->root_updates[i], root)) {
            return &c->root_updates[i];
        }
    }
    return NULL;
}

static bool tell_rootCaKeyUpdate(struct question *q)
{
    const struct inbound *in = q->g->in;
    const struct CMPCertificate *root = q->asked->infoValue.value;

    if (root != NULL && root->arm != CMPCertificate_x509v3PKCert) {
        return refuse(q->no, FAIL_badDataFormat, "rootCaCert: want an X.509 certificate");
    }
    const struct config_root_update *u = find_update(in, root != NULL ? root->x509v3PKCert : NULL);
    if (u == NULL) {
        return true;
    }
    struct RootCaKeyUpdateContent *content = RootCaKeyUpdateContent_new(in->arena);
    if (content == NULL) {
        return no_memory(q->no);
    }
    content->newWithNew = certlist_one(in->arena, u->new_with_new);
    content->newWithOld = certlist_one(in->arena, u->new_with_old);
    content->oldWithNew = certlist_one(in->arena, u->old_with_new);
    return content->newWithNew != NULL && content->newWithOld != NULL && content->oldWithNew != NULL
           ? say(q, &RootCaKeyUpdateContent_type, content) : no_memory(q->no);
}

/* ---- a template (RFC 9483 4.3.3) ------------------------------------------------------------- */

static bool tell_certReqTemplate(struct question *q)
{
    return say(q, &CertReqTemplateContent_type, general_template(q->g->in));
}

/* ---- CRLs (RFC 9483 4.3.4, RFC 9810 5.3.19.6) ------------------------------------------------ */

static bool find_crl(struct question *q, const struct general_ca *ca, struct crl **crl)
{
    *crl = NULL;
    return ca == NULL || store_latest_crl(q->g->in->store, ca->key->name_der, q->g->in->arena, crl) ||
           refuse_unavailable(q->no, "the store cannot be read");
}

static bool tell_currentCRL(struct question *q)
{
    struct crl *crl;

    if (!find_crl(q, q->g->ca, &crl)) {
        return false;
    }
    if (crl != NULL) {
        q->answer->infoValue = asn1_open_der(crl->der);
    }
    return true;
}

static const struct general_ca *ca_by_issuer(const struct general *g, const struct asn1_list *names)
{
    const struct GeneralName *name = names->count == 1 ? names->item[0] : NULL;

    for (size_t i = 0; name != NULL && name->arm == GeneralName_directoryName && i < g->ca_count; i++) {
        if (name_equal_der(name->directoryName, g->cas[i].key->name_der, g->in->arena)) {
            return &g->cas[i];
        }
    }
    return NULL;
}

/* The last part of the address is the name under which we publish it, whatever host serves it. */
static bool address_names(struct span uri, const char *name)
{
    size_t from = uri.len, len = strlen(name);

    while (from > 0 && uri.ptr[from - 1] != '/') {
        from--;
    }
    struct span last = { uri.ptr + from, uri.len - from };
    return from > 0 && last.len == len + 4 && memcmp(last.ptr, name, len) == 0 &&
           memcmp(last.ptr + len, ".crl", 4) == 0;
}

/* RFC 9483 4.3.4: a pointer to what is here, never an address to fetch from. */
static const struct general_ca *ca_by_dpn(const struct general *g, const struct DistributionPointName *dpn)
{
    const struct asn1_list *names = &dpn->fullName;

    for (size_t i = 0; dpn->arm == DistributionPointName_fullName && i < names->count; i++) {
        const struct GeneralName *name = names->item[i];
        for (size_t j = 0; name->arm == GeneralName_uniformResourceIdentifier && j < g->ca_count; j++) {
            if (address_names(name->uniformResourceIdentifier, g->cas[j].name)) {
                return &g->cas[j];
            }
        }
    }
    return NULL;
}

static bool tell_crls(struct question *q)
{
    const struct general *g = q->g;
    const struct asn1_list *statuses = q->asked->infoValue.value;
    struct asn1_list *list = arena_zalloc(g->in->arena, sizeof *list);
    struct CertificateList *one = CertificateList_new(g->in->arena);
    struct crl *crl;
    int64_t known = INT64_MIN;

    if (statuses->count != 1) {
        return refuse(q->no, FAIL_badRequest, "RFC 9483 4.3.4: crlStatusList: want one CRLStatus, have %zu",
                      statuses->count);
    }
    const struct CRLStatus *s = statuses->item[0];
    if (s->thisUpdate != NULL) {
        Time_to_unix(s->thisUpdate, &known);
    }
    if (!find_crl(q, s->source->arm == CRLSource_dpn ? ca_by_dpn(g, s->source->dpn)
                                                     : ca_by_issuer(g, &s->source->issuer), &crl)) {
        return false;
    }
    if (crl == NULL || crl->this_update <= known) {
        return true;
    }
    if (list == NULL || one == NULL) {
        return no_memory(q->no);
    }
    one->der = crl->der;
    return asn1_list_add(g->in->arena, list, one) ? say(q, &SEQUENCE_OF_CertificateList_type, list)
                                                  : no_memory(q->no);
}

/* ---- questions ------------------------------------------------------------------------------- */

enum presence { ABSENT, OPTIONAL_VALUE, PRESENT };

static const struct row {
    enum oid asked, told;
    enum presence value;                /* of the question */
    const char *label;                  /* RFC 9483, Table 1 */
    bool (*tell)(struct question *);
} rows[] = {
    { OID_id_it_caCerts,         OID_id_it_caCerts,         ABSENT,         "getcacerts",         tell_caCerts },
    { OID_id_it_rootCaCert,      OID_id_it_rootCaKeyUpdate, OPTIONAL_VALUE, "getrootupdate",      tell_rootCaKeyUpdate },
    { OID_id_it_certReqTemplate, OID_id_it_certReqTemplate, ABSENT,         "getcertreqtemplate", tell_certReqTemplate },
    { OID_id_it_crlStatusList,   OID_id_it_crls,            PRESENT,        "getcrls",            tell_crls },
    { OID_id_it_currentCRL,      OID_id_it_currentCRL,      ABSENT,         NULL,                 tell_currentCRL },
};

static const struct row *row_of(struct span infoType)
{
    enum oid id = oid_find(infoType);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].asked == id) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *general_label(const struct asn1_list *genm)
{
    const struct InfoTypeAndValue *first = genm->count > 0 ? genm->item[0] : NULL;
    const struct row *row = first != NULL ? row_of(first->infoType) : NULL;

    return row != NULL ? row->label : NULL;
}

static bool value_fits(const struct row *row, const struct InfoTypeAndValue *asked, struct refusal *no)
{
    bool present = asked->infoValue.der.ptr != NULL;

    if (row->value == ABSENT && present) {
        return refuse(no, FAIL_badDataFormat, "RFC 9483 4.3: %s: infoValue must be absent", oid_name(row->asked));
    }
    return row->value != PRESENT || present ||
           refuse(no, FAIL_badDataFormat, "RFC 9483 4.3: %s: infoValue is missing", oid_name(row->asked));
}

/* RFC 9810 5.3.19.7. */
static bool tell_unsupported(struct question *q)
{
    struct asn1_list *list = arena_zalloc(q->g->in->arena, sizeof *list);

    if (list == NULL || !asn1_list_add_span(q->g->in->arena, list, q->asked->infoType)) {
        return no_memory(q->no);
    }
    q->answer->infoType = oid_contents(OID_id_it_unsupportedOIDs);
    return say(q, &SEQUENCE_1_OF_OBJECT_IDENTIFIER_type, list);
}

static bool answer_one(struct general *g, const struct InfoTypeAndValue *asked, struct refusal *no)
{
    const struct row *row = row_of(asked->infoType);
    struct question q = { .g = g, .asked = asked, .answer = InfoTypeAndValue_new(g->in->arena), .no = no };

    if (q.answer == NULL) {
        return no_memory(no);
    }
    if (row != NULL) {
        q.answer->infoType = oid_contents(row->told);
    }
    return (row != NULL ? value_fits(row, asked, no) && row->tell(&q) : tell_unsupported(&q)) &&
           (asn1_list_add(g->in->arena, &g->answers, q.answer) || no_memory(no));
}

/* RFC 9810 D.5: no question asks for all there is. */
static bool answer_all(struct general *g, struct refusal *no)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct InfoTypeAndValue asked = { .infoType = oid_contents(rows[i].asked) };
        if (rows[i].value == ABSENT && !answer_one(g, &asked, no)) {
            return false;
        }
    }
    return true;
}

static bool several_are_tolerated(const struct inbound *in)
{
    enum { MOST = 8 };

    return in->message->body->genm.count <= MOST && quirk_on(in, QUIRK_SEVERAL_QUESTIONS);
}

bool general_answer(struct general *g, struct refusal *no)
{
    const struct asn1_list *genm = &g->in->message->body->genm;

    if (genm->count != 1 && !several_are_tolerated(g->in)) {
        return refuse(no, FAIL_badRequest, "RFC 9483 4.3: genm: want one InfoTypeAndValue, have %zu", genm->count);
    }
    for (size_t i = 0; i < genm->count; i++) {
        if (!answer_one(g, genm->item[i], no)) {
            return false;
        }
    }
    return genm->count > 0 || answer_all(g, no);
}
