#include "gateway/protocol/respond_message.h"

#include <string.h>

#include "gateway/protocol/certlist.h"

/* ---- header (RFC 9810 5.1.1; RFC 9483 3.1, 5.1) ---------------------------------------------- */

bool respond_by_mac(const struct respond *r)
{
    return r->in->sender.credential.kind == CREDENTIAL_SECRET && r->in->sender.secret_value.ptr != NULL &&
           r->in->header->protectionAlg != NULL;
}

/* RFC 9810 7: the request's version; for one that we do not know, the nearest that we do. */
static int64_t pvno_of(const struct inbound *in)
{
    int64_t pvno;

    if (!asn1_int64(in->header->pvno, &pvno)) {
        return PKIHeader_cmp2000;
    }
    int64_t least = in->endpoint != NULL && in->endpoint->cmp1999 ? PKIHeader_cmp1999 : PKIHeader_cmp2000;
    return pvno < least ? least : pvno > PKIHeader_cmp2021 ? PKIHeader_cmp2021 : pvno;
}

static struct GeneralName *directory_name(const struct inbound *in, struct span der)
{
    struct GeneralName *name = GeneralName_new(in->arena);
    struct Name *dn = Name_new(in->arena);

    if (name == NULL || dn == NULL) {
        return NULL;
    }
    dn->der = der;
    name->arm = GeneralName_directoryName;
    name->directoryName = dn;
    return name;
}

/* Clients compare it with the subject of the server's certificate, with a MAC as well. */
static struct GeneralName *our_name(const struct inbound *in)
{
    return directory_name(in, in->config->signer->name_der);
}

/* RFC 9483 3.1: the sender of the request, or the NULL-DN when it has not said who it is. */
static struct GeneralName *their_name(const struct inbound *in)
{
    static const uint8_t nobody[] = { 0x30, 0x00 };
    struct GeneralName *sender = in->header->sender;

    return sender->arm == GeneralName_directoryName ? sender
                                                    : directory_name(in, (struct span){ nobody, sizeof nobody });
}

static struct AlgorithmIdentifier *our_algorithm(const struct respond *r)
{
    const struct inbound *in = r->in;
    struct AlgorithmIdentifier *a;

    if (respond_by_mac(r)) {
        return in->header->protectionAlg;
    }
    a = AlgorithmIdentifier_new(in->arena);
    if (a != NULL) {
        a->der = crypto_key_algorithm(in->config->signer->key);
    }
    return a;
}

static bool add_info(struct arena *arena, struct asn1_list *list, enum oid type,
                     const struct asn1_type *value_type, struct span value)
{
    struct InfoTypeAndValue *info = InfoTypeAndValue_new(arena);
    struct span *content = arena_alloc(arena, sizeof *content);

    if (info == NULL || content == NULL || value.ptr == NULL) {
        return false;
    }
    *content = value;
    info->infoType = oid_contents(type);
    info->infoValue = asn1_open_value(value_type, content);
    return asn1_list_add(arena, list, info);
}

/* RFC 9483 3.1: one or the other, never both; RFC 2510 knows neither. */
static bool fill_generalInfo(const struct inbound *in, struct asn1_list *list,
                             const struct respond_extras *extras)
{
    if (inbound_is_1999(in)) {
        return true;
    }
    if (extras->implicit_confirm) {
        return add_info(in->arena, list, OID_id_it_implicitConfirm, &NULL__type, asn1_null());
    }
    return extras->confirm_until == 0 ||
           add_info(in->arena, list, OID_id_it_confirmWaitTime, &GeneralizedTime_type,
                    asn1_put_generalized_time(in->arena, extras->confirm_until));
}

static struct PKIHeader *make_header(struct respond *r, const struct respond_extras *extras)
{
    const struct inbound *in = r->in;
    struct PKIHeader *h = PKIHeader_new(in->arena);

    if (h == NULL || !fill_generalInfo(in, &h->generalInfo, extras)) {
        return NULL;
    }
    if (r->again.len == sizeof r->senderNonce) {
        memcpy(r->senderNonce, r->again.ptr, sizeof r->senderNonce);
    } else {
        crypto_nonce_make(in->config->seal, in->header->transactionID, r->senderNonce);
    }
    h->pvno = asn1_put_int(in->arena, pvno_of(in));
    h->sender = our_name(in);
    h->recipient = their_name(in);
    h->messageTime = asn1_put_generalized_time(in->arena, in->now);
    h->protectionAlg = our_algorithm(r);
    h->senderKID = respond_by_mac(r) ? sender_reference(&in->sender) : in->config->signer->key_identifier;
    h->transactionID = in->header->transactionID;
    h->senderNonce = (struct span){ r->senderNonce, sizeof r->senderNonce };
    h->recipNonce = in->header->senderNonce;
    if (h->sender == NULL || h->recipient == NULL || h->protectionAlg == NULL) {
        return NULL;
    }
    h->der = PKIHeader_encode(h, in->arena);
    return h->der.ptr != NULL ? h : NULL;
}

/* ---- protection (RFC 9810 5.1.3) ------------------------------------------------------------- */

static struct span protect(const struct respond *r, struct span data)
{
    const struct inbound *in = r->in;
    uint8_t bits[CRYPTO_SIGNATURE_MAX];
    uint64_t cost = in->config->iterations_max;
    size_t len = 0;
    enum crypto_status status = respond_by_mac(r)
        ? crypto_mac(in->sender.secret_value, in->header->protectionAlg, data, &cost, bits, &len)
        : crypto_sign(in->config->signer->key, data, bits, &len);

    if (status != CRYPTO_OK) {
        return (struct span){ NULL, 0 };
    }
    return asn1_put_bits(in->arena, (struct span){ bits, len });
}

/* ---- extraCerts (RFC 9483 3.3) --------------------------------------------------------------- */

static bool fill_extraCerts(const struct respond *r, struct asn1_list *list,
                            const struct respond_extras *extras)
{
    const struct config_key *signer = r->in->config->signer;
    struct arena *arena = r->in->arena;

    if (!respond_by_mac(r) && (!certlist_add(arena, list, signer->certificate) ||
                               !certlist_add_chain(arena, list, signer->chain, signer->chain_count))) {
        return false;
    }
    /* 3GPP TS 33.310 9.5.4: a base station takes its anchor from there. */
    return certlist_add_chain(arena, list, extras->chain, extras->chain_count) &&
           (!extras->roots || certlist_add_roots(arena, list, r->in->config->ca_certificates,
                                                 r->in->config->ca_certificate_count));
}

/* ---- all of it ------------------------------------------------------------------------------- */

struct span respond_message(struct respond *r, struct PKIBody *body, const struct respond_extras *extras)
{
    static const struct respond_extras none = { .chain = NULL };
    const struct span failed = { NULL, 0 };
    struct arena *arena = r->in->arena;
    struct PKIMessage *m = PKIMessage_new(arena);

    if (m == NULL || body == NULL) {
        return failed;
    }
    extras = extras != NULL ? extras : &none;
    m->header = make_header(r, extras);
    body->der = PKIBody_encode(body, arena);
    m->body = body;
    if (m->header == NULL || body->der.ptr == NULL || !fill_extraCerts(r, &m->extraCerts, extras)) {
        return failed;
    }
    struct span data = PKIMessage_protected_part(m, arena);
    m->protection = data.ptr != NULL ? protect(r, data) : failed;
    return m->protection.ptr != NULL ? PKIMessage_encode(m, arena) : failed;
}
