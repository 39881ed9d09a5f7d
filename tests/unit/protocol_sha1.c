/* SHA-1 in signatures: by choice of the profile only, and then it is taken (RFC 9481 has none). */
#include "tests/unit/test.h"

#include <gnutls/abstract.h>

#include "tests/unit/protocol_forge.h"

/* Keys of ours do not sign like that. */
struct old_key {
    gnutls_privkey_t key;
    struct span spki;
};

static struct old_key old_key_new(struct fixture *f)
{
    struct old_key k = { .key = NULL };
    gnutls_pubkey_t public = NULL;
    gnutls_datum_t der = { NULL, 0 };

    EXPECT(gnutls_privkey_init(&k.key) == 0 && gnutls_pubkey_init(&public) == 0);
    EXPECT(gnutls_privkey_generate(k.key, GNUTLS_PK_RSA, 2048, 0) == 0);
    EXPECT(gnutls_pubkey_import_privkey(public, k.key, 0, 0) == 0);
    EXPECT(gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &der) == 0);
    k.spki = arena_copy(f->arena, der.data, der.size);
    gnutls_free(der.data);
    gnutls_pubkey_deinit(public);
    return k;
}

static struct span old_sign(struct fixture *f, const struct old_key *k, struct span data)
{
    gnutls_datum_t in = { (unsigned char *)(uintptr_t)data.ptr, (unsigned)data.len }, out = { NULL, 0 };

    EXPECT(gnutls_privkey_sign_data2(k->key, GNUTLS_SIGN_RSA_SHA1, 0, &in, &out) == 0);
    struct span bits = asn1_put_bits(f->arena, (struct span){ out.data, out.size });
    gnutls_free(out.data);
    return bits;
}

static struct AlgorithmIdentifier *old_algorithm(struct fixture *f)
{
    struct AlgorithmIdentifier *a = put_algorithm(f, OID_sha1WithRSAEncryption);

    a->parameters = asn1_open_value(&NULL__type, value_of(f, asn1_null()));
    return a;
}

static struct SubjectPublicKeyInfo *public_of(struct fixture *f, struct span spki)
{
    struct asn1_error err;

    return SubjectPublicKeyInfo_decode(spki, f->arena, &err);
}

static void admit_sha1(struct fixture *f)
{
    static enum oid signatures[] = { OID_ecdsa_with_SHA256, OID_sha1WithRSAEncryption };

    f->profiles[0].signatures = (struct config_oids){ signatures, 2 };
}

static struct span spki_of_the_holder;

static void give_key(struct fixture *f, struct TBSCertificate *c)
{
    c->subjectPublicKeyInfo = public_of(f, spki_of_the_holder);
}

/* holds 9483-3.5-16 */
CASE(a_message_signed_with_SHA_1_is_taken_by_choice)
{
    struct old_key k = old_key_new(f);
    spki_of_the_holder = k.spki;
    fixture_anchor(f, &f->ca);
    struct holder h = forge_holder(f, "pump 7", 0, give_key);
    struct draft *d = draft_new(f, PKIBody_ir);
    draft_sign(d, &h);
    d->header->protectionAlg = old_algorithm(f);
    draft_finish(d);
    d->message->protection = old_sign(f, &k, PKIMessage_protected_part(d->message, f->arena));
    d->keep_protection = d->keep_popo = true;
    d->der.ptr = NULL;
    EXPECT_DISTRUSTED(d, badAlg, "protectionAlg: profile \"default\" does not admit sha1WithRSAEncryption");
    admit_sha1(f);
    EXPECT_ACCEPTED(d);
    gnutls_privkey_deinit(k.key);
}

CASE(a_proof_signed_with_SHA_1_is_taken_by_choice)
{
    struct old_key k = old_key_new(f);
    struct draft *d = draft_new(f, PKIBody_ir);
    struct ProofOfPossession *popo = ProofOfPossession_new(f->arena);
    d->template->publicKey = public_of(f, k.spki);
    d->keep_popo = true;
    d->request->popo = popo;
    popo->arm = ProofOfPossession_signature;
    popo->signature = POPOSigningKey_new(f->arena);
    popo->signature->algorithmIdentifier = old_algorithm(f);
    popo->signature->signature = old_sign(f, &k, CertRequest_encode(d->request->certReq, f->arena));
    EXPECT_REFUSED(d, badAlg, "popo: profile \"default\" does not admit sha1WithRSAEncryption");
    admit_sha1(f);
    EXPECT_ACCEPTED(d);
    gnutls_privkey_deinit(k.key);
}
